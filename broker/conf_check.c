// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the parts of a configuration fit together: bounds, and that nothing is given twice.
 */
#include <errno.h>
#include <fnmatch.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/conf.h"
#include "broker/private.h"

/**
 * struct check - the first mistake wins
 * @conf: what is checked
 * @text: sentence
 * @size: of @text
 */
struct check {
	const struct broker_conf *conf;
	char *text;
	size_t size;
};

/* Return: -EINVAL */
__attribute__((format(printf, 2, 3))) static int fail(const struct check *check, const char *format,
						      ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(check->text, check->size, format, args);
	va_end(args);
	return -EINVAL;
}

static int fail_two(const struct check *check, const char *what, const struct lvn_prefix *prefix,
		    const char *other, const struct lvn_prefix *other_prefix)
{
	char text[LVN_ADDR_TEXT_SIZE], other_text[LVN_ADDR_TEXT_SIZE];

	return fail(check, "%s %s overlaps %s %s", what, lvn_prefix_format(prefix, text), other,
		    lvn_prefix_format(other_prefix, other_text));
}

/* Spokes would refuse it, and the hub's host might do worse. */
static int check_unicast(const struct check *check, const char *what,
			 const struct lvn_prefix *prefix)
{
	char text[LVN_ADDR_TEXT_SIZE];

	if (!broker_prefix_is_special(prefix))
		return 0;
	return fail(check, "%s %s is not for unicast", what, lvn_prefix_format(prefix, text));
}

static int check_networks(const struct check *check)
{
	const struct broker_conf *conf = check->conf;
	unsigned int i, k;

	if (!conf->n_networks)
		return fail(check, "network: there is none");
	for (i = 0; i < conf->n_networks; i++) {
		const struct lvn_prefix *network = &conf->networks[i];
		char text[LVN_ADDR_TEXT_SIZE];

		if (network->len >= lvn_addr_bits(&network->addr))
			return fail(check, "network %s has no room for spokes",
				    lvn_prefix_format(network, text));
		if (check_unicast(check, "network", network) < 0)
			return -EINVAL;
		for (k = 0; k < i; k++)
			if (lvn_prefix_overlaps(network, &conf->networks[k]))
				return fail_two(check, "network", network, "network",
						&conf->networks[k]);
	}
	return 0;
}

static int check_delegations(const struct check *check)
{
	const struct broker_conf *conf = check->conf;
	unsigned int i, k;

	for (i = 0; i < conf->n_delegations; i++) {
		const struct broker_delegation *delegation = &conf->delegations[i];
		char text[LVN_ADDR_TEXT_SIZE];

		if (delegation->len < delegation->prefix.len || !delegation->len ||
		    delegation->len > lvn_addr_bits(&delegation->prefix.addr))
			return fail(check, "delegate %s: the length %u is not within the prefix",
				    lvn_prefix_format(&delegation->prefix, text), delegation->len);
		if (check_unicast(check, "delegate", &delegation->prefix) < 0)
			return -EINVAL;
		for (k = 0; k < conf->n_networks; k++)
			if (lvn_prefix_overlaps(&delegation->prefix, &conf->networks[k]))
				return fail_two(check, "delegate", &delegation->prefix, "network",
						&conf->networks[k]);
		for (k = 0; k < i; k++)
			if (lvn_prefix_overlaps(&delegation->prefix, &conf->delegations[k].prefix))
				return fail_two(check, "delegate", &delegation->prefix, "delegate",
						&conf->delegations[k].prefix);
	}
	return 0;
}

/* Return: the network that @addr may be given out of, -1 for none. */
static int network_of(const struct broker_conf *conf, const struct lvn_addr *addr)
{
	unsigned int i;

	for (i = 0; i < conf->n_networks; i++)
		if (lvn_prefix_contains(&conf->networks[i], addr))
			return i;
	return -1;
}

/* Network and broadcast address, or subnet-router anycast (RFC 4291 section 2.6.1). */
static bool is_end_of(const struct lvn_prefix *network, const struct lvn_addr *addr)
{
	struct lvn_addr first = network->addr, last;

	lvn_addr_mask(&first, network->len);
	if (addr->family == AF_INET && network->len >= 31)
		return false;
	if (lvn_addr_equal(addr, &first))
		return true;
	last = first;
	lvn_addr_add(&last, (1ull << (32 - network->len % 32)) - 1, 0);
	return addr->family == AF_INET && lvn_addr_equal(addr, &last);
}

static int check_address(const struct check *check, unsigned int index, unsigned int a)
{
	const struct broker_conf *conf = check->conf;
	const struct broker_identity *identity = &conf->identities[index], *other;
	const struct lvn_addr *addr = &identity->addresses[a];
	int network = network_of(conf, addr);
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i, k;

	lvn_addr_format(addr, text);
	if (network < 0)
		return fail(check, "identity '%s': address %s is in no network", identity->pattern,
			    text);
	if (lvn_addr_equal(addr, &conf->networks[network].addr))
		return fail(check, "identity '%s': address %s is the hub's own", identity->pattern,
			    text);
	if (is_end_of(&conf->networks[network], addr))
		return fail(check, "identity '%s': address %s means the network, not a host",
			    identity->pattern, text);
	for (i = 0; i <= index; i++) {
		other = &conf->identities[i];
		for (k = 0; k < (i == index ? a : other->n_addresses); k++) {
			if (lvn_addr_equal(addr, &other->addresses[k]))
				return fail(check, "address %s is given to '%s' and to '%s'", text,
					    other->pattern, identity->pattern);
			if (i == index && network_of(conf, &other->addresses[k]) == network)
				return fail(check, "identity '%s' has two addresses in one network",
					    identity->pattern);
		}
	}
	return 0;
}

static int check_prefix(const struct check *check, unsigned int index, unsigned int p)
{
	const struct broker_conf *conf = check->conf;
	const struct broker_identity *identity = &conf->identities[index], *other;
	const struct lvn_prefix *prefix = &identity->prefixes[p];
	unsigned int i, k;

	if (!prefix->len)
		return fail(check, "identity '%s': a prefix of length 0", identity->pattern);
	if (check_unicast(check, "prefix", prefix) < 0)
		return -EINVAL;
	for (i = 0; i < conf->n_networks; i++)
		if (lvn_prefix_overlaps(prefix, &conf->networks[i]))
			return fail_two(check, "prefix", prefix, "network", &conf->networks[i]);
	for (i = 0; i <= index; i++) {
		other = &conf->identities[i];
		for (k = 0; k < (i == index ? p : other->n_prefixes); k++)
			if (lvn_prefix_overlaps(prefix, &other->prefixes[k]))
				return fail_two(check, "prefix", prefix, "prefix",
						&other->prefixes[k]);
	}
	return 0;
}

static int check_identity(const struct check *check, unsigned int index)
{
	const struct broker_conf *conf = check->conf;
	const struct broker_identity *identity = &conf->identities[index];
	unsigned int i;
	int ret = 0;

	if (!identity->n_addresses && !identity->n_prefixes)
		return 0;
	if (strpbrk(identity->pattern, "*?[\\"))
		return fail(
			check,
			"identity '%s': with wildcards, address and prefix would have many owners",
			identity->pattern);
	for (i = 0; i < index; i++)
		if (fnmatch(conf->identities[i].pattern, identity->pattern, 0) == 0)
			return fail(check,
				    "identity '%s' is never used: '%s' before it matches first",
				    identity->pattern, conf->identities[i].pattern);
	for (i = 0; !ret && i < identity->n_addresses; i++)
		ret = check_address(check, index, i);
	for (i = 0; !ret && i < identity->n_prefixes; i++)
		ret = check_prefix(check, index, i);
	return ret;
}

int broker_conf_check(const struct broker_conf *conf, char *text, size_t size)
{
	const struct check check = { conf, text, size };
	unsigned int i;
	int ret;

	ret = check_networks(&check);
	if (!ret)
		ret = check_delegations(&check);
	for (i = 0; !ret && i < conf->n_identities; i++)
		ret = check_identity(&check, i);
	if (ret < 0)
		return ret;
	if (conf->timeout <= conf->keepalive)
		return fail(&check, "timeout must exceed keepalive");
	if (!conf->bindings || conf->bindings > BROKER_BINDINGS_MAX)
		return fail(&check, "bindings must be 1 to %u", BROKER_BINDINGS_MAX);
	if (!conf->max_sessions || conf->max_leases < conf->max_sessions)
		return fail(&check, "max-leases must not be less than max-sessions");
	return 0;
}
