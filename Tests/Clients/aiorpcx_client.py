"""aiorpcX, by its own connect_us. Usage: aiorpcx_client.py SOCKET MAILDIR"""

import asyncio
import sys

import aiorpcx

from conversation import Refused, converse


async def main(socket, maildir):
    async with aiorpcx.connect_us(socket) as session:

        async def call(method, params):
            try:
                return await session.send_request(method, params)
            except aiorpcx.RPCError as error:
                # The package keeps an error's code and message only.
                reasons = {1001: {"reason": "EMAIL_TAKEN", "status": 409}}
                raise Refused(reasons.get(error.code, {"reason": error.message})) from error

        await converse(call, "aiorpcx", maildir)


asyncio.run(main(*sys.argv[1:]))
