/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Entering a network namespace by its name. */
#ifndef _TOOL_NETNS_H
#define _TOOL_NETNS_H

struct tool_failure;

/**
 * tool_netns_enter() - move the program to a network namespace
 * @name: as "ip netns" shows it, or a path with a slash, as /proc/1/ns/net
 *
 * Return: 0, or negative errno with the failure written.
 */
int tool_netns_enter(struct tool_failure *failure, const char *name);

#endif
