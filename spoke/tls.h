/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS as a spoke speaks it (docs/protocol/lvn.md section 1.1): which certificates, which checks.
 */
#ifndef _LVN_TLS_H
#define _LVN_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

#define LVN_TLS_ERROR_SIZE 512

/**
 * struct lvn_tls_files - where keys and certificates are; NULL for none
 * @identity: certificate, chain, key and CA in one; the others take precedence
 * @cert: certificate and chain
 * @key: its key; in @cert if there is none
 * @ca: authorities; those of the system if there is none
 * @crl: revocation lists
 * @keeper: to ask for files that may not be read here, see keeper.h; 0 for none
 */
struct lvn_tls_files {
	const char *identity;
	const char *cert;
	const char *key;
	const char *ca;
	const char *crl;
	int keeper;
};

/**
 * lvn_tls_context() - read the files
 * @old: whose certificate and authorities are used where the files may not be read any more, as
 *	root was dropped; NULL for none
 * @ret_context: SSL_CTX_free() it
 * @ret_text: at least LVN_TLS_ERROR_SIZE bytes: what is wrong; on success what was taken from @old
 *	and why, or ""
 */
int lvn_tls_context(const struct lvn_tls_files *files, SSL_CTX *old, SSL_CTX **ret_context,
		    char *ret_text);

/** lvn_tls_stamp() - changes when one of the files does */
uint64_t lvn_tls_stamp(const struct lvn_tls_files *files);

/**
 * lvn_tls_client() - an SSL for one connection
 * @host: name or address that the hub's certificate must have
 * @accept_unset_clock: while the clock is before this program was made, take certificates that are
 *	not valid yet
 */
int lvn_tls_client(SSL_CTX *context, const char *host, bool accept_unset_clock, SSL **ret);

/**
 * lvn_tls_failure() - why a handshake failed, as a sentence
 * @error: of OpenSSL, 0 if there is none
 * @ret_error: at least LVN_TLS_ERROR_SIZE bytes
 */
void lvn_tls_failure(const SSL *ssl, unsigned long error, char *ret_error);

#endif
