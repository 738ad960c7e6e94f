"""`/openapi.json` says what the gateway does, no less and no more: schemathesis asks it thousands of questions out of the document,
well-formed ones and malformed, and finds no answer that the document does not tell of.

The data plane is asked first, while no key exists; then the control plane with the admin's token.
"""

import argparse
import pathlib
import re
import subprocess
import sys

from common import Failed, Gateway, Sandbox, workshop

TOKEN = "admin-token-of-the-proof"

# What a schema cannot say makes a well-formed request wrong all the same: a model without a price, a time that is over, two tags of
# one name. So "accepted" cannot be asked. Whether a missing token is refused is asked path by path in Tests/EndToEnd/test_admin.py:
# here, wrong tokens would soon be too many, and all others be held up by them.
# A revoked key is still shown, as receipts name it: what is deleted is not always gone.
LEFT_OUT = ["positive_data_acceptance", "ignored_auth", "use_after_free"]

PLANES = {
    "data plane": ["--include-path-regex", "^/v1/"],
    # Events have no end.
    "control plane": ["--exclude-path-regex", "^/v1/|^/api/admin/events$"],
}


def ask(gateway, plane, examples, seed, directory):
    """Runs schemathesis; whether it found nothing."""
    program = pathlib.Path(sys.executable).with_name("schemathesis")
    command = [
        program, "run", f"http://127.0.0.1:{gateway.port}/openapi.json", "--header", f"Authorization: Bearer {TOKEN}",
        "--exclude-checks", ",".join(LEFT_OUT), "--max-examples", str(examples), "--seed", str(seed), "--no-color",
        "--request-timeout", "20", "--continue-on-failure", "--suppress-health-check", "all", "--warnings", "off", *PLANES[plane],
    ]
    # It keeps what it found where it runs.
    ran = subprocess.run(
        command, cwd=directory, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    fine = ran.returncode == 0
    count = re.search(r"(\d+) generated", ran.stdout)
    fine = fine and count is not None
    print(f"{'ok    ' if fine else 'FAILED'}  {plane}, {count[1] if count else 'no'} requests")
    if not fine:
        print(ran.stdout)
    return fine


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--examples", type=int, default=50, help="fuzzed requests for each operation")
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--plane", choices=PLANES)
    options = options.parse_args()
    failed = 0
    with workshop() as (directory, started):
        sandbox = Sandbox(directory)
        started.append(sandbox.program)
        gateway = Gateway(
            sandbox, directory, f"{directory}/ledger.db", BURSAR_ADMIN_TOKEN=TOKEN, DEFAULT_DAILY_BUDGET="1000",
            DEFAULT_MONTHLY_BUDGET="1000", FALLBACK_MODEL_CHAIN="openai/gpt-5-mini")
        started.append(gateway.program)
        gateway.wait()
        for plane in [options.plane] if options.plane else PLANES:
            failed += not ask(gateway, plane, options.examples, options.seed, directory)
            if not gateway.program.is_running:
                raise Failed(f"the gateway ended; {gateway.program.last_words()}")
        proof = gateway.client.get("/api/admin/verify", headers={"Authorization": f"Bearer {TOKEN}"}).json()
        if not proof["holds"]:
            failed += 1
            print(f"FAILED  the ledger holds after all that: {proof}")
        print(f"{proof.get('entries')} entries were made of it, and the ledger {'holds' if proof['holds'] else 'does not hold'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
