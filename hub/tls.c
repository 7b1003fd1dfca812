// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * TLS 1.3 with OpenSSL. No tickets and no session cache: a full handshake with P-256 keys costs
 * less than a millisecond, and no state of the past can outlive a revocation.
 */
#include "hub/tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "hub/conf.h"
#include "hub/proto/message.h"
#include "hub/proto/transport.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"

/* Most certificates between a spoke's and the authority's, and bytes of them all. */
#define CHAIN_MAX 4
#define CHAIN_MAX_BYTES 16384

/** struct credential - issuer and serial number of a certificate, as text */
struct credential {
	char text[128];
};

/**
 * struct hub_tls - see the header
 * @ctx: for new connections
 * @revoked: in order, of @n_revoked
 * @n_revoked: how many
 * @ends: of the hub's certificate
 * @crl_ends: of the first revocation list, 0 for none
 */
struct hub_tls {
	SSL_CTX *ctx;
	struct credential *revoked;
	size_t n_revoked;
	int64_t ends;
	int64_t crl_ends;
};

static void cleanup_tls(struct hub_tls **tls)
{
	hub_tls_destroy(*tls);
}

static void cleanup_bio(BIO **bio)
{
	BIO_free(*bio);
}

static int fail(char *text, size_t size, const char *what)
{
	char reason[128] = "";
	unsigned long error = ERR_peek_last_error();

	if (error)
		ERR_error_string_n(error, reason, sizeof(reason));
	snprintf(text, size, "%s: %s", what, reason);
	ERR_clear_error();
	return -EINVAL;
}

/* RFC 7301: refuse those who speak something else, let pass those who do not say. */
static int select_alpn(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x05" HUB_ALPN;
	unsigned char *found;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&found, out_len, ours, sizeof(ours) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

/*
 * A list that was not replaced in time still revokes whom it names. To refuse everybody instead
 * would turn a forgotten cron job into an outage; it is told by the log and the metrics.
 */
static int verify(int is_good, X509_STORE_CTX *store)
{
	if (!is_good && X509_STORE_CTX_get_error(store) == X509_V_ERR_CRL_HAS_EXPIRED) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	if (is_good && !X509_STORE_CTX_get_error_depth(store) &&
	    !hub_transport_key_is_cheap(X509_STORE_CTX_get_current_cert(store))) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	return is_good;
}

static int64_t to_time(const ASN1_TIME *time_asn1)
{
	struct tm tm;

	if (!time_asn1 || ASN1_TIME_to_tm(time_asn1, &tm) != 1)
		return 0;
	return timegm(&tm);
}

static void hex(const unsigned char *bytes, int len, char *ret)
{
	int i;

	for (i = 0; i < len; i++)
		sprintf(ret + 2 * i, "%02x", bytes[i]);
}

/* Issuer and serial number name a certificate, in a form that the store can keep. */
static void make_credential(const X509_NAME *issuer, const ASN1_INTEGER *serial, char ret[128])
{
	unsigned char digest[32];
	unsigned int len = 0;
	int serial_len = ASN1_STRING_length(serial);

	X509_NAME_digest(issuer, EVP_sha256(), digest, &len);
	hex(digest, 16, ret);
	ret[32] = ':';
	ret[33] = '\0';
	hex(ASN1_STRING_get0_data(serial), serial_len < 40 ? serial_len : 40, ret + 33);
}

static int compare_credentials(const void *a, const void *b)
{
	const struct credential *left = a, *right = b;

	return strcmp(left->text, right->text);
}

static int add_revoked(struct hub_tls *tls, X509_CRL *crl)
{
	STACK_OF(X509_REVOKED) *list = X509_CRL_get_REVOKED(crl);
	int64_t ends = to_time(X509_CRL_get0_nextUpdate(crl));
	int n = sk_X509_REVOKED_num(list), i;
	struct credential *revoked;

	if (ends && (!tls->crl_ends || ends < tls->crl_ends))
		tls->crl_ends = ends;
	if (n <= 0)
		return 0;
	revoked = reallocarray(tls->revoked, tls->n_revoked + n, sizeof(*revoked));
	if (!revoked)
		return -ENOMEM;
	tls->revoked = revoked;
	for (i = 0; i < n; i++)
		make_credential(X509_CRL_get_issuer(crl),
				X509_REVOKED_get0_serialNumber(sk_X509_REVOKED_value(list, i)),
				revoked[tls->n_revoked++].text);
	return 0;
}

static int load_crls(struct hub_tls *tls, const char *path)
{
	X509_STORE *store = SSL_CTX_get_cert_store(tls->ctx);
	_cleanup_(cleanup_bio) BIO *bio = BIO_new_file(path, "r");
	unsigned int n = 0;
	X509_CRL *crl;
	int ret = 0;

	while (bio && !ret && (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL))) {
		ret = X509_STORE_add_crl(store, crl) == 1 ? add_revoked(tls, crl) : -EINVAL;
		X509_CRL_free(crl);
		n++;
	}
	if (ret < 0 || !n)
		return -EINVAL;
	/* the end of the file is an error to PEM, too */
	ERR_clear_error();
	if (tls->n_revoked)
		qsort(tls->revoked, tls->n_revoked, sizeof(*tls->revoked), compare_credentials);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return 0;
}

static int load_ca(struct hub_tls *tls, const char *path)
{
	STACK_OF(X509_NAME) * names;

	if (SSL_CTX_load_verify_locations(tls->ctx, path, NULL) != 1)
		return -EINVAL;
	names = SSL_load_client_CA_file(path);
	if (!names)
		return -EINVAL;
	SSL_CTX_set_client_CA_list(tls->ctx, names);
	return 0;
}

/*
 * The other side has the root, or does not trust it. To read it takes it as long as to verify the
 * certificate (OpenSSL 3.0), ten thousand times when all spokes come at once.
 */
static void send_no_root(SSL_CTX *ctx)
{
	SSL_CTX_build_cert_chain(
		ctx, SSL_BUILD_CHAIN_FLAG_NO_ROOT | SSL_BUILD_CHAIN_FLAG_UNTRUSTED |
			     SSL_BUILD_CHAIN_FLAG_IGNORE_ERROR | SSL_BUILD_CHAIN_FLAG_CLEAR_ERROR);
	SSL_CTX_set_mode(ctx, SSL_MODE_NO_AUTO_CHAIN);
}

static void set_options(SSL_CTX *ctx)
{
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)HUB_ALPN, strlen(HUB_ALPN));
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* who sends records without data must not keep us in one call as long as they come */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
	SSL_CTX_set_max_cert_list(ctx, CHAIN_MAX_BYTES);
}

int hub_tls_create(const struct hub_conf *conf, char *text, size_t size, struct hub_tls **ret)
{
	_cleanup_(cleanup_tls) struct hub_tls *tls = calloc(1, sizeof(*tls));

	ERR_clear_error();
	if (tls)
		tls->ctx = SSL_CTX_new(TLS_server_method());
	if (!tls || !tls->ctx)
		return fail(text, size, "TLS");
	if (hub_transport_restrict(tls->ctx) < 0)
		return fail(text, size, "TLS");
	set_options(tls->ctx);
	if (SSL_CTX_use_certificate_chain_file(tls->ctx, conf->certificate) != 1)
		return fail(text, size, conf->certificate);
	if (SSL_CTX_use_PrivateKey_file(tls->ctx, conf->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(tls->ctx) != 1)
		return fail(text, size, conf->key);
	tls->ends = to_time(X509_get0_notAfter(SSL_CTX_get0_certificate(tls->ctx)));
	if (conf->is_mutual) {
		if (load_ca(tls, conf->ca) < 0)
			return fail(text, size, conf->ca);
		if (*conf->crl && load_crls(tls, conf->crl) < 0)
			return fail(text, size, conf->crl);
		SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   verify);
		SSL_CTX_set_verify_depth(tls->ctx, CHAIN_MAX);
	}
	send_no_root(tls->ctx);
	if (hub_tls_crl_ends(tls) && hub_tls_crl_ends(tls) < time(NULL))
		lvn_warning("%s: should have been replaced, is used still", conf->crl);
	*ret = TAKE_PTR(tls);
	return 0;
}

void hub_tls_destroy(struct hub_tls *tls)
{
	if (!tls)
		return;
	free(tls->revoked);
	SSL_CTX_free(tls->ctx);
	free(tls);
}

SSL *hub_tls_connection(const struct hub_tls *tls)
{
	return SSL_new(tls->ctx);
}

/* Printable, no space; a leading ~ is for those that the broker makes up. */
static bool is_usable(const unsigned char *text, int len)
{
	int i;

	if (len < 1 || len > 255 || text[0] == '~')
		return false;
	for (i = 0; i < len; i++)
		if (text[i] <= ' ' || text[i] == 0x7f || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

static bool take(const ASN1_STRING *string, char *ret)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, string);
	bool is_good = len >= 0 && is_usable(text, len);

	if (is_good) {
		memcpy(ret, text, len);
		ret[len] = '\0';
	}
	OPENSSL_free(text);
	return is_good;
}

static bool take_san(const X509 *certificate, char *ret)
{
	static const int types[] = { GEN_DNS, GEN_EMAIL, GEN_URI };
	GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
	bool is_found = false;
	unsigned int t;
	int i;

	for (t = 0; !is_found && t < sizeof(types) / sizeof(types[0]); t++) {
		for (i = 0; !is_found && i < sk_GENERAL_NAME_num(names); i++) {
			const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);

			if (name->type == types[t])
				is_found = take(name->d.ia5, ret);
		}
	}
	GENERAL_NAMES_free(names);
	return is_found;
}

static bool take_cn(const X509 *certificate, char *ret)
{
	X509_NAME *subject = X509_get_subject_name(certificate);
	int i = -1, last = -1;

	while ((i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0)
		last = i;
	if (last < 0)
		return false;
	return take(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)), ret);
}

int hub_tls_peer(const SSL *ssl, struct hub_peer *ret)
{
	const X509 *certificate = SSL_get0_peer_certificate(ssl);

	memset(ret, 0, sizeof(*ret));
	if (!certificate)
		return 0;
	if (!take_san(certificate, ret->identity) && !take_cn(certificate, ret->identity))
		return -EINVAL;
	make_credential(X509_get_issuer_name(certificate), X509_get0_serialNumber(certificate),
			ret->credential);
	ret->ends = to_time(X509_get0_notAfter(certificate));
	return 0;
}

bool hub_tls_judge(const struct hub_tls *tls, const char *credential)
{
	struct credential key;

	if (!tls->n_revoked || strlen(credential) >= sizeof(key.text))
		return true;
	strcpy(key.text, credential);
	return !bsearch(&key, tls->revoked, tls->n_revoked, sizeof(key), compare_credentials);
}

int64_t hub_tls_certificate_ends(const struct hub_tls *tls)
{
	return tls->ends;
}

int64_t hub_tls_crl_ends(const struct hub_tls *tls)
{
	return tls->crl_ends;
}
