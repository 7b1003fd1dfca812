/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A process beside the spoke that keeps the right to read its certificates and key after the spoke
 * has dropped root. It opens these files and nothing else, and has no other right.
 */
#ifndef _LVN_KEEPER_H
#define _LVN_KEEPER_H

struct lvn_tls_files;
struct lvn_user;

/**
 * lvn_keeper_start() - to be called while root, before anything else is open
 * @files: that may be asked for
 * @user: to become
 * @ret_fd: to ask through; the process ends when it is closed
 */
int lvn_keeper_start(const struct lvn_tls_files *files, const struct lvn_user *user, int *ret_fd);

/**
 * lvn_keeper_open() - open a file for reading
 * @fd: of lvn_keeper_start()
 *
 * Return: a descriptor, or negative errno; -EACCES for a file that was not named at the start.
 */
int lvn_keeper_open(int fd, const char *file);

#endif
