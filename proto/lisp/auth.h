/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Authentication of Map-Register, Map-Notify, Map-Notify-Ack and Info messages with a key that both
 * sides know (RFC 9301 sections 5.6 and 9, IANA's LISP Algorithm ID Numbers).
 */
#ifndef _LISP_AUTH_H
#define _LISP_AUTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** enum lisp_algorithm - how a MAC is made */
enum lisp_algorithm {
	LISP_ALGORITHM_NONE = 0,
	LISP_ALGORITHM_SHA1 = 1,
	LISP_ALGORITHM_SHA256 = 2,
	LISP_ALGORITHM_SHA256_HKDF = 3,
};

/**
 * struct lisp_key - a key
 * @data: its bytes, as configured, without a NUL
 * @len: how many
 */
struct lisp_key {
	const void *data;
	size_t len;
};

struct lisp_auth;

/**
 * lisp_auth_len() - bytes of authentication data to send
 * @rfc_lengths: the 12 and 16 bytes of RFC 9301; else whole digests, which is what the other
 *	implementations send and some insist on
 *
 * Return: the length; 0 for an algorithm that we do not know.
 */
unsigned int lisp_auth_len(enum lisp_algorithm algorithm, bool rfc_lengths);

/**
 * lisp_auth_sign() - put the MAC into a message that is complete but for it
 * @data: the message, with key id, algorithm and length of the MAC already written
 * @len: its length, with everything behind the records: xTR-ID and site-ID are covered, too
 *
 * Return: 0; -EINVAL if it is no such message; -EOPNOTSUPP for an algorithm that is not known, or
 * forbidden on this host.
 */
int lisp_auth_sign(void *data, size_t len, const struct lisp_key *key);

/**
 * lisp_auth_verify() - check the MAC of a message in constant time
 *
 * Whole digests and those of RFC 9301's lengths are accepted.
 *
 * Return: 0; -EACCES if it is wrong, or of another length; -EINVAL; -EOPNOTSUPP.
 */
int lisp_auth_verify(const void *data, size_t len, const struct lisp_key *key);

/**
 * lisp_auth_mac_verify() - check a MAC that stands outside of what it covers, as in an ECM
 *
 * Return: 0; -EACCES if it is wrong, or of another length; -EOPNOTSUPP.
 */
int lisp_auth_mac_verify(const struct lisp_auth *auth, const void *data, size_t len,
			 const struct lisp_key *key);

/** lisp_auth_mac() - make such a MAC with the algorithm and length that @auth says */
int lisp_auth_mac(struct lisp_auth *auth, const void *data, size_t len, const struct lisp_key *key);

#endif
