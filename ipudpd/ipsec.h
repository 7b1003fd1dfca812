/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * IPsec policies (xfrm) of this namespace. The stack obeys them for each packet that a socket sends
 * or receives; whoever goes past the stack has to know of them. Control thread.
 */
#ifndef _IPUDPD_IPSEC_H
#define _IPUDPD_IPSEC_H

#include <linux/xfrm.h>
#include <stdbool.h>
#include <stddef.h>

struct ipudpd_tunnel;

/** enum ipudpd_ipsec_default - what becomes of packets that no policy matches, as bits */
enum ipudpd_ipsec_default {
	IPUDPD_IPSEC_BLOCKS_IN = 1,
	IPUDPD_IPSEC_BLOCKS_OUT = 2,
	IPUDPD_IPSEC_BLOCKS_FORWARD = 4,
};

/**
 * struct ipudpd_ipsec_policy - a policy that does anything but let packets pass as they are
 * @selector: which packets
 * @dir: XFRM_POLICY_IN, _OUT or _FWD
 */
struct ipudpd_ipsec_policy {
	struct xfrm_selector selector;
	unsigned int dir;
};

/**
 * struct ipudpd_ipsec - the policies
 * @fd: netlink socket with news of them, -1 if the kernel knows no IPsec
 * @stale: there were news since they were read
 * @unknown: they cannot be read, so any may be there
 * @blocks: enum ipudpd_ipsec_default
 * @policies: @n of them
 * @n: how many
 * @room: of @policies
 */
struct ipudpd_ipsec {
	int fd;
	bool stale;
	bool unknown;
	unsigned int blocks;
	struct ipudpd_ipsec_policy *policies;
	size_t n;
	size_t room;
};

/** ipudpd_ipsec_open() - listen to news, and read all at the next refresh */
void ipudpd_ipsec_open(struct ipudpd_ipsec *ipsec);

/** ipudpd_ipsec_close() - free it */
void ipudpd_ipsec_close(struct ipudpd_ipsec *ipsec);

/**
 * ipudpd_ipsec_refresh() - read the news, and the policies if there are any
 * Return: whether they may be others than before.
 */
bool ipudpd_ipsec_refresh(struct ipudpd_ipsec *ipsec);

/** ipudpd_ipsec_why() - why a tunnel's datagrams are for the stack alone; NULL if they are not */
const char *ipudpd_ipsec_why(const struct ipudpd_ipsec *ipsec, const struct ipudpd_tunnel *tunnel);

/** ipudpd_ipsec_any() - whether there is anything that forwarded packets would have to obey */
bool ipudpd_ipsec_any(const struct ipudpd_ipsec *ipsec);

#endif
