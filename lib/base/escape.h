/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text of others, for people, terminals, logs and scripts: what is not printable is written as \xNN.
 */
#ifndef _LVN_ESCAPE_H
#define _LVN_ESCAPE_H

#include <stdbool.h>
#include <stddef.h>

/**
 * lvn_escape() - copy text, with all that could fool a reader as \xNN
 * @out: of @size, always terminated
 *
 * Escaped are control characters (C0, DEL, C1), the separators of lines, characters that change the
 * direction of writing, and bytes that are not UTF-8. A character that does not fit ends the copy.
 *
 * Return: bytes written, without the terminating one.
 */
size_t lvn_escape(const char *text, char *out, size_t size);

/** lvn_is_printable() - whether lvn_escape() would leave all of it as it is; no zero byte in it */
bool lvn_is_printable(const char *text, size_t len);

#endif
