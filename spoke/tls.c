// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSL's settings, and how it judges the hub. Moves no bytes; files are credential.c's.
 */
#include "spoke/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "lib/base/addr.h"
#include "proto/lvn/transport.h"
#include "spoke/credential.h"

/* A clock before this was never set: 1 November 2026, or when a packager says. */
#ifndef LVN_CLOCK_FLOOR
#define LVN_CLOCK_FLOOR 1793491200
#endif

static const unsigned char alpn[] = { 5, 'l', 'v', 'n', '/', '1' };

/**
 * struct verdict - what is remembered of a verification, with its SSL
 * @accept_unset_clock: see lvn_tls_client()
 * @refusal: the certificate that was refused, where and why; "" if none was
 */
struct verdict {
	bool accept_unset_clock;
	char refusal[LVN_TLS_ERROR_SIZE - 64];
};

static void free_verdict(void *ssl, void *verdict, CRYPTO_EX_DATA *data, int index, long number,
			 void *arg)
{
	(void)ssl;
	(void)data;
	(void)index;
	(void)number;
	(void)arg;
	free(verdict);
}

static int verdict_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_get_ex_new_index(0, NULL, NULL, NULL, free_verdict);
	return index;
}

/* What the operator can do about it. */
static const char *remedy(int error)
{
	switch (error) {
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return "; check the clock of this host, or see --accept-unset-clock";
	case X509_V_ERR_CERT_HAS_EXPIRED:
		return "; renew it at the hub, or check the clock of this host";
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return "; call the hub by a name or address that is in its certificate";
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_CERT_SIGNATURE_FAILURE:
		return "; it is not of an authority in the file of --ca or --identity";
	case X509_V_ERR_UNABLE_TO_GET_CRL:
		return "; the file of --crl has no list of its authority";
	default:
		return "";
	}
}

static void note_refusal(X509_STORE_CTX *store, struct verdict *verdict, int error)
{
	const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
	char name[160] = "?";

	if (certificate)
		X509_NAME_oneline(X509_get_subject_name(certificate), name, sizeof(name));
	snprintf(verdict->refusal, sizeof(verdict->refusal), "'%s' at depth %d: %s%s", name,
		 X509_STORE_CTX_get_error_depth(store), X509_verify_cert_error_string(error),
		 remedy(error));
}

/*
 * As at the hub: a list that is late, or early by this clock, still revokes those it names. "Not yet
 * valid" passes while the clock is unset, if the operator wants that.
 */
static int verify(int is_ok, X509_STORE_CTX *store)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct verdict *verdict = ssl ? SSL_get_ex_data(ssl, verdict_index()) : NULL;
	int error = X509_STORE_CTX_get_error(store);

	if (is_ok)
		return 1;
	if (error == X509_V_ERR_CRL_HAS_EXPIRED || error == X509_V_ERR_CRL_NOT_YET_VALID ||
	    (error == X509_V_ERR_CERT_NOT_YET_VALID && verdict && verdict->accept_unset_clock &&
	     time(NULL) < LVN_CLOCK_FLOOR)) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	if (verdict)
		note_refusal(store, verdict, error);
	return 0;
}

int lvn_tls_context(const struct lvn_tls_files *files, SSL_CTX *old, SSL_CTX **ret_context,
		    char *ret_text)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int ret;

	ret_text[0] = '\0';
	if (!context || lvn_transport_restrict(context) < 0) {
		SSL_CTX_free(context);
		snprintf(ret_text, LVN_TLS_ERROR_SIZE, "TLS: OpenSSL cannot be set up");
		return -ENOMEM;
	}
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, verify);
	SSL_CTX_set_alpn_protos(context, alpn, sizeof(alpn));
	ret = lvn_credential_load(context, files, old, ret_text);
	ERR_clear_error();
	if (ret) {
		SSL_CTX_free(context);
		return ret;
	}
	*ret_context = context;
	return 0;
}

int lvn_tls_client(SSL_CTX *context, const char *host, bool accept_unset_clock, SSL **ret)
{
	struct verdict *verdict = calloc(1, sizeof(*verdict));
	SSL *ssl = SSL_new(context);
	struct lvn_addr addr;
	int is_set;

	if (!ssl || !verdict || SSL_set_ex_data(ssl, verdict_index(), verdict) != 1) {
		free(verdict);
		SSL_free(ssl);
		return -ENOMEM;
	}
	verdict->accept_unset_clock = accept_unset_clock;
	if (!lvn_addr_parse(host, &addr)) {
		is_set = X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host);
	} else {
		SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
					       X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
		is_set = SSL_set1_host(ssl, host) && SSL_set_tlsext_host_name(ssl, host);
	}
	if (is_set != 1) {
		SSL_free(ssl);
		return -EINVAL;
	}
	*ret = ssl;
	return 0;
}

/* Alerts about our certificate come after our part of the handshake is done. */
static bool is_about_our_certificate(int reason)
{
	return (reason >= SSL_R_SSLV3_ALERT_NO_CERTIFICATE &&
		reason <= SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN) ||
	       reason == SSL_R_TLSV1_ALERT_UNKNOWN_CA ||
	       reason == SSL_R_TLSV1_ALERT_ACCESS_DENIED ||
	       reason == SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED;
}

void lvn_tls_failure(const SSL *ssl, unsigned long error, char *ret_error)
{
	const struct verdict *verdict = SSL_get_ex_data(ssl, verdict_index());
	const char *reason = ERR_reason_error_string(error);

	if (verdict && *verdict->refusal)
		snprintf(ret_error, LVN_TLS_ERROR_SIZE, "certificate of the hub refused: %s",
			 verdict->refusal);
	else if (is_about_our_certificate(ERR_GET_REASON(error)))
		snprintf(ret_error, LVN_TLS_ERROR_SIZE,
			 "the hub refuses our certificate: %s; the hub's log says more",
			 reason ? reason : "error");
	else if (error)
		snprintf(ret_error, LVN_TLS_ERROR_SIZE, "TLS: %s", reason ? reason : "error");
	else
		snprintf(ret_error, LVN_TLS_ERROR_SIZE, "the hub closed the connection");
}
