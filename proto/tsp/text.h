/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lines before the commands: VERSION, CAPABILITY, AUTHENTICATE, the response of PLAIN, status
 * lines (RFC 5572 sections 4.4.1 and 4.4.2). Texts are not terminated; a line end may follow them.
 */
#ifndef _TSP_TEXT_H
#define _TSP_TEXT_H

#include <stddef.h>

#include "proto/tsp/status.h"

/** Longest names and passwords, with the final NUL. */
#define TSP_USER_SIZE 256
#define TSP_PASSWORD_SIZE 256

/**
 * struct tsp_plain - the response to AUTHENTICATE PLAIN (RFC 4616)
 * @user: who
 * @password: to be wiped after use
 */
struct tsp_plain {
	char user[TSP_USER_SIZE];
	char password[TSP_PASSWORD_SIZE];
};

/**
 * struct tsp_capability - what a broker can do
 * @types: TSP_BIT() of enum tsp_type
 * @mechanisms: TSP_BIT() of enum tsp_mechanism
 */
struct tsp_capability {
	unsigned int types;
	unsigned int mechanisms;
};

/**
 * tsp_version_read() - read "VERSION=2.0.N"
 * @ret_minor: N
 *
 * Return: 0; -EPROTONOSUPPORT if it is another version; -EBADMSG if it is no such line.
 */
int tsp_version_read(const char *text, size_t len, unsigned int *ret_minor);

/**
 * tsp_capability_read() - read a line CAPABILITY; words that are not known are passed over
 *
 * Return: 0, or -EBADMSG if it is no such line.
 */
int tsp_capability_read(const char *text, size_t len, struct tsp_capability *ret_capability);

/**
 * tsp_capability_write() - write a line CAPABILITY, with its line end
 *
 * In upper case and with single blanks, as stock clients want it.
 *
 * Return: its length in bytes, or -ENOSPC.
 */
int tsp_capability_write(const struct tsp_capability *capability, char *text, size_t size);

/**
 * tsp_authenticate_read() - read "AUTHENTICATE MECHANISM"
 *
 * Return: 0, with TSP_MECHANISM_NONE for one that is not known; -EBADMSG if it is no such line.
 */
int tsp_authenticate_read(const char *text, size_t len, enum tsp_mechanism *ret_mechanism);

/**
 * tsp_plain_read() - read what follows AUTHENTICATE PLAIN
 *
 * Stock clients send the bytes of RFC 4616 as they are, others in base64. A user who wants to be
 * somebody else (authorization identity) is refused.
 *
 * Return: 0, or -EBADMSG.
 */
int tsp_plain_read(const char *text, size_t len, struct tsp_plain *ret_plain);

/**
 * tsp_status_read() - read the code a message begins with
 *
 * Return: the code, 100 to 1999, or -EBADMSG if the message begins with none.
 */
int tsp_status_read(const char *text, size_t len);

/** tsp_line_len() - the length in bytes without the line end and NULs behind */
size_t tsp_line_len(const char *text, size_t len);

#endif
