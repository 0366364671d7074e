"""An SMTP server for tests: STARTTLS or TLS, AUTH, an idle limit, and a record of every byte it was sent.

Usage: smtp_server.py DIRECTORY OPTIONS-AS-JSON

Writes the port into DIRECTORY/port once it listens, and appends one JSON object a line to DIRECTORY/events:
    {"event": "open"|"close", "connection": n}
    {"event": "bytes", "connection": n, "encrypted": bool, "base64": …}      as read from the wire, after decryption
    {"event": "message", "connection": n, "from": …, "to": […], "user": … or null, "base64": …}
Refuses at RCPT the addresses that DIRECTORY/refusals names, a JSON object of address to reply, read anew each time; under the name
"content" stands a reply to every message, in which {subject} is the message's own.
Needs aiosmtpd (Debian: python3-aiosmtpd).
"""

import asyncio
import base64
import json
import logging
import os
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult


class Record:
    """The events file, and numbers for connections."""

    def __init__(self, directory):
        self.directory = directory
        self.file = open(os.path.join(directory, "events"), "a", buffering=1)
        self.connections = 0

    def refusals(self):
        try:
            with open(os.path.join(self.directory, "refusals")) as file:
                return json.load(file)
        except FileNotFoundError:
            return {}

    def write(self, event, connection, **details):
        self.file.write(json.dumps({"event": event, "connection": connection, **details}) + "\n")


class Handler:
    """Accepts every message but to those it is told to refuse, and notes whose it was."""

    async def handle_RCPT(self, server, session, envelope, address, options):
        refusal = server.record.refusals().get(address)
        if refusal:
            return refusal
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 Ok"

    async def handle_DATA(self, server, session, envelope):
        refusal = server.record.refusals().get("content")
        if refusal:
            lines = envelope.original_content.decode().splitlines()
            return refusal.format(subject=next(line for line in lines if line.startswith("Subject: ")))
        user = session.auth_data if session.authenticated else None
        content = base64.b64encode(envelope.original_content).decode()
        server.note("message", **{"from": envelope.mail_from}, to=envelope.rcpt_tos, user=user, base64=content)
        return "250 2.0.0 Ok: queued as TEST"


class RecordingSMTP(SMTP):
    """aiosmtpd's server, with what the tests need to see and to provoke."""

    def __init__(self, record, options, **arguments):
        super().__init__(Handler(), hostname="mail.test", **arguments)
        self.record, self.options = record, options
        self.connection = None

    def note(self, event, **details):
        self.record.write(event, self.connection, **details)

    def connection_made(self, transport):
        # Called a second time when STARTTLS wraps the connection.
        if self.connection is None:
            self.record.connections += 1
            self.connection = self.record.connections
            self.note("open")
        super().connection_made(transport)

    def data_received(self, data):
        encrypted = self.transport.get_extra_info("ssl_object") is not None
        self.note("bytes", encrypted=encrypted, base64=base64.b64encode(data).decode())
        super().data_received(data)

    def connection_lost(self, error):
        self.note("close")
        super().connection_lost(error)

    def _timeout_cb(self):
        if self.options.get("farewell"):
            self.transport.write(b"421 4.4.2 mail.test Error: timeout exceeded\r\n")
        super()._timeout_cb()


def authenticator(options):
    def check(server, session, envelope, mechanism, data):
        accepted = (options["user"].encode(), options["password"].encode())
        if (data.login, data.password) != accepted:
            return AuthResult(success=False, handled=False)
        return AuthResult(success=True, auth_data=data.login.decode())

    return check


async def main(directory, options):
    logging.disable(logging.CRITICAL)
    record = Record(directory)
    context = None
    if "certificate" in options:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(options["certificate"], options["key"])
    arguments = {"timeout": options.get("idle_seconds", 300)}
    if context and not options.get("implicit_tls"):
        arguments.update(tls_context=context, require_starttls=True)
    if "user" in options:
        # Implicit TLS is none of aiosmtpd's business: to it the connection looks plain.
        arguments.update(
            authenticator=authenticator(options),
            auth_required=True,
            auth_require_tls=context is not None and not options.get("implicit_tls"),
        )
    server = await asyncio.get_running_loop().create_server(
        lambda: RecordingSMTP(record, options, **arguments),
        "127.0.0.1",
        0,
        ssl=context if options.get("implicit_tls") else None,
    )
    unfinished = os.path.join(directory, "port.unfinished")
    with open(unfinished, "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(unfinished, os.path.join(directory, "port"))
    await server.serve_forever()


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
