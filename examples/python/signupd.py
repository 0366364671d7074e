"""A client for signupd's socket: standard library only, shared by any number of threads, several requests in flight."""

import contextlib
import itertools
import json
import socket
import struct
import threading
import time
import uuid
from concurrent.futures import Future, TimeoutError

# The server answers within the request's own timeout; this much longer and the answer is not coming.
GRACE_SECONDS = 5
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.05, 1


class SignupdError(Exception):
    """No result. `status` is an HTTP status that a backend can hand on, `reason` what a program decides by."""

    def __init__(self, message, data):
        super().__init__(message)
        self.reason, self.status = data["reason"], data["status"]
        self.field, self.hint = data.get("field"), data.get("hint")
        self.retry_after, self.attempts_left = data.get("retry_after"), data.get("attempts_left")

    @classmethod
    def no_reply(cls, cause):
        """Whether it was done is unknown: repeat it with the same idempotency key."""
        return cls(f"signupd did not answer: {cause}", {"reason": "NO_REPLY", "status": 504})


def message(number, method, params, timeout, key):
    """One line of the protocol."""
    meta = {"timeout_ms": round(timeout * 1000), "idempotency_key": key}
    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": {**params, "_meta": meta}}
    return json.dumps(request, separators=(",", ":")).encode() + b"\n"


def result_of(reply):
    if "error" in reply:
        raise SignupdError(reply["error"]["message"], reply["error"]["data"])
    return reply["result"]


class Connection:
    """One socket, and the callers that wait for a reply on it."""

    def __init__(self, path):
        self._sending = threading.Lock()
        self._waiting = {}
        self._socket = socket.socket(socket.AF_UNIX)
        # A server that stopped reading must not hold a caller for ever.
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", GRACE_SECONDS, 0))
        self._socket.connect(path)
        self.is_open = True
        threading.Thread(target=self._read, name="signupd replies", daemon=True).start()

    def send(self, number, line):
        future = Future()
        with self._sending:
            if not self.is_open:
                raise ConnectionError("the connection is closed")
            self._waiting[number] = future
            self._socket.sendall(line)
        return future

    def close(self):
        self.is_open = False
        with contextlib.suppress(OSError):  # It was closed from the other side.
            self._socket.shutdown(socket.SHUT_RDWR)  # Wakes the reader, which does the rest.

    def _read(self):
        with self._socket, self._socket.makefile("rb") as lines:
            with contextlib.suppress(OSError, ValueError, KeyError):  # Each ends like a connection that was closed.
                for line in lines:
                    reply = json.loads(line)
                    if future := self._waiting.pop(reply["id"], None):  # Else a reply that nobody waits for.
                        future.set_result(reply)
            with self._sending:
                self.is_open = False
            for future in self._waiting.values():
                future.set_exception(ConnectionError("the connection ended"))


class Client:
    def __init__(self, path, timeout=10.0):
        self._path, self._timeout = path, timeout
        self._numbers = itertools.count(1)
        self._connecting = threading.Lock()
        self._connection = None

    def call(self, method, idempotency_key=None, **params):
        """The result, or SignupdError. A lost connection is opened again, the request repeated until its time is up."""
        key = idempotency_key or str(uuid.uuid4())  # One for all tries: the repeated request is done once.
        deadline = time.monotonic() + self._timeout + GRACE_SECONDS
        pause = FIRST_PAUSE_SECONDS
        while True:
            connection = None
            try:
                connection, number = self._connect(), next(self._numbers)
                future = connection.send(number, message(number, method, params, self._timeout, key))
                return result_of(future.result(max(0, deadline - time.monotonic())))
            except (OSError, TimeoutError) as cause:
                if connection:
                    connection.close()
                if time.monotonic() + pause > deadline:
                    raise SignupdError.no_reply(cause or "its time is up") from cause
                time.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    def _connect(self):
        with self._connecting:
            if not (self._connection and self._connection.is_open):
                self._connection = Connection(self._path)
            return self._connection
