"""The main job: an answer passes unharmed, its cost is told and booked."""

import json
from decimal import Decimal

import pytest
from support import CHEAP, DEAR, FREE, MIDDLE, STREAM_HEAD, USAGE, WEATHER, ask, booked, completion


class TestWhole:
    def test_answers_as_upstream_does(self, gateway):
        answer = gateway.chat("[sandbox:tokens=7]")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/json"
        body = answer.json()
        assert body["object"] == "chat.completion"
        assert body["usage"]["completion_tokens"] == 7
        assert len(body["choices"][0]["message"]["content"].split()) == 7

    def test_tells_all_headers_of_an_admitted_call(self, gateway):
        headers = gateway.chat().headers
        assert headers["x-bursar-request-id"]
        assert headers["x-bursar-model"] == DEAR
        assert headers["x-bursar-state"] == "active"
        assert Decimal(headers["x-bursar-remaining-daily"]) < 5
        assert Decimal(headers["x-bursar-remaining-monthly"]) < 50
        assert Decimal(headers["x-bursar-cost"]) > 0
        for absent in ("x-bursar-asked-model", "x-bursar-moved", "x-bursar-warning", "x-bursar-suggested-model"):
            assert absent not in headers

    def test_state_and_remainders_are_as_after_the_settlement(self, gateway):
        headers = gateway.chat().headers
        cost = Decimal(headers["x-bursar-cost"])
        assert Decimal(headers["x-bursar-remaining-daily"]) == 5 - cost
        assert Decimal(headers["x-bursar-remaining-monthly"]) == 50 - cost

    def test_cost_is_what_the_sandbox_bills(self, gateway, sandbox):
        cost = Decimal(gateway.chat().headers["x-bursar-cost"])
        assert cost == sandbox.billed()

    def test_request_ids_differ(self, gateway):
        assert gateway.chat().headers["x-bursar-request-id"] != gateway.chat().headers["x-bursar-request-id"]

    @pytest.mark.parametrize("base", ["/v1", "/api/v1"])
    def test_serves_under_both_bases(self, shared, base):
        assert shared.chat(base=base).status_code == 200

    @pytest.mark.parametrize("base", ["/v1", "/api/v1"])
    def test_takes_query_strings(self, shared, base):
        body = {"model": DEAR, "messages": [{"role": "user", "content": "Hello"}]}
        assert shared.http.post(f"{base}/chat/completions?beta=true&x=%20", json=body).status_code == 200

    def test_takes_parts_of_text(self, shared):
        messages = [{"role": "user", "content": [{"type": "text", "text": "Hello"}, {"type": "text", "text": "you"}]}]
        assert shared.chat(messages=messages).status_code == 200

    def test_any_key_is_accepted(self, shared):
        assert shared.chat(headers={"Authorization": "Bearer whatever"}).status_code == 200
        assert shared.chat(headers={"x-api-key": "whatever"}).status_code == 200
        assert shared.chat().status_code == 200


class TestStreamed:
    def test_ends_with_the_comment_and_done(self, gateway, sandbox):
        stream = gateway.stream("[sandbox:tokens=9]")
        assert stream.status == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert stream.blocks.count("data: [DONE]") == 1
        assert stream.last_words == {
            "request": stream.headers["x-bursar-request-id"],
            "cost": stream.last_words["cost"],
            "model": DEAR,
        }
        assert Decimal(stream.last_words["cost"]) == sandbox.billed()
        assert len(stream.text.split()) == 9

    def test_tells_all_headers_but_the_cost(self, gateway):
        headers = gateway.stream().headers
        assert headers["x-bursar-model"] == DEAR
        assert headers["x-bursar-state"] == "active"
        # As after the reservation: more is gone than the call will cost.
        assert Decimal(headers["x-bursar-remaining-daily"]) < Decimal("4.99")
        assert Decimal(headers["x-bursar-remaining-monthly"]) < Decimal("49.99")
        assert "x-bursar-cost" not in headers

    def test_comments_pass(self, shared):
        assert ": OPENROUTER PROCESSING" in shared.stream().comments

    def test_has_usage_though_the_client_did_not_ask(self, shared):
        assert shared.stream().usage["cost"] > 0

    def test_passes_byte_for_byte_however_upstream_cuts_it(self, scripted, start):
        def delta(text):
            return {"id": "g", "choices": [{"index": 0, "delta": {"content": text}}]}

        pieces = ["Grüße ", "aus ", "Köln 🎉"]
        events = [
            b": OPENROUTER PROCESSING\n\n",
            *[b"data: " + json.dumps(delta(piece), ensure_ascii=False).encode() + b"\n\n" for piece in pieces],
            b'data: {"id":"g","choices":[],"usage":' + json.dumps(USAGE).encode() + b"}\n\n",
            b"data: [DONE]\n\n",
        ]
        # Every byte on its own.
        data = b"".join(events)
        scripted.answers = [[STREAM_HEAD] + [data[i : i + 1] for i in range(len(data))]]
        stream = start(scripted).stream()
        assert stream.text == "".join(pieces)
        assert stream.last_words["cost"] == "0.000125"
        passed = stream.response.content.split(b": bursar")[0]
        assert passed == b"".join(events[:-1])

    def test_crlf_streams_pass(self, start, scripted):
        scripted.answers = [
            STREAM_HEAD
            + b'data: {"id":"g","choices":[{"index":0,"delta":{"content":"a"}}]}\r\n\r\n'
            + b'data: {"id":"g","choices":[],"usage":' + json.dumps(USAGE).encode() + b"}\r\n\r\ndata: [DONE]\r\n\r\n"
        ]
        text = start(scripted).chat(stream=True).text
        assert "cost=0.000125" in text
        assert text.endswith("data: [DONE]\n\n")
        assert text.count("[DONE]") == 1

    def test_last_usage_counts(self, start, scripted):
        def usage(cost):
            return b'data: {"id":"g","choices":[],"usage":' + json.dumps({**USAGE, "cost": cost}).encode() + b"}\n\n"

        scripted.answers = [STREAM_HEAD + usage(0.0001) + usage(0.0002) + usage(0.0003) + b"data: [DONE]\n\n"]
        assert start(scripted).stream().last_words["cost"] == "0.0003"


class TestTools:
    def test_whole(self, shared):
        answer = shared.chat("use get_weather", tools=[WEATHER]).json()
        call = answer["choices"][0]["message"]["tool_calls"][0]
        assert call["function"]["name"] == "get_weather"
        assert json.loads(call["function"]["arguments"]) == {"city": "example"}
        assert answer["choices"][0]["finish_reason"] == "tool_calls"

    def test_streamed(self, shared):
        chunks = shared.stream("use get_weather", tools=[WEATHER]).chunks
        deltas = [call for c in chunks if c["choices"] for call in c["choices"][0]["delta"].get("tool_calls", [])]
        assert deltas[0]["function"]["name"] == "get_weather"
        assert json.loads("".join(d["function"]["arguments"] for d in deltas)) == {"city": "example"}


class TestPassing:
    def test_unknown_fields_and_logprobs_come_back(self, start, scripted):
        odd = completion(system_fingerprint="fp_1", x_new={"deep": [1, None], "n": 1.0})
        odd["choices"][0]["logprobs"] = {"content": [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105]}]}
        scripted.answers = [odd]
        assert start(scripted).chat(logprobs=True, top_logprobs=2).json() == odd

    def test_upstream_sees_the_clients_own_bytes(self, start, scripted):
        gateway = start(scripted)
        text = (
            '{ "model" :"openai/gpt-5.2", "temperature": 0.70000000000000000001,'
            '"messages":[{"role":"user","content":"caf\\u00e9 \\/ \\ud83d\\ude00","x":1E+2}], "max_tokens":50,'
            '"unknown":{"a":[1,2,{"b":null}]},"seed":-0 }'
        )
        assert gateway.post(text).status_code == 200
        sent = scripted.body
        # What was inserted is taken out again; all else is as it was.
        provider = sent[sent.index('"provider"') : sent.index("}}") + 3]
        assert sent.replace(provider, "") == text
        assert json.loads(sent)["provider"]["max_price"]

    def test_limit_is_injected_as_max_tokens(self, start, scripted):
        answer = start(scripted).chat()
        assert json.loads(scripted.body)["max_tokens"] == 16384
        assert answer.headers["x-bursar-max-tokens"] == "16384"

    @pytest.mark.parametrize("name", ["max_tokens", "max_completion_tokens"])
    def test_limit_keeps_the_clients_name(self, start, scripted, name):
        answer = start(scripted).chat(**{name: 77})
        sent = json.loads(scripted.body)
        assert sent[name] == 77
        assert len({"max_tokens", "max_completion_tokens"} & sent.keys()) == 1
        assert "x-bursar-max-tokens" not in answer.headers

    def test_both_limits_are_sent_if_both_are_given(self, start, scripted):
        start(scripted).chat(max_tokens=50, max_completion_tokens=40)
        sent = json.loads(scripted.body)
        assert (sent["max_tokens"], sent["max_completion_tokens"]) == (50, 40)

    def test_null_limit_counts_as_absent(self, start, scripted):
        answer = start(scripted).chat(max_tokens=None)
        assert answer.headers["x-bursar-max-tokens"] == "16384"
        assert json.loads(scripted.body)["max_tokens"] == 16384

    def test_limit_above_the_models_maximum_is_lowered_to_it(self, start, scripted):
        answer = start(scripted).chat(model="openai/gpt-4o-mini", max_tokens=1_000_000)
        assert json.loads(scripted.body)["max_tokens"] == 16384
        assert answer.headers["x-bursar-max-tokens"] == "16384"

    def test_default_limit_can_be_set(self, start, scripted):
        start(scripted, DEFAULT_MAX_OUTPUT_TOKENS=500).chat()
        assert json.loads(scripted.body)["max_tokens"] == 500

    def test_stream_asks_for_usage(self, start, scripted):
        scripted.answers = [STREAM_HEAD + b"data: [DONE]\n\n"]
        gateway = start(scripted)
        gateway.stream()
        assert json.loads(scripted.body)["stream_options"] == {"include_usage": True}
        gateway.stream(stream_options={"include_usage": False, "x": 1})
        assert json.loads(scripted.body)["stream_options"] == {"include_usage": True, "x": 1}

    def test_clients_provider_preferences_survive(self, start, scripted):
        start(scripted).chat(provider={"order": ["Azure"], "max_price": {"prompt": 0.5, "image": 3}})
        provider = json.loads(scripted.body)["provider"]
        assert provider["order"] == ["Azure"]
        assert provider["max_price"]["prompt"] == 0.5
        assert provider["max_price"]["image"] == 3
        assert float(provider["max_price"]["completion"]) == 14

    def test_only_the_named_headers_are_sent_on(self, start, scripted):
        named = {
            "HTTP-Referer": "https://app.example", "X-Title": "t", "X-OpenRouter-Title": "o", "x-session-id": "s",
            "anthropic-version": "2023-06-01", "anthropic-beta": "b", "traceparent": "00-aa-bb-01",
        }
        others = {"Authorization": "Bearer client-key", "x-api-key": "client-key", "X-Tenant-Id": "acme",
                  "X-Bursar-User": "u", "X-Secret": "1", "Cookie": "c=1"}
        start(scripted).chat(headers={**named, **others})
        for name, value in named.items():
            assert scripted.headers[name] == value
        assert scripted.headers["authorization"] == "Bearer sk-upstream-secret"
        assert "client-key" not in str(scripted.headers)
        for name in ("x-api-key", "x-tenant-id", "x-bursar-user", "x-secret", "cookie"):
            assert scripted.headers[name] is None


class TestModels:
    @pytest.mark.parametrize(
        "name", ["openai/gpt-5.2", "openai/gpt-5.2-20251211", "gpt-5.2", "gpt-5.2-20251211"]
    )
    def test_names_resolve(self, shared, name):
        answer = shared.chat(model=name)
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-bursar-model"] == DEAR
        assert answer.json()["model"] == DEAR

    def test_unknown_name_gets_a_hint(self, shared):
        error = shared.chat(model="openai/gpt-5.3").json()["error"]
        assert error["metadata"]["reason"] == "model_not_priced"
        assert error["param"] == "model"
        assert "did you mean" in error["message"].lower()
        assert DEAR in error["message"]

    def test_primary_model_serves_where_none_is_named(self, start, sandbox):
        answer = start(sandbox, PRIMARY_MODEL=MIDDLE).chat(model=None)
        assert answer.headers["x-bursar-model"] == MIDDLE

    def test_free_model_costs_nothing(self, gateway):
        assert gateway.chat(model=FREE).headers["x-bursar-cost"] == "0"
        assert gateway.usage()["daily"]["spentUsd"] == "0"


class TestUsage:
    def test_shows_the_cost_as_soon_as_the_client_has_its_answer(self, gateway):
        spent = Decimal(0)
        for _ in range(10):
            spent += Decimal(gateway.chat("[sandbox:tokens=20]").headers["x-bursar-cost"])
            assert booked(gateway.usage()) == (spent, 0)

    def test_shows_the_cost_as_soon_as_the_client_has_done(self, gateway):
        """Asked on another connection at the moment `[DONE]` is read."""
        spent = Decimal(0)
        for _ in range(10):
            with gateway.wire() as wire:
                wire.post(ask("[sandbox:tokens=5]", stream=True))
                words = wire.until(b"data: [DONE]").decode()
                spent += Decimal(words.split("cost=")[-1].split()[0])
                assert booked(gateway.usage()) == (spent, 0)

    def test_shows_everything_of_the_contract(self, gateway):
        gateway.chat(model=DEAR, max_tokens=50)
        gateway.chat(model=CHEAP, max_tokens=50)
        usage = gateway.usage()
        assert usage["withinBudget"] is True
        assert usage["tenant"] == "default" and usage["state"] == "active"
        assert isinstance(usage["dailyPercentage"], (int, float))
        for window in (usage["daily"], usage["monthly"]):
            assert window.keys() >= {
                "capUsd", "spentUsd", "unresolvedUsd", "reservedUsd", "remainingUsd", "percentage", "state",
                "windowStart", "resetsAt",
            }
            assert Decimal(window["capUsd"]) - Decimal(window["spentUsd"]) == Decimal(window["remainingUsd"])
        assert {m["model"] for m in usage["models"]} == {DEAR, CHEAP}
        for model in usage["models"]:
            assert model["requests"] == 1 and model["inputTokens"] > 0 and model["outputTokens"] > 0
        assert Decimal(usage["daily"]["spentUsd"]) == sum(Decimal(m["costUsd"]) for m in usage["models"])
        assert usage["savedUsd"] == "0"

    def test_unknown_tenant_has_the_default_budgets(self, shared):
        usage = shared.usage("never-seen")
        assert usage["daily"]["capUsd"] == "5" and usage["monthly"]["capUsd"] == "50"
        assert usage["daily"]["spentUsd"] == "0" and usage["models"] == []

    def test_percentages_have_two_decimals_rounded_down(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.3")
        gateway.spend(1000)
        spent = Decimal(gateway.usage()["daily"]["spentUsd"])
        expected = (spent / Decimal("0.3") * 10000).to_integral_value(rounding="ROUND_DOWN") / 100
        assert Decimal(str(gateway.usage()["dailyPercentage"])) == expected


class TestHealth:
    def test_health(self, shared):
        answer = shared.http.get("/api/health")
        assert answer.status_code == 200
        assert answer.json()["status"] == "ok" and answer.json()["timestamp"].endswith("Z")

    def test_ready(self, shared):
        assert shared.http.get("/api/ready").status_code == 200
