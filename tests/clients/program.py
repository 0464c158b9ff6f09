"""A client's conformance program, as a child that answers line by line."""

import json
import queue
import subprocess
import threading

ANSWER_SECONDS = 60


class Program:
    """Commands in, answers out: see README.md.

    What the program writes on standard error is kept for reports.
    """

    def __init__(self, command, environment):
        self._child = subprocess.Popen([str(command), str(environment)], text=True, stdin=subprocess.PIPE,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self._lines = queue.Queue()
        self.errors = []
        self._readers = [threading.Thread(target=self._read, daemon=True),
                         threading.Thread(target=self._read_errors, daemon=True)]
        for reader in self._readers:
            reader.start()
        self._count = 0
        self.hello = self._next()

    def _read(self):
        for line in self._child.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def _read_errors(self):
        for line in self._child.stderr:
            self.errors.append(line.rstrip("\n"))

    def _next(self):
        try:
            line = self._lines.get(timeout=ANSWER_SECONDS)
        except queue.Empty:
            line = None
        if line is None:
            raise AssertionError("the conformance program gave no answer:\n" + "\n".join(self.errors[-20:]))
        return json.loads(line)

    def send(self, op, **fields):
        """Sends a command; answer() waits for what comes."""
        self._count += 1
        self._child.stdin.write(json.dumps({"n": self._count, "op": op, **fields}) + "\n")
        self._child.stdin.flush()

    def answer(self):
        answer = self._next()
        if answer.get("n") != self._count:
            raise AssertionError(f"answer to another command: {answer}, expected n={self._count}")
        return answer

    def ask(self, op, **fields):
        self.send(op, **fields)
        return self.answer()

    def close(self):
        """Ends the program; returns its exit status."""
        self._child.stdin.close()
        try:
            code = self._child.wait(timeout=ANSWER_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            code = self._child.wait()
        for reader in self._readers:
            reader.join()
        self._child.stdout.close()
        self._child.stderr.close()
        return code
