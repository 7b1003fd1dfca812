// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Settings of OpenSSL for both ends. Its defaults allow finite-field key shares: the 8192-bit one
 * costs a hub a hundred times what an elliptic curve does, and the attacker only a recorded hello.
 */
#include "proto/lvn/transport.h"

#include <errno.h>

#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#define GROUPS "X25519:P-256:P-384"
/* The last three are for the signatures in certificates only; TLS 1.3 itself has no use for them. */
#define SIGNATURES                                        \
	"ECDSA+SHA256:ECDSA+SHA384:ECDSA+SHA512:ed25519:" \
	"RSA-PSS+SHA256:RSA-PSS+SHA384:RSA-PSS+SHA512:RSA+SHA256:RSA+SHA384:RSA+SHA512"
#define RSA_BITS_MAX 4096

int lvn_transport_restrict(SSL_CTX *ctx)
{
	SSL_CTX_set_options(ctx,
			    SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (SSL_CTX_set_min_proto_version(ctx, TLS1_3_VERSION) != 1 ||
	    SSL_CTX_set_num_tickets(ctx, 0) != 1 || SSL_CTX_set1_groups_list(ctx, GROUPS) != 1 ||
	    SSL_CTX_set1_sigalgs_list(ctx, SIGNATURES) != 1 ||
	    SSL_CTX_set1_client_sigalgs_list(ctx, SIGNATURES) != 1)
		return -EINVAL;
	return 0;
}

bool lvn_transport_key_is_cheap(const X509 *certificate)
{
	const EVP_PKEY *key = X509_get0_pubkey(certificate);

	return key && (EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ||
		       EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 ||
		       EVP_PKEY_get_bits(key) <= RSA_BITS_MAX);
}
