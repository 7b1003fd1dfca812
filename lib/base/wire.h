/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded readers and writers of big-endian wire formats. A reader or writer that runs out of
 * room fails once and for all; check `failed` at the end instead of after each step.
 */
#ifndef _LVN_WIRE_H
#define _LVN_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct lvn_wire_reader - a cursor over received bytes
 * @at: next byte
 * @end: first byte that is not ours
 * @failed: something was read beyond @end
 */
struct lvn_wire_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

/**
 * struct lvn_wire_writer - a cursor over bytes to send
 * @start: first byte
 * @at: where the next byte goes
 * @end: first byte that is not ours
 * @failed: something did not fit
 */
struct lvn_wire_writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

/** lvn_wire_reader_init() - read @len bytes at @data, which must outlive the reader */
void lvn_wire_reader_init(struct lvn_wire_reader *reader, const void *data, size_t len);

/** lvn_wire_left() - bytes not yet read; 0 after a failure */
size_t lvn_wire_left(const struct lvn_wire_reader *reader);

/* Return 0 after a failure. */
uint8_t lvn_wire_read_u8(struct lvn_wire_reader *reader);
uint16_t lvn_wire_read_u16(struct lvn_wire_reader *reader);
uint32_t lvn_wire_read_u32(struct lvn_wire_reader *reader);
uint64_t lvn_wire_read_u64(struct lvn_wire_reader *reader);

/** lvn_wire_read() - borrow the next @len bytes. Return: NULL if there are not so many */
const uint8_t *lvn_wire_read(struct lvn_wire_reader *reader, size_t len);

/** lvn_wire_writer_init() - write at most @size bytes to @data */
void lvn_wire_writer_init(struct lvn_wire_writer *writer, void *data, size_t size);

/** lvn_wire_len() - bytes written so far */
size_t lvn_wire_len(const struct lvn_wire_writer *writer);

/* Write nothing after a failure. */
void lvn_wire_write_u8(struct lvn_wire_writer *writer, uint8_t value);
void lvn_wire_write_u16(struct lvn_wire_writer *writer, uint16_t value);
void lvn_wire_write_u32(struct lvn_wire_writer *writer, uint32_t value);
void lvn_wire_write_u64(struct lvn_wire_writer *writer, uint64_t value);

/** lvn_wire_write() - write @len bytes of @data, zeros if @data is NULL */
void lvn_wire_write(struct lvn_wire_writer *writer, const void *data, size_t len);

#endif
