/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run leaves behind for the next, should it be killed: a file under /run that names all it
 * made in the kernel, and the session. And the lock that keeps two runs apart.
 */
#ifndef _LVN_STATE_H
#define _LVN_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/net/net.h"
#include "spoke/config.h"
#include "spoke/plane.h"

/**
 * struct lvn_state - what there is
 * @has_device: the device was made
 * @is_user: in ipudpd, not in the module
 * @session: the last session, "" if none
 * @hub: host of the hub it is of
 * @token: to come back to it, "" if there is none. Secret
 * @ports: listeners, one an uplink
 * @n_ports: how many
 * @set: addresses and routes
 */
struct lvn_state {
	bool has_device;
	bool is_user;
	char session[LVN_SESSION_SIZE];
	char hub[LVN_TEXT_SIZE];
	char token[LVN_NAME_SIZE];
	struct lvn_port ports[LVN_UPLINKS_MAX];
	unsigned int n_ports;
	struct lvn_netset set;
};

/**
 * lvn_state_prepare() - make the folder, take the lock
 * @owner: whose the files will be; -1 to leave that as it is
 * @ret_lock: descriptor that holds the lock; -EBUSY if another run has it
 */
int lvn_state_prepare(const char *run_dir, const char *name, uid_t owner, int *ret_lock);

/** lvn_state_load() - read the file; -ENOENT if there is none, -EBADMSG if it is not ours */
int lvn_state_load(const char *run_dir, const char *name, struct lvn_state *ret);

/** lvn_state_save() - write the file, whole or not at all */
int lvn_state_save(const char *run_dir, const char *name, const struct lvn_state *state);

/** lvn_state_remove() - there is nothing left */
void lvn_state_remove(const char *run_dir, const char *name);

#endif
