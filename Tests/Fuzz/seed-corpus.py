#!/usr/bin/python3
"""Writes what fuzzing starts from: the cases of protocol/vectors and some texts for the parsers they do not reach.

Usage: seed-corpus.py DIRECTORY. One folder a target, one file an input. What fuzzing itself found is kept in Tests/Fuzz/Corpus.
"""

import base64
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
CORPUS = pathlib.Path(sys.argv[1])
# Longer cases are about one limit each; short inputs reach the same limits, which the target makes small.
LONGEST = 1024

METHODS = [
    "outbox.drop", "outbox.list", "outbox.retry", "resend", "rpc.discover", "service.health", "service.info",
    "service.ping", "service.stats", "signup", "status", "verify",
]


def add(target, name, content):
    if len(content) > LONGEST:
        return
    path = CORPUS / target / re.sub(r"[^A-Za-z0-9_.-]", "_", name)
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_bytes(content)


def wire():
    for line in (ROOT / "protocol/vectors/wire.jsonl").read_text().splitlines():
        case = json.loads(line)
        if "in" in case:
            content = case["in"].encode("utf-8", "surrogatepass")
        elif "in_hex" in case:
            content = bytes.fromhex(case["in_hex"])
        else:
            content = "".join(text * times for text, times in case["in_parts"]).encode()
        add("framing", case["id"], b"\x0b\x01" + content)
        add("session", case["id"], b"\x02" + content.replace(b"\n", b"\n\x80\x81"))
        for number, text in enumerate(content.split(b"\n")):
            if number == 0 and text:
                add("json", case["id"], text)


def inputs():
    for line in (ROOT / "protocol/vectors/inputs.jsonl").read_text().splitlines():
        case = json.loads(line)
        if "params" not in case:
            content = base64.b64decode(case["line_b64"]) if "line_b64" in case else case["line"].encode()
            add("json", case["name"], content)
            continue
        params = case["params"]
        text = json.dumps(params).encode()
        add("methods", case["name"], bytes([METHODS.index(case["method"])]) + text)
        group = case["group"]
        value = params.get(group)
        if isinstance(value, str):
            target = "values" if group == "code" else group
            add(target, case["name"], value.encode("utf-8", "surrogatepass"))


def others():
    for number, name in enumerate(METHODS):
        add("methods", "plain-" + name, bytes([number]) + b"{}")
    queries = {
        "status": '{"email":"mira@example.org"}',
        "resend": '{"signup_id":"01a2032d-9070-7074-a20d-8d7df1d30041","client_ip":"2001:db8::7"}',
        "verify": '{"email":"mira@example.org","signup_id":"01a2032d-9070-7074-a20d-8d7df1d30041","code":"k7m-2xq"}',
        "outbox.list": '{"state":"dead","limit":5}',
        "outbox.retry": '{"ids":[1,2,3]}',
        "outbox.drop": '{"ids":[9]}',
        "signup": '{"email":"a@b.cd","password":"violet-Kettle 41 harbor","nickname":"Zoë","locale":"ko-KR",'
        '"_meta":{"idempotency_key":"k","timeout_ms":500,"traceparent":"00-0-0-00"}}',
    }
    for name, params in queries.items():
        add("methods", "full-" + name, bytes([METHODS.index(name)]) + params.encode())
    settings = [
        (0, b"mariadb://signupd:\x01@db.example.org:3306/signupd"),
        (0, b"mariadb://signupd:\x01@localhost/signupd?socket=/run/mysqld/mysqld.sock"),
        (0, b"sqlite:/var/lib/signupd/signupd.sqlite"),
        (1, b"redis://user:\x01@[::1]:6379/0"),
        (1, b"redis+unix:/run/redis/redis.sock?db=3"),
        (1, b"rediss://:\x01@cache.example.org"),
        (2, b"smtp://user%40example.org:\x01%23@mail.example.org:587"),
        (2, b"smtp://:\x01@127.0.0.1:25?tls=off"),
        (2, b"smtps://user:\x01@mail.example.org"),
        (2, b"maildir:/var/mail/out"),
        (3, b"00" * 32 + b"," + b"ab" * 40),
        (3, b"q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k="),
        (3, b"\x01"),
        (4, b"Example <no-reply@example.org>"),
    ]
    for number, (setting, text) in enumerate(settings):
        add("settings", "setting-%02d" % number, bytes([setting]) + text)
    values = [
        "K7M2XQ", "k7m 2xq", "01a2032d-9070-7074-a20d-8d7df1d30041", "203.0.113.7", "2001:db8:1:2::7", "::ffff:203.0.113.7",
        "Example <no-reply@example.org>", '"Ex\\"ample, Inc." <a@b>', "Müller <a@b.example>", "signupd@localhost",
    ]
    for number, text in enumerate(values):
        add("values", "value-%02d" % number, text.encode())
    # Low bytes are our own turns: EHLO, STARTTLS, AUTH, MAIL, RCPT, DATA.
    conversations = [
        b"220 hello\n\x00\n250-hi\n250 STARTTLS\n\x01\n220 go\n\x00\n250 ok\n\x03\n250 ok\n\x04\n250 ok\n\x05\n354 go\n250 kept\n",
        b"220 hello\n\x00\n250 ok\n\x02\n334 \n\x03\n535 no\n",
        b"220 hello\n\x00\n250 ok\n\x03\n250 ok\n\x04\n550-no <d@e.f>\n550 really\n",
        b"554 go away\n",
        b"220 hello\n\x05\n354 go\n451 later\n",
    ]
    for number, text in enumerate(conversations):
        add("smtp", "conversation-%d" % number, text)
    # The parts, as MailPart lists them: subject, the subject with the code, text, HTML.
    templates = [
        (0, "Verify your address\n"), (1, "{{code}} is your code"), (2, "{{! a comment }}Your code: {{code}}\n\nIt lives {{lifetime}}.\n"),
        (3, "<p>{{{code}}} {{& minutes}} {{lifetime}}</p>"), (2, "{{#code}}{{code}}{{/code}}"), (2, "{{=<% %>=}}<% code %>"),
        (3, "{{> part}}{{code}}"), (2, "{{code}} {{cod}}"), (2, "{{code}"), (1, "{{code}}\nBcc: x"),
    ]
    for number, (part, text) in enumerate(templates):
        add("templates", "template-%d" % number, bytes([part]) + text.encode())
    for path in (ROOT / "Sources/Mail/Resources/Templates").glob("verify-email.*.mustache"):
        part = ["subject", "code-subject", "txt", "html"].index(path.name.split(".")[2])
        add("templates", path.name, bytes([part]) + path.read_bytes())


wire()
inputs()
others()
