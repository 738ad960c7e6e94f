"""The dashboard over plain HTTP: what it says, who may change what, and that it needs nothing but HTML."""

import json
import re
import socket
import time
from decimal import Decimal

import httpx
import pytest
from page import problems, read
from support import DEAR, MIDDLE, eventually

ADMIN, VIEWER = "admin-token-of-this-test", "viewer-token-of-this-test"
PAGES = ["/", "/tenants", "/tenants/shop", "/keys", "/models", "/receipts", "/receipts/req-1", "/prices", "/health"]


def page(client, path, status=200, **options):
    answer = client.get(path, **options)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    return read(answer.text)


def browser(gateway):
    """A client that keeps cookies, as a browser does."""
    return httpx.Client(base_url=gateway.url, timeout=30, trust_env=False, headers={"Accept": "text/html"})


def fill(form, **fields):
    """What a browser sends of a form."""
    sent = {
        e.attributes["name"]: e.attributes.get("value", "") for e in form.all("input")
        if e.attributes.get("type") != "checkbox" or "checked" in e.attributes}
    sent.update({e.attributes["name"]: e.text for e in form.all("textarea")})
    for select in form.all("select"):
        options = list(select.all("option"))
        chosen = next((o for o in options if "selected" in o.attributes), options[0])
        sent[select.attributes["name"]] = chosen.attributes.get("value", "")
    return {**sent, **fields}


def form(document, action):
    return next(f for f in document.all("form", method="post") if f.attributes["action"] == action)


def sign_in(client, token, next_page="/"):
    login = page(client, f"/login?next={next_page}")
    return client.post("/login", data=fill(form(login, "/login"), token=token))


@pytest.fixture
def shop(start, sandbox):
    """A gateway whose tenant `shop` has spent something, and whose pages know of it."""
    gateway = start(
        sandbox, BURSAR_ADMIN_TOKEN=ADMIN, BURSAR_VIEWER_TOKEN=VIEWER, FALLBACK_MODEL_CHAIN=MIDDLE,
        TENANT_BUDGETS=json.dumps({"fixed": {"daily": 3}}))
    assert gateway.spend(100, tenant="shop").status_code == 200
    # Receipts are projected off the request's path.
    assert eventually(lambda: browser(gateway).get("/receipts/req-1").status_code == 200)
    return gateway


@pytest.fixture
def admin(shop):
    client = browser(shop)
    answer = sign_in(client, ADMIN)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return client


class TestPages:
    @pytest.mark.parametrize("path", PAGES)
    def test_are_whole_and_accessible(self, shop, admin, path):
        for client in (browser(shop), admin):
            assert problems(page(client, path)) == []

    def test_hold_the_strictest_policy(self, shop):
        headers = browser(shop).get("/").headers
        policy = dict(part.strip().split(" ", 1) for part in headers["content-security-policy"].split(";"))
        assert policy["default-src"] == "'none'"
        assert {policy[name] for name in ("script-src", "style-src", "img-src", "connect-src", "form-action")} == {"'self'"}
        assert policy["frame-ancestors"] == policy["base-uri"] == "'none'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"

    def test_assets_carry_their_hash_and_stay(self, shop):
        document = page(browser(shop), "/")
        addresses = [e.attributes.get("href") or e.attributes.get("src") for e in [*document.all("link"), *document.all("script")]]
        assert len(addresses) == 3
        for address in addresses:
            assert re.fullmatch(r"/assets/\w+-[0-9a-f]{16}\.(css|js|svg)", address)
            answer = browser(shop).get(address)
            assert answer.status_code == 200
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert browser(shop).get("/assets/app-0000000000000000.css").status_code == 404

    def test_what_comes_in_is_escaped(self, shop):
        hostile = "\"><script>alert('1')</script>&amp;"
        for path in ("/tenants", "/prices", "/receipts"):
            answer = browser(shop).get(path, params={"q": hostile})
            assert answer.status_code == 200
            assert "<script>alert" not in answer.text
            document = read(answer.text)
            assert document.one("input", id="q").attributes["value"] == hostile

    def test_a_tenant_that_never_called_has_no_page(self, shop):
        document = page(browser(shop), "/tenants/nobody", status=404)
        assert "nobody" in document.one("main").words
        assert problems(document) == []

    def test_an_unknown_address_is_refused_like_any(self, shop):
        answer = browser(shop).get("/nothing")
        assert answer.status_code == 404
        assert answer.json()["error"]["metadata"]["reason"] == "unknown_route"

    def test_a_page_is_not_changed_by_the_wrong_method(self, shop):
        assert browser(shop).put("/").status_code in (404, 405)


class TestOverview:
    def test_tells_an_empty_gateway_what_to_do(self, gateway):
        document = page(browser(gateway), "/")
        assert document.one("h1").words == "Nothing is spent this month."
        assert "OPENAI_BASE_URL" in document.one("main").words

    def test_says_what_the_books_say(self, shop):
        spent = Decimal(shop.usage("shop")["daily"]["spentUsd"])
        words = page(browser(shop), "/").one("main").words
        assert f"${spent:.4f} spent today, $" in words
        for question in ("Spent today", "Left this month", "Next stop", "Dearest tenant", "Saved by downgrade"):
            assert question in words
        assert "shop" in words

    def test_names_who_stops_and_until_when(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.0019", FALLBACK_MODEL_CHAIN=MIDDLE)
        gateway.spend(100, tenant="greedy")
        words = page(browser(gateway), "/").one("main").words
        assert "greedy has used up its daily cap of $0.0019 and is refused until" in words

    def test_shows_what_a_downgrade_saved(self, start, sandbox):
        gateway = start(sandbox, DEFAULT_DAILY_BUDGET="0.016", FALLBACK_MODEL_CHAIN=MIDDLE)
        assert gateway.spend(1_030).status_code == 200
        moved = gateway.spend(100)
        assert moved.headers["x-bursar-moved"] == "budget"
        saved = Decimal(gateway.usage()["savedUsd"])
        assert saved > 0
        figure = next(d for d in page(browser(gateway), "/").all("dt") if d.words == "Saved by downgrade").parent
        shown = Decimal(re.search(r"\$([\d.]+)", figure.words)[1])
        assert abs(shown - saved) <= Decimal("0.00005")

    def test_shows_that_an_unresolved_call_counts(self, shop, sandbox):
        sandbox.faults("missing_usage")
        shop.spend(50, tenant="shop")
        assert Decimal(shop.usage("shop")["daily"]["unresolvedUsd"]) > 0
        assert "unresolved" in page(browser(shop), "/").one("main").words


class TestTenants:
    def test_are_found_by_name_and_state(self, shop):
        for name in ("alpha", "beta", "alphabet"):
            shop.spend(10, tenant=name)

        def names(query):
            return {link.words for link in page(browser(shop), f"/tenants?{query}").one("main").all("a") if "/tenants/" in link.attributes["href"]}

        assert names("") == {"shop", "alpha", "beta", "alphabet", "fixed"}
        assert names("q=ALPHA") == {"alpha", "alphabet"}
        assert names("state=stopped") == set()
        assert names("from=5") == set()

    def test_of_any_name_have_their_page(self, shop, admin):
        name = "team:a@b.example"
        shop.spend(10, tenant=name)
        link = next(a for a in page(admin, "/tenants").all("a") if a.words == name).attributes["href"]
        document = page(admin, link)
        assert document.one("h1").words == name
        credit = form(document, f"{link}/credit")
        assert admin.post(f"{link}/credit", data=fill(credit, amount="0.00001")).status_code == 303

    def test_long_lists_are_paged(self, shop):
        for number in range(51):
            shop.http.get("/api/usage/x")
            shop.chat(headers={"X-Tenant-Id": f"t{number:02}"}, model=MIDDLE, max_tokens=5)
        first = page(browser(shop), "/tenants?q=t")
        links = [link for link in first.all("a", rel="next")]
        assert len(links) == 1
        second = page(browser(shop), links[0].attributes["href"])
        assert [link for link in second.all("a", rel="prev")]
        assert len([row for row in second.one("tbody").all("tr")]) == 1

    def test_show_models_and_caps(self, shop):
        document = page(browser(shop), "/tenants/shop")
        words = document.one("main").words
        assert DEAR in words and "Daily cap: $5" in words and "Monthly cap: $50" in words
        assert "DEFAULT_DAILY_BUDGET" in words
        assert list(document.one("main").all("form", method="post")) == []


class TestReceipts:
    def test_one_for_each_call(self, shop):
        shop.spend(70, tenant="shop", model=MIDDLE)
        shop.spend(30, tenant="other")

        def rows(query=""):
            document = page(browser(shop), f"/receipts{query}")
            return [row.words for body in document.all("tbody") for row in body.all("tr")]

        assert eventually(lambda: len(rows()) == 3)
        assert all("answered" in row for row in rows())
        assert rows()[0].startswith("req-3")
        assert [DEAR in row or MIDDLE in row for row in rows("?tenant=shop")] == [True, True]
        assert len(rows(f"?model={MIDDLE}")) == 1
        assert len(rows("?q=req-2")) == 1
        assert rows("?status=failed") == rows("?tenant=nobody") == []

    def test_say_what_the_client_was_told(self, shop):
        answer = shop.spend(70, tenant="shop")
        name = answer.headers["x-bursar-request-id"]
        assert eventually(lambda: browser(shop).get(f"/receipts/{name}").status_code == 200)
        words = page(browser(shop), f"/receipts/{name}").one("main").words
        assert f'{answer.headers["x-bursar-cost"]} USD' in words
        assert DEAR in words and "the provider’s own amount" in words

    @pytest.mark.parametrize("name", ["req-999", "nonsense", "req-", "%00"])
    def test_there_is_none_for_a_call_that_never_was(self, shop, name):
        assert browser(shop).get(f"/receipts/{name}").status_code == 404

    def test_models_add_up(self, shop):
        shop.spend(70, tenant="shop", model=MIDDLE)
        assert eventually(lambda: MIDDLE in page(browser(shop), "/models").one("main").words)
        document = page(browser(shop), "/models")
        names = [row.one("a").words for row in document.one("div", id="list").one("tbody").all("tr")]
        assert names == [DEAR, MIDDLE], "the dearest first"


class TestLogin:
    def test_a_wrong_token_is_refused_and_then_the_peer(self, shop):
        client = browser(shop)
        codes = [sign_in(client, f"wrong-{n}").status_code for n in range(11)]
        assert codes == [403] * 10 + [429]
        assert sign_in(client, ADMIN).status_code == 429
        assert "bursar_session" not in client.cookies

    def test_the_session_is_for_this_site_and_no_script(self, shop):
        answer = sign_in(browser(shop), ADMIN)
        cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("bursar_session="))
        assert "HttpOnly" in cookie and "SameSite=Strict" in cookie and "Path=/" in cookie
        assert ADMIN not in cookie

    def test_needs_the_form_that_was_shown(self, shop):
        shown = fill(form(page(browser(shop), "/login"), "/login"), token=ADMIN)
        assert browser(shop).post("/login", data=shown).status_code == 200, "without its cookie"
        client = browser(shop)
        page(client, "/login")
        assert client.post("/login", data=shown).status_code == 200, "with another's"
        assert "bursar_session" not in client.cookies

    @pytest.mark.parametrize("place", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)"])
    def test_leads_nowhere_else(self, shop, place):
        client = browser(shop)
        login = page(client, "/login", params={"next": place})
        answer = client.post("/login", data=fill(form(login, "/login"), token=ADMIN))
        assert answer.headers["location"] == "/"
        answer = client.post("/login", data=fill(form(login, "/login"), token=ADMIN, next=place))
        assert answer.headers.get("location", "/") == "/"

    def test_leads_back_to_where_one_came_from(self, shop):
        assert sign_in(browser(shop), ADMIN, "%2Ftenants%2Fshop").headers["location"] == "/tenants/shop"

    def test_signing_out_ends_it(self, shop, admin):
        document = page(admin, "/")
        assert "admin" in document.one("header", class_="top").words
        answer = admin.post("/logout", data=fill(form(document, "/logout")))
        assert answer.status_code == 303
        assert "Sign in" in page(admin, "/").one("header", class_="top").words

    def test_a_link_that_was_never_made_is_none(self, shop):
        client = browser(shop)
        document = page(client, "/login?code=" + "0" * 48)
        assert "used before" in document.one("main").words
        assert "bursar_session" not in client.cookies


class TestEdits:
    def cap(self, client, amount, tenant="shop", period="day", **fields):
        document = page(client, f"/tenants/{tenant}")
        shown = next(
            f for f in document.all("form", action=f"/tenants/{tenant}/cap")
            if fill(f)["period"] == period)
        return client.post(f"/tenants/{tenant}/cap", data=fill(shown, cap=amount, **fields))

    def test_a_cap_holds_from_the_next_call_on(self, shop, admin):
        answer = self.cap(admin, "$0.0015")
        assert (answer.status_code, answer.headers["location"]) == (303, "/tenants/shop?done=cap")
        assert shop.usage("shop")["daily"]["capUsd"] == "0.0015"
        assert shop.spend(100, tenant="shop").status_code == 429
        words = page(admin, answer.headers["location"]).one("main").words
        assert "The cap is set." in words and "Set here" in words

    def test_a_cap_can_be_lifted_and_given_back(self, shop, admin):
        assert self.cap(admin, "none").status_code == 303
        assert shop.usage("shop")["daily"]["capUsd"] is None
        assert self.cap(admin, "", choice="default").status_code == 303
        assert shop.usage("shop")["daily"]["capUsd"] == "5"

    @pytest.mark.parametrize("amount", ["", "-1", "five", "1e99", "nan", "<b>"])
    def test_what_is_no_amount_changes_nothing(self, shop, admin, amount):
        answer = self.cap(admin, amount)
        assert answer.status_code == 422
        document = read(answer.text)
        assert "no amount of USD" in document.one("p", role="alert").words
        assert problems(document) == []
        assert shop.usage("shop")["daily"]["capUsd"] == "5"

    def test_what_the_environment_names_is_read_only(self, shop, admin):
        shop.spend(10, tenant="fixed")
        document = page(admin, "/tenants/fixed")
        assert "TENANT_BUDGETS" in document.one("main").words
        periods = [fill(f)["period"] for f in document.all("form", action="/tenants/fixed/cap")]
        assert periods == ["month"]
        token = fill(form(document, "/tenants/fixed/cap"))["form"]
        answer = admin.post("/tenants/fixed/cap", data={"form": token, "period": "day", "cap": "9"})
        assert answer.status_code == 409
        assert shop.usage("fixed")["daily"]["capUsd"] == "3"

    def test_a_reset_asks_first(self, shop, admin):
        spent = shop.usage("shop")["daily"]["spentUsd"]
        assert Decimal(spent) > 0
        document = page(admin, "/tenants/shop/reset?period=day")
        assert "Reset the daily budget of shop?" in document.one("h1").words
        assert shop.usage("shop")["daily"]["spentUsd"] == spent
        answer = admin.post("/tenants/shop/reset", data=fill(form(document, "/tenants/shop/reset")))
        assert answer.headers["location"] == "/tenants/shop?done=reset"
        usage = shop.usage("shop")
        assert usage["daily"]["spentUsd"] == "0"
        assert usage["monthly"]["spentUsd"] == spent

    def test_a_credit_gives_back_a_part(self, shop, admin):
        spent = Decimal(shop.usage("shop")["daily"]["spentUsd"])
        document = page(admin, "/tenants/shop")
        shown = form(document, "/tenants/shop/credit")
        answer = admin.post("/tenants/shop/credit", data=fill(shown, amount="0.0001"))
        assert answer.status_code == 303
        assert Decimal(shop.usage("shop")["daily"]["spentUsd"]) == spent - Decimal("0.0001")
        for amount in ("0", "-1", "100", "x"):
            assert admin.post("/tenants/shop/credit", data=fill(shown, amount=amount)).status_code == 422
        assert Decimal(shop.usage("shop")["daily"]["spentUsd"]) == spent - Decimal("0.0001")

    def test_a_breaker_is_closed_by_hand(self, start, sandbox):
        gateway = start(sandbox, BURSAR_ADMIN_TOKEN=ADMIN, BREAKER_FAILURE_THRESHOLD="1", BREAKER_RESET_SECONDS="600")
        sandbox.faults("server_error")
        gateway.spend(10)
        client = browser(gateway)
        sign_in(client, ADMIN)
        document = page(client, "/health")
        assert "open" in next(row for row in document.one("div", id="breakers").one("tbody").all("tr")).words
        sandbox.faults()
        assert gateway.spend(10).status_code != 200
        confirm = page(client, f"/breakers/reset?model={DEAR}")
        answer = client.post("/breakers/reset", data=fill(form(confirm, "/breakers/reset")))
        assert answer.status_code == 303
        assert gateway.spend(10).status_code == 200

    def test_every_change_is_written_down_with_who_made_it(self, shop, admin):
        self.cap(admin, "4")
        headers = {"Authorization": f"Bearer {ADMIN}"}
        changes = eventually(lambda: shop.http.get("/api/admin/audit", headers=headers).json()["changes"])
        assert (changes[0]["who"], changes[0]["action"], changes[0]["target"], changes[0]["after"]) == (
            "admin", "budget set", "tenant:shop, day", "4 USD")
        assert ADMIN not in shop.log()

    def test_a_credit_and_a_reset_are_written_down_with_why(self, shop, admin):
        credit = form(page(admin, "/tenants/shop"), "/tenants/shop/credit")
        assert admin.post("/tenants/shop/credit", data=fill(credit, amount="0.00001", why="a bot <loop>")).status_code == 303
        reset = form(page(admin, "/tenants/shop/reset?period=day"), "/tenants/shop/reset")
        assert admin.post("/tenants/shop/reset", data=fill(reset, why="x" * 1_001)).status_code == 400
        assert admin.post("/tenants/shop/reset", data=fill(reset, why="a fair")).status_code == 303
        headers = {"Authorization": f"Bearer {ADMIN}"}

        def told():
            changes = shop.http.get("/api/admin/audit", headers=headers).json()["changes"]
            return [change["action"] for change in changes[:2]]

        assert eventually(lambda: told() == ["reset: a fair", "credited 0.00001 USD: a bot <loop>"])


class TestWhoMayChange:
    """Each change, sent by everybody who must not."""

    CHANGES = [
        ("/tenants/shop/cap", {"period": "day", "cap": "0"}),
        ("/tenants/shop/credit", {"period": "day", "amount": "0.0001"}),
        ("/tenants/shop/reset", {"period": "day"}),
        ("/breakers/reset", {"model": DEAR}),
        ("/logout", {}),
    ]

    @pytest.mark.parametrize("path, fields", CHANGES)
    def test_nobody_unknown_no_viewer_no_foreign_page(self, shop, admin, path, fields):
        before = shop.usage("shop")
        token = fill(form(page(admin, "/"), "/logout"))["form"]
        viewer = browser(shop)
        sign_in(viewer, VIEWER)
        viewers = fill(form(page(viewer, "/"), "/logout"))["form"]
        attempts = [
            (browser(shop), {"form": token}, {}),
            (viewer, {"form": token}, {}),
            (admin, {"other": "1"}, {}),
            (admin, {"form": ""}, {}),
            (admin, {"form": viewers}, {}),
            (admin, {"form": token[:-1]}, {}),
            (admin, {"form": token}, {"Sec-Fetch-Site": "cross-site"}),
            (admin, {"form": token}, {"Origin": "http://localhost:1"}),
            (admin, {"form": token}, {"Origin": "null"}),
            (browser(shop), {"form": token}, {"Authorization": f"Bearer {ADMIN}"}),
        ]
        if path != "/logout":
            attempts.append((viewer, {"form": viewers}, {}))
        for client, extra, headers in attempts:
            answer = client.post(path, data={**fields, **extra}, headers=headers)
            assert answer.status_code == 403, (path, extra, headers, answer.status_code)
        assert shop.usage("shop") == before
        assert "admin" in page(admin, "/").one("header", class_="top").words

    def test_a_viewer_sees_no_form(self, shop):
        viewer = browser(shop)
        sign_in(viewer, VIEWER)
        document = page(viewer, "/tenants/shop")
        assert [f.attributes["action"] for f in document.all("form", method="post")] == ["/logout"]
        assert viewer.get("/tenants/shop/reset?period=day").headers["location"].startswith("/login?next=")

    @pytest.mark.parametrize("body, kind", [(b"{}", "application/json"), (b"a" * 20_000, "application/x-www-form-urlencoded")])
    def test_what_is_no_form_is_refused(self, shop, admin, body, kind):
        answer = admin.post("/tenants/shop/cap", content=body, headers={"Content-Type": kind})
        assert answer.status_code in (413, 415)


class TestClosed:
    def test_pages_ask_for_a_token(self, start, sandbox):
        gateway = start(sandbox, HOST="0.0.0.0", BURSAR_ADMIN_TOKEN=ADMIN, BURSAR_VIEWER_TOKEN=VIEWER)
        gateway.url = f"http://127.0.0.1:{gateway.port}"
        client = browser(gateway)
        for path in PAGES:
            answer = client.get(path)
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/login?next=")
        login = page(client, "/login")
        assert problems(login) == []
        for link in [*login.all("link"), *login.all("script")]:
            assert client.get(link.attributes.get("href") or link.attributes["src"]).status_code == 200
        assert client.get("/live?of=/").status_code == 303 or client.get("/live?of=/").status_code == 401
        assert sign_in(client, VIEWER).headers["location"] == "/"
        assert page(client, "/").one("h1")


class Events:
    """Server-sent events as they come."""

    def __init__(self, gateway, of):
        self.socket = socket.create_connection(("127.0.0.1", gateway.port), timeout=20)
        self.socket.sendall(f"GET /live?of={of} HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".encode())
        self.seen = b""

    def until(self, mark, within=10):
        end = time.monotonic() + within
        while mark not in self.seen:
            assert time.monotonic() < end, self.seen[-2000:]
            data = self.socket.recv(65536)
            assert data, self.seen[-2000:]
            self.seen += data
        return self.seen

    def close(self):
        self.socket.close()


class TestLive:
    def test_parts_come_when_they_change(self, shop):
        events = Events(shop, "/")
        events.until(b"data: tenants\n")
        assert b"text/event-stream" in events.seen
        assert b"newcomer" not in events.seen
        shop.spend(200, tenant="newcomer")
        events.until(b"/tenants/newcomer")
        events.close()

    def test_a_page_that_stands_still_is_not_followed(self, shop):
        assert browser(shop).get("/live?of=/prices").status_code == 404
        assert browser(shop).get("/live?of=https://elsewhere").status_code == 404

    def test_more_than_a_hundred_are_told_to_reload(self, shop):
        following = [Events(shop, "/") for _ in range(100)]
        for events in following:
            events.until(b"retry: 3000")
        answer = browser(shop).get("/live?of=/")
        assert answer.status_code == 503
        for events in following:
            events.close()

    def test_followers_do_not_hold_up_the_end(self, shop):
        events = Events(shop, "/")
        events.until(b"data: summary\n")
        began = time.monotonic()
        assert shop.stop(within=15) == 0
        assert time.monotonic() - began < 10
