// SPDX-License-Identifier: GPL-2.0-or-later
/* Questions to the kernel about routes, and what it answered. */

#include "route.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

#include <net/netlink.h>

#include "device.h"
#include "listener.h"
#include "tunnel.h"
#include "wire.h"
#include "worker.h"

/* What is older is asked for again, in case that news were missed: exceptions end silently. */
#define AGE_MAX_MS 2000

int ipudp_route_open(void)
{
	const struct timeval patience = { .tv_sec = 1 };
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), on = 1;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof(on));
	/* The kernel answers at once; this is only in case that an answer is lost. */
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (bind(fd, (struct sockaddr *)&local, sizeof(local))) {
		close(fd);
		return -errno;
	}
	return fd;
}

/**
 * struct question - what is asked
 * @destination: of the packet
 * @source: any for the route's choice
 * @family: of both
 * @oif: interface, 0 for the route's choice
 * @iif: interface that the packet comes in by, 0 for one of our own
 * @mark: fwmark
 * @tos: DSCP, shifted to its place
 * @source_port: of UDP; with @destination_port 0, no port is told of
 * @destination_port: of UDP
 */
struct question {
	union ipudp_ip destination;
	union ipudp_ip source;
	uint16_t family;
	uint32_t oif;
	uint32_t iif;
	uint32_t mark;
	uint8_t tos;
	in_port_t source_port;
	in_port_t destination_port;
};

/**
 * struct answer - what the kernel says
 * @type: RTN_UNICAST, RTN_LOCAL ...
 * @oif: interface
 * @mtu: of the path, 0 if it is the interface's
 * @source: address that is chosen
 * @gateway: next hop
 * @gateway_family: of @gateway, 0 if there is none
 * @encapsulates: packets get further headers
 */
struct answer {
	uint8_t type;
	uint32_t oif;
	uint32_t mtu;
	union ipudp_ip source;
	union ipudp_ip gateway;
	uint16_t gateway_family;
	bool encapsulates;
};

static int put_question(struct ipudp_worker *worker, const struct question *question, char *buffer,
			size_t size)
{
	unsigned int len = ipudp_ip_len(question->family);
	struct sk_buff msg = { .data = buffer, .size = size };
	struct nlmsghdr *nlh = (void *)buffer;
	struct rtmsg *rtm = NLMSG_DATA(nlh);

	memset(buffer, 0, NLMSG_SPACE(sizeof(*rtm)));
	msg.len = NLMSG_SPACE(sizeof(*rtm));
	nlh->nlmsg_type = RTM_GETROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++worker->query_seq;
	rtm->rtm_family = question->family;
	rtm->rtm_dst_len = 8 * len;
	rtm->rtm_tos = question->tos;
	nla_put(&msg, RTA_DST, len, &question->destination);
	if (!ipudp_ip_is_any(&question->source)) {
		rtm->rtm_src_len = 8 * len;
		nla_put(&msg, RTA_SRC, len, &question->source);
	}
	if (question->oif)
		nla_put_u32(&msg, RTA_OIF, question->oif);
	if (question->iif)
		nla_put_u32(&msg, RTA_IIF, question->iif);
	if (question->mark)
		nla_put_u32(&msg, RTA_MARK, question->mark);
	if (question->destination_port) {
		nla_put_u8(&msg, RTA_IP_PROTO, IPPROTO_UDP);
		nla_put_u16(&msg, RTA_DPORT, question->destination_port);
	}
	/* 0 is no port, and refused. */
	if (question->source_port)
		nla_put_u16(&msg, RTA_SPORT, question->source_port);
	nlh->nlmsg_len = msg.len;
	return msg.len;
}

static void read_mtu(const struct nlattr *metrics, struct answer *ret)
{
	const struct nlattr *attr;
	int rest;

	nla_for_each_attr(attr, (struct nlattr *)nla_data(metrics), nla_len(metrics), rest)
		if (nla_type(attr) == RTAX_MTU && nla_len(attr) == 4)
			ret->mtu = nla_get_u32(attr);
}

static void read_answer(const struct nlmsghdr *nlh, struct answer *ret)
{
	const struct rtmsg *rtm = NLMSG_DATA(nlh);
	unsigned int len = ipudp_ip_len(rtm->rtm_family);
	const struct nlattr *attr;
	int rest;

	memset(ret, 0, sizeof(*ret));
	ret->type = rtm->rtm_type;
	nlmsg_for_each_attr(attr, nlh, sizeof(*rtm), rest) {
		switch (nla_type(attr)) {
		case RTA_OIF:
			ret->oif = nla_get_u32(attr);
			break;
		case RTA_METRICS:
			read_mtu(attr, ret);
			break;
		case RTA_PREFSRC:
			if (nla_len(attr) == (int)len)
				memcpy(&ret->source, nla_data(attr), len);
			break;
		case RTA_GATEWAY:
			if (nla_len(attr) != (int)len)
				break;
			ret->gateway_family = rtm->rtm_family;
			memcpy(&ret->gateway, nla_data(attr), len);
			break;
		case RTA_ENCAP:
			ret->encapsulates = true;
			break;
		case RTA_VIA:
			/* A family and an address of it. */
			if (nla_len(attr) != 2 + 16)
				break;
			ret->gateway_family = AF_INET6;
			memcpy(&ret->gateway, (char *)nla_data(attr) + 2, 16);
			break;
		}
	}
}

/* Ask, and wait for the answer, which the kernel has ready. Return: false if there is no route. */
static bool ask(struct ipudp_worker *worker, const struct question *question, struct answer *ret)
{
	char buffer[2048] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh = (void *)buffer;
	int len = put_question(worker, question, buffer, sizeof(buffer));

	if (send(worker->query_fd, buffer, len, 0) != len)
		return false;
	for (;;) {
		len = recv(worker->query_fd, buffer, sizeof(buffer), 0);
		if (len < 0 && errno == EINTR)
			continue;
		if (len < (int)sizeof(*nlh) || nlh->nlmsg_len > (unsigned int)len)
			return false;
		if (nlh->nlmsg_seq != worker->query_seq)
			continue;
		if (nlh->nlmsg_type != RTM_NEWROUTE ||
		    nlh->nlmsg_len < NLMSG_SPACE(sizeof(struct rtmsg)))
			return false;
		read_answer(nlh, ret);
		return true;
	}
}

/* The MTU of an interface, 0 if it is gone. */
static uint32_t ask_mtu(struct ipudp_worker *worker, uint32_t ifindex)
{
	char buffer[16384] __attribute__((aligned(8)));
	struct nlmsghdr *nlh = (void *)buffer;
	struct ifinfomsg *info = NLMSG_DATA(nlh);
	const struct nlattr *attr;
	int len, rest;

	memset(buffer, 0, NLMSG_SPACE(sizeof(*info)));
	nlh->nlmsg_len = NLMSG_LENGTH(sizeof(*info));
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = ++worker->query_seq;
	info->ifi_index = ifindex;
	if (send(worker->query_fd, buffer, nlh->nlmsg_len, 0) < 0)
		return 0;
	do {
		len = recv(worker->query_fd, buffer, sizeof(buffer), MSG_TRUNC);
		if (len < (int)sizeof(*nlh) || len > (int)sizeof(buffer) ||
		    nlh->nlmsg_len > (unsigned int)len)
			return 0;
	} while (nlh->nlmsg_seq != worker->query_seq);
	if (nlh->nlmsg_type != RTM_NEWLINK)
		return 0;
	nlmsg_for_each_attr(attr, nlh, sizeof(*info), rest)
		if (nla_type(attr) == IFLA_MTU && nla_len(attr) == 4)
			return nla_get_u32(attr);
	return 0;
}

/* Likewise, in a run with what was said last; nearly always all routes lead to one link. */
static uint32_t link_mtu(struct ipudp_worker *worker, uint32_t ifindex)
{
	if (worker->in_run && worker->run_ifindex == ifindex)
		return worker->run_mtu;
	worker->run_mtu = ask_mtu(worker, ifindex);
	worker->run_ifindex = ifindex;
	return worker->run_mtu;
}

void ipudp_route_begin_run(struct ipudp_worker *worker)
{
	worker->in_run = true;
	worker->run_ifindex = 0;
}

void ipudp_route_end_run(struct ipudp_worker *worker)
{
	worker->in_run = false;
}

/* Whether what is sent is bound to an interface, not only told of it. */
static bool is_bound(const struct ipudp_listener *listener,
		     const struct ipudp_endpoint_config *config)
{
	return config->flow_port ? config->link || listener->config.bind :
				   listener->config.bind && !config->link;
}

/*
 * Of an interface that is named along with a source the kernel makes a wish, with IPv6; but what is
 * bound to it is sent by it. Without a source, it means the interface.
 */
static void ask_strictly(struct ipudp_worker *worker, const struct question *question,
			 struct answer *ret)
{
	struct question strict = *question;
	struct answer answer;

	if (question->family != AF_INET6 || ipudp_ip_is_any(&question->source))
		return;
	memset(&strict.source, 0, sizeof(strict.source));
	/* That of a VRF is by another interface anyway. */
	if (ask(worker, &strict, &answer) && answer.oif == question->oif)
		*ret = answer;
}

bool ipudp_route_query(struct ipudp_worker *worker, const struct ipudp_listener *listener,
		       const struct ipudp_endpoint_config *config, struct ipudp_route *ret)
{
	struct question question = {
		.destination = config->remote,
		.source = config->local,
		.family = config->family,
		.oif = config->link ? config->link : listener->config.bind,
		.mark = config->mark,
		.tos = ipudp_wire_plain_tos(config->dscp),
		.source_port = config->flow_port ? 0 : listener->config.port,
		.destination_port = config->port,
	};
	struct answer answer;
	uint32_t mtu;

	memset(ret, 0, sizeof(*ret));
	if (ipudp_ip_is_any(&question.source))
		question.source = listener->config.local;
	if (!ask(worker, &question, &answer))
		return false;
	if (is_bound(listener, config) && answer.oif != question.oif)
		ask_strictly(worker, &question, &answer);
	if (answer.type != RTN_UNICAST && answer.type != RTN_LOCAL && answer.type != RTN_BROADCAST)
		return false;
	mtu = link_mtu(worker, answer.oif);
	if (!answer.mtu || answer.mtu > mtu)
		answer.mtu = mtu;
	/* The loopback interface takes more than a packet can have. */
	ret->mtu = answer.mtu > 65535 ? 65535 : answer.mtu;
	ret->ifindex = answer.oif;
	ret->source = ipudp_ip_is_any(&question.source) ? answer.source : question.source;
	ret->gateway_family = answer.gateway_family;
	ret->gateway = answer.gateway;
	ret->encapsulates = answer.encapsulates;
	return ret->mtu;
}

/* Copy a route that another thread may be writing. Return: false if it is. */
static bool copy(const struct ipudp_route *from, struct ipudp_route *ret)
{
	uint32_t before = __atomic_load_n(&from->lock, __ATOMIC_ACQUIRE);

	/* What a writer did meanwhile is seen below, if each word is read at once. */
	ret->generation = ipudp_read(from->generation);
	ret->checked_ms = ipudp_read(from->checked_ms);
	ret->mtu = ipudp_read(from->mtu);
	ret->ifindex = ipudp_read(from->ifindex);
	ret->gateway_family = ipudp_read(from->gateway_family);
	ret->encapsulates = ipudp_read(from->encapsulates);
	/* No loop: compilers leave it one, and this is done for each packet. */
	ret->source.words[0] = ipudp_read(from->source.words[0]);
	ret->source.words[1] = ipudp_read(from->source.words[1]);
	ret->source.words[2] = ipudp_read(from->source.words[2]);
	ret->source.words[3] = ipudp_read(from->source.words[3]);
	ret->gateway.words[0] = ipudp_read(from->gateway.words[0]);
	ret->gateway.words[1] = ipudp_read(from->gateway.words[1]);
	ret->gateway.words[2] = ipudp_read(from->gateway.words[2]);
	ret->gateway.words[3] = ipudp_read(from->gateway.words[3]);
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return !(before & 1) && ipudp_read(from->lock) == before;
}

static void publish(struct ipudp_route *to, const struct ipudp_route *from)
{
	uint32_t before = ipudp_read(to->lock);
	unsigned int i;

	/* Who comes second has the same to say. */
	if (before & 1 || !__atomic_compare_exchange_n(&to->lock, &before, before + 1, false,
						       __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		return;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	ipudp_write(to->generation, from->generation);
	ipudp_write(to->checked_ms, from->checked_ms);
	ipudp_write(to->mtu, from->mtu);
	ipudp_write(to->ifindex, from->ifindex);
	ipudp_write(to->gateway_family, from->gateway_family);
	ipudp_write(to->encapsulates, from->encapsulates);
	for (i = 0; i < ARRAY_SIZE(to->source.words); i++) {
		ipudp_write(to->source.words[i], from->source.words[i]);
		ipudp_write(to->gateway.words[i], from->gateway.words[i]);
	}
	__atomic_store_n(&to->lock, before + 2, __ATOMIC_RELEASE);
}

bool ipudp_route_get(struct ipudp_worker *worker, const struct ipudp_listener *listener,
		     struct ipudp_endpoint *endpoint, struct ipudp_route *ret)
{
	uint32_t generation = __atomic_load_n(&worker->home->routes, __ATOMIC_ACQUIRE);

	if (copy(&endpoint->route, ret) && ret->generation == generation &&
	    worker->now_ms - ret->checked_ms <= AGE_MAX_MS)
		return ret->mtu;
	ipudp_route_query(worker, listener, &endpoint->config, ret);
	ret->generation = generation;
	ret->checked_ms = worker->now_ms;
	publish(&endpoint->route, ret);
	return ret->mtu;
}

/* Whether there is news of routes that the control thread has not read yet. */
static bool news_waiting(struct ipudp_home *home)
{
	char byte;

	if (recv(home->link_fd, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT | MSG_TRUNC) > 0)
		return true;
	/* That some were lost the kernel tells once, whoever asks: pass it on. */
	if (errno != ENOBUFS)
		return false;
	__atomic_store_n(&home->news_lost, true, __ATOMIC_RELEASE);
	ipudp_home_wake(home);
	return true;
}

/*
 * The route of a packet that goes into a device. Of several next hops the kernel chooses only while
 * no interface is named, so one is only if that leads elsewhere (by a rule for marks, say).
 */
static bool ask_nexthop(struct ipudp_worker *worker, const struct ipudp_device *device,
			const union ipudp_ip *ip, uint16_t family, struct answer *ret)
{
	struct question question = { .destination = *ip, .family = family };

	if (ask(worker, &question, ret) && ret->oif == device->ifindex)
		return true;
	question.oif = device->ifindex;
	return ask(worker, &question, ret);
}

void ipudp_route_nexthop(struct ipudp_worker *worker, const struct ipudp_device *device,
			 union ipudp_ip *ip, uint16_t *family)
{
	uint32_t generation = __atomic_load_n(&worker->home->routes, __ATOMIC_ACQUIRE);
	uint32_t hash = ip->words[0] ^ ip->words[1] ^ ip->words[2] ^ ip->words[3];
	struct ipudp_nexthop *hop;
	struct answer answer;

	hash = (hash ^ device->ifindex) * 0x9e3779b1;
	hop = &worker->nexthops[hash >> 16 & (IPUDP_NEXTHOPS - 1)];
	if (hop->generation != generation || hop->ifindex != device->ifindex ||
	    hop->family != *family || !ipudp_ip_equal(&hop->destination, ip) ||
	    worker->now_ms - hop->checked_ms > AGE_MAX_MS || news_waiting(worker->home)) {
		*hop = (struct ipudp_nexthop){
			.generation = generation,
			.checked_ms = worker->now_ms,
			.ifindex = device->ifindex,
			.family = *family,
			.destination = *ip,
		};
		if (ask_nexthop(worker, device, ip, *family, &answer)) {
			hop->gateway_family = answer.gateway_family;
			hop->gateway = answer.gateway;
		}
	}
	if (hop->gateway_family) {
		*family = hop->gateway_family;
		*ip = hop->gateway;
	}
}

bool ipudp_route_takes(struct ipudp_worker *worker, const struct ipudp_device *device,
		       const union ipudp_ip *from, const union ipudp_ip *to, uint16_t family)
{
	struct question in = {
		.destination = *to,
		.source = *from,
		.family = family,
		.iif = device->ifindex,
	};
	struct question out = { .destination = *to, .family = family };
	struct answer back, plain;

	/* Of the namespace that it is in now nothing can be asked here. */
	if (ipudp_read(device->away))
		return true;
	if (!ask(worker, &in, &back) || (back.type != RTN_LOCAL && back.type != RTN_UNICAST))
		return false;
	if (back.type == RTN_LOCAL)
		return true;
	return !ask(worker, &out, &plain) || plain.type != RTN_UNICAST || plain.oif != back.oif;
}
