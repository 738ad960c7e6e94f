"""The other side of every exporter, strict: a Loki that enforces Loki's documented rules, an OTLP collector, CloudWatch, webhooks.

One server plays them all. It can be switched off, and counts each thing once however often it is sent.
"""

import base64
import gzip
import hashlib
import hmac
import http.server
import json
import random
import struct
import threading
import time
from decimal import Decimal

HOUR_NS, DAY_NS = 3_600_000_000_000, 86_400_000_000_000


class Sinks:
    """Everything that receipts and messages are sent to. `off` answers 503, or cuts the connection."""

    def __init__(self, seed=1):
        self.loki, self.otlp, self.cloudwatch, self.hooks = StrictLoki(), Collector(), CloudWatch(), Hooks()
        self.is_off = False
        #: Of a hundred requests that arrived, how many get no answer.
        self.percent_lost = 0
        self.requests = 0
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        sinks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                with sinks.lock:
                    sinks.requests += 1
                    if sinks.is_off:
                        if sinks.chance.random() < 0.5:
                            return self.cut()
                        return self.reply(503, b"down")
                    status, answer = sinks.take(self.path, self.headers, body)
                    if status // 100 == 2 and sinks.chance.randrange(100) < sinks.percent_lost:
                        return self.cut()
                self.reply(status, answer)

            def cut(self):
                self.close_connection = True
                self.connection.close()

            def reply(self, status, body):
                try:
                    self.send_response(status)
                    self.send_header("content-length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)
                except OSError:
                    pass

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()

    def take(self, path, headers, body):
        if path == "/loki/api/v1/push":
            return self.loki.take(headers, body)
        if path == "/v1/traces":
            return self.otlp.take(headers, body)
        if headers.get("x-amz-target"):
            return self.cloudwatch.take(headers, body)
        if path.startswith(("/hook", "/slack")):
            return self.hooks.take(path, headers, body)
        return 404, b"nothing is here"

    @property
    def settings(self):
        """What a gateway needs to send here, quickly."""
        return {
            "EXPORT_INTERVAL_SECONDS": "0.2", "LOKI_HOST": self.url, "LOKI_USERNAME": "u", "LOKI_PASSWORD": "p",
            "OTEL_EXPORTER_OTLP_ENDPOINT": self.url, "OTEL_EXPORTER_OTLP_HEADERS": "x-own=a%20b",
            "CLOUDWATCH_ENABLED": "true", "CLOUDWATCH_ENDPOINT": self.url, "AWS_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret",
        }


class StrictLoki:
    """Loki's rules, with its defaults: https://grafana.com/docs/loki/latest/operations/request-validation-rate-limits/"""

    def __init__(self):
        #: (labels, moment, line): the same line at the same moment is one entry.
        self.entries = {}
        self.newest = {}
        self.refused = []

    def take(self, headers, body):
        try:
            self._check(headers, body)
        except AssertionError as error:
            self.refused.append(str(error))
            return 400, str(error).encode()
        return 204, b""

    def _check(self, headers, body):
        assert headers["content-type"] == "application/json", "content type"
        assert headers["authorization"] == "Basic " + base64.b64encode(b"u:p").decode(), "credentials"
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        assert len(body) < 4 << 20, "more than 4 MB"
        push = json.loads(body)
        assert set(push) == {"streams"} and push["streams"], "streams"
        for stream in push["streams"]:
            labels = stream["stream"]
            assert 0 < len(labels) <= 3, f"{len(labels)} labels"
            assert labels["service_name"] == "bursar", "service_name"
            assert all(isinstance(v, str) and len(v) < 2048 for v in labels.values()), "label values are texts"
            key = json.dumps(labels, sort_keys=True)
            for value in stream["values"]:
                self._entry(key, *value)

    def _entry(self, key, moment, line, metadata=None):
        assert isinstance(moment, str) and moment.isdigit(), "a moment is a text of nanoseconds"
        now = time.time_ns()
        assert now - 7 * DAY_NS < int(moment) < now + 600_000_000_000, "too old, or in the future"
        assert int(moment) > self.newest.get(key, 0) - HOUR_NS, "out of order"
        assert len(line.encode()) < 256 << 10, "line too long"
        assert all(isinstance(v, str) for v in (metadata or {}).values()), "metadata is flat text"
        self.newest[key] = max(int(moment), self.newest.get(key, 0))
        self.entries[key, moment, line] = metadata

    @property
    def lines(self):
        """The receipts, money exact."""
        lines = [json.loads(line, parse_float=Decimal, parse_int=Decimal) for _, _, line in list(self.entries)]
        return [line for line in lines if line["event"] == "receipt"]

    @property
    def cost(self):
        return sum((line.get("costUsd", Decimal(0)) for line in self.lines), Decimal(0))


class Collector:
    """OTLP as protobuf; spans by their id, decoded by hand (`make test-real` decodes with the published descriptors)."""

    def __init__(self):
        self.spans = {}
        self.requests = []

    def take(self, headers, body):
        if headers["content-type"] != "application/x-protobuf":
            return 415, b""
        if headers.get("content-encoding") == "gzip":
            body = gzip.decompress(body)
        spans = [Span(raw, resource) for resource in every(1, body) for scope in every(2, resource) for raw in every(2, scope)]
        if any(len(span.trace) != 32 or len(span.id) != 16 for span in spans):
            return 400, b"ids"
        self.requests.append((headers, body))
        self.spans.update((span.id, span) for span in spans)
        return 200, b""

    @property
    def cost(self):
        return sum((span.cost for span in list(self.spans.values()) if span.cost is not None), Decimal(0))


class Span:
    def __init__(self, raw, resource):
        fields = {number: value for number, value in decoded(raw)}
        self.trace, self.id, self.parent = (fields.get(n, b"").hex() for n in (1, 2, 4))
        self.name, self.start, self.end = fields[5].decode(), fields[7], fields[8]
        self.attributes = dict(attribute(a) for a in every(9, raw))
        self.resource = dict(attribute(a) for holder in every(1, resource) for a in every(1, holder))
        self.is_error = any(n == 3 and v == 2 for status in every(15, raw) for n, v in decoded(status))
        self.cost = Decimal(self.attributes["bursar.cost_usd"]) if "bursar.cost_usd" in self.attributes else None


def decoded(message):
    """The fields of a protobuf message as they come. https://protobuf.dev/programming-guides/encoding/"""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        number, wire = divmod(varint(), 8)
        if wire == 0:
            yield number, varint()
            continue
        size = {1: 8, 5: 4}.get(wire) or varint()
        chunk, at = message[at:at + size], at + size
        assert len(chunk) == size, "a field ends beyond its message"
        yield number, chunk if wire == 2 else int.from_bytes(chunk, "little")


def every(number, message):
    return [value for n, value in decoded(message) if n == number]


def attribute(raw):
    fields = dict(decoded(raw))
    return fields[1].decode(), any_value(fields[2])


def any_value(raw):
    [(kind, value)] = list(decoded(raw)) or [(0, None)]
    if kind == 1:
        return value.decode()
    if kind == 4:
        return struct.unpack("<d", value.to_bytes(8, "little"))[0]
    if kind == 5:
        return [any_value(item) for item in every(1, value)]
    return bool(value) if kind == 2 else value


class CloudWatch:
    """PutMetricData, JSON 1.0. CloudWatch cannot tell a repetition: neither does this; `repeated` is what came twice."""

    def __init__(self):
        self.bodies = []
        self.cost = Decimal(0)
        self.repeated = Decimal(0)
        self.signatures = []

    def take(self, headers, body):
        if headers["x-amz-target"] != "GraniteServiceVersion20100801.PutMetricData":
            return 400, b'{"__type":"UnknownOperationException"}'
        problem = self._problem(headers, body)
        if problem:
            return 400, json.dumps({"__type": "InvalidParameterValue", "message": problem}).encode()
        data = json.loads(body, parse_float=Decimal, parse_int=Decimal)
        cost = sum((d["StatisticValues"]["Sum"] for d in data["MetricData"] if d["MetricName"] == "Cost"), Decimal(0))
        if body in self.bodies:
            self.repeated += cost
        self.bodies.append(body)
        self.cost += cost
        return 200, b"{}"

    def _problem(self, headers, body):
        if not sigv4_holds(headers, body, "secret"):
            return "the signature does not hold"
        if len(body) > 1 << 20:
            return "more than 1 MB"
        data = json.loads(body)
        if len(data["MetricData"]) > 1000:
            return "more than 1000 metrics"
        for datum in data["MetricData"]:
            if len(datum.get("Dimensions", [])) > 30 or not time.time() - 14 * 86_400 < datum["Timestamp"] < time.time() + 7_200:
                return "dimensions or time"
        return None


def sigv4_holds(headers, body, secret):
    """AWS' Signature Version 4 of a POST to `/`, computed anew. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html"""
    parts = dict(p.strip().split("=", 1) for p in headers["authorization"].removeprefix("AWS4-HMAC-SHA256 ").split(","))
    names = parts["SignedHeaders"].split(";")
    if not {"host", "x-amz-date", "x-amz-target"} <= set(names):
        return False
    canonical = "\n".join(
        ["POST", "/", ""] + [f"{name}:{' '.join(headers[name].split())}" for name in names]
        + ["", parts["SignedHeaders"], hashlib.sha256(body).hexdigest()])
    _, day, region, service, _ = parts["Credential"].split("/")
    scope = f"{day}/{region}/{service}/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", headers["x-amz-date"], scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = ("AWS4" + secret).encode()
    for word in (day, region, service, "aws4_request"):
        key = hmac.new(key, word.encode(), hashlib.sha256).digest()
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == parts["Signature"] and service == "monitoring"


SECRET = "whsec_" + base64.b64encode(b"a secret of more than 24 bytes!!").decode()


class Hooks:
    """Standard Webhooks, signature checked, and Slack."""

    def __init__(self):
        self.messages = {}
        self.attempts = 0
        #: How far the sender's clock may be ahead of ours, in seconds.
        self.tolerance = 300
        self.slack = []

    def take(self, path, headers, body):
        self.attempts += 1
        if path.startswith("/slack"):
            self.slack.append(json.loads(body)["text"])
            return 200, b"ok"
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        signature = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if signature not in headers["webhook-signature"].split(" "):
            return 401, b"signature"
        if abs(time.time() - int(headers["webhook-timestamp"])) > self.tolerance:
            return 401, b"time"
        self.messages.setdefault(headers["webhook-id"], []).append(json.loads(body))
        return 200, b""
