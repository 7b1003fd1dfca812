# SPDX-License-Identifier: GPL-2.0-or-later
"""Users of the old broker become users of this one, with new keys."""

from agentlib.overlay import LVNCTL, REPO

TABLE = """carol\t48\t64
dave\tNULL\tNULL
erin\t\t60
ann\t56\t56
a b\t1\t2
-x\t1\t2
frank\t0\t65
"""


def test_import(make):
    rig = make(has_hub=False)
    table = rig.overlay.folder / "clients"
    table.write_text(TABLE)
    done = rig.server.run("sh", "-c", f"LVNCTL={LVNCTL} {REPO}/lvnd/import-ddtb"
                          f" --socket {rig.overlay.folder}/lvnd.sock <{table}", check=False)
    keys = dict(line.split("\t") for line in done.stdout.splitlines())
    assert list(keys) == ["carol", "dave", "erin", "frank"], done.stderr
    assert all(len(key) == 32 for key in keys.values())
    assert done.returncode == 1
    refused = [line for line in done.stderr.splitlines() if line.startswith("import-ddtb: not")]
    assert [line.rsplit(": ", 1)[1] for line in refused] == ["ann", "a\\ b", "-x"]
    users = {line.split()[0]: line for line in rig.ctl("users", "list").stdout.splitlines()}
    assert users["carol"].endswith(" length 48") and users["erin"].endswith(" length 60")
    assert "length" not in users["dave"] + users["frank"] and "length" not in users["ann"]
    assert set(users) == {"ann", "bob", "carol", "dave", "erin", "frank"}
    assert rig.speaker().come_up("dave", keys["dave"], "digest").ping()
    # who was here before has the old key
    assert rig.up("ann", rig.other).ping()
