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

int tool_json_write(FILE *file, const json_t *value, size_t flags)
{
	char text[4096];
	size_t len;

	/* in one piece: jansson writes to a file token by token */
	len = json_dumpb(value, text, sizeof(text), flags);
	if (len && len <= sizeof(text))
		return fwrite(text, len, 1, file) == 1 ? 0 : -EIO;
	return json_dumpf(value, file, flags) ? -EIO : 0;
}

int tool_json_put(struct tool_json *json, json_t *value)
{
	int ret;

	if (!value)
		return -ENOMEM;
	if (json->count++)
		fputs(json->flags & JSON_COMPACT ? "," : ", ", json->file);
	else
		putc('[', json->file);
	ret = tool_json_write(json->file, value, json->flags);
	json_decref(value);
	return ret;
}

void tool_json_end(struct tool_json *json, bool failed)
{
	if (json->count)
		fputs("]\n", json->file);
	else if (!failed)
		fputs("[]\n", json->file);
}
