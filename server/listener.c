// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Listeners: made, or adopted from a run before.
 */
#include "server/listener.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <ipudp/ipudp.h>

#include "lib/base/log.h"
#include "plane/addr.h"
#include "server/conf.h"

static int same_listener(void *arg, const struct ipudp_listener *listener)
{
	struct ipudp_listener *wanted = arg;

	if (listener->port != wanted->port || listener->bind_ifindex ||
	    !ipudp_addr_equal(&listener->local, &wanted->local) ||
	    (wanted->local.family == AF_UNSPEC && listener->family != wanted->family))
		return 0;
	wanted->id = listener->id;
	return 1;
}

/* Make it, or adopt the one that an lvnd before us has pinned. */
static int open_listener(struct ipudp *ipudp, struct ipudp_listener *listener)
{
	int ret = ipudp_listener_add(ipudp, listener);

	if (ret != -EEXIST)
		return ret;
	ret = server_uninterrupted(ipudp_listener_list(ipudp, same_listener, listener));
	if (ret < 0)
		return ret;
	return ret ? 0 : -EADDRINUSE;
}

int server_listeners_open(struct ipudp *ipudp, const struct server_conf *conf, uint32_t *ret_ids)
{
	char text[LVN_ADDR_TEXT_SIZE];
	unsigned int i;
	int ret;

	for (i = 0; i < conf->n_listen; i++) {
		struct ipudp_listener listener = {
			.family = IPUDP_FAMILY_DUAL,
			.local = plane_addr_to(&conf->listen[i].addr),
			.port = conf->listen[i].port,
		};

		if (lvn_addr_is_unspecified(&conf->listen[i].addr)) {
			listener.local.family = AF_UNSPEC;
			if (conf->listen[i].addr.family)
				listener.family = conf->listen[i].addr.family == AF_INET ?
							  IPUDP_FAMILY_IPV4 :
							  IPUDP_FAMILY_IPV6;
		}
		ret = open_listener(ipudp, &listener);
		if (ret < 0) {
			lvn_error("listen %s: UDP: %s: %s%s",
				  lvn_endpoint_format(&conf->listen[i], text), strerror(-ret),
				  ipudp_error(ipudp),
				  ret == -EADDRINUSE ?
					  "; 'ss -lunp' and 'ipudp listener show' show by whom" :
					  "");
			return ret;
		}
		ret_ids[i] = listener.id;
	}
	return 0;
}
