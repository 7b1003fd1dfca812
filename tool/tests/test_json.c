// SPDX-License-Identifier: GPL-2.0-or-later
/* The keys of the JSON, which scripts rely on: each test is a promise. */

#include "fake_ipudp.h"
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

static void test_empty(void **state)
{
	(void)state;
	assert_out("-j dev", "[]\n");
	assert_out("-j -p listener", "[]\n");
	assert_out("-j tunnel show", "[]\n");
	assert_out("-j stats", "[]\n");
	assert_refused("-j dev show nope", "dev show: no such device (see \"name nope\")");
}

static void test_device(void **state)
{
	(void)state;
	assert_out("-j dev add tun0",
		   "[{\"ifindex\":11,\"ifname\":\"tun0\",\"mode\":\"fixed\",\"lookup\":\"destination\","
		   "\"header\":\"bare\",\"source_check\":false,\"data_plane\":\"module\",\"mtu\":1472,\"tunnels\":0,\"rules\":0,"
		   "\"orphan\":false}]\n");
	fake_device_get("tun0")->home_netnsid = 0;
	fake_device_get("tun0")->drops[IPUDP_DROP_REASON_TX_NO_TUNNEL] = 2;
	fake_device_get("tun0")->counters.rx_age_ms = UINT64_MAX;
	assert_out("-j -s -d dev show tun0",
		   "[{\"ifindex\":11,\"ifname\":\"tun0\",\"mode\":\"fixed\",\"lookup\":\"destination\","
		   "\"header\":\"bare\",\"source_check\":false,\"data_plane\":\"module\",\"mtu\":1472,\"tunnels\":0,\"rules\":0,"
		   "\"home_netnsid\":0,\"orphan\":false,\"counters\":{\"rx_packets\":0,\"rx_bytes\":0,"
		   "\"tx_packets\":0,\"tx_bytes\":0,\"rx_dropped\":0,\"tx_dropped\":0,"
		   "\"rx_keepalives\":0,\"tx_keepalives\":0,\"rx_frames\":0,\"tx_frames\":0,"
		   "\"tx_age_ms\":0},\"drop\":[{\"reason\":\"tx-no-tunnel\",\"count\":2,"
		   "\"text\":\"Fixed device without a tunnel.\"}]}]\n");
}

static void test_device_fast_path(void **state)
{
	(void)state;
	assert_out("-j dev add tun0 fast-path off",
		   "[{\"ifindex\":11,\"ifname\":\"tun0\",\"mode\":\"fixed\",\"lookup\":\"destination\","
		   "\"header\":\"bare\",\"source_check\":false,\"fast_path\":\"off\",\"data_plane\":\"module\",\"mtu\":1472,"
		   "\"tunnels\":0,\"rules\":0,\"orphan\":false}]\n");
}

static void test_listener(void **state)
{
	(void)state;
	assert_out("-j listener add port 5000 bind lo local 192.0.2.1",
		   "[{\"id\":1,\"family\":\"ipv4\",\"local\":\"192.0.2.1\",\"port\":5000,"
		   "\"bind_ifindex\":1,\"bind\":\"lo\",\"pinned\":true,\"tunnels\":0}]\n");
}

static void test_tunnel(void **state)
{
	(void)state;
	run("dev add tun0");
	assert_out("-j tunnel add dev tun0 remote 192.0.2.2 rport 6 port 5",
		   "[{\"ifindex\":0,\"ifname\":\"tun0\",\"id\":1,\"listener\":0,\"local_port\":5,"
		   "\"remote\":\"192.0.2.2\",\"remote_port\":6,\"mark\":0,\"ttl\":64,\"dscp\":64,"
		   "\"df\":\"set\",\"checksum\":true,\"flow_port\":false,\"keepalive_ms\":0,"
		   "\"idle_ms\":0,\"state\":\"active\",\"mtu\":1472}]\n");
	assert_int_equal(run("-j -s tunnel show"), 0);
	assert_non_null(strstr(out(), "\"tx_age_ms\":1250}}]\n"));
}

static void test_rule(void **state)
{
	(void)state;
	run("dev add hub0 mode multi");
	run("rule add dev hub0 10.0.0.0/24 tunnel 1 weight 2");
	run("rule add dev hub0 ::/0 drop");
	assert_out("-j rule show dev hub0",
		   "[{\"ifindex\":0,\"ifname\":\"hub0\",\"prefix\":\"10.0.0.0/24\",\"prefix_len\":24,"
		   "\"action\":\"forward\",\"target\":[{\"tunnel\":1,\"priority\":0,\"weight\":2}]},"
		   "{\"ifindex\":0,\"ifname\":\"hub0\",\"prefix\":\"::/0\",\"prefix_len\":0,"
		   "\"action\":\"drop\",\"target\":[]}]\n");
}

/* A rule with more tunnels than fit in one piece. */
static void test_large(void **state)
{
	char line[8192] = "rule add dev hub0 10.0.0.0/24 ";
	json_error_t error;
	json_t *array;
	int i;

	(void)state;
	for (i = 0; i < 500; i++)
		sprintf(line + strlen(line), "tunnel %d ", i);
	strcat(line, "\n");
	run("dev add hub0 mode multi");
	assert_int_equal(run_batch("", line), 0);
	assert_int_equal(run("-j rule show dev hub0"), 0);
	array = json_loads(out(), 0, &error);
	assert_non_null(array);
	assert_int_equal(json_array_size(json_object_get(json_array_get(array, 0), "target")), 500);
	json_decref(array);
}

static void test_pretty(void **state)
{
	json_error_t error;
	json_t *array;

	(void)state;
	run("dev add tun0");
	run("dev add tun1");
	assert_int_equal(run("-j -p dev"), 0);
	assert_memory_equal(out(), "[{\n    \"ifindex\": 11,\n", 22);
	array = json_loads(out(), 0, &error);
	assert_int_equal(json_array_size(array), 2);
	json_decref(array);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_empty, setup),
		cmocka_unit_test_setup(test_device, setup),
		cmocka_unit_test_setup(test_device_fast_path, setup),
		cmocka_unit_test_setup(test_listener, setup),
		cmocka_unit_test_setup(test_tunnel, setup),
		cmocka_unit_test_setup(test_rule, setup),
		cmocka_unit_test_setup(test_large, setup),
		cmocka_unit_test_setup(test_pretty, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
