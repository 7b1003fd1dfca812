# SPDX-License-Identifier: GPL-2.0-or-later
"""GNU SASL's DIGEST-MD5 against ours."""

import base64
import re
import subprocess

import pytest

from speaker import Refused, Speaker


class GnuSpeaker(Speaker):
    """A client that leaves the arithmetic to gsasl."""

    def digest(self, user, key, uri=None):
        self.greet()
        challenge = self.ask(b"AUTHENTICATE DIGEST-MD5\r\n\0").strip()
        realm = re.search(r'realm="(.*?)"', base64.b64decode(challenge).decode())[1]
        with subprocess.Popen(
                ["gsasl", "--client", "--mechanism", "DIGEST-MD5", "--authentication-id", user,
                 "--realm", realm, "--password", key, "--service", "tsp",
                 "--hostname", self.server, "--quality-of-protection", "qop-auth", "--quiet"],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as gsasl:
            response = self._say(gsasl, challenge)
            assert b"response=" in base64.b64decode(response, validate=True)
            answer = self.ask(response.encode() + b"\r\n").strip()
            if answer.startswith("300"):
                gsasl.kill()
                raise Refused(answer)
            # it compares what the broker proves, and fails otherwise
            gsasl.communicate(answer + "\n\n", timeout=10)
            assert gsasl.returncode == 0
        self._status(self.ask(b""))

    @staticmethod
    def _say(gsasl, line):
        gsasl.stdin.write(line + "\n")
        gsasl.stdin.flush()
        # the first line is the name of the mechanism
        for said in gsasl.stdout:
            if len(said) > 40:
                return said.strip()
        raise AssertionError("gsasl said nothing")


def test_gsasl(shared):
    one = GnuSpeaker(shared.client, "192.0.1.1").come_up("ann", shared.keys["ann"], "digest")
    assert one.ping()
    with pytest.raises(Refused, match="300 "):
        GnuSpeaker(shared.client, "192.0.1.1").login("ann", "0" * 32, "digest")
