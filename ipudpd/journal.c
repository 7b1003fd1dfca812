// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal. Each change is in the file before the client hears that it was made; nothing is
 * synced, because the file need not outlive the kernel whose interfaces it speaks of. When it has
 * become much larger than what there is, it is written anew.
 */

#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device.h"
#include "home.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "listener.h"
#include "nl.h"
#include "record.h"
#include "rule.h"
#include "tunnel.h"

#define FOLDER "/run/ipudpd"
#define MAGIC 0x6a647570697664ull

/* It is written anew when it is larger than this, and so many times what it was at first. */
#define SIZE_LEAST ((size_t)1 << 20)
#define GROWTH 4

/* Most that is read: far more than is ever written. */
#define SIZE_MOST ((off_t)1 << 30)

/**
 * struct header - the beginning of the file
 * @magic: what it is
 * @cookie: of the namespace, whose number in the name of the file may be another's later
 */
struct header {
	uint64_t magic;
	uint64_t cookie;
};

/**
 * struct ipudp_journal - the open journal
 * @fd: the file
 * @size: of the file
 * @first: @size when it was written anew
 * @writing_anew: what is added is all there is
 * @error: why writing anew has failed, 0 if it has not
 * @folder: where it is
 */
struct ipudp_journal {
	int fd;
	size_t size;
	size_t first;
	bool writing_anew;
	int error;
	char folder[64];
};

static void path_of(const struct ipudp_journal *journal, const char *name, char *path, size_t size)
{
	snprintf(path, size, "%s/%s", journal->folder, name);
}

static int make_folder(struct ipudp_journal *journal)
{
	struct stat ns;

	if (stat("/proc/self/ns/net", &ns))
		return -errno;
	if (mkdir(FOLDER, 0700) && errno != EEXIST)
		return -errno;
	snprintf(journal->folder, sizeof(journal->folder), FOLDER "/%llu",
		 (unsigned long long)ns.st_ino);
	if (mkdir(journal->folder, 0700) && errno != EEXIST)
		return -errno;
	return 0;
}

/* Do again what the journal says. What cannot be done is told, and the rest goes on. */
static void replay(struct ipudp_home *home, const char *data, size_t len)
{
	unsigned int done = 0, failed = 0;
	size_t at = 0;

	while (len - at >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *nlh = (const void *)(data + at);
		int ret;

		/* The last one may be cut, by a daemon that died while it wrote. */
		if (nlh->nlmsg_len < sizeof(*nlh) || nlh->nlmsg_len > len - at)
			break;
		ret = ipudp_nl_apply(home, nlh);
		done++;
		failed += ret != 0;
		if (ret)
			lvn_debug("journal entry %u: %s", done, strerror(-ret));
		at += NLMSG_ALIGN((size_t)nlh->nlmsg_len);
		if (at > len)
			break;
	}
	if (done)
		lvn_info("took over from another ipudpd: %u changes, %u of them in vain", done,
			 failed);
}

/* Listeners that only tunnels used which are no more. */
static void reap(struct ipudp_home *home)
{
	struct ipudp_listener *listener;
	uint64_t id;

	ipudp_idmap_for_each(&home->listeners, id, listener, 0)
		ipudp_listener_reap(listener);
}

static int restore(struct ipudp_home *home, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	_cleanup_free_ char *data = NULL;
	const struct header *header;
	struct stat file;
	ssize_t len;

	if (fd < 0)
		return errno == ENOENT ? 0 : -errno;
	if (fstat(fd, &file))
		return -errno;
	if (file.st_uid != geteuid() || file.st_size > SIZE_MOST)
		return -EPERM;
	data = malloc(file.st_size + NLMSG_ALIGNTO);
	if (!data)
		return -ENOMEM;
	len = read(fd, data, file.st_size);
	header = (const void *)data;
	if (len < (ssize_t)sizeof(*header) || header->magic != MAGIC ||
	    header->cookie != home->cookie)
		return 0;
	home->restoring = true;
	replay(home, data + sizeof(*header), len - sizeof(*header));
	reap(home);
	home->restoring = false;
	return 0;
}

static int write_all(int fd, const char *data, size_t len)
{
	while (len) {
		ssize_t written = write(fd, data, len);

		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		data += written;
		len -= written;
	}
	return 0;
}

/* Write down all there is, in an order in which it can be made. */
static void write_objects(struct ipudp_home *home)
{
	struct ipudp_listener *listener;
	struct ipudp_device *device;
	struct ipudp_tunnel *tunnel;
	struct ipudp_rule *rule;
	uint64_t id;

	ipudp_idmap_for_each(&home->listeners, id, listener, 0)
		ipudp_record_listener(listener, IPUDP_CMD_LISTENER_ADD_NTF);
	list_for_each_entry(device, &home->devices, home_node) {
		ipudp_record_device(device, IPUDP_CMD_DEV_ADD_NTF);
		ipudp_idmap_for_each(&device->tunnels, id, tunnel, 0)
			ipudp_record_tunnel(tunnel, IPUDP_CMD_TUNNEL_ADD_NTF);
		ipudp_idmap_for_each(&device->rules, id, rule, 0)
			ipudp_record_rule(device, rule, IPUDP_CMD_RULE_ADD_NTF);
	}
}

/* Write the file anew beside the old one, and put it in its place. */
static int write_anew(struct ipudp_home *home)
{
	struct ipudp_journal *journal = home->journal;
	struct header header = { .magic = MAGIC, .cookie = home->cookie };
	char path[96], new_path[96];
	int old = journal->fd, ret;
	size_t size;

	path_of(journal, "journal", path, sizeof(path));
	path_of(journal, "journal.new", new_path, sizeof(new_path));
	unlink(new_path);
	journal->fd = open(new_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (journal->fd < 0) {
		journal->fd = old;
		return -errno;
	}
	size = journal->size;
	journal->size = sizeof(header);
	journal->writing_anew = true;
	journal->error = write_all(journal->fd, (const char *)&header, sizeof(header));
	write_objects(home);
	journal->writing_anew = false;
	ret = journal->error;
	if (!ret && rename(new_path, path))
		ret = -errno;
	if (ret) {
		/* The old one has it all, and is to grow as much again before the next attempt. */
		unlink(new_path);
		close(journal->fd);
		journal->fd = old;
		journal->size = size;
		journal->first = size;
		return ret;
	}
	journal->first = journal->size;
	if (old >= 0)
		close(old);
	return 0;
}

void ipudp_journal_add(struct ipudp_home *home, const void *data, size_t len)
{
	struct ipudp_journal *journal = home->journal;
	int ret;

	if (!journal || journal->fd < 0 || home->restoring)
		return;
	/* What is missing in a new one makes it worthless: the rest need not be written. */
	if (journal->writing_anew && journal->error)
		return;
	ret = write_all(journal->fd, data, len);
	if (ret && journal->writing_anew) {
		journal->error = ret;
		return;
	}
	if (ret) {
		lvn_error("cannot write the journal, nothing will be taken over: %s",
			  strerror(-ret));
		ipudp_journal_close(home, false);
		return;
	}
	journal->size += len;
	if (journal->writing_anew || journal->size <= SIZE_LEAST ||
	    journal->size <= GROWTH * journal->first)
		return;
	ret = write_anew(home);
	if (ret)
		lvn_warning("cannot write the journal anew: %s", strerror(-ret));
}

int ipudp_journal_open(struct ipudp_home *home)
{
	struct ipudp_journal *journal = calloc(1, sizeof(*journal));
	char path[96];
	int ret;

	if (!journal)
		return -ENOMEM;
	journal->fd = -1;
	ret = make_folder(journal);
	if (!ret) {
		path_of(journal, "journal", path, sizeof(path));
		ret = restore(home, path);
	}
	if (!ret) {
		home->journal = journal;
		ret = write_anew(home);
	}
	if (ret) {
		home->journal = NULL;
		if (journal->fd >= 0)
			close(journal->fd);
		free(journal);
	}
	return ret;
}

void ipudp_journal_close(struct ipudp_home *home, bool keep)
{
	struct ipudp_journal *journal = home->journal;
	char path[96];

	if (!journal)
		return;
	home->journal = NULL;
	close(journal->fd);
	if (!keep) {
		path_of(journal, "journal", path, sizeof(path));
		unlink(path);
		rmdir(journal->folder);
	}
	free(journal);
}
