// SPDX-License-Identifier: GPL-2.0-or-later
/* The interfaces that datagrams come in by. */

#include <errno.h>
#include <string.h>

#include <linux/if_link.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

#include "lib/base/cleanup.h"

#include "fast.skel.h"
#include "private.h"

#ifndef ARPHRD_RAWIP
#define ARPHRD_RAWIP 519
#endif

static struct fastpath_link *find(const struct ipudp_fastpath *fastpath, uint32_t ifindex)
{
	struct fastpath_link *link;

	HASH_FIND(hh, fastpath->links, &ifindex, sizeof(ifindex), link);
	return link;
}

/* The kind of an interface (ARPHRD_*) and its address, if it has one of 6 bytes. */
static int link_kind(uint32_t ifindex, unsigned int *kind, void *mac)
{
	_cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {};

	if (fd < 0)
		return -errno;
	if (!if_indextoname(ifindex, request.ifr_name))
		return -ENODEV;
	if (ioctl(fd, SIOCGIFHWADDR, &request))
		return -errno;
	*kind = request.ifr_hwaddr.sa_family;
	memcpy(mac, request.ifr_hwaddr.sa_data, 6);
	return 0;
}

/* The program for a kind of interfaces; NULL if there is none. */
static struct bpf_program *program_of(const struct ipudp_fastpath *fastpath, unsigned int kind)
{
	switch (kind) {
	case ARPHRD_ETHER:
		return fastpath->skeleton->progs.fast_decap;
	case ARPHRD_NONE:
	case ARPHRD_PPP:
	case ARPHRD_RAWIP:
		return fastpath->skeleton->progs.fast_decap_l3;
	default:
		return NULL;
	}
}

/* Write the entry to the table; 0 or a negative errno. */
static int write_entry(const struct ipudp_fastpath *fastpath, const struct fastpath_link *link)
{
	if (bpf_map_update_elem(fastpath->tables[FASTPATH_LINKS], &link->ifindex, &link->entry,
				BPF_ANY))
		return -errno;
	return 0;
}

/*
 * Attach to the driver, after tc, or replace our own program there. The entry says at once that it
 * may take packets.
 */
static int attach_xdp(const struct ipudp_fastpath *fastpath, struct fastpath_link *link)
{
	__u32 flags = XDP_FLAGS_DRV_MODE;
	int ret;

	/* Attaching is news of the interface, which would make our caller attach again. */
	if (link->xdp)
		return 0;
	if (!(link->entry.hooks & FAST_HOOK_XDP))
		flags |= XDP_FLAGS_UPDATE_IF_NOEXIST;
	ret = bpf_xdp_attach((int)link->ifindex,
			     bpf_program__fd(fastpath->skeleton->progs.fast_xdp), flags, NULL);
	if (ret)
		return -EOPNOTSUPP;
	link->xdp = true;
	link->entry.hooks |= FAST_HOOK_XDP;
	return write_entry(fastpath, link);
}

/* First tell it to take no more packets, for they need our program at tc. */
static void detach_xdp(const struct ipudp_fastpath *fastpath, struct fastpath_link *link)
{
	if (!(link->entry.hooks & FAST_HOOK_XDP))
		return;
	link->xdp = false;
	link->entry.hooks &= (uint16_t)~FAST_HOOK_XDP;
	write_entry(fastpath, link);
	bpf_xdp_detach((int)link->ifindex, XDP_FLAGS_DRV_MODE, NULL);
}

/* Whether there was a program of a dead daemon's on ingress. */
static bool was_found(const struct ipudp_fastpath *fastpath, uint32_t ifindex)
{
	size_t i;

	for (i = 0; i < fastpath->found.n_ingress; i++) {
		if (fastpath->found.ingress[i] == ifindex)
			return true;
	}
	return false;
}

/*
 * By tcx where that can be, and where a successor will know the program by the note; else by a filter.
 * What there is of the other kind goes after, so that no packet is missed. The qdisc of a filter stays
 * until the interface is let go: removing it loses what is about to be sent.
 */
static int attach(struct ipudp_fastpath *fastpath, struct fastpath_link *link, int program)
{
	uint16_t hooks = link->entry.hooks;
	int ret;

	/* An entry first, without which the program leaves all packets alone. */
	ret = write_entry(fastpath, link);
	if (ret)
		return ret;
	ret = fastpath->cut_refused ? -EOPNOTSUPP :
				      fastpath_tcx_attach(link->ifindex, program, &fastpath->ours);
	if (!ret) {
		if (fastpath_hook_program(link->ifindex, false))
			fastpath_hook_detach(link->ifindex, false, 0);
		return 0;
	}
	ret = fastpath_hook_attach(link->ifindex, false, program, &link->entry.hooks);
	if (ret)
		return ret;
	fastpath_tcx_detach(link->ifindex, &fastpath->ours);
	return link->entry.hooks == hooks ? 0 : write_entry(fastpath, link);
}

void fastpath_links_attach(struct ipudp_fastpath *fastpath)
{
	struct fastpath_link *link, *next;
	struct bpf_program *program;
	unsigned int kind;
	char mac[6];

	HASH_ITER(hh, fastpath->links, link, next) {
		if (!link->seen || link_kind(link->ifindex, &kind, mac))
			continue;
		program = program_of(fastpath, kind);
		if (program)
			attach(fastpath, link, bpf_program__fd(program));
	}
}

int ipudp_fastpath_link_set(struct ipudp_fastpath *fastpath, uint32_t ifindex, bool xdp)
{
	struct fastpath_link *link = find(fastpath, ifindex);
	struct bpf_program *program;
	struct fast_link entry = {};
	unsigned int kind = ARPHRD_VOID;
	int ret;

	if (fastpath_pair_is(ifindex)) {
		fastpath_pair_keep_up(ifindex);
		return -EOPNOTSUPP;
	}
	ret = link_kind(ifindex, &kind, entry.mac);
	if (ret)
		return ret;
	program = program_of(fastpath, kind);
	if (!program)
		return -EOPNOTSUPP;
	if (!link) {
		link = calloc(1, sizeof(*link));
		if (!link)
			return -ENOMEM;
		link->ifindex = ifindex;
		HASH_ADD(hh, fastpath->links, ifindex, sizeof(ifindex), link);
	}
	/*
	 * Of one that was killed before it could note it, or whose tables are not ours. Where we want to
	 * be and a filter of ours is, nobody else is expected.
	 */
	if (!link->seen && !(link->entry.hooks & FAST_HOOK_XDP))
		fastpath_hook_detach_xdp(ifindex, xdp && was_found(fastpath, ifindex));
	link->seen = true;
	memcpy(link->entry.mac, entry.mac, sizeof(entry.mac));
	ret = attach(fastpath, link, bpf_program__fd(program));
	if (ret) {
		fastpath_link_remove(fastpath, link);
		return ret;
	}
	if (xdp)
		return attach_xdp(fastpath, link);
	detach_xdp(fastpath, link);
	return 0;
}

void fastpath_link_remove(struct ipudp_fastpath *fastpath, struct fastpath_link *link)
{
	detach_xdp(fastpath, link);
	fastpath_tcx_detach(link->ifindex, &fastpath->ours);
	fastpath_hook_detach(link->ifindex, false, link->entry.hooks);
	bpf_map_delete_elem(fastpath->tables[FASTPATH_LINKS], &link->ifindex);
	HASH_DEL(fastpath->links, link);
	free(link);
}

void ipudp_fastpath_link_del(struct ipudp_fastpath *fastpath, uint32_t ifindex)
{
	struct fastpath_link *link = find(fastpath, ifindex);

	if (link)
		fastpath_link_remove(fastpath, link);
	/* Somebody removed a pair of ours: all that is sent to it would be lost. */
	if (ifindex == fastpath->gro)
		ipudp_fastpath_gro(fastpath, true);
	if (ifindex == fastpath->cut) {
		fastpath->cut = 0;
		fastpath_cut_open(fastpath);
	}
}
