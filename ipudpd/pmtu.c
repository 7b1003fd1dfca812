// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Packets that are too big for a tunnel's path: the inner sender is told (RFC 1191, RFC 8201), or
 * the packet is fragmented if it may be.
 */

#include "pmtu.h"

#include <arpa/inet.h>
#include <string.h>

#include <linux/ipudp.h>

#include "device.h"
#include "encap.h"
#include "icmp.h"
#include "packet.h"
#include "sender.h"
#include "tunnel.h"
#include "worker.h"

#define MORE_FRAGMENTS 0x2000
#define OFFSET_MASK 0x1fff

/* Options that are not copied into all fragments (RFC 791, section 3.1) become no-operations. */
static void drop_options(uint8_t *header, size_t len)
{
	size_t at = 20;

	while (at < len && header[at]) {
		size_t option = header[at] == 1 ? 1 : at + 1 < len ? header[at + 1] : 0;

		if (!option || at + option > len)
			return;
		if (!(header[at] & 0x80))
			memset(header + at, 1, option);
		at += option;
	}
}

/* Send an IPv4 packet of @headers, which are changed, and @payload in pieces. */
static void fragment(struct ipudp_worker *worker, struct ipudp_outer *outer, uint8_t *header,
		     size_t header_len, const uint8_t *payload, size_t len, unsigned int mtu)
{
	uint16_t flags = header[6] << 8 | header[7], base = flags & OFFSET_MASK;
	size_t piece = (mtu - header_len) & ~7u, offset;

	for (offset = 0; offset < len; offset += piece) {
		size_t this = len - offset < piece ? len - offset : piece;
		bool more = offset + this < len || flags & MORE_FRAGMENTS;
		uint16_t word = (flags & 0xc000) | (more ? MORE_FRAGMENTS : 0) |
				((base + offset / 8) & OFFSET_MASK),
			 sum;

		header[2] = (header_len + this) >> 8;
		header[3] = header_len + this;
		header[6] = word >> 8;
		header[7] = word;
		memset(header + 10, 0, 2);
		sum = ipudp_sum_fold(ipudp_sum(header, header_len, 0));
		memcpy(header + 10, &sum, sizeof(sum));
		ipudp_send_parts(worker, outer, header, header_len, payload + offset, this);
		if (!offset)
			drop_options(header, header_len);
	}
}

/* An aggregate whose segments do not fit is taken apart first. */
static void fragment_segments(struct ipudp_worker *worker, const struct ipudp_packet *packet,
			      unsigned int mtu, struct ipudp_outer *outer)
{
	unsigned int n = ipudp_packet_segments(packet), i;
	size_t ip_len = (packet->data[0] & 15) * 4, transport_len = packet->headers - ip_len;

	for (i = 0; i < n; i++) {
		uint8_t headers[IPUDP_HEADERS_MAX], saved[IPUDP_HEADERS_MAX], *piece;
		const uint8_t *payload;
		size_t len = ipudp_packet_segment(packet, i, headers, &payload);

		if (packet->headers + len <= mtu) {
			ipudp_send_parts(worker, outer, headers, packet->headers, payload, len);
			continue;
		}
		/*
		 * The transport header, as it is in the segment, has to stand before its payload in
		 * one piece: for a moment over the end of the segment before it.
		 */
		ipudp_send_flush(worker);
		piece = (uint8_t *)payload - transport_len;
		memcpy(saved, piece, transport_len);
		memcpy(piece, headers + ip_len, transport_len);
		fragment(worker, outer, headers, ip_len, piece, transport_len + len, mtu);
		ipudp_send_flush(worker);
		memcpy(piece, saved, transport_len);
	}
}

void ipudp_pmtu_exceeded(struct ipudp_worker *worker, struct ipudp_tunnel *tunnel,
			 const struct ipudp_packet *packet, unsigned int mtu,
			 struct ipudp_outer *outer)
{
	size_t header_len = (packet->data[0] & 15) * 4;
	uint8_t header[60];

	if (packet->family == AF_INET && !ipudp_packet_df(packet) && header_len >= 20 &&
	    header_len + 8 <= mtu && header_len <= packet->len) {
		if (packet->gso) {
			fragment_segments(worker, packet, mtu, outer);
			return;
		}
		memcpy(header, packet->data, header_len);
		fragment(worker, outer, header, header_len, packet->data + header_len,
			 packet->len - header_len, mtu);
		return;
	}
	ipudp_icmp_too_big(worker, tunnel->device, packet, mtu);
	ipudp_encap_lost(worker, tunnel, IPUDP_DROP_REASON_TX_TOO_BIG,
			 ipudp_packet_segments(packet));
}
