// SPDX-License-Identifier: GPL-2.0-or-later
/* Neighbours that tunnels of the fast path send by. */

#include "neighbour.h"

#include <errno.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <uthash.h>

#include <net/netlink.h>

#include <linux/list.h>

#include "fast.h"
#include "home.h"
#include "route.h"
#include "tunnel.h"
#include "worker.h"

/* States in which the kernel sends at once (NUD_VALID of the kernel's own). */
#define KNOWN (NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_PROBE | NUD_STALE | NUD_DELAY)

/**
 * struct ipudp_neighbour - a neighbour that at least one tunnel sends by
 * @key: which; in home->neighbours
 * @known: the kernel has its link-layer address
 * @telling: it is being gone through, and not freed
 * @tunnels: they
 * @hh: in home->neighbours
 */
struct ipudp_neighbour {
	struct ipudp_neighbour_key key;
	bool known;
	bool telling;
	struct list_head tunnels;
	UT_hash_handle hh;
};

static struct ipudp_neighbour *find(struct ipudp_home *home, const struct ipudp_neighbour_key *key)
{
	struct ipudp_neighbour *neighbour;

	HASH_FIND(hh, home->neighbours, key, sizeof(*key), neighbour);
	return neighbour;
}

/* Which neighbour a message is about. */
static bool read_key(const struct nlmsghdr *nlh, struct ipudp_neighbour_key *ret)
{
	const struct ndmsg *ndm = NLMSG_DATA(nlh);
	const struct nlattr *attr;
	bool found = false;
	int rest;

	if (nlh->nlmsg_len < NLMSG_LENGTH(sizeof(*ndm)) ||
	    (ndm->ndm_family != AF_INET && ndm->ndm_family != AF_INET6))
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->ifindex = ndm->ndm_ifindex;
	ret->family = ndm->ndm_family;
	nlmsg_for_each_attr(attr, nlh, sizeof(*ndm), rest) {
		if (nla_type(attr) != NDA_DST ||
		    nla_len(attr) != (int)ipudp_ip_len(ndm->ndm_family))
			continue;
		memcpy(&ret->addr, nla_data(attr), nla_len(attr));
		found = true;
	}
	return found;
}

static bool says_known(const struct nlmsghdr *nlh)
{
	const struct ndmsg *ndm = NLMSG_DATA(nlh);

	return nlh->nlmsg_type == RTM_NEWNEIGH && ndm->ndm_state & KNOWN;
}

/* Ask the kernel, which has the answer ready. */
static bool ask(struct ipudp_home *home, const struct ipudp_neighbour_key *key)
{
	unsigned int len = ipudp_ip_len(key->family);
	char buffer[2048] __attribute__((aligned(8)));
	struct sk_buff msg = { .data = buffer, .size = sizeof(buffer) };
	struct nlmsghdr *nlh = (void *)buffer;
	struct ndmsg *ndm = NLMSG_DATA(nlh);
	struct ipudp_neighbour_key said;
	struct ipudp_worker *worker = &home->workers[home->n_workers];
	uint32_t seq = ++worker->query_seq;

	memset(buffer, 0, NLMSG_SPACE(sizeof(*ndm)));
	nlh->nlmsg_type = RTM_GETNEIGH;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	nlh->nlmsg_seq = seq;
	ndm->ndm_family = key->family;
	ndm->ndm_ifindex = key->ifindex;
	msg.len = NLMSG_SPACE(sizeof(*ndm));
	nla_put(&msg, NDA_DST, len, &key->addr);
	nlh->nlmsg_len = msg.len;
	if (send(worker->query_fd, buffer, msg.len, 0) != (ssize_t)msg.len)
		return false;
	for (;;) {
		ssize_t got = recv(worker->query_fd, buffer, sizeof(buffer), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < (ssize_t)sizeof(*nlh) || nlh->nlmsg_len > (size_t)got)
			return false;
		if (nlh->nlmsg_seq != seq)
			continue;
		/* None, if it is an error. */
		return nlh->nlmsg_type == RTM_NEWNEIGH && read_key(nlh, &said) &&
		       !memcmp(&said, key, sizeof(said)) && says_known(nlh);
	}
}

static void free_unused(struct ipudp_home *home, struct ipudp_neighbour *neighbour)
{
	if (neighbour->telling || !list_empty(&neighbour->tunnels))
		return;
	HASH_DEL(home->neighbours, neighbour);
	free(neighbour);
}

bool ipudp_neighbour_follow(struct ipudp_home *home, struct ipudp_tunnel *tunnel,
			    const struct ipudp_neighbour_key *key)
{
	struct ipudp_neighbour *neighbour = tunnel->neighbour;

	if (neighbour && !memcmp(&neighbour->key, key, sizeof(*key)))
		return neighbour->known;
	ipudp_neighbour_leave(home, tunnel);
	neighbour = find(home, key);
	if (!neighbour) {
		neighbour = calloc(1, sizeof(*neighbour));
		if (!neighbour)
			return false;
		neighbour->key = *key;
		INIT_LIST_HEAD(&neighbour->tunnels);
		neighbour->known = ask(home, key);
		HASH_ADD(hh, home->neighbours, key, sizeof(*key), neighbour);
	}
	tunnel->neighbour = neighbour;
	list_add_tail(&tunnel->neighbour_node, &neighbour->tunnels);
	return neighbour->known;
}

void ipudp_neighbour_leave(struct ipudp_home *home, struct ipudp_tunnel *tunnel)
{
	struct ipudp_neighbour *neighbour = tunnel->neighbour;

	if (!neighbour)
		return;
	list_del(&tunnel->neighbour_node);
	tunnel->neighbour = NULL;
	free_unused(home, neighbour);
}

static void set_known(struct ipudp_home *home, struct ipudp_neighbour *neighbour, bool known)
{
	struct ipudp_worker *worker = &home->workers[home->n_workers];
	struct ipudp_tunnel *tunnel, *next;

	if (neighbour->known == known)
		return;
	neighbour->known = known;
	/* A tunnel may find that its route has changed, too, and leave. */
	neighbour->telling = true;
	ipudp_route_begin_run(worker);
	list_for_each_entry_safe(tunnel, next, &neighbour->tunnels, neighbour_node)
		ipudp_fast_tunnel(tunnel);
	ipudp_route_end_run(worker);
	neighbour->telling = false;
	free_unused(home, neighbour);
}

void ipudp_neighbour_news(struct ipudp_home *home, const struct nlmsghdr *nlh)
{
	struct ipudp_neighbour_key key;
	struct ipudp_neighbour *neighbour;

	if (!read_key(nlh, &key))
		return;
	neighbour = find(home, &key);
	if (neighbour)
		set_known(home, neighbour, says_known(nlh));
}

void ipudp_neighbour_sync(struct ipudp_home *home)
{
	struct ipudp_neighbour *neighbour, *next;

	HASH_ITER(hh, home->neighbours, neighbour, next)
		set_known(home, neighbour, ask(home, &neighbour->key));
}
