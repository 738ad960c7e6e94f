"""Paths that are answered here: nothing goes upstream, nothing is spent."""

from decimal import Decimal

import pytest
from endpoints import EMBED, Messages
from support import CHEAP, DEAR, FREE, booked, eventually


@pytest.fixture(autouse=True)
def spends_nothing(shared, shared_sandbox):
    before = shared_sandbox.calls(), booked(shared.usage())
    yield
    assert (shared_sandbox.calls(), booked(shared.usage())) == before


@pytest.mark.parametrize("base", ["/v1", "/api/v1"])
class TestModels:
    def test_lists_what_can_be_priced(self, shared, base):
        models = {model["id"]: model for model in shared.http.get(f"{base}/models").json()["data"]}
        assert DEAR in models and EMBED not in models
        assert models[DEAR]["pricing"]["prompt"] == "0.00000175"
        assert models[DEAR]["context_length"] == 400_000
        assert "tools" in models[DEAR]["supported_parameters"]
        assert Decimal(models[FREE]["pricing"]["completion"]) == 0

    def test_lists_vectors_apart(self, shared, base):
        assert EMBED in [m["id"] for m in shared.http.get(f"{base}/embeddings/models").json()["data"]]
        assert {DEAR, EMBED} <= {m["id"] for m in shared.http.get(f"{base}/models/user").json()["data"]}

    @pytest.mark.parametrize("name", [DEAR, "openai%2Fgpt-5.2", "gpt-5.2"])
    def test_tells_one_model(self, shared, base, name):
        assert shared.http.get(f"{base}/models/{name}").json()["data"]["id"] == DEAR
        endpoints = shared.http.get(f"{base}/models/{name}/endpoints").json()["data"]["endpoints"]
        assert endpoints[0]["pricing"]["completion"] == "0.000014"

    def test_does_not_know_another(self, shared, base):
        answer = shared.http.get(f"{base}/models/nobody/nothing")
        assert answer.status_code == 404 and answer.json()["error"]["metadata"]["reason"] == "model_not_priced"


class TestAccount:
    @pytest.mark.parametrize("path", ["/v1/key", "/v1/auth/key", "/api/v1/key"])
    def test_tells_the_callers_budget_as_the_keys_limit(self, shared, path):
        key = shared.http.get(path, headers={"X-Tenant-Id": "fresh"}).json()["data"]
        assert (key["label"], key["limit"], key["limit_remaining"], key["usage"]) == ("fresh", 5, 5, 0)
        assert key["limit_reset"] == "daily" and not key["is_management_key"]

    def test_tells_credits(self, shared):
        assert shared.http.get("/v1/credits").json()["data"] == {"total_credits": 5, "total_usage": 0}

    def test_refuses_what_is_no_tenant(self, shared):
        answer = shared.http.get("/v1/key", headers={"X-Tenant-Id": "!"})
        assert answer.status_code == 400 and answer.json()["error"]["metadata"]["reason"] == "invalid_tenant"

    @pytest.mark.parametrize("path", ["/v1/key", "/v1/models", "/v1/credits", "/v1/generation"])
    def test_takes_get_and_head_only(self, shared, path):
        assert shared.http.post(path, json={}).status_code == 405
        assert shared.http.post(path, json={}).headers["allow"] == "GET, HEAD"
        head = shared.http.head(path)
        assert head.content == b"" and head.status_code in (200, 400)


class TestGeneration:
    def test_is_unknown_to_others_and_before_its_time(self, shared):
        answer = shared.http.get("/v1/generation", params={"id": "gen-none"})
        assert answer.status_code == 404 and answer.json()["error"]["metadata"]["reason"] == "generation_not_found"
        assert shared.http.get("/v1/generation").json()["error"]["param"] == "id"


class TestCountTokens:
    def test_counts_here(self, shared):
        body = Messages().body("word " * 100)
        count = shared.http.post("/v1/messages/count_tokens?beta=true", json=body).json()["input_tokens"]
        assert 100 < count < 600
        assert shared.http.post("/v1/messages/count_tokens", json=body).json()["input_tokens"] == count

    def test_refuses_in_anthropics_shape(self, shared):
        answer = shared.http.post("/v1/messages/count_tokens", json={"messages": 5})
        assert answer.status_code == 400
        assert answer.json()["type"] == "error" and answer.json()["error"]["type"] == "invalid_request_error"
        assert answer.json()["error"]["metadata"]["reason"] == "invalid_field"


class TestQuote:
    def quote(self, gateway, headers=None, **fields):
        body = {"model": DEAR, "messages": [{"role": "user", "content": "Hello"}], **fields}
        return gateway.http.post("/v1/quote", json=body, headers=headers)

    def test_says_what_a_call_would_cost(self, shared):
        quote = self.quote(shared, max_tokens=100).json()
        assert quote["admitted"] and quote["model"] == DEAR and quote["maxTokens"] == 100
        assert 0 < Decimal(quote["expectedUsd"]) <= Decimal(quote["atMostUsd"]) < Decimal("0.01")
        assert quote["budget"] == "tenant_daily" and quote["state"] == "active" and quote["refusal"] is None

    def test_says_why_it_would_be_refused(self, shared):
        quote = self.quote(shared, {"X-Bursar-Max-Cost": "0.0001"}, max_tokens=100).json()
        assert not quote["admitted"] and quote["refusal"]["metadata"]["reason"] == "call_too_expensive"

    def test_refuses_what_no_call_may_carry(self, shared):
        assert self.quote(shared, plugins=[{"id": "web"}]).status_code == 400


class TestClosed:
    @pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/audio/speech", "/v1/rerank", "/v1/files", "/v1/keys"])
    def test_everything_else_is_closed(self, shared, path):
        for method in ("GET", "POST"):
            answer = shared.http.request(method, path)
            assert answer.status_code == 404 and answer.json()["error"]["metadata"]["reason"] == "unknown_route"


def test_a_settled_call_is_told_to_its_own_tenant(start, sandbox):
    gateway = start(sandbox)
    answer = gateway.chat("[sandbox:tokens=7]", headers={"X-Tenant-Id": "acme"})
    id = answer.headers["x-generation-id"]
    told = gateway.http.get("/v1/generation", params={"id": id}, headers={"X-Tenant-Id": "acme"}).json()["data"]
    assert told["id"] == id and told["model"] == DEAR and told["tokens_completion"] == 7
    assert Decimal(str(told["total_cost"])) == Decimal(answer.headers["x-bursar-cost"])
    assert gateway.http.get("/v1/generation", params={"id": id}).status_code == 404


def test_a_settled_call_is_told_after_a_restart(start, sandbox):
    """The same answer, from its receipt; also of one that was settled by the reconciler."""
    acme = {"X-Tenant-Id": "acme"}
    gateway = start(sandbox)

    def told(id, headers=acme):
        return gateway.http.get("/v1/generation", params={"id": id}, headers=headers)

    plain = gateway.chat("[sandbox:tokens=7]", headers=acme).headers["x-generation-id"]
    late = gateway.stream("[sandbox:missing_usage]", headers=acme, max_tokens=30).headers["x-generation-id"]
    before = told(plain).json()["data"]
    assert eventually(lambda: booked(gateway.usage("acme")) == (sandbox.billed(), 0), within=15)
    assert eventually(lambda: told(late).status_code == 200), "its receipt is made soon after"
    gateway.stop()
    gateway = start(sandbox)
    after = eventually(lambda: told(plain).status_code == 200 and told(plain).json()["data"])
    assert {k: v for k, v in after.items() if k != "created_at"} == {k: v for k, v in before.items() if k != "created_at"}
    assert after["tokens_completion"] == 7 and after["finish_reason"] and after["provider_name"] == "Sandbox"
    settled = told(late).json()["data"]
    assert Decimal(str(settled["total_cost"])) + Decimal(str(after["total_cost"])) == sandbox.billed()
    assert told(plain, {}).status_code == 404, "another tenant's"
    assert told("gen-none").json()["error"]["metadata"]["reason"] == "generation_not_found"
    with gateway.wire() as wire:
        wire.get(f"/v1/generation?id={plain}")
        wire.get("/v1/generation?id=gen-none")
        assert [wire.response()[0], wire.response()[0]] == [404, 404], "two in a row on one connection"


def test_a_quote_is_kept(start, sandbox):
    """What is quoted is what is admitted, and costs no more."""
    gateway = start(sandbox, FALLBACK_MODEL_CHAIN=f"{DEAR},{CHEAP}", DEFAULT_DAILY_BUDGET="0.005")
    body = {"model": DEAR, "max_tokens": 1000, "messages": [{"role": "user", "content": "Hello"}]}
    quote = gateway.http.post("/v1/quote", json=body).json()
    assert quote["admitted"] and quote["model"] == CHEAP and quote["moved"] == "budget"
    answer = gateway.http.post("/v1/chat/completions", json=body)
    assert answer.headers["x-bursar-model"] == CHEAP
    assert Decimal(answer.headers["x-bursar-cost"]) <= Decimal(quote["atMostUsd"])
