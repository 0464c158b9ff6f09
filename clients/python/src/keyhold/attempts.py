"""When and where a call is tried again.

A signature is safe to ask for again. UNAVAILABLE (and DATA_LOSS, a signer
with a fault of its own) goes to the next endpoint at once; when all have
failed, after a pause that grows from 10 to 200 ms; until the deadline. While
there are other endpoints, one that is silent gets only its share of the time.
Every other status ends the call. At the deadline what failed before says more
than the deadline does.
"""

from __future__ import annotations

import dataclasses
import threading
import time

import grpc

from keyhold.errors import SignerError

FIRST_PAUSE = 0.01
LAST_PAUSE = 0.2


class Endpoints:
    """The signers' addresses; remembers which one answered last.

    Thread-safe.
    """

    def __init__(self, addresses: list[str]) -> None:
        if not addresses:
            raise ValueError("endpoints is empty: name at least one signer, as 'HOST:PORT'")
        self.addresses = list(addresses)
        self._first = 0
        self._lock = threading.Lock()

    @property
    def first(self) -> int:
        return self._first

    def answered(self, index: int) -> None:
        with self._lock:
            self._first = index


@dataclasses.dataclass(frozen=True)
class Attempt:
    """One try: which endpoint, and for how many seconds."""

    index: int
    address: str
    timeout: float


class Attempts:
    """The tries of one call."""

    def __init__(self, endpoints: Endpoints, timeout: float) -> None:
        self._endpoints = endpoints
        self._deadline = time.monotonic() + timeout
        self._start = endpoints.first
        self._tried = 0
        self._pause = FIRST_PAUSE
        self._unavailable: SignerError | None = None

    def begin(self) -> Attempt:
        count = len(self._endpoints.addresses)
        index = (self._start + self._tried) % count
        left = max(self._deadline - time.monotonic(), 0.0)
        # The last of a round gets all that is left.
        in_round = count - self._tried % count
        return Attempt(index, self._endpoints.addresses[index], left / in_round)

    def succeeded(self, attempt: Attempt) -> None:
        self._endpoints.answered(attempt.index)

    def failed(self, error: SignerError) -> float:
        """Seconds to wait before the next try; raises if there is none."""
        count = len(self._endpoints.addresses)
        self._tried += 1
        round_over = self._tried % count == 0
        left = self._deadline - time.monotonic()
        again = error.status == grpc.StatusCode.UNAVAILABLE or (
            count > 1
            and (
                error.status == grpc.StatusCode.DATA_LOSS
                or (error.status == grpc.StatusCode.DEADLINE_EXCEEDED and not round_over)
            )
        )
        if error.status == grpc.StatusCode.UNAVAILABLE:
            self._unavailable = error
        elif error.status == grpc.StatusCode.DEADLINE_EXCEEDED:
            error = self._unavailable or error
        if not again or left <= 0 or (error.status == grpc.StatusCode.DATA_LOSS and round_over):
            raise error
        if not round_over:
            return 0.0
        pause = self._pause
        if pause >= left:
            raise error
        self._pause = min(self._pause * 2, LAST_PAUSE)
        return pause
