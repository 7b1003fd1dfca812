# SPDX-License-Identifier: GPL-2.0-or-later
"""Many spokes lose their hub for a while, and do not come back all at once."""

import json
import subprocess
import threading
import time

import pytest

from agentlib.hubtest import BUILD, FAKE, SANITIZED, wait_until
from test_hub_control import authority, make_hub, spoke  # noqa: F401

# pylint: disable=redefined-outer-name,unused-import

# An emulated machine has less time for each, and so have sanitizers.
SPOKES = 1000 if FAKE and not SANITIZED else 60
AWAY = 20
PATIENCE = 300


class Crowd:
    """tests/bench/agents/spokes: the code of lvn, many times; `lines` is what it printed."""

    def __init__(self, authority):  # noqa: F811
        self.process = subprocess.Popen(
            [BUILD / "tests/bench/agents/spokes", "127.0.0.1", "50000", str(SPOKES), "2000",
             str(authority.dir)], stdout=subprocess.PIPE, text=True)
        self.lines = []
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(json.loads(line))

    @property
    def last(self):
        return self.lines[-1] if self.lines else {}

    def is_up(self):
        return (self.last.get("online"), self.last.get("bound")) == (SPOKES, SPOKES)

    def attempts(self, seconds):
        """In the last seconds."""
        now = self.last
        begin = next(line for line in self.lines if line["ms"] >= now["ms"] - 1000 * seconds)
        return now["attempts"] - begin["attempts"]

    def close(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture
def crowd(make_hub, authority):  # noqa: F811
    hub = make_hub(network=["10.64.0.1/16", "fd00:100::1/64"], log="info")
    made = Crowd(authority)
    wait_until(made.is_up, "all are up", PATIENCE)
    yield hub, made
    made.close()


def test_no_storm(crowd):
    hub, spokes = crowd
    hub.kill()
    time.sleep(AWAY)
    # they try, and more and more rarely
    assert 0 < spokes.attempts(5) <= SPOKES
    begin = spokes.last["ms"]
    hub.start()
    wait_until(spokes.is_up, f"all are back: {spokes.last}", PATIENCE)
    back = [line for line in spokes.lines if line["ms"] >= begin]
    most = max(later["attempts"] - line["attempts"] for line, later in zip(back, back[2:]))
    # ... so that they come back one after the other, and no data was held up meanwhile
    assert most < 0.4 * SPOKES, back
    assert spokes.last["losses"] == 0
    assert spokes.last["resumed"] == SPOKES
    assert hub.metrics()["lvn_sessions_adopted_total"] == SPOKES
