// SPDX-License-Identifier: LGPL-2.1-or-later
/* Opening and closing handles, and what they say of failures. */

#include "handle.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "transport.h"
#include "transport_netlink.h"
#include "transport_unix.h"

int ipudp_handle_create(struct ipudp_transport *transport, struct ipudp **ret_ipudp)
{
	struct ipudp *ipudp;
	int ret = -ENOMEM;

	ipudp = calloc(1, sizeof(*ipudp));
	if (!ipudp)
		return -ENOMEM;
	ipudp->transport = transport;
	ipudp->async.event_fd = -1;
	ipudp->async.epoll_fd = -1;
	ipudp->answer = malloc(IPUDP_DATAGRAM_MAX);
	if (ipudp->answer)
		ret = ipudp_async_init(ipudp);
	if (ret) {
		ipudp->transport = NULL;
		ipudp_close(ipudp);
		return ret;
	}
	*ret_ipudp = ipudp;
	return 0;
}

static int open_transport(enum ipudp_datapath datapath, struct ipudp_transport **ret_transport)
{
	int ret;

	switch (datapath) {
	case IPUDP_DATAPATH_MODULE:
		return ipudp_transport_netlink_open(ret_transport);
	case IPUDP_DATAPATH_USER:
		return ipudp_transport_unix_open(ret_transport);
	case IPUDP_DATAPATH_AUTO:
		ret = ipudp_transport_netlink_open(ret_transport);
		return ret == -EOPNOTSUPP ? ipudp_transport_unix_open(ret_transport) : ret;
	default:
		return -EINVAL;
	}
}

int ipudp_open(enum ipudp_datapath datapath, struct ipudp **ret_ipudp)
{
	struct ipudp_transport *transport;
	int ret;

	ret = open_transport(datapath, &transport);
	if (ret)
		return ret;
	ret = ipudp_handle_create(transport, ret_ipudp);
	if (ret)
		transport->ops->close(transport);
	return ret;
}

const char *ipudp_open_error(enum ipudp_datapath datapath, int error)
{
	if (error == -EPERM && datapath != IPUDP_DATAPATH_MODULE)
		return "the socket of ipudpd belongs to another user";
	if (error != -EOPNOTSUPP)
		return "";
	if (datapath == IPUDP_DATAPATH_USER)
		return "ipudpd does not run here, and could not be started";
	if (datapath == IPUDP_DATAPATH_MODULE)
		return "the ipudp module is not loaded (modprobe ipudp)";
	return "the ipudp module is not loaded (modprobe ipudp), and ipudpd does not run";
}

bool ipudp_open_missing(enum ipudp_datapath datapath, char *text, size_t size)
{
	*text = '\0';
	return datapath != IPUDP_DATAPATH_MODULE && ipudp_transport_unix_missing(text, size);
}

int ipudp_datapath_parse(const char *name, enum ipudp_datapath *ret)
{
	if (!strcmp(name, "auto"))
		*ret = IPUDP_DATAPATH_AUTO;
	else if (!strcmp(name, "module"))
		*ret = IPUDP_DATAPATH_MODULE;
	else if (!strcmp(name, "user"))
		*ret = IPUDP_DATAPATH_USER;
	else
		return -EINVAL;
	return 0;
}

void ipudp_close(struct ipudp *ipudp)
{
	if (!ipudp)
		return;
	ipudp_batch_done(&ipudp->batch);
	ipudp_async_done(&ipudp->async);
	ipudp_msg_done(&ipudp->request);
	free(ipudp->answer);
	if (ipudp->transport)
		ipudp->transport->ops->close(ipudp->transport);
	free(ipudp);
}

enum ipudp_datapath ipudp_datapath(const struct ipudp *ipudp)
{
	return ipudp->transport->datapath;
}

const char *ipudp_error(const struct ipudp *ipudp)
{
	return ipudp->error.text;
}

const char *ipudp_error_attr(const struct ipudp *ipudp)
{
	return ipudp->error.attr;
}

int ipudp_fail(struct ipudp *ipudp, int errnum, const char *attr, const char *text)
{
	return ipudp_error_set(&ipudp->error, errnum, attr, text);
}

int ipudp_malformed(struct ipudp *ipudp)
{
	return ipudp_fail(ipudp, -EBADMSG, NULL, "malformed answer");
}

int ipudp_check_device(struct ipudp *ipudp, const char *name)
{
	size_t len = strnlen(name, IPUDP_IFNAME_SIZE);

	if (!len)
		return ipudp_fail(ipudp, -EINVAL, "ifname", "no device named");
	if (len == IPUDP_IFNAME_SIZE)
		return ipudp_fail(ipudp, -EINVAL, "ifname",
				  "device name longer than 15 characters");
	return 0;
}
