// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LISP's control messages. Authentication is in auth.c, encapsulation in ecm.c.
 */
#include "proto/lisp/message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "lib/base/wire.h"

#define TYPE_SHIFT 28
#define N_RECORDS_MASK 0xff

/* Map-Request; I is of RFC 9437. */
#define REQUEST_A 0x08000000u
#define REQUEST_M 0x04000000u
#define REQUEST_P 0x02000000u
#define REQUEST_S 0x01000000u
#define REQUEST_PITR 0x00800000u
#define REQUEST_INVOKED 0x00400000u
#define REQUEST_I 0x00100000u
#define REQUEST_L 0x00004000u
#define REQUEST_D 0x00002000u
#define REQUEST_IRC_SHIFT 8
#define REQUEST_IRC_MASK 0x1f
#define RECORD_NOTIFY 0x80

#define REPLY_P 0x08000000u
#define REPLY_E 0x04000000u
#define REPLY_S 0x02000000u

#define REGISTER_P 0x08000000u
#define REGISTER_S 0x04000000u
#define REGISTER_I 0x02000000u
#define REGISTER_R 0x01000000u
#define REGISTER_RELIABLE 0x00002000u
#define REGISTER_E 0x00001000u
#define REGISTER_T 0x00000800u
#define REGISTER_MERGE 0x00000400u
#define REGISTER_M 0x00000100u

#define NOTIFY_I 0x08000000u
#define NOTIFY_R 0x04000000u

#define INFO_R 0x08000000u

/* Begin to read a message. Return: its first word; 0 if it is of another type. */
static uint32_t begin(struct lvn_wire_reader *reader, const void *data, size_t len,
		      enum lisp_type type, uint64_t *nonce)
{
	uint32_t word;

	lvn_wire_reader_init(reader, data, len);
	word = lvn_wire_read_u32(reader);
	*nonce = lvn_wire_read_u64(reader);
	return !reader->failed && word >> TYPE_SHIFT == type ? word : 0;
}

static int skip_record(struct lvn_wire_reader *reader)
{
	struct lisp_locator locator;
	struct lisp_record record;
	int ret;

	ret = lisp_record_read(reader, &record);
	for (; !ret && record.n_locators; record.n_locators--)
		ret = lisp_locator_read(reader, &locator);
	return ret;
}

static int skip_records(struct lvn_wire_reader *reader, unsigned int n)
{
	int ret = 0;

	while (!ret && n--)
		ret = skip_record(reader);
	return ret;
}

static int read_xtr(struct lvn_wire_reader *reader, struct lisp_xtr *xtr)
{
	const uint8_t *xtr_id = lvn_wire_read(reader, LISP_XTR_ID_SIZE);
	const uint8_t *site_id = lvn_wire_read(reader, LISP_SITE_ID_SIZE);

	if (!site_id)
		return -EBADMSG;
	xtr->is_present = true;
	memcpy(xtr->xtr_id, xtr_id, LISP_XTR_ID_SIZE);
	memcpy(xtr->site_id, site_id, LISP_SITE_ID_SIZE);
	return 0;
}

void lisp_xtr_write(struct lvn_wire_writer *writer, const struct lisp_xtr *xtr)
{
	lvn_wire_write(writer, xtr->xtr_id, LISP_XTR_ID_SIZE);
	lvn_wire_write(writer, xtr->site_id, LISP_SITE_ID_SIZE);
}

static int read_itr_rlocs(struct lvn_wire_reader *reader, unsigned int n,
			  struct lisp_map_request *request)
{
	struct lisp_address address;
	unsigned int i;
	int ret;

	for (i = 0; i < n; i++) {
		ret = lisp_address_read(reader, &address);
		if (ret < 0)
			return ret;
		/* AFI 0 stands for none, as in the end of a subscription (RFC 9437 section 5) */
		request->itr_rlocs[request->n_itr_rlocs++] = address.ip;
	}
	return 0;
}

static int read_requested(struct lvn_wire_reader *reader, unsigned int n,
			  struct lisp_map_request *request)
{
	while (n--) {
		struct lisp_requested requested;
		struct lisp_address address;
		uint8_t flags, len;
		int ret;

		flags = lvn_wire_read_u8(reader);
		len = lvn_wire_read_u8(reader);
		ret = lisp_address_read(reader, &address);
		if (!ret)
			ret = lisp_eid_from(&address, len, &requested.eid);
		if (ret < 0)
			return ret;
		requested.wants_notify = flags & RECORD_NOTIFY;
		if (request->n_records < LISP_REQUESTED_MAX)
			request->records[request->n_records++] = requested;
	}
	return 0;
}

int lisp_map_request_read(const void *data, size_t len, struct lisp_map_request *ret_request,
			  struct lvn_wire_reader *ret_record)
{
	struct lisp_map_request request = { .nonce = 0 };
	struct lvn_wire_reader reader, record;
	uint32_t word;
	int ret;

	word = begin(&reader, data, len, LISP_TYPE_MAP_REQUEST, &request.nonce);
	if (!word)
		return -EBADMSG;
	request.is_authoritative = word & REQUEST_A;
	request.has_record = word & REQUEST_M;
	request.is_probe = word & REQUEST_P;
	request.is_smr = word & REQUEST_S;
	request.from_pitr = word & REQUEST_PITR;
	request.smr_invoked = word & REQUEST_INVOKED;
	request.is_local_xtr = word & REQUEST_L;
	request.no_reply = word & REQUEST_D;
	ret = lisp_address_read(&reader, &request.source);
	if (!ret)
		ret = read_itr_rlocs(&reader, (word >> REQUEST_IRC_SHIFT & REQUEST_IRC_MASK) + 1,
				     &request);
	if (!ret)
		ret = read_requested(&reader, word & N_RECORDS_MASK, &request);
	record = reader;
	if (!ret && request.has_record)
		ret = skip_record(&reader);
	if (!ret && word & REQUEST_I)
		ret = read_xtr(&reader, &request.xtr);
	if (!ret && !request.n_records)
		ret = -EBADMSG;
	if (ret < 0)
		return ret;
	*ret_request = request;
	*ret_record = record;
	return 0;
}

void lisp_map_request_write(struct lvn_wire_writer *writer, const struct lisp_map_request *request)
{
	uint32_t word = (uint32_t)LISP_TYPE_MAP_REQUEST << TYPE_SHIFT;
	unsigned int i;

	word |= request->is_authoritative ? REQUEST_A : 0;
	word |= request->has_record ? REQUEST_M : 0;
	word |= request->is_probe ? REQUEST_P : 0;
	word |= request->is_smr ? REQUEST_S : 0;
	word |= request->from_pitr ? REQUEST_PITR : 0;
	word |= request->smr_invoked ? REQUEST_INVOKED : 0;
	word |= request->xtr.is_present ? REQUEST_I : 0;
	word |= request->is_local_xtr ? REQUEST_L : 0;
	word |= request->no_reply ? REQUEST_D : 0;
	word |= (request->n_itr_rlocs - 1) << REQUEST_IRC_SHIFT | request->n_records;
	lvn_wire_write_u32(writer, word);
	lvn_wire_write_u64(writer, request->nonce);
	lisp_address_write(writer, &request->source);
	for (i = 0; i < request->n_itr_rlocs; i++) {
		const struct lisp_address address = lisp_address_of(&request->itr_rlocs[i]);

		lisp_address_write(writer, &address);
	}
	for (i = 0; i < request->n_records; i++) {
		const struct lisp_requested *requested = &request->records[i];
		const struct lisp_address address = lisp_eid_address(&requested->eid);

		lvn_wire_write_u8(writer, requested->wants_notify ? RECORD_NOTIFY : 0);
		lvn_wire_write_u8(writer, requested->eid.prefix.len);
		lisp_address_write(writer, &address);
	}
}

int lisp_map_reply_read(const void *data, size_t len, struct lisp_map_reply *ret_reply,
			struct lvn_wire_reader *ret_records)
{
	struct lvn_wire_reader reader, records;
	struct lisp_map_reply reply = { .nonce = 0 };
	uint32_t word;
	int ret;

	word = begin(&reader, data, len, LISP_TYPE_MAP_REPLY, &reply.nonce);
	if (!word)
		return -EBADMSG;
	reply.is_probe = word & REPLY_P;
	reply.echo_nonce = word & REPLY_E;
	reply.has_security = word & REPLY_S;
	reply.n_records = word & N_RECORDS_MASK;
	records = reader;
	ret = skip_records(&reader, reply.n_records);
	if (ret < 0)
		return ret;
	*ret_reply = reply;
	*ret_records = records;
	return 0;
}

void lisp_map_reply_write(struct lvn_wire_writer *writer, const struct lisp_map_reply *reply)
{
	uint32_t word = (uint32_t)LISP_TYPE_MAP_REPLY << TYPE_SHIFT;

	word |= reply->is_probe ? REPLY_P : 0;
	word |= reply->echo_nonce ? REPLY_E : 0;
	word |= reply->has_security ? REPLY_S : 0;
	lvn_wire_write_u32(writer, word | reply->n_records);
	lvn_wire_write_u64(writer, reply->nonce);
}

static int read_auth(struct lvn_wire_reader *reader, struct lisp_auth *auth)
{
	const uint8_t *data;
	uint16_t len;

	auth->key_id = lvn_wire_read_u8(reader);
	auth->algorithm = lvn_wire_read_u8(reader);
	len = lvn_wire_read_u16(reader);
	if (len > LISP_AUTH_MAX)
		return -EBADMSG;
	data = lvn_wire_read(reader, len);
	if (!data)
		return -EBADMSG;
	auth->len = len;
	memcpy(auth->data, data, len);
	return 0;
}

static void write_auth(struct lvn_wire_writer *writer, const struct lisp_auth *auth)
{
	lvn_wire_write_u8(writer, auth->key_id);
	lvn_wire_write_u8(writer, auth->algorithm);
	lvn_wire_write_u16(writer, auth->len);
	lvn_wire_write(writer, auth->data, auth->len);
}

/* The flags of a Register, or of a Notify and its Ack. Return: whether there is an xTR-ID. */
static bool read_registration_flags(uint32_t word, struct lisp_registration *registration)
{
	if (registration->type != LISP_TYPE_MAP_REGISTER) {
		registration->by_rtr = word & NOTIFY_R;
		return word & NOTIFY_I;
	}
	registration->proxy_reply = word & REGISTER_P;
	registration->has_security = word & REGISTER_S;
	registration->by_rtr = word & REGISTER_R;
	registration->reliable = word & REGISTER_RELIABLE;
	registration->is_mobile = word & REGISTER_E;
	registration->use_ttl = word & REGISTER_T;
	registration->merge = word & REGISTER_MERGE;
	registration->want_notify = word & REGISTER_M;
	return word & REGISTER_I;
}

int lisp_registration_read(const void *data, size_t len, struct lisp_registration *ret_registration,
			   struct lvn_wire_reader *ret_records)
{
	struct lisp_registration registration = { .type = lisp_type_of(data, len) };
	struct lvn_wire_reader reader, records;
	bool has_xtr;
	uint32_t word;
	int ret;

	if (registration.type != LISP_TYPE_MAP_REGISTER &&
	    registration.type != LISP_TYPE_MAP_NOTIFY &&
	    registration.type != LISP_TYPE_MAP_NOTIFY_ACK)
		return -EBADMSG;
	word = begin(&reader, data, len, registration.type, &registration.nonce);
	if (!word)
		return -EBADMSG;
	has_xtr = read_registration_flags(word, &registration);
	registration.n_records = word & N_RECORDS_MASK;
	ret = read_auth(&reader, &registration.auth);
	if (ret < 0)
		return ret;
	records = reader;
	ret = skip_records(&reader, registration.n_records);
	if (!ret && has_xtr)
		ret = read_xtr(&reader, &registration.xtr);
	if (ret < 0)
		return ret;
	*ret_registration = registration;
	*ret_records = records;
	return 0;
}

static uint32_t register_flags(const struct lisp_registration *registration)
{
	uint32_t word = 0;

	word |= registration->proxy_reply ? REGISTER_P : 0;
	word |= registration->has_security ? REGISTER_S : 0;
	word |= registration->xtr.is_present ? REGISTER_I : 0;
	word |= registration->by_rtr ? REGISTER_R : 0;
	word |= registration->reliable ? REGISTER_RELIABLE : 0;
	word |= registration->is_mobile ? REGISTER_E : 0;
	word |= registration->use_ttl ? REGISTER_T : 0;
	word |= registration->merge ? REGISTER_MERGE : 0;
	word |= registration->want_notify ? REGISTER_M : 0;
	return word;
}

void lisp_registration_write(struct lvn_wire_writer *writer,
			     const struct lisp_registration *registration)
{
	uint32_t word = (uint32_t)registration->type << TYPE_SHIFT | registration->n_records;

	if (registration->type == LISP_TYPE_MAP_REGISTER)
		word |= register_flags(registration);
	else
		word |= (registration->xtr.is_present ? NOTIFY_I : 0) |
			(registration->by_rtr ? NOTIFY_R : 0);
	lvn_wire_write_u32(writer, word);
	lvn_wire_write_u64(writer, registration->nonce);
	write_auth(writer, &registration->auth);
}

/* What stands behind the EID: an LCAF in a reply; AFI 0, or a name, in a request. */
static int read_info_rest(struct lvn_wire_reader *reader, struct lisp_info *info)
{
	struct lisp_address address;
	int ret;

	if (info->is_reply)
		return lisp_nat_read(reader, &info->nat);
	if (!lvn_wire_left(reader))
		return 0;
	ret = lisp_address_read(reader, &address);
	if (!ret)
		memcpy(info->name, address.name, sizeof(info->name));
	return ret;
}

int lisp_info_read(const void *data, size_t len, struct lisp_info *ret_info)
{
	struct lisp_info info = { .eid.prefix.addr.family = AF_UNSPEC };
	struct lvn_wire_reader reader;
	struct lisp_address address;
	uint8_t prefix_len;
	uint32_t word;
	int ret;

	word = begin(&reader, data, len, LISP_TYPE_INFO, &info.nonce);
	if (!word)
		return -EBADMSG;
	info.is_reply = word & INFO_R;
	ret = read_auth(&reader, &info.auth);
	if (ret < 0)
		return ret;
	info.ttl_min = lvn_wire_read_u32(&reader);
	lvn_wire_read_u8(&reader);
	prefix_len = lvn_wire_read_u8(&reader);
	ret = lisp_address_read(&reader, &address);
	if (!ret && (address.has_iid || address.ip.family != AF_UNSPEC))
		ret = lisp_eid_from(&address, prefix_len, &info.eid);
	if (!ret)
		ret = read_info_rest(&reader, &info);
	if (!ret)
		*ret_info = info;
	return ret;
}

void lisp_info_write(struct lvn_wire_writer *writer, const struct lisp_info *info)
{
	const struct lisp_address address = lisp_eid_address(&info->eid);
	struct lisp_address name = { .ip.family = AF_UNSPEC };

	lvn_wire_write_u32(writer,
			   (uint32_t)LISP_TYPE_INFO << TYPE_SHIFT | (info->is_reply ? INFO_R : 0));
	lvn_wire_write_u64(writer, info->nonce);
	write_auth(writer, &info->auth);
	lvn_wire_write_u32(writer, info->ttl_min);
	lvn_wire_write_u8(writer, 0);
	lvn_wire_write_u8(writer, info->eid.prefix.len);
	lisp_address_write(writer, &address);
	if (info->is_reply) {
		lisp_nat_write(writer, &info->nat);
	} else {
		memcpy(name.name, info->name, sizeof(name.name));
		lisp_address_write(writer, &name);
	}
}
