/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Asking the kernel's generic netlink controller for our family. */
#ifndef _IPUDP_GENL_H
#define _IPUDP_GENL_H

#include <stdint.h>

struct ipudp_msg;
struct ipudp_transport;
struct nlmsghdr;

/**
 * struct ipudp_genl_family - what the controller knows of a family
 * @id: nlmsg_type of its messages
 * @events: number of its multicast group "events", 0 if it has none
 */
struct ipudp_genl_family {
	uint16_t id;
	uint32_t events;
};

/** ipudp_genl_ask() - add the request for the family "ipudp" to @msg; 0 or negative errno */
int ipudp_genl_ask(struct ipudp_msg *msg, uint32_t seq);

/** ipudp_genl_parse() - read the controller's answer; -EBADMSG if it is malformed */
int ipudp_genl_parse(const struct nlmsghdr *nlh, struct ipudp_genl_family *ret);

/**
 * ipudp_genl_resolve() - ask by the request channel and wait for the answer
 * Return: 0, -EOPNOTSUPP if there is no such family, or another negative errno.
 */
int ipudp_genl_resolve(struct ipudp_transport *transport, struct ipudp_genl_family *family);

#endif
