"""examples/web/server.py under a test."""

import subprocess

from sidecar import PATIENCE_SECONDS, ROOT

SERVER = ROOT / "examples/web/server.py"


class WebServer:
    """Before a sidecar, on a port of its own."""

    def __init__(self, sidecar, *options):
        self._log = open(sidecar.directory / "web.log", "wb")
        self._process = subprocess.Popen(
            ["/usr/bin/python3", "-B", SERVER, "--socket", sidecar.path, "--port", "0", "--timeout", "1", *options],
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
        )
        self.url = self._process.stdout.readline().strip()
        assert self.url.startswith("http://127.0.0.1:"), f"it did not start: {self.url!r}"

    def close(self):
        self._process.terminate()
        status = self._process.wait(PATIENCE_SECONDS)
        self._process.stdout.close()
        self._log.close()
        assert status == 0, f"it ended with {status}"
