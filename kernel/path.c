// SPDX-License-Identifier: GPL-2.0-only
/*
 * Path MTUs, learned from ICMP errors (RFC 1191, RFC 8201). The stack would teach the route that
 * anybody's packets to the remote take, not the one that the tunnel's mark, link or ports lead to,
 * and it finds no socket for source ports that are made from flows. So the errors about our packets
 * are taken out before it sees them. An IPv6 route is taught here. The routing of IPv4 cannot
 * be taught by ports, so what is known of an IPv4 path is kept with the endpoint.
 */

#include "path.h"

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <net/icmp.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "encap.h"
#include "home.h"
#include "listener.h"
#include "tunnel.h"

/* For how long a router's word is believed (RFC 1191, section 6.3). */
#define LIFETIME (10 * 60 * HZ)

/*
 * How many listeners are asked about an error whose source port is no listener's. A stranger can
 * send such errors, so there is an end.
 */
#define MAX_LISTENERS 64

/**
 * struct quoted - what an error says, and where it came in
 * @mtu: how large a packet may be
 * @source: where the quoted packet was sent from
 * @port: its port
 * @key: where to; the listener is still open
 * @link: interface that the error came by, or its VRF
 * @slave: the interface in that VRF
 */
struct quoted {
	u32 mtu;
	union ipudp_ip source;
	__be16 port;
	struct ipudp_endpoint_key key;
	int link;
	int slave;
};

static bool same_route(const struct ipudp_path *path, const struct dst_entry *dst)
{
	const struct rtable *rt = container_of(dst, struct rtable, dst);

	return READ_ONCE(path->link) == dst->dev->ifindex &&
	       READ_ONCE(path->gateway) == rt->rt_gw4;
}

u32 ipudp_path_mtu(const struct ipudp_endpoint *endpoint, const struct dst_entry *dst)
{
	const struct ipudp_path *path = &endpoint->path;
	u32 mtu = READ_ONCE(path->mtu);

	if (likely(!mtu) || time_after(jiffies, READ_ONCE(path->expires)) || !same_route(path, dst))
		return 0;
	return mtu;
}

#ifdef CONFIG_NETFILTER
static void learn4(struct ipudp_endpoint *endpoint, const struct dst_entry *dst, u32 mtu)
{
	const struct rtable *rt = container_of(dst, struct rtable, dst);
	struct ipudp_path *path = &endpoint->path;

	/* An error never widens a path; the same again renews what it said. */
	if (mtu >= dst_mtu(dst) || mtu > (ipudp_path_mtu(endpoint, dst) ?: mtu))
		return;
	WRITE_ONCE(path->link, dst->dev->ifindex);
	WRITE_ONCE(path->gateway, rt->rt_gw4);
	WRITE_ONCE(path->expires, jiffies + LIFETIME);
	/* Old routers do not say how much they take: as little as there is. */
	WRITE_ONCE(path->mtu, mtu ?: 1);
}

/* The quoted header of IPv6 is at the network header of @skb, as the route's function wants it. */
static void learn(struct ipudp_endpoint *endpoint, struct sk_buff *skb, u32 mtu)
{
	union ipudp_ip local;
	struct dst_entry *dst = ipudp_encap_route(endpoint, &local);

	if (IS_ERR(dst))
		return;
	if (endpoint->config.family == AF_INET)
		learn4(endpoint, dst, mtu);
	else
		dst->ops->update_pmtu(dst, NULL, skb, mtu, false);
	dst_release(dst);
}

/* Whether a packet with this source may have been sent from a listener. */
static bool is_from(const struct ipudp_listener *listener, const struct quoted *quoted)
{
	const struct ipudp_listener_config *config = &listener->config;

	if (!ipudp_ip_is_any(&config->local) && !ipudp_ip_equal(&config->local, &quoted->source))
		return false;
	return !config->bind || config->bind == quoted->link || config->bind == quoted->slave;
}

/* The endpoint of a listener that the quoted packet was sent to, NULL if none. */
static struct ipudp_endpoint *endpoint_at(struct ipudp_listener *listener, struct quoted *quoted)
{
	struct ipudp_endpoint *endpoint;

	if (!is_from(listener, quoted))
		return NULL;
	quoted->key.listener = listener->id;
	endpoint = ipudp_endpoint_lookup(listener->home, &quoted->key);
	if (!endpoint || endpoint->config.port != quoted->key.port)
		return NULL;
	if (!endpoint->config.flow_port && listener->config.port != quoted->port)
		return NULL;
	return endpoint;
}

/* Of the listeners on one port, that of the interface knows better than one without. */
static struct ipudp_endpoint *endpoint_by_port(struct ipudp_home *home, struct quoted *quoted)
{
	struct ipudp_endpoint *endpoint, *found = NULL;
	struct ipudp_listener *listener;

	hash_for_each_possible_rcu(home->listener_hash, listener, node,
				   (__force u16)quoted->port) {
		endpoint = endpoint_at(listener, quoted);
		if (endpoint && listener->config.bind)
			return endpoint;
		found = endpoint ?: found;
	}
	return found;
}

/* The endpoint that the quoted packet was sent to, NULL if it is not ours. */
static struct ipudp_endpoint *endpoint_of(struct ipudp_home *home, struct quoted *quoted)
{
	struct ipudp_endpoint *endpoint = endpoint_by_port(home, quoted);
	struct ipudp_listener *listener;
	unsigned int asked = 0;
	unsigned long id;

	if (endpoint)
		return endpoint;
	/* Its port may have been made from the inner flow. */
	xa_for_each(&home->listeners, id, listener) {
		endpoint = endpoint_at(listener, quoted);
		if (endpoint)
			return endpoint;
		if (++asked == MAX_LISTENERS)
			break;
	}
	return NULL;
}

/* Read an ICMP error at @offset. Return: where the quoted packet begins, 0 if it is none for us. */
static unsigned int read4(struct sk_buff *skb, unsigned int offset, struct quoted *ret)
{
	unsigned int quote = offset + sizeof(struct icmphdr), udp_at;
	const struct icmphdr *icmp;
	const struct udphdr *udp;
	const struct iphdr *ip;

	if (!pskb_may_pull(skb, quote + sizeof(*ip)))
		return 0;
	icmp = (const struct icmphdr *)(skb->data + offset);
	ip = (const struct iphdr *)(skb->data + quote);
	udp_at = quote + ip->ihl * 4;
	if (icmp->type != ICMP_DEST_UNREACH || icmp->code != ICMP_FRAG_NEEDED ||
	    ip->version != 4 || ip->ihl < 5 || ip->protocol != IPPROTO_UDP ||
	    !pskb_may_pull(skb, udp_at + sizeof(*udp)) ||
	    nf_ip_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_ICMP))
		return 0;
	icmp = (const struct icmphdr *)(skb->data + offset);
	ip = (const struct iphdr *)(skb->data + quote);
	udp = (const struct udphdr *)(skb->data + udp_at);
	ret->mtu = ntohs(icmp->un.frag.mtu);
	ret->key.family = AF_INET;
	ret->key.remote.v4 = ip->daddr;
	ret->key.port = udp->dest;
	ret->source.v4 = ip->saddr;
	ret->port = udp->source;
	ret->link = skb->dev->ifindex;
	ret->slave = inet_sdif(skb);
	return quote;
}

static unsigned int take4(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct ipudp_endpoint *endpoint;
	struct quoted quoted = { };

	if (likely(ip_hdr(skb)->protocol != IPPROTO_ICMP) ||
	    !read4(skb, ip_hdrlen(skb), &quoted))
		return NF_ACCEPT;
	endpoint = endpoint_of(ipudp_home_of(state->net), &quoted);
	if (!endpoint)
		return NF_ACCEPT;
	learn(endpoint, skb, quoted.mtu);
	__ICMP_INC_STATS(state->net, ICMP_MIB_INMSGS);
	ICMPMSGIN_INC_STATS(state->net, ICMP_DEST_UNREACH);
	consume_skb(skb);
	return NF_STOLEN;
}

#if IS_ENABLED(CONFIG_IPV6)
static unsigned int read6(struct sk_buff *skb, unsigned int offset, struct quoted *ret)
{
	unsigned int quote = offset + sizeof(struct icmp6hdr);
	unsigned int udp_at = quote + sizeof(struct ipv6hdr);
	const struct icmp6hdr *icmp;
	const struct udphdr *udp;
	const struct ipv6hdr *ip;

	/* Our packets have no extension header before UDP. */
	if (!pskb_may_pull(skb, udp_at + sizeof(*udp)))
		return 0;
	icmp = (const struct icmp6hdr *)(skb->data + offset);
	ip = (const struct ipv6hdr *)(skb->data + quote);
	udp = (const struct udphdr *)(skb->data + udp_at);
	if (icmp->icmp6_type != ICMPV6_PKT_TOOBIG || ip->version != 6 ||
	    ip->nexthdr != IPPROTO_UDP ||
	    nf_ip6_checksum(skb, NF_INET_LOCAL_IN, offset, IPPROTO_ICMPV6))
		return 0;
	ret->mtu = ntohl(icmp->icmp6_mtu);
	ret->key.family = AF_INET6;
	ret->key.remote.v6 = ip->daddr;
	ret->key.port = udp->dest;
	ret->source.v6 = ip->saddr;
	ret->port = udp->source;
	ret->link = inet6_iif(skb);
	ret->slave = inet6_sdif(skb);
	return quote;
}

static unsigned int take6(void *priv, struct sk_buff *skb, const struct nf_hook_state *state)
{
	struct ipudp_endpoint *endpoint;
	struct quoted quoted = { };
	unsigned int quote;

	if (likely(ipv6_hdr(skb)->nexthdr != IPPROTO_ICMPV6))
		return NF_ACCEPT;
	quote = read6(skb, sizeof(struct ipv6hdr), &quoted);
	if (!quote)
		return NF_ACCEPT;
	endpoint = endpoint_of(ipudp_home_of(state->net), &quoted);
	if (!endpoint)
		return NF_ACCEPT;
	skb_set_network_header(skb, quote);
	learn(endpoint, skb, quoted.mtu);
	__ICMP6_INC_STATS(state->net, __in6_dev_get(skb->dev), ICMP6_MIB_INMSGS);
	ICMP6MSGIN_INC_STATS(state->net, __in6_dev_get(skb->dev), ICMPV6_PKT_TOOBIG);
	consume_skb(skb);
	return NF_STOLEN;
}
#endif

/* Last of all, so that what a firewall drops is not believed. */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = take4,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = INT_MAX,
	},
#if IS_ENABLED(CONFIG_IPV6)
	{
		.hook = take6,
		.pf = NFPROTO_IPV6,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = INT_MAX,
	},
#endif
};

int ipudp_path_watch(struct ipudp_home *home)
{
	int ret;

	lockdep_assert_held(&home->lock);
	if (home->watched)
		return 0;
	ret = nf_register_net_hooks(home->net, hooks, ARRAY_SIZE(hooks));
	home->watched = !ret;
	return ret;
}

void ipudp_path_unwatch(struct ipudp_home *home)
{
	lockdep_assert_held(&home->lock);
	if (home->watched)
		nf_unregister_net_hooks(home->net, hooks, ARRAY_SIZE(hooks));
	home->watched = false;
}
#else
/* Then the stack's own learning has to do. */
int ipudp_path_watch(struct ipudp_home *home)
{
	return 0;
}

void ipudp_path_unwatch(struct ipudp_home *home)
{
}
#endif
