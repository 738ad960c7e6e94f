"""What the proofs share: the sandbox and the gateway as processes of their own, and a client that can hang up.

All of it stays on 127.0.0.1, in a directory that goes when the proof ends, and every wait is bounded.
"""

import contextlib
import dataclasses
import http.client
import json
import os
import pathlib
import queue
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from decimal import ROUND_HALF_UP, Decimal

import httpx

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = os.environ.get("BURSAR_BINARY", str(ROOT / ".build" / "debug" / "bursar"))
NANODOLLAR = Decimal("0.000000001")
PATIENCE_SECONDS = 20


class Failed(Exception):
    """The proof cannot go on; a broken promise of the gateway is a violation and is counted instead."""


def booked(cost: Decimal) -> Decimal:
    """What the books make of a cost that the provider states: whole nanodollars, half-up, once per call."""
    return cost.quantize(NANODOLLAR, rounding=ROUND_HALF_UP)


# Processes


class Program:
    """`bursar` with some arguments, from its start to the line that says where it listens."""

    def __init__(self, arguments, directory, log, environment=None):
        # Nothing of the caller's own settings, and no .env: the directory is ours.
        clean = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LD_LIBRARY_PATH") if name in os.environ}
        self.log = pathlib.Path(directory) / log
        self.started_at = time.monotonic()
        # A library that is loaded first hides the arguments of the program it comes with; of one that a shell becomes it does not.
        launcher = ["/bin/sh", "-c", 'exec "$0" "$@"'] if "LD_PRELOAD" in (environment or {}) else []
        with open(self.log, "ab") as errors:
            self.process = subprocess.Popen(
                [*launcher, BINARY, *arguments], cwd=directory, env=clean | (environment or {}), stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE, stderr=errors)
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put((time.monotonic(), line.decode(errors="replace")))
        self.lines.put((time.monotonic(), None))

    def wait_until_listening(self):
        """The port, and how long it took."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                at, line = self.lines.get(timeout=max(0.01, deadline - time.monotonic()))
            except queue.Empty:
                raise Failed(f"it does not listen after {PATIENCE_SECONDS} s; {self.last_words()}") from None
            if line is None:
                raise Failed(f"it ended with {self.process.wait()} before it listened; {self.last_words()}")
            if found := re.search(r"listens on http://127\.0\.0\.1:(\d+)", line):
                return int(found[1]), at - self.started_at

    def last_words(self):
        return "it said: " + self.log.read_text(errors="replace")[-2000:].strip()

    def kill(self):
        """`kill -9`: no time for anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(PATIENCE_SECONDS)

    def stop(self):
        """SIGTERM; the exit code. It gets as long as its own drain may take, then it is killed."""
        self.process.terminate()
        try:
            return self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.kill()
            return None

    @property
    def is_running(self):
        return self.process.poll() is None


class Sandbox:
    """The simulated OpenRouter, which bills exactly."""

    def __init__(self, directory, environment=None):
        self.program = Program(["sandbox", "--port", "0"], directory, "sandbox.log", environment)
        self.port, _ = self.program.wait_until_listening()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_SECONDS)

    def bill(self, records=False):
        return self.client.get("/sandbox/bill", params={"records": "true"} if records else {}).json()

    def misbehave(self, rules=(), seed=1, first_ms=0, between_ms=0):
        """Which calls go wrong, and how long answers take."""
        plan = {"rules": list(rules), "seed": seed, "delayMs": {"first": first_ms, "between": between_ms}}
        answer = self.client.put("/sandbox/faults", json=plan)
        if answer.status_code != 200:
            raise Failed(f"the sandbox refuses the faults: {answer.text}")


class Gateway:
    """One life of the gateway on a ledger."""

    def __init__(self, sandbox, directory, ledger, **settings):
        self.program = Program(
            ["serve"], directory, "gateway.log",
            {
                "OPENROUTER_BASE_URL": f"http://127.0.0.1:{sandbox.port}/api/v1", "OPENROUTER_API_KEY": "x",
                "HOST": "127.0.0.1", "PORT": "0", "LEDGER_URL": f"sqlite:{ledger}", "LOG_LEVEL": "warning",
            } | settings)
        self.port = None
        self.startup_seconds = None
        self.client = None

    def wait(self):
        self.port, self.startup_seconds = self.program.wait_until_listening()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=PATIENCE_SECONDS)
        return self

    def usage(self, tenant):
        """The tenant's day."""
        return Day(self.client.get(f"/api/usage/{tenant}").raise_for_status().json()["daily"])


class Day:
    """A tenant's books of the day, in USD."""

    def __init__(self, daily):
        self.cap = Decimal(daily["capUsd"]) if daily["capUsd"] is not None else None
        self.settled = Decimal(daily["spentUsd"])
        self.unresolved = Decimal(daily["unresolvedUsd"])
        self.reserved = Decimal(daily["reservedUsd"])

    @property
    def counted(self):
        """What counts as spent."""
        return self.settled + self.unresolved

    @property
    def exposure(self):
        """All that may yet be billed at most."""
        return self.counted + self.reserved


@contextlib.contextmanager
def workshop():
    """A directory for a sandbox and ledgers. What was started in it ends with it."""
    with tempfile.TemporaryDirectory(prefix="bursar-proof-") as directory:
        started = []
        try:
            yield directory, started
        finally:
            for program in started:
                if program.is_running:
                    program.kill()


# Calls


@dataclasses.dataclass
class Outcome:
    """What a client saw of one call."""

    #: None where no status came: the gateway was away or the client did not wait for it.
    status: int | None = None
    #: `metadata.reason` of a refusal.
    reason: str | None = None
    request_id: str | None = None
    #: All of the answer came: a body as long as announced, or a stream with `[DONE]`.
    is_complete: bool = False
    #: What the gateway says it cost; None where it is not known.
    cost: Decimal | None = None
    hung_up: bool = False
    #: How the connection broke, if it did.
    broke: str | None = None

    @property
    def is_admitted(self):
        return self.status == 200


@dataclasses.dataclass
class Impatience:
    """When a client hangs up."""

    #: So many seconds after it has asked.
    after_seconds: float | None = None
    #: After so many bytes of the answer.
    after_bytes: int | None = None


class Client:
    """One connection at a time, kept alive between calls. Not to be shared between threads."""

    def __init__(self):
        self.connection = None
        self.port = None

    def close(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def call(self, port, tenant, body: bytes, until: float, impatience=Impatience()):
        """Asks, and hears the answer until it ends, `until` comes (monotonic), or patience ends."""
        outcome = Outcome()
        if impatience.after_seconds is not None:
            until = min(until, time.monotonic() + impatience.after_seconds)
        try:
            self._ask(port, tenant, body, until)
            self._hear(outcome, until, impatience)
        except TimeoutError:
            outcome.hung_up = True
        except (OSError, http.client.HTTPException) as error:
            outcome.broke = repr(error)
        if not outcome.is_complete:
            self.close()
        return outcome

    def _ask(self, port, tenant, body, until):
        if self.port != port:
            self.close()
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            self.port = port
            self.connection.connect()
            self.connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wait_at_most(until)
        headers = {"Content-Type": "application/json", "Authorization": "Bearer any", "X-Tenant-Id": tenant}
        self.connection.request("POST", "/v1/chat/completions", body, headers)

    def _wait_at_most(self, until):
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        if self.connection.sock:
            self.connection.sock.settimeout(left)

    def _hear(self, outcome, until, impatience):
        answer = self.connection.getresponse()
        outcome.status = answer.status
        outcome.request_id = answer.headers.get("X-Bursar-Request-Id")
        is_stream = answer.headers.get("Content-Type", "").startswith("text/event-stream")
        heard = 0
        body = b""
        while True:
            if impatience.after_bytes is not None and answer.status == 200 and heard >= impatience.after_bytes:
                raise TimeoutError
            self._wait_at_most(until)
            piece = answer.read1(65536)
            if not piece:
                break
            heard += len(piece)
            # Of a stream its last words will do.
            body = (body + piece)[-4096:] if is_stream else body + piece
        remaining = answer.length
        # http.client leaves an answer of known length open when read1 has read it all.
        answer.close()
        if remaining:
            raise http.client.IncompleteRead(body, remaining)
        self._read(outcome, answer, body, is_stream)

    @staticmethod
    def _read(outcome, answer, body, is_stream):
        if answer.status != 200:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                outcome.reason = json.loads(body)["error"]["metadata"]["reason"]
            outcome.is_complete = True
        elif is_stream:
            outcome.is_complete = body.rstrip().endswith(b"data: [DONE]")
            told = re.search(rb"^: bursar request=(\S+) cost=(\S+) ", body, re.MULTILINE)
            if outcome.is_complete and not told:
                raise Failed(f"a stream ended without what it cost: {body[-300:]!r}")
            if told and told[2] != b"unknown":
                outcome.cost = Decimal(told[2].decode())
        else:
            try:
                json.loads(body)
            except ValueError as error:
                raise Failed(f"a whole answer is no JSON: {error}") from error
            told = answer.headers["X-Bursar-Cost"]
            if told is None:
                raise Failed("a whole answer does not say what it cost")
            outcome.is_complete = True
            if told != "unknown":
                outcome.cost = Decimal(told)


def chat(model, text, *, stream, limit=None) -> bytes:
    body = {"model": model, "messages": [{"role": "user", "content": text}], "stream": stream}
    if limit is not None:
        body["max_tokens"] = limit
    return json.dumps(body, separators=(",", ":")).encode()
