"""Spans in a real Phoenix: under the project, with the exact cost, once."""

from decimal import Decimal

import httpx
from conftest import free_port, program, served
from support import DEAR, MIDDLE, booked, eventually

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def spans(url):
    answer = httpx.get(f"{url}/v1/projects/shop/spans", params={"limit": 100}, timeout=30)
    return answer.json()["data"] if answer.status_code == 200 else []


def test_phoenix_has_every_call_once_with_its_cost(start, sandbox, tmp_path):
    port, grpc = free_port(), free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        "PHOENIX_HOST": "127.0.0.1", "PHOENIX_PORT": str(port), "PHOENIX_GRPC_PORT": str(grpc),
        "PHOENIX_WORKING_DIR": str(tmp_path / "phoenix"), "PHOENIX_TELEMETRY_ENABLED": "false",
    }
    with served([program("phoenix"), "serve"], f"{url}/healthz", tmp_path, **environment):
        settings = {"PHOENIX_HOST": url, "PHOENIX_PROJECT": "shop", "EXPORT_INTERVAL_SECONDS": "0.3"}
        gateway = start(sandbox, FALLBACK_MODEL_CHAIN=MIDDLE, **settings)
        sandbox.faults({"fault": "rate_limit", "model": DEAR, "times": 1})
        gateway.chat(headers={"traceparent": TRACE, "X-Bursar-User": "anna"})
        gateway.chat()
        gateway.chat(stream=True)
        found = eventually(lambda: len(s := spans(url)) >= 4 and s, within=60, every=0.5)
        assert found, "spans are not in Phoenix"
        served_spans = [s for s in found if "bursar.cost_usd" in s["attributes"]]
        assert len(found) == 4 and len(served_spans) == 3, "a fallback is two spans, one with the cost"
        cost = sum((Decimal(s["attributes"]["bursar.cost_usd"]) for s in served_spans), Decimal(0))
        assert cost == booked(gateway.usage())[0]
        under = [s for s in found if s["context"]["trace_id"] == TRACE[3:35]]
        assert len(under) == 2 and {s["status_code"] for s in under} == {"ERROR", "UNSET"}
        assert all(s["parent_id"] == TRACE[36:52] for s in under)
        assert all(s["span_kind"] == "LLM" for s in found)
        # Sent again, as after a crash, the spans are the same spans.
        gateway.kill()
        gateway = start(sandbox, **settings)
        gateway.chat()
        assert eventually(lambda: len(spans(url)) == 5, within=60, every=0.5)
