"""Claude Code, unmodified, against the gateway: only `ANTHROPIC_BASE_URL` and its model are set.

    BURSAR_BINARY=.build/debug/bursar .venv-proofs/bin/python Tests/Proofs/claude_code.py
"""

import importlib.util
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from proof import Proof, run  # noqa: E402

MODEL = "anthropic/claude-sonnet-4.5"
#: The command line as Anthropic packs it with its Python SDK.
CLAUDE = pathlib.Path(importlib.util.find_spec("claude_agent_sdk").origin).parent / "_bundled" / "claude"


class ClaudeCode(Proof):
    def ask(self, prompt, key="any", **more):
        """What it prints as JSON, in a folder and a home of its own."""
        with tempfile.TemporaryDirectory() as home:
            environment = {
                "PATH": os.environ["PATH"], "HOME": home, "ANTHROPIC_BASE_URL": self.gateway.url, "ANTHROPIC_API_KEY": key,
                "ANTHROPIC_MODEL": MODEL, "ANTHROPIC_DEFAULT_HAIKU_MODEL": MODEL, "IS_SANDBOX": "1",
                "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", **more,
            }
            ended = subprocess.run(
                [CLAUDE, "-p", prompt, "--output-format", "json"], cwd=home, env=environment, capture_output=True, text=True,
                timeout=90)
            return json.loads(ended.stdout)

    def answers(self):
        answer = self.ask("Hello [sandbox:tokens=12]")
        assert not answer["is_error"] and len(answer["result"].split()) == 12, answer["result"]

    def reckons_the_same_cost(self):
        answer = self.ask("Hello again [sandbox:tokens=20]")
        assert not answer["is_error"], answer["result"]
        assert Decimal(str(answer["total_cost_usd"])) == self.last_cost()

    def tells_a_refusal(self):
        answer = self.ask("Hello", ANTHROPIC_CUSTOM_HEADERS="X-Tenant-Id: poor", CLAUDE_CODE_MAX_RETRIES="0")
        assert answer["is_error"] and "poor" in answer["result"], answer["result"]


if __name__ == "__main__":
    sys.exit(run(
        "Claude Code", ClaudeCode,
        [ClaudeCode.answers, ClaudeCode.reckons_the_same_cost, ClaudeCode.tells_a_refusal, ClaudeCode.bill]))
