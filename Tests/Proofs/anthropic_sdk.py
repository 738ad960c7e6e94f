"""Anthropic's Python SDK, unmodified, against the gateway: only its base URL is changed.

    BURSAR_BINARY=.build/debug/bursar .venv/bin/python Tests/Proofs/anthropic_sdk.py
"""

import pathlib
import sys
import time
from decimal import Decimal

import anthropic

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from proof import Proof, run  # noqa: E402

MODEL = "anthropic/claude-sonnet-4.5"
QUESTION = [{"role": "user", "content": "Hello [sandbox:tokens=12]"}]
WEATHER = {
    "name": "get_weather",
    "description": "The weather of a city",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Messages(Proof):
    def __init__(self, sandbox, gateway):
        super().__init__(sandbox, gateway)
        self.client = anthropic.Anthropic(base_url=gateway.url, api_key="sk-any", max_retries=0, timeout=20)

    def ask(self, messages=QUESTION, **more):
        return self.client.messages.create(model=MODEL, max_tokens=500, messages=messages, **more)

    def plain(self):
        raw = self.client.messages.with_raw_response.create(model=MODEL, max_tokens=500, messages=QUESTION)
        answer = raw.parse()
        assert answer.stop_reason == "end_turn" and len(answer.content[0].text.split()) == 12
        assert answer.usage.output_tokens == 12 and answer.model == MODEL
        assert Decimal(raw.headers["x-bursar-cost"]) == self.last_cost()

    def streamed(self):
        events = list(self.ask(stream=True))
        assert events[0].type == "message_start" and events[-1].type == "message_stop"
        text = "".join(e.delta.text for e in events if e.type == "content_block_delta")
        assert len(text.split()) == 12

    def streamed_with_the_helper(self):
        with self.client.messages.stream(model=MODEL, max_tokens=500, messages=QUESTION) as stream:
            text = "".join(stream.text_stream)
            final = stream.get_final_message()
        assert final.content[0].text == text and final.usage.output_tokens == 12

    def tools(self):
        """A whole round: the model calls, we answer, it speaks."""
        messages = [{"role": "user", "content": "use get_weather for Berlin"}]
        asked = self.ask(messages, tools=[WEATHER])
        assert asked.stop_reason == "tool_use"
        call = asked.content[0]
        assert call.name == "get_weather" and call.input == {"city": "example"}
        messages += [
            {"role": "assistant", "content": asked.content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id, "content": "sunny"}]},
        ]
        assert self.ask(messages, tools=[WEATHER]).stop_reason == "end_turn"

    def tools_streamed(self):
        with self.client.messages.stream(
                model=MODEL, max_tokens=500, tools=[WEATHER],
                messages=[{"role": "user", "content": "use get_weather"}]) as stream:
            final = stream.get_final_message()
        assert final.content[0].input == {"city": "example"} and final.stop_reason == "tool_use"

    def counts_tokens(self):
        calls = self.sandbox.calls()
        counted = self.client.messages.count_tokens(model=MODEL, messages=QUESTION)
        assert counted.input_tokens > 5 and self.sandbox.calls() == calls

    def refused_for_the_budget(self):
        poor = self.client.with_options(max_retries=5, default_headers={"X-Tenant-Id": "poor"})
        calls, began = self.sandbox.calls(), time.monotonic()
        try:
            poor.messages.create(model=MODEL, max_tokens=500, messages=QUESTION)
        except anthropic.RateLimitError as error:
            assert error.body["error"]["type"] == "rate_limit_error"
            assert error.body["error"]["metadata"]["reason"] == "budget_exceeded"
        else:
            raise AssertionError("it was served")
        assert time.monotonic() - began < 1 and self.sandbox.calls() == calls

    def refused_for_a_field(self):
        try:
            self.ask(extra_body={"fallbacks": [{"model": MODEL}]})
        except anthropic.BadRequestError as error:
            assert error.body["error"]["type"] == "invalid_request_error"
            assert error.body["error"]["param"] == "fallbacks"
        else:
            raise AssertionError("it was served")

    def cut_stream(self):
        try:
            for _ in self.ask([{"role": "user", "content": "[sandbox:cut_stream]"}], stream=True):
                pass
        except anthropic.APIStatusError as error:
            assert "broke off" in str(error)
        else:
            raise AssertionError("no error was raised")

    def cut_at_the_ceiling(self):
        with self.client.messages.stream(
                model=MODEL, max_tokens=300, messages=[{"role": "user", "content": "[sandbox:runaway].........."}]) as stream:
            events = list(stream)
            message = stream.get_final_message()
        said = "".join(event.text for event in events if event.type == "text")
        assert message.stop_reason == "max_tokens" and message.usage.output_tokens > 300
        assert message.content[0].text == said and events[-1].type == "message_stop"


CHECKS = [
    Messages.plain, Messages.streamed, Messages.streamed_with_the_helper, Messages.tools, Messages.tools_streamed,
    Messages.counts_tokens, Messages.refused_for_the_budget, Messages.refused_for_a_field, Messages.cut_stream,
    Messages.cut_at_the_ceiling, Messages.bill,
]

if __name__ == "__main__":
    sys.exit(run(f"anthropic {anthropic.__version__}", Messages, CHECKS))
