"""Receipts reach every sink, once, whatever happens between; and the settings of sinks can be tried."""

import json
import subprocess
from decimal import Decimal

import httpx
import pytest
from page import read
from support import BINARY, DEAR, MIDDLE, booked, eventually
from test_receipts import Receipts

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def spent(gateway, *tenants):
    return sum((booked(gateway.usage(tenant))[0] for tenant in tenants or ("default",)), Decimal(0))


def test_every_receipt_reaches_loki_and_cloudwatch(start, sandbox, sinks):
    gateway = start(sandbox, **sinks.settings)
    for index in range(4):
        gateway.chat(model=[DEAR, MIDDLE][index % 2], headers={"X-Tenant-Id": "acme", "traceparent": TRACE}, stream=index == 3)
    total = spent(gateway, "acme")
    assert total > 0
    assert eventually(lambda: len(sinks.loki.lines) == 4)
    assert sinks.loki.cost == total and not sinks.loki.refused
    assert eventually(lambda: sinks.cloudwatch.cost == total)
    line = sinks.loki.lines[0]
    assert (line["tenant"], line["model"], line["traceId"]) == ("acme", DEAR, TRACE[3:35])
    assert line["generationId"].startswith("gen-")
    assert "Hello" not in json.dumps([str(entry) for entry in sinks.loki.entries])
    datum = json.loads(sinks.cloudwatch.bodies[0])
    assert datum["Namespace"] == "LLM/Costs"
    money = {d["MetricName"] for d in datum["MetricData"] if "cost" in d["MetricName"].lower() or "spend" in d["MetricName"].lower()}
    assert money == {"Cost"}
    assert all([d["Name"] for d in m["Dimensions"]] == ["Tenant", "Model"] for m in datum["MetricData"])


def test_spans_stand_under_the_callers_trace(start, sandbox, sinks):
    gateway = start(sandbox, **sinks.settings)
    gateway.chat(headers={"traceparent": TRACE, "X-Bursar-User": "anna", "X-Bursar-Run": "run-1", "X-Bursar-Tags": "env=prod"})
    assert eventually(lambda: sinks.otlp.spans)
    [span] = sinks.otlp.spans.values()
    assert (span.trace, span.parent) == (TRACE[3:35], TRACE[36:52])
    told = span.attributes
    assert span.resource["service.name"] == "bursar"
    assert (span.name, told["openinference.span.kind"], told["llm.model_name"]) == (f"chat {DEAR}", "LLM", DEAR)
    assert (told["user.id"], told["session.id"], told["tag.tags"]) == ("anna", "run-1", ["env=prod"])
    assert told["llm.token_count.prompt"] > 0 and told["gen_ai.usage.output_tokens"] > 0
    assert span.cost == spent(gateway) and abs(told["llm.cost.total"] - float(span.cost)) < 1e-15
    assert span.end >= span.start > 0 and not span.is_error
    assert sinks.otlp.requests[0][0]["x-own"] == "a b"


def test_a_fallback_is_two_spans_and_the_cost_stands_on_one(start, sandbox, sinks):
    sandbox.faults({"fault": "rate_limit", "model": DEAR, "times": 1})
    gateway = start(sandbox, FALLBACK_MODEL_CHAIN=MIDDLE, **sinks.settings)
    gateway.chat()
    assert eventually(lambda: len(sinks.otlp.spans) == 2)
    failed, served = sorted(sinks.otlp.spans.values(), key=lambda span: span.start)
    assert failed.is_error and failed.cost is None and failed.attributes["error.type"] == "rate_limited"
    assert served.cost == spent(gateway) and served.attributes["bursar.moved"] == "failure"
    assert failed.trace == served.trace and failed.id != served.id


def test_an_outage_loses_nothing_and_is_told(start, sandbox, sinks):
    sinks.is_off = True
    gateway = start(sandbox, **sinks.settings)
    for _ in range(3):
        gateway.chat()
    metrics = eventually(
        lambda: 'bursar_export_behind{sink="loki"} 3' in (text := gateway.http.get("/metrics").text) and text, within=10)
    assert 'bursar_export_failures_total{sink="loki"}' in metrics
    def failing():
        ready = gateway.http.get("/api/ready")
        assert ready.status_code == 200, "an export that fails refuses no calls"
        return {e["sink"] for e in ready.json()["exports"] if e["problem"]}

    assert eventually(lambda: failing() == {"loki", "otlp", "cloudwatch"}, within=20)
    assert sinks.loki.lines == []
    sinks.is_off = False
    assert eventually(lambda: len(sinks.loki.lines) == 3, within=20)
    assert sinks.loki.cost == spent(gateway)
    assert eventually(lambda: 'bursar_export_sent_total{sink="loki"} 3' in gateway.http.get("/metrics").text)


def test_a_kill_loses_nothing(start, sandbox, sinks, tmp_path):
    sinks.is_off = True
    gateway = start(sandbox, **sinks.settings)
    for _ in range(3):
        gateway.chat()
    # An answer may come a moment before its settlement is on disk; a kill in between leaves the call to the reconciler.
    assert Receipts(tmp_path).wait_for(3)
    gateway.kill()
    sinks.is_off = False
    gateway = start(sandbox, **sinks.settings)
    assert eventually(lambda: len(sinks.loki.lines) == 3, within=20)
    assert eventually(lambda: sinks.cloudwatch.cost == spent(gateway), within=20)
    gateway.chat()
    assert eventually(lambda: len(sinks.loki.lines) == 4)
    assert sinks.loki.cost == spent(gateway)


def test_what_is_left_at_the_end_is_sent(start, sandbox, sinks):
    gateway = start(sandbox, **sinks.settings | {"EXPORT_INTERVAL_SECONDS": "600"})
    gateway.chat()
    total = spent(gateway)
    assert gateway.stop() == 0
    assert sinks.loki.cost == total and sinks.cloudwatch.cost == total


def test_embedded_metrics_are_lines_on_the_standard_output(start, sandbox):
    gateway = start(sandbox, CLOUDWATCH_ENABLED="emf", EXPORT_INTERVAL_SECONDS="0.2")
    gateway.chat(headers={"X-Tenant-Id": "acme"})
    line = eventually(lambda: next((line for line in gateway.greeting if '"_aws"' in line), None))
    metric = json.loads(line, parse_float=Decimal)
    assert metric["Tenant"] == "acme" and sum(metric["Cost"]) == spent(gateway, "acme")


def config_check(tmp_path, *arguments, **settings):
    return subprocess.run(
        [BINARY, "config", "check", *arguments], cwd=tmp_path, env={"PATH": "", **settings}, capture_output=True, text=True,
        timeout=60)


def test_config_check_sends_one_marked_test_to_every_sink(sinks, tmp_path):
    answer = config_check(tmp_path, "--live", **sinks.settings, SLACK_WEBHOOK_URL=sinks.url + "/slack")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert all(f"{name}: ok" in answer.stdout for name in ("loki", "otlp", "cloudwatch", "slack"))
    assert sinks.loki.lines == [] and len(sinks.loki.entries) == 1, "a test is no receipt"
    assert sinks.cloudwatch.cost == 0 and len(sinks.cloudwatch.bodies) == 1
    assert len(sinks.hooks.slack) == 1
    sinks.is_off = True
    answer = config_check(tmp_path, "--live", "--json", **sinks.settings)
    assert answer.returncode == 1
    assert [sink["ok"] for sink in json.loads(answer.stdout)["sinks"]] == [False, False, False]
    assert "secret" not in answer.stdout


@pytest.mark.parametrize("name, value", [
    ("LOKI_HOST", "ftp://logs"), ("PHOENIX_HOST", "http://"), ("OTEL_EXPORTER_OTLP_HEADERS", "novalue"),
    ("CLOUDWATCH_ENABLED", "yes"), ("WEBHOOK_SECRET", "short"), ("EXPORT_INTERVAL_SECONDS", "often"),
])
def test_a_setting_that_cannot_be_read_is_named(tmp_path, name, value):
    others = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1", "WEBHOOK_URL": "http://127.0.0.1:1"}
    answer = config_check(tmp_path, **others | {name: value})
    assert answer.returncode == 1 and name in answer.stderr


def test_cloudwatch_needs_a_region(tmp_path):
    answer = config_check(tmp_path, CLOUDWATCH_ENABLED="true")
    assert answer.returncode == 1 and "AWS_REGION" in answer.stderr


def test_the_health_page_shows_how_each_sink_gets_on(start, sandbox, sinks):
    gateway = start(sandbox, **sinks.settings)

    def rows():
        table = read(httpx.get(gateway.url + "/health", trust_env=False).text).one("div", id="exports").one("tbody")
        return {row.one("th").words: row.words for row in table.all("tr")}

    gateway.chat()
    assert eventually(lambda: all("sends" in words and "up to date" in words for words in rows().values()))
    assert {"loki", "otlp", "cloudwatch"} <= rows().keys()
    sinks.is_off = True
    gateway.chat()
    assert eventually(lambda: "fails" in rows()["loki"], within=20)
    assert gateway.chat().status_code == 200, "no call waits for a sink"
