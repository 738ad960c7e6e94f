"""Virtual keys: issued once, checked at every call, rotated and revoked."""

import json
import os
import stat
import subprocess
from datetime import datetime, timedelta, timezone

import httpx
import pytest
from support import BINARY, CHEAP, DEAR, MIDDLE, ask, eventually
from test_refusals import refused

ADMIN = "admin-token-of-this-test"


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)


def admin(gateway, method, path, **how):
    return gateway.http.request(method, f"/api/admin{path}", headers={"Authorization": f"Bearer {ADMIN}"}, **how)


def issue(gateway, tenant="acme", **rules):
    answer = admin(gateway, "POST", "/keys", json={"tenant": tenant, **rules})
    assert answer.status_code == 201, answer.text
    return answer.json()


def bearer(secret):
    return {"Authorization": f"Bearer {secret}"}


def reason(answer):
    return answer.status_code, answer.json()["error"]["metadata"]["reason"]


class TestIssuing:
    def test_a_secret_is_shown_once_and_kept_nowhere(self, gateway, tmp_path):
        made = issue(gateway, key="ci")
        secret = made["secret"]
        assert secret.startswith("bsr_") and len(secret) == 47
        assert made["key"]["key"] == "ci" and made["key"]["tenant"] == "acme" and made["key"]["state"] == "good"
        listed = admin(gateway, "GET", "/keys")
        assert [key["key"] for key in listed.json()["keys"]] == ["ci"]
        assert secret not in listed.text and secret[:10] in listed.text
        assert gateway.chat(model=CHEAP, headers=bearer(secret)).status_code == 200
        gateway.stop()
        for file in tmp_path.iterdir():
            if file.is_file():
                assert secret.encode() not in file.read_bytes(), file

    def test_the_pepper_is_for_its_owner_alone(self, gateway, tmp_path):
        assert stat.S_IMODE(os.stat(tmp_path / "ledger.db.key-pepper").st_mode) == 0o600

    def test_a_name_is_given_where_none_is_asked_for(self, gateway):
        assert [issue(gateway)["key"]["key"] for _ in range(2)] == ["acme-1", "acme-2"]

    def test_a_good_name_is_taken(self, gateway):
        issue(gateway, key="ci")
        answer = admin(gateway, "POST", "/keys", json={"tenant": "acme", "key": "ci"})
        assert reason(answer) == (409, "key_exists")

    @pytest.mark.parametrize(
        "body,param",
        [
            ({}, "tenant"),
            ({"tenant": "a b"}, "tenant"),
            ({"tenant": 7}, "tenant"),
            ({"tenant": "acme", "model": ["x"]}, "model"),
            ({"tenant": "acme", "models": "x"}, "models"),
            ({"tenant": "acme", "models": ["ok/ok", "a b"]}, "models[1]"),
            ({"tenant": "acme", "tags": ["feature"]}, "tags[0]"),
            ({"tenant": "acme", "expiresAt": "tomorrow"}, "expiresAt"),
            ({"tenant": "acme", "expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
            ({"tenant": "acme", "needsUser": "yes"}, "needsUser"),
        ],
    )
    def test_what_is_no_key_is_refused(self, gateway, body, param):
        answer = admin(gateway, "POST", "/keys", json=body)
        assert reason(answer) == (400, "invalid_field")
        assert answer.json()["error"]["param"] == param
        assert admin(gateway, "GET", "/keys").json() == {"keys": []}

    def test_issuing_needs_the_admin(self, gateway):
        made = issue(gateway)
        for headers in [{}, bearer("wrong"), bearer(made["secret"])]:
            assert gateway.http.post("/api/admin/keys", json={"tenant": "x"}, headers=headers).status_code == 401


class TestCalling:
    def test_open_until_the_first_key_then_closed_for_good(self, gateway):
        assert gateway.chat(model=CHEAP).status_code == 200
        made = issue(gateway, key="ci")
        assert reason(gateway.chat(model=CHEAP)) == (401, "invalid_key")
        assert gateway.chat(model=CHEAP, headers=bearer(made["secret"])).status_code == 200
        assert admin(gateway, "DELETE", "/keys/ci").status_code == 200
        assert reason(gateway.chat(model=CHEAP)) == (401, "invalid_key")

    def test_the_key_names_the_tenant(self, gateway):
        secret = issue(gateway, "acme")["secret"]
        assert gateway.chat(model=CHEAP, headers={"x-api-key": secret}).status_code == 200
        assert gateway.chat(model=CHEAP, headers={**bearer(secret), "X-Tenant-Id": "acme"}).status_code == 200
        answer = gateway.chat(model=CHEAP, headers={**bearer(secret), "X-Tenant-Id": "beta"})
        assert reason(answer) == (403, "tenant_not_allowed")
        usage = gateway.http.get("/api/usage/acme", headers=bearer(ADMIN)).json()
        assert usage["models"][0]["requests"] == 2

    @pytest.mark.parametrize("others,allowed", [(["beta"], ["beta"]), (["*"], ["beta", "gamma"])])
    def test_a_key_may_act_for_others(self, gateway, others, allowed):
        secret = issue(gateway, "acme", actsFor=others)["secret"]
        for tenant in ["beta", "gamma"]:
            answer = gateway.chat(model=CHEAP, headers={**bearer(secret), "X-Tenant-Id": tenant})
            assert answer.status_code == (200 if tenant in allowed else 403)

    @pytest.mark.parametrize(
        "secret,hint",
        [("", "bsr_"), ("bsr_" + "0" * 43, "revoked"), ("sk-proj-something", "begin with bsr_"), ("sk-or-v1-abc", "itself")],
    )
    def test_what_is_no_good_key_is_told_why(self, gateway, sandbox, secret, hint):
        issue(gateway)
        answer = gateway.chat(model=CHEAP, headers=bearer(secret) if secret else {})
        assert reason(answer) == (401, "invalid_key")
        assert answer.headers["www-authenticate"] == "Bearer"
        assert hint in answer.json()["error"]["message"]
        assert sandbox.calls() == 0

    def test_a_changed_character_opens_nothing(self, gateway):
        secret = issue(gateway)["secret"]
        other = secret[:-1] + ("a" if secret[-1] != "a" else "b")
        assert gateway.chat(model=CHEAP, headers=bearer(other)).status_code == 401

    def test_only_its_models(self, gateway, sandbox):
        secret = issue(gateway, models=["meta-llama/*", MIDDLE])["secret"]
        assert gateway.chat(model=CHEAP, headers=bearer(secret)).status_code == 200
        assert gateway.chat(model=MIDDLE, headers=bearer(secret)).status_code == 200
        answer = gateway.chat(model=DEAR, headers=bearer(secret))
        assert reason(answer) == (403, "model_not_allowed")
        assert answer.json()["error"]["param"] == "model"

    def test_lists_only_its_models(self, gateway):
        headers = bearer(issue(gateway, models=["meta-llama/*", MIDDLE])["secret"])
        everything = {model["id"] for model in gateway.http.get("/v1/models", headers=bearer(issue(gateway)["secret"])).json()["data"]}
        own = {model["id"] for model in gateway.http.get("/v1/models", headers=headers).json()["data"]}
        assert own == {name for name in everything if name == MIDDLE or name.startswith("meta-llama/")} != everything
        assert MIDDLE in own and DEAR not in own
        assert gateway.http.get(f"/v1/models/{MIDDLE}", headers=headers).status_code == 200
        assert gateway.http.get(f"/v1/models/{DEAR}", headers=headers).status_code == 404

    def test_tells_its_own_limits_where_openrouters_clients_ask(self, gateway):
        key = issue(gateway, key="ci", models=["meta-llama/*", MIDDLE])
        told = lambda path="/v1/key": gateway.http.get(path, headers=bearer(key["secret"])).json()["data"]
        assert told()["label"] == "ci" and told()["allowed_models"] == ["meta-llama/*", MIDDLE]
        assert (told()["limit"], told()["limit_reset"], told()["expires_at"]) == (5, "daily", None)
        set = admin(gateway, "PUT", "/budgets/key:ci/week", json={"capUsd": "0.5"})
        assert set.status_code == 200, set.text
        assert (told()["limit"], told()["limit_remaining"], told()["limit_reset"]) == (0.5, 0.5, "weekly")
        assert told("/v1/credits") == {"total_credits": 0.5, "total_usage": 0}
        assert gateway.chat(model=MIDDLE, max_tokens=50, headers=bearer(key["secret"])).status_code == 200
        assert 0 < told()["limit_remaining"] < 0.5
        other = issue(gateway)["secret"]
        assert gateway.http.get("/v1/key", headers=bearer(other)).json()["data"]["allowed_models"] is None

    def test_a_clients_own_fallbacks_are_held_to_its_models_too(self, gateway, sandbox):
        secret = issue(gateway, models=[MIDDLE, CHEAP])["secret"]
        allowed = gateway.chat(model=MIDDLE, models=[MIDDLE, CHEAP], max_tokens=20, headers=bearer(secret))
        assert allowed.status_code == 200, allowed.text
        answer = gateway.chat(model=MIDDLE, models=[MIDDLE, DEAR], max_tokens=20, headers=bearer(secret))
        assert reason(answer) == (403, "model_not_allowed")

    def test_the_chain_is_cut_to_its_models(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, FALLBACK_MODEL_CHAIN=f"{MIDDLE},{CHEAP}")
        secret = issue(gateway, models=[DEAR, CHEAP])["secret"]
        sandbox.faults({"fault": "server_error", "model": DEAR, "times": 9})
        answer = gateway.chat(model=DEAR, headers=bearer(secret))
        assert answer.status_code == 200, answer.text
        assert answer.headers["x-bursar-model"] == CHEAP

    @pytest.mark.parametrize(
        "rule,header,field",
        [("needsUser", "X-Bursar-User", {"user": "ann"}), ("needsRun", "X-Bursar-Run", {"session_id": "r1"})],
    )
    def test_a_key_may_ask_who_it_is_for(self, gateway, sandbox, rule, header, field):
        secret = issue(gateway, **{rule: True})["secret"]
        answer = gateway.chat(model=CHEAP, headers=bearer(secret))
        assert reason(answer) == (400, "missing_scope")
        assert answer.json()["error"]["param"] == header
        assert sandbox.calls() == 0
        assert gateway.chat(model=CHEAP, headers={**bearer(secret), header: "x"}).status_code == 200
        assert gateway.chat(model=CHEAP, headers=bearer(secret), **field).status_code == 200

    def test_tags_of_key_and_call_are_at_most_eight(self, gateway):
        secret = issue(gateway, tags=["env=prod", "feature=search"])["secret"]
        own = ",".join(f"t{n}=1" for n in range(6))
        assert gateway.chat(model=CHEAP, headers={**bearer(secret), "X-Bursar-Tags": own}).status_code == 200
        answer = gateway.chat(model=CHEAP, headers={**bearer(secret), "X-Bursar-Tags": own + ",more=1"})
        assert reason(answer) == (400, "invalid_tags")

    def test_beyond_loopback_a_key_is_enough(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        secret = issue(gateway)["secret"]
        foreign = {"Host": "gateway.example", "X-Forwarded-For": "203.0.113.7"}
        assert gateway.chat(model=CHEAP, headers={**bearer(secret), **foreign}).status_code == 200
        assert gateway.chat(model=CHEAP, headers=foreign).status_code == 401


class TestEnding:
    def test_rotation_overlaps(self, gateway):
        first = issue(gateway, key="ci")["secret"]
        answer = admin(gateway, "POST", "/keys/ci/rotate", json={"overlapSeconds": 3600})
        assert answer.status_code == 201, answer.text
        second = answer.json()["secret"]
        assert first != second
        for secret in [first, second]:
            assert gateway.chat(model=CHEAP, headers=bearer(secret)).status_code == 200
        third = admin(gateway, "POST", "/keys/ci/rotate", json={"overlapSeconds": 0}).json()["secret"]
        assert [gateway.chat(model=CHEAP, headers=bearer(s)).status_code for s in [first, second, third]] == [401, 401, 200]

    def test_revocation_is_at_once_idempotent_and_lasts(self, gateway, start, sandbox):
        secret = issue(gateway, key="ci")["secret"]
        keeps = issue(gateway, key="other")["secret"]
        for _ in range(2):
            answer = admin(gateway, "DELETE", "/keys/ci")
            assert answer.status_code == 200 and answer.json()["state"] == "ended"
            assert gateway.chat(model=CHEAP, headers=bearer(secret)).status_code == 401
        # Written before it was answered.
        gateway.kill()
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        assert gateway.chat(model=CHEAP, headers=bearer(secret)).status_code == 401
        assert gateway.chat(model=CHEAP, headers=bearer(keeps)).status_code == 200

    @pytest.mark.parametrize("method,path", [("GET", ""), ("DELETE", ""), ("POST", "/rotate")])
    def test_a_key_that_never_was(self, gateway, method, path):
        answer = admin(gateway, method, f"/keys/nobody{path}", **({"json": {}} if method == "POST" else {}))
        assert reason(answer) == (404, "unknown_key")

    def test_a_lost_pepper_opens_nothing_and_is_told(self, gateway, start, sandbox, tmp_path):
        secret = issue(gateway)["secret"]
        gateway.stop()
        (tmp_path / "ledger.db.key-pepper").unlink()
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        assert gateway.chat(model=CHEAP, headers=bearer(secret)).status_code == 401
        assert "the pepper of keys was missing" in gateway.log()


class TestReading:
    def test_usage_needs_the_tenants_own_key(self, gateway):
        assert gateway.http.get("/api/usage/acme").status_code == 200
        own, other = issue(gateway, "acme")["secret"], issue(gateway, "beta")["secret"]
        assert gateway.http.get("/api/usage/acme").status_code == 401
        assert gateway.http.get("/api/usage/acme", headers=bearer(own)).status_code == 200
        assert reason(gateway.http.get("/api/usage/acme", headers=bearer(other))) == (403, "tenant_not_allowed")
        assert gateway.http.get("/api/usage/acme", headers=bearer(ADMIN)).status_code == 200

    @pytest.mark.parametrize("path", ["/api/ready", "/metrics", "/openapi.json"])
    def test_all_else_needs_a_token(self, gateway, path):
        secret = issue(gateway)["secret"]
        assert gateway.http.get("/api/health").status_code == 200
        assert gateway.http.get(path).status_code == 401
        assert gateway.http.get(path, headers=bearer(secret)).status_code == 401
        assert gateway.http.get(path, headers=bearer(ADMIN)).status_code == 200


class TestLimits:
    """What a key may do of its own: calls a minute, calls at once, budgets."""

    def test_calls_a_minute(self, gateway, sandbox):
        ci, web = issue(gateway, key="ci", rpm=2), issue(gateway, key="web")
        assert (ci["key"]["rpm"], ci["key"]["concurrent"], web["key"]["rpm"]) == (2, None, None)
        assert [gateway.chat(model=CHEAP, headers=bearer(ci["secret"])).status_code for _ in range(2)] == [200, 200]
        answer = gateway.chat(model=CHEAP, headers=bearer(ci["secret"]))
        error = refused(answer, 429, "rate_limited", "rate_limit_exceeded")
        assert "Key 'ci' may make 2 calls a minute" in error["message"] and 1 <= int(answer.headers["retry-after"]) <= 60
        assert gateway.chat(model=CHEAP, headers=bearer(web["secret"])).status_code == 200
        assert sandbox.calls() == 3

    def test_calls_at_once(self, gateway):
        ci, web = issue(gateway, key="ci", concurrent=1), issue(gateway, key="web")
        with gateway.wire() as running:
            running.post(ask("[sandbox:hang]", max_tokens=100), **bearer(ci["secret"]))
            usage = lambda: gateway.http.get("/api/usage/acme", headers=bearer(ci["secret"])).json()  # noqa: E731
            assert eventually(lambda: usage()["daily"]["reservedUsd"] != "0")
            answer = gateway.chat(model=CHEAP, headers=bearer(ci["secret"]))
            error = refused(answer, 429, "rate_limited", "rate_limit_exceeded")
            assert "Key 'ci' has 1 calls running" in error["message"] and answer.headers["retry-after"] == "1"
            assert gateway.chat(model=CHEAP, headers=bearer(web["secret"])).status_code == 200
        assert eventually(lambda: gateway.chat(model=CHEAP, headers=bearer(ci["secret"])).status_code == 200)

    def test_a_key_within_a_tenants_limit(self, start, sandbox):
        """Both hold: what the tenant has no room for, none of its keys may do."""
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, TENANT_BUDGETS='{"acme":{"rpm":2}}')
        ci, web = issue(gateway, key="ci", rpm=5), issue(gateway, key="web")
        assert [gateway.chat(model=CHEAP, headers=bearer(k["secret"])).status_code for k in (ci, web)] == [200, 200]
        error = refused(gateway.chat(model=CHEAP, headers=bearer(ci["secret"])), 429, "rate_limited", "rate_limit_exceeded")
        assert "Tenant 'acme'" in error["message"]

    def test_limits_outlive_a_restart_and_a_rotation(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        issue(gateway, key="ci", rpm=1)
        gateway.stop()
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        secret = admin(gateway, "POST", "/keys/ci/rotate", json={}).json()["secret"]
        assert [gateway.chat(model=CHEAP, headers=bearer(secret)).status_code for _ in range(2)] == [200, 429]

    def test_the_settings_say_otherwise(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, KEY_BUDGETS='{"ci":{"rpm":3,"daily":0.5}}')
        answer = admin(gateway, "POST", "/keys", json={"tenant": "acme", "key": "ci", "budgets": [{"period": "day", "capUsd": "1"}]})
        assert reason(answer) == (409, "budget_is_named") and "KEY_BUDGETS" in answer.json()["error"]["message"]
        assert admin(gateway, "GET", "/keys/ci").status_code == 404, "refused whole"
        ci = issue(gateway, key="ci", rpm=1)
        assert ci["key"]["budgets"] == [{"period": "day", "capUsd": "0.5"}]
        codes = [gateway.chat(model=CHEAP, headers=bearer(ci["secret"])).status_code for _ in range(4)]
        assert codes == [200, 200, 200, 429]

    def test_budgets_of_its_own(self, gateway):
        ci = issue(gateway, key="ci", budgets=[{"period": "day", "capUsd": "0.02"}, {"period": "total", "capUsd": "0"}])
        assert ci["key"]["budgets"] == [{"period": "day", "capUsd": "0.02"}, {"period": "total", "capUsd": "0"}]
        error = refused(gateway.chat(headers=bearer(ci["secret"])), 429, "budget_exceeded", "insufficient_quota")
        assert error["metadata"]["budget"] == "key_total"
        assert admin(gateway, "DELETE", "/budgets/key:ci/total").json() == {"removed": True}
        answer = gateway.chat(headers=bearer(ci["secret"]), max_tokens=2000)
        assert error["metadata"]["budget"] and answer.status_code in (200, 429)
        assert int(answer.headers.get("x-bursar-max-tokens", 0)) < 2000
        web = issue(gateway, key="web")
        assert gateway.chat(headers=bearer(web["secret"]), max_tokens=2000).status_code == 200
        told = eventually(lambda: [c for c in admin(gateway, "GET", "/audit").json()["changes"] if c["target"] == "key ci"])
        assert "0.02 USD by day" in told[0]["after"] and told[0]["before"] == "none"

    @pytest.mark.parametrize(
        "body, param",
        [
            ({"rpm": -1}, "rpm"), ({"rpm": "2"}, "rpm"), ({"concurrent": 1.5}, "concurrent"), ({"budgets": {"day": "1"}}, "budgets"),
            ({"budgets": [{"period": "year", "capUsd": "1"}]}, "budgets[0].period"),
            ({"budgets": [{"period": "day", "capUsd": "-1"}]}, "budgets[0].capUsd"),
            ({"budgets": [{"period": "day", "capUsd": "1"}] * 2}, "budgets"),
        ],
    )
    def test_what_is_no_limit(self, gateway, body, param):
        answer = admin(gateway, "POST", "/keys", json={"tenant": "acme", "key": "ci", **body})
        assert reason(answer) == (400, "invalid_field") and answer.json()["error"]["param"] == param
        assert admin(gateway, "GET", "/keys").json() == {"keys": []}

    def test_on_the_command_line(self, gateway, tmp_path):
        environment = {"HOME": str(tmp_path), "BURSAR_URL": gateway.url, "BURSAR_ADMIN_TOKEN": ADMIN}
        command = [BINARY, "key", "issue", "acme", "--name", "ci", "--rpm", "60", "--concurrent", "4", "--budgets", "day=5", "total=20", "--json"]
        ran = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=True)
        key = json.loads(ran.stdout)["key"]
        assert (key["rpm"], key["concurrent"]) == (60, 4)
        assert key["budgets"] == [{"period": "day", "capUsd": "5"}, {"period": "total", "capUsd": "20"}]
        wrong = subprocess.run(
            [*command[:-3], "daily=5"], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
        assert wrong.returncode == 64 and "no budget such as day=5" in wrong.stderr


class TestChanging:
    """What a key may do changes without a new secret."""

    def change(self, gateway, key="ci", **body):
        return admin(gateway, "PATCH", f"/keys/{key}", json=body)

    def test_holds_from_the_next_call_on(self, gateway):
        secret = issue(gateway, key="ci")["secret"]
        assert gateway.chat(model=DEAR, headers=bearer(secret)).status_code == 200
        answer = self.change(gateway, models=["meta-llama/*"], needsUser=True)
        assert answer.status_code == 200, answer.text
        assert (answer.json()["models"], answer.json()["needsUser"]) == (["meta-llama/*"], True)
        assert reason(gateway.chat(model=DEAR, headers=bearer(secret), user="ann")) == (403, "model_not_allowed")
        assert reason(gateway.chat(model=CHEAP, headers=bearer(secret))) == (400, "missing_scope")
        assert gateway.chat(model=CHEAP, headers=bearer(secret), user="ann").status_code == 200
        assert self.change(gateway, models=[], needsUser=False).status_code == 200
        assert gateway.chat(model=DEAR, headers=bearer(secret)).status_code == 200

    def test_what_is_left_out_stays_and_null_lifts(self, gateway):
        before = issue(
            gateway, key="ci", models=["meta-llama/*"], tags=["env=prod"], actsFor=["beta"], needsRun=True, rpm=2, concurrent=3)["key"]
        after = self.change(gateway, rpm=9).json()
        assert after == {**before, "rpm": 9}
        assert self.change(gateway, rpm=None, concurrent=None).json() == {**before, "rpm": None, "concurrent": None}
        assert self.change(gateway, actsFor=["*"], tags=[]).json()["actsFor"] == ["*"]
        assert self.change(gateway, actsFor=[]).json()["actsFor"] == []

    def test_doing_it_again_changes_nothing_and_is_not_written_down(self, gateway):
        issue(gateway, key="ci")
        for _ in range(3):
            assert self.change(gateway, rpm=9, expiresAt="2090-01-01T00:00:00Z").status_code == 200
        told = lambda: [c for c in admin(gateway, "GET", "/audit").json()["changes"] if c["action"] == "key changed"]  # noqa: E731
        assert eventually(told) and len(told()) == 1
        assert told()[0]["target"] == "key ci" and "9 calls a minute" in told()[0]["after"]
        assert "9 calls a minute" not in told()[0]["before"] and "until 2090-01-01T00:00:00Z" in told()[0]["after"]

    def test_an_end_comes_and_goes(self, gateway):
        key = issue(gateway, key="ci")
        soon = (datetime.now(timezone.utc) + timedelta(seconds=2)).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert self.change(gateway, expiresAt="2090-01-01T00:00:00Z").json()["expiresAt"] == "2090-01-01T00:00:00Z"
        assert self.change(gateway, expiresAt=None).json()["expiresAt"] is None
        assert self.change(gateway, expiresAt=soon).json()["secrets"][0]["endsAt"] == soon
        assert eventually(lambda: gateway.chat(model=CHEAP, headers=bearer(key["secret"])).status_code == 401)
        assert reason(self.change(gateway, expiresAt=None)) == (409, "key_ended"), "what has ended stays so"
        assert gateway.chat(model=CHEAP, headers=bearer(key["secret"])).status_code == 401

    def test_an_end_lengthens_no_secret_that_was_replaced(self, gateway):
        issue(gateway, key="ci")
        overlap = admin(gateway, "POST", "/keys/ci/rotate", json={"overlapSeconds": 60}).json()["key"]["secrets"][0]["endsAt"]
        changed = self.change(gateway, expiresAt="2090-01-01T00:00:00Z").json()
        assert [secret["endsAt"] for secret in changed["secrets"]] == [overlap, "2090-01-01T00:00:00Z"]

    def test_outlives_a_kill_a_rotation_and_the_proof(self, gateway, start, sandbox, tmp_path):
        secret = issue(gateway, key="ci")["secret"]
        self.change(gateway, rpm=1, models=["meta-llama/*"])
        gateway.kill()
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        assert [gateway.chat(model=CHEAP, headers=bearer(secret)).status_code for _ in range(2)] == [200, 429]
        rotated = admin(gateway, "POST", "/keys/ci/rotate", json={}).json()["key"]
        assert (rotated["rpm"], rotated["models"]) == (1, ["meta-llama/*"])
        gateway.stop()
        ran = subprocess.run(
            [BINARY, "verify"], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
            env={"HOME": str(tmp_path), "LEDGER_URL": f"sqlite:{tmp_path}/ledger.db"})
        assert ran.returncode == 0, ran.stdout + ran.stderr

    @pytest.mark.parametrize(
        "body, param",
        [
            ({}, "body"), ({"rpm": -1}, "rpm"), ({"rpm": "2"}, "rpm"), ({"models": ["a b"]}, "models[0]"), ({"tags": None}, "tags"),
            ({"expiresAt": "tomorrow"}, "expiresAt"), ({"expiresAt": "2020-01-01T00:00:00Z"}, "expiresAt"),
            ({"tenant": "beta"}, "tenant"), ({"budgets": []}, "budgets"),
        ],
    )
    def test_what_is_no_change_is_refused(self, gateway, body, param):
        before = issue(gateway, key="ci")["key"]
        answer = self.change(gateway, **body)
        assert reason(answer) == (400, "invalid_field") and answer.json()["error"]["param"] == param
        assert admin(gateway, "GET", "/keys/ci").json() == before

    def test_is_for_the_admin(self, gateway):
        secret = issue(gateway, key="ci")["secret"]
        for headers in [{}, bearer("wrong"), bearer(secret)]:
            assert gateway.http.patch("/api/admin/keys/ci", json={"rpm": 1}, headers=headers).status_code == 401
        assert admin(gateway, "GET", "/keys/ci").json()["rpm"] is None

    def test_what_the_settings_say_is_changed_there(self, start, sandbox, tmp_path):
        (tmp_path / "bursar.yaml").write_text("keys:\n  ci: {rpm: 3}\n")
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        issue(gateway, key="ci")
        answer = self.change(gateway, rpm=9)
        assert reason(answer) == (409, "key_is_named")
        told = answer.json()["error"]["metadata"]
        assert (told["file"].split("/")[-1], told["line"]) == ("bursar.yaml", 2) and "keys.ci" in told["setAt"]
        assert self.change(gateway, needsUser=True).json()["needsUser"] is True

    def test_on_the_command_line(self, gateway, tmp_path):
        before = issue(gateway, key="ci", models=[CHEAP], rpm=5)["key"]
        environment = {"HOME": str(tmp_path), "BURSAR_URL": gateway.url, "BURSAR_ADMIN_TOKEN": ADMIN}

        def bursar(*words, code=0):
            ran = subprocess.run(
                [BINARY, "key", *words], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False)
            assert ran.returncode == code, ran.stdout + ran.stderr
            return ran.stdout + ran.stderr

        words = ["set", "ci", "--models", "all", "--rpm", "none", "--concurrent", "4", "--needs-user", "--tags", "env=prod"]
        key = json.loads(bursar(*words, "--json"))
        assert key == {**before, "models": [], "rpm": None, "concurrent": 4, "needsUser": True, "tags": ["env=prod"]}
        assert "models all; 4 at once, needs a user, tags env=prod" in bursar("set", "ci", "--expires", "never")
        assert "4 at once" in bursar("list", "--tenant", "acme") and "has no key" in bursar("list", "--tenant", "beta")
        assert "until 2090-01-01T00:00:00Z" in bursar("set", "ci", "--expires", "2090-01-01T00:00:00Z", "--no-needs-user")
        assert "say what to change" in bursar("set", "ci", code=64)
        assert "--rpm is 'x'" in bursar("set", "ci", "--rpm", "x", code=64)
        assert "no key 'nobody'" in bursar("set", "nobody", "--rpm", "1", code=1)


class TestListing:
    def test_a_page_at_a_time_and_by_tenant(self, gateway):
        for tenant, key in [("beta", "b"), ("acme", "c"), ("acme", "a"), ("acme", "d")]:
            issue(gateway, tenant, key=key)

        def listed(query):
            page = admin(gateway, "GET", f"/keys{query}").json()
            return [key["key"] for key in page["keys"]], page.get("next")

        assert listed("") == (["a", "b", "c", "d"], None)
        assert listed("?limit=3") == (["a", "b", "c"], "c")
        assert listed("?limit=3&after=c") == (["d"], None)
        assert listed("?limit=2&tenant=acme") == (["a", "c"], "c")
        assert listed("?tenant=nobody") == ([], None)


class TestReceipts:
    def test_tell_which_key_a_call_showed(self, gateway):
        secret = issue(gateway, key="ci")["secret"]
        gateway.chat(model=CHEAP, headers=bearer(secret))
        receipts = eventually(lambda: admin(gateway, "GET", "/receipts").json()["receipts"])
        assert [receipt["key"] for receipt in receipts] == ["ci"]
