/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server: clients' connections by the abstract UNIX socket "@ipudpd", of which each network
 * namespace has its own. What travels is netlink messages; a record holds some whole ones, but a
 * message may be larger than a record, and then goes on in the next.
 */
#ifndef _IPUDP_SERVER_H
#define _IPUDP_SERVER_H

#include <sys/types.h>

#include <linux/list.h>

#include "nl.h"
#include "proof.h"
#include "rcu.h"

/** Name of the socket, behind a NUL. */
#define IPUDP_SOCKET "ipudpd"

/** Command of the controller that subscribes a connection to events. */
#define IPUDP_CTRL_SUBSCRIBE 0xf0

/**
 * Command of the controller that asks for a secret, and where to send it (proof.h): the answer has
 * the attributes IPUDP_CTRL_A_PORTID, u32, and IPUDP_CTRL_A_SECRET, binary.
 */
#define IPUDP_CTRL_PROVE 0xf1
#define IPUDP_CTRL_A_PORTID 1
#define IPUDP_CTRL_A_SECRET 2

/**
 * struct connection - a client
 * @server: whose
 * @home: of @server, which it may outlive for a moment
 * @node: in server->connections
 * @fd: its socket
 * @portid: its number, for messages
 * @uid: who it is
 * @admin: it has shown that it has CAP_NET_ADMIN over the namespace
 * @ended: it is over, and only waits to be freed
 * @has_secret: @secret was told to it
 * @secret: see proof.h
 * @subscribed: it gets events
 * @lost: something that it did not ask for was lost, and it was not told; set by any thread
 * @waiting: EPOLLOUT is waited for
 * @in: what came in, from its first message that was not handled
 * @in_len: bytes of @in in use
 * @in_size: bytes of @in
 * @out: answers that did not fit the socket, oldest first
 * @out_len: bytes of @out in use
 * @dump: list that is sent to it
 * @rcu: frees it
 */
struct connection {
	struct ipudp_server *server;
	struct ipudp_home *home;
	struct list_head node;
	int fd;
	uint32_t portid;
	uid_t uid;
	bool admin;
	bool ended;
	bool has_secret;
	uint8_t secret[IPUDP_SECRET_SIZE];
	bool subscribed;
	bool lost;
	bool waiting;
	char *in;
	size_t in_len;
	size_t in_size;
	struct list_head out;
	size_t out_len;
	struct ipudp_dump dump;
	struct ipudp_rcu_head rcu;
};

/**
 * struct ipudp_server - all clients
 * @home: what they change
 * @fd: listening socket
 * @epoll_fd: of the control thread
 * @connections: they
 * @n_connections: how many
 * @next_portid: of the next one
 * @proof_fd: netlink socket for proofs
 * @proof_portid: its number
 * @resume_ms: when connections are accepted again, 0 if they are
 */
struct ipudp_server {
	struct ipudp_home *home;
	int fd;
	int epoll_fd;
	struct list_head connections;
	unsigned int n_connections;
	uint32_t next_portid;
	int proof_fd;
	uint32_t proof_portid;
	uint64_t resume_ms;
};

/**
 * ipudp_server_listen() - open the socket
 * Return: a descriptor; -EADDRINUSE if another daemon has it; or another negative errno.
 */
int ipudp_server_listen(void);

/** ipudp_server_init() - serve the socket @fd, which is taken over; 0 or a negative errno */
int ipudp_server_init(struct ipudp_server *server, struct ipudp_home *home, int fd, int epoll_fd);

/** ipudp_server_accept() - take new clients */
void ipudp_server_accept(struct ipudp_server *server);

/** ipudp_server_read_proofs() - see which clients have proved that they may change things */
void ipudp_server_read_proofs(struct ipudp_server *server);

/**
 * ipudp_server_run() - what is to be done now and then
 * Return: milliseconds until it is to be called again, -1 for whenever something else happens.
 */
int ipudp_server_run(struct ipudp_server *server);

/** ipudp_server_done() - end all connections */
void ipudp_server_done(struct ipudp_server *server);

/** ipudp_server_broadcast() - send a message to all subscribers */
void ipudp_server_broadcast(struct ipudp_server *server, const void *data, size_t len);

/** ipudp_server_heard() - whether anybody subscribed */
bool ipudp_server_heard(const struct ipudp_server *server);

/** ipudp_server_poke() - tell clients that lost something, once they read again */
void ipudp_server_poke(struct ipudp_server *server);

/** ipudp_connection_event() - deal with what epoll says */
void ipudp_connection_event(struct connection *connection, uint32_t events);

/** ipudp_connection_challenge() - make a new secret; false if that cannot be */
bool ipudp_connection_challenge(struct connection *connection);

/** ipudp_connection_send() - send an answer, which is queued if it must be */
void ipudp_connection_send(struct connection *connection, const void *data, size_t len);

/** ipudp_connection_post() - send what was not asked for; false if it is lost. Any thread */
bool ipudp_connection_post(struct connection *connection, const void *data, size_t len);

#endif
