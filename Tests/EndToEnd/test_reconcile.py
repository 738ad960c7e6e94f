"""What a call cost that ended without telling is found out: by its record, by the key's usage, by an operator."""

import json
import re
import time
from decimal import Decimal

import pytest
from endpoints import ALL, STREAMED, name
from support import DEAR, NANO, ask, booked, eventually

# Seconds that a test can wait for; in earnest they are minutes.
QUICK = {
    "RECONCILE_KEY_SECONDS": "0.3",
    "RECONCILE_LAG_SECONDS": "0",
    "RECONCILE_QUIET_SECONDS": "1",
}


def nano(amount):
    return amount.quantize(NANO, rounding="ROUND_HALF_UP")


def settled(gateway, sandbox, within=20):
    """The books hold the sandbox's own bill to the nanodollar, and nothing is in doubt."""

    def check():
        spent, unresolved = booked(gateway.usage())
        bill = sum(nano(Decimal(record["costUsd"])) for record in sandbox.records())
        return unresolved == 0 and gateway.usage()["daily"]["reservedUsd"] == "0" and spent == bill

    assert eventually(check, within=within), (booked(gateway.usage()), sandbox.billed(), gateway.log())


class TestByItsRecord:
    @pytest.mark.parametrize("fault", ["missing_usage", "null_cost", "cut_stream", "truncated_json"])
    def test_a_stream_without_a_cost(self, gateway, sandbox, fault):
        gateway.stream(f"[sandbox:{fault}][sandbox:tokens=40]", max_tokens=200)
        settled(gateway, sandbox)

    @pytest.mark.parametrize("fault", ["missing_usage", "cut_stream", "broken_json"])
    def test_a_whole_answer_without_a_cost(self, gateway, sandbox, fault):
        gateway.chat(f"[sandbox:{fault}][sandbox:tokens=40]", max_tokens=200)
        settled(gateway, sandbox)

    def test_a_call_on_the_accounts_own_provider_key(self, gateway, sandbox):
        sandbox.faults("byok")
        assert gateway.chat("[sandbox:tokens=40]", max_tokens=200).status_code == 200
        settled(gateway, sandbox)

    def test_a_cache_discount_below_zero_is_in_the_cost_already(self, gateway, sandbox):
        """Told whole, at a stream's end, and by the record of a stream that its client left."""
        sandbox.faults("negative_discount", between=10)
        answer = gateway.chat("[sandbox:tokens=40]", max_tokens=200)
        assert answer.json()["usage"]["cache_discount"] < 0
        assert Decimal(answer.headers["x-bursar-cost"]) == nano(Decimal(sandbox.records()[-1]["costUsd"]))
        assert gateway.stream("[sandbox:tokens=40]", max_tokens=200).usage["cache_discount"] < 0
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=500]", max_tokens=500, stream=True))
            wire.until(b'"content":" ')
        settled(gateway, sandbox)
        assert sandbox.records()[-1]["status"] == "cancelled"

    @pytest.mark.parametrize("streamed", [False, True], ids=["whole", "streamed"])
    def test_a_cost_with_an_exponent(self, gateway, sandbox, streamed):
        sandbox.faults("exponent_cost")
        assert gateway.chat("[sandbox:tokens=40]", max_tokens=200, stream=streamed).status_code == 200
        settled(gateway, sandbox)

    @pytest.mark.parametrize("path", ALL, ids=name)
    def test_odd_costs_and_none_on_every_path(self, gateway, sandbox, path):
        faults = ["negative_discount", "exponent_cost", "missing_usage", "null_cost", "lying_usage", "byok"]
        ways = [False, True] if path.streams else [False]
        for fault in faults:
            for stream in ways:
                answer = path.ask(gateway, f"Hello [sandbox:{fault}][sandbox:tokens=40]", stream=stream)
                assert answer.status_code == 200, answer.text
                assert ('"cache_discount":-' in answer.text) == (fault == "negative_discount"), fault
        settled(gateway, sandbox)
        assert len(sandbox.records()) == len(faults) * len(ways) and sandbox.billed() > 0

    @pytest.mark.parametrize("path", STREAMED, ids=name)
    @pytest.mark.parametrize("fault", ["negative_discount", "byok"])
    def test_odd_costs_of_a_client_that_left(self, gateway, sandbox, path, fault):
        sandbox.faults(fault, between=20)
        with gateway.wire() as wire:
            wire.post(json.dumps(path.body("[sandbox:tokens=500]", limit=500, stream=True)), path=f"/v1{path.path}")
            assert eventually(lambda: sandbox.bill()["inFlight"] == 1)
            wire.until(b"data: ")
        settled(gateway, sandbox)
        assert sandbox.records()[-1]["status"] == "cancelled"

    def test_a_client_that_left(self, gateway, sandbox):
        sandbox.faults(between=20)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=500]", max_tokens=500, stream=True))
            wire.until(b'"content":" ')
        settled(gateway, sandbox)
        assert sandbox.records()[-1]["completionTokens"] < 100

    def test_a_record_that_comes_late(self, gateway, sandbox):
        sandbox.http.put("/sandbox/faults", json={"generationDelayMs": 5000})
        gateway.stream("[sandbox:missing_usage][sandbox:tokens=40]", max_tokens=200)
        assert booked(gateway.usage())[1] > 0
        settled(gateway, sandbox)

    def test_after_kill_9(self, start, sandbox):
        gateway = start(sandbox)
        sandbox.faults(between=50)
        with gateway.wire() as wire:
            wire.post(ask("[sandbox:tokens=100]", max_tokens=200, stream=True))
            wire.until(b'"content":" ')
            gateway.kill()
        gateway = start(sandbox)
        assert booked(gateway.usage())[1] > 0, "a call in flight counts as spent"
        settled(gateway, sandbox)

    def test_an_overrun_is_booked_in_full(self, gateway, sandbox):
        sandbox.faults("overrun")
        gateway.chat("[sandbox:tokens=40]", max_tokens=100)
        settled(gateway, sandbox)


class TestByTheKeysUsage:
    def test_a_call_that_nobody_charged_is_given_back(self, start, sandbox):
        """No head came, so no id is known; the key did not grow, so nothing was charged."""
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="0.5", **QUICK)
        sandbox.faults({"fault": "hang", "times": 2}, seed=unbilled_seed(sandbox))
        gateway.chat(max_tokens=500)
        assert sandbox.billed() == 0
        assert booked(gateway.usage())[1] > Decimal("0.007")
        assert eventually(lambda: booked(gateway.usage())[1] < Decimal("0.0000001"), within=15), gateway.log()

    def test_one_that_was_charged_is_not(self, start, sandbox):
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="0.5", **QUICK)
        sandbox.faults({"fault": "hang", "times": 2}, seed=billed_seed(sandbox))
        gateway.chat("[sandbox:tokens=100]", max_tokens=500)
        assert sandbox.billed() > 0
        time.sleep(4)
        spent, unresolved = booked(gateway.usage())
        assert spent + unresolved >= sandbox.billed()

    def test_what_nothing_tells_is_booked_in_the_end(self, start, sandbox):
        settings = {**QUICK, "RECONCILE_ASSUME_AFTER_SECONDS": "2", "RECONCILE_QUIET_SECONDS": "3600"}
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="0.5", **settings)
        sandbox.faults("hang")
        gateway.chat(max_tokens=500)
        held = booked(gateway.usage())[1]
        assert held > 0
        assert eventually(lambda: booked(gateway.usage()) == (held, 0), within=15), gateway.log()
        assert "nothing told what a call cost" in gateway.log()

    def test_what_was_booked_and_never_charged_goes_back_to_the_global_budget(self, start, sandbox):
        """Of all calls together the key tells more than of one; the tenant's own budget stays on the safe side."""
        admin = {"Authorization": "Bearer admin-token-of-this-test"}
        settings = {**QUICK, "RECONCILE_ASSUME_AFTER_SECONDS": "1", "RECONCILE_QUIET_SECONDS": "3"}
        gateway = start(
            sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="0.5", GLOBAL_DAILY_BUDGET="50",
            BURSAR_ADMIN_TOKEN="admin-token-of-this-test", **settings)
        sandbox.faults({"fault": "hang", "times": 2}, seed=unbilled_seed(sandbox))
        gateway.chat(max_tokens=500)
        assert sandbox.billed() == 0
        booked_at = eventually(lambda: booked(gateway.usage())[1] == 0 and booked(gateway.usage())[0], within=10)
        assert booked_at > Decimal("0.007"), gateway.log()
        whole = lambda: gateway.http.get("/api/admin/budgets/global/day", headers=admin).json()["window"]
        assert eventually(lambda: Decimal(whole()["spentUsd"]) < Decimal("0.0000001"), within=20), gateway.log()
        assert booked(gateway.usage()) == (booked_at, 0)
        assert gateway.chat("[sandbox:tokens=40]", max_tokens=200).status_code == 200
        assert Decimal(whole()["spentUsd"]) >= sandbox.billed() > 0
        verified = gateway.http.get("/api/admin/verify", headers=admin).json()
        assert verified["holds"], verified
        gateway.stop()
        again = start(sandbox, BURSAR_ADMIN_TOKEN="admin-token-of-this-test", GLOBAL_DAILY_BUDGET="50")
        kept = again.http.get("/api/admin/budgets/global/day", headers=admin).json()["window"]
        assert sandbox.billed() <= Decimal(kept["spentUsd"]) < sandbox.billed() + Decimal("0.0000001")


def billed_seed(sandbox):
    return _seed(sandbox, True)


def unbilled_seed(sandbox):
    return _seed(sandbox, False)


def _seed(sandbox, billed):
    """A seed under which the sandbox charges, or does not charge, both calls that nobody waits for."""
    for seed in range(1, 60):
        draws = [Seeded(seed)]
        first, second = draws[0].next() & 1 == 0, draws[0].next() & 1 == 0
        if first == second == billed:
            return seed
    raise AssertionError("no such seed")


class Seeded:
    """The sandbox's own generator: SplitMix64, https://prng.di.unimi.it/splitmix64.c"""

    MASK = (1 << 64) - 1

    def __init__(self, seed):
        self.state = seed

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & self.MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & self.MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & self.MASK
        return mixed ^ (mixed >> 31)


class TestOutsideSpend:
    def test_a_rise_that_no_call_explains_is_booked_and_told(self, start, sandbox):
        gateway = start(sandbox, GLOBAL_DAILY_BUDGET="10", **QUICK)
        gateway.chat("[sandbox:tokens=20]", max_tokens=20)
        assert sandbox.http.post("/sandbox/spend", json={"usd": "9.999"}).status_code == 200
        assert eventually(lambda: "used by others" in gateway.log(), within=10)
        told = re.search(r"^bursar_outside_spend_usd_total (\S+)", gateway.http.get("/metrics").text, re.M)
        assert Decimal("9.9989") < Decimal(told.group(1)) <= Decimal("9.999"), "but for the rounding of single calls"
        refused = gateway.chat(max_tokens=2000)
        assert refused.status_code == 429, "what others spent counts on the global budget"
        assert booked(gateway.usage())[0] == nano(sandbox.billed()), "and on no tenant's"

    def test_a_new_ledger_opens_with_what_the_key_has_used(self, start, sandbox):
        sandbox.http.post("/sandbox/spend", json={"usd": "4.5"})
        gateway = start(sandbox, GLOBAL_DAILY_BUDGET="4.5", **QUICK)
        assert gateway.chat(max_tokens=20).status_code == 429

    def test_our_own_calls_are_nobody_elses(self, start, sandbox):
        gateway = start(sandbox, **QUICK)
        for _ in range(10):
            gateway.chat("[sandbox:tokens=50]", max_tokens=50)
            time.sleep(0.1)
        time.sleep(1.5)
        assert "used by others" not in gateway.log()

    def test_warns_of_a_key_without_a_limit(self, gateway):
        assert "no limit of its own" in gateway.log()
