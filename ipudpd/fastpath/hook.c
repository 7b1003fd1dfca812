// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching programs to interfaces by tc: filters of the clsact qdisc, which stay when the daemon
 * dies, and go with their interface.
 */

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#include "private.h"

/* By these our filters are known. Filters of others, with smaller numbers, come before. */
#define PRIORITY IPUDP_FASTPATH_PRIORITY
#define HANDLE 0x6c766e

static enum bpf_tc_attach_point point(bool egress)
{
	return egress ? BPF_TC_EGRESS : BPF_TC_INGRESS;
}

int fastpath_hook_attach(uint32_t ifindex, bool egress, int program, uint16_t *hooks)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = point(egress));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY,
			    .prog_fd = program, .flags = BPF_TC_F_REPLACE);
	int ret = bpf_tc_hook_create(&hook);

	if (ret && ret != -EEXIST)
		return ret;
	if (!ret)
		*hooks |= FAST_HOOK_QDISC;
	ret = bpf_tc_attach(&hook, &opts);
	if (ret)
		fastpath_hook_detach(ifindex, egress, *hooks);
	return ret;
}

void fastpath_hook_prepare(uint32_t ifindex)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = BPF_TC_EGRESS);

	bpf_tc_hook_create(&hook);
}

static int count_filter(const struct nlmsghdr *header, void *data)
{
	if (header->nlmsg_type == RTM_NEWTFILTER)
		(*(unsigned int *)data)++;
	return MNL_CB_OK;
}

/* How many filters there are at one of the hooks of an interface; many, if that is unknown. */
static unsigned int count_filters(uint32_t ifindex, bool egress)
{
	char buffer[16384];
	struct nlmsghdr *header = mnl_nlmsg_put_header(buffer);
	struct mnl_socket *socket = mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC);
	struct tcmsg *message;
	unsigned int filters = 0;
	ssize_t len;
	int ret = -1;

	if (!socket)
		return UINT32_MAX;
	header->nlmsg_type = RTM_GETTFILTER;
	header->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	message = mnl_nlmsg_put_extra_header(header, sizeof(*message));
	message->tcm_ifindex = (int)ifindex;
	message->tcm_parent = TC_H_MAKE(TC_H_CLSACT, egress ? TC_H_MIN_EGRESS : TC_H_MIN_INGRESS);
	if (!mnl_socket_bind(socket, 0, MNL_SOCKET_AUTOPID) &&
	    mnl_socket_sendto(socket, header, header->nlmsg_len) >= 0) {
		do {
			len = mnl_socket_recvfrom(socket, buffer, sizeof(buffer));
			ret = len < 0 ?
				      -1 :
				      mnl_cb_run(buffer, (size_t)len, 0, 0, count_filter, &filters);
		} while (ret > 0);
	}
	mnl_socket_close(socket);
	return ret ? UINT32_MAX : filters;
}

void fastpath_hook_detach(uint32_t ifindex, bool egress, uint16_t hooks)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = point(egress));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);

	/* What fails here is gone already, with its interface. */
	bpf_tc_detach(&hook, &opts);
	if (!(hooks & FAST_HOOK_QDISC) || count_filters(ifindex, false) ||
	    count_filters(ifindex, true))
		return;
	hook.attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS;
	bpf_tc_hook_destroy(&hook);
}

static int program_info(int program, struct bpf_prog_info *ret_info)
{
	__u32 len = sizeof(*ret_info);

	memset(ret_info, 0, sizeof(*ret_info));
	return bpf_obj_get_info_by_fd(program, ret_info, &len) ? -errno : 0;
}

uint32_t fastpath_program_id(int program)
{
	struct bpf_prog_info info;

	return program_info(program, &info) ? 0 : info.id;
}

int fastpath_program_name(uint32_t id, char ret[BPF_OBJ_NAME_LEN])
{
	_cleanup_close_ int fd = bpf_prog_get_fd_by_id(id);
	struct bpf_prog_info info;
	int error;

	if (fd < 0)
		return -errno;
	error = program_info(fd, &info);
	if (!error)
		memcpy(ret, info.name, BPF_OBJ_NAME_LEN);
	return error;
}

/* Whether the XDP program of an interface is ours; @unknown if there is one, but not whose. */
static bool has_xdp(uint32_t ifindex, bool unknown)
{
	char name[BPF_OBJ_NAME_LEN];
	__u32 id = 0;
	int ret;

	if (bpf_xdp_query_id((int)ifindex, XDP_FLAGS_DRV_MODE, &id) || !id)
		return false;
	ret = fastpath_program_name(id, name);
	return ret == -EPERM ? unknown : !ret && !strcmp(name, "fast_xdp");
}

void fastpath_hook_detach_xdp(uint32_t ifindex, bool assume)
{
	if (has_xdp(ifindex, assume))
		bpf_xdp_detach((int)ifindex, XDP_FLAGS_DRV_MODE, NULL);
}

void ipudp_fastpath_remove(void)
{
	struct if_nameindex *interfaces = if_nameindex(), *interface;
	struct fastpath_ids ours;
	int ret, refused = 0;

	fastpath_note_read(&ours);
	for (interface = interfaces; interface && interface->if_index; interface++) {
		/* First what needs the others. */
		fastpath_hook_detach_xdp(interface->if_index, false);
		ret = fastpath_tcx_detach(interface->if_index, &ours);
		if (ret && ret != -ENODEV)
			refused = ret;
		if (fastpath_hook_program(interface->if_index, true))
			fastpath_hook_detach(interface->if_index, true, FAST_HOOK_QDISC);
		if (fastpath_hook_program(interface->if_index, false))
			fastpath_hook_detach(interface->if_index, false, FAST_HOOK_QDISC);
	}
	if (interfaces)
		if_freenameindex(interfaces);
	fastpath_pair_remove(&fastpath_gro_pair);
	/* Without a note, or with an older kernel, there is nothing to be detached by tcx. */
	if (!refused || refused == -EINVAL || !ours.n)
		fastpath_pair_remove(&fastpath_cut_pair);
	else
		lvn_warning(
			"eBPF programs of another ipudpd stay on the interfaces, and receive as it "
			"left them: %s. Run ipudpd --flush where bpf() is allowed, and start again",
			strerror(-refused));
}

uint32_t fastpath_hook_program(uint32_t ifindex, bool egress)
{
	DECLARE_LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = ifindex, .attach_point = point(egress));
	DECLARE_LIBBPF_OPTS(bpf_tc_opts, opts, .handle = HANDLE, .priority = PRIORITY);

	return bpf_tc_query(&hook, &opts) ? 0 : opts.prog_id;
}
