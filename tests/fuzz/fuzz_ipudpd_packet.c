// SPDX-License-Identifier: GPL-2.0-or-later
/* ipudpd: packets as a TUN may hand them over, with any offloads; segments stay within them. */
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_net.h>

#include "ipudpd/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t headers[IPUDP_HEADERS_MAX], *copy;
	struct virtio_net_hdr virtio;
	struct ipudp_packet packet;
	const uint8_t *payload;
	unsigned int n, i;
	size_t len, sum = 0;

	if (size < sizeof(virtio) || size > IPUDP_PACKET_MAX)
		return 0;
	memcpy(&virtio, data, sizeof(virtio));
	len = size - sizeof(virtio);
	copy = malloc(len ? len : 1);
	if (!copy)
		return 0;
	memcpy(copy, data + sizeof(virtio), len);
	if (ipudp_packet_read(&virtio, copy, len, &packet)) {
		n = ipudp_packet_segments(&packet);
		ipudp_packet_hash(&packet);
		ipudp_packet_set_tos(copy, 3);
		if (ipudp_packet_largest(&packet) > len)
			abort();
		for (i = 0; packet.gso && i < n; i++) {
			sum += ipudp_packet_segment(&packet, i, headers, &payload);
			if (payload < copy || payload > copy + len)
				abort();
		}
		if (packet.gso && sum != len - packet.headers)
			abort();
	}
	free(copy);
	return 0;
}
