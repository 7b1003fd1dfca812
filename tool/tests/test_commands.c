// SPDX-License-Identifier: GPL-2.0-or-later
/* Command lines, the calls of the library they become, and the text they print. */

#include "fake_ipudp.h"
#include "harness.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void test_dev(void **state)
{
	(void)state;
	assert_calls("dev add tun0", "device_add tun0 has 0 mode 0 lookup 0 source-check 0 mtu 0\n");
	assert_calls("d a name hub0 mode multi lookup nexthop source-check off mtu 1400",
		     "device_add hub0 has f mode 1 lookup 1 source-check 0 mtu 1400\n");
	assert_calls("device set hub0 lookup dest",
		     "device_set hub0 has 1 mode 0 lookup 0 source-check 0\n");
	run("dev add name mode");
	assert_calls("dev set mode mode multi source on",
		     "device_set mode has a mode 1 lookup 0 source-check 1\n");
	assert_calls("dev set mode fast-path off",
		     "device_set mode has 10 mode 0 lookup 0 source-check 0\n");
}

static void test_dev_show(void **state)
{
	(void)state;
	assert_out("dev add", "ipudp0 mode fixed  # mtu 1472 tunnels 0 rules 0\n");
	run("dev add hub0 mode multi lookup nexthop");
	assert_out("dev show hub0",
		   "hub0 mode multi lookup nexthop  # mtu 1472 tunnels 0 rules 0\n");
	assert_out("dev", "ipudp0 mode fixed  # mtu 1472 tunnels 0 rules 0\n"
		   "hub0 mode multi lookup nexthop  # mtu 1472 tunnels 0 rules 0\n");
	fake_device_get("hub0")->home_netnsid = 3;
	fake_device_get("hub0")->orphan = true;
	assert_out("-d dev show hub0",
		   "hub0 mode multi lookup nexthop source-check on  # mtu 1472 tunnels 0 rules 0"
		   " header bare ifindex 12 home-netnsid 3 orphan data-plane module\n");
	run("dev set hub0 fast rewrite");
	assert_out("dev show hub0",
		   "hub0 mode multi lookup nexthop fast-path rewrite  # mtu 1472 tunnels 0 rules 0"
		   " home-netnsid 3 orphan\n");
	run("dev set hub0 fast-path on");
	assert_out("dev show hub0",
		   "hub0 mode multi lookup nexthop  # mtu 1472 tunnels 0 rules 0"
		   " home-netnsid 3 orphan\n");
	assert_calls("dev del name hub0", "device_del hub0\n");
	assert_refused("dev show hub0", "dev show: no such device (see \"name hub0\")");
}

static void test_listener(void **state)
{
	(void)state;
	assert_out("listener add port 0", "1: port 40000 family dual  # pinned tunnels 0\n");
	assert_out("listener add 5000 local 192.0.2.1",
		   "2: port 5000 local 192.0.2.1  # pinned tunnels 0\n");
	fake_calls();
	assert_out("l a p 5001 family ipv6 vrf lo",
		   "3: port 5001 family ipv6 bind lo  # pinned tunnels 0\n");
	assert_string_equal(fake_calls(),
			    "open 0\nlistener_add local any port 5001 family 1 bind 1\n");
	assert_out("listener show 2", "2: port 5000 local 192.0.2.1  # pinned tunnels 0\n");
	assert_calls("listener del id 2", "listener_del 2\n");
	assert_refused("listener show 2", "listener show: no such listener (see \"id 2\")");
	assert_usage("listener add port 1 local ::1 family ipv4",
		     "listener add: the local address is of another family than \"ipv4\"; leave family out");
	assert_usage("listener add port 1 bind lo vrf lo",
		     "listener add: bind and vrf exclude each other");
}

static void test_tunnel_add(void **state)
{
	(void)state;
	run("dev add tun0");
	assert_calls("t a d tun0 i 1 r 192.0.2.2 rp 60000 p 50000",
		     "tunnel_add tun0 has 39 id 1 remote 192.0.2.2 60000 local any 50000 listener 0"
		     " bind 0 link 0 mark 0 ttl 0 dscp 0 df 0 checksum 0 flow-port 0 keepalive 0 idle 0\n");
	assert_calls("tunnel add dev tun0 id 2 remote 2001:db8::2 port 500 local 2001:db8::1"
		     " listener 3 bind lo link lo mark 0x10 ttl inherit dscp ef df unset"
		     " checksum off source-port flow keepalive 25 idle 2m",
		     "tunnel_add tun0 has ffff id 2 remote 2001:db8::2 500 local 2001:db8::1 500"
		     " listener 3 bind 1 link 1 mark 16 ttl 0 dscp 46 df 1 checksum 0 flow-port 1"
		     " keepalive 25000 idle 120000\n");
	assert_calls("tunnel add dev tun0 id 3 remote 192.0.2.2 port 1 vrf lo local any idle off",
		     "tunnel_add tun0 has 80f9 id 3 remote 192.0.2.2 1 local any 1 listener 0"
		     " bind 1 link 1 mark 0 ttl 0 dscp 0 df 0 checksum 0 flow-port 0 keepalive 0 idle 0\n");
	assert_out("tunnel add dev tun0 remote 192.0.2.9 port 7",
		   "dev tun0 id 4 remote 192.0.2.9 rport 7 port 7  # state active mtu 1472 listener 0\n");
	assert_refused("tunnel add dev nope remote 192.0.2.9 port 7",
		       "tunnel add: no such device (see \"dev nope\")");
	assert_refused("tunnel add dev tun0 remote 192.0.2.9 port 7 link nope",
		       "tunnel add: there is no interface \"nope\" (see \"link\")");
}

static void test_tunnel_only(void **state)
{
	(void)state;
	run("dev add tun0");
	run("dev add hub0 mode multi");
	assert_refused("tunnel del dev tun0", "tunnel del: tun0 has no tunnel");
	run("tunnel add dev tun0 id 5 remote 192.0.2.2 port 5");
	assert_calls("tunnel set dev tun0 remote 192.0.2.3 link none local any",
		     "tunnel_set tun0 has 95 id 5 remote 192.0.2.3 0 local 0.0.0.0 0 listener 0 bind 0"
		     " link 0 mark 0 ttl 0 dscp 0 df 0 checksum 0 flow-port 0 keepalive 0 idle 0\n"
		    );
	run("tunnel add dev tun0 id 6 remote 2001:db8::6 port 5");
	assert_int_equal(run("tunnel set dev tun0 id 6 local any"), 0);
	assert_non_null(strstr(fake_calls(), "id 6 remote any 0 local :: 0"));
	run("tunnel del dev tun0 id 6");
	assert_calls("tunnel del dev tun0", "tunnel_del tun0 5\n");
	assert_usage("tunnel set dev hub0 ttl 3",
		     "tunnel set: \"id\" is missing: hub0 is of mode multi and may have many tunnels");
	assert_usage("tunnel set dev hub0 id 3",
		     "tunnel set: nothing to change; try remote, rport, local, link, mark, ttl, keepalive ...");
	assert_usage("tunnel set dev hub0 id 3 port 3",
		     "tunnel set: \"port\" cannot be changed on a live tunnel; delete it and add it anew");
}

static void test_tunnel_show(void **state)
{
	(void)state;
	run("dev add tun0");
	run("dev add tun1");
	run("tunnel add dev tun0 id 1 remote 192.0.2.2 rport 60000 port 50000");
	run("tunnel add dev tun1 id 2 remote 2001:db8::2 port 500 bind lo link lo mark 16 ttl inherit"
	    " dscp 3 df inherit checksum off source-port flow keepalive 1500ms idle 2m");
	assert_out("tunnel show dev tun0 id 1",
		   "dev tun0 id 1 remote 192.0.2.2 rport 60000 port 50000"
		   "  # state active mtu 1472 listener 0\n");
	assert_out("-d tunnel show dev tun0",
		   "dev tun0 id 1 remote 192.0.2.2 rport 60000 port 50000 mark 0 ttl 64 dscp inherit"
		   " df set checksum on source-port fixed keepalive off idle off"
		   "  # state active mtu 1472 listener 0\n");
	assert_out("tunnel show dev tun1",
		   "dev tun1 id 2 remote 2001:db8::2 rport 500 port 500 bind lo link lo mark 0x10"
		   " ttl inherit dscp 3 df inherit checksum off source-port flow keepalive 1500ms"
		   " idle 2m  # state active mtu 1472 listener 0\n");
	assert_out("-s t ls dev tun0",
		   "dev tun0 id 1 remote 192.0.2.2 rport 60000 port 50000"
		   "  # state active mtu 1472 listener 0\n"
		   "    rx packets 0 bytes 0 dropped 0 keepalives 0 frames 0\n"
		   "    tx packets 0 bytes 0 dropped 0 keepalives 0 frames 0 last 1.250s\n");
	assert_usage("tunnel show id 3",
		     "tunnel show: \"dev\" is missing: an id counts within its device");
}

static void test_flush(void **state)
{
	(void)state;
	run("dev add hub0 mode multi");
	run("tunnel add dev hub0 id 1 remote 192.0.2.2 port 1");
	run("tunnel add dev hub0 id 2 remote 192.0.2.3 port 1");
	run("rule add dev hub0 10.0.0.2/32 tunnel 1");
	run("rule add dev hub0 10.0.0.0/24 tunnel 1 tunnel 2");
	run("rule add dev hub0 ::/0 drop");
	assert_calls("rule flush dev hub0 tunnel 2", "rule_del hub0 10.0.0.0/24 targets 1\n");
	assert_calls("rule flush dev hub0", "rule_del hub0 10.0.0.2/32 targets 0\n"
		     "rule_del hub0 ::/0 targets 0\n");
	assert_calls("tunnel flush dev hub0", "tunnel_del hub0 1\ntunnel_del hub0 2\n");
	run("tunnel add dev hub0 id 1 remote 192.0.2.2 port 1");
	fake_refuse(-EBUSY, "the tunnel is not to be removed", NULL);
	assert_refused("tunnel flush dev hub0", "tunnel flush: the tunnel is not to be removed");
	fake_refuse(-ENOENT, "gone before", NULL);
	assert_calls("tunnel flush dev hub0", "tunnel_del hub0 1\n");
}

/* A list that changes while it is read is shown; what is removed after it, is what there is. */
static void test_interrupted(void **state)
{
	(void)state;
	run("dev add tun0");
	run("tunnel add dev tun0 remote 192.0.2.9 port 7 rport 8");
	fake_settings.interruptions = 1;
	assert_int_equal(run("tunnel show dev tun0"), 0);
	assert_non_null(strstr(out(), "192.0.2.9"));
	assert_string_equal(err(), "ipudp: the list changed while it was read: some entries may be "
				   "missing or appear twice\n");
	fake_settings.interruptions = 3;
	assert_calls("tunnel flush dev tun0", "tunnel_del tun0 1\n");
	fake_settings.interruptions = 1000;
	assert_refused("tunnel flush dev tun0", "tunnel flush: changed while it was listed");
}

static void test_rule(void **state)
{
	(void)state;
	run("dev add hub0 mode multi");
	assert_calls("rule add dev hub0 10.0.0.0/24 tunnel 1 priority 10 weight 3 tunnel 2",
		     "rule_add hub0 10.0.0.0/24 action 0 [1 10 3] [2 0 1]\n");
	assert_calls("r replace dev hub0 ff00::/8 flood tunnel 1 tunnel 2",
		     "rule_replace hub0 ff00::/8 action 1 [1 0 1] [2 0 1]\n");
	assert_calls("rule append prefix 0.0.0.0/0 dev hub0 drop",
		     "rule_append hub0 0.0.0.0/0 action 2\n");
	assert_calls("rule add unreachable 2001:db8::1 dev hub0",
		     "rule_add hub0 2001:db8::1/128 action 3\n");
	assert_out("rule show dev hub0",
		   "dev hub0 10.0.0.0/24 tunnel 1 priority 10 weight 3 tunnel 2\n"
		   "dev hub0 ff00::/8 flood tunnel 1 tunnel 2\n"
		   "dev hub0 0.0.0.0/0 drop\n"
		   "dev hub0 2001:db8::1/128 unreachable\n");
	assert_out("rule show dev hub0 tunnel 1 ff00::/8",
		   "dev hub0 ff00::/8 flood tunnel 1 tunnel 2\n");
	assert_out("-d rule show dev hub0 10.0.0.0/24",
		   "dev hub0 10.0.0.0/24 tunnel 1 priority 10 weight 3 tunnel 2 priority 0 weight 1\n");
	assert_calls("rule del dev hub0 10.0.0.0/24 tunnel 2",
		     "rule_del hub0 10.0.0.0/24 targets 1\n");
}

static void test_rule_many(void **state)
{
	char line[1024] = "rule add dev hub0 10.0.0.0/24";
	char expected[1024] = "rule_add hub0 10.0.0.0/24 action 0";
	int i;

	(void)state;
	run("dev add hub0 mode multi");
	for (i = 0; i < 20; i++) {
		snprintf(line + strlen(line), sizeof(line) - strlen(line), " tunnel %d", i);
		snprintf(expected + strlen(expected), sizeof(expected) - strlen(expected),
			 " [%d 0 1]", i);
	}
	strcat(expected, "\n");
	assert_calls(line, expected);
}

static void test_stats(void **state)
{
	struct ipudp_device *device;

	(void)state;
	run("dev add tun0");
	run("listener add port 5000");
	device = fake_device_get("tun0");
	device->counters.rx_packets = 12;
	device->counters.rx_age_ms = 61001;
	device->counters.tx_age_ms = UINT64_MAX;
	device->drops[IPUDP_DROP_REASON_RX_SOURCE] = 3;
	device->drops[31] = 1;
	assert_out("-d stats dev tun0",
		   "dev tun0\n"
		   "    rx packets 12 bytes 0 dropped 0 keepalives 0 frames 0 last 61.001s\n"
		   "    tx packets 0 bytes 0 dropped 0 keepalives 0 frames 0\n"
		   "    drop rx-source 3  # Inner source address not covered by a rule of the tunnel.\n"
		   "    drop reason-31 1\n");
	assert_int_equal(run("stats"), 0);
	assert_non_null(strstr(out(), "listener 1 local any port 5000\n"));
	assert_int_equal(run("-j stats"), 0);
	assert_non_null(strstr(out(), "\"drop\":[{\"reason\":\"rx-source\",\"count\":3},"));
	assert_non_null(strstr(out(), "\"object\":\"listener\"}]\n"));
}

static void test_prometheus(void **state)
{
	struct ipudp_device *device;
	const char *at;

	(void)state;
	run("dev add tun0");
	run("dev add a\"b\\c");
	run("listener add port 5000");
	device = fake_device_get("tun0");
	device->counters.rx_bytes = 1200;
	device->counters.rx_age_ms = 1000;
	device->counters.tx_age_ms = UINT64_MAX;
	device->drops[IPUDP_DROP_REASON_RX_SOURCE] = 3;
	assert_int_equal(run("stats -prometheus"), 0);
	assert_non_null(strstr(out(), "# TYPE ipudp_build_info gauge\nipudp_build_info{version=\""));
	assert_non_null(strstr(out(), "# TYPE ipudp_device_receive_bytes_total counter\n"
				      "ipudp_device_receive_bytes_total{device=\"tun0\"} 1200\n"
				      "ipudp_device_receive_bytes_total{device=\"a\\\"b\\\\c\"} 0\n"));
	assert_non_null(strstr(out(), "# TYPE ipudp_device_drops_total counter\n"
				      "ipudp_device_drops_total{device=\"tun0\","
				      "reason=\"rx-source\"} 3\n#"));
	assert_non_null(strstr(out(), "ipudp_listener_tunnels{listener=\"1\",local=\"any\","
				      "port=\"5000\"} 0\n"));
	/* no series where there is no value */
	assert_non_null(strstr(out(), "ipudp_device_last_receive_timestamp_seconds{device=\"tun0\"} "));
	assert_null(strstr(out(), "ipudp_device_last_transmit_timestamp_seconds{device=\"tun0\"}"));
	/* each metric once */
	at = strstr(out(), "# TYPE ipudp_device_rules ");
	assert_non_null(at);
	assert_null(strstr(at + 1, "# TYPE ipudp_device_rules "));

	assert_int_equal(run("stats tun0 --prometheus"), 0);
	assert_null(strstr(out(), "a\\\"b"));
	assert_null(strstr(out(), "listener"));
	assert_usage("-j stats -prometheus", "stats: -json and -prometheus exclude each other");
}

static void test_monitor(void **state)
{
	(void)state;
	fake_events();
	assert_int_equal(run("-d -timestamp monitor rule tunnel"), 2);
	assert_memory_equal(out(), "[20", 3);
	assert_non_null(strstr(out(), "Z] ready: events follow\n["));
	assert_non_null(strstr(out(), "Z] tunnel-idle: dev tun0 id 1 remote 0.0.0.0 rport 1 port 2"));
	assert_non_null(strstr(out(), "Z] rule-del: dev tun0 0.0.0.0/0 tunnel 1"));
	assert_non_null(strstr(out(), "Z] overrun: events were lost"));
	assert_null(strstr(out(), "dev-add"));

	fake_events();
	assert_int_equal(run("-j monitor"), 2);
	assert_memory_equal(out(), "{\"event\":\"dev-add\",\"ifindex\":7,\"ifname\":\"tun0\",", 47);
	assert_non_null(strstr(out(), "\n{\"event\":\"listener-change\",\"id\":2,"));
	assert_non_null(strstr(out(), "\n{\"event\":\"overrun\"}\n"));
	assert_string_equal(err(), "ipudp: monitor: Connection reset by peer\n");
}

/* What is shown makes the same thing again. */
static void test_round_trip(void **state)
{
	char lines[4096] = "", shown[2048], copy[2048], *at;

	(void)state;
	run_batch("", "dev add tun0\n"
		  "tunnel add dev tun0 remote 192.0.2.2 rport 6 port 5 local 192.0.2.1 mark 7\n"
		  "tunnel add dev tun0 remote 2001:db8::2 port 5 bind lo link lo dscp af41 ttl 3\n"
		  "tunnel add dev tun0 remote 2001:db8::2 port 5 df unset checksum off idle 1h\n");
	run("tunnel show");
	assert_string_equal(err(), "");
	assert_true(strlen(out()) < sizeof(shown));
	strcpy(shown, out());
	fake_reset();

	strcat(lines, "dev add tun0\n");
	strcpy(copy, shown);
	for (at = strtok(copy, "\n"); at; at = strtok(NULL, "\n"))
		sprintf(lines + strlen(lines), "tunnel add %s\n", at);
	assert_int_equal(run_batch("", lines), 0);
	run("tunnel show");
	assert_string_equal(out(), shown);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_dev, setup),
		cmocka_unit_test_setup(test_dev_show, setup),
		cmocka_unit_test_setup(test_listener, setup),
		cmocka_unit_test_setup(test_tunnel_add, setup),
		cmocka_unit_test_setup(test_tunnel_only, setup),
		cmocka_unit_test_setup(test_tunnel_show, setup),
		cmocka_unit_test_setup(test_flush, setup),
		cmocka_unit_test_setup(test_interrupted, setup),
		cmocka_unit_test_setup(test_rule, setup),
		cmocka_unit_test_setup(test_rule_many, setup),
		cmocka_unit_test_setup(test_stats, setup),
		cmocka_unit_test_setup(test_prometheus, setup),
		cmocka_unit_test_setup(test_monitor, setup),
		cmocka_unit_test_setup(test_round_trip, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
