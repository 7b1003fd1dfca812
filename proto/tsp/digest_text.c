// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The messages of DIGEST-MD5: directives of a name and a value, in base64.
 */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "proto/tsp/base64.h"
#include "proto/tsp/digest.h"
#include "proto/tsp/frame.h"

#define DIRECTIVES_MAX 32

/**
 * struct directive - one that is looked for
 * @name: in lower case
 * @value: where its value goes, without the quoting
 * @size: room for it
 * @is_found: whether it was there
 */
struct directive {
	const char *name;
	char *value;
	size_t size;
	bool is_found;
};

static bool is_token_char(char c)
{
	return (unsigned char)c > ' ' && (unsigned char)c < 0x7f &&
	       !strchr("()<>@,;:\\\"/[]?={}", c);
}

static void skip_blanks(const char **at, const char *end)
{
	while (*at < end && (**at == ' ' || **at == '\t' || **at == '\r' || **at == '\n'))
		++*at;
}

/*
 * Read a value, quoted or not. The stock clients send some values bare that need quotes, such as
 * digits and slashes, so that all but a comma, a blank and a control character may be in one.
 */
static int read_value(const char **at, const char *end, char *value, size_t size)
{
	bool quoted = *at < end && **at == '"';
	size_t n = 0;

	for (*at += quoted; *at < end; ++*at) {
		char c = **at;

		if (quoted ? c == '"' : c == ',' || c == ' ')
			break;
		if (quoted && c == '\\') {
			if (++*at == end)
				return -EBADMSG;
			c = **at;
		}
		if (!c || n + 1 >= size || ((unsigned char)c < ' ' && c != '\t') || c == 0x7f)
			return -EBADMSG;
		value[n++] = c;
	}
	value[n] = '\0';
	if (!quoted)
		return n ? 0 : -EBADMSG;
	if (*at == end)
		return -EBADMSG;
	++*at;
	return 0;
}

static struct directive *find(struct directive *known, unsigned int n, const char *name, size_t len)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (strlen(known[i].name) == len && strncasecmp(known[i].name, name, len) == 0)
			return &known[i];
	return NULL;
}

/* Read all directives; those not known are passed over (RFC 2831 section 2.1.1). */
static int read_directives(const char *at, const char *end, struct directive *known, unsigned int n)
{
	char value[TSP_TEXT_MAX] = "";
	unsigned int count = 0;

	for (skip_blanks(&at, end); at < end; skip_blanks(&at, end)) {
		struct directive *directive;
		const char *name = at;
		size_t len;

		if (*at == ',') {
			at++;
			continue;
		}
		if (++count > DIRECTIVES_MAX)
			return -EBADMSG;
		while (at < end && is_token_char(*at))
			at++;
		len = at - name;
		skip_blanks(&at, end);
		if (!len || at == end || *at++ != '=')
			return -EBADMSG;
		skip_blanks(&at, end);
		directive = find(known, n, name, len);
		if (directive && directive->is_found)
			return -EBADMSG;
		if (read_value(&at, end, directive ? directive->value : value,
			       directive ? directive->size : sizeof(value)) < 0)
			return -EBADMSG;
		if (directive)
			directive->is_found = true;
		skip_blanks(&at, end);
		if (at < end && *at != ',')
			return -EBADMSG;
	}
	return 0;
}

/* Decode a line of base64 and read it. */
static int read_line(const char *text, size_t len, struct directive *known, unsigned int n)
{
	char decoded[TSP_TEXT_MAX];
	int ret;

	ret = tsp_base64_decode(text, tsp_line_len(text, len), decoded, sizeof(decoded));
	return ret < 0 ? -EBADMSG : read_directives(decoded, decoded + ret, known, n);
}

/* Encode what was printed to @plain, @n bytes by snprintf()'s count. */
static int write_line(const char *plain, int n, size_t plain_size, char *text, size_t size)
{
	int len;

	if (n < 0 || (size_t)n >= plain_size)
		return -ENOSPC;
	len = tsp_base64_encode(plain, n, text, size);
	if (len < 0 || (size_t)len + 3 > size)
		return -ENOSPC;
	memcpy(text + len, "\r\n", 3);
	return len + 2;
}

/* Quote a value (RFC 2831 section 7.1, quoted-string); @size is twice that of the value. */
static const char *quote(const char *value, char *ret_text)
{
	char *at = ret_text;

	for (; *value; value++) {
		if (*value == '"' || *value == '\\')
			*at++ = '\\';
		*at++ = *value;
	}
	*at = '\0';
	return ret_text;
}

int tsp_challenge_write(const struct tsp_challenge *challenge, char *text, size_t size)
{
	char plain[TSP_REALM_SIZE + TSP_NONCE_SIZE + 80];
	int n;

	/*
	 * The stock clients split at commas, need all of these, and look for a status in the base64,
	 * which "realm" at the beginning keeps from starting with a digit.
	 */
	if (!*challenge->realm || !*challenge->nonce || strpbrk(challenge->realm, ",\"\\") ||
	    strpbrk(challenge->nonce, ",\"\\"))
		return -EINVAL;
	n = snprintf(plain, sizeof(plain),
		     "realm=\"%s\",nonce=\"%s\",qop=\"auth\",algorithm=md5-sess,charset=utf-8",
		     challenge->realm, challenge->nonce);
	return write_line(plain, n, sizeof(plain), text, size);
}

/* Whether a list such as "auth,auth-int" has a word. */
static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	while (*list) {
		size_t len;

		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len == n && strncasecmp(list, word, n) == 0)
			return true;
		list += len;
	}
	return false;
}

int tsp_challenge_read(const char *text, size_t len, struct tsp_challenge *ret_challenge)
{
	char algorithm[32] = "", qop[64] = "auth", charset[32] = "";
	struct tsp_challenge challenge = { "", "" };
	struct directive known[] = {
		{ "realm", challenge.realm, sizeof(challenge.realm), false },
		{ "nonce", challenge.nonce, sizeof(challenge.nonce), false },
		{ "algorithm", algorithm, sizeof(algorithm), false },
		{ "qop", qop, sizeof(qop), false },
		{ "charset", charset, sizeof(charset), false },
	};
	int ret;

	ret = read_line(text, len, known, sizeof(known) / sizeof(known[0]));
	if (ret < 0)
		return ret;
	if (!*challenge.nonce)
		return -EBADMSG;
	if (strcasecmp(algorithm, "md5-sess") != 0 || !list_has(qop, "auth"))
		return -EPROTONOSUPPORT;
	*ret_challenge = challenge;
	return 0;
}

int tsp_response_write(const struct tsp_response *response, char *text, size_t size)
{
	char user[2 * TSP_USER_SIZE], realm[2 * TSP_REALM_SIZE], uri[2 * TSP_URI_SIZE];
	char nonce[2 * TSP_NONCE_SIZE], cnonce[2 * TSP_NONCE_SIZE];
	char plain[TSP_TEXT_MAX];
	int n;

	n = snprintf(plain, sizeof(plain),
		     "charset=utf-8,username=\"%s\",realm=\"%s\",nonce=\"%s\",nc=%s,cnonce=\"%s\","
		     "digest-uri=\"%s\",response=%s,qop=auth",
		     quote(response->user, user), quote(response->realm, realm),
		     quote(response->nonce, nonce), response->nc, quote(response->cnonce, cnonce),
		     quote(response->uri, uri), response->hash);
	return write_line(plain, n, sizeof(plain), text, size);
}

/* Whether @text is @len digits, and make them lower case. */
static bool is_hex(char *text, size_t len)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		if (!isxdigit((unsigned char)text[i]))
			return false;
		text[i] = tolower((unsigned char)text[i]);
	}
	return i == len;
}

int tsp_response_read(const char *text, size_t len, struct tsp_response *ret_response)
{
	struct tsp_response response = { .user = "" };
	char qop[16] = "auth";
	struct directive known[] = {
		{ "username", response.user, sizeof(response.user), false },
		{ "nonce", response.nonce, sizeof(response.nonce), false },
		{ "cnonce", response.cnonce, sizeof(response.cnonce), false },
		{ "digest-uri", response.uri, sizeof(response.uri), false },
		{ "nc", response.nc, sizeof(response.nc), false },
		{ "response", response.hash, sizeof(response.hash), false },
		/* the rest may be absent */
		{ "realm", response.realm, sizeof(response.realm), false },
		{ "qop", qop, sizeof(qop), false },
	};
	unsigned int i;

	if (read_line(text, len, known, sizeof(known) / sizeof(known[0])) < 0)
		return -EBADMSG;
	for (i = 0; i < 6; i++)
		if (!*known[i].value)
			return -EBADMSG;
	/* whatever name the client knows us by: behind NAT and DNS we cannot tell */
	if (strncasecmp(response.uri, "tsp/", 4) != 0 || strcasecmp(qop, "auth") != 0 ||
	    !is_hex(response.nc, 8) || strcmp(response.nc, "00000001") != 0 ||
	    !is_hex(response.hash, TSP_HEX_SIZE - 1))
		return -EBADMSG;
	*ret_response = response;
	return 0;
}

int tsp_rspauth_write(const char *hash, char *text, size_t size)
{
	char plain[TSP_HEX_SIZE + 16];
	int n;

	n = snprintf(plain, sizeof(plain), "rspauth=%s", hash);
	return write_line(plain, n, sizeof(plain), text, size);
}

int tsp_rspauth_read(const char *text, size_t len, char ret_hash[TSP_HEX_SIZE])
{
	char hash[TSP_HEX_SIZE] = "";
	struct directive known[] = { { "rspauth", hash, sizeof(hash), false } };

	if (read_line(text, len, known, 1) < 0 || !is_hex(hash, TSP_HEX_SIZE - 1))
		return -EBADMSG;
	memcpy(ret_hash, hash, sizeof(hash));
	return 0;
}
