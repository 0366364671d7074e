"""With Django's own test client, against a signupd that serves on SIGNUPD_SOCKET and delivers to its Maildir."""

import re
import time
import uuid

from django.conf import settings
from django.test import TransactionTestCase

PASSWORD = "violet-Kettle 41 harbor"
MAIL_SECONDS = 30


def code_for(email):
    deadline = time.monotonic() + MAIL_SECONDS
    while time.monotonic() < deadline:
        for mail in settings.SIGNUPD_STATE_DIR.glob("Maildir/new/*"):
            text = mail.read_text()
            if f"\nTo: {email}\n" in text:
                return re.search(r"Your verification code is: (\w{6})", text)[1]
        time.sleep(0.02)
    raise AssertionError(f"no mail to {email} after {MAIL_SECONDS} s")


class SignupTests(TransactionTestCase):
    # No transaction around a test: it would not see the members that signupd makes meanwhile.
    databases = {"default", "members"}

    def setUp(self):
        name = uuid.uuid4().hex[:12]
        self.person = {"email": f"{name}@example.org", "password": PASSWORD, "nickname": f"Django {name}"}

    def post(self, path, status, headers=None, **fields):
        response = self.client.post(path, fields, content_type="application/json", **(headers or {}))
        self.assertEqual(response.status_code, status, response.content)
        return response.json()

    def join(self, **changes):
        person = {**self.person, **changes}
        self.post("/signup/", 201, **person)
        self.post("/verify-email/", 200, email=person["email"], code=code_for(person["email"]))

    def test_tutorials_round(self):
        self.assertEqual(self.post("/signup/", 201, **self.person), {"message": "Please verify your email address"})
        email = self.person["email"]
        refused = self.post("/verify-email/", 400, email=email, code="222222")
        self.assertEqual(refused, {"message": "an incorrect or expired verification code", "field": "code"})
        verified = self.post("/verify-email/", 200, email=email, code=code_for(email))
        self.assertEqual(verified, {"message": "email has been successfully verified"})

    def test_taken_email_and_nickname_are_conflicts(self):
        self.join()
        refused = self.post("/signup/", 409, **{**self.person, "nickname": "Somebody else"})
        self.assertEqual(refused, {"message": "Email is already registered", "field": "email"})
        refused = self.post("/signup/", 409, **{**self.person, "email": f"other-{self.person['email']}"})
        self.assertEqual(refused, {"message": "Nickname is already taken", "field": "nickname"})

    def test_wrong_input_is_an_error_of_its_field(self):
        self.assertEqual(self.post("/signup/", 400, **{**self.person, "password": "password"})["field"], "password")
        self.assertEqual(self.post("/signup/", 400, email="x", password=PASSWORD, nickname="Nick")["field"], "email")
        self.assertEqual(self.post("/signup/", 400, email=self.person["email"])["field"], "password")
        self.assertEqual(self.client.post("/signup/", self.person).status_code, 415)
        self.assertEqual(self.client.get("/signup/").status_code, 405)

    def test_same_key_signs_up_once(self):
        key = {"HTTP_IDEMPOTENCY_KEY": str(uuid.uuid4())}
        self.post("/signup/", 201, headers=key, **self.person)
        first = self.client.session["signup"]["id"]
        self.post("/signup/", 201, headers=key, **self.person)
        self.assertEqual(self.client.session["signup"]["id"], first)

    def test_second_signup_at_once_says_when_to_try_again(self):
        self.post("/signup/", 201, **self.person)
        response = self.client.post("/signup/", self.person, content_type="application/json")
        self.assertEqual(response.status_code, 429)
        self.assertGreater(int(response["Retry-After"]), 0)

    def test_member_logs_in(self):
        # The same password as two sequences of code points.
        composed, decomposed = "vio\u00e9let-Kettle 41 harbor", "vioe\u0301let-Kettle 41 harbor"
        email = self.person["email"]
        self.post("/signup/", 201, **{**self.person, "password": decomposed})
        self.post("/login/", 401, email=email, password=composed)
        self.post("/verify-email/", 200, email=email, code=code_for(email))
        self.post("/login/", 401, email=email, password="violet-Kettle 42 harbor")
        self.assertNotIn("_auth_user_id", self.client.session)
        welcome = self.post("/login/", 200, email=email.upper(), password=composed)
        self.assertEqual(welcome["nickname"], self.person["nickname"])
        self.post("/login/", 200, email=email, password=decomposed)
        self.assertIn("_auth_user_id", self.client.session)

    def test_argon2_of_django_reads_what_signupd_wrote(self):
        from accounts.models import Member

        self.join()
        member = Member.objects.get(email=self.person["email"])
        self.assertTrue(member.password_hash.startswith("$argon2id$v=19$"))
