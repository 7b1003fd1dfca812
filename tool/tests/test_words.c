// SPDX-License-Identifier: GPL-2.0-or-later
/* Options, objects, commands, keywords and values: what is understood, and what is said if not. */

#include "fake_ipudp.h"
#include "harness.h"

#include "tool/args.h"
#include "tool/failure.h"
#include "tool/print.h"
#include "tool/read.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void test_match(void **state)
{
	(void)state;
	assert_int_equal(tool_word_match("show|list|ls", "ls"), TOOL_MATCH_EXACT);
	assert_int_equal(tool_word_match("show|list|ls", "l"), TOOL_MATCH_PREFIX);
	assert_int_equal(tool_word_match("show|list|ls", "lists"), TOOL_MATCH_NONE);
	assert_int_equal(tool_word_match("show|list|ls", ""), TOOL_MATCH_NONE);
	assert_int_equal(tool_word_choice("set|unset|inherit", "u"), 1);
	assert_int_equal(tool_word_choice("set|settle", "settle"), 1);
	assert_int_equal(tool_word_choice("set|settle", "sett"), 1);
	assert_int_equal(tool_word_choice("set|settle", "se"), 0);
	assert_int_equal(tool_word_choice("set|settle", ""), -1);
	assert_int_equal(tool_word_choice("set|settle", "x"), -1);
}

static void test_times(void **state)
{
	static const struct {
		const char *word;
		uint32_t ms;
		const char *text;
	} times[] = {
		{ "25", 25000, "25s" },	   { "25s", 25000, "25s" },
		{ "500ms", 500, "500ms" }, { "2m", 120000, "2m" },
		{ "1h", 3600000, "60m" },  { "off", 0, "off" },
		{ "0", 0, "off" },	   { "4294967295ms", 4294967295u, "4294967295ms" },
	};
	static const char *const wrong[] = {
		"",	   "s",	 "-1",	 "+1",
		" 1",	   "1d", "1.5s", "4294967296ms",
		"4294968", "0x", "1ss",	 "99999999999999999999",
	};
	char text[TOOL_TIME_TEXT_SIZE];
	struct tool_failure failure;
	struct tool_args args = { .failure = &failure };
	uint32_t ms = 0;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_int_equal(tool_read_time(&args, times[i].word, &ms), 0);
		assert_int_equal(ms, times[i].ms);
		assert_string_equal(tool_time_text(ms, text), times[i].text);
	}
	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(tool_read_time(&args, wrong[i], &ms), -EINVAL);
}

static void test_values(void **state)
{
	struct tool_failure failure;
	struct tool_args args = { .failure = &failure };
	uint16_t port = 7;
	uint8_t byte = 7;
	uint32_t number;

	(void)state;
	assert_int_equal(tool_read_port(&args, "65535", &port), 0);
	assert_int_equal(port, 65535);
	assert_int_equal(tool_read_port(&args, "65536", &port), -EINVAL);
	assert_int_equal(tool_read_port(&args, "0", &port), -EINVAL);
	assert_int_equal(tool_read_port(&args, "1x", &port), -EINVAL);
	assert_int_equal(port, 65535);
	assert_int_equal(tool_read_number(&args, "0xffffffff", "a mark", 0, UINT32_MAX, &number),
			 0);
	assert_int_equal(number, UINT32_MAX);
	assert_int_equal(tool_read_ttl(&args, "inh", &byte), 0);
	assert_int_equal(byte, 0);
	assert_int_equal(tool_read_ttl(&args, "0", &byte), -EINVAL);
	assert_int_equal(tool_read_ttl(&args, "255", &byte), 0);
	assert_int_equal(tool_read_dscp(&args, "AF41", &byte), 0);
	assert_int_equal(byte, 34);
	assert_int_equal(tool_read_dscp(&args, "0x3f", &byte), 0);
	assert_int_equal(byte, 63);
	assert_int_equal(tool_read_dscp(&args, "inherit", &byte), 0);
	assert_int_equal(byte, 64);
	assert_int_equal(tool_read_dscp(&args, "64", &byte), -EINVAL);
}

static void test_sentences(void **state)
{
	(void)state;
	assert_usage(
		"tunel",
		"\"tunel\" is not an object; the objects are dev, listener, tunnel, rule, stats, monitor");
	assert_usage("dev xadd",
		     "dev: \"xadd\" is not a command; the commands are add, set, del, show, help");
	assert_usage("tunnel add dev tun0 remote 192.0.2.1 port 70000",
		     "tunnel add: \"70000\" is not a port (1 to 65535)");
	assert_usage(
		"tunnel add dev tun0 remote 192.0.2.1",
		"tunnel add: \"rport\" is missing: it needs a UDP port (1 to 65535); or give port, which is used for both ends");
	assert_usage("tunnel add dev tun0 port 5",
		     "tunnel add: \"remote\" is missing: it needs an IPv4 or IPv6 address");
	assert_usage("tunnel add dev tun0 remote",
		     "tunnel add: \"remote\" needs an IPv4 or IPv6 address after it");
	assert_usage("tunnel add dev tun0 remote host.example port 5",
		     "tunnel add: \"host.example\" is not an IPv4 or IPv6 address");
	assert_usage("tunnel add dev tun0 port 5 port 6", "tunnel add: \"port\" is given twice");
	assert_usage("tunnel add dev tun0 vrf red link eth0",
		     "tunnel add: vrf stands for bind and link; leave these out");
	assert_usage("dev add mode fixd",
		     "dev add: \"fixd\" is not a valid mode; use fixed or multi");
	assert_usage("dev add source-check o",
		     "dev add: \"o?\" is not a valid source-check; use on or off");
	assert_usage("tunnel set dev a df x",
		     "tunnel set: \"x\" is not a valid df; use set, unset or inherit");
	assert_usage("dev show a b", "dev show: \"b\" is not expected here; nothing more follows");
	assert_usage("dev set tun0 name tun1", "dev set: \"name\" is given twice");
	assert_usage("dev set tun0 mtu 1400",
		     "dev set: the mtu is set by \"ip link set dev tun0 mtu 1400\"");
	assert_usage("dev del",
		     "dev del: \"name\" is missing: it needs the name of an ipudp device");
	assert_usage(
		"dev add a/b",
		"dev add: \"a/b\" is not the name of an interface (1 to 15 characters, no / and no blank)");
	assert_usage(
		"rule add dev a 10.0.0.1/24 drop",
		"rule add: \"10.0.0.1/24\" has bits set beyond its length; did you mean 10.0.0.0/24?");
	assert_usage(
		"rule add dev a 2001:db8::ff/121 drop",
		"rule add: \"2001:db8::ff/121\" has bits set beyond its length; did you mean 2001:db8::80/121?");
	assert_usage("rule add dev a default drop",
		     "rule add: \"default\" is 0.0.0.0/0 or ::/0 here; say which");
	assert_usage(
		"rule add dev a 10.0.0.0/33 drop",
		"rule add: \"10.0.0.0/33\" is not a prefix (such as 10.1.0.0/16 or 2001:db8::/32)");
	assert_usage(
		"rule add dev a 10.0.0.0/8",
		"rule add: \"tunnel\" is missing: it needs the number of a tunnel; or say drop or unreachable");
	assert_usage("rule add dev a 10.0.0.0/8 drop tunnel 1",
		     "rule add: \"drop\" sends nothing; leave the tunnels out");
	assert_usage("rule add dev a 10.0.0.0/8 drop flood",
		     "rule add: \"flood\" comes on top of \"drop\"; a rule does one thing");
	assert_usage("rule add dev a 10.0.0.0/8 weight 1",
		     "rule add: \"weight\" stands after the tunnel it is for");
	assert_usage("rule add dev a 10.0.0.0/8 tunnel 1 weight 0",
		     "rule add: \"0\" is not a weight (1 to 65535)");
	assert_usage(
		"dev show \033[31m/",
		"dev show: \"?[31m/\" is not the name of an interface (1 to 15 characters, no / and no blank)");
}

static void test_options(void **state)
{
	(void)state;
	assert_usage("-datapath x dev", "\"x\" is not a datapath; use auto, module or user");
	assert_usage("-batch", "\"-batch\" needs FILE after it");
	assert_refused("-n nope dev",
		       "there is no network namespace \"nope\"; \"ip netns\" lists them");
	assert_usage("-n .. dev", "\"..\" is not the name of a network namespace");
	assert_int_equal(run("-x dev"), 1);
	assert_memory_equal(err(), "ipudp: \"-x\" is not an option; the options are -json, ", 52);
	assert_int_equal(run("-V"), 0);
	assert_memory_equal(out(), "ipudp ", 6);
	assert_int_equal(run("--version"), 0);
	assert_memory_equal(out(), "ipudp ", 6);
	assert_int_equal(run("--help"), 0);
	assert_memory_equal(out(), "Usage: ipudp [ OPTIONS ]", 24);
	assert_int_equal(run(""), 1);
	assert_memory_equal(err(), "Usage: ipudp [ OPTIONS ]", 24);
	run("-datapath user -js --pretty dev");
	assert_string_equal(fake_calls(), "open 2\n");
}

static void test_refusals(void **state)
{
	(void)state;
	fake_settings.open_error = -EOPNOTSUPP;
	assert_refused(
		"dev show",
		"dev show: no data plane: the kernel module ipudp is not loaded (\"modprobe ipudp\" as root), and ipudpd does not run in this network namespace and could not be started (as root?)");
	assert_refused(
		"-da user dev show",
		"dev show: no data plane: ipudpd does not run in this network namespace and could not be started (as root?)");
	assert_refused(
		"-da module dev show",
		"dev show: no data plane: the kernel module ipudp is not loaded (\"modprobe ipudp\" as root)");
	fake_settings.missing = "/opt/ipudpd: none";
	assert_refused(
		"-da user dev show",
		"dev show: no data plane: ipudpd does not run in this network namespace and could not be started (/opt/ipudpd: none)");
	fake_settings.open_error = -ENOMEM;
	assert_refused("dev", "dev show: cannot reach the data plane: Cannot allocate memory");
	fake_settings.open_error = 0;
	fake_settings.change_error = -EPERM;
	assert_refused(
		"dev add a",
		"dev add: not permitted: changes need CAP_NET_ADMIN over the network namespace; run it as root");
	fake_settings.change_error = 0;
	run("dev add a");
	fake_refuse(-EINVAL, "is a multicast address", "remote");
	assert_refused("tunnel add dev a remote 224.0.0.1 port 5",
		       "tunnel add: is a multicast address (see \"remote 224.0.0.1\")");
	fake_refuse(-EADDRINUSE, "the port is in use", "local-port");
	assert_refused("tunnel add dev a remote 192.0.2.1 port 5",
		       "tunnel add: the port is in use (see \"port 5\")");
	fake_refuse(-ERANGE, "too short", "keepalive-ms");
	assert_refused("tunnel add dev a remote 192.0.2.1 port 5 keepalive 1ms",
		       "tunnel add: too short (see \"keepalive 1ms\")");
	fake_refuse(-EINVAL, "odd", "unheard-of");
	assert_refused("rule add dev a ::/0 drop", "rule add: odd (see \"unheard-of\")");
}

static void test_help(void **state)
{
	static const char *const lines[] = {
		"help",		"h dev",	"dev help",	    "dev h",
		"dev add help", "listener -h",	"tunnel --help",    "rule help",
		"stats help",	"monitor help", "tunnel add -help",
	};
	size_t i;

	(void)state;
	fake_settings.open_error = -EOPNOTSUPP;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		if (!strcmp(lines[i], "dev h")) {
			assert_int_equal(run(lines[i]), 1);
			continue;
		}
		assert_int_equal(run(lines[i]), 0);
		assert_string_equal(err(), "");
		assert_memory_equal(out(), "Usage: ipudp ", 13);
	}
	assert_out("dev set help",
		   "Usage: ipudp dev set NAME [ mode fixed|multi ] [ lookup destination|nexthop ]\n"
		   "             [ source-check on|off ] [ fast-path off|on|rewrite ]\n"
		   "    NAME    := the name of an ipudp device\n");
}

static void test_complete(void **state)
{
	(void)state;
	run("dev add tun0");
	run("listener add port 5");
	assert_out("complete dev", "add\nset\ndel\nshow\nhelp\n");
	assert_out("complete dev show", "tun0\n");
	assert_out("complete dev set tun0", "mode\nlookup\nsource-check\nfast-path\n");
	assert_out("complete dev set tun0 fast-path", "off\non\nrewrite\n");
	assert_out("complete dev set tun0 mode", "fixed\nmulti\n");
	assert_out("complete listener del", "id\n1\n");
	assert_out("complete tunnel show dev tun0", "id\n");
	assert_out("complete tunnel set dev", "tun0\n");
	assert_out("complete rule add dev tun0 10.0.0.0/8 tunnel 1",
		   "tunnel\npriority\nweight\nflood\ndrop\nunreachable\nprefix\n");
	assert_int_equal(run("complete tunnel set dev tun0 link"), 0);
	assert_non_null(strstr(out(), "lo\n"));
	fake_settings.open_error = -EOPNOTSUPP;
	assert_out("complete dev show", "");
	assert_int_equal(run("complete"), 0);
	assert_memory_equal(out(), "dev\nlistener\n", 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_match),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_values),
		cmocka_unit_test_setup(test_sentences, setup),
		cmocka_unit_test_setup(test_options, setup),
		cmocka_unit_test_setup(test_refusals, setup),
		cmocka_unit_test_setup(test_help, setup),
		cmocka_unit_test_setup(test_complete, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
