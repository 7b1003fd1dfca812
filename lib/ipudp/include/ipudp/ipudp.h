/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libipudp: devices, listeners, tunnels, rules, frames and events of the ipudp data plane.
 *
 * Conventions. Functions return 0 or a negative errno value; ipudp_error() then has the data
 * plane's own sentence. Outputs are untouched on failure. Addresses are in network byte order,
 * ports and all other numbers in host byte order, times in milliseconds. The library prints
 * nothing, keeps no global state and starts no thread; one handle must not be used by two threads
 * at once. Changes need CAP_NET_ADMIN over the network namespace, reading needs nothing.
 */
#ifndef _IPUDP_IPUDP_H
#define _IPUDP_IPUDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <netinet/in.h>

#include <linux/ipudp.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Size of an interface name with its final NUL. */
#define IPUDP_IFNAME_SIZE 16

/** Size that holds any address as text: "[v6]:port" with its final NUL. */
#define IPUDP_ADDR_TEXT_SIZE 64

/** struct ipudp - a connection to the data plane of one network namespace */
struct ipudp;

/**
 * struct ipudp_addr - an IPv4 or IPv6 address
 * @family: AF_INET, AF_INET6, or AF_UNSPEC for none
 * @v4: the address if @family is AF_INET
 * @v6: the address if @family is AF_INET6
 */
struct ipudp_addr {
	int family;
	union {
		struct in_addr v4;
		struct in6_addr v6;
	};
};

/**
 * struct ipudp_counters - packets and bytes since creation; bytes are those of inner packets
 * @rx_age_ms: milliseconds since the remote was last heard of, UINT64_MAX if never
 * @tx_age_ms: milliseconds since something was last sent, UINT64_MAX if never
 *
 * The others are as in the netlink spec.
 */
struct ipudp_counters {
	uint64_t rx_packets;
	uint64_t rx_bytes;
	uint64_t tx_packets;
	uint64_t tx_bytes;
	uint64_t rx_dropped;
	uint64_t tx_dropped;
	uint64_t rx_keepalives;
	uint64_t tx_keepalives;
	uint64_t rx_frames;
	uint64_t tx_frames;
	uint64_t rx_age_ms;
	uint64_t tx_age_ms;
};

/** Number of drop reasons that this version of the library knows. */
#define IPUDP_DROP_REASONS 32

/* Handle -------------------------------------------------------------------------------------- */

/**
 * enum ipudp_datapath - which data plane a handle talks to
 * @IPUDP_DATAPATH_AUTO: the module, or the user-space daemon where there is no module
 * @IPUDP_DATAPATH_MODULE: the kernel module, by generic netlink
 * @IPUDP_DATAPATH_USER: the user-space daemon, by its UNIX socket
 */
enum ipudp_datapath {
	IPUDP_DATAPATH_AUTO,
	IPUDP_DATAPATH_MODULE,
	IPUDP_DATAPATH_USER,
};

/**
 * ipudp_open() - connect to the data plane of the calling thread's network namespace
 * @datapath: which data plane
 * @ret_ipudp: receives the handle; ipudp_close() it
 *
 * The module is loaded if it is not and the caller may load it; the daemon is started if it does
 * not run and the caller has the daemon's rights (CAP_NET_ADMIN, CAP_NET_RAW). The handle stays with the namespace it was
 * opened in, wherever the thread goes.
 *
 * Return: 0, -EOPNOTSUPP when there is no such data plane, or another negative errno.
 */
int ipudp_open(enum ipudp_datapath datapath, struct ipudp **ret_ipudp);

/**
 * ipudp_open_error() - the sentence that explains why ipudp_open() failed, which leaves no handle
 * @datapath: what ipudp_open() was given
 * @error: what it returned
 *
 * Return: a static string, "" when there is nothing more to say than the errno.
 */
const char *ipudp_open_error(enum ipudp_datapath datapath, int error);

/**
 * ipudp_open_missing() - say what ipudpd needs to be started and where it was looked for
 * @datapath: what ipudp_open() was given when it returned -EOPNOTSUPP
 * @text: receives a phrase such as "/usr/sbin/ipudpd: No such file or directory; install the
 *        package ipudpd", cut to @size
 * @size: bytes of @text with its NUL; 200 are enough unless paths are long
 *
 * Return: whether something is missing. If not, or if @datapath is not for ipudpd, @text is "".
 */
bool ipudp_open_missing(enum ipudp_datapath datapath, char *text, size_t size);

/** ipudp_datapath_parse() - read "auto", "module" or "user"; -EINVAL if it is none of them */
int ipudp_datapath_parse(const char *name, enum ipudp_datapath *ret);

/** ipudp_close() - end the connection and its registrations; NULL is allowed */
void ipudp_close(struct ipudp *ipudp);

/** ipudp_datapath_name() - "auto", "module" or "user" */
const char *ipudp_datapath_name(enum ipudp_datapath datapath);

/** ipudp_datapath() - which data plane the handle talks to, never AUTO */
enum ipudp_datapath ipudp_datapath(const struct ipudp *ipudp);

/**
 * ipudp_error() - the sentence that explains the last failure on this handle
 *
 * Return: a string owned by the handle and valid until its next call; "" when the data plane said
 * nothing more than the errno.
 */
const char *ipudp_error(const struct ipudp *ipudp);

/**
 * ipudp_error_attr() - the name of the attribute that the last failure was about
 *
 * Return: a static string such as "remote" or "prefix-len", NULL if none was named.
 */
const char *ipudp_error_attr(const struct ipudp *ipudp);

/* Batches ------------------------------------------------------------------------------------- */

/**
 * typedef ipudp_batch_fn - hears of a request of a batch that failed
 * @tag: what ipudp_batch_tag() had said when the request was made
 * @error: negative errno
 * @message: the data plane's sentence, "" if none; valid during the call
 */
typedef void ipudp_batch_fn(void *arg, uint64_t tag, int error, const char *message);

/**
 * ipudp_batch_begin() - send the changes that follow without waiting for each answer
 * @fn: called for each request that failed, from whatever call reads the answer
 * @arg: passed to @fn
 *
 * Until ipudp_batch_end(), functions that change something return 0 when the request is queued,
 * and fill no outputs. Their order is kept. Reading functions and registrations first wait for what
 * is under way. @fn must not use the handle, but may ask ipudp_error_attr().
 */
int ipudp_batch_begin(struct ipudp *ipudp, ipudp_batch_fn *fn, void *arg);

/** ipudp_batch_tag() - what @fn is told of the requests made from now on */
void ipudp_batch_tag(struct ipudp *ipudp, uint64_t tag);

/**
 * ipudp_batch_end() - send what is queued and wait for all answers
 *
 * Return: the number of requests that failed, or a negative errno when the connection broke.
 */
int ipudp_batch_end(struct ipudp *ipudp);

/* Devices ------------------------------------------------------------------------------------- */

/** Fields of struct ipudp_device that a request sets. */
#define IPUDP_DEVICE_HAS_LOOKUP		(1u << 0)
#define IPUDP_DEVICE_HAS_SOURCE_CHECK	(1u << 1)
#define IPUDP_DEVICE_HAS_MTU		(1u << 2)
#define IPUDP_DEVICE_HAS_MODE		(1u << 3)
#define IPUDP_DEVICE_HAS_FAST_PATH	(1u << 4)

/** What struct ipudp_device.fast_path is in answers of a data plane that has no such choice. */
#define IPUDP_NO_FAST_PATH		255

/** Size of a sentence in an answer, with its end. */
#define IPUDP_SENTENCE_SIZE		192

/**
 * struct ipudp_device - a virtual interface
 * @has: IPUDP_DEVICE_HAS_* bits; in requests, which fields count beside @name; in answers, which
 *	were there, but ipudp_device_add() leaves it
 * @ifindex: interface index in the handle's namespace; answers only
 * @name: interface name; in ipudp_device_add() "" lets the kernel choose ipudpN
 * @mode: how the tunnel for a packet is found
 * @lookup: which address a multi device looks up
 * @header: what stands before the inner packet
 * @source_check: whether inner sources must be covered by a rule of their tunnel
 * @orphan: the namespace of its tunnels is gone; answers only
 * @fast_path: enum ipudp_fast_path, or in answers IPUDP_NO_FAST_PATH
 * @fast_path_state: enum ipudp_fast_path_state, or IPUDP_NO_FAST_PATH; answers only
 * @fast_path_reason: why that is not IPUDP_FAST_PATH_STATE_ACTIVE, else ""; answers only
 * @home_netnsid: id of the namespace of its tunnels, -1 if it is the device's own; answers only
 * @mtu: largest inner packet
 * @tunnels: how many it has; answers only
 * @rules: how many it has; answers only
 * @counters: answers only
 * @drops: packets lost, by enum ipudp_drop_reason; answers only
 */
struct ipudp_device {
	uint32_t has;
	uint32_t ifindex;
	char name[IPUDP_IFNAME_SIZE];
	enum ipudp_mode mode;
	enum ipudp_lookup lookup;
	enum ipudp_header header;
	bool source_check;
	bool orphan;
	uint8_t fast_path;
	uint8_t fast_path_state;
	char fast_path_reason[IPUDP_SENTENCE_SIZE];
	int32_t home_netnsid;
	uint32_t mtu;
	uint32_t tunnels;
	uint32_t rules;
	struct ipudp_counters counters;
	uint64_t drops[IPUDP_DROP_REASONS];
};

/**
 * ipudp_device_add() - make a device
 * @device: what to make; on success its answer fields are filled, the name among them
 */
int ipudp_device_add(struct ipudp *ipudp, struct ipudp_device *device);

/** ipudp_device_set() - change the fields in device->has of the device named device->name */
int ipudp_device_set(struct ipudp *ipudp, const struct ipudp_device *device);

/** ipudp_device_del() - remove a device with its tunnels and rules */
int ipudp_device_del(struct ipudp *ipudp, const char *name);

/** ipudp_device_get() - read one device */
int ipudp_device_get(struct ipudp *ipudp, const char *name, struct ipudp_device *ret_device);

/**
 * typedef ipudp_device_fn - sees one device of a list
 * Return: 0 to go on; anything else ends the list and is returned by the list function.
 */
typedef int ipudp_device_fn(void *arg, const struct ipudp_device *device);

/**
 * ipudp_device_list() - call @fn for each device of the namespace
 *
 * @fn must not use the handle. Return: 0, what @fn returned, or a negative errno; of these, -EAGAIN
 * after the whole list when something changed while it was read, so that entries may be missing or
 * come twice. That holds for all lists.
 */
int ipudp_device_list(struct ipudp *ipudp, ipudp_device_fn *fn, void *arg);

/* Listeners ----------------------------------------------------------------------------------- */

/**
 * struct ipudp_listener - a local UDP address and port owned by the data plane
 * @id: answers only
 * @family: IPv4, IPv6 or both; in requests it counts when @local has no family
 * @local: AF_UNSPEC for any address
 * @port: 0 lets the data plane choose
 * @bind_ifindex: interface or VRF it is bound to, 0 for none
 * @pinned: stays when its last tunnel goes; answers only
 * @tunnels: how many use it; answers only
 * @counters: answers only
 * @drops: answers only
 */
struct ipudp_listener {
	uint32_t id;
	enum ipudp_family family;
	struct ipudp_addr local;
	uint16_t port;
	uint32_t bind_ifindex;
	bool pinned;
	uint32_t tunnels;
	struct ipudp_counters counters;
	uint64_t drops[IPUDP_DROP_REASONS];
};

/**
 * ipudp_listener_add() - make a pinned listener, or pin an existing one of that address and port
 * @listener: on success its answer fields are filled, id and port among them
 */
int ipudp_listener_add(struct ipudp *ipudp, struct ipudp_listener *listener);

/** ipudp_listener_del() - unpin a listener; it goes with its last tunnel */
int ipudp_listener_del(struct ipudp *ipudp, uint32_t id);

/** ipudp_listener_get() - read one listener */
int ipudp_listener_get(struct ipudp *ipudp, uint32_t id, struct ipudp_listener *ret_listener);

/** typedef ipudp_listener_fn - as ipudp_device_fn */
typedef int ipudp_listener_fn(void *arg, const struct ipudp_listener *listener);

/** ipudp_listener_list() - call @fn for each listener of the namespace */
int ipudp_listener_list(struct ipudp *ipudp, ipudp_listener_fn *fn, void *arg);

/* Tunnels ------------------------------------------------------------------------------------- */

/** Fields of struct ipudp_tunnel that a request sets. */
#define IPUDP_TUNNEL_HAS_ID		(1u << 0)
#define IPUDP_TUNNEL_HAS_LISTENER	(1u << 1)
#define IPUDP_TUNNEL_HAS_LOCAL		(1u << 2)
#define IPUDP_TUNNEL_HAS_LOCAL_PORT	(1u << 3)
#define IPUDP_TUNNEL_HAS_REMOTE		(1u << 4)
#define IPUDP_TUNNEL_HAS_REMOTE_PORT	(1u << 5)
#define IPUDP_TUNNEL_HAS_BIND		(1u << 6)
#define IPUDP_TUNNEL_HAS_LINK		(1u << 7)
#define IPUDP_TUNNEL_HAS_MARK		(1u << 8)
#define IPUDP_TUNNEL_HAS_TTL		(1u << 9)
#define IPUDP_TUNNEL_HAS_DSCP		(1u << 10)
#define IPUDP_TUNNEL_HAS_DF		(1u << 11)
#define IPUDP_TUNNEL_HAS_CHECKSUM	(1u << 12)
#define IPUDP_TUNNEL_HAS_FLOW_PORT	(1u << 13)
#define IPUDP_TUNNEL_HAS_KEEPALIVE	(1u << 14)
#define IPUDP_TUNNEL_HAS_IDLE		(1u << 15)

/** ttl and dscp values that copy the inner packet's. */
#define IPUDP_TTL_INHERIT 0
#define IPUDP_DSCP_INHERIT 64

/**
 * struct ipudp_tunnel - a remote UDP address and port reached through a listener
 * @has: IPUDP_TUNNEL_HAS_* bits; in requests, which fields count beside @device; in answers, which
 *	were there, but ipudp_tunnel_add() leaves it
 * @device: the device's name
 * @ifindex: the device's index; answers only
 * @id: unique within the device; chosen by the data plane unless given
 * @listener: listener id; unless given, found or made by @local, @local_port, @bind_ifindex
 * @local: source address of outer packets, AF_UNSPEC if the route chooses; ipudp_tunnel_set()
 *	takes 0.0.0.0 or ::, as @remote is, to let it choose again
 * @local_port: the listener's port
 * @remote: where outer packets go, and must come from
 * @remote_port: likewise
 * @bind_ifindex: interface or VRF that the listener is bound to
 * @link_ifindex: interface that outer packets leave by, 0 if the route chooses
 * @mark: fwmark of outer packets
 * @ttl: TTL of outer packets or IPUDP_TTL_INHERIT; default 64
 * @dscp: DSCP of outer packets (0 to 63) or IPUDP_DSCP_INHERIT, the default
 * @df: Don't Fragment bit of outer IPv4 packets; default set
 * @checksum: whether UDP checksums are sent; default true
 * @flow_port: source port from the inner flow's hash, and any port of the remote's is taken (one such
 *	tunnel for each remote address of a listener); default false
 * @keepalive_ms: send a keepalive after so much silence, 0 for never
 * @idle_ms: idle after nothing was received for so long, 0 for never
 * @state: answers only
 * @mtu: largest inner packet that fits the path, 0 if unknown; answers only
 * @counters: answers only
 */
struct ipudp_tunnel {
	uint32_t has;
	char device[IPUDP_IFNAME_SIZE];
	uint32_t ifindex;
	uint32_t id;
	uint32_t listener;
	struct ipudp_addr local;
	uint16_t local_port;
	struct ipudp_addr remote;
	uint16_t remote_port;
	uint32_t bind_ifindex;
	uint32_t link_ifindex;
	uint32_t mark;
	uint8_t ttl;
	uint8_t dscp;
	enum ipudp_df df;
	bool checksum;
	bool flow_port;
	uint32_t keepalive_ms;
	uint32_t idle_ms;
	enum ipudp_tunnel_state state;
	uint32_t mtu;
	struct ipudp_counters counters;
};

/**
 * ipudp_tunnel_add() - add a tunnel to a device
 * @tunnel: on success its answer fields are filled, id and listener among them
 */
int ipudp_tunnel_add(struct ipudp *ipudp, struct ipudp_tunnel *tunnel);

/** ipudp_tunnel_set() - change the fields in tunnel->has of tunnel->id; no packet is lost */
int ipudp_tunnel_set(struct ipudp *ipudp, const struct ipudp_tunnel *tunnel);

/** ipudp_tunnel_del() - remove a tunnel, and the rules that have no other */
int ipudp_tunnel_del(struct ipudp *ipudp, const char *device, uint32_t id);

/** ipudp_tunnel_get() - read one tunnel */
int ipudp_tunnel_get(struct ipudp *ipudp, const char *device, uint32_t id,
		     struct ipudp_tunnel *ret_tunnel);

/** typedef ipudp_tunnel_fn - as ipudp_device_fn */
typedef int ipudp_tunnel_fn(void *arg, const struct ipudp_tunnel *tunnel);

/**
 * ipudp_tunnel_list() - call @fn for the tunnels of one device
 * @device: name, or NULL for all devices of the namespace
 */
int ipudp_tunnel_list(struct ipudp *ipudp, const char *device, ipudp_tunnel_fn *fn, void *arg);

/* Rules --------------------------------------------------------------------------------------- */

/**
 * struct ipudp_target - one tunnel of a rule
 * @tunnel: id of a tunnel of the same device
 * @priority: lower is preferred; others are used when all preferred ones are idle
 * @weight: share of the flows among targets of one priority, 1 to 65535
 */
struct ipudp_target {
	uint32_t tunnel;
	uint32_t priority;
	uint16_t weight;
};

/**
 * struct ipudp_rule - what happens to packets for an inner prefix
 * @device: the device's name
 * @ifindex: the device's index; answers only
 * @prefix: bits beyond @prefix_len must be 0
 * @prefix_len: 0 to 32 or 128
 * @action: forward and flood need targets, drop and unreachable have none
 * @targets: array of @n_targets; in answers owned by the library and valid during the call
 * @n_targets: how many
 */
struct ipudp_rule {
	char device[IPUDP_IFNAME_SIZE];
	uint32_t ifindex;
	struct ipudp_addr prefix;
	uint8_t prefix_len;
	enum ipudp_action action;
	const struct ipudp_target *targets;
	uint32_t n_targets;
};

/** ipudp_rule_add() - add a rule; -EEXIST if the prefix has one */
int ipudp_rule_add(struct ipudp *ipudp, const struct ipudp_rule *rule);

/** ipudp_rule_replace() - add a rule, or put it in the place of the one of its prefix */
int ipudp_rule_replace(struct ipudp *ipudp, const struct ipudp_rule *rule);

/** ipudp_rule_append() - add a rule, or its targets to those of the one of its prefix */
int ipudp_rule_append(struct ipudp *ipudp, const struct ipudp_rule *rule);

/**
 * ipudp_rule_del() - remove the rule of a prefix
 * @rule: device and prefix; with targets, only these are taken from the rule
 */
int ipudp_rule_del(struct ipudp *ipudp, const struct ipudp_rule *rule);

/** typedef ipudp_rule_fn - as ipudp_device_fn */
typedef int ipudp_rule_fn(void *arg, const struct ipudp_rule *rule);

/**
 * struct ipudp_rule_filter - which rules to list
 * @device: name, required
 * @has_tunnel: only rules with @tunnel
 * @tunnel: tunnel id
 * @prefix: unless AF_UNSPEC, only the rule of exactly this prefix
 * @prefix_len: likewise
 */
struct ipudp_rule_filter {
	const char *device;
	bool has_tunnel;
	uint32_t tunnel;
	struct ipudp_addr prefix;
	uint8_t prefix_len;
};

/** ipudp_rule_list() - call @fn for each rule that passes the filter */
int ipudp_rule_list(struct ipudp *ipudp, const struct ipudp_rule_filter *filter, ipudp_rule_fn *fn,
		    void *arg);

/* Frames and events --------------------------------------------------------------------------- */

/**
 * struct ipudp_frame - a datagram on a listener that is not tunnel data
 * @listener: listener id
 * @class: what kind, class_ in C++; incoming only
 * @remote: the peer's address
 * @remote_port: the peer's port
 * @local: address it came to, or is to be sent from (AF_UNSPEC: the listener's or the route's)
 * @ifindex: interface it came by, or must leave by (0: the route chooses)
 * @mark: fwmark; outgoing only
 * @lost: frames of the class that were lost before this one; incoming only
 * @payload: UDP payload; incoming, it is valid during the call
 * @len: bytes of @payload, at most IPUDP_FRAME_MAX
 */
struct ipudp_frame {
	uint32_t listener;
#ifdef __cplusplus
	enum ipudp_frame_class class_;
#else
	enum ipudp_frame_class class;
#endif
	struct ipudp_addr remote;
	uint16_t remote_port;
	struct ipudp_addr local;
	uint32_t ifindex;
	uint32_t mark;
	uint32_t lost;
	const void *payload;
	size_t len;
};

/** ipudp_frame_register() - receive a listener's frames of a class through ipudp_dispatch() */
int ipudp_frame_register(struct ipudp *ipudp, uint32_t listener,
			 enum ipudp_frame_class frame_class);

/** ipudp_frame_unregister() - stop receiving them */
int ipudp_frame_unregister(struct ipudp *ipudp, uint32_t listener,
			   enum ipudp_frame_class frame_class);

/**
 * ipudp_frame_send() - send a datagram from a listener's port
 *
 * Does not wait for an answer; a frame that could not be sent is lost as on any network, unless
 * the error is known at once.
 */
int ipudp_frame_send(struct ipudp *ipudp, const struct ipudp_frame *frame);

/**
 * struct ipudp_handlers - what ipudp_dispatch() calls; members may be NULL
 * @arg: first argument of each
 * @frame: a frame came in
 * @device: IPUDP_CMD_DEV_{ADD,CHANGE,DEL}_NTF
 * @listener: IPUDP_CMD_LISTENER_{ADD,CHANGE,DEL}_NTF
 * @tunnel: IPUDP_CMD_TUNNEL_{ADD,CHANGE,DEL,IDLE,BACK}_NTF
 * @rule: IPUDP_CMD_RULE_{ADD,CHANGE,DEL}_NTF
 * @overrun: events were lost because they were not read fast enough; list again
 */
struct ipudp_handlers {
	void *arg;
	void (*frame)(void *arg, const struct ipudp_frame *frame);
	void (*device)(void *arg, int event, const struct ipudp_device *device);
	void (*listener)(void *arg, int event, const struct ipudp_listener *listener);
	void (*tunnel)(void *arg, int event, const struct ipudp_tunnel *tunnel);
	void (*rule)(void *arg, int event, const struct ipudp_rule *rule);
	void (*overrun)(void *arg);
};

/** ipudp_subscribe() - receive the events of the namespace through ipudp_dispatch() */
int ipudp_subscribe(struct ipudp *ipudp);

/** ipudp_fd() - descriptor that is readable when ipudp_dispatch() has work; owned by the handle */
int ipudp_fd(const struct ipudp *ipudp);

/**
 * ipudp_dispatch() - handle what has come in, without waiting
 * @handlers: what to call; they may use the handle
 *
 * Return: how many frames and events were handled, or a negative errno when the connection broke.
 */
int ipudp_dispatch(struct ipudp *ipudp, const struct ipudp_handlers *handlers);

/* Names --------------------------------------------------------------------------------------- */

/*
 * The names of the netlink spec, as the tool prints and reads them. The _name functions return a
 * static string, NULL for an unknown value; the _parse functions return 0 or -EINVAL.
 */
const char *ipudp_mode_name(enum ipudp_mode mode);
const char *ipudp_lookup_name(enum ipudp_lookup lookup);
const char *ipudp_fast_path_name(enum ipudp_fast_path fast_path);
const char *ipudp_fast_path_state_name(enum ipudp_fast_path_state state);
const char *ipudp_header_name(enum ipudp_header header);
const char *ipudp_family_name(enum ipudp_family family);
const char *ipudp_df_name(enum ipudp_df df);
const char *ipudp_action_name(enum ipudp_action action);
const char *ipudp_tunnel_state_name(enum ipudp_tunnel_state state);
const char *ipudp_frame_class_name(enum ipudp_frame_class frame_class);
const char *ipudp_drop_reason_name(enum ipudp_drop_reason reason);
const char *ipudp_drop_reason_text(enum ipudp_drop_reason reason);
int ipudp_mode_parse(const char *name, enum ipudp_mode *ret);
int ipudp_lookup_parse(const char *name, enum ipudp_lookup *ret);
int ipudp_fast_path_parse(const char *name, enum ipudp_fast_path *ret);
int ipudp_family_parse(const char *name, enum ipudp_family *ret);
int ipudp_df_parse(const char *name, enum ipudp_df *ret);
int ipudp_action_parse(const char *name, enum ipudp_action *ret);
int ipudp_frame_class_parse(const char *name, enum ipudp_frame_class *ret);

/* Addresses ----------------------------------------------------------------------------------- */

/** ipudp_addr_parse() - read an IPv4 or IPv6 address; -EINVAL if it is none */
int ipudp_addr_parse(const char *text, struct ipudp_addr *ret);

/** ipudp_addr_format() - write an address; "any" for AF_UNSPEC. Return: @text */
const char *ipudp_addr_format(const struct ipudp_addr *addr, char text[IPUDP_ADDR_TEXT_SIZE]);

/**
 * ipudp_prefix_parse() - read ADDRESS[/LENGTH]
 *
 * Return: 0; -EINVAL if it is no address or the length is out of range; -EDOM if bits beyond the
 * length are set.
 */
int ipudp_prefix_parse(const char *text, struct ipudp_addr *ret_addr, uint8_t *ret_len);

/** ipudp_addr_equal() - whether two addresses are the same, family included */
bool ipudp_addr_equal(const struct ipudp_addr *a, const struct ipudp_addr *b);

#ifdef __cplusplus
}
#endif

#endif
