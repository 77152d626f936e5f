"""Templates in a real browser: brought by hand, compared, shared, refused; and the keys of the terminal. One window for all of it."""

import io
import re
import zipfile

import pytest
from playwright.sync_api import expect

from browser import Visitor
from conftest import PASSWORD, ROOT, until

IMPORT = 120_000
HOST = (ROOT / "examples/templates/host/main.tf").read_text(encoding="utf-8")
BROKEN = HOST + '\nresource "nothing" {\n'


@pytest.fixture(scope="module")
def author(browser, server, owner):
    """The owner's window, through the whole file."""
    here = Visitor(browser, server.url).expecting(401, "/api/v2/users/me$")
    here.sign_in("owner@example.com", PASSWORD)
    yield here
    here.close()


@pytest.fixture(scope="module")
def reader(server, owner):
    """A member of the organization, and nothing more."""
    organization = owner.get("/organizations")[0]["id"]
    return owner.send("POST", "/users", {"email": "reader@example.com", "username": "reader", "password": PASSWORD, "login_type": "password",
                                         "organization_ids": [organization]}, 201)


def packed(files):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in files.items():
            archive.writestr(path, text)
    return out.getvalue()


@pytest.fixture(scope="module")
def uploaded(author, owner):
    """A template that was brought by hand."""
    page = author.go("/templates")
    page.get_by_role("button", name="New template").first.click()
    page.get_by_role("dialog", name="New template").get_by_role("link", name="Upload your own").click()
    archive = packed({"ours/main.tf": HOST, "ours/scripts/hello.sh": "#!/bin/sh\necho hello\n", "ours/terraform.tfstate": "{}", "ours/.git/HEAD": "x"})
    page.get_by_label("Choose an archive").last.set_input_files({"name": "ours.zip", "mimeType": "application/zip", "buffer": archive})
    expect(page.get_by_role("list", name="2 files")).to_contain_text("hello.sh")
    expect(page.get_by_text("State of Terraform: it may hold secrets")).to_be_visible()
    author.look("template-upload", still=False)
    page.get_by_label("Shown as").fill("Our machine")
    page.get_by_role("button", name="Import it").click()
    expect(page).to_have_url(re.compile("/templates/default/ours$"), timeout=IMPORT)
    author.well()
    return owner.get("/organizations/default/templates/ours")


def test_what_was_uploaded_is_a_template_without_what_stayed_out(author, owner, uploaded):
    page = author.page
    expect(page.get_by_role("heading", level=1, name="Our machine")).to_be_visible()
    page.get_by_role("tab", name="Files").click()
    files = page.get_by_role("navigation", name=re.compile("^Files of"))
    expect(files).to_contain_text("scripts/hello.sh")
    expect(files).not_to_contain_text("tfstate")
    assert uploaded["display_name"] == "Our machine"


def test_an_archive_that_can_be_no_template_says_why_before_it_is_sent(author, uploaded):
    page = author.go("/templates/upload")
    page.get_by_label("Choose an archive").last.set_input_files({"name": "notes.zip", "mimeType": "application/zip", "buffer": packed({"a/README.md": "# no"})})
    expect(page.get_by_role("alert")).to_contain_text("There is no Terraform file (.tf) at its top.")
    expect(page.get_by_role("button", name="Import it")).to_be_disabled()
    page.get_by_role("button", name="Back").click()
    page.get_by_label("Choose an archive").last.set_input_files({"name": "torn.zip", "mimeType": "application/zip", "buffer": b"PK torn"})
    expect(page.get_by_role("alert")).to_contain_text("This could not be read.")
    author.well()


def test_people_and_groups_are_let_in_and_each_change_has_undo(author, owner, uploaded, reader):
    page = author.go("/templates/default/ours?tab=access")
    add = page.get_by_role("combobox", name="Add people or groups")
    add.fill("read")
    page.get_by_role("option", name=re.compile("^reader")).click()
    expect(page.get_by_text("reader may use it now")).to_be_visible()
    expect(page.get_by_role("listitem").filter(has_text="reader@example.com")).to_be_visible()
    page.get_by_role("combobox", name=re.compile("^What Everyone in")).click()
    page.get_by_role("option", name="may not use it").click()
    listed = lambda: owner.get(f"/templates/{uploaded['id']}/acl")
    until("the organization being off the list", lambda: not listed()["group"], 20)
    author.look("template-access", still=False)
    page.get_by_role("status").locator(".toast").filter(has_text="may not use it any more").get_by_role("button", name="Undo").click()
    until("the organization being on it again", lambda: [one["role"] for one in listed()["group"]] == ["use"], 20)
    assert [(one["username"], one["role"]) for one in listed()["users"]] == [("reader", "use")]
    author.well()


def test_a_version_is_compared_with_the_active_one_or_any(author, owner, uploaded):
    second = owner.version(HOST.replace("default     = true", "default     = false", 1), template=uploaded)
    third = owner.version(HOST.replace('description = "A project folder', 'description = "Our project folder', 1), template=uploaded)
    for version in (second, third):
        owner.import_ended(version)
    name = lambda version: owner.get(f"/templateversions/{version}")["name"]
    page = author.go(f"/templates/default/ours/versions/{name(third)}")
    expect(page.get_by_role("heading", name=f"Changes since {name(uploaded['active_version_id'])}")).to_be_visible()
    changes = page.locator("section", has=page.get_by_role("heading", name=re.compile("^Changes since")))
    expect(changes.locator("[data-kind=gone] mark")).to_have_text("A")
    expect(changes.locator("[data-kind=add] mark")).to_have_text("Our")
    expect(changes.get_by_role("button", name=re.compile(r"^main.tf"))).to_contain_text("+1 −1")
    expect(changes.get_by_role("button", name=re.compile("^Show [0-9]+ unchanged lines"))).to_have_count(2)
    author.look("template-compare", still=False)
    changes.get_by_role("combobox", name="Compare with version").click()
    page.get_by_role("option", name=name(second)).click()
    expect(changes.locator("[data-kind=gone]", has_text="false")).to_be_visible()
    expect(page).to_have_url(re.compile(f"since={name(second)}"))
    author.well()


def test_a_failed_import_says_what_to_try_and_is_tried_again(author, owner, uploaded):
    version = owner.version(BROKEN, template=uploaded)
    until("the import failing", lambda: owner.get(f"/templateversions/{version}")["job"]["status"] == "failed", 60)
    name = owner.get(f"/templateversions/{version}")["name"]
    page = author.go(f"/templates/default/ours/versions/{name}")
    card = page.get_by_role("alert").filter(has=page.get_by_role("heading", name="The import failed"))
    expect(card).to_contain_text("The template itself has a mistake.")
    expect(page.get_by_role("navigation", name=f"Files of {name}")).to_contain_text("main.tf")
    author.glance("template-import-failed")
    card.get_by_role("button", name="Try again").click()
    expect(page).not_to_have_url(re.compile(name))
    expect(card).to_be_visible(timeout=IMPORT)
    author.well()


def test_who_may_only_use_a_template_is_not_offered_the_rest(browser, server, uploaded, reader):
    visitor = Visitor(browser, server.url).expecting(401, "/api/v2/users/me$")
    visitor.sign_in("reader@example.com", PASSWORD)
    page = visitor.go("/templates/default/ours?tab=settings")
    expect(page.get_by_text("Only those who may change Our machine see its settings.")).to_be_visible()
    expect(page.get_by_role("tab")).to_have_text(["About", "Versions", "Prebuilds"])
    expect(page.get_by_label("Display name")).to_have_count(0)
    visitor.glance("template-denied")
    visitor.well()
    visitor.close()


def test_the_same_starter_again_asks_for_a_name(author, owner):
    owner.starter()
    page = author.go("/templates")
    page.get_by_role("button", name="New template").first.click()
    dialog = page.get_by_role("dialog", name="New template")
    dialog.get_by_role("button", name="Use This machine").click()
    expect(dialog.get_by_label("Name")).to_have_value("host-2")
    expect(dialog.get_by_text("It is the quickest way to try Slipway")).to_be_visible()
    dialog.get_by_label("Name").fill("host")
    expect(dialog.get_by_text("There is a template host already. Choose another name.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Add this template")).to_be_disabled()
    author.look("template-starter", still=False)
    dialog.get_by_label("Name").fill("host-again")
    dialog.get_by_role("button", name="Add this template").click()
    expect(page).to_have_url(re.compile("/templates/default/host-again$"), timeout=IMPORT)
    author.well()


def test_a_wrong_filter_word_is_told_with_those_that_there_are(author):
    author.expecting(400, "/api/v2/workspaces").expecting(400, "/api/v2/users")
    page = author.go("/workspaces?q=status:sunk")
    expect(page.get_by_role("alert")).to_contain_text("“status” cannot be “sunk”.")
    expect(page.get_by_role("alert")).to_contain_text("It can be: pending, starting, running")
    expect(page.get_by_text("Nothing matches")).to_have_count(0)
    page = author.go("/users?q=rank:admiral")
    expect(page.get_by_role("alert")).to_contain_text("There is no filter word “rank” here.")
    expect(page.get_by_role("alert")).to_contain_text("There are: search, name, status")
    author.glance("filter-wrong")
    author.well()


def screen(page):
    return page.locator(".xterm-rows:visible")


def test_the_terminal_has_its_keys_and_keeps_its_tab(author, owner):
    owner.create("keys")
    page = author.go("/@owner/keys/terminal")
    expect(screen(page)).to_contain_text(re.compile(r"[$#]"))
    page.get_by_role("button", name="New tab").click()
    expect(page.get_by_role("tab", name="Shell 2")).to_have_attribute("aria-selected", "true")
    expect(screen(page)).to_contain_text(re.compile(r"[$#]"))
    page.keyboard.type("echo mark-$((40+2))\n")
    expect(screen(page)).to_contain_text("mark-42")
    page.reload()
    expect(page.get_by_role("tab", name="Shell 2")).to_have_attribute("aria-selected", "true")
    expect(screen(page)).to_contain_text("mark-42")

    page.keyboard.press("Control+Shift+F")
    page.get_by_role("textbox", name="Search what was shown").fill("mark-42")
    expect(page.get_by_text("1 of 1")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("Control+Shift+C")
    until("the selection being copied", lambda: page.evaluate("() => navigator.clipboard.readText()") == "mark-42", 10)
    height = lambda: page.locator(".xterm-rows:visible > div").first.bounding_box()["height"]
    usual = height()
    page.keyboard.press("Alt+Shift+Equal")
    until("larger letters", lambda: height() > usual, 10)
    page.keyboard.press("Alt+Shift+Digit0")
    until("the usual letters", lambda: height() == usual, 10)
    page.keyboard.press("Alt+Shift+ArrowLeft")
    expect(page.get_by_role("tab", name="Shell 1")).to_have_attribute("aria-selected", "true")
    author.glance("terminal-keys")
    author.well()


def test_a_template_in_use_is_not_offered_for_deletion(author, owner):
    page = author.go("/templates/default/host?tab=settings")
    expect(page.get_by_text(re.compile("workspaces? uses? this template. It can be deleted once"))).to_be_visible()
    expect(page.get_by_role("button", name="Delete this template")).to_be_disabled()
    author.well()
