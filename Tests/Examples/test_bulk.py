"""examples/shell/bulk.sh: a CSV file of people through `signupd pipe`."""

import json
import subprocess
import unittest

from sidecar import ROOT, Sidecar

SCRIPT = ROOT / "examples/shell/bulk.sh"


class BulkTests(unittest.TestCase):
    def setUp(self):
        # For its directory and environment; the pipe needs no server.
        self.sidecar = Sidecar()
        self.addCleanup(self.sidecar.close)
        self.sidecar.stop()

    def run_script(self, text):
        file = self.sidecar.directory / "people.csv"
        file.write_text(text)
        done = subprocess.run(["sh", SCRIPT, file], env=self.sidecar.environment, capture_output=True, text=True)
        return done, [json.loads(line) for line in done.stdout.splitlines()]

    def test_the_file_beside_it(self):
        done, replies = self.run_script((SCRIPT.parent / "people.csv").read_text())
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(["result" in reply for reply in replies], [True, True, False])
        self.assertIn("people.csv:4: Invalid password (INVALID_PASSWORD)\n", done.stderr)
        self.assertEqual(len(self.sidecar.mails("ada@example.org")), 1)

    def test_second_run_mails_nobody_again(self):
        people = "email,nickname,password\r\nada@example.org,Ada,seven quiet lamps\r\n"
        _, first = self.run_script(people)
        done, second = self.run_script(people)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(first[0]["result"]["signup_id"], second[0]["result"]["signup_id"])
        self.assertEqual(len(self.sidecar.mails("ada@example.org")), 1)

    def test_quotes_commas_and_wrong_lines(self):
        lines = ['"ada@example.org","Ada","one, ""two"" lamps"', "too,few", "one,two,many,fields", 'a"b,c,d', ",,"]
        done, replies = self.run_script("\n".join(["email,nickname,password", *lines, ""]))
        reasons = [reply["error"]["data"]["reason"] if "error" in reply else None for reply in replies]
        self.assertEqual(reasons, [None, *3 * ["MISSING_FIELD"], "INVALID_EMAIL"], done.stderr)

    def test_another_heading_is_refused(self):
        done, _ = self.run_script("name,email\n")
        self.assertEqual(done.returncode, 65)
        self.assertIn("the first line must be email,nickname,password", done.stderr)
