// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A process that is registered for frames, as a signalling daemon would be. Prints each frame as
 * a line, or only their number when standard input says "count". Knows no protocol.
 *
 *   frame_peer LISTENER CLASS... [--echo] [--quiet]
 *
 * Standard input: "send ADDRESS PORT HEX", "unregister CLASS", "count".
 */
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <ipudp/ipudp.h>

/**
 * struct peer - all that this program knows
 * @ipudp: the connection; its registrations end with it
 * @listener: whose frames
 * @echo: send each frame back to where it came from
 * @quiet: print no frames
 * @frames: how many came
 * @lost: how many the kernel says it could not deliver
 */
struct peer {
	struct ipudp *ipudp;
	uint32_t listener;
	bool echo;
	bool quiet;
	uint64_t frames;
	uint64_t lost;
};

static int complain(const struct peer *peer, const char *what, int error)
{
	printf("error %s: %s: %s\n", what, strerror(-error), ipudp_error(peer->ipudp));
	return error;
}

static void on_frame(void *arg, const struct ipudp_frame *frame)
{
	struct peer *peer = arg;
	char remote[IPUDP_ADDR_TEXT_SIZE], local[IPUDP_ADDR_TEXT_SIZE];
	const uint8_t *bytes = frame->payload;
	int r;

	peer->frames++;
	peer->lost += frame->lost;
	if (!peer->quiet) {
		printf("frame %s %s %u %s %u %u ", ipudp_frame_class_name(frame->class),
		       ipudp_addr_format(&frame->remote, remote), frame->remote_port,
		       ipudp_addr_format(&frame->local, local), frame->ifindex, frame->lost);
		for (size_t i = 0; i < frame->len; i++)
			printf("%02x", bytes[i]);
		printf("\n");
	}
	if (peer->echo) {
		struct ipudp_frame answer = {
			.listener = frame->listener,
			.remote = frame->remote,
			.remote_port = frame->remote_port,
			.local = frame->local,
			.payload = frame->payload,
			.len = frame->len,
		};

		r = ipudp_frame_send(peer->ipudp, &answer);
		if (r < 0)
			complain(peer, "send", r);
	}
}

/* Returns the number of bytes, negative errno when it is no hexadecimal number that fits. */
static int read_hex(const char *text, uint8_t *bytes, size_t size)
{
	size_t len = strlen(text) / 2;

	if (strlen(text) % 2 || len > size)
		return -EINVAL;
	for (size_t i = 0; i < len; i++) {
		if (sscanf(text + 2 * i, "%2hhx", &bytes[i]) != 1)
			return -EINVAL;
	}
	return (int)len;
}

static int command_send(struct peer *peer, const char *address, unsigned int port, const char *hex)
{
	uint8_t payload[IPUDP_FRAME_MAX + 16];
	struct ipudp_frame frame = {
		.listener = peer->listener,
		.remote_port = (uint16_t)port,
		.payload = payload,
	};
	int r;

	r = ipudp_addr_parse(address, &frame.remote);
	if (r < 0)
		return r;
	r = read_hex(hex, payload, sizeof(payload));
	if (r < 0)
		return r;
	frame.len = (size_t)r;
	return ipudp_frame_send(peer->ipudp, &frame);
}

static void on_command(struct peer *peer, const char *line)
{
	static char hex[2 * (IPUDP_FRAME_MAX + 16) + 1];
	char address[IPUDP_ADDR_TEXT_SIZE], name[16];
	enum ipudp_frame_class class;
	unsigned int port;
	int r;

	if (!strncmp(line, "count", 5)) {
		printf("count %" PRIu64 " lost %" PRIu64 "\n", peer->frames, peer->lost);
	} else if (sscanf(line, "send %63s %u %4128s", address, &port, hex) == 3) {
		r = command_send(peer, address, port, hex);
		if (r < 0)
			complain(peer, "send", r);
		else
			printf("sent\n");
	} else if (sscanf(line, "unregister %15s", name) == 1 &&
		   ipudp_frame_class_parse(name, &class) == 0) {
		r = ipudp_frame_unregister(peer->ipudp, peer->listener, class);
		if (r < 0)
			complain(peer, "unregister", r);
		else
			printf("unregistered\n");
	} else {
		printf("error command: %s", line);
	}
}

static int serve(struct peer *peer)
{
	struct ipudp_handlers handlers = { .arg = peer, .frame = on_frame };
	struct pollfd fds[2] = {
		{ .fd = ipudp_fd(peer->ipudp), .events = POLLIN },
		{ .fd = STDIN_FILENO, .events = POLLIN },
	};
	char line[2 * (IPUDP_FRAME_MAX + 16) + 128];
	int r;

	for (;;) {
		if (poll(fds, 2, -1) < 0)
			return -errno;
		if (fds[0].revents) {
			r = ipudp_dispatch(peer->ipudp, &handlers);
			if (r < 0)
				return complain(peer, "dispatch", r);
		}
		if (fds[1].revents) {
			if (!fgets(line, sizeof(line), stdin))
				return 0;
			on_command(peer, line);
		}
	}
}

int main(int argc, char *argv[])
{
	enum ipudp_datapath datapath = IPUDP_DATAPATH_AUTO;
	struct peer peer = {};
	int r;

	setvbuf(stdout, NULL, _IOLBF, 0);
	/* poll() and a buffered stdin do not mix */
	setvbuf(stdin, NULL, _IONBF, 0);
	if (argc < 3) {
		fprintf(stderr, "usage: frame_peer LISTENER CLASS... [--echo] [--quiet]\n");
		return 2;
	}
	if (getenv("IPUDP_DATAPATH") && ipudp_datapath_parse(getenv("IPUDP_DATAPATH"), &datapath)) {
		fprintf(stderr, "IPUDP_DATAPATH is nonsense\n");
		return 2;
	}
	r = ipudp_open(datapath, &peer.ipudp);
	if (r < 0) {
		printf("error open: %s\n", strerror(-r));
		return 1;
	}
	peer.listener = (uint32_t)strtoul(argv[1], NULL, 10);
	for (int i = 2; i < argc && r >= 0; i++) {
		enum ipudp_frame_class class;

		if (!strcmp(argv[i], "--echo")) {
			peer.echo = true;
		} else if (!strcmp(argv[i], "--quiet")) {
			peer.quiet = true;
		} else {
			r = ipudp_frame_class_parse(argv[i], &class);
			if (r >= 0)
				r = ipudp_frame_register(peer.ipudp, peer.listener, class);
			if (r < 0)
				complain(&peer, "register", r);
		}
	}
	if (r >= 0) {
		printf("registered\n");
		r = serve(&peer);
	}
	ipudp_close(peer.ipudp);
	return r < 0;
}
