"""A real Chromium in front of a real gateway with a sandbox behind it."""

import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))

from screen import ADMIN, look, open_chromium  # noqa: E402
from support import BINARY, Gateway, Sandbox  # noqa: E402


def pytest_configure(config):
    if not pathlib.Path(BINARY).exists():
        raise pytest.UsageError(f"{BINARY} is not there: build it, or set BURSAR_BINARY")


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    """Where screenshots go: BURSAR_SHOTS, or a folder that pytest keeps for a while."""
    folder = pathlib.Path(os.environ.get("BURSAR_SHOTS") or tmp_path_factory.mktemp("shots"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """A gateway with a few tenants: one that is fine, one near its end, one that is stopped."""
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox"))
    gateway = Gateway(
        tmp_path_factory.mktemp("gateway"), sandbox.url, BURSAR_ADMIN_TOKEN=ADMIN,
        FALLBACK_MODEL_CHAIN="openai/gpt-5-mini", DEFAULT_DAILY_BUDGET="2", DEFAULT_MONTHLY_BUDGET="20",
        TENANT_BUDGETS=json.dumps({"search": {"daily": 0.04}, "newsletter": {"daily": 0.02}}))
    gateway.spend(2_000, tenant="support-bot")
    gateway.spend(900, tenant="support-bot", model="openai/gpt-5-mini")
    gateway.spend(700, tenant="shop")
    for _ in range(5):
        gateway.spend(500, tenant="search")
    for _ in range(12):
        gateway.spend(400, tenant="newsletter")
    yield gateway
    gateway.kill()
    sandbox.kill()


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    running = open_chromium(tmp_path_factory.mktemp("chromium"))
    yield running
    running.quit()


@pytest.fixture
def tab(chromium):
    """Clean: nobody is signed in, light, as wide as a desk's screen."""
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    look(chromium, "light", 1280, 900)
    chromium.get_log("browser")
    return chromium
