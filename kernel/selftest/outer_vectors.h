/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of the outer header's fields: an inner header, how the tunnel is configured, and what
 * must come out (RFC 6040, section 4.1; RFC 2003). For the module and for the eBPF programs; the
 * header of the ABI is included before.
 */
#ifndef _IPUDP_OUTER_VECTORS_H
#define _IPUDP_OUTER_VECTORS_H

/* dscp that copies the inner packet's */
#define INHERIT 64

/**
 * struct outer_vector - one of them
 * @what: for people
 * @inner_version: 4 or 6
 * @inner_tos: DSCP and ECN inside
 * @inner_ttl: TTL or hop limit inside
 * @inner_df: Don't Fragment inside
 * @ttl: the tunnel's
 * @dscp: the tunnel's
 * @df: the tunnel's, enum ipudp_df
 * @want_tos: DSCP and ECN outside
 * @want_ttl: TTL or hop limit outside
 * @want_df: Don't Fragment outside, if that is IPv4
 */
struct outer_vector {
	const char *what;
	unsigned char inner_version;
	unsigned char inner_tos;
	unsigned char inner_ttl;
	bool inner_df;
	unsigned char ttl;
	unsigned char dscp;
	unsigned char df;
	unsigned char want_tos;
	unsigned char want_ttl;
	bool want_df;
};

static const struct outer_vector outer_vectors[] = {
	{ "all fixed, not ECN-capable", 4, 0xb8, 7, false, 64, 10, IPUDP_DF_SET, 0x28, 64, true },
	{ "all fixed, ECT(0)", 4, 0xba, 7, false, 64, 10, IPUDP_DF_SET, 0x2a, 64, true },
	{ "ECT(1) copied", 4, 0x01, 7, false, 64, 0, IPUDP_DF_SET, 0x01, 64, true },
	{ "CE copied", 4, 0x03, 7, false, 64, 63, IPUDP_DF_SET, 0xff, 64, true },
	{ "DSCP inherited", 4, 0xb8, 7, false, 64, INHERIT, IPUDP_DF_SET, 0xb8, 64, true },
	{ "TTL inherited", 4, 0, 7, false, 0, 0, IPUDP_DF_SET, 0, 7, true },
	{ "TTL inherited, 0 inside", 4, 0, 0, false, 0, 0, IPUDP_DF_SET, 0, 1, true },
	{ "DF cleared", 4, 0, 7, true, 64, 0, IPUDP_DF_UNSET, 0, 64, false },
	{ "DF inherited, set", 4, 0, 7, true, 64, 0, IPUDP_DF_INHERIT, 0, 64, true },
	{ "DF inherited, clear", 4, 0, 7, false, 64, 0, IPUDP_DF_INHERIT, 0, 64, false },
	{ "IPv6 inside, all fixed", 6, 0xb9, 9, false, 1, 46, IPUDP_DF_SET, 0xb9, 1, true },
	{ "IPv6 inside, hop limit inherited, 0 inside", 6, 0, 0, false, 0, 0, IPUDP_DF_SET, 0, 1,
	  true },
	{ "IPv6 inside, inherited", 6, 0x2b, 9, false, 0, INHERIT, IPUDP_DF_INHERIT, 0x2b, 9,
	  true },
};

#endif
