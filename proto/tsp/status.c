// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of TSP: status codes, kinds of tunnels, mechanisms of authentication.
 */
#include "proto/tsp/status.h"

#include <string.h>
#include <strings.h>

static const struct {
	unsigned int status;
	const char *text;
} texts[] = {
	{ TSP_STATUS_SUCCESS, "Success" },
	{ TSP_STATUS_AUTH_FAILED, "Authentication failed" },
	{ TSP_STATUS_NO_MORE_TUNNELS, "No more tunnels available" },
	{ TSP_STATUS_BAD_VERSION, "Unsupported client version" },
	{ TSP_STATUS_BAD_TUNNEL_TYPE, "Unsupported tunnel type" },
	{ TSP_STATUS_SERVER_ERROR, "Server side error" },
	{ TSP_STATUS_BAD_REQUEST, "Invalid request format or specified length" },
	{ TSP_STATUS_BAD_IPV4, "Invalid IPv4 address" },
	{ TSP_STATUS_BAD_IPV6, "Invalid IPv6 address" },
	{ TSP_STATUS_IPV4_IN_USE, "IPv4 address already used for existing tunnel" },
	{ TSP_STATUS_BAD_PREFIX_LENGTH, "Requested prefix length cannot be assigned" },
	{ TSP_STATUS_IN_PROGRESS, "Request already in progress" },
	{ TSP_STATUS_ANONYMOUS_PREFIX, "Anonymous users get no prefix" },
	{ TSP_STATUS_BUSY, "Server too busy" },
	{ TSP_STATUS_REDIRECT, "Redirection" },
};

static const char *const types[] = {
	[TSP_TYPE_NONE] = "none",	[TSP_TYPE_V6V4] = "v6v4", [TSP_TYPE_V6UDPV4] = "v6udpv4",
	[TSP_TYPE_V6ANYV4] = "v6anyv4", [TSP_TYPE_V4V6] = "v4v6",
};

static const char *const mechanisms[] = {
	[TSP_MECHANISM_NONE] = "NONE",
	[TSP_MECHANISM_ANONYMOUS] = "ANONYMOUS",
	[TSP_MECHANISM_PLAIN] = "PLAIN",
	[TSP_MECHANISM_DIGEST_MD5] = "DIGEST-MD5",
};

#define N(array) (sizeof(array) / sizeof((array)[0]))

const char *tsp_status_text(unsigned int status)
{
	size_t i;

	for (i = 0; i < N(texts); i++)
		if (texts[i].status == status)
			return texts[i].text;
	if (status >= TSP_STATUS_WITH_LIST)
		return tsp_status_text(status - TSP_STATUS_WITH_LIST);
	return "Unknown status";
}

/* The index of a name in a list whose first stands for none; 0 if it is not there. */
static unsigned int find(const char *const *names, size_t n, const char *name, size_t len)
{
	unsigned int i;

	for (i = 1; i < n; i++)
		if (strlen(names[i]) == len && strncasecmp(names[i], name, len) == 0)
			return i;
	return 0;
}

const char *tsp_type_name(enum tsp_type type)
{
	return types[(size_t)type < N(types) ? type : TSP_TYPE_NONE];
}

enum tsp_type tsp_type_find(const char *name, size_t len)
{
	return find(types, N(types), name, len);
}

const char *tsp_mechanism_name(enum tsp_mechanism mechanism)
{
	return mechanisms[(size_t)mechanism < N(mechanisms) ? mechanism : TSP_MECHANISM_NONE];
}

enum tsp_mechanism tsp_mechanism_find(const char *name, size_t len)
{
	return find(mechanisms, N(mechanisms), name, len);
}
