// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * OpenSSL's settings. Moves no bytes.
 */
#include "hub/client/tls.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "hub/proto/transport.h"
#include "lib/base/addr.h"

/* A clock before this was never set: 1 November 2026, or when a packager says. */
#ifndef LVN_CLOCK_FLOOR
#define LVN_CLOCK_FLOOR 1793491200
#endif

static const unsigned char alpn[] = { 5, 'l', 'v', 'n', '/', '1' };

static int complain(const char *file, const char *what, char *ret_error)
{
	const char *reason = ERR_reason_error_string(ERR_peek_last_error());

	snprintf(ret_error, LVN_TLS_ERROR_SIZE, "%s: %s: %s", file, what,
		 reason ? reason : "unknown error");
	ERR_clear_error();
	return -EINVAL;
}

static int load_crl(SSL_CTX *context, const char *file, char *ret_error)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	X509_LOOKUP *lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());

	if (!lookup || X509_load_crl_file(lookup, file, X509_FILETYPE_PEM) < 1)
		return complain(file, "no revocation list", ret_error);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 0;
}

/* The hub has the root, or does not trust it; to read it costs a busy hub much. */
static void send_no_root(SSL_CTX *context)
{
	SSL_CTX_build_cert_chain(context, SSL_BUILD_CHAIN_FLAG_NO_ROOT |
						  SSL_BUILD_CHAIN_FLAG_UNTRUSTED |
						  SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR |
						  SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
	SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
}

static int load_files(SSL_CTX *context, const struct lvn_tls_files *files, char *ret_error)
{
	const char *cert = files->cert ? files->cert : files->identity;
	const char *key = files->key ? files->key : files->identity;
	const char *ca = files->ca ? files->ca : files->identity;

	if (!key)
		key = cert;
	if (ca) {
		if (SSL_CTX_load_verify_locations(context, ca, NULL) != 1)
			return complain(ca, "no CA certificate", ret_error);
	} else if (SSL_CTX_set_default_verify_paths(context) != 1) {
		return complain("system", "no CA certificates", ret_error);
	}
	if (cert) {
		if (SSL_CTX_use_certificate_chain_file(context, cert) != 1)
			return complain(cert, "no certificate", ret_error);
		if (SSL_CTX_use_PrivateKey_file(context, key, SSL_FILETYPE_PEM) != 1)
			return complain(key, "no key", ret_error);
		if (SSL_CTX_check_private_key(context) != 1)
			return complain(key, "not the certificate's key", ret_error);
		send_no_root(context);
	}
	return files->crl ? load_crl(context, files->crl, ret_error) : 0;
}

int lvn_tls_context(const struct lvn_tls_files *files, SSL_CTX **ret_context, char *ret_error)
{
	SSL_CTX *context = SSL_CTX_new(TLS_client_method());
	int ret;

	if (!context)
		return -ENOMEM;
	if (hub_transport_restrict(context) < 0) {
		SSL_CTX_free(context);
		return complain("TLS", "settings", ret_error);
	}
	SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_alpn_protos(context, alpn, sizeof(alpn));
	ret = load_files(context, files, ret_error);
	if (ret) {
		SSL_CTX_free(context);
		return ret;
	}
	*ret_context = context;
	return 0;
}

/* Passes by "not yet valid", and nothing else, while the clock is unset. */
static int verify_without_clock(int is_ok, X509_STORE_CTX *store)
{
	int ret = X509_STORE_CTX_get_error(store);

	if (is_ok || time(NULL) >= LVN_CLOCK_FLOOR)
		return is_ok;
	if (ret != X509_V_ERR_CERT_NOT_YET_VALID && ret != X509_V_ERR_CRL_NOT_YET_VALID)
		return is_ok;
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

int lvn_tls_client(SSL_CTX *context, const char *host, bool accept_unset_clock, SSL **ret)
{
	SSL *ssl = SSL_new(context);
	struct lvn_addr addr;
	int is_set;

	if (!ssl)
		return -ENOMEM;
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
	if (accept_unset_clock)
		SSL_set_verify(ssl, SSL_VERIFY_PEER, verify_without_clock);
	*ret = ssl;
	return 0;
}

void lvn_tls_failure(const SSL *ssl, unsigned long error, char *ret_error)
{
	const char *reason = ERR_reason_error_string(error);
	long verify = SSL_get_verify_result(ssl);

	if (verify != X509_V_OK)
		snprintf(ret_error, LVN_TLS_ERROR_SIZE, "certificate of the hub: %s",
			 X509_verify_cert_error_string(verify));
	else if (error)
		snprintf(ret_error, LVN_TLS_ERROR_SIZE, "TLS: %s", reason ? reason : "error");
	else
		snprintf(ret_error, LVN_TLS_ERROR_SIZE, "the hub closed the connection");
}
