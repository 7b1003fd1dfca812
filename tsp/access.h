/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who a client is: names and keys of the store against what TSP's mechanisms prove. A key is 128
 * random bits, so that one hash is enough to keep it, and nobody can guess it.
 */
#ifndef _TSP_ACCESS_H
#define _TSP_ACCESS_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/users.h"
#include "proto/tsp/digest.h"
#include "proto/tsp/text.h"

/** A key as text, with the final NUL. */
#define TSP_KEY_SIZE 33

/**
 * tsp_access_make() - make a new key and give it to a user
 * @realm: of DIGEST-MD5; "" for a key that is for PLAIN only
 * @ret_key: 32 hexadecimal digits, which are nowhere else
 *
 * Return: 0, as broker_key_add(), or -EOPNOTSUPP if MD5 is forbidden here.
 */
int tsp_access_make(struct broker_users *users, const char *user, const char *name,
		    const char *realm, int64_t now, char ret_key[TSP_KEY_SIZE]);

/**
 * tsp_access_check() - whether the key is one of the user's
 * @ret_name: of the key; BROKER_KEY_NAME_SIZE bytes
 *
 * Return: 0; -EACCES; -EPERM if it is, but he is disabled; or of the store.
 */
int tsp_access_check(struct broker_users *users, const struct tsp_plain *plain, char *ret_name);

/**
 * tsp_access_prove() - whether a response was made with one of the user's keys
 * @realm: of the challenge
 * @old_client: as tsp_digest_verify()
 * @ret_proof: the broker's, made with the same key
 * @ret_name: of the key; BROKER_KEY_NAME_SIZE bytes
 *
 * Return: as tsp_access_check().
 */
int tsp_access_prove(struct broker_users *users, const char *realm,
		     const struct tsp_response *response, bool old_client,
		     char ret_proof[TSP_HEX_SIZE], char *ret_name);

#endif
