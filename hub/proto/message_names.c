// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the control channel.
 */
#include "hub/proto/message_names.h"

#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_names[] = {
	[HUB_MESSAGE_HELLO] = "hello", [HUB_MESSAGE_LEASE] = "lease",
	[HUB_MESSAGE_UP] = "up",       [HUB_MESSAGE_DOWN] = "down",
	[HUB_MESSAGE_RENEW] = "renew", [HUB_MESSAGE_NOTIFY] = "notify",
	[HUB_MESSAGE_BYE] = "bye",     [HUB_MESSAGE_ERROR] = "error",
};

static const char *const feature_names[] = {
	"prefixes",
	"bindings",
};

enum hub_message_type hub_message_type_parse(const char *text)
{
	unsigned int i;

	for (i = HUB_MESSAGE_UNKNOWN + 1; i < N_ELEMENTS(type_names); i++)
		if (strcmp(text, type_names[i]) == 0)
			return i;
	return HUB_MESSAGE_UNKNOWN;
}

const char *hub_message_type_name(enum hub_message_type type)
{
	return type < N_ELEMENTS(type_names) && type_names[type] ? type_names[type] : "unknown";
}

uint32_t hub_feature_parse(const char *text)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(feature_names); i++)
		if (strcmp(text, feature_names[i]) == 0)
			return 1u << i;
	return 0;
}

const char *hub_feature_name(uint32_t feature)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(feature_names); i++)
		if (feature == 1u << i)
			return feature_names[i];
	return NULL;
}
