"""What every Python client here does: sign up, read the code from the mail, verify, and get one error.

A client is a function `call(method, params)` that returns the result, or raises Refused with the error's data.
"""

import pathlib
import re
import time

PASSWORD = "violet-Kettle 41 harbor"


class Refused(Exception):
    """An error reply; `data` is its error.data."""

    def __init__(self, data):
        super().__init__(data["reason"])
        self.data = data


def params_of(name):
    return {"email": f"{name}@example.org", "password": PASSWORD, "nickname": name.capitalize()}


def code_for(name, maildir, seconds=30):
    """Waits for the code that was mailed to the client's person."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for mail in pathlib.Path(maildir, "new").glob("*"):
            text = mail.read_text()
            found = re.search(r"Your verification code is: (\w{6})", text)
            if f"To: {name}@example.org\n" in text and found:
                return found[1]
        time.sleep(0.02)
    raise SystemExit(f"no mail to {name}@example.org after {seconds} s")


async def converse(call, name, maildir):
    receipt = await call("signup", params_of(name))
    assert receipt["is_active"] is False, receipt
    code = code_for(name, maildir)
    member = await call("verify", {"email": f"{name}@example.org", "signup_id": receipt["signup_id"], "code": code})
    assert member["is_active"] is True and member["nickname"] == name.capitalize(), member
    try:
        await call("signup", params_of(name))
    except Refused as refused:
        assert refused.data["reason"] == "EMAIL_TAKEN" and refused.data["status"] == 409, refused.data
    else:
        raise AssertionError("a member signed up again")
    print(f"{name}: signup, verify and an error reply")
