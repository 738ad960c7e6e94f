"""Makes docs/dashboard.png: a small shop's day in the sandbox, then the overview as it really looks.

    .venv/bin/python Tests/Browser/picture.py [FILE [FOLDER FOR OTHER PAGES]]

Every amount is of a call that went through the gateway.
"""

import json
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))

import support  # noqa: E402
from screen import look, open_chromium, shoot  # noqa: E402

APPS = {
    # tenant: model, thousands of tokens a call, calls
    "support-bot": ("openai/gpt-5.2", 9, 9),
    "product-search": ("openai/gpt-5-mini", 12, 14),
    "invoice-reader": ("anthropic/claude-sonnet-4.5", 5, 6),
    "newsletter": ("openai/gpt-5.2", 3, 6),
    "translations": ("google/gemini-2.5-flash", 11, 5),
}
SETTINGS = {
    "GLOBAL_MONTHLY_BUDGET": "60", "GLOBAL_DAILY_BUDGET": "none", "DEFAULT_DAILY_BUDGET": "1.50", "DEFAULT_MONTHLY_BUDGET": "40",
    "TENANT_BUDGETS": json.dumps({"newsletter": {"daily": 0.2, "monthly": 5}, "support-bot": {"daily": 1.5, "monthly": 35}}),
    "FALLBACK_MODEL_CHAIN": "openai/gpt-5-mini,openai/gpt-4o-mini", "BUDGET_TIME_ZONE": "Pacific/Auckland", "LOG_LEVEL": "warning",
}


def calls(seed=7):
    """Who calls, and for how much, one after the other."""
    chance = random.Random(seed)
    all_of_them = [
        (tenant, model, round(thousands * 1000 * chance.uniform(0.5, 1.4)))
        for tenant, (model, thousands, count) in APPS.items() for _ in range(count)]
    chance.shuffle(all_of_them)
    return all_of_them


def main(path, others=None):
    with tempfile.TemporaryDirectory(prefix="bursar-picture-") as folder:
        sandbox = support.Sandbox(folder)
        gateway = chromium = None
        try:
            gateway = support.Gateway(folder, sandbox.url, **SETTINGS)
            for tenant, model, tokens in calls():
                gateway.spend(tokens, model, tenant)
            chromium = open_chromium(pathlib.Path(folder) / "chromium")
            look(chromium, "light", 1180, 800)
            chromium.get(gateway.url)
            support.eventually(lambda: chromium.find_element("id", "live").text == "live")
            shoot(chromium, pathlib.Path(path))
            for name, (scheme, width, height) in {"dark": ("dark", 1180, 800), "phone": ("light", 390, 844)}.items():
                look(chromium, scheme, width, height)
                for place in ("", "tenants", "models", "receipts", "receipts/req-20", "tenants/support-bot", "tenants/newsletter"):
                    if others:
                        chromium.get(f"{gateway.url}/{place}")
                        shoot(chromium, pathlib.Path(others) / f"picture-{place.replace('/', '-') or 'overview'}-{name}.png")
        finally:
            if chromium:
                chromium.quit()
            for program in (gateway, sandbox):
                if program:
                    program.kill()


if __name__ == "__main__":
    main(*sys.argv[1:] or [pathlib.Path(__file__).resolve().parents[2] / "docs" / "dashboard.png"])
