// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Slowing down who shows wrong keys. A slot has one number: when it will be empty again; each wrong
 * key moves that by what it costs.
 */
#include "tsp/brake.h"

#include <string.h>
#include <sys/socket.h>

/* The multiplications of splitmix64. */
static uint64_t mix(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9ull;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111ebull;
	return hash ^ hash >> 31;
}

/* Of IPv6 the network: a host has all of its addresses. */
static uint64_t hash_addr(const struct tsp_brake *brake, const struct lvn_addr *addr)
{
	unsigned int len = addr->family == AF_INET ? 4 : 8, i;
	uint64_t hash = mix(brake->seed ^ addr->family);

	for (i = 0; i < len; i++)
		hash = mix(hash ^ addr->bytes[i]);
	return hash;
}

static uint64_t hash_user(const struct tsp_brake *brake, const char *user)
{
	uint64_t hash = mix(~brake->seed);

	for (; *user; user++)
		hash = mix(hash ^ (uint8_t)*user);
	return hash;
}

/* Never 0, which is nobody's. */
static uint64_t hash_friend(const struct tsp_brake *brake, const struct tsp_try *try)
{
	return mix(hash_addr(brake, try->addr) ^ hash_user(brake, try->user)) | 1;
}

static uint64_t address_until(const struct tsp_brake *brake, const struct tsp_try *try)
{
	unsigned int slot = hash_addr(brake, try->addr) % TSP_BRAKE_SLOTS;

	return try->is_proved ? brake->proved[slot] : brake->blind[slot];
}

static bool has_room(uint64_t until_ms, uint64_t now_ms, uint64_t cost_ms, unsigned int room)
{
	return until_ms <= now_ms || until_ms - now_ms <= (room - 1) * cost_ms;
}

static void charge(uint64_t *until_ms, uint64_t now_ms, uint64_t cost_ms)
{
	*until_ms = (*until_ms > now_ms ? *until_ms : now_ms) + cost_ms;
}

void tsp_brake_init(struct tsp_brake *brake, uint64_t seed)
{
	memset(brake, 0, sizeof(*brake));
	brake->seed = mix(seed);
}

bool tsp_brake_allows(const struct tsp_brake *brake, const struct tsp_try *try, uint64_t now_ms)
{
	uint64_t friend = hash_friend(brake, try), until_ms = address_until(brake, try);

	if (brake->friends[friend / 2 % TSP_BRAKE_SLOTS] == friend)
		return true;
	if (!has_room(until_ms, now_ms, TSP_BRAKE_COST_MS, TSP_BRAKE_ROOM))
		return false;
	return until_ms <= now_ms ||
	       has_room(brake->users[hash_user(brake, try->user) % TSP_BRAKE_SLOTS], now_ms,
			TSP_BRAKE_USER_COST_MS, TSP_BRAKE_USER_ROOM);
}

void tsp_brake_wrong(struct tsp_brake *brake, const struct tsp_try *try, uint64_t now_ms)
{
	unsigned int slot = hash_addr(brake, try->addr) % TSP_BRAKE_SLOTS;

	charge(try->is_proved ? &brake->proved[slot] : &brake->blind[slot], now_ms,
	       TSP_BRAKE_COST_MS);
	charge(&brake->users[hash_user(brake, try->user) % TSP_BRAKE_SLOTS], now_ms,
	       TSP_BRAKE_USER_COST_MS);
}

void tsp_brake_right(struct tsp_brake *brake, const struct tsp_try *try)
{
	uint64_t friend = hash_friend(brake, try);

	brake->friends[friend / 2 % TSP_BRAKE_SLOTS] = friend;
}
