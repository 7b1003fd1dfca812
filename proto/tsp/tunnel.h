/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The XML of TSP (RFC 5572 section 4.4.3 and appendix A) as a structure, read by expat and written
 * so that the simple parsers of the stock clients understand it. Requests, offers and lists of
 * brokers alike.
 */
#ifndef _TSP_TUNNEL_H
#define _TSP_TUNNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/base/addr.h"
#include "proto/tsp/status.h"

/** A domain name with the final NUL. */
#define TSP_NAME_SIZE 256

#define TSP_DNS_MAX 4

/** As many brokers as the stock clients take. */
#define TSP_BROKERS_MAX 50

/** Room for a sentence about what is wrong with a message. */
#define TSP_WHY_SIZE 96

/** Room for eight groups of four digits and the final NUL. */
#define TSP_EXPANDED_SIZE 40

/** enum tsp_action - what a message is about */
enum tsp_action {
	TSP_ACTION_NONE,
	TSP_ACTION_CREATE,
	TSP_ACTION_INFO,
	TSP_ACTION_ACCEPT,
	TSP_ACTION_REJECT,
	TSP_ACTION_DELETE,
	TSP_ACTION_LIST,
};

/**
 * struct tsp_host - an element "address"
 * @addr: AF_UNSPEC if it is a name, or nothing
 * @name: a domain name, if @addr is AF_UNSPEC; or ""
 */
struct tsp_host {
	struct lvn_addr addr;
	char name[TSP_NAME_SIZE];
};

/**
 * struct tsp_dns - an element "dns_server"
 * @servers: addresses or names
 * @n: how many
 */
struct tsp_dns {
	struct tsp_host servers[TSP_DNS_MAX];
	unsigned int n;
};

/**
 * struct tsp_router - an element "router": the network behind a client
 * @is_present: whether it is there
 * @prefix: in a request only its length counts, 0 for none asked for
 * @dns: servers for the reverse zone of the prefix
 */
struct tsp_router {
	bool is_present;
	struct lvn_prefix prefix;
	struct tsp_dns dns;
};

/**
 * struct tsp_end - an element "server" or "client"
 * @is_present: whether it is there
 * @v4: its IPv4 address; AF_UNSPEC for none
 * @v6: its IPv6 address; AF_UNSPEC for none
 * @name: its domain name, or ""
 * @dns: what the client may use to resolve names; an extension, see docs/protocol/tsp.md
 * @router: the network behind it
 * @has_keepalive: whether there is an element "keepalive"
 * @keepalive_s: its interval in seconds
 * @keepalive: whom to ping; AF_UNSPEC for nobody
 */
struct tsp_end {
	bool is_present;
	struct lvn_addr v4;
	struct lvn_addr v6;
	char name[TSP_NAME_SIZE];
	struct tsp_dns dns;
	struct tsp_router router;
	bool has_keepalive;
	uint32_t keepalive_s;
	struct lvn_addr keepalive;
};

/**
 * struct tsp_tunnel - a message
 * @action: what it is about
 * @type: the kind of tunnel; TSP_TYPE_NONE if absent
 * @is_unknown_type: there is an attribute "type", and we do not know its value
 * @lifetime: as sent, with unclear unit (RFC 5572 says minutes, brokers send seconds); 0 if absent
 * @mtu: in bytes; 0 if absent
 * @wants_proxy: whether a router for others asks
 * @server: the broker's end
 * @client: the client's end
 * @brokers: of a list
 * @n_brokers: how many
 */
struct tsp_tunnel {
	enum tsp_action action;
	enum tsp_type type;
	bool is_unknown_type;
	uint32_t lifetime;
	uint32_t mtu;
	bool wants_proxy;
	struct tsp_end server;
	struct tsp_end client;
	struct tsp_host brokers[TSP_BROKERS_MAX];
	unsigned int n_brokers;
};

/**
 * tsp_tunnel_read() - read the XML of a message
 * @ret_why: what is wrong, in lower case without a full stop; "" if nothing is
 *
 * Document types, and with them entities, are refused; so is what has more than one of anything
 * that can be there once. Elements and attributes that are not known are passed over.
 *
 * Return: 0, -EBADMSG, or -ENOMEM.
 */
int tsp_tunnel_read(const char *text, size_t len, struct tsp_tunnel *ret_tunnel,
		    char ret_why[TSP_WHY_SIZE]);

/**
 * tsp_tunnel_write() - write a message with its line "Content-length"
 * @status: goes before the XML in an answer; 0 in a request
 * @tunnel: may be NULL in an answer that has a status only
 *
 * Return: length of the text in bytes, which has a final NUL; or -ENOSPC.
 */
int tsp_tunnel_write(unsigned int status, const struct tsp_tunnel *tunnel, char *text, size_t size);

/**
 * tsp_list_write() - write a status line and a list of brokers without "Content-length"
 *
 * As redirections are before the commands (RFC 5572 section 5.1). Return: as tsp_tunnel_write().
 */
int tsp_list_write(unsigned int status, const struct tsp_tunnel *list, char *text, size_t size);

/** tsp_addr_expand() - write an IPv6 address as eight groups of four digits; return @text */
const char *tsp_addr_expand(const struct lvn_addr *addr, char text[TSP_EXPANDED_SIZE]);

#endif
