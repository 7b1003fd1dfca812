// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A data plane without data: libipudp's interface over UDP sockets of the calling process, for
 * agents that are to run where there is no module. Frames are real; tunnels and rules are only
 * kept in tables; devices are TUN interfaces that nobody reads. All is gone with the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uthash.h>

#include <ipudp/ipudp.h>

#define LISTENERS_MAX 64
#define DEVICES_MAX 8
#define BURST 256

struct tunnel_key {
	char device[IPUDP_IFNAME_SIZE];
	uint32_t id;
};

struct tunnel {
	struct tunnel_key key;
	struct ipudp_tunnel tunnel;
	UT_hash_handle hh;
};

struct rule_key {
	char device[IPUDP_IFNAME_SIZE];
	struct ipudp_addr prefix;
	uint32_t len;
};

struct rule {
	struct rule_key key;
	struct ipudp_rule rule;
	struct ipudp_target targets[16];
	UT_hash_handle hh;
};

struct ipudp;

struct listener {
	struct ipudp_listener listener;
	int fd;
	uint32_t classes;
	struct ipudp *owner;
};

struct device {
	struct ipudp_device device;
	int fd;
};

/* What a kernel would hold, for all handles of the process. */
static struct {
	struct listener listeners[LISTENERS_MAX];
	struct device devices[DEVICES_MAX];
	struct tunnel *tunnels;
	struct rule *rules;
	uint32_t last_tunnel;
	unsigned int handles;
} world;

struct ipudp {
	int epoll;
	ipudp_batch_fn *batch_fn;
	void *batch_arg;
	uint64_t batch_tag;
	int batch_failed;
};

int ipudp_open(enum ipudp_datapath datapath, struct ipudp **ret)
{
	struct ipudp *ipudp = calloc(1, sizeof(*ipudp));

	(void)datapath;
	if (!ipudp)
		return -ENOMEM;
	ipudp->epoll = epoll_create1(EPOLL_CLOEXEC);
	world.handles++;
	*ret = ipudp;
	return 0;
}

void ipudp_close(struct ipudp *ipudp)
{
	struct tunnel *tunnel, *next_tunnel;
	struct rule *rule, *next_rule;

	if (!ipudp)
		return;
	for (int i = 0; i < LISTENERS_MAX; i++)
		if (world.listeners[i].owner == ipudp)
			world.listeners[i].classes = 0;
	close(ipudp->epoll);
	free(ipudp);
	if (--world.handles)
		return;
	HASH_ITER(hh, world.tunnels, tunnel, next_tunnel) {
		HASH_DEL(world.tunnels, tunnel);
		free(tunnel);
	}
	HASH_ITER(hh, world.rules, rule, next_rule) {
		HASH_DEL(world.rules, rule);
		free(rule);
	}
	for (int i = 0; i < LISTENERS_MAX; i++)
		if (world.listeners[i].listener.id)
			close(world.listeners[i].fd);
	for (int i = 0; i < DEVICES_MAX; i++)
		if (world.devices[i].device.ifindex)
			close(world.devices[i].fd);
	memset(&world, 0, sizeof(world));
}

enum ipudp_datapath ipudp_datapath(const struct ipudp *ipudp)
{
	(void)ipudp;
	return IPUDP_DATAPATH_MODULE;
}

const char *ipudp_error(const struct ipudp *ipudp)
{
	(void)ipudp;
	return "";
}

const char *ipudp_error_attr(const struct ipudp *ipudp)
{
	(void)ipudp;
	return NULL;
}

int ipudp_batch_begin(struct ipudp *ipudp, ipudp_batch_fn *fn, void *arg)
{
	ipudp->batch_fn = fn;
	ipudp->batch_arg = arg;
	ipudp->batch_failed = 0;
	return 0;
}

void ipudp_batch_tag(struct ipudp *ipudp, uint64_t tag)
{
	ipudp->batch_tag = tag;
}

int ipudp_batch_end(struct ipudp *ipudp)
{
	ipudp->batch_fn = NULL;
	return ipudp->batch_failed;
}

/* The outcome of a change: in a batch it is told to its function. */
static int outcome(struct ipudp *ipudp, int err)
{
	if (!ipudp->batch_fn || !err)
		return err;
	ipudp->batch_failed++;
	ipudp->batch_fn(ipudp->batch_arg, ipudp->batch_tag, err, strerror(-err));
	return 0;
}

/* Devices */

static struct device *device_lookup(const char *name)
{
	for (int i = 0; i < DEVICES_MAX; i++)
		if (world.devices[i].device.ifindex &&
		    !strcmp(world.devices[i].device.name, name))
			return &world.devices[i];
	return NULL;
}

static int device_add(struct ipudp_device *device)
{
	struct ifreq ifr = { .ifr_flags = IFF_TUN | IFF_NO_PI };
	struct device *place = NULL;

	if (device_lookup(device->name))
		return -EEXIST;
	for (int i = 0; i < DEVICES_MAX && !place; i++)
		if (!world.devices[i].device.ifindex)
			place = &world.devices[i];
	if (!place)
		return -ENOSPC;
	place->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (place->fd < 0)
		return -errno;
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s",
		 *device->name ? device->name : "ipudp%d");
	if (ioctl(place->fd, TUNSETIFF, &ifr) < 0) {
		int err = -errno;

		close(place->fd);
		return err == -EBUSY ? -EEXIST : err;
	}
	snprintf(device->name, sizeof(device->name), "%s", ifr.ifr_name);
	device->ifindex = if_nametoindex(device->name);
	device->mtu = 1420;
	place->device = *device;
	return 0;
}

int ipudp_device_add(struct ipudp *ipudp, struct ipudp_device *device)
{
	return outcome(ipudp, device_add(device));
}

int ipudp_device_set(struct ipudp *ipudp, const struct ipudp_device *device)
{
	return outcome(ipudp, device_lookup(device->name) ? 0 : -ENODEV);
}

int ipudp_device_del(struct ipudp *ipudp, const char *name)
{
	struct device *device = device_lookup(name);
	struct tunnel *tunnel, *next_tunnel;
	struct rule *rule, *next_rule;

	if (!device)
		return outcome(ipudp, -ENODEV);
	HASH_ITER(hh, world.tunnels, tunnel, next_tunnel) {
		if (strcmp(tunnel->key.device, name))
			continue;
		HASH_DEL(world.tunnels, tunnel);
		free(tunnel);
	}
	HASH_ITER(hh, world.rules, rule, next_rule) {
		if (strcmp(rule->key.device, name))
			continue;
		HASH_DEL(world.rules, rule);
		free(rule);
	}
	close(device->fd);
	memset(device, 0, sizeof(*device));
	return 0;
}

int ipudp_device_get(struct ipudp *ipudp, const char *name, struct ipudp_device *ret)
{
	struct device *device = device_lookup(name);
	char now[IF_NAMESIZE];

	if (!device)
		return -ENODEV;
	/* somebody may have removed the interface, and all that it held with it */
	if (!if_indextoname(device->device.ifindex, now)) {
		ipudp_device_del(ipudp, name);
		return -ENODEV;
	}
	*ret = device->device;
	return 0;
}

int ipudp_device_list(struct ipudp *ipudp, ipudp_device_fn *fn, void *arg)
{
	int ret = 0;

	for (int i = 0; i < DEVICES_MAX && !ret; i++)
		if (world.devices[i].device.ifindex)
			ret = fn(arg, &world.devices[i].device);
	return ret;
}

/* Listeners */

static int listener_open(struct ipudp_listener *listener)
{
	bool is_v4 = listener->local.family == AF_INET || listener->family == IPUDP_FAMILY_IPV4;
	struct sockaddr_in6 v6 = { .sin6_family = AF_INET6, .sin6_port = htons(listener->port) };
	struct sockaddr_in v4 = { .sin_family = AF_INET, .sin_port = htons(listener->port) };
	socklen_t len = is_v4 ? sizeof(v4) : sizeof(v6);
	char ifname[IF_NAMESIZE];
	int bytes = 4 << 20;
	int yes = 1, no = 0;
	int fd, err;

	if (listener->local.family == AF_INET)
		v4.sin_addr = listener->local.v4;
	if (listener->local.family == AF_INET6)
		v6.sin6_addr = listener->local.v6;
	fd = socket(is_v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes));
	if (!is_v4) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &no, sizeof(no));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &yes, sizeof(yes));
	}
	setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &yes, sizeof(yes));
	if (listener->bind_ifindex && if_indextoname(listener->bind_ifindex, ifname))
		setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, ifname, strlen(ifname));
	if (bind(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, len) < 0 ||
	    getsockname(fd, is_v4 ? (struct sockaddr *)&v4 : (struct sockaddr *)&v6, &len) < 0) {
		err = -errno;
		close(fd);
		return err;
	}
	listener->port = ntohs(is_v4 ? v4.sin_port : v6.sin6_port);
	return fd;
}

static struct listener *listener_lookup(uint32_t id)
{
	if (!id || id > LISTENERS_MAX || !world.listeners[id - 1].listener.id)
		return NULL;
	return &world.listeners[id - 1];
}

int ipudp_listener_add(struct ipudp *ipudp, struct ipudp_listener *listener)
{
	for (uint32_t i = 0; i < LISTENERS_MAX; i++) {
		struct listener *place = &world.listeners[i];
		if (place->listener.id && place->listener.port == listener->port &&
		    place->listener.bind_ifindex == listener->bind_ifindex &&
		    ipudp_addr_equal(&place->listener.local, &listener->local)) {
			place->listener.pinned = true;
			*listener = place->listener;
			return 0;
		}
		if (place->listener.id)
			continue;
		place->fd = listener_open(listener);
		if (place->fd < 0)
			return place->fd;
		listener->id = i + 1;
		listener->pinned = true;
		place->listener = *listener;
		place->classes = 0;
		return 0;
	}
	return -ENOSPC;
}

int ipudp_listener_del(struct ipudp *ipudp, uint32_t id)
{
	struct listener *listener = listener_lookup(id);

	if (!listener)
		return -ENOENT;
	close(listener->fd);
	memset(listener, 0, sizeof(*listener));
	return 0;
}

int ipudp_listener_get(struct ipudp *ipudp, uint32_t id, struct ipudp_listener *ret)
{
	struct listener *listener = listener_lookup(id);

	if (!listener)
		return -ENOENT;
	*ret = listener->listener;
	return 0;
}

int ipudp_listener_list(struct ipudp *ipudp, ipudp_listener_fn *fn, void *arg)
{
	int ret = 0;

	for (int i = 0; i < LISTENERS_MAX && !ret; i++)
		if (world.listeners[i].listener.id)
			ret = fn(arg, &world.listeners[i].listener);
	return ret;
}

/* Tunnels */

static struct tunnel *tunnel_lookup(const char *device, uint32_t id)
{
	struct tunnel_key key;
	struct tunnel *tunnel;

	memset(&key, 0, sizeof(key));
	snprintf(key.device, sizeof(key.device), "%s", device);
	key.id = id;
	HASH_FIND(hh, world.tunnels, &key, sizeof(key), tunnel);
	return tunnel;
}

static int tunnel_add(struct ipudp_tunnel *in)
{
	struct tunnel *tunnel;

	if (!device_lookup(in->device))
		return -ENODEV;
	if (!(in->has & IPUDP_TUNNEL_HAS_ID))
		in->id = ++world.last_tunnel;
	if (tunnel_lookup(in->device, in->id))
		return -EEXIST;
	tunnel = calloc(1, sizeof(*tunnel));
	if (!tunnel)
		return -ENOMEM;
	tunnel->tunnel = *in;
	snprintf(tunnel->key.device, sizeof(tunnel->key.device), "%s", in->device);
	tunnel->key.id = in->id;
	HASH_ADD(hh, world.tunnels, key, sizeof(tunnel->key), tunnel);
	return 0;
}

int ipudp_tunnel_add(struct ipudp *ipudp, struct ipudp_tunnel *tunnel)
{
	return outcome(ipudp, tunnel_add(tunnel));
}

int ipudp_tunnel_set(struct ipudp *ipudp, const struct ipudp_tunnel *in)
{
	struct tunnel *tunnel = tunnel_lookup(in->device, in->id);

	if (!tunnel)
		return outcome(ipudp, -ENOENT);
	if (in->has & IPUDP_TUNNEL_HAS_REMOTE)
		tunnel->tunnel.remote = in->remote;
	if (in->has & IPUDP_TUNNEL_HAS_REMOTE_PORT)
		tunnel->tunnel.remote_port = in->remote_port;
	if (in->has & IPUDP_TUNNEL_HAS_LOCAL)
		tunnel->tunnel.local = in->local;
	if (in->has & IPUDP_TUNNEL_HAS_LINK)
		tunnel->tunnel.link_ifindex = in->link_ifindex;
	if (in->has & IPUDP_TUNNEL_HAS_MARK)
		tunnel->tunnel.mark = in->mark;
	return 0;
}

int ipudp_tunnel_del(struct ipudp *ipudp, const char *device, uint32_t id)
{
	struct tunnel *tunnel = tunnel_lookup(device, id);

	if (!tunnel)
		return outcome(ipudp, -ENOENT);
	HASH_DEL(world.tunnels, tunnel);
	free(tunnel);
	return 0;
}

int ipudp_tunnel_get(struct ipudp *ipudp, const char *device, uint32_t id,
		     struct ipudp_tunnel *ret)
{
	struct tunnel *tunnel = tunnel_lookup(device, id);

	if (!tunnel)
		return -ENOENT;
	*ret = tunnel->tunnel;
	return 0;
}

int ipudp_tunnel_list(struct ipudp *ipudp, const char *device, ipudp_tunnel_fn *fn, void *arg)
{
	struct tunnel *tunnel, *next;
	int ret = 0;

	HASH_ITER(hh, world.tunnels, tunnel, next) {
		if (device && strcmp(device, tunnel->key.device))
			continue;
		ret = fn(arg, &tunnel->tunnel);
		if (ret)
			break;
	}
	return ret;
}

/* Rules */

static struct rule *rule_lookup(const struct ipudp_rule *in,
				struct rule_key *key)
{
	struct rule *rule;

	memset(key, 0, sizeof(*key));
	snprintf(key->device, sizeof(key->device), "%s", in->device);
	key->prefix.family = in->prefix.family;
	if (in->prefix.family == AF_INET)
		key->prefix.v4 = in->prefix.v4;
	else
		key->prefix.v6 = in->prefix.v6;
	key->len = in->prefix_len;
	HASH_FIND(hh, world.rules, key, sizeof(*key), rule);
	return rule;
}

static int rule_put(const struct ipudp_rule *in, bool may_replace,
		    bool is_append)
{
	struct rule_key key;
	struct rule *rule = rule_lookup(in, &key);
	uint32_t n;

	if (rule && !may_replace)
		return -EEXIST;
	if (!rule) {
		rule = calloc(1, sizeof(*rule));
		if (!rule)
			return -ENOMEM;
		rule->key = key;
		HASH_ADD(hh, world.rules, key, sizeof(rule->key), rule);
	}
	n = is_append ? rule->rule.n_targets : 0;
	rule->rule = *in;
	rule->rule.targets = rule->targets;
	for (uint32_t i = 0; i < in->n_targets && n < 16; i++)
		rule->targets[n++] = in->targets[i];
	rule->rule.n_targets = n;
	return 0;
}

int ipudp_rule_add(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return outcome(ipudp, rule_put(rule, false, false));
}

int ipudp_rule_replace(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return outcome(ipudp, rule_put(rule, true, false));
}

int ipudp_rule_append(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	return outcome(ipudp, rule_put(rule, true, true));
}

int ipudp_rule_del(struct ipudp *ipudp, const struct ipudp_rule *in)
{
	struct rule_key key;
	struct rule *rule = rule_lookup(in, &key);

	if (!rule)
		return outcome(ipudp, -ENOENT);
	HASH_DEL(world.rules, rule);
	free(rule);
	return 0;
}

int ipudp_rule_list(struct ipudp *ipudp, const struct ipudp_rule_filter *filter,
		    ipudp_rule_fn *fn, void *arg)
{
	struct rule *rule, *next;
	int ret = 0;

	HASH_ITER(hh, world.rules, rule, next) {
		if (strcmp(filter->device, rule->key.device))
			continue;
		ret = fn(arg, &rule->rule);
		if (ret)
			break;
	}
	return ret;
}

/* Frames */

int ipudp_frame_register(struct ipudp *ipudp, uint32_t id, enum ipudp_frame_class class)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = id - 1 };
	struct listener *listener = listener_lookup(id);

	if (!listener)
		return -ENOENT;
	if (listener->classes && listener->owner != ipudp)
		return -EBUSY;
	listener->owner = ipudp;
	listener->classes |= 1u << class;
	epoll_ctl(ipudp->epoll, EPOLL_CTL_ADD, listener->fd, &event);
	return 0;
}

int ipudp_frame_unregister(struct ipudp *ipudp, uint32_t id, enum ipudp_frame_class class)
{
	struct listener *listener = listener_lookup(id);

	if (!listener)
		return -ENOENT;
	listener->classes &= ~(1u << class);
	return 0;
}

static socklen_t fill_sockaddr(const struct ipudp_frame *frame, int family,
			       struct sockaddr_storage *ret)
{
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ret;
	struct sockaddr_in *v4 = (struct sockaddr_in *)ret;

	memset(ret, 0, sizeof(*ret));
	if (family == AF_INET) {
		v4->sin_family = AF_INET;
		v4->sin_addr = frame->remote.v4;
		v4->sin_port = htons(frame->remote_port);
		return sizeof(*v4);
	}
	v6->sin6_family = AF_INET6;
	v6->sin6_port = htons(frame->remote_port);
	if (frame->remote.family == AF_INET6) {
		v6->sin6_addr = frame->remote.v6;
	} else {
		v6->sin6_addr.s6_addr[10] = v6->sin6_addr.s6_addr[11] = 0xff;
		memcpy(&v6->sin6_addr.s6_addr[12], &frame->remote.v4, 4);
	}
	return sizeof(*v6);
}

int ipudp_frame_send(struct ipudp *ipudp, const struct ipudp_frame *frame)
{
	struct listener *listener = listener_lookup(frame->listener);
	char control[CMSG_SPACE(sizeof(struct in6_pktinfo))] = { 0 };
	struct iovec iov = { (void *)frame->payload, frame->len };
	struct sockaddr_storage to;
	struct msghdr msg = { .msg_name = &to, .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *cmsg;
	int family = AF_INET6;
	socklen_t len = sizeof(family);

	if (!listener)
		return -ENOENT;
	getsockopt(listener->fd, SOL_SOCKET, SO_DOMAIN, &family, &len);
	msg.msg_namelen = fill_sockaddr(frame, family, &to);
	if (frame->local.family == AF_INET) {
		struct in_pktinfo info = { .ipi_spec_dst = frame->local.v4 };

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = IPPROTO_IP;
		cmsg->cmsg_type = IP_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	} else if (frame->local.family == AF_INET6) {
		struct in6_pktinfo info = { .ipi6_addr = frame->local.v6 };

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(sizeof(info));
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = IPPROTO_IPV6;
		cmsg->cmsg_type = IPV6_PKTINFO;
		cmsg->cmsg_len = CMSG_LEN(sizeof(info));
		memcpy(CMSG_DATA(cmsg), &info, sizeof(info));
	}
	return sendmsg(listener->fd, &msg, 0) < 0 ? -errno : 0;
}

static void unmap(struct ipudp_addr *addr, const struct in6_addr *v6)
{
	if (IN6_IS_ADDR_V4MAPPED(v6)) {
		addr->family = AF_INET;
		memcpy(&addr->v4, &v6->s6_addr[12], 4);
	} else {
		addr->family = AF_INET6;
		addr->v6 = *v6;
	}
}

static void take_local(struct msghdr *msg, struct ipudp_frame *frame)
{
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			frame->local.family = AF_INET;
			frame->local.v4 = info.ipi_addr;
			frame->ifindex = (uint32_t)info.ipi_ifindex;
		} else if (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_PKTINFO) {
			struct in6_pktinfo info;

			memcpy(&info, CMSG_DATA(cmsg), sizeof(info));
			unmap(&frame->local, &info.ipi6_addr);
			frame->ifindex = info.ipi6_ifindex;
		}
	}
}

static int receive(struct listener *listener, const struct ipudp_handlers *handlers)
{
	struct ipudp_frame frame = { .listener = listener->listener.id };
	char control[256], payload[IPUDP_FRAME_MAX];
	struct iovec iov = { payload, sizeof(payload) };
	struct sockaddr_storage from;
	struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
			      .msg_iovlen = 1, .msg_control = control,
			      .msg_controllen = sizeof(control) };
	ssize_t len = recvmsg(listener->fd, &msg, 0);
	uint8_t first;

	if (len < 0)
		return 0;
	if (from.ss_family == AF_INET) {
		frame.remote.family = AF_INET;
		frame.remote.v4 = ((struct sockaddr_in *)&from)->sin_addr;
		frame.remote_port = ntohs(((struct sockaddr_in *)&from)->sin_port);
	} else {
		unmap(&frame.remote, &((struct sockaddr_in6 *)&from)->sin6_addr);
		frame.remote_port = ntohs(((struct sockaddr_in6 *)&from)->sin6_port);
	}
	take_local(&msg, &frame);
	first = len ? (uint8_t)payload[0] : 0xff;
	frame.class = first < 4 ? IPUDP_FRAME_CLASS_STUN :
		      first >= 0xf0 ? IPUDP_FRAME_CLASS_TSP : IPUDP_FRAME_CLASS_OTHER;
	frame.payload = payload;
	frame.len = (size_t)len;
	if (len && listener->classes & 1u << frame.class && handlers->frame)
		handlers->frame(handlers->arg, &frame);
	return 1;
}

int ipudp_subscribe(struct ipudp *ipudp)
{
	(void)ipudp;
	return 0;
}

int ipudp_fd(const struct ipudp *ipudp)
{
	return ipudp->epoll;
}

int ipudp_dispatch(struct ipudp *ipudp, const struct ipudp_handlers *handlers)
{
	struct epoll_event events[8];
	int handled = 0;
	int n = epoll_wait(ipudp->epoll, events, 8, 0);

	for (int i = 0; i < n; i++) {
		struct listener *listener = &world.listeners[events[i].data.u32];

		for (int j = 0; j < BURST && listener->listener.id; j++) {
			if (!receive(listener, handlers))
				break;
			handled++;
		}
	}
	return handled;
}
