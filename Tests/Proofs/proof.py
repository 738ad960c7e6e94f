"""What the proofs with unmodified clients share: a sandbox, a gateway, one line per check."""

import pathlib
import sys
import tempfile
import traceback
from decimal import Decimal

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "EndToEnd"))
from support import NANO, Gateway, Sandbox, booked  # noqa: E402

TENANTS = '{"poor":{"daily":0.0001}}'


class Proof:
    def __init__(self, sandbox, gateway):
        self.sandbox, self.gateway = sandbox, gateway

    def last_cost(self):
        """What the sandbox billed for its last call."""
        return Decimal(self.sandbox.records()[-1]["costUsd"]).quantize(NANO)

    def bill(self):
        """Everything together: what is booked covers the bill, and is it where nothing was left unresolved."""
        settled, unresolved = booked(self.gateway.usage())
        assert self.gateway.usage()["daily"]["reservedUsd"] == "0"
        assert settled + unresolved + 100 * NANO >= self.sandbox.billed() > 0
        assert unresolved > 0 or abs(settled - self.sandbox.billed()) < 100 * NANO


def run(title, kind, checks):
    """Runs the checks in a fresh directory; 1 if one fails."""
    failed = 0
    with tempfile.TemporaryDirectory() as directory:
        sandbox = Sandbox(directory)
        gateway = Gateway(directory, sandbox.url, TENANT_BUDGETS=TENANTS)
        try:
            proof = kind(sandbox, gateway)
            print(f"{title} against {gateway.url}")
            for check in checks:
                name = check.__name__.replace("_", " ")
                try:
                    check(proof)
                    print(f"ok      {name}")
                except Exception:
                    failed += 1
                    print(f"FAILED  {name}\n{traceback.format_exc()}")
        finally:
            gateway.kill()
            sandbox.kill()
    return 1 if failed else 0
