/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A JSON array written element by element, so that no table is ever held in memory. */
#ifndef _TOOL_JSON_H
#define _TOOL_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

/**
 * struct tool_json - an array that is being written
 * @file: where to; borrowed
 * @flags: jansson's, for each element
 * @count: elements written so far
 */
struct tool_json {
	FILE *file;
	size_t flags;
	size_t count;
};

/** tool_json_write() - write a value by itself. Return: 0 or -EIO */
int tool_json_write(FILE *file, const json_t *value, size_t flags);

/** tool_json_begin() - prepare; nothing is written before the first element */
void tool_json_begin(struct tool_json *json, FILE *file, bool is_pretty);

/**
 * tool_json_put() - write an element
 * @value: consumed, also on failure; NULL stands for an allocation that failed
 *
 * Return: 0, -ENOMEM or -EIO.
 */
int tool_json_put(struct tool_json *json, json_t *value);

/**
 * tool_json_end() - close the array
 * @failed: what came in between failed; an array without elements is then left out
 */
void tool_json_end(struct tool_json *json, bool failed);

#endif
