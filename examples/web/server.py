"""A sign-up page and a verify page, and the few lines of backend between a browser and signupd: standard library only.

Usage: server.py [--socket PATH] [--port NUMBER] [--demo-maildir DIRECTORY]

It is a backend to read, for one machine and a few people: put a real web server in front for TLS. --demo-maildir shows the
mail in that Maildir beside the pages to everybody who opens them, so it is for trying things out only.
"""

import argparse
import email
import email.policy
import http.cookies
import http.server
import json
import pathlib
import signal
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent / "python"))
from signupd import Client, SignupdError  # noqa: E402 (copy signupd.py beside your own backend)

PAGES = pathlib.Path(__file__).resolve().parent / "pages"
CONTENT_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
FILES = {f"/{file.name}": file for file in PAGES.iterdir() if file.suffix in CONTENT_TYPES}
ROUTES = {"/": FILES["/signup.html"], "/verify": FILES["/verify.html"]}

BODY_BYTES = 16_384  # Four fields fit many times over, and what is larger is no form of ours.
CONNECTION_SECONDS = 30  # For a browser that stops in the middle of a request.
MAILS_SHOWN = 5
USUAL_PORT = 8000

# Nothing from elsewhere, nothing inline, no frames: a script that somebody smuggles in does not run.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class Refused(Exception):
    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection. `client` is shared by all of them: one socket, many requests in flight."""

    protocol_version = "HTTP/1.1"
    server_version = "signupd-example"
    sys_version = ""
    timeout = CONNECTION_SECONDS
    client = None
    maildir = None

    def do_GET(self):
        path = self.path.partition("?")[0]
        if path == "/api/status":
            self.answer(self.status)
        elif path == "/demo/mails" and self.maildir:
            self.answer(lambda: (200, {"mails": newest_mails(self.maildir)}))
        elif file := ROUTES.get(path) or FILES.get(path):
            self.send(200, self.page(file), CONTENT_TYPES[file.suffix])
        else:
            self.send_json(404, {"message": "there is no such page"})

    def do_POST(self):
        actions = {"/api/signup": self.signup, "/api/verify": self.verify, "/api/resend": self.resend}
        try:
            fields = self.read_fields()
        except Refused as refused:
            # What is left of the body was not read, and is no request.
            return self.send_json(refused.status, {"message": str(refused)}, {"Connection": "close"})
        action = actions.get(self.path)
        if action is None:
            return self.send_json(404, {"message": "there is no such page"})
        self.answer(lambda: action(fields))

    def signup(self, fields):
        person = {name: fields.get(name) for name in ("email", "nickname", "password")}
        receipt = self.client.call("signup", fields.get("key"), client_ip=self.client_address[0], **person)
        # Which signup this browser made: verify then takes the code of this one only.
        cookie = f"signup={receipt['signup_id']}; HttpOnly; SameSite=Strict; Path=/; Max-Age=86400"
        return 201, {name: receipt[name] for name in ("message", "resend_after")}, {"Set-Cookie": cookie}

    def verify(self, fields):
        params = {"code": fields.get("code"), "nickname": fields.get("nickname")}
        member = self.client.call("verify", signup_id=self.signup_id, client_ip=self.client_address[0], **params)
        return 200, {name: member[name] for name in ("message", "nickname")}

    def resend(self, fields):
        key, address = fields.get("key"), self.client_address[0]
        return 200, self.client.call("resend", key, signup_id=self.signup_id, client_ip=address)

    def status(self):
        status = self.client.call("status", signup_id=self.signup_id)
        mail = {"state": status["mail"]["state"]} if "mail" in status else None
        return 200, {"state": status["state"], "mail": mail, "resend_after": status["resend_after"]}

    @property
    def signup_id(self):
        cookie = http.cookies.SimpleCookie(self.headers.get("Cookie", "")).get("signup")
        if cookie is None:
            raise Refused(404, "this browser did not sign anybody up yet")
        return cookie.value

    def read_fields(self):
        # A form of another site cannot send this type without being asked: nobody signs up in somebody else's browser.
        if self.headers.get_content_type() != "application/json":
            raise Refused(415, "send application/json")
        length = self.headers.get("Content-Length", "")
        if not length.isascii() or not length.isdigit():
            raise Refused(411, "say how long the body is")
        if int(length) > BODY_BYTES:
            raise Refused(413, f"send at most {BODY_BYTES} bytes")
        try:
            fields = json.loads(self.rfile.read(int(length)))
        except ValueError:
            fields = None
        if not isinstance(fields, dict):
            raise Refused(400, "the body must be a JSON object")
        return fields

    def answer(self, action):
        """Sends what the action gives, or its error under the HTTP status that signupd names."""
        try:
            self.send_json(*action())
        except Refused as refused:
            self.send_json(refused.status, {"message": str(refused)})
        except SignupdError as error:
            names = ("reason", "field", "hint", "retry_after", "attempts_left")
            known = {name: getattr(error, name) for name in names if getattr(error, name) is not None}
            self.send_json(error.status, {"message": str(error), **known})

    def page(self, file):
        panel = (PAGES / "mailbox.html").read_bytes() if self.maildir else b""
        return file.read_bytes().replace(b"<!-- mailbox -->", panel)

    def send_json(self, status, content, headers=None):
        self.send(status, json.dumps(content).encode(), "application/json", headers)

    def send(self, status, content, content_type, headers=None):
        self.send_response(status)
        types = {"Content-Type": f"{content_type}; charset=utf-8", "Content-Length": str(len(content))}
        for name, value in {**HEADERS, **types, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format, *words):
        # Those are asked for again and again; a request that could not be read has no path.
        if not getattr(self, "path", "").startswith(("/api/status", "/demo/")):
            super().log_message(format, *words)


def newest_mails(maildir):
    """What was delivered last: for the panel of the demo."""
    files = sorted(maildir.glob("new/*"), key=lambda file: file.stat().st_mtime, reverse=True)
    return [shown(file.read_bytes()) for file in files[:MAILS_SHOWN]]


def shown(content):
    mail = email.message_from_bytes(content, policy=email.policy.default)
    return {
        "id": mail["Message-ID"],
        "from": mail["From"],
        "to": mail["To"],
        "subject": mail["Subject"],
        "date": mail["Date"].datetime.isoformat(),
        "text": mail.get_body(("plain",)).get_content(),
    }


def listen(port):
    """On this machine only. Without a port the usual one, or any that is free if somebody has that."""
    try:
        return http.server.ThreadingHTTPServer(("127.0.0.1", USUAL_PORT if port is None else port), Handler)
    except OSError:
        if port is not None:
            raise
        return http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)


def main():
    parser = argparse.ArgumentParser(description="A sign-up page before signupd.")
    parser.add_argument("--socket", default="/run/signupd/signupd.sock", help="where signupd serves")
    parser.add_argument("--port", type=int, help=f"on 127.0.0.1; without it {USUAL_PORT}, or any that is free")
    parser.add_argument("--demo-maildir", type=pathlib.Path, help="shows this Maildir's mail to all, for a demo only")
    parser.add_argument("--timeout", type=float, default=10, help="how many seconds signupd may take for an answer")
    options = parser.parse_args()
    Handler.client = Client(options.socket, options.timeout)
    Handler.maildir = options.demo_maildir
    with listen(options.port) as server:
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # Ends it like Ctrl-C.
        print(f"http://127.0.0.1:{server.server_port}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            pass  # How it is meant to end.


if __name__ == "__main__":
    main()
