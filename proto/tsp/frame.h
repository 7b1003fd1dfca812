/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How TSP messages are told apart on the wire: eight bytes before each over UDP (RFC 5572 section
 * 4.4.1.2), lines and Content-length over TCP. Knows nothing of what the messages say.
 */
#ifndef _TSP_FRAME_H
#define _TSP_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TSP_PORT 3653

/** Bytes before the text of a datagram. */
#define TSP_HEADER_SIZE 8

/** Longest text of one message: what the stock clients have room for. */
#define TSP_TEXT_MAX 4096

/** The first sequence of the stock clients; ours begins with it, too. */
#define TSP_SEQUENCE_FIRST 0xf0

/**
 * struct tsp_header - what precedes the text in a datagram
 * @sequence: 28 bits, host byte order; one more for each new message of a client
 * @timestamp: of the client, in its own unit; echoed as it came
 */
struct tsp_header {
	uint32_t sequence;
	uint32_t timestamp;
};

/**
 * tsp_header_read() - split a datagram
 * @ret_text: the text within @data, not terminated
 * @ret_len: its length in bytes, at most TSP_TEXT_MAX, without the NULs that stock clients append
 *
 * Return: 0; -EBADMSG if it is no TSP signalling; -EMSGSIZE if it is longer than any message.
 */
int tsp_header_read(const void *data, size_t size, struct tsp_header *ret_header,
		    const char **ret_text, size_t *ret_len);

/** tsp_header_write() - write the eight bytes of @header to @data */
void tsp_header_write(const struct tsp_header *header, uint8_t data[TSP_HEADER_SIZE]);

/** tsp_sequence_next() - the sequence after @sequence; wraps after 28 bits */
uint32_t tsp_sequence_next(uint32_t sequence);

/** enum tsp_framing - where a message ends in a stream, which depends on what is expected next */
enum tsp_framing {
	TSP_FRAMING_LINE,
	TSP_FRAMING_PLAIN,
	TSP_FRAMING_CONTENT,
};

/**
 * tsp_stream_next() - find the first message in what was received by TCP
 * @framing: PLAIN for the response of that mechanism, which has NULs inside; CONTENT for commands
 * @ret_skip: bytes before the message that mean nothing (NULs that stock clients send)
 *
 * The message includes its line end, or Content-length line and body.
 *
 * Return: its length in bytes; 0 if it is not complete; -EMSGSIZE if it is, or will be, longer than
 * TSP_TEXT_MAX; -EBADMSG if it cannot become a message.
 */
int tsp_stream_next(const char *data, size_t size, enum tsp_framing framing, size_t *ret_skip);

/**
 * tsp_content_read() - find the body behind a line "Content-length: N"
 * @text: a whole message
 * @ret_body: within @text
 * @ret_len: its length in bytes
 * @ret_missing: bytes that the line promises and @text has not; NULL if none may be missing
 *
 * Return: 0; -EBADMSG if there is no such line, or the length is none or does not fit;
 * -EMSGSIZE if it is above TSP_TEXT_MAX.
 */
int tsp_content_read(const char *text, size_t len, const char **ret_body, size_t *ret_len,
		     size_t *ret_missing);

#endif
