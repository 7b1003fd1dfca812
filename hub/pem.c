// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * PEM files. OpenSSL's own functions for files end at the first block that they do not understand,
 * and ask the terminal for pass phrases; a daemon must do neither.
 */
#include "hub/pem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "lib/base/cleanup.h"

/* A list that revokes a million certificates has 40 MB. */
#define FILE_MAX_BYTES (64 << 20)

/**
 * struct file - what is in a file
 * @what: name of the setting
 * @path: of the file
 * @error: where the sentence goes
 * @text: with a NUL behind it, owned; keys are wiped
 * @len: of @text
 * @bio: over @text, owned
 */
struct file {
	const char *what;
	const char *path;
	struct hub_pem_error *error;
	char *text;
	size_t len;
	BIO *bio;
};

static void cleanup_file(struct file *file)
{
	BIO_free(file->bio);
	if (file->text)
		OPENSSL_cleanse(file->text, file->len);
	free(file->text);
}

int hub_pem_fail(struct hub_pem_error *error, const char *what, const char *path, int ret,
		 const char *format, ...)
{
	int len = snprintf(error->text, error->size, "%s %s: ", what, path);
	va_list args;

	if (len >= 0 && (size_t)len < error->size) {
		va_start(args, format);
		vsnprintf(error->text + len, error->size - len, format, args);
		va_end(args);
	}
	ERR_clear_error();
	return ret;
}

static int fail_errno(struct file *file)
{
	return hub_pem_fail(file->error, file->what, file->path, -errno, "%s", strerror(errno));
}

static int read_text(struct file *file, int fd)
{
	ssize_t len = 1;

	while (len > 0 && file->len <= FILE_MAX_BYTES) {
		char *text = realloc(file->text, file->len + 65537);

		if (!text)
			return -ENOMEM;
		file->text = text;
		len = read(fd, text + file->len, 65536);
		if (len < 0)
			return -errno;
		file->len += len;
		text[file->len] = '\0';
	}
	return file->len > FILE_MAX_BYTES ? -EFBIG : 0;
}

/* Each block ends, and no line looks like a boundary that is torn. */
static bool is_whole(const char *text)
{
	bool is_inside = false;

	for (; text; text = strchr(text, '\n')) {
		text += *text == '\n';
		if (strncmp(text, "-----", 5) != 0) {
			if (*text == '-')
				return false;
			continue;
		}
		if (strncmp(text, is_inside ? "-----END " : "-----BEGIN ", is_inside ? 9 : 11) != 0)
			return false;
		is_inside = !is_inside;
	}
	return !is_inside;
}

static int open_file(struct file *file)
{
	/* not to hang on a pipe */
	_cleanup_close_ int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int ret;

	ERR_clear_error();
	if (fd < 0 || fstat(fd, &st) < 0)
		return fail_errno(file);
	if (!S_ISREG(st.st_mode))
		return hub_pem_fail(file->error, file->what, file->path, -EINVAL,
				    "not a regular file");
	ret = read_text(file, fd);
	if (ret < 0)
		return hub_pem_fail(file->error, file->what, file->path, ret, "%s", strerror(-ret));
	if (!is_whole(file->text))
		return hub_pem_fail(file->error, file->what, file->path, -EINVAL,
				    "incomplete: a block has no end; was it copied in full?");
	file->bio = BIO_new_mem_buf(file->text, file->len);
	return file->bio ?
		       0 :
		       hub_pem_fail(file->error, file->what, file->path, -ENOMEM, "out of memory");
}

/* After the last block, which PEM takes for an error, too. */
static int finish(struct file *file, int n, const char *kind)
{
	unsigned long error = ERR_peek_last_error();

	if (error && ERR_GET_REASON(error) != PEM_R_NO_START_LINE)
		return hub_pem_fail(file->error, file->what, file->path, -EINVAL,
				    "cannot be decoded: %s", ERR_reason_error_string(error) ?: "?");
	if (!n)
		return hub_pem_fail(file->error, file->what, file->path, -EINVAL,
				    "there is no %s in it", kind);
	ERR_clear_error();
	return 0;
}

static int no_phrase(char *buf, int size, int is_writing, void *arg)
{
	bool *is_encrypted = arg;

	(void)buf;
	(void)size;
	(void)is_writing;
	*is_encrypted = true;
	return -1;
}

int hub_pem_certificates(const char *what, const char *path, struct hub_pem_error *error,
			 STACK_OF(X509) * *ret_list)
{
	_cleanup_(cleanup_file) struct file file = { .what = what, .path = path, .error = error };
	STACK_OF(X509) *list = sk_X509_new_null();
	bool is_encrypted = false;
	X509 *one;
	int ret;

	ret = list ? open_file(&file) : -ENOMEM;
	while (!ret && (one = PEM_read_bio_X509(file.bio, NULL, no_phrase, &is_encrypted)))
		if (!sk_X509_push(list, one)) {
			X509_free(one);
			ret = -ENOMEM;
		}
	if (!ret)
		ret = finish(&file, sk_X509_num(list), "certificate");
	if (ret < 0) {
		sk_X509_pop_free(list, X509_free);
		return ret;
	}
	*ret_list = list;
	return 0;
}

int hub_pem_crls(const char *what, const char *path, struct hub_pem_error *error,
		 STACK_OF(X509_CRL) * *ret_list)
{
	_cleanup_(cleanup_file) struct file file = { .what = what, .path = path, .error = error };
	STACK_OF(X509_CRL) *list = sk_X509_CRL_new_null();
	bool is_encrypted = false;
	X509_CRL *one;
	int ret;

	ret = list ? open_file(&file) : -ENOMEM;
	while (!ret && (one = PEM_read_bio_X509_CRL(file.bio, NULL, no_phrase, &is_encrypted)))
		if (!sk_X509_CRL_push(list, one)) {
			X509_CRL_free(one);
			ret = -ENOMEM;
		}
	if (!ret)
		ret = finish(&file, sk_X509_CRL_num(list), "revocation list");
	if (ret < 0) {
		sk_X509_CRL_pop_free(list, X509_CRL_free);
		return ret;
	}
	*ret_list = list;
	return 0;
}

int hub_pem_key(const char *what, const char *path, struct hub_pem_error *error, EVP_PKEY **ret_key)
{
	_cleanup_(cleanup_file) struct file file = { .what = what, .path = path, .error = error };
	bool is_encrypted = false;
	EVP_PKEY *key;
	int ret;

	ret = open_file(&file);
	if (ret < 0)
		return ret;
	key = PEM_read_bio_PrivateKey(file.bio, NULL, no_phrase, &is_encrypted);
	if (is_encrypted) {
		EVP_PKEY_free(key);
		return hub_pem_fail(error, what, path, -EINVAL,
				    "encrypted, and a daemon cannot ask for the pass phrase; "
				    "decrypt it using 'openssl pkey'");
	}
	if (!key)
		return finish(&file, 0, "private key");
	ERR_clear_error();
	*ret_key = key;
	return 0;
}
