// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From changed files to a running spoke.
 */
#include "spoke/reload.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/ssl.h>

#include "spoke/agent.h"
#include "spoke/session.h"
#include "spoke/uplink.h"

struct lvn_tls_files lvn_reload_paths(const struct lvn_config *config, int keeper)
{
	return (struct lvn_tls_files){
		.identity = config->files.identity,
		.cert = config->files.cert,
		.key = config->files.key,
		.ca = config->files.ca,
		.crl = config->files.crl,
		.keeper = keeper,
	};
}

static bool is_text_equal(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* The option that only a restart can change; NULL if there is none. */
static const char *find_fixed(const struct lvn_config *a, const struct lvn_config *b)
{
	bool is_uplink_changed = a->n_uplinks != b->n_uplinks;

	for (unsigned int i = 0; i < a->n_uplinks && !is_uplink_changed; i++)
		is_uplink_changed = strcmp(a->uplinks[i].ifname, b->uplinks[i].ifname) ||
				    a->uplinks[i].mark != b->uplinks[i].mark;
	if (strcmp(a->name, b->name))
		return "name";
	if (is_uplink_changed)
		return "interface, uplink or mark";
	if (strcmp(a->vrf, b->vrf))
		return "vrf";
	if (a->port != b->port)
		return "port";
	if (a->datapath != b->datapath)
		return "datapath";
	if (!is_text_equal(a->user, b->user))
		return "user";
	if (!is_text_equal(a->run_dir, b->run_dir))
		return "run-dir";
	return NULL;
}

/* Where the hub in use is in the new list; 0 if it is not. */
static unsigned int find_hub(const struct lvn_config *config, const struct lvn_hub_address *hub)
{
	for (unsigned int i = 0; i < config->n_hubs; i++)
		if (!strcmp(config->hubs[i].host, hub->host) && config->hubs[i].port == hub->port)
			return i;
	return 0;
}

static void take_context(struct lvn_agent *agent, SSL_CTX *context)
{
	/* A connection that still uses the old one holds it. */
	SSL_CTX_free(agent->tls);
	agent->tls = context;
}

int lvn_reload(struct lvn_agent *agent, struct lvn_config *current, struct lvn_config *fresh,
	       char *ret_text)
{
	const struct lvn_tls_files files = lvn_reload_paths(fresh, agent->keeper);
	uint64_t stamp = lvn_tls_stamp(&files);
	struct lvn_config old = *current;
	const char *fixed = find_fixed(current, fresh);
	SSL_CTX *context;

	if (fixed) {
		snprintf(ret_text, LVN_RELOAD_TEXT_SIZE,
			 "%s cannot be changed while lvn runs; restart "
			 "it for that",
			 fixed);
		return -EINVAL;
	}
	if (lvn_tls_context(&files, agent->tls, &context, ret_text))
		return -EINVAL;
	take_context(agent, context);
	agent->files_stamp = stamp;
	agent->hub = find_hub(fresh, &current->hubs[agent->hub]);
	*current = *fresh;
	memset(fresh, 0, sizeof(*fresh));
	lvn_config_done(&old);
	lvn_log_set_level(current->debug ? LVN_LOG_DEBUG : LVN_LOG_INFO);
	lvn_agent_restart_control(agent);
	lvn_session_check(agent);
	lvn_uplinks_remake(agent);
	return 0;
}

void lvn_reload_files(struct lvn_agent *agent)
{
	const struct lvn_tls_files files = lvn_reload_paths(agent->config, agent->keeper);
	uint64_t stamp = lvn_tls_stamp(&files);
	const char *name = agent->config->name;
	char text[LVN_TLS_ERROR_SIZE];
	SSL_CTX *context;

	if (stamp == agent->files_stamp)
		return;
	agent->files_stamp = stamp;
	if (lvn_tls_context(&files, agent->tls, &context, text)) {
		lvn_error("%s: changed certificates are not used: %s", name, text);
		return;
	}
	take_context(agent, context);
	if (*text)
		lvn_warning("%s: what was read before is still used: %s", name, text);
	else
		lvn_info("%s: certificates were read again", name);
	if (agent->phase == LVN_AGENT_ONLINE)
		lvn_agent_restart_control(agent);
}
