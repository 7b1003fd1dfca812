// SPDX-License-Identifier: GPL-2.0-only
/* Module start and end. */

#include <linux/module.h>
#include <net/rtnetlink.h>

#include "choice.h"
#include "decap.h"
#include "device.h"
#include "encap.h"
#include "frame.h"
#include "home.h"
#include "nl.h"
#include "packet.h"
#include "path.h"
#include "quiet.h"
#include "rtnl.h"
#include "trie.h"

#ifdef CONFIG_IPUDP_SELFTEST
static int selftest(void)
{
	int ret = ipudp_trie_selftest() ?: ipudp_choice_selftest() ?: ipudp_packet_selftest() ?:
		  ipudp_encap_selftest() ?: ipudp_decap_selftest();

	if (!ret)
		pr_info("ipudp: self-tests passed\n");
	return ret;
}
#else
static int selftest(void)
{
	return 0;
}
#endif

static int __init ipudp_init(void)
{
	int ret;

	ret = selftest();
	if (ret)
		return ret;
	ret = ipudp_home_init();
	if (ret)
		return ret;
	ret = ipudp_path_init();
	if (ret)
		goto err_home;
	ret = ipudp_frame_init();
	if (ret)
		goto err_path;
	ret = ipudp_quiet_init();
	if (ret)
		goto err_frame;
	ret = ipudp_rtnl_init();
	if (ret)
		goto err_quiet;
	ret = ipudp_nl_init();
	if (ret)
		goto err_rtnl;
	return 0;

err_rtnl:
	ipudp_rtnl_done();
err_quiet:
	ipudp_quiet_done();
err_frame:
	ipudp_frame_done();
err_path:
	ipudp_path_done();
err_home:
	ipudp_home_done();
	return ret;
}

static void __exit ipudp_exit(void)
{
	ipudp_nl_done();
	ipudp_rtnl_done();
	ipudp_quiet_done();
	ipudp_frame_done();
	ipudp_path_done();
	ipudp_home_done();
}

module_init(ipudp_init);
module_exit(ipudp_exit);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("IPv4 and IPv6 in UDP tunnels");
MODULE_VERSION(IPUDP_VERSION);
MODULE_ALIAS_RTNL_LINK("ipudp");
MODULE_ALIAS_GENL_FAMILY(IPUDP_FAMILY_NAME);
