"""OpenAI's Python SDK, unmodified, against the gateway: only its base URL is changed.

    BURSAR_BINARY=.build/debug/bursar .venv/bin/python Tests/Proofs/sdk.py

One line per check; exits 1 if one fails.
"""

import json
import pathlib
import sys
import tempfile
import time
import traceback
from decimal import Decimal

import openai

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))
from support import DEAR, WEATHER, Gateway, Sandbox, booked, eventually  # noqa: E402

MODEL = "gpt-5.2"
QUESTION = [{"role": "user", "content": "Hello [sandbox:tokens=12]"}]


class Proof:
    def __init__(self, sandbox, gateway):
        self.sandbox, self.gateway = sandbox, gateway
        self.client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="sk-any", max_retries=0, timeout=20)

    def plain(self):
        raw = self.client.chat.completions.with_raw_response.create(model=MODEL, messages=QUESTION)
        answer = raw.parse()
        assert answer.choices[0].finish_reason == "stop" and len(answer.choices[0].message.content.split()) == 12
        assert answer.usage.completion_tokens == 12 and answer.model == DEAR
        assert Decimal(raw.headers["x-bursar-cost"]) == Decimal(self.sandbox.records()[-1]["costUsd"])

    def streamed(self):
        text, usage = "", None
        for chunk in self.client.chat.completions.create(model=MODEL, messages=QUESTION, stream=True):
            usage = chunk.usage or usage
            if chunk.choices:
                text += chunk.choices[0].delta.content or ""
        assert len(text.split()) == 12
        assert usage.completion_tokens == 12

    def streamed_with_the_helper(self):
        with self.client.chat.completions.stream(model=MODEL, messages=QUESTION) as stream:
            final = stream.get_final_completion()
        assert len(final.choices[0].message.content.split()) == 12

    def tools(self):
        """A whole round: the model calls, we answer, it speaks."""
        messages = [{"role": "user", "content": "use get_weather for Berlin"}]
        asked = self.client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER]).choices[0]
        assert asked.finish_reason == "tool_calls"
        call = asked.message.tool_calls[0]
        assert call.function.name == "get_weather" and json.loads(call.function.arguments) == {"city": "example"}
        messages += [asked.message, {"role": "tool", "tool_call_id": call.id, "content": "sunny, 21 degrees"}]
        spoken = self.client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER]).choices[0]
        assert spoken.finish_reason == "stop" and spoken.message.content

    def tools_streamed(self):
        messages = [{"role": "user", "content": "use get_weather"}]
        arguments = name = ""
        for chunk in self.client.chat.completions.create(model=MODEL, messages=messages, tools=[WEATHER], stream=True):
            for call in (chunk.choices[0].delta.tool_calls or []) if chunk.choices else []:
                name = call.function.name or name
                arguments += call.function.arguments or ""
        assert name == "get_weather" and json.loads(arguments) == {"city": "example"}

    def hang_up(self):
        before = sum(booked(self.gateway.usage()))
        stream = self.client.chat.completions.create(
            model=MODEL, messages=[{"role": "user", "content": "[sandbox:tokens=2000][sandbox:delay=20]"}],
            max_tokens=2000, stream=True)
        next(iter(stream))
        stream.close()
        assert eventually(lambda: self.sandbox.bill()["inFlight"] == 0, within=1), "upstream was not cancelled"
        record = self.sandbox.records()[-1]
        assert record["status"] == "cancelled" and record["completionTokens"] < 200
        assert eventually(lambda: self.gateway.usage()["daily"]["reservedUsd"] == "0", within=1)
        assert sum(booked(self.gateway.usage())) - before >= Decimal(record["costUsd"])

    def refused_for_the_budget(self):
        """429 with `x-should-retry: false`: the SDK gives up at once, whatever its retries."""
        poor = self.client.with_options(max_retries=5, default_headers={"X-Tenant-Id": "poor"})
        calls, began = self.sandbox.calls(), time.monotonic()
        try:
            poor.chat.completions.create(model=MODEL, messages=QUESTION)
        except openai.RateLimitError as error:
            assert error.status_code == 429
            assert error.type == "insufficient_quota"
            assert error.body["metadata"]["reason"] == "budget_exceeded"
            assert error.body["metadata"]["tenant"] == "poor"
        else:
            raise AssertionError("it was served")
        assert time.monotonic() - began < 1 and self.sandbox.calls() == calls

    def refused_for_a_field(self):
        try:
            self.client.chat.completions.create(model=MODEL, messages=QUESTION, extra_body={"preset": "x"})
        except openai.BadRequestError as error:
            assert error.param == "preset" and error.body["metadata"]["reason"] == "unbounded_cost"
        else:
            raise AssertionError("it was served")

    def cut_stream(self):
        """The SDK raises on an error chunk, as with OpenRouter."""
        try:
            for _ in self.client.chat.completions.create(
                    model=MODEL, messages=[{"role": "user", "content": "[sandbox:cut_stream]"}], stream=True):
                pass
        except openai.APIError as error:
            assert "broke off" in error.message
        else:
            raise AssertionError("no error was raised")

    def bill(self):
        settled, unresolved = booked(self.gateway.usage())
        assert settled + unresolved >= self.sandbox.billed() > 0


CHECKS = [
    Proof.plain, Proof.streamed, Proof.streamed_with_the_helper, Proof.tools, Proof.tools_streamed, Proof.hang_up,
    Proof.refused_for_the_budget, Proof.refused_for_a_field, Proof.cut_stream, Proof.bill,
]


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        sandbox = Sandbox(directory)
        gateway = Gateway(directory, sandbox.url, TENANT_BUDGETS='{"poor":{"daily":0.0001}}')
        try:
            proof = Proof(sandbox, gateway)
            print(f"openai {openai.__version__} against {gateway.url}/v1")
            for check in CHECKS:
                name = check.__name__.replace("_", " ")
                try:
                    check(proof)
                    print(f"ok      {name}")
                except Exception:
                    failed += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}")
        finally:
            gateway.kill()
            sandbox.kill()
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
