"""Whoever wants to hear of it is told: by webhook, Slack and e-mail, once each, whatever goes down in between."""

import datetime
import json
import os
import shutil
import subprocess
import time
from decimal import Decimal

import pytest
from mail import Mailbox
from sinks import SECRET, Sinks
from support import DEAR, eventually, listed
from test_export import config_check
from test_receipts import Receipts
from test_reconcile import QUICK

OPS, ANNA = "ops@example.com", "anna@example.com"


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


#: The sandbox's key has no limit, which every gateway tells once a day, and the ledger's head as a day begins.
USUAL = ("account.upstream_key_without_limit", "ledger.head")


def hooks(sinks):
    """What the webhook was told: all deliveries of each message."""
    return [bodies for bodies in list(sinks.hooks.messages.values()) if bodies[0]["type"] not in USUAL]


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


def messages(gateway):
    """How sending is doing."""
    [messages] = [export for export in gateway.http.get("/api/ready").json()["exports"] if export["sink"] == "messages"]
    return messages


def waiting(gateway):
    return messages(gateway)["behind"]


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

    def test_a_state_is_told_wherever_it_begins(self, start, sandbox, sinks):
        gateway = start(sandbox, **everywhere(sinks, WARN_AT="0.6"))
        gateway.spend(share(0.65), tenant="acme")
        assert eventually(lambda: kinds(sinks) == ["budget.warned"])
        assert told(sinks)[0]["data"]["alertAt"] == "0.6"

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
            # What is killed between the answer and its note is sent again, as at least once means.
            assert eventually(lambda gateway=gateway: waiting(gateway) == 0)
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
            return messages(gateway)["behind"] >= 6 and messages(gateway)["problem"]

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


# MARK: What is told beside budgets


class TestNews:
    def test_an_overrun_is_told_with_its_call(self, start, sandbox, sinks):
        gateway = start(sandbox, **everywhere(sinks, DEFAULT_DAILY_BUDGET="5"))
        sandbox.faults("overrun")
        answer = gateway.chat("[sandbox:tokens=40]", headers={"X-Tenant-Id": "acme"}, max_tokens=200)
        assert eventually(lambda: kinds(sinks) == ["call.overran"])
        data = told(sinks)[0]["data"]
        assert (data["request"], data["tenant"], data["model"]) == (answer.headers["x-bursar-request-id"], "acme", DEAR)
        assert Decimal(data["ceilingUsd"]) + Decimal(data["overUsd"]) == Decimal(gateway.usage("acme")["daily"]["spentUsd"])

    def test_outside_spend_is_told(self, start, sandbox, sinks):
        gateway = start(sandbox, **everywhere(sinks), **QUICK)
        gateway.chat("[sandbox:tokens=20]", max_tokens=20)
        sandbox.http.post("/sandbox/spend", json={"usd": "9.5"})
        assert eventually(lambda: kinds(sinks) == ["spend.outside"], within=10)
        assert Decimal("9.4999") < Decimal(told(sinks)[0]["data"]["amountUsd"]) <= Decimal("9.5")
        assert eventually(lambda: any("that no call of this gateway explains" in text for text in slack(sinks)))

    def test_a_cost_that_is_assumed_is_told(self, start, sandbox, sinks):
        settings = {**QUICK, "RECONCILE_ASSUME_AFTER_SECONDS": "2", "RECONCILE_QUIET_SECONDS": "3600"}
        gateway = start(sandbox, UPSTREAM_FIRST_BYTE_TIMEOUT_SECONDS="0.5", **everywhere(sinks), **settings)
        sandbox.faults("hang")
        gateway.chat(max_tokens=500)
        # Tried twice, and nothing tells of either.
        assert eventually(lambda: kinds(sinks) == ["call.assumed"] * 2, within=15)
        amounts = [Decimal(body["data"]["amountUsd"]) for body in told(sinks)]
        assert sum(amounts) == Decimal(gateway.usage()["daily"]["spentUsd"])

    def test_what_was_written_before_a_kill_is_told_after_it_once(self, start, sandbox, sinks, tmp_path):
        sinks.is_off = True
        gateway = start(sandbox, **everywhere(sinks, DEFAULT_DAILY_BUDGET="5"))
        sandbox.faults("overrun")
        gateway.chat("[sandbox:tokens=40]", max_tokens=200)
        assert Receipts(tmp_path).wait_for(1)
        gateway.kill()
        sinks.is_off = False
        for _ in range(2):
            gateway = start(sandbox, **everywhere(sinks, DEFAULT_DAILY_BUDGET="5"))
            assert eventually(lambda: kinds(sinks) == ["call.overran"], within=20)
            gateway.kill()
        assert deliveries(sinks) == [1] and len(slack(sinks)) == 1

    def test_a_breaker_is_told_when_it_opens_and_when_it_has_closed(self, start, sandbox, sinks):
        gateway = start(sandbox, BREAKER_FAILURE_THRESHOLD=1, BREAKER_RESET_SECONDS="0.5", **everywhere(sinks))
        sandbox.faults({"fault": "server_error", "model": DEAR})
        for _ in range(4):
            gateway.chat(model=DEAR, max_tokens=20)
            time.sleep(0.6)
        sandbox.faults()
        assert eventually(lambda: gateway.chat(model=DEAR, max_tokens=20).status_code == 200, every=0.3)
        assert eventually(lambda: kinds(sinks) == ["breaker.open", "breaker.closed"])
        assert told(sinks)[0]["data"]["model"] == DEAR

    def test_trouble_with_our_account_is_told_once_a_day(self, start, sandbox, sinks):
        sandbox.faults("insufficient_credits")
        gateway = start(sandbox, **everywhere(sinks))
        for _ in range(3):
            gateway.chat(max_tokens=20)
        gateway.stop()
        gateway = start(sandbox, **everywhere(sinks))
        gateway.chat(max_tokens=20)
        assert eventually(lambda: kinds(sinks) == ["account.upstream_account_exhausted"])
        assert not eventually(lambda: len(told(sinks)) > 1, within=1.5)

    def test_a_dead_key_of_a_tenants_own_is_told_to_it_and_to_the_operators(self, start, scripted, sinks, mailbox, write, tmp_path):
        def keep(secret):
            (tmp_path / ".env").write_text(f"ACME_KEY={secret}\nBETA_KEY=sk-or-beta-secret\n")

        keep("sk-or-dead-secret")
        write(
            'tenants: {acme: {daily: 1, upstreamKey: "env:ACME_KEY", notify: [anna@example.com]},'
            ' beta: {daily: 1, upstreamKey: "env:BETA_KEY", notify: [bert@example.com]}}')
        scripted.answers = [(401, {"error": {"code": 401, "message": "No auth credentials found"}})]
        mailbox.but = "gateway's own"
        gateway = start(scripted, **everywhere(sinks, mailbox, DEFAULT_DAILY_BUDGET="5"))
        for _ in range(3):
            assert gateway.chat(max_tokens=20, headers={"X-Tenant-Id": "acme"}).status_code == 503
        gateway.stop()
        gateway = start(scripted, **everywhere(sinks, mailbox, DEFAULT_DAILY_BUDGET="5"))
        gateway.chat(max_tokens=20, headers={"X-Tenant-Id": "acme"})
        scripted.answers = [(402, {"error": {"code": 402, "message": "Insufficient credits"}})]
        gateway.chat(max_tokens=20, headers={"X-Tenant-Id": "beta"})
        assert eventually(lambda: kinds(sinks) == ["tenant.upstream_key_rejected", "tenant.upstream_account_exhausted"], within=20)
        assert [body["data"]["tenant"] for body in told(sinks)] == ["acme", "beta"]
        subjects = [f"[Bursar] The OpenRouter account of tenant {name} needs its operator" for name in ("acme", "beta")]
        assert eventually(lambda: mailbox.subjects(OPS) == subjects and mailbox.subjects("bert@example.com"), within=20)
        assert mailbox.subjects(ANNA) == subjects[:1] and mailbox.subjects("bert@example.com") == subjects[1:]
        said = json.dumps(hooks(sinks)) + json.dumps(list(sinks.hooks.slack)) + "".join(map(str, mailbox.letters)) + gateway.log()
        assert "dead-secret" not in said and "beta-secret" not in said


class TestPrices:
    def test_a_rise_is_told_with_its_effect_on_each_tenant(self, start, scripted, sinks, mailbox, write):
        write("tenants: {acme: {daily: 5, notify: [anna@example.com]}, beta: {daily: 5, notify: [bert@example.com]}}")
        scripted.models = [listed(DEAR, "0.000001", "0.000002"), listed("test/other", "0.000001", "0.000001")]
        settings = everywhere(sinks, mailbox, CATALOGUE_REFRESH_SECONDS="0.3", DEFAULT_DAILY_BUDGET="5")
        gateway = start(scripted, **settings)
        for tenant in ("acme", "acme", "beta"):
            assert gateway.chat(headers={"X-Tenant-Id": tenant}, max_tokens=50).status_code == 200
        time.sleep(1)
        scripted.models = [listed(DEAR, "0.000001", "0.000004"), listed("test/other", "0.000001", "0.000001")]
        assert eventually(lambda: kinds(sinks) == ["price.changed"], within=10)
        data = told(sinks)[0]["data"]
        assert data["model"] == DEAR
        assert data["prices"] == [{"name": "completion", "old": "0.000002", "new": "0.000004"}]
        # 10 tokens in and 5 out came to 20 millionths and would come to 30: half as much again of what was billed.
        half = Decimal("0.000125") / 2
        assert [(one["tenant"], Decimal(one["effectUsd"])) for one in data["tenants"]] == [("acme", 2 * half), ("beta", half)]
        assert Decimal(data["effectUsd"]) == 3 * half
        assert "rose: completion from 2 to 4 USD per million" in data["message"]
        assert eventually(lambda: len(mailbox.letters) == 3)
        [ours] = [letter.get_content() for letter in mailbox.letters if "anna" in letter["to"]]
        assert "acme" in ours and "beta" not in ours and "$0.000125 more" in ours
        gateway.stop()
        gateway = start(scripted, **settings)
        assert not eventually(lambda: len(kinds(sinks)) > 1, within=2)

    def test_what_nobody_used_is_one_message(self, start, scripted, sinks):
        names = [f"test/model-{number}" for number in range(12)]
        scripted.models = [listed(name, "0.000001", "0.000002") for name in names]
        start(scripted, **everywhere(sinks, CATALOGUE_REFRESH_SECONDS="0.3"))
        scripted.models = [listed(name, "0.000001", "0.000003") for name in names]
        assert eventually(lambda: kinds(sinks) == ["price.changed"], within=10)
        data = told(sinks)[0]["data"]
        assert data["message"].startswith("The prices of 12 models changed that nobody used")
        assert sorted(one["model"] for one in data["models"]) == sorted(names)


# MARK: What takes time


@pytest.fixture
def later(tmp_path, sinks):
    """A clock that a test puts ahead while the program runs."""
    compiler = next(filter(None, map(shutil.which, ("clang", "cc", "gcc"))), None)
    assert compiler, "a C compiler comes with Swift"
    (tmp_path / "later.c").write_text(LATER)
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", tmp_path / "later.so", tmp_path / "later.c", "-ldl"], check=True)
    sinks.hooks.tolerance = 400 * DAY

    class Later:
        settings = {"LD_PRELOAD": tmp_path / "later.so", "LATER_FILE": tmp_path / "later"}
        seconds = 0

        def by(self, seconds):
            self.seconds += seconds
            (tmp_path / "new").write_text(str(self.seconds))
            os.replace(tmp_path / "new", tmp_path / "later")

        @property
        def now(self):
            return datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=self.seconds)

        def to_next_month(self, day):
            now = self.now
            first = (now.replace(day=1) + datetime.timedelta(days=32)).replace(day=day, hour=12, minute=10, second=0)
            self.by(int((first - now).total_seconds()))

    later = Later()
    later.by(0)
    return later


DAY = 86_400

LATER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
static long ahead(void) {
    char text[32] = {0};
    int file = open(getenv("LATER_FILE"), O_RDONLY);
    if (file < 0) return 0;
    long seconds = read(file, text, sizeof text - 1) > 0 ? atol(text) : 0;
    close(file);
    return seconds;
}
int clock_gettime(clockid_t id, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(id, time);
    if (id == CLOCK_REALTIME) time->tv_sec += ahead();
    return result;
}
/* The kernel's own clock is not ahead. */
int sem_timedwait(sem_t *semaphore, const struct timespec *until) {
    static int (*real)(sem_t *, const struct timespec *);
    if (!real) real = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec ours = {until->tv_sec - ahead(), until->tv_nsec};
    return real(semaphore, &ours);
}
"""


class TestPaces:
    def test_a_month_that_will_not_last_is_told_once(self, start, sandbox, sinks, later):
        later.to_next_month(day=4)
        settings = everywhere(sinks, ALERT_AT="none", DEFAULT_DAILY_BUDGET="none", DEFAULT_MONTHLY_BUDGET="0.1")
        gateway = start(sandbox, **settings, **later.settings)
        gateway.spend(share(0.05), tenant="slow")
        gateway.spend(share(0.2), tenant="fast")
        assert eventually(lambda: kinds(sinks) == ["budget.forecast"], within=15)
        data = told(sinks)[0]["data"]
        assert (data["tenant"], data["capUsd"], data["period"]) == ("fast", "0.1", "month")
        used_up = datetime.datetime.fromisoformat(data["usedUpAt"])
        begin, end = (datetime.datetime.fromisoformat(data[name]) for name in ("windowStart", "windowEnd"))
        assert begin < used_up < end and (used_up - begin).days in (17, 18), "a fifth in three days and a half"
        assert Decimal(data["forecastUsd"]) > Decimal("0.1")
        later.by(3600)
        gateway.kill()
        gateway = start(sandbox, **settings, **later.settings)
        gateway.spend(share(0.05), tenant="fast")
        assert not eventually(lambda: len(kinds(sinks)) > 1, within=12)

    def test_what_was_reached_at_the_very_end_is_told_though_its_day_is_over(self, start, sandbox, sinks, later):
        gateway = start(sandbox, **everywhere(sinks), **later.settings)
        gateway.spend(share(0.6), tenant="acme")
        assert gateway.stop() == 0
        before = len(told(sinks))
        later.by(2 * DAY)
        start(sandbox, **everywhere(sinks), **later.settings)
        assert eventually(lambda: kinds(sinks) == ["budget.reached"], within=10)
        assert before <= 1 and deliveries(sinks) == [1]

    def test_the_first_day_says_little_of_a_month(self, start, sandbox, sinks, later):
        later.to_next_month(day=1)
        settings = everywhere(sinks, ALERT_AT="none", DEFAULT_DAILY_BUDGET="none", DEFAULT_MONTHLY_BUDGET="0.1")
        gateway = start(sandbox, **settings, **later.settings)
        gateway.spend(share(0.5), tenant="acme")
        assert not eventually(lambda: kinds(sinks), within=4)
        later.by(DAY)
        gateway.spend(10, tenant="acme")
        assert eventually(lambda: kinds(sinks) == ["budget.forecast"], within=15)

    def test_an_hour_that_is_dearer_than_a_tenants_own_is_told_once_a_day(self, start, sandbox, sinks, later):
        later.to_next_month(day=2)
        settings = everywhere(sinks, ALERT_AT="none", DEFAULT_DAILY_BUDGET="none", DEFAULT_MONTHLY_BUDGET="5")
        gateway = start(sandbox, **settings, **later.settings)
        for hour in range(13):
            gateway.spend(1000, tenant="steady")
            gateway.spend(3000, tenant="bold")
            later.by(3600)
        # Settled in the hour in which they were made, for they are told by the hour.
        time.sleep(1)
        assert not told(sinks, "spend.rate")
        gateway.spend(5000, tenant="steady")
        gateway.spend(5000, tenant="bold")
        assert eventually(lambda: told(sinks, "spend.rate"), within=15)
        data = told(sinks, "spend.rate")[0]["data"]
        assert data["tenant"] == "steady" and data["factor"] == "3"
        assert Decimal("0.013") < Decimal(data["usualUsd"]) < Decimal("0.015") and Decimal(data["spentUsd"]) > Decimal("0.07")
        gateway.kill()
        gateway = start(sandbox, **settings, **later.settings)
        gateway.spend(5000, tenant="steady")
        assert not eventually(lambda: len(told(sinks, "spend.rate")) > 1, within=12)

    def test_an_export_that_fails_for_long_and_works_again_is_told_once_each(self, start, sandbox, sinks, later):
        other = Sinks()
        other.is_off = True
        settings = everywhere(sinks, LOKI_HOST=other.url, EXPORT_INTERVAL_SECONDS="0.2")
        try:
            gateway = start(sandbox, **settings, **later.settings)
            gateway.chat(max_tokens=20)
            assert eventually(lambda: "export fails" in gateway.log(), within=10)
            later.by(301)
            assert eventually(lambda: kinds(sinks) == ["export.failing"], within=20)
            assert told(sinks)[0]["data"]["sink"] == "loki"
            gateway.kill()
            gateway = start(sandbox, **settings, **later.settings)
            assert not eventually(lambda: len(kinds(sinks)) > 1, within=3), "still failing, and told before"
            other.is_off = False
            assert eventually(lambda: kinds(sinks) == ["export.failing", "export.working"], within=30)
        finally:
            other.close()


@pytest.mark.parametrize("factor", ["0.5", "often", "-1"])
def test_a_rate_that_cannot_be_is_named(tmp_path, factor):
    answer = config_check(tmp_path, ALERT_RATE_FACTOR=factor)
    assert answer.returncode == 1 and "ALERT_RATE_FACTOR" in answer.stderr and "such as 3, or none" in answer.stderr
