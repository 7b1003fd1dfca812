// SPDX-License-Identifier: GPL-2.0-or-later
/* A JSON array written element by element. What the elements look like is in print_json.c. */

#include "json.h"

#include <errno.h>

void tool_json_begin(struct tool_json *json, FILE *file, bool is_pretty)
{
	json->file = file;
	json->flags = is_pretty ? JSON_INDENT(4) : JSON_COMPACT;
	json->count = 0;
}

int tool_json_put(struct tool_json *json, json_t *value)
{
	bool is_written;

	if (!value)
		return -ENOMEM;
	if (json->count++)
		fputs(json->flags & JSON_COMPACT ? "," : ", ", json->file);
	else
		putc('[', json->file);
	is_written = json_dumpf(value, json->file, json->flags) == 0;
	json_decref(value);
	return is_written ? 0 : -EIO;
}

void tool_json_end(struct tool_json *json, bool failed)
{
	if (json->count)
		fputs("]\n", json->file);
	else if (!failed)
		fputs("[]\n", json->file);
}
