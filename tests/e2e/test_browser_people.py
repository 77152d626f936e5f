"""People in a real browser: sharing a workspace, one person's page, why they may what they may, one's own keys, and a session that ended."""

import re

import pytest
from playwright.sync_api import expect

from browser import windows_of
from conftest import PASSWORD, Server, first_user, folder_for_server, until
from test_browser_app import member


class Place:
    """A server with its owner, two colleagues, and a workspace of the owner's."""

    def __init__(self, server, owner):
        self.server, self.owner = server, owner
        self.people = {name: member(server, owner, name)[1] for name in ("ana", "bea")}
        self.template = owner.starter()
        self.workspace = owner.create("shared", self.template)

    def acl(self):
        return {one["username"]: one["role"] for one in self.owner.get(f"/workspaces/{self.workspace['id']}/acl")["users"]}


@pytest.fixture(scope="module")
def place():
    with folder_for_server() as path:
        server = Server(path).start()
        yield Place(server, first_user(server))
        server.stop()


@pytest.fixture()
def come(browser, place):
    """Windows of people of that server, signed in."""
    with windows_of(browser, place.server.url, PASSWORD) as come:
        yield come


def said(page, text):
    return page.locator(".toast").filter(has_text=text)


def test_a_workspace_is_shared_and_each_change_can_be_undone(place, come):
    here = come("owner")
    page = here.go("/@owner/shared")
    aside = page.locator("section").filter(has=page.get_by_role("heading", name="Shared with"))
    expect(aside).to_contain_text("Nobody yet")
    aside.get_by_role("button", name="Share").click()
    dialog = page.get_by_role("dialog", name="Share shared")
    expect(dialog).to_contain_text("Who has a shell here can read your secrets.")
    dialog.get_by_label("Add people or groups").fill("ana")
    page.get_by_role("option", name=re.compile("^ana")).click()
    expect(said(page, "ana may use it now")).to_be_visible()
    until("ana may use it", lambda: place.acl() == {"ana": "use"}, 10)

    dialog.get_by_role("combobox", name="What ana may do").click()
    page.get_by_role("option", name="may manage").click()
    expect(said(page, "ana may manage it now")).to_be_visible()
    until("ana may manage it", lambda: place.acl() == {"ana": "admin"}, 10)
    said(page, "ana may manage it now").get_by_role("button", name="Undo").click()
    expect(dialog.get_by_role("combobox", name="What ana may do")).to_have_value("may use")

    dialog.get_by_role("button", name="Stop sharing with ana").click()
    expect(dialog).to_contain_text("Nobody yet")
    until("nobody is left", lambda: place.acl() == {}, 10)
    said(page, "ana may not use it any more").get_by_role("button", name="Undo").click()
    expect(dialog.get_by_role("button", name="Stop sharing with ana")).to_be_visible()
    here.look("share", still=False)
    dialog.get_by_role("button", name="Done").click()
    expect(aside).to_contain_text("ana")
    here.well()

    there = come("ana")
    page = there.go("/@owner/shared")
    expect(page.get_by_role("heading", name="Shared with")).to_be_visible()
    expect(page.get_by_role("button", name="Share", exact=True)).to_have_count(0)


def test_a_person_has_a_page_where_roles_password_and_account_are_changed(place, come):
    here = come("owner")
    page = here.go("/users")
    page.get_by_role("link", name="bea", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("bea")
    page.get_by_role("button", name="Change roles").click()
    page.get_by_role("checkbox", name="Template Admin", exact=True).first.check()
    page.get_by_role("dialog").get_by_role("button", name="Save").click()
    given = page.get_by_role("listitem").filter(has_text="Template Admin")
    expect(given).to_contain_text("owner, just now")
    here.look("person", still=False)
    given.get_by_role("button", name="Take the role Template Admin away").click()
    expect(given).to_have_count(0)
    said(page, "is not Template Admin any more").get_by_role("button", name="Undo").click()
    expect(given).to_have_count(1)

    page.get_by_role("button", name="More for this person").click()
    page.get_by_role("menuitem", name="Reset the password").click()
    page.get_by_role("button", name="Make a new password").click()
    shown = page.get_by_role("dialog").locator("code")
    password = shown.inner_text()
    page.keyboard.press("Escape")
    expect(shown).to_be_visible()
    page.get_by_role("button", name="Done").click()
    assert place.people["bea"].http.get("/api/v2/users/me").status_code == 401
    with place.server.api() as http:
        token = http.post("/api/v2/users/login", json={"email": "bea@example.com", "password": password}).json()["session_token"]
    keys = page.locator("section").filter(has=page.get_by_role("heading", name="Sessions and tokens"))
    page.reload()
    expect(keys).to_contain_text("Signed in")
    keys.get_by_role("button", name="End all").click()
    page.get_by_role("dialog").get_by_role("button", name="End all").click()
    expect(keys).to_contain_text("Signed in nowhere, and no token.")
    with place.server.api(token) as http:
        assert http.get("/api/v2/users/me").status_code == 401

    page.get_by_role("button", name="Suspend").click()
    page.get_by_role("dialog", name="Suspend bea?").get_by_role("button", name="Suspend").click()
    page.get_by_role("button", name="Activate").click()
    expect(said(page, "bea can sign in again")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    page.get_by_label("Type bea to confirm").fill("bea")
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    here.well()


def test_why_somebody_may_or_may_not_is_said_in_words(place, come):
    here = come("owner")
    page = here.go(f"/rights?user=ana&thing=template&act=update&which=id:{place.template['id']}")
    expect(page.get_by_role("heading", level=2)).to_have_text("No. ana may not change host.")
    expect(page.get_by_text("Giving them the role Organization Template Admin in Default.")).to_be_visible()
    page.get_by_role("combobox", name="May they").click()
    page.get_by_role("option", name="make workspaces from").click()
    expect(page.get_by_role("heading", level=2)).to_have_text("Yes. ana may make workspaces from host.")
    expect(page.get_by_text("It is shared with everyone in the organization.")).to_be_visible()
    here.glance("rights")
    here.well()


def test_a_token_is_made_for_one_workspace_and_the_ssh_key_is_renewed(place, come):
    here = come("owner")
    page = here.go("/account?tab=key")
    key = page.locator("code").first
    expect(key).to_contain_text("ssh-ed25519")
    before = key.inner_text()
    page.get_by_role("button", name="Make a new key").click()
    page.get_by_role("dialog", name="Make a new SSH key?").get_by_role("button", name="Make a new key").click()
    expect(key).not_to_have_text(before)
    assert place.owner.get("/users/me/gitsshkey")["public_key"].strip() == key.inner_text()

    page.get_by_role("tab", name="Tokens").click()
    expect(page.get_by_role("button", name="1 token of running workspaces")).to_be_visible()
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_role("textbox", name="Name").fill("watcher")
    dialog.get_by_role("radio", name="Only what is chosen here").check()
    dialog.get_by_role("button", name="Create the token").click()
    expect(dialog).to_contain_text("Choose at least one thing that it may do.")
    dialog.get_by_role("checkbox", name="Open shells, apps and ports of workspaces").check()
    dialog.get_by_role("combobox", name="Only these workspaces and templates").fill("shared")
    page.get_by_role("option", name="owner/shared").click()
    here.glance("account-token-new")
    dialog.get_by_role("button", name="Create the token").click()
    expect(dialog.locator("code")).to_have_text(re.compile("^[A-Za-z0-9]{10}-"))
    dialog.get_by_role("button", name="Done").click()
    expect(page.get_by_role("row").filter(has_text="watcher")).to_contain_text("May do: open shells and apps; only 1 workspace")
    made = place.owner.get("/users/me/keys/tokens/watcher")
    assert made["scopes"] == ["coder:workspaces.access"]
    assert {(one["type"], one["id"]) for one in made["allow_list"]} == {("workspace", place.workspace["id"]), ("template", place.template["id"])}
    here.well()


def test_a_session_that_ended_is_renewed_over_the_page(place, come):
    here = come("ana").expecting(401, "/api/v2/")
    page = here.go("/account")
    page.get_by_label("Name", exact=True).fill("Ana Typed")
    assert place.owner.http.delete("/api/v2/users/ana/keys").status_code == 204
    page.get_by_role("button", name="Save").click()
    dialog = page.get_by_role("dialog", name="Sign in to go on")
    dialog.get_by_label("Password", exact=True).fill("not the password")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("This is not the password of this account.")
    here.glance("signed-out")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    expect(page.get_by_label("Name", exact=True)).to_have_value("Ana Typed")
    page.get_by_role("button", name="Save").click()
    expect(said(page, "Saved")).to_be_visible()
    here.well()
