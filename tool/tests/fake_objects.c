// SPDX-License-Identifier: GPL-2.0-or-later
/* The objects of the fake library: plain arrays, refusals as a data plane would give them. */

#include "fake_objects.h"
#include "fake_ipudp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct ipudp_device devices[16];
static size_t n_devices;
static struct ipudp_listener listeners[16];
static size_t n_listeners;
static uint32_t last_listener;
static struct ipudp_tunnel *tunnels;
static size_t n_tunnels, tunnels_size;
static uint32_t last_tunnel;
static struct ipudp_rule *rules;
static size_t n_rules, rules_size;

static void *grow(void *array, size_t count, size_t *size, size_t bytes)
{
	if (count < *size)
		return array;
	*size = *size ? *size * 2 : 64;
	return reallocarray(array, *size, bytes);
}

void fake_objects_clear(void)
{
	size_t i;

	for (i = 0; i < n_rules; i++)
		free((void *)rules[i].targets);
	free(tunnels);
	free(rules);
	tunnels = NULL;
	rules = NULL;
	n_devices = n_listeners = n_tunnels = tunnels_size = n_rules = rules_size = 0;
	last_listener = last_tunnel = 0;
}

void fake_counts(size_t *ret_tunnels, size_t *ret_rules)
{
	*ret_tunnels = n_tunnels;
	*ret_rules = n_rules;
}

struct ipudp_device *fake_device_get(const char *name)
{
	size_t i;

	for (i = 0; i < n_devices; i++)
		if (!strcmp(devices[i].name, name))
			return &devices[i];
	fake_fail(-ENODEV, "no such device", "ifname");
	return NULL;
}

/* Devices */

static int device_add(struct ipudp_device *device)
{
	struct ipudp_device *kept;
	int ret = fake_check();

	if (ret)
		return ret;
	if (!device->name[0])
		strcpy(device->name, "ipudp0");
	if (fake_device_get(device->name))
		return fake_fail(-EEXIST, "a device of this name exists", "ifname");
	if (n_devices == 16)
		return fake_fail(-ENOSPC, "", NULL);
	kept = &devices[n_devices++];
	*kept = *device;
	kept->ifindex = 10 + n_devices;
	kept->home_netnsid = -1;
	if (!(kept->has & IPUDP_DEVICE_HAS_MTU))
		kept->mtu = 1472;
	if (!(kept->has & IPUDP_DEVICE_HAS_SOURCE_CHECK))
		kept->source_check = kept->mode == IPUDP_MODE_MULTI;
	if (!(kept->has & IPUDP_DEVICE_HAS_FAST_PATH))
		kept->fast_path = IPUDP_NO_FAST_PATH;
	kept->fast_path_state = IPUDP_NO_FAST_PATH;
	*device = *kept;
	return 0;
}

int ipudp_device_add(struct ipudp *ipudp, struct ipudp_device *device)
{
	struct ipudp_device copy = *device;
	int ret;

	(void)ipudp;
	fake_log("device_add %s has %x mode %d lookup %d source-check %d mtu %u\n", device->name,
		 device->has, device->mode, device->lookup, device->source_check, device->mtu);
	ret = device_add(&copy);
	if (!ret && !fake_is_batch())
		*device = copy;
	return fake_answer(ret);
}

int ipudp_device_set(struct ipudp *ipudp, const struct ipudp_device *device)
{
	struct ipudp_device *kept = fake_device_get(device->name);
	int ret = fake_check();

	(void)ipudp;
	fake_log("device_set %s has %x mode %d lookup %d source-check %d\n", device->name,
		 device->has, device->mode, device->lookup, device->source_check);
	if (!kept)
		ret = -ENODEV;
	else if (!ret && device->has & IPUDP_DEVICE_HAS_LOOKUP)
		kept->lookup = device->lookup;
	if (kept && !ret && device->has & IPUDP_DEVICE_HAS_FAST_PATH)
		kept->fast_path = device->fast_path;
	return fake_answer(ret);
}

int ipudp_device_del(struct ipudp *ipudp, const char *name)
{
	struct ipudp_device *kept = fake_device_get(name);
	int ret = fake_check();

	(void)ipudp;
	fake_log("device_del %s\n", name);
	if (!kept)
		ret = -ENODEV;
	else if (!ret)
		*kept = devices[--n_devices];
	return fake_answer(ret);
}

int ipudp_device_get(struct ipudp *ipudp, const char *name, struct ipudp_device *ret)
{
	const struct ipudp_device *kept;

	(void)ipudp;
	fake_settle();
	kept = fake_device_get(name);
	if (!kept)
		return -ENODEV;
	*ret = *kept;
	return 0;
}

int ipudp_device_list(struct ipudp *ipudp, ipudp_device_fn *fn, void *arg)
{
	size_t i;
	int ret;

	(void)ipudp;
	fake_settle();
	for (i = 0; i < n_devices; i++) {
		ret = fn(arg, &devices[i]);
		if (ret)
			return fake_fail(ret, "", NULL);
	}
	return 0;
}

/* Listeners */

static struct ipudp_listener *lookup_listener(uint32_t id)
{
	size_t i;

	for (i = 0; i < n_listeners; i++)
		if (listeners[i].id == id)
			return &listeners[i];
	fake_fail(-ENOENT, "no such listener", "id");
	return NULL;
}

int ipudp_listener_add(struct ipudp *ipudp, struct ipudp_listener *listener)
{
	char addr[IPUDP_ADDR_TEXT_SIZE];
	int ret = fake_check();

	(void)ipudp;
	fake_log("listener_add local %s port %u family %d bind %u\n",
		 ipudp_addr_format(&listener->local, addr), listener->port, listener->family,
		 listener->bind_ifindex);
	if (!ret && n_listeners == 16)
		ret = fake_fail(-ENOSPC, "", NULL);
	if (!ret) {
		struct ipudp_listener *kept = &listeners[n_listeners++];

		*kept = *listener;
		kept->id = ++last_listener;
		kept->pinned = true;
		kept->port = kept->port ? kept->port : 40000;
		if (!fake_is_batch())
			*listener = *kept;
	}
	return fake_answer(ret);
}

int ipudp_listener_del(struct ipudp *ipudp, uint32_t id)
{
	struct ipudp_listener *kept = lookup_listener(id);
	int ret = fake_check();

	(void)ipudp;
	fake_log("listener_del %u\n", id);
	if (!kept)
		ret = -ENOENT;
	else if (!ret)
		*kept = listeners[--n_listeners];
	return fake_answer(ret);
}

int ipudp_listener_get(struct ipudp *ipudp, uint32_t id, struct ipudp_listener *ret)
{
	const struct ipudp_listener *kept;

	(void)ipudp;
	fake_settle();
	kept = lookup_listener(id);
	if (!kept)
		return -ENOENT;
	*ret = *kept;
	return 0;
}

int ipudp_listener_list(struct ipudp *ipudp, ipudp_listener_fn *fn, void *arg)
{
	size_t i;
	int ret;

	(void)ipudp;
	fake_settle();
	for (i = 0; i < n_listeners; i++) {
		ret = fn(arg, &listeners[i]);
		if (ret)
			return fake_fail(ret, "", NULL);
	}
	return 0;
}

/* Tunnels */

static struct ipudp_tunnel *lookup_tunnel(const char *device, uint32_t id)
{
	size_t i;

	for (i = 0; id <= last_tunnel && i < n_tunnels; i++)
		if (tunnels[i].id == id && !strcmp(tunnels[i].device, device))
			return &tunnels[i];
	fake_fail(-ENOENT, "no such tunnel", "id");
	return NULL;
}

void fake_tunnel_put(const struct ipudp_tunnel *tunnel)
{
	tunnels = grow(tunnels, n_tunnels, &tunnels_size, sizeof(*tunnels));
	tunnels[n_tunnels++] = *tunnel;
	if (tunnel->id > last_tunnel)
		last_tunnel = tunnel->id;
}

static void log_tunnel(const char *call, const struct ipudp_tunnel *t)
{
	char remote[IPUDP_ADDR_TEXT_SIZE], local[IPUDP_ADDR_TEXT_SIZE];

	if (fake_settings.keeps_no_log)
		return;
	fake_log("%s %s has %x id %u remote %s %u local %s %u listener %u bind %u link %u", call,
		 t->device, t->has, t->id, ipudp_addr_format(&t->remote, remote), t->remote_port,
		 ipudp_addr_format(&t->local, local), t->local_port, t->listener, t->bind_ifindex,
		 t->link_ifindex);
	fake_log(" mark %u ttl %u dscp %u df %d checksum %d flow-port %d keepalive %u idle %u\n",
		 t->mark, t->ttl, t->dscp, t->df, t->checksum, t->flow_port, t->keepalive_ms,
		 t->idle_ms);
}

static int tunnel_add(struct ipudp_tunnel *tunnel)
{
	uint32_t has = tunnel->has;
	int ret = fake_check();

	if (ret)
		return ret;
	if (!fake_device_get(tunnel->device))
		return -ENODEV;
	if (!(has & IPUDP_TUNNEL_HAS_ID))
		tunnel->id = last_tunnel + 1;
	if (lookup_tunnel(tunnel->device, tunnel->id))
		return fake_fail(-EEXIST, "the device has a tunnel of this id", "id");
	if (!(has & IPUDP_TUNNEL_HAS_TTL))
		tunnel->ttl = 64;
	if (!(has & IPUDP_TUNNEL_HAS_DSCP))
		tunnel->dscp = IPUDP_DSCP_INHERIT;
	if (!(has & IPUDP_TUNNEL_HAS_CHECKSUM))
		tunnel->checksum = true;
	tunnel->mtu = 1472;
	tunnel->counters.rx_age_ms = UINT64_MAX;
	tunnel->counters.tx_age_ms = 1250;
	fake_tunnel_put(tunnel);
	return 0;
}

int ipudp_tunnel_add(struct ipudp *ipudp, struct ipudp_tunnel *tunnel)
{
	struct ipudp_tunnel copy = *tunnel;
	int ret;

	(void)ipudp;
	log_tunnel("tunnel_add", tunnel);
	ret = tunnel_add(&copy);
	if (!ret && !fake_is_batch())
		*tunnel = copy;
	return fake_answer(ret);
}

int ipudp_tunnel_set(struct ipudp *ipudp, const struct ipudp_tunnel *tunnel)
{
	int ret = fake_check();

	(void)ipudp;
	log_tunnel("tunnel_set", tunnel);
	if (!lookup_tunnel(tunnel->device, tunnel->id))
		ret = -ENOENT;
	return fake_answer(ret);
}

int ipudp_tunnel_del(struct ipudp *ipudp, const char *device, uint32_t id)
{
	struct ipudp_tunnel *kept = lookup_tunnel(device, id);
	int ret = fake_check();

	(void)ipudp;
	fake_log("tunnel_del %s %u\n", device, id);
	if (!kept)
		ret = -ENOENT;
	else if (!ret)
		*kept = tunnels[--n_tunnels];
	return fake_answer(ret);
}

int ipudp_tunnel_get(struct ipudp *ipudp, const char *device, uint32_t id, struct ipudp_tunnel *ret)
{
	const struct ipudp_tunnel *kept;

	(void)ipudp;
	fake_settle();
	kept = lookup_tunnel(device, id);
	if (!kept)
		return -ENOENT;
	*ret = *kept;
	return 0;
}

static int end_list(void)
{
	if (!fake_settings.interruptions)
		return 0;
	fake_settings.interruptions--;
	return fake_fail(-EAGAIN, "changed while it was listed", NULL);
}

int ipudp_tunnel_list(struct ipudp *ipudp, const char *device, ipudp_tunnel_fn *fn, void *arg)
{
	size_t i;
	int ret;

	(void)ipudp;
	fake_settle();
	if (device && !fake_device_get(device))
		return -ENODEV;
	for (i = 0; i < n_tunnels; i++) {
		if (device && strcmp(device, tunnels[i].device))
			continue;
		ret = fn(arg, &tunnels[i]);
		if (ret)
			return fake_fail(ret, "", NULL);
	}
	return end_list();
}

/* Rules */

static bool is_same_prefix(const struct ipudp_rule *a, const struct ipudp_rule *b)
{
	return !strcmp(a->device, b->device) && ipudp_addr_equal(&a->prefix, &b->prefix) &&
	       a->prefix_len == b->prefix_len;
}

static int rule_put(const char *call, const struct ipudp_rule *rule)
{
	char prefix[IPUDP_ADDR_TEXT_SIZE];
	struct ipudp_target *targets;
	int ret = fake_check();
	uint32_t i;

	if (!fake_settings.keeps_no_log) {
		fake_log("%s %s %s/%u action %d", call, rule->device,
			 ipudp_addr_format(&rule->prefix, prefix), rule->prefix_len, rule->action);
		for (i = 0; i < rule->n_targets; i++)
			fake_log(" [%u %u %u]", rule->targets[i].tunnel, rule->targets[i].priority,
				 rule->targets[i].weight);
		fake_log("\n");
	}
	if (!ret && !fake_device_get(rule->device))
		ret = -ENODEV;
	if (ret)
		return fake_answer(ret);

	rules = grow(rules, n_rules, &rules_size, sizeof(*rules));
	rules[n_rules] = *rule;
	targets = malloc((rule->n_targets + 1) * sizeof(*targets));
	if (rule->n_targets)
		memcpy(targets, rule->targets, rule->n_targets * sizeof(*targets));
	rules[n_rules++].targets = targets;
	return fake_answer(0);
}

int ipudp_rule_add(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	(void)ipudp;
	return rule_put("rule_add", rule);
}

int ipudp_rule_replace(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	(void)ipudp;
	return rule_put("rule_replace", rule);
}

int ipudp_rule_append(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	(void)ipudp;
	return rule_put("rule_append", rule);
}

int ipudp_rule_del(struct ipudp *ipudp, const struct ipudp_rule *rule)
{
	char prefix[IPUDP_ADDR_TEXT_SIZE];
	int ret = fake_check();
	size_t i;

	(void)ipudp;
	fake_log("rule_del %s %s/%u targets %u\n", rule->device,
		 ipudp_addr_format(&rule->prefix, prefix), rule->prefix_len, rule->n_targets);
	for (i = 0; i < n_rules && !is_same_prefix(&rules[i], rule); i++)
		;
	if (i == n_rules)
		return fake_answer(fake_fail(-ENOENT, "no rule for this prefix", "prefix"));
	if (!ret) {
		free((void *)rules[i].targets);
		rules[i] = rules[--n_rules];
	}
	return fake_answer(ret);
}

static bool passes(const struct ipudp_rule_filter *filter, const struct ipudp_rule *rule)
{
	uint32_t i;

	if (strcmp(filter->device, rule->device))
		return false;
	if (filter->prefix.family != AF_UNSPEC &&
	    (!ipudp_addr_equal(&filter->prefix, &rule->prefix) ||
	     filter->prefix_len != rule->prefix_len))
		return false;
	if (!filter->has_tunnel)
		return true;
	for (i = 0; i < rule->n_targets; i++)
		if (rule->targets[i].tunnel == filter->tunnel)
			return true;
	return false;
}

int ipudp_rule_list(struct ipudp *ipudp, const struct ipudp_rule_filter *filter, ipudp_rule_fn *fn,
		    void *arg)
{
	size_t i;
	int ret;

	(void)ipudp;
	fake_settle();
	if (!fake_device_get(filter->device))
		return -ENODEV;
	for (i = 0; i < n_rules; i++) {
		if (!passes(filter, &rules[i]))
			continue;
		ret = fn(arg, &rules[i]);
		if (ret)
			return fake_fail(ret, "", NULL);
	}
	return end_list();
}
