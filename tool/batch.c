// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Commands from a file. Changes are sent without waiting for the answer of each, so a failure may
 * become known some lines later; it is printed with the line it belongs to, and ends the batch
 * unless it is forced.
 */

#include "batch.h"
#include "lines.h"
#include "tool.h"
#include "words.h"

#include "lib/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/** Lines whose command is remembered; the library has fewer under way. */
#define LINES_UNDER_WAY 4096

/**
 * struct tool_batch - a file that is being carried out
 * @tool: borrowed
 * @path: of the file, for messages
 * @line: the line that is being carried out
 * @exit_code: of the first failure
 * @sent: the commands of the last lines, by the remainder of their number
 * @is_open: changes are sent without waiting
 * @is_broken: the connection is no more
 */
struct tool_batch {
	struct tool *tool;
	const char *path;
	unsigned long line;
	int exit_code;
	struct {
		unsigned long line;
		const struct tool_object *object;
		const struct tool_command *command;
	} sent[LINES_UNDER_WAY];
	bool is_open;
	bool is_broken;
};

static void report(struct tool_batch *batch, unsigned long line, int exit_code, const char *text)
{
	FILE *err = batch->tool->err;

	fflush(batch->tool->out);
	fprintf(err, "%s:%lu: ", batch->path, line);
	tool_failure_put(err, text);
	putc('\n', err);
	if (!batch->exit_code)
		batch->exit_code = exit_code;
}

static void on_failure(void *arg, uint64_t tag, int error, const char *message)
{
	struct tool_batch *batch = arg;
	struct tool *tool = batch->tool;
	const struct tool_object *object = tool->object;
	const struct tool_command *command = tool->command;
	const struct tool_args *args = tool->args;
	struct tool_failure failure;

	/* another line may be read by now */
	tool->object = NULL;
	tool->command = NULL;
	tool->args = NULL;
	if (batch->sent[tag % LINES_UNDER_WAY].line == tag) {
		tool->object = batch->sent[tag % LINES_UNDER_WAY].object;
		tool->command = batch->sent[tag % LINES_UNDER_WAY].command;
	}
	tool_refused_with(tool, &failure, error, message);
	tool_failure_lead(tool, &failure);
	tool->object = object;
	tool->command = command;
	tool->args = args;
	report(batch, tag, failure.exit_code, failure.text);
}

static bool is_over(const struct tool_batch *batch)
{
	return batch->is_broken || (batch->exit_code && !batch->tool->options.is_forced);
}

int tool_batch_opened(struct tool_batch *batch)
{
	struct tool *tool = batch->tool;
	int ret;

	ret = ipudp_batch_begin(tool->ipudp, on_failure, batch);
	if (ret)
		return tool_refused(tool, ret);
	ipudp_batch_tag(tool->ipudp, batch->line);
	batch->is_open = true;
	return 0;
}

static int end(struct tool_batch *batch)
{
	int ret;

	if (!batch->is_open)
		return 0;
	batch->is_open = false;
	ret = ipudp_batch_end(batch->tool->ipudp);
	if (ret >= 0)
		return 0;
	batch->is_broken = true;
	return tool_fail_refused(&batch->tool->failure, ret,
				 "the connection to the data plane broke: %s", strerror(-ret));
}

int tool_batch_wait(struct tool_batch *batch)
{
	int ret;

	if (!batch->is_open)
		return 0;
	ret = end(batch);
	return ret ? ret : tool_batch_opened(batch);
}

/* Whoever writes the file piece by piece wants each piece done before he writes the next. */
static void before_wait(void *arg)
{
	struct tool_batch *batch = arg;

	if (tool_batch_wait(batch))
		report(batch, batch->line, batch->tool->failure.exit_code,
		       batch->tool->failure.text);
	fflush(batch->tool->out);
}

void tool_batch_note(struct tool_batch *batch)
{
	struct tool *tool = batch->tool;

	batch->sent[batch->line % LINES_UNDER_WAY].line = batch->line;
	batch->sent[batch->line % LINES_UNDER_WAY].object = tool->object;
	batch->sent[batch->line % LINES_UNDER_WAY].command = tool->command;
}

static void run_line(struct tool_batch *batch, struct tool_words *words, char *line)
{
	struct tool *tool = batch->tool;
	char text[TOOL_FAILURE_SIZE];
	struct tool_args args;
	int exit_code;
	int ret;

	tool_failure_init(&tool->failure);
	ret = tool_words_split(words, line, &tool->failure);
	if (!ret && !words->count)
		return;
	if (!ret) {
		args = (struct tool_args){
			.words = words->words,
			.count = words->count,
			.failure = &tool->failure,
		};
		if (tool->ipudp)
			ipudp_batch_tag(tool->ipudp, batch->line);
		ret = tool_run(tool, &args);
	}
	if (!ret)
		return;

	/* what went before is answered before, and may have ended the batch already */
	memcpy(text, tool->failure.text, sizeof(text));
	exit_code = tool->failure.exit_code;
	if (tool_batch_wait(batch))
		report(batch, batch->line, tool->failure.exit_code, tool->failure.text);
	if (!is_over(batch))
		report(batch, batch->line, exit_code, text);
}

static void run_lines(struct tool_batch *batch, int fd)
{
	struct tool_words words = { 0 };
	struct tool_lines lines;
	char *line;
	int more;

	tool_lines_init(&lines, fd);
	lines.before_wait = before_wait;
	lines.arg = batch;
	while (!is_over(batch) && (more = tool_lines_next(&lines, &line)) > 0) {
		batch->line = lines.line;
		if (!is_over(batch))
			run_line(batch, &words, line);
	}
	if (!is_over(batch) && more < 0)
		report(batch, lines.line, TOOL_EXIT_USAGE,
		       more == -E2BIG ? "the line is too long" : strerror(-more));
	tool_lines_done(&lines);
	tool_words_done(&words);
}

int tool_batch_run(struct tool *tool, const char *path)
{
	struct tool_batch batch = { .tool = tool, .path = path };
	_cleanup_close_ int file = -1;
	int fd = STDIN_FILENO;

	if (strcmp(path, "-")) {
		file = fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return tool_fail_usage(&tool->failure, "cannot open \"%s\": %m", path);
	}

	tool->batch = &batch;
	run_lines(&batch, fd);
	tool_failure_init(&tool->failure);
	if (end(&batch))
		report(&batch, batch.line, TOOL_EXIT_REFUSED, tool->failure.text);
	tool->batch = NULL;

	/* all was said with its line */
	tool_failure_init(&tool->failure);
	tool->failure.exit_code = batch.exit_code;
	return batch.exit_code ? -EINVAL : 0;
}
