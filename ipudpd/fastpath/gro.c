// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Aggregation of inner TCP packets: tc sees packets one by one after GRO had its turn with their
 * outer headers. A pair of veth interfaces, through which they are sent, gives it another one.
 */

#include <errno.h>

#include <linux/ethtool.h>

#include "fast.skel.h"
#include "private.h"

static const uint8_t address[] = FAST_GRO_ADDRESS;

/*
 * One way only: the driver aggregates what comes from an interface without TSO. A driver that has
 * GRO on from the beginning does not know how to (before 5.13).
 */
static int shape(bool fresh)
{
	uint32_t on = 1, off = 0, has = 0;
	int ret;

	ret = fastpath_pair_offload(fastpath_gro_pair.out_of, ETHTOOL_GGRO, &has);
	if (!ret && has && fresh)
		ret = -EOPNOTSUPP;
	if (!ret)
		ret = fastpath_pair_offload(fastpath_gro_pair.into, ETHTOOL_STSO, &off);
	return ret ? ret : fastpath_pair_offload(fastpath_gro_pair.out_of, ETHTOOL_SGRO, &on);
}

const struct fastpath_pair fastpath_gro_pair = {
	.into = "ipudp-gro",
	.out_of = "ipudp-gro-peer",
	.address = address,
	.shape = shape,
};

static void update_devices(struct ipudp_fastpath *fastpath)
{
	struct fastpath_device *device, *next;

	HASH_ITER(hh, fastpath->devices, device, next) {
		device->entry.gro = fastpath->gro;
		fastpath_device_write(fastpath, device);
	}
}

int ipudp_fastpath_gro(struct ipudp_fastpath *fastpath, bool on)
{
	int ret = 0;

	fastpath->gro = 0;
	if (on)
		ret = fastpath_pair_set_up(&fastpath_gro_pair,
					   bpf_program__fd(fastpath->skeleton->progs.fast_gro),
					   &fastpath->gro);
	update_devices(fastpath);
	if (!fastpath->gro)
		fastpath_pair_remove(&fastpath_gro_pair);
	return ret;
}
