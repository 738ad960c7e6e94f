"""Ledgers that earlier versions wrote: they open, verify, serve and keep their balances.

Each `ledgers/VERSION.tar.gz` was made by that version with the sandbox upstream: calls on every endpoint, users, runs, tags,
budgets of six scopes with a temporary raise, credits, corrections, a reset, keys that were changed, rotated and revoked, a
forgotten user, a stream cut by upstream, and a `kill -9` with a call in flight. `VERSION.json` is what that version reported.
"""

import datetime
import json
import pathlib
import subprocess
import tarfile
import time
from decimal import Decimal

import pytest
from support import BINARY, MIDDLE

LEDGERS = pathlib.Path(__file__).parent / "ledgers"
VERSIONS = sorted(path.name.removesuffix(".tar.gz") for path in LEDGERS.glob("*.tar.gz"))
ADMIN = {"Authorization": "Bearer an-admin-token-of-the-tests"}


@pytest.fixture(params=VERSIONS)
def earlier(request, tmp_path):
    """The files of an earlier version in a directory, and what that version reported of them."""
    with tarfile.open(LEDGERS / f"{request.param}.tar.gz") as archive:
        archive.extractall(tmp_path)
    return json.loads((LEDGERS / f"{request.param}.json").read_text())


def verify(directory):
    ran = subprocess.run(
        [BINARY, "verify", "--json"], cwd=directory, capture_output=True, text=True, timeout=60,
        env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "LEDGER_URL": f"sqlite:{directory / 'ledger.db'}",
             "BURSAR_URL": "http://127.0.0.1:9"})
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return json.loads(ran.stdout)


def test_verifies_with_the_same_head_and_sums(earlier, tmp_path):
    found = verify(tmp_path)
    for fact in ("holds", "head", "batches", "entries", "calls", "closed", "unresolved", "settledUsd", "unresolvedUsd", "outsideUsd"):
        assert found[fact] == earlier["verify"][fact], fact


def test_serves_with_the_same_balances_and_keys(earlier, tmp_path, start, sandbox, clock):
    """At the hour after the ledger's last entry, so that its windows are the present ones."""
    last = datetime.datetime.fromisoformat(earlier["verify"]["lastEntryAt"])
    ahead = int(last.timestamp() - time.time()) + 60
    gateway = start(
        sandbox, BURSAR_ADMIN_TOKEN=ADMIN["Authorization"].split()[1], GLOBAL_DAILY_BUDGET=50, MIN_OUTPUT_TOKENS=16,
        TENANT_BUDGETS='{"acme":{"daily":5,"monthly":60}}', BUDGET_TIME_ZONE="Europe/Berlin", **clock(ahead))
    for tenant, before in earlier["usage"].items():
        now = gateway.http.get(f"/api/usage/{tenant}", headers=ADMIN).json()
        for window in ("daily", "monthly"):
            for amount in ("capUsd", "spentUsd", "unresolvedUsd", "windowStart", "resetsAt"):
                assert now[window][amount] == before[window][amount], (tenant, window, amount)
        assert now["models"] == before["models"], tenant
    caller = {"Authorization": f"Bearer {earlier['zed']}"}
    spent = Decimal(gateway.http.get("/api/usage/initech", headers=ADMIN).json()["daily"]["spentUsd"])
    assert gateway.chat("[sandbox:tokens=9]", MIDDLE, headers=caller, max_tokens=16).status_code == 200
    after = Decimal(gateway.http.get("/api/usage/initech", headers=ADMIN).json()["daily"]["spentUsd"])
    assert after > spent
    keys = {key["key"]: key for key in gateway.http.get("/api/admin/keys", headers=ADMIN).json()["keys"]}
    assert keys["old"]["state"] != keys["zed"]["state"] == "good"
    gateway.stop()
    assert verify(tmp_path)["holds"]
