"""Joins somebody, asking on standard input, or tells how people stand.

Usage: members.py SOCKET join
       members.py SOCKET status EMAIL…
"""

import os
import sys
from concurrent.futures import ThreadPoolExecutor

from signupd import Client, SignupdError


def ask(question):
    print(f"{question}: ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")


def show(status, text):
    print(status, text, flush=True)


def show_error(error):
    field = f" ({error.field})" if error.field else ""
    show(error.status, f"{error.reason} {error}{field}")


def join(client):
    person = {"email": ask("E-mail"), "nickname": ask("Nickname"), "password": ask("Password")}
    try:
        receipt = client.call("signup", **person)
    except SignupdError as error:
        show_error(error)
        return 1
    show(201, f"{receipt['message']} (signup {receipt['signup_id']})")
    while code := ask("Code"):
        try:
            member = client.call("verify", email=person["email"], signup_id=receipt["signup_id"], code=code)
        except SignupdError as error:
            show_error(error)
        else:
            show(200, f"{member['message']} (member {member['member_id']})")
            return 0
    return 1


def status(client, addresses):
    # Threads share the client and its one connection.
    with ThreadPoolExecutor(len(addresses)) as threads:
        for address, answer in zip(addresses, threads.map(lambda email: client.call("status", email=email), addresses)):
            print(address, answer["state"])
    return 0


if __name__ == "__main__":
    socket_path, command, *addresses = sys.argv[1:]
    shared_client = Client(socket_path, timeout=float(os.environ.get("MEMBERS_TIMEOUT_SECONDS", 10)))
    sys.exit(join(shared_client) if command == "join" else status(shared_client, addresses))
