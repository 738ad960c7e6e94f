"""A Chromium without a window: how it is started, how it looks at a page, and how it takes a picture."""

import base64
import shutil

import pytest

ADMIN = "admin-token-of-the-browser-tests"


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
