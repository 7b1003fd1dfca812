// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Keys of users. The hash for DIGEST-MD5 is there twice if the name is not the same in UTF-8 and in
 * ISO 8859-1: clients differ in what they take.
 */
#include "tsp/access.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#define KEY_BYTES 16
#define SHA256_BYTES 32
#define MD5_DIGITS (2 * TSP_SECRET_SIZE)

static void to_hex(const uint8_t *bytes, size_t len, char *ret)
{
	size_t i;

	for (i = 0; i < len; i++)
		snprintf(ret + 2 * i, 3, "%02x", bytes[i]);
}

static int from_hex(const char *text, uint8_t ret[TSP_SECRET_SIZE])
{
	unsigned int byte;
	size_t i;

	for (i = 0; i < TSP_SECRET_SIZE; i++) {
		if (sscanf(text + 2 * i, "%2x", &byte) != 1)
			return -EBADMSG;
		ret[i] = byte;
	}
	return 0;
}

/* @ret_hash has room for MD5_DIGITS and a NUL. */
static int hash_md5(const char *user, const char *realm, const char *key, bool latin1,
		    char *ret_hash)
{
	uint8_t secret[TSP_SECRET_SIZE];
	int ret = tsp_digest_secret(user, realm, key, latin1, secret);

	if (!ret)
		to_hex(secret, sizeof(secret), ret_hash);
	OPENSSL_cleanse(secret, sizeof(secret));
	return ret;
}

static int hash_sha256(const char *key, char ret_hash[BROKER_HASH_SIZE])
{
	uint8_t hash[SHA256_BYTES];

	if (!EVP_Digest(key, strlen(key), hash, NULL, EVP_sha256(), NULL))
		return -EIO;
	to_hex(hash, sizeof(hash), ret_hash);
	return 0;
}

static bool is_ascii(const char *text)
{
	for (; *text; text++)
		if (*text & 0x80)
			return false;
	return true;
}

static int hash_key(struct broker_key *key, const char *secret)
{
	int ret;

	if (key->kind == BROKER_KEY_SHA256)
		return hash_sha256(secret, key->hash);
	ret = hash_md5(key->user, key->scope, secret, false, key->hash);
	/* a name that cannot be written so is sent in UTF-8 only */
	if (!ret && !is_ascii(key->user) &&
	    hash_md5(key->user, key->scope, secret, true, key->hash + MD5_DIGITS) == -EOPNOTSUPP)
		return -EOPNOTSUPP;
	return ret;
}

int tsp_access_make(struct broker_users *users, const char *user, const char *name,
		    const char *realm, int64_t now, char ret_key[TSP_KEY_SIZE])
{
	struct broker_key key = {
		.kind = *realm ? BROKER_KEY_MD5 : BROKER_KEY_SHA256,
		.created_at = now,
	};
	uint8_t bytes[KEY_BYTES];
	int ret;

	if (strlen(user) >= sizeof(key.user))
		return -ENOENT;
	if (strlen(name) >= sizeof(key.name) || strlen(realm) >= sizeof(key.scope))
		return -EINVAL;
	strcpy(key.user, user);
	strcpy(key.name, name);
	strcpy(key.scope, realm);
	if (RAND_bytes(bytes, sizeof(bytes)) != 1)
		return -EIO;
	to_hex(bytes, sizeof(bytes), ret_key);
	OPENSSL_cleanse(bytes, sizeof(bytes));
	ret = hash_key(&key, ret_key);
	if (!ret)
		ret = broker_key_add(users, &key);
	OPENSSL_cleanse(&key, sizeof(key));
	if (ret < 0)
		OPENSSL_cleanse(ret_key, TSP_KEY_SIZE);
	return ret;
}

/**
 * struct check - a key that is looked for among those of a user
 * @plain: what the client has sent
 * @is_right: whether it was found
 * @name: of it
 */
struct check {
	const struct tsp_plain *plain;
	bool is_right;
	char name[BROKER_KEY_NAME_SIZE];
};

static void check_key(void *arg, const struct broker_key *key)
{
	struct check *check = arg;
	char hash[BROKER_HASH_SIZE] = "";
	int ret;

	if (key->kind == BROKER_KEY_SHA256)
		ret = hash_sha256(check->plain->password, hash);
	else
		ret = hash_md5(key->user, key->scope, check->plain->password, false, hash);
	if (ret < 0)
		return;
	if (strlen(key->hash) < strlen(hash) || CRYPTO_memcmp(hash, key->hash, strlen(hash)) != 0)
		return;
	check->is_right = true;
	strcpy(check->name, key->name);
}

/* Only who has a key learns that he is disabled, and that from the log alone. */
static int admit(struct broker_users *users, const char *name)
{
	struct broker_user user;
	int ret = broker_user_find(users, name, &user);

	if (ret < 0)
		return ret == -ENOENT ? -EACCES : ret;
	return user.is_disabled ? -EPERM : 0;
}

int tsp_access_check(struct broker_users *users, const struct tsp_plain *plain, char *ret_name)
{
	struct check check = { .plain = plain };
	int ret = broker_key_list(users, plain->user, check_key, &check);

	if (ret < 0)
		return ret;
	if (!check.is_right)
		return -EACCES;
	strcpy(ret_name, check.name);
	return admit(users, plain->user);
}

/**
 * struct proof - a response that is compared with the keys of a user
 * @realm: of the challenge
 * @response: of the client
 * @old_client: as tsp_digest_verify()
 * @is_right: whether a key made it
 * @hash: the broker's proof then
 * @name: of the key
 */
struct proof {
	const char *realm;
	const struct tsp_response *response;
	bool old_client;
	bool is_right;
	char hash[TSP_HEX_SIZE];
	char name[BROKER_KEY_NAME_SIZE];
};

static bool try_secret(struct proof *proof, const char *hex, bool old_client)
{
	uint8_t secret[TSP_SECRET_SIZE];
	bool is_right;

	if (from_hex(hex, secret) < 0)
		return false;
	is_right = tsp_digest_verify(secret, proof->response, old_client) == 0 &&
		   tsp_digest_prove(secret, proof->response, TSP_PROOF_BROKER, old_client,
				    proof->hash) == 0;
	OPENSSL_cleanse(secret, sizeof(secret));
	return is_right;
}

static void prove_key(void *arg, const struct broker_key *key)
{
	struct proof *proof = arg;
	const char *hex = key->hash;

	if (proof->is_right || key->kind != BROKER_KEY_MD5 || strlen(hex) % MD5_DIGITS ||
	    strcmp(key->scope, proof->realm) != 0)
		return;
	/* the second hash, if there is one, is for those who send ISO 8859-1 */
	for (; *hex && !proof->is_right; hex += MD5_DIGITS)
		proof->is_right = try_secret(proof, hex, false) ||
				  (proof->old_client && try_secret(proof, hex, true));
	if (proof->is_right)
		strcpy(proof->name, key->name);
}

int tsp_access_prove(struct broker_users *users, const char *realm,
		     const struct tsp_response *response, bool old_client,
		     char ret_proof[TSP_HEX_SIZE], char *ret_name)
{
	struct proof proof = { .realm = realm, .response = response, .old_client = old_client };
	int ret = broker_key_list(users, response->user, prove_key, &proof);

	if (ret < 0)
		return ret;
	if (!proof.is_right)
		return -EACCES;
	memcpy(ret_proof, proof.hash, TSP_HEX_SIZE);
	strcpy(ret_name, proof.name);
	return admit(users, response->user);
}
