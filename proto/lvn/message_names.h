/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The words of the control channel, for message.c and message_write.c.
 */
#ifndef _LVN_MESSAGE_NAMES_H
#define _LVN_MESSAGE_NAMES_H

#include <stdint.h>

#include "proto/lvn/message.h"

#define LVN_HEX_CHARS "0123456789abcdef"
#define LVN_BASE64_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#define LVN_NAME_CHARS LVN_BASE64_CHARS "."

/** lvn_message_type_parse() - LVN_MESSAGE_UNKNOWN for what is none */
enum lvn_message_type lvn_message_type_parse(const char *text);

/** lvn_feature_parse() - a LVN_FEATURE_* bit, 0 for what is none */
uint32_t lvn_feature_parse(const char *text);

#endif
