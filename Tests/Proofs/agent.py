"""Agents with tools, thirty turns each, several at once on one tenant's budget.

An agent's history grows with every turn: its question, the tool's call, the tool's result, the answer. It names no output limit,
as most agents do not, so the gateway sets one. What is looked at is whether a budget is bearable for such a client:

- no refusal that a wait would have cured: a call is refused only when the budget is really used up;
- the median of what was reserved to what was settled, and how it goes along the turns;
- the books are the sum of the sandbox's bill, to the nanodollar.
"""

import argparse
import json
import statistics
import sys
import threading
from decimal import Decimal

import common
from common import Gateway, Sandbox

MODEL = "openai/gpt-5.2"
TENANT = "agents"
TOOLS = [
    {"type": "function", "function": {
        "name": name, "description": description,
        "parameters": {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"]}}}
    for name, description in [
        ("search_files", "Finds lines in the project's files"), ("read_file", "Reads a file of the project"),
        ("run_tests", "Runs the project's tests and returns what they print")]
]
SYSTEM = "You are a careful programmer. Use the tools, change little, and say what you did. " * 12


class Agent(threading.Thread):
    def __init__(self, number, port, turns):
        super().__init__(daemon=True)
        self.number, self.port, self.turns = number, port, turns
        self.refusals = []
        self.served = 0

    def run(self):
        import httpx

        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=60, headers={"X-Tenant-Id": TENANT}) as http:
            history = [{"role": "system", "content": SYSTEM}]
            for turn in range(self.turns):
                if not self.turn(http, history, turn):
                    return

    def turn(self, http, history, turn):
        """A question, the model's call of a tool, the tool's result, the model's answer."""
        tool = TOOLS[turn % len(TOOLS)]["function"]["name"]
        history.append({"role": "user", "content": f"Step {turn} of agent {self.number}: {tool}"})
        message = self.ask(http, history)
        if message is None:
            return False
        history.append(message)
        for call in message.get("tool_calls") or []:
            result = f"line {turn}: " + "the ledger holds what the call may cost; " * 30
            history.append({"role": "tool", "tool_call_id": call["id"], "content": result})
        if message.get("tool_calls"):
            answer = self.ask(http, history)
            if answer is None:
                return False
            history.append({"role": "assistant", "content": answer["content"]})
        return True

    def ask(self, http, history):
        answer = http.post("/v1/chat/completions", json={"model": MODEL, "messages": history, "tools": TOOLS})
        if answer.status_code == 200:
            self.served += 1
            return answer.json()["choices"][0]["message"]
        self.refusals.append(answer.json()["error"])
        return None


def calls(gateway):
    """The gateway's own line of each call, in order."""
    lines = (json.loads(line) for line in gateway.program.log.read_text().splitlines() if line.startswith("{"))
    return [line for line in lines if line["message"] == "call" and line["outcome"] == "answered"]


def run(agents, turns, daily):
    with common.workshop() as (directory, started):
        sandbox = Sandbox(directory)
        started.append(sandbox.program)
        sandbox.misbehave(first_ms=30)
        gateway = Gateway(
            sandbox, directory, "agents.db", LOG_LEVEL="info", LOG_FORMAT="json",
            TENANT_BUDGETS=json.dumps({TENANT: {"daily": daily}}), WAIT_SECONDS="10")
        started.append(gateway.program)
        gateway.wait()
        crowd = [Agent(number, gateway.port, turns) for number in range(agents)]
        for agent in crowd:
            agent.start()
        for agent in crowd:
            agent.join(600)
        day = gateway.usage(TENANT)
        bill = Decimal(sandbox.bill()["totalUsd"])
        return crowd, calls(gateway), day, bill


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--agents", type=int, default=4)
    parser.add_argument("--turns", type=int, default=30)
    parser.add_argument("--daily", type=float, default=5.0, help="the tenant's daily budget in USD")
    options = parser.parse_args()
    crowd, lines, day, bill = run(options.agents, options.turns, options.daily)

    ratios = [Decimal(line["reserved"]) / Decimal(line["cost"]) for line in lines]
    served = sum(agent.served for agent in crowd)
    refusals = [refusal for agent in crowd for refusal in agent.refusals]
    held = [refusal for refusal in refusals if refusal["metadata"]["reason"] == "budget_reserved"]
    # Used up is a budget that could not pay for the call even with nothing held.
    curable = held + [
        refusal for refusal in refusals
        if refusal["metadata"]["reason"] == "budget_exceeded"
        and Decimal(refusal["metadata"]["required"]) <= Decimal(refusal["metadata"]["cap"]) - Decimal(refusal["metadata"]["spent"])]
    third = max(1, len(ratios) // 3)
    print(f"{options.agents} agents of {options.turns} turns: {served} calls served, {len(refusals)} refused")
    print(f"reserved / settled: median {statistics.median(ratios):.1f}, first third {statistics.median(ratios[:third]):.1f}, "
          f"last third {statistics.median(ratios[-third:]):.1f}")
    print(f"spent {day.settled} of {day.cap}, unresolved {day.unresolved}, billed {bill}")
    print(f"refusals that a wait would have cured: {len(curable)}")
    violations = []
    if curable:
        violations.append(f"{len(curable)} refusals that a wait would have cured: {curable[0]['message']}")
    if day.settled != bill or day.unresolved:
        violations.append(f"the books say {day.settled} + {day.unresolved}, the bill {bill}")
    if served < options.agents * options.turns and not refusals:
        violations.append("agents stopped without a refusal")
    for violation in violations:
        print("VIOLATION:", violation)
    print(f"{len(violations)} violations")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
