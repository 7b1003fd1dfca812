// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where TSP messages begin and end, in datagrams and in streams.
 */
#include "proto/tsp/frame.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <strings.h>

#include "lib/base/wire.h"

#define SIGNALLING 0xf0000000u
#define SEQUENCE_MASK 0x0fffffffu

static const char content_length[] = "Content-length:";

int tsp_header_read(const void *data, size_t size, struct tsp_header *ret_header,
		    const char **ret_text, size_t *ret_len)
{
	struct lvn_wire_reader reader;
	uint32_t word, timestamp;
	const char *text;
	size_t len;

	lvn_wire_reader_init(&reader, data, size);
	word = lvn_wire_read_u32(&reader);
	timestamp = lvn_wire_read_u32(&reader);
	if (reader.failed || (word & SIGNALLING) != SIGNALLING)
		return -EBADMSG;
	len = lvn_wire_left(&reader);
	if (len > TSP_TEXT_MAX)
		return -EMSGSIZE;
	text = (const char *)lvn_wire_read(&reader, len);
	while (len && !text[len - 1])
		len--;
	*ret_header = (struct tsp_header){ word & SEQUENCE_MASK, timestamp };
	*ret_text = text;
	*ret_len = len;
	return 0;
}

void tsp_header_write(const struct tsp_header *header, uint8_t data[TSP_HEADER_SIZE])
{
	struct lvn_wire_writer writer;

	lvn_wire_writer_init(&writer, data, TSP_HEADER_SIZE);
	lvn_wire_write_u32(&writer, SIGNALLING | (header->sequence & SEQUENCE_MASK));
	lvn_wire_write_u32(&writer, header->timestamp);
}

uint32_t tsp_sequence_next(uint32_t sequence)
{
	return (sequence + 1) & SEQUENCE_MASK;
}

/* Read "Content-length: N" and its line end. Return: the line's length, 0 if it is not complete. */
static int read_length(const char *text, size_t size, size_t *ret_len)
{
	size_t at = sizeof(content_length) - 1, known = size < at ? size : at;
	size_t value = 0, digits;

	if (strncasecmp(text, content_length, known) != 0)
		return -EBADMSG;
	while (at < size && text[at] == ' ')
		at++;
	for (digits = 0; at < size && isdigit((unsigned char)text[at]); at++, digits++) {
		value = value * 10 + (text[at] - '0');
		if (value > TSP_TEXT_MAX)
			return -EMSGSIZE;
	}
	if (at < size && text[at] == '\r')
		at++;
	if (at >= size)
		/* a line that goes on for ever will not become one */
		return size > sizeof(content_length) + 16 ? -EBADMSG : 0;
	if (!digits || text[at] != '\n')
		return -EBADMSG;
	*ret_len = value;
	return at + 1;
}

int tsp_content_read(const char *text, size_t len, const char **ret_body, size_t *ret_len,
		     size_t *ret_missing)
{
	size_t promised;
	int line;

	line = read_length(text, len, &promised);
	if (line <= 0)
		return line ?: -EBADMSG;
	len -= line;
	if (len > promised || (len < promised && !ret_missing))
		return -EBADMSG;
	if (ret_missing)
		*ret_missing = promised - len;
	*ret_body = text + line;
	*ret_len = len;
	return 0;
}

static int next_content(const char *data, size_t size)
{
	size_t promised;
	int line;

	line = read_length(data, size, &promised);
	if (line <= 0)
		return line;
	if (line + promised > TSP_TEXT_MAX)
		return -EMSGSIZE;
	return size - line < promised ? 0 : (int)(line + promised);
}

int tsp_stream_next(const char *data, size_t size, enum tsp_framing framing, size_t *ret_skip)
{
	const char *end;
	size_t skip = 0;

	/*
	 * A NUL may be left over from the line before. The response to PLAIN begins with one of its
	 * own, and tsp_plain_read() takes either.
	 */
	while (framing != TSP_FRAMING_PLAIN && skip < size && !data[skip])
		skip++;
	*ret_skip = skip;
	data += skip;
	size -= skip;
	if (!size)
		return 0;
	if (framing == TSP_FRAMING_CONTENT)
		return next_content(data, size);
	end = memchr(data, '\n', size < TSP_TEXT_MAX ? size : TSP_TEXT_MAX);
	if (!end)
		return size < TSP_TEXT_MAX ? 0 : -EMSGSIZE;
	return end - data + 1;
}
