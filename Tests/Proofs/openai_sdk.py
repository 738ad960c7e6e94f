"""OpenAI's Python SDK, unmodified, at the paths beside chat (that is sdk.py): responses, completions, embeddings, models.

    BURSAR_BINARY=.build/debug/bursar .venv/bin/python Tests/Proofs/openai_sdk.py
"""

import json
import pathlib
import sys
from decimal import Decimal

import openai

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from proof import Proof, run  # noqa: E402

MODEL, VECTORS = "openai/gpt-5.2", "openai/text-embedding-3-small"
# A stream that goes on beyond what was reserved for it, and counts as it goes.
RUNAWAY = "[sandbox:runaway]" + "." * 10
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
}


class Rest(Proof):
    def __init__(self, sandbox, gateway):
        super().__init__(sandbox, gateway)
        self.client = openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="sk-any", max_retries=0, timeout=20)

    def ask(self, text="Hello [sandbox:tokens=12]", **more):
        return self.client.responses.create(model=MODEL, input=text, **more)

    def responses(self):
        raw = self.client.responses.with_raw_response.create(model=MODEL, input="Hello [sandbox:tokens=12]")
        answer = raw.parse()
        assert answer.status == "completed" and len(answer.output_text.split()) == 12
        assert answer.usage.output_tokens == 12 and answer.model == MODEL
        assert Decimal(raw.headers["x-bursar-cost"]) == self.last_cost()

    def responses_streamed(self):
        events = list(self.ask(stream=True))
        assert [e.sequence_number for e in events] == list(range(len(events)))
        assert events[-1].type == "response.completed" and events[-1].response.usage.output_tokens == 12
        assert len("".join(e.delta for e in events if e.type == "response.output_text.delta").split()) == 12

    def responses_streamed_with_the_helper(self):
        with self.client.responses.stream(model=MODEL, input="Hello [sandbox:tokens=12]") as stream:
            final = stream.get_final_response()
        assert len(final.output_text.split()) == 12

    def responses_cut_by_the_limit(self):
        answer = self.ask("Hello [sandbox:tokens=50]", max_output_tokens=20)
        assert answer.status == "incomplete" and answer.incomplete_details.reason == "max_output_tokens"
        last = list(self.ask("Hello [sandbox:tokens=50]", max_output_tokens=20, stream=True))[-1]
        assert last.type == "response.incomplete" and last.response.usage.output_tokens == 20

    def responses_with_tools(self):
        asked = self.ask("use get_weather for Berlin", tools=[WEATHER])
        call = asked.output[0]
        assert call.type == "function_call" and json.loads(call.arguments) == {"city": "example"}
        spoken = self.client.responses.create(model=MODEL, tools=[WEATHER], input=[
            {"role": "user", "content": "use get_weather for Berlin"}, call,
            {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}])
        assert spoken.output_text

    def responses_refused_for_a_field(self):
        try:
            self.ask(store=True)
        except openai.BadRequestError as error:
            assert error.param == "store" and error.body["metadata"]["reason"] == "invalid_field"
        else:
            raise AssertionError("it was served")

    def responses_cut_stream(self):
        last = list(self.ask("[sandbox:cut_stream]", stream=True))[-1]
        assert last.type == "response.failed" and "broke off" in last.response.error.message

    def responses_cut_stream_with_the_helper(self):
        with self.client.responses.stream(model=MODEL, input="[sandbox:cut_stream][sandbox:tokens=40]") as stream:
            events = list(stream)
        said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert events[-1].type == "response.failed" and events[-1].response.output_text == said and said

    def responses_cut_at_the_ceiling_with_the_helper(self):
        with self.client.responses.stream(model=MODEL, input=RUNAWAY, max_output_tokens=300) as stream:
            events = list(stream)
        said = "".join(event.delta for event in events if event.type == "response.output_text.delta")
        assert [event.type for event in events[-4:]] == [
            "response.output_text.done", "response.content_part.done", "response.output_item.done", "response.incomplete"]
        last = events[-1].response
        assert last.incomplete_details.reason == "max_output_tokens" and last.usage.output_tokens > 300
        assert last.output_text == events[-4].text == said and last.output == [events[-2].item]
        assert last.id == events[0].response.id

    def completions_cut_at_the_ceiling(self):
        chunks = list(self.client.completions.create(model=MODEL, prompt=RUNAWAY, max_tokens=300, stream=True))
        assert [c.choices[0].finish_reason for c in chunks if c.choices][-1] == "length"
        assert chunks[-1].usage.completion_tokens > 300

    def completions_cut_stream(self):
        try:
            list(self.client.completions.create(model=MODEL, prompt="[sandbox:cut_stream]", stream=True))
        except openai.APIError as error:
            assert "broke off" in str(error)
        else:
            raise AssertionError("no error was raised")

    def completions(self):
        answer = self.client.completions.create(model=MODEL, prompt="Hello [sandbox:tokens=12]")
        assert len(answer.choices[0].text.split()) == 12 and answer.usage.completion_tokens == 12

    def completions_streamed(self):
        chunks = list(self.client.completions.create(model=MODEL, prompt="Hello [sandbox:tokens=12]", stream=True))
        assert len("".join(c.choices[0].text for c in chunks if c.choices).split()) == 12

    def embeddings(self):
        raw = self.client.embeddings.with_raw_response.create(model=VECTORS, input=["a b c d e f", "g"])
        answer = raw.parse()
        assert len(answer.data) == 2 and answer.usage.prompt_tokens > 0
        assert Decimal(raw.headers["x-bursar-cost"]) == self.last_cost()

    def embeddings_refused_for_the_budget(self):
        poor = self.client.with_options(default_headers={"X-Bursar-Max-Cost": "0.0000000001"})
        try:
            poor.embeddings.create(model=VECTORS, input="a")
        except openai.RateLimitError as error:
            assert error.body["metadata"]["reason"] == "call_too_expensive"
        else:
            raise AssertionError("it was served")

    def models(self):
        assert MODEL in [model.id for model in self.client.models.list()]
        assert self.client.models.with_raw_response.retrieve(MODEL).http_response.json()["data"]["id"] == MODEL


CHECKS = [
    Rest.responses, Rest.responses_streamed, Rest.responses_streamed_with_the_helper, Rest.responses_cut_by_the_limit,
    Rest.responses_with_tools, Rest.responses_refused_for_a_field, Rest.responses_cut_stream,
    Rest.responses_cut_stream_with_the_helper, Rest.responses_cut_at_the_ceiling_with_the_helper, Rest.completions,
    Rest.completions_streamed, Rest.completions_cut_at_the_ceiling, Rest.completions_cut_stream, Rest.embeddings, Rest.embeddings_refused_for_the_budget, Rest.models, Rest.bill,
]

if __name__ == "__main__":
    sys.exit(run(f"openai {openai.__version__}", Rest, CHECKS))
