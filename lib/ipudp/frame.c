// SPDX-License-Identifier: LGPL-2.1-or-later
/* Frames: registering for them, reading and sending them. */

#include <errno.h>
#include <stddef.h>

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>

#include "codec.h"
#include "handle.h"
#include "object.h"
#include "request.h"

/* Bits of our own: which members a request sends. */
#define HAS_KEY (1u << 0)
#define HAS_CLASS (1u << 1)
#define HAS_LOCAL (1u << 2)
#define HAS_IFINDEX (1u << 3)
#define HAS_MARK (1u << 4)

#define FIELD(NAME, kind, member, has) \
	[IPUDP_A_FRAME_##NAME] = { IPUDP_KIND_##kind, offsetof(struct ipudp_frame, member), has }

static const struct ipudp_field frame_fields[] = {
	FIELD(LISTENER, U32, listener, HAS_KEY), FIELD(CLASS, ENUM, class, HAS_CLASS),
	FIELD(REMOTE, ADDR, remote, HAS_KEY),	 FIELD(REMOTE_PORT, PORT, remote_port, HAS_KEY),
	FIELD(LOCAL, ADDR, local, HAS_LOCAL),	 FIELD(IFINDEX, U32, ifindex, HAS_IFINDEX),
	FIELD(MARK, U32, mark, HAS_MARK),	 FIELD(COUNT, U32, lost, 0),
};

static const struct ipudp_codec frame_codec = {
	.fields = frame_fields,
	.n_fields = sizeof(frame_fields) / sizeof(frame_fields[0]),
	.size = sizeof(struct ipudp_frame),
	.has_offset = SIZE_MAX,
};

int ipudp_frame_read(const struct nlmsghdr *nlh, struct ipudp_frame *ret_frame)
{
	int ret = ipudp_codec_get(&frame_codec, nlh, ret_frame);
	const struct nlattr *attr;

	if (ret)
		return ret;
	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) != IPUDP_A_FRAME_PAYLOAD)
			continue;
		ret_frame->payload = mnl_attr_get_payload(attr);
		ret_frame->len = mnl_attr_get_payload_len(attr);
	}
	/* A frame is a frame by its first byte. */
	return ret_frame->len && ret_frame->len <= IPUDP_FRAME_MAX ? 0 : -EBADMSG;
}

static int change_registration(struct ipudp *ipudp, uint8_t cmd, uint32_t listener,
			       enum ipudp_frame_class class)
{
	int ret;

	ipudp_error_clear(&ipudp->error);
	/* The listener may still be queued. */
	ret = ipudp_batch_flush(ipudp);
	if (ret)
		return ret;
	ipudp_error_clear(&ipudp->error);
	ipudp_async_begin(ipudp, cmd, NLM_F_ACK);
	ipudp_msg_put_u32(&ipudp->async.request, IPUDP_A_FRAME_LISTENER, listener);
	ipudp_msg_put_u8(&ipudp->async.request, IPUDP_A_FRAME_CLASS, class);
	return ipudp_async_call(ipudp);
}

int ipudp_frame_register(struct ipudp *ipudp, uint32_t listener, enum ipudp_frame_class class)
{
	return change_registration(ipudp, IPUDP_CMD_FRAME_REGISTER, listener, class);
}

int ipudp_frame_unregister(struct ipudp *ipudp, uint32_t listener, enum ipudp_frame_class class)
{
	return change_registration(ipudp, IPUDP_CMD_FRAME_UNREGISTER, listener, class);
}

int ipudp_frame_send(struct ipudp *ipudp, const struct ipudp_frame *frame)
{
	struct ipudp_msg *msg = &ipudp->async.request;
	uint32_t has = HAS_KEY;

	ipudp_error_clear(&ipudp->error);
	if (!frame->len || frame->len > IPUDP_FRAME_MAX)
		return ipudp_fail(ipudp, -EMSGSIZE, "payload", "a frame has 1 to 2048 bytes");
	if (frame->remote.family == AF_UNSPEC)
		return ipudp_fail(ipudp, -EINVAL, "remote", "a frame needs a remote address");
	if (frame->local.family != AF_UNSPEC)
		has |= HAS_LOCAL;
	if (frame->ifindex)
		has |= HAS_IFINDEX;
	if (frame->mark)
		has |= HAS_MARK;
	ipudp_async_begin(ipudp, IPUDP_CMD_FRAME_SEND, 0);
	ipudp_codec_put(&frame_codec, msg, frame, has);
	ipudp_msg_put(msg, IPUDP_A_FRAME_PAYLOAD, frame->payload, frame->len);
	return ipudp_async_send(ipudp);
}
