// SPDX-License-Identifier: GPL-2.0-or-later
/* Batches: lines and words, order of failures, what is under way when one is known, speed. */

#include "fake_ipudp.h"
#include "harness.h"

#include "tool/failure.h"
#include "tool/lines.h"
#include "tool/words.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void assert_words(const char *line, size_t count, const char *joined)
{
	struct tool_words words = { 0 };
	struct tool_failure failure;
	char *copy = strdup(line);
	char text[256] = "";
	size_t i;

	assert_int_equal(tool_words_split(&words, copy, &failure), 0);
	assert_int_equal(words.count, count);
	for (i = 0; i < count; i++) {
		strcat(text, words.words[i]);
		strcat(text, "|");
	}
	assert_string_equal(text, joined);
	assert_null(words.words[count]);
	tool_words_done(&words);
	free(copy);
}

static void test_words(void **state)
{
	struct tool_words words = { 0 };
	struct tool_failure failure;
	char open[] = "dev add \"tun0";

	(void)state;
	assert_words("", 0, "");
	assert_words("  \t\r", 0, "");
	assert_words("# dev", 0, "");
	assert_words(" dev  show\ttun0 # more", 3, "dev|show|tun0|");
	assert_words("dev#1 x", 2, "dev#1|x|");
	assert_words("\"dev\" 'a b' c\"d e\"f \"\"", 4, "dev|a b|cd ef||");
	assert_words("a\"'b\"", 1, "a'b|");
	assert_words("a\r", 1, "a|");
	assert_int_equal(tool_words_split(&words, open, &failure), -EINVAL);
	assert_string_equal(failure.text, "a quote is opened and not closed");
	tool_words_done(&words);
}

static void test_lines(void **state)
{
	static const char file[] = "one\ntwo \\\n more\\\n\n\nfive\0x\n\\\nlast";
	struct tool_lines lines;
	int pipe_fds[2];
	char *line;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(write(pipe_fds[1], file, sizeof(file) - 1), sizeof(file) - 1);
	close(pipe_fds[1]);
	tool_lines_init(&lines, pipe_fds[0]);

	assert_int_equal(tool_lines_next(&lines, &line), 1);
	assert_string_equal(line, "one");
	assert_int_equal(lines.line, 1);
	assert_int_equal(tool_lines_next(&lines, &line), 1);
	assert_string_equal(line, "two    more  ");
	assert_int_equal(lines.line, 2);
	assert_int_equal(tool_lines_next(&lines, &line), 1);
	assert_string_equal(line, "");
	assert_int_equal(lines.line, 5);
	assert_int_equal(tool_lines_next(&lines, &line), 1);
	assert_string_equal(line, "five\001x");
	assert_int_equal(tool_lines_next(&lines, &line), 1);
	assert_string_equal(line, "  last");
	assert_int_equal(lines.line, 7);
	assert_int_equal(tool_lines_next(&lines, &line), 0);
	tool_lines_done(&lines);
	close(pipe_fds[0]);
}

static void test_long_line(void **state)
{
	FILE *file = tmpfile();
	struct tool_lines lines;
	char *line;
	int i;

	(void)state;
	for (i = 0; i < 1000000; i++)
		putc('x', file);
	putc('\n', file);
	for (i = 0; i < 3 * TOOL_LINE_MAX; i++)
		putc('y', file);
	rewind(file);
	tool_lines_init(&lines, fileno(file));
	assert_int_equal(tool_lines_next(&lines, &line), 1);
	assert_int_equal(strlen(line), 1000000);
	assert_int_equal(tool_lines_next(&lines, &line), -E2BIG);
	tool_lines_done(&lines);
	fclose(file);
}

static void test_simple(void **state)
{
	(void)state;
	assert_int_equal(run_batch("", "# two devices\n"
				       "dev add tun0\n"
				       "dev add \"tun1\" \\\n"
				       "    mode multi\n"
				       "\n"
				       "tunnel add dev tun0 remote 192.0.2.2 port 5\n"
				       "dev show tun1\n"),
			 0);
	assert_string_equal(err(), "");
	assert_string_equal(out(), "tun1 mode multi  # mtu 1472 tunnels 0 rules 0\n");
	assert_string_equal(fake_calls(),
			    "open 0\n"
			    "device_add tun0 has 0 mode 0 lookup 0 source-check 0 mtu 0\n"
			    "device_add tun1 has 8 mode 1 lookup 0 source-check 0 mtu 0\n"
			    "tunnel_add tun0 has 38 id 0 remote 192.0.2.2 5 local any 5 listener 0"
			    " bind 0 link 0 mark 0 ttl 0 dscp 0 df 0 checksum 0 flow-port 0"
			    " keepalive 0 idle 0\n");
}

static void test_wrong_word(void **state)
{
	(void)state;
	assert_int_equal(run_batch("", "dev add tun0\n"
				       "ipudp dev add tun1\n"
				       "dev add tun2\n"),
			 1);
	assert_string_equal(err(),
			    "BATCH:2: \"ipudp\" is not an object (leave out the word ipudp here)"
			    "; the objects are dev, listener, tunnel, rule, stats, monitor\n");
	assert_non_null(fake_device_get("tun0"));
	assert_null(fake_device_get("tun2"));
	fake_reset();
	assert_int_equal(run_batch("", "monitor\n"), 1);
	assert_string_equal(err(),
			    "BATCH:1: monitor: it never ends, so it has no place in a batch\n");
}

/* A refusal is told with its line, though it is known later; what follows is not sent. */
static void test_refusal(void **state)
{
	(void)state;
	assert_int_equal(run_batch("", "dev add tun0\n"
				       "dev add tun0\n"
				       "dev add tun2\n"
				       "dev add tun3\n"
				       "dev add tun4\n"
				       "dev add tun5\n"),
			 2);
	assert_string_equal(err(),
			    "BATCH:2: dev add: a device of this name exists (see \"name\")\n");
	assert_non_null(fake_device_get("tun3"));
	assert_null(fake_device_get("tun4"));
}

static void test_force(void **state)
{
	(void)state;
	assert_int_equal(run_batch("-force", "dev add tun0\n"
					     "dev add tun0\n"
					     "dev xdd tun2\n"
					     "tunnel add dev nope remote 192.0.2.1 port 3\n"
					     "dev add tun4\n"),
			 2);
	assert_string_equal(
		err(),
		"BATCH:2: dev add: a device of this name exists (see \"name\")\n"
		"BATCH:3: dev: \"xdd\" is not a command; the commands are add, set, del, show, help\n"
		"BATCH:4: tunnel add: no such device (see \"dev\")\n");
	assert_non_null(fake_device_get("tun4"));
}

/* An earlier refusal ends the batch before a wrong word further on is complained of. */
static void test_order(void **state)
{
	(void)state;
	assert_int_equal(run_batch("", "dev add tun0\n"
				       "dev add tun0\n"
				       "dev xdd tun2\n"),
			 2);
	assert_string_equal(err(),
			    "BATCH:2: dev add: a device of this name exists (see \"name\")\n");
}

static void test_without_module(void **state)
{
	(void)state;
	fake_settings.open_error = -EOPNOTSUPP;
	assert_int_equal(run_batch("", "# nothing\n"), 0);
	assert_int_equal(run_batch("", "dev add tun0\ndev add tun1\n"), 2);
	assert_string_equal(
		err(),
		"BATCH:1: dev add: no data plane: the kernel module ipudp is not"
		" loaded (\"modprobe ipudp\" as root), and ipudpd does not run in this network namespace and could not be started (as root?)\n");
}

static void test_unprivileged(void **state)
{
	(void)state;
	fake_settings.change_error = -EPERM;
	assert_int_equal(run_batch("", "dev add tun0\n"), 2);
	assert_string_equal(err(),
			    "BATCH:1: dev add: not permitted: changes need CAP_NET_ADMIN over the"
			    " network namespace; run it as root\n");
}

/* Pieces that come through a pipe are carried out as they come. */
static void test_stdin(void **state)
{
	int pipe_fds[2], saved;

	(void)state;
	assert_int_equal(pipe(pipe_fds), 0);
	assert_int_equal(write(pipe_fds[1], "dev add tun0\n", 13), 13);
	close(pipe_fds[1]);
	saved = dup(STDIN_FILENO);
	dup2(pipe_fds[0], STDIN_FILENO);
	assert_int_equal(run("-b -"), 0);
	dup2(saved, STDIN_FILENO);
	close(saved);
	close(pipe_fds[0]);
	assert_non_null(fake_device_get("tun0"));
	assert_usage("-b - dev show", "\"dev\" stands beside -batch; the commands are in the file");
	assert_usage("-b /nonexistent", "cannot open \"/nonexistent\": No such file or directory");
}

/* The tool's own share of 100,000 tunnels with a rule each is far below a second. */
static void test_speed(void **state)
{
	struct timespec start, stop;
	size_t tunnels, rules, i;
	char *lines, *at;

	(void)state;
	lines = malloc(200 * 100000);
	at = lines + sprintf(lines, "dev add hub0 mode multi\n");
	for (i = 1; i <= 100000; i++)
		at += sprintf(
			at,
			"tunnel add dev hub0 id %zu remote 10.%zu.%zu.%zu port 60000 link lo\n"
			"rule add dev hub0 172.%zu.%zu.%zu/32 tunnel %zu\n",
			i, i >> 16, i >> 8 & 255, i & 255, 16 + (i >> 16), i >> 8 & 255, i & 255,
			i);
	fake_settings.keeps_no_log = true;
	clock_gettime(CLOCK_MONOTONIC, &start);
	assert_int_equal(run_batch("", lines), 0);
	clock_gettime(CLOCK_MONOTONIC, &stop);
	assert_string_equal(err(), "");
	fake_counts(&tunnels, &rules);
	assert_int_equal(tunnels, 100000);
	assert_int_equal(rules, 100000);
	print_message("# 200001 lines in %ld ms\n",
		      (stop.tv_sec - start.tv_sec) * 1000 +
			      (stop.tv_nsec - start.tv_nsec) / 1000000);
	free(lines);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test_setup(test_simple, setup),
		cmocka_unit_test_setup(test_wrong_word, setup),
		cmocka_unit_test_setup(test_refusal, setup),
		cmocka_unit_test_setup(test_force, setup),
		cmocka_unit_test_setup(test_order, setup),
		cmocka_unit_test_setup(test_without_module, setup),
		cmocka_unit_test_setup(test_unprivileged, setup),
		cmocka_unit_test_setup(test_stdin, setup),
		cmocka_unit_test_setup(test_speed, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
