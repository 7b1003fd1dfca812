# SPDX-License-Identifier: GPL-2.0-or-later
"""A hub for tests of the spoke, written from docs/protocol/lvn.md alone, not from our code.

It leases, answers STUN, and misbehaves when told to. It forwards no data.
"""

import base64
import binascii
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import threading

MAGIC = 0x2112A442
USERNAME, ERROR_CODE, INTEGRITY, MAPPED = 0x0006, 0x0009, 0x001C, 0x0020
COUNTER, BINDING, COOKIE, FINGERPRINT = 0xFD01, 0xFD02, 0xFD03, 0x8028


def attribute(kind, value):
    return struct.pack("!HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def parse(data):
    """Type, transaction id, attributes with their offsets."""
    kind, length, magic = struct.unpack("!HHI", data[:8])
    assert magic == MAGIC and length == len(data) - 20
    at, found = 20, {}
    while at < len(data):
        key, size = struct.unpack("!HH", data[at:at + 4])
        found[key] = (at, data[at + 4:at + 4 + size])
        at += 4 + size + (-size % 4)
    return kind, data[8:20], found


def finish(kind, txid, body, key):
    """A message with integrity (if there is a key) and fingerprint."""
    if key:
        header = struct.pack("!HHI", kind, len(body) + 36, MAGIC) + txid
        body += attribute(INTEGRITY, hmac.new(key, header + body, hashlib.sha256).digest())
    header = struct.pack("!HHI", kind, len(body) + 8, MAGIC) + txid
    crc = (binascii.crc32(header + body) ^ 0x5354554E) & 0xFFFFFFFF
    return header + body + attribute(FINGERPRINT, struct.pack("!I", crc))


class MiniHub:
    """One session, one key; `mapped` is what the bindings' requests came from."""

    def __init__(self, address, files, port=50000, udp_port=None, lease=None, mutual=True):
        self.session, self.key = os.urandom(8).hex(), base64.urlsafe_b64encode(
            os.urandom(32)).rstrip(b"=")
        self.lease = {
            "type": "lease", "version": 1, "features": ["prefixes", "bindings"], "require": [],
            "session": self.session, "key": self.key.decode(), "counter": 0,
            "identity": "spoke", "expires": 3600, "grace": 60,
            "addresses": ["10.100.0.2/24", "fd00:100::2/64"], "prefixes": [],
            "routes": ["10.100.0.0/24", "fd00:100::/64"],
            "hub": ["10.100.0.1", "fd00:100::1"], "mtu": 1400,
            "endpoints": [{"port": udp_port or port}], "bindings": 4, "keepalive": 2,
            "timeout": 6, **(lease or {})}
        self.hellos, self.messages, self.requests, self.connections = [], [], 0, []
        self.mapped, self.answer_stun, self.answer_hello, self.prove = {}, True, None, True
        self.accepts, self.released, self.bindings = 0, [], {}
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(files / "hub.crt", files / "hub.key")
        self.context.load_verify_locations(files / "ca.crt")
        if mutual:
            self.context.verify_mode = ssl.CERT_REQUIRED
        self.context.set_alpn_protocols(["lvn/1"])
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.bind((address, udp_port or port))
        self.tcp = socket.socket(family, socket.SOCK_STREAM)
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind((address, port))
        self.tcp.listen(64)
        for work in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=work, daemon=True).start()

    def close(self):
        for one in (self.tcp, self.udp):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            one.close()
        self.drop()

    def drop(self):
        """Close the control connections without a word."""
        for connection in self.connections:
            try:
                connection.close()
            except OSError:
                pass
        self.connections = []

    def say(self, message):
        """Send a message, or bytes as they are, to all."""
        data = message if isinstance(message, bytes) else json.dumps(message).encode() + b"\n"
        for connection in self.connections:
            connection.sendall(data)

    def serve_tcp(self):
        while True:
            try:
                plain, _ = self.tcp.accept()
            except OSError:
                return
            self.accepts += 1
            threading.Thread(target=self.serve_one, args=(plain,), daemon=True).start()

    def serve_one(self, plain):
        try:
            connection = self.context.wrap_socket(plain, server_side=True)
            self.connections.append(connection)
            for line in connection.makefile("rb"):
                self.on_message(connection, json.loads(line))
        except (OSError, ValueError):
            plain.close()

    def on_message(self, connection, message):
        self.messages.append(message)
        answer = None
        if message["type"] == "hello":
            self.hellos.append(message)
            answer = self.answer_hello or {
                **self.lease, "resumed": message.get("session") == self.session}
        elif message["type"] == "renew":
            answer = {**self.lease, "resumed": True}
        elif message["type"] == "bye":
            answer = {"type": "bye", "reason": "exit"}
        if answer:
            connection.sendall(answer if isinstance(answer, bytes)
                               else json.dumps(answer).encode() + b"\n")

    def serve_udp(self):
        while True:
            try:
                data, peer = self.udp.recvfrom(2048)
                if data and data[0] < 4 and self.answer_stun:
                    answer = self.on_request(data, peer)
                    assert not answer or len(answer) <= len(data)
                    if answer:
                        self.udp.sendto(answer, peer)
            except OSError:
                return

    def on_request(self, data, peer):
        kind, txid, found = parse(data)
        assert kind == 1
        order = [key for key in found if key != COOKIE]
        assert order == [USERNAME, COUNTER, BINDING, INTEGRITY, FINGERPRINT], order
        at, digest = found[INTEGRITY]
        signed = data[:2] + struct.pack("!H", at + 36 - 20) + data[4:at]
        if (found[USERNAME][1].decode() != self.session or
                hmac.new(self.key, signed, hashlib.sha256).digest() != digest):
            return finish(0x0111, txid, attribute(ERROR_CODE, struct.pack("!HBB", 0, 4, 1)), None)
        self.requests += 1
        index, priority, weight, flags = struct.unpack("!4H", found[BINDING][1])
        if flags & 1:
            self.released.append(index)
        if self.prove and self.mapped.get(index) != peer and COOKIE not in found:
            body = attribute(ERROR_CODE, struct.pack("!HBB", 0, 4, 80))
            return finish(0x0111, txid, body + attribute(COOKIE, b"cookie!!"), self.key)
        self.mapped[index] = peer
        self.bindings[index] = (priority, weight)
        host, port = peer[0], peer[1] ^ (MAGIC >> 16)
        if ":" in host:
            mask = struct.pack("!I", MAGIC) + txid
            packed = bytes(a ^ b for a, b in zip(socket.inet_pton(socket.AF_INET6, host), mask))
            body = attribute(MAPPED, struct.pack("!HH", 2, port) + packed)
        else:
            number = struct.unpack("!I", socket.inet_aton(host))[0] ^ MAGIC
            body = attribute(MAPPED, struct.pack("!HHI", 1, port, number))
        return finish(0x0101, txid, body, self.key)
