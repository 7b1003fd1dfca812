# SPDX-License-Identifier: GPL-2.0-or-later
"""Packet vectors on the kernel that runs here; as a unit test they meet that of the builder alone."""

import os
import subprocess

import pytest

from fastlab import BUILD

FOLDER = BUILD / "tests/fastpath"


@pytest.mark.kernel
@pytest.mark.skipif(not (FOLDER / "test_vectors").exists(), reason="built without eBPF")
@pytest.mark.parametrize("program", ["test_vectors", "test_datagrams"])
def test_vectors(program):
    done = subprocess.run([FOLDER / program], env={**os.environ, "CMOCKA_MESSAGE_OUTPUT": "TAP"},
                          capture_output=True, text=True, check=False)
    results = [line for line in done.stdout.splitlines() if line.startswith(("ok", "not ok"))]
    assert results and not done.returncode, done.stdout + done.stderr
    assert all(line.startswith("ok") and "# SKIP" not in line for line in results), done.stdout
