// SPDX-License-Identifier: GPL-2.0-or-later
/* The fast path of a build without eBPF: there is none to be opened, so nothing else is called. */

#include <errno.h>
#include <stdio.h>

#include "ipudpd/fastpath.h"

int ipudp_fastpath_open(const struct ipudp_fastpath_limits *limits,
			char why[IPUDP_FASTPATH_WHY_SIZE], bool *ret_adopted,
			struct ipudp_fastpath **ret)
{
	(void)limits;
	(void)ret_adopted;
	(void)ret;
	snprintf(why, IPUDP_FASTPATH_WHY_SIZE, "built without eBPF");
	return -EOPNOTSUPP;
}

void ipudp_fastpath_remove(void)
{
}

void ipudp_fastpath_close(struct ipudp_fastpath *fastpath)
{
	(void)fastpath;
}

void ipudp_fastpath_flush(struct ipudp_fastpath *fastpath)
{
	(void)fastpath;
}

void ipudp_fastpath_sweep(struct ipudp_fastpath *fastpath)
{
	(void)fastpath;
}

int ipudp_fastpath_device_set(struct ipudp_fastpath *fastpath,
			      const struct ipudp_fastpath_device *device)
{
	(void)fastpath;
	(void)device;
	return -EOPNOTSUPP;
}

void ipudp_fastpath_device_del(struct ipudp_fastpath *fastpath, uint32_t ifindex)
{
	(void)fastpath;
	(void)ifindex;
}

int ipudp_fastpath_tunnel_set(struct ipudp_fastpath *fastpath,
			      const struct ipudp_fastpath_tunnel *tunnel)
{
	(void)fastpath;
	(void)tunnel;
	return -EOPNOTSUPP;
}

void ipudp_fastpath_tunnel_leave(struct ipudp_fastpath *fastpath, uint32_t ifindex, uint32_t id)
{
	(void)fastpath;
	(void)ifindex;
	(void)id;
}

void ipudp_fastpath_tunnel_del(struct ipudp_fastpath *fastpath, uint32_t ifindex, uint32_t id)
{
	(void)fastpath;
	(void)ifindex;
	(void)id;
}

void ipudp_fastpath_tunnel_counters(const struct ipudp_fastpath *fastpath, uint32_t ifindex,
				    uint32_t id, struct ipudp_fastpath_counters *ret)
{
	static const struct ipudp_fastpath_counters zero;

	(void)fastpath;
	(void)ifindex;
	(void)id;
	*ret = zero;
}

int ipudp_fastpath_rule_set(struct ipudp_fastpath *fastpath, const struct ipudp_fastpath_rule *rule)
{
	(void)fastpath;
	(void)rule;
	return -EOPNOTSUPP;
}

void ipudp_fastpath_rule_del(struct ipudp_fastpath *fastpath, uint32_t ifindex,
			     const struct lvn_prefix *prefix)
{
	(void)fastpath;
	(void)ifindex;
	(void)prefix;
}

int ipudp_fastpath_link_set(struct ipudp_fastpath *fastpath, uint32_t ifindex, bool xdp)
{
	(void)fastpath;
	(void)ifindex;
	(void)xdp;
	return -EOPNOTSUPP;
}

void ipudp_fastpath_link_del(struct ipudp_fastpath *fastpath, uint32_t ifindex)
{
	(void)fastpath;
	(void)ifindex;
}

int ipudp_fastpath_gro(struct ipudp_fastpath *fastpath, bool on)
{
	(void)fastpath;
	return on ? -EOPNOTSUPP : 0;
}

void ipudp_fastpath_drops(const struct ipudp_fastpath *fastpath, uint32_t ifindex, uint64_t *rx,
			  uint64_t *tx)
{
	(void)fastpath;
	(void)ifindex;
	*rx = 0;
	*tx = 0;
}

void ipudp_fastpath_left(const struct ipudp_fastpath *fastpath,
			 uint64_t ret[IPUDP_FASTPATH_LEFT_MAX])
{
	size_t i;

	(void)fastpath;
	for (i = 0; i < IPUDP_FASTPATH_LEFT_MAX; i++)
		ret[i] = 0;
}

const char *ipudp_fastpath_left_name(enum ipudp_fastpath_left left)
{
	(void)left;
	return "none";
}
