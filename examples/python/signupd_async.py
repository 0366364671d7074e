"""The client for asyncio: standard library only, several requests in flight on one connection."""

import asyncio
import itertools
import json
import uuid

from signupd import FIRST_PAUSE_SECONDS, GRACE_SECONDS, LONGEST_PAUSE_SECONDS, SignupdError, message, result_of

REPLY_BYTES = 65_536  # No reply is longer, but that of a batch.


class AsyncClient:
    def __init__(self, path, timeout=10.0):
        self._path, self._timeout = path, timeout
        self._numbers = itertools.count(1)
        self._connecting = asyncio.Lock()
        self._writer = None
        self._reading = None
        self._waiting = {}

    async def call(self, method, idempotency_key=None, **params):
        """The result, or SignupdError. A lost connection is opened again, the request repeated until its time is up."""
        key = idempotency_key or str(uuid.uuid4())  # One for all tries: the repeated request is done once.
        try:
            async with asyncio.timeout(self._timeout + GRACE_SECONDS):
                return result_of(await self._repeat(method, params, key))
        except TimeoutError as cause:
            self._drop_connection()
            raise SignupdError.no_reply("its time is up") from cause

    async def _repeat(self, method, params, key):
        pause = FIRST_PAUSE_SECONDS
        while True:
            number = next(self._numbers)
            try:
                writer, waiting = await self._connect()
                future = waiting[number] = asyncio.get_running_loop().create_future()
                try:
                    writer.write(message(number, method, params, self._timeout, key))
                    await writer.drain()
                    return await future
                finally:
                    waiting.pop(number, None)
            except OSError:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE_SECONDS)

    async def _connect(self):
        async with self._connecting:
            if self._writer is None or self._writer.is_closing():
                reader, self._writer = await asyncio.open_unix_connection(self._path, limit=REPLY_BYTES)
                self._waiting = {}
                self._reading = asyncio.create_task(self._read(reader, self._writer, self._waiting))
            return self._writer, self._waiting

    async def _read(self, reader, writer, waiting):
        try:
            while line := await reader.readline():
                reply = json.loads(line)
                future = waiting.pop(reply["id"], None)
                if future and not future.done():  # Else its caller has given up.
                    future.set_result(reply)
        except (OSError, ValueError, KeyError):
            pass  # Ends like a connection that was closed.
        finally:
            writer.close()
            for future in waiting.values():
                if not future.done():
                    future.set_exception(ConnectionError("the connection ended"))

    def _drop_connection(self):
        if self._writer:
            self._writer.close()

    async def close(self):
        self._drop_connection()
        if self._reading:
            await self._reading
