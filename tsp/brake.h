/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Wrong keys slow down: the address that they come from, and the user that they are tried for. It is
 * only ever a matter of when: what comes too soon is not answered, as if it were lost, and clients
 * repeat it. Memory is of a fixed size, whoever tries.
 */
#ifndef _TSP_BRAKE_H
#define _TSP_BRAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/base/addr.h"

/** Addresses and users that are told apart; others share with one of them. */
#define TSP_BRAKE_SLOTS 4096

/** Wrong keys that an address, or all who try a user, may show before it has to wait. */
#define TSP_BRAKE_ROOM 10
#define TSP_BRAKE_USER_ROOM 30

/** What each of these costs; so long it takes until there is room for one more. */
#define TSP_BRAKE_COST_MS 4000
#define TSP_BRAKE_USER_COST_MS 1000

/**
 * struct tsp_brake - the table; times are when all that was shown will be forgotten, monotonic
 * @proved: of addresses that were seen to receive what is sent to them
 * @blind: of others: anybody can show wrong keys in their name, so that these count for such only
 * @users: of users
 * @friends: hashes of addresses with users that came from there with a right key
 * @seed: of hashes, secret, so that nobody can choose whom to share with
 */
struct tsp_brake {
	uint64_t proved[TSP_BRAKE_SLOTS];
	uint64_t blind[TSP_BRAKE_SLOTS];
	uint64_t users[TSP_BRAKE_SLOTS];
	uint64_t friends[TSP_BRAKE_SLOTS];
	uint64_t seed;
};

/** struct tsp_try - somebody who shows a key */
struct tsp_try {
	const struct lvn_addr *addr;
	const char *user;
	bool is_proved;
};

/** tsp_brake_init() - nobody has shown anything; @seed is secret */
void tsp_brake_init(struct tsp_brake *brake, uint64_t seed);

/**
 * tsp_brake_allows() - whether the key may be looked at now
 *
 * An address from which the user came before may always. One that has shown no wrong key lately is not
 * slowed down by what others do to the user.
 */
bool tsp_brake_allows(const struct tsp_brake *brake, const struct tsp_try *try, uint64_t now_ms);

/** tsp_brake_wrong() - it was wrong */
void tsp_brake_wrong(struct tsp_brake *brake, const struct tsp_try *try, uint64_t now_ms);

/** tsp_brake_right() - it was right */
void tsp_brake_right(struct tsp_brake *brake, const struct tsp_try *try);

#endif
