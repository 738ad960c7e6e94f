"""A stream that passes its ceiling is cut, with an end that every path's own clients take for a full length."""

import json

import pytest
from endpoints import Chat, Completions, Messages, Responses
from support import DEAR, booked, eventually

RUNAWAY = "[sandbox:runaway]" + "." * 10
LIMIT = 300
PATHS = [Chat(), Completions(), Responses(), Messages()]
every = pytest.mark.parametrize("path", PATHS, ids=lambda path: path.path)


def told(path, events):
    """Why the answer ended, and how many tokens it had."""
    data = [data for name, data in events if name and data != "[DONE]"]
    match path.path:
        case "/responses":
            last = data[-1]["response"]
            assert data[-1]["type"] == "response.incomplete" and last["status"] == "incomplete" and last["error"] is None
            numbers = [event["sequence_number"] for event in data]
            assert numbers == list(range(len(numbers)))
            assert [event["type"] for event in data[-4:]] == [
                "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete"]
            [item] = last["output"]
            assert item == data[-2]["item"] and item["status"] == "incomplete"
            assert item["content"][0] == data[-3]["part"] and item["content"][0]["text"] == data[-4]["text"]
            assert data[-4]["text"] == path.streamed_words(events) and last["id"] == data[0]["response"]["id"]
            return last["incomplete_details"]["reason"], last["usage"]["output_tokens"]
        case "/messages":
            names = [name for name, _ in events if name]
            assert names[-3:] == ["content_block_stop", "message_delta", "message_stop"]
            assert names.count("content_block_start") == names.count("content_block_stop") == 1
            return data[-2]["delta"]["stop_reason"], data[-2]["usage"]["output_tokens"]
        case _:
            reasons = [chunk["choices"][0]["finish_reason"] for chunk in data if chunk["choices"]]
            assert set(reasons[:-1]) == {None} and not data[-1]["choices"]
            return reasons[-1], data[-1]["usage"]["completion_tokens"]


@every
def test_a_stream_that_passes_it_ends_well_and_is_booked(gateway, sandbox, path):
    with gateway.wire() as wire:
        wire.post(json.dumps(path.body(RUNAWAY, limit=LIMIT, stream=True)), path=f"/v1{path.path}")
        status, headers, body = wire.response()
    assert status == 200
    events = path.events(type("Answer", (), {"text": body.decode()}))
    assert path.cost(events) == "unknown" and not path.is_broken(events)
    reason, tokens = told(path, events)
    full = {"/responses": "max_output_tokens", "/messages": "max_tokens"}.get(path.path, "length")
    assert reason == full and LIMIT < tokens < 4 * LIMIT
    record = eventually(lambda: sandbox.records()[-1]["status"] == "cancelled" and sandbox.records()[-1])
    assert record["completionTokens"] < 4 * LIMIT, "upstream was left"
    assert eventually(lambda: booked(gateway.usage()) == (sandbox.billed(), 0), within=15)


class TestSDKs:
    def openai(self, gateway):
        sdk = pytest.importorskip("openai")
        return sdk.OpenAI(base_url=f"{gateway.url}/v1", api_key="any", max_retries=0)

    def test_chat(self, gateway):
        messages = [{"role": "user", "content": RUNAWAY}]
        chunks = list(self.openai(gateway).chat.completions.create(model=DEAR, messages=messages, max_tokens=LIMIT, stream=True))
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "length"
        assert chunks[-1].usage.completion_tokens > LIMIT

    def test_completions(self, gateway):
        chunks = list(self.openai(gateway).completions.create(model=DEAR, prompt=RUNAWAY, max_tokens=LIMIT, stream=True))
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "length"
        assert chunks[-1].usage.completion_tokens > LIMIT

    def test_responses(self, gateway):
        events = list(
            self.openai(gateway).responses.create(model=DEAR, input=RUNAWAY, max_output_tokens=LIMIT, stream=True))
        last = events[-1]
        assert last.type == "response.incomplete" and last.response.incomplete_details.reason == "max_output_tokens"
        assert last.response.usage.output_tokens > LIMIT

    def test_responses_with_the_helper(self, gateway):
        with self.openai(gateway).responses.stream(model=DEAR, input=RUNAWAY, max_output_tokens=LIMIT) as stream:
            events = list(stream)
        last, said = events[-1], "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert last.type == "response.incomplete" and last.response.output_text == said
        assert [event for event in events if event.type == "response.output_text.delta"][-1].snapshot == said

    def test_messages(self, gateway):
        anthropic = pytest.importorskip("anthropic")
        client = anthropic.Anthropic(base_url=gateway.url, api_key="any", max_retries=0)
        with client.messages.stream(
            model=DEAR, max_tokens=LIMIT, messages=[{"role": "user", "content": RUNAWAY}]
        ) as stream:
            message = stream.get_final_message()
        assert message.stop_reason == "max_tokens" and message.usage.output_tokens > LIMIT
        assert len(message.content[0].text.split()) > 100
