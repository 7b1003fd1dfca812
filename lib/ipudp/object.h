/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Reading the objects out of messages, for their own calls and for events. */
#ifndef _IPUDP_OBJECT_H
#define _IPUDP_OBJECT_H

#include <stdint.h>

struct ipudp_device;
struct ipudp_frame;
struct ipudp_listener;
struct ipudp_rule;
struct ipudp_target;
struct ipudp_tunnel;
struct nlmsghdr;

/**
 * struct ipudp_targets - a rule's targets that are read
 * @list: owned
 * @count: how many
 * @size: how many @list has room for
 */
struct ipudp_targets {
	struct ipudp_target *list;
	uint32_t count;
	uint32_t size;
};

/** ipudp_targets_done() - free the list */
void ipudp_targets_done(struct ipudp_targets *targets);

/*
 * ipudp_*_read() - read an object out of a message of the family
 *
 * Return: 0 or -EBADMSG, and then *ret is undefined.
 */
int ipudp_device_read(const struct nlmsghdr *nlh, struct ipudp_device *ret_device);
int ipudp_listener_read(const struct nlmsghdr *nlh, struct ipudp_listener *ret);
int ipudp_tunnel_read(const struct nlmsghdr *nlh, struct ipudp_tunnel *ret_tunnel);

/** ipudp_frame_read() - likewise; the payload stays in @nlh */
int ipudp_frame_read(const struct nlmsghdr *nlh, struct ipudp_frame *ret_frame);

/** ipudp_rule_read() - likewise, or -ENOMEM; the targets are added to @targets, *ret has none */
int ipudp_rule_read(const struct nlmsghdr *nlh, struct ipudp_rule *ret_rule,
		    struct ipudp_targets *targets);

#endif
