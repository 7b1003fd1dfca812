/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Running the tool within a test, over the fake library. */
#ifndef _TOOL_TESTS_HARNESS_H
#define _TOOL_TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** setup() - for cmocka: before each test, nothing exists */
int setup(void **state);

/** run() - run a command line, whose words are separated by blanks. Return: its exit code */
int run(const char *line);

/** run_batch() - run lines as a file named BATCH, with options. Return: its exit code */
int run_batch(const char *options, const char *lines);

/** out() and err() - what the last run printed */
const char *out(void);
const char *err(void);

/* Run a line that must succeed, or fail with a sentence, and compare. */
void assert_out(const char *line, const char *expected);
void assert_usage(const char *line, const char *expected);
void assert_refused(const char *line, const char *expected);

/** assert_calls() - run a line that must succeed silently, and compare the calls it made */
void assert_calls(const char *line, const char *expected);

#endif
