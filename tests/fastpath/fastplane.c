// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The fast path without the daemon: does what it reads line by line, in the namespace that it is
 * started in, and answers each line by one. When its input ends it goes, and forwarding stays.
 *
 *	tun NAME			make a persistent TUN that nobody reads, or take it over
 *	device NAME fixed|multi [source] [rewrite] [off] [nexthop] [filling]
 *	device-del NAME
 *	tunnel NAME ID LOCAL REMOTE LINK [mtu=N] [mark=N] [ttl=N] [dscp=N] [df=N] [checksum] [flow]
 *		[bind=NAME] [via=ADDR]	LOCAL and REMOTE with port
 *	tunnel-leave NAME ID, tunnel-del NAME ID
 *	rule NAME PREFIX TUNNEL[:WEIGHT[:idle]]...
 *	rule-action NAME PREFIX N	enum ipudp_action
 *	rule-del NAME PREFIX
 *	link NAME [xdp], link-del NAME|IFINDEX
 *	gro on|off
 *	counters NAME ID, drops NAME, left
 *	sweep, flush
 */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/ioctl.h>

#include "ipudpd/fastpath.h"
#include "uapi/linux/ipudp.h"

#define MAX_WORDS 32

static struct ipudp_fastpath *fastpath;

static int answer(int ret)
{
	if (ret)
		printf("error %s\n", strerror(-ret));
	else
		printf("ok\n");
	return 0;
}

/* The descriptor stays open for as long as we run, so that the TUN has a carrier. */
static int make_tun(const char *name)
{
	unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	struct ifreq request = {};
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	request.ifr_flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, TUNSETIFF, &request) || ioctl(fd, TUNSETOFFLOAD, offloads) ||
	    ioctl(fd, TUNSETPERSIST, 1))
		return -errno;
	return 0;
}

static bool has(char *words[], const char *word)
{
	for (; *words; words++) {
		if (!strcmp(*words, word))
			return true;
	}
	return false;
}

/* The number behind "NAME=", or @fallback. */
static uint32_t number(char *words[], const char *name, uint32_t fallback)
{
	size_t len = strlen(name);

	for (; *words; words++) {
		if (!strncmp(*words, name, len) && (*words)[len] == '=')
			return (uint32_t)strtoul(*words + len + 1, NULL, 0);
	}
	return fallback;
}

/* The address behind "via=", left alone if there is none. */
static int read_nexthop(char *words[], struct lvn_addr *ret)
{
	for (; *words; words++) {
		if (!strncmp(*words, "via=", 4))
			return lvn_addr_parse(*words + 4, ret);
	}
	return 0;
}

static int do_device(char *words[])
{
	struct ipudp_fastpath_device device = {
		.ifindex = if_nametoindex(words[1]),
		.mode = has(words, "multi") ? IPUDP_MODE_MULTI : IPUDP_MODE_FIXED,
		.lookup = has(words, "nexthop") ? IPUDP_LOOKUP_NEXTHOP : IPUDP_LOOKUP_DESTINATION,
		.source_check = has(words, "source"),
		.rewrite = has(words, "rewrite"),
		.off = has(words, "off"),
		.filling = has(words, "filling"),
	};

	return ipudp_fastpath_device_set(fastpath, &device);
}

static int do_tunnel(char *words[])
{
	struct ipudp_fastpath_tunnel tunnel = {
		.ifindex = if_nametoindex(words[1]),
		.id = (uint32_t)atoi(words[2]),
		.link = if_nametoindex(words[5]),
		.mtu = number(words, "mtu", 1472),
		.mark = number(words, "mark", 0),
		.ttl = (uint8_t)number(words, "ttl", 64),
		.dscp = (uint8_t)number(words, "dscp", IPUDP_FASTPATH_DSCP_INHERIT),
		.df = (uint8_t)number(words, "df", IPUDP_DF_SET),
		.bind = number(words, "bind", 0),
		.checksum = has(words, "checksum"),
		.flow_port = has(words, "flow"),
		.port_min = 32768,
		.port_max = 60999,
	};
	struct lvn_endpoint local, remote;

	if (lvn_endpoint_parse(words[3], 0, &local) || lvn_endpoint_parse(words[4], 0, &remote) ||
	    read_nexthop(words, &tunnel.nexthop))
		return -EINVAL;
	tunnel.local = local.addr;
	tunnel.local_port = local.port;
	tunnel.remote = remote.addr;
	tunnel.remote_port = remote.port;
	return ipudp_fastpath_tunnel_set(fastpath, &tunnel);
}

static int do_rule(char *words[], uint8_t action)
{
	struct ipudp_fastpath_target targets[MAX_WORDS];
	struct ipudp_fastpath_rule rule = {
		.ifindex = if_nametoindex(words[1]),
		.action = action,
		.targets = targets,
	};
	char **word;

	if (lvn_prefix_parse(words[2], &rule.prefix))
		return -EINVAL;
	for (word = words + 3; action == IPUDP_ACTION_FORWARD && *word; word++) {
		struct ipudp_fastpath_target *target = &targets[rule.n_targets++];
		const char *colon = strchr(*word, ':');

		target->tunnel = (uint32_t)atoi(*word);
		target->weight = colon ? (uint32_t)atoi(colon + 1) : 1;
		target->active = !strstr(*word, ":idle");
	}
	return ipudp_fastpath_rule_set(fastpath, &rule);
}

static int do_rule_del(char *words[])
{
	struct lvn_prefix prefix;

	if (lvn_prefix_parse(words[2], &prefix))
		return -EINVAL;
	ipudp_fastpath_rule_del(fastpath, if_nametoindex(words[1]), &prefix);
	return 0;
}

static void print_counters(char *words[])
{
	struct ipudp_fastpath_counters counters;

	ipudp_fastpath_tunnel_counters(fastpath, if_nametoindex(words[1]), (uint32_t)atoi(words[2]),
				       &counters);
	printf("{\"rx_packets\": %" PRIu64 ", \"rx_bytes\": %" PRIu64 ", \"tx_packets\": %" PRIu64
	       ", \"tx_bytes\": %" PRIu64 ", \"rx_last_ns\": %" PRIu64 ", \"tx_last_ns\": %" PRIu64
	       "}\n",
	       counters.rx_packets, counters.rx_bytes, counters.tx_packets, counters.tx_bytes,
	       counters.rx_last_ns, counters.tx_last_ns);
}

static void print_left(void)
{
	uint64_t left[IPUDP_FASTPATH_LEFT_MAX];
	unsigned int i;

	ipudp_fastpath_left(fastpath, left);
	for (i = 0; i < IPUDP_FASTPATH_LEFT_MAX; i++)
		printf("%s\"%s\": %" PRIu64, i ? ", " : "{", ipudp_fastpath_left_name(i), left[i]);
	printf("}\n");
}

static void print_drops(char *words[])
{
	uint64_t rx, tx;

	ipudp_fastpath_drops(fastpath, if_nametoindex(words[1]), &rx, &tx);
	printf("{\"rx\": %" PRIu64 ", \"tx\": %" PRIu64 "}\n", rx, tx);
}

/* What has no result, or is about an interface that is not there yet; false if @words is neither. */
static bool do_simple(char *words[], size_t n)
{
	uint32_t ifindex, id = n > 2 ? (uint32_t)atoi(words[2]) : 0;

	/* Before its index is asked for: of an unknown name the kernel would ask modprobe. */
	if (!strcmp(words[0], "tun") && n > 1) {
		answer(make_tun(words[1]));
		return true;
	}
	ifindex = n < 2		       ? 0 :
		  isdigit(words[1][0]) ? (uint32_t)atoi(words[1]) :
					 if_nametoindex(words[1]);
	if (!strcmp(words[0], "sweep"))
		ipudp_fastpath_sweep(fastpath);
	else if (!strcmp(words[0], "flush"))
		ipudp_fastpath_flush(fastpath);
	else if (!strcmp(words[0], "device-del"))
		ipudp_fastpath_device_del(fastpath, ifindex);
	else if (!strcmp(words[0], "tunnel-leave"))
		ipudp_fastpath_tunnel_leave(fastpath, ifindex, id);
	else if (!strcmp(words[0], "tunnel-del"))
		ipudp_fastpath_tunnel_del(fastpath, ifindex, id);
	else if (!strcmp(words[0], "link-del"))
		ipudp_fastpath_link_del(fastpath, ifindex);
	else
		return false;
	answer(0);
	return true;
}

static int do_line(char *words[], size_t n)
{
	if (do_simple(words, n))
		return 0;
	if (!strcmp(words[0], "left"))
		print_left();
	else if (n < 2)
		return answer(-EINVAL);
	else if (!strcmp(words[0], "device"))
		return answer(do_device(words));
	else if (!strcmp(words[0], "link"))
		return answer(ipudp_fastpath_link_set(fastpath, if_nametoindex(words[1]),
						      has(words, "xdp")));
	else if (!strcmp(words[0], "gro"))
		return answer(ipudp_fastpath_gro(fastpath, has(words, "on")));
	else if (!strcmp(words[0], "drops"))
		print_drops(words);
	else if (n < 3)
		return answer(-EINVAL);
	else if (!strcmp(words[0], "counters"))
		print_counters(words);
	else if (!strcmp(words[0], "rule"))
		return answer(do_rule(words, IPUDP_ACTION_FORWARD));
	else if (!strcmp(words[0], "rule-action") && n > 3)
		return answer(do_rule(words, (uint8_t)atoi(words[3])));
	else if (!strcmp(words[0], "rule-del"))
		return answer(do_rule_del(words));
	else if (!strcmp(words[0], "tunnel") && n > 5)
		return answer(do_tunnel(words));
	else
		return answer(-EINVAL);
	return 0;
}

int main(int argc, char *argv[])
{
	struct ipudp_fastpath_limits limits = {};
	char why[IPUDP_FASTPATH_WHY_SIZE] = "";
	char line[1024], *words[MAX_WORDS + 1];
	bool adopted = false;
	size_t n;

	if (argc > 1)
		limits.tunnels = (uint32_t)atoi(argv[1]);
	if (argc > 2)
		limits.rules = (uint32_t)atoi(argv[2]);
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (ipudp_fastpath_open(&limits, why, &adopted, &fastpath)) {
		printf("none: %s\n", why);
		return 1;
	}
	printf("%s\n", adopted ? "adopted" : "new");
	while (fgets(line, sizeof(line), stdin)) {
		for (n = 0, words[0] = strtok(line, " \n"); n < MAX_WORDS && words[n];)
			words[++n] = strtok(NULL, " \n");
		words[n] = NULL;
		if (n)
			do_line(words, n);
	}
	ipudp_fastpath_close(fastpath);
	return 0;
}
