/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's types and annotations. */
#include_next <linux/types.h>
#ifndef _IPUDP_SHIM_TYPES_H
#define _IPUDP_SHIM_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <endian.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;
typedef unsigned int gfp_t;

#define U32_MAX UINT32_MAX

#define cpu_to_be32 htobe32
#define be32_to_cpu be32toh

/* For sparse. */
#define __rcu
#define __force

#undef __always_inline
#define __always_inline inline __attribute__((always_inline))

#endif
