// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The state file is JSON, readable by its owner only.
 */
#include "spoke/state.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "lib/base/cleanup.h"

static void put_json(json_t **json)
{
	json_decref(*json);
}

/* With the folder above it, which others may use, too. */
static int make_folder(const char *folder)
{
	const char *slash = strrchr(folder, '/');
	char parent[PATH_MAX];

	if (slash && slash != folder && (size_t)(slash - folder) < sizeof(parent)) {
		memcpy(parent, folder, (size_t)(slash - folder));
		parent[slash - folder] = '\0';
		if (mkdir(parent, 0755) < 0 && errno != EEXIST)
			return -errno;
	}
	return mkdir(folder, 0755) < 0 && errno != EEXIST ? -errno : 0;
}

int lvn_state_prepare(const char *run_dir, const char *name, uid_t owner, int *ret_lock)
{
	_cleanup_close_ int lock = -1;
	char path[PATH_MAX];
	int ret;

	ret = make_folder(run_dir);
	if (ret)
		return ret;
	/* Fails unless root, who needs it as another user will write there. */
	if (!geteuid() && chown(run_dir, owner, (gid_t)-1) < 0)
		return -errno;
	snprintf(path, sizeof(path), "%s/%s.lock", run_dir, name);
	lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (lock < 0)
		return -errno;
	if (!geteuid() && fchown(lock, owner, (gid_t)-1) < 0)
		return -errno;
	if (flock(lock, LOCK_EX | LOCK_NB) < 0)
		return errno == EWOULDBLOCK ? -EBUSY : -errno;
	*ret_lock = TAKE_FD(lock);
	return 0;
}

static void take_text(const json_t *root, const char *member, char *ret, size_t size)
{
	const char *text = json_string_value(json_object_get(root, member));

	if (text && strlen(text) < size)
		strcpy(ret, text);
}

static void take_ports(const json_t *array, struct lvn_state *state)
{
	const json_t *item;
	size_t i;

	json_array_foreach(array, i, item) {
		struct lvn_port *port = &state->ports[state->n_ports];

		if (state->n_ports == LVN_UPLINKS_MAX)
			return;
		port->id = (uint32_t)json_integer_value(json_object_get(item, "id"));
		port->port = (uint16_t)json_integer_value(json_object_get(item, "port"));
		port->ifindex = (uint32_t)json_integer_value(json_object_get(item, "ifindex"));
		state->n_ports++;
	}
}

static void take_set(const json_t *root, struct lvn_netset *set)
{
	const json_t *item;
	size_t i;

	set->table = (uint32_t)json_integer_value(json_object_get(root, "table"));
	set->metric = (uint32_t)json_integer_value(json_object_get(root, "metric"));
	json_array_foreach(json_object_get(root, "addresses"), i, item) {
		const char *text = json_string_value(item);

		if (set->n_addresses < LVN_NET_ADDRESSES_MAX && text &&
		    !lvn_prefix_parse(text, &set->addresses[set->n_addresses]))
			set->n_addresses++;
	}
	json_array_foreach(json_object_get(root, "routes"), i, item) {
		struct lvn_route *route = &set->routes[set->n_routes];
		const char *text = json_string_value(item);

		if (set->n_routes == LVN_NET_ROUTES_MAX || !text)
			continue;
		route->is_unreachable = *text == '!';
		if (!lvn_prefix_parse(text + route->is_unreachable, &route->prefix))
			set->n_routes++;
	}
}

int lvn_state_load(const char *run_dir, const char *name, struct lvn_state *ret)
{
	_cleanup_(put_json) json_t *root = NULL;
	struct lvn_state *state = ret;
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.state", run_dir, name);
	if (access(path, F_OK) < 0)
		return -errno;
	root = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	if (!json_is_object(root))
		return -EBADMSG;
	memset(state, 0, sizeof(*state));
	state->has_device = json_is_true(json_object_get(root, "device"));
	state->is_user = json_is_true(json_object_get(root, "user"));
	take_text(root, "session", state->session, sizeof(state->session));
	take_text(root, "hub", state->hub, sizeof(state->hub));
	take_text(root, "token", state->token, sizeof(state->token));
	take_ports(json_object_get(root, "ports"), state);
	take_set(root, &state->set);
	return 0;
}

static json_t *pack_set(const struct lvn_netset *set, json_t *routes)
{
	json_t *addresses = json_array();
	char text[LVN_ADDR_TEXT_SIZE + 1];

	for (unsigned int i = 0; i < set->n_addresses; i++)
		json_array_append_new(addresses,
				      json_string(lvn_prefix_format(&set->addresses[i], text)));
	for (unsigned int i = 0; i < set->n_routes; i++) {
		const struct lvn_route *route = &set->routes[i];

		text[0] = '!';
		lvn_prefix_format(&route->prefix, text + 1);
		json_array_append_new(routes, json_string(text + !route->is_unreachable));
	}
	return addresses;
}

int lvn_state_save(const char *run_dir, const char *name, const struct lvn_state *state)
{
	_cleanup_(put_json) json_t *root = NULL;
	_cleanup_close_ int fd = -1;
	json_t *routes = json_array();
	json_t *ports = json_array();
	char path[PATH_MAX];
	char temp[PATH_MAX];

	for (unsigned int i = 0; i < state->n_ports; i++)
		json_array_append_new(ports,
				      json_pack("{s:i,s:i,s:i}", "id", (int)state->ports[i].id,
						"port", state->ports[i].port, "ifindex",
						(int)state->ports[i].ifindex));
	root = json_pack("{s:b,s:b,s:s,s:s,s:s,s:o,s:I,s:I,s:o,s:o}", "device", state->has_device,
			 "user", state->is_user, "session", state->session, "hub", state->hub,
			 "token", state->token, "ports", ports, "table",
			 (json_int_t)state->set.table, "metric", (json_int_t)state->set.metric,
			 "addresses", pack_set(&state->set, routes), "routes", routes);
	if (!root)
		return -ENOMEM;
	snprintf(path, sizeof(path), "%s/%s.state", run_dir, name);
	snprintf(temp, sizeof(temp), "%s/%s.state.new", run_dir, name);
	fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return -errno;
	if (json_dumpfd(root, fd, JSON_COMPACT) < 0)
		return -EIO;
	if (rename(temp, path) < 0)
		return -errno;
	return 0;
}

void lvn_state_remove(const char *run_dir, const char *name)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s.state", run_dir, name);
	unlink(path);
}
