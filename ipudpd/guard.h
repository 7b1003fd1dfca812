/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard of a daemon in the background: its parent, which does nothing but start it again when
 * it was killed or crashed. Where systemd started it, systemd does that.
 */
#ifndef _IPUDP_GUARD_H
#define _IPUDP_GUARD_H

/**
 * ipudp_guard_start() - fork, and guard the child
 *
 * The child, and each one that takes its place, returns. The parent does not: it ends as its child
 * does, unless that dies of a signal that did not tell it to end. Descriptors are the same for all
 * of them, so clients keep on waiting in the queue of a listening socket. Before there are threads.
 *
 * Return: 0 in the child, or a negative errno.
 */
int ipudp_guard_start(void);

#endif
