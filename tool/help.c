// SPDX-License-Identifier: GPL-2.0-or-later
/* Help, made from the tables of objects, commands and keywords. */

#include "help.h"
#include "options.h"
#include "read.h"
#include "tool.h"

#include <string.h>

#define HELP_COLUMNS 80

/**
 * struct help_line - a line that is broken between its pieces
 * @file: where to
 * @column: where the next piece goes
 * @indent: where a continued line begins
 */
struct help_line {
	FILE *file;
	int column;
	int indent;
};

static void put_piece(struct help_line *line, const char *piece)
{
	int len = strlen(piece);

	if (line->column + 1 + len > HELP_COLUMNS) {
		fprintf(line->file, "\n%*s", line->indent, "");
		line->column = line->indent;
	}
	line->column += fprintf(line->file, " %s", piece);
}

static void format_keyword(const struct tool_keyword *keyword, char *text, size_t size)
{
	bool is_optional = !(keyword->flags & TOOL_REQUIRED);
	const char *value = keyword->value ? keyword->value : "";
	const char *braces[] = { "", "" };
	char name[64];

	snprintf(name, sizeof(name), "%.*s", tool_word_first(keyword->name), keyword->name);
	if (keyword->flags & TOOL_FIRST)
		name[0] = '\0';
	else if (keyword->flags & TOOL_BARE)
		snprintf(name, sizeof(name), "[%.*s]", tool_word_first(keyword->name),
			 keyword->name);
	if (!is_optional && strchr(value, '|')) {
		braces[0] = "{ ";
		braces[1] = " }";
	}
	snprintf(text, size, "%s%s%s%s%s%s%s%s", is_optional ? "[ " : "", name,
		 *name && *value ? " " : "", braces[0], value, braces[1], is_optional ? " ]" : "",
		 keyword->flags & TOOL_REPEAT ? "..." : "");
}

static void put_command(FILE *file, const char *lead, const struct tool_object *object,
			const struct tool_command *command)
{
	struct help_line line = { .file = file, .indent = strlen(lead) + 5 };
	const struct tool_keyword *keyword;
	char text[160];

	line.column =
		fprintf(file, "%sipudp %.*s", lead, tool_word_first(object->name), object->name);
	if (!object->only)
		line.column +=
			fprintf(file, " %.*s", tool_word_first(command->name), command->name);

	for (keyword = command->keywords; keyword->name && !command->usage; keyword++) {
		if (keyword->flags & TOOL_HIDDEN)
			continue;
		format_keyword(keyword, text, sizeof(text));
		put_piece(&line, text);
	}
	if (command->usage) {
		const char *piece = command->usage;

		/* pieces are separated by newlines */
		while (*piece) {
			size_t len = strcspn(piece, "\n");

			snprintf(text, sizeof(text), "%.*s", (int)len, piece);
			put_piece(&line, text);
			piece += len + (piece[len] == '\n');
		}
	}
	putc('\n', file);
}

/* What the nouns of a command mean; @nouns has those already explained. */
static void put_nouns(FILE *file, const struct tool_command *command, const char **nouns, int max)
{
	const struct tool_keyword *keyword;
	int i;

	for (keyword = command->keywords; keyword->name; keyword++) {
		if (!keyword->value || !tool_value_is_noun(keyword->value) ||
		    keyword->flags & TOOL_HIDDEN)
			continue;
		for (i = 0; i < max && nouns[i]; i++)
			if (!strcmp(nouns[i], keyword->value))
				break;
		if (i == max || nouns[i])
			continue;
		nouns[i] = keyword->value;
		fprintf(file, "    %-7s := %s\n", keyword->value, tool_value_text(keyword->value));
	}
}

void tool_help_command(FILE *file, const struct tool_object *object,
		       const struct tool_command *command)
{
	const char *nouns[32] = { NULL };

	put_command(file, "Usage: ", object, command);
	put_nouns(file, command, nouns, 32);
}

void tool_help_object(FILE *file, const struct tool_object *object)
{
	const struct tool_command *command;
	const char *lead = "Usage: ";
	const char *nouns[32] = { NULL };

	if (object->only) {
		tool_help_command(file, object, object->only);
		return;
	}
	for (command = object->commands; command->name; command++) {
		put_command(file, lead, object, command);
		lead = "       ";
	}
	for (command = object->commands; command->name; command++)
		put_nouns(file, command, nouns, 32);
}

void tool_help_usage(FILE *file)
{
	const struct tool_option *option;
	char text[64];
	int i;

	fputs("Usage: ipudp [ OPTIONS ] OBJECT { COMMAND | help }\n"
	      "       ipudp [ OPTIONS ] -batch FILE\n"
	      "OBJECT:\n",
	      file);
	for (i = 0; tool_objects[i]; i++)
		fprintf(file, "    %-*.*s%s\n", 30, tool_word_first(tool_objects[i]->name),
			tool_objects[i]->name, tool_objects[i]->summary);
	fputs("OPTIONS:\n", file);
	for (option = tool_option_table; option->name; option++) {
		snprintf(text, sizeof(text), "-%.*s %s", tool_word_first(option->name),
			 option->name, option->value ? option->value : "");
		fprintf(file, "    %-30s%s\n", text, option->help);
	}
	fputs("Words may be abbreviated. For more, see \"ipudp OBJECT help\" and ipudp(8).\n",
	      file);
}

int tool_help(struct tool *tool, struct tool_args *args)
{
	const char *word = tool_args_next(args);
	const struct tool_object *object;

	if (!word) {
		tool_help_usage(tool->out);
		return 0;
	}
	object = tool_object_find(word);
	if (!object)
		return tool_fail_usage(&tool->failure,
				       "\"%s\" is not an object; \"ipudp help\" lists them", word);
	tool_help_object(tool->out, object);
	return 0;
}
