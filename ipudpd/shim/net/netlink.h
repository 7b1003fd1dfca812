/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of the kernel's netlink interfaces, under their own names, as the generated policies
 * (kernel/core/netlink_gen.c) and the handlers need in user space. What is refused is refused with the
 * kernel's sentences.
 */
#ifndef _IPUDP_SHIM_NETLINK_H
#define _IPUDP_SHIM_NETLINK_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <linux/netlink.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

struct connection;

/**
 * enum - types of attributes
 *
 * As in the kernel, what a policy does not name is NLA_UNSPEC, which is refused.
 */
enum {
	NLA_UNSPEC,
	NLA_U8,
	NLA_U16,
	NLA_U32,
	NLA_U64,
	NLA_STRING,
	NLA_FLAG,
	NLA_NESTED,
	NLA_NUL_STRING,
	NLA_BINARY,
	NLA_S32,
};

/** enum nla_validation - what is checked beside the length */
enum nla_validation {
	NLA_VALIDATE_NONE,
	NLA_VALIDATE_MIN,
	NLA_VALIDATE_MAX,
};

/**
 * struct nla_policy - how an attribute must look
 * @type: NLA_*
 * @validation_type: enum nla_validation
 * @len: largest length of strings and binaries, largest type in a nest
 * @nested_policy: of a nest
 * @min: of an integer
 * @max: of an integer
 */
struct nla_policy {
	uint8_t type;
	uint8_t validation_type;
	uint16_t len;
	const struct nla_policy *nested_policy;
	int64_t min;
	int64_t max;
};

#define NLA_POLICY_MIN(tp, value)                                                 \
	{                                                                         \
		.type = (tp), .validation_type = NLA_VALIDATE_MIN, .min = (value) \
	}
#define NLA_POLICY_MAX(tp, value)                                                 \
	{                                                                         \
		.type = (tp), .validation_type = NLA_VALIDATE_MAX, .max = (value) \
	}
#define NLA_POLICY_NESTED(policy)                                                            \
	{                                                                                    \
		.type = NLA_NESTED, .nested_policy = (policy), .len = ARRAY_SIZE(policy) - 1 \
	}

/**
 * struct netlink_ext_ack - why a request is refused
 * @_msg: the sentence, static
 * @bad_attr: the attribute that it is about
 * @miss_type: type of the attribute that is missing, 0 if none
 */
struct netlink_ext_ack {
	const char *_msg;
	const struct nlattr *bad_attr;
	uint32_t miss_type;
};

#define NL_SET_ERR_MSG(extack, sentence)                     \
	do {                                                 \
		struct netlink_ext_ack *__extack = (extack); \
		if (__extack)                                \
			__extack->_msg = (sentence);         \
	} while (0)

#define NL_SET_ERR_MSG_ATTR(extack, attr, sentence)      \
	do {                                             \
		struct netlink_ext_ack *__ea = (extack); \
		if (__ea) {                              \
			__ea->_msg = (sentence);         \
			__ea->bad_attr = (attr);         \
		}                                        \
	} while (0)

/**
 * struct sk_buff - a datagram of netlink messages under construction
 * @data: buffer of @size bytes
 * @len: how many are used
 * @size: how many there are
 * @sk: the connection it answers to, or NULL
 */
struct sk_buff {
	char *data;
	size_t len;
	size_t size;
	struct connection *sk;
};

/**
 * struct netlink_callback - a dump under way
 * @args: where it is
 * @attrs: parsed attributes of the request
 * @nlh: the request
 * @extack: for refusals
 * @portid: of the connection
 * @seq: of what is listed now, never 0
 * @prev_seq: of what was listed first, 0 before
 */
struct netlink_callback {
	long args[6];
	struct nlattr **attrs;
	const struct nlmsghdr *nlh;
	struct netlink_ext_ack *extack;
	uint32_t portid;
	uint32_t seq;
	uint32_t prev_seq;
};

static inline int nla_type(const struct nlattr *nla)
{
	return nla->nla_type & NLA_TYPE_MASK;
}

static inline void *nla_data(const struct nlattr *nla)
{
	return (char *)nla + NLA_HDRLEN;
}

static inline int nla_len(const struct nlattr *nla)
{
	return nla->nla_len - NLA_HDRLEN;
}

static inline int nla_total_size(int payload)
{
	return NLA_ALIGN(NLA_HDRLEN + payload);
}

static inline uint8_t nla_get_u8(const struct nlattr *nla)
{
	return *(const uint8_t *)nla_data(nla);
}

static inline uint16_t nla_get_u16(const struct nlattr *nla)
{
	return *(const uint16_t *)nla_data(nla);
}

/* Network byte order stays. */
static inline uint16_t nla_get_be16(const struct nlattr *nla)
{
	return nla_get_u16(nla);
}

static inline uint32_t nla_get_u32(const struct nlattr *nla)
{
	return *(const uint32_t *)nla_data(nla);
}

static inline bool nla_ok(const struct nlattr *nla, int rest)
{
	return rest >= (int)sizeof(*nla) && nla->nla_len >= sizeof(*nla) && nla->nla_len <= rest;
}

static inline struct nlattr *nla_next(const struct nlattr *nla, int *rest)
{
	int step = NLA_ALIGN(nla->nla_len);

	*rest -= step;
	return (struct nlattr *)((char *)nla + step);
}

#define nla_for_each_attr(pos, head, len, rest) \
	for ((pos) = (head), (rest) = (len); nla_ok(pos, rest); (pos) = nla_next(pos, &(rest)))

#define nlmsg_for_each_attr(pos, nlh, hdrlen, rest)                                              \
	nla_for_each_attr(pos, (struct nlattr *)((char *)NLMSG_DATA(nlh) + NLMSG_ALIGN(hdrlen)), \
			  (int)(nlh)->nlmsg_len - NLMSG_HDRLEN - (int)NLMSG_ALIGN(hdrlen), rest)

/**
 * nla_parse() - check a run of attributes and sort them by type
 * @tb: receives @maxtype + 1 pointers into @head, NULL where there is none
 * Return: 0 or a negative errno with the kernel's sentence.
 */
int nla_parse(struct nlattr **tb, int maxtype, const struct nlattr *head, int len,
	      const struct nla_policy *policy, struct netlink_ext_ack *extack);

/** nla_parse_nested() - likewise for the attributes in a nest */
int nla_parse_nested(struct nlattr **tb, int maxtype, const struct nlattr *nla,
		     const struct nla_policy *policy, struct netlink_ext_ack *extack);

/*
 * Writing. An attribute that does not fit is not written: -EMSGSIZE, or NULL from the functions that
 * return where it is.
 */
struct nlattr *nla_reserve(struct sk_buff *skb, int type, int len);
int nla_put(struct sk_buff *skb, int type, int len, const void *data);
int nla_put_u8(struct sk_buff *skb, int type, uint8_t value);
int nla_put_u16(struct sk_buff *skb, int type, uint16_t value);
int nla_put_u32(struct sk_buff *skb, int type, uint32_t value);
int nla_put_u64(struct sk_buff *skb, int type, uint64_t value);

/* Network byte order stays. */
#define nla_put_be16 nla_put_u16

/* Nothing needs to be put before words of 64 bits: who reads them copies them. */
#define nla_put_u64_64bit(skb, type, value, padattr) nla_put_u64(skb, type, value)

int nla_put_string(struct sk_buff *skb, int type, const char *text);
int nla_put_flag(struct sk_buff *skb, int type);
struct nlattr *nla_nest_start(struct sk_buff *skb, int type);
void nla_nest_end(struct sk_buff *skb, struct nlattr *start);

/** skb_tailroom() - how many bytes can still be written */
static inline int skb_tailroom(const struct sk_buff *skb)
{
	return skb->size - skb->len;
}

#endif
