/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lists that the kernel has, by netlink. Control thread. */
#ifndef _IPUDP_DUMP_H
#define _IPUDP_DUMP_H

#include <stdbool.h>
#include <stdint.h>

struct nlmsghdr;

/**
 * ipudp_dump() - go through a list
 * @protocol: NETLINK_*
 * @type: of the request
 * @payload: what follows its header, @len bytes of it; all that fits into 64
 * @fn: is called with each member of the list; if the list changes meanwhile, it is begun anew
 * @begin: is called before the first member, each time
 *
 * Return: 0 or a negative errno, after which it is not known what there is.
 */
int ipudp_dump(int protocol, uint16_t type, const void *payload, uint32_t len,
	       void (*begin)(void *arg), void (*fn)(const struct nlmsghdr *nlh, void *arg),
	       void *arg);

#endif
