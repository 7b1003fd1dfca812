// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A module that misbehaves on request, to prove that the bench notices:
 *   insmod probe.ko fault=warn|oops|device|netns|pinned|overflow|leak
 * It shares nothing with the module of this project.
 */
#include <linux/init.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/net_namespace.h>

static char *fault = "";
module_param(fault, charp, 0444);
MODULE_PARM_DESC(fault, "what to do wrong");

/* Take a reference to the device probe0 and forget it. */
static int probe_device(void)
{
	struct net_device *dev = dev_get_by_name(&init_net, "probe0");

	return dev ? 0 : -ENODEV;
}

/* The same with the network namespace of the caller. */
static int probe_netns(void)
{
	get_net(current->nsproxy->net_ns);
	return 0;
}

/* Write beyond the end of an allocation, which only KASAN notices. */
static void probe_overflow(void)
{
	size_t len = 17;
	char *p;

	OPTIMIZER_HIDE_VAR(len);
	p = kmalloc(len, GFP_KERNEL);
	if (!p)
		return;
	OPTIMIZER_HIDE_VAR(p);
	p[len] = 'x';
	kfree(p);
}

/* Lose an allocation, which only kmemleak notices. */
static void probe_leak(void)
{
	char *p = kmalloc(100, GFP_KERNEL);

	OPTIMIZER_HIDE_VAR(p);
}

static int __init probe_init(void)
{
	if (!strcmp(fault, "warn"))
		WARN(1, "probe: as requested\n");
	else if (!strcmp(fault, "oops"))
		BUG();
	else if (!strcmp(fault, "device"))
		return probe_device();
	else if (!strcmp(fault, "netns"))
		return probe_netns();
	else if (!strcmp(fault, "pinned"))
		__module_get(THIS_MODULE);
	else if (!strcmp(fault, "overflow"))
		probe_overflow();
	else if (!strcmp(fault, "leak"))
		probe_leak();
	return 0;
}

static void __exit probe_exit(void)
{
}

module_init(probe_init);
module_exit(probe_exit);
MODULE_DESCRIPTION("misbehaves on request, to test the test bench");
MODULE_LICENSE("GPL");
