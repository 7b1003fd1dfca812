// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The words of the control channel.
 */
#include "proto/lvn/message_names.h"

#include <string.h>

#define N_ELEMENTS(array) (sizeof(array) / sizeof((array)[0]))

static const char *const type_names[] = {
	[LVN_MESSAGE_HELLO] = "hello", [LVN_MESSAGE_LEASE] = "lease",
	[LVN_MESSAGE_UP] = "up",       [LVN_MESSAGE_DOWN] = "down",
	[LVN_MESSAGE_RENEW] = "renew", [LVN_MESSAGE_NOTIFY] = "notify",
	[LVN_MESSAGE_BYE] = "bye",     [LVN_MESSAGE_ERROR] = "error",
};

static const char *const feature_names[] = {
	"prefixes",
	"bindings",
};

enum lvn_message_type lvn_message_type_parse(const char *text)
{
	unsigned int i;

	for (i = LVN_MESSAGE_UNKNOWN + 1; i < N_ELEMENTS(type_names); i++)
		if (strcmp(text, type_names[i]) == 0)
			return i;
	return LVN_MESSAGE_UNKNOWN;
}

const char *lvn_message_type_name(enum lvn_message_type type)
{
	return type < N_ELEMENTS(type_names) && type_names[type] ? type_names[type] : "unknown";
}

uint32_t lvn_feature_parse(const char *text)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(feature_names); i++)
		if (strcmp(text, feature_names[i]) == 0)
			return 1u << i;
	return 0;
}

const char *lvn_feature_name(uint32_t feature)
{
	unsigned int i;

	for (i = 0; i < N_ELEMENTS(feature_names); i++)
		if (feature == 1u << i)
			return feature_names[i];
	return NULL;
}
