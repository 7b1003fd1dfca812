/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON of devices, listeners, tunnels and rules: the names of the netlink spec with '_' for '-'.
 * Each returns an object that the caller owns, NULL when there is no memory.
 */
#ifndef _TOOL_PRINT_JSON_H
#define _TOOL_PRINT_JSON_H

#include <stdint.h>

#include <jansson.h>

struct ipudp_counters;
struct ipudp_device;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;
struct tool;

json_t *tool_json_device(struct tool *tool, const struct ipudp_device *device);
json_t *tool_json_listener(struct tool *tool, const struct ipudp_listener *listener);
json_t *tool_json_tunnel(struct tool *tool, const struct ipudp_tunnel *tunnel);
json_t *tool_json_rule(struct tool *tool, const struct ipudp_rule *rule);
json_t *tool_json_counters(const struct ipudp_counters *counters);
json_t *tool_json_drops(struct tool *tool, const uint64_t *drops);

#endif
