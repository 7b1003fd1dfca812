// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * lvnctl(8): talks to the control socket of a broker. Knows how to print, not what is right.
 */
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

#define DEFAULT_SOCKET "/run/lvn/lvnd.sock"

static const char usage[] =
	"usage: lvnctl [-j] [-s SOCKET] COMMAND [ARGUMENT]\n"
	"\n"
	"  status                     how the hub is\n"
	"  sessions [IDENTITY]        sessions and their bindings\n"
	"  leases [IDENTITY]          addresses and prefixes, with those in grace\n"
	"  kick [-r] [-w SECONDS] ID  end sessions; -r releases the addresses, too\n"
	"  deny IDENTITY              deny from now on, end its sessions\n"
	"  allow IDENTITY             allow from now on\n"
	"  clear IDENTITY             forget a deny or allow\n"
	"  policy                     what deny and allow were told\n"
	"  reload                     read the configuration again\n"
	"\n"
	"IDENTITY may have wildcards, and may be a session's id. -j prints JSON.\n";

/**
 * struct options - of the command line
 * @is_json: print as it comes
 * @socket: path
 * @release: of kick
 * @wait: of kick, seconds
 */
struct options {
	bool is_json;
	const char *socket;
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

static const char *text(const json_t *object, const char *member)
{
	return json_string_value(json_object_get(object, member)) ?: "-";
}

static json_int_t number(const json_t *object, const char *member)
{
	return json_integer_value(json_object_get(object, member));
}

static void print_list(const json_t *object, const char *member)
{
	const json_t *list = json_object_get(object, member), *value;
	size_t i;

	json_array_foreach(list, i, value)
		printf("%s%s", i ? " " : "", json_string_value(value));
}

static void print_session(const json_t *object)
{
	const json_t *bindings = json_object_get(object, "bindings"), *binding;
	size_t i;

	printf("%s %s session %s%s expires %" JSON_INTEGER_FORMAT "s\n  addresses ",
	       text(object, "identity"), text(object, "state"), text(object, "session"),
	       json_is_true(json_object_get(object, "connected")) ? "" : " disconnected",
	       number(object, "expires"));
	print_list(object, "addresses");
	if (json_array_size(json_object_get(object, "prefixes"))) {
		printf("\n  prefixes ");
		print_list(object, "prefixes");
	}
	printf("\n");
	json_array_foreach(bindings, i, binding)
		printf("  binding %" JSON_INTEGER_FORMAT " tunnel %" JSON_INTEGER_FORMAT
		       " remote %s port %" JSON_INTEGER_FORMAT " local %s priority %"
		       JSON_INTEGER_FORMAT " weight %" JSON_INTEGER_FORMAT " seen %.1fs\n",
		       number(binding, "index"), number(binding, "tunnel"),
		       text(binding, "remote"), number(binding, "port"), text(binding, "local"),
		       number(binding, "priority"), number(binding, "weight"),
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
	if (free_at)
		printf(" free in %" JSON_INTEGER_FORMAT "s", free_at - (json_int_t)time(NULL));
	printf("\n");
}

static void print_verdict(const json_t *object)
{
	printf("%s %s\n", text(object, "verdict"), text(object, "identity"));
}

static void print_status(json_t *object)
{
	const char *key;
	json_t *value;

	json_object_foreach(object, key, value)
		if (json_is_integer(value))
			printf("%s %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
}

/**
 * struct verb - a command
 * @name: as typed, and as sent
 * @min: least arguments
 * @max: most arguments
 * @print: one thing listed
 */
struct verb {
	const char *name;
	int min;
	int max;
	void (*print)(const json_t *object);
};

static const struct verb verbs[] = {
	{ "allow", 1, 1, NULL },
	{ "clear", 1, 1, NULL },
	{ "deny", 1, 1, NULL },
	{ "kick", 1, 1, NULL },
	{ "leases", 0, 1, print_lease },
	{ "policy", 0, 0, print_verdict },
	{ "reload", 0, 0, NULL },
	{ "sessions", 0, 1, print_session },
	{ "status", 0, 0, NULL },
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

static int send_request(FILE *file, const struct verb *verb, const char *argument,
			const struct options *options)
{
	_cleanup_(cleanup_json) json_t *request = json_pack("{ss}", "command", verb->name);

	if (argument)
		json_object_set_new(request, "identity", json_string(argument));
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
			json_dumpf(verb->print ? list : object, stdout, JSON_INDENT(2));
			printf("\n");
		} else if (!verb->print) {
			print_status(object);
		}
		return 0;
	}
	return -EPIPE;
}

static int run(const struct verb *verb, const char *argument, const struct options *options)
{
	_cleanup_(cleanup_file) FILE *file = NULL;
	int ret;

	ret = open_socket(options->socket, &file);
	if (ret < 0) {
		fprintf(stderr, "lvnctl: %s: %s\n", options->socket, strerror(-ret));
		return ret;
	}
	ret = send_request(file, verb, argument, options);
	if (!ret)
		ret = read_answer(file, verb, options);
	if (ret < 0 && ret != -EPERM)
		fprintf(stderr, "lvnctl: %s\n", strerror(-ret));
	return ret;
}

int main(int argc, char **argv)
{
	struct options options = { .socket = DEFAULT_SOCKET };
	const struct verb *verb = NULL;
	int option, n;
	size_t i;

	while ((option = getopt(argc, argv, "hjrs:w:")) != -1) {
		switch (option) {
		case 'j':
			options.is_json = true;
			break;
		case 'r':
			options.release = true;
			break;
		case 's':
			options.socket = optarg;
			break;
		case 'w':
			options.wait = strtol(optarg, NULL, 10);
			break;
		default:
			fputs(usage, option == 'h' ? stdout : stderr);
			return option == 'h' ? 0 : 2;
		}
	}
	n = argc - optind - 1;
	for (i = 0; n >= 0 && i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[optind], verbs[i].name) == 0)
			verb = &verbs[i];
	if (!verb || n < verb->min || n > verb->max) {
		fputs(usage, stderr);
		return 2;
	}
	return run(verb, n ? argv[optind + 1] : NULL, &options) < 0 ? 1 : 0;
}
