"""Whoever wants to hear of it is told: by webhook, Slack and e-mail, once each, whatever goes down in between."""

import json
import os

import pytest
from mail import Mailbox
from sinks import SECRET, Sinks
from support import DEAR, eventually
from test_export import config_check

OPS, ANNA = "ops@example.com", "anna@example.com"


@pytest.fixture
def sinks():
    sinks = Sinks()
    yield sinks
    sinks.close()


@pytest.fixture
def mailbox(tmp_path):
    box = Mailbox(tmp_path)
    yield box
    box.close()


@pytest.fixture
def write(tmp_path):
    def write(text):
        (tmp_path / "new.yaml").write_text(text)
        os.replace(tmp_path / "new.yaml", tmp_path / "bursar.yaml")

    return write


def everywhere(sinks, mailbox=None, **more):
    settings = {"WEBHOOK_URL": sinks.url + "/hook", "WEBHOOK_SECRET": SECRET, "SLACK_WEBHOOK_URL": sinks.url + "/slack"}
    if mailbox:
        settings |= {"ALERT_EMAIL": OPS, **mailbox.settings}
    return {"DEFAULT_DAILY_BUDGET": "0.1", "DEFAULT_MONTHLY_BUDGET": "none", **settings, **more}


#: The sandbox's key has no limit, which every gateway tells once a day.
USUAL = "account.upstream_key_without_limit"


def hooks(sinks):
    """What the webhook was told: all deliveries of each message."""
    return [bodies for bodies in list(sinks.hooks.messages.values()) if bodies[0]["type"] != USUAL]


def told(sinks, kind=None):
    """Each once."""
    return [bodies[0] for bodies in hooks(sinks) if kind in (None, bodies[0]["type"])]


def slack(sinks):
    return [text for text in list(sinks.hooks.slack) if "OpenRouter account" not in text]


def kinds(sinks):
    return [body["type"] for body in told(sinks)]


def deliveries(sinks):
    return [len(bodies) for bodies in hooks(sinks)]


#: Output tokens that a share of a budget of $0.1 buys, and a little more.
def share(part):
    return round(part * 0.1 / 14e-6) + 5


class TestShares:
    def test_each_is_told_once_by_webhook_slack_and_mail(self, start, sandbox, sinks, mailbox):
        gateway = start(sandbox, **everywhere(sinks, mailbox))
        gateway.spend(share(0.5), tenant="acme")
        assert eventually(lambda: kinds(sinks) == ["budget.reached"])
        [body] = told(sinks)
        data = body["data"]
        assert (data["tenant"], data["period"], data["alertAt"], data["capUsd"]) == ("acme", "day", "0.5", "0.1")
        assert data["spentUsd"] == gateway.usage("acme")["daily"]["spentUsd"]
        gateway.spend(share(0.3), tenant="acme")
        assert eventually(lambda: len(kinds(sinks)) == 2)
        gateway.spend(share(0.1), tenant="acme")
        expected = ["budget.reached", "budget.warned", "budget.degraded"]
        assert eventually(lambda: kinds(sinks) == expected)
        assert eventually(lambda: len(slack(sinks)) == 3)
        assert slack(sinks)[0].startswith("The day budget of tenant acme has passed 50 %: $0.05")
        assert "is warned" in slack(sinks)[1] and "is degraded" in slack(sinks)[2]
        assert eventually(lambda: len(mailbox.letters) == 3)
        assert mailbox.subjects(OPS)[1] == "[Bursar] The day budget of tenant acme is warned"
        letter = mailbox.letters[0]
        assert data["message"] in letter.get_content() and "alertAt: 0.5" in letter.get_content()
        assert letter["message-id"].startswith("<msg_") and letter["auto-submitted"] == "auto-generated"
        assert mailbox.logins and mailbox.logins[0] == ("PLAIN", b"bursar@example.org")
        assert deliveries(sinks) == [1, 1, 1]

    def test_of_several_at_once_the_highest_is_told(self, start, sandbox, sinks):
        gateway = start(sandbox, **everywhere(sinks))
        gateway.spend(share(0.91), tenant="acme")
        assert eventually(lambda: kinds(sinks) == ["budget.degraded"])
        assert told(sinks)[0]["data"]["alertAt"] == "0.9"

    def test_a_budget_that_is_used_up_is_told_whatever_is_asked_for(self, start, sandbox, sinks):
        gateway = start(sandbox, **everywhere(sinks, ALERT_AT="none", DEFAULT_DAILY_BUDGET="0.0145"), PRIMARY_MODEL=DEAR)
        gateway.spend(1000, tenant="acme")
        assert gateway.usage("acme")["state"] == "stopped"
        assert eventually(lambda: kinds(sinks) == ["budget.stopped"])

    def test_a_restart_tells_nothing_twice(self, start, sandbox, sinks):
        gateway = start(sandbox, **everywhere(sinks))
        gateway.spend(share(0.6), tenant="acme")
        assert eventually(lambda: kinds(sinks) == ["budget.reached"])
        for end in ("kill", "stop"):
            getattr(gateway, end)()
            gateway = start(sandbox, **everywhere(sinks))
            gateway.spend(10, tenant="acme")
        gateway.spend(share(0.25), tenant="acme")
        assert eventually(lambda: kinds(sinks) == ["budget.reached", "budget.warned"])
        assert not eventually(lambda: len(slack(sinks)) > 2, within=2)
        assert deliveries(sinks) == [1, 1]

    def test_what_was_reached_and_not_told_is_told_after_a_start(self, start, sandbox, sinks, tmp_path):
        gateway = start(sandbox, **everywhere(sinks, WEBHOOK_URL="", SLACK_WEBHOOK_URL=""))
        gateway.spend(share(0.6), tenant="acme")
        gateway.kill()
        # As if the process had ended before the message was kept.
        for file in tmp_path.glob("ledger-receipts.db*"):
            file.unlink()
        start(sandbox, **everywhere(sinks))
        assert eventually(lambda: kinds(sinks) == ["budget.reached"])


class TestDelivery:
    def test_what_is_down_loses_nothing_even_over_a_kill(self, start, sandbox, sinks, mailbox):
        sinks.is_off = True
        mailbox.off()
        gateway = start(sandbox, **everywhere(sinks, mailbox))
        gateway.spend(share(0.5), tenant="acme")
        gateway.spend(share(0.3), tenant="acme")

        def problem():
            exports = gateway.http.get("/api/ready").json()["exports"]
            [messages] = [export for export in exports if export["sink"] == "messages"]
            return messages["behind"] >= 6 and messages["problem"]

        assert eventually(problem, within=10)
        gateway.kill()
        gateway = start(sandbox, **everywhere(sinks, mailbox))
        gateway.spend(share(0.1), tenant="acme")
        sinks.is_off = False
        mailbox.on()
        expected = {"budget.reached", "budget.warned", "budget.degraded"}
        assert eventually(lambda: set(kinds(sinks)) == expected, within=60)
        assert eventually(lambda: len(slack(sinks)) == 3, within=60)
        assert eventually(lambda: len(mailbox.letters) == 3, within=60)
        assert eventually(lambda: gateway.http.get("/api/ready").json()["exports"][-1]["behind"] == 0)
        assert len({letter["message-id"] for letter in mailbox.letters}) == 3

    def test_an_answer_that_is_lost_is_a_repetition_with_the_same_id(self, start, sandbox, sinks):
        sinks.percent_lost = 100
        gateway = start(sandbox, **everywhere(sinks, SLACK_WEBHOOK_URL=""))
        gateway.spend(share(0.5), tenant="acme")
        assert eventually(lambda: deliveries(sinks) == [1])
        sinks.percent_lost = 0
        assert eventually(lambda: deliveries(sinks) == [2], within=15)
        assert len(told(sinks)) == 1

    @pytest.mark.parametrize("security, mechanisms", [("starttls", ["PLAIN"]), ("starttls", ["LOGIN"]), ("tls", ["LOGIN", "PLAIN"]), ("none", [])])
    def test_mail_as_servers_want_it(self, start, sandbox, tmp_path, security, mechanisms):
        box = Mailbox(tmp_path, security, mechanisms)
        try:
            box.busy = 1
            settings = {"DEFAULT_DAILY_BUDGET": "0.1", "ALERT_EMAIL": f"{OPS}, {ANNA}", **box.settings}
            gateway = start(sandbox, **settings)
            gateway.spend(share(0.5), tenant="acme")
            assert eventually(lambda: len(box.letters) == 2, within=15)
            assert len(box.subjects(OPS)) == len(box.subjects(ANNA)) == 1
            assert {mechanism for mechanism, _ in box.logins} == set(mechanisms[-1:])
        finally:
            box.close()

    def test_a_certificate_that_nobody_vouches_for_gets_no_password(self, start, sandbox, mailbox):
        gateway = start(sandbox, **everywhere(Off(), mailbox, SMTP_CA_FILE=""))
        gateway.spend(share(0.5), tenant="acme")
        assert eventually(lambda: "CERTIFICATE_VERIFY_FAILED" in gateway.log(), within=10)
        assert not mailbox.logins and not mailbox.letters
        assert "a-mail-password" not in gateway.log()

    def test_config_check_sends_one_marked_test_to_each(self, sinks, mailbox, tmp_path):
        settings = everywhere(sinks, mailbox, TENANT_BUDGETS=json.dumps({"acme": {"notify": [ANNA, sinks.url + "/hook/acme"]}}))
        answer = config_check(tmp_path, "--live", **settings)
        assert answer.returncode == 0, answer.stdout + answer.stderr
        for name in ("webhook: ok", "slack: ok", f"email:{OPS}: ok", f"email:{ANNA}: ok", "webhook:"):
            assert name in answer.stdout
        assert [body["type"] for body in told(sinks)] == ["bursar.test"] * 2 or len(sinks.hooks.messages) == 1
        assert mailbox.subjects() == ["[Bursar] This is a test of bursar config check --live."] * 2
        mailbox.off()
        answer = config_check(tmp_path, "--live", **settings)
        assert answer.returncode == 1 and f"email:{OPS}: failed" in answer.stdout
        assert "a-mail-password" not in answer.stdout


class Off:
    """Nothing listens here."""

    url = "http://127.0.0.1:9"


class TestTenants:
    FILE = """
alerts: {at: [0.5], email: [ops@example.com]}
tenants:
  acme: {daily: 0.1, alertAt: [0.2, 0.4], notify: [anna@example.com, "slack:$ACME_SLACK"]}
  beta: {daily: 0.1, notify: "$BETA_HOOK"}
"""

    def test_a_tenant_hears_of_itself_and_the_operator_of_all(self, start, sandbox, sinks, mailbox, write):
        write(self.FILE)
        places = {"ACME_SLACK": sinks.url + "/slack/acme", "BETA_HOOK": sinks.url + "/hook/beta"}
        gateway = start(sandbox, WEBHOOK_SECRET=SECRET, **places, **mailbox.settings)
        gateway.spend(share(0.2), tenant="acme")
        gateway.spend(share(0.2), tenant="beta")
        assert eventually(lambda: len(mailbox.letters) == 2)
        assert len(mailbox.subjects(OPS)) == len(mailbox.subjects(ANNA)) == 1
        assert eventually(lambda: len(slack(sinks)) == 1)
        assert "tenant acme has passed 20 %" in slack(sinks)[0]
        gateway.spend(share(0.3), tenant="beta")
        assert eventually(lambda: kinds(sinks) == ["budget.reached"])
        assert told(sinks)[0]["data"]["tenant"] == "beta" and told(sinks)[0]["data"]["alertAt"] == "0.5"
        assert len(mailbox.subjects(ANNA)) == 1 and len(slack(sinks)) == 1

    def test_changes_are_taken_up_while_it_runs(self, start, sandbox, sinks, mailbox, write):
        write(self.FILE)
        places = {"ACME_SLACK": sinks.url + "/slack/acme", "BETA_HOOK": sinks.url + "/hook/beta"}
        gateway = start(sandbox, WEBHOOK_SECRET=SECRET, **places, **mailbox.settings)
        gateway.spend(share(0.2), tenant="beta")
        write(self.FILE.replace("beta: {", "beta: {alertAt: [0.3], ").replace('"$BETA_HOOK"', "[bert@example.com]"))
        assert eventually(lambda: "a setting has changed" in gateway.log(), within=20)
        assert "next start" not in gateway.log() and sinks.url not in gateway.log()
        gateway.spend(share(0.1), tenant="beta")
        assert eventually(lambda: mailbox.subjects("bert@example.com"))
        assert "30 %" in mailbox.letters[-1].get_content()
        assert not told(sinks)


@pytest.mark.parametrize("settings, expected", [
    ({"ALERT_AT": "2"}, ["ALERT_AT", "'2'", "0.5"]),
    ({"ALERT_AT": "0"}, ["ALERT_AT"]),
    ({"ALERT_AT": "half"}, ["ALERT_AT", "'half'"]),
    ({"ALERT_EMAIL": OPS}, ["SMTP_HOST", "ALERT_EMAIL"]),
    ({"ALERT_EMAIL": "ops", "SMTP_HOST": "mail", "SMTP_FROM": OPS}, ["ALERT_EMAIL", "'ops'"]),
    ({"SMTP_HOST": "mail"}, ["SMTP_FROM"]),
    ({"SMTP_HOST": "mail", "SMTP_FROM": "nobody"}, ["SMTP_FROM"]),
    ({"SMTP_HOST": "mail", "SMTP_FROM": OPS, "SMTP_SECURITY": "ssl"}, ["SMTP_SECURITY", "starttls or tls or none"]),
    ({"SMTP_HOST": "mail", "SMTP_FROM": OPS, "SMTP_USERNAME": "u"}, ["SMTP_PASSWORD"]),
    ({"SMTP_HOST": "mail", "SMTP_FROM": OPS, "SMTP_USERNAME": "u", "SMTP_PASSWORD": "hush", "SMTP_SECURITY": "none"}, ["SMTP_SECURITY"]),
    ({"TENANT_BUDGETS": '{"acme":{"alertAt":[0.5,7]}}'}, ["acme", "alertAt"]),
    ({"TENANT_BUDGETS": '{"acme":{"notify":["nowhere"]}}'}, ["acme", "notify", "'nowhere'"]),
    ({"TENANT_BUDGETS": '{"acme":{"notify":["ftp://hush"]}}'}, ["acme", "notify"]),
    ({"TENANT_BUDGETS": '{"acme":{"notify":["$NOT_SET"]}}'}, ["NOT_SET", "acme"]),
    ({"TENANT_BUDGETS": '{"acme":{"notify":["anna@example.com"]}}'}, ["SMTP_HOST", "acme"]),
])
def test_a_setting_that_cannot_be_is_named(tmp_path, settings, expected):
    answer = config_check(tmp_path, **settings)
    assert answer.returncode == 1
    assert all(text in answer.stderr for text in expected), answer.stderr
    assert "hush" not in answer.stderr
