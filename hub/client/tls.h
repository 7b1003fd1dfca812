/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS as docs/protocol/lvn.md section 1.1 wants it of a spoke: version, ALPN, the hub's name and
 * the spoke's certificate.
 */
#ifndef _LVN_TLS_H
#define _LVN_TLS_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/types.h>

#define LVN_TLS_ERROR_SIZE 256

/**
 * struct lvn_tls_files - PEM files; each may be NULL
 * @identity: certificate, key and CA in one file
 * @cert: certificate chain
 * @key: its key
 * @ca: CAs that the hub may be of; without, those of the system
 * @crl: revocation list for the hub's certificate
 */
struct lvn_tls_files {
	const char *identity;
	const char *cert;
	const char *key;
	const char *ca;
	const char *crl;
};

/**
 * lvn_tls_context() - read the files
 * @ret_error: at least LVN_TLS_ERROR_SIZE bytes, says what is wrong
 *
 * Return: 0; -EINVAL if a file is unusable.
 */
int lvn_tls_context(const struct lvn_tls_files *files, SSL_CTX **ret_context, char *ret_error);

/**
 * lvn_tls_client() - a connection to be, that will verify the hub's name
 * @host: DNS name or address
 * @accept_unset_clock: a certificate that is not valid yet is taken while the clock shows a time
 *	before this program was made
 */
int lvn_tls_client(SSL_CTX *context, const char *host, bool accept_unset_clock, SSL **ret);

/**
 * lvn_tls_failure() - why the connection failed, in words
 * @error: OpenSSL's error code, 0 if it had none
 */
void lvn_tls_failure(const SSL *ssl, unsigned long error, char *ret_error);

#endif
