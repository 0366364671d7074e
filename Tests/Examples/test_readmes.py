"""What the examples' READMEs tell people to type: their blocks marked `<!-- example: INTERPRETER -->`, in their folder."""

import os
import re
import shutil
import subprocess
import unittest

from sidecar import ROOT, Sidecar

BLOCK = re.compile(r"<!-- example: (\w+) -->\n```\w+\n(.*?)```", re.DOTALL)
FLAGS = {"sh": "-ec", "python3": "-c", "node": "-e", "php": "-r"}
SWIFT_FOLDER = os.path.dirname(shutil.which("swift"))
SECONDS = 120  # One of them builds.


class ReadmeTests(unittest.TestCase):
    def test_marked_blocks_run(self):
        for readme in sorted((ROOT / "examples").glob("*/README.md")):
            for interpreter, code in BLOCK.findall(readme.read_text()):
                with self.subTest(f"{readme.parent.name}: {code.splitlines()[0]}"):
                    self.run_block(readme.parent, interpreter, code)

    def run_block(self, folder, interpreter, code):
        sidecar = Sidecar()
        self.addCleanup(sidecar.close)
        environment = {
            **sidecar.environment,
            "PATH": f"{sidecar.environment['PATH']}:{SWIFT_FOLDER}",
            "PYTHONDONTWRITEBYTECODE": "1",
            "SIGNUPD_SOCKET": sidecar.path,
            "DJANGO_DATABASE": str(sidecar.directory / "django.sqlite"),
            "CGO_ENABLED": "0",
            "GOCACHE": str(ROOT / ".build/examples/go-cache"),
        }
        code = code.replace("/tmp/signupd.sock", sidecar.path)
        code = code.replace("replies.jsonl", str(sidecar.directory / "replies.jsonl"))
        command = [interpreter, FLAGS[interpreter], code]
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=SECONDS)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, "201 |none|INVALID_PASSWORD|No migrations|Applying", done.stderr)


    def test_every_example_has_one_and_is_listed(self):
        listing = (ROOT / "examples/README.md").read_text()
        for folder in (ROOT / "examples").iterdir():
            if folder.is_dir():
                self.assertTrue((folder / "README.md").is_file(), folder)
                self.assertIn(f"]({folder.name}/README.md)", listing)


if __name__ == "__main__":
    unittest.main()
