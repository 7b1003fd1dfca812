// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The table of options and the values they take. The file's syntax is libconfuse's.
 */
#include "spoke/config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <confuse.h>

#include "lib/base/cleanup.h"
#include "spoke/accept.h"

#define DEFAULT_NAME "lvn0"
#define DEFAULT_RUN_DIR "/run/lvn/spoke"
#define DEFAULT_RETRY_MAX 60

#define MEMBER(member) offsetof(struct lvn_config, member)

/**
 * enum kind - what an option's value is
 */
enum kind {
	KIND_BOOL,
	KIND_NUMBER,
	KIND_PORT,
	KIND_STRING,
	KIND_IFNAME,
	KIND_LABEL,
	KIND_HUB,
	KIND_INTERFACE,
	KIND_UPLINK,
	KIND_ADDRESS,
	KIND_PREFIX,
	KIND_ACCEPT,
	KIND_HOOK,
	KIND_DATAPATH,
};

/**
 * struct option_type - one option
 * @name: as the operator writes it
 * @kind: of its value
 * @is_list: may be given several times
 * @offset: where in struct lvn_config it goes
 * @min: of numbers
 * @max: of numbers
 */
struct option_type {
	const char *name;
	enum kind kind;
	bool is_list;
	size_t offset;
	uint32_t min;
	uint32_t max;
};

static const struct option_type option_types[] = {
	{ "hub", KIND_HUB, true, 0, 0, 0 },
	{ "name", KIND_IFNAME, false, MEMBER(name), 0, 0 },
	{ "label", KIND_LABEL, false, MEMBER(label), 0, 0 },
	{ "interface", KIND_INTERFACE, false, 0, 0, 0 },
	{ "uplink", KIND_UPLINK, true, 0, 0, 0 },
	{ "mark", KIND_NUMBER, false, MEMBER(mark), 0, UINT32_MAX },
	{ "vrf", KIND_IFNAME, false, MEMBER(vrf), 0, 0 },
	{ "port", KIND_PORT, false, MEMBER(port), 0, UINT16_MAX },
	{ "datapath", KIND_DATAPATH, false, MEMBER(datapath), 0, 0 },
	{ "keepalive", KIND_NUMBER, false, MEMBER(keepalive), 1, 600 },
	{ "mtu", KIND_NUMBER, false, MEMBER(mtu), 576, 65535 },
	{ "table", KIND_NUMBER, false, MEMBER(table), 1, UINT32_MAX },
	{ "metric", KIND_NUMBER, false, MEMBER(metric), 1, 0x7ffffffe },
	{ "accept", KIND_ACCEPT, true, 0, 0, 0 },
	{ "address", KIND_ADDRESS, true, 0, 0, 0 },
	{ "prefix", KIND_PREFIX, true, 0, 0, 0 },
	{ "release", KIND_BOOL, false, MEMBER(release), 0, 0 },
	{ "no-checksum", KIND_BOOL, false, MEMBER(no_checksum), 0, 0 },
	{ "no-routes", KIND_BOOL, false, MEMBER(no_routes), 0, 0 },
	{ "accept-unset-clock", KIND_BOOL, false, MEMBER(accept_unset_clock), 0, 0 },
	{ "retry-max", KIND_NUMBER, false, MEMBER(retry_max), 1, 86400 },
	{ "identity", KIND_STRING, false, MEMBER(files.identity), 0, 0 },
	{ "cert", KIND_STRING, false, MEMBER(files.cert), 0, 0 },
	{ "key", KIND_STRING, false, MEMBER(files.key), 0, 0 },
	{ "ca", KIND_STRING, false, MEMBER(files.ca), 0, 0 },
	{ "crl", KIND_STRING, false, MEMBER(files.crl), 0, 0 },
	{ "hook", KIND_HOOK, false, 0, 0, 0 },
	{ "hook-up", KIND_STRING, false, MEMBER(hooks[LVN_HOOK_UP]), 0, 0 },
	{ "hook-down", KIND_STRING, false, MEMBER(hooks[LVN_HOOK_DOWN]), 0, 0 },
	{ "hook-changed", KIND_STRING, false, MEMBER(hooks[LVN_HOOK_CHANGED]), 0, 0 },
	{ "user", KIND_STRING, false, MEMBER(user), 0, 0 },
	{ "run-dir", KIND_STRING, false, MEMBER(run_dir), 0, 0 },
	{ "debug", KIND_BOOL, false, MEMBER(debug), 0, 0 },
};

#define N_OPTIONS (sizeof(option_types) / sizeof(option_types[0]))

static const struct option_type *lookup(const char *name)
{
	for (size_t i = 0; i < N_OPTIONS; i++)
		if (!strcmp(option_types[i].name, name))
			return &option_types[i];
	return NULL;
}

int lvn_config_init(struct lvn_config *config)
{
	memset(config, 0, sizeof(*config));
	strcpy(config->name, DEFAULT_NAME);
	config->retry_max = DEFAULT_RETRY_MAX;
	config->datapath = LVN_DATAPATH_UNSAID;
	config->run_dir = strdup(DEFAULT_RUN_DIR);
	return config->run_dir ? 0 : -ENOMEM;
}

void lvn_config_done(struct lvn_config *config)
{
	free(config->files.identity);
	free(config->files.cert);
	free(config->files.key);
	free(config->files.ca);
	free(config->files.crl);
	for (int i = 0; i < LVN_HOOKS; i++)
		free(config->hooks[i]);
	free(config->user);
	free(config->run_dir);
	memset(config, 0, sizeof(*config));
}

static int parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *ret)
{
	unsigned long long value;
	char *end;

	errno = 0;
	if (*text < '0' || *text > '9')
		return -EINVAL;
	value = strtoull(text, &end, 0);
	if (errno || *end || value < min || value > max)
		return -EINVAL;
	*ret = (uint32_t)value;
	return 0;
}

static bool is_ifname(const char *text)
{
	size_t len = strlen(text);

	return len && len < IF_NAMESIZE && strcmp(text, ".") && strcmp(text, "..") &&
	       !strpbrk(text, "/: \t\n%");
}

static int set_string(char **slot, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		return -ENOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

/* HOST, HOST:PORT, [V6] or [V6]:PORT; an IPv6 address without brackets has no port. */
static int add_hub(struct lvn_config *config, const char *value)
{
	struct lvn_hub_address hub = { .port = LVN_DEFAULT_PORT };
	const char *colon = strrchr(value, ':');
	const char *start = value;
	size_t len = strlen(value);
	struct lvn_addr addr;
	uint32_t port;

	if (config->n_hubs == LVN_HUBS_MAX)
		return -ENOSPC;
	if (*value == '[') {
		const char *end = strchr(value, ']');

		if (!end || (end[1] && end[1] != ':'))
			return -EINVAL;
		start = value + 1;
		len = (size_t)(end - start);
		colon = end[1] ? end + 1 : NULL;
	} else if (colon && strchr(value, ':') == colon) {
		len = (size_t)(colon - value);
	} else {
		colon = NULL;
	}
	if (colon) {
		if (parse_number(colon + 1, 1, UINT16_MAX, &port))
			return -EINVAL;
		hub.port = (uint16_t)port;
	}
	if (!len || len >= sizeof(hub.host) || memchr(start, ' ', len) || *start == '-')
		return -EINVAL;
	memcpy(hub.host, start, len);
	/* Its zone would have to be known to each uplink and to the data plane. */
	if (strchr(hub.host, '%') ||
	    (!lvn_addr_parse(hub.host, &addr) && !lvn_accept_is_reachable(&addr)))
		return -EINVAL;
	config->hubs[config->n_hubs++] = hub;
	return 0;
}

/* IFNAME[,priority=N][,weight=N][,mark=N] */
static int add_uplink(struct lvn_config *config, const char *value)
{
	struct lvn_uplink uplink = { .weight = 1 };
	_cleanup_free_ char *copy = strdup(value);
	uint32_t number;
	char *rest = copy;
	char *part;

	if (!copy)
		return -ENOMEM;
	if (config->n_uplinks == LVN_UPLINKS_MAX)
		return -ENOSPC;
	part = strsep(&rest, ",");
	if (!is_ifname(part))
		return -EINVAL;
	strcpy(uplink.ifname, part);
	while ((part = strsep(&rest, ","))) {
		if (!strncmp(part, "priority=", 9)) {
			if (parse_number(part + 9, 0, UINT16_MAX, &number))
				return -EINVAL;
			uplink.priority = (uint16_t)number;
		} else if (!strncmp(part, "weight=", 7)) {
			if (parse_number(part + 7, 1, UINT16_MAX, &number))
				return -EINVAL;
			uplink.weight = (uint16_t)number;
		} else if (strncmp(part, "mark=", 5) ||
			   parse_number(part + 5, 1, UINT32_MAX, &uplink.mark)) {
			return -EINVAL;
		}
	}
	config->uplinks[config->n_uplinks++] = uplink;
	return 0;
}

static int set_label(struct lvn_config *config, const char *value)
{
	if (!*value || strlen(value) >= sizeof(config->label))
		return -EINVAL;
	for (const char *c = value; *c; c++)
		if (!strchr("._-", *c) && !(*c >= '0' && *c <= '9') &&
		    !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z'))
			return -EINVAL;
	strcpy(config->label, value);
	return 0;
}

static int add_address(struct lvn_request *request, const char *value)
{
	if (request->n_addresses == LVN_ASKED_ADDRESSES_MAX)
		return -ENOSPC;
	if (lvn_addr_parse(value, &request->addresses[request->n_addresses]))
		return -EINVAL;
	request->n_addresses++;
	request->is_present = true;
	return 0;
}

/* One without bits beyond its length. */
static int parse_prefix(const char *value, struct lvn_prefix *ret)
{
	struct lvn_addr masked;

	if (lvn_prefix_parse(value, ret))
		return -EINVAL;
	masked = ret->addr;
	lvn_addr_mask(&masked, ret->len);
	return lvn_addr_equal(&masked, &ret->addr) ? 0 : -EINVAL;
}

static int add_accept(struct lvn_config *config, const char *value)
{
	if (config->n_accept == LVN_ACCEPT_MAX)
		return -ENOSPC;
	if (parse_prefix(value, &config->accept[config->n_accept]))
		return -EINVAL;
	config->n_accept++;
	return 0;
}

static int add_prefix(struct lvn_request *request, const char *value)
{
	if (request->n_prefixes == LVN_PREFIXES_MAX)
		return -ENOSPC;
	if (parse_prefix(value, &request->prefixes[request->n_prefixes]))
		return -EINVAL;
	request->n_prefixes++;
	request->is_present = true;
	return 0;
}

static int set_bool(bool *slot, const char *value)
{
	if (!value || !strcmp(value, "yes") || !strcmp(value, "true"))
		*slot = true;
	else if (!strcmp(value, "no") || !strcmp(value, "false"))
		*slot = false;
	else
		return -EINVAL;
	return 0;
}

static int set_hooks(struct lvn_config *config, const char *value)
{
	int ret = 0;

	for (int i = 0; i < LVN_HOOKS && !ret; i++)
		ret = set_string(&config->hooks[i], value);
	return ret;
}

static int set_value(struct lvn_config *config, const struct option_type *type, const char *value)
{
	void *slot = (char *)config + type->offset;
	uint32_t number;
	int ret;

	if (type->kind == KIND_BOOL)
		return set_bool(slot, value);
	if (!value || !*value)
		return -EINVAL;
	switch (type->kind) {
	case KIND_NUMBER:
		return parse_number(value, type->min, type->max, slot);
	case KIND_PORT:
		ret = parse_number(value, type->min, type->max, &number);
		if (!ret)
			*(uint16_t *)slot = (uint16_t)number;
		return ret;
	case KIND_STRING:
		return set_string(slot, value);
	case KIND_IFNAME:
		if (!is_ifname(value))
			return -EINVAL;
		strcpy(slot, value);
		return 0;
	case KIND_LABEL:
		return set_label(config, value);
	case KIND_HUB:
		return add_hub(config, value);
	case KIND_INTERFACE:
		return is_ifname(value) ? add_uplink(config, value) : -EINVAL;
	case KIND_UPLINK:
		return add_uplink(config, value);
	case KIND_ADDRESS:
		return add_address(&config->request, value);
	case KIND_PREFIX:
		return add_prefix(&config->request, value);
	case KIND_ACCEPT:
		return add_accept(config, value);
	case KIND_HOOK:
		return set_hooks(config, value);
	case KIND_DATAPATH:
		return ipudp_datapath_parse(value, slot);
	case KIND_BOOL:
		break;
	}
	return -EINVAL;
}

/* What would have fit, for the operator. */
static const char *expected(const struct option_type *type, char *text, size_t size)
{
	switch (type->kind) {
	case KIND_BOOL:
		return "yes or no";
	case KIND_NUMBER:
	case KIND_PORT:
		snprintf(text, size, "a number from %u to %u", type->min, type->max);
		return text;
	case KIND_STRING:
	case KIND_HOOK:
		return "a text that is not empty";
	case KIND_IFNAME:
	case KIND_INTERFACE:
		return "the name of an interface, of at most 15 characters";
	case KIND_LABEL:
		return "at most 64 letters, digits, dots, dashes and underscores";
	case KIND_HUB:
		return "HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT, not link-local";
	case KIND_UPLINK:
		return "IFNAME[,priority=N][,weight=N][,mark=N]";
	case KIND_ADDRESS:
		return "an IPv4 or IPv6 address";
	case KIND_PREFIX:
	case KIND_ACCEPT:
		return "PREFIX/LENGTH without bits beyond the length";
	case KIND_DATAPATH:
		return "one of auto, module, user";
	}
	return "another value";
}

/* How many values a list takes. */
static unsigned int most_of(const struct option_type *type)
{
	switch (type->kind) {
	case KIND_HUB:
		return LVN_HUBS_MAX;
	case KIND_ACCEPT:
		return LVN_ACCEPT_MAX;
	case KIND_ADDRESS:
		return LVN_ASKED_ADDRESSES_MAX;
	case KIND_PREFIX:
		return LVN_PREFIXES_MAX;
	default:
		return LVN_UPLINKS_MAX;
	}
}

int lvn_config_set(struct lvn_config *config, const char *option, const char *value,
		   char *ret_error)
{
	char text[40];

	const struct option_type *type = lookup(option);
	int ret;

	if (!type) {
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "unknown option '%.40s'; see lvn(8)",
			 option);
		return -ENOENT;
	}
	ret = set_value(config, type, value);
	if (ret == -EINVAL && !value)
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "%s: needs a value: %s", option,
			 expected(type, text, sizeof(text)));
	else if (ret == -EINVAL)
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "%s: invalid value '%.80s'; must be %s",
			 option, value, expected(type, text, sizeof(text)));
	else if (ret == -ENOSPC)
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "%s: given too often; at most %u",
			 option, most_of(type));
	else if (ret)
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "%s: %s", option, strerror(-ret));
	return ret;
}

int lvn_config_takes_value(const char *option)
{
	const struct option_type *type = lookup(option);

	if (!type)
		return -ENOENT;
	return type->kind != KIND_BOOL;
}

/* libconfuse would print to stderr; the line that it stopped at says enough. */
static void be_silent(cfg_t *cfg, const char *format, va_list args)
{
	(void)cfg;
	(void)format;
	(void)args;
}

static void free_cfg(cfg_t **cfg)
{
	if (*cfg)
		cfg_free(*cfg);
}

static int take_values(struct lvn_config *config, cfg_t *cfg, const char *file, char *ret_error)
{
	char error[LVN_CONFIG_ERROR_SIZE];

	for (size_t i = 0; i < N_OPTIONS; i++) {
		cfg_opt_t *opt = cfg_getopt(cfg, option_types[i].name);

		for (unsigned int j = 0; j < cfg_opt_size(opt); j++) {
			const char *value = cfg_opt_getnstr(opt, j);
			int ret;

			if (!value)
				continue;
			ret = lvn_config_set(config, option_types[i].name, value, error);
			if (ret) {
				snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "%.100s: %.150s", file,
					 error);
				return ret;
			}
		}
	}
	return 0;
}

int lvn_config_read(struct lvn_config *config, const char *file, char *ret_error)
{
	_cleanup_(free_cfg) cfg_t *cfg = NULL;
	cfg_opt_t opts[N_OPTIONS + 1];

	for (size_t i = 0; i < N_OPTIONS; i++) {
		cfg_opt_t list = CFG_STR_LIST(option_types[i].name, NULL, CFGF_NONE);
		cfg_opt_t one = CFG_STR(option_types[i].name, NULL, CFGF_NODEFAULT);

		opts[i] = option_types[i].is_list ? list : one;
	}
	opts[N_OPTIONS] = (cfg_opt_t)CFG_END();
	cfg = cfg_init(opts, CFGF_NONE);
	if (!cfg)
		return -ENOMEM;
	cfg_set_error_function(cfg, be_silent);
	switch (cfg_parse(cfg, file)) {
	case CFG_SUCCESS:
		return take_values(config, cfg, file, ret_error);
	case CFG_FILE_ERROR:
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "%.200s: %s", file, strerror(errno));
		return -ENOENT;
	default:
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE,
			 "%.160s:%d: unknown option, or not of the form NAME = \"VALUE\"", file,
			 cfg->line);
		return -EINVAL;
	}
}

static int finish_datapath(struct lvn_config *config, char *ret_error)
{
	const char *name = secure_getenv("IPUDP_DATAPATH");

	if (config->datapath != LVN_DATAPATH_UNSAID)
		return 0;
	config->datapath = IPUDP_DATAPATH_AUTO;
	if (!name || !*name || !ipudp_datapath_parse(name, &config->datapath))
		return 0;
	snprintf(ret_error, LVN_CONFIG_ERROR_SIZE,
		 "IPUDP_DATAPATH: invalid value '%.80s'; must be one of auto, module, user", name);
	return -EINVAL;
}

int lvn_config_finish(struct lvn_config *config, char *ret_error)
{
	if (!config->n_hubs) {
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE,
			 "no hub is given; name one, as in: lvn up hub.example.net");
		return -EINVAL;
	}
	if (config->files.key && !config->files.cert && !config->files.identity) {
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE, "key is given without cert");
		return -EINVAL;
	}
	if (!config->n_uplinks)
		config->uplinks[config->n_uplinks++].weight = 1;
	for (unsigned int i = 0; i < config->n_uplinks; i++) {
		config->uplinks[i].no_checksum = config->no_checksum;
		if (!config->uplinks[i].mark)
			config->uplinks[i].mark = config->mark;
	}
	if (config->port && config->port > UINT16_MAX - config->n_uplinks + 1) {
		snprintf(ret_error, LVN_CONFIG_ERROR_SIZE,
			 "port: %u is too high, as each further uplink takes the next one",
			 config->port);
		return -EINVAL;
	}
	return finish_datapath(config, ret_error);
}
