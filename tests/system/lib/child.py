# SPDX-License-Identifier: GPL-2.0-or-later
"""A function run in a forked child, which may give up its privileges for good."""

import os
import pickle
import traceback

from .ns import setns

NOBODY = 65534


def in_child(function, *, ns=None, nobody=False):
    """Run function in a child, in a namespace, as nobody; return what it returned."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        # never back into pytest, whatever happens
        try:
            os.close(reader)
            if ns is not None:
                setns(ns.fd)
            if nobody:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            answer = ("result", function())
        except BaseException:  # pylint: disable=broad-except
            answer = ("error", traceback.format_exc())
        with os.fdopen(writer, "wb") as file:
            pickle.dump(answer, file)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as file:
        data = file.read()
    _, status = os.waitpid(pid, 0)
    assert data, f"the child died of {status}"
    kind, value = pickle.loads(data)
    assert kind == "result", value
    return value
