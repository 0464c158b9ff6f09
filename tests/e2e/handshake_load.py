"""Handshakes one after the other, until told to stop."""

import ssl
import threading

from tests.e2e import peers


class HandshakeLoad:
    """Full handshakes and a page each, on a few threads.

    Used as a context; the block's end stops it. `failures` has what went wrong.
    """

    def __init__(self, port, name, ca, threads=4):
        self._port = port
        self._name = name
        self._ca = ca
        self._changed = threading.Condition()
        self._stopping = False
        self._made = 0
        self.failures = []
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        with self._changed:
            self._stopping = True
        for thread in self._threads:
            thread.join()

    def wait_for(self, count):
        """Returns once so many more handshakes have ended, well or not."""
        with self._changed:
            wanted = self._made + count
            self._changed.wait_for(lambda: self._made >= wanted)

    def _run(self):
        context = peers.python_context(self._ca, ssl.TLSVersion.TLSv1_3)
        while not self._stopping:
            failure = None
            try:
                body, _, resumed = peers.python_get(self._port, self._name, context)
                if resumed or "200 OK" not in body:
                    failure = body or "an empty answer"
            except OSError as error:
                failure = repr(error)
            with self._changed:
                self._made += 1
                if failure:
                    self.failures.append(failure)
                self._changed.notify_all()
