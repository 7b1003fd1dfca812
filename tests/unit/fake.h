/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A transport in memory: keeps what the library sends, gives it the answers that a test queued or
 * that its responder makes. Sequence numbers count from 1 on each channel.
 */
#ifndef _TESTS_UNIT_FAKE_H
#define _TESTS_UNIT_FAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libmnl/libmnl.h>

#include "lib/ipudp/transport.h"

/** nlmsg_type of the family in tests */
#define FAKE_TYPE 0x1f

struct fake;
struct fake_datagram;

/**
 * struct fake - the transport
 * @base: what the library sees
 * @ipudp: a handle over it, which owns the rest
 * @first: what waits on each channel
 * @last: where the next is linked
 * @sent: all that was sent on each channel
 * @sent_len: bytes of it
 * @sent_size: bytes allocated for it
 * @sends: how many datagrams that was
 * @send_error: what the next sends return
 * @respond: called for each message that is sent, may be NULL
 * @arg: for @respond
 * @subscribed: whether events were asked for
 * @fd: readable while something waits on async
 */
struct fake {
	struct ipudp_transport base;
	struct ipudp *ipudp;
	struct fake_datagram *first[IPUDP_CHANNELS];
	struct fake_datagram **last[IPUDP_CHANNELS];
	char *sent[IPUDP_CHANNELS];
	size_t sent_len[IPUDP_CHANNELS];
	size_t sent_size[IPUDP_CHANNELS];
	unsigned int sends;
	int send_error;
	void (*respond)(struct fake *fake, enum ipudp_channel channel, const struct nlmsghdr *nlh);
	void *arg;
	bool subscribed;
	int fd;
};

/** fake_setup() and fake_teardown() - for cmocka: a fake with its handle is *state */
int fake_setup(void **state);
int fake_teardown(void **state);

/** fake_create() - a fake with its handle; fake_destroy() it */
struct fake *fake_create(void);
void fake_destroy(struct fake *fake);

/** fake_put() - let a datagram be received */
void fake_put(struct fake *fake, enum ipudp_channel channel, const void *data, size_t len);

/** fake_put_error() - let receiving fail once */
void fake_put_error(struct fake *fake, enum ipudp_channel channel, int error);

/** fake_message() - start a message of the family in @buf, to be filled by mnl_attr_put_*() */
struct nlmsghdr *fake_message(void *buf, uint8_t cmd, uint32_t seq, uint16_t flags);

/** fake_put_message() - let one message be received */
void fake_put_message(struct fake *fake, enum ipudp_channel channel, const struct nlmsghdr *nlh);

/**
 * fake_put_ack() - let an acknowledgement be received
 * @error: 0 or a negative errno
 * @text: sentence, NULL for none
 * @attr: of the enum nlmsgerr_attrs, a u32 with @value; 0 for none
 */
void fake_put_ack(struct fake *fake, enum ipudp_channel channel, uint32_t seq, int error,
		  const char *text, uint16_t attr, uint32_t value);

/** fake_put_done() - let the end of a list be received */
void fake_put_done(struct fake *fake, uint32_t seq, int error, uint16_t flags);

/** fake_assert_sent() - that exactly these bytes, in hexadecimal, were sent; they are forgotten */
void fake_assert_sent(struct fake *fake, enum ipudp_channel channel, const char *hex);

#endif
