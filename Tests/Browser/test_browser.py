"""The dashboard in a real browser: every page in light, dark and at a phone's width, every change, live numbers, keys only."""

import time
from decimal import Decimal

import pytest
from screen import AXE, LOOKS, complaints, eventually, look, shoot, sign_in

PAGES = {
    "overview": "/", "tenants": "/tenants", "tenant": "/tenants/search", "models": "/models", "receipts": "/receipts", "receipt": "/receipts/req-3",
    "prices": "/prices?q=gpt-5", "health": "/health", "login": "/login",
}


def first_figure(tab):
    return tab.execute_script("return document.querySelector('dl.figures dd').textContent")


@pytest.mark.parametrize("style", LOOKS)
@pytest.mark.parametrize("name", PAGES)
def test_page_is_clean_readable_and_in_the_window(tab, shop, shots, name, style):
    look(tab, *LOOKS[style])
    tab.get(shop.url + PAGES[name])
    tab.execute_script("document.documentElement.scrollTop = 0")
    shoot(tab, shots / f"{name}-{style}.png")
    assert tab.execute_script(AXE) == []
    assert complaints(tab) == []


@pytest.mark.parametrize("style", ["light", "dark", "phone"])
def test_pages_of_an_admin_are_too(tab, shop, shots, style):
    sign_in(tab, shop)
    look(tab, *LOOKS[style])
    for name, path in {"edit": "/tenants/search", "reset": "/tenants/search/reset?period=day"}.items():
        tab.get(shop.url + path)
        shoot(tab, shots / f"{name}-{style}.png")
        assert tab.execute_script(AXE) == []
        assert complaints(tab) == []


def test_numbers_change_without_a_reload(tab, shop):
    tab.get(shop.url)
    assert eventually(lambda: tab.find_element("id", "live").text == "live")
    tab.execute_script("window.kept = true")
    before = first_figure(tab)
    shop.spend(1_500, tenant="shop")
    assert eventually(lambda: first_figure(tab) != before)
    assert tab.execute_script("return window.kept"), "the page was loaded anew"
    assert complaints(tab) == []


def test_what_somebody_holds_is_not_taken_away(tab, shop):
    tab.get(shop.url)
    assert eventually(lambda: tab.find_element("id", "live").text == "live")
    summary = tab.find_element("css selector", "#charts summary")
    summary.click()
    shop.spend(300, tenant="shop")
    time.sleep(2.5)
    assert tab.find_element("css selector", "#charts details").get_attribute("open")
    summary.click()
    assert tab.find_element("css selector", "#charts summary")


def test_edits_by_keys_alone(tab, shop):
    from selenium.webdriver import ActionChains, Keys

    sign_in(tab, shop)
    tab.get(f"{shop.url}/tenants/shop")
    ActionChains(tab).send_keys(Keys.TAB).perform()
    assert tab.switch_to.active_element.text == "Skip to the page"
    tab.switch_to.active_element.send_keys(Keys.ENTER)
    for _ in range(40):
        ActionChains(tab).send_keys(Keys.TAB).perform()
        if tab.switch_to.active_element.get_attribute("id") == "cap-day":
            break
    field = tab.switch_to.active_element
    assert field.get_attribute("id") == "cap-day"
    field.send_keys("3.5" + Keys.ENTER)
    assert eventually(lambda: "The cap is set." in tab.find_element("tag name", "main").text)
    assert shop.usage("shop")["daily"]["capUsd"] == "3.5"
    tab.find_element("css selector", "button[value=default]").click()
    assert eventually(lambda: "follows the default again" in tab.find_element("tag name", "main").text)
    assert shop.usage("shop")["daily"]["capUsd"] == "2"
    assert complaints(tab) == []


def test_credit_and_reset(tab, shop):
    sign_in(tab, shop)
    spent = Decimal(shop.usage("support-bot")["daily"]["spentUsd"])
    tab.get(f"{shop.url}/tenants/support-bot")
    tab.find_element("id", "amount").send_keys("0.01\n")
    assert eventually(lambda: "The credit is booked." in tab.find_element("tag name", "main").text)
    assert Decimal(shop.usage("support-bot")["daily"]["spentUsd"]) == spent - Decimal("0.01")
    tab.find_element("partial link text", "Reset today").click()
    tab.find_element("css selector", "form[action$='/reset'] button").click()
    assert eventually(lambda: "is reset" in tab.find_element("tag name", "main").text)
    assert shop.usage("support-bot")["daily"]["spentUsd"] == "0"
    assert complaints(tab) == []


def test_a_mistake_is_said_next_to_the_form(tab, shop):
    sign_in(tab, shop)
    tab.get(f"{shop.url}/tenants/shop")
    tab.find_element("id", "cap-day").send_keys("a lot\n")
    assert eventually(lambda: tab.find_elements("css selector", "[role=alert]"))
    assert "no amount of USD" in tab.find_element("css selector", "[role=alert]").text
    assert shop.usage("shop")["daily"]["capUsd"] == "2"


def test_everything_is_there_without_javascript(chromium, shop, shots):
    chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        chromium.get(shop.url)
        assert "spent today" in chromium.find_element("tag name", "h1").text
        chromium.get(f"{shop.url}/tenants?q=shop")
        assert "shop" in chromium.find_element("tag name", "tbody").text
    finally:
        chromium.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
