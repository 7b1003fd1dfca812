/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A writer of XML. All text goes through it and is escaped, so that nothing that somebody sent can
 * become an element. The layout is what the parsers of stock TSP clients need: an element that has
 * text on one line, others indented by one blank a level, CRLF.
 */
#ifndef _TSP_XML_H
#define _TSP_XML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * struct tsp_xml - a text that grows
 * @text: the text, with a final NUL
 * @size: room for it, in bytes
 * @len: its length
 * @depth: of the element that is open
 * @in_tag: whether attributes may still follow
 * @has_text: whether the open element has text
 * @failed: whether something did not fit; nothing is written any more
 */
struct tsp_xml {
	char *text;
	size_t size;
	size_t len;
	unsigned int depth;
	bool in_tag;
	bool has_text;
	bool failed;
};

/** tsp_xml_init() - write at most @size bytes, of which the last is the NUL, to @text */
void tsp_xml_init(struct tsp_xml *xml, char *text, size_t size);

/** tsp_xml_start() - begin an element. @name is a constant of ours and not escaped */
void tsp_xml_start(struct tsp_xml *xml, const char *name);

/** tsp_xml_attribute() - add an attribute to the element that was begun last */
void tsp_xml_attribute(struct tsp_xml *xml, const char *name, const char *value);

/** tsp_xml_number() - the same, a number */
void tsp_xml_number(struct tsp_xml *xml, const char *name, uint32_t value);

/** tsp_xml_text() - add text to the open element */
void tsp_xml_text(struct tsp_xml *xml, const char *text);

/** tsp_xml_end() - end the element @name, which must be the open one */
void tsp_xml_end(struct tsp_xml *xml, const char *name);

#endif
