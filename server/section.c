// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Reading a section.
 */
#include "server/section.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void server_section_fail(struct server_section *section, int error, const char *format, ...)
{
	va_list args;
	int len;

	if (section->error)
		return;
	section->error = error;
	len = snprintf(section->text, section->size, "%s: %s", section->path, section->name);
	if (len < 0 || (size_t)len >= section->size)
		return;
	va_start(args, format);
	vsnprintf(section->text + len, section->size - len, format, args);
	va_end(args);
}

unsigned int server_section_count(struct server_section *section, cfg_t *cfg, const char *name,
				  unsigned int max)
{
	unsigned int n = cfg_size(cfg, name);

	if (n <= max)
		return n;
	server_section_fail(section, -EINVAL, "%s: more than %u", name, max);
	return 0;
}

uint32_t server_section_uint(struct server_section *section, const char *name, long min, long max)
{
	long value = cfg_getint(section->cfg, name);

	if (value < min || value > max)
		server_section_fail(section, -EINVAL, "%s must be %ld to %ld", name, min, max);
	return value;
}

int server_section_find(const char *const words[], const char *value)
{
	int i;

	for (i = 0; words[i]; i++)
		if (strcmp(words[i], value) == 0)
			return i;
	return -ENOENT;
}

unsigned int server_section_word(struct server_section *section, const char *name,
				 const char *const words[])
{
	const char *value = cfg_getstr(section->cfg, name);
	int i = server_section_find(words, value);
	char list[64] = "";

	if (i >= 0)
		return i;
	for (i = 0; words[i]; i++)
		if (*words[i])
			snprintf(list + strlen(list), sizeof(list) - strlen(list), "%s%s",
				 *list ? ", " : "", words[i]);
	server_section_fail(section, -EINVAL, "%s: '%s' must be one of %s", name, value, list);
	return 0;
}

char *server_section_string(struct server_section *section, const char *name)
{
	char *copy = strdup(cfg_getstr(section->cfg, name));

	if (!copy)
		server_section_fail(section, -ENOMEM, "out of memory");
	return copy;
}
