"""The built program under a test: `signupd serve` on a socket in a temporary directory, with the embedded default."""

import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# Which program: the one that `swift build` made beside the tests, unless told otherwise.
PROGRAM = pathlib.Path(os.environ.get("SIGNUPD_PROGRAM", ROOT / ".build/debug/signupd")).resolve()
PASSWORD = "violet-Kettle 41 harbor"
PATIENCE_SECONDS = 30
# The cheapest hash there is: these tests are about everything but the hash.
QUICK_HASH = {"SIGNUPD_PASSWORD_MEMORY_KIB": "8", "SIGNUPD_PASSWORD_ITERATIONS": "1"}
# Mail that a killed server had begun to send is sent by the next one when this is over.
SHORT_LEASE = {"SIGNUPD_MAIL_LEASE_SECONDS": "3"}


def wait_for(what, look):
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {what} after {PATIENCE_SECONDS} s")


class Sidecar:
    def __init__(self, **settings):
        self._temporary = tempfile.TemporaryDirectory(prefix="signupd-example-")
        self.directory = pathlib.Path(self._temporary.name)
        self.path = str(self.directory / "signupd.sock")
        self.database = str(self.directory / "signupd.sqlite")
        # A folder in which the program is called signupd, for scripts that look for it in PATH.
        commands = self.directory / "bin"
        commands.mkdir()
        (commands / "signupd").symlink_to(PROGRAM)
        self.environment = {
            "PATH": f"{commands}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(self.directory),
            "SIGNUPD_STATE_DIR": str(self.directory),
            **QUICK_HASH,
            **SHORT_LEASE,
            **settings,
        }
        self.start()

    def start(self):
        log = open(self.directory / "signupd.log", "ab")
        with log:
            self._process = subprocess.Popen(
                [PROGRAM, "serve", "--socket", self.path], env=self.environment, stdin=subprocess.DEVNULL, stderr=log
            )
        wait_for("socket", self._is_served)

    def _is_served(self):
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(self.path) == 0

    def stop(self, number=signal.SIGTERM):
        self._process.send_signal(number)
        self._process.wait(PATIENCE_SECONDS)

    def restart(self, number=signal.SIGTERM):
        self.stop(number)
        self.start()

    def close(self):
        if self._process.poll() is None:
            self.stop(signal.SIGKILL)
        self._temporary.cleanup()

    def mails(self, address):
        texts = [mail.read_text() for mail in self.directory.glob("Maildir/new/*")]
        return [text for text in texts if f"\nTo: {address}\n" in text]

    def codes(self, address):
        return {re.search(r"Your verification code is: (\w{6})", mail)[1] for mail in self.mails(address)}

    def code(self, address):
        """Waits for a code that was mailed."""
        return wait_for(f"mail to {address}", lambda: self.codes(address)).pop()
