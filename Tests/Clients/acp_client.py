"""agent-client-protocol, its Connection over a Unix stream. Usage: acp_client.py SOCKET MAILDIR"""

import asyncio
import sys

from acp.connection import Connection
from acp.exceptions import RequestError

from conversation import Refused, converse


async def nothing(method, params, is_notification):
    raise RequestError.method_not_found(method)


async def main(socket, maildir):
    reader, writer = await asyncio.open_unix_connection(socket)
    connection = Connection(nothing, writer, reader)

    async def call(method, params):
        try:
            return await connection.send_request(method, params)
        except RequestError as error:
            raise Refused(error.data) from error

    await converse(call, "acp", maildir)
    await connection.close()


asyncio.run(main(*sys.argv[1:]))
