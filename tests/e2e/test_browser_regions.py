"""The dashboard with a workspace proxy beside the server: what is chosen in the person's menu is where apps and shells are opened."""

import re

import pytest
from playwright.sync_api import expect

from browser import Visitor
from conftest import PASSWORD, first_user
from test_proxy import Scene


@pytest.fixture()
def scene(fresh):
    server = fresh()
    made = Scene(server, first_user(server))
    yield made
    made.proxy.stop()


@pytest.fixture()
def visitor(browser, scene):
    here = Visitor(browser, scene.server.url).expecting(401, "/api/v2/users/me$")
    here.sign_in("owner@example.com", PASSWORD)
    yield here
    here.close()


def choose(page, name):
    page.get_by_role("button", name="Signed in as owner").click()
    page.get_by_role("menuitem", name=re.compile(f"^{name}")).click()


def test_apps_and_shells_open_by_the_proxy_that_was_chosen(visitor, scene):
    page = visitor.go("/@owner/near")
    app = page.locator("[data-app]").get_by_role("link").first
    choose(page, "Far away")
    expect(app).to_have_attribute("href", f"{scene.proxy.url}/@owner/near.main/apps/{scene.path.split('/')[-2]}/")
    with page.expect_popup() as opened:
        app.click()
    expect(opened.value.locator("body")).to_contain_text("Host: " + scene.proxy.url.removeprefix("http://"))
    opened.value.close()
    visitor.faults = [fault for fault in visitor.faults if "favicon.ico" not in fault]

    with page.expect_websocket(lambda socket: socket.url.startswith(scene.proxy.url.replace("http", "ws", 1) + "/api/v2/workspaceagents/")):
        page.goto("/@owner/near/terminal")
    screen = page.locator(".xterm-screen")
    expect(screen).to_be_visible()
    page.keyboard.type("echo by-$((40+2))\n")
    expect(page.locator(".xterm-rows")).to_contain_text("by-42")
    expect(page.locator(".term-line")).to_have_count(0)

    page.goto("/@owner/near")
    choose(page, "Default")
    expect(app).to_have_attribute("href", f"/@owner/near.main/apps/{scene.path.split('/')[-2]}/")
    visitor.well()
