// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Writes XML into a buffer.
 */
#include "proto/tsp/xml.h"

#include <stdio.h>
#include <string.h>

static void put(struct tsp_xml *xml, const char *text, size_t len)
{
	if (xml->failed || len >= xml->size - xml->len) {
		xml->failed = true;
		return;
	}
	memcpy(xml->text + xml->len, text, len);
	xml->len += len;
	xml->text[xml->len] = '\0';
}

static void put_string(struct tsp_xml *xml, const char *text)
{
	put(xml, text, strlen(text));
}

/* What XML 1.0 cannot hold at all (section 2.2) becomes a question mark. */
static void put_escaped(struct tsp_xml *xml, const char *text)
{
	for (; *text; text++) {
		switch (*text) {
		case '&':
			put_string(xml, "&amp;");
			break;
		case '<':
			put_string(xml, "&lt;");
			break;
		case '>':
			put_string(xml, "&gt;");
			break;
		case '"':
			put_string(xml, "&quot;");
			break;
		case '\'':
			put_string(xml, "&apos;");
			break;
		default:
			put(xml, (unsigned char)*text < 0x20 || *text == 0x7f ? "?" : text, 1);
		}
	}
}

static void indent(struct tsp_xml *xml)
{
	unsigned int i;

	for (i = 0; i < xml->depth; i++)
		put(xml, " ", 1);
}

void tsp_xml_init(struct tsp_xml *xml, char *text, size_t size)
{
	*xml = (struct tsp_xml){ .text = text, .size = size, .failed = !size };
	if (size)
		*text = '\0';
}

void tsp_xml_start(struct tsp_xml *xml, const char *name)
{
	if (xml->in_tag)
		put_string(xml, ">\r\n");
	indent(xml);
	put(xml, "<", 1);
	put_string(xml, name);
	xml->in_tag = true;
	xml->has_text = false;
	xml->depth++;
}

void tsp_xml_attribute(struct tsp_xml *xml, const char *name, const char *value)
{
	put(xml, " ", 1);
	put_string(xml, name);
	put_string(xml, "=\"");
	put_escaped(xml, value);
	put(xml, "\"", 1);
}

void tsp_xml_number(struct tsp_xml *xml, const char *name, uint32_t value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	tsp_xml_attribute(xml, name, text);
}

void tsp_xml_text(struct tsp_xml *xml, const char *text)
{
	if (xml->in_tag)
		put(xml, ">", 1);
	xml->in_tag = false;
	xml->has_text = true;
	put_escaped(xml, text);
}

void tsp_xml_end(struct tsp_xml *xml, const char *name)
{
	xml->depth--;
	if (xml->in_tag && xml->depth) {
		put_string(xml, "/>\r\n");
	} else {
		if (xml->in_tag)
			put(xml, ">", 1);
		else if (!xml->has_text)
			indent(xml);
		put_string(xml, "</");
		put_string(xml, name);
		put_string(xml, ">\r\n");
	}
	xml->in_tag = false;
	xml->has_text = false;
}
