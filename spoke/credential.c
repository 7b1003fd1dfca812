// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files are read whole, before OpenSSL sees them: so the errno is the real one, nothing ever asks
 * for a passphrase, and half a file is an error.
 */
#include "spoke/credential.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "spoke/keeper.h"
#include "spoke/tls.h"

#define FILE_MAX (4u << 20)

static int complain(char *ret_text, int error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int complain(char *ret_text, int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_text, LVN_TLS_ERROR_SIZE, format, args);
	va_end(args);
	return error;
}

static void free_bio(BIO **bio)
{
	BIO_free(*bio);
}

static void free_certificates(STACK_OF(X509) * *list)
{
	sk_X509_pop_free(*list, X509_free);
}

static int open_file(int keeper, const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	return errno == EACCES && keeper ? lvn_keeper_open(keeper, file) : -errno;
}

/* Secrets may be in it: OpenSSL clears the memory of its own BIO. */
static int read_file(int keeper, const char *option, const char *file, BIO **ret, char *ret_text)
{
	_cleanup_(free_bio) BIO *bio = BIO_new(BIO_s_secmem());
	_cleanup_close_ int fd = open_file(keeper, file);
	char buf[4096];
	ssize_t len = 1;
	size_t all = 0;
	int error = fd < 0 ? -fd : 0;

	if (!bio)
		return complain(ret_text, -ENOMEM, "%s: out of memory", option);
	while (!error && len > 0 && all < FILE_MAX) {
		len = read(fd, buf, sizeof(buf));
		error = len < 0 ? errno : 0;
		if (len > 0)
			BIO_write(bio, buf, (int)len);
		all += len > 0 ? (size_t)len : 0;
	}
	OPENSSL_cleanse(buf, sizeof(buf));
	if (error == EACCES)
		return complain(ret_text, -error,
				"%s: %s: %s; make it readable for the user that lvn runs as, or "
				"restart lvn as root",
				option, file, strerror(error));
	if (error)
		return complain(ret_text, -error, "%s: %s: %s", option, file, strerror(error));
	*ret = TAKE_PTR(bio);
	return 0;
}

/* Whether reading stopped at the end of the file, not in the middle of a block. */
static bool is_whole(void)
{
	unsigned long error = ERR_peek_last_error();
	bool ret = !error || (ERR_GET_LIB(error) == ERR_LIB_PEM &&
			      ERR_GET_REASON(error) == PEM_R_NO_START_LINE);

	ERR_clear_error();
	return ret;
}

static int read_certificates(int keeper, const char *option, const char *file,
			     STACK_OF(X509) * *ret, char *ret_text)
{
	_cleanup_(free_certificates) STACK_OF(X509) *list = sk_X509_new_null();
	_cleanup_(free_bio) BIO *bio = NULL;
	X509 *one;
	int error;

	error = read_file(keeper, option, file, &bio, ret_text);
	if (error)
		return error;
	while (list && (one = PEM_read_bio_X509(bio, NULL, NULL, NULL)))
		sk_X509_push(list, one);
	if (!is_whole())
		return complain(ret_text, -EINVAL, "%s: %s: a certificate in it is damaged", option,
				file);
	if (!sk_X509_num(list))
		return complain(ret_text, -EINVAL, "%s: %s: there is no certificate in it", option,
				file);
	*ret = TAKE_PTR(list);
	return 0;
}

/* Instead of a question on the terminal, or for ever where there is none. */
static int refuse_passphrase(char *buf, int size, int is_writing, void *is_asked)
{
	(void)buf;
	(void)size;
	(void)is_writing;
	*(bool *)is_asked = true;
	return -1;
}

static int load_key(SSL_CTX *context, int keeper, const char *option, const char *file,
		    const char *cert, char *ret_text)
{
	_cleanup_(free_bio) BIO *bio = NULL;
	bool is_encrypted = false;
	EVP_PKEY *key;
	int error;

	error = read_file(keeper, option, file, &bio, ret_text);
	if (error)
		return error;
	key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &is_encrypted);
	if (is_encrypted)
		return complain(ret_text, -EINVAL,
				"%s: %s: the key is encrypted, and lvn asks for no "
				"passphrase; decrypt it: openssl pkey -in %s -out FILE",
				option, file, file);
	if (!key)
		return complain(ret_text, -EINVAL, "%s: %s: there is no private key in it", option,
				file);
	error = SSL_CTX_use_PrivateKey(context, key) == 1 ? 0 : -EINVAL;
	EVP_PKEY_free(key);
	if (error)
		return complain(ret_text, error,
				"%s: %s: the key does not belong to the certificate "
				"in %s",
				option, file, cert);
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

static int use_certificate(SSL_CTX *context, X509 *certificate, STACK_OF(X509) * chain)
{
	if (SSL_CTX_use_certificate(context, certificate) != 1 ||
	    (chain && SSL_CTX_set1_chain(context, chain) != 1))
		return -EINVAL;
	return 0;
}

static int load_pair(SSL_CTX *context, const struct lvn_tls_files *files, char *ret_text)
{
	const char *cert = files->cert ? files->cert : files->identity;
	const char *key = files->key ? files->key : files->identity ? files->identity : cert;
	_cleanup_(free_certificates) STACK_OF(X509) *list = NULL;
	const char *option = files->cert ? "cert" : "identity";
	X509 *first;
	int error;

	error = read_certificates(files->keeper, option, cert, &list, ret_text);
	if (error)
		return error;
	first = sk_X509_shift(list);
	error = use_certificate(context, first, list);
	if (X509_cmp_current_time(X509_get0_notAfter(first)) < 0)
		lvn_warning("certificate %s: it has expired; the hub will refuse it", cert);
	X509_free(first);
	if (error)
		return complain(ret_text, error, "%s: %s: OpenSSL refuses the certificate: %s",
				option, cert, ERR_reason_error_string(ERR_peek_last_error()));
	option = files->key ? "key" : option;
	error = load_key(context, files->keeper, option, key, cert, ret_text);
	if (!error)
		send_no_root(context);
	return error;
}

/* The one that is in use already. */
static int keep_pair(SSL_CTX *context, SSL_CTX *old)
{
	STACK_OF(X509) *chain = NULL;

	SSL_CTX_get0_chain_certs(old, &chain);
	SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
	if (use_certificate(context, SSL_CTX_get0_certificate(old), chain) ||
	    SSL_CTX_use_PrivateKey(context, SSL_CTX_get0_privatekey(old)) != 1)
		return -EINVAL;
	return 0;
}

static void warn_of_times(const char *file, const X509_CRL *crl)
{
	const ASN1_TIME *next = X509_CRL_get0_nextUpdate(crl);

	if (X509_cmp_current_time(X509_CRL_get0_lastUpdate(crl)) > 0)
		lvn_warning("crl %s: it begins in the future, and is used already; check the clock",
			    file);
	if (next && X509_cmp_current_time(next) < 0)
		lvn_warning("crl %s: it should have been replaced by now, and is still used", file);
}

/* Return: whether one of @authorities made the list; -EBADMSG if it only says so. */
static int is_issued_by(X509_CRL *crl, STACK_OF(X509) * authorities)
{
	int ret = 0;

	for (int i = 0; i < sk_X509_num(authorities); i++) {
		X509 *authority = sk_X509_value(authorities, i);

		if (X509_NAME_cmp(X509_get_subject_name(authority), X509_CRL_get_issuer(crl)))
			continue;
		if (X509_CRL_verify(crl, X509_get0_pubkey(authority)) == 1)
			return 1;
		ret = -EBADMSG;
	}
	ERR_clear_error();
	return ret;
}

static int load_crl(SSL_CTX *context, int keeper, const char *file, STACK_OF(X509) * authorities,
		    char *ret_text)
{
	X509_STORE *store = SSL_CTX_get_cert_store(context);
	_cleanup_(free_bio) BIO *bio = NULL;
	unsigned int n = 0, known = 0;
	X509_CRL *crl;
	int error;

	error = read_file(keeper, "crl", file, &bio, ret_text);
	for (; !error && (crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL)); n++) {
		int issued = authorities ? is_issued_by(crl, authorities) : 1;

		known += issued > 0;
		if (issued < 0)
			error = complain(ret_text, -EINVAL,
					 "crl: %s: a list in it is not signed by the "
					 "authority that it names",
					 file);
		warn_of_times(file, crl);
		X509_STORE_add_crl(store, crl);
		X509_CRL_free(crl);
	}
	if (error)
		return error;
	if (!is_whole() || !n)
		return complain(ret_text, -EINVAL, "crl: %s: %s", file,
				n ? "a list in it is damaged" :
				    "there is no whole revocation list in it");
	if (!known)
		return complain(ret_text, -EINVAL,
				"crl: %s: the list is of another authority than "
				"that of the hub",
				file);
	X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
	return 0;
}

static int load_authorities(SSL_CTX *context, const struct lvn_tls_files *files, SSL_CTX *old,
			    char *ret_text, STACK_OF(X509) * *ret)
{
	const char *ca = files->ca ? files->ca : files->identity;
	int error;

	if (!ca && SSL_CTX_set_default_verify_paths(context) != 1)
		return complain(ret_text, -EINVAL,
				"ca: the system has no authorities; name a file");
	if (!ca)
		return 0;
	error = read_certificates(files->keeper, files->ca ? "ca" : "identity", ca, ret, ret_text);
	if (error == -EACCES && old) {
		SSL_CTX_set1_cert_store(context, SSL_CTX_get_cert_store(old));
		return 0;
	}
	for (int i = 0; !error && i < sk_X509_num(*ret); i++)
		X509_STORE_add_cert(SSL_CTX_get_cert_store(context), sk_X509_value(*ret, i));
	return error;
}

int lvn_credential_load(SSL_CTX *context, const struct lvn_tls_files *files, SSL_CTX *old,
			char *ret_text)
{
	_cleanup_(free_certificates) STACK_OF(X509) *authorities = NULL;
	int ret;

	ret = load_authorities(context, files, old, ret_text, &authorities);
	if (!ret && (files->cert || files->identity)) {
		ret = load_pair(context, files, ret_text);
		if (ret == -EACCES && old && SSL_CTX_get0_certificate(old))
			ret = keep_pair(context, old);
	}
	if (!ret && files->crl)
		ret = load_crl(context, files->keeper, files->crl, authorities, ret_text);
	return ret;
}

/* All zero if there is no way to see it. */
static void look_at(int keeper, const char *file, struct stat *ret)
{
	_cleanup_close_ int fd = -1;

	if (!stat(file, ret))
		return;
	memset(ret, 0, sizeof(*ret));
	if (errno == EACCES && keeper)
		fd = lvn_keeper_open(keeper, file);
	if (fd >= 0 && fstat(fd, ret) < 0)
		memset(ret, 0, sizeof(*ret));
}

uint64_t lvn_tls_stamp(const struct lvn_tls_files *files)
{
	const char *const paths[] = { files->identity, files->cert, files->key, files->ca,
				      files->crl };
	uint64_t stamp = 0xcbf29ce484222325;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct stat status = { .st_ino = 0 };
		uint64_t parts[4];

		if (paths[i])
			look_at(files->keeper, paths[i], &status);
		parts[0] = (uint64_t)status.st_ino;
		parts[1] = (uint64_t)status.st_size;
		parts[2] = (uint64_t)status.st_mtim.tv_sec;
		parts[3] = (uint64_t)status.st_mtim.tv_nsec;
		for (size_t j = 0; j < 4; j++)
			stamp = (stamp ^ parts[j]) * 0x100000001b3;
	}
	return stamp;
}
