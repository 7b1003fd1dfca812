/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why requests are refused: sentences and the attributes to blame, from uapi/refusals.yaml. */
#ifndef _IPUDP_REFUSAL_H
#define _IPUDP_REFUSAL_H

#include <linux/types.h>
#include <uapi/linux/ipudp.h>

#include "refusal_gen.h"

struct genl_info;
struct netlink_ext_ack;
struct nlattr;

#define IPUDP_REFUSAL_NAME(name, ...) IPUDP_REFUSAL_##name,
enum ipudp_refusal {
	IPUDP_REFUSALS(IPUDP_REFUSAL_NAME)
	IPUDP_REFUSAL_COUNT,
};

#undef IPUDP_REFUSAL_NAME

/**
 * ipudp_refuse_attr() - say why a request is refused
 * @extack: where to; NULL is allowed
 * @refusal: why
 * @attr: the attribute to name, or NULL for those of the reason; see ipudp_refusal_name_attr()
 *
 * ipudp_refuse(extack, NAME) is the same without @attr and the prefix of the reason's name.
 */
void ipudp_refuse_attr(struct netlink_ext_ack *extack, enum ipudp_refusal refusal,
		       const struct nlattr *attr);

#define ipudp_refuse(extack, name) ipudp_refuse_attr(extack, IPUDP_REFUSAL_##name, NULL)

/**
 * ipudp_refusal_name_attr() - name the attribute of a refused request, unless one is named
 *
 * For when the handler has returned, so that what refuses need not know the request.
 */
void ipudp_refusal_name_attr(struct genl_info *info);

#endif
