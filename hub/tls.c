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
#include "hub/pem.h"
#include "lib/base/cleanup.h"
#include "lib/base/escape.h"
#include "lib/base/log.h"
#include "proto/lvn/message.h"
#include "proto/lvn/transport.h"

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
 * @kept: why the key and certificate are those of before, "" if they are not
 * @kept_error: errno of @kept
 * @refusal: the certificate that was refused last, and why
 */
struct hub_tls {
	SSL_CTX *ctx;
	struct credential *revoked;
	size_t n_revoked;
	int64_t ends;
	int64_t crl_ends;
	char kept[256];
	int kept_error;
	char refusal[320];
};

static void cleanup_tls(struct hub_tls **tls)
{
	hub_tls_destroy(*tls);
}

static void cleanup_certificates(STACK_OF(X509) * *list)
{
	sk_X509_pop_free(*list, X509_free);
}

static void cleanup_crls(STACK_OF(X509_CRL) * *list)
{
	sk_X509_CRL_pop_free(*list, X509_CRL_free);
}

static void cleanup_key(EVP_PKEY **key)
{
	EVP_PKEY_free(*key);
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
	static const unsigned char ours[] = "\x05" LVN_ALPN;
	unsigned char *found;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&found, out_len, ours, sizeof(ours) - 1, in, in_len) !=
	    OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = found;
	return SSL_TLSEXT_ERR_OK;
}

static void format_name(const X509_NAME *name, char *text, size_t size)
{
	BIO *bio = BIO_new(BIO_s_mem());
	int len = 0;

	if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0)
		len = BIO_read(bio, text, size - 1);
	text[len > 0 ? len : 0] = '\0';
	BIO_free(bio);
}

/* Who is refused, in the words of the certificate, for hub_tls_refusal(). */
static void note_refusal(X509_STORE_CTX *store, const char *why)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct hub_tls *tls = ssl ? SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)) : NULL;
	const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
	char name[160] = "?";

	if (!tls)
		return;

	if (certificate)
		format_name(X509_get_subject_name(certificate), name, sizeof(name));
	snprintf(tls->refusal, sizeof(tls->refusal), "certificate '%s' at depth %d refused: %s",
		 name, X509_STORE_CTX_get_error_depth(store), why);
}

/*
 * A list that was not replaced in time, or whose time has not come on this clock, still revokes
 * those it names. To refuse everybody instead would turn a forgotten cron job or a clock that is
 * late into an outage; to ignore the list would let the revoked in. Log and metrics tell.
 */
static int verify(int is_good, X509_STORE_CTX *store)
{
	int error = X509_STORE_CTX_get_error(store);

	if (error == X509_V_ERR_CRL_HAS_EXPIRED || error == X509_V_ERR_CRL_NOT_YET_VALID) {
		X509_STORE_CTX_set_error(store, X509_V_OK);
		return 1;
	}
	if (!is_good) {
		note_refusal(store, X509_verify_cert_error_string(error));
		return 0;
	}
	if (!X509_STORE_CTX_get_error_depth(store) &&
	    !lvn_transport_key_is_cheap(X509_STORE_CTX_get_current_cert(store))) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
		note_refusal(store, "the kind or size of its key costs too much to verify");
		return 0;
	}
	return 1;
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

/* Whether the list is one of the authority; a list that only pretends to is an error. */
static bool is_issuer(X509 *ca, X509_CRL *crl, bool *is_same_name)
{
	if (X509_NAME_cmp(X509_get_subject_name(ca), X509_CRL_get_issuer(crl)) != 0)
		return false;
	*is_same_name = true;
	return X509_CRL_verify(crl, X509_get0_pubkey(ca)) == 1;
}

/*
 * With any list, OpenSSL wants one of each authority, or lets nobody in. So that is refused here,
 * where somebody reads it. A list of an authority that @authorities does not name may be one of an
 * intermediate that spokes send themselves.
 */
static int check_crls(const struct hub_conf *conf, STACK_OF(X509) * authorities,
		      STACK_OF(X509_CRL) * crls, struct hub_pem_error *error)
{
	char name[160];
	int i, k;

	for (i = 0; i < sk_X509_num(authorities); i++) {
		X509 *ca = sk_X509_value(authorities, i);
		bool is_same_name = false;

		for (k = 0; k < sk_X509_CRL_num(crls); k++)
			if (is_issuer(ca, sk_X509_CRL_value(crls, k), &is_same_name))
				break;
		if (k < sk_X509_CRL_num(crls))
			continue;
		format_name(X509_get_subject_name(ca), name, sizeof(name));
		return hub_pem_fail(error, "crl", conf->crl, -EINVAL,
				    is_same_name ? "not signed by the authority '%s' of %s" :
						   "there is no list of the authority '%s' of %s",
				    name, conf->ca);
	}
	ERR_clear_error();
	return 0;
}

static void warn_of_times(const struct hub_conf *conf, const X509_CRL *crl)
{
	int64_t now = time(NULL), begins = to_time(X509_CRL_get0_lastUpdate(crl));
	int64_t ends = to_time(X509_CRL_get0_nextUpdate(crl));

	if (begins > now)
		lvn_warning("crl %s: begins only in %ld s, and is used already; check the clocks",
			    conf->crl, (long)(begins - now));
	if (ends && ends < now)
		lvn_warning("crl %s: should have been replaced %ld s ago, and is still used",
			    conf->crl, (long)(now - ends));
}

static int load_crls(struct hub_tls *tls, const struct hub_conf *conf, STACK_OF(X509) * authorities,
		     struct hub_pem_error *error)
{
	X509_STORE *store = SSL_CTX_get_cert_store(tls->ctx);
	_cleanup_(cleanup_crls) STACK_OF(X509_CRL) *crls = NULL;
	int ret, i;

	ret = hub_pem_crls("crl", conf->crl, error, &crls);
	if (!ret)
		ret = check_crls(conf, authorities, crls, error);
	for (i = 0; !ret && i < sk_X509_CRL_num(crls); i++) {
		X509_CRL *crl = sk_X509_CRL_value(crls, i);

		warn_of_times(conf, crl);
		if (X509_STORE_add_crl(store, crl) != 1 || add_revoked(tls, crl) < 0)
			ret = hub_pem_fail(error, "crl", conf->crl, -ENOMEM, "out of memory");
	}
	if (ret < 0)
		return ret;
	if (tls->n_revoked)
		qsort(tls->revoked, tls->n_revoked, sizeof(*tls->revoked), compare_credentials);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
	return 0;
}

static int load_authorities(struct hub_tls *tls, const struct hub_conf *conf,
			    struct hub_pem_error *error)
{
	X509_STORE *store = SSL_CTX_get_cert_store(tls->ctx);
	_cleanup_(cleanup_certificates) STACK_OF(X509) *list = NULL;
	int ret, i;

	ret = hub_pem_certificates("ca", conf->ca, error, &list);
	if (ret < 0)
		return ret;
	for (i = 0; i < sk_X509_num(list); i++) {
		X509 *ca = sk_X509_value(list, i);

		if (X509_STORE_add_cert(store, ca) != 1 || SSL_CTX_add_client_CA(tls->ctx, ca) != 1)
			return hub_pem_fail(error, "ca", conf->ca, -ENOMEM, "out of memory");
		if (X509_cmp_current_time(X509_get0_notAfter(ca)) < 0)
			lvn_warning("ca %s: the certificate of an authority has expired", conf->ca);
	}
	return *conf->crl ? load_crls(tls, conf, list, error) : 0;
}

/* The first certificate is the hub's, the others lead to an authority. */
static int use_pair(SSL_CTX *ctx, const struct hub_conf *conf, STACK_OF(X509) * list, EVP_PKEY *key,
		    struct hub_pem_error *error)
{
	_cleanup_(cleanup_certificates) STACK_OF(X509) *chain = X509_chain_up_ref(list);
	X509 *certificate = chain ? sk_X509_shift(chain) : NULL;
	unsigned long reason;
	int ret = 0;

	if (!certificate)
		return hub_pem_fail(error, "certificate", conf->certificate, -ENOMEM,
				    "out of memory");
	if (X509_check_private_key(certificate, key) != 1) {
		ret = hub_pem_fail(error, "key", conf->key, -EINVAL,
				   "does not belong to the certificate %s", conf->certificate);
	} else if (SSL_CTX_use_cert_and_key(ctx, certificate, key, chain, 1) != 1) {
		reason = ERR_peek_last_error();
		ret = hub_pem_fail(error, "certificate", conf->certificate, -EINVAL, "%s",
				   ERR_reason_error_string(reason) ?: "cannot be used");
	}
	X509_free(certificate);
	return ret;
}

/* What the hub had before, when the files cannot be read any more. */
static int keep_pair(struct hub_tls *tls, const struct hub_tls *old)
{
	STACK_OF(X509) *chain = NULL;

	SSL_CTX_get0_chain_certs(old->ctx, &chain);
	if (SSL_CTX_use_cert_and_key(tls->ctx, SSL_CTX_get0_certificate(old->ctx),
				     SSL_CTX_get0_privatekey(old->ctx), chain, 1) != 1)
		return -ENOMEM;
	return 0;
}

/*
 * The hub may have given up the right to read its key, which must not keep it from reading what
 * is revoked: then it goes on with the key it has, and the certificate in the file if that fits.
 */
static int load_certificate(struct hub_tls *tls, const struct hub_conf *conf, EVP_PKEY *key,
			    STACK_OF(X509) * list, struct hub_pem_error *why)
{
	if (X509_check_private_key(sk_X509_value(list, 0), key) == 1)
		return use_pair(tls->ctx, conf, list, key, why);
	return hub_pem_fail(
		why, "key", conf->key, -EKEYREJECTED,
		"%s, and the certificate %s is for another key; restart lvnd to use both",
		strerror(EACCES), conf->certificate);
}

static int load_pair(struct hub_tls *tls, const struct hub_conf *conf, const struct hub_tls *old,
		     struct hub_pem_error *error)
{
	struct hub_pem_error why = { tls->kept, sizeof(tls->kept) };
	_cleanup_(cleanup_certificates) STACK_OF(X509) *list = NULL;
	_cleanup_(cleanup_key) EVP_PKEY *key = NULL;
	int ret;

	ret = hub_pem_certificates("certificate", conf->certificate, &why, &list);
	if (!ret)
		ret = hub_pem_key("key", conf->key, &why, &key);
	tls->kept_error = ret;
	if (!ret)
		ret = use_pair(tls->ctx, conf, list, key, &why);
	else if (ret == -EACCES && list && old)
		ret = load_certificate(tls, conf, SSL_CTX_get0_privatekey(old->ctx), list, &why);
	if (!ret)
		return 0;
	if (!old) {
		snprintf(error->text, error->size, "%s", tls->kept);
		return ret;
	}
	if (ret != -EACCES)
		tls->kept_error = ret;
	ret = keep_pair(tls, old);
	return ret < 0 ? hub_pem_fail(error, "key", conf->key, ret, "%s", strerror(-ret)) : 0;
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
	SSL_CTX_set_session_id_context(ctx, (const unsigned char *)LVN_ALPN, strlen(LVN_ALPN));
	SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	/* who sends records without data must not keep us in one call as long as they come */
	SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
	SSL_CTX_set_alpn_select_cb(ctx, select_alpn, NULL);
	SSL_CTX_set_max_cert_list(ctx, CHAIN_MAX_BYTES);
}

int hub_tls_create(const struct hub_conf *conf, const struct hub_tls *old, char *text, size_t size,
		   struct hub_tls **ret_tls)
{
	_cleanup_(cleanup_tls) struct hub_tls *tls = calloc(1, sizeof(*tls));
	struct hub_pem_error error = { text, size };
	int ret;

	ERR_clear_error();
	if (tls)
		tls->ctx = SSL_CTX_new(TLS_server_method());
	if (!tls || !tls->ctx)
		return fail(text, size, "TLS");
	if (lvn_transport_restrict(tls->ctx) < 0)
		return fail(text, size, "TLS");
	SSL_CTX_set_app_data(tls->ctx, tls);
	set_options(tls->ctx);
	ret = load_pair(tls, conf, old, &error);
	if (!ret && conf->is_mutual)
		ret = load_authorities(tls, conf, &error);
	if (ret < 0)
		return ret;
	tls->ends = to_time(X509_get0_notAfter(SSL_CTX_get0_certificate(tls->ctx)));
	if (tls->ends < time(NULL))
		lvn_warning("certificate %s: has expired; spokes will refuse the hub",
			    conf->certificate);
	if (conf->is_mutual) {
		SSL_CTX_set_verify(tls->ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
				   verify);
		SSL_CTX_set_verify_depth(tls->ctx, CHAIN_MAX);
	}
	send_no_root(tls->ctx);
	*ret_tls = TAKE_PTR(tls);
	return 0;
}

int hub_tls_kept(const struct hub_tls *tls, const char **ret_why)
{
	*ret_why = tls->kept;
	return *tls->kept ? tls->kept_error : 0;
}

const char *hub_tls_refusal(const SSL *ssl)
{
	const struct hub_tls *tls = SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl));

	return tls ? tls->refusal : "";
}

void hub_tls_destroy(struct hub_tls *tls)
{
	if (!tls)
		return;
	free(tls->revoked);
	/* connections that are still in their handshake keep the context */
	if (tls->ctx)
		SSL_CTX_set_app_data(tls->ctx, NULL);
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

	if (len < 1 || len > 255 || text[0] == '~' || !lvn_is_printable((const char *)text, len))
		return false;
	for (i = 0; i < len; i++)
		if (text[i] == ' ' || text[i] == '"' || text[i] == '\\')
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
	return certificate ? hub_tls_name(certificate, ret) : 0;
}

int hub_tls_name(const X509 *certificate, struct hub_peer *ret)
{
	memset(ret, 0, sizeof(*ret));
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
