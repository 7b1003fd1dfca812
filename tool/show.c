// SPDX-License-Identifier: GPL-2.0-or-later
/* Showing a list of objects as text or JSON, and removing one in bulk. */

#include "show.h"
#include "print.h"
#include "print_json.h"
#include "tool.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* How often a list is read again that changed meanwhile. */
#define LIST_TRIES 20

void tool_show_begin(struct tool_show *show, struct tool *tool)
{
	show->tool = tool;
	tool_json_begin(&show->json, tool->out, tool->options.is_pretty);
}

int tool_show_device(void *arg, const struct ipudp_device *device)
{
	struct tool_show *show = arg;

	if (show->tool->options.is_json)
		return tool_json_put(&show->json, tool_json_device(show->tool, device));
	tool_print_device(show->tool, device);
	return 0;
}

int tool_show_listener(void *arg, const struct ipudp_listener *listener)
{
	struct tool_show *show = arg;

	if (show->tool->options.is_json)
		return tool_json_put(&show->json, tool_json_listener(show->tool, listener));
	tool_print_listener(show->tool, listener);
	return 0;
}

int tool_show_tunnel(void *arg, const struct ipudp_tunnel *tunnel)
{
	struct tool_show *show = arg;

	if (show->tool->options.is_json)
		return tool_json_put(&show->json, tool_json_tunnel(show->tool, tunnel));
	tool_print_tunnel(show->tool, tunnel);
	return 0;
}

int tool_show_rule(void *arg, const struct ipudp_rule *rule)
{
	struct tool_show *show = arg;

	if (show->tool->options.is_json)
		return tool_json_put(&show->json, tool_json_rule(show->tool, rule));
	tool_print_rule(show->tool, rule);
	return 0;
}

int tool_show_end(struct tool_show *show, int error)
{
	/* what is busy changes while it is read, and whoever asked has got his list */
	bool is_interrupted = error == -EAGAIN;

	if (show->tool->options.is_json)
		tool_json_end(&show->json, error && !is_interrupted);
	if (is_interrupted)
		fprintf(show->tool->err, "ipudp: the list changed while it was read: some entries "
					 "may be missing or appear twice\n");
	return error && !is_interrupted ? tool_refused(show->tool, error) : 0;
}

bool tool_list_again(int error, unsigned int *tries)
{
	return error == -EAGAIN && ++*tries < LIST_TRIES;
}

/* What is gone already needs no removing. */
static void flush_failed(void *arg, uint64_t tag, int error, const char *message)
{
	struct tool_flush *flush = arg;

	(void)tag;
	if (error == -ENOENT || flush->error)
		return;
	flush->error = tool_refused_with(flush->tool, &flush->tool->failure, error, message);
}

int tool_flush_begin(struct tool_flush *flush, struct tool *tool)
{
	int ret;

	flush->tool = tool;
	flush->error = 0;
	if (tool->batch)
		return 0;
	ret = ipudp_batch_begin(tool->ipudp, flush_failed, flush);
	return ret ? tool_refused(tool, ret) : 0;
}

int tool_flush_end(struct tool_flush *flush, int error)
{
	int ended = 0;

	if (!flush->tool->batch)
		ended = ipudp_batch_end(flush->tool->ipudp);
	if (flush->error)
		return flush->error;
	if (error || ended < 0)
		return tool_refused(flush->tool, error ? error : ended);
	return 0;
}

int tool_array_grow(void *array, size_t count, size_t *capacity, size_t element_bytes)
{
	void **heap = array;
	size_t wanted;
	void *grown;

	if (count < *capacity)
		return 0;
	wanted = *capacity ? *capacity * 2 : 64;
	grown = reallocarray(*heap, wanted, element_bytes);
	if (!grown)
		return -ENOMEM;
	*heap = grown;
	*capacity = wanted;
	return 0;
}
