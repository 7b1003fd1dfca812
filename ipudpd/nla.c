// SPDX-License-Identifier: GPL-2.0-or-later
/* Netlink attributes: checking them by a policy as the kernel does, and writing them. */

#include <stdlib.h>

#include <net/genetlink.h>

#include "nl.h"

static const uint8_t exact_len[] = {
	[NLA_U8] = 1, [NLA_U16] = 2, [NLA_U32] = 4, [NLA_U64] = 8, [NLA_S32] = 4,
};

static bool string_ok(const struct nla_policy *policy, const struct nlattr *nla)
{
	size_t len = nla_len(nla), most = policy->len ? policy->len + 1u : len;

	return memchr(nla_data(nla), 0, len < most ? len : most);
}

static int check_range(const struct nla_policy *policy, const struct nlattr *nla,
		       struct netlink_ext_ack *extack)
{
	int64_t value = 0;

	if (policy->validation_type == NLA_VALIDATE_NONE)
		return 0;
	switch (policy->type) {
	case NLA_U8:
		value = nla_get_u8(nla);
		break;
	case NLA_U16:
		value = nla_get_u16(nla);
		break;
	default:
		value = nla_get_u32(nla);
	}
	if (policy->validation_type == NLA_VALIDATE_MIN ? value >= policy->min :
							  value <= policy->max)
		return 0;
	NL_SET_ERR_MSG_ATTR(extack, nla, "integer out of range");
	return -ERANGE;
}

static int check_attr(const struct nlattr *nla, const struct nla_policy *policy,
		      struct netlink_ext_ack *extack)
{
	const struct nla_policy *pt = &policy[nla_type(nla)];
	bool nested = nla->nla_type & NLA_F_NESTED;
	int len = nla_len(nla), ret = -ERANGE;

	if (pt->type < sizeof(exact_len) && exact_len[pt->type] && len != exact_len[pt->type]) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "invalid attribute length");
		return -EINVAL;
	}
	if (pt->type == NLA_NESTED && !nested) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "NLA_F_NESTED is missing");
		return -EINVAL;
	}
	if (pt->type != NLA_NESTED && pt->type != NLA_UNSPEC && nested) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "NLA_F_NESTED not expected");
		return -EINVAL;
	}
	switch (pt->type) {
	case NLA_UNSPEC:
		NL_SET_ERR_MSG_ATTR(extack, nla, "Unsupported attribute");
		return -EINVAL;
	case NLA_FLAG:
		if (!len)
			return 0;
		break;
	case NLA_NUL_STRING:
		ret = -EINVAL;
		if (len && string_ok(pt, nla))
			return 0;
		break;
	case NLA_BINARY:
		if (!pt->len || len <= pt->len)
			return 0;
		break;
	case NLA_NESTED:
		if (!len)
			return 0;
		if (len >= NLA_HDRLEN)
			return nla_parse(NULL, pt->len, nla_data(nla), len, pt->nested_policy,
					 extack);
		break;
	default:
		return check_range(pt, nla, extack);
	}
	NL_SET_ERR_MSG_ATTR(extack, nla, "Attribute failed policy validation");
	return ret;
}

int nla_parse(struct nlattr **tb, int maxtype, const struct nlattr *head, int len,
	      const struct nla_policy *policy, struct netlink_ext_ack *extack)
{
	const struct nlattr *nla;
	int rest, ret;

	if (tb)
		memset(tb, 0, sizeof(*tb) * (maxtype + 1));
	nla_for_each_attr(nla, head, len, rest) {
		int type = nla_type(nla);

		if (!type || type > maxtype) {
			NL_SET_ERR_MSG_ATTR(extack, nla, "Unknown attribute type");
			return -EINVAL;
		}
		ret = policy ? check_attr(nla, policy, extack) : 0;
		if (ret)
			return ret;
		if (tb)
			tb[type] = (struct nlattr *)nla;
	}
	if (rest > 0) {
		NL_SET_ERR_MSG(extack, "bytes leftover after parsing attributes");
		return -EINVAL;
	}
	return 0;
}

int nla_parse_nested(struct nlattr **tb, int maxtype, const struct nlattr *nla,
		     const struct nla_policy *policy, struct netlink_ext_ack *extack)
{
	if (!(nla->nla_type & NLA_F_NESTED)) {
		NL_SET_ERR_MSG_ATTR(extack, nla, "NLA_F_NESTED is missing");
		return -EINVAL;
	}
	return nla_parse(tb, maxtype, nla_data(nla), nla_len(nla), policy, extack);
}

struct nlattr *nla_reserve(struct sk_buff *skb, int type, int len)
{
	struct nlattr *nla = (void *)(skb->data + skb->len);
	int total = nla_total_size(len);

	if (skb_tailroom(skb) < total)
		return NULL;
	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	memset((char *)nla + nla->nla_len, 0, total - nla->nla_len);
	skb->len += total;
	return nla;
}

int nla_put(struct sk_buff *skb, int type, int len, const void *data)
{
	struct nlattr *nla = nla_reserve(skb, type, len);

	if (!nla)
		return -EMSGSIZE;
	if (len)
		memcpy(nla_data(nla), data, len);
	return 0;
}

int nla_put_u8(struct sk_buff *skb, int type, uint8_t value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

int nla_put_u16(struct sk_buff *skb, int type, uint16_t value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

int nla_put_u32(struct sk_buff *skb, int type, uint32_t value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

int nla_put_u64(struct sk_buff *skb, int type, uint64_t value)
{
	return nla_put(skb, type, sizeof(value), &value);
}

int nla_put_string(struct sk_buff *skb, int type, const char *text)
{
	return nla_put(skb, type, strlen(text) + 1, text);
}

int nla_put_flag(struct sk_buff *skb, int type)
{
	return nla_put(skb, type, 0, NULL);
}

struct nlattr *nla_nest_start(struct sk_buff *skb, int type)
{
	return nla_reserve(skb, type | NLA_F_NESTED, 0);
}

void nla_nest_end(struct sk_buff *skb, struct nlattr *start)
{
	start->nla_len = skb->data + skb->len - (char *)start;
}

struct sk_buff *genlmsg_new(size_t size, gfp_t gfp)
{
	struct sk_buff *msg = malloc(sizeof(*msg) + size);

	(void)gfp;
	if (msg)
		*msg = (struct sk_buff){ .data = (char *)(msg + 1), .size = size };
	return msg;
}

void nlmsg_free(struct sk_buff *msg)
{
	free(msg);
}

void *genlmsg_put(struct sk_buff *skb, uint32_t portid, uint32_t seq,
		  const struct genl_family *family, int flags, uint8_t cmd)
{
	struct nlmsghdr *nlh = (void *)(skb->data + skb->len);
	struct genlmsghdr *genl = NLMSG_DATA(nlh);

	if (skb_tailroom(skb) < (int)(NLMSG_HDRLEN + GENL_HDRLEN))
		return NULL;
	*nlh = (struct nlmsghdr){
		.nlmsg_type = family->id,
		.nlmsg_flags = flags,
		.nlmsg_seq = seq,
		.nlmsg_pid = portid,
	};
	*genl = (struct genlmsghdr){ .cmd = cmd, .version = IPUDP_FAMILY_VERSION };
	skb->len += NLMSG_HDRLEN + GENL_HDRLEN;
	return nlh;
}

void genlmsg_end(struct sk_buff *skb, void *header)
{
	struct nlmsghdr *nlh = header;

	nlh->nlmsg_len = skb->data + skb->len - (char *)header;
}

void genlmsg_cancel(struct sk_buff *skb, void *header)
{
	skb->len = (char *)header - skb->data;
}
