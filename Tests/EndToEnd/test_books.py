"""Books that anyone can check: verify, heads, corrections, forgetting, copies."""

import json
import pathlib
import re
import sqlite3
import subprocess
from decimal import Decimal

import pytest
from sinks import SECRET
from support import BINARY, DEAR, booked, eventually


def bursar(gateway, *arguments, code=0):
    """Runs a command on the gateway's ledger; returns what it said."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(gateway.directory),
        "LEDGER_URL": f"sqlite:{gateway.directory / 'ledger.db'}",
        "BURSAR_URL": gateway.url,
    }
    ran = subprocess.run(
        [BINARY, *arguments], cwd=gateway.directory, env=environment, capture_output=True, text=True, timeout=60)
    assert ran.returncode == code, (ran.returncode, ran.stdout, ran.stderr)
    return ran.stdout if code == 0 else ran.stdout + ran.stderr


@pytest.fixture
def used(gateway):
    for _ in range(5):
        assert gateway.chat("[sandbox:tokens=20]", max_tokens=20, headers={"X-Tenant-Id": "acme"}).status_code == 200
    return gateway


class TestVerify:
    def test_through_the_running_gateway_and_without_one(self, used, sandbox):
        def proved():
            told = json.loads(bursar(used, "verify", "--json"))
            return told if told["closed"] == 5 else None

        live = eventually(proved)
        assert live["holds"] and live["calls"] == 5 and live["unresolved"] == 0
        used.stop()
        alone = json.loads(bursar(used, "verify", "--json"))
        assert alone["holds"] and alone["settledUsd"] == live["settledUsd"]
        assert "The ledger holds" in bursar(used, "verify")
        assert json.loads(bursar(used, "verify", "--json", "--kept", live["head"]))["holds"]

    def test_names_what_was_changed(self, used):
        used.stop()
        head = json.loads(bursar(used, "verify", "--json"))["head"]
        with sqlite3.connect(used.directory / "ledger.db") as db:
            number = db.execute("SELECT max(number) - 1 FROM batch").fetchone()[0]
            db.execute("UPDATE batch SET entries = X'00' WHERE number = ?", (number,))
        told = bursar(used, "verify", code=1)
        assert f"batch {number}" in told
        assert not json.loads(bursar(used, "verify", "--json", code=1).splitlines()[0])["holds"]
        assert head

    def test_a_head_of_another_ledger(self, used):
        used.stop()
        assert "not the one whose head was kept" in bursar(used, "verify", "--kept", "1:" + "0" * 64, code=1)
        bursar(used, "verify", "--kept", "nonsense", code=64)

    def test_says_who_holds_it_where_no_gateway_answers(self, used):
        url, used.url = used.url, "http://127.0.0.1:9"
        told = bursar(used, "verify", code=1)
        used.url = url
        assert f"held by pid {used.process.pid}" in told


HEAD = r"\d+:[0-9a-f]{64}"


class TestHead:
    def test_is_the_same_on_every_report(self, used):
        assert eventually(lambda: json.loads(bursar(used, "verify", "--json"))["closed"] == 5)
        head = json.loads(bursar(used, "verify", "--json"))["head"]
        assert re.fullmatch(HEAD, head)
        token = (used.directory / "ledger.db.admin-token").read_text().strip()
        used.http.headers["Authorization"] = f"Bearer {token}"
        for path in ["/api/usage/acme", "/api/usage/nobody", "/api/admin/tenants", "/api/admin/spend", "/api/admin/unresolved",
                     "/api/admin/drift"]:
            told = used.http.get(path).json()
            assert told.get("head") == head, (path, told)
        assert used.http.get("/api/admin/export").headers["x-bursar-head"] == head
        for command in [["verify"], ["usage"], ["usage", "acme"], ["report"], ["reconcile"], ["reconcile", "--drift"]]:
            assert bursar(used, *command).strip().endswith(f"The ledger's head: {head}"), command
            if command != ["verify"]:
                assert json.loads(bursar(used, *command, "--json"))["head"] == head, command
        for page in ["/", "/receipts", "/health", "/tenants/acme"]:
            found = re.search(r'<span id="head">.*?<span class="mono" title="([^"]+)">([^<]+)</span>', used.http.get(page).text)
            assert found.groups() == (head, head[: head.index(":") + 9] + "…"), page
        assert json.loads(bursar(used, "verify", "--json", "--kept", head))["holds"]

    def test_moves_on_with_the_books(self, used):
        before = used.usage("acme")["head"]
        used.chat("[sandbox:tokens=20]", max_tokens=20, headers={"X-Tenant-Id": "acme"})
        assert eventually(lambda: used.usage("acme")["head"] != before)
        assert json.loads(bursar(used, "verify", "--json", "--kept", before))["holds"]

    def test_is_sent_to_webhooks_once_as_a_day_begins(self, start, sandbox, sinks, clock):
        settings = {"WEBHOOK_URL": sinks.url + "/hook", "WEBHOOK_SECRET": SECRET, "SLACK_WEBHOOK_URL": sinks.url + "/slack"}

        sinks.hooks.tolerance = 2 * 86_400

        def told():
            return [bodies[0]["data"]["head"] for bodies in list(sinks.hooks.messages.values()) if bodies[0]["type"] == "ledger.head"]

        gateway = start(sandbox, **settings)
        assert gateway.spend(100).status_code == 200
        assert re.search(rf"the ledger's head.*{HEAD}", gateway.log())
        gateway.stop()
        assert told() == [], "the first day has none before it"
        for restart in range(2):
            gateway = start(sandbox, **settings, **clock(86_400))
            [head] = eventually(told)
            if restart:
                assert not eventually(lambda: len(told()) > 1, within=2.5)
            assert json.loads(bursar(gateway, "verify", "--json", "--kept", head))["holds"]
            gateway.stop()
        assert not any("head" in text for text in sinks.hooks.slack)


def drift_days(gateway):
    return json.loads(bursar(gateway, "reconcile", "--drift", "--json"))["activity"]


class TestByHand:
    def test_a_credit_is_an_entry_with_a_reason(self, used):
        before, _ = booked(used.usage("acme"))
        bursar(used, "correct", "acme", "--amount=-0.0001", "--reason", "refunded by the provider")
        after, _ = booked(used.usage("acme"))
        assert before - after == Decimal("0.0001")
        assert "more than was settled" in bursar(used, "correct", "acme", "--amount=-99", "--reason", "x", code=1)
        bursar(used, "correct", "acme", "--amount=-1", code=64)
        assert eventually(lambda: json.loads(bursar(used, "verify", "--json"))["holds"])

    def test_an_operator_gives_back_what_a_call_holds(self, start, sandbox):
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="0.3")
        sandbox.faults("hang")
        gateway.chat(max_tokens=500)
        listed = json.loads(bursar(gateway, "reconcile", "--json"))
        assert listed["unresolved"] >= 1
        for call in listed["calls"]:
            bursar(gateway, "reconcile", "--release", call["request"], "--reason", "the provider says it never came")
        assert booked(gateway.usage()) == (0, 0)
        again = listed["calls"][0]["request"]
        assert "not unresolved" in bursar(gateway, "reconcile", "--release", again, "--reason", "twice", code=1)
        bursar(gateway, "reconcile", "--release", again, code=64)

    def test_a_name_is_forgotten_and_the_books_still_prove(self, used):
        bursar(used, "forget", "tenant", "acme")
        assert "No such name" in bursar(used, "forget", "tenant", "acme", code=1)
        assert booked(used.usage("acme")) == (0, 0), "whoever comes under that name is somebody new"
        used.stop()
        assert json.loads(bursar(used, "verify", "--json"))["holds"]
        for file in pathlib.Path(used.directory).glob("ledger.db*"):
            assert b"acme" not in file.read_bytes(), file

    def test_a_user_is_forgotten_in_receipts_too(self, used):
        headers = {"X-Tenant-Id": "acme", "X-Bursar-User": "anna-lindqvist"}
        for _ in range(2):
            assert used.chat("[sandbox:tokens=20]", max_tokens=20, headers=headers).status_code == 200
        spent = booked(used.usage("acme"))
        bursar(used, "forget", "user", "anna-lindqvist")
        assert booked(used.usage("acme")) == spent, "what was spent stays spent"
        assert "No such name" in bursar(used, "forget", "user", "anna-lindqvist", code=1)
        used.stop()
        assert json.loads(bursar(used, "verify", "--json"))["holds"]
        for file in pathlib.Path(used.directory).glob("ledger*"):
            assert b"anna-lindqvist" not in file.read_bytes(), file

    def test_drift_compares_with_upstreams_account(self, used, sandbox):
        told = eventually(lambda: json.loads(bursar(used, "reconcile", "--drift", "--json")))
        assert told["keyUsageUsd"] == told["keyGrowthUsd"]
        assert abs(float(told["unexplainedUsd"])) < 1e-7
        # Receipts are made a moment after their calls.
        row = eventually(lambda: next((row for row in drift_days(used) if row["ledgerCalls"] == 5), None))
        assert row["model"] == DEAR and row["upstreamCalls"] == 5
        assert Decimal(row["ledgerUsd"]) == sandbox.billed() and Decimal(row["driftUsd"]) == 0
        assert sandbox.http.post("/sandbox/spend", json={"usd": "0.5"}).status_code == 200
        assert all(Decimal(row["driftUsd"]) == 0 for row in drift_days(used)), "others' spending has no model"
        text = bursar(used, "reconcile", "--drift")
        assert "UPSTREAM" in text and DEAR in text
        assert re.search(r"The ledger's head: \d+:[0-9a-f]{64}$", text.strip())
        assert told["monthByModel"][0]["calls"] == 5


class TestCopy:
    def test_alone(self, used):
        used.stop()
        told = json.loads(bursar(used, "ledger", "copy", "sqlite:copy.db", "--json"))
        assert told["holds"] and told["calls"] == 5
        assert "already" in bursar(used, "ledger", "copy", "sqlite:copy.db", code=1)

    def test_beside_a_running_gateway(self, used):
        assert eventually(lambda: json.loads(bursar(used, "verify", "--json"))["closed"] == 5)
        told = json.loads(bursar(used, "ledger", "copy", "sqlite:live.db", "--json"))
        assert told["holds"] and told["calls"] == 5
        assert (used.directory / "live.db").exists()
        assert "without a directory" in bursar(used, "ledger", "copy", "sqlite:/tmp/live.db", code=1)
