"""jsonrpcclient, which makes and reads messages; the socket and the LF are ours. Usage: jsonrpcclient_client.py SOCKET MAILDIR"""

import asyncio
import sys

from jsonrpcclient import Error, parse_json, request_json

from conversation import Refused, converse


async def main(socket, maildir):
    reader, writer = await asyncio.open_unix_connection(socket)

    async def call(method, params):
        writer.write(request_json(method, params).encode() + b"\n")
        await writer.drain()
        reply = parse_json(await reader.readline())
        if isinstance(reply, Error):
            raise Refused(reply.data)
        return reply.result

    await converse(call, "jsonrpcclient", maildir)
    writer.close()


asyncio.run(main(*sys.argv[1:]))
