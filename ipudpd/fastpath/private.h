/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the fast path share; nobody else includes it. */
#ifndef _FASTPATH_PRIVATE_H
#define _FASTPATH_PRIVATE_H

#include <uthash.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/shared.h"
#include "ipudpd/fastpath.h"

struct fast;

/**
 * enum fastpath_table - the tables, as they are called in the programs
 */
enum fastpath_table {
	FASTPATH_STATE,
	FASTPATH_DEVICES,
	FASTPATH_LINKS,
	FASTPATH_TUNNELS,
	FASTPATH_COUNTERS,
	FASTPATH_ENDPOINTS,
	FASTPATH_HOSTS4,
	FASTPATH_HOSTS6,
	FASTPATH_PREFIXES4,
	FASTPATH_PREFIXES6,
	FASTPATH_DROPS,
	FASTPATH_LEFT,
	FASTPATH_DETOURS,
	FASTPATH_TABLES
};

/**
 * struct fastpath_rule - a rule that was set
 * @len: of the prefix
 * @family: AF_INET or AF_INET6
 * @pad: 0; this and the members around are the key
 * @addr: the prefix, host bits 0
 * @entered: it is in its table, which was not full
 * @seen: it was set since the state was adopted
 * @hh: in device->rules
 */
struct fastpath_rule {
	uint8_t len;
	uint8_t family;
	uint16_t pad;
	union fast_ip addr;
	bool entered;
	bool seen;
	UT_hash_handle hh;
};

/**
 * struct fastpath_device - a device that was set
 * @ifindex: its TUN
 * @entry: what the table has
 * @rules: its rules
 * @n_hosts: how many are in hosts4 and hosts6
 * @n_prefixes: how many are in prefixes4 and prefixes6
 * @n_missing: how many did not fit
 * @filling: more are about to be set
 * @flags: as the daemon wants them, without what follows from those two
 * @seen: it was set since the state was adopted
 * @hh: in fastpath->devices
 */
struct fastpath_device {
	uint32_t ifindex;
	struct fast_device entry;
	struct fastpath_rule *rules;
	uint32_t n_hosts[2];
	uint32_t n_prefixes[2];
	uint32_t n_missing;
	bool filling;
	uint16_t flags;
	bool seen;
	UT_hash_handle hh;
};

/**
 * struct fastpath_tunnel - a tunnel that was set, or that a rule names
 * @ifindex: its device; with @id the key
 * @id: within the device
 * @slot: in the tables
 * @endpoint: by which it receives, if @receives
 * @receives: @endpoint is in its table
 * @entry: what the table has
 * @seen: it was set, or named by a rule, since the state was adopted
 * @hh: in fastpath->tunnels
 */
struct fastpath_tunnel {
	uint32_t ifindex;
	uint32_t id;
	uint32_t slot;
	struct fast_endpoint endpoint;
	bool receives;
	struct fast_tunnel entry;
	bool seen;
	UT_hash_handle hh;
};

/**
 * struct fastpath_link - an interface that was set, or where programs were found
 * @ifindex: which
 * @entry: what the table has
 * @xdp: our XDP program is there
 * @seen: it was set since the state was adopted
 * @hh: in fastpath->links
 */
struct fastpath_link {
	uint32_t ifindex;
	struct fast_link entry;
	bool xdp;
	bool seen;
	UT_hash_handle hh;
};

/** Most programs that are noted: those of this daemon, and of some that died before it. */
#define FASTPATH_MAX_IDS 16

/**
 * struct fastpath_ids - ids of programs of ours that may be attached by tcx
 * @ids: the newest first
 * @n: how many
 */
struct fastpath_ids {
	uint32_t ids[FASTPATH_MAX_IDS];
	size_t n;
};

/**
 * struct fastpath_found - what was found in this namespace
 * @tables: descriptors, -1 if nothing is to be adopted
 * @egress: interfaces with a program on egress, an array to be freed
 * @n_egress: its members
 * @ingress: likewise on ingress, by tcx or a filter
 * @n_ingress: its members
 */
struct fastpath_found {
	int tables[FASTPATH_TABLES];
	uint32_t *egress;
	size_t n_egress;
	uint32_t *ingress;
	size_t n_ingress;
};

/**
 * struct ipudp_fastpath - the fast path of a namespace
 * @skeleton: programs and tables
 * @tables: descriptors of the tables; the skeleton's
 * @limits: sizes of the tables
 * @cpus: how many values a per-CPU table has for each key
 * @values: room for them, used within a call
 * @devices: by ifindex
 * @tunnels: by device and id
 * @links: by ifindex
 * @free_slots: stack of the slots without tunnel
 * @n_free: how many
 * @cookie: of the tables
 * @gro: interface by which inner TCP packets are aggregated, 0 if they are not
 * @cut: interface by which aggregates are cut, 0 if they are not
 * @cut_refused: why not, a negative errno
 * @left_full: objects that did not fit, IPUDP_FASTPATH_LEFT_FULL
 * @ours: programs for links, of this daemon and until ipudp_fastpath_sweep() of those before
 * @found: where programs were found, until ipudp_fastpath_sweep()
 */
struct ipudp_fastpath {
	struct fast *skeleton;
	int tables[FASTPATH_TABLES];
	struct ipudp_fastpath_limits limits;
	unsigned int cpus;
	void *values;
	struct fastpath_device *devices;
	struct fastpath_tunnel *tunnels;
	struct fastpath_link *links;
	uint32_t *free_slots;
	uint32_t n_free;
	uint32_t cookie;
	uint32_t gro;
	uint32_t cut;
	int cut_refused;
	uint64_t left_full;
	struct fastpath_ids ours;
	struct fastpath_found found;
};

/* adopt.c */

/**
 * fastpath_find() - look for programs and tables of a dead daemon's
 * @ours: what was noted
 *
 * Return: 0 or -ENOMEM.
 */
int fastpath_find(const struct fastpath_ids *ours, struct fastpath_found *ret);

/** fastpath_found_done() - close and free what was found; the interfaces stay as they are */
void fastpath_found_done(struct fastpath_found *found);

/** fastpath_adopt() - read the tables, which are the skeleton's by now. Return: 0 or -ENOMEM */
int fastpath_adopt(struct ipudp_fastpath *fastpath);

/** fastpath_table_name() - what a table is called in the programs */
const char *fastpath_table_name(enum fastpath_table table);

/* hook.c */

/**
 * fastpath_hook_attach() - attach a program to an interface by tc
 * @egress: at its egress, else its ingress
 * @hooks: FAST_HOOK_QDISC is set if a qdisc had to be made
 *
 * A program of ours that is there is replaced. Return: 0 or a negative errno.
 */
int fastpath_hook_attach(uint32_t ifindex, bool egress, int program, uint16_t *hooks);

/**
 * fastpath_hook_prepare() - have all there that attaching needs, and attach nothing
 *
 * Making or removing the qdisc makes the interface lose what it is about to send; what is attached
 * to the qdisc does not.
 */
void fastpath_hook_prepare(uint32_t ifindex);

/** fastpath_hook_detach() - undo that, and remove the qdisc if it is ours and without filters */
void fastpath_hook_detach(uint32_t ifindex, bool egress, uint16_t hooks);

/**
 * fastpath_hook_detach_xdp() - detach an XDP program of ours, if there is one
 * @assume: one that we may not look at, without CAP_SYS_ADMIN, is ours
 */
void fastpath_hook_detach_xdp(uint32_t ifindex, bool assume);

/** fastpath_hook_program() - id of the program of our filter at an interface, 0 if there is none */
uint32_t fastpath_hook_program(uint32_t ifindex, bool egress);

/** fastpath_program_name() - what a program is called; needs CAP_SYS_ADMIN. 0 or a negative errno */
int fastpath_program_name(uint32_t id, char ret[BPF_OBJ_NAME_LEN]);

/** fastpath_program_id() - the id of a program that we have a descriptor of, 0 if it cannot be told */
uint32_t fastpath_program_id(int program);

/* tcx.c */

/** fastpath_ids_add() - add one in front; if there is no room, the oldest goes */
void fastpath_ids_add(struct fastpath_ids *ids, uint32_t id);

/**
 * fastpath_tcx_attach() - attach a program to the ingress of an interface by tcx
 * @ours: programs that it replaces, in their place; without any, it becomes the last one
 *
 * Return: 0 or a negative errno, of kernels before 6.6 -EINVAL.
 */
int fastpath_tcx_attach(uint32_t ifindex, int program, const struct fastpath_ids *ours);

/** fastpath_tcx_detach() - detach all of ours; 0 if none is left, or a negative errno */
int fastpath_tcx_detach(uint32_t ifindex, const struct fastpath_ids *ours);

/** fastpath_tcx_has() - whether one of ours is attached */
bool fastpath_tcx_has(uint32_t ifindex, const struct fastpath_ids *ours);

/** fastpath_tcx_works() - whether the kernel has tcx, and lets us ask for it */
bool fastpath_tcx_works(void);

/** fastpath_note_read() - which programs a daemon noted as ours; none without the pair ipudp-cut */
void fastpath_note_read(struct fastpath_ids *ret);

/** fastpath_note_write() - note them for a successor; 0, -ENODEV without the pair, or another */
int fastpath_note_write(const struct fastpath_ids *ids);

/* device.c */

/** fastpath_device_find() - NULL if it was not set */
struct fastpath_device *fastpath_device_find(const struct ipudp_fastpath *fastpath,
					     uint32_t ifindex);

/** fastpath_device_flags() - what packets are to know of it now, FAST_DEVICE_* */
uint16_t fastpath_device_flags(const struct fastpath_device *device);

/** fastpath_device_write() - write the entry to the table; 0 or a negative errno */
int fastpath_device_write(const struct ipudp_fastpath *fastpath, struct fastpath_device *device);

/** fastpath_device_remove() - detach, and forget with all it has */
void fastpath_device_remove(struct ipudp_fastpath *fastpath, struct fastpath_device *device);

/* tunnel.c */

/**
 * fastpath_tunnel_get() - the tunnel of an id, which gets a slot if it has none
 * Return: NULL if the tables are full, or without memory.
 */
struct fastpath_tunnel *fastpath_tunnel_get(struct ipudp_fastpath *fastpath, uint32_t ifindex,
					    uint32_t id);

/** fastpath_tunnel_remove() - take it out of the tables, and forget it */
void fastpath_tunnel_remove(struct ipudp_fastpath *fastpath, struct fastpath_tunnel *tunnel);

/* rule.c */

/** fastpath_rule_remember() - a rule that is in the tables, at adoption; 0 or -ENOMEM */
int fastpath_rule_remember(struct fastpath_device *device, int family, uint8_t len,
			   const union fast_ip *addr);

/** fastpath_rule_remove() - take it out of the tables, and forget it */
void fastpath_rule_remove(struct ipudp_fastpath *fastpath, struct fastpath_device *device,
			  struct fastpath_rule *rule);

/* link.c */

/** fastpath_links_attach() - attach again to all links, by tcx or filters as it is possible now */
void fastpath_links_attach(struct ipudp_fastpath *fastpath);

/** fastpath_link_remove() - detach, and forget */
void fastpath_link_remove(struct ipudp_fastpath *fastpath, struct fastpath_link *link);

/* pair.c */

/**
 * struct fastpath_pair - a pair of interfaces that packets make a detour through
 * @into: the one that they are sent to
 * @out_of: the one that they come out of, at whose ingress our program is
 * @address: link-layer address of that, NULL for any
 * @shape: set their offloads; @fresh if they were just made. Returns 0 or a negative errno
 */
struct fastpath_pair {
	const char *into;
	const char *out_of;
	const uint8_t *address;
	int (*shape)(bool fresh);
};

/**
 * fastpath_pair_set_up() - make a pair, or take over the one that is there
 * @program: to be attached to it
 * @ret_number: receives the interface to send to
 *
 * Return: 0 or a negative errno, after which there may be a part of it.
 */
int fastpath_pair_set_up(const struct fastpath_pair *pair, int program, uint32_t *ret_number);

/** fastpath_pair_remove() - remove a pair, if it is there; what is in it is lost */
void fastpath_pair_remove(const struct fastpath_pair *pair);

/** fastpath_pair_is() - whether an interface is one of such a pair */
bool fastpath_pair_is(uint32_t ifindex);

/** Size that holds the alias of any interface. */
#define FASTPATH_ALIAS_SIZE 256

/** fastpath_pair_alias() - the alias of a pair's first interface; 0 or a negative errno */
int fastpath_pair_alias(const struct fastpath_pair *pair, char ret[FASTPATH_ALIAS_SIZE]);

/** fastpath_pair_set_alias() - set it; 0 or a negative errno */
int fastpath_pair_set_alias(const struct fastpath_pair *pair, const char *alias);

/** fastpath_pair_keep_up() - see that one of them is up, as all that is sent to it is lost if not */
void fastpath_pair_keep_up(uint32_t ifindex);

/** fastpath_pair_offload() - get or set an offload by a command of ethtool's; 0 or a negative errno */
int fastpath_pair_offload(const char *name, uint32_t command, uint32_t *value);

/** fastpath_pair_offload_off() - turn one off that has no such command; 0 or a negative errno */
int fastpath_pair_offload_off(const char *name, const char *offload);

/* gro.c */

extern const struct fastpath_pair fastpath_gro_pair;

/* cut.c */

extern const struct fastpath_pair fastpath_cut_pair;

/** fastpath_cut_open() - have the pair there; without it, aggregates are left to user space */
void fastpath_cut_open(struct ipudp_fastpath *fastpath);

/** fastpath_cut_close() - remove the pair */
void fastpath_cut_close(struct ipudp_fastpath *fastpath);

#endif
