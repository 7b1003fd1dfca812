/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Help, made from the tables of objects, commands and keywords. */
#ifndef _TOOL_HELP_H
#define _TOOL_HELP_H

#include <stdio.h>

struct tool;
struct tool_args;
struct tool_command;
struct tool_object;

/** tool_help() - the command "help [OBJECT]" */
int tool_help(struct tool *tool, struct tool_args *args);

/** tool_help_usage() - options and objects */
void tool_help_usage(FILE *file);

/** tool_help_object() - the commands of an object */
void tool_help_object(FILE *file, const struct tool_object *object);

/** tool_help_command() - one command */
void tool_help_command(FILE *file, const struct tool_object *object,
		       const struct tool_command *command);

#endif
