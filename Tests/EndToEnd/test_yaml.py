"""Configuration as code: bursar.yaml under the environment, checked whole, taken up while the gateway runs."""

import json
import os
import signal
import subprocess

import pytest
from support import BINARY, CHEAP, DEAR, MIDDLE, ROOT, NotStarted, costing, eventually, listed
from test_refusals import refused

ADMIN = "admin-token-of-this-test"
FINE = """
budgets:
  default: {daily: 3, monthly: 30}
  global:
    daily: 100
models:
  chain: [openai/gpt-5-mini, meta-llama/llama-3.1-8b-instruct]
calls: {maxUsd: 0.5}
tenants:
  acme: {daily: 1.25, monthly: none}
  beta: {daily: 7}
"""


@pytest.fixture
def write(tmp_path):
    def write(text):
        # As an editor does it: another file in its place.
        (tmp_path / "new.yaml").write_text(text)
        os.replace(tmp_path / "new.yaml", tmp_path / "bursar.yaml")

    return write


@pytest.fixture
def check(tmp_path):
    def check(*arguments, **environment):
        return subprocess.run(
            [BINARY, "config", "check", *arguments], cwd=tmp_path, env={"HOME": str(tmp_path), **environment},
            capture_output=True, text=True, timeout=60, check=False,
        )

    return check


def cap(gateway, tenant, window="daily"):
    return gateway.usage(tenant)[window]["capUsd"]


def lines(gateway, message):
    return [line for line in map(json.loads, gateway.log().splitlines()) if line["message"] == message]


class TestReading:
    def test_the_file_is_read_and_the_environment_wins(self, start, sandbox, write):
        write(FINE)
        gateway = start(sandbox, DEFAULT_MONTHLY_BUDGET=40, TENANT_BUDGETS='{"acme":{"daily":2}}')
        assert cap(gateway, "other") == "3" and cap(gateway, "other", "monthly") == "40"
        assert cap(gateway, "acme") == "2", "the variable's own line for a tenant wins"
        assert cap(gateway, "acme", "monthly") == "40"
        assert cap(gateway, "beta") == "7"

    def test_none_lifts_a_cap(self, start, sandbox, write):
        write(FINE)
        gateway = start(sandbox)
        assert cap(gateway, "acme") == "1.25" and cap(gateway, "acme", "monthly") is None

    def test_all_mistakes_at_once_with_place_and_reason(self, start, sandbox, write):
        write(
            """budgets:
  default: {daily: lots}
  globl: {daily: 1}
calls:
  maxUsd: -1
server: {port: [1, 2]}
tenants:
  a b: {daily: 1}
  acme: {daily: many}
  beta: {dayly: 1}
nothing: 1
"""
        )
        with pytest.raises(NotStarted) as stopped:
            start(sandbox)
        said = stopped.value.said
        assert stopped.value.code == 1
        for place in ["bursar.yaml:2 budgets.default.daily", "bursar.yaml:3 budgets.globl", "bursar.yaml:5 calls.maxUsd",
                      "bursar.yaml:6 server.port", "bursar.yaml:8 tenants.a b", "bursar.yaml:9 tenants.acme",
                      "bursar.yaml:10 tenants.beta", "bursar.yaml:11 nothing"]:
            assert place in said, (place, said)
        assert "8 invalid settings" in said
        assert "'lots'" in said and "an amount of USD" in said

    @pytest.mark.parametrize("text", ["a: [", "\t", "- 1", "budgets: 5", "budgets: {default: {daily: 1, daily: 2}}"])
    def test_what_is_no_settings_file(self, check, write, text):
        write(text)
        checked = check()
        assert checked.returncode == 1 and "bursar.yaml" in checked.stderr

    @pytest.mark.parametrize("text", ["", "# nothing yet\n", "budgets:\n", "budgets: {default: }\n"])
    def test_an_empty_file_is_fine(self, check, write, text):
        write(text)
        assert check().returncode == 0


class TestCheck:
    def test_fine(self, check, write):
        write(FINE)
        checked = check()
        assert checked.returncode == 0, checked.stderr
        assert "2 tenants" in checked.stdout and "DEFAULT_DAILY_BUDGET  bursar.yaml:3 budgets.default.daily" in checked.stdout

    def test_mistakes_as_json(self, check, write):
        write("nothing: 1\nbudgets: {warnAt: 2}\n")
        checked = check("--json")
        assert checked.returncode == 1
        found = json.loads(checked.stdout)
        assert not found["ok"] and len(found["problems"]) == 2

    def test_a_file_that_is_not_there(self, check):
        assert check("other.yaml").returncode == 1
        assert check().returncode == 0

    def test_the_environment_is_checked_too(self, check):
        checked = check(PORT="x", WARN_AT="7")
        assert checked.returncode == 1
        assert "PORT" in checked.stderr and "WARN_AT" in checked.stderr


class TestCheckOfWhatIsNamed:
    """Models have a price, and secrets are where the settings say."""

    MODELS = """models:
  primary: openai/gpt-5.3
  chain: [openai/gpt-5-mini, no/such]
  aliases: {fast: openai/gpt-5-mni}
policies:
  strict: {chain: [no/policy]}
tenants:
  acme: {models: [openai/*, nobody/*, openai/gpt-5-mni]}
"""

    def test_models_by_the_list_at_hand_are_warned_of(self, check, write):
        write(self.MODELS)
        checked = check()
        assert checked.returncode == 0, checked.stderr
        said = checked.stderr.splitlines()
        assert "warning: bursar.yaml:2 models.primary: names 'openai/gpt-5.3', which has no known price; did you mean openai/gpt-5" in said[1]
        assert "bursar.yaml:3 models.chain: names 'no/such'" in said[2]
        assert "bursar.yaml:4 models.aliases.fast: names 'openai/gpt-5-mni', which has no known price; did you mean openai/gpt-5-mini" in said[3]
        assert "bursar.yaml:6 policies.strict.chain: names 'no/policy'" in said[4]
        assert "bursar.yaml:8 tenants.acme.models: names 'nobody/*', and no known model is called so" in said[5]
        assert "names 'openai/gpt-5-mni'" in said[6] and "did you mean openai/gpt-5-mini" in said[6]
        assert said[0] == "warning: OPENROUTER_API_KEY is not set; serve needs it, or --sandbox" and len(said) == 7
        assert len(json.loads(check("--json").stdout)["warnings"]) == 7

    def test_models_by_upstreams_list_are_mistakes(self, check, write, scripted):
        scripted.models = [listed("new/model", "0.000001", "0.000002")]
        write("models: {chain: [new/model]}\n")
        assert "new/model" in check(OPENROUTER_BASE_URL=scripted.url).stderr
        checked = check("--live", OPENROUTER_BASE_URL=scripted.url, OPENROUTER_API_KEY="sk-x")
        assert checked.returncode == 0 and checked.stderr == "", checked.stderr
        write("models:\n  chain: [new/modle]\n  prices: {new/model: {prmpt: 1}}\ncalls: {maxUsd: x}\n")
        checked = check("--live", OPENROUTER_BASE_URL=scripted.url)
        assert checked.returncode == 1 and "3 invalid settings" in checked.stderr
        assert "bursar.yaml:2 models.chain: names 'new/modle', which has no known price; did you mean new/model" in checked.stderr
        assert "bursar.yaml:3 models.prices.new/model: names 'prmpt', and no price is called so" in checked.stderr
        assert "bursar.yaml:4 calls.maxUsd" in checked.stderr
        scripted.models = None
        checked = check("--live", OPENROUTER_BASE_URL=scripted.url)
        assert checked.returncode == 1 and "OPENROUTER_BASE_URL: its list of models could not be fetched" in checked.stderr

    def test_secrets_are_looked_for_and_all_is_told_at_once(self, check, write, tmp_path):
        (tmp_path / "empty.key").write_text("\n")
        (tmp_path / "words.key").write_text("two words\n")
        (tmp_path / "fine.key").write_text("sk-or-secret\n")
        (tmp_path / "latin.key").write_bytes(b"sk-\xff\xfe")
        write(
            """tenants:
  acme: {upstreamKey: "env:ACME_KEY"}
  beta: {upstreamKey: "file:gone.key", daily: many}
  delta: {upstreamKey: "file:empty.key"}
  eps: {upstreamKey: "file:words.key"}
  fine: {upstreamKey: "file:fine.key"}
  eta: {upstreamKey: "file:latin.key"}
  theta: {upstreamKey: "env:SET"}
  iota: {daily: lots}
smtp: {caFile: gone.pem}
"""
        )
        checked = check(SET="sk-or-secret", OPENROUTER_API_KEY="sk-or-secret")
        said = [line.strip() for line in checked.stderr.splitlines()]
        assert checked.returncode == 1 and "8 invalid settings" in said[0], said
        assert [line.split(": ", 1)[0] for line in said[1:]] == [
            f"bursar.yaml:{place}" for place in (
                "2 tenants.acme.upstreamKey", "3 tenants.beta.daily", "3 tenants.beta.upstreamKey", "4 tenants.delta.upstreamKey", "5 tenants.eps.upstreamKey",
                "7 tenants.eta.upstreamKey", "9 tenants.iota.daily", "10 smtp.caFile")]
        for why in ("the variable ACME_KEY, which is not set", "gone.key, which is not there", "empty.key, which is empty", "words.key, which holds more than one word",
                    "latin.key, which cannot be read as text", "gone.pem, which cannot be read"):
            assert why in checked.stderr
        assert "sk-or-secret" not in checked.stderr and "two words" not in checked.stderr
        write('tenants:\n  acme: {upstreamKey: "env:ACME_KEY"}\n')
        assert check().returncode == 1
        checked = check("--without-secrets")
        assert checked.returncode == 0 and checked.stderr == "", checked.stderr


class TestReload:
    def test_a_changed_file_is_taken_up(self, start, sandbox, write):
        write(FINE)
        gateway = start(sandbox)
        gateway.chat(model=CHEAP, headers={"X-Tenant-Id": "beta"})
        spent = gateway.usage("beta")["daily"]["spentUsd"]
        write(FINE.replace("daily: 7", "daily: 9"))
        assert eventually(lambda: cap(gateway, "beta") == "9", within=20)
        assert gateway.usage("beta")["daily"]["spentUsd"] == spent
        [told] = lines(gateway, "a setting has changed")
        assert (told["setting"], told["of"]) == ("TENANT_BUDGETS", "beta") and "7" in told["old"] and "9" in told["new"]

    def test_sighup(self, start, sandbox, write):
        write(FINE)
        gateway = start(sandbox)
        write(FINE.replace("maxUsd: 0.5", "maxUsd: 0"))
        gateway.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: gateway.chat(model=CHEAP).status_code == 429, within=20)
        assert gateway.process.poll() is None

    def test_a_cap_below_what_is_spent_stops_new_calls(self, start, sandbox, write):
        write(FINE)
        gateway = start(sandbox)
        assert gateway.chat(model=CHEAP, headers={"X-Tenant-Id": "beta"}).status_code == 200
        write(FINE.replace("daily: 7", "daily: 0.0000001"))
        assert eventually(lambda: cap(gateway, "beta") == "0.0000001", within=20)
        answer = gateway.chat(model=CHEAP, headers={"X-Tenant-Id": "beta"})
        assert answer.status_code == 429
        assert answer.json()["error"]["metadata"]["reason"] == "budget_exceeded"

    @pytest.mark.parametrize("broken", ["budgets: {default: {daily: x}}", "budgets: [", "models: {chain: [no/such-model]}"])
    def test_a_broken_file_keeps_the_old_settings_and_says_so(self, start, sandbox, write, broken):
        write(FINE)
        gateway = start(sandbox)
        write(broken)
        message = "settings are not taken up, the old ones stay"
        assert eventually(lambda: lines(gateway, message), within=20)
        assert lines(gateway, message)[0]["level"] == "error"
        assert cap(gateway, "beta") == "7"
        assert gateway.chat(model=CHEAP).status_code == 200

    def test_thresholds_and_the_smallest_call_are_taken_up(self, start, scripted, write):
        write("budgets: {default: {daily: 1}}\n")
        scripted.answers = [costing(0.6)]
        gateway = start(scripted)
        assert gateway.chat(max_tokens=10).headers["x-bursar-state"] == "active"
        write("budgets: {default: {daily: 1}, warnAt: 0.4, degradeAt: 0.95}\n")
        assert eventually(lambda: gateway.usage()["state"] == "warned", within=20)
        write("budgets: {default: {daily: 1}, warnAt: 0.4, degradeAt: 0.5}\n")
        assert eventually(lambda: gateway.usage()["state"] == "degraded", within=20)
        # What is left, $0.0001, does not pay for the smallest call of the model that the chain has then.
        scripted.answers = [costing(0.3999)]
        gateway.chat(max_tokens=10)
        assert gateway.usage()["state"] == "degraded"
        write(f"budgets: {{default: {{daily: 1}}}}\nmodels: {{chain: [{DEAR}]}}\n")
        assert eventually(lambda: gateway.usage()["state"] == "stopped", within=20)


def test_the_example_is_fine(check, write):
    example = (ROOT / "bursar.example.yaml").read_text()
    write(example)
    checked = check()
    assert checked.returncode == 0, checked.stderr


class TestTenants:
    """What the file says of tenants beside their budgets, in force and taken up while the gateway runs."""

    def as_tenant(self, name="acme", **more):
        return {"X-Tenant-Id": name, **more}

    def test_only_its_models(self, start, sandbox, write):
        write(f"tenants: {{acme: {{models: [meta-llama/*]}}}}\nmodels: {{chain: [{MIDDLE}, {CHEAP}]}}\n")
        gateway = start(sandbox)
        error = refused(gateway.chat(headers=self.as_tenant()), 403, "model_not_allowed", "permission_error")
        assert "Tenant 'acme'" in error["message"] and "meta-llama/*" in error["message"]
        assert gateway.chat(model=CHEAP, headers=self.as_tenant()).status_code == 200
        assert gateway.chat(headers=self.as_tenant("beta")).status_code == 200
        listed = gateway.http.get("/v1/models", headers=self.as_tenant()).json()["data"]
        assert listed and all(model["id"].startswith("meta-llama/") for model in listed)

    def test_policies(self, start, scripted, write):
        write(
            f"""
budgets: {{default: {{daily: 1}}}}
models: {{chain: [{MIDDLE}]}}
policies:
  strict: {{downgrade: never}}
  small: {{maxUsd: 0.001}}
  cheapest: {{chain: [{CHEAP}]}}
  watched: {{mode: observe}}
tenants: {{strict: {{policy: strict}}, small: {{policy: small}}, cheapest: {{policy: cheapest}}, watched: {{policy: watched}}}}
"""
        )
        scripted.answers = [costing(0.95)]
        gateway = start(scripted)

        def call(tenant, tokens=100):
            return gateway.chat(headers=self.as_tenant(tenant), max_tokens=tokens)

        assert refused(call("small"), 429, "call_too_expensive", "insufficient_quota")
        for tenant in ["plain", "strict", "cheapest"]:
            assert call(tenant).headers["x-bursar-state"] == "degraded"
        scripted.answers = [costing(0.0001)]
        assert call("plain").headers["x-bursar-model"] == MIDDLE
        assert call("strict").headers["x-bursar-model"] == DEAR
        assert call("cheapest").headers["x-bursar-model"] == CHEAP
        scripted.answers = [costing(1.5)]
        assert call("watched").status_code == 200
        would = call("watched")
        assert would.status_code == 200 and would.headers["x-bursar-would"]
        assert call("plain", 100).status_code == 200, "one call beyond"
        assert call("plain").status_code == 429

    def test_chains_by_model(self, start, scripted, write):
        write(f"models: {{chain: [{CHEAP}], chains: {{gpt-5.2: [{MIDDLE}]}}}}\nbudgets: {{default: {{daily: 1}}}}\n")
        scripted.answers = [costing(0.95)]
        gateway = start(scripted)
        assert gateway.chat(max_tokens=100).headers["x-bursar-state"] == "degraded"
        scripted.answers = [costing(0.0001)]
        assert gateway.chat(max_tokens=100).headers["x-bursar-model"] == MIDDLE
        assert gateway.chat(model="anthropic/claude-sonnet-4.5", max_tokens=100).headers["x-bursar-model"] == CHEAP

    def test_limits_are_taken_up(self, start, sandbox, write):
        write("tenants: {acme: {}}\n")
        gateway = start(sandbox)
        assert [gateway.chat(model=CHEAP, headers=self.as_tenant()).status_code for _ in range(3)] == [200, 200, 200]
        write("tenants: {acme: {rpm: 2, concurrent: 5}}\n")
        answer = eventually(
            lambda: (a := gateway.chat(model=CHEAP, headers=self.as_tenant())).status_code == 429 and a, within=20, every=0.2)
        refused(answer, 429, "rate_limited", "rate_limit_exceeded")
        assert 1 <= int(answer.headers["retry-after"]) <= 60
        write("tenants: {acme: {}}\n")
        assert eventually(lambda: gateway.chat(model=CHEAP, headers=self.as_tenant()).status_code == 200, within=20, every=0.2)

    def test_what_only_the_file_says_is_all_or_none(self, start, sandbox, write):
        write("tenants: {acme: {daily: 2}}\n")
        gateway = start(sandbox)
        write("tenants: {acme: {daily: 3, policy: none-such}, beta: {daily: 9}}\n")
        message = "settings are not taken up, the old ones stay"
        [told] = eventually(lambda: lines(gateway, message), within=20)
        assert told["problem"].startswith("bursar.yaml:1 tenants.acme.policy: is 'none-such'")
        assert cap(gateway, "acme") == "2" and cap(gateway, "beta") == "5"
        write("tenants: {acme: {daily: 3}, beta: {daily: 9}}\n")
        assert eventually(lambda: cap(gateway, "beta") == "9", within=20) and cap(gateway, "acme") == "3"

    def test_secrets_are_not_logged(self, start, sandbox, write, tmp_path):
        def keep(secret):
            names = "BURSAR_VIEWER_TOKEN", "LOKI_PASSWORD", "MINE"
            (tmp_path / ".env").write_text(
                f"SLACK_WEBHOOK_URL=http://127.0.0.1:1/{secret}\n" + "".join(f"{name}={secret}\n" for name in names))

        keep("first-secret")
        gateway = start(sandbox)
        keep("second-secret")
        [later] = eventually(lambda: lines(gateway, "a setting has changed, and takes hold at the next start"), within=20)
        told = [later, *lines(gateway, "a setting has changed")]
        assert [(line["setting"], line["old"], line["new"]) for line in told] == [
            (name, "secret", "secret") for name in ("BURSAR_VIEWER_TOKEN", "LOKI_PASSWORD", "SLACK_WEBHOOK_URL")]
        assert "first-secret" not in gateway.log() and "second-secret" not in gateway.log()


class TestNamesInDotEnv:
    """A misspelled name in `.env` would leave a cap out without a word."""

    NAMES = [("DEFUALT_MONTHLY_BUDGET", "DEFAULT_MONTHLY_BUDGET"), ("BUDGET_TIMEZONE", "BUDGET_TIME_ZONE"),
             ("MAX_CAL_USD", "MAX_CALL_USD")]

    @pytest.mark.parametrize("wrong, right", NAMES)
    def test_are_warned_of_with_the_one_that_is_meant(self, check, tmp_path, wrong, right):
        (tmp_path / ".env").write_text(f"# caps\n{wrong}=5\n")
        checked = check()
        assert checked.returncode == 0
        assert f".env line 2: {wrong} is unknown. Did you mean {right}?" in checked.stderr
        assert any(wrong in warning for warning in json.loads(check("--json").stdout)["warnings"])

    def test_every_bad_line_is_listed_beside_other_mistakes(self, check, write, tmp_path):
        (tmp_path / ".env").write_text("first\nPORT=x\nsecond\n")
        write("budgets: {warnAt: 80}\n")
        checked = check()
        for place in [".env line 1", ".env line 3", "PORT", "budgets.warnAt"]:
            assert place in checked.stderr, (place, checked.stderr)
        assert "4 invalid settings" in checked.stderr

    def test_a_cap_of_a_day_above_that_of_its_month_is_warned_of(self, check, write):
        write("tenants: {acme: {daily: 50, monthly: 20}}\n")
        checked = check()
        assert checked.returncode == 0 and "above the month's of $20" in checked.stderr
