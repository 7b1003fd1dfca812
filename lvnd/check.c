// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a start would need. Nothing is changed: sockets are bound and closed again, and no data plane
 * is started.
 */
#include "lvnd/check.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <ifaddrs.h>
#include <net/if.h>

#include "broker/conf.h"
#include "broker/store.h"
#include "hub/conf.h"
#include "hub/tls.h"
#include "lib/base/cleanup.h"
#include "lib/base/log.h"
#include "lib/net/net.h"
#include "lvnd/conf.h"
#include "lvnd/conf_tsp.h"

/**
 * struct plan - what is to be checked of a front end
 * @name: of its section, before each sentence
 * @conf: of its data plane
 * @broker: of its broker
 */
struct plan {
	const char *name;
	const struct server_conf *conf;
	const struct broker_conf *broker;
};

static int check_tls(const struct hub_conf *conf)
{
	struct hub_tls *tls = NULL;
	char text[512];
	int ret = hub_tls_create(conf, NULL, text, sizeof(text), &tls);

	if (ret < 0)
		lvn_error("%s", text);
	hub_tls_destroy(tls);
	return ret;
}

/* Whether an lvnd runs, which has the ports then. */
static bool is_running(const struct lvnd_conf *conf)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	if (fd < 0 || strlen(conf->control) >= sizeof(sun.sun_path))
		return false;
	strcpy(sun.sun_path, conf->control);
	return connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0;
}

static int try_bind(const struct lvn_endpoint *endpoint, int type)
{
	struct sockaddr_storage ss;
	socklen_t len = lvn_endpoint_to_sockaddr(endpoint, &ss);
	_cleanup_close_ int fd = socket(ss.ss_family, type | SOCK_CLOEXEC, 0);
	int one = 1, v6only = endpoint->addr.family == AF_INET6;

	if (fd < 0)
		return -errno;
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0)
		return -errno;
	if (ss.ss_family == AF_INET6 &&
	    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6only, sizeof(v6only)) < 0)
		return -errno;
	return bind(fd, (struct sockaddr *)&ss, len) < 0 ? -errno : 0;
}

static int check_port(const char *section, const char *what, const struct lvn_endpoint *endpoint,
		      int type)
{
	char text[LVN_ADDR_TEXT_SIZE];
	int ret = try_bind(endpoint, type);

	if (ret < 0)
		lvn_error("%s%s %s: %s: %s%s", section, what, lvn_endpoint_format(endpoint, text),
			  type == SOCK_STREAM ? "TCP" : "UDP", strerror(-ret),
			  ret != -EADDRINUSE  ? "" :
			  type == SOCK_STREAM ? "; 'ss -ltnp' shows the other program" :
						"; 'ss -lunp' shows the other program");
	return ret;
}

/* An interface that is there already must be one that a data plane made before. */
static int check_device(const struct plan *plan)
{
	const char *name = plan->conf->device;
	struct lvn_net_link link = { .mtu = 0 };
	struct lvn_net *net;
	int ret = lvn_net_open(&net);

	if (ret < 0)
		return ret;
	ret = lvn_net_link_get(net, if_nametoindex(name), &link);
	lvn_net_close(net);
	if (ret < 0 || strcmp(link.kind, "ipudp") == 0 || strcmp(link.kind, "tun") == 0)
		return 0;
	lvn_error(
		"%sdevice %s: there is another interface of this name, which is not of kind ipudp",
		plan->name, name);
	return -EINVAL;
}

/* The data plane keeps the UDP ports and the device when lvnd ends: with the device they are ours. */
static int check_ports(const struct plan *plan)
{
	const struct server_conf *conf = plan->conf;
	bool has_device = if_nametoindex(conf->device);
	unsigned int i;
	int ret = 0;

	for (i = 0; i < conf->n_listen; i++) {
		if (check_port(plan->name, "listen", &conf->listen[i], SOCK_STREAM) < 0 ||
		    (!has_device &&
		     check_port(plan->name, "listen", &conf->listen[i], SOCK_DGRAM) < 0))
			ret = -EINVAL;
	}
	return ret;
}

static int check_addresses(const struct plan *plan)
{
	const struct broker_conf *broker = plan->broker;
	struct ifaddrs *list = NULL, *one;
	char text[LVN_ADDR_TEXT_SIZE];
	struct lvn_endpoint held;
	unsigned int i;
	int ret = 0;

	if (getifaddrs(&list) < 0)
		return -errno;
	for (one = list; one; one = one->ifa_next) {
		if (!one->ifa_addr || strcmp(one->ifa_name, plan->conf->device) == 0 ||
		    lvn_endpoint_from_sockaddr(one->ifa_addr, &held) < 0)
			continue;
		for (i = 0; i < broker->n_networks; i++) {
			if (!lvn_addr_equal(&broker->networks[i].addr, &held.addr))
				continue;
			lvn_error("%snetwork %s: %s has this address already", plan->name,
				  lvn_prefix_format(&broker->networks[i], text), one->ifa_name);
			ret = -EINVAL;
		}
	}
	freeifaddrs(list);
	return ret;
}

/* Of another interface's own network the hub would take a part, or all. */
static int check_routes(const struct plan *plan)
{
	char text[LVN_ADDR_TEXT_SIZE], other[LVN_ADDR_TEXT_SIZE], name[IF_NAMESIZE];
	const struct broker_conf *broker = plan->broker;
	const struct lvn_net_foreign *route;
	struct lvn_net *net;
	unsigned int i;
	int ret;

	ret = lvn_net_open(&net);
	if (ret < 0)
		return ret;
	for (i = 0; i < broker->n_networks; i++) {
		struct lvn_prefix prefix = broker->networks[i];

		lvn_addr_mask(&prefix.addr, prefix.len);
		route = lvn_net_onlink(net, if_nametoindex(plan->conf->device), &prefix);
		if (!route)
			continue;
		lvn_error("%snetwork %s: overlaps %s, which is the network of %s", plan->name,
			  lvn_prefix_format(&broker->networks[i], text),
			  lvn_prefix_format(&route->prefix, other),
			  if_indextoname(route->ifindex, name) ? name : "another interface");
		ret = -EINVAL;
	}
	lvn_net_close(net);
	return ret;
}

static int become(const char *user)
{
	const struct passwd *pw;

	if (!*user)
		return 0;
	pw = getpwnam(user);
	if (!pw) {
		lvn_error("user '%s' does not exist", user);
		return -ENOENT;
	}
	if (pw->pw_uid == geteuid())
		return 0;
	if (setgroups(0, NULL) < 0 || setegid(pw->pw_gid) < 0 || seteuid(pw->pw_uid) < 0) {
		lvn_warning("cannot check the rights of user %s: %s; run the test as root", user,
			    strerror(errno));
		return 0;
	}
	return 0;
}

static const char *who(const struct lvnd_conf *conf)
{
	return *conf->user ? conf->user : "lvnd";
}

void lvnd_check_complain(const struct lvnd_conf *conf, int error)
{
	const char *path = conf->store;

	if (error == -EBUSY)
		lvn_error("store %s: locked by another process", path);
	else if (error == -EPROTO)
		lvn_error("store %s: made by a newer version of lvnd", path);
	else if (error == -EUCLEAN)
		lvn_error("store %s: damaged, or not a database; if you move it away, lvnd begins "
			  "with an empty one, and spokes get new addresses",
			  path);
	else if (error == -ENOENT)
		lvn_error("store %s: %s; the folder must exist", path, strerror(-error));
	else
		lvn_error("store %s: %s; %s%s must be able to write to the file and its folder",
			  path, strerror(-error), *conf->user ? "user " : "", who(conf));
}

/* The file, or if there is none yet, its folder. */
static int check_writable(const struct lvnd_conf *conf, const char *what, const char *path,
			  bool is_made_anew)
{
	const char *slash = strrchr(path, '/');
	char folder[4096];
	int ret = 0;

	if (!is_made_anew && faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0 &&
	    errno != ENOENT)
		ret = -errno;
	snprintf(folder, sizeof(folder), "%.*s", slash ? (int)(slash - path) ?: 1 : 1,
		 slash ? path : ".");
	if (!ret && faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0)
		ret = -errno;
	if (ret < 0)
		lvn_error("%s %s: %s; %s must be able to write to %s", what, path, strerror(-ret),
			  who(conf), is_made_anew ? "its folder" : "the file and its folder");
	return ret;
}

void lvnd_check_reload(const char *path, const struct lvnd_conf *conf)
{
	const struct hub_conf *hub = conf->hub;
	const struct {
		const char *what, *path;
	} files[] = {
		{ "configuration", path },
		{ "ca", hub && hub->is_mutual ? hub->ca : "" },
		{ "crl", hub ? hub->crl : "" },
		{ "allow-file", hub ? hub->allow_file : "" },
		{ "deny-file", hub ? hub->deny_file : "" },
	};
	size_t i;

	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		if (*files[i].path && faccessat(AT_FDCWD, files[i].path, R_OK, AT_EACCESS) < 0)
			lvn_warning(
				"%s %s: %s; without it no reload will succeed, so %s must be able "
				"to read it",
				files[i].what, files[i].path, strerror(errno), who(conf));
}

static int check_plan(const struct plan *plan, bool is_running)
{
	int ret = is_running ? 0 : check_ports(plan);

	if (check_device(plan) < 0)
		ret = -EINVAL;
	if (check_addresses(plan) < 0)
		ret = -EINVAL;
	if (check_routes(plan) < 0)
		ret = -EINVAL;
	return ret;
}

/* With all that only root can see. */
static int check_fronts(const struct lvnd_conf *conf, bool runs)
{
	struct plan plan = { .name = "" };
	int ret = 0;

	if (conf->hub) {
		plan.conf = &conf->hub->plane;
		plan.broker = conf->hub->broker;
		ret = check_tls(conf->hub);
		if (check_plan(&plan, runs) < 0)
			ret = -EINVAL;
	}
	if (conf->tsp) {
		plan = (struct plan){ "tsp: ", &conf->tsp->plane, conf->tsp->broker };
		if (check_plan(&plan, runs) < 0)
			ret = -EINVAL;
	}
	if (!runs && conf->metrics.port &&
	    check_port("", "metrics", &conf->metrics, SOCK_STREAM) < 0)
		ret = -EINVAL;
	return ret;
}

static int check_store(const struct lvnd_conf *conf, bool is_running)
{
	int ret = check_writable(conf, "store", conf->store, false);

	if (ret < 0 || is_running)
		return ret;
	ret = broker_store_check_sqlite(conf->store);
	if (ret < 0)
		lvnd_check_complain(conf, ret);
	return ret;
}

int lvnd_check(const char *path, const struct lvnd_conf *conf)
{
	bool runs = is_running(conf);
	int ret = check_fronts(conf, runs);

	if (become(conf->user) < 0)
		return -EINVAL;
	if (check_store(conf, runs) < 0 || check_writable(conf, "control", conf->control, true) < 0)
		ret = -EINVAL;
	lvnd_check_reload(path, conf);
	if (ret < 0)
		return -EINVAL;
	lvn_info("%s: valid", path);
	return 0;
}
