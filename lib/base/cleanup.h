/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Clean-up at the end of a scope, by the compiler's cleanup attribute. Under the LGPL, unlike the
 * rest of this folder, because libipudp is built with it.
 */
#ifndef _BASE_CLEANUP_H
#define _BASE_CLEANUP_H

#include <stdlib.h>
#include <unistd.h>

/** _cleanup_() - call @fn with the address of the variable when it goes out of scope */
#define _cleanup_(fn) __attribute__((__cleanup__(fn)))

/** TAKE_PTR() - the value of a pointer that is NULL afterwards, so that its clean-up does nothing */
#define TAKE_PTR(ptr)                           \
	__extension__({                         \
		__typeof__(ptr) _taken = (ptr); \
		(ptr) = NULL;                   \
		_taken;                         \
	})

/** TAKE_FD() - as TAKE_PTR(), for a descriptor, which is -1 afterwards */
#define TAKE_FD(fd)                \
	__extension__({            \
		int _taken = (fd); \
		(fd) = -1;         \
		_taken;            \
	})

static inline void lvn_cleanup_free(void *ptr)
{
	free(*(void **)ptr);
}

static inline void lvn_cleanup_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

/** _cleanup_free_ - free() the pointer when it goes out of scope */
#define _cleanup_free_ _cleanup_(lvn_cleanup_free)

/** _cleanup_close_ - close() the descriptor when it goes out of scope, unless it is negative */
#define _cleanup_close_ _cleanup_(lvn_cleanup_close)

#endif
