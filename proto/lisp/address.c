// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Addresses in LISP messages, plain and in LCAFs.
 */
#include "proto/lisp/address.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/wire.h"

enum {
	AFI_NONE = 0,
	AFI_IPV4 = 1,
	AFI_IPV6 = 2,
	AFI_NAME = 17,
	AFI_LCAF = 16387,
};

/* RFC 8060 section 4. */
enum {
	LCAF_LIST = 1,
	LCAF_IID = 2,
	LCAF_NAT = 7,
};

/* The deepest that makes sense: an instance id around a list of an address and a name. */
#define LCAF_DEPTH_MAX 2

/**
 * struct lcaf - the head of an LCAF
 * @type: what it holds
 * @reserved2: a byte whose meaning depends on @type
 * @body: what it holds
 */
struct lcaf {
	uint8_t type;
	uint8_t reserved2;
	struct lvn_wire_reader body;
};

static int read_lcaf(struct lvn_wire_reader *reader, struct lcaf *lcaf)
{
	const uint8_t *body;
	uint16_t len;

	lvn_wire_read_u16(reader); /* Rsvd1 and Flags: to be ignored */
	lcaf->type = lvn_wire_read_u8(reader);
	lcaf->reserved2 = lvn_wire_read_u8(reader);
	len = lvn_wire_read_u16(reader);
	body = lvn_wire_read(reader, len);
	if (!body)
		return -EBADMSG;
	lvn_wire_reader_init(&lcaf->body, body, len);
	return 0;
}

static int read_ip(struct lvn_wire_reader *reader, int family, struct lvn_addr *ip)
{
	size_t len = family == AF_INET ? sizeof(ip->v4) : sizeof(ip->v6);
	const uint8_t *bytes = lvn_wire_read(reader, len);

	if (!bytes)
		return -EBADMSG;
	*ip = (struct lvn_addr){ .family = family };
	memcpy(ip->bytes, bytes, len);
	return 0;
}

static int read_name(struct lvn_wire_reader *reader, char name[LISP_NAME_SIZE])
{
	size_t n = 0;

	do {
		if (n == LISP_NAME_SIZE || !lvn_wire_left(reader))
			return -EBADMSG;
		name[n] = lvn_wire_read_u8(reader);
	} while (name[n++]);
	return 0;
}

static int read_address(struct lvn_wire_reader *reader, struct lisp_address *address,
			unsigned int depth);

static int read_iid(struct lcaf *lcaf, struct lisp_address *address, unsigned int depth)
{
	if (address->has_iid)
		return -EBADMSG;
	address->has_iid = true;
	address->iid_bits = lcaf->reserved2;
	address->iid = lvn_wire_read_u32(&lcaf->body);
	if (address->iid > LISP_IID_MAX)
		return -EBADMSG;
	return read_address(&lcaf->body, address, depth);
}

/* Of a list, one address and one name have a meaning: where somebody is, and who he is. */
static int read_list(struct lcaf *lcaf, struct lisp_address *address, unsigned int depth)
{
	int ret;

	while (lvn_wire_left(&lcaf->body)) {
		struct lisp_address item = { .ip.family = AF_UNSPEC };

		ret = read_address(&lcaf->body, &item, depth);
		if (ret < 0)
			return ret;
		if (item.has_iid ||
		    (item.ip.family != AF_UNSPEC && address->ip.family != AF_UNSPEC) ||
		    (*item.name && *address->name))
			return -EAFNOSUPPORT;
		if (item.ip.family != AF_UNSPEC)
			address->ip = item.ip;
		if (*item.name)
			memcpy(address->name, item.name, sizeof(address->name));
	}
	return 0;
}

static int read_nested(struct lvn_wire_reader *reader, struct lisp_address *address,
		       unsigned int depth)
{
	struct lcaf lcaf;
	int ret;

	if (depth == LCAF_DEPTH_MAX)
		return -EAFNOSUPPORT;
	ret = read_lcaf(reader, &lcaf);
	if (ret < 0)
		return ret;
	switch (lcaf.type) {
	case LCAF_IID:
		ret = read_iid(&lcaf, address, depth + 1);
		break;
	case LCAF_LIST:
		ret = read_list(&lcaf, address, depth + 1);
		break;
	default:
		return -EAFNOSUPPORT;
	}
	if (!ret && (lcaf.body.failed || lvn_wire_left(&lcaf.body)))
		ret = -EBADMSG;
	return ret;
}

static int read_address(struct lvn_wire_reader *reader, struct lisp_address *address,
			unsigned int depth)
{
	uint16_t afi = lvn_wire_read_u16(reader);

	if (reader->failed)
		return -EBADMSG;
	switch (afi) {
	case AFI_NONE:
		return 0;
	case AFI_IPV4:
		return read_ip(reader, AF_INET, &address->ip);
	case AFI_IPV6:
		return read_ip(reader, AF_INET6, &address->ip);
	case AFI_NAME:
		return read_name(reader, address->name);
	case AFI_LCAF:
		return read_nested(reader, address, depth);
	default:
		return -EAFNOSUPPORT;
	}
}

int lisp_address_read(struct lvn_wire_reader *reader, struct lisp_address *ret_address)
{
	struct lisp_address address = { .ip.family = AF_UNSPEC };
	int ret;

	ret = read_address(reader, &address, 0);
	if (!ret)
		*ret_address = address;
	return ret;
}

static size_t ip_len(const struct lvn_addr *ip)
{
	return lvn_addr_bits(ip) / 8;
}

static void write_ip(struct lvn_wire_writer *writer, const struct lvn_addr *ip)
{
	switch (ip->family) {
	case AF_INET:
		lvn_wire_write_u16(writer, AFI_IPV4);
		break;
	case AF_INET6:
		lvn_wire_write_u16(writer, AFI_IPV6);
		break;
	default:
		lvn_wire_write_u16(writer, AFI_NONE);
	}
	lvn_wire_write(writer, ip->bytes, ip_len(ip));
}

static void write_lcaf(struct lvn_wire_writer *writer, uint8_t type, uint8_t reserved2, size_t len)
{
	lvn_wire_write_u16(writer, AFI_LCAF);
	lvn_wire_write_u16(writer, 0);
	lvn_wire_write_u8(writer, type);
	lvn_wire_write_u8(writer, reserved2);
	lvn_wire_write_u16(writer, len);
}

/* An address, a name, or a list of both. */
static void write_plain(struct lvn_wire_writer *writer, const struct lisp_address *address)
{
	size_t name_len = strlen(address->name) + 1;

	if (!*address->name) {
		write_ip(writer, &address->ip);
		return;
	}
	if (address->ip.family != AF_UNSPEC) {
		write_lcaf(writer, LCAF_LIST, 0, 2 + ip_len(&address->ip) + 2 + name_len);
		write_ip(writer, &address->ip);
	}
	lvn_wire_write_u16(writer, AFI_NAME);
	lvn_wire_write(writer, address->name, name_len);
}

static size_t plain_len(const struct lisp_address *address)
{
	size_t name_len = strlen(address->name) + 1;

	if (!*address->name)
		return 2 + ip_len(&address->ip);
	if (address->ip.family == AF_UNSPEC)
		return 2 + name_len;
	return 8 + 2 + ip_len(&address->ip) + 2 + name_len;
}

void lisp_address_write(struct lvn_wire_writer *writer, const struct lisp_address *address)
{
	if (address->has_iid) {
		write_lcaf(writer, LCAF_IID, address->iid_bits, 4 + plain_len(address));
		lvn_wire_write_u32(writer, address->iid);
	}
	write_plain(writer, address);
}

struct lisp_address lisp_address_of(const struct lvn_addr *ip)
{
	return (struct lisp_address){ .ip = *ip };
}

int lisp_eid_from(const struct lisp_address *address, uint8_t len, struct lisp_eid *ret_eid)
{
	struct lisp_eid eid = {
		.has_iid = address->has_iid,
		.iid = address->iid,
		.iid_bits = address->iid_bits,
		.prefix = { .addr = address->ip, .len = len },
	};

	if (address->ip.family == AF_UNSPEC || *address->name)
		return -EAFNOSUPPORT;
	if (len > lvn_addr_bits(&address->ip))
		return -EBADMSG;
	lvn_addr_mask(&eid.prefix.addr, len);
	*ret_eid = eid;
	return 0;
}

struct lisp_address lisp_eid_address(const struct lisp_eid *eid)
{
	return (struct lisp_address){
		.ip = eid->prefix.addr,
		.has_iid = eid->has_iid,
		.iid = eid->iid,
		.iid_bits = eid->iid_bits,
	};
}

bool lisp_eid_equal(const struct lisp_eid *a, const struct lisp_eid *b)
{
	return a->iid == b->iid && lvn_prefix_equal(&a->prefix, &b->prefix);
}

static int read_nat_addr(struct lvn_wire_reader *reader, struct lvn_addr *ip)
{
	struct lisp_address address;
	int ret;

	ret = lisp_address_read(reader, &address);
	if (ret < 0)
		return ret;
	if (address.has_iid || *address.name)
		return -EAFNOSUPPORT;
	*ip = address.ip;
	return 0;
}

int lisp_nat_read(struct lvn_wire_reader *reader, struct lisp_nat *ret_nat)
{
	struct lisp_nat nat = { .n_rtrs = 0 };
	struct lcaf lcaf;
	int ret;

	if (lvn_wire_read_u16(reader) != AFI_LCAF)
		return reader->failed ? -EBADMSG : -EAFNOSUPPORT;
	ret = read_lcaf(reader, &lcaf);
	if (ret < 0)
		return ret;
	if (lcaf.type != LCAF_NAT)
		return -EAFNOSUPPORT;
	nat.ms_port = lvn_wire_read_u16(&lcaf.body);
	nat.etr_port = lvn_wire_read_u16(&lcaf.body);
	ret = read_nat_addr(&lcaf.body, &nat.etr);
	if (!ret)
		ret = read_nat_addr(&lcaf.body, &nat.ms);
	if (!ret)
		ret = read_nat_addr(&lcaf.body, &nat.etr_private);
	while (!ret && lvn_wire_left(&lcaf.body)) {
		struct lvn_addr rtr;

		ret = read_nat_addr(&lcaf.body, &rtr);
		/* more than we need, or an AFI 0 that stands for none */
		if (!ret && rtr.family != AF_UNSPEC && nat.n_rtrs < LISP_RTRS_MAX)
			nat.rtrs[nat.n_rtrs++] = rtr;
	}
	if (!ret)
		*ret_nat = nat;
	return ret;
}

void lisp_nat_write(struct lvn_wire_writer *writer, const struct lisp_nat *nat)
{
	size_t len =
		2 + 2 + 3 * 2 + ip_len(&nat->etr) + ip_len(&nat->ms) + ip_len(&nat->etr_private);
	unsigned int i;

	for (i = 0; i < nat->n_rtrs; i++)
		len += 2 + ip_len(&nat->rtrs[i]);
	write_lcaf(writer, LCAF_NAT, 0, len);
	lvn_wire_write_u16(writer, nat->ms_port);
	lvn_wire_write_u16(writer, nat->etr_port);
	write_ip(writer, &nat->etr);
	write_ip(writer, &nat->ms);
	write_ip(writer, &nat->etr_private);
	for (i = 0; i < nat->n_rtrs; i++)
		write_ip(writer, &nat->rtrs[i]);
}
