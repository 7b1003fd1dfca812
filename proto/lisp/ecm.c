// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Encapsulated control messages.
 */
#include "proto/lisp/ecm.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <netinet/in.h>

#include "lib/base/wire.h"

#define ECM_S 0x08000000u
#define ECM_D 0x04000000u
#define ECM_R 0x00400000u
#define ECM_N 0x00200000u
#define TYPE_SHIFT 28

/* draft-ermagan-lisp-nat-traversal: authentication between Map-Server and RTR. */
#define AD_TYPE_RTR 2

#define IPV4_LEN 20
#define IPV6_LEN 40
#define UDP_LEN 8
#define TTL 255
#define IPV4_DONT_FRAGMENT 0x4000
#define IPV4_FRAGMENT 0x3fff

/* RFC 1071; @sum is what was summed before. */
static uint32_t sum_bytes(const uint8_t *data, size_t len, uint32_t sum)
{
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += data[i] << 8 | data[i + 1];
	if (len & 1)
		sum += data[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* Of UDP header and payload, with the pseudo header. */
static uint16_t udp_sum(const struct lvn_addr *source, const struct lvn_addr *destination,
			const uint8_t *udp, size_t len)
{
	size_t size = lvn_addr_bits(source) / 8;
	uint32_t sum = IPPROTO_UDP + (len >> 16) + (len & 0xffff);

	sum = sum_bytes(source->bytes, size, sum);
	sum = sum_bytes(destination->bytes, size, sum);
	return sum_bytes(udp, len, sum);
}

static int read_rtr_auth(struct lvn_wire_reader *reader, struct lisp_auth *auth)
{
	const uint8_t *data;
	uint16_t key_id, len;

	if (lvn_wire_read_u32(reader) >> 24 != AD_TYPE_RTR)
		return reader->failed ? -EBADMSG : -EOPNOTSUPP;
	/* the 16 bits of RFC 6830 are key id and algorithm today */
	key_id = lvn_wire_read_u16(reader);
	len = lvn_wire_read_u16(reader);
	data = len <= LISP_AUTH_MAX ? lvn_wire_read(reader, len) : NULL;
	if (!data)
		return -EBADMSG;
	auth->key_id = key_id >> 8;
	auth->algorithm = key_id;
	auth->len = len;
	memcpy(auth->data, data, len);
	return 0;
}

static void read_addr(struct lvn_wire_reader *reader, int family, struct lvn_addr *addr)
{
	size_t len = family == AF_INET ? sizeof(addr->v4) : sizeof(addr->v6);
	const uint8_t *bytes = lvn_wire_read(reader, len);

	*addr = (struct lvn_addr){ .family = family };
	if (bytes)
		memcpy(addr->bytes, bytes, len);
}

/* Read an IPv4 header. Return: bytes behind it that belong to the packet, or -EBADMSG. */
static int read_ipv4(struct lvn_wire_reader *reader, struct lisp_ecm *ecm)
{
	const uint8_t *header = reader->at;
	uint16_t total, fragment, sum;
	size_t left = lvn_wire_left(reader), len;
	uint8_t protocol;

	len = (lvn_wire_read_u8(reader) & 0xf) * 4;
	lvn_wire_read_u8(reader);
	total = lvn_wire_read_u16(reader);
	lvn_wire_read_u16(reader);
	fragment = lvn_wire_read_u16(reader);
	lvn_wire_read_u8(reader);
	protocol = lvn_wire_read_u8(reader);
	sum = lvn_wire_read_u16(reader);
	read_addr(reader, AF_INET, &ecm->source.addr);
	read_addr(reader, AF_INET, &ecm->destination.addr);
	if (reader->failed || len < IPV4_LEN || total < len || total > left ||
	    fragment & IPV4_FRAGMENT || protocol != IPPROTO_UDP)
		return -EBADMSG;
	lvn_wire_read(reader, len - IPV4_LEN);
	/* tools leave it 0, and nothing routes by it */
	if (sum && sum_bytes(header, len, 0) != 0xffff)
		return -EBADMSG;
	return total - len;
}

static int read_ipv6(struct lvn_wire_reader *reader, struct lisp_ecm *ecm)
{
	uint8_t next;
	uint16_t len;

	lvn_wire_read_u32(reader);
	len = lvn_wire_read_u16(reader);
	next = lvn_wire_read_u8(reader);
	lvn_wire_read_u8(reader);
	read_addr(reader, AF_INET6, &ecm->source.addr);
	read_addr(reader, AF_INET6, &ecm->destination.addr);
	if (reader->failed || len > lvn_wire_left(reader) || next != IPPROTO_UDP)
		return -EBADMSG;
	return len;
}

static int read_udp(struct lvn_wire_reader *reader, size_t left, struct lisp_ecm *ecm)
{
	const uint8_t *udp = reader->at;
	uint16_t len, sum;

	ecm->source.port = lvn_wire_read_u16(reader);
	ecm->destination.port = lvn_wire_read_u16(reader);
	len = lvn_wire_read_u16(reader);
	sum = lvn_wire_read_u16(reader);
	if (reader->failed || len < UDP_LEN || len > left)
		return -EBADMSG;
	/* RFC 9301 section 5.8: it must be there */
	if (!sum || udp_sum(&ecm->source.addr, &ecm->destination.addr, udp, len) != 0xffff)
		return -EBADMSG;
	ecm->len = len - UDP_LEN;
	ecm->message = lvn_wire_read(reader, ecm->len);
	return ecm->message ? 0 : -EBADMSG;
}

int lisp_ecm_read(const void *data, size_t len, struct lisp_ecm *ret_ecm)
{
	struct lisp_ecm ecm = { .is_ddt = false };
	struct lvn_wire_reader reader;
	int ret = 0, left;
	uint32_t word;

	lvn_wire_reader_init(&reader, data, len);
	word = lvn_wire_read_u32(&reader);
	if (word >> TYPE_SHIFT != LISP_TYPE_ECM)
		return -EBADMSG;
	ecm.is_ddt = word & ECM_D;
	ecm.to_rtr = word & ECM_R;
	ecm.by_rtr = word & ECM_N;
	ecm.has_rtr_auth = word & ECM_S;
	if (ecm.has_rtr_auth)
		ret = read_rtr_auth(&reader, &ecm.auth);
	if (ret < 0)
		return ret;
	ecm.packet = reader.at;
	ecm.packet_len = lvn_wire_left(&reader);
	if (!ecm.packet_len)
		return -EBADMSG;
	switch (*reader.at >> 4) {
	case 4:
		left = read_ipv4(&reader, &ecm);
		break;
	case 6:
		left = read_ipv6(&reader, &ecm);
		break;
	default:
		return -EBADMSG;
	}
	ret = left < 0 ? left : read_udp(&reader, left, &ecm);
	if (!ret)
		*ret_ecm = ecm;
	return ret;
}

static void write_ipv4(struct lvn_wire_writer *writer, const struct lisp_ecm *ecm, size_t len)
{
	uint8_t *header = writer->at;
	uint16_t sum;

	lvn_wire_write_u16(writer, 0x4500);
	lvn_wire_write_u16(writer, IPV4_LEN + len);
	lvn_wire_write_u16(writer, 0);
	lvn_wire_write_u16(writer, IPV4_DONT_FRAGMENT);
	lvn_wire_write_u8(writer, TTL);
	lvn_wire_write_u8(writer, IPPROTO_UDP);
	lvn_wire_write_u16(writer, 0);
	lvn_wire_write(writer, ecm->source.addr.bytes, sizeof(ecm->source.addr.v4));
	lvn_wire_write(writer, ecm->destination.addr.bytes, sizeof(ecm->destination.addr.v4));
	if (writer->failed)
		return;
	sum = ~sum_bytes(header, IPV4_LEN, 0);
	header[10] = sum >> 8;
	header[11] = sum;
}

static void write_ipv6(struct lvn_wire_writer *writer, const struct lisp_ecm *ecm, size_t len)
{
	lvn_wire_write_u32(writer, 6u << TYPE_SHIFT);
	lvn_wire_write_u16(writer, len);
	lvn_wire_write_u8(writer, IPPROTO_UDP);
	lvn_wire_write_u8(writer, TTL);
	lvn_wire_write(writer, ecm->source.addr.bytes, sizeof(ecm->source.addr.v6));
	lvn_wire_write(writer, ecm->destination.addr.bytes, sizeof(ecm->destination.addr.v6));
}

static void write_udp(struct lvn_wire_writer *writer, const struct lisp_ecm *ecm)
{
	uint8_t *udp = writer->at;
	size_t len = UDP_LEN + ecm->len;
	uint16_t sum;

	lvn_wire_write_u16(writer, ecm->source.port);
	lvn_wire_write_u16(writer, ecm->destination.port);
	lvn_wire_write_u16(writer, len);
	lvn_wire_write_u16(writer, 0);
	lvn_wire_write(writer, ecm->message, ecm->len);
	if (writer->failed)
		return;
	sum = ~udp_sum(&ecm->source.addr, &ecm->destination.addr, udp, len);
	if (!sum)
		sum = 0xffff;
	udp[6] = sum >> 8;
	udp[7] = sum;
}

static int write_packet(struct lvn_wire_writer *writer, const struct lisp_ecm *ecm)
{
	int family = ecm->source.addr.family;
	size_t len = UDP_LEN + ecm->len;

	if (family != ecm->destination.addr.family || (family != AF_INET && family != AF_INET6))
		return -EINVAL;
	if (IPV4_LEN + len > UINT16_MAX)
		return -ENOSPC;
	if (family == AF_INET)
		write_ipv4(writer, ecm, len);
	else
		write_ipv6(writer, ecm, len);
	write_udp(writer, ecm);
	return 0;
}

int lisp_ecm_write(const struct lisp_ecm *ecm, void *data, size_t size)
{
	uint32_t word = (uint32_t)LISP_TYPE_ECM << TYPE_SHIFT;
	struct lvn_wire_writer writer;
	int ret = 0;

	lvn_wire_writer_init(&writer, data, size);
	word |= ecm->has_rtr_auth ? ECM_S : 0;
	word |= ecm->is_ddt ? ECM_D : 0;
	word |= ecm->to_rtr ? ECM_R : 0;
	word |= ecm->by_rtr ? ECM_N : 0;
	lvn_wire_write_u32(&writer, word);
	if (ecm->has_rtr_auth) {
		lvn_wire_write_u32(&writer, AD_TYPE_RTR << 24);
		lvn_wire_write_u16(&writer, ecm->auth.key_id << 8 | ecm->auth.algorithm);
		lvn_wire_write_u16(&writer, ecm->auth.len);
		lvn_wire_write(&writer, ecm->auth.data, ecm->auth.len);
	}
	if (ecm->packet)
		lvn_wire_write(&writer, ecm->packet, ecm->packet_len);
	else
		ret = write_packet(&writer, ecm);
	if (ret < 0)
		return ret;
	return writer.failed ? -ENOSPC : (int)lvn_wire_len(&writer);
}
