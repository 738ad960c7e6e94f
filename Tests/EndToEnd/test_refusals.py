"""What is not served: each row of the contract's table, in the one envelope, and nothing sent upstream."""

import json
import subprocess
import time
from decimal import Decimal

import pytest
from support import DEAR, FREE, MIDDLE, WEATHER, Wire, ask, booked, eventually, request


def refused(answer, status, reason, type="invalid_request_error", param=...):
    """Checks status and envelope, and hands back the error."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("application/json")
    body = answer.json()
    assert body.keys() == {"error"}
    error = body["error"]
    assert error.keys() == {"message", "type", "param", "code", "metadata"}
    assert error["code"] == status and isinstance(error["code"], int)
    assert error["type"] == type
    assert error["metadata"]["reason"] == reason
    assert isinstance(error["message"], str) and error["message"]
    if param is not ...:
        assert error["param"] == param
    return error


@pytest.fixture
def untouched(shared_sandbox):
    """Fails the test where anything reached the sandbox."""
    before = shared_sandbox.calls()
    yield
    assert shared_sandbox.calls() == before


@pytest.mark.usefixtures("untouched")
class TestUnboundedCost:
    @pytest.mark.parametrize(
        "param, fields",
        [
            ("models[1]", {"models": [DEAR, "openrouter/auto"]}),
            ("route", {"route": "fallback"}),
            ("plugins[0].engine", {"plugins": [{"id": "web"}]}),
            ("plugins[0].id", {"plugins": [{"id": "fusion"}]}),
            ("web_search_options", {"web_search_options": {}}),
            ("preset", {"preset": "mine"}),
            ("service_tier", {"service_tier": "priority"}),
            ("speed", {"speed": "fast"}),
            ("reasoning.mode", {"reasoning": {"mode": "pro"}}),
            ("modalities", {"modalities": ["text", "video"]}),
            ("cache_control.ttl", {"cache_control": {"type": "ephemeral", "ttl": "24h"}}),
            ("tools[0].type", {"tools": [{"type": "web_search"}]}),
            ("tools[1].type", {"tools": [WEATHER, {"type": "openrouter:fusion"}]}),
            ("tools", {"tools": [WEATHER, {"type": "openrouter:web_fetch"}]}),
            ("model", {"model": "openai/gpt-5.2:nitro"}),
            ("model", {"model": "openai/gpt-5.2:online"}),
            ("model", {"model": "openai/gpt-5.2:batch"}),
            ("model", {"model": "openrouter/auto"}),
            ("model", {"model": "~openai/gpt-latest"}),
            ("model", {"model": "@preset/mine"}),
            ("model", {"model": "openai/gpt-5.2@preset/mine"}),
        ],
        ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:40],
    )
    def test_field_is_refused_and_named(self, shared, param, fields):
        refused(shared.http.post("/v1/chat/completions", json={**ask(), **fields}), 400, "unbounded_cost", param=param)

    @pytest.mark.parametrize(
        "part",
        [
            {"type": "file", "file": {"file_id": "file-1"}},
            {"type": "never_seen"},
        ],
        ids=lambda part: part["type"],
    )
    def test_part_without_a_bound_is_refused(self, shared, part):
        messages = [{"role": "user", "content": [{"type": "text", "text": "see"}, part]}]
        error = refused(shared.chat(messages=messages), 400, "unbounded_cost")
        assert error["param"].startswith("messages[0].content[1]")

    def test_unpriced_cache_lifetime_of_a_part_is_refused(self, shared):
        part = {"type": "text", "text": "x", "cache_control": {"type": "ephemeral", "ttl": "2h"}}
        error = refused(shared.chat(messages=[{"role": "user", "content": [part]}]), 400, "unbounded_cost")
        assert error["param"].endswith("cache_control.ttl")

    def test_unpriced_cache_lifetime_of_a_tool_is_refused(self, shared):
        tool = {**WEATHER, "cache_control": {"type": "ephemeral", "ttl": "2h"}}
        error = refused(shared.chat(tools=[tool]), 400, "unbounded_cost")
        assert error["param"].endswith("cache_control.ttl")


class TestWhatPasses:
    @pytest.mark.parametrize(
        "fields",
        [
            {"transforms": ["middle-out"]},
            {"transforms": []},
            {"provider": {"order": ["Azure", "OpenAI"], "allow_fallbacks": False}},
            {"reasoning": {"effort": "low"}},
            {"reasoning_effort": "low"},
            {"response_format": {"type": "json_object"}},
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x", "schema": {"type": "object"}}}},
            {"some_new_field": {"a": [1]}},
            {"service_tier": "default"},
            {"n": 1},
            {"n": 3},
            {"models": [DEAR, MIDDLE]},
            {"service_tier": "flex"},
            {"prediction": {"type": "content", "content": "x"}},
            {"cache_control": {"type": "ephemeral", "ttl": "1h"}},
            {"plugins": [{"id": "web", "engine": "exa"}]},
            {"modalities": ["text"]},
            {"models": None, "plugins": None, "n": None, "tools": None, "stream": None},
            {"cache_control": {"type": "ephemeral"}},
            {"tool_choice": "none", "tools": [WEATHER]},
            {"logit_bias": {"50256": -100}, "stop": ["x"], "seed": 7, "top_p": 0.5, "user": "u-1"},
        ],
        ids=lambda fields: json.dumps(fields)[:40],
    )
    def test_field_passes(self, shared, fields):
        assert shared.chat(**fields).status_code == 200


@pytest.mark.usefixtures("untouched")
class TestBadBodies:
    @pytest.mark.parametrize(
        "text",
        [
            b"", b"{", b"nonsense", b"[]", b'"x"', b"null",
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}]} x',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"a":01}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"a":+1}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"a":NaN}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"a":.5}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"\\x"}]}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"a\nb"}]}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"\xff"}]}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"\xc0\xaf"}]}',
            b'{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"\xed\xa0\x80"}]}',
            b'\xef\xbb\xbf{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}]}',
        ],
    )
    def test_is_no_json(self, shared, text):
        refused(shared.post(text), 400, "invalid_json")

    @pytest.mark.parametrize(
        "key, text",
        [
            ("model", '{"model":"a","model":"b","messages":[]}'),
            ("model", '{"model":"a","mod\\u0065l":"b","messages":[]}'),
            ("role", '{"model":"openai/gpt-5.2","messages":[{"role":"user","role":"user","content":"x"}]}'),
            ("x", '{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"y":{"x":1,"x":1}}'),
        ],
    )
    def test_key_stands_twice(self, shared, key, text):
        refused(shared.post(text), 400, "duplicate_key", param=key)

    def test_is_too_deep(self, shared):
        body = '{"model":"openai/gpt-5.2","messages":[{"role":"user","content":"x"}],"a":' + "[" * 5000 + "]" * 5000 + "}"
        refused(shared.post(body), 400, "too_deep")

    @pytest.mark.parametrize(
        "param, fields",
        [
            ("messages", {"messages": None}),
            ("messages", {"messages": []}),
            ("messages", {"messages": "Hello"}),
            ("messages", {"messages": {}}),
            ("messages[0]", {"messages": ["Hello"]}),
            ("messages[0].role", {"messages": [{"content": "x"}]}),
            ("messages[0].content", {"messages": [{"role": "user", "content": 7}]}),
            ("model", {"model": 7}),
            ("model", {"model": ""}),
            ("model", {"model": None}),
            ("stream", {"stream": "true"}),
            ("stream", {"stream": 1}),
            ("tools", {"tools": {}}),
            ("tools[0].type", {"tools": ["x"]}),
            ("provider", {"provider": "openai"}),
            ("provider.max_price", {"provider": {"max_price": 1}}),
            ("provider.max_price.prompt", {"provider": {"max_price": {"prompt": "cheap"}}}),
            ("stream_options", {"stream": True, "stream_options": True}),
            ("max_tokens", {"max_tokens": 0}),
            ("max_tokens", {"max_tokens": -1}),
            ("max_tokens", {"max_tokens": 1.5}),
            ("max_tokens", {"max_tokens": "100"}),
            ("max_tokens", {"max_tokens": 2**31}),
            ("max_tokens", {"max_tokens": 2**80}),
            ("max_completion_tokens", {"max_completion_tokens": 0}),
            ("max_completion_tokens", {"max_tokens": 5, "max_completion_tokens": []}),
            ("n", {"n": 0}),
            ("n", {"n": "1"}),
        ],
        ids=lambda value: value if isinstance(value, str) else json.dumps(value)[:40],
    )
    def test_field_has_the_wrong_type(self, shared, param, fields):
        refused(shared.http.post("/v1/chat/completions", json={**ask(), **fields}), 400, "invalid_field", param=param)

    def test_messages_are_missing(self, shared):
        refused(shared.post('{"model":"openai/gpt-5.2"}'), 400, "invalid_field", param="messages")

    def test_model_is_missing(self, shared):
        refused(shared.post('{"messages":[{"role":"user","content":"x"}]}'), 400, "invalid_field", param="model")

    @pytest.mark.parametrize("name", ["nobody/nothing", "gpt-99", "openai/", "x" * 5000, "café/au-lait"])
    def test_model_has_no_price(self, shared, name):
        refused(shared.chat(model=name), 400, "model_not_priced", param="model")


class TestLargestLimit:
    @pytest.mark.parametrize("limit", ["2147483647", "1e2", "100.0"])
    def test_is_a_whole_number(self, shared, limit):
        """2³¹−1 passes. A number written otherwise is whole too, or is refused by name; never taken for another."""
        answer = shared.post(
            '{"model":"meta-llama/llama-3.1-8b-instruct","messages":[{"role":"user","content":"x"}],"max_tokens":%s}' % limit)
        if limit == "2147483647":
            assert answer.status_code == 200
        elif answer.status_code != 200:
            refused(answer, 400, "invalid_field", param="max_tokens")


@pytest.mark.usefixtures("untouched")
class TestHTTP:
    def test_body_too_large_by_its_length(self, shared):
        with shared.wire() as wire:
            wire.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 33554433\r\n\r\n")
            status, headers, body = wire.response()
        assert status == 413
        assert json.loads(body)["error"]["metadata"]["reason"] == "body_too_large"

    def test_body_too_large_in_chunks(self, shared):
        with shared.wire() as wire:
            wire.send("POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            chunk = b"100000\r\n" + b" " * 0x100000 + b"\r\n"
            try:
                for _ in range(33):
                    wire.send(chunk)
            except (BrokenPipeError, ConnectionResetError):
                pytest.fail("the connection broke before the refusal could be read")
            status, headers, body = wire.response()
        assert status == 413
        assert json.loads(body)["error"]["metadata"]["reason"] == "body_too_large"

    def test_refusal_of_a_large_body_reaches_a_client_that_is_still_sending(self, shared):
        answer = shared.post(b" " * (33 << 20))
        refused(answer, 413, "body_too_large")

    @pytest.mark.parametrize("type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
    def test_wrong_content_type(self, shared, type):
        refused(shared.post(json.dumps(ask()), {"Content-Type": type}), 415, "unsupported_media_type")

    @pytest.mark.parametrize("encoding", ["gzip", "br", "zstd"])
    def test_content_encoding(self, shared, encoding):
        refused(shared.post(json.dumps(ask()), {"Content-Encoding": encoding}), 415, "unsupported_media_type")

    @pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
    def test_wrong_method(self, shared, method):
        answer = shared.http.request(method, "/v1/chat/completions")
        refused(answer, 405, "method_not_allowed")
        assert answer.headers["allow"] == "POST"

    @pytest.mark.parametrize(
        "path",
        ["/", "/v1", "/v1/", "/v2/chat/completions", "/v1/images/generations", "/v1/chat/completions/", "/api/v1/x",
         "/api/nothing", "/chat/completions", "/v1//chat/completions", "/V1/chat/completions", "/v1chat/completions",
         "/v1/chat/completions/../completions", "/v1/%63hat/completions"],
    )
    def test_unknown_path(self, shared, path):
        with shared.wire() as wire:
            wire.send(request(ask(), path))
            status, headers, body = wire.response()
        error = json.loads(body)["error"]
        assert (status, error["code"], error["metadata"]["reason"]) == (404, 404, "unknown_route")
        assert error["type"] == "invalid_request_error"

    def test_wrong_method_on_the_control_plane(self, shared):
        refused(shared.http.post("/api/health"), 405, "method_not_allowed")

    def test_headers_too_large(self, shared):
        with shared.wire() as wire:
            wire.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"a" * 200_000 + b"\r\n\r\n")
            status, headers, body = wire.response()
        assert status == 431
        assert json.loads(body)["error"]["metadata"]["reason"] == "headers_too_large"

    def test_many_large_headers(self, shared):
        fields = "".join(f"X-{n}: {'a' * 4000}\r\n" for n in range(40))
        with shared.wire() as wire:
            wire.send(f"GET /api/health HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
            status, headers, body = wire.response()
        assert status == 431
        assert json.loads(body)["error"]["metadata"]["reason"] == "headers_too_large"

    @pytest.mark.parametrize(
        "text",
        [
            b"nonsense\r\n\r\n",
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\nhello",
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ],
    )
    def test_is_no_http(self, shared, text):
        """Refused in words, and the connection closed: nobody can tell where the next request would begin."""
        with shared.wire() as wire:
            wire.send(text)
            answer = wire.rest()
        assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.usefixtures("untouched")
class TestWhoCalls:
    @pytest.mark.parametrize("tenant", ["", "-a", "a b", "a/b", "ü", "a" * 129, "a,b", "a;b"])
    def test_tenant_is_malformed(self, shared, tenant):
        with shared.wire() as wire:
            wire.post(ask(), X_Tenant_Id=tenant)
            status, headers, body = wire.response()
        error = json.loads(body)["error"]
        assert (status, error["metadata"]["reason"]) == (400, "invalid_tenant")

    def test_tenant_is_sent_twice(self, shared):
        answer = shared.http.post(
            "/v1/chat/completions", json=ask(), headers=[("X-Tenant-Id", "acme"), ("X-Tenant-Id", "acme")])
        refused(answer, 400, "invalid_tenant")

    @pytest.mark.parametrize(
        "tags", ["feature", "=x", "a=", "a=b,,c=d", ",".join(f"t{n}=v" for n in range(9)), "a b=c", "a=" + "x" * 200])
    def test_tags_are_malformed(self, shared, tags):
        refused(shared.chat(headers={"X-Bursar-Tags": tags}), 400, "invalid_tags")

    @pytest.mark.parametrize("value", ["cheap", "-1", "nan", "inf", ""])
    def test_max_cost_is_malformed(self, shared, value):
        refused(shared.chat(headers={"X-Bursar-Max-Cost": value}), 400, "invalid_field", param="X-Bursar-Max-Cost")

    def test_malformed_tenant_of_usage(self, shared):
        refused(shared.http.get("/api/usage/-x"), 400, "invalid_tenant")

    @pytest.mark.parametrize(
        "name, value",
        [
            ("Host", "evil.example"), ("Host", "10.0.0.1:8080"), ("Host", "127.0.0.1.evil.example"),
            ("Host", "localhost.evil.example"), ("Origin", "https://evil.example"), ("Origin", "null"),
            ("Origin", "http://localhost.evil.example"), ("X-Forwarded-For", "10.0.0.1"),
            ("X-Forwarded-For", "127.0.0.1"), ("Forwarded", "for=10.0.0.1"), ("X-Real-IP", "10.0.0.1"),
            ("X-Forwarded-Host", "evil.example"),
        ],
    )
    @pytest.mark.parametrize("path", ["/v1/chat/completions", "/api/usage/default"])
    def test_door_is_closed_to_strangers(self, shared, name, value, path):
        with shared.wire() as wire:
            text = request(ask(), path, **{name.replace("-", "_"): value})
            wire.send(text if path.startswith("/v1") else text.replace(b"POST", b"GET"))
            status, headers, body = wire.response()
        error = json.loads(body)["error"]
        assert (status, error["type"], error["code"]) == (403, "permission_error", 403)


class TestDoor:
    @pytest.mark.parametrize("host", ["localhost", "127.0.0.1:1", "[::1]:8080", "LOCALHOST:9"])
    def test_is_open_to_this_machine(self, shared, host):
        with shared.wire() as wire:
            wire.post(ask(max_tokens=5), Host=host, Origin="http://localhost:3000")
            assert wire.response()[0] == 200

    def test_two_hosts_do_not_slip_through(self, shared):
        with shared.wire() as wire:
            wire.send("GET /api/usage/default HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n")
            assert wire.response()[0] in (400, 403)

    def test_allow_open_lets_everybody_in(self, start, sandbox):
        gateway = start(sandbox, ALLOW_OPEN="true")
        headers = {"Host": "bursar.example", "Origin": "https://app.example", "X-Forwarded-For": "10.0.0.1"}
        assert gateway.chat(headers=headers).status_code == 200


class TestTenants:
    def test_unknown_ones_are_refused_if_so_set(self, start, sandbox):
        gateway = start(sandbox, UNKNOWN_TENANTS="reject", TENANT_BUDGETS='{"acme":{"daily":1}}')
        refused(gateway.chat(headers={"X-Tenant-Id": "other"}), 403, "tenant_not_allowed", "permission_error")
        refused(gateway.chat(), 403, "tenant_not_allowed", "permission_error")
        assert sandbox.calls() == 0
        assert gateway.chat(headers={"X-Tenant-Id": "acme"}).status_code == 200

    @pytest.mark.parametrize("tenant", ["a", "A1._:@-z", "a" * 128])
    def test_ids_that_are_fine(self, shared, tenant):
        assert shared.chat(headers={"X-Tenant-Id": tenant}, max_tokens=5).status_code == 200
        assert shared.usage(tenant)["tenant"] == tenant

    def test_tags_that_are_fine(self, shared):
        tags = ",".join(f"t{n}=v{n}" for n in range(8))
        assert shared.chat(headers={"X-Bursar-Tags": tags}, max_tokens=5).status_code == 200
        assert shared.chat(headers={"X-Bursar-Tags": "feature=search, env=prod"}, max_tokens=5).status_code == 200


class TestBudgetExceeded:
    def test_says_everything_of_the_contract(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.01")
        answer = gateway.chat(max_tokens=100_000, headers={"X-Tenant-Id": "acme", "X-Bursar-Downgrade": "never"},
                              model=DEAR, content="x" * 20000)
        error = refused(answer, 429, "budget_exceeded", "insufficient_quota")
        assert answer.headers["x-should-retry"] == "false"
        assert 0 < int(answer.headers["retry-after"]) <= 86400
        metadata = error["metadata"]
        assert metadata["tenant"] == "acme"
        assert metadata["budget"] == "tenant_daily"
        assert metadata["cap"] == "0.01"
        assert metadata["spent"] == "0" and metadata["reserved"] == "0" and metadata["remaining"] == "0.01"
        assert Decimal(metadata["required"]) > Decimal("0.01")
        assert metadata["resetsAt"].endswith("T00:00:00Z")
        assert "affordable" in metadata
        for word in ("'acme'", "$0.01", "resets at 00:00 UTC"):
            assert word in error["message"]
        assert sandbox.calls() == 0

    def test_affordable_would_be_admitted(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.003")
        error = refused(gateway.chat(max_tokens=100_000), 429, "budget_exceeded", "insufficient_quota")
        offer = error["metadata"]["affordable"]
        assert offer["model"] in error["message"] and str(offer["maxTokens"]) in error["message"]
        answer = gateway.chat(model=offer["model"], max_tokens=offer["maxTokens"])
        assert answer.status_code == 200, answer.text
        assert "x-bursar-max-tokens" not in answer.headers

    def test_refused_calls_leave_no_trace(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.0001")
        gateway.chat()
        usage = gateway.usage()
        assert booked(usage) == (0, 0) and usage["daily"]["reservedUsd"] == "0" and usage["models"] == []

    def test_status_can_be_402(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.0001", BUDGET_REFUSAL_STATUS=402)
        refused(gateway.chat(), 402, "budget_exceeded", "insufficient_quota")


class TestCallTooExpensive:
    def test_by_the_setting(self, start, sandbox):
        gateway = start(sandbox, MAX_CALL_USD="0.01")
        error = refused(gateway.chat(max_tokens=1000), 429, "call_too_expensive", "insufficient_quota")
        assert "0.01" in error["message"]
        assert sandbox.calls() == 0
        assert gateway.chat(max_tokens=500).status_code == 200

    def test_by_the_header(self, gateway):
        refused(
            gateway.chat(max_tokens=1000, headers={"X-Bursar-Max-Cost": "0.01"}), 429, "call_too_expensive",
            "insufficient_quota")
        assert gateway.chat(max_tokens=500, headers={"X-Bursar-Max-Cost": "0.01"}).status_code == 200

    def test_header_lowers_and_does_not_raise(self, start, sandbox):
        gateway = start(sandbox, MAX_CALL_USD="0.01")
        refused(
            gateway.chat(max_tokens=1000, headers={"X-Bursar-Max-Cost": "5"}), 429, "call_too_expensive",
            "insufficient_quota")

    def test_status_can_be_402(self, start, sandbox):
        gateway = start(sandbox, MAX_CALL_USD="0.01", BUDGET_REFUSAL_STATUS=402)
        refused(gateway.chat(max_tokens=1000), 402, "call_too_expensive", "insufficient_quota")

    def test_injected_limit_fits_under_it(self, start, sandbox):
        answer = start(sandbox, MAX_CALL_USD="0.01").chat()
        assert answer.status_code == 200, answer.text
        assert int(answer.headers["x-bursar-max-tokens"]) < 715

    def test_free_calls_are_never_too_dear(self, start, sandbox):
        assert start(sandbox, MAX_CALL_USD="0").chat(model=FREE).status_code == 200


class TestDraining:
    def test_new_calls_are_refused_on_open_connections(self, start, sandbox):
        gateway = start(sandbox)
        sandbox.faults(between=30)
        with gateway.wire() as busy, gateway.wire() as waiting:
            waiting.get("/api/health")
            assert waiting.response()[0] == 200
            busy.post(ask("[sandbox:tokens=50]", stream=True))
            busy.until(b"data: ")
            gateway.process.terminate()
            assert eventually(lambda: not _connects(gateway.port), within=3), "it still takes connections"
            try:
                waiting.post(ask())
                status, headers, body = waiting.response()
            except (EOFError, ConnectionError):
                # An idle connection may be closed at once; the running call must not care.
                status = None
            if status is not None:
                assert status == 503
                assert json.loads(body)["error"]["metadata"]["reason"] == "shutting_down"
                assert json.loads(body)["error"]["type"] == "server_error"
            assert b"[DONE]" in busy.rest()
        assert gateway.process.wait(10) == 0

    def test_next_request_on_a_busy_connection_is_refused(self, start, sandbox):
        """Its body was under way when the drain began."""
        gateway = start(sandbox)
        sandbox.faults(between=30)
        with gateway.wire() as busy, gateway.wire() as late:
            busy.post(ask("[sandbox:tokens=40]", stream=True))
            busy.until(b"data: ")
            text = request(ask())
            late.send(text[:-5])
            time.sleep(0.2)
            gateway.process.terminate()
            assert eventually(lambda: not _connects(gateway.port), within=3)
            late.send(text[-5:])
            status, headers, body = late.response()
            assert status == 503
            assert json.loads(body)["error"]["metadata"]["reason"] == "shutting_down"
            assert headers["connection"] == "close"
            assert b"[DONE]" in busy.rest()
        assert gateway.process.wait(10) == 0


def _connects(port):
    try:
        with Wire(port, timeout=1):
            return True
    except OSError:
        return False


class TestLedgerUnavailable:
    @pytest.fixture
    def small_disk(self, tmp_path):
        place = tmp_path / "disk"
        place.mkdir()
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)], capture_output=True)
        if mounted.returncode:
            pytest.skip(f"no small file system can be mounted here: {mounted.stderr.decode().strip()}")
        yield place
        subprocess.run(["umount", "-l", str(place)], check=True)

    def test_refuses_on_a_full_disk_and_serves_again_after(self, start, sandbox, small_disk):
        gateway = start(sandbox, LEDGER_URL=f"sqlite:{small_disk}/ledger.db")
        spent = Decimal(gateway.chat(max_tokens=5).headers["x-bursar-cost"])
        ballast = small_disk / "ballast"
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 512)
            except OSError:
                pass
        answer = None
        for _ in range(300):
            calls = sandbox.calls()
            answer = gateway.chat(max_tokens=5)
            if answer.status_code != 200:
                break
            spent += Decimal(answer.headers["x-bursar-cost"])
        refused(answer, 503, "ledger_unavailable", "server_error")
        assert sandbox.calls() == calls, "something was sent upstream"
        assert gateway.http.get("/api/health").status_code == 200
        ballast.unlink()
        served = eventually(lambda: (a := gateway.chat(max_tokens=5)).status_code == 200 and a, within=10, every=0.2)
        assert served, "it does not serve again though there is room"
        spent += Decimal(served.headers["x-bursar-cost"])
        # Settlements that found no room are written later, or stand as unresolved; nothing is lost.
        settled, unresolved = booked(gateway.usage())
        assert settled + unresolved >= spent
        assert settled + unresolved >= sandbox.billed()
        assert gateway.http.get("/api/ready").status_code == 200
