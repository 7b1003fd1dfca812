/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A section of lvnd.conf(5) that is being read with libconfuse.
 */
#ifndef _SERVER_SECTION_H
#define _SERVER_SECTION_H

#include <stddef.h>
#include <stdint.h>

#include <confuse.h>

/**
 * struct server_section - the state of reading it; the first mistake wins
 * @cfg: libconfuse's
 * @path: of the file
 * @name: before each sentence, as "tsp: "; "" outside of sections
 * @text: sentence for the caller
 * @size: of @text
 * @error: 0 or negative errno
 */
struct server_section {
	cfg_t *cfg;
	const char *path;
	const char *name;
	char *text;
	size_t size;
	int error;
};

/** server_section_fail() - a mistake */
__attribute__((format(printf, 3, 4))) void server_section_fail(struct server_section *section,
							       int error, const char *format, ...);

/** server_section_count() - values of the list @name of @cfg, which is within @section. Return: at most @max */
unsigned int server_section_count(struct server_section *section, cfg_t *cfg, const char *name,
				  unsigned int max);

/** server_section_uint() - a number, @min to @max */
uint32_t server_section_uint(struct server_section *section, const char *name, long min, long max);

/** server_section_word() - which of the words a value is, by its index; NULL ends them, "" is not told */
unsigned int server_section_word(struct server_section *section, const char *name,
				 const char *const words[]);

/** server_section_string() - a copy, to be freed; NULL without memory */
char *server_section_string(struct server_section *section, const char *name);

/** server_section_find() - which of the words @value is. Return: its index, -ENOENT for none */
int server_section_find(const char *const words[], const char *value);

#endif
