/* SPDX-License-Identifier: GPL-2.0-only */
/* A header: what stands between the outer UDP header and the inner packet. */
#ifndef _IPUDP_HEADER_H
#define _IPUDP_HEADER_H

#include <linux/skbuff.h>
#include <uapi/linux/ipudp.h>

struct ipudp_device;
struct ipudp_tunnel;

/**
 * struct ipudp_header_ops - a header
 * @header: enum ipudp_header
 * @len: its bytes
 * @push: write it before skb->data, for which there is room; NULL if @len is 0
 * @pull: check it at skb->data and pull it; false drops the packet as malformed; NULL if @len is 0
 */
struct ipudp_header_ops {
	enum ipudp_header header;
	unsigned int len;
	void (*push)(const struct ipudp_tunnel *tunnel, struct sk_buff *skb);
	bool (*pull)(const struct ipudp_tunnel *tunnel, struct sk_buff *skb);
};

extern const struct ipudp_header_ops ipudp_header_bare;

/** ipudp_header_of() - the functions of a header; NULL if there is no such header */
const struct ipudp_header_ops *ipudp_header_of(u8 header);

#endif
