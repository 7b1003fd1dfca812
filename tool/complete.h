/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The words that could come next, for the completion of shells. */
#ifndef _TOOL_COMPLETE_H
#define _TOOL_COMPLETE_H

struct tool;
struct tool_args;

/**
 * tool_complete() - the hidden command "complete": print what may follow the words given
 *
 * Prints one word a line, unfiltered; a name in angle brackets is a hint for words that only the
 * user knows. Never fails loudly.
 */
int tool_complete(struct tool *tool, struct tool_args *args);

#endif
