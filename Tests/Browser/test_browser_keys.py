"""Keys in a real browser: every page and every change, in light, dark and at a phone's width, and by keys alone."""

import pytest
from screen import ADMIN, AXE, LOOKS, complaints, eventually, look, shoot, sign_in

PAGES = {
    "keys": "/keys", "keys-none": "/keys?q=nothing", "key": "/keys/support-bot-1", "key-rotating": "/keys/search-batch",
    "key-named": "/keys/nightly-report", "key-revoked": "/keys/newsletter-old", "key-new": "/new-key?tenant=shop",
    "key-edit": "/keys/support-bot-1/edit", "key-edit-named": "/keys/nightly-report/edit", "key-rotate": "/keys/search/rotate",
    "key-revoke": "/keys/search/revoke", "tenant-keys": "/tenants/support-bot",
}


@pytest.fixture
def admin(tab, keyed):
    sign_in(tab, keyed)
    return tab


def told(gateway, name):
    return gateway.http.get(f"/api/admin/keys/{name}", headers={"Authorization": f"Bearer {ADMIN}"}).json()


def main(tab):
    return tab.find_element("tag name", "main").text


def typed(tab, **fields):
    for name, text in fields.items():
        field = tab.find_element("id", name)
        field.clear()
        field.send_keys(text)


def submit(tab, action):
    tab.find_element("css selector", f"form[action='{action}'] p.actions button, form.actions[action='{action}'] button").click()


def check(tab, path):
    shoot(tab, path)
    assert tab.execute_script(AXE) == []
    assert [line for line in complaints(tab) if "status of 422" not in line and "status of 409" not in line] == []


@pytest.mark.parametrize("style", LOOKS)
def test_pages_are_clean_readable_and_in_the_window(admin, keyed, shots, style):
    look(admin, *LOOKS[style])
    for name, path in PAGES.items():
        admin.get(keyed.url + path)
        check(admin, shots / f"{name}-{style}.png")


@pytest.mark.parametrize("style", LOOKS)
def test_a_key_is_issued_and_its_secret_seen_once(admin, keyed, shots, style):
    look(admin, *LOOKS[style])
    admin.get(f"{keyed.url}/new-key?tenant=shop")
    name = f"made-{style}"
    typed(admin, name=name, models="openai/gpt-5-mini", rpm="sixty", **{"cap-day": "much"})
    submit(admin, "/new-key")
    assert eventually(lambda: "2 fields want another look" in main(admin))
    check(admin, shots / f"key-mistakes-{style}.png")
    focused = admin.switch_to.active_element
    assert focused.get_attribute("id") == "rpm" and focused.get_attribute("aria-describedby") == "rpm-problem rpm-hint"
    assert admin.find_element("id", "models").get_attribute("value") == "openai/gpt-5-mini"
    typed(admin, rpm="60", **{"cap-day": "5"})
    submit(admin, "/new-key")
    assert eventually(lambda: f"Key {name} is issued" in main(admin))
    secret = admin.find_element("id", "secret").get_attribute("value")
    assert secret.startswith("bsr_") and len(secret) == 47
    check(admin, shots / f"key-secret-{style}.png")
    assert secret not in admin.current_url
    admin.refresh()
    assert eventually(lambda: "This form was sent before" in main(admin))
    check(admin, shots / f"key-again-{style}.png")
    assert secret not in admin.page_source and len(told(keyed, name)["secrets"]) == 1
    admin.back()
    assert secret not in admin.page_source
    answer = keyed.chat(model="openai/gpt-5-mini", headers={"Authorization": f"Bearer {secret}"}, max_tokens=20)
    assert answer.status_code == 200


def test_the_secret_is_copied_by_a_button(admin, keyed):
    admin.execute_cdp_cmd("Browser.grantPermissions", {"origin": keyed.url, "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
    admin.get(f"{keyed.url}/keys/ci/rotate")
    submit(admin, "/keys/ci/rotate")
    assert eventually(lambda: "has a new secret" in main(admin))
    button = admin.find_element("css selector", "[data-copy]")
    assert button.is_displayed()
    button.click()
    assert eventually(lambda: button.text == "Copied")
    assert admin.execute_async_script("navigator.clipboard.readText().then(arguments[0])") == admin.find_element("id", "secret").get_attribute("value")
    assert complaints(admin) == []


def test_what_a_key_may_do_is_changed_by_keys_alone(admin, keyed, shots):
    from selenium.webdriver import ActionChains, Keys

    admin.get(f"{keyed.url}/keys/search/edit")
    order = []
    for _ in range(40):
        ActionChains(admin).send_keys(Keys.TAB).perform()
        name = admin.switch_to.active_element.get_attribute("id") or admin.switch_to.active_element.text
        if not order or order[-1] != name:
            order.append(name)
        if name == "Change the key":
            break
    fields = [name for name in order if name in ("models", "actsFor", "rpm", "concurrent", "tags", "needsUser", "needsRun", "expires")]
    assert fields == ["models", "actsFor", "rpm", "concurrent", "tags", "needsUser", "needsRun", "expires"], order
    admin.find_element("id", "needsUser").send_keys(Keys.SPACE)
    admin.find_element("id", "rpm").send_keys("90" + Keys.ENTER)
    assert eventually(lambda: "The key is changed." in main(admin))
    assert (told(keyed, "search")["rpm"], told(keyed, "search")["needsUser"]) == (90, True)
    assert told(keyed, "search")["expiresAt"] == "2090-01-31T18:00:00Z"
    check(admin, shots / "key-changed-light.png")


def test_budgets_of_a_key(admin, keyed):
    admin.get(f"{keyed.url}/keys/search")
    typed(admin, **{"cap-week": "12.5"})
    submit(admin, "/keys/search/budgets")
    assert eventually(lambda: "budgets stand as you see them" in main(admin))
    assert told(keyed, "search")["budgets"] == [{"period": "week", "capUsd": "12.5"}]
    typed(admin, **{"cap-week": ""})
    submit(admin, "/keys/search/budgets")
    assert eventually(lambda: told(keyed, "search")["budgets"] == [])
    assert complaints(admin) == []


def test_rotated_and_revoked_with_a_question_before(admin, keyed):
    admin.get(f"{keyed.url}/keys/support-bot-canary")
    admin.find_element("partial link text", "Rotate").click()
    submit(admin, "/keys/support-bot-canary/rotate")
    assert eventually(lambda: "has a new secret" in main(admin))
    assert len(told(keyed, "support-bot-canary")["secrets"]) == 2
    admin.find_element("partial link text", "on to the key").click()
    assert eventually(lambda: "the old one opens the gateway until" in main(admin))
    admin.find_element("partial link text", "Revoke").click()
    assert told(keyed, "support-bot-canary")["state"] == "good"
    submit(admin, "/keys/support-bot-canary/revoke")
    assert eventually(lambda: "The key is revoked" in main(admin))
    assert told(keyed, "support-bot-canary")["state"] == "ended"
    assert complaints(admin) == []


def test_forms_need_no_javascript(admin, keyed):
    admin.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        admin.get(f"{keyed.url}/new-key?tenant=shop")
        typed(admin, name="without-script")
        submit(admin, "/new-key")
        assert eventually(lambda: "without-script is issued" in main(admin))
        assert admin.find_element("id", "secret").get_attribute("value").startswith("bsr_")
        assert not admin.find_element("css selector", "[data-copy]").is_displayed()
    finally:
        admin.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
