"""The clients in examples/, each in its own language, against the built program.

One round, a server that is away in the middle of it, a reply that is lost, replies in another order, no reply at all.
"""

import pathlib
import os
import re
import signal
import subprocess
import threading
import time
import unittest

from proxy import Proxy
from sidecar import PASSWORD, PATIENCE_SECONDS, ROOT, Sidecar, wait_for

EXAMPLES = ROOT / "examples"
BUILT = ROOT / ".build/examples"
LINES_AT_MOST = 119
SECONDS_AWAY = 0.4


class Client:
    """One example: how it is started, how it is built, and the file that people would copy."""

    def __init__(self, command, file, build=None):
        self.command, self.file, self.build = command, EXAMPLES / file, build

    def prepare(self):
        """Builds it, once: whichever test comes first needs it."""
        if self.build:
            folder = EXAMPLES / self.file.relative_to(EXAMPLES).parts[0]
            # Go asks for a C compiler unless told that it needs none.
            environment = {**os.environ, "CGO_ENABLED": "0"}
            subprocess.run(self.build, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
            self.build = None

    def start(self, environment, socket_path, *words):
        client = subprocess.Popen(
            [*self.command, socket_path, *words],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # One that is stuck is a failure, seen as the end of its output.
        watchdog = threading.Timer(PATIENCE_SECONDS, client.kill)
        watchdog.daemon = True
        watchdog.start()
        return client


def python(name):
    return ["/usr/bin/python3", "-B", str(EXAMPLES / "python" / name)]


CLIENTS = {
    "shell": Client(["sh", str(EXAMPLES / "shell/members.sh")], "shell/members.sh"),
    "python": Client(python("members.py"), "python/signupd.py"),
    "python_asyncio": Client(python("members_async.py"), "python/signupd_async.py"),
    "node": Client(["node", str(EXAMPLES / "node/members.js")], "node/signupd.js"),
    "php": Client(["php", str(EXAMPLES / "php/members.php")], "php/Signupd.php"),
    "go": Client(
        [str(BUILT / "go/members")],
        "go/signupd/signupd.go",
        ["go", "build", "-o", str(BUILT / "go/members"), "."],
    ),
    "swift": Client(
        [str(BUILT / "swift/debug/members")],
        "swift/Sources/members/SignupdClient.swift",
        ["swift", "build", "--package-path", str(EXAMPLES / "swift"), "--scratch-path", str(BUILT / "swift")],
    ),
}


class ClientTests:
    """What holds for every client; one class for each is made below."""

    client = None

    @classmethod
    def setUpClass(cls):
        cls.client.prepare()

    def setUp(self):
        self.sidecar = Sidecar()
        self.addCleanup(self.sidecar.close)
        self.address = f"{type(self).__name__.lower()}@example.org"

    def proxy(self, behaviour, **options):
        proxy = Proxy(self.sidecar, behaviour, **options)
        self.addCleanup(proxy.close)
        return proxy

    def start(self, socket_path, *words):
        client = self.client.start(self.sidecar.environment, socket_path, *words)
        self.addCleanup(client.communicate)
        return client

    def say(self, client, *lines):
        client.stdin.write("".join(f"{line}\n" for line in lines))
        client.stdin.flush()

    def hear(self, client, pattern):
        line = client.stdout.readline()
        found = re.fullmatch(pattern + "\n", line)
        if not found:
            client.kill()
            self.fail(f"expected {pattern}, got {line!r}, then {client.stderr.read()}")
        return found

    def join(self, socket_path, nickname="Mira Ä", password=PASSWORD):
        client = self.start(socket_path, "join")
        self.say(client, self.address, nickname, password)
        return client

    receipt = r"201 Please verify your email address \(signup ([0-9a-f-]{36})\)"
    welcome = r"200 email has been successfully verified \(member (\d+)\)"

    def test_whole_round_with_a_restart_in_between(self):
        client = self.join(self.sidecar.path)
        self.hear(client, self.receipt)
        self.say(client, "not it")
        self.hear(client, "400 CODE_INCORRECT_OR_EXPIRED an incorrect or expired verification code.*")
        code = self.sidecar.code(self.address)
        # Nobody serves when the code is sent; and then somebody does.
        self.sidecar.stop()
        self.say(client, code)
        time.sleep(SECONDS_AWAY)
        self.sidecar.start()
        self.hear(client, self.welcome)
        self.assertEqual(client.wait(), 0)

        again = self.join(self.sidecar.path, nickname="Other")
        self.hear(again, r"409 EMAIL_TAKEN Email is already registered \(email\)")
        self.assertEqual(again.wait(), 1)

    def test_weak_password_is_an_error_of_its_field(self):
        client = self.join(self.sidecar.path, password="password")
        self.hear(client, r"400 INVALID_PASSWORD .* \(password\)")
        self.assertEqual(client.wait(), 1)

    def test_signup_whose_reply_was_lost_is_done_once(self):
        # The server has committed, and dies before the client hears of it.
        proxy = self.proxy("lose_one_reply", after_loss=lambda: self.sidecar.restart(signal.SIGKILL))
        client = self.join(proxy.path)
        signup_id = self.hear(client, self.receipt)[1]
        self.assertEqual(signup_id, proxy.lost[0]["result"]["signup_id"])
        first, second = [request["params"]["_meta"] for request in proxy.requests if request["method"] == "signup"]
        self.assertEqual(first["idempotency_key"], second["idempotency_key"])
        self.say(client, self.sidecar.code(self.address))
        self.hear(client, self.welcome)
        # The server may have died while it sent the mail. Then it sends it again, but it is the same one.
        mails = self.sidecar.mails(self.address)
        self.assertEqual(len({re.search("^Message-ID: (.*)$", mail, re.MULTILINE)[1] for mail in mails}), 1)

    def test_replies_in_another_order_find_their_requests(self):
        joined = self.join(self.sidecar.path)
        self.hear(joined, self.receipt)
        self.say(joined, self.sidecar.code(self.address))
        self.hear(joined, self.welcome)
        self.address = f"pending-{self.address}"
        pending = self.join(self.sidecar.path, nickname="Pending")
        self.hear(pending, self.receipt)
        proxy = self.proxy("turn_three_round")
        addresses = [self.address, self.address.removeprefix("pending-"), "nobody@example.org"]
        output, errors = self.start(proxy.path, "status", *addresses).communicate()
        states = zip(addresses, ["pending", "active", "none"])
        self.assertEqual(output, "".join(f"{address} {state}\n" for address, state in states), errors)
        self.assertEqual([len(connection) for connection in proxy.connections], [3])
        self.assertEqual({request["params"]["_meta"]["timeout_ms"] for request in proxy.requests}, {10_000})

    def test_file_to_copy_is_short(self):
        lines = self.client.file.read_text().splitlines()
        self.assertLessEqual(len(lines), LINES_AT_MOST)


for name, client in CLIENTS.items():
    title = name.title().replace("_", "")
    globals()[title] = type(title, (ClientTests, unittest.TestCase), {"client": client, "__module__": __name__})


class SilenceTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        for client in CLIENTS.values():
            client.prepare()

    def test_every_client_gives_up_by_itself(self):
        sidecar = Sidecar()
        self.addCleanup(sidecar.close)
        proxy = Proxy(sidecar, "say_nothing")
        self.addCleanup(proxy.close)
        # All at once: each waits for its own second, and for five more in which the server could still have answered.
        environment = {**sidecar.environment, "MEMBERS_TIMEOUT_SECONDS": "1"}
        clients = {name: client.start(environment, proxy.path, "join") for name, client in CLIENTS.items()}
        for name, client in clients.items():
            client.stdin.write(f"{name}@example.org\nSilent {name}\n{PASSWORD}\n")
            client.stdin.flush()
        for name, client in clients.items():
            with self.subTest(name):
                output, errors = client.communicate()
                self.assertRegex(output, r"^504 NO_REPLY signupd did not answer.*\n$", errors)
                self.assertEqual(client.returncode, 1)


if __name__ == "__main__":
    unittest.main()
