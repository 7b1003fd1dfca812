/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The last failure of a handle: its errno, a sentence, the name of the attribute it was about. */
#ifndef _IPUDP_ERROR_H
#define _IPUDP_ERROR_H

struct nlmsghdr;

/**
 * struct ipudp_error - why the last call failed
 * @text: a sentence, "" if none
 * @attr: name of the attribute, static, NULL if none
 */
struct ipudp_error {
	char text[256];
	const char *attr;
};

/** ipudp_error_clear() - forget the last failure */
void ipudp_error_clear(struct ipudp_error *error);

/**
 * ipudp_error_set() - say what was wrong
 * @attr: name of the attribute, static, or NULL
 * @text: the sentence; it is copied
 *
 * Return: @errnum, to be returned on.
 */
int ipudp_error_set(struct ipudp_error *error, int errnum, const char *attr, const char *text);

/**
 * ipudp_error_read() - take over what the data plane said in an answer
 * @answer: message of type NLMSG_ERROR or NLMSG_DONE
 * @request: the request it answers, NULL if it is not known any more
 *
 * Return: 0 if the answer says success, the negative errno in it, or -EBADMSG if it is malformed.
 */
int ipudp_error_read(struct ipudp_error *error, const struct nlmsghdr *answer,
		     const struct nlmsghdr *request);

#endif
