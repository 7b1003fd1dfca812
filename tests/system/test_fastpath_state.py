# SPDX-License-Identifier: GPL-2.0-or-later
"""What ipudpd says of its fast path, and what makes it leave packets to the stack.

    a t0 ═══ b t0
"""

import pytest
from lib import dataplane, icmp, lab
from lib.wait import wait_until
from test_fastpath import carried, ends, start, working  # pylint: disable=unused-import

pytestmark = pytest.mark.skipif("not config.getoption('--datapath') == 'user'",
                                reason="concerns ipudpd alone")

# pylint: disable=redefined-outer-name


def state(ns, dev="t0"):
    """What is said of a device: the state, and the reason if there is one."""
    said = ns.dev(dev)
    assert said["data_plane"] == "user"
    return said["fast_path_state"], said.get("fast_path_reason")


def is_state(ns, wanted, word):
    """Wait until that is the state, for a reason with a word in it; packets are carried all the time."""
    def there():
        what, reason = state(ns)
        return what == wanted and (word in reason if word else reason is None)
    wait_until(there, f"{wanted}: {word}, not {state(ns)}")


def test_active_and_why_not(ends):
    a = ends.a
    assert state(a) == ("active", None)
    assert "data-plane user fast-path-state active\n" in a.ipudp("dev show t0")
    a.ipudp("dev set t0 fast-path off")
    assert state(a) == ("inactive", "fast-path of the device is off")
    assert "fast-path-state inactive: fast-path of the device is off\n" in \
        a.ipudp("dev show t0")
    a.ipudp("dev set t0 fast-path on")
    assert state(a) == ("active", None)
    a.ipudp("dev add m0 mode multi lookup nexthop")
    assert state(a, "m0")[0] == "partial"
    a.ip(["link set eth0 down"])
    is_state(a, "inactive", "no route")
    a.ip(["link set eth0 up"])


def test_without_programs(ends):
    dataplane.daemon(ends.a).kill()
    start(ends.a, "--no-fastpath")
    assert state(ends.a) == ("inactive", "ipudpd was started with --no-fastpath")
    icmp.assert_pings(ends.a, lab.inner4(2))


def test_without_rights(ends):
    dataplane.daemon(ends.a).kill()
    start(ends.a, before=("setpriv", "--bounding-set=-sys_admin,-bpf", "--inh-caps=-sys_admin,-bpf"))
    what, reason = state(ends.a)
    assert what == "inactive" and "CAP_BPF" in reason
    icmp.assert_pings(ends.a, lab.inner4(2))
