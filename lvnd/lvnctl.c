// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvnctl(8): talks to the control socket of a broker. Knows how to print, not what is right.
 */
#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "lib/base/cleanup.h"
#include "lib/base/escape.h"
#include "lib/base/log.h"
#include "lvnd/conf.h"

#define DEFAULT_CONFIG "/etc/lvn/lvnd.conf"
#define DEFAULT_SOCKET "/run/lvn/lvnd.sock"

#ifndef LVN_VERSION
#define LVN_VERSION "0"
#endif

static const char usage[] =
	"usage: lvnctl [OPTION...] COMMAND [ARGUMENT...]\n"
	"\n"
	"Commands:\n"
	"  status               show the state of the hub, and what is wrong with it\n"
	"  sessions [IDENTITY]  list sessions and their bindings\n"
	"  leases [IDENTITY]    list addresses and prefixes, also those kept for absent spokes\n"
	"  kick IDENTITY        end sessions\n"
	"  deny IDENTITY        end sessions, and refuse new ones from now on\n"
	"  allow IDENTITY       let an identity in from now on\n"
	"  clear IDENTITY       forget a deny or allow\n"
	"  policy               list what deny and allow were told\n"
	"  reload               make the hub read its configuration again\n"
	"  users list           list the users of TSP\n"
	"  users add|del USER   add a user, or remove one with all that he has\n"
	"  users disable|enable USER\n"
	"                       shut a user out, or let him in again\n"
	"  users quota USER PREFIXES [LENGTH]\n"
	"                       bound prefixes (0, 1 or any) and their size (48, 56 ...)\n"
	"  users audit [USER]   list what was done to users\n"
	"  explain USER|ADDRESS say why TSP does not work for a user, or at an address\n"
	"  keys list [USER]     list keys of users\n"
	"  keys add USER KEY    make a key of that name, and print it\n"
	"  keys revoke USER KEY forget it, and end what was made with it\n"
	"\n"
	"IDENTITY may contain wildcards, or be the id of a session.\n"
	"\n"
	"Options:\n"
	"  -c, --config FILE    take the control socket from this configuration instead of\n"
	"                       " DEFAULT_CONFIG "\n"
	"  -s, --socket SOCKET  use this control socket\n"
	"  -j, --json           print JSON\n"
	"  -R, --realm REALM    hub, or tsp for the users of TSP, instead of hub\n"
	"  -r, --release        with kick: give the addresses back at once\n"
	"  -w, --wait SECONDS   with kick: tell the spoke to stay away for so long\n"
	"  -h, --help           print this\n"
	"  -V, --version        print the version\n";

static const struct option long_options[] = { { "config", required_argument, NULL, 'c' },
					      { "help", no_argument, NULL, 'h' },
					      { "json", no_argument, NULL, 'j' },
					      { "realm", required_argument, NULL, 'R' },
					      { "release", no_argument, NULL, 'r' },
					      { "socket", required_argument, NULL, 's' },
					      { "version", no_argument, NULL, 'V' },
					      { "wait", required_argument, NULL, 'w' },
					      { 0 } };

/**
 * struct options - of the command line
 * @is_json: print as it comes
 * @config: file that names the socket
 * @socket: path, NULL for that of @config
 * @realm: whose sessions, NULL for the hub's
 * @release: of kick
 * @wait: of kick, seconds
 */
struct options {
	bool is_json;
	const char *config;
	const char *socket;
	const char *realm;
	bool release;
	long wait;
};

static void cleanup_json(json_t **json)
{
	json_decref(*json);
}

static void cleanup_file(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* What a terminal may be given; good until eight others have been asked for. */
static const char *shown(const json_t *value)
{
	static char texts[8][1024];
	static unsigned int at;
	char *text = texts[at++ % 8];

	lvn_escape(json_string_value(value) ?: "-", text, sizeof(texts[0]));
	return text;
}

static const char *text(const json_t *object, const char *member)
{
	return shown(json_object_get(object, member));
}

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

/* Answers have seconds since 1970; people want to know how long it is until then. */
static void print_until(json_int_t at)
{
	json_int_t left = at - (json_int_t)time(NULL), age = left < 0 ? -left : left;

	printf("%s", left < 0 ? "" : "in ");
	if (age >= 2 * 86400)
		printf("%" JSON_INTEGER_FORMAT "d", age / 86400);
	else
		printf("%" JSON_INTEGER_FORMAT "s", age);
	printf("%s", left < 0 ? " ago" : "");
}

static void print_list(const json_t *object, const char *member)
{
	const json_t *list = json_object_get(object, member), *value;
	size_t i;

	json_array_foreach(list, i, value)
		printf("%s%s", i ? " " : "", shown(value));
}

static void print_session(const json_t *object)
{
	const json_t *bindings = json_object_get(object, "bindings"), *binding;
	struct timespec now;
	size_t i;

	clock_gettime(CLOCK_REALTIME, &now);
	printf("%s %s session %s%s expires ", text(object, "identity"), text(object, "state"),
	       text(object, "session"),
	       json_is_true(json_object_get(object, "connected")) ? "" : " disconnected");
	print_until(number(object, "expires"));
	printf("\n  addresses ");
	print_list(object, "addresses");
	if (json_array_size(json_object_get(object, "prefixes"))) {
		printf("\n  prefixes ");
		print_list(object, "prefixes");
	}
	printf("\n");
	json_array_foreach(bindings, i, binding)
		printf("  binding %" JSON_INTEGER_FORMAT " tunnel %" JSON_INTEGER_FORMAT
		       " remote %s port %" JSON_INTEGER_FORMAT
		       " local %s priority %" JSON_INTEGER_FORMAT " weight %" JSON_INTEGER_FORMAT
		       " seen %.1fs ago\n",
		       number(binding, "index"), number(binding, "tunnel"), text(binding, "remote"),
		       number(binding, "port"), text(binding, "local"), number(binding, "priority"),
		       number(binding, "weight"),
		       now.tv_sec + now.tv_nsec / 1e9 -
			       json_real_value(json_object_get(binding, "seen")));
}

static void print_lease(const json_t *object)
{
	json_int_t free_at = number(object, "free_at");

	printf("%s %s ", text(object, "identity"), text(object, "state"));
	print_list(object, "addresses");
	if (json_array_size(json_object_get(object, "prefixes"))) {
		printf(" ");
		print_list(object, "prefixes");
	}
	if (free_at) {
		printf(" free ");
		print_until(free_at);
	}
	printf("\n");
}

static void print_verdict(const json_t *object)
{
	printf("%s %s\n", text(object, "verdict"), text(object, "identity"));
}

static bool is_time(const char *key)
{
	size_t len = strlen(key);

	return strcmp(key, "started") == 0 || (len > 5 && strcmp(key + len - 5, "_ends") == 0);
}

static void print_status(json_t *object)
{
	const char *key;
	json_t *value;
	size_t i;

	json_object_foreach(object, key, value) {
		json_t *one;

		if (json_is_integer(value) && is_time(key)) {
			printf("%s ", key);
			print_until(json_integer_value(value));
			printf("\n");
		} else if (json_is_integer(value)) {
			printf("%s %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
		} else if (json_is_string(value)) {
			printf("%s %s\n", key, shown(value));
		}
		json_array_foreach(value, i, one)
			printf("%s %s\n", key, shown(one));
	}
}

static void print_user(const json_t *object)
{
	printf("%s keys %" JSON_INTEGER_FORMAT " created ", text(object, "user"),
	       number(object, "keys"));
	print_until(number(object, "created"));
	if (json_object_get(object, "prefixes"))
		printf(" prefixes %" JSON_INTEGER_FORMAT, number(object, "prefixes"));
	if (json_object_get(object, "length"))
		printf(" length %" JSON_INTEGER_FORMAT, number(object, "length"));
	printf("%s\n", json_is_true(json_object_get(object, "disabled")) ? " disabled" : "");
}

static void print_audit(const json_t *object)
{
	print_until(number(object, "at"));
	printf(" %s %s", text(object, "user"), text(object, "action"));
	if (*text(object, "detail"))
		printf(" %s", text(object, "detail"));
	printf("\n");
}

static void print_key(const json_t *object)
{
	printf("%s %s for %s created ", text(object, "user"), text(object, "key"),
	       text(object, "for"));
	print_until(number(object, "created"));
	printf("\n");
}

static void print_step(const json_t *object)
{
	print_until(number(object, "at"));
	printf(" %s %s", text(object, "transport"), text(object, "remote"));
	if (*text(object, "user"))
		printf(" %s%s", json_is_true(json_object_get(object, "proved")) ? "" : "as ",
		       text(object, "user"));
	printf(": %s: %s\n", text(object, "asked"), text(object, "answered"));
}

static void print_counts(const json_t *object)
{
	static const char *const names[] = { "rx_packets", "rx_bytes",	 "tx_packets",
					     "tx_bytes",   "rx_dropped", "tx_dropped" };
	size_t i;

	printf("  tunnel %" JSON_INTEGER_FORMAT " remote %s", number(object, "tunnel"),
	       text(object, "remote"));
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (json_object_get(object, names[i]))
			printf(" %s %" JSON_INTEGER_FORMAT, names[i], number(object, names[i]));
	if (json_object_get(object, "heard_ms"))
		printf(" heard %.1fs ago", number(object, "heard_ms") / 1e3);
	printf("\n");
}

/* Steps first, then what there is. */
static void print_explanation(const json_t *object)
{
	const json_t *findings = json_object_get(object, "findings"), *value;
	size_t i;

	if (!findings) {
		print_step(object);
		return;
	}
	printf("%s", text(object, "user"));
	if (json_object_get(object, "addresses")) {
		printf(" addresses ");
		print_list(object, "addresses");
	}
	if (json_array_size(json_object_get(object, "prefixes"))) {
		printf(" prefixes ");
		print_list(object, "prefixes");
	}
	printf("\n");
	if (json_object_get(object, "tunnel"))
		print_counts(object);
	json_array_foreach(findings, i, value)
		printf("  %s\n", shown(value));
}

#define ARGUMENTS_MAX 4

/**
 * struct verb - a command
 * @name: as typed, and as sent
 * @action: first argument, not sent as such; NULL if there is none
 * @min: least arguments, without @action
 * @max: most arguments
 * @arguments: as what they are sent
 * @print: one thing listed
 */
struct verb {
	const char *name;
	const char *action;
	int min;
	int max;
	const char *arguments[ARGUMENTS_MAX - 1];
	void (*print)(const json_t *object);
};

static const struct verb verbs[] = {
	{ "allow", NULL, 1, 1, { "identity" }, NULL },
	{ "clear", NULL, 1, 1, { "identity" }, NULL },
	{ "deny", NULL, 1, 1, { "identity" }, NULL },
	{ "explain", NULL, 1, 1, { "user" }, print_explanation },
	{ "keys", "add", 2, 2, { "user", "key" }, NULL },
	{ "keys", "list", 0, 1, { "user" }, print_key },
	{ "keys", "revoke", 2, 2, { "user", "key" }, NULL },
	{ "kick", NULL, 1, 1, { "identity" }, NULL },
	{ "leases", NULL, 0, 1, { "identity" }, print_lease },
	{ "policy", NULL, 0, 0, { NULL }, print_verdict },
	{ "reload", NULL, 0, 0, { NULL }, NULL },
	{ "sessions", NULL, 0, 1, { "identity" }, print_session },
	{ "status", NULL, 0, 0, { NULL }, NULL },
	{ "users", "add", 1, 1, { "user" }, NULL },
	{ "users", "audit", 0, 1, { "user" }, print_audit },
	{ "users", "del", 1, 1, { "user" }, NULL },
	{ "users", "disable", 1, 1, { "user" }, NULL },
	{ "users", "enable", 1, 1, { "user" }, NULL },
	{ "users", "list", 0, 0, { NULL }, print_user },
	{ "users", "quota", 2, 3, { "user", "prefixes", "length" }, NULL },
};

static int open_socket(const char *path, FILE **ret)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	FILE *file;

	if (fd < 0)
		return -errno;
	if (strlen(path) >= sizeof(sun.sun_path))
		return -ENAMETOOLONG;
	strcpy(sun.sun_path, path);
	if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0)
		return -errno;
	file = fdopen(fd, "r+");
	if (!file)
		return -errno;
	TAKE_FD(fd);
	*ret = file;
	return 0;
}

static int send_request(FILE *file, const struct verb *verb, char **arguments,
			const struct options *options)
{
	_cleanup_(cleanup_json) json_t *request = json_pack("{ss}", "command", verb->name);
	int i;

	for (i = 0; i < verb->max && arguments[i]; i++)
		json_object_set_new(request, verb->arguments[i], json_string(arguments[i]));
	if (verb->action)
		json_object_set_new(request, "action", json_string(verb->action));
	if (options->realm)
		json_object_set_new(request, "realm", json_string(options->realm));
	if (options->release)
		json_object_set_new(request, "release", json_true());
	if (options->wait)
		json_object_set_new(request, "retry_after", json_integer(options->wait));
	if (!request || json_dumpf(request, file, JSON_COMPACT) < 0 || fputc('\n', file) == EOF ||
	    fflush(file) == EOF)
		return -EIO;
	return 0;
}

/* With -j: a list is printed as one array, other answers as the object they are. */
static int read_answer(FILE *file, const struct verb *verb, const struct options *options)
{
	_cleanup_(cleanup_json) json_t *list = json_array();
	_cleanup_free_ char *line = NULL;
	size_t size = 0;
	ssize_t len;

	while ((len = getline(&line, &size, file)) > 0) {
		_cleanup_(cleanup_json) json_t *object = json_loadb(line, len, 0, NULL);
		const json_t *ok = json_object_get(object, "ok");

		if (!object)
			return -EBADMSG;
		if (!ok) {
			if (options->is_json)
				json_array_append(list, object);
			else if (verb->print)
				verb->print(object);
			continue;
		}
		if (!json_is_true(ok)) {
			fprintf(stderr, "lvnctl: %s\n", text(object, "error"));
			return -EPERM;
		}
		if (options->is_json) {
			json_dumpf(verb->print ? list : object, stdout,
				   JSON_INDENT(2) | JSON_ENSURE_ASCII);
			printf("\n");
		} else if (!verb->print) {
			print_status(object);
		}
		return 0;
	}
	return -EPIPE;
}

static void cleanup_conf(struct lvnd_conf **conf)
{
	lvnd_conf_destroy(*conf);
}

/* If the file is wrong or not for us to read, the usual socket may still be the right one. */
static char *find_socket(const struct options *options)
{
	_cleanup_(cleanup_conf) struct lvnd_conf *conf = NULL;
	char why[256];

	if (options->socket)
		return strdup(options->socket);
	/* the hub says what is wrong with it, when it is told to read it */
	lvn_log_set_level(LVN_LOG_NONE);
	if (lvnd_conf_read(options->config, why, sizeof(why), &conf) < 0)
		return strdup(DEFAULT_SOCKET);
	return strdup(conf->control);
}

static const char *remedy(int error)
{
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		return "; is lvnd running, and is this its control socket?";
	case -EACCES:
		return "; the socket belongs to lvnd's user, root may use it, too";
	}
	return "";
}

static int run(const struct verb *verb, char **arguments, const struct options *options)
{
	_cleanup_(cleanup_file) FILE *file = NULL;
	_cleanup_free_ char *path = find_socket(options);
	int ret;

	if (!path)
		return -ENOMEM;
	ret = open_socket(path, &file);
	if (ret < 0) {
		fprintf(stderr, "lvnctl: %s: %s%s\n", path, strerror(-ret), remedy(ret));
		return ret;
	}
	ret = send_request(file, verb, arguments, options);
	if (!ret)
		ret = read_answer(file, verb, options);
	if (ret < 0 && ret != -EPERM)
		fprintf(stderr, "lvnctl: %s: %s\n", path, strerror(-ret));
	return ret;
}

static int parse_seconds(const char *value, long *ret_seconds)
{
	char *end;
	long seconds;

	errno = 0;
	seconds = strtol(value, &end, 10);
	if (errno || end == value || *end || seconds < 0 || seconds > INT32_MAX) {
		fprintf(stderr, "lvnctl: --wait: '%s' is not a number of seconds\n", value);
		return -EINVAL;
	}
	*ret_seconds = seconds;
	return 0;
}

/* Return: -1 to go on, else the exit status. */
static int parse(int argc, char **argv, struct options *options)
{
	int option;

	while ((option = getopt_long(argc, argv, "c:hjrR:s:Vw:", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			options->config = optarg;
			break;
		case 'h':
			fputs(usage, stdout);
			return 0;
		case 'j':
			options->is_json = true;
			break;
		case 'r':
			options->release = true;
			break;
		case 'R':
			options->realm = optarg;
			break;
		case 's':
			options->socket = optarg;
			break;
		case 'V':
			puts("lvnctl " LVN_VERSION);
			return 0;
		case 'w':
			if (parse_seconds(optarg, &options->wait) < 0)
				return 2;
			break;
		default:
			fputs("see 'lvnctl --help'\n", stderr);
			return 2;
		}
	}
	return -1;
}

static void print_upper(const char *text)
{
	for (; *text; text++)
		fputc(toupper((unsigned char)*text), stderr);
}

static void complain_count(const struct verb *verb)
{
	int i;

	fprintf(stderr, "lvnctl: %s%s%s takes ", verb->name, verb->action ? " " : "",
		verb->action ?: "");
	if (!verb->max)
		fputs("no argument", stderr);
	for (i = 0; i < verb->max; i++) {
		fprintf(stderr, "%s%s ", i ? " and " : "", i < verb->min ? "one" : "at most one");
		print_upper(verb->arguments[i]);
	}
	fputs("; see 'lvnctl --help'\n", stderr);
}

static void complain_unknown(const char *name)
{
	const char *last = "";
	size_t i;

	fprintf(stderr, "lvnctl: %s%s%s; must be one of", name ? "unknown command '" : "no command",
		name ?: "", name ? "'" : "");
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(last, verbs[i].name) != 0)
			fprintf(stderr, "%s %s", *last ? "," : "", verbs[i].name);
		last = verbs[i].name;
	}
	fputs("; see 'lvnctl --help'\n", stderr);
}

/* Return: NULL after a complaint. @ret_first is the first argument that is sent. */
static const struct verb *find_verb(char **words, int n_words, int *ret_first)
{
	bool is_known = false;
	size_t i;
	int n;

	for (i = 0; n_words && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		const struct verb *verb = &verbs[i];

		if (strcmp(words[0], verb->name) != 0)
			continue;
		is_known = true;
		*ret_first = verb->action ? 2 : 1;
		if (verb->action && (n_words < 2 || strcmp(words[1], verb->action) != 0))
			continue;
		n = n_words - *ret_first;
		if (n >= verb->min && n <= verb->max)
			return verb;
		complain_count(verb);
		return NULL;
	}
	if (!is_known) {
		complain_unknown(n_words ? words[0] : NULL);
		return NULL;
	}
	fprintf(stderr, "lvnctl: %s must be followed by one of", words[0]);
	for (i = 0, n = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(words[0], verbs[i].name) == 0)
			fprintf(stderr, "%s %s", n++ ? "," : "", verbs[i].action);
	fputs("; see 'lvnctl --help'\n", stderr);
	return NULL;
}

int main(int argc, char **argv)
{
	struct options options = { .config = DEFAULT_CONFIG };
	const struct verb *verb;
	int ret, first = 0;

	ret = parse(argc, argv, &options);
	if (ret >= 0)
		return ret;
	verb = find_verb(argv + optind, argc - optind, &first);
	if (!verb)
		return 2;
	return run(verb, argv + optind + first, &options) < 0 ? 1 : 0;
}
