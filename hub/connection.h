/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The hub's side of the control channel: one connection of a spoke.
 */
#ifndef _HUB_CONNECTION_H
#define _HUB_CONNECTION_H

#include <stdbool.h>
#include <stddef.h>

#include "lib/base/addr.h"

struct hub;
struct hub_connection;

/**
 * struct hub_dialogue - who is called for what comes over a connection
 * @line: answers a line
 * @refuse: says an error of the protocol, and closes if it is a fatal one
 *
 * Neither frees the connection.
 */
struct hub_dialogue {
	void (*line)(struct hub_connection *connection, const char *line, size_t len);
	void (*refuse)(struct hub_connection *connection, const char *code, const char *detail);
};

/** hub_connection_accept() - take over an accepted TCP connection; hub->dialogue talks with it */
void hub_connection_accept(struct hub *hub, int fd, const struct lvn_endpoint *peer);

/** hub_connection_tick() - close those that take too long; call about once a second */
void hub_connection_tick(struct hub *hub);

/**
 * hub_connection_make_room() - close the oldest that has no session
 * @addr: one of the network of this address, whatever it waits for; NULL for any that is not
 *        waiting for us
 *
 * Return: whether there was one.
 */
bool hub_connection_make_room(struct hub *hub, const struct lvn_addr *addr);

/** hub_connection_close_all() - without a word: sessions go on */
void hub_connection_close_all(struct hub *hub);

#endif
