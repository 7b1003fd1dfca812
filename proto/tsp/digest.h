/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DIGEST-MD5 (RFC 2831) as TSP uses it, both ends. RFC 6331 has retired the mechanism, but it is
 * the best that stock TSP clients know: it keeps the password off the wire, and nothing more.
 */
#ifndef _TSP_DIGEST_H
#define _TSP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "proto/tsp/text.h"

#define TSP_REALM_SIZE 128
#define TSP_NONCE_SIZE 128
#define TSP_URI_SIZE 320
#define TSP_SECRET_SIZE 16

/** 32 digits and the final NUL. */
#define TSP_HEX_SIZE 33

/**
 * struct tsp_challenge - what the broker sends first
 * @realm: where the user is known
 * @nonce: printable, without comma, quote and backslash, never used twice
 */
struct tsp_challenge {
	char realm[TSP_REALM_SIZE];
	char nonce[TSP_NONCE_SIZE];
};

/**
 * struct tsp_response - what the client answers
 * @user: who, without the quoting
 * @realm: as in the challenge
 * @nonce: as in the challenge
 * @cnonce: the client's own
 * @uri: "tsp/" and the broker's name as the client has it
 * @nc: how often the nonce was used, eight digits
 * @hash: the proof, in lower-case hexadecimal
 */
struct tsp_response {
	char user[TSP_USER_SIZE];
	char realm[TSP_REALM_SIZE];
	char nonce[TSP_NONCE_SIZE];
	char cnonce[TSP_NONCE_SIZE];
	char uri[TSP_URI_SIZE];
	char nc[9];
	char hash[TSP_HEX_SIZE];
};

/** enum tsp_proof - which end proves itself */
enum tsp_proof {
	TSP_PROOF_CLIENT,
	TSP_PROOF_BROKER,
};

/**
 * tsp_digest_secret() - MD5(user:realm:password), all that has to be stored of a password
 * @latin1: take user and password, which are UTF-8, as ISO 8859-1 (RFC 2831 section 2.1.2.1)
 *
 * Return: 0; -EILSEQ if they cannot be written in ISO 8859-1; -EOPNOTSUPP if MD5 is forbidden here.
 */
int tsp_digest_secret(const char *user, const char *realm, const char *password, bool latin1,
		      uint8_t ret_secret[TSP_SECRET_SIZE]);

/**
 * tsp_digest_prove() - compute the proof of either end (RFC 2831 sections 2.1.2.1 and 2.1.3)
 * @response: all but @hash is used
 * @old_client: cut the secret at its first NUL, as clients of VERSION 2.0.0 do
 *
 * Return: 0, or -EOPNOTSUPP if MD5 is forbidden here.
 */
int tsp_digest_prove(const uint8_t secret[TSP_SECRET_SIZE], const struct tsp_response *response,
		     enum tsp_proof whose, bool old_client, char ret_hash[TSP_HEX_SIZE]);

/**
 * tsp_digest_verify() - check the proof of a client in constant time
 *
 * The caller has compared realm and nonce with those of its challenge.
 *
 * Return: 0; -EACCES if it is wrong; -EOPNOTSUPP if MD5 is forbidden here.
 */
int tsp_digest_verify(const uint8_t secret[TSP_SECRET_SIZE], const struct tsp_response *response,
		      bool old_client);

/** tsp_challenge_write() - as base64 and line end. Return: length in bytes, or -ENOSPC */
int tsp_challenge_write(const struct tsp_challenge *challenge, char *text, size_t size);

/**
 * tsp_challenge_read() - for clients
 *
 * Return: 0; -EBADMSG; -EPROTONOSUPPORT if it wants what we do not do (qop, algorithm).
 */
int tsp_challenge_read(const char *text, size_t len, struct tsp_challenge *ret_challenge);

/** tsp_response_write() - as base64 and line end. Return: length in bytes, or -ENOSPC */
int tsp_response_write(const struct tsp_response *response, char *text, size_t size);

/**
 * tsp_response_read() - for brokers
 *
 * Return: 0, or -EBADMSG if something is missing, is there twice, or is not of its form.
 */
int tsp_response_read(const char *text, size_t len, struct tsp_response *ret_response);

/** tsp_rspauth_write() - the broker's proof as base64 and line end. Return: length, or -ENOSPC */
int tsp_rspauth_write(const char *hash, char *text, size_t size);

/** tsp_rspauth_read() - for clients. Return: 0, or -EBADMSG */
int tsp_rspauth_read(const char *text, size_t len, char ret_hash[TSP_HEX_SIZE]);

#endif
