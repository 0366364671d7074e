"""The pages of examples/web in a headless Chromium: errors in their places, the timer, the mail, the keyboard, a phone."""

import unittest

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from browser.pages import DESKTOP, PHONE, Pages, chromium
from sidecar import PASSWORD, Sidecar, wait_for
from web_server import WebServer


class PageTests(unittest.TestCase):
    size = DESKTOP
    settings = {"SIGNUPD_RESEND_AFTER_SECONDS": "3"}

    def setUp(self):
        self.sidecar = Sidecar(**self.settings)
        self.addCleanup(self.sidecar.close)
        self.server = WebServer(self.sidecar, "--demo-maildir", self.sidecar.directory / "Maildir")
        self.addCleanup(self.server.close)
        self.driver = self.enterContext(chromium(self.size))
        self.pages = Pages(self.driver, self.server.url)
        self.pages.open()

    def join(self, email="mira@example.org", nickname="Mira"):
        self.pages.sign_up(email=email, nickname=nickname, password=PASSWORD)
        self.pages.wait_for_verify_page()

    def become_member(self, email, nickname):
        self.join(email, nickname)
        self.pages.enter_code(self.sidecar.code(email))
        self.pages.wait_for_text("welcome", f"Welcome, {nickname}")

    def assert_console_is_quiet(self):
        """Nothing was refused by the page's own policy, and no script failed. A status of 4xx is no failure here."""
        lines = [entry["message"] for entry in self.driver.get_log("browser")]
        self.assertEqual([line for line in lines if "Failed to load resource" not in line], [])

    def test_whole_round_with_each_mistake_on_the_way(self):
        pages = self.pages
        self.assertEqual(pages.focus, "email")
        pages.find("email").send_keys(Keys.ENTER)
        pages.wait_for_text("email-error", "Please fill this in.")
        pages.sign_up(email="mira at example.org", nickname="Mira", password=PASSWORD)
        pages.wait_for_text("email-error", "An address has exactly one @ sign.")
        self.assertEqual(pages.focus, "email")
        pages.sign_up(email="mira@example.org", password="password")
        pages.wait_for_text("password-error", "Too easy to guess: use several unrelated words")
        self.assertEqual(pages.focus, "password")
        self.assertEqual(pages.find("password").get_attribute("aria-invalid"), "true")
        self.assertEqual(pages.text("email-error"), "")
        self.join()

        self.assertEqual(pages.text("address"), "mira@example.org")
        pages.wait_for_text("mail-state", "has been sent")
        code = self.sidecar.code("mira@example.org")
        wrong = "222222" if code != "222222" else "333333"
        pages.enter_code(wrong)
        pages.wait_for_text("code-error", "An incorrect or expired verification code. 4 tries are left.")
        self.assertEqual(pages.focus, "code")
        # As people type what they read: in lower case, with a space.
        pages.enter_code(f"{code[:3].lower()} {code[3:].lower()}")
        pages.wait_for_text("welcome", "Welcome, Mira")
        self.assertEqual(pages.text("done-message"), "Your email has been successfully verified.")
        self.assertEqual(pages.focus, "welcome")
        self.assert_console_is_quiet()

    def test_taken_nickname_and_email_are_said_at_their_fields(self):
        self.become_member("ada@example.org", "Ada")
        self.pages.open()
        self.pages.sign_up(email="other@example.org", nickname="ADA", password=PASSWORD)
        self.pages.wait_for_text("nickname-error", "Nickname is already taken.")
        self.pages.sign_up(email="ada@example.org", nickname="Somebody")
        self.pages.wait_for_text("email-error", "Email is already registered.")
        self.assertEqual(self.pages.text("nickname-error"), "")
        # Mended, it goes through at once: nothing was charged.
        self.join("other@example.org", "Somebody")

    def test_another_code_can_be_asked_for_when_its_time_has_come(self):
        self.join()
        resend = self.pages.find("resend")
        self.pages.wait_for_text("resend", "Send another code (in ")
        self.assertFalse(resend.is_enabled())
        wait_for("end of the timer", resend.is_enabled)
        self.assertEqual(resend.text, "Send another code")
        resend.click()
        self.pages.wait_for_text("resent", "Another code is on its way")
        self.pages.wait_for_text("resend", "(in ")
        mails = wait_for("second mail", lambda: len(self.sidecar.mails("mira@example.org")) == 2)
        self.assertTrue(mails)
        self.pages.enter_code(self.sidecar.code("mira@example.org"))
        self.pages.wait_for_text("welcome", "Welcome, Mira")

    def test_code_that_was_guessed_at_is_dead_and_another_one_works(self):
        self.join()
        first = self.sidecar.code("mira@example.org")
        wrong = "222222" if first != "222222" else "333333"
        left = ["4 tries are left", "3 tries are left", "2 tries are left", "One try is left", "No try is left"]
        for text in [*left, "Too many wrong codes. Ask for another one."]:
            self.pages.enter_code(wrong)
            self.pages.wait_for_text("code-error", text)
        wait_for("end of the timer", self.pages.find("resend").is_enabled)
        self.pages.find("resend").click()
        second = wait_for("second code", lambda: self.sidecar.codes("mira@example.org") - {first}).pop()
        self.pages.enter_code(second)
        self.pages.wait_for_text("welcome", "Welcome, Mira")

    def test_panel_shows_the_mail_that_arrived(self):
        self.join()
        code = self.sidecar.code("mira@example.org")
        self.pages.wait_for_text("mails", code)
        self.pages.wait_for_text("mails", "mira@example.org")

    def test_what_a_person_typed_is_text_and_no_page(self):
        self.become_member("tag@example.org", "<b id=x>Tag</b>")
        self.assertEqual(self.driver.find_elements(By.ID, "x"), [])
        self.assert_console_is_quiet()

    def test_verified_in_another_window_is_seen_here(self):
        self.join()
        code = self.sidecar.code("mira@example.org")
        verify = """return fetch("/api/verify", {
            method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({code: arguments[0]})
        })"""
        self.driver.execute_script(verify, code)
        self.driver.refresh()
        self.pages.wait_for_text("done-message", "successfully verified")

    def test_without_a_signup_the_verify_page_leads_back(self):
        self.pages.open("verify")
        wait_for("the sign-up page", lambda: self.driver.current_url == self.server.url)

    def test_service_that_is_away_is_said_above_the_button(self):
        self.sidecar.stop()
        self.pages.sign_up(email="mira@example.org", nickname="Mira", password=PASSWORD)
        self.pages.wait_for_text("form-error", "Signupd did not answer")
        self.sidecar.start()
        self.pages.find("password").send_keys(Keys.ENTER)
        self.pages.wait_for_verify_page()

    def test_password_can_be_looked_at(self):
        self.pages.retype("password", "seven quiet lamps")
        reveal = self.pages.find("reveal")
        reveal.click()
        self.assertEqual(self.pages.find("password").get_attribute("type"), "text")
        self.assertEqual(reveal.get_attribute("aria-pressed"), "true")

    def test_every_field_is_named_and_described_and_reached_by_tab(self):
        for path in ("", "verify"):
            if path:
                self.join()
            for field in self.driver.find_elements(By.CSS_SELECTOR, "input"):
                name = field.get_attribute("id")
                self.assertEqual(len(self.driver.find_elements(By.CSS_SELECTOR, f"label[for={name}]")), 1, name)
                for description in field.get_attribute("aria-describedby").split():
                    self.pages.find(description)
        self.pages.open()
        order = []
        for _ in range(5):
            order.append(self.pages.focus)
            self.driver.switch_to.active_element.send_keys(Keys.TAB)
        self.assertEqual(order[:4], ["email", "nickname", "password", "reveal"])


class PhoneTests(PageTests):
    """The same on a phone, where in addition nothing sticks out."""

    size = PHONE

    def tearDown(self):
        width = self.driver.execute_script("return document.documentElement.scrollWidth")
        self.assertLessEqual(width, PHONE[0])


if __name__ == "__main__":
    unittest.main()
