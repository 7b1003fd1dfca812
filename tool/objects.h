/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The objects, each defined by the cmd_*.c of its name. */
#ifndef _TOOL_OBJECTS_H
#define _TOOL_OBJECTS_H

struct tool_object;

extern const struct tool_object tool_object_dev;
extern const struct tool_object tool_object_listener;
extern const struct tool_object tool_object_tunnel;
extern const struct tool_object tool_object_rule;
extern const struct tool_object tool_object_stats;
extern const struct tool_object tool_object_monitor;

#endif
