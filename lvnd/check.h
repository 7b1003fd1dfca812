/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lvnd --test: what a start would need, without starting.
 */
#ifndef _LVND_CHECK_H
#define _LVND_CHECK_H

struct lvnd_conf;

/**
 * lvnd_check() - look at files, users, ports, and the host's addresses and routes
 * @path: of the configuration
 *
 * Logs each thing that is wrong. Must be the last thing that a process does: it gives up rights.
 *
 * Return: 0, or -EINVAL if a start would fail, or could not have what is configured.
 */
int lvnd_check(const char *path, const struct lvnd_conf *conf);

/** lvnd_check_complain() - log why the store cannot be opened, and what to do; @error is a negative errno */
void lvnd_check_complain(const struct lvnd_conf *conf, int error);

/** lvnd_check_reload() - warn of what the process, which has dropped its rights, cannot read again */
void lvnd_check_reload(const char *path, const struct lvnd_conf *conf);

#endif
