// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Comparing objects of the data plane with what they should be.
 */
#include "plane/object.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

int plane_device_set(struct ipudp *ipudp, const char *name, enum ipudp_mode mode,
		     enum plane_found found, struct ipudp_device *ret_device)
{
	int ret;

	ret = ipudp_device_get(ipudp, name, ret_device);
	if (!ret) {
		if (found != PLANE_REFUSE && ret_device->mode == mode)
			return 0;
		if (found != PLANE_REPLACE)
			return -EEXIST;
		ret = ipudp_device_del(ipudp, name);
	}
	if (ret && ret != -ENODEV)
		return ret;
	*ret_device = (struct ipudp_device){ .has = IPUDP_DEVICE_HAS_MODE, .mode = mode };
	strcpy(ret_device->name, name);
	return ipudp_device_add(ipudp, ret_device);
}

/* Only what @wanted says; its listener was compared. */
static bool is_as_wanted(const struct ipudp_tunnel *found, const struct ipudp_tunnel *wanted)
{
	return (!(wanted->has & IPUDP_TUNNEL_HAS_REMOTE) ||
		ipudp_addr_equal(&found->remote, &wanted->remote)) &&
	       (!(wanted->has & IPUDP_TUNNEL_HAS_REMOTE_PORT) ||
		found->remote_port == wanted->remote_port) &&
	       (!(wanted->has & IPUDP_TUNNEL_HAS_MARK) || found->mark == wanted->mark) &&
	       (!(wanted->has & IPUDP_TUNNEL_HAS_LINK) ||
		found->link_ifindex == wanted->link_ifindex) &&
	       (!(wanted->has & IPUDP_TUNNEL_HAS_CHECKSUM) || found->checksum == wanted->checksum);
}

int plane_tunnel_set(struct ipudp *ipudp, const struct ipudp_tunnel *tunnel)
{
	struct ipudp_tunnel found, add = *tunnel;
	int ret;

	ret = ipudp_tunnel_get(ipudp, tunnel->device, tunnel->id, &found);
	if (!ret && found.listener == tunnel->listener)
		return is_as_wanted(&found, tunnel) ? 0 : ipudp_tunnel_set(ipudp, tunnel);
	if (!ret)
		ret = ipudp_tunnel_del(ipudp, tunnel->device, tunnel->id);
	if (ret && ret != -ENOENT)
		return ret;
	add.has |= IPUDP_TUNNEL_HAS_ID | IPUDP_TUNNEL_HAS_LISTENER;
	return ipudp_tunnel_add(ipudp, &add);
}
