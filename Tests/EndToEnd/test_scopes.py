"""Budgets of every scope and window, over real calls: who is stopped, who is not, for how long."""

import datetime
import os
import threading
from decimal import Decimal

import pytest
from support import DEAR, costing, eventually
from test_admin import ADMIN, ask
from test_admin_budgets import delete, put
from test_budgets import at_a_minutes_start
from test_refusals import refused

WINDOWS = {"minute": "minute", "hour": "hourly", "day": "daily", "week": "weekly", "month": "monthly", "total": "total"}
GROUPS = "groups:\n  blue: {tenants: [acme, beta]}\n  red: {tenants: [gamma]}\n"


def tenant(name, **more):
    return {"X-Tenant-Id": name, **more}


def user(name, of="acme"):
    return tenant(of, **{"X-Bursar-User": name})


def run(name, of="acme"):
    return tenant(of, **{"X-Bursar-Run": name})


def tags(text):
    return tenant("acme", **{"X-Bursar-Tags": text})


# A budget, the calls that share it, and calls that do not.
CASES = [
    ("global", [tenant("acme"), tenant("gamma")], []),
    ("tenant:acme", [tenant("acme"), user("anna")], [tenant("beta")]),
    ("tenant:*", [tenant("acme"), tenant("acme")], [tenant("beta"), tenant("gamma")]),
    ("group:blue", [tenant("acme"), tenant("beta")], [tenant("gamma"), tenant("nobody")]),
    ("group:*", [tenant("acme"), tenant("beta")], [tenant("gamma"), tenant("nobody")]),
    ("user:acme/anna b", [user("anna b"), user("anna b")], [user("bert"), user("anna b", "beta"), tenant("acme")]),
    ("user:acme/*", [user("anna"), user("anna")], [user("bert"), user("anna", "beta"), tenant("acme")]),
    ("user:*", [user("anna"), user("anna")], [user("bert"), user("anna", "beta"), tenant("acme")]),
    ("run:acme/nightly", [run("nightly"), run("nightly")], [run("daily"), run("nightly", "beta"), tenant("acme")]),
    ("run:acme/*", [run("nightly"), run("nightly")], [run("daily"), run("nightly", "beta")]),
    ("run:*", [run("nightly"), run("nightly")], [run("daily"), run("nightly", "beta")]),
    ("tag:feature=search", [tags("feature=search"), tags("env=prod,feature=search")], [tags("feature=chat"), tenant("acme")]),
    ("tag:feature=*", [tags("feature=search"), tags("feature=search,env=prod")], [tags("feature=chat"), tags("env=prod")]),
]


@pytest.fixture
def gateway(start, scripted, tmp_path):
    (tmp_path / "bursar.yaml").write_text(GROUPS)
    # Each call costs most of a cent.
    scripted.answers = [costing(0.008)]
    return start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)


def call(gateway, headers, tokens=400):
    """Needs up to $0.0056 and more, and costs $0.008."""
    return gateway.chat(headers=headers, max_tokens=tokens)


def spent(gateway, scope, window):
    """What counts already: days and months of tenants and of all of them are kept whether they have a cap or not."""
    if window not in ["day", "month"] or scope.split(":")[0] not in ["tenant", "global"]:
        return Decimal(0)
    if scope == "global":
        return Decimal(put(gateway, scope, window, capUsd="100").json()["window"]["spentUsd"])
    return Decimal(gateway.usage("acme")[WINDOWS[window]]["spentUsd"])


def is_stopped(gateway, headers, scope, window, before=Decimal(0)):
    reason, kind = ("spend_rate_exceeded", "rate_limit_exceeded") if window == "minute" else ("budget_exceeded", "insufficient_quota")
    answer = call(gateway, headers)
    error = refused(answer, 429, reason, kind)
    assert error["metadata"]["budget"] == f"{scope.split(':')[0]}_{WINDOWS[window]}"
    assert Decimal(error["metadata"]["cap"]) == before + Decimal("0.01")
    assert Decimal(error["metadata"]["spent"]) == before + Decimal("0.008")
    assert ("retry-after" in answer.headers) == (window != "total")


@pytest.mark.parametrize("scope, inside, outside", CASES, ids=[case[0] for case in CASES])
def test_a_budget_of_every_window_stops_those_under_it_and_nobody_else(gateway, scope, inside, outside):
    for window in WINDOWS:
        at_a_minutes_start()
        before = spent(gateway, scope, window)
        assert put(gateway, scope, window, capUsd=str(before + Decimal("0.01"))).status_code == 200
        assert call(gateway, inside[0]).status_code == 200
        for headers in inside:
            is_stopped(gateway, headers, scope, window, before)
        for headers in outside:
            assert call(gateway, headers).status_code == 200, (window, headers)
        assert delete(gateway, scope, window).json() == {"removed": True}
        assert call(gateway, inside[0]).status_code == 200


@pytest.mark.parametrize("scope", ["key:ci", "key:*"])
def test_a_keys_budget(gateway, scope):
    secrets = {
        name: ask(gateway, "POST", "/api/admin/keys", json={"tenant": "acme", "key": name}).json()["secret"]
        for name in ["ci", "web"]
    }
    ci, web = ({"Authorization": f"Bearer {secrets[name]}"} for name in ["ci", "web"])
    for window in WINDOWS:
        at_a_minutes_start()
        put(gateway, scope, window, capUsd="0.01")
        assert call(gateway, ci).status_code == 200
        is_stopped(gateway, ci, scope, window)
        assert call(gateway, web).status_code == 200
        delete(gateway, scope, window)


def test_the_file_names_them_too(start, scripted, tmp_path):
    (tmp_path / "bursar.yaml").write_text(
        """
groups:
  blue: {tenants: [acme, beta], week: 0.01}
budgets:
  default: {daily: none, monthly: none}
  scopes:
    "user:*": {total: 0.01}
    "run:gamma/*": {hour: 0.01}
    "tag:feature=search": {daily: 0.01}
"""
    )
    scripted.answers = [costing(0.008)]
    gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
    for headers, other, scope, window in [
        (tenant("acme"), tenant("beta"), "group:blue", "week"),
        (user("anna", "gamma"), user("anna", "gamma"), "user:*", "total"),
        (run("nightly", "gamma"), run("nightly", "gamma"), "run:gamma/*", "hour"),
        (tenant("delta", **{"X-Bursar-Tags": "feature=search"}),) * 2 + ("tag:feature=search", "day"),
    ]:
        assert call(gateway, headers).status_code == 200
        is_stopped(gateway, other, scope, window)
    shown = ask(gateway, "GET", "/api/admin/budgets/user:*/total").json()
    assert shown["readOnly"] and shown["setAt"] == "bursar.yaml:7 budgets.scopes.user:*.total"
    answer = put(gateway, "group:blue", "week", capUsd="9")
    assert answer.status_code == 409 and answer.json()["error"]["metadata"]["line"] == 3


def in_seconds(seconds):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


@pytest.mark.parametrize("scope, headers", [(case[0], case[1][0]) for case in CASES if "*" not in case[0]])
def test_a_raise_ends_by_itself(gateway, scope, headers):
    put(gateway, scope, "day", capUsd="0.01", **{"raise": {"capUsd": "0.02", "until": in_seconds(4)}})
    assert call(gateway, headers).status_code == 200
    assert call(gateway, headers).status_code == 200, "above the cap, within the raise"
    error = eventually(lambda: (a := call(gateway, headers)).status_code == 429 and a.json()["error"], within=10, every=0.2)
    assert eventually(lambda: call(gateway, headers).json()["error"]["metadata"]["cap"] == "0.01", within=10, every=0.2), error


def test_a_raise_of_the_file_ends_by_itself(start, scripted, tmp_path):
    until = in_seconds(5)
    (tmp_path / "bursar.yaml").write_text(f"tenants: {{acme: {{day: {{cap: 0.01, raise: 1, until: {until}}}, total: 5}}}}\n")
    scripted.answers = [costing(0.008)]
    gateway = start(scripted)
    assert gateway.usage("acme")["daily"]["capUsd"] == "1"
    assert [call(gateway, tenant("acme")).status_code for _ in range(3)] == [200, 200, 200]
    assert eventually(lambda: gateway.usage("acme")["daily"]["capUsd"] == "0.01", within=10)
    assert call(gateway, tenant("acme")).status_code == 429


class TestShrinking:
    """A cap below what is spent and held: no new call, and none that runs is broken."""

    @pytest.fixture
    def running(self, start, sandbox, tmp_path):
        (tmp_path / "bursar.yaml").write_text("tenants: {acme: {daily: 1}}\n")
        sandbox.faults(between=60)
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        done = {}

        def stream():
            done["answer"] = gateway.stream("[sandbox:tokens=60]", DEAR, headers=tenant("acme"), max_tokens=2000)

        thread = threading.Thread(target=stream)
        thread.start()
        assert eventually(lambda: gateway.usage("acme")["daily"]["reservedUsd"] != "0")
        yield gateway, thread, done
        thread.join(30)

    def shrunk(self, gateway, running, where):
        _, thread, done = running
        assert eventually(lambda: gateway.usage("acme")["daily"]["capUsd"] == where, within=20)
        assert thread.is_alive(), "the cap has shrunk while the call runs"
        assert float(gateway.usage("acme")["daily"]["remainingUsd"]) < 0
        refused(call(gateway, tenant("acme")), 429, "budget_exceeded", "insufficient_quota")
        thread.join(30)
        answer = done["answer"]
        assert answer.status == 200 and not answer.errors and answer.blocks[-1] == "data: [DONE]"
        assert answer.usage["completion_tokens"] == 60
        assert gateway.usage("acme")["daily"]["spentUsd"] == answer.last_words["cost"]

    def test_by_a_reload(self, running, tmp_path):
        gateway = running[0]
        (tmp_path / "new.yaml").write_text("tenants: {acme: {daily: 0.0001}}\n")
        os.replace(tmp_path / "new.yaml", tmp_path / "bursar.yaml")
        self.shrunk(gateway, running, "0.0001")

    def test_by_an_operator(self, running, tmp_path):
        gateway = running[0]
        (tmp_path / "bursar.yaml").write_text("tenants: {}\n")
        assert eventually(lambda: put(gateway, "tenant:acme", "day", capUsd="0.0001").status_code == 200, within=20)
        self.shrunk(gateway, running, "0.0001")


def test_a_new_start_with_another_file_ends_what_the_old_one_named(start, scripted, tmp_path):
    (tmp_path / "bursar.yaml").write_text('budgets: {scopes: {"user:*": {day: 0.01}}}\n')
    scripted.answers = [costing(0.008)]
    gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
    assert [call(gateway, user("anna")).status_code for _ in range(2)] == [200, 429]
    (tmp_path / "bursar.yaml").write_text("{}\n")
    assert eventually(lambda: call(gateway, user("anna")).status_code == 200, within=20)
    assert ask(gateway, "GET", "/api/admin/budgets/user:*/day").status_code == 404
