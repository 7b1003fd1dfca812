# SPDX-License-Identifier: GPL-2.0-or-later
"""A bare rtnetlink socket for links with IFLA_INFO_DATA, which iproute2 has no words for."""

import socket
import struct

from . import genl
from .wait import TIMEOUT

NEWLINK, GETLINK = 16, 18
IFLA_ADDRESS, IFLA_IFNAME, IFLA_LINKINFO = 1, 3, 18
INFO_KIND, INFO_DATA = 1, 2
# of struct ifinfomsg
HEADER = struct.Struct("=BxHiII")


def link_info(**data):
    """IFLA_LINKINFO of kind ipudp, with its attributes by name: mode=1, source_check=0."""
    found = b"".join(genl.attr(genl.NUMBERS[f"A_LINK_{name.upper()}"], bytes([value]))
                     for name, value in data.items())
    return genl.attr(IFLA_LINKINFO, genl.attr(INFO_KIND, "ipudp") + genl.attr(INFO_DATA, found))


def request(kind, flags, name, payload=b""):
    """Send one message about a link and return [(type, attributes)] of the answers.

    It is sent from the namespace that the calling thread is in. Raises genl.NetlinkError.
    """
    body = HEADER.pack(0, 0, 0, 0, 0) + genl.attr(IFLA_IFNAME, name) + payload
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.bind((0, 0))
        sock.settimeout(TIMEOUT)
        sock.setsockopt(genl.SOL_NETLINK, genl.EXT_ACK, 1)
        sock.setsockopt(genl.SOL_NETLINK, genl.CAP_ACK, 1)
        sock.send(struct.pack("=IHHII", 16 + len(body), kind,
                              genl.REQUEST | genl.ACK | flags, 1, 0) + body)
        return list(_answers(sock))


def _answers(sock):
    while True:
        data = sock.recv(1 << 17)
        while len(data) >= 16:
            length, kind = struct.unpack("=IH", data[:6])
            message, data = data[16:length], data[(length + 3) & ~3:]
            if kind == genl.ERROR:
                genl.judge(message, kind)
                return
            yield kind, dict(genl.attrs(message[HEADER.size:]))


def add(name, payload=None, **data):
    """Make a link; @payload adds attributes of the link itself."""
    request(NEWLINK, genl.CREATE | genl.EXCL, name, link_info(**data) + (payload or b""))


def change(name, **data):
    """Change a link that exists."""
    request(NEWLINK, 0, name, link_info(**data))


def show(name):
    """(kind, {attribute number: value}) that IFLA_LINKINFO says."""
    (_, found), = request(GETLINK, 0, name)
    info = dict(genl.attrs(found[IFLA_LINKINFO]))
    data = {kind: value[0] for kind, value in genl.attrs(info[INFO_DATA])}
    return info[INFO_KIND].rstrip(b"\0").decode(), data
