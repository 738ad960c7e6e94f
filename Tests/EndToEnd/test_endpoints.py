"""Every priced path keeps the same promises, each in its own words: served, billed to the nanodollar, refused, ended well."""

import json
from decimal import Decimal

import pytest
from endpoints import ALL, EMBED, STREAMED, Chat, Completions, Embeddings, Messages, Responses, name
from support import CHEAP, DEAR, FREE, MIDDLE, NANO, STREAM_HEAD, ask, booked, eventually

every = pytest.mark.parametrize("path", ALL, ids=name)
streamed = pytest.mark.parametrize("path", STREAMED, ids=name)


def settled(gateway, sandbox):
    """Nothing is held, nothing unresolved, and both accounts agree to the nanodollar. Returns the amount."""
    usage = gateway.usage()
    spent, unresolved = booked(usage)
    assert usage["daily"]["reservedUsd"] == "0" and unresolved == 0
    assert abs(spent - sandbox.billed()) < NANO, (spent, sandbox.billed())
    return spent


class TestWhole:
    @every
    @pytest.mark.parametrize("base", ["/v1", "/api/v1"])
    def test_is_served_and_billed_exactly(self, gateway, sandbox, path, base):
        answer = path.ask(gateway, "Hello [sandbox:tokens=9]", base=base)
        assert answer.status_code == 200, answer.text
        assert Decimal(answer.headers["x-bursar-cost"]) == settled(gateway, sandbox) > 0
        assert answer.headers["x-bursar-model"] == path.model and answer.headers["x-generation-id"]
        record = sandbox.records()[-1]
        assert path.tokens(answer.json()) == (record["promptTokens"], record["completionTokens"])
        if path.streams:
            assert len(path.words(answer.json()).split()) == 9

    @every
    def test_is_booked_with_its_tokens(self, gateway, sandbox, path):
        path.ask(gateway, "Hello [sandbox:tokens=9]")
        model = gateway.usage()["models"][0]
        record = sandbox.records()[-1]
        assert (model["inputTokens"], model["outputTokens"]) == (record["promptTokens"], record["completionTokens"])

    @every
    def test_without_a_believable_cost_tokens_and_rates_are_booked(self, gateway, sandbox, path):
        """The sandbox tells Anthropic's clients that half of the input was written to a cache; this model has no dearer write."""
        answer = path.ask(gateway, "Hello [sandbox:null_cost]")
        assert answer.status_code == 200
        settled(gateway, sandbox)

    @every
    def test_an_exponent_is_read_exactly(self, gateway, sandbox, path):
        assert path.ask(gateway, "Hello [sandbox:exponent_cost]").status_code == 200
        settled(gateway, sandbox)

    @every
    def test_own_keys_cost_what_both_take(self, gateway, sandbox, path):
        assert path.ask(gateway, "Hello [sandbox:byok]").status_code == 200
        settled(gateway, sandbox)

    @every
    def test_missing_usage_stays_set_aside(self, gateway, sandbox, path):
        answer = path.ask(gateway, "Hello [sandbox:missing_usage]")
        assert answer.status_code == 200 and answer.headers["x-bursar-cost"] == "unknown"
        spent, unresolved = booked(gateway.usage())
        assert spent == 0 and unresolved >= sandbox.billed() > 0

    @every
    def test_an_idempotency_key_answers_once(self, gateway, sandbox, path):
        headers = {"Idempotency-Key": "k1"}
        first, second = (path.ask(gateway, headers=headers) for _ in range(2))
        assert first.content == second.content and sandbox.bill()["calls"] == 1
        other = path.ask(gateway, "Other", headers=headers)
        assert other.status_code == 409 and path.reason(other) == "idempotency_conflict"

    def test_an_idempotency_key_belongs_to_one_path(self, gateway):
        headers = {"Idempotency-Key": "k1"}
        assert Responses().ask(gateway, headers=headers).status_code == 200
        body = Responses().body()
        other = gateway.http.post("/v1/embeddings", json={**body, "model": EMBED}, headers=headers)
        assert other.status_code == 409

    @every
    def test_caches_of_the_shared_account_are_not_asked_nor_told(self, start, scripted, path):
        scripted.answers = [
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-OpenRouter-Cache-Status: HIT\r\n"
            b"Set-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"
        ]
        gateway = start(scripted)
        sent = {"X-OpenRouter-Cache": "true", "X-OpenRouter-Cache-TTL": "60", "x-api-key": "sk-client"}
        answer = path.ask(gateway, headers=sent)
        assert not any("cache-status" in key or key == "set-cookie" for key in answer.headers)
        assert not any(key.lower().startswith("x-openrouter-cache") for key in scripted.headers.keys())
        assert "sk-client" not in str(scripted.headers)
        assert scripted.requests[-1][0] == f"POST /api/v1{path.path} HTTP/1.1"


class TestStreamed:
    @streamed
    def test_passes_and_ends_with_its_cost(self, gateway, sandbox, path):
        answer = path.ask(gateway, "Hello [sandbox:tokens=9]", stream=True)
        assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/event-stream")
        events = path.events(answer)
        assert len(path.streamed_words(events).split()) == 9
        assert Decimal(path.cost(events)) == settled(gateway, sandbox) > 0
        assert not path.is_broken(events)
        assert sum(event[1] == "[DONE]" for event in events) == (path.path in ("/chat/completions", "/completions"))

    @streamed
    @pytest.mark.parametrize("fault", ["cut_stream", "truncated_json"])
    def test_a_cut_stream_ends_well_and_stays_set_aside(self, gateway, sandbox, path, fault):
        events = path.events(path.ask(gateway, f"Hello [sandbox:{fault}]", stream=True))
        assert path.is_broken(events) and path.cost(events) == "unknown"
        if path.path == "/responses":
            [item] = events[-1][1]["response"]["output"]
            assert item["status"] == "incomplete" and item["content"][0]["text"] == path.streamed_words(events) != ""
        spent, unresolved = booked(gateway.usage())
        assert spent == 0 and unresolved >= sandbox.billed() > 0

    @streamed
    def test_an_error_of_upstream_passes_once(self, gateway, path):
        answer = path.ask(gateway, "Hello [sandbox:stream_error]", stream=True)
        events = path.events(answer)
        assert path.is_broken(events) and path.cost(events) in ("unknown", "0")
        assert answer.text.count("Provider disconnected unexpectedly") == 1 and "broke off" not in answer.text

    @streamed
    def test_missing_usage_stays_set_aside(self, gateway, sandbox, path):
        events = path.events(path.ask(gateway, "Hello [sandbox:missing_usage]", stream=True))
        assert path.cost(events) == "unknown" and not path.is_broken(events)
        spent, unresolved = booked(gateway.usage())
        assert spent == 0 and unresolved >= sandbox.billed() > 0

    @streamed
    @pytest.mark.parametrize("fault", ["exponent_cost", "null_cost", "byok", "lying_usage"])
    def test_odd_costs_are_booked_exactly(self, gateway, sandbox, path, fault):
        path.ask(gateway, f"Hello [sandbox:{fault}]", stream=True)
        settled(gateway, sandbox)

    @streamed
    def test_a_hang_up_cancels_upstream_and_is_booked(self, gateway, sandbox, path):
        sandbox.faults(between=20)
        with gateway.wire() as wire:
            body = path.body("[sandbox:tokens=500]", limit=500, stream=True)
            wire.post(json.dumps(body), path=f"/v1{path.path}")
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
            wire.until(b"data: ")
        assert eventually(lambda: sandbox.bill()["inFlight"] == 0, within=2)
        assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] == "0", within=2)
        assert sum(booked(gateway.usage())) >= sandbox.billed() > 0


class TestRefused:
    @every
    def test_over_the_budget_nothing_is_sent(self, start, sandbox, path):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.0000001")
        answer = path.ask(gateway)
        assert answer.status_code == 429 and path.reason(answer) == "budget_exceeded"
        assert answer.headers["x-should-retry"] == "false" and sandbox.calls() == 0
        if path.path == "/messages":
            assert answer.json()["type"] == "error" and answer.json()["error"]["type"] == "rate_limit_error"

    @every
    def test_dearer_than_one_call_may_be(self, gateway, sandbox, path):
        answer = path.ask(gateway, headers={"X-Bursar-Max-Cost": "0.0000000001"})
        assert path.reason(answer) == "call_too_expensive" and sandbox.calls() == 0

    @every
    @pytest.mark.parametrize(
        "field", [{"route": "fallback"}, {"preset": "x"}, {"speed": "fast"}, {"service_tier": "priority"}],
        ids=lambda field: next(iter(field)))
    def test_what_has_no_bound(self, shared, path, field):
        answer = path.ask(shared, **field)
        assert answer.status_code == 400 and path.reason(answer) == "unbounded_cost"
        assert answer.json()["error"]["param"] == next(iter(field))

    @pytest.mark.parametrize(
        ("path", "fields", "reason", "param"),
        [
            (Responses(), {"store": True}, "invalid_field", "store"),
            (Responses(), {"previous_response_id": "r"}, "unbounded_cost", "previous_response_id"),
            (Responses(), {"tools": [{"type": "web_search"}]}, "unbounded_cost", "tools[0].type"),
            (Messages(), {"fallbacks": [{"model": DEAR}]}, "unbounded_cost", "fallbacks"),
            (Messages(), {"tools": [{"type": "web_search_20250305", "name": "w"}]}, "unbounded_cost", "tools[0].type"),
            (Messages(), {"messages": None}, "invalid_field", "messages"),
            (Completions(), {"prompt": None}, "invalid_field", "prompt"),
            (Embeddings(), {"input": []}, "invalid_field", "input"),
            (Embeddings(), {"models": [DEAR]}, "invalid_field", "models[0]"),
            (Embeddings(), {"model": DEAR}, "invalid_field", "model"),
            (Chat(), {"model": EMBED}, "invalid_field", "model"),
        ])
    def test_by_the_field(self, shared, path, fields, reason, param):
        answer = path.ask(shared, **fields)
        assert answer.status_code == 400
        assert (path.reason(answer), answer.json()["error"]["param"]) == (reason, param)

    @every
    def test_an_unpriced_model(self, shared, path):
        answer = path.ask(shared, model="nobody/nothing")
        assert answer.status_code == 400 and path.reason(answer) == "model_not_priced"

    @every
    def test_upstreams_own_refusal_passes(self, gateway, path):
        answer = path.ask(gateway, "Hello [sandbox:context_length]")
        assert answer.status_code == 400 and "maximum context length" in answer.json()["error"]["message"]
        assert booked(gateway.usage()) == (0, 0)

    @every
    def test_when_every_model_fails(self, gateway, sandbox, path):
        answer = path.ask(gateway, "Hello [sandbox:unavailable]")
        assert answer.status_code == 502 and path.reason(answer) == "chain_exhausted"
        assert booked(gateway.usage()) == (0, 0) and sandbox.billed() == 0


class TestChain:
    @pytest.mark.parametrize("path", STREAMED, ids=name)
    @pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
    def test_falls_back_with_the_paths_own_body(self, start, sandbox, path, stream):
        gateway = start(sandbox, FALLBACK_MODEL_CHAIN=f"{DEAR},{MIDDLE}")
        sandbox.faults({"fault": "unavailable", "model": DEAR})
        answer = path.ask(gateway, "Hello [sandbox:tokens=9]", stream=stream)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-bursar-model"] == MIDDLE and answer.headers["x-bursar-moved"] == "failure"
        settled(gateway, sandbox)

    @pytest.mark.parametrize("path", STREAMED, ids=name)
    def test_a_tight_budget_moves_it_to_a_cheaper_model(self, start, sandbox, path):
        gateway = start(sandbox, FALLBACK_MODEL_CHAIN=f"{DEAR},{CHEAP}", DEFAULT_DAILY_BUDGET="0.005")
        answer = path.ask(gateway, "Hello [sandbox:tokens=9]", limit=1000)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-bursar-model"] == CHEAP and answer.headers["x-bursar-moved"] == "budget"

    def test_vectors_never_come_from_a_model_that_writes(self, start, sandbox):
        gateway = start(sandbox, FALLBACK_MODEL_CHAIN=f"{DEAR},{MIDDLE}")
        sandbox.faults({"fault": "unavailable", "model": EMBED})
        answer = Embeddings().ask(gateway)
        assert answer.status_code == 502
        assert {a["model"] for a in answer.json()["error"]["metadata"]["attempts"]} == {EMBED}

    @pytest.mark.parametrize("path", STREAMED, ids=name)
    def test_without_a_limit_one_is_set_and_told(self, start, sandbox, path):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.05")
        body = {key: value for key, value in path.body().items() if key != path.limit}
        answer = gateway.http.post(f"/v1{path.path}", json=body)
        assert answer.status_code == 200, answer.text
        assert 256 <= int(answer.headers["x-bursar-max-tokens"]) < 16384


class TestMessagesProtocol:
    def test_sends_on_anthropics_headers_and_no_key(self, start, scripted):
        gateway = start(scripted)
        Messages().ask(gateway, headers={
            "x-api-key": "sk-ant", "anthropic-version": "2023-06-01", "anthropic-beta": "context-1m-2025-08-07"})
        assert scripted.headers["anthropic-version"] == "2023-06-01"
        assert scripted.headers["anthropic-beta"] == "context-1m-2025-08-07"
        assert scripted.headers["authorization"] == "Bearer sk-upstream-secret" and "x-api-key" not in scripted.headers

    def test_claude_codes_request_is_served(self, gateway, sandbox):
        body = {
            "model": "anthropic/claude-sonnet-4.5", "max_tokens": 32000, "stream": True,
            "thinking": {"type": "enabled", "budget_tokens": 4000},
            "context_management": {"edits": [{"type": "clear_thinking_20251015", "keep": "all"}]},
            "metadata": {"user_id": "user_1_account__session_2"},
            "system": [{"type": "text", "text": "You help.", "cache_control": {"type": "ephemeral"}}],
            "tools": [{"name": "Read", "description": "Reads", "input_schema": {"type": "object", "properties": {}}}],
            "messages": [
                {"role": "user", "content": [{"type": "text", "text": "hi", "cache_control": {"type": "ephemeral"}}]},
                {"role": "assistant", "content": [
                    {"type": "thinking", "thinking": "Hm.", "signature": "c2ln"},
                    {"type": "tool_use", "id": "t1", "name": "Read", "input": {"path": "a"}}]},
                {"role": "user", "content": [
                    {"type": "tool_result", "tool_use_id": "t1", "content": [{"type": "text", "text": "42"}]}]},
            ],
        }
        answer = gateway.http.post("/v1/messages?beta=true", json=body)
        assert answer.status_code == 200, answer.text
        assert Decimal(Messages().cost(Messages().events(answer))) == settled(gateway, sandbox)

    def test_a_limit_is_not_lowered_below_the_budget_for_thinking(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.02")
        thinking = {"type": "enabled", "budget_tokens": 2000}
        model = "anthropic/claude-sonnet-4.5"
        assert Messages().ask(gateway, model=model, limit=8000, thinking=thinking).status_code == 429
        assert Messages().ask(gateway, model=model, limit=8000).status_code == 200

    def test_tools_are_called_in_its_shape(self, gateway):
        tool = {"name": "get_weather", "input_schema": {
            "type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}}
        answer = Messages().ask(gateway, "use get_weather", tools=[tool]).json()
        assert answer["stop_reason"] == "tool_use" and answer["content"][0]["input"] == {"city": "example"}


class TestEmbeddingsProtocol:
    @pytest.mark.parametrize(("given", "count"), [("a b", 1), (["a", "b", "c"], 3), ([1, 2, 3], 1), ([[1, 2], [3]], 2)])
    def test_takes_every_form_of_input(self, gateway, sandbox, given, count):
        answer = Embeddings().ask(gateway, given)
        assert answer.status_code == 200 and len(answer.json()["data"]) == count
        settled(gateway, sandbox)

    def test_a_batch_longer_than_one_context_is_reserved_whole(self, start, scripted):
        """Each text may fill the context; what is set aside covers all of them."""
        scripted.answers = [{"data": [], "usage": {"prompt_tokens": 20_000, "total_tokens": 20_000, "cost": 0.0004}}]
        gateway = start(scripted)
        assert Embeddings().ask(gateway, ["x " * 8000] * 5).status_code == 200
        assert "overrun" not in gateway.log() and "more than the call's ceiling" not in gateway.log()
