"""A loop that calls fifty times a second at five cents, against a month's budget.

`SPEND_PER_MINUTE_USD` is two percent of the month. The loop begins at a minute's start and goes on over the minute's end, as fast as a
broken program would: it asks again whatever it is told.

What has to hold:
- the first refusal comes within ten seconds, and until the minute ends nothing is served any more;
- all refusals are 429 `spend_rate_exceeded`;
- what the provider billed in the minute, and what the books hold, is no more than two percent of the month's cap;
- when the minute ends calls are served again, for two percent more at most; the tenant is not stopped, and others never were.
"""

import argparse
import dataclasses
import sys
import threading
import time
from decimal import Decimal

import common
from common import Client, Gateway, Sandbox, chat

TENANT, OTHER = "loop", "other"
PER_SECOND = 50
CALL_USD = Decimal("0.05")
SHARE = Decimal("0.02")
STOPPED_WITHIN_SECONDS = 10
#: $14 a million output tokens; the prompt adds a hair.
MODEL, TOKENS = "openai/gpt-5.2", 3570
CLIENTS = 24


@dataclasses.dataclass
class Seen:
    """One call: when it was answered, seconds after the loop's first, and how."""

    asked: float
    answered: float
    wall: float
    outcome: common.Outcome


class Loop:
    def __init__(self, port, seconds):
        self.port, self.seconds = port, seconds
        self.seen = []
        self.lock = threading.Lock()
        self.next = 0

    def run(self):
        self.began = time.monotonic()
        threads = [threading.Thread(target=self.work) for _ in range(CLIENTS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sorted(self.seen, key=lambda seen: seen.answered)

    def work(self):
        client = Client()
        body = chat(MODEL, f"[sandbox:tokens={TOKENS}] again", stream=False, limit=TOKENS)
        while True:
            with self.lock:
                at = self.began + self.next / PER_SECOND
                self.next += 1
            if at > self.began + self.seconds:
                return client.close()
            time.sleep(max(0, at - time.monotonic()))
            asked = time.monotonic()
            outcome = client.call(self.port, TENANT, body, asked + 30)
            with self.lock:
                self.seen.append(Seen(asked - self.began, time.monotonic() - self.began, time.time(), outcome))


def prove(month, after_seconds):
    violations = []

    def violate(what):
        violations.append(what)

    with common.workshop() as (directory, started):
        sandbox = Sandbox(directory)
        started.append(sandbox.program)
        rate = month * SHARE
        gateway = Gateway(
            sandbox, directory, f"{directory}/loop.db", DEFAULT_DAILY_BUDGET="none", DEFAULT_MONTHLY_BUDGET=str(month),
            SPEND_PER_MINUTE_USD=str(rate), WAIT_SECONDS="0").wait()
        started.append(gateway.program)
        # Into the minute far enough that it is this minute for everybody, early enough that all of it is seen.
        time.sleep(60.2 - time.time() % 60)
        minute = int(time.time() // 60) * 60
        till_end = 60 - time.time() % 60
        bills = {}

        def look():
            time.sleep(till_end - 0.7)
            bills["minute"] = Decimal(sandbox.bill()["totalUsd"])
            bills["books"] = gateway.usage(TENANT)
            bills["other"] = gateway.client.post(
                "/v1/chat/completions", content=chat(MODEL, "Hello", stream=False, limit=10),
                headers={"X-Tenant-Id": OTHER, "Content-Type": "application/json"}).status_code

        watcher = threading.Thread(target=look)
        watcher.start()
        seen = Loop(gateway.port, till_end + after_seconds).run()
        watcher.join()
        first_minute = [one for one in seen if one.wall < minute + 59.5]
        later = [one for one in seen if minute + 60 <= one.wall]
        served = [one for one in first_minute if one.outcome.is_admitted]
        refused = [one for one in first_minute if not one.outcome.is_admitted]
        if not refused or refused[0].answered > STOPPED_WITHIN_SECONDS:
            violate(f"the first refusal came after {refused[0].answered if refused else 'ever so long'} s")
        stopped = max((one.answered for one in served), default=0.0)
        if stopped > STOPPED_WITHIN_SECONDS:
            violate(f"a call was served {stopped:.1f} s after the loop began")
        wrong = {(one.outcome.status, one.outcome.reason) for one in refused} - {(429, "spend_rate_exceeded")}
        if wrong:
            violate(f"refused in other words: {wrong}")
        for name, spent in [("billed", bills["minute"]), ("booked", bills["books"].counted)]:
            if spent > rate:
                violate(f"{spent} was {name} in the minute, more than {rate}")
        again = sum(one.outcome.is_admitted for one in later)
        if not again:
            violate("nothing is served in the next minute")
        after = Decimal(sandbox.bill()["totalUsd"]) - bills["minute"]
        if after > rate:
            violate(f"{after} was billed in the next minute, more than {rate}")
        if bills["other"] != 200:
            violate(f"another tenant got {bills['other']}")
        state = gateway.client.get(f"/api/usage/{TENANT}").json()
        if not state["withinBudget"]:
            violate(f"the tenant is {state['state']}")
        gateway.program.stop()
        costs = [one.outcome.cost for one in served if one.outcome.cost is not None]
        print(
            f"month ${month}, at most ${rate} a minute: {len(first_minute)} calls asked in the first minute, {len(served)} served at "
            f"${max(costs, default=0)} each, {len(refused)} refused\n"
            f"  first refusal after {refused[0].answered if refused else 0:.2f} s, last call served after {stopped:.2f} s\n"
            f"  billed ${bills['minute']} in the minute = {bills['minute'] / month:.3%} of the month; unstopped it would have been "
            f"${CALL_USD * PER_SECOND * 60}\n"
            f"  next minute: {again} served for ${after}, tenant {state['state']}, another tenant got {bills['other']}\n"
            f"  {len(violations)} violations")
        for violation in violations:
            print(f"    {violation}")
    return violations


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--month", type=Decimal, default=Decimal(50), help="the month's budget in USD")
    parser.add_argument("--after", type=int, default=8, help="seconds to go on after the minute")
    options = parser.parse_args()
    return 1 if prove(options.month, options.after) else 0


if __name__ == "__main__":
    sys.exit(main())
