"""The form of a template with every kind of parameter, and a build that fails, in a real browser."""

import json
import re
import shlex

import pytest
from playwright.sync_api import expect

from conftest import ROOT

TEMPLATES = ROOT / "tests/e2e/templates"
BUILD = 120_000


@pytest.fixture(scope="module")
def everything(owner):
    """The template, and enough credits for everyone to pay what it costs; afterwards the credits are as they were, and none are used."""
    everyone = owner.get("/organizations")[0]["id"]
    before = owner.get(f"/groups/{everyone}")["quota_allowance"]
    allow = lambda credits: owner.send("PATCH", f"/groups/{everyone}", {"add_users": [], "remove_users": [], "name": "", "quota_allowance": credits})
    allow(100)
    owner.cli("templates", "push", "everything", "--directory", str(TEMPLATES / "everything"), "--yes")
    yield
    for workspace in owner.get("/workspaces?q=template:everything")["workspaces"]:
        owner.cli("delete", workspace["name"], "--yes")
    allow(before)


@pytest.fixture(scope="module")
def leaky(owner):
    owner.cli("templates", "push", "leaky", "--directory", str(TEMPLATES / "leaky"), "--yes")


@pytest.fixture()
def form(visitor, everything):
    page = visitor.go("/templates/default/everything/workspace")
    expect(field(page, "Region")).to_be_visible()
    return page


def field(page, name):
    return page.get_by_role("group", name=name, exact=True)


def textbox(page, name):
    return field(page, name).get_by_role("textbox")


def test_parameters_come_in_order_with_their_marks_and_defaults(visitor, form):
    labels = form.locator(".parameter-label").all_inner_texts()
    assert labels == ["Region", "Project", "Notes", "Image", "Disk (GiB)", "Cores", "Back-ups", "Graphics card", "Tags", "Tools", "Clean first", "Captain"]
    expect(field(form, "Region")).to_contain_text("set once")
    expect(field(form, "Region").locator("img").first).to_have_attribute("src", "/icon/cloud.svg")
    expect(field(form, "Notes")).to_contain_text("Optional")
    expect(field(form, "Notes").locator("strong")).to_have_text("several")
    expect(field(form, "Clean first")).to_contain_text("For this build only")
    expect(form.get_by_role("radio", name=re.compile("^Frankfurt"))).to_be_checked()
    expect(field(form, "Image").locator("input").first).to_have_value("Debian 12")
    expect(field(form, "Tags")).to_contain_text("one")
    expect(field(form, "Tools")).to_contain_text("Git")
    expect(form.get_by_text("Costs 12 credits a day")).to_be_visible()
    visitor.look("form")


def test_a_preset_fills_what_it_names_and_lets_go_when_a_value_is_changed(form):
    expect(form.get_by_role("radio", name=re.compile("^Small"))).to_be_checked()
    expect(textbox(form, "Disk (GiB)")).to_have_value("10")
    form.get_by_text("Eight cores and a graphics card.").click()
    expect(textbox(form, "Disk (GiB)")).to_have_value("80")
    expect(field(form, "Cores").locator("output")).to_have_text("8")
    expect(field(form, "Graphics card").get_by_role("switch")).to_be_checked()
    expect(field(form, "Image").locator("input").first).to_have_value("Fedora")
    textbox(form, "Disk (GiB)").fill("81")
    expect(form.get_by_role("radio", name=re.compile("^My own values"))).to_be_checked()


def test_values_are_judged_while_typing_and_the_first_bad_one_gets_the_focus(visitor, form):
    textbox(form, "Project").fill("Up")
    expect(field(form, "Project")).to_contain_text("Use three to eight small letters.")
    textbox(form, "Disk (GiB)").fill("9")
    expect(field(form, "Disk (GiB)")).to_contain_text("Choose a number from 10 to 100.")
    form.get_by_role("button", name="Create workspace").click()
    expect(textbox(form, "Project")).to_be_focused()
    expect(field(form, "Captain")).to_contain_text("This needs a value.")
    expect(form.get_by_text("3 values above need a look.")).to_be_visible()
    visitor.look("form-bad", still=False)
    assert "/workspace" in form.url


def test_what_is_chosen_is_what_is_built_and_what_the_command_line_says(visitor, form, owner):
    form.get_by_label("Name", exact=True).fill("chosen")
    form.get_by_text("Virginia").click()
    textbox(form, "Project").fill("hulls")
    textbox(form, "Captain").fill("Nia")
    textbox(form, "Notes").fill("two\nlines, it's")
    field(form, "Image").locator("input").first.click()
    form.get_by_role("option", name=re.compile("^Fedora")).click()
    textbox(form, "Disk (GiB)").fill("40")
    field(form, "Cores").get_by_role("slider").press("ArrowRight")
    field(form, "Back-ups").get_by_role("checkbox").check()
    field(form, "Graphics card").get_by_role("switch").focus()
    form.keyboard.press("Space")
    field(form, "Tags").locator("input").first.fill("two")
    form.keyboard.press("Enter")
    field(form, "Tools").locator(".mantine-MultiSelect-input").click()
    form.get_by_role("option", name="Make").click()
    form.keyboard.press("Escape")
    form.get_by_text("The same from a shell").click()
    command = shlex.split(form.locator(".copy-line code").inner_text())
    form.get_by_role("button", name="Create workspace").click()
    expect(form).to_have_url(re.compile("/@owner/chosen$"))
    expect(form.locator(".ws-line .state")).to_have_text("Running", timeout=BUILD)
    wanted = {"region": "us", "project": "hulls", "notes": "two\nlines, it's", "image": "fedora", "disk": "40", "cores": "2", "backup": "true", "gpu": "true",
              "tags": ["one", "two"], "tools": ["git", "make"], "clean": "false", "captain": "Nia"}
    assert values(owner, "chosen") == wanted

    assert command[:3] == ["slipway", "create", "chosen"]
    owner.cli("create", "by-command", *command[3:], "--yes")
    assert values(owner, "by-command") == wanted

    resource = form.get_by_role("region", name="Resources")
    expect(resource).to_contain_text("hulls")
    expect(resource).not_to_contain_text("on request")
    resource.get_by_role("button", name="Show").click()
    expect(resource).to_contain_text("on request")
    visitor.well()


def values(owner, name):
    build = owner.get(f"/users/me/workspace/{name}")["latest_build"]
    found = {p["name"]: p["value"] for p in owner.get(f"/workspacebuilds/{build['id']}/parameters")}
    return {**found, "tags": json.loads(found["tags"]), "tools": json.loads(found["tools"])}


def test_settings_hold_what_is_fixed_and_what_may_only_grow(visitor, everything, owner):
    page = visitor.go("/@owner/chosen/settings")
    expect(field(page, "Region").get_by_role("radio", name=re.compile("^Virginia"))).to_be_checked()
    expect(field(page, "Region").get_by_role("radio", name=re.compile("^Frankfurt"))).to_be_disabled()
    textbox(page, "Disk (GiB)").fill("30")
    expect(field(page, "Disk (GiB)")).to_contain_text("This can only grow: it is 40 now.")
    visitor.look("form-settings", still=False)


def test_values_in_a_link_fill_the_form_and_are_said(visitor, everything):
    page = visitor.go("/templates/default/everything/workspace?name=from-link&param.project=linked&param.disk=500")
    expect(page.get_by_text("Some values came with the link you followed.")).to_be_visible()
    expect(page.get_by_label("Name", exact=True)).to_have_value("from-link")
    expect(textbox(page, "Project")).to_have_value("linked")
    expect(field(page, "Disk (GiB)")).to_contain_text("Choose a number from 10 to 100.")
    visitor.well()


def test_a_failure_says_the_cause_where_it_came_from_and_what_to_do(visitor, leaky, owner):
    page = visitor.go("/templates/default/leaky/workspace")
    page.get_by_label("Name", exact=True).fill("leaks")
    field(page, "Spring a leak").get_by_role("switch").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Create workspace").click()
    card = page.get_by_role("region", name="The start failed")
    expect(card).to_be_visible(timeout=BUILD)
    expect(card).to_contain_text(re.compile("local-exec|hull"))
    expect(page.locator(".ws-line .state")).to_have_text("Failed to start")
    card.get_by_role("button", name="Show it in the log").click()
    expect(page.locator(".log-line[data-lit]")).to_be_visible()
    visitor.look("workspace-failed", still=False)
    card.get_by_role("link", name="Change the parameters").click()
    expect(field(page, "Spring a leak").get_by_role("switch")).to_be_checked()
    field(page, "Spring a leak").get_by_role("switch").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save and start").click()
    expect(page.locator(".ws-line .state")).to_have_text("Running", timeout=BUILD)
    assert owner.get("/users/me/workspace/leaks")["latest_build"]["build_number"] == 2
