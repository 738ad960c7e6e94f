"""Makes docs/dashboard.png: a small shop's month in the sandbox, played in minutes, then the overview as it really looks.

    .venv/bin/python Tests/Browser/picture.py [FILE]

Every amount is of a call that went through the gateway. The wall clock of both programs is libfaketime's: it jumps to the next
call, so that a month goes by.
"""

import datetime
import glob
import json
import pathlib
import random
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))

import conftest  # noqa: E402
import support  # noqa: E402
from test_browser import shoot  # noqa: E402

FIRST, LAST = datetime.datetime(2026, 11, 1), datetime.datetime(2026, 11, 26, 14, 20)
APPS = {
    # tenant: model, thousands of tokens a call, calls on a working day, on a Sunday
    "support-bot": ("openai/gpt-5.2", 9, 9, 4),
    "product-search": ("openai/gpt-5-mini", 12, 12, 9),
    "invoice-reader": ("anthropic/claude-sonnet-4.5", 5, 4, 0),
    "newsletter": ("openai/gpt-5.2", 8, 1, 0),
    "translations": ("google/gemini-2.5-flash", 11, 5, 0),
}
SETTINGS = {
    "GLOBAL_MONTHLY_BUDGET": "60", "GLOBAL_DAILY_BUDGET": "none", "DEFAULT_DAILY_BUDGET": "1.50", "DEFAULT_MONTHLY_BUDGET": "40",
    "TENANT_BUDGETS": json.dumps({"newsletter": {"daily": 0.13, "monthly": 5}, "support-bot": {"daily": 1.5, "monthly": 35}}),
    "FALLBACK_MODEL_CHAIN": "openai/gpt-5-mini,openai/gpt-4o-mini", "BUDGET_TIME_ZONE": "Europe/Berlin", "LOG_LEVEL": "warning",
}


class Clock:
    """The wall clock of the programs: a file that libfaketime reads at every look."""

    def __init__(self, folder):
        self.file = pathlib.Path(folder) / "now"
        self.at = FIRST
        self.set(FIRST)

    def set(self, at):
        self.at = max(at, self.at)
        self.file.write_text(self.at.strftime("@%Y-%m-%d %H:%M:%S\n"))

    def environment(self):
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise SystemExit("libfaketime is not here; on Debian: apt-get install faketime")
        return {
            "LD_PRELOAD": found[0], "TZ": "UTC", "FAKETIME_TIMESTAMP_FILE": str(self.file), "FAKETIME_NO_CACHE": "1",
            "DONT_FAKE_MONOTONIC": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def calls(seed=7):
    """When which app calls, and for how much: busy by day, quiet on Sundays."""
    chance = random.Random(seed)
    day = FIRST
    while day < LAST:
        for tenant, (model, thousands, weekday, sunday) in APPS.items():
            usual = sunday if day.weekday() == 6 else weekday
            for _ in range(max(0, round(usual * chance.uniform(0.6, 1.3)))):
                hour = chance.triangular(6, 21, 11)
                tokens = round(thousands * 1000 * chance.uniform(0.5, 1.4))
                at = day + datetime.timedelta(hours=hour)
                if at < LAST:
                    yield at, tenant, model, tokens
        day += datetime.timedelta(days=1)


def main(path):
    with tempfile.TemporaryDirectory(prefix="bursar-picture-") as folder:
        clock = Clock(folder)
        environment = clock.environment()

        sandbox = support.Sandbox(folder)
        gateway = None
        chromium = None
        try:
            gateway = support.Gateway(folder, sandbox.url, **SETTINGS, **environment)
            planned = sorted(calls())
            for number, (at, tenant, model, tokens) in enumerate(planned):
                clock.set(at)
                gateway.spend(tokens, model, tenant)
                if number % 100 == 0:
                    print(f"{number} of {len(planned)} calls", flush=True)
            clock.set(LAST)
            chromium = conftest.open_chromium(pathlib.Path(folder) / "chromium")
            conftest.look(chromium, "light", 1180, 800)
            chromium.get(gateway.url)
            support.eventually(lambda: chromium.find_element("id", "live").text == "live")
            shoot(chromium, pathlib.Path(path))
            for name, (scheme, width, height) in {"dark": ("dark", 1180, 800), "phone": ("light", 390, 844)}.items():
                if len(sys.argv) > 2:
                    conftest.look(chromium, scheme, width, height)
                    for place in ("", "models", "receipts", "tenants/support-bot", "tenants/newsletter"):
                        chromium.get(f"{gateway.url}/{place}")
                        shoot(chromium, pathlib.Path(sys.argv[2]) / f"month-{place.replace('/', '-') or 'overview'}-{name}.png")
        finally:
            for program in (gateway, sandbox):
                if program:
                    program.kill()
            if chromium:
                chromium.quit()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2] / "docs" / "dashboard.png")
