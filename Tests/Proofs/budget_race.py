"""Two hundred parallel calls against a budget with room for ten.

For each seed a sandbox, a gateway and a ledger of their own, and a daily cap of exactly ten ceilings. The clients are
stubborn: what is refused for money, they ask again until 30 s are over. All the while the provider's own exact bill is
compared with the cap and with the books.

What has to hold:
- the bill never passes the cap, and neither does settled + unresolved + reserved;
- the books never show less than the bill: settled + unresolved + reserved all the while, settled + unresolved at the end;
- where nothing is unresolved, the books are the sum of all calls' bills to the nanodollar, and so is what clients were told;
- at least 98 % of the cap is used within 30 s.

A second round has clients that hang up, before and in the middle of their answers.
"""

import argparse
import dataclasses
import itertools
import random
import sys
import threading
import time
from decimal import Decimal

import common
from common import Client, Gateway, Impatience, Sandbox, chat

TENANT = "racer"
CALLS = 200
ROOM_FOR = 10
SECONDS = 30
LIMIT = 3000
LEAST_USED = Decimal("0.98")
#: The stubborn client's pause between two attempts.
PAUSE_SECONDS = (0.2, 0.6)
#: Nothing can be admitted any more once nothing has happened for so long.
QUIET_SECONDS = 1.5
#: Dear and cheap ones, with input tokens dear or cheap beside output tokens, one with rates below a nanodollar.
MODELS = [
    "openai/gpt-5.2", "anthropic/claude-haiku-4.5", "openai/gpt-4o-mini", "google/gemini-2.5-pro",
    "qwen/qwen3-30b-a3b-instruct-2507",
]


@dataclasses.dataclass
class Plan:
    """What one client does."""

    body: bytes
    impatience: Impatience


def body(model, tokens, stream):
    """All bodies have the same length, so that all calls have the same ceiling."""
    text = f"[sandbox:tokens={tokens:05}] Say it. " + "." * (40 + stream)
    return chat(model, text, stream=stream, limit=LIMIT)


def plans(seed, model, hang_ups):
    chance = random.Random(seed)
    streamed = chance.choice([0.2, 0.5, 0.8])
    lengths = chance.choice(["as asked", "any", "short and long"])
    made = []
    for _ in range(CALLS):
        match lengths:
            case "as asked": tokens = LIMIT
            case "any": tokens = chance.randint(LIMIT // 10, LIMIT + LIMIT // 5)
            case _: tokens = chance.choice([chance.randint(200, 600), LIMIT])
        stream = chance.random() < streamed
        impatience = Impatience()
        if hang_ups and chance.random() < 0.3:
            if stream and chance.random() < 0.7:
                impatience = Impatience(after_bytes=int(chance.choice([0, 1, chance.uniform(0, 900_000)])))
            else:
                impatience = Impatience(after_seconds=chance.uniform(0, 1.0))
        made.append(Plan(body(model, tokens, stream), impatience))
    return made


def ceiling(sandbox, directory, model):
    """What a call sets aside, as the gateway itself says when it refuses one."""
    gateway = Gateway(sandbox, directory, f"{directory}/probe.db", DEFAULT_DAILY_BUDGET="0.000000001").wait()
    try:
        answer = gateway.client.post(
            "/v1/chat/completions", content=body(model, 1, False),
            headers={"X-Tenant-Id": TENANT, "Content-Type": "application/json"})
        return Decimal(answer.json()["error"]["metadata"]["required"])
    finally:
        gateway.program.stop()


class Race:
    def __init__(self, seed, hang_ups):
        self.seed = seed
        self.hang_ups = hang_ups
        self.model = MODELS[seed % len(MODELS)]
        self.lock = threading.Lock()
        self.stopped = threading.Event()
        self.violations = []
        self.refusals = {"budget_reserved": 0, "budget_exceeded": 0}
        self.admitted = 0
        self.left = 0
        self.told = Decimal(0)
        self.peak = 0
        self.seconds_to_use = None
        self.last_event = 0.0
        self.samples = 0

    def run(self):
        with common.workshop() as (directory, started):
            self.sandbox = Sandbox(directory)
            started.append(self.sandbox.program)
            chance = random.Random(self.seed)
            self.sandbox.misbehave(
                seed=self.seed, first_ms=chance.choice([30, 150, 400]), between_ms=chance.choice([0, 0, 1]))
            self.cap = ROOM_FOR * ceiling(self.sandbox, directory, self.model)
            self.gateway = Gateway(
                self.sandbox, directory, f"{directory}/ledger.db", DEFAULT_DAILY_BUDGET=str(self.cap),
                DEFAULT_MONTHLY_BUDGET="none")
            started.append(self.gateway.program)
            self.gateway.wait()
            self.race()
            self.audit()
            if (code := self.gateway.program.stop()) != 0:
                self.violate(f"the gateway ended with {code}")
            self.said = self.gateway.program.log.read_text(errors="replace").splitlines()
        return self

    def race(self):
        self.began = self.last_event = time.monotonic()
        self.deadline = self.began + SECONDS
        clients = [
            threading.Thread(target=self.insist, args=(index, plan))
            for index, plan in enumerate(plans(self.seed, self.model, self.hang_ups))
        ]
        for client in clients:
            client.start()
        self.watch()
        self.stopped.set()
        for client in clients:
            client.join(SECONDS)
        self.seconds = time.monotonic() - self.began

    def insist(self, index, plan):
        """One client: asks until it is served, hangs up, or the time is over."""
        chance = random.Random(f"{self.seed} {index}")
        client = Client()
        try:
            while not self.stopped.is_set():
                outcome = client.call(self.gateway.port, TENANT, plan.body, self.deadline, plan.impatience)
                if not self.note(outcome):
                    return
                self.stopped.wait(chance.uniform(*PAUSE_SECONDS))
        except Exception as error:  # A thread's own end would go unnoticed.
            self.violate(repr(error))
        finally:
            client.close()

    def note(self, outcome):
        """Whether to ask again."""
        with self.lock:
            if outcome.status == 429 and outcome.reason in self.refusals:
                self.refusals[outcome.reason] += 1
                return True
            self.last_event = time.monotonic()
            if outcome.hung_up:
                self.left += 1
                if not self.hang_ups:
                    self.violations.append(f"a call was not answered within {SECONDS} s")
            elif outcome.is_admitted and outcome.is_complete:
                self.admitted += 1
                self.told += outcome.cost or 0
                if outcome.cost is None:
                    self.violations.append("a whole answer has no known cost")
            else:
                self.violations.append(f"a call was answered with {outcome}")
            return False

    def watch(self):
        """Compares bill, books and cap until the time is over, or nothing more can happen."""
        while time.monotonic() < self.deadline:
            bill, day = self.sample()
            now = time.monotonic()
            if self.seconds_to_use is None and day.counted >= LEAST_USED * self.cap:
                self.seconds_to_use = now - self.began
            is_busy = bill["inFlight"] > 0 or day.reserved > 0
            with self.lock:
                if is_busy:
                    self.last_event = now
                quiet = now - self.last_event
            if quiet > QUIET_SECONDS:
                return
            time.sleep(0.05)

    def sample(self):
        # First the bill, then the books: what is on the bill by then has to be in them.
        bill = self.sandbox.bill()
        day = self.gateway.usage(TENANT)
        total = Decimal(bill["totalUsd"])
        self.samples += 1
        self.peak = max(self.peak, bill["inFlight"])
        if total > self.cap:
            self.violate(f"the bill {total} passes the cap {self.cap}")
        if day.exposure > self.cap:
            self.violate(f"the books hold {day.exposure}, more than the cap {self.cap}")
        if day.exposure + self.rounding(bill) < total:
            self.violate(f"the books hold {day.exposure}, less than the bill {total}")
        return bill, day

    @staticmethod
    def rounding(bill):
        """What half-up may take from the bill: half a nanodollar per call."""
        return common.NANODOLLAR / 2 * bill["calls"]

    def audit(self):
        """When all is quiet."""
        patience = time.monotonic() + 5
        while True:
            bill, day = self.sample()
            if (bill["inFlight"] == 0 and day.reserved == 0) or time.monotonic() > patience:
                break
            time.sleep(0.05)
        if bill["inFlight"] or day.reserved:
            self.violate(f"nobody calls, but {bill['inFlight']} calls run upstream and {day.reserved} is reserved")
        records = self.sandbox.bill(records=True)["records"]
        bills = [Decimal(record["costUsd"]) for record in records]
        self.bill, self.day = sum(bills, Decimal(0)), day
        expected = sum(map(common.booked, bills), Decimal(0))
        if day.counted + self.rounding(bill) < self.bill:
            self.violate(f"the books count {day.counted}, less than the bill {self.bill}")
        if day.unresolved == 0 and day.settled != expected:
            self.violate(f"{day.settled} is settled, but the calls were billed {expected}")
        if day.settled > expected:
            self.violate(f"{day.settled} is settled, more than all calls were billed: {expected}")
        if not self.hang_ups:
            if day.unresolved:
                self.violate(f"nobody hung up, but {day.unresolved} is unresolved")
            if self.told != day.settled:
                self.violate(f"clients were told {self.told}, the books have {day.settled}")
        self.used = day.counted / self.cap
        if self.seconds_to_use is None:
            self.violate(f"{self.used:.2%} of the cap is used after {self.seconds:.1f} s")

    def violate(self, what):
        with self.lock:
            self.violations.append(what)

    def row(self):
        used = "-" if self.seconds_to_use is None else f"{self.seconds_to_use:.1f}"
        return (
            f"{self.seed:>4}  {self.model.split('/')[1][:20]:<20}  {self.cap:>12.9f}  {self.admitted:>6}  {self.left:>6}  "
            f"{self.refusals['budget_reserved']:>5}  {self.refusals['budget_exceeded']:>8}  {self.peak:>6}  {self.bill / self.cap:>7.2%}  {self.day.settled / self.cap:>7.2%}  "
            f"{self.day.unresolved / self.cap:>10.2%}  {self.used:>7.2%}  {used:>6}  {self.seconds:>5.1f}  {self.samples:>7}  "
            + ("ok" if not self.violations else f"{len(self.violations)} violations"))


HEADINGS = (
    "seed  model                          cap $  served  hangup   held  exceeded  flight     bill  settled  unresolved     used  "
    "98% s  all s  samples")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds, from 1")
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    parser.add_argument("--only", choices=["patient", "hang-ups"], help="one of the two rounds")
    options = parser.parse_args()
    races = []
    for round_ in ["patient", "hang-ups"] if options.only is None else [options.only]:
        print(f"\n{round_}: {CALLS} parallel calls, room for {ROOM_FOR}\n{HEADINGS}", flush=True)
        for seed in itertools.islice(itertools.count(options.first), options.seeds):
            race = Race(seed, round_ == "hang-ups").run()
            races.append(race)
            print(race.row(), flush=True)
            for violation in race.violations[:5]:
                print(f"      {violation}", flush=True)
            if race.violations:
                print("".join(f"      the gateway said: {line}\n" for line in race.said[-5:]), end="", flush=True)
    broken = [race for race in races if race.violations]
    print(
        f"\n{len(races)} races, {len(broken)} with violations; the bill came to at most "
        f"{max(race.bill / race.cap for race in races):.4%} of a cap, at least "
        f"{min(race.used for race in races):.4%} of it was used"
        + "".join(f", {key} {value}" for key, value in slowest(races).items()))
    return 1 if broken else 0


def slowest(races):
    times = [race.seconds_to_use for race in races if race.seconds_to_use is not None]
    return {"98 % after": f"{max(times):.1f} s at the latest"} if times else {}


if __name__ == "__main__":
    sys.exit(main())
