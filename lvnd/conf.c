// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading lvnd.conf(5) with libconfuse.
 */
#include "lvnd/conf.h"

#include <errno.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <confuse.h>

#include "hub/conf.h"
#include "lib/base/cleanup.h"
#include "lvnd/conf_tsp.h"
#include "server/section.h"

/* Whom lvnd becomes unless the configuration says it, where there is such a user. */
#define LVND_USER "lvnd"

static const char *const datapaths[] = { "", "auto", "module", "user", NULL };

static const cfg_opt_t own_opts[] = {
	CFG_STR("datapath", "", CFGF_NONE),
	CFG_STR("store", "/var/lib/lvn/lvnd.db", CFGF_NONE),
	CFG_STR("control", "/run/lvn/lvnd.sock", CFGF_NONE),
	CFG_STR("metrics", "", CFGF_NONE),
	CFG_STR("user", NULL, CFGF_NONE),
	CFG_STR("log", "info", CFGF_NONE),
	CFG_BOOL("checksum", cfg_true, CFGF_NONE),
	CFG_BOOL("forward", cfg_true, CFGF_NONE),
	CFG_BOOL("sandbox", cfg_true, CFGF_NONE),
	CFG_SEC("tsp", lvnd_tsp_opts, CFGF_MULTI),
};

#define N_OWN (sizeof(own_opts) / sizeof(own_opts[0]))

static void cleanup_cfg(cfg_t **cfg)
{
	if (*cfg)
		cfg_free(*cfg);
}

static void cleanup_conf(struct lvnd_conf **conf)
{
	lvnd_conf_destroy(*conf);
}

static void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* Whose file is being parsed: libconfuse gives its callback no argument. One thread, one file. */
static struct server_section *parsing;

/* libconfuse tells line and reason only here. */
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	char text[160];

	vsnprintf(text, sizeof(text), format, args);
	server_section_fail(parsing, -EINVAL, "line %d: %s", cfg->line, text);
}

/* Without the setting root becomes "lvnd", where the package has made that user. */
static char *read_user(struct server_section *section)
{
	const char *name = cfg_getstr(section->cfg, "user");
	char *copy;

	if (!name)
		name = !geteuid() && getpwnam(LVND_USER) ? LVND_USER : "";
	copy = strdup(name);
	if (!copy)
		server_section_fail(section, -ENOMEM, "out of memory");
	return copy;
}

static void read_own(struct server_section *section, struct lvnd_conf *conf)
{
	const char *metrics = cfg_getstr(section->cfg, "metrics"),
		   *log = cfg_getstr(section->cfg, "log");

	server_section_word(section, "datapath", datapaths);
	conf->datapath = server_section_string(section, "datapath");
	conf->store = server_section_string(section, "store");
	conf->control = server_section_string(section, "control");
	conf->user = read_user(section);
	conf->checksum = cfg_getbool(section->cfg, "checksum");
	conf->forward = cfg_getbool(section->cfg, "forward");
	conf->sandbox = cfg_getbool(section->cfg, "sandbox");
	if (lvn_log_level_parse(log, &conf->log) < 0)
		server_section_fail(section, -EINVAL,
				    "log: '%s' must be one of error, warning, info, debug", log);
	if (*metrics &&
	    (lvn_endpoint_parse(metrics, 9790, &conf->metrics) < 0 || !conf->metrics.addr.family))
		server_section_fail(section, -EINVAL, "metrics: '%s' is not an address and port",
				    metrics);
}

/* What the data planes have of the daemon. */
static void fill_plane(const struct lvnd_conf *conf, struct server_conf *plane)
{
	plane->datapath = conf->datapath;
	plane->checksum = conf->checksum;
	plane->forward = conf->forward;
}

static void fill_planes(struct lvnd_conf *conf)
{
	if (conf->hub)
		fill_plane(conf, &conf->hub->plane);
	if (conf->tsp)
		fill_plane(conf, &conf->tsp->plane);
}

static void read_tsp(struct server_section *file, struct lvnd_conf *conf)
{
	unsigned int n = cfg_size(file->cfg, "tsp");
	struct server_section section = *file;

	if (n > 1)
		server_section_fail(file, -EINVAL, "tsp: more than one section");
	if (file->error || !n)
		return;
	section.cfg = cfg_getnsec(file->cfg, "tsp", 0);
	section.name = "tsp: ";
	file->error = lvnd_conf_read_tsp(&section, conf->hub, &conf->tsp);
}

/* A file that says nothing at all is an incomplete one for a hub. */
static void read_all(struct server_section *file, struct lvnd_conf *conf)
{
	read_own(file, conf);
	if (hub_conf_is_wanted(file->cfg) || !cfg_size(file->cfg, "tsp"))
		hub_conf_read(file, &conf->hub);
	read_tsp(file, conf);
	fill_planes(conf);
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
static void check_whole(struct server_section *section, const char *text)
{
	int depth = 0;

	for (; *text; text = skip(text))
		depth += (*text == '{') - (*text == '}');
	if (depth > 0)
		server_section_fail(section, -EINVAL, "incomplete: a '{' has no '}'");
}

static char *read_text(struct server_section *section)
{
	_cleanup_(cleanup_file) FILE *file = fopen(section->path, "re");
	_cleanup_free_ char *text = NULL;
	size_t size = 0;

	/* there is no NUL in it, so this is all of it */
	if (file && getdelim(&text, &size, '\0', file) >= 0)
		return TAKE_PTR(text);
	if (file && feof(file))
		return strdup("");
	server_section_fail(section, -errno, "%s", strerror(errno));
	return NULL;
}

/* All that there may be outside of sections. To be freed. */
static cfg_opt_t *all_opts(void)
{
	size_t n = 0;
	cfg_opt_t *opts;

	while (hub_conf_opts[n].name)
		n++;
	opts = calloc(N_OWN + n + 1, sizeof(*opts));
	if (!opts)
		return NULL;
	memcpy(opts, own_opts, sizeof(own_opts));
	/* with the end of the list */
	memcpy(opts + N_OWN, hub_conf_opts, (n + 1) * sizeof(*opts));
	return opts;
}

static void parse(struct server_section *file)
{
	_cleanup_free_ char *text = read_text(file);

	if (!text) {
		server_section_fail(file, -ENOMEM, "out of memory");
		return;
	}
	cfg_set_error_function(file->cfg, on_error);
	parsing = file;
	if (cfg_parse_buf(file->cfg, text) != CFG_SUCCESS)
		server_section_fail(file, -EINVAL, "line %d: cannot be understood",
				    file->cfg->line);
	parsing = NULL;
	check_whole(file, text);
}

int lvnd_conf_read(const char *path, char *text, size_t size, struct lvnd_conf **ret_conf)
{
	_cleanup_(cleanup_conf) struct lvnd_conf *conf = calloc(1, sizeof(*conf));
	_cleanup_free_ cfg_opt_t *opts = all_opts();
	_cleanup_(cleanup_cfg) cfg_t *cfg = opts ? cfg_init(opts, CFGF_NONE) : NULL;
	struct server_section file = {
		.cfg = cfg,
		.path = path,
		.name = "",
		.text = text,
		.size = size,
	};

	if (!conf || !cfg) {
		server_section_fail(&file, -ENOMEM, "out of memory");
		return -ENOMEM;
	}
	parse(&file);
	if (!file.error)
		read_all(&file, conf);
	if (file.error)
		return file.error;
	*ret_conf = TAKE_PTR(conf);
	return 0;
}

int lvnd_conf_set_datapath(struct lvnd_conf *conf, const char *value, char *text, size_t size)
{
	char *copy;

	if (!*value || server_section_find(datapaths, value) < 0) {
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
	fill_planes(conf);
	return 0;
}

void lvnd_conf_destroy(struct lvnd_conf *conf)
{
	if (!conf)
		return;
	hub_conf_destroy(conf->hub);
	lvnd_conf_destroy_tsp(conf->tsp);
	free(conf->datapath);
	free(conf->store);
	free(conf->control);
	free(conf->user);
	free(conf);
}
