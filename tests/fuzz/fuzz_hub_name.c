// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Identities out of certificates: as they come from the wire, and made of names in all the encodings
 * that an authority may have been talked into. Whatever is taken for an identity is printable, short,
 * and not one of those that the broker makes up.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

#include "hub/tls.h"
#include "lib/base/escape.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(const X509 *certificate)
{
	struct hub_peer peer;
	size_t len;

	if (hub_tls_name(certificate, &peer) < 0)
		return;
	len = strlen(peer.identity);
	if (!len || len > 255 || peer.identity[0] == '~' || strpbrk(peer.identity, " \"\\") ||
	    !lvn_is_printable(peer.identity, len) || strlen(peer.credential) >= 128)
		abort();
}

static void add_san(GENERAL_NAMES *names, int type, const uint8_t *data, size_t len)
{
	static const int types[] = { GEN_DNS, GEN_EMAIL, GEN_URI };
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_STRING *string = ASN1_IA5STRING_new();

	if (!name || !string || !ASN1_STRING_set(string, data, (int)len))
		abort();
	GENERAL_NAME_set0_value(name, types[type % 3], string);
	if (!sk_GENERAL_NAME_push(names, name))
		abort();
}

static void add_common_name(X509 *certificate, int type, const uint8_t *data, size_t len)
{
	static const int types[] = { V_ASN1_UTF8STRING, V_ASN1_BMPSTRING, V_ASN1_UNIVERSALSTRING,
				     V_ASN1_T61STRING, V_ASN1_PRINTABLESTRING };

	/* what OpenSSL does not take, nobody can send */
	X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_commonName,
				   types[type % 5], data, (int)len, -1, 0);
}

/* Each name: a byte for its kind, one for its length, and itself. */
static void build(const uint8_t *data, size_t size)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();
	X509 *certificate = X509_new();
	size_t len;

	if (!names || !certificate)
		abort();
	while (size >= 2) {
		len = data[1] < size - 2 ? data[1] : size - 2;
		if (data[0] & 1)
			add_san(names, data[0] >> 1, data + 2, len);
		else
			add_common_name(certificate, data[0] >> 1, data + 2, len);
		data += 2 + len;
		size -= 2 + len;
	}
	if (sk_GENERAL_NAME_num(names))
		X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0);
	ASN1_INTEGER_set(X509_get_serialNumber(certificate), 7);
	check(certificate);
	GENERAL_NAMES_free(names);
	X509_free(certificate);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *der = data + 1;
	X509 *certificate;

	if (!size || size > 20000)
		return 0;
	if (data[0] & 1) {
		build(data + 1, size - 1);
	} else {
		certificate = d2i_X509(NULL, &der, (long)size - 1);
		if (certificate)
			check(certificate);
		X509_free(certificate);
	}
	ERR_clear_error();
	return 0;
}
