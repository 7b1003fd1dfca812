// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * libipudp: no crash on any answer or event. The first byte chooses the call, the rest is one
 * datagram, whose sequence numbers are made those of the request so that it is looked at.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/ipudp/genl.h"
#include "lib/ipudp/handle.h"
#include "tests/unit/fake.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The largest datagram, with what reading up to the aligned end may touch. */
static char datagram[IPUDP_DATAGRAM_MAX + 4];

/* Reads each byte that the library says is there. */
static void touch(const void *data, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		(void)*((const volatile uint8_t *)data + i);
}

static int see_device(void *arg, const struct ipudp_device *device)
{
	(void)arg;
	touch(device->name, strlen(device->name));
	return 0;
}

static int see_listener(void *arg, const struct ipudp_listener *listener)
{
	(void)arg;
	(void)listener;
	return 0;
}

static int see_tunnel(void *arg, const struct ipudp_tunnel *tunnel)
{
	(void)arg;
	touch(tunnel->device, strlen(tunnel->device));
	return 0;
}

static int see_rule(void *arg, const struct ipudp_rule *rule)
{
	(void)arg;
	touch(rule->targets, rule->n_targets * sizeof(*rule->targets));
	return 0;
}

static void hear_frame(void *arg, const struct ipudp_frame *frame)
{
	(void)arg;
	if (!frame->len || frame->len > IPUDP_FRAME_MAX)
		abort();
	touch(frame->payload, frame->len);
}

static void hear_device(void *arg, int event, const struct ipudp_device *device)
{
	(void)event;
	see_device(arg, device);
}

static void hear_listener(void *arg, int event, const struct ipudp_listener *listener)
{
	(void)event;
	see_listener(arg, listener);
}

static void hear_tunnel(void *arg, int event, const struct ipudp_tunnel *tunnel)
{
	(void)event;
	see_tunnel(arg, tunnel);
}

static void hear_rule(void *arg, int event, const struct ipudp_rule *rule)
{
	(void)event;
	see_rule(arg, rule);
}

static const struct ipudp_handlers handlers = {
	.frame = hear_frame,
	.device = hear_device,
	.listener = hear_listener,
	.tunnel = hear_tunnel,
	.rule = hear_rule,
};

static void run_batch(struct ipudp *ipudp)
{
	int i;

	ipudp_batch_begin(ipudp, NULL, NULL);
	for (i = 0; i < 3; i++)
		ipudp_tunnel_del(ipudp, "a", i);
	ipudp_batch_end(ipudp);
}

static void call(struct ipudp *ipudp, uint8_t which)
{
	struct ipudp_rule_filter filter = { .device = "a" };
	struct ipudp_target target = { 1, 2, 3 };
	struct ipudp_rule rule = {
		.device = "a",
		.prefix.family = AF_INET,
		.targets = &target,
		.n_targets = 1,
	};
	struct ipudp_device device = { 0 };
	struct ipudp_tunnel tunnel = { .device = "a" };

	switch (which % 9) {
	case 0:
		ipudp_dispatch(ipudp, &handlers);
		break;
	case 1:
		ipudp_device_list(ipudp, see_device, NULL);
		break;
	case 2:
		ipudp_listener_list(ipudp, see_listener, NULL);
		break;
	case 3:
		ipudp_tunnel_list(ipudp, NULL, see_tunnel, NULL);
		break;
	case 4:
		ipudp_rule_list(ipudp, &filter, see_rule, NULL);
		break;
	case 5:
		ipudp_device_add(ipudp, &device);
		break;
	case 6:
		ipudp_tunnel_add(ipudp, &tunnel);
		break;
	case 7:
		ipudp_rule_add(ipudp, &rule);
		break;
	case 8:
		run_batch(ipudp);
		break;
	}
	touch(ipudp_error(ipudp), strlen(ipudp_error(ipudp)));
	if (ipudp_error_attr(ipudp))
		touch(ipudp_error_attr(ipudp), strlen(ipudp_error_attr(ipudp)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct ipudp_genl_family family;
	struct nlmsghdr *nlh = (void *)datagram;
	struct fake *fake;
	size_t left;

	if (size < 1 || size > IPUDP_DATAGRAM_MAX)
		return 0;
	memcpy(datagram, data + 1, size - 1);
	memset(datagram + size - 1, 0, 4);
	left = size - 1;
	if (ipudp_msg_ok(nlh, left))
		ipudp_genl_parse(nlh, &family);
	for (; ipudp_msg_ok(nlh, left); nlh = (void *)ipudp_msg_next(nlh, &left))
		nlh->nlmsg_seq = 1 + nlh->nlmsg_seq % 3;

	fake = fake_create();
	fake_put(fake, data[0] % 9 ? IPUDP_CHANNEL_REQUEST : IPUDP_CHANNEL_ASYNC, datagram,
		 size - 1);
	call(fake->ipudp, data[0]);
	fake_destroy(fake);
	return 0;
}
