// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The virtual interface: its life, settings and MTU. What it does with packets is elsewhere. The TUN
 * is persistent, so that its addresses and routes outlive a daemon that dies.
 */

#include "device.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <net/netlink.h>

#include "encap.h"
#include "event.h"
#include "fast.h"
#include "link.h"
#include "mode.h"
#include "quiet.h"
#include "refusal.h"
#include "rule.h"
#include "tunnel.h"
#include "worker.h"

#ifndef TUN_F_USO4
#define TUN_F_USO4 0x20
#define TUN_F_USO6 0x40
#endif

/* What a path of 1500 bytes leaves under an outer IPv4 header. */
#define DEFAULT_MTU (1500 - 28)

/* What the interface takes, and IPv4 needs. */
#define MTU_MIN 68
#define MTU_MAX 65535

bool ipudp_device_valid_name(const char *name)
{
	if (!*name || strlen(name) >= IFNAMSIZ || !strcmp(name, ".") || !strcmp(name, ".."))
		return false;
	for (; *name; name++)
		if (*name == '/' || *name == ':' || isspace((unsigned char)*name))
			return false;
	return true;
}

/*
 * Open one more queue of a TUN, or its first. @request receives the name, @udp_aggregates whether
 * aggregates of UDP can be written to it: the kernel learnt that together with giving them.
 */
static int queue_open(struct ifreq *request, bool *udp_aggregates)
{
	unsigned int offloads = TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN;
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), ret;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, TUNSETIFF, request)) {
		ret = -errno;
		close(fd);
		return ret;
	}
	/* Segmentation of UDP is there since 6.2. */
	*udp_aggregates = !ioctl(fd, TUNSETOFFLOAD, offloads | TUN_F_USO4 | TUN_F_USO6);
	if (!*udp_aggregates)
		ioctl(fd, TUNSETOFFLOAD, offloads);
	return fd;
}

static void queues_close(struct ipudp_device *device)
{
	unsigned int i;

	for (i = 0; device->queues && i < device->home->n_workers; i++)
		if (device->queues[i].fd >= 0)
			close(device->queues[i].fd);
	free(device->queues);
	device->queues = NULL;
}

static int queues_open(struct ipudp_device *device, const char *name, bool adopt)
{
	short flags = IFF_TUN | IFF_NO_PI | IFF_VNET_HDR | IFF_MULTI_QUEUE;
	struct ifreq request = { .ifr_flags = flags };
	unsigned int n = device->home->n_workers, i;

	/* One that is there is somebody else's, unless it was ours. */
	if (!adopt)
		request.ifr_flags |= (short)IFF_TUN_EXCL;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name ? name : "ipudp%d");
	device->queues = calloc(n, sizeof(*device->queues));
	if (!device->queues)
		return -ENOMEM;
	for (i = 0; i < n; i++)
		device->queues[i] = (struct ipudp_queue){ .device = device, .fd = -1 };
	for (i = 0; i < n; i++) {
		int fd = queue_open(&request, &device->udp_aggregates);

		if (fd < 0)
			return fd;
		device->queues[i].fd = fd;
		request.ifr_flags = flags;
	}
	memcpy(device->name, request.ifr_name, sizeof(device->name));
	if (ioctl(device->queues[0].fd, TUNSETPERSIST, 1))
		return -errno;
	device->ifindex = if_nametoindex(device->name);
	return device->ifindex ? 0 : -ENODEV;
}

static void device_destroy(struct ipudp_device *device)
{
	queues_close(device);
	ipudp_rules_done(device);
	free(device->stats);
	free(device);
}

static void device_free(struct ipudp_rcu_head *head)
{
	device_destroy(container_of(head, struct ipudp_device, rcu));
}

static struct ipudp_device *device_alloc(struct ipudp_home *home)
{
	struct ipudp_device *device = calloc(1, sizeof(*device));

	if (!device)
		return NULL;
	device->home = home;
	device->mode = &ipudp_mode_fixed;
	device->mtu_auto = true;
	device->fast_path = IPUDP_FAST_PATH_ON;
	INIT_LIST_HEAD(&device->home_node);
	device->stats = ipudp_stats_alloc(home->n_workers + 1, sizeof(*device->stats));
	if (!device->stats || ipudp_rules_init(device)) {
		free(device->stats);
		free(device);
		return NULL;
	}
	return device;
}

static void note_mtu(struct ipudp_device *device, uint32_t mtu)
{
	bool wider = device->mtu && device->mtu < IPUDP_MTU_MIN_V6 && mtu >= IPUDP_MTU_MIN_V6;

	if (mtu == device->mtu)
		return;
	ipudp_write(device->mtu, mtu);
	/* The kernel forgot all about IPv6 on it. */
	if (wider)
		ipudp_quiet_device(device);
	if (device->fast)
		ipudp_fast_device(device);
}

static int set_mtu(struct ipudp_device *device, uint32_t mtu)
{
	int ret = ipudp_link_set_mtu(device->name, mtu);

	if (ret)
		return ret;
	device->mtu_set = mtu;
	note_mtu(device, mtu);
	return 0;
}

/* Enter a device in the list, which goes by index. */
static void enter(struct ipudp_home *home, struct ipudp_device *device)
{
	struct list_head *after = home->devices.prev;

	while (after != &home->devices &&
	       list_entry(after, struct ipudp_device, home_node)->ifindex > device->ifindex)
		after = after->prev;
	list_add(&device->home_node, after);
	/* Until now it was an interface like any other. */
	ipudp_fast_link(home, device->ifindex, IPUDP_FAST_LINK_GONE);
}

static int serve(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < home->n_workers && !ret; i++)
		ret = ipudp_worker_add_queue(&home->workers[i], &device->queues[i]);
	return ret;
}

static void withdraw(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;
	unsigned int i;

	for (i = 0; i < home->n_workers; i++)
		if (device->queues[i].fd >= 0)
			ipudp_worker_remove(&home->workers[i], device->queues[i].fd);
}

/* Make the TUN. On failure it goes with its descriptors. */
static int set_up(struct ipudp_device *device, const char *name, uint32_t mtu)
{
	int ret = queues_open(device, name, false);

	if (!ret) {
		ipudp_quiet_device(device);
		ret = set_mtu(device, mtu ? mtu : DEFAULT_MTU);
	}
	if (ret && device->queues && device->queues[0].fd >= 0)
		ioctl(device->queues[0].fd, TUNSETPERSIST, 0);
	device->mtu_auto = !mtu;
	return ret;
}

/* Whether there can be devices at all; in a container the file may be missing, or forbidden. */
static int try_tun(struct netlink_ext_ack *extack)
{
	int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK), ret;

	if (fd < 0) {
		ret = -errno;
		if (ret != -EMFILE)
			ipudp_refuse(extack, TUN_MISSING);
		return ret;
	}
	close(fd);
	return 0;
}

int ipudp_device_create(struct ipudp_home *home, const char *name,
			const struct ipudp_device_config *config, uint32_t mtu,
			struct netlink_ext_ack *extack, struct ipudp_device **ret_device)
{
	struct ipudp_device *device = device_alloc(home);
	int ret;

	if (!device)
		return -ENOMEM;
	ret = ipudp_device_configure(device, config, extack);
	if (!ret && mtu && (mtu < MTU_MIN || mtu > MTU_MAX)) {
		ipudp_refuse(extack, MTU_RANGE);
		ret = -ERANGE;
	}
	if (!ret && name && if_nametoindex(name))
		ret = -EEXIST;
	if (!ret)
		ret = try_tun(extack);
	if (!ret)
		ret = set_up(device, name, mtu);
	if (ret == -EMFILE)
		ipudp_refuse(extack, FILES_MANY);
	if (ret) {
		device_destroy(device);
		return ret == -EBUSY ? -EEXIST : ret;
	}
	/* News of what was done until now are none. */
	ipudp_link_read(home);
	enter(home, device);
	ret = serve(device);
	if (ret) {
		ipudp_device_remove(device);
		return ret;
	}
	ipudp_event_device(device, IPUDP_CMD_DEV_ADD_NTF);
	*ret_device = device;
	return 0;
}

int ipudp_device_adopt(struct ipudp_home *home, uint32_t ifindex, const char *name,
		       const struct ipudp_device_config *config, bool mtu_fixed)
{
	struct ipudp_device *device;
	char now[IFNAMSIZ];
	int ret;

	(void)name;
	/* It may have another name by now; one of another index is another interface. */
	if (!if_indextoname(ifindex, now))
		return -ENODEV;
	device = device_alloc(home);
	if (!device)
		return -ENOMEM;
	ret = ipudp_device_configure(device, config, NULL);
	if (!ret)
		ret = queues_open(device, now, true);
	if (ret) {
		device_destroy(device);
		return ret;
	}
	device->mtu_auto = !mtu_fixed;
	/* What it is now nobody else set, unless that was said. */
	device->mtu_set = ipudp_link_mtu(now);
	device->mtu = device->mtu_set;
	ipudp_quiet_adopt(device);
	enter(home, device);
	ret = serve(device);
	if (ret)
		ipudp_device_remove(device);
	else
		ipudp_link_sync(home);
	return ret;
}

int ipudp_device_configure(struct ipudp_device *device, const struct ipudp_device_config *config,
			   struct netlink_ext_ack *extack)
{
	const struct ipudp_mode_ops *mode = device->mode;

	if (config->has_mode)
		mode = ipudp_mode_of(config->mode);
	if (!mode) {
		ipudp_refuse(extack, MODE_UNKNOWN);
		return -EINVAL;
	}
	if (mode != device->mode && (device->n_tunnels || device->n_rules)) {
		ipudp_refuse(extack, MODE_IN_USE);
		return -EBUSY;
	}
	if (config->has_lookup && config->lookup != IPUDP_LOOKUP_DESTINATION &&
	    mode->mode != IPUDP_MODE_MULTI) {
		ipudp_refuse(extack, LOOKUP_MODE);
		return -EINVAL;
	}
	if (mode != device->mode || !device->ifindex) {
		ipudp_rcu_store(device->mode, mode);
		ipudp_write(device->source_check, mode->source_check);
		ipudp_write(device->lookup, IPUDP_LOOKUP_DESTINATION);
	}
	if (config->has_lookup)
		ipudp_write(device->lookup, config->lookup);
	if (config->has_source_check)
		ipudp_write(device->source_check, config->source_check);
	if (config->has_fast_path)
		device->fast_path = config->fast_path;
	return 0;
}

/* Take a device out with all it holds, whose TUN is gone or about to go. */
static void retire(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;
	struct ipudp_tunnel *tunnel;
	uint64_t id;

	withdraw(device);
	ipudp_fast_device_gone(device);
	ipudp_rules_flush(device);
	ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
		ipudp_tunnel_remove(tunnel);
	list_del(&device->home_node);
	ipudp_event_device(device, IPUDP_CMD_DEV_DEL_NTF);
	/* The interface goes with its last descriptor, and is to be gone when the client hears. */
	ioctl(device->queues[0].fd, TUNSETPERSIST, 0);
	ipudp_rcu_wait(&home->rcu);
	queues_close(device);
	ipudp_rcu_call(&home->rcu, &device->rcu, device_free);
}

void ipudp_device_remove(struct ipudp_device *device)
{
	struct ipudp_home *home = device->home;

	retire(device);
	ipudp_link_read(home);
}

struct ipudp_device *ipudp_device_lookup(struct ipudp_home *home, uint32_t ifindex,
					 const char *name)
{
	struct ipudp_device *device;

	list_for_each_entry(device, &home->devices, home_node)
		if (ifindex ? device->ifindex == ifindex : !strcmp(device->name, name))
			return device;
	return NULL;
}

struct ipudp_device *ipudp_device_next(struct ipudp_home *home, uint32_t ifindex)
{
	struct ipudp_device *device;

	list_for_each_entry(device, &home->devices, home_node)
		if (device->ifindex >= ifindex)
			return device;
	return NULL;
}

void ipudp_device_fit(struct ipudp_device *device, unsigned int mtu, bool first)
{
	if (!mtu)
		return;
	/* Below its minimum IPv6 would be off; up to that, outer packets are fragmented. */
	if (mtu < IPUDP_MTU_MIN_V6)
		mtu = IPUDP_MTU_MIN_V6;
	if (mtu > MTU_MAX)
		mtu = MTU_MAX;
	if (!device->mtu_auto || mtu == device->mtu || (mtu > device->mtu && !first) ||
	    device->away)
		return;
	/* Fails only if another part of the kernel objects; then the MTU stays. */
	set_mtu(device, mtu);
}

void ipudp_device_news(struct ipudp_device *device, const char *name, uint32_t mtu)
{
	snprintf(device->name, sizeof(device->name), "%s", name);
	/* Somebody who sets the MTU means it. News of changes of ours may be a few behind. */
	if (device->mtu_auto && mtu && mtu != device->mtu && mtu != device->mtu_set) {
		device->mtu_auto = false;
		ipudp_event_noted(device);
	}
	if (mtu)
		note_mtu(device, mtu);
}

void ipudp_device_lost(struct ipudp_device *device)
{
	struct ifreq request = { 0 };

	/* Deleted, its descriptors are of no use any more; moved, they work on. */
	if (ioctl(device->queues[0].fd, TUNGETIFF, &request)) {
		retire(device);
		return;
	}
	ipudp_fast_device_gone(device);
	ipudp_write(device->away, true);
	memcpy(device->name, request.ifr_name, sizeof(device->name));
	device->visited = 0;
	ipudp_quiet_run(device->home, true);
	ipudp_event_device(device, IPUDP_CMD_DEV_CHANGE_NTF);
}

void ipudp_device_back(struct ipudp_device *device)
{
	struct ifreq request = { 0 };

	if (!ipudp_home_is(ioctl(device->queues[0].fd, TUNGETDEVNETNS)) ||
	    ioctl(device->queues[0].fd, TUNGETIFF, &request) ||
	    if_nametoindex(request.ifr_name) != device->ifindex)
		return;
	/* Until now it was an interface like any other. */
	ipudp_fast_link(device->home, device->ifindex, IPUDP_FAST_LINK_GONE);
	ipudp_write(device->away, false);
	memcpy(device->name, request.ifr_name, sizeof(device->name));
	ipudp_quiet_device(device);
	ipudp_event_device(device, IPUDP_CMD_DEV_CHANGE_NTF);
}

void ipudp_devices_check(struct ipudp_home *home)
{
	struct ipudp_device *device, *next;
	struct ifreq request;

	list_for_each_entry_safe(device, next, &home->devices, home_node) {
		memset(&request, 0, sizeof(request));
		if (device->away && ioctl(device->queues[0].fd, TUNGETIFF, &request))
			retire(device);
	}
}
