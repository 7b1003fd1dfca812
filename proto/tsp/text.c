// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lines of TSP before the commands.
 */
#include "proto/tsp/text.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <openssl/crypto.h>

#include "proto/tsp/base64.h"

size_t tsp_line_len(const char *text, size_t len)
{
	while (len && (!text[len - 1] || text[len - 1] == '\r' || text[len - 1] == '\n'))
		len--;
	return len;
}

/* Whether @text begins with @word, in any case; if so, step behind it. */
static bool skip_word(const char **text, size_t *len, const char *word)
{
	size_t n = strlen(word);

	if (*len < n || strncasecmp(*text, word, n) != 0)
		return false;
	*text += n;
	*len -= n;
	return true;
}

/* Take the next word that blanks end. Return: false if there is none. */
static bool next_word(const char **text, size_t *len, const char **ret_word, size_t *ret_len)
{
	size_t n = 0;

	while (*len && **text == ' ') {
		++*text;
		--*len;
	}
	while (n < *len && (*text)[n] != ' ')
		n++;
	*ret_word = *text;
	*ret_len = n;
	*text += n;
	*len -= n;
	return n > 0;
}

int tsp_version_read(const char *text, size_t len, unsigned int *ret_minor)
{
	unsigned int minor = 0;
	size_t i;

	len = tsp_line_len(text, len);
	if (!skip_word(&text, &len, "VERSION=") || !len)
		return -EBADMSG;
	for (i = 0; i < len; i++)
		if (!isdigit((unsigned char)text[i]) && text[i] != '.')
			return -EBADMSG;
	if (!skip_word(&text, &len, "2.0.") || !len || len > 4)
		return -EPROTONOSUPPORT;
	for (i = 0; i < len; i++) {
		if (text[i] == '.')
			return -EPROTONOSUPPORT;
		minor = minor * 10 + (text[i] - '0');
	}
	*ret_minor = minor;
	return 0;
}

int tsp_capability_read(const char *text, size_t len, struct tsp_capability *ret_capability)
{
	struct tsp_capability capability = { 0 };
	const char *word;
	size_t n;

	len = tsp_line_len(text, len);
	if (!skip_word(&text, &len, "CAPABILITY") || (len && *text != ' '))
		return -EBADMSG;
	while (next_word(&text, &len, &word, &n)) {
		if (skip_word(&word, &n, "TUNNEL="))
			capability.types |= TSP_BIT(tsp_type_find(word, n));
		else if (skip_word(&word, &n, "AUTH="))
			capability.mechanisms |= TSP_BIT(tsp_mechanism_find(word, n));
	}
	capability.types &= ~TSP_BIT(TSP_TYPE_NONE);
	capability.mechanisms &= ~TSP_BIT(TSP_MECHANISM_NONE);
	*ret_capability = capability;
	return 0;
}

int tsp_capability_write(const struct tsp_capability *capability, char *text, size_t size)
{
	char type[16];
	FILE *out;
	size_t i;
	long len;
	int bit;

	out = fmemopen(text, size, "w");
	if (!out)
		return -errno;
	fputs("CAPABILITY", out);
	for (bit = TSP_TYPE_V6V4; bit <= TSP_TYPE_V4V6; bit++) {
		if (!(capability->types & TSP_BIT(bit)))
			continue;
		snprintf(type, sizeof(type), "%s", tsp_type_name(bit));
		for (i = 0; type[i]; i++)
			type[i] = toupper((unsigned char)type[i]);
		fprintf(out, " TUNNEL=%s", type);
	}
	for (bit = TSP_MECHANISM_ANONYMOUS; bit <= TSP_MECHANISM_DIGEST_MD5; bit++)
		if (capability->mechanisms & TSP_BIT(bit))
			fprintf(out, " AUTH=%s", tsp_mechanism_name(bit));
	fputs("\r\n", out);
	len = ftell(out);
	if (fclose(out) || len < 0 || (size_t)len >= size)
		return -ENOSPC;
	return len;
}

int tsp_authenticate_read(const char *text, size_t len, enum tsp_mechanism *ret_mechanism)
{
	const char *word, *more;
	size_t n, m;

	len = tsp_line_len(text, len);
	if (!skip_word(&text, &len, "AUTHENTICATE ") || !next_word(&text, &len, &word, &n) ||
	    next_word(&text, &len, &more, &m))
		return -EBADMSG;
	*ret_mechanism = tsp_mechanism_find(word, n);
	return 0;
}

static int copy(const char *text, size_t len, char *ret_text, size_t size)
{
	if (!len || len >= size || memchr(text, '\0', len))
		return -EBADMSG;
	memcpy(ret_text, text, len);
	ret_text[len] = '\0';
	return 0;
}

/* authorization identity NUL user NUL password (RFC 4616 section 2) */
static int split_plain(const char *text, size_t len, struct tsp_plain *plain)
{
	const char *first, *second;
	int ret;

	first = memchr(text, '\0', len);
	if (!first)
		return -EBADMSG;
	/* over TCP the NUL behind the line before may have been left for us */
	if (first == text && len > 2 && !text[1] && memchr(text + 2, '\0', len - 2))
		first = ++text, len--;
	second = memchr(first + 1, '\0', text + len - (first + 1));
	if (!second)
		return -EBADMSG;
	ret = copy(first + 1, second - (first + 1), plain->user, sizeof(plain->user));
	if (!ret)
		ret = copy(second + 1, text + len - (second + 1), plain->password,
			   sizeof(plain->password));
	if (ret < 0)
		return ret;
	if (first != text && ((size_t)(first - text) != strlen(plain->user) ||
			      memcmp(text, plain->user, first - text) != 0))
		return -EBADMSG;
	return 0;
}

int tsp_plain_read(const char *text, size_t len, struct tsp_plain *ret_plain)
{
	char decoded[TSP_USER_SIZE + 2 * TSP_PASSWORD_SIZE];
	struct tsp_plain plain = { 0 };
	int ret;

	/* a password may end in anything but the line end itself */
	if (len && text[len - 1] == '\n')
		len--;
	if (len && text[len - 1] == '\r')
		len--;
	if (memchr(text, '\0', len)) {
		ret = split_plain(text, len, &plain);
	} else {
		ret = tsp_base64_decode(text, len, decoded, sizeof(decoded));
		if (ret >= 0)
			ret = split_plain(decoded, ret, &plain);
		OPENSSL_cleanse(decoded, sizeof(decoded));
	}
	if (!ret)
		*ret_plain = plain;
	OPENSSL_cleanse(&plain, sizeof(plain));
	return ret < 0 ? -EBADMSG : 0;
}

int tsp_status_read(const char *text, size_t len)
{
	unsigned int status = 0;
	size_t i;

	for (i = 0; i < len && i < 5 && isdigit((unsigned char)text[i]); i++)
		status = status * 10 + (text[i] - '0');
	if (i < 3 || i > 4 || status < 100 || status > 1999)
		return -EBADMSG;
	if (i < len && text[i] != ' ' && text[i] != '\r' && text[i] != '\n')
		return -EBADMSG;
	return status;
}
