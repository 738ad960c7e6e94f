"""Money gets tight: warned, degraded, stopped; limits, queues, tenants apart."""

import threading
import time
from decimal import Decimal

import pytest
from support import CHEAP, DEAR, FREE, MIDDLE, WEATHER, ask, booked, costing, eventually, listed
from test_refusals import refused


class TestStates:
    def test_come_in_order_with_their_headers(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", FALLBACK_MODEL_CHAIN=MIDDLE)
        active = gateway.spend(5000)
        assert active.headers["x-bursar-state"] == "active"
        assert "x-bursar-warning" not in active.headers

        warned = gateway.spend(800)
        assert warned.headers["x-bursar-state"] == "warned"
        assert warned.headers["x-bursar-model"] == DEAR
        assert warned.headers["x-bursar-warning"]
        assert warned.headers["x-bursar-suggested-model"] == MIDDLE
        assert "x-bursar-moved" not in warned.headers
        assert gateway.usage()["state"] == "warned"

        assert gateway.spend(700).headers["x-bursar-state"] == "degraded"
        assert gateway.usage()["withinBudget"] is True
        moved = gateway.spend(100)
        assert moved.headers["x-bursar-model"] == MIDDLE
        assert moved.headers["x-bursar-asked-model"] == DEAR
        assert moved.headers["x-bursar-moved"] == "budget"
        assert moved.json()["model"] == MIDDLE
        assert "x-bursar-max-tokens" not in moved.headers
        assert Decimal(gateway.usage()["savedUsd"]) > 0

        # What is left cannot pay for the smallest call.
        last = gateway.spend(4200)
        assert last.headers["x-bursar-model"] == MIDDLE
        assert last.headers["x-bursar-state"] == "stopped"
        usage = gateway.usage()
        assert usage["state"] == "stopped" and usage["withinBudget"] is False
        assert usage["dailyPercentage"] < 100
        refused(gateway.spend(10), 429, "budget_exceeded", "insufficient_quota")
        refused(gateway.chat(model=MIDDLE, max_tokens=1), 429, "budget_exceeded", "insufficient_quota")
        assert gateway.chat(model=FREE).status_code == 200
        assert booked(gateway.usage())[0] == sandbox.billed()

    def test_thresholds_can_be_set(self, start, scripted):
        scripted.answers = [costing(0.2)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="1", WARN_AT="0.2", DEGRADE_AT="0.4")
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "warned"
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "degraded"

    def test_threshold_is_reached_exactly(self, start, scripted):
        scripted.answers = [costing(0.79999), costing(0.00001), costing(0.1)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="1")
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "active"
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "warned"
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "degraded"

    def test_state_of_a_stream_is_as_after_the_reservation(self, start, sandbox):
        """Reserved money alone moves no state."""
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1")
        headers = gateway.stream("[sandbox:tokens=5]", max_tokens=6900).headers
        assert headers["x-bursar-state"] == "active"
        assert Decimal(headers["x-bursar-remaining-daily"]) < Decimal("0.01")

    def test_unresolved_counts_as_spent(self, start, scripted):
        scripted.answers = [{"choices": []}]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="0.1")
        answer = gateway.chat(max_tokens=6000)
        assert answer.headers["x-bursar-cost"] == "unknown"
        assert answer.headers["x-bursar-state"] == "warned"
        usage = gateway.usage()
        assert Decimal(usage["daily"]["unresolvedUsd"]) > Decimal("0.084")
        assert usage["daily"]["spentUsd"] == "0"
        assert usage["dailyPercentage"] > 84

    def test_degraded_without_anything_cheaper_serves_as_asked(self, start, scripted):
        scripted.answers = [costing(0.95), costing(0.0001)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="1")
        gateway.chat(max_tokens=10)
        answer = gateway.chat(max_tokens=10)
        assert answer.headers["x-bursar-model"] == DEAR and answer.headers["x-bursar-state"] == "degraded"

    def test_overrun_passes_a_hundred_percent(self, start, scripted):
        scripted.answers = [costing(1.5)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="1")
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "stopped"
        usage = gateway.usage()
        assert usage["dailyPercentage"] == 150
        assert usage["daily"]["remainingUsd"] == "-0.5"

    def test_streamed_calls_are_downgraded_too(self, start, scripted):
        scripted.answers = [costing(0.95), costing(0.0001)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="1", FALLBACK_MODEL_CHAIN=MIDDLE)
        gateway.chat(max_tokens=10)
        assert gateway.chat(stream=True, max_tokens=10).headers["x-bursar-model"] == MIDDLE


class TestDowngrade:
    """A tenant at 95 % of its budget."""

    @pytest.fixture
    def degraded(self, start, scripted):
        def degraded(chain, models=(), **settings):
            scripted.models = list(models)
            scripted.answers = [costing(0.95), costing(0.0001)]
            gateway = start(scripted, DEFAULT_DAILY_BUDGET="1", FALLBACK_MODEL_CHAIN=chain, **settings)
            assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "degraded"
            return gateway

        return degraded

    def test_first_cheaper_of_the_chain_serves(self, degraded):
        gateway = degraded(f"anthropic/claude-sonnet-4.5,{MIDDLE},{CHEAP}")
        assert gateway.chat(max_tokens=100).headers["x-bursar-model"] == MIDDLE

    def test_only_models_after_its_own_place(self, degraded):
        gateway = degraded(f"{CHEAP},{MIDDLE}")
        answer = gateway.chat(model=MIDDLE, max_tokens=100)
        assert answer.headers["x-bursar-model"] == MIDDLE
        assert "x-bursar-moved" not in answer.headers

    def test_never_asks_for_none(self, degraded):
        answer = degraded(MIDDLE).chat(max_tokens=100, headers={"X-Bursar-Downgrade": "never"})
        assert answer.headers["x-bursar-model"] == DEAR

    def test_tools_need_a_model_that_has_them(self, degraded):
        gateway = degraded(f"test/plain,{MIDDLE}", [listed("test/plain", "0.0000001", "0.0000001", ())])
        assert gateway.chat(max_tokens=100).headers["x-bursar-model"] == "test/plain"
        assert gateway.chat(max_tokens=100, tools=[WEATHER]).headers["x-bursar-model"] == MIDDLE

    def test_schemas_need_a_model_that_has_them(self, degraded):
        gateway = degraded(f"test/plain,{MIDDLE}", [listed("test/plain", "0.0000001", "0.0000001", ("tools",))])
        schema = {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}
        assert gateway.chat(max_tokens=100, response_format=schema).headers["x-bursar-model"] == MIDDLE

    def test_long_prompts_need_the_context(self, degraded):
        gateway = degraded(f"test/short,{MIDDLE}", [listed("test/short", "0.0000001", "0.0000001", context=1000)])
        answer = gateway.chat("word " * 4000, max_tokens=100)
        assert answer.headers["x-bursar-model"] == MIDDLE

    def test_tool_result_stays_with_its_vendor(self, degraded):
        call = {"id": "c1", "type": "function", "function": {"name": "get_weather", "arguments": "{}"}}
        messages = [
            {"role": "user", "content": "weather?"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "sunny"},
        ]
        gateway = degraded(f"{CHEAP},{MIDDLE}")
        answer = gateway.chat(messages=messages, tools=[WEATHER], max_tokens=100)
        assert answer.headers["x-bursar-model"] == MIDDLE

    def test_sealed_reasoning_stays_with_its_vendor(self, degraded):
        details = [{"type": "reasoning.encrypted", "data": "abc"}]
        messages = [
            {"role": "user", "content": "a"},
            {"role": "assistant", "content": "b", "reasoning_details": details},
            {"role": "user", "content": "c"},
        ]
        assert degraded(f"{CHEAP},{MIDDLE}").chat(messages=messages, max_tokens=100).headers["x-bursar-model"] == MIDDLE

    def test_clients_stream_option_and_fields_survive(self, degraded, scripted):
        degraded(MIDDLE).post('{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"max_tokens":9,"a": 1e2}')
        assert scripted.body.startswith('{"provider"') or '"model":"openai/gpt-5-mini"' in scripted.body
        assert '"a": 1e2' in scripted.body and "gpt-5.2" not in scripted.body


class TestWhenItDoesNotFit:
    def test_moves_down_the_chain_with_the_limit_asked(self, start, sandbox):
        answer = start(sandbox, DEFAULT_DAILY_BUDGET="0.01", FALLBACK_MODEL_CHAIN=MIDDLE).chat(max_tokens=3000)
        assert answer.headers["x-bursar-model"] == MIDDLE
        assert answer.headers["x-bursar-moved"] == "budget"
        assert "x-bursar-max-tokens" not in answer.headers

    def test_never_moves_to_a_dearer_model(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.0001", FALLBACK_MODEL_CHAIN=DEAR)
        refused(gateway.chat(model=MIDDLE, max_tokens=3000), 429, "budget_exceeded", "insufficient_quota")

    def test_lowers_the_clients_limit(self, start, scripted):
        answer = start(scripted, DEFAULT_DAILY_BUDGET="0.01").chat(max_tokens=5000)
        assert answer.status_code == 200
        lowered = int(answer.headers["x-bursar-max-tokens"])
        assert 600 < lowered < 715
        assert f'"max_tokens":{lowered}' in scripted.body.replace(" ", "")

    def test_lowers_not_below_the_floor(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.01", MIN_OUTPUT_TOKENS=800)
        refused(gateway.chat(max_tokens=5000), 429, "budget_exceeded", "insufficient_quota")
        assert gateway.chat(max_tokens=500).status_code == 200

    @pytest.mark.parametrize(
        "fields",
        [
            {"tools": [WEATHER]},
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {}}}},
            {"reasoning": {"effort": "low"}},
            {"reasoning_effort": "low"},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_floor_is_higher_where_little_output_is_of_no_use(self, start, sandbox, fields):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.01")
        refused(gateway.chat(max_tokens=5000, **fields), 429, "budget_exceeded", "insufficient_quota")
        assert gateway.chat(max_tokens=5000).status_code == 200

    def test_injects_a_quarter_of_what_is_left(self, start, sandbox):
        answer = start(sandbox, DEFAULT_DAILY_BUDGET="0.4").chat()
        # 14 $ a million tokens, and 5 % for calls on own provider keys.
        assert 6650 < int(answer.headers["x-bursar-max-tokens"]) < 6804

    def test_injects_no_less_than_1024_if_they_fit(self, start, sandbox):
        answer = start(sandbox, DEFAULT_DAILY_BUDGET="0.02").chat()
        assert answer.headers["x-bursar-max-tokens"] == "1024"

    def test_injects_a_smaller_one_before_it_refuses(self, start, sandbox):
        answer = start(sandbox, DEFAULT_DAILY_BUDGET="0.01").chat()
        assert 256 <= int(answer.headers["x-bursar-max-tokens"]) < 715
        assert answer.headers["x-bursar-model"] == DEAR

    def test_downgrade_never_is_refused(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.003", FALLBACK_MODEL_CHAIN=MIDDLE)
        never = {"X-Bursar-Downgrade": "never"}
        refused(gateway.chat(max_tokens=1000, headers=never), 429, "budget_exceeded", "insufficient_quota")
        assert gateway.chat(max_tokens=1000).headers["x-bursar-model"] == MIDDLE

    def test_worst_case_is_held_while_a_call_runs(self, start, sandbox):
        gateway = start(sandbox)
        sandbox.faults(first=500)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=5]", max_tokens=10000))
            held = eventually(lambda: Decimal(gateway.usage()["daily"]["reservedUsd"]))
            assert Decimal("0.147") < held < Decimal("0.1476")
            assert wire.response()[0] == 200
        assert gateway.usage()["daily"]["reservedUsd"] == "0"


class TestScopes:
    def test_tenants_are_apart(self, start, scripted):
        scripted.answers = [costing(0.9)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="0.5", DEFAULT_MONTHLY_BUDGET="none")
        gateway.chat(max_tokens=10, headers={"X-Tenant-Id": "a"})
        refused(gateway.chat(headers={"X-Tenant-Id": "a"}), 429, "budget_exceeded", "insufficient_quota")
        assert gateway.chat(max_tokens=10, headers={"X-Tenant-Id": "b"}).status_code == 200
        assert gateway.usage("a")["daily"]["spentUsd"] == "0.9"
        assert gateway.usage("b")["daily"]["spentUsd"] == "0.9"
        assert gateway.usage("default")["daily"]["spentUsd"] == "0"

    def test_monthly_binds_though_daily_has_room(self, start, scripted):
        scripted.answers = [costing(0.9)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="5", DEFAULT_MONTHLY_BUDGET="1")
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "degraded"
        error = refused(gateway.chat(model=DEAR, max_tokens=100000, content="x" * 60000), 429, "budget_exceeded",
                        "insufficient_quota")
        assert error["metadata"]["budget"] == "tenant_monthly"
        assert error["metadata"]["resetsAt"].endswith("-01T00:00:00Z")
        assert gateway.usage()["monthlyPercentage"] == 90 and gateway.usage()["dailyPercentage"] == 18

    def test_tenant_budgets(self, start, sandbox):
        gateway = start(
            sandbox, DEFAULT_MONTHLY_BUDGET="7",
            TENANT_BUDGETS='{"acme":{"daily":0.25,"monthly":"60"},"half":{"daily":1e-1},"free":{"daily":"none","monthly":"none"}}')
        assert gateway.usage("acme")["daily"]["capUsd"] == "0.25"
        assert gateway.usage("acme")["monthly"]["capUsd"] == "60"
        assert gateway.usage("half")["daily"]["capUsd"] == "0.1"
        assert gateway.usage("half")["monthly"]["capUsd"] == "7"
        assert gateway.usage("free")["daily"]["capUsd"] is None
        answer = gateway.chat(headers={"X-Tenant-Id": "free"}, max_tokens=100_000)
        assert answer.status_code == 200 and "x-bursar-max-tokens" not in answer.headers

    def test_none_means_no_cap(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="none", DEFAULT_MONTHLY_BUDGET="none")
        assert gateway.chat(max_tokens=128_000).status_code == 200
        usage = gateway.usage()
        assert usage["daily"]["capUsd"] is None and usage["monthly"]["remainingUsd"] is None
        assert usage["dailyPercentage"] == 0 and usage["withinBudget"] is True

    def test_cap_of_zero_admits_only_free_calls(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0")
        refused(gateway.chat(), 429, "budget_exceeded", "insufficient_quota")
        assert gateway.chat(model=FREE).status_code == 200
        usage = gateway.usage()
        assert usage["dailyPercentage"] == 100 and usage["withinBudget"] is False and usage["state"] == "stopped"

    def test_stopped_call_is_not_moved_to_a_free_model(self, start, sandbox):
        """Unless the model asked is free of charge."""
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0", FALLBACK_MODEL_CHAIN=FREE)
        refused(gateway.chat(), 429, "budget_exceeded", "insufficient_quota")

    def test_global_budget_is_over_all_tenants(self, start, scripted):
        scripted.answers = [costing(0.85), costing(0.146), costing(0.001)]
        gateway = start(scripted, GLOBAL_DAILY_BUDGET="1")
        assert gateway.chat(max_tokens=10, headers={"X-Tenant-Id": "a"}).headers["x-bursar-state"] == "warned"
        # A tenant shows the worst state of all budgets over it.
        assert gateway.usage("b")["state"] == "warned"
        assert gateway.usage("b")["dailyPercentage"] == 0
        answer = gateway.chat(max_tokens=10, headers={"X-Tenant-Id": "b"})
        assert answer.headers["x-bursar-state"] == "degraded"
        error = refused(
            gateway.chat(max_tokens=1000, headers={"X-Tenant-Id": "c"}), 429, "budget_exceeded", "insufficient_quota")
        assert error["metadata"]["budget"] == "global_daily"
        assert error["metadata"]["spent"] == "0.996"

    def test_global_monthly(self, start, scripted):
        scripted.answers = [costing(2)]
        gateway = start(scripted, GLOBAL_MONTHLY_BUDGET="1")
        gateway.chat(max_tokens=10)
        error = refused(gateway.chat(headers={"X-Tenant-Id": "b"}), 429, "budget_exceeded", "insufficient_quota")
        assert error["metadata"]["budget"] == "global_monthly"

    def test_one_tenant_holds_at_most_half_of_a_global_budget(self, start, sandbox):
        gateway = start(sandbox, GLOBAL_DAILY_BUDGET="0.1")
        answer = gateway.chat("[sandbox:tokens=5]", max_tokens=7000)
        assert 3230 < int(answer.headers["x-bursar-max-tokens"]) <= 3401

    def test_time_zone_sets_the_windows(self, start, sandbox):
        gateway = start(sandbox, BUDGET_TIME_ZONE="Asia/Kolkata", DEFAULT_DAILY_BUDGET="0.0001")
        usage = gateway.usage()
        assert usage["daily"]["windowStart"].endswith("T18:30:00Z")
        assert usage["daily"]["resetsAt"].endswith("T18:30:00Z")
        error = refused(gateway.chat(), 429, "budget_exceeded", "insufficient_quota")
        assert "00:00 Asia/Kolkata" in error["message"]

    def test_tenant_with_a_time_zone_of_its_own(self, start, sandbox):
        gateway = start(
            sandbox, DEFAULT_DAILY_BUDGET="0.0001", TENANT_BUDGETS='{"acme":{"timeZone":"Asia/Kolkata","daily":0.0002}}')
        for window in "daily", "monthly":
            assert gateway.usage("acme")[window]["windowStart"].endswith("T18:30:00Z")
            assert gateway.usage("acme")[window]["resetsAt"].endswith("T18:30:00Z")
            assert gateway.usage("other")[window]["resetsAt"].endswith("T00:00:00Z")
        headers = {"X-Tenant-Id": "acme"}
        error = refused(gateway.chat(headers=headers), 429, "budget_exceeded", "insufficient_quota")
        assert "00:00 Asia/Kolkata" in error["message"]
        assert error["metadata"]["resetsAt"].endswith("T18:30:00Z")
        assert "00:00 UTC" in refused(gateway.chat(), 429, "budget_exceeded", "insufficient_quota")["message"]

    def test_another_time_zone_gives_no_budget_anew(self, start, sandbox):
        """Spending stays where it is until the windows of the new zone begin."""
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="1")
        gateway.spend(5000)
        spent = booked(gateway.usage())
        assert spent[0] > 0
        for settings in {"BUDGET_TIME_ZONE": "Pacific/Kiritimati"}, {"BUDGET_TIME_ZONE": "Pacific/Pago_Pago"}:
            gateway.stop()
            gateway = start(sandbox, DEFAULT_DAILY_BUDGET="1", **settings)
            assert booked(gateway.usage()) == spent

    def test_spend_per_minute(self, start, scripted):
        scripted.answers = [costing(0.004), costing(0.004), costing(0.004)]
        gateway = start(scripted, SPEND_PER_MINUTE_USD="0.01", BUDGET_REFUSAL_STATUS="402")
        at_a_minutes_start()
        for _ in range(2):
            answer = gateway.chat(max_tokens=100)
            assert answer.status_code == 200
            # A minute is a pace, not a state.
            assert answer.headers["x-bursar-state"] == "active"
        answer = gateway.chat(max_tokens=500)
        error = refused(answer, 429, "spend_rate_exceeded", "rate_limit_exceeded")
        assert error["metadata"]["budget"] == "tenant_minute" and error["metadata"]["spent"] == "0.008"
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert "x-should-retry" not in answer.headers
        assert gateway.usage()["state"] == "active" and gateway.usage()["withinBudget"] is True
        assert gateway.chat(max_tokens=100, headers={"X-Tenant-Id": "other"}).status_code == 200

    def test_calls_per_minute(self, start, sandbox):
        gateway = start(sandbox, TENANT_BUDGETS='{"acme":{"rpm":2}}')
        acme = {"X-Tenant-Id": "acme"}
        assert [gateway.chat(headers=acme).status_code for _ in range(2)] == [200, 200]
        answer = gateway.chat(headers=acme)
        error = refused(answer, 429, "rate_limited", "rate_limit_exceeded")
        assert "2 calls a minute" in error["message"]
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        assert gateway.chat(headers={"X-Tenant-Id": "other"}).status_code == 200
        assert sandbox.calls() == 3

    def test_a_call_that_joins_another_is_no_call_of_its_own(self, start, sandbox):
        gateway = start(sandbox, TENANT_BUDGETS='{"acme":{"rpm":1}}')
        headers = {"X-Tenant-Id": "acme", "Idempotency-Key": "one"}
        first = gateway.chat(headers=headers)
        assert first.status_code == 200
        assert gateway.chat(headers=headers).json() == first.json()
        refused(gateway.chat(headers={**headers, "Idempotency-Key": "two"}), 429, "rate_limited", "rate_limit_exceeded")
        # A refusal is not kept: the key is free again.
        refused(gateway.chat(headers={**headers, "Idempotency-Key": "two"}), 429, "rate_limited", "rate_limit_exceeded")

    def test_calls_at_once(self, start, sandbox):
        gateway = start(sandbox, TENANT_BUDGETS='{"acme":{"concurrent":1}}')
        acme = {"X-Tenant-Id": "acme"}
        with gateway.wire() as running:
            running.post(ask("[sandbox:hang]", max_tokens=100), **acme)
            assert eventually(lambda: gateway.usage("acme")["daily"]["reservedUsd"] != "0")
            answer = gateway.chat(headers=acme)
            error = refused(answer, 429, "rate_limited", "rate_limit_exceeded")
            assert "1 calls running" in error["message"] and answer.headers["retry-after"] == "1"
            assert gateway.chat(headers={"X-Tenant-Id": "other"}).status_code == 200
        assert eventually(lambda: gateway.chat(headers=acme).status_code == 200)


def at_a_minutes_start():
    """Waits where a minute is about to end, so that what follows is in one."""
    if time.time() % 60 > 50:
        time.sleep(61 - time.time() % 60)


class Running:
    """A call in a thread of its own."""

    def __init__(self, gateway, content, **fields):
        self.answer = None
        self.began = time.monotonic()
        self._thread = threading.Thread(target=self._run, args=(gateway, content), kwargs=fields)
        self._thread.start()

    def _run(self, gateway, content, **fields):
        self.answer = gateway.chat(content, **fields)
        self.took = time.monotonic() - self.began

    def result(self):
        self._thread.join(20)
        return self.answer


class TestHeldMoney:
    def test_waits_until_it_comes_back(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", WAIT_SECONDS="5")
        sandbox.faults(first=600)
        first = Running(gateway, "[sandbox:tokens=10]", max_tokens=6000)
        assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] != "0")
        second = gateway.chat("[sandbox:tokens=10]", max_tokens=6000)
        assert first.result().status_code == 200
        assert second.status_code == 200
        assert "x-bursar-max-tokens" not in second.headers

    def test_is_served_in_order_of_arrival(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", WAIT_SECONDS="10")
        sandbox.faults(first=250)
        wires = [gateway.wire() for _ in range(5)]
        for number, wire in enumerate(wires):
            # The prompt's length tells the calls apart on the bill. The last would fit beside the first.
            wire.post(ask("[sandbox:tokens=10]" + "x" * 40 * number, max_tokens=6000 if number < 4 else 200))
            time.sleep(0.05)
        assert [wire.response()[0] for wire in wires] == [200] * 5
        prompts = [record["promptTokens"] for record in sandbox.records()]
        # The last two are admitted together, and race for upstream.
        assert prompts[:3] == sorted(prompts)[:3]
        for wire in wires:
            wire.close()

    def test_is_refused_when_the_wait_is_over(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", WAIT_SECONDS="0.5")
        with gateway.wire() as holder:
            holder.post(ask("[sandbox:hang]", max_tokens=7000))
            assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] != "0")
            began = time.monotonic()
            answer = gateway.chat(max_tokens=1000, headers={"X-Tenant-Id": "default"})
            assert 0.45 < time.monotonic() - began < 2
            error = refused(answer, 429, "budget_reserved", "rate_limit_exceeded")
            assert 0 < int(answer.headers["retry-after"]) <= 30
            assert answer.headers.get("x-should-retry") != "false"
            assert "othing is wrong" in error["message"]
            assert Decimal(error["metadata"]["reserved"]) > Decimal("0.098")
            # Free calls wait for no money.
            assert gateway.chat(model=FREE).status_code == 200

    def test_without_a_wait_it_is_held_money_all_the_same(self, start, sandbox):
        """`WAIT_SECONDS=0`: the whole bounded wait is over at once. Not "come back tomorrow"."""
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", WAIT_SECONDS="0")
        with gateway.wire() as holder:
            holder.post(ask("[sandbox:hang]", max_tokens=7000))
            assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] != "0")
            refused(gateway.chat(max_tokens=1000), 429, "budget_reserved", "rate_limit_exceeded")

    def test_takes_less_rather_than_nothing_after_the_wait(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", WAIT_SECONDS="0.3")
        with gateway.wire() as holder:
            holder.post(ask("[sandbox:hang]", max_tokens=5000))
            assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] != "0")
            answer = gateway.chat("[sandbox:tokens=5]", max_tokens=4000)
            assert answer.status_code == 200
            assert 1500 < int(answer.headers["x-bursar-max-tokens"]) < 2143

    def test_parallel_calls_never_pass_the_cap(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.03", WAIT_SECONDS="2")
        sandbox.faults(first=20)
        calls = [Running(gateway, "[sandbox:tokens=200]", max_tokens=200) for _ in range(40)]
        codes = [call.result().status_code for call in calls]
        assert set(codes) == {200, 429}
        assert sandbox.billed() <= Decimal("0.03")
        assert booked(gateway.usage()) == (sandbox.billed(), 0)


class TestRestart:
    def test_keeps_the_books(self, start, sandbox):
        gateway = start(sandbox)
        for tenant in ("a", "b", "a"):
            gateway.chat(headers={"X-Tenant-Id": tenant})

        def said():
            """Without the head, which goes on with what a stop and a start write down."""
            return [gateway.usage(tenant) | {"head": None} for tenant in ("a", "b")]

        before = said()
        assert gateway.stop() == 0
        gateway = start(sandbox)
        assert said() == before
        assert gateway.chat(headers={"X-Tenant-Id": "a"}).status_code == 200

    def test_calls_in_flight_at_a_kill_come_back_as_unresolved(self, start, sandbox):
        gateway = start(sandbox)
        spent = Decimal(gateway.chat().headers["x-bursar-cost"])
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=500]", max_tokens=1000, stream=True))
            wire.until(b"data: ")
            held = Decimal(gateway.usage()["daily"]["reservedUsd"])
            gateway.kill()
        gateway = start(sandbox)
        assert booked(gateway.usage()) == (spent, held)
        assert gateway.usage()["daily"]["reservedUsd"] == "0"
        assert eventually(lambda: sandbox.bill()["inFlight"] == 0)
        assert spent + held >= sandbox.billed()

    def test_caps_hold_over_a_kill(self, start, scripted):
        """Settled or, where the settlement was not on disk yet, unresolved: either way it counts."""
        scripted.answers = [costing(0.95)]
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="1")
        assert gateway.chat(max_tokens=70_000).headers["x-bursar-cost"] == "0.95"
        gateway.kill()
        gateway = start(scripted, DEFAULT_DAILY_BUDGET="0.9")
        assert sum(booked(gateway.usage())) >= Decimal("0.95")
        refused(gateway.chat(max_tokens=10), 429, "budget_exceeded", "insufficient_quota")
        gateway.stop()
        assert start(scripted, DEFAULT_DAILY_BUDGET="2").chat(max_tokens=10).status_code == 200
