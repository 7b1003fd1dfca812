// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists in memory instead of a data plane.
 */
#include "tests/unit/tsp_plane.h"

#include <errno.h>

struct tsp_plane plane;

void tsp_plane_clear(void)
{
	/* what is beyond them is never read, and a fuzz target does this often */
	plane.n_tunnels = plane.n_rules = plane.n_routes = 0;
}

int tsp_plane_find(uint32_t id)
{
	unsigned int i;

	for (i = 0; i < plane.n_tunnels; i++)
		if (plane.tunnels[i].id == id)
			return i;
	return -1;
}

static int tunnel_move(void *arg, uint32_t id, const struct broker_path *path)
{
	int at = tsp_plane_find(id);
	unsigned int i;

	(void)arg;
	must(at >= 0);
	for (i = 0; i < plane.n_tunnels; i++)
		must(i == (unsigned int)at ||
		     !lvn_endpoint_equal(&plane.tunnels[i].path.remote, &path->remote));
	plane.tunnels[at].path = *path;
	return 0;
}

static int tunnel_add(void *arg, uint32_t id, const struct broker_path *path)
{
	must(plane.n_tunnels < TSP_PLANE_MAX && tsp_plane_find(id) < 0);
	plane.tunnels[plane.n_tunnels++].id = id;
	return tunnel_move(arg, id, path);
}

static int tunnel_del(void *arg, uint32_t id)
{
	int i = tsp_plane_find(id);

	(void)arg;
	must(i >= 0);
	plane.tunnels[i] = plane.tunnels[--plane.n_tunnels];
	return 0;
}

static int rule_set(void *arg, const struct lvn_prefix *prefix, const struct broker_target *targets,
		    unsigned int n)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < plane.n_rules; i++)
		if (lvn_prefix_equal(&plane.rules[i].prefix, prefix))
			break;
	if (n) {
		must(i < TSP_PLANE_MAX && n == 1 && tsp_plane_find(targets[0].tunnel) >= 0);
		plane.rules[i].prefix = *prefix;
		plane.rules[i].tunnel = targets[0].tunnel;
		plane.n_rules += i == plane.n_rules;
	} else if (i < plane.n_rules) {
		plane.rules[i] = plane.rules[--plane.n_rules];
	} else {
		return -ENOENT;
	}
	return 0;
}

static int tunnel_list(void *arg, broker_tunnel_fn *fn, void *fn_arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < plane.n_tunnels; i++)
		fn(fn_arg, plane.tunnels[i].id, &plane.tunnels[i].path);
	return 0;
}

static int rule_list(void *arg, broker_rule_fn *fn, void *fn_arg)
{
	unsigned int i;

	(void)arg;
	for (i = 0; i < plane.n_rules; i++)
		fn(fn_arg, &plane.rules[i].prefix,
		   &(struct broker_target){ plane.rules[i].tunnel, 0, 1 }, 1);
	return 0;
}

static int route_set(void *arg, const struct lvn_prefix *prefix, bool is_up)
{
	(void)arg;
	(void)prefix;
	plane.n_routes += is_up ? 1 : -1;
	return 0;
}

const struct broker_dataplane tsp_plane_ops = {
	.tunnel_add = tunnel_add,
	.tunnel_move = tunnel_move,
	.tunnel_del = tunnel_del,
	.rule_set = rule_set,
	.tunnel_list = tunnel_list,
	.rule_list = rule_list,
	.route_set = route_set,
};
