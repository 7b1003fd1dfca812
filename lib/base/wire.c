// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bounded readers and writers: the only way bytes from the network are looked at.
 */
#include "wire.h"

#include <string.h>

void lvn_wire_reader_init(struct lvn_wire_reader *reader, const void *data, size_t len)
{
	reader->at = data;
	reader->end = reader->at + len;
	reader->failed = false;
}

size_t lvn_wire_left(const struct lvn_wire_reader *reader)
{
	return reader->failed ? 0 : (size_t)(reader->end - reader->at);
}

const uint8_t *lvn_wire_read(struct lvn_wire_reader *reader, size_t len)
{
	const uint8_t *at = reader->at;

	if (reader->failed || (size_t)(reader->end - at) < len) {
		reader->failed = true;
		return NULL;
	}
	reader->at += len;
	return at;
}

static uint64_t read_uint(struct lvn_wire_reader *reader, size_t len)
{
	const uint8_t *at = lvn_wire_read(reader, len);
	uint64_t value = 0;
	size_t i;

	for (i = 0; at && i < len; i++)
		value = value << 8 | at[i];
	return value;
}

uint8_t lvn_wire_read_u8(struct lvn_wire_reader *reader)
{
	return read_uint(reader, 1);
}

uint16_t lvn_wire_read_u16(struct lvn_wire_reader *reader)
{
	return read_uint(reader, 2);
}

uint32_t lvn_wire_read_u32(struct lvn_wire_reader *reader)
{
	return read_uint(reader, 4);
}

uint64_t lvn_wire_read_u64(struct lvn_wire_reader *reader)
{
	return read_uint(reader, 8);
}

void lvn_wire_writer_init(struct lvn_wire_writer *writer, void *data, size_t size)
{
	writer->start = data;
	writer->at = writer->start;
	writer->end = writer->start + size;
	writer->failed = false;
}

size_t lvn_wire_len(const struct lvn_wire_writer *writer)
{
	return writer->at - writer->start;
}

void lvn_wire_write(struct lvn_wire_writer *writer, const void *data, size_t len)
{
	if (writer->failed || (size_t)(writer->end - writer->at) < len) {
		writer->failed = true;
		return;
	}
	if (!len)
		return;
	if (data)
		memcpy(writer->at, data, len);
	else
		memset(writer->at, 0, len);
	writer->at += len;
}

static void write_uint(struct lvn_wire_writer *writer, uint64_t value, size_t len)
{
	uint8_t bytes[8];
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = value >> 8 * (len - 1 - i);
	lvn_wire_write(writer, bytes, len);
}

void lvn_wire_write_u8(struct lvn_wire_writer *writer, uint8_t value)
{
	write_uint(writer, value, 1);
}

void lvn_wire_write_u16(struct lvn_wire_writer *writer, uint16_t value)
{
	write_uint(writer, value, 2);
}

void lvn_wire_write_u32(struct lvn_wire_writer *writer, uint32_t value)
{
	write_uint(writer, value, 4);
}

void lvn_wire_write_u64(struct lvn_wire_writer *writer, uint64_t value)
{
	write_uint(writer, value, 8);
}
