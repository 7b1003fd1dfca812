// SPDX-License-Identifier: GPL-2.0-only
/*
 * Path MTUs, learned from ICMP errors (RFC 1191, RFC 8201). For a socket, the stack would teach
 * the route that anybody's packets to the remote take, not the one that the tunnel's mark, link or
 * ports lead to. And no socket has the source ports that are made from flows. So our sockets
 * decline these errors (ipudp_decap_error), and then the stack asks those who make tunnels without
 * a socket of their own: us, here. An IPv6 route is taught. The routing of IPv4 cannot be taught
 * by ports, so what is known of an IPv4 path is kept with the endpoint.
 */

#include "path.h"

#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ip_tunnels.h>
#include <net/ip6_tunnel.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "compat.h"
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

/* The network header of @skb is the quoted one, as the function of IPv6 routes wants it. */
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

/*
 * What a packet says that an ICMP error quotes. The network and transport headers of @skb are those
 * of the quoted packet, and as far as UDP it is in the linear part.
 */
static void read_quoted(const struct sk_buff *skb, struct quoted *ret)
{
	const struct udphdr *udp = udp_hdr(skb);

	ret->key.port = udp->dest;
	ret->port = udp->source;
	if (ip_hdr(skb)->version == 4) {
		ret->key.family = AF_INET;
		ret->key.remote.v4 = ip_hdr(skb)->daddr;
		ret->source.v4 = ip_hdr(skb)->saddr;
	} else {
		ret->key.family = AF_INET6;
		ret->key.remote.v6 = ipv6_hdr(skb)->daddr;
		ret->source.v6 = ipv6_hdr(skb)->saddr;
	}
}

/* The ICMP header ends where the quoted packet begins. */
static const struct icmphdr *icmp4_of(const struct sk_buff *skb)
{
	return (const struct icmphdr *)skb_network_header(skb) - 1;
}

static const struct icmp6hdr *icmp6_of(const struct sk_buff *skb)
{
	return (const struct icmp6hdr *)skb_network_header(skb) - 1;
}

bool ipudp_path_is_error(const struct sk_buff *skb)
{
	const struct icmphdr *icmp = icmp4_of(skb);

	if (ip_hdr(skb)->version == 4)
		return icmp->type == ICMP_DEST_UNREACH && icmp->code == ICMP_FRAG_NEEDED;
	return icmp6_of(skb)->icmp6_type == ICMPV6_PKT_TOOBIG;
}

/* The stack's @info is 0 if the host itself does without path MTUs; our packets say DF anyway. */
static u32 said_in(const struct sk_buff *skb)
{
	if (ip_hdr(skb)->version == 4)
		return ntohs(icmp4_of(skb)->un.frag.mtu);
	return ntohl(icmp6_of(skb)->icmp6_mtu);
}

/* Return: 0 if the error was about a packet of ours. */
static int hear(struct sk_buff *skb, struct quoted *quoted)
{
	struct ipudp_home *home = ipudp_home_of(dev_net(skb->dev));
	struct ipudp_endpoint *endpoint;

	if (!home || !ipudp_path_is_error(skb))
		return -ENOENT;
	read_quoted(skb, quoted);
	endpoint = endpoint_of(home, quoted);
	if (!endpoint)
		return -ENOENT;
	learn(endpoint, skb, said_in(skb));
	return 0;
}

/* Called in softirq under RCU, and so is error6(). */
static int error4(struct sk_buff *skb, u32 info)
{
	struct quoted quoted = { .link = skb->dev->ifindex, .slave = inet_sdif(skb) };

	return ip_hdr(skb)->protocol == IPPROTO_UDP ? hear(skb, &quoted) : -ENOENT;
}

static const struct ip_tunnel_encap_ops ops4 = {
	.err_handler = error4,
};

#if IS_ENABLED(CONFIG_IPV6)
static int error6(struct sk_buff *skb, struct inet6_skb_parm *opt, u8 type, u8 code, int offset,
		  __be32 info)
{
	struct quoted quoted = { .link = inet6_iif(skb), .slave = inet6_sdif(skb) };

	/* Our packets have no extension header before UDP. */
	return ipv6_hdr(skb)->nexthdr == IPPROTO_UDP ? hear(skb, &quoted) : -ENOENT;
}

static const struct ip6_tnl_encap_ops ops6 = {
	.err_handler = error6,
};
#endif

/*
 * Kinds of encapsulation have numbers (TUNNEL_ENCAP_MPLS is the highest), and the kernel has room
 * for more: we take the last one that is free. Nobody can configure it, because we encapsulate for
 * nobody else. This is what ip_tunnel_encap_add_ops() and ip6_tnl_encap_add_ops() do; but the
 * latter is in a module that puts a device, ip6tnl0, into each namespace.
 */
static unsigned int number;

static bool number_take(unsigned int num)
{
	if (cmpxchg((__force const struct ip_tunnel_encap_ops **)&iptun_encaps[num], NULL, &ops4))
		return false;
#if IS_ENABLED(CONFIG_IPV6)
	if (cmpxchg((__force const struct ip6_tnl_encap_ops **)&ip6tun_encaps[num], NULL, &ops6)) {
		RCU_INIT_POINTER(iptun_encaps[num], NULL);
		synchronize_net();
		return false;
	}
#endif
	return true;
}

int ipudp_path_init(void)
{
	for (number = MAX_IPTUN_ENCAP_OPS - 1; number > TUNNEL_ENCAP_MPLS; number--) {
		if (number_take(number))
			return 0;
	}
	pr_err("ipudp: other modules have all numbers of encapsulations, unload one\n");
	return -EBUSY;
}

void ipudp_path_done(void)
{
	RCU_INIT_POINTER(iptun_encaps[number], NULL);
#if IS_ENABLED(CONFIG_IPV6)
	RCU_INIT_POINTER(ip6tun_encaps[number], NULL);
#endif
	synchronize_net();
}

#ifdef IPUDP_HAS_ENCAP_ERR_RCV
void ipudp_path_listen(struct sock *sk)
{
}
#else
/* An error from the queue of a socket. */
static void collect(struct ipudp_listener *listener, struct sk_buff *skb)
{
	const struct sock_exterr_skb *error = SKB_EXT_ERR(skb);
	struct quoted quoted = { .link = listener->config.bind };
	struct ipudp_endpoint *endpoint;
	int address_at;

	if (error->ee.ee_origin == SO_EE_ORIGIN_ICMP)
		address_at = offsetof(struct iphdr, daddr);
	else if (error->ee.ee_origin == SO_EE_ORIGIN_ICMP6)
		address_at = offsetof(struct ipv6hdr, daddr);
	else
		return;
	/* It tells where the quoted packet has its destination, and begins after its UDP header. */
	skb_set_network_header(skb, skb_network_offset(skb) + error->addr_offset - address_at);
	skb_set_transport_header(skb, -(int)sizeof(struct udphdr));
	if (!ipudp_path_is_error(skb))
		return;
	read_quoted(skb, &quoted);
	endpoint = endpoint_at(listener, &quoted);
	if (endpoint)
		learn(endpoint, skb, said_in(skb));
}

static void report(struct sock *sk)
{
	struct ipudp_listener *listener;
	struct sk_buff *skb;

	rcu_read_lock();
	listener = rcu_dereference_sk_user_data(sk);
	while ((skb = sock_dequeue_err_skb(sk))) {
		if (listener)
			collect(listener, skb);
		consume_skb(skb);
	}
	rcu_read_unlock();
}

/*
 * Before 5.11: if a socket had the port of the quoted packet, nobody else was asked. So our sockets
 * get such errors as those of processes can, with IP_RECVERR; the stack has taught a route by then.
 */
void ipudp_path_listen(struct sock *sk)
{
	sk->sk_error_report = report;
	if (sk->sk_family == AF_INET)
		ip_sock_set_recverr(sk);
	else
		ip6_sock_set_recverr(sk);
}
#endif
