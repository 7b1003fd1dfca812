// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the section "tsp".
 */
#include "hub/conf_tsp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/conf.h"
#include "hub/tsp.h"
#include "lib/base/cleanup.h"
#include "proto/tsp/frame.h"

/* Users keep what they have for as long as they are users: a hundred years. */
#define FOR_EVER 3155760000u

/* RFC 8200 section 5 */
#define MTU_MIN 1280

cfg_opt_t hub_tsp_opts[] = {
	CFG_STR_LIST("listen", "{\"0.0.0.0:3653\"}", CFGF_NONE),
	CFG_STR("device", "tsp0", CFGF_NONE),
	CFG_STR("network", "", CFGF_NONE),
	CFG_STR_LIST("delegate", "{}", CFGF_NONE),
	CFG_STR_LIST("auth", "{\"digest-md5\", \"plain\"}", CFGF_NONE),
	CFG_STR("realm", "lvn", CFGF_NONE),
	CFG_STR_LIST("dns", "{}", CFGF_NONE),
	CFG_STR_LIST("brokers", "{}", CFGF_NONE),
	CFG_STR("redirect", "full", CFGF_NONE),
	CFG_INT("mtu", MTU_MIN, CFGF_NONE),
	CFG_INT("keepalive", 30, CFGF_NONE),
	CFG_INT("timeout", 300, CFGF_NONE),
	CFG_INT("max-tunnels", 65536, CFGF_NONE),
	CFG_INT("max-dialogues", 4096, CFGF_NONE),
	CFG_INT("rate", 2000, CFGF_NONE),
	CFG_INT("rate-source", 50, CFGF_NONE),
	CFG_END(),
};

/**
 * struct reading - the state of one hub_conf_read_tsp(); the first mistake wins
 * @cfg: the section
 * @text: sentence for the caller
 * @size: of @text
 * @error: 0 or negative errno
 */
struct reading {
	cfg_t *cfg;
	char *text;
	size_t size;
	int error;
};

static void cleanup_tsp(struct hub_tsp_conf **conf)
{
	hub_conf_destroy_tsp(*conf);
}

__attribute__((format(printf, 3, 4))) static void fail(struct reading *reading, int error,
						       const char *format, ...)
{
	va_list args;
	int len;

	if (reading->error)
		return;
	reading->error = error;
	len = snprintf(reading->text, reading->size, "tsp: ");
	va_start(args, format);
	if (len > 0 && (size_t)len < reading->size)
		vsnprintf(reading->text + len, reading->size - len, format, args);
	va_end(args);
}

static unsigned int count(struct reading *reading, const char *name, unsigned int max)
{
	unsigned int n = cfg_size(reading->cfg, name);

	if (n <= max)
		return n;
	fail(reading, -EINVAL, "%s: more than %u", name, max);
	return 0;
}

static uint32_t read_uint(struct reading *reading, const char *name, long min, long max)
{
	long value = cfg_getint(reading->cfg, name);

	if (value < min || value > max)
		fail(reading, -EINVAL, "%s must be %ld to %ld", name, min, max);
	return value;
}

/* RFC 5572 section 4.4.1.2: tunnels of UDP are of IPv4. */
static void read_listen(struct reading *reading, struct hub_conf *plane)
{
	unsigned int n = count(reading, "listen", HUB_LISTEN_MAX), i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(reading->cfg, "listen", i);

		if (lvn_endpoint_parse(text, TSP_PORT, &plane->listen[i]) < 0 ||
		    plane->listen[i].addr.family != AF_INET || !plane->listen[i].port)
			fail(reading, -EINVAL, "listen: '%s' is not an IPv4 address and port",
			     text);
	}
	plane->n_listen = n;
	if (!n)
		fail(reading, -EINVAL, "listen: nothing to listen on");
}

static void read_pools(struct reading *reading, struct broker_conf *broker)
{
	const char *network = cfg_getstr(reading->cfg, "network");
	unsigned int n = count(reading, "delegate", BROKER_DELEGATIONS_MAX), i;

	if (lvn_prefix_parse(network, &broker->networks[0]) < 0 ||
	    broker->networks[0].addr.family != AF_INET6)
		fail(reading, -EINVAL,
		     "network: '%s' is not the IPv6 address of this machine for "
		     "the tunnels, with the length of their network",
		     network);
	broker->n_networks = 1;
	for (i = 0; i < n; i++) {
		struct broker_delegation *delegation = &broker->delegations[i];
		const char *text = cfg_getnstr(reading->cfg, "delegate", i);
		char prefix[LVN_ADDR_TEXT_SIZE];

		if (sscanf(text, "%63s %u", prefix, &delegation->len) != 2 ||
		    lvn_prefix_parse(prefix, &delegation->prefix) < 0 ||
		    delegation->prefix.addr.family != AF_INET6)
			fail(reading, -EINVAL, "delegate: '%s' is not 'IPV6-PREFIX LENGTH'", text);
	}
	broker->n_delegations = n;
	broker->delegate_limit = n ? 1 : 0;
}

static void read_broker(struct reading *reading, struct broker_conf *broker)
{
	char text[192];

	read_pools(reading, broker);
	broker->mtu = read_uint(reading, "mtu", MTU_MIN, 65535);
	broker->keepalive = read_uint(reading, "keepalive", 5, 600);
	broker->timeout = read_uint(reading, "timeout", 10, 86400);
	broker->max_sessions = read_uint(reading, "max-tunnels", 1, 1 << 20);
	broker->max_leases = 1 << 22;
	broker->bindings = 1;
	broker->grace = FOR_EVER;
	broker->hears_data = true;
	broker->keeps_leases = true;
	if (!reading->error && broker_conf_check(broker, text, sizeof(text)) < 0)
		fail(reading, -EINVAL, "%s", text);
}

static void read_auth(struct reading *reading, struct tsp_conf *front)
{
	unsigned int n = cfg_size(reading->cfg, "auth"), i;

	front->mechanisms = 0;
	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(reading->cfg, "auth", i);
		enum tsp_mechanism mechanism = tsp_mechanism_find(text, strlen(text));

		if (!mechanism)
			fail(reading, -EINVAL,
			     "auth: '%s' must be one of anonymous, plain, digest-md5", text);
		front->mechanisms |= TSP_BIT(mechanism);
	}
	if (!n)
		fail(reading, -EINVAL, "auth: nobody could log in");
}

/* Stock gogoc 1.2 crashes without a name server, so there always is one. */
static void read_dns(struct reading *reading, const struct broker_conf *broker,
		     struct tsp_conf *front)
{
	unsigned int n = count(reading, "dns", TSP_DNS_MAX), i;

	front->dns[0] = broker->networks[0].addr;
	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(reading->cfg, "dns", i);

		if (lvn_addr_parse(text, &front->dns[i]) < 0 || front->dns[i].family != AF_INET6)
			fail(reading, -EINVAL, "dns: '%s' is not an IPv6 address", text);
	}
	front->n_dns = n ?: 1;
}

static void read_brokers(struct reading *reading, struct tsp_conf *front)
{
	const char *redirect = cfg_getstr(reading->cfg, "redirect");
	unsigned int n = count(reading, "brokers", TSP_REDIRECT_MAX), i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(reading->cfg, "brokers", i);
		struct tsp_host *host = &front->brokers[i];

		if (lvn_addr_parse(text, &host->addr) == 0)
			continue;
		host->addr.family = AF_UNSPEC;
		if (!*text || strlen(text) >= sizeof(host->name) || strpbrk(text, " \t<>&\"'"))
			fail(reading, -EINVAL, "brokers: '%s' is not an address or name", text);
		else
			strcpy(host->name, text);
	}
	front->n_brokers = n;
	front->redirect = strcmp(redirect, "always") == 0 ? TSP_REDIRECT_ALWAYS : TSP_REDIRECT_FULL;
	if (front->redirect == TSP_REDIRECT_FULL && strcmp(redirect, "full") != 0)
		fail(reading, -EINVAL, "redirect: '%s' must be one of full, always", redirect);
	if (front->redirect == TSP_REDIRECT_ALWAYS && !n)
		fail(reading, -EINVAL, "redirect: always needs brokers");
}

static void read_front(struct reading *reading, const struct broker_conf *broker,
		       struct tsp_conf *front)
{
	const char *realm = cfg_getstr(reading->cfg, "realm");

	tsp_conf_init(front);
	/* the parsers of stock clients end a value at any comma */
	if (!*realm || strlen(realm) >= sizeof(front->realm) || strpbrk(realm, ",:\"\\ "))
		fail(reading, -EINVAL,
		     "realm: '%s' must not be empty, and have no blank and none of "
		     "comma, colon, quote, backslash",
		     realm);
	else
		strcpy(front->realm, realm);
	read_auth(reading, front);
	read_dns(reading, broker, front);
	read_brokers(reading, front);
	front->keepalive = broker->keepalive;
	front->max_dialogues = read_uint(reading, "max-dialogues", 16, 1 << 20);
	front->rate = read_uint(reading, "rate", 1, 1000000);
	front->rate_source = read_uint(reading, "rate-source", 1, 1000000);
}

/* What both have must not be the same. */
static void compare(struct reading *reading, const struct hub_conf *plane,
		    const struct hub_conf *hub)
{
	struct lvn_prefix tsp = plane->broker->networks[0];
	unsigned int i;

	if (!*plane->device || strlen(plane->device) > 15)
		fail(reading, -EINVAL, "device: '%s' must have 1 to 15 characters", plane->device);
	if (hub->device && strcmp(plane->device, hub->device) == 0)
		fail(reading, -EINVAL, "device: %s is that of the hub", plane->device);
	for (i = 0; i < hub->broker->n_networks; i++)
		if (lvn_prefix_overlaps(&tsp, &hub->broker->networks[i]))
			fail(reading, -EINVAL, "network: it overlaps one of the hub's");
}

int hub_conf_read_tsp(cfg_t *cfg, const struct hub_conf *hub, char *text, size_t size,
		      struct hub_tsp_conf **ret_conf)
{
	_cleanup_(cleanup_tsp) struct hub_tsp_conf *conf = calloc(1, sizeof(*conf));
	struct reading reading = { .cfg = cfg, .text = text, .size = size };

	if (!conf || broker_conf_create(&conf->plane.broker) < 0)
		return -ENOMEM;
	conf->plane.device = strdup(cfg_getstr(cfg, "device"));
	if (!conf->plane.device)
		return -ENOMEM;
	conf->plane.checksum = hub->checksum;
	conf->plane.forward = hub->forward;
	read_listen(&reading, &conf->plane);
	read_broker(&reading, conf->plane.broker);
	read_front(&reading, conf->plane.broker, &conf->front);
	compare(&reading, &conf->plane, hub);
	if (reading.error)
		return reading.error;
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

void hub_conf_destroy_tsp(struct hub_tsp_conf *conf)
{
	if (!conf)
		return;
	broker_conf_destroy(conf->plane.broker);
	free(conf->plane.device);
	free(conf->plane.datapath);
	free(conf);
}
