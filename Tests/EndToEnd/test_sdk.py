"""OpenAI's and Anthropic's Python SDKs, unmodified: each check of the proofs on its own."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Proofs"))
import anthropic_sdk  # noqa: E402
import openai_sdk  # noqa: E402
import sdk  # noqa: E402

ALL = [
    (kind, check)
    for kind, checks in [
        (sdk.Proof, sdk.CHECKS), (openai_sdk.Rest, openai_sdk.CHECKS), (anthropic_sdk.Messages, anthropic_sdk.CHECKS)]
    for check in checks[:-1]
]


@pytest.mark.parametrize(("kind", "check"), ALL, ids=lambda value: value.__name__)
def test_check(start, sandbox, kind, check):
    gateway = start(sandbox, TENANT_BUDGETS='{"poor":{"daily":0.0001}}')
    check(kind(sandbox, gateway))
    assert gateway.usage()["daily"]["reservedUsd"] == "0"
