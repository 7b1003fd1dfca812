# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of TSP, written from RFC 5572 and from what gogoc 1.2 and gw6c 5.1 send; knows
nothing of proto/tsp/. It is as strict as their parsers are, and carries packets by itself, through
the socket it signals by.
"""

import base64
import hashlib
import re
import socket
import struct

from lib.wait import TIMEOUT

FIRST = 0xF00000F0
KEEPALIVE = (b"  <keepalive interval=\"30\">\r\n    <address type=\"ipv6\">::</address>\r\n"
             b"  </keepalive>\r\n")


def md5(data):
    return hashlib.md5(data).digest()


def checksum(source, target, payload):
    data = source + target + struct.pack("!II", len(payload), 58) + payload
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def echo(source, target, kind, ident, seq, size=64):
    """An IPv6 packet with an echo request or reply."""
    ends = [socket.inet_pton(socket.AF_INET6, one) for one in (source, target)]
    body = struct.pack("!BBHHH", kind, 0, 0, ident, seq) + bytes(max(0, size - 48))
    total = checksum(*ends, body)
    body = body[:2] + struct.pack("!H", total) + body[4:]
    return struct.pack("!IHBB", 6 << 28, len(body), 58, 64) + b"".join(ends) + body


class Refused(AssertionError):
    """The broker said no."""


class Offer:
    """What stock clients take out of an offer, by means as simple as theirs."""

    def __init__(self, text):
        assert "<?xml" not in text and "<!" not in text and "&" not in text and "'" not in text
        assert re.match(r'<tunnel action="info" type="v6udpv4" lifetime="604800">\r\n', text)
        server, client = (re.search(rf"<{end}>(.*?)\r\n </{end}>", text, re.S).group(1)
                          for end in ("server", "client"))
        self.server4, = re.findall(r'^\r\n  <address type="ipv4">([0-9.]+)</address>', server)
        self.server6, = re.findall(r'\r\n  <address type="ipv6">([0-9a-f:]+)</address>', server)
        self.client4, = re.findall(r'^\r\n  <address type="ipv4">([0-9.]+)</address>', client)
        self.client6, = re.findall(r'\r\n  <address type="ipv6">([0-9a-f:]+)</address>', client)
        # without it gogoc calls setenv() with NULL
        self.dns = re.search(r'\r\n  <dns_server>\r\n   <address type="ipv6">([0-9a-f:]+)</address>',
                             client).group(1)
        interval, whom = re.search(r'<keepalive interval="(\d+)">\r\n   <address type="ipv6">'
                                   r"([0-9a-f:]+)</address>\r\n  </keepalive>", client).groups()
        self.interval, self.whom = int(interval), whom
        found = re.search(r'<router>\r\n   <prefix length="(\d+)">([0-9a-f:]{39})</prefix>', client)
        self.length, self.prefix = (int(found[1]), found[2]) if found else (None, None)


class Speaker:
    """One client; each message is sent `copies` times, and answered as often."""

    def __init__(self, ns, server, version="2.0.2", copies=1, port=0):
        self.server, self.version, self.copies = server, version, copies
        self.sock = ns.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("0.0.0.0", port))
        self.sock.connect((server, 3653))
        self.sequence, self.timestamp = FIRST, 0
        self.offer, self.count = None, 0
        # seconds until a message is repeated; less than stock clients wait
        self.patience = 2

    def send(self, text, sequence=None):
        self.timestamp += 1
        sequence = self.sequence if sequence is None else sequence
        self.sock.send(struct.pack("!II", sequence, self.timestamp) + text)

    def receive(self, timeout=TIMEOUT):
        """The text of the next answer to what was sent last; None if there is none."""
        self.sock.settimeout(timeout)
        while True:
            try:
                data = self.sock.recv(8192)
            except (TimeoutError, socket.timeout):
                return None
            sequence, timestamp = struct.unpack("!II", data[:8])
            if data[0] >> 4 == 15 and (sequence, timestamp) == (self.sequence, self.timestamp):
                assert b"\0" not in data[8:] and len(data) <= 8 + 4096
                return data[8:]

    def ask(self, text):
        """Send a new message, maybe more than once. Return what is answered, always the same."""
        answers = set()
        for _ in range(self.copies):
            # as often as stock clients repeat
            for _ in range(9):
                self.send(text)
                answer = self.receive(self.patience)
                if answer is not None:
                    break
            assert answer is not None, f"no answer to {text[:40]}"
            answers.add(answer)
        assert len(answers) == 1, answers
        self.sequence += 1
        return answers.pop().decode()

    def is_silent(self, text, sequence, timeout=0.3):
        """Whether nothing comes back."""
        self.send(text, sequence)
        self.sock.settimeout(timeout)
        try:
            return not self.sock.recv(8192)
        except (TimeoutError, socket.timeout):
            return True

    # the phases

    def greet(self):
        answer = self.ask(f"VERSION={self.version}\r\n".encode())
        if not answer.startswith("CAPABILITY "):
            raise Refused(answer)
        assert answer.endswith("\r\n") and "  " not in answer
        assert "TUNNEL=V6UDPV4" in answer.split()
        return answer

    def _status(self, answer, wanted="200"):
        if not answer.startswith(wanted + " "):
            raise Refused(answer)

    def anonymous(self):
        self.greet()
        self._status(self.ask(b"AUTHENTICATE ANONYMOUS\r\n\0"))

    def plain(self, user, key):
        self.greet()
        assert self.ask(b"AUTHENTICATE PLAIN\r\n\0") == ""
        self._status(self.ask(b"\0" + user.encode() + b"\0" + key.encode() + b"\r\n"))

    def digest(self, user, key, uri="tsp/10.99.0.2:3653"):
        self.greet()
        answer = self.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0")
        # atoi() of it must not be a status, and the parser knows commas without blanks only
        assert answer.endswith("\r\n") and not answer[0].isdigit()
        parts = dict(one.split("=", 1) for one in
                     base64.b64decode(answer.strip(), validate=True).decode().split(","))
        assert parts["qop"].strip('"') == "auth" and parts["charset"]
        realm, nonce = (parts[name].strip('"') for name in ("realm", "nonce"))
        cnonce, nc, quri = b"1700000000", b"00000001", uri.encode()
        a1 = md5(f"{user}:{realm}:{key}".encode()) + b":" + nonce.encode() + b":" + cnonce

        def proof(a2):
            return md5(b":".join((md5(a1).hex().encode(), nonce.encode(), nc, cnonce, b"auth",
                                  md5(a2).hex().encode()))).hex()
        text = (f'charset=utf-8,username="{user}",realm="{realm}",nonce="{nonce}",nc=00000001,'
                f'cnonce="1700000000",digest-uri="{uri}",'
                f'response={proof(b"AUTHENTICATE:" + quri)},qop=auth')
        answer = self.ask(base64.b64encode(text.encode()) + b"\r\n")
        if answer.startswith("300"):
            raise Refused(answer)
        assert base64.b64decode(answer.strip()) == f"rspauth={proof(b':' + quri)}".encode()
        self._status(self.ask(b""))

    def command(self, xml):
        answer = self.ask(b"Content-length: %d\r\n%s" % (len(xml), xml))
        head, body = answer.split("\r\n", 1)
        assert head == f"Content-length: {len(body)}"
        status, rest = body.split("\r\n", 1)
        self._status(status)
        return rest

    def create(self, kind="v6udpv4", length=None):
        router = b"" if length is None else (
            b"  <router>\r\n   <prefix length=\"%d\"/>\r\n   <dns_server>\r\n"
            b"     <address type=\"dn\">ns1.example.org</address>\r\n   </dns_server>\r\n"
            b"  </router>\r\n" % length)
        local = self.sock.getsockname()[0].encode()
        self.offer = Offer(self.command(
            b"<tunnel action=\"create\" type=\"%s\" proxy=\"no\">\r\n <client>\r\n"
            b"  <address type=\"ipv4\">%s</address>\r\n%s%s </client>\r\n</tunnel>\r\n"
            % (kind.encode(), local, KEEPALIVE, router)))
        assert self.offer.client4 == local.decode() and self.offer.server4 == self.server
        return self.offer

    def accept(self):
        answer = self.ask(b"Content-length: 35\r\n<tunnel action=\"accept\"></tunnel>\r\n")
        if answer:
            raise Refused(answer)
        return self

    def login(self, user, key, mechanism="plain"):
        if mechanism == "anonymous":
            self.anonymous()
        else:
            getattr(self, mechanism)(user, key)
        return self

    def come_up(self, user, key, mechanism="plain", **kwargs):
        self.login(user, key, mechanism)
        self.create(**kwargs)
        return self.accept()

    # the tunnel

    def transmit(self, packet):
        self.sock.send(packet)

    def packet(self, timeout=TIMEOUT):
        """The next packet out of the tunnel, None if there is none."""
        self.sock.settimeout(timeout)
        while True:
            try:
                data = self.sock.recv(65536)
            except (TimeoutError, socket.timeout):
                return None
            if data[0] >> 4 == 6:
                return data

    def ping(self, target=None, source=None, timeout=TIMEOUT, size=64):
        """Whether an echo request through the tunnel is answered."""
        self.count += 1
        source, target = source or self.offer.client6, target or self.offer.whom
        self.transmit(echo(source, target, 128, 77, self.count, size))
        while data := self.packet(timeout):
            if data[6] == 58 and data[40] == 129 and \
                    struct.unpack("!HH", data[44:48]) == (77, self.count):
                assert data[24:40] == socket.inet_pton(socket.AF_INET6, source)
                return len(data) == size
        return False

    def reply(self):
        """Answer one echo request out of the tunnel. Return its source."""
        data = self.packet()
        assert data and data[40] == 128
        source, target = (socket.inet_ntop(socket.AF_INET6, data[at:at + 16]) for at in (8, 24))
        self.transmit(echo(target, source, 129, *struct.unpack("!HH", data[44:48]), len(data)))
        return source


class StreamSpeaker(Speaker):
    """The same by TCP, where whoever writes does not wait for an answer to it."""

    def __init__(self, ns, server, version="2.0.2"):  # pylint: disable=super-init-not-called
        self.server, self.version, self.offer = server, version, None
        self.sock = ns.socket(socket.AF_INET, socket.SOCK_STREAM)
        self.sock.connect((server, 3653))

    def ask(self, text):
        if text:
            self.sock.send(text)
        if text == b"AUTHENTICATE PLAIN\r\n\0" or b"accept" in text:
            return ""
        data = b""
        while not data.endswith(b"\r\n"):
            chunk = self.sock.recv(4096)
            assert chunk, f"closed after {data}"
            data += chunk
        assert b"\0" not in data and (b"rspauth" not in data or b"200" not in data)
        return data.decode()

    def is_closed(self, timeout=TIMEOUT):
        """Whether the broker ends it."""
        self.sock.settimeout(timeout)
        try:
            while self.sock.recv(4096):
                pass
        except (TimeoutError, socket.timeout):
            return False
        except ConnectionResetError:
            pass
        return True
