/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP sockets: opening them, and what a datagram's header is to say. */
#ifndef _IPUDPD_SOCKET_H
#define _IPUDPD_SOCKET_H

#include <sys/socket.h>

#include "listener.h"

struct ipudpd_endpoint_config;

/** Room for all control messages of a datagram. */
#define IPUDPD_CONTROL_SIZE 192

/**
 * struct ipudpd_header - what the kernel is told of an outer header
 * @config: addresses, ports, mark
 * @link: interface that it must leave by, 0 for the route's choice
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @source: source address that overrides @config, or NULL
 */
struct ipudpd_header {
	const struct ipudpd_endpoint_config *config;
	uint32_t link;
	uint8_t tos;
	uint8_t ttl;
	const union ipudpd_ip *source;
};

/**
 * ipudpd_socket_open() - open a socket of a listener
 * @first: the group's first; its port must be free
 * @port: in network byte order, 0 for any
 * Return: the descriptor or a negative errno.
 */
int ipudpd_socket_open(const struct ipudpd_listener_config *config, uint16_t family, in_port_t port,
		       bool first);

/** ipudpd_socket_port() - the port that it got, in network byte order */
in_port_t ipudpd_socket_port(int fd);

/**
 * ipudpd_socket_spread() - have data go to the first @n sockets of a group by source and ports, all
 * else to the last, number @n; without success all take all
 */
void ipudpd_socket_spread(int fd, uint16_t family, unsigned int n);

/** ipudpd_socket_configure() - whether datagrams may be fragmented, and have no checksum */
void ipudpd_socket_configure(struct ipudpd_socket *sock, bool fragments, bool unchecked);

/** ipudpd_socket_bind_link() - have a socket send by one interface, or by any if @ifindex is 0 */
void ipudpd_socket_bind_link(struct ipudpd_socket *sock, uint32_t ifindex);

/**
 * ipudpd_socket_message() - address a datagram
 * @segment: bytes of each of several datagrams in one, 0 for one
 * @msg: all but the data is set
 * @to: receives the address that @msg points to
 * @control: IPUDPD_CONTROL_SIZE bytes that @msg points to
 */
void ipudpd_socket_message(const struct ipudpd_header *header, unsigned int segment,
			   struct msghdr *msg, struct sockaddr_storage *to, char *control);

/** ipudpd_socket_raw() - a socket that sends UDP from any port, or a negative errno */
int ipudpd_socket_raw(uint16_t family);

/** ipudpd_socket_aggregate() - whether the kernel aggregates datagrams for a socket */
void ipudpd_socket_aggregate(int fd, bool on);

/** ipudpd_socket_port_range() - the ports that the kernel chooses from, in host byte order */
void ipudpd_socket_port_range(unsigned int *low, unsigned int *high);

/** ipudpd_socket_flow_port() - the port of a flow, in network byte order */
in_port_t ipudpd_socket_flow_port(uint32_t hash);

/**
 * ipudpd_socket_errors() - read a socket's queue of errors
 * Return: whether one says that a path became narrower.
 */
bool ipudpd_socket_errors(int fd);

#endif
