"""A Chromium without a window: how it is started, how it looks at a page, and how it takes a picture."""

import base64
import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))

import support  # noqa: E402

ADMIN = "admin-token-of-the-browser-tests"
AXE = (pathlib.Path(__file__).parent / "axe.js").read_text()
LOOKS = {"light": ("light", 1280, 900), "dark": ("dark", 1280, 900), "phone": ("light", 390, 844), "phone-dark": ("dark", 390, 844)}


def find(*names):
    return next((path for name in names if (path := shutil.which(name))), None)


def open_chromium(folder):
    """A browser without a window; skips where there is none."""
    browser, driver = find("chromium", "chromium-browser", "google-chrome"), find("chromedriver")
    if not browser or not driver:
        pytest.skip("no chromium with chromedriver is here; scripts/setup.sh browser installs them")
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not in .venv; make browser installs it")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for flag in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1"):
        options.add_argument(flag)
    options.add_argument(f"--user-data-dir={folder}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(executable_path=driver))


def look(chromium, scheme, width, height):
    chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    chromium.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})


def shoot(tab, path):
    """The whole page, not only what the window shows."""
    size = tab.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
    picture = tab.execute_cdp_cmd(
        "Page.captureScreenshot",
        {"captureBeyondViewport": True, "clip": {"x": 0, "y": 0, "width": size["width"], "height": size["height"], "scale": 1}})
    path.write_bytes(base64.b64decode(picture["data"]))


def eventually(check):
    """As everywhere, where a page that is just being replaced says nothing yet."""

    from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException

    def told():
        try:
            return check()
        except (NoSuchElementException, StaleElementReferenceException):
            return None

    return support.eventually(told)


def complaints(tab):
    return [entry["message"] for entry in tab.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]


def sign_in(tab, shop):
    tab.get(f"{shop.url}/login")
    tab.find_element("id", "token").send_keys(ADMIN + "\n")
    assert eventually(lambda: "Sign out" in tab.find_element("tag name", "header").text)
