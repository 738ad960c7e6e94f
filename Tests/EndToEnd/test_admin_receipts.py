"""Receipts through the admin API: filtered and in pages, summed, streamed out; and events as they happen."""

import csv
import io
import json
import threading
from decimal import Decimal

import httpx
import pytest
from support import CHEAP, DEAR, MIDDLE, eventually
from test_admin import ADMIN, ask, reason


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)


@pytest.fixture
def used(gateway):
    """Six calls of two tenants."""
    for index, model in enumerate([DEAR, CHEAP, MIDDLE, DEAR, CHEAP, CHEAP]):
        headers = {
            "X-Tenant-Id": ["acme", "beta"][index % 2], "X-Bursar-User": f"user-{index % 3}", "X-Bursar-Run": f"run-{index}",
            "X-Bursar-Tags": f"feature={['search', 'chat'][index % 2]},env=prod",
        }
        assert gateway.chat(model=model, headers=headers, max_tokens=50).status_code == 200
    assert eventually(lambda: len(listed(gateway)["receipts"]) == 6)
    return gateway


def listed(gateway, **query):
    answer = ask(gateway, "GET", "/api/admin/receipts", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestReceipts:
    def test_the_newest_first_in_pages(self, used):
        seen, before = [], None
        while True:
            page = listed(used, limit=4, **({"before": before} if before else {}))
            seen += page["receipts"]
            if not (before := page["next"]):
                break
        ids = [int(receipt["request"][4:]) for receipt in seen]
        assert ids == sorted(ids, reverse=True) and len(ids) == len(set(ids)) == 6
        total = sum(Decimal(r["costUsd"]) for r in seen if r["tenant"] == "acme")
        assert total == Decimal(used.usage("acme")["daily"]["spentUsd"])

    @pytest.mark.parametrize(
        "query,count",
        [
            ({"tenant": "acme"}, 3), ({"model": CHEAP}, 3), ({"user": "user-0"}, 2), ({"run": "run-5"}, 1),
            ({"tag": "feature=search"}, 3), ({"tag": "env=prod", "tenant": "beta"}, 3), ({"status": "answered"}, 6),
            ({"status": "unresolved"}, 0), ({"from": "2090-01-01T00:00:00Z"}, 0), ({"until": "2090-01-01T00:00:00Z"}, 6),
            ({"text": "run-"}, 6), ({"text": "req-1"}, 1), ({"tenant": "nobody"}, 0),
        ],
    )
    def test_filters(self, used, query, count):
        assert len(listed(used, **query)["receipts"]) == count

    def test_one(self, used):
        newest = listed(used, limit=1)["receipts"][0]
        assert ask(used, "GET", f"/api/admin/receipts/{newest['request']}").json() == newest
        assert newest["tags"] == ["feature=chat", "env=prod"] and newest["user"] == "user-2"
        assert newest["attempts"][-1]["model"] == newest["model"] == CHEAP
        assert reason(ask(used, "GET", "/api/admin/receipts/req-999")) == (404, "unknown_receipt")

    def test_no_prompt_and_no_answer(self, gateway):
        gateway.chat("a very secret prompt", model=CHEAP)
        eventually(lambda: listed(gateway)["receipts"])
        told = ask(gateway, "GET", "/api/admin/export").text
        assert "secret" not in told and CHEAP in told


class TestSpend:
    def test_sums_agree_with_the_receipts(self, used):
        receipts = listed(used)["receipts"]
        for by, key in [("tenant", "tenant"), ("model", "model"), ("provider", "provider")]:
            lines = ask(used, "GET", f"/api/admin/spend?by={by}").json()["lines"]
            wanted = {}
            for receipt in receipts:
                wanted[receipt[key] or ""] = wanted.get(receipt[key] or "", 0) + Decimal(receipt["costUsd"])
            assert {line[by]: Decimal(line["costUsd"]) for line in lines} == wanted, by
            costs = [Decimal(line["costUsd"]) for line in lines]
            assert costs == sorted(costs, reverse=True)
        [total] = ask(used, "GET", "/api/admin/spend").json()["lines"]
        assert total["calls"] == 6 and Decimal(total["costUsd"]) == sum(Decimal(r["costUsd"]) for r in receipts)

    def test_by_several_and_by_time_and_tag(self, used):
        lines = ask(used, "GET", "/api/admin/spend?by=tenant,model&tenant=acme").json()["lines"]
        assert {(line["tenant"], line["model"]) for line in lines} == {("acme", DEAR), ("acme", MIDDLE), ("acme", CHEAP)}
        [day] = ask(used, "GET", "/api/admin/spend?by=day").json()["lines"]
        assert day["calls"] == 6 and day["day"].endswith("T00:00:00Z")
        hours = ask(used, "GET", "/api/admin/spend?by=hour").json()["lines"]
        assert sum(hour["calls"] for hour in hours) == 6
        tags = ask(used, "GET", "/api/admin/spend?by=tag").json()["lines"]
        assert {line["tag"]: line["calls"] for line in tags} == {"env=prod": 6, "feature=search": 3, "feature=chat": 3}
        assert ask(used, "GET", "/api/admin/spend?tag=feature%3Dchat").json()["lines"][0]["calls"] == 3

    @pytest.mark.parametrize("query", ["by=year", "by=tenant,", "by=", "from=yesterday", "limit=0", "tag=x"])
    def test_what_is_no_question(self, gateway, query):
        assert reason(ask(gateway, "GET", f"/api/admin/spend?{query}")) == (400, "invalid_field")


class TestExport:
    def test_lines_of_json_and_of_a_table_say_the_same(self, used):
        answer = ask(used, "GET", "/api/admin/export")
        assert answer.headers["content-type"] == "application/jsonl"
        receipts = [json.loads(line) for line in answer.text.splitlines()]
        assert receipts == listed(used)["receipts"]
        table = ask(used, "GET", "/api/admin/export?format=csv")
        assert table.headers["content-type"].startswith("text/csv")
        rows = list(csv.DictReader(io.StringIO(table.text)))
        assert [row["request"] for row in rows] == [receipt["request"] for receipt in receipts]
        assert [row["costUsd"] for row in rows] == [receipt["costUsd"] for receipt in receipts]
        assert len(ask(used, "GET", "/api/admin/export?tenant=acme").text.splitlines()) == 3

    def test_it_goes_beyond_one_page(self, gateway, tmp_path):
        import sqlite3

        gateway.chat(model=CHEAP)
        assert eventually(lambda: listed(gateway)["receipts"])
        with sqlite3.connect(tmp_path / "ledger-receipts.db") as db:
            db.execute("CREATE TEMP TABLE one AS SELECT * FROM receipt")
            db.execute(
                "WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 3000) "
                "INSERT INTO receipt SELECT n.i, n.i, at, closed, tenant, model, user, run, generation, trace, status, reserved, cost, "
                "saved, input, output, evidence, doubt, details FROM one, n")
        ids = [json.loads(line)["request"] for line in ask(gateway, "GET", "/api/admin/export").text.splitlines()]
        assert ids == [f"req-{number}" for number in range(3000, 999, -1)] + ["req-1"]

    def test_a_spreadsheet_takes_nothing_for_a_formula(self, gateway):
        gateway.chat(model=CHEAP, headers={"X-Bursar-User": '=HYPERLINK("x","y")', "X-Bursar-Run": "a,b"})
        eventually(lambda: listed(gateway)["receipts"])
        [row] = csv.DictReader(io.StringIO(ask(gateway, "GET", "/api/admin/export?format=csv").text))
        assert row["user"] == "'=HYPERLINK(\"x\",\"y\")" and row["run"] == "a,b"


class TestEvents:
    def test_a_listener_is_told_when_a_budget_is_used_up(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, DEFAULT_DAILY_BUDGET="0.02")
        events, listens = [], threading.Event()

        def listen():
            with httpx.Client(base_url=gateway.url, timeout=20, trust_env=False) as client:
                with client.stream("GET", "/api/admin/events", headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
                    assert answer.headers["content-type"] == "text/event-stream"
                    for line in answer.iter_lines():
                        if line.startswith(": listening"):
                            listens.set()
                        if line.startswith("data: "):
                            events.append(json.loads(line[6:]))
                            return

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        assert listens.wait(10)
        gateway.spend(1400, tenant="acme")
        thread.join(10)
        assert events and events[0]["type"].startswith("budget.")
        assert events[0]["data"]["tenant"] == "acme" and events[0]["data"]["period"] == "day"

    def test_they_end_when_the_gateway_does(self, gateway):
        with gateway.http.stream("GET", "/api/admin/events", headers={"Authorization": f"Bearer {ADMIN}"}) as answer:
            lines = answer.iter_lines()
            assert next(lines) == ": listening"
            assert gateway.stop() == 0
            assert not [line for line in lines if line and not line.startswith(":")]
