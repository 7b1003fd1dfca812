// SPDX-License-Identifier: GPL-2.0-or-later
/* UDP sockets. */

#include "socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/filter.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <unistd.h>

#include "flow.h"
#include "tunnel.h"

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif
#ifndef UDP_NO_CHECK6_TX
#define UDP_NO_CHECK6_TX 101
#define UDP_NO_CHECK6_RX 102
#endif
#ifndef IPV6_AUTOFLOWLABEL
#define IPV6_AUTOFLOWLABEL 70
#endif
#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif

/* What waits in a socket. */
#define BUFFER_BYTES (8 << 20)

/* 2^32 divided by the golden ratio: a product's high bits depend on all bits of the other factor. */
#define HASH_PRIME 0x9e3779b1

/* TTL that needs no words. */
#define DEFAULT_TTL 64

static int set(int fd, int level, int option, int value)
{
	return setsockopt(fd, level, option, &value, sizeof(value)) ? -errno : 0;
}

static void set_buffers(int fd)
{
	/* Beyond the system's limit if we may. */
	if (set(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES))
		set(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES);
	if (set(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES))
		set(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES);
}

/* What every socket of a family needs. Where the kernel lacks something, less is known of packets. */
static void set_options(int fd, uint16_t family)
{
	set_buffers(fd);
	set(fd, IPPROTO_UDP, UDP_GRO, 1);
	set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
	if (family == AF_INET) {
		set(fd, IPPROTO_IP, IP_PKTINFO, 1);
		set(fd, IPPROTO_IP, IP_RECVTOS, 1);
		set(fd, IPPROTO_IP, IP_RECVERR, 1);
		set(fd, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO);
		set(fd, IPPROTO_IP, IP_TTL, DEFAULT_TTL);
		return;
	}
	set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	set(fd, IPPROTO_IPV6, IPV6_RECVTCLASS, 1);
	set(fd, IPPROTO_IPV6, IPV6_RECVERR, 1);
	/* Whatever does not fit the path is fragmented here; what may not be is not sent at all. */
	set(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, IPV6_PMTUDISC_WANT);
	set(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, DEFAULT_TTL);
	set(fd, IPPROTO_IPV6, IPV6_AUTOFLOWLABEL, 0);
	/* Zero checksums are accepted, as RFC 6935 allows tunnels to. */
	set(fd, IPPROTO_UDP, UDP_NO_CHECK6_RX, 1);
}

void ipudp_socket_aggregate(int fd, bool on)
{
	set(fd, IPPROTO_UDP, UDP_GRO, on);
}

static int bind_socket(int fd, const struct ipudp_listener_config *config, uint16_t family,
		       in_port_t port)
{
	struct sockaddr_in6 sin6 = { .sin6_family = AF_INET6, .sin6_port = port };
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_port = port };

	if (family == AF_INET) {
		sin.sin_addr.s_addr = config->local.v4;
		return bind(fd, (struct sockaddr *)&sin, sizeof(sin)) ? -errno : 0;
	}
	sin6.sin6_addr = config->local.v6;
	sin6.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&config->local.v6) ? config->bind : 0;
	return bind(fd, (struct sockaddr *)&sin6, sizeof(sin6)) ? -errno : 0;
}

int ipudp_socket_open(const struct ipudp_listener_config *config, uint16_t family, in_port_t port,
		      bool first)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), ret = 0;

	if (fd < 0)
		return -errno;
	set_options(fd, family);
	if (family == AF_INET6)
		ret = set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (!ret && config->bind)
		ret = set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, config->bind);
	/* The first is to fail where somebody else is; the others join it. */
	if (!ret && !first)
		ret = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (!ret)
		ret = bind_socket(fd, config, family, port);
	if (!ret && first)
		ret = set(fd, SOL_SOCKET, SO_REUSEPORT, 1);
	if (ret) {
		close(fd);
		return ret;
	}
	return fd;
}

in_port_t ipudp_socket_port(int fd)
{
	struct sockaddr_storage addr = { 0 };
	socklen_t len = sizeof(addr);

	getsockname(fd, (struct sockaddr *)&addr, &len);
	/* The port is at the same place in both families. */
	return ((struct sockaddr_in *)&addr)->sin_port;
}

/*
 * The filter sees the payload; what it returns is the number of the socket. The hash is of source
 * and ports: what drivers know of one, many leave to be computed.
 */
void ipudp_socket_spread(int fd, uint16_t family, unsigned int n)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 4, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 6, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, n),
		/* The last half of an IPv6 source, of which the first is that of many; or an IPv4 one. */
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + (family == AF_INET ? 12 : 16)),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + (family == AF_INET ? 12 : 20)),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, HASH_PRIME),
		BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
		BPF_STMT(BPF_MISC | BPF_TAX, 0),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SKF_NET_OFF + (family == AF_INET ? 20 : 40)),
		BPF_STMT(BPF_ALU | BPF_XOR | BPF_X, 0),
		BPF_STMT(BPF_ALU | BPF_MUL | BPF_K, HASH_PRIME),
		BPF_STMT(BPF_ALU | BPF_RSH | BPF_K, 16),
		BPF_STMT(BPF_ALU | BPF_MOD | BPF_K, n),
		BPF_STMT(BPF_RET | BPF_A, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	setsockopt(fd, SOL_SOCKET, SO_ATTACH_REUSEPORT_CBPF, &program, sizeof(program));
}

void ipudp_socket_bind_link(struct ipudp_socket *sock, uint32_t ifindex)
{
	if (sock->bound != ifindex && !set(sock->fd, SOL_SOCKET, SO_BINDTOIFINDEX, ifindex))
		sock->bound = ifindex;
}

void ipudp_socket_configure(struct ipudp_socket *sock, bool fragments, bool unchecked)
{
	bool v4 = sock->family == AF_INET;

	if (v4 && sock->fragments != fragments) {
		set(sock->fd, IPPROTO_IP, IP_MTU_DISCOVER,
		    fragments ? IP_PMTUDISC_DONT : IP_PMTUDISC_DO);
		sock->fragments = fragments;
	}
	if (sock->unchecked != unchecked) {
		if (v4)
			set(sock->fd, SOL_SOCKET, SO_NO_CHECK, unchecked);
		else
			set(sock->fd, IPPROTO_UDP, UDP_NO_CHECK6_TX, unchecked);
		sock->unchecked = unchecked;
	}
}

static void put(struct msghdr *msg, int level, int type, const void *data, size_t len)
{
	struct cmsghdr *cmsg = (void *)((char *)msg->msg_control + msg->msg_controllen);

	cmsg->cmsg_level = level;
	cmsg->cmsg_type = type;
	cmsg->cmsg_len = CMSG_LEN(len);
	memcpy(CMSG_DATA(cmsg), data, len);
	msg->msg_controllen += CMSG_SPACE(len);
}

static void put_int(struct msghdr *msg, int level, int type, int value)
{
	put(msg, level, type, &value, sizeof(value));
}

static void message4(const struct ipudp_outer_header *header, const union ipudp_ip *source,
		     struct msghdr *msg, struct sockaddr_storage *to)
{
	const struct ipudp_endpoint_config *config = header->config;
	struct in_pktinfo info = { .ipi_ifindex = header->link, .ipi_spec_dst.s_addr = source->v4 };
	struct sockaddr_in *sin = (struct sockaddr_in *)to;

	*sin = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = config->port,
		.sin_addr.s_addr = config->remote.v4,
	};
	msg->msg_namelen = sizeof(*sin);
	if (header->ttl != DEFAULT_TTL)
		put_int(msg, IPPROTO_IP, IP_TTL, header->ttl);
	if (header->tos)
		put_int(msg, IPPROTO_IP, IP_TOS, header->tos);
	if (info.ipi_ifindex || source->v4)
		put(msg, IPPROTO_IP, IP_PKTINFO, &info, sizeof(info));
}

static void message6(const struct ipudp_outer_header *header, const union ipudp_ip *source,
		     struct msghdr *msg, struct sockaddr_storage *to)
{
	const struct ipudp_endpoint_config *config = header->config;
	struct in6_pktinfo info = { .ipi6_ifindex = header->link, .ipi6_addr = source->v6 };
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)to;

	*sin6 = (struct sockaddr_in6){
		.sin6_family = AF_INET6,
		.sin6_port = config->port,
		.sin6_addr = config->remote.v6,
		.sin6_scope_id = IN6_IS_ADDR_LINKLOCAL(&config->remote.v6) ? header->link : 0,
	};
	msg->msg_namelen = sizeof(*sin6);
	if (header->ttl != DEFAULT_TTL)
		put_int(msg, IPPROTO_IPV6, IPV6_HOPLIMIT, header->ttl);
	if (header->tos)
		put_int(msg, IPPROTO_IPV6, IPV6_TCLASS, header->tos);
	if (info.ipi6_ifindex || !ipudp_ip_is_any(source))
		put(msg, IPPROTO_IPV6, IPV6_PKTINFO, &info, sizeof(info));
}

void ipudp_socket_message(const struct ipudp_outer_header *header, unsigned int segment,
			  struct msghdr *msg, struct sockaddr_storage *to, char *control)
{
	const struct ipudp_endpoint_config *config = header->config;
	const union ipudp_ip *source = header->source ? header->source : &config->local;
	uint16_t size = segment;

	memset(msg, 0, sizeof(*msg));
	memset(control, 0, IPUDP_CONTROL_SIZE);
	msg->msg_name = to;
	msg->msg_control = control;
	if (config->family == AF_INET)
		message4(header, source, msg, to);
	else
		message6(header, source, msg, to);
	if (config->mark)
		put_int(msg, SOL_SOCKET, SO_MARK, config->mark);
	if (segment)
		put(msg, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size));
	if (!msg->msg_controllen)
		msg->msg_control = NULL;
}

int ipudp_socket_raw(uint16_t family)
{
	/* It is to hear of ICMP errors, which needs UDP for its protocol, but of no datagram. */
	struct sock_filter nothing[] = { BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog program = { .len = 1, .filter = nothing };
	int fd = socket(family, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_UDP);

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))) {
		close(fd);
		return -errno;
	}
	set_options(fd, family);
	return fd;
}

void ipudp_socket_port_range(unsigned int *low, unsigned int *high)
{
	FILE *file = fopen("/proc/sys/net/ipv4/ip_local_port_range", "re");

	if (!file || fscanf(file, "%u %u", low, high) != 2 || *low > *high || *high > 65535) {
		*low = 32768;
		*high = 60999;
	}
	if (file)
		fclose(file);
}

in_port_t ipudp_socket_flow_port(uint32_t hash)
{
	/* Asked for once, as few ever change them. */
	static __thread unsigned int low, high;

	if (!high)
		ipudp_socket_port_range(&low, &high);
	return htons(ipudp_flow_port(hash, low, high - low + 1));
}

bool ipudp_socket_errors(int fd)
{
	bool narrower = false;

	for (;;) {
		char control[512];
		struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
		struct cmsghdr *cmsg;

		if (recvmsg(fd, &msg, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return narrower;
		for (cmsg = CMSG_FIRSTHDR(&msg); cmsg; cmsg = CMSG_NXTHDR(&msg, cmsg)) {
			struct sock_extended_err error;

			if (cmsg->cmsg_len < CMSG_LEN(sizeof(error)) ||
			    !((cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_RECVERR) ||
			      (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_RECVERR)))
				continue;
			memcpy(&error, CMSG_DATA(cmsg), sizeof(error));
			narrower |= error.ee_errno == EMSGSIZE;
		}
	}
}
