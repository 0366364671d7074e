"""A headless Chromium, and the two pages of examples/web as a person sees them."""

import contextlib

from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from sidecar import wait_for

PHONE, DESKTOP = (390, 844), (1280, 860)


@contextlib.contextmanager
def chromium(size=DESKTOP, scale=1):
    options = Options()
    # Without the sandbox, since CI runs as root; the only pages it sees are ours.
    for word in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--lang=en"):
        options.add_argument(word)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)
    try:
        metrics = {"width": size[0], "height": size[1], "deviceScaleFactor": scale, "mobile": size == PHONE}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        yield driver
    finally:
        driver.quit()


class Pages:
    def __init__(self, driver, url):
        self.driver, self.url = driver, url

    def open(self, path=""):
        self.driver.get(self.url + path)

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def text(self, name):
        return self.find(name).text

    @property
    def focus(self):
        return self.driver.switch_to.active_element.get_attribute("id")

    def wait_for_text(self, name, part):
        # An element of the page before is gone when the next one comes.
        def look():
            with contextlib.suppress(Exception):
                return part in self.text(name)

        wait_for(f"'{part}' in {name}", look)

    def sign_up(self, **fields):
        """Types like a person, and presses Enter in the last field."""
        for name, text in fields.items():
            self.retype(name, text)
        self.find("password").send_keys(Keys.ENTER)

    def retype(self, name, text):
        field = self.find(name)
        field.send_keys(Keys.CONTROL, "a")
        field.send_keys(Keys.DELETE)
        field.send_keys(text)

    def wait_for_verify_page(self):
        wait_for("the verify page", lambda: self.driver.current_url == self.url + "verify")

    def enter_code(self, code):
        self.retype("code", code + Keys.ENTER)
