/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Building netlink messages, one after the other, in a buffer that grows. An error while a message
 * is built sticks until ipudp_msg_end(), which is where it has to be looked at. And walking over
 * those that were received.
 */
#ifndef _IPUDP_MSG_H
#define _IPUDP_MSG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ipudp_addr;
struct nlmsghdr;

/**
 * struct ipudp_msg - a buffer of messages, the last of which may be under construction
 * @data: the buffer, owned
 * @size: bytes allocated
 * @len: bytes in use
 * @start: where the last message starts
 * @error: first error since ipudp_msg_begin(), 0 if none
 */
struct ipudp_msg {
	char *data;
	size_t size;
	size_t len;
	size_t start;
	int error;
};

/** ipudp_msg_done() - free the buffer; @msg can be used again */
void ipudp_msg_done(struct ipudp_msg *msg);

/** ipudp_msg_reset() - forget all messages, keep the buffer */
void ipudp_msg_reset(struct ipudp_msg *msg);

/** ipudp_msg_begin() - start a message behind those that are complete */
void ipudp_msg_begin(struct ipudp_msg *msg, uint16_t type, uint8_t cmd, uint16_t flags,
		     uint32_t seq);

/**
 * ipudp_msg_end() - complete the message
 *
 * Return: 0, or the error that happened since ipudp_msg_begin(); the message is gone then.
 */
int ipudp_msg_end(struct ipudp_msg *msg);

/** ipudp_msg_last() - header of the last message; valid until something is added */
struct nlmsghdr *ipudp_msg_last(const struct ipudp_msg *msg);

/** ipudp_msg_put() - add an attribute */
void ipudp_msg_put(struct ipudp_msg *msg, uint16_t attr, const void *data, size_t len);

void ipudp_msg_put_u8(struct ipudp_msg *msg, uint16_t attr, uint8_t value);
void ipudp_msg_put_u16(struct ipudp_msg *msg, uint16_t attr, uint16_t value);
void ipudp_msg_put_u32(struct ipudp_msg *msg, uint16_t attr, uint32_t value);

/** ipudp_msg_put_be16() - add a port, given in host byte order */
void ipudp_msg_put_be16(struct ipudp_msg *msg, uint16_t attr, uint16_t value);

/** ipudp_msg_put_text() - add a string with its final NUL */
void ipudp_msg_put_text(struct ipudp_msg *msg, uint16_t attr, const char *text);

/** ipudp_msg_put_addr() - add an address; an empty attribute for AF_UNSPEC */
void ipudp_msg_put_addr(struct ipudp_msg *msg, uint16_t attr, const struct ipudp_addr *addr);

/** ipudp_msg_nest() - start a nest. Return: what ipudp_msg_nest_end() wants */
size_t ipudp_msg_nest(struct ipudp_msg *msg, uint16_t attr);

/** ipudp_msg_nest_end() - end the nest that ipudp_msg_nest() started */
void ipudp_msg_nest_end(struct ipudp_msg *msg, size_t nest);

/**
 * ipudp_msg_ok() - whether a whole message is where @left received bytes are
 *
 * In the place of mnl_nlmsg_ok(), which takes a length above INT_MAX for a negative one.
 */
bool ipudp_msg_ok(const struct nlmsghdr *nlh, size_t left);

/** ipudp_msg_next() - where the next message would be, behind one that is ok; reduces @left */
const struct nlmsghdr *ipudp_msg_next(const struct nlmsghdr *nlh, size_t *left);

#endif
