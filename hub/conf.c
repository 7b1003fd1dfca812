// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading lvnd.conf(5) with libconfuse.
 */
#include "hub/conf.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <confuse.h>

#include "broker/conf.h"
#include "hub/conf_tsp.h"
#include "lib/base/cleanup.h"

static const char *const datapaths[] = { "", "auto", "module", "user", NULL };

static cfg_opt_t identity_opts[] = {
	CFG_STR_LIST("address", "{}", CFGF_NONE),
	CFG_STR_LIST("prefix", "{}", CFGF_NONE),
	CFG_STR_LIST("permit", "{}", CFGF_NONE),
	CFG_END(),
};

static cfg_opt_t opts[] = {
	CFG_STR_LIST("listen", "{\"*:50000\"}", CFGF_NONE),
	CFG_STR_LIST("endpoints", "{}", CFGF_NONE),
	CFG_STR("auth", "mutual", CFGF_NONE),
	CFG_STR("ca", "/etc/lvn/ca.crt", CFGF_NONE),
	CFG_STR("certificate", "/etc/lvn/hub.crt", CFGF_NONE),
	CFG_STR("key", "/etc/lvn/hub.key", CFGF_NONE),
	CFG_STR("crl", "", CFGF_NONE),
	CFG_STR("device", "lvn0", CFGF_NONE),
	CFG_STR("datapath", "", CFGF_NONE),
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
	CFG_STR("store", "/var/lib/lvn/lvnd.db", CFGF_NONE),
	CFG_STR("control", "/run/lvn/lvnd.sock", CFGF_NONE),
	CFG_STR("metrics", "", CFGF_NONE),
	CFG_STR("user", NULL, CFGF_NONE),
	CFG_STR("log", "info", CFGF_NONE),
	CFG_BOOL("checksum", cfg_true, CFGF_NONE),
	CFG_BOOL("forward", cfg_true, CFGF_NONE),
	CFG_BOOL("sandbox", cfg_true, CFGF_NONE),
	CFG_SEC("identity", identity_opts, CFGF_MULTI | CFGF_TITLE),
	CFG_SEC("tsp", hub_tsp_opts, CFGF_MULTI),
	CFG_END(),
};

/**
 * struct reading - the state of one hub_conf_read(); the first mistake wins
 * @cfg: libconfuse's
 * @path: of the file
 * @text: sentence for the caller
 * @size: of @text
 * @error: 0 or negative errno
 */
struct reading {
	cfg_t *cfg;
	const char *path;
	char *text;
	size_t size;
	int error;
};

static void cleanup_cfg(cfg_t **cfg)
{
	if (*cfg)
		cfg_free(*cfg);
}

static void cleanup_conf(struct hub_conf **conf)
{
	hub_conf_destroy(*conf);
}

static void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

__attribute__((format(printf, 3, 4)))
static void fail(struct reading *reading, int error, const char *format, ...)
{
	va_list args;
	int len;

	if (reading->error)
		return;
	reading->error = error;
	len = snprintf(reading->text, reading->size, "%s: ", reading->path);
	if (len < 0 || (size_t)len >= reading->size)
		return;
	va_start(args, format);
	vsnprintf(reading->text + len, reading->size - len, format, args);
	va_end(args);
}

/* Whose file is being parsed: libconfuse gives its callback no argument. One thread, one file. */
static struct reading *parsing;

/* libconfuse tells line and reason only here. */
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[160];

	vsnprintf(text, sizeof(text), format, args);
	fail(parsing, -EINVAL, "line %d: %s", cfg->line, text);
}

static unsigned int read_list(struct reading *reading, cfg_t *cfg, const char *name,
			      unsigned int max)
{
	unsigned int n = cfg_size(cfg, name);

	if (n <= max)
		return n;
	fail(reading, -EINVAL, "%s: more than %u", name, max);
	return 0;
}

static unsigned int read_endpoints(struct reading *reading, const char *name,
				   struct lvn_endpoint *ret, unsigned int max)
{
	unsigned int n = read_list(reading, reading->cfg, name, max), i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(reading->cfg, name, i);

		if (lvn_endpoint_parse(text, LVN_DEFAULT_PORT, &ret[i]) < 0 || !ret[i].port)
			fail(reading, -EINVAL, "%s: '%s' is not an address and port", name, text);
	}
	return n;
}

static unsigned int read_prefixes(struct reading *reading, cfg_t *cfg, const char *name,
				  bool is_host_allowed, struct lvn_prefix *ret, unsigned int max)
{
	unsigned int n = read_list(reading, cfg, name, max), i;

	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(cfg, name, i);
		struct lvn_prefix masked;

		if (lvn_prefix_parse(text, &ret[i]) < 0) {
			fail(reading, -EINVAL, "%s: '%s' is not a prefix", name, text);
			continue;
		}
		masked = ret[i];
		lvn_addr_mask(&masked.addr, masked.len);
		if (!is_host_allowed && !lvn_prefix_equal(&masked, &ret[i]))
			fail(reading, -EINVAL, "%s: '%s' has bits beyond its length", name, text);
	}
	return n;
}

static uint32_t read_uint(struct reading *reading, const char *name, long min, long max)
{
	long value = cfg_getint(reading->cfg, name);

	if (value < min || value > max)
		fail(reading, -EINVAL, "%s must be %ld to %ld", name, min, max);
	return value;
}

/* Return: which of the words it is, -ENOENT for none. */
static int find_word(const char *const words[], const char *value)
{
	int i;

	for (i = 0; words[i]; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	return -ENOENT;
}

static unsigned int read_word(struct reading *reading, const char *name, const char *const words[])
{
	const char *value = cfg_getstr(reading->cfg, name);
	char list[64] = "";
	int i = find_word(words, value);

	if (i >= 0)
		return i;
	for (i = 0; words[i]; i++)
		if (*words[i])
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
				 *list ? ", " : "", words[i]);
	fail(reading, -EINVAL, "%s: '%s' must be one of %s", name, value, list);
	return 0;
}

static char *read_string(struct reading *reading, const char *name)
{
	char *copy = strdup(cfg_getstr(reading->cfg, name));

	if (!copy)
		fail(reading, -ENOMEM, "out of memory");
	return copy;
}

/* Without the setting root becomes "lvnd", where the package has made that user. */
static char *read_user(struct reading *reading)
{
	const char *name = cfg_getstr(reading->cfg, "user");
	char *copy;

	if (!name)
		name = !geteuid() && getpwnam(HUB_USER) ? HUB_USER : "";
	copy = strdup(name);
	if (!copy)
		fail(reading, -ENOMEM, "out of memory");
	return copy;
}

static void add_pattern(struct reading *reading, struct broker_patterns *patterns, const char *text)
{
	int ret = broker_patterns_add(patterns, text);

	if (ret < 0)
		fail(reading, ret, "'%s': %s", text, strerror(-ret));
}

/* One pattern a line, # for comments. */
static void read_pattern_file(struct reading *reading, const char *name,
			      struct broker_patterns *patterns)
{
	_cleanup_(cleanup_file) FILE *file = NULL;
	const char *path = cfg_getstr(reading->cfg, name);
	_cleanup_free_ char *line = NULL;
	size_t size = 0;

	if (!*path)
		return;
	file = fopen(path, "re");
	while (file && getline(&line, &size, file) >= 0) {
		line[strcspn(line, "# \t\r\n")] = '\0';
		if (*line)
			add_pattern(reading, patterns, line);
	}
	if (!file || ferror(file))
		fail(reading, -errno, "%s: %s: %s", name, path, strerror(errno));
}

static void read_patterns(struct reading *reading, const char *name,
			  struct broker_patterns *patterns)
{
	unsigned int i;

	for (i = 0; i < cfg_size(reading->cfg, name); i++)
		add_pattern(reading, patterns, cfg_getnstr(reading->cfg, name, i));
}

static void read_delegations(struct reading *reading, struct broker_conf *broker)
{
	unsigned int n = read_list(reading, reading->cfg, "delegate", BROKER_DELEGATIONS_MAX), i;

	for (i = 0; i < n; i++) {
		struct broker_delegation *delegation = &broker->delegations[i];
		const char *text = cfg_getnstr(reading->cfg, "delegate", i);
		char prefix[LVN_ADDR_TEXT_SIZE];

		if (sscanf(text, "%63s %u", prefix, &delegation->len) != 2 ||
		    lvn_prefix_parse(prefix, &delegation->prefix) < 0)
			fail(reading, -EINVAL, "delegate: '%s' is not 'PREFIX LENGTH'", text);
	}
	broker->n_delegations = n;
}

static void read_identity(struct reading *reading, cfg_t *cfg, struct broker_identity *identity)
{
	unsigned int n = read_list(reading, cfg, "address", BROKER_ADDRESSES_MAX), i;

	identity->pattern = strdup(cfg_title(cfg));
	if (!identity->pattern)
		fail(reading, -ENOMEM, "out of memory");
	for (i = 0; i < n; i++) {
		const char *text = cfg_getnstr(cfg, "address", i);

		if (lvn_addr_parse(text, &identity->addresses[i]) < 0)
			fail(reading, -EINVAL, "address: '%s' is not an address", text);
	}
	identity->n_addresses = n;
	identity->n_prefixes = read_prefixes(reading, cfg, "prefix", false, identity->prefixes,
					     BROKER_PREFIXES_MAX);
	identity->n_permitted = read_prefixes(reading, cfg, "permit", false, identity->permitted,
					      BROKER_PREFIXES_MAX);
}

static void read_identities(struct reading *reading, struct broker_conf *broker)
{
	unsigned int n = cfg_size(reading->cfg, "identity"), i;

	broker->identities = calloc(n ?: 1, sizeof(*broker->identities));
	if (!broker->identities) {
		fail(reading, -ENOMEM, "out of memory");
		return;
	}
	for (i = 0; i < n; i++) {
		broker->n_identities = i + 1;
		read_identity(reading, cfg_getnsec(reading->cfg, "identity", i),
			      &broker->identities[i]);
	}
}

/* RFC 8200 section 5: the kernel takes IPv6 from an interface with less. */
static void check_mtu(struct reading *reading, const struct broker_conf *broker)
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;

	for (i = 0; i < broker->n_networks; i++)
		if (broker->mtu && broker->mtu < 1280 &&
		    broker->networks[i].addr.family == AF_INET6)
			fail(reading, -EINVAL, "mtu: IPv6 needs 1280 or more, and network %s is IPv6",
			     lvn_prefix_format(&broker->networks[i], text));
}

static void read_broker(struct reading *reading, struct broker_conf *broker)
{
	static const char *const duplicates[] = { "replace", "refuse", NULL };
	char text[192];

	broker->n_networks = read_prefixes(reading, reading->cfg, "network", true,
					   broker->networks, BROKER_NETWORKS_MAX);
	broker->n_routes = read_prefixes(reading, reading->cfg, "routes", false, broker->routes,
					 BROKER_ROUTES_MAX - BROKER_NETWORKS_MAX -
					 BROKER_DELEGATIONS_MAX);
	read_delegations(reading, broker);
	read_identities(reading, broker);
	read_patterns(reading, "allow", &broker->allow);
	read_patterns(reading, "deny", &broker->deny);
	read_pattern_file(reading, "allow-file", &broker->allow);
	read_pattern_file(reading, "deny-file", &broker->deny);
	broker->mtu = read_uint(reading, "mtu", 0, 65535);
	if (broker->mtu && broker->mtu < 576)
		fail(reading, -EINVAL, "mtu must be 0 or 576 to 65535");
	broker->expires = read_uint(reading, "lease", 60, 30 * 86400);
	broker->grace = read_uint(reading, "grace", 0, 365 * 86400);
	broker->keepalive = read_uint(reading, "keepalive", 1, 600);
	broker->timeout = read_uint(reading, "timeout", 2, 86400);
	broker->bindings = read_uint(reading, "bindings", 1, BROKER_BINDINGS_MAX);
	broker->max_sessions = read_uint(reading, "max-sessions", 1, 1 << 20);
	broker->max_leases = read_uint(reading, "max-leases", 1, 1 << 22);
	broker->max_leases_source = read_uint(reading, "max-leases-source", 1, 1 << 22);
	broker->delegate_limit = read_uint(reading, "delegate-limit", 0, BROKER_PREFIXES_MAX);
	broker->refuse_duplicate = read_word(reading, "duplicate", duplicates);
	if (!reading->error && broker_conf_check(broker, text, sizeof(text)) < 0)
		fail(reading, -EINVAL, "%s", text);
	check_mtu(reading, broker);
}

static void read_hub(struct reading *reading, struct hub_conf *conf)
{
	static const char *const auths[] = { "server", "mutual", NULL };
	static const char *const stuns[] = { "off", "padded", "any", NULL };
	const char *metrics = cfg_getstr(reading->cfg, "metrics");

	conf->n_listen = read_endpoints(reading, "listen", conf->listen, HUB_LISTEN_MAX);
	conf->n_endpoints = read_endpoints(reading, "endpoints", conf->endpoints,
					   LVN_ENDPOINTS_MAX);
	if (!conf->n_listen)
		fail(reading, -EINVAL, "listen: nothing to listen on");
	conf->is_mutual = read_word(reading, "auth", auths);
	conf->stun = read_word(reading, "stun", stuns);
	conf->ca = read_string(reading, "ca");
	conf->certificate = read_string(reading, "certificate");
	conf->key = read_string(reading, "key");
	conf->crl = read_string(reading, "crl");
	conf->allow_file = read_string(reading, "allow-file");
	conf->deny_file = read_string(reading, "deny-file");
	conf->device = read_string(reading, "device");
	read_word(reading, "datapath", datapaths);
	conf->datapath = read_string(reading, "datapath");
	conf->store = read_string(reading, "store");
	conf->control = read_string(reading, "control");
	conf->user = read_user(reading);
	conf->max_pending = read_uint(reading, "max-pending", 16, 65536);
	conf->handshake_rate = read_uint(reading, "handshake-rate", 1, 1000000);
	conf->handshake_rate_source = read_uint(reading, "handshake-rate-source", 1, 1000000);
	conf->stun_rate = read_uint(reading, "stun-rate", 0, 1000000);
	conf->stun_rate_source = read_uint(reading, "stun-rate-source", 0, 1000000);
	conf->checksum = cfg_getbool(reading->cfg, "checksum");
	conf->forward = cfg_getbool(reading->cfg, "forward");
	conf->sandbox = cfg_getbool(reading->cfg, "sandbox");
	if (lvn_log_level_parse(cfg_getstr(reading->cfg, "log"), &conf->log) < 0)
		fail(reading, -EINVAL, "log: '%s' must be one of error, warning, info, debug", cfg_getstr(reading->cfg, "log"));
	if (*metrics && (lvn_endpoint_parse(metrics, 9790, &conf->metrics) < 0 ||
			 !conf->metrics.addr.family))
		fail(reading, -EINVAL, "metrics: '%s' is not an address and port", metrics);
	if (conf->device && (!*conf->device || strlen(conf->device) > 15))
		fail(reading, -EINVAL, "device: '%s' must have 1 to 15 characters", conf->device);
}

static void read_tsp(struct reading *reading, struct hub_conf *conf)
{
	unsigned int n = cfg_size(reading->cfg, "tsp");
	char text[256] = "out of memory";
	int ret;

	if (n > 1)
		fail(reading, -EINVAL, "tsp: more than one section");
	if (reading->error || !n)
		return;
	ret = hub_conf_read_tsp(cfg_getnsec(reading->cfg, "tsp", 0), conf, text, sizeof(text),
				&conf->tsp);
	if (ret < 0)
		fail(reading, ret, "%s", text);
}

/* Return: what follows the comment, string or character at @at. */
static const char *skip(const char *at)
{
	const char *end;

	if (*at == '#' || strncmp(at, "//", 2) == 0)
		return at + strcspn(at, "\n");
	if (strncmp(at, "/*", 2) == 0) {
		end = strstr(at + 2, "*/");
		return end ? end + 2 : at + strlen(at);
	}
	if (*at != '"' && *at != '\'')
		return at + 1;
	for (end = at + 1; *end && *end != *at; end++)
		end += *end == '\\' && end[1];
	return *end ? end + 1 : end;
}

/* libconfuse takes the end of the file for the end of a section: half a file would be a good one. */
static void check_whole(struct reading *reading, const char *text)
{
	int depth = 0;

	for (; *text; text = skip(text))
		depth += (*text == '{') - (*text == '}');
	if (depth > 0)
		fail(reading, -EINVAL, "incomplete: a '{' has no '}'");
}

static char *read_text(struct reading *reading)
{
	_cleanup_(cleanup_file) FILE *file = fopen(reading->path, "re");
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	/* there is no NUL in it, so this is all of it */
	if (file && getdelim(&text, &size, '\0', file) >= 0)
		return TAKE_PTR(text);
	if (file && feof(file))
		return strdup("");
	fail(reading, -errno, "%s", strerror(errno));
	return NULL;
}

int hub_conf_read(const char *path, char *text, size_t size, struct hub_conf **ret_conf)
{
	_cleanup_(cleanup_conf) struct hub_conf *conf = calloc(1, sizeof(*conf));
	_cleanup_(cleanup_cfg) cfg_t *cfg = cfg_init(opts, CFGF_NONE);
	struct reading reading = { .cfg = cfg, .path = path, .text = text, .size = size };
	_cleanup_free_ char *file = NULL;

	if (!conf || !cfg || broker_conf_create(&conf->broker) < 0) {
		fail(&reading, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	cfg_set_error_function(cfg, on_error);
	file = read_text(&reading);
	if (!file)
		return reading.error ?: -ENOMEM;
	parsing = &reading;
	if (cfg_parse_buf(cfg, file) != CFG_SUCCESS)
		fail(&reading, -EINVAL, "line %d: cannot be understood", cfg->line);
	parsing = NULL;
	check_whole(&reading, file);
	if (reading.error)
		return reading.error;
	read_hub(&reading, conf);
	read_broker(&reading, conf->broker);
	read_tsp(&reading, conf);
	if (reading.error)
		return reading.error;
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

int hub_conf_set_datapath(struct hub_conf *conf, const char *value, char *text, size_t size)
{
	char *copy;

	if (!*value || find_word(datapaths, value) < 0) {
		snprintf(text, size, "datapath: '%s' must be one of auto, module, user", value);
		return -EINVAL;
	}
	copy = strdup(value);
	if (!copy) {
		snprintf(text, size, "out of memory");
		return -ENOMEM;
	}
	free(conf->datapath);
	conf->datapath = copy;
	return 0;
}

void hub_conf_destroy(struct hub_conf *conf)
{
	if (!conf)
		return;
	broker_conf_destroy(conf->broker);
	hub_conf_destroy_tsp(conf->tsp);
	free(conf->ca);
	free(conf->certificate);
	free(conf->key);
	free(conf->crl);
	free(conf->allow_file);
	free(conf->deny_file);
	free(conf->device);
	free(conf->datapath);
	free(conf->store);
	free(conf->control);
	free(conf->user);
	free(conf);
}
