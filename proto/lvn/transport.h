/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What both ends of the control channel allow TLS to do (docs/protocol/lvn.md section 1.1), so that
 * neither can be made to compute more than it must.
 */
#ifndef _LVN_TRANSPORT_H
#define _LVN_TRANSPORT_H

#include <stdbool.h>

#include <openssl/types.h>

/**
 * lvn_transport_restrict() - TLS 1.3 only, with cheap key exchanges and signatures, and nothing
 * that outlives a connection or changes its keys on request
 *
 * Return: 0, or -EINVAL if the library cannot do it.
 */
int lvn_transport_restrict(SSL_CTX *ctx);

/** lvn_transport_key_is_cheap() - whether a signature by this certificate's key is soon verified */
bool lvn_transport_key_is_cheap(const X509 *certificate);

#endif
