"""Prices: refreshed, overridden, aliased, compared, and held against the sandbox's own bill for all that a request can carry."""

import base64
import json
import os
import re
import struct
import subprocess
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from support import BINARY, DEAR, MIDDLE, NANO, PROMPT_RATE, OUTPUT_RATE, booked, completion, eventually, listed
from test_refusals import refused


def png(width, height):
    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(data).decode()


def asks(*parts):
    return [{"role": "user", "content": [{"type": "text", "text": "[sandbox:dense] look"}, *parts]}]


IMAGE = {"type": "image_url", "image_url": {"url": png(640, 480)}}
REMOTE = {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}


ADMIN = "admin-token-of-this-test"


def prices(gateway):
    headers = {"Authorization": f"Bearer {ADMIN}"}
    return gateway.http.get("/api/admin/prices", headers=headers).raise_for_status().json()


def command(gateway, *arguments, **environment):
    clean = {"PATH": os.environ.get("PATH", ""), "HOME": str(gateway.directory), "BURSAR_ADMIN_TOKEN": ADMIN, **environment}
    return subprocess.run(
        [BINARY, "prices", *arguments], cwd=gateway.directory, env=clean, capture_output=True, text=True, timeout=60
    )


class TestCarried:
    @pytest.mark.parametrize(
        "model, fields",
        [
            (DEAR, {"messages": asks(IMAGE)}),
            (DEAR, {"messages": asks(REMOTE, IMAGE)}),
            ("anthropic/claude-haiku-4.5", {"messages": asks(REMOTE)}),
            ("google/gemini-3-flash-preview", {"messages": asks(REMOTE)}),
            (DEAR, {"messages": asks(), "n": 3}),
            (DEAR, {"messages": asks(), "prediction": {"type": "content", "content": "x" * 500}}),
            (DEAR, {"messages": asks(), "plugins": [{"id": "web", "engine": "exa", "max_results": 20}]}),
            (MIDDLE, {"messages": asks(), "models": [MIDDLE, DEAR]}),
            ("anthropic/claude-haiku-4.5", {"messages": asks(), "cache_control": {"type": "ephemeral", "ttl": "1h"}}),
            ("anthropic/claude-haiku-4.5", {"messages": asks()}),
            ("openai/gpt-5-image-mini", {"messages": asks(), "modalities": ["image", "text"]}),
            ("perplexity/sonar", {"messages": asks()}),
            (
                MIDDLE,
                {
                    "messages": asks(),
                    "tools": [{"type": "openrouter:web_fetch"}],
                    "stop_server_tools_when": [{"type": "max_cost", "max_cost_in_dollars": 0.05}],
                },
            ),
        ],
    )
    def test_the_bill_stays_under_the_reservation_and_is_booked_exactly(self, start, sandbox, model, fields):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="20", DEFAULT_MONTHLY_BUDGET="20")
        answer = gateway.chat(model=model, max_tokens=200, **fields)
        assert answer.status_code == 200, answer.text
        cost = Decimal(answer.headers["x-bursar-cost"])
        assert cost > 0
        assert abs(cost - sandbox.billed()) <= NANO
        assert booked(gateway.usage()) == (cost, 0)
        assert "more than the call's ceiling" not in gateway.log()

    def test_a_call_that_does_not_fit_with_its_image_is_refused(self, start, sandbox):
        gateway = start(sandbox, MAX_CALL_USD="0.004")
        assert gateway.chat(max_tokens=50).status_code == 200
        refused(gateway.chat(max_tokens=50, messages=asks(IMAGE)), 429, "call_too_expensive", "insufficient_quota")
        refused(gateway.chat(max_tokens=50, n=20), 429, "call_too_expensive", "insufficient_quota")

    def test_who_stands_in_for_a_model_goes_without_its_fallbacks(self, start, scripted):
        scripted.answers = [(503, {"error": {"code": 503, "message": "busy"}}), completion()]
        gateway = start(scripted, FALLBACK_MODEL_CHAIN=MIDDLE)
        gateway.chat(model=DEAR, models=[DEAR, "openai/gpt-5"], max_tokens=20)
        bodies = [json.loads(body) for _, _, body in scripted.requests]
        assert [body["models"] for body in bodies] == [[DEAR, "openai/gpt-5"], [MIDDLE]]


TOO_LOW = (404, {"error": {"code": 404, "message": "filtered", "availability": {"code": "constraint_filtered"}}})


def endpoint(prompt, output):
    return {"pricing": {"prompt": prompt, "completion": output}}


class TestDearestEndpoint:
    """Where no endpoint is within the pinned price, the same model is tried once at its dearest endpoint's."""

    def pins(self, scripted):
        bodies = [json.loads(body) for _, _, body in scripted.requests]
        return [(body["model"], body["provider"]["max_price"]) for body in bodies]

    def test_the_same_model_is_tried_at_its_dearest_endpoints_price(self, start, scripted):
        scripted.answers = [TOO_LOW, completion()]
        scripted.endpoints = [endpoint("0.000002", "0.00002"), endpoint("0.000003", "0.000016")]
        answer = start(scripted, FALLBACK_MODEL_CHAIN=MIDDLE).chat(max_tokens=20)
        assert answer.status_code == 200 and answer.headers["x-bursar-model"] == DEAR
        assert self.pins(scripted) == [
            (DEAR, {"prompt": 1.75, "completion": 14}), (DEAR, {"prompt": 3, "completion": 20}),
        ]

    def test_the_chain_moves_on_where_that_does_not_fit(self, start, scripted):
        scripted.answers = [TOO_LOW, completion()]
        scripted.endpoints = [endpoint("0.5", "0.5")]
        gateway = start(scripted, FALLBACK_MODEL_CHAIN=MIDDLE)
        assert gateway.chat(max_tokens=20).headers["x-bursar-model"] == MIDDLE
        assert [model for model, _ in self.pins(scripted)] == [DEAR, MIDDLE]
        assert gateway.usage()["daily"]["reservedUsd"] == "0"

    @pytest.mark.parametrize("endpoints", [None, [endpoint("0.000001", "0.000001")]])
    def test_the_chain_moves_on_where_nothing_is_dearer(self, start, scripted, endpoints):
        scripted.answers = [TOO_LOW, completion()]
        scripted.endpoints = endpoints
        answer = start(scripted, FALLBACK_MODEL_CHAIN=MIDDLE).chat(max_tokens=20)
        assert answer.headers["x-bursar-model"] == MIDDLE and len(scripted.requests) == 2

    def test_a_client_that_names_its_price_keeps_it(self, start, scripted):
        scripted.answers = [TOO_LOW, completion()]
        scripted.endpoints = [endpoint("0.000003", "0.00003")]
        gateway = start(scripted, FALLBACK_MODEL_CHAIN=MIDDLE)
        answer = gateway.chat(max_tokens=20, provider={"max_price": {"prompt": 1}})
        assert answer.headers["x-bursar-model"] == MIDDLE

    def test_the_only_model_ends_the_chain(self, start, scripted):
        scripted.answers = [TOO_LOW]
        scripted.endpoints = [endpoint("0.000003", "0.00003")]
        answer = start(scripted).chat(max_tokens=20)
        refused(answer, 502, "chain_exhausted", "upstream_error")
        assert [attempt["why"] for attempt in answer.json()["error"]["metadata"]["attempts"]] == ["price_too_low"] * 2


class TestAgents:
    def test_a_turn_whose_beginning_was_counted_holds_what_it_can_cost(self, start, scripted):
        tokens = 4_000
        usage = {"prompt_tokens": tokens, "completion_tokens": 5, "total_tokens": tokens + 5, "cost": 0.007}
        scripted.answers = [completion(usage=usage)]
        gateway = start(scripted)
        first = [{"role": "system", "content": "word " * 4_000}, {"role": "user", "content": "one"}]
        later = [*first, {"role": "assistant", "content": "Hi"}, {"role": "user", "content": "two"}]
        # 20 000 bytes at $1.75 per million are 3.5 cents; 4 000 tokens and two percent are not a cent.
        limit = {"X-Bursar-Max-Cost": "0.01"}
        refused(gateway.chat(messages=later, max_tokens=20, headers=limit), 429, "call_too_expensive", "insufficient_quota")
        assert gateway.chat(messages=first, max_tokens=20).status_code == 200
        assert gateway.chat(messages=later, max_tokens=20, headers=limit).status_code == 200
        # Of another tenant nothing is known.
        other = {**limit, "X-Tenant-Id": "other"}
        refused(gateway.chat(messages=later, max_tokens=20, headers=other), 429, "call_too_expensive", "insufficient_quota")


class TestNames:
    def test_an_alias_leads_to_its_model(self, start, sandbox):
        gateway = start(sandbox, MODEL_ALIASES='{"fast":"openai/gpt-5-mini"}')
        answer = gateway.chat(model="fast", max_tokens=20)
        assert answer.headers["x-bursar-model"] == MIDDLE

    def test_an_override_is_what_is_reserved_and_pinned(self, start, sandbox):
        dear = start(sandbox, PRICE_OVERRIDES='{"openai/gpt-5.2":{"prompt":"0.1","completion":"0.1"}}')
        refused(dear.chat(max_tokens=50), 429, "budget_exceeded", "insufficient_quota")


class TestRefresh:
    def test_new_prices_take_the_place_of_old_ones_and_are_recorded(self, start, scripted):
        gateway = start(scripted, CATALOGUE_REFRESH_SECONDS="0.2", BURSAR_ADMIN_TOKEN=ADMIN)
        scripted.models = [listed("test/new", "0.000003", "0.000004")]
        shown = eventually(lambda: prices(gateway)["changes"])
        assert shown[0]["model"] == "test/new" and shown[0]["old"] == {}
        assert shown[0]["new"] == {"prompt": "0.000003", "completion": "0.000004"}
        scripted.models = [listed("test/new", "0.000005", "0.000004")]
        newest = lambda: prices(gateway)["changes"][0]
        assert eventually(lambda: newest()["old"])
        assert newest()["old"]["prompt"] == "0.000003" and newest()["new"]["prompt"] == "0.000005"
        gateway.stop()
        ledger = f"sqlite:{gateway.directory / 'ledger.db'}"
        told = json.loads(command(gateway, "--changes", "--json", PORT="9", LEDGER_URL=ledger).stdout)
        assert [change["new"]["prompt"] for change in told] == ["0.000005", "0.000003"]

    def test_a_call_keeps_the_prices_it_was_admitted_with(self, start, scripted):
        scripted.models = [listed("test/a", "0.000003", "0.000004")]
        gateway = start(scripted, CATALOGUE_REFRESH_SECONDS="0.2", BURSAR_ADMIN_TOKEN=ADMIN)
        usage = {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110, "cost": None}
        body = json.dumps(completion(usage=usage, model="test/a")).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        scripted.answers = [[2.0, head + body], completion(usage=usage, model="test/a")]
        with ThreadPoolExecutor() as pool:
            running = pool.submit(gateway.chat, model="test/a", max_tokens=20)
            assert eventually(lambda: scripted.requests)
            scripted.models = [listed("test/a", "0.00003", "0.00004")]
            assert eventually(lambda: prices(gateway)["changes"], within=1.5)
            assert Decimal(running.result().headers["x-bursar-cost"]) == Decimal("0.00034")
        assert Decimal(gateway.chat(model="test/a", max_tokens=20).headers["x-bursar-cost"]) == Decimal("0.0034")

    def test_what_changed_while_no_gateway_ran_is_recorded(self, start, scripted):
        scripted.models = [listed("test/a", "0.000003", "0.000004"), listed("test/b", "0.000001", "0.000002")]
        first = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        assert prices(first)["changes"] == [], "a first list is compared with nothing"
        first.stop()
        scripted.models = [listed("test/a", "0.000003", "0.000009"), listed("test/b", "0.000001", "0.000002")]
        second = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        (change,) = prices(second)["changes"]
        assert change["model"] == "test/a"
        assert (change["old"]["completion"], change["new"]["completion"]) == ("0.000004", "0.000009")
        second.stop()
        third = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        assert prices(third)["changes"] == []
        third.stop()
        ledger = f"sqlite:{third.directory / 'ledger.db'}"
        told = json.loads(command(third, "--changes", "--json", PORT="9", LEDGER_URL=ledger).stdout)
        assert [(change["model"], change["new"]["completion"]) for change in told] == [("test/a", "0.000009")]

    def test_a_start_without_upstream_takes_the_last_prices(self, start, scripted):
        scripted.models = [listed("test/a", "0.000003", "0.000004")]
        first = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        at = prices(first)["fetchedAt"]
        first.stop()
        scripted.close()
        second = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        told = prices(second)
        assert "test/a" in [model["model"] for model in told["models"]]
        assert told["fetchedAt"][:16] <= at[:16] and "the last that upstream told" in second.log()
        (second.directory / "ledger-prices.json").write_text("{broken")
        second.stop()
        third = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        assert prices(third)["fetchedAt"] is None and "the bundled ones" in third.log()

    def test_embedding_models_come_with_the_list(self, start, scripted):
        vectors = listed("test/vectors", "0.00000002", "0")
        vectors["architecture"]["output_modalities"] = ["embeddings"]
        scripted.models, scripted.embeddings = [listed("test/a", "0.000003", "0.000004")], [vectors]
        gateway = start(scripted)
        names = lambda path: [model["id"] for model in gateway.http.get(path).json()["data"]]
        assert "test/vectors" in names("/v1/embeddings/models") and "test/vectors" not in names("/v1/models")
        scripted.answers = [{"data": [], "usage": {"prompt_tokens": 2, "total_tokens": 2, "cost": 4e-8}}]
        answer = gateway.http.post("/v1/embeddings", json={"model": "test/vectors", "input": "Hi"})
        assert answer.status_code == 200 and answer.headers["x-bursar-cost"] == "0.00000004"

    def test_a_list_that_fails_changes_nothing(self, start, scripted):
        scripted.models = [listed("test/a", "0.000003", "0.000004")]
        gateway = start(scripted, CATALOGUE_REFRESH_SECONDS="0.1")

        def fetched():
            metrics = gateway.http.get("/metrics").text
            return float(re.search(r"^bursar_catalogue_fetched_timestamp_seconds (\S+)", metrics, re.M).group(1))

        before = gateway.http.get("/api/ready").json()["catalogue"]
        assert before["ageSeconds"] <= 1 and abs(time.time() - fetched()) < 2
        scripted.close()
        assert eventually(lambda: "could not be fetched" in gateway.log())
        last = fetched()
        assert eventually(lambda: gateway.http.get("/api/ready").json()["catalogue"]["ageSeconds"] >= 2)
        ready = gateway.http.get("/api/ready")
        assert ready.status_code == 200 and ready.json()["catalogue"]["models"] == before["models"] and fetched() == last


class TestCommand:
    def test_lists_what_the_gateway_has(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        told = command(gateway, "gpt-5.2", "--json", BURSAR_URL=gateway.url)
        (model,) = json.loads(told.stdout)
        assert model["model"] == DEAR and Decimal(model["prices"]["prompt"]) == PROMPT_RATE[DEAR]
        text = command(gateway, "gpt-5.2", BURSAR_URL=gateway.url).stdout
        assert "MODEL" in text and DEAR in text and "1.75" in text and "the gateway's" in text

    def test_compares_two_models_for_a_calls_size(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        told = command(
            gateway, DEAR, MIDDLE, "--input", "1000", "--output", "500", "--json", BURSAR_URL=gateway.url
        )
        costs = {model["model"]: Decimal(model["costUsd"]) for model in json.loads(told.stdout)["models"]}
        assert costs == {name: 1000 * PROMPT_RATE[name] + 500 * OUTPUT_RATE[name] for name in (DEAR, MIDDLE)}

    def test_knows_the_bundled_prices_without_a_gateway(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        gateway.stop()
        told = command(gateway, "gpt-5-mini", PORT="9")
        assert told.returncode == 0 and "bundled" in told.stdout and MIDDLE in told.stdout

    @pytest.mark.parametrize("arguments, code", [(["--input", "-1"], 64), (["--changes", "--input", "5"], 64), (["no/such"], 1)])
    def test_bad_usage(self, gateway, arguments, code):
        assert command(gateway, *arguments, BURSAR_URL=gateway.url).returncode == code

    def test_a_gateway_that_is_named_must_answer(self, gateway):
        told = command(gateway, BURSAR_URL="http://127.0.0.1:9")
        assert told.returncode == 1 and "127.0.0.1:9" in told.stderr
