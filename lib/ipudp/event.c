// SPDX-License-Identifier: LGPL-2.1-or-later
/* Dispatching what comes in on the async channel: frames and events. */

#include <errno.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "../base/cleanup.h"
#include "handle.h"
#include "object.h"
#include "transport.h"

/* Datagrams of one ipudp_dispatch(), so that a flood leaves the caller's loop some time. */
#define DISPATCH_MAX 256

/* Each function returns how many handlers it called, 0 or 1. What is malformed is skipped. */

static int handle_frame(const struct ipudp_handlers *handlers, const struct nlmsghdr *nlh)
{
	struct ipudp_frame frame;

	if (!handlers->frame || ipudp_frame_read(nlh, &frame))
		return 0;
	handlers->frame(handlers->arg, &frame);
	return 1;
}

static int handle_device(const struct ipudp_handlers *handlers, const struct nlmsghdr *nlh,
			 int event)
{
	struct ipudp_device device;

	if (!handlers->device || ipudp_device_read(nlh, &device))
		return 0;
	handlers->device(handlers->arg, event, &device);
	return 1;
}

static int handle_listener(const struct ipudp_handlers *handlers, const struct nlmsghdr *nlh,
			   int event)
{
	struct ipudp_listener listener;

	if (!handlers->listener || ipudp_listener_read(nlh, &listener))
		return 0;
	handlers->listener(handlers->arg, event, &listener);
	return 1;
}

static int handle_tunnel(const struct ipudp_handlers *handlers, const struct nlmsghdr *nlh,
			 int event)
{
	struct ipudp_tunnel tunnel;

	if (!handlers->tunnel || ipudp_tunnel_read(nlh, &tunnel))
		return 0;
	handlers->tunnel(handlers->arg, event, &tunnel);
	return 1;
}

static int handle_rule(const struct ipudp_handlers *handlers, const struct nlmsghdr *nlh, int event)
{
	_cleanup_(ipudp_targets_done) struct ipudp_targets targets = { 0 };
	struct ipudp_rule rule;

	if (!handlers->rule || ipudp_rule_read(nlh, &rule, &targets))
		return 0;
	rule.targets = targets.list;
	rule.n_targets = targets.count;
	handlers->rule(handlers->arg, event, &rule);
	return 1;
}

static int handle_message(const struct ipudp_handlers *handlers, const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	if (mnl_nlmsg_get_payload_len(nlh) < sizeof(*genl))
		return 0;
	switch (genl->cmd) {
	case IPUDP_CMD_FRAME:
		return handle_frame(handlers, nlh);
	case IPUDP_CMD_DEV_ADD_NTF:
	case IPUDP_CMD_DEV_CHANGE_NTF:
	case IPUDP_CMD_DEV_DEL_NTF:
		return handle_device(handlers, nlh, genl->cmd);
	case IPUDP_CMD_LISTENER_ADD_NTF:
	case IPUDP_CMD_LISTENER_CHANGE_NTF:
	case IPUDP_CMD_LISTENER_DEL_NTF:
		return handle_listener(handlers, nlh, genl->cmd);
	case IPUDP_CMD_TUNNEL_ADD_NTF:
	case IPUDP_CMD_TUNNEL_CHANGE_NTF:
	case IPUDP_CMD_TUNNEL_DEL_NTF:
	case IPUDP_CMD_TUNNEL_IDLE_NTF:
	case IPUDP_CMD_TUNNEL_BACK_NTF:
		return handle_tunnel(handlers, nlh, genl->cmd);
	case IPUDP_CMD_RULE_ADD_NTF:
	case IPUDP_CMD_RULE_CHANGE_NTF:
	case IPUDP_CMD_RULE_DEL_NTF:
		return handle_rule(handlers, nlh, genl->cmd);
	default:
		return 0;
	}
}

static int handle_datagram(struct ipudp *ipudp, const struct ipudp_handlers *handlers, size_t len)
{
	const struct nlmsghdr *nlh = (const void *)ipudp->async.buffer;
	int handled = 0;

	for (; ipudp_msg_ok(nlh, len); nlh = ipudp_msg_next(nlh, &len))
		/* Beside ours there are errors of frames that could not be sent: lost as any. */
		if (nlh->nlmsg_type == ipudp->transport->type)
			handled += handle_message(handlers, nlh);
	return handled;
}

int ipudp_dispatch(struct ipudp *ipudp, const struct ipudp_handlers *handlers)
{
	struct ipudp_async *async = &ipudp->async;
	int handled = 0, len = 0, i;

	ipudp_error_clear(&ipudp->error);
	if (async->dispatching)
		return ipudp_fail(ipudp, -EBUSY, NULL, "called from a handler");
	async->dispatching = true;
	for (i = 0; i < DISPATCH_MAX; i++) {
		len = ipudp_async_next(ipudp);
		if (len >= 0)
			handled += handle_datagram(ipudp, handlers, len);
		else if (len != -ENOBUFS)
			break;
		else if (handlers->overrun)
			handlers->overrun(handlers->arg);
	}
	async->dispatching = false;
	return len < 0 && len != -EAGAIN && len != -ENOBUFS ? len : handled;
}

int ipudp_subscribe(struct ipudp *ipudp)
{
	ipudp_error_clear(&ipudp->error);
	return ipudp->transport->ops->subscribe(ipudp->transport);
}

int ipudp_fd(const struct ipudp *ipudp)
{
	return ipudp->async.epoll_fd;
}
