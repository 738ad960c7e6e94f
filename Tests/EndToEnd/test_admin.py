"""The admin API: what it is asked, what it refuses, and that its document says no less and no more."""

import json
import re
from decimal import Decimal

import pytest
from support import CHEAP, DEAR, eventually

ADMIN, VIEWER = "admin-token-of-this-test", "viewer-token-of-this-test"


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, BURSAR_VIEWER_TOKEN=VIEWER)


def ask(gateway, method, path, token=ADMIN, **how):
    headers = {"Authorization": f"Bearer {token}", **how.pop("headers", {})}
    return gateway.http.request(method, path, headers=headers, **how)


def reason(answer):
    return answer.status_code, answer.json()["error"]["metadata"]["reason"]


@pytest.fixture
def document(gateway):
    return ask(gateway, "GET", "/openapi.json").json()


def operations(document):
    return [(method, path, spec) for path, methods in document["paths"].items() for method, spec in methods.items()]


class TestDocument:
    def test_it_is_openapi(self, document):
        assert document["openapi"] == "3.1.0"
        ids = [spec["operationId"] for _, _, spec in operations(document)]
        assert len(ids) == len(set(ids)), "an operation's id is its own"
        for _, path, spec in operations(document):
            named = {p["name"] for p in spec.get("parameters", []) if p["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
        known = set(document["components"]["schemas"])
        assert set(re.findall(r"#/components/schemas/(\w+)", json.dumps(document))) <= known

    def test_every_path_of_it_is_served(self, gateway, document):
        for method, path, spec in operations(document):
            place = re.sub(r"{\w+}", "x", path)
            if "text/event-stream" in spec["responses"].get("200", {}).get("content", {}):
                continue
            answer = ask(gateway, method.upper(), place)
            if answer.status_code == 404:
                assert answer.json()["error"]["metadata"]["reason"] != "unknown_route", (method, path)
            assert answer.status_code != 405, (method, path)
            if not path.startswith("/v1"):
                assert str(answer.status_code) in spec["responses"], (method, path, answer.status_code)

    def test_other_methods_are_refused_and_the_right_ones_named(self, gateway, document):
        for path, methods in document["paths"].items():
            if path.startswith("/v1"):
                continue
            wrong = next(m for m in ["patch", "put", "delete", "post"] if m not in methods)
            answer = ask(gateway, wrong.upper(), re.sub(r"{\w+}", "x", path))
            assert reason(answer) == (405, "method_not_allowed"), path
            assert answer.headers["allow"] == ", ".join(m.upper() for m in methods), path

    def test_what_is_not_in_it_is_not_served(self, gateway):
        for path in ["/api/admin", "/api/admin/", "/api/admin/keys/a/b", "/api/admin/nothing", "/api/usage"]:
            assert ask(gateway, "GET", path).status_code == 404, path


class TestWhoMay:
    def test_every_admin_path_needs_the_admin(self, gateway, document):
        for method, path, _ in operations(document):
            if path.startswith("/api/admin"):
                place = re.sub(r"{\w+}", "x", path)
                assert gateway.http.request(method.upper(), place).status_code == 401, path
                assert ask(gateway, method.upper(), place, token=VIEWER).status_code == 403, path
                assert ask(gateway, method.upper(), place, token="wrong").status_code == 401, path

    def test_a_proxys_word_counts_where_it_is_trusted(self, start, sandbox):
        gateway = start(sandbox, ADMIN_TRUSTED_HEADER="X-Auth-Email")
        headers = {"X-Auth-Email": "ann@example.com"}
        assert gateway.http.get("/api/admin/keys", headers=headers).status_code == 200
        assert gateway.http.get("/api/admin/keys", headers={"X-Other": "ann"}).status_code == 401
        foreign = {**headers, "Origin": "http://127.0.0.1:1"}
        assert gateway.http.get("/api/admin/keys", headers=foreign).status_code == 401

    def test_without_the_setting_the_header_is_nothing(self, gateway):
        assert gateway.http.get("/api/admin/keys", headers={"X-Auth-Email": "ann"}).status_code == 401


class TestBodies:
    @pytest.mark.parametrize(
        "body,headers,expected",
        [
            (b'{"tenant":"a"}', {"Content-Type": "text/plain"}, (415, "unsupported_media_type")),
            (b"{", {}, (400, "invalid_json")),
            (b'{"tenant":"a","tenant":"b"}', {}, (400, "invalid_json")),
            (b"[]", {}, (400, "invalid_field")),
            (b"\xff", {}, (400, "invalid_json")),
            (b'"' + b"x" * (1 << 20) + b'"', {}, (413, "body_too_large")),
        ],
    )
    def test_what_is_no_fitting_body(self, gateway, body, headers, expected):
        headers = {"Content-Type": "application/json", **headers}
        assert reason(ask(gateway, "POST", "/api/admin/keys", content=body, headers=headers)) == expected

    def test_queries_are_checked(self, gateway):
        for query in ["limit=0", "limit=x", "limit=1001", "limit=1&limit=2", "state=happy", "after=%zz"]:
            answer = ask(gateway, "GET", f"/api/admin/tenants?{query}")
            assert reason(answer) == (400, "invalid_field"), query


class TestTenants:
    def test_pages_by_name(self, gateway):
        for tenant in ["b", "a", "c"]:
            assert gateway.chat(model=CHEAP, headers={"X-Tenant-Id": tenant}).status_code == 200
        first = ask(gateway, "GET", "/api/admin/tenants?limit=2").json()
        assert [t["tenant"] for t in first["tenants"]] == ["a", "b"] and first["next"] == "b"
        second = ask(gateway, "GET", f"/api/admin/tenants?limit=2&after={first['next']}").json()
        assert [t["tenant"] for t in second["tenants"]] == ["c"] and second["next"] is None
        assert float(first["tenants"][0]["daily"]["spentUsd"]) > 0
        assert ask(gateway, "GET", "/api/admin/tenants?state=stopped").json()["tenants"] == []


class TestBreakers:
    def test_an_open_one_is_seen_and_closed(self, start, sandbox):
        gateway = start(
            sandbox, BURSAR_ADMIN_TOKEN=ADMIN, BREAKER_FAILURE_THRESHOLD=1, BREAKER_RESET_SECONDS=600,
        )
        assert ask(gateway, "GET", "/api/admin/breakers").json() == {"breakers": []}
        sandbox.faults({"fault": "server_error", "model": DEAR})
        gateway.chat(model=DEAR)
        [breaker] = ask(gateway, "GET", "/api/admin/breakers").json()["breakers"]
        assert breaker["model"] == DEAR and breaker["state"] == "open" and breaker["opensAgainAt"]
        sandbox.faults()
        answer = ask(gateway, "POST", "/api/admin/breakers/reset", json={"model": DEAR})
        assert answer.json() == {"model": DEAR, "state": "closed", "opensAgainAt": None}
        assert gateway.chat(model=DEAR).status_code == 200

    def test_a_model_that_was_not_called(self, gateway):
        answer = ask(gateway, "POST", "/api/admin/breakers/reset", json={"model": "x/y"})
        assert reason(answer) == (404, "unknown_model")


class TestCreditsAndResets:
    def test_a_credit_gives_money_back(self, gateway):
        gateway.spend(1000, tenant="acme")
        spent = gateway.usage("acme")["daily"]["spentUsd"]
        body = {"tenant": "acme", "period": "day", "amountUsd": "0.001", "reason": "a gift, said anna"}
        answer = ask(gateway, "POST", "/api/admin/credits", json=body)
        assert answer.status_code == 200, answer.text
        assert Decimal(answer.json()["settledUsd"]) == Decimal(spent) - Decimal("0.001")
        assert gateway.usage("acme")["daily"]["spentUsd"] == answer.json()["settledUsd"]
        assert gateway.usage("acme")["monthly"]["spentUsd"] == spent
        changes = lambda: ask(gateway, "GET", "/api/admin/audit").json()["changes"]
        assert eventually(lambda: [c["action"] for c in changes()] == ["credited 0.001 USD: a gift, said anna"])

    def test_a_reset_forgives_all_and_again_nothing(self, gateway):
        gateway.spend(1000, tenant="acme")
        for _ in range(2):
            answer = ask(gateway, "POST", "/api/admin/resets", json={"tenant": "acme", "period": "month"})
            assert answer.json() == {"settledUsd": "0"}
        assert gateway.usage("acme")["monthly"]["spentUsd"] == "0"
        assert gateway.usage("acme")["daily"]["spentUsd"] != "0"

    def test_of_all_tenants(self, gateway):
        gateway.spend(1000, tenant="acme")
        assert ask(gateway, "POST", "/api/admin/resets", json={"period": "day"}).json() == {"settledUsd": "0"}

    @pytest.mark.parametrize(
        "path,body,expected",
        [
            ("credits", {"tenant": "acme", "period": "day", "amountUsd": "99"}, (409, "more_than_settled")),
            ("credits", {"tenant": "acme", "period": "day", "amountUsd": "0"}, (400, "invalid_field")),
            ("credits", {"tenant": "acme", "period": "day", "amountUsd": 1}, (400, "invalid_field")),
            ("credits", {"tenant": "acme", "period": "day", "amountUsd": "-1"}, (400, "invalid_field")),
            ("credits", {"tenant": "acme", "period": "year", "amountUsd": "1"}, (400, "invalid_field")),
            ("credits", {"tenant": "nobody", "period": "day", "amountUsd": "1"}, (404, "unknown_tenant")),
            ("resets", {"tenant": "acme"}, (400, "invalid_field")),
            ("resets", {"tenant": "nobody", "period": "day"}, (404, "unknown_tenant")),
        ],
    )
    def test_what_cannot_be(self, gateway, path, body, expected):
        gateway.spend(1000, tenant="acme")
        before = gateway.usage("acme")["daily"]
        assert reason(ask(gateway, "POST", f"/api/admin/{path}", json=body)) == expected
        assert gateway.usage("acme")["daily"] == before


class TestUnknownNames:
    """A name that means nothing at its place is called unknown, and the nearest one is named; on every operation."""

    @staticmethod
    def misspelled(name):
        return name[:-2] + name[-1] + name[-2] if len(name) > 3 and name[-1] != name[-2] else name + "s"

    def test_in_bodies(self, gateway, document):
        tried = 0
        for method, path, spec in operations(document):
            schema = spec.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            if not path.startswith("/api/") or schema.get("additionalProperties") is not False:
                continue
            name = next(iter(schema["properties"]))
            wrong = self.misspelled(name)
            place = re.sub(r"{period}", "day", re.sub(r"{scope}", "tenant:acme", path))
            answer = ask(gateway, method.upper(), re.sub(r"{\w+}", "x", place), json={wrong: "x"})
            error = answer.json()["error"]
            assert answer.status_code == 400 and error["param"] == wrong, (path, error)
            assert f"'{wrong}' is unknown. Did you mean '" in error["message"], error
            tried += 1
        assert tried >= 8

    def test_in_queries(self, gateway, document):
        tried = 0
        for method, path, spec in operations(document):
            names = [p["name"] for p in spec.get("parameters", []) if p["in"] == "query"]
            if not path.startswith("/api/admin/") or not names:
                continue
            wrong = self.misspelled(names[0])
            answer = ask(gateway, method.upper(), re.sub(r"{\w+}", "x", path), params={wrong: "1"})
            error = answer.json()["error"]
            assert answer.status_code == 400 and error["param"] == wrong, (path, error)
            assert f"'{wrong}' is unknown." in error["message"], error
            tried += 1
        assert tried >= 4

    def test_a_missing_field_is_called_missing(self, gateway):
        answer = ask(gateway, "POST", "/api/admin/credits", json={"tenant": "acme", "period": "day"})
        assert answer.status_code == 400 and answer.json()["error"]["message"].endswith("is missing.")
