// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * MACs of LISP's control messages.
 */
#include "proto/lisp/auth.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include "proto/lisp/message.h"

/* Where things are in all messages that are authenticated. */
#define NONCE_AT 4
#define NONCE_LEN 8
#define ALGORITHM_AT 13
#define LEN_AT 14
#define AUTH_AT 16
#define MESSAGE_MAX 65535

/* RFC 2404 and RFC 4868. */
#define SHA1_LEN 20
#define SHA1_96_LEN 12
#define SHA256_LEN 32
#define SHA256_128_LEN 16

unsigned int lisp_auth_len(enum lisp_algorithm algorithm, bool rfc_lengths)
{
	switch (algorithm) {
	case LISP_ALGORITHM_SHA1:
		return rfc_lengths ? SHA1_96_LEN : SHA1_LEN;
	case LISP_ALGORITHM_SHA256:
	case LISP_ALGORITHM_SHA256_HKDF:
		return rfc_lengths ? SHA256_128_LEN : SHA256_LEN;
	default:
		return 0;
	}
}

/* RFC 9301 section 9.3: what keeps the keys of the messages apart. */
static const char *purpose(const uint8_t *data, size_t len)
{
	switch (lisp_type_of(data, len)) {
	case LISP_TYPE_MAP_NOTIFY:
		return "Map-Notify Authentication";
	case LISP_TYPE_MAP_NOTIFY_ACK:
		return "Map-Notify-Ack Authentication";
	default:
		return "Map-Register Authentication";
	}
}

/*
 * RFC 9301 section 5.6: KDF(nonce || key, purpose). It names HKDF-SHA256 and neither info nor
 * length; info is empty here, and the length that of the hash.
 */
static int derive(const uint8_t *data, size_t len, const struct lisp_key *key,
		  uint8_t derived[SHA256_LEN])
{
	const char *salt = purpose(data, len);
	uint8_t material[NONCE_LEN + 256];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
	EVP_KDF_CTX *context = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	OSSL_PARAM params[4];
	bool ok = false;

	if (context && key->len <= sizeof(material) - NONCE_LEN) {
		memcpy(material, data + NONCE_AT, NONCE_LEN);
		memcpy(material + NONCE_LEN, key->data, key->len);
		params[0] = OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, "SHA256", 0);
		params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, material,
							      NONCE_LEN + key->len);
		params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, (char *)salt,
							      strlen(salt));
		params[3] = OSSL_PARAM_construct_end();
		ok = EVP_KDF_derive(context, derived, SHA256_LEN, params) > 0;
		OPENSSL_cleanse(material, sizeof(material));
	}
	EVP_KDF_CTX_free(context);
	EVP_KDF_free(kdf);
	return ok ? 0 : -EOPNOTSUPP;
}

static int hmac(enum lisp_algorithm algorithm, const uint8_t *data, size_t len,
		const struct lisp_key *key, uint8_t mac[SHA256_LEN])
{
	const EVP_MD *md = algorithm == LISP_ALGORITHM_SHA1 ? EVP_sha1() : EVP_sha256();
	unsigned int size = SHA256_LEN;
	uint8_t derived[SHA256_LEN];
	int ret = 0;

	if (algorithm == LISP_ALGORITHM_SHA256_HKDF) {
		ret = derive(data, len, key, derived);
		if (!ret && !HMAC(md, derived, sizeof(derived), data, len, mac, &size))
			ret = -EOPNOTSUPP;
		OPENSSL_cleanse(derived, sizeof(derived));
		return ret;
	}
	return HMAC(md, key->data, key->len, data, len, mac, &size) ? 0 : -EOPNOTSUPP;
}

/* Make the MAC of a message whose authentication data are zero. */
static int compute(const uint8_t *data, size_t len, const struct lisp_key *key,
		   uint8_t mac[SHA256_LEN], unsigned int *ret_len)
{
	enum lisp_algorithm algorithm;
	unsigned int mac_len;

	if (len < AUTH_AT || len > MESSAGE_MAX)
		return -EINVAL;
	algorithm = data[ALGORITHM_AT];
	mac_len = data[LEN_AT] << 8 | data[LEN_AT + 1];
	if (!lisp_auth_len(algorithm, false))
		return -EOPNOTSUPP;
	if (mac_len > len - AUTH_AT)
		return -EINVAL;
	if (mac_len != lisp_auth_len(algorithm, false) && mac_len != lisp_auth_len(algorithm, true))
		return -EACCES;
	*ret_len = mac_len;
	return hmac(algorithm, data, len, key, mac);
}

int lisp_auth_sign(void *data, size_t len, const struct lisp_key *key)
{
	uint8_t mac[SHA256_LEN], *at = data;
	unsigned int mac_len;
	int ret;

	if (len < AUTH_AT)
		return -EINVAL;
	mac_len = at[LEN_AT] << 8 | at[LEN_AT + 1];
	if (mac_len > len - AUTH_AT)
		return -EINVAL;
	memset(at + AUTH_AT, 0, mac_len);
	ret = compute(data, len, key, mac, &mac_len);
	if (!ret)
		memcpy(at + AUTH_AT, mac, mac_len);
	return ret == -EACCES ? -EINVAL : ret;
}

int lisp_auth_verify(const void *data, size_t len, const struct lisp_key *key)
{
	uint8_t mac[SHA256_LEN], sent[SHA256_LEN];
	unsigned int mac_len;
	uint8_t *copy;
	int ret;

	if (len < AUTH_AT || len > MESSAGE_MAX)
		return -EINVAL;
	copy = malloc(len);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, data, len);
	mac_len = copy[LEN_AT] << 8 | copy[LEN_AT + 1];
	ret = mac_len > sizeof(sent) || mac_len > len - AUTH_AT ? -EACCES : 0;
	if (!ret) {
		memcpy(sent, copy + AUTH_AT, mac_len);
		memset(copy + AUTH_AT, 0, mac_len);
		ret = compute(copy, len, key, mac, &mac_len);
	}
	if (!ret && CRYPTO_memcmp(mac, sent, mac_len) != 0)
		ret = -EACCES;
	free(copy);
	return ret;
}

int lisp_auth_mac(struct lisp_auth *auth, const void *data, size_t len, const struct lisp_key *key)
{
	uint8_t mac[SHA256_LEN];
	int ret;

	/* no nonce stands where one would have to be derived from */
	if (auth->algorithm != LISP_ALGORITHM_SHA1 && auth->algorithm != LISP_ALGORITHM_SHA256)
		return -EOPNOTSUPP;
	if (auth->len != lisp_auth_len(auth->algorithm, false) &&
	    auth->len != lisp_auth_len(auth->algorithm, true))
		return -EACCES;
	ret = hmac(auth->algorithm, data, len, key, mac);
	if (!ret)
		memcpy(auth->data, mac, auth->len);
	return ret;
}

int lisp_auth_mac_verify(const struct lisp_auth *auth, const void *data, size_t len,
			 const struct lisp_key *key)
{
	struct lisp_auth expected = *auth;
	int ret;

	ret = lisp_auth_mac(&expected, data, len, key);
	if (!ret && CRYPTO_memcmp(expected.data, auth->data, auth->len) != 0)
		ret = -EACCES;
	return ret;
}
