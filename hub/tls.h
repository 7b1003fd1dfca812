/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's TLS: contexts, identities out of certificates, revocation.
 */
#ifndef _HUB_TLS_H
#define _HUB_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

struct hub_conf;
struct hub_tls;

/**
 * hub_tls_create() - read keys, certificates and revocations
 * @old: whose key and certificate are used if those in the files cannot be; NULL for none
 * @text: gets a sentence on failure
 */
int hub_tls_create(const struct hub_conf *conf, const struct hub_tls *old, char *text, size_t size,
		   struct hub_tls **ret_tls);

/**
 * hub_tls_kept() - whether the key is one that was read before, by another hub_tls_create()
 * @ret_why: a sentence with the file, "" if all is as in the files
 *
 * Return: 0, -EACCES if only the right to read the files is missing, another errno if they are
 * wrong.
 */
int hub_tls_kept(const struct hub_tls *tls, const char **ret_why);

/** hub_tls_destroy() - connections made with it live on; NULL is allowed */
void hub_tls_destroy(struct hub_tls *tls);

/** hub_tls_connection() - an SSL object for an accepted connection; NULL without memory */
SSL *hub_tls_connection(const struct hub_tls *tls);

/** hub_tls_refusal() - which certificate a handshake has just been ended for, and why, or "" */
const char *hub_tls_refusal(const SSL *ssl);

/**
 * struct hub_peer - who is at the other end
 * @identity: "" without certificate
 * @credential: issuer and serial number, for hub_tls_judge()
 * @ends: of the certificate, seconds since 1970; 0 without
 */
struct hub_peer {
	char identity[256];
	char credential[128];
	int64_t ends;
};

/** hub_tls_peer() - who it is. Return: 0, or -EINVAL if the certificate names nobody */
int hub_tls_peer(const SSL *ssl, struct hub_peer *ret);

/** hub_tls_name() - the same, of a certificate */
int hub_tls_name(const X509 *certificate, struct hub_peer *ret);

/** hub_tls_judge() - whether a credential is not revoked */
bool hub_tls_judge(const struct hub_tls *tls, const char *credential);

/** hub_tls_certificate_ends() - of the hub's own, seconds since 1970 */
int64_t hub_tls_certificate_ends(const struct hub_tls *tls);

/** hub_tls_crl_ends() - when the first revocation list should have been replaced; 0 without */
int64_t hub_tls_crl_ends(const struct hub_tls *tls);

#endif
