"""Receipts: one per call that closed, complete, and together what the books hold as settled."""

import sqlite3
from decimal import Decimal

from support import DEAR, MIDDLE, NANO, Wire, ask, eventually

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


class Receipts:
    """The receipts' file of a gateway, read beside it."""

    def __init__(self, tmp_path):
        self.path = tmp_path / "ledger-receipts.db"

    def rows(self, sql="SELECT * FROM receipt ORDER BY id", *values):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(sql, values).fetchall()

    def wait_for(self, count):
        return eventually(lambda: len(rows := self.rows("SELECT * FROM receipt WHERE seq IS NOT NULL ORDER BY id")) >= count and rows)

    def settled(self):
        return self.rows("SELECT coalesce(sum(cost), 0) FROM receipt")[0][0] * NANO

    def name(self, kind, number):
        return self.rows("SELECT text FROM name WHERE kind = ? AND number = ?", kind, number)[0][0]


def test_a_receipt_tells_who_and_what(gateway, tmp_path):
    headers = {
        "X-Tenant-Id": "acme", "X-Bursar-User": "anna", "X-Bursar-Run": "run-7", "X-Bursar-Tags": "feature=search,env=prod",
        "traceparent": TRACE,
    }
    answer = gateway.chat(headers=headers)
    receipts = Receipts(tmp_path)
    [row] = receipts.wait_for(1)
    assert f"req-{row['id']}" == answer.headers["x-bursar-request-id"]
    assert row["cost"] * NANO == Decimal(answer.headers["x-bursar-cost"])
    assert receipts.name(0, row["tenant"]) == "acme"
    assert receipts.name(1, row["model"]) == DEAR
    assert receipts.name(2, row["user"]) == "anna"
    assert (row["run"], row["status"]) == ("run-7", 0)
    assert row["trace"].hex() == TRACE[3:35]
    assert row["generation"] == answer.json()["id"]
    assert row["input"] == answer.json()["usage"]["prompt_tokens"]
    tags = {tag["tag"] for tag in receipts.rows("SELECT tag FROM receipt_tag WHERE id = ?", row["id"])}
    assert tags == {"feature=search", "env=prod"}


def test_receipts_come_to_what_the_books_hold_as_settled(gateway, sandbox, tmp_path):
    for index in range(6):
        gateway.chat(model=[DEAR, MIDDLE][index % 2], headers={"X-Tenant-Id": "acme"}, stream=index % 3 == 0)
    sandbox.faults("rate_limit")
    gateway.chat(headers={"X-Tenant-Id": "acme"})
    receipts = Receipts(tmp_path)
    receipts.wait_for(7)
    assert receipts.settled() == Decimal(gateway.usage("acme")["daily"]["spentUsd"])
    for whose in ("= -1", "<> -1"):  # all tenants together, and each
        assert receipts.rows(f"SELECT sum(cost) FROM hourly WHERE tag = '' AND tenant {whose}")[0][0] * NANO == receipts.settled()


def test_a_client_that_hangs_up_leaves_a_receipt_that_is_not_closed(gateway, sandbox, tmp_path):
    sandbox.faults(first=200, between=200)
    with Wire(gateway.port) as wire:
        wire.post(ask(stream=True))
        wire.until(b"data: ")
    receipts = Receipts(tmp_path)
    row = eventually(lambda: receipts.rows("SELECT * FROM receipt WHERE seq IS NULL"))[0]
    assert row["cost"] is None and row["reserved"] > 0 and row["doubt"] is not None


def test_a_lost_file_is_made_anew(start, sandbox, tmp_path):
    gateway = start(sandbox)
    for _ in range(3):
        gateway.chat()
    receipts = Receipts(tmp_path)
    before = [tuple(row) for row in receipts.wait_for(3)]
    assert gateway.stop() == 0
    for file in tmp_path.glob("ledger-receipts.db*"):
        file.unlink()
    start(sandbox)
    assert [tuple(row) for row in receipts.wait_for(3)] == before
