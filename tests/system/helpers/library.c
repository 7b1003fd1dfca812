// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libipudp over a data plane: library [COUNT]. Makes devices, listeners and tunnels in the network
 * namespace that it is started in, which has to be without any. COUNT is how many tunnels and
 * rules the batch adds; IPUDP_DATAPATH says over which data plane.
 */

#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>
#include <ipudp/ipudp.h>

static enum ipudp_datapath datapath = IPUDP_DATAPATH_AUTO;
static uint32_t batch_count = 10000;

static int setup(void **state)
{
	struct ipudp *ipudp;
	int error = ipudp_open(datapath, &ipudp);

	if (error) {
		fprintf(stderr, "cannot open: %s\n", ipudp_open_error(datapath, error));
		return -1;
	}
	*state = ipudp;
	return 0;
}

static int teardown(void **state)
{
	ipudp_close(*state);
	return 0;
}

static struct ipudp_addr addr(const char *text)
{
	struct ipudp_addr ret;

	assert_int_equal(ipudp_addr_parse(text, &ret), 0);
	return ret;
}

static void add_device(struct ipudp *ipudp, const char *name)
{
	struct ipudp_device device = { .has = IPUDP_DEVICE_HAS_MODE, .mode = IPUDP_MODE_MULTI };

	strcpy(device.name, name);
	assert_int_equal(ipudp_device_add(ipudp, &device), 0);
	assert_int_not_equal(device.ifindex, 0);
	assert_true(device.source_check);
	assert_int_equal(device.home_netnsid, -1);
}

static struct ipudp_tunnel tunnel_to(const char *device, uint32_t number)
{
	struct ipudp_tunnel tunnel = {
		.has = IPUDP_TUNNEL_HAS_REMOTE | IPUDP_TUNNEL_HAS_REMOTE_PORT |
		       IPUDP_TUNNEL_HAS_LOCAL_PORT | IPUDP_TUNNEL_HAS_ID,
		.id = number + 1,
		.local_port = 4000,
		.remote = addr("127.0.0.1"),
		.remote_port = 1 + number % 60000,
	};

	strcpy(tunnel.device, device);
	tunnel.remote.v4.s_addr = htonl(0x7f000001 + number / 60000);
	return tunnel;
}

static int count_tunnel(void *arg, const struct ipudp_tunnel *tunnel)
{
	(void)tunnel;
	++*(uint32_t *)arg;
	return 0;
}

static void test_objects(void **state)
{
	struct ipudp *ipudp = *state;
	struct ipudp_device device = { 0 };
	struct ipudp_listener listener = { .family = IPUDP_FAMILY_IPV4, .port = 4000 };
	struct ipudp_tunnel tunnel, got;
	uint32_t count = 0;

	add_device(ipudp, "a");
	assert_int_equal(ipudp_listener_add(ipudp, &listener), 0);
	assert_true(listener.pinned);
	assert_int_equal(listener.port, 4000);
	tunnel = tunnel_to("a", 0);
	tunnel.has &= ~IPUDP_TUNNEL_HAS_ID;
	assert_int_equal(ipudp_tunnel_add(ipudp, &tunnel), 0);
	assert_int_equal(tunnel.listener, listener.id);
	assert_int_equal(ipudp_tunnel_get(ipudp, "a", tunnel.id, &got), 0);
	assert_int_equal(got.remote_port, 1);
	assert_int_equal(got.ttl, 64);
	assert_true(got.checksum);
	tunnel.has = IPUDP_TUNNEL_HAS_REMOTE_PORT;
	tunnel.remote_port = 2;
	assert_int_equal(ipudp_tunnel_set(ipudp, &tunnel), 0);
	assert_int_equal(ipudp_tunnel_list(ipudp, "a", count_tunnel, &count), 0);
	assert_int_equal(ipudp_tunnel_list(ipudp, NULL, count_tunnel, &count), 0);
	assert_int_equal(count, 2);
	assert_int_equal(ipudp_tunnel_get(ipudp, "a", tunnel.id, &got), 0);
	assert_int_equal(got.remote_port, 2);
	assert_int_equal(ipudp_tunnel_del(ipudp, "a", tunnel.id), 0);
	assert_int_equal(ipudp_listener_del(ipudp, listener.id), 0);
	assert_int_equal(ipudp_device_get(ipudp, "a", &device), 0);
	assert_int_equal(device.tunnels, 0);
	assert_int_equal(ipudp_device_del(ipudp, "a"), 0);
}

/* The kernel's sentence and the attribute come through. */
static void test_refusals(void **state)
{
	struct ipudp *ipudp = *state;
	struct ipudp_tunnel tunnel = tunnel_to("a", 0);
	uint32_t count = 0;

	assert_int_equal(ipudp_device_del(ipudp, "nosuch"), -ENODEV);
	assert_string_not_equal(ipudp_error(ipudp), "");
	assert_string_equal(ipudp_error_attr(ipudp), "ifname");
	assert_int_equal(ipudp_tunnel_list(ipudp, "nosuch", count_tunnel, &count), -ENODEV);
	/* Of a refused list, older kernels do not tell the attribute. */
	assert_string_not_equal(ipudp_error(ipudp), "");
	add_device(ipudp, "a");
	tunnel.has &= ~IPUDP_TUNNEL_HAS_REMOTE;
	assert_true(ipudp_tunnel_add(ipudp, &tunnel) < 0);
	assert_string_not_equal(ipudp_error(ipudp), "");
	tunnel.has |= IPUDP_TUNNEL_HAS_REMOTE | IPUDP_TUNNEL_HAS_DSCP;
	tunnel.dscp = 65;
	assert_true(ipudp_tunnel_add(ipudp, &tunnel) < 0);
	assert_string_equal(ipudp_error_attr(ipudp), "dscp");
	assert_int_equal(ipudp_device_del(ipudp, "a"), 0);
}

/* What the handlers heard. */
struct heard {
	int frames;
	int events;
	int overruns;
	char payload[64];
};

static void hear_frame(void *arg, const struct ipudp_frame *frame)
{
	struct heard *heard = arg;

	heard->frames++;
	assert_true(frame->len < sizeof(heard->payload));
	memcpy(heard->payload, frame->payload, frame->len);
	assert_int_equal(frame->remote_port, 4001);
}

static void hear_device(void *arg, int event, const struct ipudp_device *device)
{
	(void)event;
	(void)device;
	((struct heard *)arg)->events++;
}

static void hear_overrun(void *arg)
{
	((struct heard *)arg)->overruns++;
}

static void wait_for(struct ipudp *ipudp, struct heard *heard, const int *what)
{
	struct ipudp_handlers handlers = {
		.arg = heard,
		.frame = hear_frame,
		.device = hear_device,
		.overrun = hear_overrun,
	};
	struct pollfd pollfd = { .fd = ipudp_fd(ipudp), .events = POLLIN };

	while (!*what) {
		assert_int_equal(poll(&pollfd, 1, 10000), 1);
		assert_true(ipudp_dispatch(ipudp, &handlers) >= 0);
	}
}

static void test_frames(void **state)
{
	struct ipudp *ipudp = *state;
	struct ipudp_listener to = { .local = addr("127.0.0.1"), .port = 4000 };
	struct ipudp_listener from = { .local = addr("127.0.0.1"), .port = 4001 };
	struct ipudp_frame frame = {
		.remote = addr("127.0.0.1"),
		.remote_port = 4000,
		.payload = "\1hello",
		.len = 6,
	};
	struct heard heard = { 0 };

	assert_int_equal(ipudp_listener_add(ipudp, &to), 0);
	assert_int_equal(ipudp_listener_add(ipudp, &from), 0);
	assert_int_equal(ipudp_frame_register(ipudp, to.id, IPUDP_FRAME_CLASS_STUN), 0);
	assert_int_equal(ipudp_frame_register(ipudp, 9999, IPUDP_FRAME_CLASS_STUN), -ENOENT);
	assert_string_equal(ipudp_error_attr(ipudp), "listener");
	frame.listener = from.id;
	assert_int_equal(ipudp_frame_send(ipudp, &frame), 0);
	wait_for(ipudp, &heard, &heard.frames);
	assert_string_equal(heard.payload, "\1hello");
	assert_int_equal(ipudp_frame_unregister(ipudp, to.id, IPUDP_FRAME_CLASS_STUN), 0);
	assert_int_equal(ipudp_listener_del(ipudp, to.id), 0);
	assert_int_equal(ipudp_listener_del(ipudp, from.id), 0);
}

static void test_events(void **state)
{
	struct ipudp *ipudp = *state;
	struct heard heard = { 0 };

	assert_int_equal(ipudp_subscribe(ipudp), 0);
	add_device(ipudp, "a");
	wait_for(ipudp, &heard, &heard.events);
	assert_int_equal(ipudp_device_del(ipudp, "a"), 0);
	heard.events = 0;
	wait_for(ipudp, &heard, &heard.events);
	assert_int_equal(heard.overruns, 0);
}

static void hear_failure(void *arg, uint64_t tag, int error, const char *message)
{
	uint64_t *failed = arg;

	assert_int_equal(error, -EEXIST);
	assert_string_not_equal(message, "");
	assert_int_equal(tag % 1000, 500);
	++*failed;
}

static double seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec + now.tv_nsec * 1e-9;
}

static void add_rule(struct ipudp *ipudp, uint32_t number)
{
	struct ipudp_target target = { .tunnel = number + 1, .weight = 1 };
	struct ipudp_rule rule = {
		.device = "a",
		.prefix.family = AF_INET,
		.prefix_len = 32,
		.targets = &target,
		.n_targets = 1,
	};

	rule.prefix.v4.s_addr = htonl(0x0a000000 + number);
	assert_int_equal(ipudp_rule_add(ipudp, &rule), 0);
}

static int count_rule(void *arg, const struct ipudp_rule *rule)
{
	assert_true(rule->n_targets == 1);
	++*(uint32_t *)arg;
	return 0;
}

static void report(const char *what, double start)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	print_message("%s: %.3f s; until now user %ld.%03ld s, system %ld.%03ld s\n", what,
		      seconds() - start, usage.ru_utime.tv_sec, usage.ru_utime.tv_usec / 1000,
		      usage.ru_stime.tv_sec, usage.ru_stime.tv_usec / 1000);
}

/* Tunnels and rules, one in a thousand twice. */
static void test_batch(void **state)
{
	struct ipudp_rule_filter filter = { .device = "a" };
	struct ipudp *ipudp = *state;
	struct ipudp_tunnel tunnel;
	uint32_t i, tunnels = 0, rules = 0;
	uint64_t failed = 0;
	double start;

	add_device(ipudp, "a");
	start = seconds();
	assert_int_equal(ipudp_batch_begin(ipudp, hear_failure, &failed), 0);
	for (i = 0; i < batch_count; i++) {
		ipudp_batch_tag(ipudp, i);
		tunnel = tunnel_to("a", i);
		assert_int_equal(ipudp_tunnel_add(ipudp, &tunnel), 0);
		add_rule(ipudp, i);
		if (i % 1000 == 500)
			add_rule(ipudp, i);
	}
	assert_int_equal(ipudp_batch_end(ipudp), failed);
	assert_int_equal(failed, (batch_count + 499) / 1000);
	report("added in a batch", start);
	start = seconds();
	assert_int_equal(ipudp_tunnel_list(ipudp, "a", count_tunnel, &tunnels), 0);
	assert_int_equal(ipudp_rule_list(ipudp, &filter, count_rule, &rules), 0);
	assert_int_equal(tunnels, batch_count);
	assert_int_equal(rules, batch_count);
	report("listed", start);
}

static int check_targets(void *arg, const struct ipudp_rule *rule)
{
	assert_int_equal(rule->n_targets, *(uint32_t *)arg);
	assert_int_equal(rule->targets[rule->n_targets - 1].tunnel, rule->n_targets);
	*(uint32_t *)arg = 0;
	return 0;
}

/* A rule with as many targets as there may be, of the tunnels that the batch added. */
static void test_many_targets(void **state)
{
	struct ipudp *ipudp = *state;
	uint32_t count = batch_count < IPUDP_TARGETS_MAX ? batch_count : IPUDP_TARGETS_MAX, i;
	struct ipudp_target *targets = calloc(count, sizeof(*targets));
	struct ipudp_rule rule = {
		.device = "a",
		.prefix = addr("ff02::1"),
		.prefix_len = 128,
		.action = IPUDP_ACTION_FLOOD,
		.targets = targets,
		.n_targets = count,
	};
	struct ipudp_rule_filter filter = {
		.device = "a",
		.prefix = rule.prefix,
		.prefix_len = rule.prefix_len,
	};
	double start = seconds();
	int error;

	for (i = 0; i < count; i++)
		targets[i] = (struct ipudp_target){ .tunnel = i + 1, .weight = 1 };
	error = ipudp_rule_add(ipudp, &rule);
	if (error)
		print_message("%u targets: %s (%s)\n", count, strerror(-error), ipudp_error(ipudp));
	assert_int_equal(error, 0);
	assert_int_equal(ipudp_rule_list(ipudp, &filter, check_targets, &count), 0);
	assert_int_equal(count, 0);
	report("a rule with many targets", start);
	free(targets);
	start = seconds();
	assert_int_equal(ipudp_device_del(ipudp, "a"), 0);
	report("all removed", start);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_objects), TEST(test_refusals), TEST(test_frames),
		TEST(test_events),  TEST(test_batch),	 TEST(test_many_targets),
	};

	if (argc > 1)
		batch_count = strtoul(argv[1], NULL, 10);
	if (getenv("IPUDP_DATAPATH") && ipudp_datapath_parse(getenv("IPUDP_DATAPATH"), &datapath)) {
		fprintf(stderr, "IPUDP_DATAPATH is nonsense\n");
		return 2;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
