// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * LISP's control messages: no crash on any; what was read has records that can be read, and is
 * written to no more bytes than it had; what is in an ECM is read, too.
 */
#include <stdlib.h>
#include <string.h>

#include "lib/base/wire.h"
#include "proto/lisp/auth.h"
#include "proto/lisp/ecm.h"
#include "proto/lisp/message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void copy_records(struct lvn_wire_reader *reader, struct lvn_wire_writer *writer,
			 unsigned int n)
{
	struct lisp_locator locator;
	struct lisp_record record;

	while (n--) {
		if (lisp_record_read(reader, &record) < 0)
			abort();
		lisp_record_write(writer, &record);
		for (; record.n_locators; record.n_locators--) {
			if (lisp_locator_read(reader, &locator) < 0)
				abort();
			lisp_locator_write(writer, &locator);
		}
	}
}

static void read_message(const uint8_t *data, size_t size)
{
	struct lisp_registration registration;
	struct lisp_map_request request;
	struct lvn_wire_reader records;
	struct lvn_wire_writer writer;
	struct lisp_map_reply reply;
	uint8_t *again = malloc(size + 1);
	struct lisp_info info;

	lvn_wire_writer_init(&writer, again, size);
	if (!lisp_registration_read(data, size, &registration, &records)) {
		lisp_registration_write(&writer, &registration);
		copy_records(&records, &writer, registration.n_records);
		if (registration.xtr.is_present)
			lisp_xtr_write(&writer, &registration.xtr);
	} else if (!lisp_map_reply_read(data, size, &reply, &records)) {
		lisp_map_reply_write(&writer, &reply);
		copy_records(&records, &writer, reply.n_records);
	} else if (!lisp_map_request_read(data, size, &request, &records)) {
		lisp_map_request_write(&writer, &request);
		if (request.has_record)
			copy_records(&records, &writer, 1);
	} else if (!lisp_info_read(data, size, &info)) {
		/* an AFI 0 may be added at its end */
		free(again);
		again = malloc(size + 2);
		lvn_wire_writer_init(&writer, again, size + 2);
		lisp_info_write(&writer, &info);
	}
	/* a list of an address alone is written without the list; nothing gets longer */
	if (writer.failed)
		abort();
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct lisp_key key = { "key", 3 };
	struct lisp_ecm ecm;

	lisp_auth_verify(data, size, &key);
	read_message(data, size);
	if (!lisp_ecm_read(data, size, &ecm))
		read_message(ecm.message, ecm.len);
	/* the checksums done for the fuzzer: what is behind them gets its share */
	if (size > 32)
		read_message(data + 32, size - 32);
	return 0;
}
