"""What is decided for the whole deployment, as an owner and a member see it: settings, the frame's name and announcements, the inbox's page."""

import re

import pytest
from playwright.sync_api import expect

from conftest import PASSWORD, Person, until

PLAIN = {"application_name": "", "logo_url": "", "service_banner": {"enabled": False}, "announcement_banners": []}


@pytest.fixture(scope="module")
def mia(server, owner):
    """A member, without roles. When the file ends the frame is as it was: others look at it, too."""
    organization = owner.get("/organizations/default")["id"]
    owner.send("POST", "/users", {"email": "mia@example.com", "username": "mia", "password": PASSWORD, "organization_ids": [organization]}, 201)
    with server.api() as http:
        login = http.post("/api/v2/users/login", json={"email": "mia@example.com", "password": PASSWORD})
    yield Person(server, login.json()["session_token"])
    owner.send("PUT", "/appearance", PLAIN)


def test_every_setting_is_found_with_its_value_and_where_it_is_from(visitor, owner):
    page = visitor.go("/deployment")
    expect(page.get_by_role("heading", level=1, name="Deployment")).to_be_visible()
    expect(page.get_by_role("navigation", name="Deployment").get_by_role("link", name="Overview")).to_have_attribute("data-here", "true")
    everything = len(owner.get("/deployment/config")["options"])
    expect(page.get_by_text(f"{everything} settings", exact=True)).to_be_visible()
    expect(page.get_by_role("region", name="Needs a hand")).to_be_visible()

    page.keyboard.press("/")
    page.keyboard.type("renames")
    row = page.get_by_role("row", name=re.compile("^Allow workspace renames"))
    expect(row).to_contain_text("on")
    expect(row).to_contain_text("flag")
    expect(page.get_by_text(f"1 of {everything} settings")).to_be_visible()
    page.get_by_label("Filter the settings").fill("oidc-client-secret")
    expect(page.get_by_role("row", name=re.compile("^OIDC client secret ")).first).to_contain_text("not set")
    page.get_by_label("Filter the settings").fill("no such setting")
    expect(page.get_by_role("heading", name="No setting matches")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="Clear the filter").last.click()
    page.get_by_role("button", name="Set here").click()
    expect(page.get_by_role("row", name=re.compile("^HTTP address"))).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("^OIDC scopes"))).to_have_count(0)
    visitor.look("deployment-overview", still=False)
    visitor.well()


def test_a_name_and_an_announcement_are_seen_by_everybody(came, visitor, server, owner, mia):
    page = visitor.go("/deployment/appearance")
    page.get_by_label("Application name").fill("Dock Nine")
    page.get_by_label("Logo").fill("http://example.com/logo.png")
    page.get_by_role("button", name="Add an announcement").click()
    first = page.get_by_role("group", name="Announcement 1")
    page.get_by_role("button", name="Save").click()
    expect(first.get_by_text("Write what is announced, or remove it.")).to_be_visible()
    first.get_by_label("Message").fill("Down on **Friday**: [the plan](https://example.com/plan)")
    first.get_by_label("Colour", exact=True).fill("#ffd166")
    page.get_by_label("Logo").fill("/icon/cloud.svg")
    expect(page.locator(".preview-frame").first).to_contain_text("Down on Friday: the plan")
    expect(page).to_have_title(re.compile("Slipway$"))

    # Whoever leaves with unsaved changes is asked.
    page.get_by_role("navigation", name="Deployment").get_by_role("link", name="Overview").click()
    page.get_by_role("dialog", name="Leave without saving?").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Save").click()
    announced = page.get_by_role("complementary", name="Announcements")
    expect(announced).to_contain_text("Down on Friday: the plan")
    expect(page).to_have_title("Appearance · Dock Nine")
    visitor.look("deployment-appearance", still=False)

    there = came()
    there.sign_in("mia@example.com", PASSWORD)
    expect(there.page).to_have_title("Workspaces · Dock Nine")
    banner = there.page.get_by_role("complementary", name="Announcements")
    expect(banner.get_by_role("link", name="the plan")).to_have_attribute("href", "https://example.com/plan")
    ink = banner.locator("p").evaluate("(line) => getComputedStyle(line).color")
    assert ink == "rgb(0, 0, 0)", f"words on a light ground are {ink}"
    # At the next visit it stands there from the first paint on.
    there.page.reload()
    expect(banner).to_be_visible()
    expect(there.page.get_by_role("heading", level=1, name="Workspaces")).to_be_visible()
    there.glance("deployment-announced")
    moved = there.page.evaluate("() => window.slipwayWatch.shift")
    assert moved <= 0.05, f"the page moved by {moved:.3f} under its announcement"
    there.expecting(403, "/api/v2/deployment/(config|stats)")
    there.go("/deployment/overview")
    expect(there.page.get_by_role("heading", name="You may not open this")).to_be_visible()
    there.well()

    page.get_by_role("button", name="Remove announcement 1").click()
    page.get_by_label("Application name").fill("")
    page.get_by_role("button", name="Save").click()
    expect(announced).to_have_count(0)
    until("nothing being announced", lambda: owner.get("/appearance")["announcement_banners"] == [])
    visitor.well()


def test_the_inbox_is_a_page_by_two_keys(came, mia):
    visitor = came()
    page = visitor.sign_in("mia@example.com", PASSWORD)
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page.get_by_role("heading", level=1, name="Inbox")).to_be_visible()
    expect(page.get_by_role("heading", name="All quiet")).to_be_visible()
    page.get_by_role("button", name="Send me a test").click()
    line = page.get_by_role("main").get_by_role("listitem").filter(has_text="A test from yourself")
    expect(line).to_be_visible()
    expect(page.get_by_role("button", name="New 1")).to_be_visible()
    visitor.look("inbox-page", still=False)

    page.get_by_role("button", name="New 1").click()
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("main").get_by_text("Nothing new")).to_be_visible()
    expect(line).to_be_visible()  # it stays until one looks again
    page.reload()
    expect(page.get_by_role("heading", name="Nothing is new")).to_be_visible()
    page.get_by_role("button", name="Show all messages").click()
    expect(line).to_be_visible()
    visitor.well()


def test_what_was_done_is_found_by_menus(visitor, mia):
    page = visitor.go("/activity")
    page.get_by_role("button", name="Thing").click()
    page.get_by_role("menuitem", name="Appearance").click()
    expect(page.get_by_label("Filter the activity")).to_have_value("resource_type:appearance")
    expect(page.get_by_text("updated appearance").first).to_be_visible()
    page.get_by_role("button", name="Act", exact=True).click()
    page.get_by_role("menuitem", name="Deleted").click()
    expect(page.get_by_role("heading", name="Nothing has happened that matches")).to_be_visible()
    expect(page).to_have_url(re.compile("action%3Adelete"))
    page.get_by_role("button", name="Act: Deleted").click()
    page.get_by_role("menuitem", name="Deleted").click()
    expect(page.get_by_text("updated appearance").first).to_be_visible()
    visitor.well()
