// SPDX-License-Identifier: GPL-2.0-or-later
/* The fast path of a build without eBPF: there is none to be opened, so nothing else is called. */

#include <errno.h>
#include <stdio.h>

#include "ipudpd/fastpath.h"

int ipudpd_fastpath_open(const struct ipudpd_fastpath_limits *limits,
			 char why[IPUDPD_FASTPATH_WHY_SIZE], bool *ret_adopted,
			 struct ipudpd_fastpath **ret)
{
	(void)limits;
	(void)ret_adopted;
	(void)ret;
	snprintf(why, IPUDPD_FASTPATH_WHY_SIZE, "built without eBPF");
	return -EOPNOTSUPP;
}

void ipudpd_fastpath_remove(void)
{
}

void ipudpd_fastpath_close(struct ipudpd_fastpath *fastpath)
{
	(void)fastpath;
}

void ipudpd_fastpath_flush(struct ipudpd_fastpath *fastpath)
{
	(void)fastpath;
}

void ipudpd_fastpath_sweep(struct ipudpd_fastpath *fastpath)
{
	(void)fastpath;
}

int ipudpd_fastpath_device_set(struct ipudpd_fastpath *fastpath,
			       const struct ipudpd_fastpath_device *device)
{
	(void)fastpath;
	(void)device;
	return -EOPNOTSUPP;
}

void ipudpd_fastpath_device_del(struct ipudpd_fastpath *fastpath, uint32_t ifindex)
{
	(void)fastpath;
	(void)ifindex;
}

int ipudpd_fastpath_tunnel_set(struct ipudpd_fastpath *fastpath,
			       const struct ipudpd_fastpath_tunnel *tunnel)
{
	(void)fastpath;
	(void)tunnel;
	return -EOPNOTSUPP;
}

void ipudpd_fastpath_tunnel_leave(struct ipudpd_fastpath *fastpath, uint32_t ifindex, uint32_t id)
{
	(void)fastpath;
	(void)ifindex;
	(void)id;
}

void ipudpd_fastpath_tunnel_del(struct ipudpd_fastpath *fastpath, uint32_t ifindex, uint32_t id)
{
	(void)fastpath;
	(void)ifindex;
	(void)id;
}

void ipudpd_fastpath_tunnel_counters(const struct ipudpd_fastpath *fastpath, uint32_t ifindex,
				     uint32_t id, struct ipudpd_fastpath_counters *ret)
{
	static const struct ipudpd_fastpath_counters zero;

	(void)fastpath;
	(void)ifindex;
	(void)id;
	*ret = zero;
}

int ipudpd_fastpath_rule_set(struct ipudpd_fastpath *fastpath,
			     const struct ipudpd_fastpath_rule *rule)
{
	(void)fastpath;
	(void)rule;
	return -EOPNOTSUPP;
}

void ipudpd_fastpath_rule_del(struct ipudpd_fastpath *fastpath, uint32_t ifindex,
			      const struct lvn_prefix *prefix)
{
	(void)fastpath;
	(void)ifindex;
	(void)prefix;
}

int ipudpd_fastpath_link_set(struct ipudpd_fastpath *fastpath, uint32_t ifindex, bool xdp)
{
	(void)fastpath;
	(void)ifindex;
	(void)xdp;
	return -EOPNOTSUPP;
}

void ipudpd_fastpath_link_del(struct ipudpd_fastpath *fastpath, uint32_t ifindex)
{
	(void)fastpath;
	(void)ifindex;
}

int ipudpd_fastpath_gro(struct ipudpd_fastpath *fastpath, bool on)
{
	(void)fastpath;
	return on ? -EOPNOTSUPP : 0;
}

void ipudpd_fastpath_drops(const struct ipudpd_fastpath *fastpath, uint32_t ifindex, uint64_t *rx,
			   uint64_t *tx)
{
	(void)fastpath;
	(void)ifindex;
	*rx = 0;
	*tx = 0;
}

void ipudpd_fastpath_left(const struct ipudpd_fastpath *fastpath,
			  uint64_t ret[IPUDPD_FASTPATH_LEFT_MAX])
{
	size_t i;

	(void)fastpath;
	for (i = 0; i < IPUDPD_FASTPATH_LEFT_MAX; i++)
		ret[i] = 0;
}

const char *ipudpd_fastpath_left_name(enum ipudpd_fastpath_left left)
{
	(void)left;
	return "none";
}
