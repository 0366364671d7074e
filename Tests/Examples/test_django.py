"""examples/django: its own tests, run by Django's own test runner against the built program."""

import subprocess
import unittest

from sidecar import ROOT, Sidecar


class DjangoTests(unittest.TestCase):
    def setUp(self):
        self.sidecar = Sidecar()
        self.addCleanup(self.sidecar.close)

    def manage(self, *words):
        database = str(self.sidecar.directory / "django.sqlite")
        settings = {"SIGNUPD_SOCKET": self.sidecar.path, "DJANGO_DATABASE": database}
        environment = {**self.sidecar.environment, **settings}
        command = ["/usr/bin/python3", "-B", "manage.py", *words]
        return subprocess.run(
            command, cwd=ROOT / "examples/django", env=environment, capture_output=True, text=True, timeout=120
        )

    def test_its_own_tests(self):
        done = self.manage("test", "--verbosity", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"Ran [7-9] tests")

    def test_project_is_complete(self):
        done = self.manage("check", "--fail-level", "WARNING")
        self.assertEqual(done.returncode, 0, done.stderr)
        made = self.manage("migrate")
        self.assertEqual(made.returncode, 0, made.stderr)
        missing = self.manage("makemigrations", "--check", "--dry-run")
        self.assertEqual(missing.returncode, 0, missing.stdout)
