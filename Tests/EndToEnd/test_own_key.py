"""A tenant's own upstream key: it goes out with its calls alone, is changed while the gateway runs, and is shown nowhere."""

import os

import pytest
from support import NotStarted, completion, costing, eventually
from test_admin import ADMIN, ask
from test_yaml import lines

GATEWAYS, OWN, NEXT = "sk-upstream-secret", "sk-or-v1-own-secret", "sk-or-v1-next-secret"
ACME, BETA = {"X-Tenant-Id": "acme"}, {"X-Tenant-Id": "beta"}


@pytest.fixture
def write(tmp_path):
    def write(name, text):
        (tmp_path / "new").write_text(text)
        os.replace(tmp_path / "new", tmp_path / name)

    return write


def used(gateway, scripted, headers):
    """The key that a call goes out with."""
    assert gateway.chat(headers=headers, max_tokens=10).status_code == 200
    return scripted.headers["authorization"]


@pytest.mark.parametrize("kept", ["env", "file"])
def test_it_goes_out_with_its_own_calls_and_is_taken_up_anew(start, scripted, write, tmp_path, kept):
    def keep(secret):
        if kept == "env":
            write(".env", f"ACME_KEY={secret}\n")
        else:
            write("acme.key", secret + "\n")

    keep(OWN)
    place = "env:ACME_KEY" if kept == "env" else f"file:{tmp_path / 'acme.key'}"
    write("bursar.yaml", f'tenants: {{acme: {{daily: 1, upstreamKey: "{place}"}}}}\n')
    gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
    assert used(gateway, scripted, ACME) == f"Bearer {OWN}"
    assert used(gateway, scripted, BETA) == f"Bearer {GATEWAYS}"
    keep(NEXT)
    assert eventually(lambda: used(gateway, scripted, ACME) == f"Bearer {NEXT}", within=20, every=0.2)
    told = lines(gateway, "a setting has changed")[-1]
    assert (told["setting"], told["of"], told["old"], told["new"]) == ("TENANT_BUDGETS", "acme", "secret", "secret")
    # The file without it: the gateway's own again.
    write("bursar.yaml", "tenants: {acme: {daily: 1}}\n")
    assert eventually(lambda: used(gateway, scripted, ACME) == f"Bearer {GATEWAYS}", within=20, every=0.2)
    shown = "".join(
        ask(gateway, "GET", path).text for path in ["/api/admin/budgets", "/api/admin/tenants", "/api/admin/audit", "/openapi.json", "/"])
    for secret in (OWN, NEXT):
        assert secret not in gateway.log() and secret not in shown and secret not in "".join(gateway.greeting)
        assert all(secret.encode() not in path.read_bytes() for path in tmp_path.glob("ledger.db*"))


def test_a_key_that_is_not_there_stops_the_start(start, scripted, write):
    write("bursar.yaml", 'tenants:\n  acme: {upstreamKey: "env:ACME_KEY"}\n')
    with pytest.raises(NotStarted) as stopped:
        start(scripted)
    assert "bursar.yaml:2 tenants.acme.upstreamKey: names the variable ACME_KEY, which is not set" in stopped.value.said


def test_a_key_that_goes_away_keeps_the_old_settings(start, scripted, write):
    write(".env", f"ACME_KEY={OWN}\n")
    write("bursar.yaml", 'tenants: {acme: {daily: 1, upstreamKey: "env:ACME_KEY"}}\n')
    gateway = start(scripted)
    write(".env", "")
    assert eventually(lambda: lines(gateway, "settings are not taken up, the old ones stay"), within=20)
    assert used(gateway, scripted, ACME) == f"Bearer {OWN}"


@pytest.mark.parametrize("status, reason", [(401, "upstream_key_rejected"), (402, "upstream_account_exhausted")])
def test_its_account_is_not_the_gateways(start, scripted, write, status, reason):
    write(".env", f"ACME_KEY={OWN}\n")
    write("bursar.yaml", 'tenants: {acme: {daily: 1, upstreamKey: "env:ACME_KEY"}}\n')
    scripted.answers = [(status, {"error": {"code": status, "message": "no"}}), costing(0.001)]
    gateway = start(scripted)
    answer = gateway.chat(headers=ACME, max_tokens=10)
    error = answer.json()["error"]
    assert answer.status_code == 503 and error["metadata"]["reason"] == reason and "tenant 'acme'" in error["message"]
    assert not [line for line in map(str, gateway.log().splitlines()) if '"critical"' in line]
    assert gateway.chat(headers=BETA, max_tokens=10).status_code == 200


def test_a_doubt_is_asked_for_with_it(start, scripted, write):
    write(".env", f"ACME_KEY={OWN}\n")
    write("bursar.yaml", 'tenants: {acme: {daily: 1, upstreamKey: "env:ACME_KEY"}}\n')
    scripted.answers = [completion(id="gen-acme", usage=None), completion(id="gen-beta", usage=None)]
    gateway = start(scripted)
    for headers in ACME, BETA:
        assert gateway.chat(headers=headers, max_tokens=10).headers["x-bursar-cost"] == "unknown"

    def asked(generation):
        return {headers["authorization"] for line, headers in scripted.asked if f"id={generation}" in line}

    assert eventually(lambda: asked("gen-acme") and asked("gen-beta"), within=20)
    assert asked("gen-acme") == {f"Bearer {OWN}"} and asked("gen-beta") == {f"Bearer {GATEWAYS}"}
