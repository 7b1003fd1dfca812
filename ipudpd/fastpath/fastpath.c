// SPDX-License-Identifier: GPL-2.0-or-later
/* The fast path as a whole: loading, adopting, letting go. */

#include "ipudpd/fastpath.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "lib/base/cleanup.h"
#include "lib/base/log.h"

#include "fast.skel.h"
#include "probe.skel.h"
#include "private.h"

#define DEFAULT_TUNNELS 16384
#define DEFAULT_RULES 262144

static const char *const left_names[] = {
	[IPUDP_FASTPATH_LEFT_RX_SHAPE] = "rx-shape",
	[IPUDP_FASTPATH_LEFT_RX_FRAGMENT] = "rx-fragment",
	[IPUDP_FASTPATH_LEFT_RX_INNER] = "rx-inner",
	[IPUDP_FASTPATH_LEFT_RX_CHECKSUM] = "rx-checksum",
	[IPUDP_FASTPATH_LEFT_RX_SOURCE] = "rx-source",
	[IPUDP_FASTPATH_LEFT_RX_ECN] = "rx-ecn",
	[IPUDP_FASTPATH_LEFT_TX_MODE] = "tx-mode",
	[IPUDP_FASTPATH_LEFT_TX_INNER] = "tx-inner",
	[IPUDP_FASTPATH_LEFT_TX_RULE] = "tx-rule",
	[IPUDP_FASTPATH_LEFT_TX_TUNNEL] = "tx-tunnel",
	[IPUDP_FASTPATH_LEFT_TX_BIG] = "tx-big",
	[IPUDP_FASTPATH_LEFT_TX_OFFLOAD] = "tx-offload",
	[IPUDP_FASTPATH_LEFT_TX_CHECKSUM] = "tx-checksum",
	[IPUDP_FASTPATH_LEFT_FULL] = "full",
};

_Static_assert((int)FAST_LEFT_MAX == (int)IPUDP_FASTPATH_LEFT_MAX, "the reasons are the same");
_Static_assert(FAST_MAX_TARGETS == IPUDP_FASTPATH_TARGETS, "and so are the targets");
_Static_assert(FAST_DSCP_INHERIT == IPUDP_FASTPATH_DSCP_INHERIT, "and the DSCP");

const char *ipudp_fastpath_left_name(enum ipudp_fastpath_left left)
{
	return left_names[left];
}

/* What fails is said once, by our caller; what libbpf says is for those who want to know all. */
static int print_debug(enum libbpf_print_level level, const char *format, va_list args)
{
	char *text;

	if (level > LIBBPF_INFO || !lvn_log_is_on(LVN_LOG_DEBUG) ||
	    vasprintf(&text, format, args) < 0)
		return 0;
	lvn_debug("%s", text);
	free(text);
	return 0;
}

/*
 * A sentence for an error of the kernel's. Those that a user can do something about have their own.
 */
static int refuse(char why[IPUDP_FASTPATH_WHY_SIZE], const char *what, int error)
{
	const char *reason = strerror(-error);

	if (error == -EPERM)
		reason =
			"it needs CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN, or the system forbids it";
	else if (error == -EINVAL || error == -EOPNOTSUPP || error == -EACCES)
		reason = "the kernel does not take the programs; 5.10 and later should";
	snprintf(why, IPUDP_FASTPATH_WHY_SIZE, "%s: %s", what, reason);
	return error;
}

/* Whether bpf_skb_adjust_room() knows of IPv4 in IPv6 and the other way round (Linux 6.3). */
static bool can_change_family(void)
{
	struct probe *probe = probe__open_and_load();
	uint8_t packet[64] = {};
	bool result;
	DECLARE_LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = packet,
			    .data_size_in = sizeof(packet), .repeat = 1);

	if (!probe)
		return false;
	result = !bpf_prog_test_run_opts(bpf_program__fd(probe->progs.fast_probe), &opts) &&
		 opts.retval == 1;
	probe__destroy(probe);
	return result;
}

/* Choose what depends on the kernel, and the tables: those that were found, or new ones. */
static int prepare(struct ipudp_fastpath *fastpath, const struct fastpath_found *found)
{
	struct bpf_object *object = fastpath->skeleton->obj;
	size_t i;
	int ret;

	fastpath->skeleton->rodata->any_family = can_change_family();
	fastpath->skeleton->rodata->coarse_clock =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_ktime_get_coarse_ns,
					NULL) == 1;
	fastpath->skeleton->rodata->any_mtu =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_SCHED_CLS, BPF_FUNC_check_mtu, NULL) == 1;
	fastpath->skeleton->rodata->table_cookie = fastpath->cookie;
	fastpath->skeleton->rodata->check_link = fastpath_tcx_works();
	for (i = 0; i < FASTPATH_TABLES; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(object, fastpath_table_name(i));
		uint32_t size = 0;

		if (!map)
			return -EINVAL;
		if (i == FASTPATH_TUNNELS || i == FASTPATH_COUNTERS || i == FASTPATH_ENDPOINTS)
			size = fastpath->limits.tunnels + 1;
		else if (i >= FASTPATH_HOSTS4 && i <= FASTPATH_PREFIXES6)
			size = fastpath->limits.rules;
		if (found->tables[i] >= 0)
			ret = bpf_map__reuse_fd(map, found->tables[i]);
		else
			ret = size ? bpf_map__set_max_entries(map, size) : 0;
		if (ret)
			return ret;
	}
	return 0;
}

static int bind_program(const struct ipudp_fastpath *fastpath, const struct bpf_program *program)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < FASTPATH_TABLES && !ret; i++)
		ret = bpf_prog_bind_map(bpf_program__fd(program), fastpath->tables[i], NULL);
	return ret;
}

/* Let each program hold all tables, so that they live as long as one of them is attached. */
static int bind_tables(struct ipudp_fastpath *fastpath)
{
	struct bpf_object *object = fastpath->skeleton->obj;
	struct bpf_program *program = NULL;
	size_t i;
	int ret;

	for (i = 0; i < FASTPATH_TABLES; i++)
		fastpath->tables[i] =
			bpf_object__find_map_fd_by_name(object, fastpath_table_name(i));
	while ((program = bpf_object__next_program(object, program))) {
		ret = bind_program(fastpath, program);
		if (ret)
			return ret;
	}
	return 0;
}

/* Say whose the tables are, if they are new. */
static int sign(const struct ipudp_fastpath *fastpath)
{
	struct fast_state state = {
		.layout = FAST_LAYOUT,
		.tunnels = fastpath->limits.tunnels,
		.rules = fastpath->limits.rules,
		.cookie = fastpath->cookie,
	};
	uint32_t key = 0;

	if (bpf_map_update_elem(fastpath->tables[FASTPATH_STATE], &key, &state, BPF_ANY))
		return -errno;
	return 0;
}

/* The sizes: those of the tables that were found, or as the daemon wants. */
static void choose_limits(struct ipudp_fastpath *fastpath,
			  const struct ipudp_fastpath_limits *limits)
{
	struct fast_state state;
	uint32_t key = 0;

	fastpath->limits.tunnels = limits && limits->tunnels ? limits->tunnels : DEFAULT_TUNNELS;
	fastpath->limits.rules = limits && limits->rules ? limits->rules : DEFAULT_RULES;
	if (getrandom(&fastpath->cookie, sizeof(fastpath->cookie), GRND_NONBLOCK) !=
	    sizeof(fastpath->cookie))
		fastpath->cookie = (uint32_t)time(NULL);
	if (fastpath->found.tables[FASTPATH_STATE] < 0 ||
	    bpf_map_lookup_elem(fastpath->found.tables[FASTPATH_STATE], &key, &state))
		return;
	fastpath->limits.tunnels = state.tunnels;
	fastpath->limits.rules = state.rules;
	fastpath->cookie = state.cookie;
}

/*
 * Have our programs for links known as ours. A successor knows them by the note; where there is no
 * pair yet to note them at, there is no tunnel either, and what is left does nothing.
 */
static void add_own(struct ipudp_fastpath *fastpath)
{
	const struct fast *skeleton = fastpath->skeleton;

	fastpath_ids_add(&fastpath->ours,
			 fastpath_program_id(bpf_program__fd(skeleton->progs.fast_decap_l3)));
	fastpath_ids_add(&fastpath->ours,
			 fastpath_program_id(bpf_program__fd(skeleton->progs.fast_decap)));
	fastpath_note_write(&fastpath->ours);
}

static int load(struct ipudp_fastpath *fastpath, char why[IPUDP_FASTPATH_WHY_SIZE])
{
	int ret;

	fastpath->skeleton = fast__open();
	if (!fastpath->skeleton)
		return refuse(why, "cannot open the eBPF programs", -errno);
	ret = prepare(fastpath, &fastpath->found);
	if (ret)
		return refuse(why, "cannot prepare the eBPF tables", ret);
	ret = fast__load(fastpath->skeleton);
	if (ret)
		return refuse(why, "cannot load the eBPF programs", ret);
	ret = bind_tables(fastpath);
	if (ret)
		return refuse(why, "cannot bind the eBPF tables", ret);
	ret = sign(fastpath);
	if (ret)
		return refuse(why, "cannot write to the eBPF tables", ret);
	add_own(fastpath);
	return 0;
}

static int allocate(struct ipudp_fastpath *fastpath)
{
	int cpus = libbpf_num_possible_cpus();

	if (cpus < 0)
		return cpus;
	fastpath->cpus = (unsigned int)cpus;
	fastpath->values = calloc(fastpath->cpus, sizeof(struct fast_counters));
	fastpath->free_slots = calloc(fastpath->limits.tunnels, sizeof(uint32_t));
	return fastpath->values && fastpath->free_slots ? 0 : -ENOMEM;
}

static void cleanup(struct ipudp_fastpath **fastpath)
{
	ipudp_fastpath_close(*fastpath);
}

int ipudp_fastpath_open(const struct ipudp_fastpath_limits *limits,
			char why[IPUDP_FASTPATH_WHY_SIZE], bool *ret_adopted,
			struct ipudp_fastpath **ret_fastpath)
{
	_cleanup_(cleanup) struct ipudp_fastpath *fastpath = calloc(1, sizeof(*fastpath));
	int ret;

	if (!fastpath)
		return refuse(why, "cannot open the fast path", -ENOMEM);
	libbpf_set_print(print_debug);
	fastpath_note_read(&fastpath->ours);
	ret = fastpath_find(&fastpath->ours, &fastpath->found);
	if (ret)
		return refuse(why, "cannot look for programs", ret);
	choose_limits(fastpath, limits);
	ret = allocate(fastpath);
	if (ret)
		return refuse(why, "cannot open the fast path", ret);
	ret = load(fastpath, why);
	if (ret)
		return ret;
	/* Of new tables, too: it makes the stack of free slots. */
	ret = fastpath_adopt(fastpath);
	if (ret)
		return refuse(why, "cannot adopt the eBPF tables", ret);
	*ret_adopted = fastpath->found.tables[FASTPATH_STATE] >= 0;
	*ret_fastpath = TAKE_PTR(fastpath);
	return 0;
}

static void free_memory(struct ipudp_fastpath *fastpath)
{
	struct fastpath_device *device, *next_device;
	struct fastpath_tunnel *tunnel, *next_tunnel;
	struct fastpath_rule *rule, *next_rule;
	struct fastpath_link *link, *next_link;

	HASH_ITER(hh, fastpath->devices, device, next_device) {
		HASH_ITER(hh, device->rules, rule, next_rule) {
			HASH_DEL(device->rules, rule);
			free(rule);
		}
		HASH_DEL(fastpath->devices, device);
		free(device);
	}
	HASH_ITER(hh, fastpath->tunnels, tunnel, next_tunnel) {
		HASH_DEL(fastpath->tunnels, tunnel);
		free(tunnel);
	}
	HASH_ITER(hh, fastpath->links, link, next_link) {
		HASH_DEL(fastpath->links, link);
		free(link);
	}
}

void ipudp_fastpath_close(struct ipudp_fastpath *fastpath)
{
	if (!fastpath)
		return;
	free_memory(fastpath);
	fastpath_found_done(&fastpath->found);
	fast__destroy(fastpath->skeleton);
	free(fastpath->values);
	free(fastpath->free_slots);
	free(fastpath);
}

/* Remove programs where the daemon does not want any; tables that were not adopted go with them. */
static void sweep_found(struct ipudp_fastpath *fastpath)
{
	struct fastpath_found *found = &fastpath->found;
	struct fastpath_link *link;
	size_t i;

	for (i = 0; i < found->n_egress; i++) {
		if (!fastpath_device_find(fastpath, found->egress[i]))
			fastpath_hook_detach(found->egress[i], true, FAST_HOOK_QDISC);
	}
	for (i = 0; i < found->n_ingress; i++) {
		HASH_FIND(hh, fastpath->links, &found->ingress[i], sizeof(uint32_t), link);
		if (!link && !fastpath_pair_is(found->ingress[i])) {
			fastpath_hook_detach_xdp(found->ingress[i], false);
			fastpath_tcx_detach(found->ingress[i], &fastpath->ours);
			fastpath_hook_detach(found->ingress[i], false, FAST_HOOK_QDISC);
		}
	}
	fastpath_found_done(found);
}

static void remove_rules(struct ipudp_fastpath *fastpath, struct fastpath_device *device)
{
	struct fastpath_rule *rule, *next;

	HASH_ITER(hh, device->rules, rule, next) {
		if (!rule->seen)
			fastpath_rule_remove(fastpath, device, rule);
	}
}

void ipudp_fastpath_sweep(struct ipudp_fastpath *fastpath)
{
	struct fastpath_device *device, *next_device;
	struct fastpath_tunnel *tunnel, *next_tunnel;
	struct fastpath_link *link, *next_link;

	HASH_ITER(hh, fastpath->devices, device, next_device) {
		if (!device->seen)
			fastpath_device_remove(fastpath, device);
		else
			remove_rules(fastpath, device);
	}
	HASH_ITER(hh, fastpath->tunnels, tunnel, next_tunnel) {
		if (!tunnel->seen)
			fastpath_tunnel_remove(fastpath, tunnel);
	}
	HASH_ITER(hh, fastpath->links, link, next_link) {
		if (!link->seen)
			fastpath_link_remove(fastpath, link);
	}
	if (!fastpath->gro)
		ipudp_fastpath_gro(fastpath, false);
	if (!fastpath->cut)
		fastpath_cut_close(fastpath);
	sweep_found(fastpath);
	/* Those of others are gone. */
	memset(&fastpath->ours, 0, sizeof(fastpath->ours));
	add_own(fastpath);
}

void ipudp_fastpath_flush(struct ipudp_fastpath *fastpath)
{
	struct fastpath_device *device, *next_device;
	struct fastpath_link *link, *next_link;

	HASH_ITER(hh, fastpath->links, link, next_link)
		fastpath_link_remove(fastpath, link);
	HASH_ITER(hh, fastpath->devices, device, next_device)
		fastpath_device_remove(fastpath, device);
	ipudp_fastpath_gro(fastpath, false);
	fastpath_cut_close(fastpath);
	sweep_found(fastpath);
}

void ipudp_fastpath_left(const struct ipudp_fastpath *fastpath,
			 uint64_t ret[IPUDP_FASTPATH_LEFT_MAX])
{
	const uint64_t *all = fastpath->values;
	unsigned int cpu;
	uint32_t key;

	for (key = 0; key < IPUDP_FASTPATH_LEFT_MAX; key++) {
		ret[key] = 0;
		if (bpf_map_lookup_elem(fastpath->tables[FASTPATH_LEFT], &key, fastpath->values))
			continue;
		for (cpu = 0; cpu < fastpath->cpus; cpu++)
			ret[key] += all[cpu];
	}
	ret[IPUDP_FASTPATH_LEFT_FULL] += fastpath->left_full;
}
