/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Settings and certificates of a running spoke that have changed: all are taken over, or none.
 */
#ifndef _LVN_RELOAD_H
#define _LVN_RELOAD_H

#include "spoke/config.h"

struct lvn_agent;

/** Size of the texts here. */
#define LVN_RELOAD_TEXT_SIZE (LVN_TLS_ERROR_SIZE + 64)

/**
 * lvn_reload() - go on with other settings
 * @current: that the agent uses, in its place
 * @fresh: finished; emptied on success
 * @ret_text: why nothing was changed; on success a warning, or ""
 *
 * Control connects again with them; bindings, tunnels and addresses that stay the same go on.
 *
 * Return: 0, or -EINVAL if a setting cannot be changed while running or a file is wrong.
 */
int lvn_reload(struct lvn_agent *agent, struct lvn_config *current, struct lvn_config *fresh,
	       char *ret_text);

/**
 * lvn_reload_files() - read certificates, CA and CRL again if they have changed
 *
 * Says itself what is wrong, once for each change.
 */
void lvn_reload_files(struct lvn_agent *agent);

/** lvn_reload_paths() - of the files that a configuration names, with a keeper or 0 */
struct lvn_tls_files lvn_reload_paths(const struct lvn_config *config, int keeper);

#endif
