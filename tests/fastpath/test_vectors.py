# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet vectors on the kernel that runs here; as a unit test they meet that of the builder alone."""

import os
import subprocess

import pytest

from fastlab import BUILD

VECTORS = BUILD / "tests/fastpath/test_vectors"


@pytest.mark.kernel
@pytest.mark.skipif(not VECTORS.exists(), reason="built without eBPF")
def test_vectors():
    done = subprocess.run([VECTORS], env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
                          capture_output=True, text=True, check=False)
    results = [line for line in done.stdout.splitlines() if line.startswith(("ok", "not ok"))]
    assert results and not done.returncode, done.stdout + done.stderr
    assert all(line.startswith("ok") and "# SKIP" not in line for line in results), done.stdout
