/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers on a control socket: JSON objects, a line each. */
#ifndef _CONTROL_ANSWER_H
#define _CONTROL_ANSWER_H

#include <jansson.h>

struct evbuffer;

/** control_answer_add() - append @object to @out as a line; the object stays the caller's */
void control_answer_add(struct evbuffer *out, json_t *object);

#endif
