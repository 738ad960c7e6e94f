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
def keyed(tmp_path_factory):
    """A gateway with keys in every state, of several tenants, one of them named by the settings. Nobody reads it without a token."""
    sandbox, folder = Sandbox(tmp_path_factory.mktemp("sandbox")), tmp_path_factory.mktemp("keyed")
    (folder / "bursar.yaml").write_text("keys:\n  nightly-report: {rpm: 10, daily: 0.5}\n  staging: {rpm: 5}\n")
    gateway = Gateway(folder, sandbox.url, BURSAR_ADMIN_TOKEN=ADMIN, FALLBACK_MODEL_CHAIN="openai/gpt-5-mini")

    def ask(method, path, **body):
        answer = gateway.http.request(method, f"/api/admin/keys{path}", json=body, headers={"Authorization": f"Bearer {ADMIN}"})
        assert answer.status_code < 300, answer.text
        return answer.json()

    for tenant, key, rules in [
        ("support-bot", "support-bot-1", {"models": ["openai/gpt-5.2", "openai/gpt-5-mini", "anthropic/*"], "rpm": 600, "concurrent": 20}),
        ("support-bot", "support-bot-canary", {"tags": ["env=canary", "team=support"], "needsUser": True, "needsRun": True}),
        ("product-search", "search", {"models": ["meta-llama/*"], "expiresAt": "2090-01-31T18:00:00Z"}),
        ("product-search", "search-batch", {"concurrent": 2, "budgets": [{"period": "day", "capUsd": "5"}, {"period": "total", "capUsd": "200"}]}),
        ("newsletter", "nightly-report", {}), ("newsletter", "newsletter-old", {}), ("platform", "ci", {"actsFor": ["*"], "rpm": 30}),
    ]:
        made = ask("POST", "", tenant=tenant, key=key, **rules)
        scope = {"X-Bursar-User": "ann", "X-Bursar-Run": "r1"}
        if key != "newsletter-old":
            gateway.chat(model="meta-llama/llama-3.1-8b-instruct" if key == "search" else "openai/gpt-5-mini",
                         headers={"Authorization": f"Bearer {made['secret']}", **scope}, max_tokens=200)
    ask("POST", "/search-batch/rotate", overlapSeconds=86_400)
    ask("DELETE", "/newsletter-old")
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
