// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading the hub's part of lvnd.conf(5).
 */
#include "hub/conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <confuse.h>

#include "broker/conf.h"
#include "lib/base/cleanup.h"
#include "server/section.h"

static cfg_opt_t identity_opts[] = {
	CFG_STR_LIST("address", "{}", CFGF_NONE),
	CFG_STR_LIST("prefix", "{}", CFGF_NONE),
	CFG_STR_LIST("permit", "{}", CFGF_NONE),
	CFG_END(),
};

cfg_opt_t hub_conf_opts[] = {
	CFG_STR_LIST("listen", "{\"*:50000\"}", CFGF_NONE),
	CFG_STR_LIST("endpoints", "{}", CFGF_NONE),
	CFG_STR("auth", "mutual", CFGF_NONE),
	CFG_STR("ca", "/etc/lvn/ca.crt", CFGF_NONE),
	CFG_STR("certificate", "/etc/lvn/hub.crt", CFGF_NONE),
	CFG_STR("key", "/etc/lvn/hub.key", CFGF_NONE),
	CFG_STR("crl", "", CFGF_NONE),
	CFG_STR("device", "lvn0", CFGF_NONE),
	CFG_STR_LIST("network", "{}", CFGF_NONE),
	CFG_STR_LIST("delegate", "{}", CFGF_NONE),
	CFG_STR_LIST("routes", "{}", CFGF_NONE),
	CFG_INT("mtu", 1420, CFGF_NONE),
	CFG_INT("lease", 3600, CFGF_NONE),
	CFG_INT("grace", 86400, CFGF_NONE),
	CFG_INT("keepalive", 25, CFGF_NONE),
	CFG_INT("timeout", 80, CFGF_NONE),
	CFG_INT("bindings", 4, CFGF_NONE),
	CFG_INT("max-sessions", 16384, CFGF_NONE),
	CFG_INT("max-leases", 65536, CFGF_NONE),
	CFG_INT("max-leases-source", 64, CFGF_NONE),
	CFG_INT("delegate-limit", 4, CFGF_NONE),
	CFG_INT("max-pending", 4096, CFGF_NONE),
	CFG_INT("handshake-rate", 500, CFGF_NONE),
	CFG_INT("handshake-rate-source", 50, CFGF_NONE),
	CFG_STR("duplicate", "replace", CFGF_NONE),
	CFG_STR_LIST("allow", "{}", CFGF_NONE),
	CFG_STR_LIST("deny", "{}", CFGF_NONE),
	CFG_STR("allow-file", "", CFGF_NONE),
	CFG_STR("deny-file", "", CFGF_NONE),
	CFG_STR("stun", "any", CFGF_NONE),
	CFG_INT("stun-rate", 100, CFGF_NONE),
	CFG_INT("stun-rate-source", 10, CFGF_NONE),
	CFG_SEC("identity", identity_opts, CFGF_MULTI | CFGF_TITLE),
	CFG_END(),
};

static void cleanup_conf(struct hub_conf **conf)
{
	hub_conf_destroy(*conf);
}

static void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

static unsigned int read_endpoints(struct server_section *section, const char *name,
				   struct lvn_endpoint *ret, unsigned int max)
{
	unsigned int n = server_section_count(section, section->cfg, name, max), i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(section->cfg, name, i);

		if (lvn_endpoint_parse(text, LVN_DEFAULT_PORT, &ret[i]) < 0 || !ret[i].port)
			server_section_fail(section, -EINVAL, "%s: '%s' is not an address and port", name, text);
	}
	return n;
}

static unsigned int read_prefixes(struct server_section *section, cfg_t *cfg, const char *name,
				  bool is_host_allowed, struct lvn_prefix *ret, unsigned int max)
{
	unsigned int n = server_section_count(section, cfg, name, max), i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(cfg, name, i);
		struct lvn_prefix masked;

		if (lvn_prefix_parse(text, &ret[i]) < 0) {
			server_section_fail(section, -EINVAL, "%s: '%s' is not a prefix", name, text);
			continue;
		}
		masked = ret[i];
		lvn_addr_mask(&masked.addr, masked.len);
		if (!is_host_allowed && !lvn_prefix_equal(&masked, &ret[i]))
			server_section_fail(section, -EINVAL, "%s: '%s' has bits beyond its length", name, text);
	}
	return n;
}

static void add_pattern(struct server_section *section, struct broker_patterns *patterns, const char *text)
{
	int ret = broker_patterns_add(patterns, text);

	if (ret < 0)
		server_section_fail(section, ret, "'%s': %s", text, strerror(-ret));
}

/* One pattern a line, # for comments. */
static void read_pattern_file(struct server_section *section, const char *name,
			      struct broker_patterns *patterns)
{
	_cleanup_(cleanup_file) FILE *file = NULL;
	const char *path = cfg_getstr(section->cfg, name);
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!*path)
		return;
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "# \t\r\n")] = '\0';
		if (*line)
			add_pattern(section, patterns, line);
	}
	if (!file || ferror(file))
		server_section_fail(section, -errno, "%s: %s: %s", name, path, strerror(errno));
}

static void read_patterns(struct server_section *section, const char *name,
			  struct broker_patterns *patterns)
{
	unsigned int i;

	for (i = 0; i < cfg_size(section->cfg, name); i++)
		add_pattern(section, patterns, cfg_getnstr(section->cfg, name, i));
}

static void read_delegations(struct server_section *section, struct broker_conf *broker)
{
	unsigned int n = server_section_count(section, section->cfg, "delegate", BROKER_DELEGATIONS_MAX), i;

	for (i = 0; i < n; i++) {
		struct broker_delegation *delegation = &broker->delegations[i];
		const char *text = cfg_getnstr(section->cfg, "delegate", i);
		char prefix[LVN_ADDR_TEXT_SIZE];

		if (sscanf(text, "%63s %u", prefix, &delegation->len) != 2 ||
		    lvn_prefix_parse(prefix, &delegation->prefix) < 0)
			server_section_fail(section, -EINVAL, "delegate: '%s' is not 'PREFIX LENGTH'", text);
	}
	broker->n_delegations = n;
}

static void read_identity(struct server_section *section, cfg_t *cfg, struct broker_identity *identity)
{
	unsigned int n = server_section_count(section, cfg, "address", BROKER_ADDRESSES_MAX), i;

	identity->pattern = strdup(cfg_title(cfg));
	if (!identity->pattern)
		server_section_fail(section, -ENOMEM, "out of memory");
	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(cfg, "address", i);

		if (lvn_addr_parse(text, &identity->addresses[i]) < 0)
			server_section_fail(section, -EINVAL, "address: '%s' is not an address", text);
	}
	identity->n_addresses = n;
	identity->n_prefixes = read_prefixes(section, cfg, "prefix", false, identity->prefixes,
					     BROKER_PREFIXES_MAX);
	identity->n_permitted = read_prefixes(section, cfg, "permit", false, identity->permitted,
					      BROKER_PREFIXES_MAX);
}

static void read_identities(struct server_section *section, struct broker_conf *broker)
{
	unsigned int n = cfg_size(section->cfg, "identity"), i;

	broker->identities = calloc(n ?: 1, sizeof(*broker->identities));
	if (!broker->identities) {
		server_section_fail(section, -ENOMEM, "out of memory");
		return;
	}
	for (i = 0; i < n; i++) {
		broker->n_identities = i + 1;
		read_identity(section, cfg_getnsec(section->cfg, "identity", i),
			      &broker->identities[i]);
	}
}

/* RFC 8200 section 5: the kernel takes IPv6 from an interface with less. */
static void check_mtu(struct server_section *section, const struct broker_conf *broker)
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i < broker->n_networks; i++)
		if (broker->mtu && broker->mtu < 1280 &&
		    broker->networks[i].addr.family == AF_INET6)
			server_section_fail(section, -EINVAL, "mtu: IPv6 needs 1280 or more, and network %s is IPv6",
			     lvn_prefix_format(&broker->networks[i], text));
}

static void read_broker(struct server_section *section, struct broker_conf *broker)
{
	static const char *const duplicates[] = { "replace", "refuse", NULL };
	char text[192];

	broker->n_networks = read_prefixes(section, section->cfg, "network", true,
					   broker->networks, BROKER_NETWORKS_MAX);
	broker->n_routes = read_prefixes(section, section->cfg, "routes", false, broker->routes,
					 BROKER_ROUTES_MAX - BROKER_NETWORKS_MAX -
					 BROKER_DELEGATIONS_MAX);
	read_delegations(section, broker);
	read_identities(section, broker);
	read_patterns(section, "allow", &broker->allow);
	read_patterns(section, "deny", &broker->deny);
	read_pattern_file(section, "allow-file", &broker->allow);
	read_pattern_file(section, "deny-file", &broker->deny);
	broker->mtu = server_section_uint(section, "mtu", 0, 65535);
	if (broker->mtu && broker->mtu < 576)
		server_section_fail(section, -EINVAL, "mtu must be 0 or 576 to 65535");
	broker->expires = server_section_uint(section, "lease", 60, 30 * 86400);
	broker->grace = server_section_uint(section, "grace", 0, 365 * 86400);
	broker->keepalive = server_section_uint(section, "keepalive", 1, 600);
	broker->timeout = server_section_uint(section, "timeout", 2, 86400);
	broker->bindings = server_section_uint(section, "bindings", 1, BROKER_BINDINGS_MAX);
	broker->max_sessions = server_section_uint(section, "max-sessions", 1, 1 << 20);
	broker->max_leases = server_section_uint(section, "max-leases", 1, 1 << 22);
	broker->max_leases_source = server_section_uint(section, "max-leases-source", 1, 1 << 22);
	broker->delegate_limit = server_section_uint(section, "delegate-limit", 0, BROKER_PREFIXES_MAX);
	broker->refuse_duplicate = server_section_word(section, "duplicate", duplicates);
	if (!section->error && broker_conf_check(broker, text, sizeof(text)) < 0)
		server_section_fail(section, -EINVAL, "%s", text);
	check_mtu(section, broker);
}

static void read_hub(struct server_section *section, struct hub_conf *conf)
{
	static const char *const auths[] = { "server", "mutual", NULL };
	static const char *const stuns[] = { "off", "padded", "any", NULL };

	conf->plane.n_listen = read_endpoints(section, "listen", conf->plane.listen, SERVER_LISTEN_MAX);
	conf->n_endpoints = read_endpoints(section, "endpoints", conf->endpoints,
					   LVN_ENDPOINTS_MAX);
	if (!conf->plane.n_listen)
		server_section_fail(section, -EINVAL, "listen: nothing to listen on");
	conf->is_mutual = server_section_word(section, "auth", auths);
	conf->stun = server_section_word(section, "stun", stuns);
	conf->ca = server_section_string(section, "ca");
	conf->certificate = server_section_string(section, "certificate");
	conf->key = server_section_string(section, "key");
	conf->crl = server_section_string(section, "crl");
	conf->allow_file = server_section_string(section, "allow-file");
	conf->deny_file = server_section_string(section, "deny-file");
	conf->plane.device = server_section_string(section, "device");
	conf->max_pending = server_section_uint(section, "max-pending", 16, 65536);
	conf->handshake_rate = server_section_uint(section, "handshake-rate", 1, 1000000);
	conf->handshake_rate_source = server_section_uint(section, "handshake-rate-source", 1, 1000000);
	conf->stun_rate = server_section_uint(section, "stun-rate", 0, 1000000);
	conf->stun_rate_source = server_section_uint(section, "stun-rate-source", 0, 1000000);
	if (conf->plane.device && (!*conf->plane.device || strlen(conf->plane.device) > 15))
		server_section_fail(section, -EINVAL, "device: '%s' must have 1 to 15 characters", conf->plane.device);
}

bool hub_conf_is_wanted(cfg_t *cfg)
{
	const cfg_opt_t *opt;

	for (opt = hub_conf_opts; opt->name; opt++)
		if (cfg_getopt(cfg, opt->name)->flags & CFGF_MODIFIED)
			return true;
	return false;
}

int hub_conf_read(struct server_section *section, struct hub_conf **ret_conf)
{
	_cleanup_(cleanup_conf) struct hub_conf *conf = calloc(1, sizeof(*conf));

	if (!conf || broker_conf_create(&conf->broker) < 0) {
		server_section_fail(section, -ENOMEM, "out of memory");
		return section->error;
	}
	read_hub(section, conf);
	read_broker(section, conf->broker);
	if (section->error)
		return section->error;
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

void hub_conf_destroy(struct hub_conf *conf)
{
	if (!conf)
		return;
	broker_conf_destroy(conf->broker);
	free(conf->ca);
	free(conf->certificate);
	free(conf->key);
	free(conf->crl);
	free(conf->allow_file);
	free(conf->deny_file);
	free(conf->plane.device);
	free(conf);
}
