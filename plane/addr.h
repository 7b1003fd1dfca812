/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses of libipudp as those of our programs, and back. Both are in network byte order.
 */
#ifndef _PLANE_ADDR_H
#define _PLANE_ADDR_H

#include <ipudp/ipudp.h>

#include "lib/base/addr.h"

/** plane_addr_to() - as libipudp wants it; of no family if @addr is of none */
struct ipudp_addr plane_addr_to(const struct lvn_addr *addr);

/** plane_addr_from() - as libipudp told it; of no family if @addr is of none */
struct lvn_addr plane_addr_from(const struct ipudp_addr *addr);

#endif
