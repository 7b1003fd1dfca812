/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the control channel, for message.c and message_write.c.
 */
#ifndef _HUB_MESSAGE_NAMES_H
#define _HUB_MESSAGE_NAMES_H

#include <stdint.h>

#include "hub/proto/message.h"

#define HUB_HEX_CHARS "0123456789abcdef"
#define HUB_BASE64_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define HUB_NAME_CHARS HUB_BASE64_CHARS "."

/** hub_message_type_parse() - HUB_MESSAGE_UNKNOWN for what is none */
enum hub_message_type hub_message_type_parse(const char *text);

/** hub_feature_parse() - a HUB_FEATURE_* bit, 0 for what is none */
uint32_t hub_feature_parse(const char *text);

#endif
