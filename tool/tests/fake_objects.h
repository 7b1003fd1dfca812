/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the two halves of the fake library ask of each other. */
#ifndef _TOOL_TESTS_FAKE_OBJECTS_H
#define _TOOL_TESTS_FAKE_OBJECTS_H

#include <stdbool.h>

/** fake_objects_clear() - forget all objects */
void fake_objects_clear(void);

/** fake_log() - write down a call */
void fake_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

/** fake_fail() - note why. Return: @error */
int fake_fail(int error, const char *text, const char *attr);

/** fake_check() - whether the test wants the change refused */
int fake_check(void);

/** fake_answer() - the outcome of a change: at once or, in a batch, later */
int fake_answer(int error);

/** fake_settle() - tell what is known of a batch, before reading */
void fake_settle(void);

/** fake_is_batch() - whether answers come later, so that outputs are not filled */
bool fake_is_batch(void);

#endif
