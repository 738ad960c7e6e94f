"""A ledger whose last entry is ahead of the clock: one of the two is wrong, so calls are refused until an operator says so."""

import datetime

import pytest
from support import booked
from test_refusals import refused

DAY = 86_400


def test_ledger_a_day_ahead_of_the_clock_refuses_calls_until_told(start, sandbox, clock):
    gateway = start(sandbox, **clock(3 * DAY))
    assert gateway.spend(100).status_code == 200
    then = booked(gateway.usage())
    assert then[0] > 0
    gateway.stop()

    gateway = start(sandbox)
    refused(gateway.chat(), 503, "ledger_unavailable", "server_error")
    ready = gateway.http.get("/api/ready")
    assert ready.status_code == 503
    assert "--accept-clock" in ready.text and "set the clock right" in ready.text
    assert "--accept-clock" not in "".join(gateway.greeting)
    assert sandbox.calls() == 1
    gateway.stop()

    gateway = start(sandbox, flags=["--accept-clock"])
    assert "--accept-clock" in "".join(gateway.greeting)
    assert gateway.http.get("/api/ready").status_code == 200
    assert gateway.spend(100).status_code == 200
    usage = gateway.usage()
    assert booked(usage)[0] == 2 * then[0]
    day = datetime.datetime.fromisoformat(usage["daily"]["windowStart"])
    assert day - datetime.datetime.now(datetime.timezone.utc) > datetime.timedelta(days=1)


def test_ledger_less_than_a_day_ahead_goes_on_at_its_own_time(start, sandbox, clock):
    gateway = start(sandbox, **clock(DAY - 600))
    assert gateway.spend(100).status_code == 200
    gateway.stop()
    gateway = start(sandbox)
    assert gateway.spend(100).status_code == 200
    assert gateway.usage()["models"][0]["requests"] == 2


def test_clock_that_goes_on_is_never_asked_about(start, sandbox, clock):
    gateway = start(sandbox)
    assert gateway.spend(100).status_code == 200
    gateway.stop()
    gateway = start(sandbox, **clock(40 * DAY))
    assert gateway.http.get("/api/ready").status_code == 200
    assert gateway.spend(100).status_code == 200
    assert gateway.usage()["daily"]["spentUsd"] == gateway.usage()["monthly"]["spentUsd"]
