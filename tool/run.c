// SPDX-License-Identifier: GPL-2.0-or-later
/* The order of a run: options, namespace, one command or a batch of them, exit code. */

#include "tool.h"
#include "batch.h"
#include "complete.h"
#include "help.h"
#include "netns.h"
#include "options.h"

#include <errno.h>
#include <string.h>

static int run_words(struct tool *tool, struct tool_args *args)
{
	const char *word = tool_args_peek(args);
	int ret;

	if (word && word[0] == '-' && strchr("Vv", word[strspn(word, "-")])) {
		fprintf(tool->out, "ipudp %s\n", IPUDP_VERSION);
		return 0;
	}
	if (word && word[0] == '-') {
		tool_help_usage(tool->out);
		return 0;
	}
	if (!word && !tool->options.batch) {
		tool_help_usage(tool->err);
		tool->failure.exit_code = TOOL_EXIT_USAGE;
		return -EINVAL;
	}
	if (word && tool->options.batch)
		return tool_fail_usage(&tool->failure,
				       "\"%s\" stands beside -batch; the commands are in the file",
				       word);

	if (tool->options.netns) {
		ret = tool_netns_enter(&tool->failure, tool->options.netns);
		if (ret)
			return ret;
	}
	if (tool->options.batch)
		return tool_batch_run(tool, tool->options.batch);
	if (!strcmp(word, "complete"))
		return tool_complete(tool, args);
	return tool_run(tool, args);
}

int tool_main(int argc, char **argv, FILE *out, FILE *err)
{
	struct tool_args args = { .words = argv, .count = argc, .at = argc > 0 };
	struct tool tool;
	int exit_code;

	tool_init(&tool, out, err);
	args.failure = &tool.failure;
	if (!tool_options_parse(&tool, &args))
		run_words(&tool, &args);

	exit_code = tool.failure.exit_code;
	if (tool.failure.text[0]) {
		fflush(out);
		fputs("ipudp: ", err);
		tool_failure_put(err, tool.failure.text);
		putc('\n', err);
	}
	tool_done(&tool);

	if (fflush(out) || ferror(out)) {
		fprintf(err, "ipudp: cannot write: %s\n", strerror(errno));
		exit_code = exit_code ? exit_code : TOOL_EXIT_REFUSED;
	}
	return exit_code;
}
