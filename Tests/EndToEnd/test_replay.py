"""`bursar replay`: what another policy would have made of past calls, held against a gateway that has that policy."""

import json
from decimal import Decimal

import pytest
from support import CHEAP, DEAR, MIDDLE, Gateway, Sandbox, eventually
from test_admin import ADMIN, ask
from test_report import bursar  # noqa: F401: a fixture

CALLS = [("acme", DEAR, 1400), ("acme", DEAR, 1400), ("beta", MIDDLE, 900), ("acme", DEAR, 1400), ("beta", DEAR, 1400), ("acme", DEAR, 1400)]
CHAIN = f"models: {{chain: [{MIDDLE}, {CHEAP}]}}\n"
POLICIES = {
    "a chain": "budgets: {default: {daily: 0.05}}\n" + CHAIN,
    "no chain": "budgets: {default: {daily: 0.05}}\n",
    "a global budget": "budgets: {global: {daily: 0.07}}\n" + CHAIN,
    "one tenant's": "tenants: {acme: {daily: 0.03, monthly: 1}}\n" + CHAIN,
    "a bound for each call": "calls: {maxUsd: 0.015}\n" + CHAIN,
    "only known tenants": "budgets: {unknownTenants: reject}\ntenants: {acme: {daily: 5}}\n",
    "calls a minute": "tenants: {acme: {rpm: 2}}\n" + CHAIN,
    "models of a tenant": f"tenants: {{acme: {{models: ['{CHEAP}', '{MIDDLE}']}}}}\n" + CHAIN,
    "a chain of a model": f"budgets: {{default: {{daily: 0.05}}}}\nmodels: {{chains: {{'{DEAR}': [{CHEAP}]}}}}\n",
    "a policy of a tenant": f"budgets: {{default: {{daily: 0.05}}}}\npolicies: {{p: {{downgrade: never}}}}\ntenants: {{acme: {{policy: p}}}}\n" + CHAIN,
    "a group": "groups: {all: {tenants: [acme, beta], daily: 0.06}}\n" + CHAIN,
    "nothing": "",
}


def make(gateway):
    """The calls, one after the other: by whom each was served, None where it was refused, and what it cost."""
    outcomes = []
    for tenant, model, tokens in CALLS:
        answer = gateway.spend(tokens, model=model, tenant=tenant)
        served = answer.headers.get("x-bursar-model") if answer.status_code == 200 else None
        outcomes.append((served, Decimal(answer.headers["x-bursar-cost"]) if served else Decimal(0)))
    return outcomes


@pytest.fixture
def past(start, sandbox):
    gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
    gateway.outcomes = make(gateway)
    assert eventually(lambda: len(ask(gateway, "GET", "/api/admin/receipts").json()["receipts"]) == len(CALLS))
    return gateway


def replayed(bursar, tmp_path, policy, *arguments, **how):  # noqa: F811
    (tmp_path / "other.yaml").write_text(policy)
    return json.loads(bursar("replay", "--policy", "other.yaml", "--json", "--list", "100", *arguments, **how))


@pytest.mark.parametrize("name", POLICIES)
def test_it_foretells_what_a_gateway_with_that_policy_does(bursar, past, tmp_path, tmp_path_factory, name):  # noqa: F811
    told = replayed(bursar, tmp_path, POLICIES[name], url=past.url)
    directory = tmp_path_factory.mktemp("other")
    (directory / "bursar.yaml").write_text(POLICIES[name])
    # A provider of its own: what others spend on a key counts on global budgets.
    provider = Sandbox(directory)
    other = Gateway(directory, provider.url)
    try:
        wanted = make(other)
    finally:
        other.kill()
        provider.kill()
    changed = {call["request"]: call for call in told["calls"]}
    foretold = []
    for number, (served, cost) in enumerate(past.outcomes, 1):
        change = changed.get(f"req-{number}")
        foretold.append((change["wouldModel"], Decimal(change["wouldUsd"])) if change else (served, cost))
    assert [model for model, _ in foretold] == [model for model, _ in wanted]
    for (_, mine), (_, real) in zip(foretold, wanted):
        # Tokens are taken to be as many at a cheaper model; a shortened answer's limit is worked out.
        assert abs(mine - real) <= real / 20
    assert Decimal(told["all"]["costUsd"]) == sum(cost for _, cost in past.outcomes)
    assert Decimal(told["all"]["wouldUsd"]) == sum(cost for _, cost in foretold)
    assert Decimal(told["all"]["savedUsd"]) == Decimal(told["all"]["costUsd"]) - Decimal(told["all"]["wouldUsd"])
    assert told["refused"]["calls"] == sum(model is None for model, _ in wanted)
    assert told["downgraded"]["calls"] == sum(model not in (None, asked) for (model, _), (_, asked, _) in zip(wanted, CALLS))
    if name != "nothing":
        assert changed, "each policy changes something"


def test_without_a_gateway_it_reads_the_receipts(bursar, past, tmp_path):  # noqa: F811
    live = replayed(bursar, tmp_path, POLICIES["a chain"], url=past.url)
    past.kill()
    found = replayed(bursar, tmp_path, POLICIES["a chain"])
    for told in [live, found]:
        del told["from"], told["until"]
    assert found == live


def test_text_and_one_tenant(bursar, past, tmp_path):  # noqa: F811
    (tmp_path / "other.yaml").write_text(POLICIES["a chain"])
    text = bursar("replay", "--policy", "other.yaml", url=past.url)
    assert "downgraded" in text and "It would have saved $" in text and "\x1b" not in text
    told = replayed(bursar, tmp_path, POLICIES["a chain"], "--tenant", "beta", url=past.url)
    assert [tenant["tenant"] for tenant in told["tenants"]] == ["beta"] and told["all"]["calls"] == 2


def test_calls_before_fill_their_windows_and_are_not_asked(bursar, past, tmp_path):  # noqa: F811
    told = replayed(bursar, tmp_path, POLICIES["no chain"], "--since", "2090-01-01", url=past.url)
    assert told["all"]["calls"] == 0
    assert "No call" in bursar("replay", "--policy", "other.yaml", "--since", "2090-01-01", url=past.url)


def test_a_shops_whole_file_is_a_policy_though_its_secrets_are_elsewhere(bursar, past, tmp_path):  # noqa: F811
    whole = POLICIES["a chain"] + """
tenants: {acme: {notify: ["slack:$ACME_SLACK", "anna@example.com"], upstreamKey: "env:ACME_KEY"}}
smtp: {host: mail.example.com, username: me, from: bursar@example.com}
exporters: {cloudWatch: {enabled: true}}
"""
    told = replayed(bursar, tmp_path, whole, url=past.url)
    assert told["all"] == replayed(bursar, tmp_path, POLICIES["a chain"], url=past.url)["all"]


def test_a_policys_own_prices_and_names(bursar, past, tmp_path):  # noqa: F811
    own = "models: {chain: [cheap], aliases: {cheap: my/own}, prices: {my/own: {prompt: 0, completion: 0.000001, context_length: 100000}}}\n"
    told = replayed(bursar, tmp_path, "budgets: {default: {daily: 0.05}}\n" + own, url=past.url)
    assert "my/own" in json.dumps(told)


def test_nothing_is_changed_by_asking(bursar, past, tmp_path):  # noqa: F811
    before = past.usage("acme"), ask(past, "GET", "/api/admin/budgets").json(), sorted(p.name for p in tmp_path.iterdir())
    replayed(bursar, tmp_path, POLICIES["a chain"], url=past.url)
    (tmp_path / "other.yaml").unlink()
    assert before == (past.usage("acme"), ask(past, "GET", "/api/admin/budgets").json(), sorted(p.name for p in tmp_path.iterdir()))


def test_what_is_no_policy(bursar, past, tmp_path):  # noqa: F811
    (tmp_path / "bad.yaml").write_text("budgets: {default: {daily: much}}\n")
    assert "bad.yaml:1" in bursar("replay", "--policy", "bad.yaml", url=past.url, code=1)
    (tmp_path / "unknown.yaml").write_text("models: {chain: [no/such-model]}\n")
    assert "no/such-model" in bursar("replay", "--policy", "unknown.yaml", url=past.url, code=1)
    assert "not there" in bursar("replay", "--policy", "nowhere.yaml", url=past.url, code=1)
    bursar("replay", code=64)
    bursar("replay", "--policy", "x.yaml", "--since", "soon", code=64)
