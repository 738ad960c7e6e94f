"""A real Prometheus scrapes the gateway, adds up its cost, and takes the alert rules."""

import pathlib
import subprocess
from decimal import Decimal

import httpx
from conftest import free_port, program, served
from support import MIDDLE, booked, eventually

RULES = pathlib.Path(__file__).resolve().parents[2] / "deploy/prometheus/bursar.rules.yml"


def test_promtool_takes_the_rules_and_the_metrics(start, sandbox):
    promtool = program("promtool")
    checked = subprocess.run([promtool, "check", "rules", str(RULES)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    gateway = start(sandbox, LOKI_HOST="http://127.0.0.1:1")
    gateway.chat()
    text = gateway.http.get("/metrics").text
    linted = subprocess.run([promtool, "check", "metrics"], input=text, capture_output=True, text=True)
    assert linted.returncode == 0 and not linted.stderr, linted.stdout + linted.stderr
    for name in ("bursar_budget_remaining_usd", "bursar_tokens_total", "bursar_export_lag_seconds"):
        assert f"# TYPE {name} " in text


def test_prometheus_adds_up_what_the_books_hold(start, sandbox, tmp_path):
    gateway = start(sandbox)
    for index in range(6):
        gateway.chat(model=MIDDLE, headers={"X-Tenant-Id": ["acme", "beta"][index % 2]})
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    config = tmp_path / "prometheus.yml"
    config.write_text(
        f"global: {{scrape_interval: 1s, evaluation_interval: 1s}}\nrule_files: ['{RULES}']\n"
        f"scrape_configs: [{{job_name: bursar, static_configs: [{{targets: ['127.0.0.1:{gateway.port}']}}]}}]\n")
    command = [
        program("prometheus"), f"--config.file={config}", f"--storage.tsdb.path={tmp_path / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}"]
    with served(command, f"{url}/-/ready", tmp_path):

        def ask(query):
            result = httpx.get(f"{url}/api/v1/query", params={"query": query}, timeout=10).json()["data"]["result"]
            return Decimal(result[0]["value"][1]) if result else None

        spent = sum(booked(gateway.usage(tenant))[0] for tenant in ("acme", "beta"))
        assert eventually(lambda: ask("sum(bursar_cost_usd_total)") == spent, within=30, every=0.3)
        assert ask('bursar_budget_used_usd{tenant="acme",window="day"}') == booked(gateway.usage("acme"))[0]
        rules = httpx.get(f"{url}/api/v1/rules", timeout=10).json()["data"]["groups"]
        assert all(rule["health"] in ("ok", "unknown") for group in rules for rule in group["rules"])
