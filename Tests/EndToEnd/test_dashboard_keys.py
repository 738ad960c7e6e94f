"""Keys on the dashboard: seen by who may read, changed by the admin's forms alone, and no secret anywhere but on the page that made it."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from page import problems, read
from support import CHEAP, DEAR, eventually
from test_dashboard import ADMIN, VIEWER, browser, fill, form, page, sign_in

TOKEN = {"Authorization": f"Bearer {ADMIN}"}
HOSTILE = "\"><script>alert('1')</script>"


@pytest.fixture
def gateway(start, sandbox):
    return start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, BURSAR_VIEWER_TOKEN=VIEWER)


def signed_in(gateway, token=ADMIN):
    client = browser(gateway)
    assert sign_in(client, token).status_code == 303
    return client


@pytest.fixture
def admin(gateway):
    return signed_in(gateway)


@pytest.fixture
def viewer(gateway):
    return signed_in(gateway, VIEWER)


def send(client, path, action=None, **fields):
    """Opens a page, fills in its form and sends it."""
    document = page(client, path)
    return client.post(action or path, data=fill(form(document, action or path), **fields))


def secret(answer):
    """What the page of a new secret shows."""
    assert answer.status_code == 201, answer.text[:2000]
    document = read(answer.text)
    assert problems(document) == []
    return document.one("textarea", id="secret").text


def issue(client, tenant="acme", **fields):
    return secret(send(client, "/new-key", tenant=tenant, **fields))


def key(gateway, name):
    return gateway.http.get(f"/api/admin/keys/{name}", headers=TOKEN).json()


def keys(gateway):
    return [one["key"] for one in gateway.http.get("/api/admin/keys", headers=TOKEN).json()["keys"]]


def call(gateway, secret, **body):
    return gateway.chat(model=CHEAP, headers={"Authorization": f"Bearer {secret}"}, **body).status_code


def changes(gateway):
    """The record of changes, the newest first: what was done to what."""
    told = gateway.http.get("/api/admin/audit", headers=TOKEN).json()["changes"]
    return [(change["action"], change["target"]) for change in told]


def rows(document):
    """Each key's line, with spaces between its cells."""
    tables = list(document.all("table", class_="keys"))
    return [" ".join(cell.words for cell in row.all() if cell.tag in ("th", "td")) for table in tables for row in table.one("tbody").all("tr")]


class TestIssuing:
    def test_all_that_can_be_said_of_a_key(self, gateway, admin):
        made = issue(
            admin, name="ci", models="meta-llama/*\r\nopenai/gpt-5-mini", tags="env=prod, feature=search", actsFor="beta gamma",
            rpm="1,000", concurrent="4", needsUser="1", expires="2090-01-31T18:00", **{"cap-day": "$5", "cap-total": "20"})
        assert re.fullmatch(r"bsr_[0-9A-Za-z]{43}", made)
        told = key(gateway, "ci")
        assert (told["tenant"], told["models"], told["tags"]) == ("acme", ["meta-llama/*", "openai/gpt-5-mini"], ["env=prod", "feature=search"])
        assert (sorted(told["actsFor"]), told["rpm"], told["concurrent"]) == (["beta", "gamma"], 1000, 4)
        assert (told["needsUser"], told["needsRun"], told["expiresAt"]) == (True, False, "2090-01-31T18:00:00Z")
        assert told["budgets"] == [{"period": "day", "capUsd": "5"}, {"period": "total", "capUsd": "20"}]
        assert call(gateway, made) == 400 and call(gateway, made, user="ann") == 200

    def test_needs_no_more_than_a_tenant(self, gateway, admin):
        assert "first key" in page(admin, "/new-key").one("main").words
        assert call(gateway, issue(admin)) == 200
        assert keys(gateway) == ["acme-1"] and "first key" not in page(admin, "/new-key").one("main").words

    def test_a_reload_issues_nothing_and_shows_no_secret(self, gateway, admin):
        filled = fill(form(page(admin, "/new-key"), "/new-key"), tenant="acme")
        made = secret(admin.post("/new-key", data=filled))
        again = admin.post("/new-key", data=filled)
        assert again.status_code == 409 and "sent before" in again.text
        assert "bsr_" not in again.text and problems(read(again.text)) == []
        assert keys(gateway) == ["acme-1"] and call(gateway, made) == 200

    def test_two_clicks_at_once_issue_one(self, gateway, admin):
        filled = fill(form(page(admin, "/new-key"), "/new-key"), tenant="acme")
        with ThreadPoolExecutor(8) as pool:
            codes = sorted(pool.map(lambda _: admin.post("/new-key", data=filled).status_code, range(8)))
        assert codes == [201] + [409] * 7 and keys(gateway) == ["acme-1"]

    def test_a_form_from_before_a_restart_counts_for_nothing_and_keeps_what_was_typed(self, gateway, start, sandbox, admin):
        filled = fill(form(page(admin, "/new-key"), "/new-key"), tenant="acme", rpm="7")
        gateway.stop()
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, BURSAR_VIEWER_TOKEN=VIEWER)
        client = browser(gateway)
        client.cookies = admin.cookies
        answer = client.post("/new-key", data=filled)
        assert answer.status_code == 422 and "too old" in answer.text
        assert keys(gateway) == []
        again = client.post("/new-key", data=fill(form(read(answer.text), "/new-key")))
        assert secret(again) and key(gateway, "acme-1")["rpm"] == 7

    @pytest.mark.parametrize(
        "field, typed, hint",
        [
            ("tenant", "", "such as acme"), ("tenant", "a b", "is not 1 to 128 of"), ("name", HOSTILE, "is not 1 to 128 of"),
            ("models", "ok/ok\na^b", "“a^b” is not a model’s name"), ("tags", "feature", "is not a tag such as"),
            ("tags", " ".join(f"t{n}=1" for n in range(9)), "at most 8 fit"), ("actsFor", "a/b", "is not a name, or *"),
            ("rpm", "-1", "no whole number"), ("rpm", "2.5", "no whole number"), ("concurrent", "9999999", "no whole number"),
            ("expires", "tomorrow", "such as 2027-01-31T18:00"), ("expires", "2027-02-30T00:00", "such as 2027-01-31T18:00"),
            ("expires", "2020-01-01T00:00", "a time to come"), ("cap-day", "five", "no amount of USD"), ("cap-month", HOSTILE, "no amount"),
        ],
    )
    def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(self, gateway, admin, field, typed, hint):
        fields = {"tenant": "acme", "name": "ci", "models": "meta-llama/*", "rpm": "5", "needsRun": "1", field: typed}
        answer = send(admin, "/new-key", **fields)
        assert answer.status_code == 422 and "<script>alert" not in answer.text
        document = read(answer.text)
        assert problems(document) == []
        wrong = next(e for e in document.one("main").all() if e.attributes.get("id") == field)
        assert wrong.attributes["aria-invalid"] == "true" and "autofocus" in wrong.attributes
        complaint = document.one("span", id=f"{field}-problem")
        assert hint.replace("’", "'") in complaint.words.replace("’", "'"), complaint.words
        assert f"{field}-problem" in wrong.attributes["aria-describedby"].split()
        assert document.one("div", role="alert").one("a").attributes["href"] == f"#{field}"
        kept = fill(form(document, "/new-key"))
        assert {name: kept.get(name) for name in fields} == fields
        assert keys(gateway) == []

    def test_a_name_that_is_taken(self, gateway, admin):
        issue(admin, name="ci")
        answer = send(admin, "/new-key", tenant="beta", name="ci")
        assert answer.status_code == 422 and "good already" in read(answer.text).one("span", id="name-problem").words

    def test_a_budget_that_the_settings_name(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, KEY_BUDGETS='{"ci":{"daily":0.5}}')
        answer = send(signed_in(gateway), "/new-key", tenant="acme", name="ci", **{"cap-day": "5"})
        assert answer.status_code == 422 and "KEY_BUDGETS" in read(answer.text).one("span", id="cap-day-problem").words
        assert keys(gateway) == []


class TestSecrets:
    def test_a_secret_is_on_one_page_and_nowhere_else(self, gateway, admin, tmp_path):
        answer = send(admin, "/new-key", tenant="acme", name="ci")
        made = secret(answer)
        assert answer.headers["cache-control"] == "no-store"
        assert made not in str(answer.request.url) and "location" not in answer.headers
        answer = send(admin, "/keys/ci/rotate")
        second = secret(answer)
        assert answer.headers["cache-control"] == "no-store"
        gateway.chat(model=CHEAP, headers={"Authorization": f"Bearer {second}"})
        assert eventually(lambda: gateway.http.get("/api/admin/audit", headers=TOKEN).json()["changes"])
        for path in ("/keys", "/keys/ci", "/keys/ci/edit", "/keys/ci/rotate", "/tenants/acme", "/receipts", "/api/admin/audit", "/api/admin/keys"):
            text = admin.get(path, headers=TOKEN if path.startswith("/api") else {}).text
            assert made not in text and second not in text, path
        log = gateway.log()
        gateway.stop()
        assert made not in log and second not in log
        for file in tmp_path.iterdir():
            if file.is_file():
                content = file.read_bytes()
                assert made.encode() not in content and second.encode() not in content, file

    def test_a_whole_secret_in_the_search_goes_no_further(self, gateway, admin):
        made = issue(admin, name="ci")
        document = page(admin, "/keys", params={"q": made})
        assert document.one("input", id="q").attributes["value"] == made[:10]
        assert len(rows(document)) == 1


class TestReading:
    def test_lists_states_and_limits(self, gateway, admin, viewer):
        issue(admin, name="plain")
        issue(admin, name="narrow", models="a/b c/d e/f", rpm="60", needsUser="1", tags="env=prod", actsFor="*")
        issue(admin, name="soon", expires="2090-01-31T18:00")
        issue(admin, "beta", name="turning")
        secret(send(admin, "/keys/turning/rotate", overlap="3600"))
        issue(admin, name="gone")
        send(admin, "/keys/gone/revoke")
        assert eventually(lambda: "revoked" in page(viewer, "/keys").one("main").words)
        document = page(viewer, "/keys")
        assert problems(document) == []
        told = {row.split()[0]: row for row in rows(document)}
        assert list(told) == ["gone", "narrow", "plain", "soon", "turning"], "by name"
        assert told["plain"].endswith(" acme active all none –")
        assert "a/b, c/d and 1 more" in told["narrow"]
        assert "60 a minute · needs a user · env=prod · acts for all tenants" in told["narrow"]
        assert "expires 31 Jan 2090, 18:00" in told["soon"]
        assert "rotating" in told["turning"] and "old secret until" in told["turning"]

        def found(query):
            return [row.split()[0] for row in rows(page(viewer, f"/keys?{query}"))]

        assert found("tenant=beta") == ["turning"]
        assert found("q=PLA") == ["plain"]
        assert [found(f"state={state}") for state in ("active", "expires", "rotating", "ended")] == [["narrow", "plain"], ["soon"], ["turning"], ["gone"]]
        assert found("q=nobody") == []

    def test_tells_when_a_key_was_used_last(self, gateway, admin):
        made = issue(admin, name="ci")
        assert rows(page(admin, "/keys"))[0].endswith("–")
        call(gateway, made)
        assert eventually(lambda: re.search(r"\d\d:\d\d$", rows(page(admin, "/keys"))[0]))
        used = next(dt for dt in page(admin, "/keys/ci").all("dt") if dt.words == "Last used").parent
        assert re.search(r"Last used\d\d:\d\d$", used.words)

    def test_many_are_paged_and_a_tenant_shows_its_own(self, gateway, admin):
        for number in range(51):
            gateway.http.post("/api/admin/keys", json={"tenant": "acme", "key": f"k{number:02}"}, headers=TOKEN)
        issue(admin, "beta", name="other")
        first = page(admin, "/keys")
        assert "52 keys" in first.one("h1").words.replace("\xa0", " ") and len(rows(first)) == 50
        second = page(admin, next(first.all("a", rel="next")).attributes["href"])
        assert [row.split()[0] for row in rows(second)] == ["k50", "other"]
        tenant = page(admin, "/tenants/acme")
        assert problems(tenant) == []
        assert len(rows(tenant)) == 10 and "All 51 keys of this tenant" in tenant.one("main").words
        assert "other" not in " ".join(rows(tenant))

    def test_a_key_of_any_name_has_its_page(self, gateway, admin):
        name = "team:a@b.example_1"
        issue(admin, name=name)
        link = next(a for a in page(admin, "/keys").all("a") if a.words == name)
        document = page(admin, link.attributes["href"])
        assert document.one("h1").words == name and problems(document) == []
        assert secret(send(admin, f"{link.attributes['href']}/rotate"))

    @pytest.mark.parametrize("path", ["/keys/nobody", "/keys/nobody/edit", "/keys/nobody/rotate", "/keys/nobody/revoke", "/keys/%22%3E%3Cb%3E"])
    def test_a_key_that_never_was(self, gateway, admin, path):
        assert problems(page(admin, path, status=404)) == []

    def test_what_comes_in_is_escaped(self, gateway, admin):
        issue(admin, name="ci")
        for path, params in [("/keys", {"q": HOSTILE, "tenant": HOSTILE}), ("/new-key", {"tenant": HOSTILE, "key": HOSTILE})]:
            answer = admin.get(path, params=params)
            assert answer.status_code == 200 and "<script>alert" not in answer.text
            assert read(answer.text).one("input", id="tenant").attributes["value"] == HOSTILE

    def test_keys_that_the_settings_name_say_where(self, start, sandbox, tmp_path):
        (tmp_path / "bursar.yaml").write_text("keys:\n  ci: {rpm: 3, daily: 0.5}\n  later: {rpm: 1}\n")
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN)
        client = signed_in(gateway)
        issue(client, name="ci")
        document = page(client, "/keys")
        assert "3 a minute" in rows(document)[0] and "bursar.yaml:2" in rows(document)[0]
        awaited = next(s for s in document.all("section") if "Named in the settings" in s.words)
        assert "later by" in awaited.words and "bursar.yaml:3" in awaited.words
        assert awaited.one("a").attributes["href"] == "/new-key?key=later"
        shown = page(client, "/keys/ci")
        assert "bursar.yaml:2" in shown.one("main").words and problems(shown) == []
        edit = form(page(client, "/keys/ci/edit"), "/keys/ci/edit")
        assert {e.attributes["name"] for e in edit.all("input")}.isdisjoint({"rpm", "concurrent"})
        answer = client.post("/keys/ci/edit", data=fill(edit, rpm="9", needsUser="1"))
        assert answer.status_code == 303
        assert (key(gateway, "ci")["needsUser"], key(gateway, "ci")["rpm"]) == (True, None), "rpm is not of this form"
        answer = client.post("/keys/ci/budgets", data=fill(form(shown, "/keys/ci/budgets"), **{"cap-day": "9"}))
        assert answer.status_code == 422 and "bursar.yaml:2" in read(answer.text).one("span", id="cap-day-problem").words


class TestChanging:
    def test_a_change_holds_from_the_next_call_on(self, gateway, admin):
        made = issue(admin, name="ci", models=DEAR, rpm="5")
        assert gateway.chat(model=CHEAP, headers={"Authorization": f"Bearer {made}"}).status_code == 403
        document = page(admin, "/keys/ci/edit")
        assert problems(document) == []
        shown = fill(form(document, "/keys/ci/edit"))
        assert (shown["models"], shown["rpm"]) == (DEAR, "5")
        answer = send(admin, "/keys/ci/edit", models="", rpm="", needsRun="1")
        assert (answer.status_code, answer.headers["location"]) == (303, "/keys/ci?done=key")
        assert "The key is changed." in page(admin, answer.headers["location"]).one("main").words
        told = key(gateway, "ci")
        assert (told["models"], told["rpm"], told["needsRun"]) == ([], None, True)
        assert call(gateway, made) == 400 and call(gateway, made, session_id="r1") == 200

    def test_a_form_that_nobody_touched_changes_nothing(self, gateway, admin):
        issue(admin, name="ci", models="a/b\nc/*", tags="env=prod", actsFor="beta", rpm="5", concurrent="2", needsUser="1")
        precise = "2090-01-31T18:00:17Z"
        assert gateway.http.patch("/api/admin/keys/ci", json={"expiresAt": precise}, headers=TOKEN).status_code == 200
        before = key(gateway, "ci")
        assert send(admin, "/keys/ci/edit").status_code == 303
        assert key(gateway, "ci") == before and before["expiresAt"] == precise
        send(admin, "/keys/ci/revoke")
        assert eventually(lambda: changes(gateway)[:1] == [("key revoked", "key ci")])
        assert changes(gateway).count(("key changed", "key ci")) == 1

    @pytest.mark.parametrize("field, typed", [("rpm", "x"), ("expires", "2020-01-01T00:00"), ("models", "a^b")])
    def test_a_mistake_changes_nothing(self, gateway, admin, field, typed):
        issue(admin, name="ci")
        before = key(gateway, "ci")
        answer = send(admin, "/keys/ci/edit", **{"needsUser": "1", field: typed})
        assert answer.status_code == 422
        document = read(answer.text)
        assert document.one("span", id=f"{field}-problem") and problems(document) == []
        assert fill(form(document, "/keys/ci/edit"))[field] == typed
        assert key(gateway, "ci") == before

    def test_budgets_come_and_go(self, gateway, admin):
        issue(admin, name="ci", **{"cap-day": "5"})
        document = page(admin, "/keys/ci")
        shown = form(document, "/keys/ci/budgets")
        assert fill(shown)["cap-day"] == "5"
        assert admin.post("/keys/ci/budgets", data=fill(shown, **{"cap-day": "", "cap-week": "0.25"})).status_code == 303
        assert key(gateway, "ci")["budgets"] == [{"period": "week", "capUsd": "0.25"}]
        answer = admin.post("/keys/ci/budgets", data=fill(shown, **{"cap-day": "a lot"}))
        assert answer.status_code == 422 and "no amount of USD" in read(answer.text).one("span", id="cap-day-problem").words
        assert key(gateway, "ci")["budgets"] == [{"period": "week", "capUsd": "0.25"}]
        assert eventually(lambda: {("budget set", "key:ci, week"), ("budget removed", "key:ci, day")} <= set(changes(gateway)))


class TestEnding:
    def test_a_rotation_overlaps_as_chosen_and_counts_once(self, gateway, admin):
        first = issue(admin, name="ci", expires="2090-01-31T18:00")
        document = page(admin, "/keys/ci/rotate")
        assert problems(document) == []
        filled = fill(form(document, "/keys/ci/rotate"))
        assert (filled["overlap"], filled["expires"]) == ("86400", "2090-01-31T18:00")
        second = secret(admin.post("/keys/ci/rotate", data=filled))
        assert [call(gateway, s) for s in (first, second)] == [200, 200]
        again = admin.post("/keys/ci/rotate", data=filled)
        assert again.status_code == 409 and "bsr_" not in again.text
        assert len(key(gateway, "ci")["secrets"]) == 2
        third = secret(send(admin, "/keys/ci/rotate", overlap="0", expires=""))
        assert [call(gateway, s) for s in (first, second, third)] == [401, 401, 200]
        assert key(gateway, "ci")["expiresAt"] is None

    def test_what_is_no_overlap_and_no_end(self, gateway, admin):
        issue(admin, name="ci")
        assert send(admin, "/keys/ci/rotate", overlap="99999999").status_code == 400
        assert send(admin, "/keys/ci/rotate", overlap="-5").status_code == 400
        answer = send(admin, "/keys/ci/rotate", expires="2020-01-01T00:00")
        assert answer.status_code == 422 and "a time to come" in read(answer.text).one("span", id="expires-problem").words
        assert len(key(gateway, "ci")["secrets"]) == 1

    def test_a_revocation_asks_first_and_is_at_once(self, gateway, admin):
        made = issue(admin, name="ci")
        document = page(admin, "/keys/ci/revoke")
        assert "Revoke ci?" in document.one("h1").words and problems(document) == []
        assert call(gateway, made) == 200
        answer = admin.post("/keys/ci/revoke", data=fill(form(document, "/keys/ci/revoke")))
        assert answer.headers["location"] == "/keys/ci?done=key-revoked"
        assert call(gateway, made) == 401
        after = page(admin, answer.headers["location"])
        assert "opens nothing" in after.one("main").words and problems(after) == []
        assert "/keys/ci/edit" not in [a.attributes["href"] for a in after.all("a")]
        assert problems(page(admin, "/keys/ci/edit", status=409)) == []
        assert eventually(lambda: "was revoked" in page(admin, "/keys/ci").one("main").words)
        assert call(gateway, secret(send(admin, "/keys/ci/rotate"))) == 200

    def test_every_change_is_written_down_with_who_made_it(self, gateway, admin):
        issue(admin, name="ci")
        send(admin, "/keys/ci/edit", rpm="9")
        secret(send(admin, "/keys/ci/rotate"))
        send(admin, "/keys/ci/revoke")
        wanted = ["key revoked", "key rotated", "key changed", "key issued"]
        told = lambda: [c for c in gateway.http.get("/api/admin/audit", headers=TOKEN).json()["changes"] if c["target"] == "key ci"]  # noqa: E731
        assert eventually(lambda: [change["action"] for change in told()] == wanted)
        assert {change["who"] for change in told()} == {"admin"}
        history = next(s for s in page(admin, "/keys/ci").all("section") if "Who changed it" in s.words)
        assert [next(row.all("td", class_="action")).words for row in history.one("tbody").all("tr")] == wanted


class TestWhoMayChange:
    CHANGES = [
        ("/new-key", {"tenant": "beta"}), ("/keys/ci/edit", {"rpm": "1"}), ("/keys/ci/rotate", {"overlap": "0"}), ("/keys/ci/revoke", {}),
        ("/keys/ci/budgets", {"cap-day": "0"}),
    ]

    @pytest.mark.parametrize("path, fields", CHANGES)
    def test_nobody_unknown_no_viewer_no_foreign_page(self, gateway, admin, viewer, path, fields):
        made = issue(admin, name="ci")
        before = key(gateway, "ci")
        filled = fill(form(page(admin, path if path != "/keys/ci/budgets" else "/keys/ci"), path), **fields)
        viewers = fill(form(page(viewer, "/"), "/logout"))["form"]
        without = {**filled, "form": ""}
        attempts = [
            (browser(gateway), filled, {}, 401), (viewer, filled, {}, 403), (viewer, {**filled, "form": viewers}, {}, 403),
            (admin, without, {}, 403), (admin, {**filled, "form": viewers}, {}, 403), (admin, {**filled, "form": filled["form"][:-1]}, {}, 403),
            (admin, filled, {"Sec-Fetch-Site": "cross-site"}, 403), (admin, filled, {"Origin": "https://evil.example"}, 403),
            (browser(gateway), filled, TOKEN, 403), (browser(gateway), filled, {"Authorization": f"Bearer {made}"}, 401),
        ]
        for client, data, headers, code in attempts:
            answer = client.post(path, data=data, headers=headers)
            assert answer.status_code == code, (path, data, headers, answer.status_code)
            assert "bsr_" not in answer.text
        assert key(gateway, "ci") == before and keys(gateway) == ["ci"]

    def test_a_viewer_sees_no_form(self, gateway, admin, viewer):
        issue(admin, name="ci")
        for path in ("/keys", "/keys/ci", "/tenants/acme"):
            document = page(viewer, path)
            assert problems(document) == []
            assert [f.attributes["action"] for f in document.all("form", method="post")] == ["/logout"]
            assert not [a for a in document.one("main").all("a") if re.search("new-key|/edit|/rotate|/revoke", a.attributes["href"]) and "login" not in a.attributes["href"]]
        for path in ("/new-key", "/keys/ci/edit", "/keys/ci/rotate", "/keys/ci/revoke"):
            assert viewer.get(path).headers["location"].startswith("/login?next=")
