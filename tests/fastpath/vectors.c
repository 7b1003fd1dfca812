// SPDX-License-Identifier: GPL-2.0-or-later

#include "vectors.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <sys/utsname.h>

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "bpf/shared.h"

#include "fast.skel.h"

uint32_t sum(const void *data, size_t len, uint32_t start)
{
	const uint8_t *bytes = data;
	size_t i;

	for (i = 0; i < len; i++)
		start += i % 2 ? bytes[i] : (uint32_t)bytes[i] << 8;
	while (start >> 16)
		start = (start & 0xffff) + (start >> 16);
	return start;
}

uint16_t checksum(uint32_t value)
{
	return htons((uint16_t)~value);
}

bool since_6_3(void)
{
	unsigned int major = 0, minor = 0;
	struct utsname name;

	assert_int_equal(uname(&name), 0);
	assert_int_equal(sscanf(name.release, "%u.%u", &major, &minor), 2);
	return major > 6 || (major == 6 && minor >= 3);
}

struct fast *load_fast(bool any_family)
{
	struct fast *skeleton = fast__open();
	int ret;

	assert_non_null(skeleton);
	skeleton->rodata->any_family = any_family;
	ret = fast__load(skeleton);
	if (ret == -EPERM) {
		fast__destroy(skeleton);
		skip();
	}
	assert_int_equal(ret, 0);
	return skeleton;
}

void put_map(const struct bpf_map *map, const void *key, const void *value)
{
	assert_int_equal(bpf_map_update_elem(bpf_map__fd(map), key, value, BPF_ANY), 0);
}
