"""OpenAI's Python SDK, unmodified: each check of the proof on its own."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Proofs"))
from sdk import CHECKS, Proof  # noqa: E402


@pytest.mark.parametrize("check", CHECKS[:-1], ids=lambda check: check.__name__)
def test_check(start, sandbox, check):
    gateway = start(sandbox, TENANT_BUDGETS='{"poor":{"daily":0.0001}}')
    check(Proof(sandbox, gateway))
    assert gateway.usage()["daily"]["reservedUsd"] == "0"
