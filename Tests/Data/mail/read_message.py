"""Reads a message from standard input as any mail reader would (Python's email package) and prints it as JSON."""

import email
import email.policy
import json
import sys

message = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)
parts = [part for part in message.walk() if not part.is_multipart()]
json.dump(
    {
        "type": message.get_content_type(),
        "headers": {name.lower(): str(value) for name, value in message.items()},
        "parts": [
            {"type": part.get_content_type(), "charset": part.get_content_charset(), "text": part.get_content()}
            for part in parts
        ],
        "defects": [type(defect).__name__ for part in message.walk() for defect in part.defects],
        "date": message["date"].datetime.isoformat() if message["date"] else None,
    },
    sys.stdout,
)
