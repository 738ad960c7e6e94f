"""HTTP as clients speak it, and the process as an operator meets it."""

import json
import signal
import subprocess
import threading
import time

import httpx
import pytest
from support import BINARY, DEAR, NotStarted, Program, ask, booked, eventually, request


class TestConnections:
    def test_keeps_alive_across_both_planes(self, gateway):
        with gateway.wire() as wire:
            for number in range(3):
                wire.get("/api/health")
                assert wire.response()[0] == 200
                wire.post(ask(max_tokens=5))
                assert wire.response()[0] == 200
                wire.post(ask("[sandbox:tokens=3]", max_tokens=5, stream=True))
                assert b"[DONE]" in wire.response()[2]
                wire.get("/api/usage/default")
                status, headers, body = wire.response()
                assert status == 200 and json.loads(body)["models"][0]["requests"] == 2 * (number + 1)
                wire.post("nonsense")
                assert wire.response()[0] == 400
                wire.get("/nothing/here")
                assert wire.response()[0] == 404

    def test_answers_pipelined_requests_in_order(self, gateway, sandbox):
        sandbox.faults(first=100)
        with gateway.wire() as wire:
            wire.send(
                request(ask("[sandbox:tokens=2]", max_tokens=9))
                + b"GET /api/health HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + request(ask("[sandbox:tokens=3]", max_tokens=9, stream=True))
                + request("nonsense")
                + b"GET /api/usage/default HTTP/1.1\r\nHost: localhost\r\n\r\n"
                + request(ask("[sandbox:tokens=4]", max_tokens=9)))
            answers = [wire.response() for _ in range(6)]
        assert [status for status, _, _ in answers] == [200, 200, 200, 400, 200, 200]
        bodies = [body for _, _, body in answers]
        assert json.loads(bodies[0])["usage"]["completion_tokens"] == 2
        assert json.loads(bodies[1])["status"] == "ok"
        assert bodies[2].endswith(b"data: [DONE]\n\n")
        # The two calls before it are settled; the one after it has not begun.
        assert json.loads(bodies[4])["models"][0]["outputTokens"] == 5
        assert json.loads(bodies[5])["usage"]["completion_tokens"] == 4

    def test_refusals_before_the_body_keep_the_connection_in_step(self, gateway):
        with gateway.wire() as wire:
            wire.send(request(ask(), "/v1/nothing") + request(ask(), Content_Type="text/plain") + request(ask(max_tokens=5)))
            assert [wire.response()[0] for _ in range(3)] == [404, 415, 200]

    def test_takes_chunked_bodies(self, gateway):
        body = json.dumps(ask("Hello there", max_tokens=5)).encode()
        with gateway.wire() as wire:
            wire.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            for byte in body:
                wire.send(b"1\r\n" + bytes([byte]) + b"\r\n")
            wire.send(b"0\r\n\r\n")
            assert wire.response()[0] == 200

    def test_takes_requests_byte_by_byte(self, gateway):
        with gateway.wire() as wire:
            for byte in request(ask(max_tokens=5)):
                wire.send(bytes([byte]))
            assert wire.response()[0] == 200

    def test_says_continue(self, gateway):
        text = request(ask(max_tokens=5), Expect="100-continue")
        head, body = text.split(b"\r\n\r\n")
        with gateway.wire() as wire:
            wire.send(head + b"\r\n\r\n")
            assert wire.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
            wire.send(body)
            assert wire.response()[0] == 200

    def test_does_not_say_continue_to_what_it_refuses(self, gateway):
        with gateway.wire() as wire:
            wire.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\n"
                "Content-Length: 99999999\r\n\r\n")
            assert wire.head()[0] == 413

    @pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
    def test_serves_http_1_0(self, gateway, streamed):
        """Which knows no chunks and ends with the connection."""
        text = request(ask("[sandbox:tokens=3]", max_tokens=5, stream=streamed)).replace(b"HTTP/1.1", b"HTTP/1.0")
        with gateway.wire() as wire:
            wire.send(text)
            answer = wire.rest()
        head, body = answer.split(b"\r\n\r\n", 1)
        assert b" 200 " in head.split(b"\r\n")[0]
        assert b"transfer-encoding" not in head.lower()
        if streamed:
            assert body.startswith(b": ") and body.endswith(b"data: [DONE]\n\n")
        else:
            assert json.loads(body)["usage"]

    def test_closes_if_asked_to(self, gateway):
        with gateway.wire() as wire:
            wire.post(ask(max_tokens=5), Connection="close")
            status, headers, body = wire.response()
            assert status == 200 and headers["connection"] == "close" and wire.is_closed()

    @pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/nothing", "/api/health", "/api/nothing"])
    def test_answer_to_head_has_no_body(self, gateway, path):
        """Or the client takes it for the next answer."""
        with gateway.wire() as wire:
            wire.send(f"HEAD {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert wire.head()[0] in (200, 404, 405)
            wire.get("/api/health")
            assert wire.response()[0] == 200

    def test_many_connections_at_once(self, gateway, sandbox):
        sandbox.faults(first=200)
        wires = [gateway.wire() for _ in range(100)]
        try:
            for wire in wires:
                wire.post(ask("[sandbox:tokens=2]", max_tokens=10))
            assert {wire.response()[0] for wire in wires} == {200}
        finally:
            for wire in wires:
                wire.close()
        assert booked(gateway.usage()) == (sandbox.billed(), 0)

    def test_large_prompt_passes(self, gateway):
        assert gateway.chat("a" * 300_000, max_tokens=5).status_code == 200

    def test_a_crowd_of_large_bodies_waits_for_room(self, gateway):
        """Eight bodies of 30 MiB fill what large ones may take together; the ninth is not read until one has gone."""
        size, begun = 30 << 20, b"x" * (200 << 10)
        head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: {size}\r\n\r\n"
        holders = [gateway.wire() for _ in range(8)]
        ninth = gateway.wire()
        try:
            for wire in holders:
                wire.send(head.encode() + begun)
            assert gateway.chat(max_tokens=5).status_code == 200, "small ones pass"
            sender = threading.Thread(target=lambda: (ninth.send(head), ninth.send(b"x" * size)), daemon=True)
            sender.start()
            sender.join(1.5)
            assert sender.is_alive(), "nobody reads it"
            assert gateway.chat(max_tokens=5).status_code == 200, "small ones still pass"
            holders.pop().close()
            assert ninth.response()[0] == 400
            sender.join(10)
            assert not sender.is_alive()
        finally:
            for wire in [*holders, ninth]:
                wire.close()

    def test_header_values_cannot_be_smuggled(self, gateway):
        """A model's name comes back in a header only if it is one of ours."""
        answer = gateway.chat(model="openai/gpt-5.2\r\nX-Evil: 1")
        assert answer.status_code == 400 and "x-evil" not in answer.headers


class TestShutdown:
    @pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
    def test_running_stream_goes_to_its_end(self, start, sandbox, sign):
        gateway = start(sandbox)
        sandbox.faults(between=20)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=50]", max_tokens=50, stream=True))
            wire.until(b"data: ")
            gateway.process.send_signal(sign)
            rest = wire.rest()
        assert b"[DONE]" in rest and b"cost=unknown" not in rest and b": bursar request=" in rest
        assert gateway.process.wait(5) == 0
        assert booked(start(sandbox).usage()) == (sandbox.billed(), 0)

    def test_running_whole_answer_goes_to_its_end(self, start, sandbox):
        gateway = start(sandbox)
        sandbox.faults(first=700)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=5]", max_tokens=50))
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
            gateway.process.terminate()
            status, headers, body = wire.response()
        assert status == 200 and headers["connection"] == "close"
        assert gateway.process.wait(5) == 0

    def test_idle_one_stops_at_once(self, start, sandbox):
        gateway = start(sandbox)
        with gateway.wire() as idle:
            idle.get("/api/health")
            idle.response()
            began = time.monotonic()
            assert gateway.stop() == 0
            assert time.monotonic() - began < 3

    def test_drain_has_an_end(self, start, sandbox):
        gateway = start(sandbox, DRAIN_SECONDS="0")
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:hang]", max_tokens=500))
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
            began = time.monotonic()
            assert gateway.stop() == 0
            assert time.monotonic() - began < 6
        assert eventually(lambda: sandbox.bill()["inFlight"] == 0, within=1)
        settled, unresolved = booked(start(sandbox).usage())
        assert settled == 0 and unresolved > sandbox.billed()


class TestSettings:
    def refusal(self, start, upstream="http://127.0.0.1:1/api/v1", **settings):
        with pytest.raises(NotStarted) as stopped:
            start(upstream, **settings)
        assert stopped.value.code == 1
        return stopped.value.said

    @pytest.mark.parametrize(
        "name, value",
        [
            ("PORT", "http"), ("PORT", "65536"), ("PORT", "-1"),
            ("DEFAULT_DAILY_BUDGET", "five"), ("DEFAULT_DAILY_BUDGET", "-1"), ("DEFAULT_DAILY_BUDGET", "nan"),
            ("DEFAULT_MONTHLY_BUDGET", "inf"), ("GLOBAL_DAILY_BUDGET", "1,5"), ("GLOBAL_MONTHLY_BUDGET", "$5"),
            ("MAX_CALL_USD", "-0.1"), ("SPEND_PER_MINUTE_USD", "fast"), ("TENANT_BUDGETS", "{"), ("TENANT_BUDGETS", "[]"),
            ("UNKNOWN_TENANTS", "maybe"), ("DEFAULT_MAX_OUTPUT_TOKENS", "0"), ("DEFAULT_MAX_OUTPUT_TOKENS", "1.5"),
            ("MIN_OUTPUT_TOKENS", "x"), ("WAIT_SECONDS", "-1"), ("WAIT_SECONDS", "soon"), ("WARN_AT", "0"),
            ("WARN_AT", "80"), ("DEGRADE_AT", "1.1"), ("DEGRADE_AT", "0.5"), ("BUDGET_TIME_ZONE", "Mars/Olympus"),
            ("BUDGET_REFUSAL_STATUS", "500"), ("ALLOW_OPEN", "perhaps"), ("LEDGER_URL", "bursar.db"),
            ("UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS", "x"), ("UPSTREAM_IDLE_TIMEOUT_SECONDS", "-5"),
            ("BREAKER_FAILURE_THRESHOLD", "0"), ("BREAKER_RESET_SECONDS", "x"), ("DRAIN_SECONDS", "x"),
            ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("OPENROUTER_BASE_URL", "not a url"),
            ("HOST", "not a host"),
        ],
    )
    def test_bad_one_stops_the_start(self, start, name, value):
        """Naming variable, value and expectation."""
        said = self.refusal(start, **{name: value})
        # Of two that contradict each other, either may be named.
        assert name in said or (name == "DEGRADE_AT" and "WARN_AT" in said), said
        assert value in said or name == "DEGRADE_AT", said

    @pytest.mark.parametrize(
        "value", ['{"acme":{"timeZone":"Mars/Olympus"}}', '{"acme":{"timeZone":1}}', '{"acme":{"rpm":-1}}', '{"acme":{"concurrent":"four"}}', '{"acme":5}', '{"acme":{"yearly":5}}', '{"acme":{"daily":-1}}', '{"acme":{"daily":"x"}}', '{"a b":{}}'])
    def test_bad_tenant_budgets(self, start, value):
        assert "TENANT_BUDGETS" in self.refusal(start, TENANT_BUDGETS=value)

    @pytest.mark.parametrize("name", ["PRIMARY_MODEL", "FALLBACK_MODEL_CHAIN"])
    def test_model_without_a_price(self, start, sandbox, name):
        said = self.refusal(start, sandbox, **{name: "openai/gpt-5.3"})
        assert name in said and "openai/gpt-5.3" in said and DEAR in said

    def test_no_key_names_the_sandbox(self, start):
        said = self.refusal(start, OPENROUTER_API_KEY="")
        assert "OPENROUTER_API_KEY" in said and "--sandbox" in said

    def test_port_that_is_taken(self, start, gateway, tmp_path):
        said = self.refusal(start, PORT=gateway.port, LEDGER_URL=f"sqlite:{tmp_path / 'other.db'}")
        assert str(gateway.port) in said and "PORT" in said

    def test_second_process_on_the_same_ledger(self, start, gateway, sandbox):
        said = self.refusal(start, sandbox)
        assert str(gateway.process.pid) in said and "ledger" in said
        assert gateway.chat(max_tokens=5).status_code == 200

    def test_damaged_ledger_ends_the_start(self, start, gateway, sandbox, tmp_path):
        gateway.chat(max_tokens=5)
        gateway.stop()
        path = tmp_path / "ledger.db"
        data = bytearray(path.read_bytes())
        for at in range(len(data) // 3, len(data) - 100, 7):
            data[at] ^= 0x55
        path.write_bytes(data)
        assert "ledger" in self.refusal(start, sandbox)

    def test_empty_variable_counts_as_unset(self, tmp_path, sandbox):
        environment = {
            "OPENROUTER_API_KEY": "k", "OPENROUTER_BASE_URL": sandbox.url, "PORT": "0", "DEFAULT_DAILY_BUDGET": "",
            "FALLBACK_MODEL_CHAIN": "", "MAX_CALL_USD": "", "WARN_AT": "",
        }
        program = Program(["serve"], tmp_path, environment)
        assert program.stop() == 0

    def test_dot_env_is_read_and_the_environment_wins(self, tmp_path, sandbox):
        (tmp_path / ".env").write_text(
            "# a comment\n\nexport OPENROUTER_API_KEY='from file'\n"
            f'OPENROUTER_BASE_URL="{sandbox.url}"  # the sandbox\nPORT=0\nDEFAULT_DAILY_BUDGET=7.5 # USD\n'
            "DEFAULT_MONTHLY_BUDGET=1\nLEDGER_URL=sqlite:mine.db\n")
        program = Program(["serve"], tmp_path, {"DEFAULT_MONTHLY_BUDGET": "99"})
        try:
            usage = httpx.get(f"{program.url}/api/usage/x", trust_env=False).json()
            assert usage["daily"]["capUsd"] == "7.5" and usage["monthly"]["capUsd"] == "99"
            assert (tmp_path / "mine.db").exists()
        finally:
            assert program.stop() == 0

    def test_dot_env_that_makes_no_sense(self, tmp_path):
        (tmp_path / ".env").write_text("PORT=0\nthis is nonsense\n")
        with pytest.raises(NotStarted) as stopped:
            Program(["serve"], tmp_path)
        assert stopped.value.code == 1 and "line 2" in stopped.value.said

    def test_serves_its_own_sandbox(self, tmp_path):
        program = Program(["serve", "--sandbox"], tmp_path, {"PORT": "0"})
        try:
            assert "SANDBOX" in program.greeting[0]
            answer = httpx.post(f"{program.url}/v1/chat/completions", json=ask(max_tokens=5), trust_env=False)
            assert answer.status_code == 200
            # The command line finds its ledger and its token.
            usage = subprocess.run(
                [BINARY, "usage"], cwd=tmp_path, env={"BURSAR_URL": program.url}, capture_output=True, text=True, timeout=30)
            assert usage.returncode == 0, usage.stderr
            assert "default" in usage.stdout
        finally:
            assert program.stop() == 0

    def test_starts_without_upstream(self, start):
        """With the bundled prices; calls then fail in words."""
        gateway = start("http://127.0.0.1:1/api/v1")
        assert gateway.http.get("/api/health").status_code == 200
        assert gateway.chat(max_tokens=5).status_code == 502

    def test_bad_usage_exits_64(self, tmp_path):
        with pytest.raises(NotStarted) as stopped:
            Program(["nothing"], tmp_path)
        assert stopped.value.code == 64

    def test_greeting_says_what_it_allows(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="3")
        assert eventually(lambda: any("FALLBACK_MODEL_CHAIN" in line for line in gateway.greeting))
        text = "".join(gateway.greeting)
        assert "$3" in text and "OPENAI_BASE_URL=" in text
        assert "sk-upstream-secret" not in text


class TestLog:
    def test_has_a_line_for_each_call_and_no_secret(self, start, sandbox):
        gateway = start(sandbox, LOG_FORMAT="json", LOG_LEVEL="info", OPENROUTER_API_KEY="sk-or-v1-ours")
        headers = {"authorization": "Bearer sk-theirs", "x-tenant-id": "acme"}
        answer = gateway.chat("a secret prompt [sandbox:tokens=3]", max_tokens=5, headers=headers)
        assert answer.status_code == 200
        line = eventually(lambda: [line for line in gateway.log().splitlines() if '"message":"call"' in line])
        assert len(line) == 1
        facts = json.loads(line[0])
        assert facts["tenant"] == "acme" and facts["outcome"] == "answered" and facts["model"] == DEAR
        assert facts["request"] == answer.headers["x-bursar-request-id"]
        assert facts["cost"] == answer.headers["x-bursar-cost"]
        for secret in ["sk-or-v1-ours", "sk-theirs", "secret prompt", answer.json()["choices"][0]["message"]["content"]]:
            assert secret not in gateway.log()

    def test_that_nobody_reads_holds_up_no_call(self, sandbox, tmp_path):
        """Standard error is a pipe with room for 64 KiB; after that lines wait, and calls do not."""
        program = Program(
            ["serve"], tmp_path, {"OPENROUTER_BASE_URL": sandbox.url, "OPENROUTER_API_KEY": "x", "PORT": "0"},
            stderr=subprocess.PIPE)
        try:
            with httpx.Client(base_url=program.url) as client:
                for _ in range(500):
                    body = ask("[sandbox:tokens=1]", max_tokens=1)
                    assert client.post("/v1/chat/completions", json=body).status_code == 200
            program.process.terminate()
            lines = program.process.stderr.read().splitlines()
            assert sum('"message":"call"' in line for line in lines) == 500
        finally:
            program.kill()
