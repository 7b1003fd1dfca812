// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The arithmetic of DIGEST-MD5. Its messages are in digest_text.c.
 */
#include "proto/tsp/digest.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>

/**
 * struct piece - bytes to be hashed
 * @data: where
 * @len: how many
 */
struct piece {
	const void *data;
	size_t len;
};

static struct piece string(const char *text)
{
	return (struct piece){ text, strlen(text) };
}

/* MD5 of pieces with a colon between each two. */
static int hash_pieces(const struct piece *pieces, unsigned int n,
		       uint8_t ret_hash[TSP_SECRET_SIZE])
{
	unsigned int i, size = TSP_SECRET_SIZE;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool ok;

	ok = context && EVP_DigestInit_ex(context, EVP_md5(), NULL);
	for (i = 0; ok && i < n; i++)
		ok = (!i || EVP_DigestUpdate(context, ":", 1)) &&
		     EVP_DigestUpdate(context, pieces[i].data, pieces[i].len);
	ok = ok && EVP_DigestFinal_ex(context, ret_hash, &size);
	EVP_MD_CTX_free(context);
	return ok ? 0 : -EOPNOTSUPP;
}

static void to_hex(const uint8_t hash[TSP_SECRET_SIZE], char ret_hex[TSP_HEX_SIZE])
{
	unsigned int i;

	for (i = 0; i < TSP_SECRET_SIZE; i++)
		snprintf(ret_hex + 2 * i, 3, "%02x", hash[i]);
}

static int hash_to_hex(const struct piece *pieces, unsigned int n, char ret_hex[TSP_HEX_SIZE])
{
	uint8_t hash[TSP_SECRET_SIZE];
	int ret;

	ret = hash_pieces(pieces, n, hash);
	if (!ret)
		to_hex(hash, ret_hex);
	OPENSSL_cleanse(hash, sizeof(hash));
	return ret;
}

/* Rewrite UTF-8 as ISO 8859-1. Return: false if it has what that cannot hold. */
static bool to_latin1(const char *text, char *ret_text, size_t size)
{
	const unsigned char *at = (const unsigned char *)text;
	size_t n = 0;

	for (; *at; at++) {
		if (n + 1 >= size)
			return false;
		if (*at < 0x80) {
			ret_text[n++] = *at;
		} else if ((*at == 0xc2 || *at == 0xc3) && (at[1] & 0xc0) == 0x80) {
			ret_text[n++] = (*at & 3) << 6 | (at[1] & 0x3f);
			at++;
		} else {
			return false;
		}
	}
	ret_text[n] = '\0';
	return true;
}

int tsp_digest_secret(const char *user, const char *realm, const char *password, bool latin1,
		      uint8_t ret_secret[TSP_SECRET_SIZE])
{
	char user_latin1[TSP_USER_SIZE], password_latin1[TSP_PASSWORD_SIZE];
	struct piece pieces[3];
	int ret;

	if (latin1) {
		if (!to_latin1(user, user_latin1, sizeof(user_latin1)) ||
		    !to_latin1(password, password_latin1, sizeof(password_latin1)))
			return -EILSEQ;
		user = user_latin1;
		password = password_latin1;
	}
	pieces[0] = string(user);
	pieces[1] = string(realm);
	pieces[2] = string(password);
	ret = hash_pieces(pieces, 3, ret_secret);
	if (latin1)
		OPENSSL_cleanse(password_latin1, sizeof(password_latin1));
	return ret;
}

int tsp_digest_prove(const uint8_t secret[TSP_SECRET_SIZE], const struct tsp_response *response,
		     enum tsp_proof whose, bool old_client, char ret_hash[TSP_HEX_SIZE])
{
	size_t len = old_client ? strnlen((const char *)secret, TSP_SECRET_SIZE) : TSP_SECRET_SIZE;
	const struct piece a1[] = { { secret, len },
				    string(response->nonce),
				    string(response->cnonce) };
	const struct piece a2[] = { string(whose == TSP_PROOF_CLIENT ? "AUTHENTICATE" : ""),
				    string(response->uri) };
	char hash1[TSP_HEX_SIZE], hash2[TSP_HEX_SIZE];
	int ret;

	ret = hash_to_hex(a1, 3, hash1);
	if (!ret)
		ret = hash_to_hex(a2, 2, hash2);
	if (!ret) {
		const struct piece all[] = { string(hash1),	   string(response->nonce),
					     string(response->nc), string(response->cnonce),
					     string("auth"),	   string(hash2) };

		ret = hash_to_hex(all, 6, ret_hash);
	}
	OPENSSL_cleanse(hash1, sizeof(hash1));
	return ret;
}

int tsp_digest_verify(const uint8_t secret[TSP_SECRET_SIZE], const struct tsp_response *response,
		      bool old_client)
{
	char hash[TSP_HEX_SIZE];
	int ret;

	ret = tsp_digest_prove(secret, response, TSP_PROOF_CLIENT, old_client, hash);
	if (ret < 0)
		return ret;
	ret = CRYPTO_memcmp(hash, response->hash, TSP_HEX_SIZE - 1) ? -EACCES : 0;
	OPENSSL_cleanse(hash, sizeof(hash));
	return ret;
}
