// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Attaching programs to interfaces by tcx (Linux 6.6), which needs no qdisc and so leaves that place
 * to others. Like filters, they stay when the daemon dies. Unlike those they have no mark of ours, and
 * looking at a program takes CAP_SYS_ADMIN: so the ids of ours are noted where the kernel keeps them, as
 * the alias of the pair of interfaces that goes with the fast path.
 *
 * Programs of others are never touched, and keep their order. Ours goes to the end of the list, and its
 * successor to its place.
 */

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "private.h"

/* linux/bpf.h of Linux 6.6 and later */
#define TCX_INGRESS 46
#define F_BEFORE (1u << 3)
#define F_AFTER (1u << 4)
#define F_ID (1u << 5)

/* As many as the kernel has at one place. */
#define MAX_PROGRAMS 64

/* Others may change the list at the same time, but not for ever. */
#define TRIES 100

#define LOOPBACK 1

#define NOTE "eBPF programs of ipudpd:"

/**
 * struct change - of union bpf_attr, what attaching and detaching take
 * @ifindex: where
 * @program: descriptor; 0 when detaching, for one that @flags and @relative tell
 * @type: TCX_INGRESS
 * @flags: F_*
 * @replaced: 0
 * @relative: id of a program beside
 * @revision: of the list, which must be the same still
 */
struct change {
	__u32 ifindex;
	__u32 program;
	__u32 type;
	__u32 flags;
	__u32 replaced;
	__u32 relative;
	__u64 revision;
};

/**
 * struct query - of union bpf_attr, what querying takes
 * @ifindex: where
 * @type: TCX_INGRESS
 * @flags: 0
 * @attached: 0
 * @ids: receives the programs, in the order of their turns
 * @n: room there, and receives how many
 * @pad: 0
 * @unused: further arrays, which are not asked for
 * @revision: receives that of the list
 */
struct query {
	__u32 ifindex;
	__u32 type;
	__u32 flags;
	__u32 attached;
	__u64 ids;
	__u32 n;
	__u32 pad;
	__u64 unused[3];
	__u64 revision;
};

/**
 * struct programs - what is attached to an interface
 * @ids: in the order of their turns
 * @n: how many
 * @revision: of the list
 */
struct programs {
	__u32 ids[MAX_PROGRAMS];
	__u32 n;
	__u64 revision;
};

static int call(enum bpf_cmd command, void *attr, size_t size)
{
	return syscall(SYS_bpf, command, attr, size) < 0 ? -errno : 0;
}

static int list(uint32_t ifindex, struct programs *ret_programs)
{
	struct query query = {
		.ifindex = ifindex,
		.type = TCX_INGRESS,
		.ids = (uintptr_t)ret_programs->ids,
		.n = MAX_PROGRAMS,
	};
	int ret = call(BPF_PROG_QUERY, &query, sizeof(query));

	if (ret)
		return ret;
	ret_programs->n = query.n;
	ret_programs->revision = query.revision;
	return 0;
}

static bool has(const struct fastpath_ids *ids, uint32_t id)
{
	size_t i = 0;

	while (i < ids->n && ids->ids[i] != id)
		i++;
	return i < ids->n;
}

void fastpath_ids_add(struct fastpath_ids *ids, uint32_t id)
{
	if (!id || has(ids, id))
		return;
	if (ids->n < FASTPATH_MAX_IDS)
		ids->n++;
	memmove(ids->ids + 1, ids->ids, (ids->n - 1) * sizeof(ids->ids[0]));
	ids->ids[0] = id;
}

/* With CAP_SYS_ADMIN those are known, too, that are not noted: of an interface that came from elsewhere. */
static bool is_ours(const struct fastpath_ids *ours, uint32_t id)
{
	char name[BPF_OBJ_NAME_LEN];

	return has(ours, id) || (!fastpath_program_name(id, name) &&
				 (!strcmp(name, "fast_decap") || !strcmp(name, "fast_decap_l3")));
}

/* The place of the first program of ours but @but; programs->n if there is none. */
static __u32 find(const struct programs *programs, const struct fastpath_ids *ours, uint32_t but)
{
	__u32 i = 0;

	while (i < programs->n && (programs->ids[i] == but || !is_ours(ours, programs->ids[i])))
		i++;
	return i;
}

/*
 * Detach all of ours but @but. We have no descriptor of a dead daemon's, so each is told by the one
 * before it.
 */
static int detach(uint32_t ifindex, const struct fastpath_ids *ours, uint32_t but)
{
	struct programs now;
	int ret, tries;
	__u32 at;

	for (tries = 0; tries < TRIES; tries++) {
		struct change change = { .ifindex = ifindex, .type = TCX_INGRESS };

		ret = list(ifindex, &now);
		if (ret)
			return ret;
		at = find(&now, ours, but);
		if (at == now.n)
			return 0;
		change.flags = at ? F_AFTER | F_ID : F_BEFORE;
		change.relative = at ? now.ids[at - 1] : 0;
		change.revision = now.revision;
		ret = call(BPF_PROG_DETACH, &change, sizeof(change));
		if (ret && ret != -ESTALE)
			return ret;
	}
	return -EBUSY;
}

int fastpath_tcx_attach(uint32_t ifindex, int program, const struct fastpath_ids *ours)
{
	uint32_t id = fastpath_program_id(program);
	int ret = -ESTALE, tries;
	struct programs now;
	__u32 at, i;

	for (tries = 0; tries < TRIES && ret == -ESTALE; tries++) {
		struct change change = {
			.ifindex = ifindex,
			.type = TCX_INGRESS,
			.program = (__u32)program,
		};

		ret = list(ifindex, &now);
		if (ret)
			return ret;
		for (i = 0; i < now.n && now.ids[i] != id; i++)
			;
		if (i < now.n)
			break;
		at = find(&now, ours, id);
		if (at < now.n) {
			change.flags = F_AFTER | F_ID;
			change.relative = now.ids[at];
		}
		change.revision = now.revision;
		ret = call(BPF_PROG_ATTACH, &change, sizeof(change));
	}
	return ret ? ret : detach(ifindex, ours, id);
}

int fastpath_tcx_detach(uint32_t ifindex, const struct fastpath_ids *ours)
{
	return detach(ifindex, ours, 0);
}

bool fastpath_tcx_has(uint32_t ifindex, const struct fastpath_ids *ours)
{
	struct programs now;

	return !list(ifindex, &now) && find(&now, ours, 0) < now.n;
}

bool fastpath_tcx_works(void)
{
	struct programs now;

	return !list(LOOPBACK, &now);
}

void fastpath_note_read(struct fastpath_ids *ret)
{
	char alias[FASTPATH_ALIAS_SIZE], *rest;
	size_t n = 0;

	memset(ret, 0, sizeof(*ret));
	if (fastpath_pair_alias(&fastpath_cut_pair, alias) ||
	    strncmp(alias, NOTE, strlen(NOTE)) != 0)
		return;
	for (rest = alias + strlen(NOTE); *rest && n < FASTPATH_MAX_IDS; n++) {
		ret->ids[n] = (uint32_t)strtoul(rest, &rest, 10);
		if (!ret->ids[n])
			break;
	}
	ret->n = n;
}

int fastpath_note_write(const struct fastpath_ids *ids)
{
	char alias[FASTPATH_ALIAS_SIZE] = NOTE, had[FASTPATH_ALIAS_SIZE];
	size_t i, len = strlen(alias);

	for (i = 0; i < ids->n; i++)
		len += (size_t)snprintf(alias + len, sizeof(alias) - len, " %" PRIu32, ids->ids[i]);
	/* Setting it is news of the interface, which would make our caller come again. */
	if (!fastpath_pair_alias(&fastpath_cut_pair, had) && !strcmp(had, alias))
		return 0;
	return fastpath_pair_set_alias(&fastpath_cut_pair, alias);
}
