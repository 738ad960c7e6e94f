"""A shop in Berlin over the night in which summer time ends: three calendar days, the middle one with 25 hours.

The gateway and the sandbox run on a wall clock that goes four hundred times as fast (libfaketime; timers keep their pace). Customers
come and go with the hour, one call in a hundred never gets an answer, and the daily cap runs out in the evening. What has to
hold, looked at shortly before each local midnight, when the shop is closed:

- the day's window begins and ends where the calendar says, 25 hours apart on the long day;
- settled + unresolved is at least what the provider billed that day, and at most the cap; without doubts it is equal;
- a call that runs over midnight counts in the day in which it was admitted (libfaketime holds the sandbox's timers for half a minute
  at times, then the client gives up: that is said, and what is not known yet counts in the old day all the same);
- the next day begins with nothing spent and as `active`;
- the month is at least the bill and at most the sum of what its days were booked at: a doubt that is settled from the provider's
  record a day later makes both the month and the old day smaller.
"""

import argparse
import dataclasses
import datetime
import glob
import json
import math
import random
import sys
import threading
import time
import zoneinfo
from decimal import Decimal

import common
import httpx
from common import Client, Gateway, Sandbox, chat

ZONE = zoneinfo.ZoneInfo("Europe/Berlin")
UTC = datetime.timezone.utc
TENANT = "shop"
MODEL = "openai/gpt-5.2"
START = datetime.datetime(2026, 10, 24, 16, 0, tzinfo=ZONE)
END = datetime.datetime(2026, 10, 26, 9, 0, tzinfo=ZONE)
CAP = Decimal("2.50")


class Clock:
    """Wall time as the programs see it."""

    def __init__(self, speed):
        self.speed, self.began = speed, time.monotonic()

    def now(self):
        return START.astimezone(UTC) + datetime.timedelta(seconds=(time.monotonic() - self.began) * self.speed)

    def local(self):
        return self.now().astimezone(ZONE)

    def wait_until(self, moment):
        while self.now() < moment:
            time.sleep(0.02)

    def environment(self):
        """libfaketime's settings for a program that starts now."""
        found = glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")
        if not found:
            raise common.Failed("libfaketime is not here; on Debian: apt-get install faketime")
        at = self.now().strftime("%Y-%m-%d %H:%M:%S")
        return {
            "LD_PRELOAD": found[0], "TZ": "UTC", "FAKETIME": f"@{at} x{self.speed}", "DONT_FAKE_MONOTONIC": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def is_open(local):
    """The shop is closed around midnight, so that a day's bill can be told from the next one's."""
    minutes = local.hour * 60 + local.minute
    return 300 <= minutes < 23 * 60


def calls_a_second(local):
    """Few at night, most in the evening."""
    hour = local.hour + local.minute / 60
    return 2 + 16 * max(0.0, math.sin((hour - 7) / 16 * math.pi))


class Customers:
    """So many threads, each with a connection; together they call as often as the hour asks for."""

    THREADS = 12

    def __init__(self, clock, port, seed):
        self.clock, self.port = clock, port
        self.chance = random.Random(seed)
        self.lock = threading.Lock()
        self.told = Decimal(0)
        self.served = self.refused = self.failed = 0
        self.running = 0
        self.stops = False
        self.threads = [threading.Thread(target=self.shop, daemon=True) for _ in range(self.THREADS)]
        for thread in self.threads:
            thread.start()

    def shop(self):
        client = Client()
        while not self.stops:
            local = self.clock.local()
            if not is_open(local):
                time.sleep(0.02)
                continue
            with self.lock:
                stream, tokens = self.chance.random() < 0.5, self.chance.randint(50, 400)
                pause = self.chance.expovariate(calls_a_second(local) / self.THREADS)
                self.running += 1
            body = chat(MODEL, f"[sandbox:tokens={tokens}][sandbox:delay=0] What fits with this coat?", stream=stream, limit=450)
            outcome = client.call(self.port, TENANT, body, time.monotonic() + 10)
            with self.lock:
                self.running -= 1
                if outcome.is_admitted:
                    self.served += 1
                    self.told += outcome.cost or 0
                elif outcome.status in (429, 402):
                    self.refused += 1
                else:
                    self.failed += 1
            time.sleep(min(pause, 1))
        client.close()

    def wait_until_idle(self):
        """The shop is closed; the last calls end, those that hang by their time-out."""
        while self.running > 0:
            time.sleep(0.01)

    def take(self):
        """What was seen since the last time."""
        with self.lock:
            seen = (self.served, self.refused, self.failed, self.told)
            self.served = self.refused = self.failed = 0
            self.told = Decimal(0)
            return seen

    def stop(self):
        self.stops = True
        for thread in self.threads:
            thread.join(15)


class Pulse:
    """Asks both programs for something that costs nothing, all the time: on a fast clock libfaketime keeps the timers of a program
    that is otherwise idle from going off, and a time-out or a pause would last until the next call."""

    def __init__(self, *addresses):
        self.stops = False
        self.threads = [threading.Thread(target=self.beat, args=(address,), daemon=True) for address in addresses]
        for thread in self.threads:
            thread.start()

    def beat(self, address):
        with httpx.Client(timeout=20) as client:
            while not self.stops:
                client.get(address)
                time.sleep(0.02)

    def stop(self):
        self.stops = True
        for thread in self.threads:
            thread.join(21)


@dataclasses.dataclass
class Night:
    """A stream that is admitted before midnight and ends after it."""

    thread: threading.Thread
    outcome: list

    @staticmethod
    def begin(port):
        outcome = []
        body = chat(MODEL, "[sandbox:tokens=150][sandbox:delay=10] A long story, please.", stream=True, limit=200)

        def run():
            client = Client()
            outcome.append(client.call(port, TENANT, body, time.monotonic() + 30))
            client.close()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        return Night(thread, outcome)


def midnight(date):
    return datetime.datetime.combine(date, datetime.time(), ZONE).astimezone(UTC)


def rfc3339(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def usage(gateway):
    return gateway.client.get(f"/api/usage/{TENANT}").raise_for_status().json()


def booked(window):
    return Decimal(window["spentUsd"]) + Decimal(window["unresolvedUsd"])


def look(gateway, sandbox, customers, date, billed_before, violations):
    """The end of a day: all is quiet, and the books are compared with the calendar and the bill."""
    customers.wait_until_idle()
    said = usage(gateway)
    day = said["daily"]
    bill = Decimal(sandbox.bill()["totalUsd"]) - billed_before
    served, refused, failed, told = customers.take()
    start, end = midnight(date), midnight(date + datetime.timedelta(days=1))
    print(f"{date}: {(end - start).total_seconds() / 3600:.0f} h, {served} served, {refused} refused, {failed} failed; "
          f"settled {day['spentUsd']} + unresolved {day['unresolvedUsd']} of {day['capUsd']}, billed {bill}, {said['state']}")
    if (rfc3339(day["windowStart"]), rfc3339(day["resetsAt"])) != (start, end):
        violations.append(f"{date}: the window is {day['windowStart']} to {day['resetsAt']}, the calendar's {start} to {end}")
    if not bill <= booked(day) <= CAP:
        violations.append(f"{date}: billed {bill}, booked {booked(day)}, cap {CAP}")
    if day["unresolvedUsd"] == "0" and Decimal(day["spentUsd"]) < bill:
        violations.append(f"{date}: settled {day['spentUsd']}, billed {bill}")
    if Decimal(day["spentUsd"]) < told:
        violations.append(f"{date}: settled {day['spentUsd']}, clients were told {told}")
    if Decimal(day["reservedUsd"]) != 0:
        violations.append(f"{date}: {day['reservedUsd']} is reserved though nothing runs")
    return said, bill


def cross_midnight(clock, gateway, sandbox, date, before, violations):
    """Begins a stream before midnight and looks after it."""
    end = midnight(date + datetime.timedelta(days=1))
    clock.wait_until(end - datetime.timedelta(seconds=0.8 * clock.speed))
    night = Night.begin(gateway.port)
    clock.wait_until(end + datetime.timedelta(seconds=0.2 * clock.speed))
    early = usage(gateway)
    night.thread.join(30)
    late = usage(gateway)
    outcome = night.outcome[0]
    for said in (early, late):
        if booked(said["daily"]) != 0 or said["daily"]["reservedUsd"] != "0" or said["daily"]["state"] != "active":
            violations.append(f"{date}: the day after begins with {said['daily']}")
    if rfc3339(late["daily"]["windowStart"]) != end:
        violations.append(f"{date}: the day after begins at {late['daily']['windowStart']}")
    if outcome.is_admitted:
        grown = booked(late["monthly"]) - booked(before["monthly"])
        if outcome.hung_up:
            print(f"  a call over midnight was given up after 30 s; {grown} USD is held for it in the old day; the new one begins with 0")
            return
        if outcome.cost is None or grown > outcome.cost:
            violations.append(f"{date}: the month grew by {grown} with the call over midnight: {outcome}")
        print(f"  a call over midnight: {outcome.cost} USD, in the old day; the new one begins with 0")
    else:
        print(f"  a call before midnight was refused ({outcome.reason}); the new day begins with 0")


def run(speed, seed):
    violations = []
    with common.workshop() as (directory, started):
        clock = Clock(speed)
        sandbox = Sandbox(directory, clock.environment())
        started.append(sandbox.program)
        sandbox.misbehave([{"fault": "hang", "percent": 1}], seed=seed)
        gateway = Gateway(
            sandbox, directory, "shop.db", BUDGET_TIME_ZONE="Europe/Berlin", UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="1",
            BREAKER_FAILURE_THRESHOLD="1000", WAIT_SECONDS="1", DEFAULT_MONTHLY_BUDGET="100",
            TENANT_BUDGETS=json.dumps({TENANT: {"daily": float(CAP)}}), **clock.environment())
        started.append(gateway.program)
        gateway.wait()
        gateway.client = httpx.Client(base_url=f"http://127.0.0.1:{gateway.port}", timeout=20)
        pulse = Pulse(f"http://127.0.0.1:{gateway.port}/api/health", f"http://127.0.0.1:{sandbox.port}/sandbox/bill")
        customers = Customers(clock, gateway.port, seed)
        billed, most = Decimal(0), Decimal(0)
        date = START.date()
        while date < END.date():
            closing = midnight(date + datetime.timedelta(days=1)) - datetime.timedelta(minutes=12)
            clock.wait_until(closing)
            said, bill = look(gateway, sandbox, customers, date, billed, violations)
            most += booked(said["daily"])
            if not billed + bill <= booked(said["monthly"]) <= most:
                violations.append(f"{date}: the month is {booked(said['monthly'])}, billed {billed + bill}, its days {most}")
            cross_midnight(clock, gateway, sandbox, date, said, violations)
            billed = Decimal(sandbox.bill()["totalUsd"])
            most = booked(usage(gateway)["monthly"])
            date += datetime.timedelta(days=1)
        clock.wait_until(END.astimezone(UTC))
        customers.stop()
        pulse.stop()
        said = usage(gateway)
        bill = Decimal(sandbox.bill()["totalUsd"])
        print(f"the month: settled {said['monthly']['spentUsd']} + unresolved {said['monthly']['unresolvedUsd']}, billed {bill}")
        if booked(said["monthly"]) < bill:
            violations.append(f"the month is booked at {booked(said['monthly'])}, billed {bill}")
    return violations


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--speed", type=int, default=400, help="simulated seconds a second")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    violations = run(options.speed, options.seed)
    for violation in violations:
        print("VIOLATION:", violation)
    print(f"{len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
