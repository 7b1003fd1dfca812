// SPDX-License-Identifier: GPL-2.0-or-later
/* ipudpd: packets as a TUN may hand them over, with any offloads; segments stay within them. */
#include <stdlib.h>
#include <string.h>

#include <linux/virtio_net.h>

#include "ipudpd/packet.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t headers[IPUDPD_HEADERS_MAX], *copy;
	struct virtio_net_hdr virtio;
	struct ipudpd_packet packet;
	const uint8_t *payload;
	unsigned int n, i;
	size_t len, sum = 0;

	if (size < sizeof(virtio) || size > IPUDPD_PACKET_MAX)
		return 0;
	memcpy(&virtio, data, sizeof(virtio));
	len = size - sizeof(virtio);
	copy = malloc(len ? len : 1);
	if (!copy)
		return 0;
	memcpy(copy, data + sizeof(virtio), len);
	if (ipudpd_packet_read(&virtio, copy, len, &packet)) {
		n = ipudpd_packet_segments(&packet);
		ipudpd_packet_hash(&packet);
		ipudpd_packet_set_tos(copy, 3);
		if (ipudpd_packet_largest(&packet) > len)
			abort();
		for (i = 0; packet.gso && i < n; i++) {
			sum += ipudpd_packet_segment(&packet, i, headers, &payload);
			if (payload < copy || payload > copy + len)
				abort();
		}
		if (packet.gso && sum != len - packet.headers)
			abort();
	}
	free(copy);
	return 0;
}
