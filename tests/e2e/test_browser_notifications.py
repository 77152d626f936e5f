"""The inbox and what stands around it, as a person sees it: told at once, read, chosen, paused."""

import json
import re

import pytest
from playwright.sync_api import expect

from conftest import PASSWORD, Person, until


@pytest.fixture()
def ana(server, owner):
    """A member of the site, without roles."""
    organization = owner.get("/organizations/default")["id"]
    made = owner.get("/users?q=inbox-ana")["users"]
    if not made:
        owner.send("POST", "/users", {"email": "inbox-ana@example.com", "username": "inbox-ana", "password": PASSWORD, "organization_ids": [organization]}, 201)
    with server.api() as http:
        login = http.post("/api/v2/users/login", json={"email": "inbox-ana@example.com", "password": PASSWORD})
    return Person(server, login.json()["session_token"])


def tell(person, title, message="All is well."):
    person.send("POST", "/notifications/custom", {"content": {"title": title, "message": message}}, 204)


def bell(page):
    return page.get_by_role("button", name=re.compile("^Inbox"))


def test_the_inbox_tells_at_once_and_forgets_what_was_read(came, ana):
    tell(ana, "Before anybody looked")
    visitor = came()
    page = visitor.sign_in("inbox-ana@example.com", PASSWORD)
    expect(bell(page)).to_have_accessible_name("Inbox, 1 new message")

    tell(ana, "Tests are **green** [here](https://elsewhere.example)")
    expect(bell(page)).to_have_accessible_name("Inbox, 2 new messages")

    bell(page).click()
    panel = page.get_by_role("dialog", name="Inbox")
    first = panel.get_by_role("listitem").first
    expect(first).to_contain_text("Tests are **green** [here](https://elsewhere.example)")
    expect(first.get_by_role("link")).to_have_count(0)
    visitor.glance("inbox")

    first.get_by_role("button", name="Mark as read").click()
    expect(bell(page)).to_have_accessible_name("Inbox, 1 new message")
    expect(first.get_by_role("button", name="Mark as unread")).to_be_visible()
    panel.get_by_role("button", name="Mark all as read").click()
    expect(bell(page)).to_have_accessible_name("Inbox")
    until("the server having them all read", lambda: ana.get("/notifications/inbox")["unread_count"] == 0, 10)  # the page shows it before

    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)
    expect(bell(page)).to_be_focused()
    visitor.well()


def test_older_lines_come_when_they_are_asked_for(came, server, owner):
    organization = owner.get("/organizations/default")["id"]
    owner.send("POST", "/users", {"email": "inbox-many@example.com", "username": "inbox-many", "password": PASSWORD, "organization_ids": [organization]}, 201)
    with server.api() as http:
        many = Person(server, http.post("/api/v2/users/login", json={"email": "inbox-many@example.com", "password": PASSWORD}).json()["session_token"])
    for number in range(28):
        tell(many, f"Message {number}")
    visitor = came()
    page = visitor.sign_in("inbox-many@example.com", PASSWORD)

    bell(page).click()
    panel = page.get_by_role("dialog", name="Inbox")
    expect(panel.get_by_role("listitem")).to_have_count(25)
    panel.get_by_role("button", name="Older").click()
    expect(panel.get_by_role("listitem")).to_have_count(28)

    expect(panel.get_by_role("listitem").last).to_contain_text("Message 0")
    expect(panel.get_by_role("button", name="Older")).to_have_count(0)
    visitor.well()


def test_a_kind_is_turned_off_and_is_not_told_any_more(came, ana):
    visitor = came()
    page = visitor.sign_in("inbox-ana@example.com", PASSWORD)
    page.goto("/settings/notifications")
    expect(page).to_have_url(re.compile("/account\\?tab=notifications$"))
    own = page.get_by_role("switch", name="Messages that I send myself")
    expect(own).to_be_checked()
    expect(page.get_by_text("An account was made")).to_have_count(0)
    visitor.look("account-notifications", still=False)

    page.locator("label", has_text="Messages that I send myself").click()
    expect(own).not_to_be_checked()
    until("the choice being kept", lambda: any(one["disabled"] for one in ana.get("/users/me/notifications/preferences")))
    before = len(ana.get("/notifications/inbox")["notifications"])
    tell(ana, "Not to be seen")
    assert len(ana.get("/notifications/inbox")["notifications"]) == before

    page.locator("label", has_text="Messages that I send myself").click()
    until("the choice being kept", lambda: not any(one["disabled"] for one in ana.get("/users/me/notifications/preferences")))
    # The end of a mail leads here; only a click decides.
    page.goto("/settings/notifications?disabled=381df2a9-c0c0-4749-420f-80a9280c66f9")
    dialog = page.get_by_role("dialog", name=re.compile("^Stop telling you"))
    assert [one["disabled"] for one in ana.get("/users/me/notifications/preferences")] == [False]
    dialog.get_by_role("button", name="Stop it").click()
    expect(page.get_by_role("switch", name="A start or stop by schedule failed")).not_to_be_checked()
    visitor.well()


def test_administrators_pause_choose_the_way_and_see_what_did_not_arrive(visitor, owner):
    page = visitor.page
    page.get_by_role("link", name="Deployment").click()
    page.get_by_role("navigation", name="Deployment").get_by_role("link", name="Notifications").click()
    expect(page.get_by_role("heading", level=1, name="Notifications")).to_be_visible()
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Paused: nothing leaves")).to_be_visible()
    assert owner.get("/notifications/settings") == {"notifier_paused": True}
    visitor.look("notifications-paused", still=False)
    page.get_by_role("button", name="Resume").click()
    expect(page.get_by_text("Mails and calls to the webhook leave")).to_be_visible()

    page.get_by_role("tab", name="Kinds").click()
    page.locator("input[aria-label=\"How “Template Deprecated” goes out\"]").click()
    page.get_by_role("option", name="Inbox only").click()
    until("the way being kept", lambda: next(one for one in owner.get("/notifications/templates/system") if one["name"] == "Template Deprecated")["method"] == "inbox")
    expect(page.get_by_text("Mail, always")).to_be_visible()
    visitor.look("notifications-kinds", still=False)

    page.get_by_role("tab", name="Undelivered").click()
    expect(page.get_by_role("heading", name="Everything arrived")).to_be_visible()
    visitor.well()


def test_the_command_line_pauses_tells_and_lists(owner):
    assert "nothing leaves" in owner.cli("notifications", "pause").stderr
    assert "were already paused" in owner.cli("notifications", "pause").stderr
    assert owner.get("/notifications/settings") == {"notifier_paused": True}
    assert "leave again" in owner.cli("notifications", "resume").stderr
    assert "were not paused" in owner.cli("notifications", "resume").stderr
    owner.cli("notifications", "custom", "Job done", "It took an hour.")
    assert "Job done" in owner.get("/notifications/inbox")["notifications"][0]["content"] + owner.get("/notifications/inbox")["notifications"][0]["title"]
    none = owner.cli("notifications", "test", check=False)
    assert none.returncode == 1 and "--email-smarthost" in none.stderr, none.stderr
    assert json.loads(owner.cli("notifications", "dead", "--output", "json").stdout) == []
