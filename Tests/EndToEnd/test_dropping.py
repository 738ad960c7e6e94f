"""DEGRADED_DROP: under a budget that runs low, server tools and plugins are taken out of the request before it is priced."""

import json
from decimal import Decimal

import pytest
from support import CHEAP, DEAR, FREE, WEATHER, NotStarted, booked, costing, eventually
from test_refusals import refused

ADMIN = "admin-token-of-this-test"
WEB = {"id": "web", "engine": "exa"}
FETCH = {"type": "openrouter:web_fetch"}
BOUND = [{"type": "max_cost", "max_cost_in_dollars": 0.05}]


@pytest.fixture
def tight(start, scripted):
    """A gateway whose tenant has used `share` of its dollar."""

    def tight(share, drop="web,file-parser,openrouter:web_fetch", **settings):
        gateway = start(
            scripted, DEFAULT_DAILY_BUDGET="1", DEGRADED_DROP=drop, BURSAR_ADMIN_TOKEN=ADMIN, **settings
        )
        scripted.answers = [costing(share), costing(0.0001)]
        assert gateway.chat(max_tokens=10).status_code == 200
        return gateway

    return tight


def receipt_of(gateway, answer):
    headers = {"Authorization": f"Bearer {ADMIN}"}
    page = gateway.http.get("/api/admin/receipts", params={"text": answer.headers["x-bursar-request-id"]}, headers=headers)
    return next(iter(page.raise_for_status().json()["receipts"]), None)


class TestDegraded:
    def test_drops_what_is_named_and_says_so(self, tight, scripted):
        gateway = tight(0.92)
        answer = gateway.chat(
            max_tokens=10, plugins=[WEB, {"id": "response-healing"}], tools=[WEATHER, FETCH], stop_server_tools_when=BOUND
        )
        assert answer.status_code == 200 and answer.headers["x-bursar-state"] == "degraded"
        assert answer.headers["x-bursar-dropped"] == "openrouter:web_fetch,web"
        sent = json.loads(scripted.body)
        assert sent["plugins"] == [{"id": "response-healing"}] and sent["tools"] == [WEATHER]
        receipt = eventually(lambda: receipt_of(gateway, answer))
        assert receipt["dropped"] == ["openrouter:web_fetch", "web"]

    def test_the_price_is_that_of_what_is_left(self, tight):
        gateway = tight(0.92)
        body = {"model": DEAR, "max_tokens": 10, "messages": [{"role": "user", "content": "Hello"}]}
        plain = gateway.http.post("/v1/quote", json=body).json()
        quote = gateway.http.post("/v1/quote", json={**body, "plugins": [WEB]}).json()
        assert quote["dropped"] == ["web"] and plain["dropped"] == []
        assert Decimal(quote["atMostUsd"]) == Decimal(plain["atMostUsd"])

    def test_what_has_no_bound_may_have_one_without(self, tight, scripted):
        gateway = tight(0.92)
        answer = gateway.chat(max_tokens=10, tools=[WEATHER, FETCH], plugins=[{"id": "web"}], tool_choice="auto")
        assert answer.status_code == 200 and answer.headers["x-bursar-dropped"] == "openrouter:web_fetch,web"
        assert json.loads(scripted.body)["tool_choice"] == "auto" and "plugins" not in json.loads(scripted.body)

    def test_function_tools_stay(self, tight, scripted):
        gateway = tight(0.92)
        answer = gateway.chat(max_tokens=2000, tools=[WEATHER])
        assert answer.status_code == 200 and "x-bursar-dropped" not in answer.headers
        assert json.loads(scripted.body)["tools"] == [WEATHER]

    def test_other_paths_too(self, tight, scripted):
        gateway = tight(0.92)
        scripted.answers = [{"id": "r", "output": [], "usage": {"input_tokens": 1, "output_tokens": 1, "cost": 0.001}}]
        answer = gateway.http.post("/v1/responses", json={"model": DEAR, "input": "Hi", "plugins": [WEB], "max_output_tokens": 9})
        assert answer.status_code == 200 and answer.headers["x-bursar-dropped"] == "web"


class TestOtherwise:
    def test_nothing_is_dropped_while_there_is_money(self, tight, scripted):
        gateway = tight(0.5)
        answer = gateway.chat(model=CHEAP, max_tokens=10, plugins=[WEB])
        assert answer.status_code == 200 and "x-bursar-dropped" not in answer.headers
        assert json.loads(scripted.body)["plugins"] == [WEB]
        refused(gateway.chat(plugins=[{"id": "web"}]), 400, "unbounded_cost")

    def test_stopped_serves_what_is_free_without_them(self, tight, scripted):
        gateway = tight(1)
        refused(gateway.chat(max_tokens=10, plugins=[WEB]), 429, "budget_exceeded", "insufficient_quota")
        scripted.answers = [costing(0)]
        answer = gateway.chat(model=FREE, max_tokens=10, plugins=[WEB])
        assert answer.status_code == 200 and answer.headers["x-bursar-dropped"] == "web"

    def test_without_the_setting_nothing_is(self, tight, scripted):
        gateway = tight(0.92, drop="")
        answer = gateway.chat(model=CHEAP, max_tokens=10, plugins=[WEB])
        assert answer.status_code == 200 and "x-bursar-dropped" not in answer.headers
        assert json.loads(scripted.body)["plugins"] == [WEB]

    def test_observing_says_what_it_would_do(self, tight, scripted):
        gateway = tight(0.92, BUDGET_MODE="observe")
        answer = gateway.chat(max_tokens=10, plugins=[WEB])
        assert answer.headers["x-bursar-would"].endswith("drop web") and "x-bursar-dropped" not in answer.headers
        assert json.loads(scripted.body)["plugins"] == [WEB]


@pytest.mark.parametrize("name", ["function", "get_weather", "openrouter:nothing", "web;file-parser"])
def test_a_name_that_runs_elsewhere_stops_the_start(start, sandbox, name):
    with pytest.raises(NotStarted) as stopped:
        start(sandbox, DEGRADED_DROP=name)
    assert "DEGRADED_DROP" in stopped.value.said and name in stopped.value.said
    assert "function tools are never dropped" in stopped.value.said


def test_the_file_has_a_list(start, scripted, tmp_path):
    (tmp_path / "bursar.yaml").write_text("degraded:\n  drop: [web, 'openrouter:web_search']\nbudgets: {default: {daily: 1}}\n")
    gateway = start(scripted)
    scripted.answers = [costing(0.95), costing(0.0001)]
    gateway.chat(max_tokens=10)
    assert gateway.chat(max_tokens=10, plugins=[WEB]).headers["x-bursar-dropped"] == "web"
    assert booked(gateway.usage())[0] == Decimal("0.9501")
