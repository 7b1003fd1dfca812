/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A broker for unit tests: over a data plane in memory, a store in memory that can be made to fail,
 * and a clock that the test turns.
 */
#ifndef _TESTS_UNIT_BROKER_FIXTURE_H
#define _TESTS_UNIT_BROKER_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "broker/broker.h"
#include "broker/dataplane.h"
#include "broker/session.h"
#include "broker/store.h"

#define MAX 64

/** struct plane - a data plane in memory, how often it was changed, and what it fails with */
struct plane {
	struct {
		uint32_t id;
		struct broker_path path;
	} tunnels[MAX];
	struct {
		struct lvn_prefix prefix;
		struct broker_target targets[16];
		unsigned int n;
	} rules[MAX];
	unsigned int changes;
	int error;
};

extern struct plane plane;
extern struct broker *broker;
extern struct broker_store store;
extern int store_error;
extern uint64_t now_ms;
extern unsigned int ups, downs, ends;
extern enum broker_reason last_reason;
extern char token[BROKER_TOKEN_SIZE];
extern struct broker_refusal refusal;
extern bool resumed;

/* For cmocka. */
int setup(void **state);
int teardown(void **state);

/** start() - a broker with this IPv4 network, fd00:100::1/64, and a pool fd00:200::/60 */
void start(const char *network);

/** crash() - another one with the same store and data plane */
void crash(void);

/** pass() - let time pass */
void pass(unsigned int seconds);

struct broker_conf *make_conf(const char *network);

/* What is in the data plane; tunnel_at() gives -1 for none. */
int tunnel_at(uint32_t id);
unsigned int n_tunnels(void);
unsigned int n_rules(void);
int plane_add(void *arg, uint32_t id, const struct broker_path *path);

int try_hello(const char *identity, const char *session, const char *with_token,
	      const struct broker_wish *wish, struct broker_session **ret);

/** hello() - one that must not be refused */
struct broker_session *hello(const char *identity);

/** bind_at() - a request from there, proved just now */
int bind_at(struct broker_session *session, unsigned int index, const char *remote,
	    uint64_t counter);

/** addr_of() - the address of one network, as text that the next call overwrites */
const char *addr_of(const struct broker_session *session, unsigned int i);

#endif
