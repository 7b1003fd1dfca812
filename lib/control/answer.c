// SPDX-License-Identifier: GPL-2.0-or-later
/* Answers on a control socket. */
#include "lib/control/answer.h"

#include <event2/buffer.h>

static int append(const char *text, size_t len, void *arg)
{
	return evbuffer_add(arg, text, len);
}

void control_answer_add(struct evbuffer *out, json_t *object)
{
	json_dump_callback(object, append, out, JSON_COMPACT);
	evbuffer_add(out, "\n", 1);
}
