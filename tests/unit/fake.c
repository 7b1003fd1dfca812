// SPDX-License-Identifier: GPL-2.0-or-later
/* A transport in memory. */

#include "fake.h"

#include <ctype.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cmocka.h>
#include <linux/genetlink.h>

#include "lib/ipudp/handle.h"

/* One that waits to be received; or an error, if that is not 0. */
struct fake_datagram {
	struct fake_datagram *next;
	int error;
	size_t len;
	char data[];
};

static struct fake *from_base(const struct ipudp_transport *transport)
{
	return (struct fake *)(void *)transport;
}

static int fake_send(struct ipudp_transport *transport, enum ipudp_channel channel,
		     const void *data, size_t len)
{
	struct fake *fake = from_base(transport);
	const struct nlmsghdr *nlh;
	int left = len;

	if (fake->send_error)
		return fake->send_error;
	fake->sends++;
	if (fake->sent_len[channel] + len > fake->sent_size[channel]) {
		fake->sent_size[channel] = 2 * (fake->sent_len[channel] + len);
		fake->sent[channel] = realloc(fake->sent[channel], fake->sent_size[channel]);
	}
	memcpy(fake->sent[channel] + fake->sent_len[channel], data, len);
	fake->sent_len[channel] += len;
	for (nlh = data; fake->respond && mnl_nlmsg_ok(nlh, left); nlh = mnl_nlmsg_next(nlh, &left))
		fake->respond(fake, channel, nlh);
	return 0;
}

static ssize_t fake_recv(struct ipudp_transport *transport, enum ipudp_channel channel, void *data,
			 size_t size, bool wait)
{
	struct fake *fake = from_base(transport);
	struct fake_datagram *datagram = fake->first[channel];
	ssize_t result;
	eventfd_t one;

	/* Nobody will ever send what is waited for. */
	if (!datagram)
		return wait ? -ETIMEDOUT : -EAGAIN;
	fake->first[channel] = datagram->next;
	if (!datagram->next)
		fake->last[channel] = &fake->first[channel];
	if (channel == IPUDP_CHANNEL_ASYNC && eventfd_read(fake->fd, &one))
		abort();
	result = datagram->error ? datagram->error : (ssize_t)datagram->len;
	if (datagram->len > size)
		result = -EMSGSIZE;
	else
		memcpy(data, datagram->data, datagram->len);
	free(datagram);
	return result;
}

static int fake_fd(const struct ipudp_transport *transport, enum ipudp_channel channel)
{
	return channel == IPUDP_CHANNEL_ASYNC ? from_base(transport)->fd : -1;
}

static int fake_subscribe(struct ipudp_transport *transport)
{
	from_base(transport)->subscribed = true;
	return 0;
}

static void fake_close(struct ipudp_transport *transport)
{
	struct fake *fake = from_base(transport);
	struct fake_datagram *datagram;
	unsigned int i;

	for (i = 0; i < IPUDP_CHANNELS; i++) {
		while ((datagram = fake->first[i])) {
			fake->first[i] = datagram->next;
			free(datagram);
		}
		free(fake->sent[i]);
	}
	close(fake->fd);
	free(fake);
}

static const struct ipudp_transport_ops fake_ops = {
	.send = fake_send,
	.recv = fake_recv,
	.fd = fake_fd,
	.subscribe = fake_subscribe,
	.close = fake_close,
};

struct fake *fake_create(void)
{
	struct fake *fake = calloc(1, sizeof(*fake));
	unsigned int i;

	fake->base.ops = &fake_ops;
	fake->base.datapath = IPUDP_DATAPATH_MODULE;
	fake->base.type = FAKE_TYPE;
	fake->base.window = 1 << 20;
	for (i = 0; i < IPUDP_CHANNELS; i++)
		fake->last[i] = &fake->first[i];
	fake->fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);
	if (fake->fd < 0 || ipudp_handle_create(&fake->base, &fake->ipudp))
		abort();
	return fake;
}

void fake_destroy(struct fake *fake)
{
	ipudp_close(fake->ipudp);
}

int fake_setup(void **state)
{
	*state = fake_create();
	return 0;
}

int fake_teardown(void **state)
{
	fake_destroy(*state);
	return 0;
}

static void put(struct fake *fake, enum ipudp_channel channel, const void *data, size_t len,
		int error)
{
	struct fake_datagram *datagram = calloc(1, sizeof(*datagram) + len);

	datagram->error = error;
	datagram->len = len;
	if (len)
		memcpy(datagram->data, data, len);
	*fake->last[channel] = datagram;
	fake->last[channel] = &datagram->next;
	if (channel == IPUDP_CHANNEL_ASYNC && eventfd_write(fake->fd, 1))
		abort();
}

void fake_put(struct fake *fake, enum ipudp_channel channel, const void *data, size_t len)
{
	put(fake, channel, data, len, 0);
}

void fake_put_error(struct fake *fake, enum ipudp_channel channel, int error)
{
	put(fake, channel, NULL, 0, error);
}

struct nlmsghdr *fake_message(void *buf, uint8_t cmd, uint32_t seq, uint16_t flags)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = FAKE_TYPE;
	nlh->nlmsg_seq = seq;
	nlh->nlmsg_flags = flags;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

void fake_put_message(struct fake *fake, enum ipudp_channel channel, const struct nlmsghdr *nlh)
{
	fake_put(fake, channel, nlh, nlh->nlmsg_len);
}

void fake_put_ack(struct fake *fake, enum ipudp_channel channel, uint32_t seq, int error,
		  const char *text, uint16_t attr, uint32_t value)
{
	char buf[1024];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlmsgerr *err;

	nlh->nlmsg_type = NLMSG_ERROR;
	nlh->nlmsg_seq = seq;
	nlh->nlmsg_flags = NLM_F_CAPPED | (text || attr ? NLM_F_ACK_TLVS : 0);
	err = mnl_nlmsg_put_extra_header(nlh, sizeof(*err));
	err->error = error;
	if (text)
		mnl_attr_put_strz(nlh, NLMSGERR_ATTR_MSG, text);
	if (attr)
		mnl_attr_put_u32(nlh, attr, value);
	fake_put_message(fake, channel, nlh);
}

void fake_put_done(struct fake *fake, uint32_t seq, int error, uint16_t flags)
{
	char buf[64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = NLMSG_DONE;
	nlh->nlmsg_seq = seq;
	nlh->nlmsg_flags = NLM_F_MULTI | flags;
	*(int *)mnl_nlmsg_put_extra_header(nlh, sizeof(int)) = error;
	fake_put_message(fake, IPUDP_CHANNEL_REQUEST, nlh);
}

void fake_assert_sent(struct fake *fake, enum ipudp_channel channel, const char *hex)
{
	size_t digits = 0, i;
	char *want = malloc(strlen(hex) + 1);
	char *got = malloc(2 * fake->sent_len[channel] + 1);

	for (i = 0; hex[i]; i++)
		if (isxdigit((unsigned char)hex[i]))
			want[digits++] = hex[i];
	want[digits] = 0;
	got[0] = 0;
	for (i = 0; i < fake->sent_len[channel]; i++)
		sprintf(got + 2 * i, "%02x", (uint8_t)fake->sent[channel][i]);
	assert_string_equal(got, want);
	fake->sent_len[channel] = 0;
	free(want);
	free(got);
}
