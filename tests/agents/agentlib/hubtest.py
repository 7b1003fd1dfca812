# SPDX-License-Identifier: GPL-2.0-or-later
"""lvnd as tests see it: its configuration, its process, and a spoke written from
docs/protocol/lvn.md that can also do everything a spoke must not do.
"""

import json
import os
import pathlib
import socket
import ssl
import struct
import subprocess
import time

from . import keys, minihub

REPO = pathlib.Path(__file__).resolve().parents[3]
BUILD = pathlib.Path(os.environ.get("LVN_BUILD", REPO / "build/user"))
LVND, LVNCTL = BUILD / "lvnd/lvnd", BUILD / "lvnd/lvnctl"
LVN_CA = REPO / "ca/lvn-ca"
# This only bounds how long a failure takes, on however slow a machine.
TIMEOUT = float(os.environ.get("LVN_TIMEOUT", 40))
# Sanitizers need system calls that the sandbox refuses.
SANITIZED = os.environ.get("LVN_SANITIZED")
# Without a data plane (fakeplane/) the agents' own work is tested, and no packet arrives.
FAKE = os.environ.get("LVN_FAKEPLANE")
ENVIRON = {**os.environ, **({"LD_PRELOAD": FAKE} if FAKE else {})}


def wait_until(condition, what, timeout=TIMEOUT):
    end = time.monotonic() + timeout
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s")
        time.sleep(0.02)
    return value


class Authority:
    """Certificates, by lvn-ca."""

    def __init__(self, folder, made=None):
        """A new one, or one that was MADE before: see keys.py."""
        self.dir = folder
        if made:
            keys.copy(made, folder)
        else:
            self.run("init")

    def run(self, *args):
        done = subprocess.run([LVN_CA, "-d", self.dir, *args], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def find(self, name, kind):
        """Paths of certificate and key."""
        stem = "hub" if kind == "hub" else name
        return self.dir / name / f"{stem}.crt", self.dir / name / f"{stem}.key"

    @property
    def ca(self):
        return self.dir / "ca.crt"

    @property
    def crl(self):
        return self.dir / "crl.pem"

    def spoke(self, name):
        if not (self.dir / name).exists():
            self.run("spoke", name)
        return self.find(name, "spoke")


class Hub:
    """An lvnd process. `settings` are lines of lvnd.conf(5), by name."""

    def __init__(self, folder, authority, start=True, popen=subprocess.Popen, **settings):
        self.dir, self.authority, self.process, self.popen = folder, authority, None, popen
        certificate, key = authority.find("hub.test", "hub")
        self.settings = {
            "listen": ["127.0.0.1:50000", "[::1]:50000"], "ca": str(authority.ca),
            "certificate": str(certificate), "key": str(key), "crl": str(authority.crl),
            "network": ["10.100.0.1/24", "fd00:100::1/64"], "store": str(folder / "lvnd.db"),
            "control": str(folder / "lvnd.sock"), "metrics": "127.0.0.1:9790",
            "log": "debug", "user": "", **({"sandbox": False} if SANITIZED else {}), **settings}
        self.extra = ""
        self.log = open(folder / "lvnd.log", "a+", encoding="utf-8")
        if start:
            self.start()

    def write(self):
        def value(item):
            if isinstance(item, bool):
                return str(item).lower()
            if isinstance(item, int):
                return str(item)
            if isinstance(item, list):
                return "{" + ", ".join(f'"{one}"' for one in item) + "}"
            return f'"{item}"'
        lines = [f"{name.replace('_', '-')} = {value(item)}\n"
                 for name, item in self.settings.items()]
        (self.dir / "lvnd.conf").write_text("".join(lines) + self.extra)

    def start(self):
        self.write()
        at = self.log.seek(0, 2)
        self.process = self.popen([LVND, "-c", str(self.dir / "lvnd.conf")], stderr=self.log,
                                  env=ENVIRON)
        def ready():
            assert self.process.poll() is None, self.text(at)
            return "ready\n" in self.text(at)
        wait_until(ready, "lvnd ready", 30)

    def text(self, start=0):
        self.log.seek(start)
        return self.log.read()

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            assert self.process.wait(TIMEOUT) == 0, self.text()

    def ctl(self, *args, check=True):
        done = subprocess.run([LVNCTL, "-j", "-s", self.settings["control"], *args],
                              capture_output=True, text=True)
        if check:
            assert done.returncode == 0, done.stderr
            return json.loads(done.stdout) if done.stdout.strip() else None
        return done

    def sessions(self):
        return {one["identity"]: one for one in self.ctl("sessions")}

    def metrics(self):
        with socket.create_connection(("127.0.0.1", 9790), TIMEOUT) as http:
            http.sendall(b"GET /metrics HTTP/1.0\r\n\r\n")
            data = b""
            while chunk := http.recv(65536):
                data += chunk
        lines = data.split(b"\r\n\r\n", 1)[1].decode().splitlines()
        return {line.rsplit(" ", 1)[0]: int(line.rsplit(" ", 1)[1])
                for line in lines if not line.startswith("#")}


class Closed(Exception):
    pass


class Spoke:
    """The protocol by hand. All methods wait for what they ask for."""

    def __init__(self, authority, name, address="127.0.0.1", certificate=None, connect=True,
                 source=None):
        self.authority, self.name, self.address, self.source = authority, name, address, source
        self.pair = certificate or (authority.spoke(name) if name else None)
        self.tls, self.file, self.lease, self.counter, self.extra = None, None, None, 0, []
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.udp = socket.socket(family, socket.SOCK_DGRAM)
        self.udp.settimeout(TIMEOUT)
        self.family = family
        if connect:
            self.connect()

    def connect(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self.authority.ca)
        context.set_alpn_protocols(["lvn/1"])
        if self.pair:
            context.load_cert_chain(*self.pair)
        plain = socket.create_connection((self.address, 50000), TIMEOUT,
                                         source_address=(self.source, 0) if self.source else None)
        self.tls = context.wrap_socket(plain, server_hostname="hub.test")
        self.file = self.tls.makefile("rb")

    def drop(self):
        """End the control connection without a word."""
        if self.tls:
            self.file.close()
            self.tls.close()

    def close(self):
        self.drop()
        self.udp.close()

    def write(self, line):
        self.tls.sendall(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")

    def read(self):
        try:
            line = self.file.readline()
        except (ConnectionError, ssl.SSLError) as error:
            raise Closed(str(error)) from error
        if not line:
            raise Closed
        return json.loads(line)

    def ask(self, message):
        self.write(message)
        return self.read()

    def await_type(self, kind):
        while True:
            message = self.read()
            if message["type"] == kind:
                return message

    def hello(self, **members):
        answer = self.ask({"type": "hello", "versions": [1], **members})
        if answer["type"] == "lease":
            self.lease = answer
            self.counter = max(self.counter, answer["counter"])
        return answer

    def leave(self, **members):
        self.write({"type": "bye", "reason": "exit", **members})
        return self.await_type("bye")

    # Binding

    def request(self, index=0, cookie=None, counter=None, key=None, user=None, priority=0,
                weight=1, flags=0, more=b""):
        if counter is None:
            self.counter += 1
            counter = self.counter
        body = minihub.attribute(minihub.USERNAME, user or self.lease["session"].encode())
        body += minihub.attribute(minihub.COUNTER, struct.pack("!Q", counter))
        body += minihub.attribute(minihub.BINDING,
                                  struct.pack("!HHHH", index, priority, weight, flags))
        if cookie:
            body += minihub.attribute(minihub.COOKIE, cookie)
        body += more
        return minihub.finish(1, os.urandom(12), body, key or self.lease["key"].encode())

    def send(self, data, udp=None):
        (udp or self.udp).sendto(data, (self.address, 50000))

    def receive(self, udp=None):
        return Answer((udp or self.udp).recv(2048), self.lease and self.lease["key"].encode())

    def exchange(self, data, udp=None):
        self.send(data, udp)
        answer = self.receive(udp)
        assert len(answer.data) <= len(data), "answer longer than its question"
        assert answer.txid == data[8:20]
        return answer

    def bind(self, index=0, udp=None, **members):
        answer = self.exchange(self.request(index, **members), udp)
        if answer.error == 480:
            answer = self.exchange(self.request(index, cookie=answer.cookie, **members), udp)
        assert answer.kind == 0x101, f"error {answer.error}"
        return answer

    def silent(self, data, udp=None, seconds=0.5):
        """Whether there is no answer."""
        udp = udp or self.udp
        self.send(data, udp)
        udp.settimeout(seconds)
        try:
            udp.recv(2048)
        except (TimeoutError, socket.timeout):
            return True
        finally:
            udp.settimeout(TIMEOUT)
        return False


class Answer:
    """A STUN answer; its sums have been checked."""

    def __init__(self, data, key):
        self.data = data
        self.kind, self.txid, attrs = minihub.parse(data)
        error = attrs.get(minihub.ERROR_CODE)
        self.error = error and error[1][2] * 100 + error[1][3]
        self.cookie = attrs[minihub.COOKIE][1] if minihub.COOKIE in attrs else None
        self.counter = struct.unpack("!Q", attrs[minihub.COUNTER][1])[0] \
            if minihub.COUNTER in attrs else None
        self.is_signed = minihub.INTEGRITY in attrs
        self.mapped = None
        if minihub.MAPPED in attrs:
            value = attrs[minihub.MAPPED][1]
            mask = struct.pack("!I", minihub.MAGIC) + self.txid
            port = struct.unpack("!H", value[2:4])[0] ^ (minihub.MAGIC >> 16)
            raw = bytes(a ^ b for a, b in zip(value[4:], mask))
            family = socket.AF_INET if value[1] == 1 else socket.AF_INET6
            self.mapped = (socket.inet_ntop(family, raw), port)
        if self.is_signed:
            at = attrs[minihub.INTEGRITY][0]
            again = minihub.finish(self.kind, self.txid, data[20:at], key)
            assert again[:at + 36][20:] == data[20:at + 36], "integrity"


def plain_request(padding=0):
    """A Binding request of a stranger, of 20 bytes and so many of SOFTWARE."""
    body = minihub.attribute(0x8022, b"x" * (padding - 4)) if padding else b""
    return struct.pack("!HHI", 1, len(body), minihub.MAGIC) + os.urandom(12) + body

