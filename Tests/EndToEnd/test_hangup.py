"""The client leaves, or is slow. Upstream is cancelled or read to its end; what it billed is booked."""

import itertools
import json
import socket
import struct
import time
from decimal import Decimal

import pytest
from support import MIDDLE, STREAM_HEAD, USAGE, ask, booked, eventually

USAGE_EVENT = b'data: {"id":"g","choices":[],"usage":' + json.dumps(USAGE).encode() + b"}\n\n"


def closed(wire):
    wire.close()


def reset(wire):
    wire.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    wire.close()


def half_closed(wire):
    wire.socket.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("leave", [closed, reset, half_closed])
class TestLeaving:
    def check(self, gateway, sandbox, status="cancelled", within=1):
        assert eventually(lambda: sandbox.bill()["inFlight"] == 0, within=within), "upstream was not cancelled in time"
        assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] == "0", within=1)
        settled, unresolved = booked(gateway.usage())
        assert sandbox.records()[-1]["status"] == status
        assert settled + unresolved >= sandbox.billed()
        return unresolved

    def test_in_the_middle_of_a_stream(self, gateway, sandbox, leave):
        sandbox.faults(between=20)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=500]", max_tokens=500, stream=True))
            wire.until(b'"content":" ')
            leave(wire)
            assert self.check(gateway, sandbox) > Decimal("0.007")
        assert sandbox.records()[-1]["completionTokens"] < 100

    @pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
    def test_while_upstream_says_nothing(self, start, sandbox, leave, streamed):
        """No id is known yet, so it is waited for: of a stream five seconds, of a whole answer as long as one may take."""
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="" if streamed else "1.5")
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:hang]", max_tokens=500, stream=streamed))
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
            leave(wire)
            assert self.check(gateway, sandbox, within=8) > Decimal("0.007")

    def test_while_a_stream_is_silent(self, gateway, sandbox, leave):
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:silent_stream]", max_tokens=500, stream=True))
            wire.until(b": OPENROUTER PROCESSING")
            leave(wire)
            assert self.check(gateway, sandbox) > Decimal("0.007")

    def test_with_a_second_request_in_the_pipeline(self, start, sandbox, leave):
        """What the client has sent ahead hides its leaving from nobody."""
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="1")
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:hang]", max_tokens=500))
            wire.post(ask("second", max_tokens=500))
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
            leave(wire)
            self.check(gateway, sandbox, within=5)
        time.sleep(0.3)
        assert sandbox.bill()["calls"] == 1, "the second request of a client that has left was served"

    def test_while_it_waits_for_held_money(self, start, sandbox, leave):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.1", WAIT_SECONDS="5")
        sandbox.faults(first=600)
        with gateway.wire() as holder, gateway.wire() as waiter:
            holder.post(ask("[sandbox:tokens=5]", max_tokens=6000))
            assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] != "0")
            waiter.post(ask("[sandbox:tokens=5]", max_tokens=6000))
            time.sleep(0.1)
            leave(waiter)
            assert holder.response()[0] == 200
        time.sleep(0.3)
        assert sandbox.bill()["calls"] == 1
        assert booked(gateway.usage()) == (sandbox.billed(), 0)
        assert gateway.usage()["daily"]["reservedUsd"] == "0"

    def test_during_the_pause_before_a_retry(self, gateway, sandbox, leave):
        sandbox.faults({"fault": "rate_limit", "times": 1})
        with gateway.wire() as wire:
            wire.post(ask(max_tokens=50))
            assert eventually(lambda: sandbox.bill()["refused"] == 1)
            leave(wire)
            time.sleep(1.5)
        assert sandbox.bill()["calls"] == 0
        assert booked(gateway.usage()) == (0, 0)

    def test_before_the_body_is_complete(self, gateway, sandbox, leave):
        with gateway.wire() as wire:
            wire.send(b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            leave(wire)
            time.sleep(0.2)
        assert sandbox.calls() == 0 and gateway.chat(max_tokens=5).status_code == 200


class TestReadingOn:
    def test_a_whole_answer_cannot_be_stopped_and_is_settled(self, gateway, sandbox):
        sandbox.faults(first=800)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=40]", max_tokens=100))
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
        assert eventually(lambda: sandbox.bill()["inFlight"] == 0, within=3)
        assert eventually(lambda: booked(gateway.usage()) == (sandbox.billed(), 0), within=1), "nothing had to be asked"
        assert sandbox.records()[-1]["status"] == "complete"

    def test_a_stream_of_a_provider_that_charges_on(self, gateway, sandbox):
        sandbox.faults(between=10)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:unstoppable][sandbox:tokens=100]", max_tokens=200, stream=True))
            wire.until(b'"content":" ')
        assert eventually(lambda: sandbox.bill()["inFlight"] == 0, within=5)
        assert eventually(lambda: booked(gateway.usage()) == (sandbox.billed(), 0), within=1)
        record = sandbox.records()[-1]
        assert record["status"] == "complete" and record["completionTokens"] == 100

    def test_a_refusal_that_nobody_hears_costs_nothing(self, start, scripted):
        scripted.answers = [[0.5, b"HTTP/1.1 400 X\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}"]]
        gateway = start(scripted)
        with gateway.wire() as wire:
            wire.post(ask(max_tokens=100))
            assert eventually(lambda: scripted.requests)
        assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] == "0", within=3)
        assert booked(gateway.usage()) == (0, 0)


class TestAfterwards:
    def test_an_interrupted_call_is_no_failure_of_the_model(self, start, sandbox):
        gateway = start(sandbox, BREAKER_FAILURE_THRESHOLD=1)
        for _ in range(3):
            with gateway.wire() as wire:
                wire.post(ask("[sandbox:silent_stream]", max_tokens=50, stream=True))
                wire.until(b": OPENROUTER PROCESSING")
            assert eventually(lambda: sandbox.bill()["inFlight"] == 0, within=1)
        assert gateway.chat(max_tokens=50).status_code == 200

    def test_books_survive_a_restart(self, start, sandbox):
        sandbox.http.put("/sandbox/faults", json={"generationDelayMs": 600_000})
        gateway = start(sandbox)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:silent_stream]", max_tokens=500, stream=True))
            wire.until(b": OPENROUTER PROCESSING")
        assert eventually(lambda: gateway.usage()["daily"]["reservedUsd"] == "0")
        before = booked(gateway.usage())
        gateway.stop()
        assert booked(start(sandbox).usage()) == before

    def test_client_that_leaves_after_done_is_settled(self, gateway, sandbox):
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=5]", max_tokens=50, stream=True))
            wire.until(b"[DONE]")
        assert booked(gateway.usage()) == (sandbox.billed(), 0)


class TestSlowReader:
    def test_gets_every_byte(self, gateway, sandbox):
        tokens = 3000
        with gateway.wire() as wire:
            wire.post(ask(f"[sandbox:tokens={tokens}][sandbox:delay=0]", model=MIDDLE, max_tokens=tokens, stream=True))
            for _ in range(10):
                time.sleep(0.1)
                wire.buffer += wire.socket.recv(2048)
            status, headers, body = wire.response()
        text = body.decode()
        assert text.endswith("data: [DONE]\n\n")
        assert text.count('"delta":{"content":"') >= tokens
        assert booked(gateway.usage()) == (sandbox.billed(), 0)

    def test_slows_upstream_and_fills_no_memory(self, start, scripted):
        """Back-pressure reaches upstream: it cannot send on while the client reads nothing."""
        block = b'data: {"id":"g","choices":[{"index":0,"delta":{"content":"' + b"x" * 65_000 + b'"}}]}\n\n'
        blocks, sent = 400, 0

        def pour():
            nonlocal sent
            for sent in range(1, blocks + 1):
                yield block

        scripted.answers = [itertools.chain([STREAM_HEAD], pour(), [USAGE_EVENT, b"data: [DONE]\n\n"])]
        gateway = start(scripted)
        with gateway.wire() as wire:
            wire.post(ask(model=MIDDLE, max_tokens=1000, stream=True))
            wire.more()
            assert eventually(lambda: sent > 1)
            time.sleep(1.5)
            stopped_at = sent
            time.sleep(0.5)
            assert sent == stopped_at < blocks, f"{sent} of {blocks} blocks went out though nobody reads"
            status, headers, body = wire.response()
        assert body.count(block) == blocks
        assert booked(gateway.usage()) == (Decimal("0.000125"), 0)
