// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks of a lease that need no look at the host. The hub has proved who it is by now; it is
 * trusted with the packets that it is sent, and with nothing else.
 */
#include "spoke/accept.h"

#include <errno.h>
#include <string.h>

#include "spoke/config.h"
#include "spoke/problems.h"

/* Shorter prefixes behind a spoke, or networks of an address, would refuse much of the Internet. */
#define LEN_V4_MIN 8
#define LEN_V6_MIN 16

/**
 * special - what is never routed into a tunnel, nor an address of its ends
 *
 * Prefixes that are longer, or the same.
 */
static const struct {
	const char *prefix, *what;
} special[] = {
	{ "0.0.0.0/8", "not a unicast address" },
	{ "127.0.0.0/8", "loopback" },
	{ "169.254.0.0/16", "link-local" },
	{ "224.0.0.0/3", "not a unicast address" },
	{ "::/127", "loopback" },
	{ "::ffff:0.0.0.0/96", "an IPv4 address in IPv6" },
	{ "fe80::/10", "link-local" },
	{ "ff00::/8", "not a unicast address" },
};

/* Why a prefix can be no address or route of ours; NULL if it can. */
static const char *why_special(const struct lvn_prefix *prefix)
{
	struct lvn_prefix one;

	if (!lvn_addr_bits(&prefix->addr))
		return "no address";
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++)
		if (!lvn_prefix_parse(special[i].prefix, &one) && lvn_prefix_covers(&one, prefix))
			return special[i].what;
	return NULL;
}

static struct lvn_prefix host_prefix(const struct lvn_addr *addr)
{
	return (struct lvn_prefix){ .addr = *addr, .len = (uint8_t)lvn_addr_bits(addr) };
}

bool lvn_accept_is_reachable(const struct lvn_addr *addr)
{
	return addr->family != AF_INET6 || !IN6_IS_ADDR_LINKLOCAL(&addr->v6);
}

static bool is_wanted(const struct lvn_config *config, const struct lvn_prefix *prefix)
{
	for (unsigned int i = 0; i < config->n_accept; i++)
		if (lvn_prefix_covers(&config->accept[i], prefix))
			return true;
	return !config->n_accept;
}

bool lvn_accept_is_vouched(const struct lvn_config *config, const struct lvn_prefix *prefix,
			   const struct lvn_prefix *link)
{
	for (unsigned int i = 0; i < config->n_accept; i++)
		if (lvn_prefix_covers(&config->accept[i], prefix) &&
		    config->accept[i].len > link->len)
			return true;
	return false;
}

static bool is_short(const struct lvn_prefix *prefix)
{
	return prefix->len < (prefix->addr.family == AF_INET ? LEN_V4_MIN : LEN_V6_MIN);
}

static const char *why_not_address(const struct lvn_config *config, const struct lvn_prefix *prefix)
{
	struct lvn_prefix one = host_prefix(&prefix->addr);
	const char *why = why_special(&one);

	if (why)
		return why;
	if (is_short(prefix))
		return "its network is too large";
	return is_wanted(config, &one) ? NULL : "not within an accepted prefix";
}

static const char *why_not_route(const struct lvn_config *config, const struct lvn_prefix *prefix)
{
	const char *why = why_special(prefix);

	if (why)
		return why;
	return is_wanted(config, prefix) ? NULL : "not within an accepted prefix";
}

static const char *why_not_behind(const struct lvn_config *config, const struct lvn_prefix *prefix)
{
	return is_short(prefix) ? "too large" : why_not_route(config, prefix);
}

/* Keep those that pass. Return: how many. */
static unsigned int sift(const struct lvn_config *config, struct lvn_prefix *prefixes,
			 unsigned int n,
			 const char *(*check)(const struct lvn_config *, const struct lvn_prefix *),
			 const char *noun, struct lvn_problems *problems)
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int kept = 0;

	for (unsigned int i = 0; i < n; i++) {
		const char *why = check(config, &prefixes[i]);

		if (why)
			lvn_problems_add(problems, "the hub's %s %s is refused: %s", noun,
					 lvn_prefix_format(&prefixes[i], text), why);
		else
			prefixes[kept++] = prefixes[i];
	}
	return kept;
}

static void sift_hub(struct lvn_lease *lease)
{
	unsigned int kept = 0;

	for (unsigned int i = 0; i < lease->n_hub; i++) {
		struct lvn_prefix prefix = host_prefix(&lease->hub[i]);

		if (!why_special(&prefix))
			lease->hub[kept++] = lease->hub[i];
	}
	lease->n_hub = kept;
}

/* Where the binding may be sent to: any host that is not this one, nor what this lease makes. */
static const char *why_not_endpoint(const struct lvn_lease *lease, const struct lvn_addr *control,
				    const struct lvn_addr *addr)
{
	struct lvn_prefix prefix = host_prefix(addr);

	if (!addr->family || lvn_addr_equal(addr, control))
		return NULL;
	for (unsigned int i = 0; i < lease->n_addresses; i++)
		if (lvn_addr_equal(&lease->addresses[i].addr, addr))
			return "an address of this spoke";
	for (unsigned int i = 0; i < lease->n_hub; i++)
		if (lvn_addr_equal(&lease->hub[i], addr))
			return "inside of the overlay";
	return why_special(&prefix);
}

static void sift_endpoints(struct lvn_lease *lease, const struct lvn_addr *control,
			   struct lvn_problems *problems)
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int kept = 0;

	for (unsigned int i = 0; i < lease->n_endpoints; i++) {
		const char *why = why_not_endpoint(lease, control, &lease->endpoints[i].addr);

		if (why)
			lvn_problems_add(problems, "the hub's endpoint %s is refused: %s",
					 lvn_endpoint_format(&lease->endpoints[i], text), why);
		else
			lease->endpoints[kept++] = lease->endpoints[i];
	}
	lease->n_endpoints = kept;
}

static bool has_v6(const struct lvn_lease *lease)
{
	for (unsigned int i = 0; i < lease->n_addresses; i++)
		if (lease->addresses[i].addr.family == AF_INET6)
			return true;
	return false;
}

static unsigned int mtu_min(const struct lvn_lease *lease)
{
	return has_v6(lease) ? LVN_MTU_V6_MIN : LVN_MTU_V4_MIN;
}

unsigned int lvn_accept_mtu(const struct lvn_config *config, const struct lvn_lease *lease)
{
	if (config->mtu)
		return config->mtu;
	if (lease->mtu && lease->mtu < mtu_min(lease))
		return mtu_min(lease);
	return lease->mtu;
}

int lvn_accept_lease(const struct lvn_config *config, const struct lvn_addr *control,
		     struct lvn_lease *lease, struct lvn_problems *problems)
{
	lease->n_addresses = sift(config, lease->addresses, lease->n_addresses, why_not_address,
				  "address", problems);
	lease->n_prefixes = sift(config, lease->prefixes, lease->n_prefixes, why_not_behind,
				 "prefix", problems);
	lease->n_routes =
		sift(config, lease->routes, lease->n_routes, why_not_route, "route", problems);
	sift_hub(lease);
	sift_endpoints(lease, control, problems);
	if (lvn_accept_mtu(config, lease) != lease->mtu && !config->mtu)
		lvn_problems_add(problems,
				 "the hub's MTU %u is refused: %s needs %u, which is used",
				 lease->mtu, has_v6(lease) ? "IPv6" : "IPv4", mtu_min(lease));
	if (config->mtu && config->mtu < LVN_MTU_V6_MIN && has_v6(lease))
		lvn_problems_add(problems,
				 "mtu %u is too small for IPv6, which does not work: it needs %u",
				 config->mtu, LVN_MTU_V6_MIN);
	return lease->n_endpoints ? 0 : -EPERM;
}
