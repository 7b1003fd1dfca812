// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cutting aggregates that cannot be sent as they are: by the stack, on the way into a pair of veth
 * interfaces that has no offload for them.
 */

#include <errno.h>
#include <string.h>

#include <linux/ethtool.h>

#include "lib/base/log.h"

#include "fast.skel.h"
#include "private.h"

/* Nothing that comes out is to be aggregated again. Checksums are finished where it leaves. */
static int shape(bool fresh)
{
	uint32_t off = 0, none = 0;
	int ret;

	(void)fresh;
	ret = fastpath_pair_offload(fastpath_cut_pair.into, ETHTOOL_STSO, &off);
	if (!ret)
		ret = fastpath_pair_offload_off(fastpath_cut_pair.into, "tx-udp-segmentation");
	return ret ? ret : fastpath_pair_offload(fastpath_cut_pair.out_of, ETHTOOL_SGRO, &none);
}

const struct fastpath_pair fastpath_cut_pair = {
	.into = "ipudp-cut",
	.out_of = "ipudp-cut-peer",
	.shape = shape,
};

static void update_devices(struct ipudp_fastpath *fastpath)
{
	struct fastpath_device *device, *next;

	HASH_ITER(hh, fastpath->devices, device, next) {
		device->entry.cut = fastpath->cut;
		fastpath_device_write(fastpath, device);
	}
}

void fastpath_cut_open(struct ipudp_fastpath *fastpath)
{
	bool refused = fastpath->cut_refused;
	int ret;

	if (fastpath->cut)
		return;
	ret = fastpath_pair_set_up(&fastpath_cut_pair,
				   bpf_program__fd(fastpath->skeleton->progs.fast_cut),
				   &fastpath->cut);
	if (!ret)
		ret = fastpath_note_write(&fastpath->ours);
	if (ret) {
		fastpath->cut = 0;
		fastpath_pair_remove(&fastpath_cut_pair);
	}
	if (ret && !refused)
		lvn_info("aggregates, and TCP with UDP checksums, are sent by user space: %s",
			 strerror(-ret));
	fastpath->cut_refused = ret;
	update_devices(fastpath);
	/* Without a pair there is no note, which decides how programs are attached. */
	if (refused != !!ret)
		fastpath_links_attach(fastpath);
}

void fastpath_cut_close(struct ipudp_fastpath *fastpath)
{
	fastpath->cut = 0;
	update_devices(fastpath);
	fastpath_pair_remove(&fastpath_cut_pair);
}
