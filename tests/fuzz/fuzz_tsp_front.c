// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages of several TSP clients in any order, good and bad, over a broker with a store and a data
 * plane in memory: no crash; one tunnel for each remote; rules lead to tunnels that there are; no
 * address has two users; what is answered is for what was asked.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "broker/conf.h"
#include "broker/dataplane.h"
#include "broker/session.h"
#include "broker/store.h"
#include "broker/users.h"
#include "lib/base/log.h"
#include "proto/tsp/frame.h"
#include "tests/unit/tsp_plane.h"
#include "tsp/access.h"
#include "tsp/front.h"

#define CLIENTS 4

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct broker_store store;
static struct broker_users *users;
static struct broker *broker;
static struct tsp_front *front;
static char keys[CLIENTS][TSP_KEY_SIZE];
static uint32_t sequences[CLIENTS];
static struct tsp_header asked;
static struct tsp_peer asker;
static unsigned int n_answers;
static uint64_t now_ms;

static uint64_t clock_ms(void)
{
	return now_ms;
}

static int64_t clock_s(void)
{
	return 1700000000 + now_ms / 1000;
}

static void on_send(void *arg, const struct tsp_peer *peer, const void *data, size_t len)
{
	struct tsp_header header;
	const char *text;
	size_t n;

	(void)arg;
	must(!tsp_header_read(data, len, &header, &text, &n) && n == len - TSP_HEADER_SIZE);
	must(header.sequence == asked.sequence && header.timestamp == asked.timestamp);
	must(lvn_endpoint_equal(&peer->remote, &asker.remote) && !memchr(text, '\0', n));
	n_answers++;
}

static void start(void)
{
	static const struct broker_clock clock = { clock_ms, clock_s };
	const struct tsp_front_ops front_ops = { .send = on_send, .clock_ms = clock_ms };
	struct broker_conf *broker_conf;
	struct tsp_conf conf;

	tsp_conf_init(&conf);
	conf.mechanisms |= TSP_BIT(TSP_MECHANISM_ANONYMOUS);
	conf.max_dialogues = 16;
	must(!broker_conf_create(&broker_conf));
	/* fewer than there are clients */
	lvn_prefix_parse("2001:db8::1/126", &broker_conf->networks[0]);
	broker_conf->n_networks = 1;
	lvn_prefix_parse("2001:db8:1000::/55", &broker_conf->delegations[0].prefix);
	broker_conf->delegations[0].len = 56;
	broker_conf->n_delegations = 1;
	broker_conf->delegate_limit = 1;
	broker_conf->bindings = 1;
	broker_conf->hears_data = true;
	broker_conf->keeps_leases = true;
	must(!broker_create(broker_conf, &tsp_plane_ops, &store, &clock, &broker));
	must(!broker_adopt(broker));
	must(!tsp_front_create(&conf, broker, users, &front_ops, &front));
}

static void stop(void)
{
	tsp_front_destroy(front);
	broker_destroy(broker);
}

static void check_lease(void *arg, const struct broker_lease *lease)
{
	struct lvn_addr *seen = arg;
	unsigned int i, k;

	must(lease->n_addresses <= 1 && lease->n_prefixes <= 1);
	must(!lease->n_prefixes || lease->identity[0] != '~');
	for (i = 0; i < lease->n_addresses; i++) {
		for (k = 0; seen[k].family; k++)
			must(!lvn_addr_equal(&seen[k], &lease->addresses[i]));
		seen[k] = lease->addresses[i];
	}
}

static void check(void)
{
	struct lvn_addr seen[32] = { 0 };
	unsigned int i;

	must(plane.n_tunnels <= CLIENTS);
	for (i = 0; i < plane.n_rules; i++)
		must(tsp_plane_find(plane.rules[i].tunnel) >= 0);
	must(plane.n_rules >= plane.n_tunnels);
	broker_lease_list(broker, check_lease, seen);
}

static void transmit(unsigned int client, uint32_t sequence, const char *text, size_t len)
{
	uint8_t data[TSP_HEADER_SIZE + 1024];
	unsigned int before = n_answers;

	asked = (struct tsp_header){ sequence & 0x0fffffff, (uint32_t)now_ms };
	asker = (struct tsp_peer){ .listener = 1, .remote.port = 1000 + client };
	lvn_addr_parse("192.0.2.1", &asker.remote.addr);
	lvn_addr_parse("198.51.100.1", &asker.local);
	tsp_header_write(&asked, data);
	memcpy(data + TSP_HEADER_SIZE, text, len);
	tsp_front_receive(front, &asker, data, TSP_HEADER_SIZE + len);
	must(n_answers - before <= 1);
}

/* What a client that means well would say. */
static size_t canned(unsigned int which, unsigned int user, char *text, size_t size)
{
	static const char *const bodies[] = {
		"<tunnel action=\"create\" type=\"v6udpv4\"><client/></tunnel>",
		"<tunnel action=\"create\" type=\"v6anyv4\"><client><router/></client></tunnel>",
		"<tunnel action=\"accept\"/>",
		"<tunnel action=\"info\"/>",
		"<tunnel action=\"reject\"/>",
		"<tunnel action=\"delete\"/>",
	};

	switch (which) {
	case 0:
		return snprintf(text, size, "VERSION=2.0.2\r\n");
	case 1:
		return snprintf(text, size, "AUTHENTICATE ANONYMOUS\r\n");
	case 2:
		return snprintf(text, size, "AUTHENTICATE PLAIN\r\n");
	case 3:
		return snprintf(text, size, "AUTHENTICATE DIGEST-MD5\r\n");
	case 4:
		return snprintf(text, size, "%cu%u%c%s\r\n", 0, user, 0, keys[user]);
	case 5:
		return 0;
	default:
		which = (which - 6) % (sizeof(bodies) / sizeof(bodies[0]));
		return snprintf(text, size, "Content-length: %zu\r\n%s", strlen(bodies[which]),
				bodies[which]);
	}
}

static void world_event(uint8_t what, unsigned int client)
{
	char user[8];

	snprintf(user, sizeof(user), "u%u", client);
	switch (what % 6) {
	case 0:
		now_ms += 1000u << client * 3;
		broker_tick(broker);
		tsp_front_tick(front);
		break;
	case 1:
	case 2:
		if (client < plane.n_tunnels)
			broker_hear(broker, &plane.tunnels[client].path, plane.tunnels[client].id,
				    what % 6 == 1);
		break;
	case 3:
		tsp_front_revoke(front, user, "k", false);
		break;
	case 4:
		tsp_front_revoke(front, user, NULL, true);
		break;
	case 5:
		stop();
		start();
		break;
	}
}

static void begin(void)
{
	struct broker_store hub = store;
	char user[8];
	unsigned int i;

	tsp_plane_clear();
	now_ms = 1000000;
	must(!broker_store_open_sqlite(":memory:", &hub));
	store = hub;
	must(!broker_users_open_sqlite(&store, "tsp", &users));
	for (i = 0; i < CLIENTS; i++) {
		sequences[i] = TSP_SEQUENCE_FIRST;
		snprintf(user, sizeof(user), "u%u", i);
		must(!broker_user_add(users, user, 1));
		must(!tsp_access_make(users, user, "k", "lvn", 1, keys[i]));
	}
	start();
}

/* A byte says what, the next who; a message of the input has its length before it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1024];
	size_t len;

	lvn_log_set_level(LVN_LOG_NONE);
	begin();
	while (size >= 2) {
		uint8_t what = data[0], client = data[1] % CLIENTS;

		data += 2;
		size -= 2;
		now_ms += 10;
		if (what >= 0xf0) {
			world_event(what, client);
		} else if (what >= 0xe0 && size) {
			len = data[0] < size ? data[0] : size - 1;
			transmit(client, sequences[client]++, (const char *)data + 1, len);
			data += len + 1;
			size -= len + 1;
		} else {
			len = canned(what % 12, (data[-1] >> 4) % CLIENTS, text, sizeof(text));
			/* once more, or out of order, or as it should be */
			transmit(client,
				 what & 0x40 ? sequences[client] - (what >> 4 & 3) :
					       sequences[client]++,
				 text, len);
		}
		check();
	}
	stop();
	broker_users_close(users);
	store.destroy(store.arg);
	return 0;
}
