/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Showing a list of objects as text or JSON, and removing one in bulk. */
#ifndef _TOOL_SHOW_H
#define _TOOL_SHOW_H

#include "json.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipudp_device;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_tunnel;
struct tool;

/**
 * struct tool_show - a list that is being printed
 * @tool: borrowed
 * @json: used if the tool prints JSON
 */
struct tool_show {
	struct tool *tool;
	struct tool_json json;
};

/** tool_show_begin() - open the list */
void tool_show_begin(struct tool_show *show, struct tool *tool);

/* Print one object; to be passed to the library with a struct tool_show. Return: 0 or errno. */
int tool_show_device(void *show, const struct ipudp_device *device);
int tool_show_listener(void *show, const struct ipudp_listener *listener);
int tool_show_tunnel(void *show, const struct ipudp_tunnel *tunnel);
int tool_show_rule(void *show, const struct ipudp_rule *rule);

/**
 * tool_show_end() - close the list
 * @error: what came of it
 *
 * A list that changed while it was read is shown with a warning.
 *
 * Return: 0, or @error with the failure written.
 */
int tool_show_end(struct tool_show *show, int error);

/**
 * tool_list_again() - whether a list that the tool needs itself has to be read again
 * @error: what came of it
 * @tries: how often that happened; begins as 0
 */
bool tool_list_again(int error, unsigned int *tries);

/**
 * struct tool_flush - removals that are sent without waiting for each
 * @tool: borrowed
 * @error: the first that failed, but for what was gone already
 */
struct tool_flush {
	struct tool *tool;
	int error;
};

/** tool_flush_begin() - removals follow; in a batch they become part of it */
int tool_flush_begin(struct tool_flush *flush, struct tool *tool);

/**
 * tool_flush_end() - wait for them
 * @error: what a removal returned
 *
 * Return: 0, or negative errno with the failure written.
 */
int tool_flush_end(struct tool_flush *flush, int error);

/**
 * tool_array_grow() - make room for one more element
 * @array: pointer to a heap array, or to NULL
 * @count: elements in use
 * @capacity: elements there is room for
 */
int tool_array_grow(void *array, size_t count, size_t *capacity, size_t element_bytes);

#endif
