// SPDX-License-Identifier: GPL-2.0-or-later
/* Running the tool within a test, over the fake library. */

#include "harness.h"
#include "fake_ipudp.h"

#include "tool/tool.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define WORDS_MAX 64

static char *out_text, *err_text;

int setup(void **state)
{
	(void)state;
	fake_reset();
	return 0;
}

static int run_words(int count, char **words)
{
	size_t out_len, err_len;
	FILE *out_file, *err_file;
	int exit_code;

	free(out_text);
	free(err_text);
	out_file = open_memstream(&out_text, &out_len);
	err_file = open_memstream(&err_text, &err_len);
	exit_code = tool_main(count, words, out_file, err_file);
	fclose(out_file);
	fclose(err_file);
	return exit_code;
}

static int split(char *line, char **words)
{
	int count = 0;

	words[count++] = (char *)"ipudp";
	for (line = strtok(line, " "); line && count < WORDS_MAX; line = strtok(NULL, " "))
		words[count++] = line;
	return count;
}

int run(const char *line)
{
	char *words[WORDS_MAX];
	char *copy = strdup(line);
	int exit_code;

	exit_code = run_words(split(copy, words), words);
	free(copy);
	return exit_code;
}

/* In a folder of its own, so that messages have a name that tests know. */
int run_batch(const char *options, const char *lines)
{
	char directory[] = "/tmp/ipudp-test-XXXXXX";
	char command[256];
	int exit_code;
	FILE *file;

	assert_non_null(mkdtemp(directory));
	assert_int_equal(chdir(directory), 0);
	file = fopen("BATCH", "w");
	assert_non_null(file);
	fputs(lines, file);
	fclose(file);

	snprintf(command, sizeof(command), "%s -batch BATCH", options);
	exit_code = run(command);
	unlink("BATCH");
	rmdir(directory);
	return exit_code;
}

const char *out(void)
{
	return out_text;
}

const char *err(void)
{
	return err_text;
}

void assert_out(const char *line, const char *expected)
{
	int exit_code = run(line);

	assert_string_equal(err_text, "");
	assert_string_equal(out_text, expected);
	assert_int_equal(exit_code, 0);
}

static void assert_failed(const char *line, const char *expected, int expected_code)
{
	char sentence[2048];
	int exit_code = run(line);

	snprintf(sentence, sizeof(sentence), "ipudp: %s\n", expected);
	assert_string_equal(err_text, sentence);
	assert_string_equal(out_text, "");
	assert_int_equal(exit_code, expected_code);
}

void assert_usage(const char *line, const char *expected)
{
	assert_failed(line, expected, 1);
}

void assert_refused(const char *line, const char *expected)
{
	assert_failed(line, expected, 2);
}

void assert_calls(const char *line, const char *expected)
{
	const char *calls;
	int exit_code;

	fake_calls();
	exit_code = run(line);
	calls = fake_calls();
	assert_string_equal(err_text, "");
	assert_string_equal(out_text, "");
	assert_int_equal(exit_code, 0);
	assert_memory_equal(calls, "open 0\n", 7);
	assert_string_equal(calls + 7, expected);
}
