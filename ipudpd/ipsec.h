/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec policies (xfrm) of this namespace. The stack obeys them for each packet that a socket sends
 * or receives; whoever goes past the stack has to know of them. Control thread.
 */
#ifndef _IPUDP_IPSEC_H
#define _IPUDP_IPSEC_H

#include <linux/xfrm.h>
#include <stdbool.h>
#include <stddef.h>

struct ipudp_tunnel;

/** enum ipudp_ipsec_default - what becomes of packets that no policy matches, as bits */
enum ipudp_ipsec_default {
	IPUDP_IPSEC_BLOCKS_IN = 1,
	IPUDP_IPSEC_BLOCKS_OUT = 2,
	IPUDP_IPSEC_BLOCKS_FORWARD = 4,
};

/**
 * struct ipudp_ipsec_policy - a policy that does anything but let packets pass as they are
 * @selector: which packets
 * @dir: XFRM_POLICY_IN, _OUT or _FWD
 */
struct ipudp_ipsec_policy {
	struct xfrm_selector selector;
	unsigned int dir;
};

/**
 * struct ipudp_ipsec - the policies
 * @fd: netlink socket with news of them, -1 if the kernel knows no IPsec
 * @stale: there were news since they were read
 * @unknown: they cannot be read, so any may be there
 * @blocks: enum ipudp_ipsec_default
 * @policies: @n of them
 * @n: how many
 * @room: of @policies
 */
struct ipudp_ipsec {
	int fd;
	bool stale;
	bool unknown;
	unsigned int blocks;
	struct ipudp_ipsec_policy *policies;
	size_t n;
	size_t room;
};

/** ipudp_ipsec_open() - listen to news, and read all at the next refresh */
void ipudp_ipsec_open(struct ipudp_ipsec *ipsec);

/** ipudp_ipsec_close() - free it */
void ipudp_ipsec_close(struct ipudp_ipsec *ipsec);

/**
 * ipudp_ipsec_refresh() - read the news, and the policies if there are any
 * Return: whether they may be others than before.
 */
bool ipudp_ipsec_refresh(struct ipudp_ipsec *ipsec);

/** ipudp_ipsec_why() - why a tunnel's datagrams are for the stack alone; NULL if they are not */
const char *ipudp_ipsec_why(const struct ipudp_ipsec *ipsec, const struct ipudp_tunnel *tunnel);

/** ipudp_ipsec_any() - whether there is anything that forwarded packets would have to obey */
bool ipudp_ipsec_any(const struct ipudp_ipsec *ipsec);

#endif
