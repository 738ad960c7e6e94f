"""What a reload takes up while calls run: exporters, prices, breakers, keys, logs. And what it leaves for a start, loudly."""

import json
import os
import signal
import threading
from decimal import Decimal

import pytest
from sinks import Sinks
from support import CHEAP, DEAR, MIDDLE, booked, costing, eventually, listed
from test_refusals import refused
from test_yaml import ADMIN, lines, write  # noqa: F401

TAKEN, LATER = "a setting has changed", "a setting has changed, and takes hold at the next start"
REFUSED = "settings are not taken up, the old ones stay"


@pytest.fixture
def other_sinks():
    sinks = Sinks(seed=2)
    yield sinks
    sinks.close()


@pytest.fixture
def environment_file(tmp_path):
    def write(**values):
        (tmp_path / "new.env").write_text("".join(f"{name}={value}\n" for name, value in values.items()))
        os.replace(tmp_path / "new.env", tmp_path / ".env")

    return write


def reload(gateway, taken):
    """SIGHUP until it is said that `taken` were taken up, each of them by its variable."""
    gateway.process.send_signal(signal.SIGHUP)
    assert eventually(lambda: taken <= {line["setting"] for line in lines(gateway, TAKEN)}, within=20), gateway.log()


def secrets(sinks):
    """What the environment says beside the file: all but where sinks are."""
    places = ("LOKI_HOST", "OTEL_EXPORTER_OTLP_ENDPOINT", "EXPORT_INTERVAL_SECONDS")
    return {
        name: value for name, value in sinks.settings.items()
        if name not in places and name.startswith(("LOKI_", "OTEL_"))
    }


class TestExporters:
    def yaml(self, host, more=""):
        return f"exporters:\n  intervalSeconds: 0.1\n  loki: {{host: {host}}}\n{more}"

    def test_a_changed_one_goes_on_where_it_stopped(self, start, sandbox, sinks, other_sinks, write):  # noqa: F811
        write(self.yaml(sinks.settings["LOKI_HOST"]))
        gateway = start(sandbox, **secrets(sinks))
        for _ in range(3):
            gateway.chat(model=CHEAP)
        assert eventually(lambda: len(sinks.loki.lines) == 3)
        # These do not arrive before the change; the new address gets them, and none of the others.
        sinks.is_off = True
        for _ in range(2):
            gateway.chat(model=CHEAP)
        assert eventually(lambda: 'bursar_export_behind{sink="loki"} 2' in gateway.http.get("/metrics").text, within=10)
        write(self.yaml(other_sinks.settings["LOKI_HOST"]))
        reload(gateway, {"LOKI_HOST"})
        gateway.chat(model=CHEAP)
        assert eventually(lambda: len(other_sinks.loki.lines) == 3, within=20)
        sinks.is_off = False
        gateway.stop()
        assert len(sinks.loki.lines) == 3 and len(other_sinks.loki.lines) == 3
        assert sinks.loki.cost + other_sinks.loki.cost == sandbox.billed()

    def test_one_goes_and_comes_back_and_another_begins_now(self, start, sandbox, sinks, write):  # noqa: F811
        loki, otlp = sinks.settings["LOKI_HOST"], sinks.settings["OTEL_EXPORTER_OTLP_ENDPOINT"]
        write(self.yaml(loki))
        gateway = start(sandbox, **secrets(sinks))
        gateway.chat(model=CHEAP)
        assert eventually(lambda: len(sinks.loki.lines) == 1)
        write(f"exporters:\n  intervalSeconds: 0.1\n  otlp: {{endpoint: '{otlp}'}}\n")
        reload(gateway, {"LOKI_HOST", "OTEL_EXPORTER_OTLP_ENDPOINT"})
        assert {e["sink"] for e in gateway.http.get("/api/ready").json()["exports"]} == {"otlp"}
        gateway.chat(model=CHEAP)
        assert eventually(lambda: len(sinks.otlp.spans) == 1, within=20)
        assert len(sinks.loki.lines) == 1
        write(self.yaml(loki, f"  otlp: {{endpoint: '{otlp}'}}\n"))
        gateway.process.send_signal(signal.SIGHUP)
        gateway.chat(model=CHEAP)
        assert eventually(lambda: len(sinks.loki.lines) == 3, within=20), "it goes on where it stopped"
        assert eventually(lambda: len(sinks.otlp.spans) == 2, within=20)
        assert sinks.loki.cost == booked(gateway.usage())[0] == sandbox.billed()

    def test_changes_under_load_lose_and_double_nothing(self, start, sandbox, sinks, other_sinks, write):  # noqa: F811
        hosts = [sinks.settings["LOKI_HOST"], other_sinks.settings["LOKI_HOST"]]
        write(self.yaml(hosts[0]))
        gateway = start(sandbox, **secrets(sinks))
        for turn in range(1, 9):
            for _ in range(15):
                gateway.chat(model=CHEAP)
            write(self.yaml(hosts[turn % 2]))
            gateway.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: len(sinks.loki.lines) + len(other_sinks.loki.lines) == 120, within=30)
        ids = [line["requestId"] for loki in (sinks.loki, other_sinks.loki) for line in loki.lines]
        assert len(ids) == len(set(ids)) == 120
        assert len(other_sinks.loki.lines) > 0
        assert sinks.loki.cost + other_sinks.loki.cost == booked(gateway.usage())[0]


class TestPrices:
    def admin(self, gateway):
        return gateway.http.get("/api/admin/prices", headers={"Authorization": f"Bearer {ADMIN}"}).json()

    def test_own_prices_and_aliases(self, start, scripted, write):  # noqa: F811
        scripted.models = [listed("v/one", "0.000001", "0.000002"), listed("v/two", "0.000003", "0.000004")]
        write("models: {chain: [v/one]}\n")
        gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        fetched = self.admin(gateway)["fetchedAt"]
        refused(gateway.chat(model="fast"), 400, "model_not_priced")
        write(
            "models:\n  chain: [fast]\n  aliases: {fast: v/one, mine: my/model}\n"
            "  prices:\n    v/one: {prompt: 0.000005}\n    my/model: {prompt: 0.00001, completion: 0.00002, context_length: 1000}\n"
        )
        reload(gateway, {"MODEL_ALIASES", "PRICE_OVERRIDES", "FALLBACK_MODEL_CHAIN"})
        assert gateway.chat(model="fast").status_code == 200
        assert '"model":"v/one"' in scripted.body.replace(" ", "")
        assert gateway.chat(model="mine").status_code == 200
        told = self.admin(gateway)
        assert told["fetchedAt"] == fetched, "these prices are not upstream's"
        [one] = [change for change in told["changes"] if change["model"] == "v/one"]
        assert (Decimal(one["old"]["prompt"]), Decimal(one["new"]["prompt"])) == (Decimal("0.000001"), Decimal("0.000005"))
        write("models: {chain: [v/two]}\n")
        gateway.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: gateway.chat(model="fast").status_code == 400, within=20)
        refused(gateway.chat(model="my/model"), 400, "model_not_priced")
        changes = self.admin(gateway)["changes"]
        back = [c for c in changes if c["model"] == "v/one"][0]
        assert (Decimal(back["old"]["prompt"]), Decimal(back["new"]["prompt"])) == (Decimal("0.000005"), Decimal("0.000001"))
        assert [c for c in changes if c["model"] == "my/model"][0]["new"] == {}

    def test_a_call_keeps_the_price_it_was_admitted_with(self, start, scripted, write):  # noqa: F811
        scripted.models = [listed("v/one", "0.000001", "0.000002")]
        write("models: {chain: [v/one]}\n")
        # Upstream tells tokens and no cost, a while after the price has changed.
        body = json.dumps({
            "id": "gen-1", "object": "chat.completion", "model": "v/one",
            "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hi"}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 1000, "completion_tokens": 500, "total_tokens": 1500},
        }).encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body)
        scripted.answers = [[5.0, head + body]]
        gateway = start(scripted)
        answers = []
        calling = threading.Thread(target=lambda: answers.append(gateway.chat("x" * 2000, model="v/one", max_tokens=500)))
        calling.start()
        assert eventually(lambda: scripted.requests)
        write("models: {chain: [v/one], prices: {v/one: {prompt: 0.0001, completion: 0.0001}}}\n")
        reload(gateway, {"PRICE_OVERRIDES"})
        assert not answers, "the call still runs"
        calling.join()
        assert Decimal(answers[0].headers["x-bursar-cost"]) == Decimal("0.002")
        answer = gateway.chat("x" * 2000, model="v/one", max_tokens=500)
        assert Decimal(answer.headers["x-bursar-cost"]) == Decimal("0.15")

    def test_own_prices_that_change_between_two_starts_are_recorded(self, start, scripted, write):  # noqa: F811
        scripted.models = [listed("v/one", "0.000001", "0.000002")]
        write("models: {prices: {v/one: {prompt: 0.000005}}}\n")
        gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        assert self.admin(gateway)["changes"] == [], "a first start has nothing to compare with"
        gateway.stop()
        write("models: {prices: {v/one: {prompt: 0.000007}}}\n")
        # Upstream's list is out of reach: own prices are compared all the same.
        scripted.models = None
        gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        [change] = self.admin(gateway)["changes"]
        assert (change["model"], Decimal(change["old"]["prompt"]), Decimal(change["new"]["prompt"])) == (
            "v/one", Decimal("0.000005"), Decimal("0.000007"))
        gateway.stop()
        gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        assert self.admin(gateway)["changes"] == []

    def test_wrong_ones_change_nothing(self, start, scripted, write):  # noqa: F811
        scripted.models = [listed("v/one", "0.000001", "0.000002")]
        write("models: {chain: [v/one]}\n")
        gateway = start(scripted)
        write("models:\n  chain: [v/one]\n  aliases: {fast: v/on}\n  prices: {v/one: {prmpt: 1}}\ncalls: {maxUsd: 0}\n")
        gateway.process.send_signal(signal.SIGHUP)
        told = eventually(lambda: lines(gateway, REFUSED), within=20)
        assert sorted(line["problem"] for line in told) == [
            "bursar.yaml:3 models.aliases.fast: names 'v/on', which has no known price; did you mean v/one, perplexity/sonar?",
            "bursar.yaml:4 models.prices.v/one: names 'prmpt', and no price is called so",
        ]
        assert gateway.chat(model="v/one").status_code == 200, "maxUsd was not taken up either"

    def test_the_interval_of_refreshing(self, start, scripted, write):  # noqa: F811
        scripted.models = [listed("v/one", "0.000001", "0.000002")]
        write("models: {chain: [v/one], refreshSeconds: 86400}\n")
        gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)
        scripted.models = [listed("v/one", "0.000009", "0.000002")]
        write("models: {chain: [v/one], refreshSeconds: 0.2, aliases: {fast: v/one}}\n")
        reload(gateway, {"CATALOGUE_REFRESH_SECONDS"})
        assert eventually(lambda: [c for c in self.admin(gateway)["changes"] if Decimal(c["new"]["prompt"]) == Decimal("0.000009")], within=10)
        assert gateway.chat(model="fast").status_code == 200, "own names lie over every list"


class TestRest:
    def test_breakers(self, start, scripted, write):  # noqa: F811
        write("breaker: {failureThreshold: 100, resetSeconds: 60}\n")
        scripted.answers = [(503, {"error": {"message": "down", "code": 503}})]
        gateway = start(scripted, BURSAR_ADMIN_TOKEN=ADMIN)

        def state():
            told = gateway.http.get("/api/admin/breakers", headers={"Authorization": f"Bearer {ADMIN}"}).json()
            return {b["model"]: b["state"] for b in told["breakers"]}.get(MIDDLE)

        for _ in range(3):
            gateway.chat(model=MIDDLE)
        assert state() == "closed"
        write("breaker: {failureThreshold: 1, resetSeconds: 60}\n")
        reload(gateway, {"BREAKER_FAILURE_THRESHOLD"})
        assert state() == "closed", "nothing moves by it"
        gateway.chat(model=MIDDLE)
        assert state() == "open"

    def test_the_level_and_the_form_of_the_log(self, start, sandbox, write):  # noqa: F811
        write("log: {level: info, format: json}\n")
        gateway = start(sandbox, LOG_FORMAT="")
        gateway.chat(model=CHEAP)
        assert eventually(lambda: len(lines(gateway, "call")) == 1)
        write("log: {level: notice, format: json}\n")
        reload(gateway, {"LOG_LEVEL"})
        gateway.chat(model=CHEAP)
        write("log: {level: info, format: text}\n")
        gateway.process.send_signal(signal.SIGHUP)
        assert eventually(lambda: "notice a setting has changed" in gateway.log(), within=20)
        gateway.chat(model=CHEAP)
        assert eventually(lambda: " info call " in gateway.log())
        assert gateway.log().count('"message":"call"') == 1

    def test_the_upstream_key(self, start, scripted, environment_file):
        environment_file(OPENROUTER_API_KEY="sk-or-first-key", RECONCILE_KEY_SECONDS="3600")
        scripted.answers = [costing(0.001)]
        gateway = start(scripted, OPENROUTER_API_KEY="")
        gateway.chat()
        assert scripted.headers["authorization"] == "Bearer sk-or-first-key"
        environment_file(OPENROUTER_API_KEY="sk-or-second-key", RECONCILE_KEY_SECONDS="3600")
        reload(gateway, {"OPENROUTER_API_KEY"})
        gateway.chat()
        assert scripted.headers["authorization"] == "Bearer sk-or-second-key"
        # The watch of the key's usage asks with the new one at once, not in an hour.
        assert eventually(
            lambda: any(line.split(" ")[1].endswith("/key") and head["authorization"] == "Bearer sk-or-second-key"
                        for line, head in scripted.asked), within=10)
        environment_file(RECONCILE_KEY_SECONDS="3600")
        gateway.process.send_signal(signal.SIGHUP)
        [told] = eventually(lambda: lines(gateway, REFUSED), within=20)
        assert told["problem"].startswith("OPENROUTER_API_KEY")
        gateway.chat()
        assert scripted.headers["authorization"] == "Bearer sk-or-second-key"
        assert "first-key" not in gateway.log() and "second-key" not in gateway.log()

    def test_how_often_the_key_is_read(self, start, scripted, write):  # noqa: F811
        write("reconcile: {keySeconds: 3600}\n")
        gateway = start(scripted)

        def readings():
            return sum(line.split(" ")[1].endswith("/key") for line, _ in scripted.asked)

        before = readings()
        write("reconcile: {keySeconds: 0.2}\n")
        reload(gateway, {"RECONCILE_KEY_SECONDS"})
        assert eventually(lambda: readings() >= before + 3, within=20)

    def test_what_waits_for_a_start_says_so(self, start, sandbox, write):  # noqa: F811
        write("budgets: {default: {daily: 3}}\n")
        gateway = start(sandbox)
        write("budgets: {default: {daily: 4}, timeZone: Europe/Berlin}\nserver: {host: 127.0.0.2}\n")
        reload(gateway, {"DEFAULT_DAILY_BUDGET"})
        told = eventually(lambda: lines(gateway, LATER), within=10)
        assert {line["setting"] for line in told} == {"BUDGET_TIME_ZONE", "HOST"}
        assert all(line["level"] == "warning" for line in told)
        assert gateway.usage()["daily"]["capUsd"] == "4" and gateway.usage()["daily"]["resetsAt"].endswith("T00:00:00Z")
