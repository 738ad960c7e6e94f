"""What the tests hold in their hands: the two programs, a scripted upstream, raw sockets, event streams."""

import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from decimal import Decimal

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BURSAR_BINARY", str(ROOT / ".build/debug/bursar"))

# Names and list prices of the sandbox's catalogue, USD per token.
DEAR, MIDDLE, CHEAP, FREE = "openai/gpt-5.2", "openai/gpt-5-mini", "meta-llama/llama-3.1-8b-instruct", "openai/gpt-oss-20b:free"
PROMPT_RATE = {DEAR: Decimal("0.00000175"), MIDDLE: Decimal("0.00000025"), CHEAP: Decimal("0.00000005")}
OUTPUT_RATE = {DEAR: Decimal("0.000014"), MIDDLE: Decimal("0.000002"), CHEAP: Decimal("0.00000008")}
NANO = Decimal("0.000000001")

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
    },
}


def eventually(check, within=5.0, every=0.02):
    """The first true value of `check`, which has `within` seconds to become true."""
    end = time.monotonic() + within
    while True:
        value = check()
        if value or time.monotonic() > end:
            return value
        time.sleep(every)


# MARK: Programs


class Program:
    """A running `bursar`, in a directory and an environment of its own."""

    def __init__(self, arguments, directory, environment=None, stderr=None):
        self.directory = pathlib.Path(directory)
        self.log_path = self.directory / f"{arguments[0]}.log"
        clean = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.directory)}
        self.process = subprocess.Popen(
            [BINARY, *arguments],
            cwd=self.directory,
            env={**clean, **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=stderr or open(self.log_path, "ab"),
            text=True,
        )
        self.greeting = []
        self.url = self._address()
        # The rest of the greeting is read too, or a full pipe would hold the program up.
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _address(self):
        for line in self.process.stdout:
            self.greeting.append(line)
            if found := re.search(r"listens on (http://\S+)", line):
                return found.group(1)
        code = self.process.wait()
        raise NotStarted(code, self.log())

    def _read(self):
        for line in self.process.stdout:
            self.greeting.append(line)

    def log(self):
        return self.log_path.read_text()

    def stop(self, within=20):
        """SIGTERM; returns the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(within)

    def kill(self):
        self.process.kill()
        return self.process.wait(10)


class NotStarted(Exception):
    """The program ended before it listened: with which code, and what it said."""

    def __init__(self, code, said):
        super().__init__(f"exit code {code}: {said}")
        self.code, self.said = code, said


class Sandbox(Program):
    """The simulated OpenRouter, with its own bill and its switches."""

    def __init__(self, directory):
        super().__init__(["sandbox", "--port", "0"], directory)
        self.http = httpx.Client(base_url=self.url, timeout=10, trust_env=False)

    def bill(self):
        return self.http.get("/sandbox/bill", params={"records": "true"}).json()

    def records(self):
        return self.bill()["records"]

    def billed(self):
        return Decimal(self.bill()["totalUsd"])

    def faults(self, *rules, first=0, between=0, seed=1):
        """Each rule is a fault's name or a dictionary of fault, model, times, percent."""
        rules = [{"fault": rule} if isinstance(rule, str) else rule for rule in rules]
        plan = {"rules": rules, "seed": seed, "delayMs": {"first": first, "between": between}}
        answer = self.http.put("/sandbox/faults", json=plan)
        assert answer.status_code == 200, answer.text

    def calls(self):
        bill = self.bill()
        return bill["calls"] + bill["inFlight"] + bill["refused"]


class Gateway(Program):
    def __init__(self, directory, upstream, flags=(), **settings):
        directory = pathlib.Path(directory)
        environment = {
            "OPENROUTER_BASE_URL": upstream,
            "OPENROUTER_API_KEY": "sk-upstream-secret",
            "PORT": "0",
            "LEDGER_URL": f"sqlite:{directory / 'ledger.db'}",
            "WAIT_SECONDS": "0",
            "LOG_FORMAT": "json",
        }
        environment.update({name: str(value) for name, value in settings.items()})
        super().__init__(["serve", *flags], directory, {k: v for k, v in environment.items() if v != ""})
        self.http = httpx.Client(base_url=self.url, timeout=30, trust_env=False)

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1])

    def chat(self, content="Hello", model=DEAR, headers=None, base="/v1", messages=None, **fields):
        body = {"model": model, "messages": messages or [{"role": "user", "content": content}], **fields}
        if model is None:
            del body["model"]
        return self.http.post(f"{base}/chat/completions", json=body, headers=headers)

    def post(self, content, headers=None, path="/v1/chat/completions"):
        """A body as it is: text or bytes."""
        headers = {"Content-Type": "application/json", **(headers or {})}
        return self.http.post(path, content=content, headers=headers)

    def stream(self, content="Hello", model=DEAR, headers=None, **fields):
        return Streamed(self.chat(content, model, headers, stream=True, **fields))

    def usage(self, tenant="default"):
        answer = self.http.get(f"/api/usage/{tenant}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def spend(self, tokens, model=DEAR, tenant="default", headers=None):
        """A call that costs so many output tokens and next to nothing beside."""
        headers = {"X-Tenant-Id": tenant, **(headers or {})}
        return self.chat(f"[sandbox:tokens={tokens}]", model, headers, max_tokens=tokens)

    def wire(self):
        return Wire(self.port)


def booked(usage):
    """Settled and unresolved of the day."""
    return Decimal(usage["daily"]["spentUsd"]), Decimal(usage["daily"]["unresolvedUsd"])


# MARK: Streams


@dataclass
class Streamed:
    """A streamed answer, read to its end."""

    response: httpx.Response
    blocks: list = field(default_factory=list)

    def __post_init__(self):
        self.status, self.headers = self.response.status_code, self.response.headers
        self.blocks = [block for block in self.response.text.split("\n\n") if block]

    @property
    def comments(self):
        return [block for block in self.blocks if block.startswith(":")]

    @property
    def chunks(self):
        return [json.loads(block[6:]) for block in self.blocks if block.startswith("data: {")]

    @property
    def text(self):
        return "".join(c["choices"][0]["delta"].get("content") or "" for c in self.chunks if c["choices"])

    @property
    def usage(self):
        return next((c["usage"] for c in reversed(self.chunks) if c.get("usage")), None)

    @property
    def errors(self):
        return [c for c in self.chunks if c.get("error")]

    @property
    def last_words(self):
        """The facts of the closing comment."""
        assert self.blocks[-1] == "data: [DONE]", self.blocks[-3:]
        assert self.blocks[-2].startswith(": bursar "), self.blocks[-3:]
        return dict(word.split("=", 1) for word in self.blocks[-2][len(": bursar "):].split())


# MARK: Raw sockets


class Wire:
    """One connection, byte by byte."""

    def __init__(self, port, timeout=15):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout)
        self.buffer = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data if isinstance(data, bytes) else data.encode())

    def post(self, body, path="/v1/chat/completions", **headers):
        self.send(request(body, path, **headers))

    def get(self, path):
        self.send(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n")

    def more(self):
        data = self.socket.recv(65536)
        self.buffer += data
        return data

    def until(self, mark):
        """Everything up to and with `mark`, taken off the buffer."""
        while mark not in self.buffer:
            if not self.more():
                raise EOFError(f"the connection ended before {mark!r}: {self.buffer[-500:]!r}")
        end = self.buffer.index(mark) + len(mark)
        taken, self.buffer = self.buffer[:end], self.buffer[end:]
        return taken

    def exactly(self, count):
        while len(self.buffer) < count:
            if not self.more():
                raise EOFError(f"{len(self.buffer)} of {count} bytes came")
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def rest(self):
        """Everything until the other side closes."""
        while self.more():
            pass
        taken, self.buffer = self.buffer, b""
        return taken

    def is_closed(self, within=5):
        self.socket.settimeout(within)
        try:
            return not self.more()
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def head(self):
        lines = self.until(b"\r\n\r\n").decode().split("\r\n")
        headers = {}
        for line in lines[1:]:
            if line:
                name, value = line.split(":", 1)
                headers[name.lower()] = value.strip()
        return int(lines[0].split()[1]), headers

    def response(self):
        """One whole response: status, headers, body."""
        status, headers = self.head()
        if headers.get("transfer-encoding") == "chunked":
            body = b""
            while size := int(self.until(b"\r\n").split(b";")[0], 16):
                body += self.exactly(size)
                self.exactly(2)
            self.until(b"\r\n")
        elif "content-length" in headers:
            body = self.exactly(int(headers["content-length"]))
        else:
            body = self.rest()
        return status, headers, body


def request(body, path="/v1/chat/completions", **headers):
    """A POST as bytes; `body` is an object, text or bytes."""
    if not isinstance(body, (bytes, str)):
        body = json.dumps(body)
    body = body if isinstance(body, bytes) else body.encode()
    fields = {"Host": "localhost", "Content-Type": "application/json", "Content-Length": str(len(body))}
    fields.update({name.replace("_", "-"): value for name, value in headers.items()})
    head = "".join(f"{name}: {value}\r\n" for name, value in fields.items() if value is not None)
    return f"POST {path} HTTP/1.1\r\n{head}\r\n".encode() + body


def ask(content="Hello", model=DEAR, **fields):
    return {"model": model, "messages": [{"role": "user", "content": content}], **fields}


# MARK: An upstream that says what a test wrote


USAGE = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15, "cost": 0.000125}


def completion(**more):
    choice = {"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}
    return {"id": "gen-scripted", "object": "chat.completion", "model": DEAR, "choices": [choice], "usage": USAGE, **more}


class ScriptedUpstream:
    """Answers each call with the next of `answers`, the last one for ever, and keeps what it was sent.

    An answer is an object (sent as JSON with status 200), a pair of status and object, or the bytes of a whole
    response, head and all, or a sequence of bytes and of pauses in seconds. After bytes it closes the connection.
    `models` is the list that a gateway is given at its start; without one it keeps to the bundled prices.
    """

    def __init__(self):
        self.answers = [completion()]
        self.models = None
        self.embeddings = None
        self.endpoints = None
        self.requests = []
        # What was asked that costs nothing: line and headers.
        self.asked = []
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/api/v1"
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        # Shut down first: a thread that waits in accept would keep a closed socket listening.
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    @property
    def body(self):
        """The last call's body, as text."""
        return self.requests[-1][2].decode()

    @property
    def headers(self):
        return self.requests[-1][1]

    def _accept(self):
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        wire = Wire.__new__(Wire)
        wire.socket, wire.buffer = client, b""
        try:
            while True:
                line, *lines = wire.until(b"\r\n\r\n").decode().split("\r\n")
                headers = http.client.HTTPMessage()
                for text in filter(None, lines):
                    name, value = text.split(":", 1)
                    headers[name] = value.strip()
                body = wire.exactly(int(headers.get("content-length", 0)))
                if line.startswith("GET"):
                    self.asked.append((line, headers))
                if line.startswith("GET") and line.split(" ")[1].endswith("/endpoints"):
                    listed = {"data": {"endpoints": self.endpoints or []}}
                    self._answer(wire, (200, listed) if self.endpoints else (404, {}))
                    continue
                if line.startswith("GET") and line.split(" ")[1].endswith("/embeddings/models"):
                    self._answer(wire, (200, {"data": self.embeddings}) if self.embeddings else (404, {}))
                    continue
                if line.startswith("GET"):
                    self._answer(wire, (200, {"data": self.models}) if self.models else (404, {}))
                    continue
                self.requests.append((line, headers, body))
                if not self._answer(wire, self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]):
                    return
        except (OSError, EOFError):
            pass
        finally:
            client.close()

    def _answer(self, wire, answer):
        if isinstance(answer, dict):
            answer = (200, answer)
        if isinstance(answer, tuple):
            text = json.dumps(answer[1]).encode()
            head = f"HTTP/1.1 {answer[0]} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
            wire.send(head.encode() + text)
            return True
        for part in [answer] if isinstance(answer, bytes) else answer:
            if isinstance(part, (int, float)):
                time.sleep(part)
            else:
                wire.send(part)
        return False


def costing(usd, **more):
    return completion(usage={**USAGE, "cost": usd}, **more)


def listed(name, prompt, output, parameters=("tools", "structured_outputs"), context=100_000):
    """A model as upstream lists it."""
    return {
        "id": name,
        "context_length": context,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "pricing": {"prompt": prompt, "completion": output},
        "supported_parameters": list(parameters),
    }


STREAM_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
