"""Budgets through the admin API: of every scope and period, idempotent, read-only where the settings name them, written down."""

import json
import os

import pytest
from support import CHEAP, eventually
from test_admin import ADMIN, ask, reason

START = dict(BURSAR_ADMIN_TOKEN=ADMIN)


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, **START)


def put(gateway, scope, period, **body):
    return ask(gateway, "PUT", f"/api/admin/budgets/{scope.replace('/', '%2F')}/{period}", json=body)


def get(gateway, scope, period):
    return ask(gateway, "GET", f"/api/admin/budgets/{scope.replace('/', '%2F')}/{period}")


def delete(gateway, scope, period):
    return ask(gateway, "DELETE", f"/api/admin/budgets/{scope.replace('/', '%2F')}/{period}")


def changes(gateway, **query):
    return ask(gateway, "GET", "/api/admin/audit", params=query).json()["changes"]


SCOPES = [
    "global", "tenant:acme", "tenant:*", "group:blue", "group:*", "key:ci", "key:*", "user:acme/anna b", "user:acme/*", "user:*",
    "run:acme/nightly", "run:acme/*", "run:*", "tag:feature=search", "tag:feature=*",
]


class TestSetting:
    @pytest.mark.parametrize("scope", SCOPES)
    def test_every_scope_and_period(self, gateway, scope):
        for period in ["minute", "hour", "day", "week", "month", "total"]:
            made = put(gateway, scope, period, capUsd="7.5")
            assert made.status_code == 200, made.text
            budget = made.json()
            assert (budget["scope"], budget["period"], budget["capUsd"]) == (scope, period, "7.5")
            assert budget["readOnly"] is False and budget["setAt"] is None
            assert (budget["window"] is None) == ("*" in scope)
            assert get(gateway, scope, period).json() == budget
            assert put(gateway, scope, period, capUsd="7.5").json() == budget
        listed = ask(gateway, "GET", "/api/admin/budgets?limit=1000").json()["budgets"]
        assert {b["period"] for b in listed if b["scope"] == scope} == {"minute", "hour", "day", "week", "month", "total"}

    def test_it_is_in_force_at_once_and_stays_over_a_restart(self, start, sandbox):
        gateway = start(sandbox, **START)
        assert put(gateway, "user:acme/anna", "day", capUsd="0").status_code == 200
        headers = {"X-Tenant-Id": "acme", "X-Bursar-User": "anna"}
        assert gateway.chat(model=CHEAP, headers=headers).status_code == 429
        assert gateway.chat(model=CHEAP, headers={**headers, "X-Bursar-User": "bert"}).status_code == 200
        gateway.stop()
        gateway = start(sandbox, **START)
        assert gateway.chat(model=CHEAP, headers=headers).status_code == 429
        assert delete(gateway, "user:acme/anna", "day").json() == {"removed": True}
        assert delete(gateway, "user:acme/anna", "day").json() == {"removed": False}
        assert get(gateway, "user:acme/anna", "day").status_code == 404
        assert gateway.chat(model=CHEAP, headers=headers).status_code == 200

    def test_a_default_that_no_setting_names_can_be_set_and_comes_back(self, start, sandbox):
        gateway = start(sandbox, **START)
        assert put(gateway, "tenant:*", "day", capUsd="3").status_code == 200
        assert gateway.usage("anyone")["daily"]["capUsd"] == "3"
        gateway.stop()
        gateway = start(sandbox, **START)
        assert gateway.usage("anyone")["daily"]["capUsd"] == "3"
        assert delete(gateway, "tenant:*", "day").json() == {"removed": True}
        assert gateway.usage("anyone")["daily"]["capUsd"] == "5"

    def test_a_raise_holds_until_its_end(self, gateway):
        raised = ask(
            gateway, "PUT", "/api/admin/budgets/tenant:acme/day",
            json={"capUsd": "1", "raise": {"capUsd": "9", "until": "2090-01-01T00:00:00Z"}, "timeZone": "Europe/Berlin"})
        assert raised.json()["raise"] == {"capUsd": "9", "until": "2090-01-01T00:00:00Z", "holds": True}
        assert raised.json()["timeZone"] == "Europe/Berlin"
        assert gateway.usage("acme")["daily"]["capUsd"] == "9"

    def test_pages(self, gateway):
        for number in range(5):
            put(gateway, f"tenant:t{number}", "week", capUsd="1")
        seen, after = [], None
        while True:
            page = ask(gateway, "GET", "/api/admin/budgets", params={"limit": 2, **({"after": after} if after else {})}).json()
            assert len(page["budgets"]) <= 2
            seen += [(b["scope"], b["period"]) for b in page["budgets"]]
            if not (after := page["next"]):
                break
        assert len(seen) == len(set(seen)) and {(f"tenant:t{n}", "week") for n in range(5)} <= set(seen)


class TestRefusing:
    @pytest.mark.parametrize(
        "body",
        [
            {}, {"capUsd": "-1"}, {"capUsd": 1}, {"capUsd": "nan"}, {"cap": "1"}, {"timeZone": "Mars/Olympus"},
            {"raise": {"capUsd": "9", "until": "2020-01-01T00:00:00Z"}}, {"raise": {"capUsd": "9"}},
        ],
    )
    def test_what_is_no_budget(self, gateway, body):
        assert reason(ask(gateway, "PUT", "/api/admin/budgets/tenant:acme/day", json=body)) == (400, "invalid_field")
        assert get(gateway, "tenant:acme", "day").status_code == 404

    @pytest.mark.parametrize("place", ["nobody/day", "tenant:/day", "tenant:a b/day", "user:acme/day", "tag:x/day", "global/year"])
    def test_what_is_no_place(self, gateway, place):
        assert reason(ask(gateway, "GET", f"/api/admin/budgets/{place}")) == (400, "invalid_field")

    def test_what_the_environment_names_is_read_only(self, start, sandbox):
        gateway = start(sandbox, **START, DEFAULT_DAILY_BUDGET="4", TENANT_BUDGETS=json.dumps({"acme": {"daily": 2}}))
        for scope, where in [("tenant:*", "DEFAULT_DAILY_BUDGET"), ("tenant:acme", "TENANT_BUDGETS")]:
            shown = get(gateway, scope, "day").json()
            assert shown["readOnly"] is True and where in shown["setAt"]
            for refused in [put(gateway, scope, "day", capUsd="100"), delete(gateway, scope, "day")]:
                assert reason(refused) == (409, "budget_is_named")
                assert where in refused.json()["error"]["message"]
        assert gateway.usage("acme")["daily"]["capUsd"] == "2"
        assert put(gateway, "tenant:acme", "month", capUsd="100").status_code == 200, "only what is named is read-only"

    def test_what_the_file_names_is_told_with_its_line(self, start, sandbox, tmp_path):
        (tmp_path / "bursar.yaml").write_text("budgets:\n  global:\n    daily: 50\ntenants:\n  acme: {daily: 2}\n")
        gateway = start(sandbox, **START)
        for scope, line in [("global", 3), ("tenant:acme", 5)]:
            error = put(gateway, scope, "day", capUsd="100").json()["error"]
            assert f"bursar.yaml:{line}" in error["message"]
            assert (error["metadata"]["file"], error["metadata"]["line"]) == ("bursar.yaml", line)
        # As an editor does it: another file in its place. From then on it is nobody's, and the ledger's again.
        (tmp_path / "new.yaml").write_text("budgets:\n  global:\n    daily: 50\n")
        os.replace(tmp_path / "new.yaml", tmp_path / "bursar.yaml")
        assert eventually(lambda: put(gateway, "tenant:acme", "day", capUsd="100").status_code == 200, within=10)


class TestAudit:
    def test_every_change_is_written_down_once(self, gateway):
        put(gateway, "tenant:acme", "day", capUsd="2")
        put(gateway, "tenant:acme", "day", capUsd="2")
        put(gateway, "tenant:acme", "day", capUsd="3")
        delete(gateway, "tenant:acme", "day")
        delete(gateway, "tenant:acme", "day")
        told = eventually(lambda: len(found := changes(gateway)) >= 3 and found)
        assert [(c["action"], c["target"], c["before"], c["after"]) for c in told] == [
            ("budget removed", "tenant:acme, day", "3 USD", "none"),
            ("budget set", "tenant:acme, day", "2 USD", "3 USD"),
            ("budget set", "tenant:acme, day", "none", "2 USD"),
        ]
        assert {c["who"] for c in told} == {"admin"}

    def test_pages_and_by_hand(self, gateway):
        gateway.spend(1000, tenant="acme")
        ask(gateway, "POST", "/api/admin/correct", json={"tenant": "acme", "period": "day", "amountUsd": "0.5", "reason": "x"})
        ask(gateway, "POST", "/api/admin/forget", json={"kind": "tenant", "name": "acme"})
        ask(gateway, "POST", "/api/admin/copy", json={"name": "copy.db"})
        eventually(lambda: len(changes(gateway)) >= 3)
        first = ask(gateway, "GET", "/api/admin/audit?limit=2").json()
        assert [c["action"] for c in first["changes"]] == ["ledger copied", "name forgotten"]
        assert first["changes"][1]["target"].startswith("tenant #"), "an erased name is told by its number"
        second = ask(gateway, "GET", f"/api/admin/audit?limit=2&before={first['next']}").json()
        assert [c["action"] for c in second["changes"]] == ["corrected by 0.5 USD"] and second["next"] is None
