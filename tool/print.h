/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of devices, listeners, tunnels and rules. The first line of each, up to a '#', is what the
 * command "add" takes to make it again.
 */
#ifndef _TOOL_PRINT_H
#define _TOOL_PRINT_H

#include <stdint.h>

struct ipudp_counters;
struct ipudp_device;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;
struct tool;

#define TOOL_TIME_TEXT_SIZE 16

/** tool_time_text() - as tool_read_time() reads it. Return: @text */
const char *tool_time_text(uint32_t ms, char text[TOOL_TIME_TEXT_SIZE]);

void tool_print_device(struct tool *tool, const struct ipudp_device *device);
void tool_print_listener(struct tool *tool, const struct ipudp_listener *listener);
void tool_print_tunnel(struct tool *tool, const struct ipudp_tunnel *tunnel);
void tool_print_rule(struct tool *tool, const struct ipudp_rule *rule);

/** tool_print_counters() - two indented lines */
void tool_print_counters(struct tool *tool, const struct ipudp_counters *counters);

/** tool_print_drops() - a line a reason that is not 0; @drops has IPUDP_DROP_REASONS entries */
void tool_print_drops(struct tool *tool, const uint64_t *drops);

/** tool_drop_name() - also of a reason that this version does not know; valid until next called */
const char *tool_drop_name(unsigned int reason, char text[16]);

#endif
