/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Certificates, keys and revocation lists of a spoke, from files into OpenSSL.
 */
#ifndef _LVN_CREDENTIAL_H
#define _LVN_CREDENTIAL_H

#include <openssl/types.h>

struct lvn_tls_files;

/** lvn_credential_load() - read the files into @context; see lvn_tls_context() for the rest */
int lvn_credential_load(SSL_CTX *context, const struct lvn_tls_files *files, SSL_CTX *old,
			char *ret_text);

#endif
