// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the section "tsp".
 */
#include "lvnd/conf_tsp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/conf.h"
#include "hub/conf.h"
#include "lib/base/cleanup.h"
#include "proto/tsp/frame.h"
#include "server/section.h"

/* Users keep what they have for as long as they are users: a hundred years. */
#define FOR_EVER 3155760000u

/* RFC 8200 section 5 */
#define MTU_MIN 1280

cfg_opt_t lvnd_tsp_opts[] = {
	CFG_STR_LIST("listen", "{\"0.0.0.0:3653\"}", CFGF_NONE),
	CFG_STR("device", "tsp0", CFGF_NONE),
	CFG_STR("network", "", CFGF_NONE),
	CFG_STR_LIST("delegate", "{}", CFGF_NONE),
	CFG_STR_LIST("auth", "{\"digest-md5\", \"plain\"}", CFGF_NONE),
	CFG_STR("realm", "lvn", CFGF_NONE),
	CFG_STR_LIST("dns", "{}", CFGF_NONE),
	CFG_STR_LIST("brokers", "{}", CFGF_NONE),
	CFG_STR("redirect", "full", CFGF_NONE),
	CFG_BOOL("pairs", cfg_false, CFGF_NONE),
	CFG_INT("mtu", MTU_MIN, CFGF_NONE),
	CFG_INT("keepalive", 30, CFGF_NONE),
	CFG_INT("timeout", 300, CFGF_NONE),
	CFG_INT("max-tunnels", 65536, CFGF_NONE),
	CFG_INT("max-dialogues", 4096, CFGF_NONE),
	CFG_INT("rate", 2000, CFGF_NONE),
	CFG_INT("rate-source", 50, CFGF_NONE),
	CFG_END(),
};

static void cleanup_tsp(struct lvnd_tsp_conf **conf)
{
	lvnd_conf_destroy_tsp(*conf);
}

/* RFC 5572 section 4.4.1.2: tunnels of UDP are of IPv4. */
static void read_listen(struct server_section *section, struct server_conf *plane)
{
	unsigned int n = server_section_count(section, section->cfg, "listen", SERVER_LISTEN_MAX),
		     i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section->cfg, "listen", i);

		if (lvn_endpoint_parse(text, TSP_PORT, &plane->listen[i]) < 0 ||
		    plane->listen[i].addr.family != AF_INET || !plane->listen[i].port)
			server_section_fail(section, -EINVAL,
					    "listen: '%s' is not an IPv4 address and port", text);
	}
	plane->n_listen = n;
	if (!n)
		server_section_fail(section, -EINVAL, "listen: nothing to listen on");
}

static void read_pools(struct server_section *section, struct broker_conf *broker)
{
	const char *network = cfg_getstr(section->cfg, "network");
	unsigned int n = server_section_count(section, section->cfg, "delegate",
					      BROKER_DELEGATIONS_MAX),
		     i;

	if (lvn_prefix_parse(network, &broker->networks[0]) < 0 ||
	    broker->networks[0].addr.family != AF_INET6)
		server_section_fail(section, -EINVAL,
				    "network: '%s' is not the IPv6 address of this machine for "
				    "the tunnels, with the length of their network",
				    network);
	broker->n_networks = 1;
	for (i = 0; i < n; i++) {
		struct broker_delegation *delegation = &broker->delegations[i];
		const char *text = cfg_getnstr(section->cfg, "delegate", i);
		char prefix[LVN_ADDR_TEXT_SIZE];

		if (sscanf(text, "%63s %u", prefix, &delegation->len) != 2 ||
		    lvn_prefix_parse(prefix, &delegation->prefix) < 0 ||
		    delegation->prefix.addr.family != AF_INET6)
			server_section_fail(section, -EINVAL,
					    "delegate: '%s' is not 'IPV6-PREFIX LENGTH'", text);
	}
	broker->n_delegations = n;
	broker->delegate_limit = n ? 1 : 0;
}

/* The upper half of the network is the server's, an address for each in the lower half. */
static void read_pairs(struct server_section *section, struct broker_conf *broker)
{
	const struct lvn_prefix *network = &broker->networks[0];
	struct lvn_prefix upper = *network;

	if (!cfg_getbool(section->cfg, "pairs") || section->error)
		return;
	if (network->len > 125) {
		server_section_fail(section, -EINVAL,
				    "network: pairs need a length of 125 at most");
		return;
	}
	lvn_addr_mask(&upper.addr, network->len);
	upper.len++;
	lvn_addr_add(&upper.addr, 1, lvn_addr_bits(&upper.addr) - upper.len);
	if (lvn_prefix_contains(&upper, &network->addr))
		server_section_fail(section, -EINVAL,
				    "network: with pairs this machine's address must be in the "
				    "lower half of it");
	broker->kept = upper;
}

static void read_broker(struct server_section *section, struct broker_conf *broker)
{
	char text[192];

	read_pools(section, broker);
	read_pairs(section, broker);
	broker->mtu = server_section_uint(section, "mtu", MTU_MIN, 65535);
	broker->keepalive = server_section_uint(section, "keepalive", 5, 600);
	broker->timeout = server_section_uint(section, "timeout", 10, 86400);
	broker->max_sessions = server_section_uint(section, "max-tunnels", 1, 1 << 20);
	broker->max_leases = 1 << 22;
	broker->bindings = 1;
	broker->grace = FOR_EVER;
	broker->hears_data = true;
	broker->keeps_leases = true;
	if (!section->error && broker_conf_check(broker, text, sizeof(text)) < 0)
		server_section_fail(section, -EINVAL, "%s", text);
}

static void read_auth(struct server_section *section, struct tsp_conf *front)
{
	unsigned int n = cfg_size(section->cfg, "auth"), i;

	front->mechanisms = 0;
	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section->cfg, "auth", i);
		enum tsp_mechanism mechanism = tsp_mechanism_find(text, strlen(text));

		if (!mechanism)
			server_section_fail(
				section, -EINVAL,
				"auth: '%s' must be one of anonymous, plain, digest-md5", text);
		front->mechanisms |= TSP_BIT(mechanism);
	}
	if (!n)
		server_section_fail(section, -EINVAL, "auth: nobody could log in");
}

/* Stock gogoc 1.2 crashes without a name server, so there always is one. */
static void read_dns(struct server_section *section, const struct broker_conf *broker,
		     struct tsp_conf *front)
{
	unsigned int n = server_section_count(section, section->cfg, "dns", TSP_DNS_MAX), i;

	front->dns[0] = broker->networks[0].addr;
	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section->cfg, "dns", i);

		if (lvn_addr_parse(text, &front->dns[i]) < 0 || front->dns[i].family != AF_INET6)
			server_section_fail(section, -EINVAL, "dns: '%s' is not an IPv6 address",
					    text);
	}
	front->n_dns = n ?: 1;
}

static void read_brokers(struct server_section *section, struct tsp_conf *front)
{
	const char *redirect = cfg_getstr(section->cfg, "redirect");
	unsigned int n = server_section_count(section, section->cfg, "brokers", TSP_REDIRECT_MAX),
		     i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section->cfg, "brokers", i);
		struct tsp_host *host = &front->brokers[i];

		if (lvn_addr_parse(text, &host->addr) == 0)
			continue;
		host->addr.family = AF_UNSPEC;
		if (!*text || strlen(text) >= sizeof(host->name) || strpbrk(text, " \t<>&\"'"))
			server_section_fail(section, -EINVAL,
					    "brokers: '%s' is not an address or name", text);
		else
			strcpy(host->name, text);
	}
	front->n_brokers = n;
	front->redirect = strcmp(redirect, "always") == 0 ? TSP_REDIRECT_ALWAYS : TSP_REDIRECT_FULL;
	if (front->redirect == TSP_REDIRECT_FULL && strcmp(redirect, "full") != 0)
		server_section_fail(section, -EINVAL, "redirect: '%s' must be one of full, always",
				    redirect);
	if (front->redirect == TSP_REDIRECT_ALWAYS && !n)
		server_section_fail(section, -EINVAL, "redirect: always needs brokers");
}

static void read_front(struct server_section *section, const struct broker_conf *broker,
		       struct tsp_conf *front)
{
	const char *realm = cfg_getstr(section->cfg, "realm");

	tsp_conf_init(front);
	/* the parsers of stock clients end a value at any comma */
	if (!*realm || strlen(realm) >= sizeof(front->realm) || strpbrk(realm, ",:\"\\ "))
		server_section_fail(section, -EINVAL,
				    "realm: '%s' must not be empty, and have no blank and none of "
				    "comma, colon, quote, backslash",
				    realm);
	else
		strcpy(front->realm, realm);
	read_auth(section, front);
	read_dns(section, broker, front);
	read_brokers(section, front);
	front->has_pairs = cfg_getbool(section->cfg, "pairs");
	front->keepalive = broker->keepalive;
	front->max_dialogues = server_section_uint(section, "max-dialogues", 16, 1 << 20);
	front->rate = server_section_uint(section, "rate", 1, 1000000);
	front->rate_source = server_section_uint(section, "rate-source", 1, 1000000);
}

static void check_device(struct server_section *section, const char *name)
{
	if (!*name || strlen(name) > 15)
		server_section_fail(section, -EINVAL, "device: '%s' must have 1 to 15 characters",
				    name);
}

/* TSP's are IPv4. */
static bool same_port(const struct lvn_endpoint *tsp, const struct lvn_endpoint *hub)
{
	return tsp->port == hub->port && hub->addr.family != AF_INET6 &&
	       (lvn_addr_is_unspecified(&tsp->addr) || lvn_addr_is_unspecified(&hub->addr) ||
		lvn_addr_equal(&tsp->addr, &hub->addr));
}

/* What both have must not be the same. */
static void compare(struct server_section *section, const struct lvnd_tsp_conf *conf,
		    const struct hub_conf *hub)
{
	const struct broker_conf *broker = hub->broker;
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i, k;

	if (strcmp(conf->plane.device, hub->plane.device) == 0)
		server_section_fail(section, -EINVAL, "device: %s is that of the hub",
				    conf->plane.device);
	for (i = 0; i < broker->n_networks; i++)
		if (lvn_prefix_overlaps(&conf->broker->networks[0], &broker->networks[i]))
			server_section_fail(section, -EINVAL,
					    "network: it overlaps one of the hub's");
	for (i = 0; i < conf->plane.n_listen; i++)
		for (k = 0; k < hub->plane.n_listen; k++)
			if (same_port(&conf->plane.listen[i], &hub->plane.listen[k]))
				server_section_fail(
					section, -EINVAL, "listen: the hub listens on %s",
					lvn_endpoint_format(&hub->plane.listen[k], text));
}

int lvnd_conf_read_tsp(struct server_section *section, const struct hub_conf *hub,
		       struct lvnd_tsp_conf **ret_conf)
{
	_cleanup_(cleanup_tsp) struct lvnd_tsp_conf *conf = calloc(1, sizeof(*conf));

	if (!conf || broker_conf_create(&conf->broker) < 0)
		return -ENOMEM;
	conf->plane.device = server_section_string(section, "device");
	if (!conf->plane.device)
		return -ENOMEM;
	read_listen(section, &conf->plane);
	read_broker(section, conf->broker);
	read_front(section, conf->broker, &conf->front);
	check_device(section, conf->plane.device);
	if (hub)
		compare(section, conf, hub);
	if (section->error)
		return section->error;
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

void lvnd_conf_destroy_tsp(struct lvnd_tsp_conf *conf)
{
	if (!conf)
		return;
	broker_conf_destroy(conf->broker);
	free(conf->plane.device);
	free(conf);
}
