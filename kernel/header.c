// SPDX-License-Identifier: GPL-2.0-only
/* The headers that a device can put before the inner packet. */

#include "header.h"

const struct ipudp_header_ops ipudp_header_bare = {
	.header = IPUDP_HEADER_BARE,
	.len = 0,
};

const struct ipudp_header_ops *ipudp_header_of(u8 header)
{
	return header == IPUDP_HEADER_BARE ? &ipudp_header_bare : NULL;
}
