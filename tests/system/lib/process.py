# SPDX-License-Identifier: GPL-2.0-or-later
"""A process that runs beside a test and whose lines the test reads."""

import contextlib
import json
import pathlib
import signal
import subprocess
import threading

from .wait import TIMEOUT, wait_until


class Process:
    """Only ever signalled by its own id, and always waited for."""

    def __init__(self, args, **kwargs):
        self.args = args
        self.lines = []
        self.popen = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, bufsize=1, **kwargs)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.popen.stdout:
            self.lines.append(line.rstrip("\n"))

    @property
    def alive(self):
        return self.popen.poll() is None

    def wait_line(self, text, start=0):
        """Wait for a line that contains text; return it."""
        def found():
            # asked first: else the line could come, and all end, just after the lines were searched
            ended = not self.alive and not self._reader.is_alive()
            match = next((line for line in self.lines[start:] if text in line), None)
            assert match or not ended, f"{self.args} ended without '{text}': {self.lines}"
            return match
        return wait_until(found, f"{self.args[0]} prints '{text}', has {self.lines[-5:]}")

    def json(self):
        """All complete lines so far, as JSON."""
        return [json.loads(line) for line in list(self.lines) if line.startswith(("{", "["))]

    def say(self, line):
        self.popen.stdin.write(line + "\n")
        self.popen.stdin.flush()

    def signal(self, number):
        self.popen.send_signal(number)

    @contextlib.contextmanager
    def halted(self):
        """It does nothing meanwhile."""
        tasks = pathlib.Path(f"/proc/{self.popen.pid}/task")
        self.signal(signal.SIGSTOP)
        wait_until(lambda: all(task.joinpath("stat").read_text("ascii").rpartition(") ")[2][0] == "T"
                               for task in tasks.iterdir()), "all its threads have stopped")
        try:
            yield
        finally:
            self.signal(signal.SIGCONT)

    def kill(self):
        """End it without giving it a chance."""
        self.signal(signal.SIGKILL)
        self.popen.wait(TIMEOUT)

    def stop(self):
        """End it, return its exit status."""
        if self.alive:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.popen.wait(TIMEOUT)
            except subprocess.TimeoutExpired:
                self.kill()
        self._reader.join(TIMEOUT)
        self.popen.stdin.close()
        self.popen.stdout.close()
        self.stop = lambda: self.popen.returncode
        return self.popen.returncode
