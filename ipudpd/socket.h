/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP sockets: opening them, and what a datagram's header is to say. */
#ifndef _IPUDP_SOCKET_H
#define _IPUDP_SOCKET_H

#include <sys/socket.h>

#include "listener.h"

struct ipudp_endpoint_config;

/** Room for all control messages of a datagram. */
#define IPUDP_CONTROL_SIZE 192

/**
 * struct ipudp_outer_header - what the kernel is told of an outer header
 * @config: addresses, ports, mark
 * @link: interface that it must leave by, 0 for the route's choice
 * @tos: DSCP and ECN
 * @ttl: TTL or hop limit
 * @source: source address that overrides @config, or NULL
 */
struct ipudp_outer_header {
	const struct ipudp_endpoint_config *config;
	uint32_t link;
	uint8_t tos;
	uint8_t ttl;
	const union ipudp_ip *source;
};

/**
 * ipudp_socket_open() - open a socket of a listener
 * @first: the group's first; its port must be free
 * @port: in network byte order, 0 for any
 * Return: the descriptor or a negative errno.
 */
int ipudp_socket_open(const struct ipudp_listener_config *config, uint16_t family, in_port_t port,
		      bool first);

/** ipudp_socket_port() - the port that it got, in network byte order */
in_port_t ipudp_socket_port(int fd);

/**
 * ipudp_socket_spread() - have data go to the first @n sockets of a group by source and ports, all
 * else to the last, number @n; without success all take all
 */
void ipudp_socket_spread(int fd, uint16_t family, unsigned int n);

/** ipudp_socket_configure() - whether datagrams may be fragmented, and have no checksum */
void ipudp_socket_configure(struct ipudp_socket *sock, bool fragments, bool unchecked);

/** ipudp_socket_bind_link() - have a socket send by one interface, or by any if @ifindex is 0 */
void ipudp_socket_bind_link(struct ipudp_socket *sock, uint32_t ifindex);

/**
 * ipudp_socket_message() - address a datagram
 * @segment: bytes of each of several datagrams in one, 0 for one
 * @msg: all but the data is set
 * @to: receives the address that @msg points to
 * @control: IPUDP_CONTROL_SIZE bytes that @msg points to
 */
void ipudp_socket_message(const struct ipudp_outer_header *header, unsigned int segment,
			  struct msghdr *msg, struct sockaddr_storage *to, char *control);

/** ipudp_socket_raw() - a socket that sends UDP from any port, or a negative errno */
int ipudp_socket_raw(uint16_t family);

/** ipudp_socket_aggregate() - whether the kernel aggregates datagrams for a socket */
void ipudp_socket_aggregate(int fd, bool on);

/** ipudp_socket_port_range() - the ports that the kernel chooses from, in host byte order */
void ipudp_socket_port_range(unsigned int *low, unsigned int *high);

/** ipudp_socket_flow_port() - the port of a flow, in network byte order */
in_port_t ipudp_socket_flow_port(uint32_t hash);

/**
 * ipudp_socket_errors() - read a socket's queue of errors
 * Return: whether one says that a path became narrower.
 */
bool ipudp_socket_errors(int fd);

#endif
