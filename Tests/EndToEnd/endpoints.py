"""The priced paths as clients speak them: one object per path, so that a test can be told once for all."""

import json
from decimal import Decimal

from support import DEAR

EMBED = "openai/text-embedding-3-small"


class Path:
    """How a path is asked, and where its answer says what."""

    path = limit = ""
    model = DEAR
    streams = True

    def body(self, content="Hello", limit=None, **fields):
        body = {"model": self.model, **self.say(content), **fields}
        if limit is not None:
            body[self.limit] = limit
        return body

    def say(self, content):
        return {"messages": [{"role": "user", "content": content}]}

    def ask(self, gateway, content="Hello", headers=None, base="/v1", **fields):
        return gateway.http.post(f"{base}{self.path}", json=self.body(content, **fields), headers=headers)

    def reason(self, answer):
        return answer.json()["error"]["metadata"]["reason"]

    def words(self, answer):
        raise NotImplementedError

    def tokens(self, answer):
        """Input and output as the whole answer counts them."""
        raise NotImplementedError

    # Streams: the events, and what their last one is.

    def events(self, answer):
        """Name and data of each event, comments as ("", text)."""
        events = []
        for block in filter(None, answer.text.split("\n\n")):
            lines = block.split("\n")
            if block.startswith(":"):
                events.append(("", block))
                continue
            data = "\n".join(line[6:] for line in lines if line.startswith("data: "))
            name = next((line[7:] for line in lines if line.startswith("event: ")), "data")
            events.append((name, data if data == "[DONE]" else json.loads(data)))
        return events

    def streamed_words(self, events):
        raise NotImplementedError

    def is_last(self, event):
        return event[1] == "[DONE]"

    def is_broken(self, events):
        return any(isinstance(data, dict) and data.get("error") for _, data in events)

    def cost(self, events):
        """What our comment says; it stands right before the last event."""
        assert self.is_last(events[-1]), events[-3:]
        name, text = events[-2]
        assert name == "" and text.startswith(": bursar "), events[-3:]
        return dict(word.split("=", 1) for word in text.split()[2:])["cost"]


class Chat(Path):
    path, limit = "/chat/completions", "max_tokens"

    def words(self, answer):
        return answer["choices"][0]["message"]["content"]

    def tokens(self, answer):
        return answer["usage"]["prompt_tokens"], answer["usage"]["completion_tokens"]

    def streamed_words(self, events):
        chunks = [data for name, data in events if name == "data" and data != "[DONE]"]
        return "".join(c["choices"][0]["delta"].get("content") or "" for c in chunks if c["choices"])


class Completions(Path):
    path, limit = "/completions", "max_tokens"

    def say(self, content):
        return {"prompt": content}

    def words(self, answer):
        return answer["choices"][0]["text"]

    def tokens(self, answer):
        return answer["usage"]["prompt_tokens"], answer["usage"]["completion_tokens"]

    def streamed_words(self, events):
        chunks = [data for name, data in events if name == "data" and data != "[DONE]"]
        return "".join(c["choices"][0]["text"] for c in chunks if c["choices"])


class Responses(Path):
    path, limit = "/responses", "max_output_tokens"

    def say(self, content):
        return {"input": content}

    def words(self, answer):
        return answer["output"][0]["content"][0]["text"]

    def tokens(self, answer):
        return answer["usage"]["input_tokens"], answer["usage"]["output_tokens"]

    def streamed_words(self, events):
        return "".join(data["delta"] for name, data in events if name == "response.output_text.delta")

    def is_last(self, event):
        return event[0] in ("response.completed", "response.incomplete", "response.failed")

    def is_broken(self, events):
        return events[-1][0] == "response.failed"


class Messages(Path):
    path, limit = "/messages", "max_tokens"

    def body(self, content="Hello", limit=1000, **fields):
        return super().body(content, limit, **fields)

    def words(self, answer):
        return answer["content"][0]["text"]

    def tokens(self, answer):
        usage = answer["usage"]
        return usage["input_tokens"] + usage["cache_creation_input_tokens"], usage["output_tokens"]

    def streamed_words(self, events):
        return "".join(data["delta"]["text"] for name, data in events if name == "content_block_delta")

    def is_last(self, event):
        return event[0] in ("message_stop", "error")

    def is_broken(self, events):
        return events[-1][0] == "error"


class Embeddings(Path):
    path, limit, model, streams = "/embeddings", "", EMBED, False

    def say(self, content):
        return {"input": content}

    def tokens(self, answer):
        return answer["usage"]["prompt_tokens"], 0


ALL = [Chat(), Completions(), Responses(), Messages(), Embeddings()]
STREAMED = [path for path in ALL if path.streams]


def name(path):
    return path.path[1:].replace("/", "-")


def exact(usd):
    """An amount as text or number, exact."""
    return Decimal(str(usd))
