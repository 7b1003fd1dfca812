/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One control connection to a hub (docs/protocol/lvn.md section 1): from its name to lines of JSON
 * over TLS. Knows no sessions; when it breaks it is over.
 *
 * | state | event | next |
 * |---|---|---|
 * | resolving | addresses | connecting |
 * | connecting | first address that answers | handshaking |
 * | handshaking | certificate is the hub's | open |
 * | any | error, time is up | closed: the handler is told why |
 */
#ifndef _LVN_CONTROL_H
#define _LVN_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

#include <openssl/types.h>

#include "proto/lvn/message.h"

struct event_base;
struct lvn_control;

/**
 * struct lvn_control_target - where to connect to, and how
 * @tls: settings, which must outlive the connection
 * @host: name or address of the hub, also what its certificate must say
 * @port: TCP port
 * @ifname: interface or VRF to leave by, "" for none
 * @mark: fwmark
 * @accept_unset_clock: see lvn_tls_client()
 */
struct lvn_control_target {
	SSL_CTX *tls;
	const char *host;
	uint16_t port;
	const char *ifname;
	uint32_t mark;
	bool accept_unset_clock;
};

/**
 * struct lvn_control_handlers - whom to tell
 * @arg: first argument of each
 * @resolved: the name was looked up; keeps those @endpoints that may be connected to, in place, and
 *	returns how many. May be NULL
 * @open: messages can be sent now; @hub is where the connection goes
 * @message: one came in. May close the connection
 * @closed: it is over, and freed already
 */
struct lvn_control_handlers {
	void *arg;
	unsigned int (*resolved)(void *arg, struct lvn_endpoint *endpoints, unsigned int n);
	void (*open)(void *arg, const struct lvn_endpoint *hub);
	void (*message)(void *arg, const struct lvn_message *message);
	void (*closed)(void *arg, const char *why);
};

/** lvn_control_start() - connect; nothing is called before it returns */
int lvn_control_start(struct event_base *base, const struct lvn_control_target *target,
		      const struct lvn_control_handlers *handlers,
		      struct lvn_control **ret_control);

/** lvn_control_close() - end it at once, without a call; NULL is allowed */
void lvn_control_close(struct lvn_control *control);

/** lvn_control_send() - queue a message; -ENOTCONN unless open */
int lvn_control_send(struct lvn_control *control, const struct lvn_message *message);

/** lvn_control_state() - for people: "resolving", "connecting", "handshaking", "open" */
const char *lvn_control_state(const struct lvn_control *control);

#endif
