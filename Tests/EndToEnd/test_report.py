"""Commands that tell and plan: report, budget, quote, completion; and what they do where no gateway runs."""

import csv
import datetime
import io
import json
import os
import pty
import re
import subprocess
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from support import BINARY, CHEAP, DEAR, MIDDLE, eventually
from test_admin import ADMIN, ask


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)


@pytest.fixture
def bursar(tmp_path):
    def run(*arguments, url="", code=0, stdin=None, **environment):
        clean = {
            "HOME": str(tmp_path), "BURSAR_URL": url, "BURSAR_ADMIN_TOKEN": ADMIN, "LEDGER_URL": f"sqlite:{tmp_path / 'ledger.db'}",
            # Where nobody listens, unless a test names a gateway.
            "PORT": "9", **environment,
        }
        ran = subprocess.run(
            [BINARY, *arguments], cwd=tmp_path, env=clean, capture_output=True, text=True, timeout=60, check=False, input=stdin)
        assert ran.returncode == code, (arguments, ran.returncode, ran.stdout, ran.stderr)
        return ran.stdout if code == 0 else ran.stdout + ran.stderr

    return run


@pytest.fixture
def used(gateway):
    """Four calls of two tenants; what each cost."""
    costs = {}
    for tenant, model in [("acme", DEAR), ("acme", CHEAP), ("beta", MIDDLE), ("acme", DEAR)]:
        headers = {"X-Tenant-Id": tenant, "X-Bursar-Tags": f"feature={tenant}"}
        answer = gateway.chat(model=model, headers=headers, max_tokens=50)
        costs[(tenant, model)] = costs.get((tenant, model), 0) + Decimal(answer.headers["x-bursar-cost"])
    assert eventually(lambda: len(ask(gateway, "GET", "/api/admin/receipts").json()["receipts"]) == 4)
    gateway.costs = costs
    return gateway


def told(bursar, *arguments, **how):
    return json.loads(bursar("report", *arguments, "--json", **how))


class TestReport:
    def test_by_tenant_model_tag_and_day(self, bursar, used):
        by_tenant = told(bursar, url=used.url)
        acme = sum(cost for (tenant, _), cost in used.costs.items() if tenant == "acme")
        assert {line["tenant"]: Decimal(line["costUsd"]) for line in by_tenant["lines"]}["acme"] == acme
        assert Decimal(by_tenant["total"]["costUsd"]) == sum(used.costs.values()) and by_tenant["total"]["calls"] == 4
        by_both = told(bursar, "--by", "tenant,model", url=used.url)
        assert {(line["tenant"], line["model"]): Decimal(line["costUsd"]) for line in by_both["lines"]} == used.costs
        tags = told(bursar, "--by", "tag", url=used.url)
        assert {line["tag"]: line["calls"] for line in tags["lines"]} == {"feature=acme": 3, "feature=beta": 1}
        assert tags["total"] is None, "a call counts under each of its tags"
        [day] = told(bursar, "--by", "day", url=used.url)["lines"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", day["day"]) and day["calls"] == 4
        assert told(bursar, "--by", "model", "--tenant", "beta", url=used.url)["total"]["calls"] == 1
        assert told(bursar, "--month", "2020-01", url=used.url)["lines"] == []

    def test_table_and_csv(self, bursar, used):
        table = bursar("report", url=used.url)
        assert table.splitlines()[0].split()[:2] == ["TENANT", "CALLS"] and "MONTH'S END" in table.splitlines()[0]
        assert table.splitlines()[-3].startswith("TOTAL") and table.splitlines()[-2] == "Days and months are those of UTC." and "\x1b" not in table
        assert re.fullmatch(r"The ledger's head: \d+:[0-9a-f]{64}", table.splitlines()[-1])
        assert re.fullmatch(r"\d+:[0-9a-f]{64}", told(bursar, url=used.url)["head"])
        rows = list(csv.DictReader(io.StringIO(bursar("report", "--by", "tenant,model", "--format", "csv", url=used.url))))
        assert {(row["tenant"], row["model"]): Decimal(row["costUsd"]) for row in rows} == used.costs
        assert {row["head"] for row in rows} == {used.usage("acme")["head"]}
        assert "Nothing was spent" in bursar("report", "--month", "2020-01", url=used.url)

    def test_factor_currency_and_markup_are_in_the_report_alone(self, bursar, used):
        report = told(
            bursar, "--by", "model", "--factor", "1.055", "--currency", "EUR", "--rate", "0.9", "--markup", "acme=15%", "*=2.5%",
            url=used.url)
        wanted = {}
        for (tenant, model), cost in used.costs.items():
            share = Decimal("1.15") if tenant == "acme" else Decimal("1.025")
            wanted[model] = wanted.get(model, 0) + cost * Decimal("1.055") * Decimal("0.9") * share
        nano = Decimal("0.000000001")
        assert report["currency"] == "EUR"
        assert {line["model"]: Decimal(line["amount"]) for line in report["lines"]} == {
            model: amount.quantize(nano, rounding="ROUND_HALF_UP") for model, amount in wanted.items()}
        assert sum(Decimal(line["costUsd"]) for line in report["lines"]) == sum(used.costs.values())
        assert Decimal(used.usage("acme")["monthly"]["spentUsd"]) == sum(c for (t, _), c in used.costs.items() if t == "acme")

    def test_markups_of_the_settings_are_in_the_report_alone(self, bursar, start, sandbox, tmp_path):
        (tmp_path / "bursar.yaml").write_text("tenants: {acme: {markup: 15%}}\n")
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        costs = {}
        for tenant in ["acme", "beta"]:
            answer = gateway.chat(headers={"X-Tenant-Id": tenant}, max_tokens=50)
            costs[tenant] = Decimal(answer.headers["x-bursar-cost"])
        assert eventually(lambda: len(ask(gateway, "GET", "/api/admin/receipts").json()["receipts"]) == 2)
        charged = costs["acme"] * Decimal("1.15") + costs["beta"]

        def total(*arguments, **how):
            return {key: Decimal(value) for key, value in told(bursar, *arguments, **how)["total"].items() if key in ("amount", "costUsd")}

        for by in ["tenant", "model", "day"]:
            assert total("--by", by, url=gateway.url) == {"amount": charged, "costUsd": sum(costs.values())}, by
        assert total("--without-markups", url=gateway.url)["amount"] == sum(costs.values())
        assert total("--markup", "acme=100%", url=gateway.url)["amount"] == costs["acme"] * 2 + costs["beta"]
        assert Decimal(gateway.usage("acme")["daily"]["spentUsd"]) == costs["acme"]
        gateway.stop()
        assert total("--by", "model")["amount"] == charged, "where no gateway runs"

    def test_a_month_is_the_budgets_month(self, bursar, start, sandbox, clock, tmp_path):
        (tmp_path / "bursar.yaml").write_text(
            "budgets: {timeZone: Europe/Berlin}\ntenants: {acme: {daily: 5}, tokyo: {daily: 5, timeZone: Asia/Tokyo}}\n")
        now = datetime.datetime.now(ZoneInfo("Europe/Berlin"))
        first = (now.replace(day=1, hour=0, minute=0, second=0, microsecond=0) + datetime.timedelta(days=32)).replace(day=1)
        # Half an hour before a month begins in Berlin, and half an hour after: for UTC both are in the month before.
        ahead = int((first - now).total_seconds())
        costs = []
        for seconds in (ahead - 1800, ahead + 1800):
            gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, **clock(seconds))
            answers = [gateway.chat(headers={"X-Tenant-Id": tenant}, max_tokens=50) for tenant in ("acme", "tokyo")]
            costs.append([Decimal(answer.headers["x-bursar-cost"]) for answer in answers])
            month = {tenant: Decimal(gateway.usage(tenant)["monthly"]["spentUsd"]) for tenant in ("acme", "tokyo")}
            gateway.stop()
        (_, _), (acme, tokyo) = costs
        assert month == {"acme": acme, "tokyo": sum(pair[1] for pair in costs)}, "in Tokyo it began hours ago"
        env = {name: str(value) for name, value in clock(ahead + 1800).items()}

        def check(url):
            def total(*arguments):
                report = told(bursar, *arguments, url=url, **env)
                return report["zone"], Decimal(report["total"]["costUsd"])

            assert total() == ("Europe/Berlin", acme + tokyo)
            assert total("--tenant", "acme") == ("Europe/Berlin", month["acme"])
            assert total("--tenant", "tokyo") == ("Asia/Tokyo", month["tokyo"])
            assert total("--zone", "UTC") == ("UTC", sum(map(sum, costs)))
            last = first - datetime.timedelta(days=1)
            assert total("--month", f"{last:%Y-%m}") == ("Europe/Berlin", sum(costs[0]))
            days = told(bursar, "--by", "day", "--from", f"{last:%Y-%m-%d}", url=url, **env)["lines"]
            assert [(day["day"], Decimal(day["costUsd"])) for day in days] == [
                (f"{last:%Y-%m-%d}", sum(costs[0])), (f"{first:%Y-%m-%d}", acme + tokyo)]
            table = bursar("report", url=url, **env).splitlines()
            assert "Days and months are those of Europe/Berlin." in table

        check("")
        # What waits for a moment waits for days under that clock; all receipts are there when it starts.
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, **clock(ahead + 1800))
        check(gateway.url)

    def test_a_month_that_is_none_is_said_as_it_was_written(self, bursar):
        assert "not '2026-13'\n" in bursar("report", "--month", "2026-13", code=64)
        assert "not '26-11-01'\n" in bursar("report", "--from", "26-11-01", code=64)

    def test_forecast_goes_on_at_the_months_pace(self, bursar, used):
        total = told(bursar, url=used.url)["total"]
        assert total["forecast"] is None or Decimal(total["forecast"]) >= Decimal(total["amount"])
        assert told(bursar, "--from", "2020-01-01", url=used.url)["total"]["forecast"] is None

    @pytest.mark.parametrize(
        "arguments",
        [
            ["--by", "year"], ["--month", "May"], ["--month", "2026-13"], ["--from", "2026-02-02", "--until", "2026-02-01"],
            ["--factor", "0"], ["--factor", "x"], ["--currency", "EUR"], ["--rate", "2"], ["--currency", "euro", "--rate", "2"],
            ["--markup", "acme"], ["--markup", "acme=15"], ["--format", "pdf"], ["--month", "2026-01", "--from", "2026-01-01"],
        ],
    )
    def test_bad_usage(self, bursar, arguments):
        bursar("report", *arguments, code=64)


class TestWithoutAGateway:
    def test_report_and_usage_read_the_files(self, bursar, used):
        live, usage = told(bursar, url=used.url), used.usage("acme")
        every = json.loads(bursar("usage", "--json", url=used.url))
        used.kill()
        found = told(bursar)
        for report in [live, found]:
            for line in [*report["lines"], report["total"]]:
                del line["forecast"]
        assert found == live
        assert json.loads(bursar("usage", "acme", "--json")) == usage
        assert json.loads(bursar("usage", "--json")) == every

    def test_what_a_kill_left_out_of_the_receipts_is_read_from_the_ledger(self, bursar, used, tmp_path):
        used.kill()
        for file in tmp_path.glob("ledger-receipts.db*"):
            file.unlink()
        assert told(bursar)["total"]["calls"] == 4

    def test_a_ledger_that_is_held_is_left_alone(self, bursar, used):
        for command in [["report"], ["usage"], ["usage", "acme"]]:
            assert f"held by pid {used.process.pid}" in bursar(*command, code=1)

    def test_no_ledger_either(self, bursar):
        said = bursar("usage", code=1)
        assert "bursar serve" in said and "ledger.db" in said

    def test_a_named_gateway_is_not_replaced_by_a_file(self, bursar, used):
        used.kill()
        assert "127.0.0.1:9" in bursar("report", url="http://127.0.0.1:9", code=1)


class TestBudget:
    def test_set_list_remove(self, bursar, gateway):
        assert "user:acme/anna by day: $0.50" in bursar("budget", "set", "user:acme/anna", "day", "0.5", url=gateway.url)
        raised = json.loads(
            bursar("budget", "set", "tenant:acme", "month", "5", "--raise", "9", "--until", "2090-01-01T00:00:00Z", "--json",
                   url=gateway.url))
        assert raised["raise"]["capUsd"] == "9" and gateway.usage("acme")["monthly"]["capUsd"] == "9"
        listed = bursar("budget", "list", url=gateway.url)
        assert listed.splitlines()[0].split()[:3] == ["SCOPE", "PERIOD", "CAP"]
        assert any(line.split()[:3] == ["user:acme/anna", "day", "$0.50"] for line in listed.splitlines())
        scopes = [b["scope"] for b in json.loads(bursar("budget", "list", "--json", url=gateway.url))["budgets"]]
        assert "user:acme/anna" in scopes
        assert "removed" in bursar("budget", "remove", "user:acme/anna", "day", url=gateway.url)
        assert "no such budget" in bursar("budget", "remove", "user:acme/anna", "day", url=gateway.url)

    def test_what_the_settings_name_is_told(self, bursar, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, DEFAULT_DAILY_BUDGET="4")
        said = bursar("budget", "set", "tenant:*", "day", "9", url=gateway.url, code=1)
        assert "DEFAULT_DAILY_BUDGET" in said
        assert "DEFAULT_DAILY_BUDGET" in bursar("budget", "list", url=gateway.url)

    @pytest.mark.parametrize(
        "arguments",
        [["set", "acme", "day", "5"], ["set", "global", "year", "5"], ["set", "global", "day", "-5"], ["set", "global", "day"],
         ["set", "global", "day", "x"], ["set", "global", "day", "5", "--raise", "9"], ["remove", "global"]],
    )
    def test_bad_usage(self, bursar, arguments):
        bursar("budget", *arguments, code=64)


class TestQuote:
    BODY = {"model": DEAR, "messages": [{"role": "user", "content": "Hello"}], "max_tokens": 100}

    def test_from_a_file_from_stdin_and_from_words(self, bursar, gateway, tmp_path):
        (tmp_path / "body.json").write_text(json.dumps(self.BODY))
        direct = gateway.post(json.dumps(self.BODY), path="/v1/quote").json()
        assert json.loads(bursar("quote", "body.json", "--json", url=gateway.url)) == direct
        assert json.loads(bursar("quote", "-", "--json", stdin=json.dumps(self.BODY), url=gateway.url)) == direct
        words = ["--model", DEAR, "--prompt", "Hello", "--max-tokens", "100"]
        quoted = json.loads(bursar("quote", *words, "--json", url=gateway.url))
        assert quoted["admitted"] and quoted["model"] == DEAR and quoted["maxTokens"] == 100
        assert f"Admitted: {DEAR}" in bursar("quote", *words, url=gateway.url)
        assert gateway.usage()["daily"]["reservedUsd"] == "0"

    def test_a_tenant_that_has_nothing_left(self, bursar, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, TENANT_BUDGETS='{"poor":{"daily":0}}')
        words = ["--model", DEAR, "--prompt", "Hello", "--tenant", "poor"]
        assert "Refused: Daily budget of 'poor'" in bursar("quote", *words, url=gateway.url)

    def test_with_a_key(self, bursar, gateway):
        secret = json.loads(bursar("key", "issue", "acme", "--json", url=gateway.url))["secret"]
        words = ["--model", CHEAP, "--prompt", "Hello"]
        assert secret not in bursar("quote", *words, url=gateway.url, code=1)
        assert "Admitted" in bursar("quote", *words, "--key", secret, url=gateway.url)
        assert "Admitted" in bursar("quote", *words, url=gateway.url, BURSAR_KEY=secret)

    @pytest.mark.parametrize("arguments", [[], ["a.json", "--prompt", "x"], ["a.json", "--model", "x"], ["--model", "x"]])
    def test_bad_usage(self, bursar, arguments):
        bursar("quote", *arguments, code=64)

    def test_no_such_file(self, bursar, gateway):
        assert "nothing.json" in bursar("quote", "nothing.json", url=gateway.url, code=1)


class TestCompletion:
    @pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
    def test_the_script_of_a_shell(self, bursar, shell):
        script = bursar("completion", shell)
        assert script == bursar("--generate-completion-script", shell)
        assert "report" in script
        assert json.loads(bursar("completion", shell, "--json"))["shell"] == shell

    def test_an_unknown_shell(self, bursar):
        bursar("completion", "csh", code=64)


def on_a_terminal(arguments, tmp_path):
    """What a command writes to a terminal: standard output, standard error."""
    pairs = [pty.openpty(), pty.openpty()]
    environment = {"HOME": str(tmp_path), "TERM": "xterm", "LEDGER_URL": f"sqlite:{tmp_path / 'ledger.db'}", "PORT": "9"}
    ran = subprocess.Popen(
        [BINARY, *arguments], cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=pairs[0][1], stderr=pairs[1][1])
    ran.wait(60)
    texts = []
    for reader, writer in pairs:
        os.close(writer)
        text = b""
        try:
            while piece := os.read(reader, 65536):
                text += piece
        except OSError:
            pass
        os.close(reader)
        texts.append(text.decode())
    return texts


class TestTerminal:
    def test_bars_and_colours_are_for_terminals_only(self, bursar, used, tmp_path):
        used.kill()
        out, err = on_a_terminal(["verify"], tmp_path)
        assert "The ledger holds" in out and "verifying [" in err and err.endswith("\x1b[K")
        out, _ = on_a_terminal(["usage"], tmp_path)
        assert "\x1b[1mTENANT" in out
        ran = subprocess.run(
            [BINARY, "verify"], cwd=tmp_path, env={"HOME": str(tmp_path), "LEDGER_URL": f"sqlite:{tmp_path / 'ledger.db'}"},
            capture_output=True, text=True, timeout=60, check=True)
        assert ran.stderr == "" and "\x1b" not in ran.stdout

    def test_completion_tells_where_to_put_it(self, tmp_path):
        out, _ = on_a_terminal(["completion", "fish"], tmp_path)
        assert ".config/fish" in out


class TestEveryCommand:
    def test_takes_json(self, bursar):
        helped = bursar("--help")
        commands = re.findall(r"^  ([a-z]+) ", helped.split("SUBCOMMANDS:")[1], re.M)
        assert {"report", "replay", "budget", "quote", "usage", "verify"} <= set(commands)
        for command in set(commands) - {"help"}:
            inner = bursar(command, "--help")
            below = re.findall(r"^  ([a-z]+) ", inner.split("SUBCOMMANDS:")[1], re.M) if "SUBCOMMANDS:" in inner else []
            for name in [name for name in below if name != "help"] or [None]:
                text = bursar(command, name, "--help") if name else inner
                assert "--json" in text, (command, name)
