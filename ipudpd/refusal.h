/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why requests are refused: sentences and the attributes to blame, from uapi/refusals.yaml. */
#ifndef _IPUDPD_REFUSAL_H
#define _IPUDPD_REFUSAL_H

#include <net/netlink.h>

#include <linux/ipudp.h>

#include "kernel/core/refusal_gen.h"

struct genl_info;

#define IPUDPD_REFUSAL_NAME(name, ...) IPUDPD_REFUSAL_##name,
enum ipudpd_refusal {
	IPUDP_REFUSALS(IPUDPD_REFUSAL_NAME) IPUDPD_REFUSAL_COUNT,
};

#undef IPUDPD_REFUSAL_NAME

/**
 * ipudpd_refuse_attr() - say why a request is refused
 * @extack: where to; NULL is allowed
 * @attr: the attribute to name, or NULL for that of the reason; see ipudpd_refusal_name_attr()
 */
void ipudpd_refuse_attr(struct netlink_ext_ack *extack, enum ipudpd_refusal refusal,
			const struct nlattr *attr);

#define ipudpd_refuse(extack, name) ipudpd_refuse_attr(extack, IPUDPD_REFUSAL_##name, NULL)

/**
 * ipudpd_refusal_name_attr() - name the attribute of a refused request, unless one is named
 *
 * For when the handler has returned, so that what refuses need not know the request.
 */
void ipudpd_refusal_name_attr(struct genl_info *info);

#endif
