"""Pictures of the pages in examples/web. Usage: python3 -m browser.take_screenshots DIRECTORY (from Tests/Examples)"""

import contextlib
import pathlib
import sys

from browser.pages import PHONE, Pages, chromium
from sidecar import PASSWORD, Sidecar
from web_server import WebServer

DESKTOP = (1120, 700)


def walk(driver, url, sidecar, name, save):
    pages = Pages(driver, url)
    pages.open()
    pages.sign_up(email=f"{name}@example.org", nickname=name.capitalize(), password="password")
    pages.wait_for_text("password-error", "Too easy to guess")
    save("1-weak-password")
    pages.sign_up(password=PASSWORD)
    pages.wait_for_verify_page()
    pages.wait_for_text("mail-state", "has been sent")
    code = sidecar.code(f"{name}@example.org")
    pages.wait_for_text("mails", code)
    pages.enter_code("222222" if code != "222222" else "333333")
    pages.wait_for_text("code-error", "4 tries are left")
    save("2-wrong-code")
    pages.enter_code(code)
    pages.wait_for_text("welcome", "Welcome")
    save("3-verified")


def main(directory):
    with contextlib.ExitStack() as stack:
        sidecar = Sidecar()
        stack.callback(sidecar.close)
        server = WebServer(sidecar, "--demo-maildir", sidecar.directory / "Maildir")
        stack.callback(server.close)
        for device, name, size in (("desktop", "mira", DESKTOP), ("phone", "ada", PHONE)):
            with chromium(size) as driver:

                def save(step):
                    driver.save_screenshot(str(pathlib.Path(directory, f"{device}-{step}.png")))

                walk(driver, server.url, sidecar, name, save)


if __name__ == "__main__":
    main(sys.argv[1])
