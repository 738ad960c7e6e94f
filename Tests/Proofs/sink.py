"""The cost sink: every receipt reaches every sink, and the sums agree with the ledger.

Calls run while the sinks go away and come back, lose answers they have taken, and the gateway is killed with `kill -9`. At the end the
cost at each sink is the ledger's, to the nanodollar: at Loki and the OTLP collector as it stands, as both tell a repetition; at
CloudWatch, which cannot, less the batches that came twice, byte for byte the same.

Then, on a machine that does nothing else: the processor's time of a call with exporters and without, as a ratio.
"""

import argparse
import http.client
import json
import pathlib
import random
import statistics
import sys
import threading
import time
from decimal import Decimal

import common

sys.path.insert(0, str(common.ROOT / "Tests" / "EndToEnd"))

from sinks import Sinks  # noqa: E402

TENANTS = ["acme", "beta", "gamma"]
MODELS = ["openai/gpt-5.2", "openai/gpt-5-mini"]
BUDGETS = {"DEFAULT_DAILY_BUDGET": "100000", "DEFAULT_MONTHLY_BUDGET": "100000", "WAIT_SECONDS": "0"}


class Load:
    """Clients that call until so many calls were answered; a call that a kill breaks is not counted and not tried again."""

    def __init__(self, wanted, clients, seed):
        self.wanted, self.answered, self.broken = wanted, 0, 0
        self.port = None
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(seed + n,), daemon=True) for n in range(clients)]

    @property
    def is_over(self):
        return self.answered >= self.wanted

    def run(self, seed):
        chance = random.Random(seed)
        connection = port = None
        while not self.is_over:
            if self.port is None:
                time.sleep(0.02)
                continue
            if connection is None or port != self.port:
                port = self.port
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            try:
                body = {
                    "model": chance.choice(MODELS), "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 40,
                    "stream": chance.random() < 0.2,
                }
                headers = {"X-Tenant-Id": chance.choice(TENANTS), "Content-Type": "application/json", "X-Bursar-Run": f"run-{seed}"}
                connection.request("POST", "/v1/chat/completions", json.dumps(body), headers)
                answer = connection.getresponse()
                answer.read()
                with self.lock:
                    self.answered += answer.status == 200
            except (OSError, http.client.HTTPException, TypeError):
                with self.lock:
                    self.broken += 1
                connection = None

    def start(self):
        for thread in self.threads:
            thread.start()


def settled(gateway):
    days = [gateway.usage(tenant) for tenant in TENANTS]
    return sum((day.settled for day in days), Decimal(0)), sum((day.reserved for day in days), Decimal(0))


def disturb(load, sinks, start, chance, kills):
    """Sinks go and come, and the gateway is killed, until all calls are answered."""
    gateway = start()
    load.port = gateway.port
    killed, begun = 0, time.monotonic()
    while not load.is_over:
        time.sleep(chance.uniform(0.2, 1.0))
        sinks.is_off = chance.random() < 0.45
        if killed < kills and load.answered > load.wanted * (killed + 1) / (kills + 1):
            gateway.program.kill()
            load.port = None
            killed += 1
            gateway = start()
            load.port = gateway.port
            print(f"{load.answered:>6} calls answered, killed {killed}x, {sinks.requests} requests at the sinks", flush=True)
        if time.monotonic() - begun > 1_800:
            raise common.Failed(f"only {load.answered} calls in half an hour")
    return gateway, killed


def prove_sums(directory, started, options):
    chance = random.Random(options.seed)
    sandbox = common.Sandbox(directory)
    started.append(sandbox.program)
    sinks = Sinks(options.seed)
    sinks.percent_lost = 10

    def start():
        gateway = common.Gateway(sandbox, directory, f"{directory}/ledger.db", **BUDGETS, **sinks.settings).wait()
        started.append(gateway.program)
        return gateway

    load = Load(options.calls, options.clients, options.seed)
    load.start()
    gateway, killed = disturb(load, sinks, start, chance, options.kills)
    sinks.is_off = False
    sinks.percent_lost = 0
    print(f"{load.answered} calls answered, {load.broken} broken by {killed} kills; waiting for the sinks", flush=True)
    deadline = time.monotonic() + 180
    while True:
        total, reserved = settled(gateway)
        sums = {
            "loki": sinks.loki.cost, "otlp": sinks.otlp.cost, "cloudwatch": sinks.cloudwatch.cost - sinks.cloudwatch.repeated,
        }
        if reserved == 0 and all(value == total for value in sums.values()) or time.monotonic() > deadline:
            break
        time.sleep(0.5)
    violations = [f"{name} has {value}, the ledger {total}" for name, value in sums.items() if value != total]
    if sinks.loki.refused:
        violations.append(f"Loki refused: {sinks.loki.refused[:3]}")
    if load.answered < options.calls:
        violations.append(f"only {load.answered} calls were answered")
    print(f"ledger settled  $ {total}")
    for name, value in sums.items():
        print(f"{name:<14}  $ {value}")
    print(
        f"{len(sinks.loki.lines)} lines at Loki, {len(sinks.otlp.spans)} spans, {len(sinks.cloudwatch.bodies)} requests at CloudWatch, of "
        f"which repetitions of $ {sinks.cloudwatch.repeated}")
    gateway.program.stop()
    sinks.close()
    return violations


def cpu_seconds(program):
    fields = pathlib.Path(f"/proc/{program.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def measure(directory, started, options):
    """Microseconds of processor per call, exporters on and off by turns, on one gateway each."""
    sandbox = common.Sandbox(directory)
    started.append(sandbox.program)
    sinks = Sinks()
    gateways = {}
    for name, settings in (("off", {}), ("on", sinks.settings | {"EXPORT_INTERVAL_SECONDS": "1"})):
        gateways[name] = common.Gateway(sandbox, directory, f"{directory}/measure-{name}.db", **BUDGETS, **settings).wait()
        started.append(gateways[name].program)
    costs = {"off": [], "on": []}
    for turn in range(options.turns + 1):
        for name, gateway in gateways.items():
            before = cpu_seconds(gateway.program)
            load = Load(options.measured_calls, 4, turn * 10)
            load.port = gateway.port
            load.start()
            for thread in load.threads:
                thread.join(120)
            time.sleep(2.5)  # what is exported afterwards belongs to the calls too
            if turn:  # the first turn warms up
                costs[name].append((cpu_seconds(gateway.program) - before) / load.answered * 1e6)
    sinks.close()
    ratio = statistics.median(on / off for on, off in zip(costs["on"], costs["off"]))
    print(
        f"processor per call: {statistics.median(costs['off']):.0f} us without exporters, "
        f"{statistics.median(costs['on']):.0f} us with three; ratio {ratio:.3f} (reported, not asserted)")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--measured-calls", type=int, default=1_500)
    options = parser.parse_args()
    with common.workshop() as (directory, started):
        violations = prove_sums(directory, started, options)
    with common.workshop() as (directory, started):
        if options.turns:
            measure(directory, started, options)
    print(f"{len(violations)} violations")
    for violation in violations:
        print(f"  {violation}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
