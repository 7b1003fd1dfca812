/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Commands from a file, changes sent without waiting for the answer of each. */
#ifndef _TOOL_BATCH_H
#define _TOOL_BATCH_H

struct tool;
struct tool_batch;

/** tool_batch_run() - carry out a file, "-" for standard input; failures are printed as they come */
int tool_batch_run(struct tool *tool, const char *path);

/** tool_batch_opened() - the connection stands: send without waiting from now on */
int tool_batch_opened(struct tool_batch *batch);

/** tool_batch_note() - remember what the line is about, for failures that are known later */
void tool_batch_note(struct tool_batch *batch);

/** tool_batch_wait() - wait for the answers to all that was sent */
int tool_batch_wait(struct tool_batch *batch);

#endif
