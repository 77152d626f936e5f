"""The office of an organization, in a real browser: made, its members, groups, roles, provisioners and settings, and its end."""

import re

import pytest
from playwright.sync_api import expect

from browser import Visitor
from conftest import PASSWORD, Server, first_user, folder_for_server

HARBOUR = "/organizations/harbour"


@pytest.fixture(scope="module")
def server():
    """One of this file's own: a second organization changes what others see everywhere."""
    with folder_for_server() as folder:
        running = Server(folder).start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def owner(server):
    return first_user(server)


@pytest.fixture(scope="module")
def visitor(browser, server, owner):
    """The owner's window, signed in once for the file."""
    here = Visitor(browser, server.url).expecting(401, "/api/v2/users/me$")
    here.sign_in("owner@example.com", PASSWORD)
    yield here
    here.close()


@pytest.fixture(scope="module")
def people(owner):
    """Two people of this Slipway who are in its first organization only."""
    first = owner.get("/organizations/default")["id"]
    made = {}
    for name in ("jonas", "hana"):
        ask = {"email": f"{name}@example.com", "username": name, "name": name.title(), "password": PASSWORD, "login_type": "password", "organization_ids": [first]}
        made[name] = owner.send("POST", "/users", ask, 201)["id"]
    return made


@pytest.fixture(scope="module")
def harbour(owner, people):
    """An organization with Jonas in it."""
    owner.send("POST", "/organizations", {"name": "harbour", "display_name": "Harbour", "description": "Boats and berths"}, 201)
    owner.send("POST", f"{HARBOUR}/members/jonas")
    return owner.get(HARBOUR)


def tab(page, name):
    page.get_by_role("navigation", name="Parts of this organization").get_by_role("link", name=name).click()


def cell(page, name):
    return page.get_by_role("button", name=name, exact=True)


def undo(page, said):
    page.get_by_role("status").locator(".toast").filter(has_text=said).get_by_role("button", name="Undo").click()


def test_an_organization_is_made_from_the_menu_and_ends_by_its_typed_name(visitor, owner):
    page = visitor.page
    page.get_by_role("button", name="Organization: ").click()
    page.get_by_role("menuitem", name="New organization").click()
    dialog = page.get_by_role("dialog", name="New organization")
    dialog.get_by_role("button", name="Create the organization").click()
    expect(dialog.get_by_text("Use letters and digits")).to_be_visible()
    dialog.get_by_label("Name", exact=True).fill("brief")
    dialog.get_by_label("Display name").fill("Brief")
    dialog.get_by_role("button", name="Create the organization").click()
    expect(page.get_by_role("heading", level=1, name="Brief")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="owner@example.com")).to_contain_text("Administrator")

    tab(page, "Settings")
    page.get_by_label("What it is for").fill("Soon gone")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".page-head")).to_contain_text("Soon gone")
    page.get_by_role("button", name="Delete this organization").click()
    dialog = page.get_by_role("dialog", name="Delete Brief?")
    expect(dialog.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    dialog.get_by_label("Type Brief to confirm").fill("Brief")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", level=1, name="Organizations")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="Brief")).to_have_count(0)
    assert [one["name"] for one in owner.get("/organizations") if one["name"] == "brief"] == []
    visitor.well()


def test_members_are_found_added_given_roles_and_removed(visitor, owner, harbour):
    page = visitor.go("/workspaces")
    expect(page.get_by_role("link", name="Organization")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.get_by_role("link", name="Harbour").click()
    page.get_by_role("button", name="Add members").click()
    dialog = page.get_by_role("dialog", name="Add members to Harbour")
    dialog.get_by_label("Find people").fill("han")
    dialog.get_by_role("button", name="Add Hana").click()
    expect(dialog.get_by_text("is a member")).to_be_visible()
    visitor.glance("organization-add")
    dialog.get_by_role("button", name="Done").click()
    row = page.get_by_role("row").filter(has_text="hana@example.com")
    expect(row).to_contain_text("Member")

    row.get_by_role("button", name="More for Hana").click()
    page.get_by_role("menuitem", name="Change roles").click()
    dialog = page.get_by_role("dialog", name="Roles of Hana in Harbour")
    expect(dialog).to_contain_text("given to every member here")
    dialog.get_by_label("Auditor").check()
    dialog.get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Auditor")
    undo(page, "has other roles now")
    expect(row).not_to_contain_text("Auditor")

    visitor.look("organization-members", still=False)
    page.get_by_label("Search members").fill("role:organization-admin")
    expect(page.get_by_text("1 member", exact=True)).to_be_visible()
    page.get_by_label("Search members").fill("han")
    expect(page.get_by_text("1 member", exact=True)).to_be_visible()
    row.get_by_role("button", name="More for Hana").click()
    page.get_by_role("menuitem", name="Remove from the organization").click()
    page.get_by_role("dialog", name="Remove Hana from Harbour?").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("Nobody matches")).to_be_visible()
    assert "hana" not in [one["username"] for one in owner.get(f"{HARBOUR}/members")]
    visitor.well()


def test_a_role_is_drawn_as_a_table_tried_saved_held_and_deleted(visitor, owner, people, harbour):
    page = visitor.go(f"{HARBOUR}/roles")
    page.get_by_role("link", name="New role").click()
    page.get_by_label("Name", exact=True).fill("release-manager")
    page.get_by_label("Shown as").fill("Release manager")
    page.get_by_label("Find a right").fill("workspaces")
    cell(page, "Workspaces, see: no").click()
    cell(page, "Workspaces, see: only their own").click()
    expect(page.get_by_role("listitem").filter(has_text="Sees every workspace of Harbour.")).to_be_visible()

    # By keyboard: arrows walk from cell to cell, Space turns one.
    cell(page, "Workspaces, see: all here").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    expect(cell(page, "Workspaces, create: only their own")).to_be_focused()
    page.get_by_label("Find a right").fill("")
    expect(page.get_by_role("region", name="2 changes")).to_contain_text("Workspaces: see, create")

    page.get_by_role("combobox", name="Who").fill("jon")
    page.get_by_role("option", name="jonas (jonas@example.com)").click()
    expect(page.get_by_text("As if jonas held this role.")).to_contain_text("Allowed")
    expect(page.get_by_text("Before the change it was refused.")).to_be_visible()
    visitor.look("organization-role", still=False)
    page.get_by_role("button", name="Create the role").click()
    expect(page.get_by_role("heading", level=1, name="Release manager")).to_be_visible()
    expect(page.get_by_text("Nobody yet.")).to_be_visible()

    owner.send("PUT", f"{HARBOUR}/members/jonas/roles", {"roles": ["release-manager"]})
    cell(page, "Workspaces, see: all here").click()
    expect(page.get_by_text("Cannot see workspaces any more.")).to_be_visible()
    page.get_by_role("region", name="1 change").get_by_role("button", name="Undo").click()
    expect(page.get_by_role("region", name="1 change")).to_have_count(0)
    page.reload()
    expect(page.get_by_text("held by 1 person")).to_be_visible()
    page.get_by_role("link", name="Duplicate").click()
    expect(cell(page, "Workspaces, see: all here")).to_be_visible()
    expect(page.get_by_label("Shown as")).to_have_value("Copy of Release manager")
    page.get_by_role("link", name="Roles").click()
    expect(page.get_by_role("row").filter(has_text="Release manager")).to_contain_text("made here")
    visitor.glance("organization-roles")

    page.get_by_role("link", name="Release manager").click()
    page.get_by_role("button", name="More for Release manager").click()
    page.get_by_role("menuitem", name="Delete this role").click()
    dialog = page.get_by_role("dialog", name="Delete Release manager?")
    expect(dialog).to_contain_text("1 person loses it at once.")
    dialog.get_by_label("Type release-manager to confirm").fill("release-manager")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("row").filter(has_text="Administrator").first).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="release-manager")).to_have_count(0)
    visitor.well()


def test_provisioners_show_who_builds_what_waits_and_keys_once(visitor, owner, harbour):
    visitor.go("/organizations/default/provisioners")
    page = visitor.page
    expect(page.get_by_role("row").filter(has_text="built in").first).to_contain_text("Ready")
    expect(page.get_by_text("Nothing waits and nothing runs.")).to_be_visible()

    page.goto(f"{HARBOUR}/provisioners")
    expect(page.get_by_text("No provisioner here")).to_be_visible()
    page.get_by_role("button", name="New key").click()
    dialog = page.get_by_role("dialog", name="New key")
    dialog.get_by_label("Name").fill("eu")
    dialog.get_by_label("Tags").fill("region=eu, gpu")
    dialog.get_by_role("button", name="Make the key").click()
    dialog = page.get_by_role("dialog", name="The key")
    expect(dialog.locator("code").nth(1)).to_contain_text("slipwayd provisioner --url")
    secret = dialog.locator("code").first.inner_text()
    assert len(secret) == 43
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="I have it").click()
    row = page.get_by_role("row").filter(has_text="region=eu")
    expect(row).to_contain_text("nobody now")
    expect(page.get_by_text(secret)).to_have_count(0)
    visitor.look("organization-provisioners", still=False)
    row.get_by_role("button", name="Delete the key eu").click()
    dialog = page.get_by_role("dialog", name="Delete the key eu?")
    dialog.get_by_label("Type eu to confirm").fill("eu")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_text("No key yet.")).to_be_visible()
    visitor.well()


def test_groups_are_an_organizations_and_their_old_addresses_lead_there(visitor, owner, harbour):
    visitor.go("/groups")
    page = visitor.page
    expect(page).to_have_url(re.compile("/organizations/[^/]+/groups$"))
    owner.send("POST", f"{HARBOUR}/groups", {"name": "crew", "display_name": "The crew", "avatar_url": "", "quota_allowance": 20}, 201)
    page.goto("/groups/harbour/crew")
    expect(page).to_have_url(re.compile(f"{HARBOUR}/groups/crew$"))
    expect(page.locator(".page-head")).to_contain_text("0 people, 20 credits for each")
    page.get_by_role("combobox", name="Add a person").fill("jon")
    page.get_by_role("option", name="jonas (jonas@example.com)").click()
    out = page.get_by_role("button", name="Take jonas out")
    out.click()
    expect(out).to_have_count(0)
    undo(page, "jonas is not in the group any more")
    expect(out).to_be_visible()
    visitor.glance("organization-group")
    visitor.well()


def test_a_member_reads_and_is_offered_nothing_else(came, owner, harbour):
    here = came()
    page = here.sign_in("jonas@example.com", PASSWORD)
    page.goto(HARBOUR)
    expect(page.get_by_role("row").filter(has_text="owner@example.com")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^More for"))).to_have_count(0)
    expect(page.get_by_role("button", name="Add members")).to_have_count(0)
    expect(page.get_by_role("navigation", name="Parts of this organization").get_by_role("link", name="Settings")).to_have_count(0)
    page.goto(f"{HARBOUR}/settings")
    expect(page.get_by_role("heading", level=1, name="You may not open this")).to_be_visible()
    expect(page.get_by_text("An administrator of Harbour can give you access.")).to_be_visible()
    page.goto(f"{HARBOUR}/roles/organization-admin")
    expect(page.get_by_text("Every Slipway has this role")).to_be_visible()
    expect(page.get_by_role("button", name="Save role")).to_have_count(0)
    here.well()
