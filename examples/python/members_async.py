"""The same as members.py, on asyncio.

Usage: members_async.py SOCKET join
       members_async.py SOCKET status EMAIL…
"""

import asyncio
import os
import sys

from members import ask, show, show_error
from signupd import SignupdError
from signupd_async import AsyncClient


async def join(client):
    person = {}
    for field in ("email", "nickname", "password"):
        person[field] = await asyncio.to_thread(ask, field.capitalize())
    try:
        receipt = await client.call("signup", **person)
    except SignupdError as error:
        show_error(error)
        return 1
    show(201, f"{receipt['message']} (signup {receipt['signup_id']})")
    while code := await asyncio.to_thread(ask, "Code"):
        try:
            member = await client.call("verify", email=person["email"], signup_id=receipt["signup_id"], code=code)
        except SignupdError as error:
            show_error(error)
        else:
            show(200, f"{member['message']} (member {member['member_id']})")
            return 0
    return 1


async def status(client, addresses):
    answers = await asyncio.gather(*(client.call("status", email=address) for address in addresses))
    for address, answer in zip(addresses, answers):
        print(address, answer["state"])
    return 0


async def main(socket_path, command, *addresses):
    client = AsyncClient(socket_path, timeout=float(os.environ.get("MEMBERS_TIMEOUT_SECONDS", 10)))
    try:
        return await (join(client) if command == "join" else status(client, addresses))
    finally:
        await client.close()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
