// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Closing what strangers passed. A descriptor that was sent is dropped by whoever takes it out of the
 * socket, or closes the socket with it. So nothing is taken out before a look at it, and a child that
 * inherits the socket closes it by its own end: it waits for files with all else already given back,
 * and not for sockets that linger.
 */

#include "discard.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/base/log.h"
#include "stats.h"

/* Records that are looked through; behind more there may be anything. */
#define RECORDS_MAX 1024

/* How often children are looked at. */
#define LOOK_MS 100

/* Between one child and the next, doubled for each that waits: up to 55 minutes. */
#define PAUSE_MS 100

/**
 * struct corpse - a connection that is over
 * @node: in discard->waiting or discard->given
 * @fd: its socket, while it waits
 * @uid: whose it was
 * @child: who closes it, a place in discard->children
 */
struct corpse {
	struct list_head node;
	int fd;
	uid_t uid;
	unsigned int child;
};

void ipudp_discard_init(struct ipudp_discard *discard)
{
	*discard = (struct ipudp_discard){ 0 };
	INIT_LIST_HEAD(&discard->waiting);
	INIT_LIST_HEAD(&discard->given);
}

bool ipudp_discard_must(int fd)
{
	struct msghdr msg = { 0 };

	/* No room for descriptors: that there are some is said, and they stay where they are. */
	return recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT) >= 0 && msg.msg_flags & MSG_CTRUNC;
}

/* Whether nothing waits in a socket: the end looks like an empty record, but nobody sent it. */
static bool is_empty(int fd)
{
	struct msghdr msg = { 0 };
	int on = 1, off = 0;
	ssize_t len;

	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
	len = recvmsg(fd, &msg, MSG_PEEK | MSG_DONTWAIT);
	setsockopt(fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof(off));
	return len < 0 || !(msg.msg_flags & MSG_CTRUNC);
}

/* Take out what waits in a socket. Return: whether all that is left goes at once. */
static bool drain(int fd)
{
	char byte;
	int i;

	for (i = 0; i < RECORDS_MAX; i++) {
		ssize_t len;

		if (ipudp_discard_must(fd))
			return false;
		len = recv(fd, &byte, sizeof(byte), MSG_DONTWAIT);
		if (len < 0 || (!len && is_empty(fd)))
			return true;
	}
	return false;
}

void ipudp_discard_take(struct ipudp_discard *discard, int fd, uid_t uid)
{
	struct corpse *corpse;

	if (drain(fd)) {
		close(fd);
		return;
	}
	corpse = calloc(1, sizeof(*corpse));
	/* Without memory it stays open: that is better than waiting. */
	if (!corpse)
		return;
	corpse->fd = fd;
	corpse->uid = uid;
	list_add_tail(&corpse->node, &discard->waiting);
	discard->n++;
}

static unsigned int reap(struct ipudp_discard *discard)
{
	struct corpse *corpse, *next;
	unsigned int living = 0, i;

	for (i = 0; i < IPUDP_DISCARD_CHILDREN; i++) {
		if (!discard->children[i])
			continue;
		if (!waitpid(discard->children[i], NULL, WNOHANG)) {
			living++;
			continue;
		}
		discard->children[i] = 0;
		list_for_each_entry_safe(corpse, next, &discard->given, node) {
			if (corpse->child != i)
				continue;
			list_del(&corpse->node);
			free(corpse);
			discard->n--;
		}
	}
	return living;
}

/* Start a child, which ends when the other end of @fd is closed. */
static pid_t start_child(int fd, int other)
{
	pid_t child = fork();
	char byte;

	if (child)
		return child;
	/* Nothing else: other threads may have held locks. What is open is closed by the end. */
	prctl(PR_SET_NAME, "ipudpd-close");
	close(other);
	while (read(fd, &byte, sizeof(byte)) < 0 && errno == EINTR)
		;
	_exit(0);
}

/* Give all that waits to a child. The last to close a socket is the child, not we. */
static void give(struct ipudp_discard *discard, unsigned int place)
{
	struct corpse *corpse, *next;
	int ends[2];
	pid_t child;

	/* Without one, later. */
	if (pipe2(ends, O_CLOEXEC))
		return;
	child = start_child(ends[0], ends[1]);
	if (child > 0) {
		list_for_each_entry_safe(corpse, next, &discard->waiting, node) {
			close(corpse->fd);
			corpse->fd = -1;
			corpse->child = place;
			list_del(&corpse->node);
			list_add_tail(&corpse->node, &discard->given);
		}
		discard->children[place] = child;
	}
	close(ends[0]);
	close(ends[1]);
}

int ipudp_discard_run(struct ipudp_discard *discard, bool now)
{
	uint64_t now_ms = ipudp_clock_ms();
	unsigned int living, place;

	if (!discard->n)
		return -1;
	living = reap(discard);
	if (list_empty(&discard->waiting) || (now_ms < discard->next_ms && !now))
		return discard->n ? LOOK_MS : -1;
	for (place = 0; place < IPUDP_DISCARD_CHILDREN; place++)
		if (!discard->children[place])
			break;
	if (place < IPUDP_DISCARD_CHILDREN) {
		lvn_debug("descriptors came that nobody asked for: another process closes them");
		give(discard, place);
		discard->next_ms = now_ms + ((uint64_t)PAUSE_MS << living);
	}
	return LOOK_MS;
}

unsigned int ipudp_discard_count(const struct ipudp_discard *discard, uid_t first, uid_t last)
{
	const struct corpse *corpse;
	unsigned int n = 0;

	list_for_each_entry(corpse, &discard->waiting, node)
		n += corpse->uid >= first && corpse->uid <= last;
	list_for_each_entry(corpse, &discard->given, node)
		n += corpse->uid >= first && corpse->uid <= last;
	return n;
}

void ipudp_discard_done(struct ipudp_discard *discard)
{
	struct corpse *corpse, *next;

	ipudp_discard_run(discard, true);
	/* What no child could take is closed by our end. */
	list_for_each_entry_safe(corpse, next, &discard->waiting, node)
		free(corpse);
	list_for_each_entry_safe(corpse, next, &discard->given, node)
		free(corpse);
	ipudp_discard_init(discard);
}
