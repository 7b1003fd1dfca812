/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors of what becomes of a datagram that came from a tunnel's remote: its payload and its outer
 * TOS, and the verdict (RFC 6040, section 4.2, among others). For the module, the daemon in user
 * space and the eBPF programs; the header of the ABI is included before.
 *
 * The tunnel has the rules 10.9.0.0/29 and fd09::/124. In them, 10.9.0.3/32 and fd09::3/128 are
 * rules of another tunnel of its device.
 */
#ifndef _IPUDP_DATAGRAM_VECTORS_H
#define _IPUDP_DATAGRAM_VECTORS_H

/* Bytes of the largest payload. */
#define DATAGRAM_MAX 96

/* Where a payload is longer than the packet it is made of, it is of these. */
#define DATAGRAM_FILLER 0xee

/* Verdicts: these, and enum ipudp_drop_reason, of which some have a short name here. */
#define DELIVERED (-1)
#define HEARD (-2) /* a keepalive */
#define FRAME (-3)
#define RUNT IPUDP_DROP_REASON_RX_RUNT
#define MALFORMED IPUDP_DROP_REASON_RX_MALFORMED
#define CONGESTED IPUDP_DROP_REASON_RX_ECN
#define WRONG_SOURCE IPUDP_DROP_REASON_RX_SOURCE

/* The bytes that say the ECN inside, with the checksum of IPv4. */
/* clang-format off */
#define ECN4(ecn) { 1, 0xb8 | (ecn) }, { 11, 0x85 - (ecn) }
#define ECN6(ecn) { 1, 0x8b | (ecn) << 4 }
/* clang-format on */

/**
 * struct datagram_change - a byte that is changed
 * @at: which, 0 for none
 * @value: to what
 */
struct datagram_change {
	unsigned char at;
	unsigned char value;
};

/**
 * struct datagram_vector - one of them
 * @what: for people
 * @inner: whether the payload is made of datagram_inner4 (4) or of datagram_inner6 (6)
 * @first: first byte of the payload, if it has one
 * @len: bytes of the payload
 * @outer_tos: DSCP and ECN outside
 * @changes: bytes of the payload that are changed, beside the first
 * @want: the verdict, if the device checks inner sources; if not, WRONG_SOURCE is DELIVERED
 * @want_len: bytes that are delivered, from the first one of the payload
 * @want_changes: in what these differ from the payload
 */
struct datagram_vector {
	const char *what;
	unsigned char inner;
	unsigned char first;
	unsigned short len;
	unsigned char outer_tos;
	struct datagram_change changes[3];
	int want;
	unsigned short want_len;
	struct datagram_change want_changes[2];
};

static inline void datagram_change(unsigned char *data, const struct datagram_change *changes,
				   int n)
{
	for (; n && changes->at; n--, changes++)
		data[changes->at] = changes->value;
}

/*
 * UDP from 10.9.0.1 to 203.0.113.15 with DSCP 46, all checksums right. The last byte of the
 * header's is large enough that ECN, which is taken from it, changes no other.
 */
static const unsigned char datagram_inner4[64] = {
	0x45, 0xb8, 0x00, 0x40, 0x13, 0x57, 0x40, 0x00, 0x09, 0x11, 0x17, 0x85, 0x0a,
	0x09, 0x00, 0x01, 0xcb, 0x00, 0x71, 0x0f, 0x12, 0x34, 0x00, 0x35, 0x00, 0x2c,
	0x9e, 0x70, 0x0b, 0x30, 0x55, 0x7a, 0x9f, 0xc4, 0xe9, 0x0e, 0x33, 0x58, 0x7d,
	0xa2, 0xc7, 0xec, 0x11, 0x36, 0x5b, 0x80, 0xa5, 0xca, 0xef, 0x14, 0x39, 0x5e,
	0x83, 0xa8, 0xcd, 0xf2, 0x17, 0x3c, 0x61, 0x86, 0xab, 0xd0, 0xf5, 0x1a,
};

/* UDP from fd09::1 to 2001:db8:ffff::f with DSCP 46 and a flow label. */
static const unsigned char datagram_inner6[64] = {
	0x6b, 0x8b, 0xee, 0xf1, 0x00, 0x18, 0x11, 0x09, 0xfd, 0x09, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x01, 0x20, 0x01,
	0x0d, 0xb8, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x0f, 0x12, 0x34, 0x00, 0x35, 0x00, 0x18, 0x4e, 0xe7, 0x0b, 0x30, 0x55, 0x7a,
	0x9f, 0xc4, 0xe9, 0x0e, 0x33, 0x58, 0x7d, 0xa2, 0xc7, 0xec, 0x11, 0x36,
};

/* Make the payload of a vector, and what is wanted of it; DATAGRAM_MAX bytes each. */
static inline void datagram_make(const struct datagram_vector *vector, unsigned char *payload,
				 unsigned char *want)
{
	memset(payload, DATAGRAM_FILLER, DATAGRAM_MAX);
	if (vector->inner == 4)
		memcpy(payload, datagram_inner4, sizeof(datagram_inner4));
	else
		memcpy(payload, datagram_inner6, sizeof(datagram_inner6));
	payload[0] = vector->first;
	datagram_change(payload, vector->changes, 3);
	memcpy(want, payload, DATAGRAM_MAX);
	datagram_change(want, vector->want_changes, 2);
}

static const struct datagram_vector datagram_vectors[] = {
	/* what a datagram is */
	{ "nothing", 4, 0x00, 0, 0, {}, RUNT, 0, {} },
	{ "keepalive", 4, 0xff, 1, 0, {}, HEARD, 0, {} },
	{ "0xff and more", 4, 0xff, 2, 0, {}, FRAME, 0, {} },
	{ "STUN request", 4, 0x00, 64, 0, {}, FRAME, 0, {} },
	{ "STUN answer", 4, 0x01, 64, 0, {}, FRAME, 0, {} },
	{ "last of STUN", 4, 0x03, 64, 0, {}, FRAME, 0, {} },
	{ "behind STUN", 4, 0x04, 64, 0, {}, FRAME, 0, {} },
	{ "DTLS", 4, 0x14, 64, 0, {}, FRAME, 0, {} },
	{ "before IPv4", 4, 0x3f, 64, 0, {}, FRAME, 0, {} },
	{ "version 5", 4, 0x50, 64, 0, {}, FRAME, 0, {} },
	{ "version 5, all bits", 4, 0x5f, 64, 0, {}, FRAME, 0, {} },
	{ "version 7", 4, 0x70, 64, 0, {}, FRAME, 0, {} },
	{ "RTP", 4, 0x80, 64, 0, {}, FRAME, 0, {} },
	{ "before TSP", 4, 0xef, 64, 0, {}, FRAME, 0, {} },
	{ "TSP", 4, 0xf0, 64, 0, {}, FRAME, 0, {} },
	{ "TSP of two bits", 4, 0xfe, 64, 0, {}, FRAME, 0, {} },
	{ "0xff before much", 4, 0xff, 64, 0, {}, FRAME, 0, {} },
	{ "one byte of STUN", 4, 0x00, 1, 0, {}, FRAME, 0, {} },
	{ "one byte of TSP", 4, 0xfe, 1, 0, {}, FRAME, 0, {} },
	/* lengths, IPv4 */
	{ "IPv4", 4, 0x45, 64, 0, {}, DELIVERED, 64, {} },
	{ "one byte of IPv4", 4, 0x45, 1, 0, {}, MALFORMED, 0, {} },
	{ "header of IPv4 cut", 4, 0x45, 19, 0, {}, MALFORMED, 0, {} },
	{ "header of IPv4, long", 4, 0x45, 20, 0, {}, MALFORMED, 0, {} },
	{ "header of IPv4 alone", 4, 0x45, 20, 0, { { 3, 20 } }, DELIVERED, 20, {} },
	{ "payload of IPv4 cut", 4, 0x45, 63, 0, {}, MALFORMED, 0, {} },
	{ "with a byte behind it", 4, 0x45, 65, 0, {}, DELIVERED, 64, {} },
	{ "with many bytes behind it", 4, 0x45, 96, 0, {}, DELIVERED, 64, {} },
	{ "length one too large", 4, 0x45, 64, 0, { { 3, 65 } }, MALFORMED, 0, {} },
	{ "length far too large", 4, 0x45, 64, 0, { { 2, 0xff }, { 3, 0xff } }, MALFORMED, 0, {} },
	{ "length one smaller", 4, 0x45, 64, 0, { { 3, 63 } }, DELIVERED, 63, {} },
	{ "length of the header", 4, 0x45, 64, 0, { { 3, 20 } }, DELIVERED, 20, {} },
	{ "length below the header", 4, 0x45, 64, 0, { { 3, 19 } }, MALFORMED, 0, {} },
	{ "length 0", 4, 0x45, 64, 0, { { 3, 0 } }, MALFORMED, 0, {} },
	{ "header length 0", 4, 0x40, 64, 0, {}, MALFORMED, 0, {} },
	{ "header length 4", 4, 0x44, 64, 0, {}, MALFORMED, 0, {} },
	{ "with options", 4, 0x46, 64, 0, {}, DELIVERED, 64, {} },
	{ "with all options", 4, 0x4f, 64, 0, {}, DELIVERED, 64, {} },
	{ "options alone", 4, 0x4f, 60, 0, { { 3, 60 } }, DELIVERED, 60, {} },
	{ "options beyond the length", 4, 0x4f, 64, 0, { { 3, 59 } }, MALFORMED, 0, {} },
	{ "options behind the datagram", 4, 0x46, 20, 0, { { 3, 24 } }, MALFORMED, 0, {} },
	{ "options cut, as the length says", 4, 0x4f, 59, 0, { { 3, 59 } }, MALFORMED, 0, {} },
	{ "no options, against the header", 4, 0x46, 20, 0, { { 3, 20 } }, MALFORMED, 0, {} },
	{ "first fragment", 4, 0x45, 64, 0, { { 6, 0x20 } }, DELIVERED, 64, {} },
	{ "later fragment", 4, 0x45, 64, 0, { { 6, 0 }, { 7, 5 } }, DELIVERED, 64, {} },
	{ "header checksum wrong", 4, 0x45, 64, 0, { { 10, 0xff } }, DELIVERED, 64, {} },
	{ "of no known protocol", 4, 0x45, 64, 0, { { 9, 253 } }, DELIVERED, 64, {} },
	{ "TTL 0", 4, 0x45, 64, 0, { { 8, 0 } }, DELIVERED, 64, {} },
	/* lengths, IPv6 */
	{ "IPv6", 6, 0x6b, 64, 0, {}, DELIVERED, 64, {} },
	{ "one byte of IPv6", 6, 0x6b, 1, 0, {}, MALFORMED, 0, {} },
	{ "IPv6 of 19 bytes", 6, 0x6b, 19, 0, {}, MALFORMED, 0, {} },
	{ "IPv6 of 20 bytes", 6, 0x6b, 20, 0, { { 5, 0 } }, MALFORMED, 0, {} },
	{ "header of IPv6 cut", 6, 0x6b, 39, 0, { { 5, 0 } }, MALFORMED, 0, {} },
	{ "header of IPv6, long", 6, 0x6b, 40, 0, {}, MALFORMED, 0, {} },
	{ "header of IPv6 alone", 6, 0x6b, 40, 0, { { 5, 0 } }, DELIVERED, 40, {} },
	{ "payload of IPv6 cut", 6, 0x6b, 63, 0, {}, MALFORMED, 0, {} },
	{ "with a byte behind it", 6, 0x6b, 65, 0, {}, DELIVERED, 64, {} },
	{ "with many bytes behind it", 6, 0x6b, 96, 0, {}, DELIVERED, 64, {} },
	{ "length one too large", 6, 0x6b, 64, 0, { { 5, 25 } }, MALFORMED, 0, {} },
	{ "length far too large", 6, 0x6b, 64, 0, { { 4, 0xff }, { 5, 0xff } }, MALFORMED, 0, {} },
	{ "length one smaller", 6, 0x6b, 64, 0, { { 5, 23 } }, DELIVERED, 63, {} },
	{ "length 0", 6, 0x6b, 64, 0, { { 5, 0 } }, DELIVERED, 40, {} },
	{ "jumbogram", 6, 0x6b, 64, 0, { { 5, 0 }, { 6, 0 } }, DELIVERED, 40, {} },
	{ "with hop-by-hop options", 6, 0x6b, 64, 0, { { 6, 0 } }, DELIVERED, 64, {} },
	{ "fragment", 6, 0x6b, 64, 0, { { 6, 44 } }, DELIVERED, 64, {} },
	{ "without next header", 6, 0x6b, 64, 0, { { 6, 59 } }, DELIVERED, 64, {} },
	{ "hop limit 0", 6, 0x6b, 64, 0, { { 7, 0 } }, DELIVERED, 64, {} },
	{ "version 6, IPv4 behind it", 4, 0x65, 64, 0, {}, MALFORMED, 0, {} },
	{ "version 4, IPv6 behind it", 6, 0x45, 64, 0, {}, MALFORMED, 0, {} },
	/* sources */
	{ "last source of the rule", 4, 0x45, 64, 0, { { 15, 7 } }, DELIVERED, 64, {} },
	{ "source of no rule", 4, 0x45, 64, 0, { { 15, 8 } }, WRONG_SOURCE, 64, {} },
	{ "source in another's rule", 4, 0x45, 64, 0, { { 15, 3 } }, WRONG_SOURCE, 64, {} },
	{ "source 0.0.0.1", 4, 0x45, 64, 0, { { 12, 0 }, { 13, 0 } }, WRONG_SOURCE, 64, {} },
	{ "last source of the rule", 6, 0x6b, 64, 0, { { 23, 0x0f } }, DELIVERED, 64, {} },
	{ "source behind the rule", 6, 0x6b, 64, 0, { { 23, 0x10 } }, WRONG_SOURCE, 64, {} },
	{ "source of no rule", 6, 0x6b, 64, 0, { { 15, 1 } }, WRONG_SOURCE, 64, {} },
	{ "source in another's rule", 6, 0x6b, 64, 0, { { 23, 3 } }, WRONG_SOURCE, 64, {} },
	{ "no rule, a byte behind it", 4, 0x45, 65, 0, { { 15, 8 } }, WRONG_SOURCE, 64, {} },
	/* which of two reasons */
	{ "CE, malformed", 4, 0x45, 64, 3, { { 3, 65 } }, MALFORMED, 0, {} },
	{ "CE, malformed", 6, 0x6b, 64, 3, { { 5, 25 } }, MALFORMED, 0, {} },
	{ "CE, source of no rule", 4, 0x45, 64, 3, { { 15, 8 } }, CONGESTED, 0, {} },
	{ "CE, source of no rule", 6, 0x6b, 64, 3, { { 15, 1 } }, CONGESTED, 0, {} },
	{ "no rule, malformed", 4, 0x45, 64, 0, { { 3, 65 }, { 15, 8 } }, MALFORMED, 0, {} },
	{ "CE before a keepalive", 4, 0xff, 1, 3, {}, HEARD, 0, {} },
	/* congestion of a packet with bytes behind it, or without a right checksum */
	{ "CE, a byte behind it", 4, 0x45, 65, 3, { ECN4(2) }, DELIVERED, 64, { ECN4(3) } },
	{ "CE, a byte behind it", 6, 0x6b, 65, 3, { ECN6(2) }, DELIVERED, 64, { ECN6(3) } },
	{ "CE, wrong sum", 4, 0x45, 64, 3, { ECN4(2), { 10, 0xff } }, DELIVERED, 64, { ECN4(3) } },
	{ "CE, options", 4, 0x46, 64, 3, { ECN4(2) }, DELIVERED, 64, { ECN4(3) } },
	/* congestion, RFC 6040, section 4.2 */
	{ "not ECT over not ECT", 4, 0x45, 64, 0x28, {}, DELIVERED, 64, {} },
	{ "ECT(1) over not ECT", 4, 0x45, 64, 0x29, {}, DELIVERED, 64, {} },
	{ "ECT(0) over not ECT", 4, 0x45, 64, 0x2a, {}, DELIVERED, 64, {} },
	{ "CE over not ECT", 4, 0x45, 64, 0x2b, {}, CONGESTED, 0, {} },
	{ "not ECT over ECT(1)", 4, 0x45, 64, 0x28, { ECN4(1) }, DELIVERED, 64, {} },
	{ "ECT(1) over ECT(1)", 4, 0x45, 64, 0x29, { ECN4(1) }, DELIVERED, 64, {} },
	{ "ECT(0) over ECT(1)", 4, 0x45, 64, 0x2a, { ECN4(1) }, DELIVERED, 64, {} },
	{ "CE over ECT(1)", 4, 0x45, 64, 0x2b, { ECN4(1) }, DELIVERED, 64, { ECN4(3) } },
	{ "not ECT over ECT(0)", 4, 0x45, 64, 0x28, { ECN4(2) }, DELIVERED, 64, {} },
	{ "ECT(1) over ECT(0)", 4, 0x45, 64, 0x29, { ECN4(2) }, DELIVERED, 64, { ECN4(1) } },
	{ "ECT(0) over ECT(0)", 4, 0x45, 64, 0x2a, { ECN4(2) }, DELIVERED, 64, {} },
	{ "CE over ECT(0)", 4, 0x45, 64, 0x2b, { ECN4(2) }, DELIVERED, 64, { ECN4(3) } },
	{ "not ECT over CE", 4, 0x45, 64, 0x28, { ECN4(3) }, DELIVERED, 64, {} },
	{ "ECT(1) over CE", 4, 0x45, 64, 0x29, { ECN4(3) }, DELIVERED, 64, {} },
	{ "ECT(0) over CE", 4, 0x45, 64, 0x2a, { ECN4(3) }, DELIVERED, 64, {} },
	{ "CE over CE", 4, 0x45, 64, 0x2b, { ECN4(3) }, DELIVERED, 64, {} },
	{ "not ECT over not ECT", 6, 0x6b, 64, 0x28, {}, DELIVERED, 64, {} },
	{ "ECT(1) over not ECT", 6, 0x6b, 64, 0x29, {}, DELIVERED, 64, {} },
	{ "ECT(0) over not ECT", 6, 0x6b, 64, 0x2a, {}, DELIVERED, 64, {} },
	{ "CE over not ECT", 6, 0x6b, 64, 0x2b, {}, CONGESTED, 0, {} },
	{ "not ECT over ECT(1)", 6, 0x6b, 64, 0x28, { ECN6(1) }, DELIVERED, 64, {} },
	{ "ECT(1) over ECT(1)", 6, 0x6b, 64, 0x29, { ECN6(1) }, DELIVERED, 64, {} },
	{ "ECT(0) over ECT(1)", 6, 0x6b, 64, 0x2a, { ECN6(1) }, DELIVERED, 64, {} },
	{ "CE over ECT(1)", 6, 0x6b, 64, 0x2b, { ECN6(1) }, DELIVERED, 64, { ECN6(3) } },
	{ "not ECT over ECT(0)", 6, 0x6b, 64, 0x28, { ECN6(2) }, DELIVERED, 64, {} },
	{ "ECT(1) over ECT(0)", 6, 0x6b, 64, 0x29, { ECN6(2) }, DELIVERED, 64, { ECN6(1) } },
	{ "ECT(0) over ECT(0)", 6, 0x6b, 64, 0x2a, { ECN6(2) }, DELIVERED, 64, {} },
	{ "CE over ECT(0)", 6, 0x6b, 64, 0x2b, { ECN6(2) }, DELIVERED, 64, { ECN6(3) } },
	{ "not ECT over CE", 6, 0x6b, 64, 0x28, { ECN6(3) }, DELIVERED, 64, {} },
	{ "ECT(1) over CE", 6, 0x6b, 64, 0x29, { ECN6(3) }, DELIVERED, 64, {} },
	{ "ECT(0) over CE", 6, 0x6b, 64, 0x2a, { ECN6(3) }, DELIVERED, 64, {} },
	{ "CE over CE", 6, 0x6b, 64, 0x2b, { ECN6(3) }, DELIVERED, 64, {} },
};

#endif
