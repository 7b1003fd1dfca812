/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading PEM files: certificates, keys, revocation lists. All or nothing: half a file is an error.
 */
#ifndef _HUB_PEM_H
#define _HUB_PEM_H

#include <stddef.h>

#include <openssl/types.h>
#include <openssl/x509.h>

/**
 * struct hub_pem_error - why a file cannot be used
 * @text: gets "WHAT FILE: reason"
 * @size: of @text
 */
struct hub_pem_error {
	char *text;
	size_t size;
};

/** hub_pem_fail() - fill @error. Return: @ret */
__attribute__((format(printf, 5, 6))) int hub_pem_fail(struct hub_pem_error *error,
						       const char *what, const char *path, int ret,
						       const char *format, ...);

/**
 * hub_pem_certificates() - read all certificates of a file, at least one
 * @what: name of the setting, for @error
 * @ret_list: to be freed with its members
 *
 * Return: 0, -EINVAL for what the file holds, or why it cannot be read.
 */
int hub_pem_certificates(const char *what, const char *path, struct hub_pem_error *error,
			 STACK_OF(X509) * *ret_list);

/** hub_pem_crls() - the same for revocation lists */
int hub_pem_crls(const char *what, const char *path, struct hub_pem_error *error,
		 STACK_OF(X509_CRL) * *ret_list);

/** hub_pem_key() - the same for one private key, which must not be encrypted */
int hub_pem_key(const char *what, const char *path, struct hub_pem_error *error,
		EVP_PKEY **ret_key);

#endif
