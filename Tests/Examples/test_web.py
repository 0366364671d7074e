"""examples/web/server.py by HTTP, and `make demo-web` from its first line to Ctrl-C."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import signal
import subprocess
import unittest

from sidecar import PASSWORD, PATIENCE_SECONDS, PROGRAM, ROOT, Sidecar, wait_for
from web_server import WebServer


class Browser:
    """Keeps one connection and the cookie."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(re.fullmatch("http://(.*)/", url)[1], timeout=PATIENCE_SECONDS)
        self.cookie = ""

    def ask(self, method, path, body=None, headers=None):
        self.connection.request(method, path, body, {"Cookie": self.cookie, **(headers or {})})
        response = self.connection.getresponse()
        content = response.read().decode()
        cookie = response.headers.get("Set-Cookie")
        if cookie:
            self.cookie = cookie.partition(";")[0]
        return response, content

    def get(self, path):
        response, content = self.ask("GET", path)
        return response.status, json.loads(content)

    def post(self, path, **fields):
        response, content = self.ask("POST", path, json.dumps(fields), {"Content-Type": "application/json"})
        return response.status, json.loads(content)


class WebTests(unittest.TestCase):
    def setUp(self):
        self.sidecar = Sidecar()
        self.addCleanup(self.sidecar.close)
        self.browser = self.browse()

    def browse(self, *options):
        server = WebServer(self.sidecar, *options)
        self.addCleanup(server.close)
        browser = Browser(server.url)
        self.addCleanup(browser.connection.close)
        return browser

    def sign_up(self, email="mira@example.org", nickname="Mira", password=PASSWORD, **more):
        return self.browser.post("/api/signup", email=email, nickname=nickname, password=password, **more)

    def test_whole_round(self):
        status, receipt = self.sign_up()
        self.assertEqual((status, receipt["message"]), (201, "Please verify your email address"))
        wait_for("sent mail", lambda: self.browser.get("/api/status")[1]["mail"]["state"] == "sent")
        self.assertEqual(self.browser.get("/api/status")[1]["state"], "pending")
        status, wrong = self.browser.post("/api/verify", code="222222")
        self.assertEqual((status, wrong["reason"], wrong["attempts_left"]), (400, "CODE_INCORRECT_OR_EXPIRED", 4))
        status, limited = self.browser.post("/api/resend")
        self.assertEqual((status, limited["reason"]), (429, "RATE_LIMITED"))
        self.assertGreater(limited["retry_after"], 0)
        status, member = self.browser.post("/api/verify", code=self.sidecar.code("mira@example.org"))
        self.assertEqual((status, member["nickname"]), (200, "Mira"))
        self.assertEqual(member["message"], "email has been successfully verified")
        self.assertEqual(self.browser.get("/api/status")[1]["state"], "active")
        status, taken = self.sign_up(nickname="Other")
        self.assertEqual((status, taken["field"]), (409, "email"))

    def test_code_of_another_browser_is_not_taken(self):
        self.sign_up()
        other = self.browse()
        self.assertEqual(other.post("/api/verify", code=self.sidecar.code("mira@example.org"))[0], 404)
        other.post("/api/signup", email="joan@example.org", nickname="Joan", password=PASSWORD)
        self.assertEqual(other.post("/api/verify", code=self.sidecar.code("mira@example.org"))[0], 400)

    def test_same_key_is_the_same_signup(self):
        self.sign_up(key="key of a form")
        first = self.browser.cookie
        self.assertEqual(self.sign_up(key="key of a form")[0], 201)
        self.assertEqual(self.browser.cookie, first)

    def test_wrong_fields_are_named(self):
        for field, value in {"email": "mira", "nickname": "admin", "password": "x"}.items():
            status, error = self.sign_up(**{field: value})
            self.assertEqual((status, error["field"]), (400, field))
        self.assertEqual(self.sign_up(password=None)[1]["reason"], "MISSING_FIELD")

    def test_pages_hold_nothing_from_elsewhere(self):
        for path in ("/", "/verify", "/style.css", "/form.js", "/signup.js", "/verify.js", "/icon.svg"):
            response, content = self.browser.ask("GET", path)
            self.assertEqual(response.status, 200, path)
            self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
            elsewhere = r"(?:src|href)=\"(?!/)|url\(|@import|https?://(?!www\.w3\.org/2000/svg)"
            self.assertEqual(re.findall(elsewhere, content), [], path)
            # What the policy would refuse.
            self.assertEqual(re.findall(r"<style|style=|<script>|\son\w+=\"", content), [], path)
            self.assertNotIn("Mailbox", content)

    def test_what_is_no_form_of_ours_is_refused(self):
        ask = self.browser.ask
        is_form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(ask("POST", "/api/signup", "email=x", is_form)[0].status, 415)
        is_json = {"Content-Type": "application/json"}
        for body, status in ("[]", 400), ("{", 400), (b"\xff", 400):
            self.assertEqual(ask("POST", "/api/signup", body, is_json)[0].status, status)
        self.assertEqual(ask("POST", "/api/signup", headers={**is_json, "Content-Length": "20000"})[0].status, 413)
        self.assertEqual(ask("POST", "/api/signup", headers={**is_json, "Content-Length": "many"})[0].status, 411)
        for path in ("/server.py", "/../server.py", "/%2e%2e/server.py", "/demo/mails", "/api/signup"):
            self.assertEqual(ask("GET", path)[0].status, 404, path)
        # And the connection goes on.
        self.assertEqual(ask("GET", "/")[0].status, 200)

    def test_service_that_is_away_is_a_status_of_its_own(self):
        self.sidecar.stop()
        status, error = self.sign_up()
        self.assertEqual((status, error["reason"]), (504, "NO_REPLY"))
        self.sidecar.start()
        self.assertEqual(self.sign_up()[0], 201)

    def test_demo_shows_what_was_delivered(self):
        demo = self.browse("--demo-maildir", self.sidecar.directory / "Maildir")
        self.assertEqual(demo.get("/demo/mails"), (200, {"mails": []}))
        self.assertIn("Mailbox", demo.ask("GET", "/")[1])
        self.sign_up()
        code = self.sidecar.code("mira@example.org")
        mail = demo.get("/demo/mails")[1]["mails"][0]
        self.assertEqual((mail["to"], mail["subject"]), ("mira@example.org", "Verify your email address"))
        self.assertIn(f"Your verification code is: {code}", mail["text"])


class DemoTests(unittest.TestCase):
    def demo(self, **settings):
        demo = subprocess.Popen(
            ["sh", ROOT / "scripts/demo-web.sh", PROGRAM],
            env={"PATH": "/usr/bin:/bin", **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # These tests may have been started in the background, where Ctrl-C is ignored.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        self.addCleanup(self.end, demo)
        directory = pathlib.Path(re.search(r" goes to (\S+)/Maildir ", demo.stdout.readline())[1])
        return demo, directory, demo.stdout.readline().strip()

    @staticmethod
    def end(demo):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(demo.pid, signal.SIGKILL)
        demo.communicate()

    def test_starts_without_any_setting_and_leaves_nothing(self):
        demo, directory, url = self.demo(SIGNUPD_DATABASE_URL="mariadb://nobody:nothing@127.0.0.1:1/none")
        browser = Browser(url)
        self.addCleanup(browser.connection.close)
        person = {"email": "mira@example.org", "nickname": "Mira", "password": PASSWORD}
        self.assertEqual(browser.post("/api/signup", **person)[0], 201)
        wait_for("mail", lambda: browser.get("/demo/mails")[1]["mails"])
        os.killpg(demo.pid, signal.SIGINT)  # As a terminal does for Ctrl-C.
        output, errors = demo.communicate(timeout=PATIENCE_SECONDS)
        self.assertEqual((demo.returncode, output), (0, ""))
        self.assertNotIn("Traceback", errors)
        self.assertFalse(directory.exists())
        with self.assertRaises(ProcessLookupError, msg="something of it still runs"):
            os.killpg(demo.pid, 0)

    def test_second_one_takes_another_port(self):
        first, _, first_url = self.demo()
        second, _, second_url = self.demo()
        self.assertNotEqual(first_url, second_url)
        for demo in (first, second):
            demo.terminate()
            demo.communicate(timeout=PATIENCE_SECONDS)
            self.assertEqual(demo.returncode, 0)


if __name__ == "__main__":
    unittest.main()
