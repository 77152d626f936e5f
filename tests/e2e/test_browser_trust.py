"""What a page must never do to whoever uses it: act on keys meant for elsewhere, hide a line, show a secret, blame itself for a server that is away."""

import re

import pytest
from playwright.sync_api import expect

from conftest import PASSWORD, ROOT, first_user, until
from test_provisioner import staged  # noqa: F401  (a fixture)

TEMPLATES = ROOT / "tests/e2e/templates"
BUILD = 120_000
# Of a shell: where its screen ends, and where the box that is to show it whole ends.
ENDS = """() => {
  const edge = (node) => node.getBoundingClientRect();
  const screen = edge(document.querySelector('.xterm-screen')), box = edge(document.querySelector('.term-box'));
  return {below: screen.bottom - Math.min(box.bottom, innerHeight), right: screen.right - Math.min(box.right, innerWidth), rows: screen.height};
}"""


@pytest.fixture(scope="module")
def masked(owner):
    owner.cli("templates", "push", "masked", "--directory", str(TEMPLATES / "masked"), "--yes")


@pytest.fixture(scope="module")
def quick(owner):
    owner.cli("templates", "push", "quick", "--directory", str(TEMPLATES / "leaky"), "--yes")
    return owner.get("/organizations/default/templates/quick")


def test_letters_typed_right_after_the_palette_was_called_are_its_own(visitor, owner, quick):
    owner.built(owner.send("POST", "/users/me/workspaces", {"name": "typed-over", "template_id": quick["id"]}, 201)["id"])
    page = visitor.go("/workspaces?q=name:typed-over")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Running")
    page.keyboard.press("j")
    # A part of the palette that is fetched only now, if there is one, stays away for as long as somebody types.
    page.route(re.compile("/assets/Palette"), lambda route: None)
    page.keyboard.press("Control+k")
    page.keyboard.type("stop")
    finder = page.get_by_role("combobox", name="Command palette")
    expect(finder).to_be_focused()
    expect(finder).to_have_value("stop")
    expect(page.get_by_role("dialog")).to_have_count(1)
    visitor.look("palette-open", still=False)
    page.keyboard.press("Escape")
    assert owner.get("/users/me/workspace/typed-over")["latest_build"]["transition"] == "start"


def test_the_key_that_stops_a_workspace_asks_first(visitor, owner, quick):
    page = visitor.go("/workspaces?q=name:typed-over")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Running")
    page.keyboard.press("j")
    page.keyboard.press("s")
    question = page.get_by_role("alertdialog", name="Stop typed-over?")
    expect(question).to_contain_text("Nobody is connected.")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    assert owner.get("/users/me/workspace/typed-over")["latest_build"]["transition"] == "start"
    page.keyboard.press("s")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Stopped", timeout=BUILD)


def test_a_shell_shows_its_last_row_and_column_at_any_size(visitor, owner):
    owner.create("whole-shell")
    page = visitor.go("/@owner/whole-shell/terminal")
    expect(page.locator(".xterm-screen")).to_be_visible()
    expect(page.locator(".term-line")).to_have_count(0)
    for width, height in ((1440, 900), (1024, 700), (1280, 720), (768, 1024), (360, 740)):
        page.set_viewport_size({"width": width, "height": height})
        until(f"the shell being whole at {width} x {height}",
              lambda: (lambda ends: ends["below"] <= 0 and ends["right"] <= 0 and ends["rows"] > height * 0.8)(page.evaluate(ENDS)), 10)
    visitor.glance("shell-whole")


def test_a_masked_value_is_hidden_in_the_form_and_left_out_of_the_command(visitor, masked):
    page = visitor.go("/templates/default/masked/workspace")
    secret = page.get_by_role("group", name="Database password", exact=True).get_by_label("Database password")
    expect(secret).to_have_attribute("type", "password")
    expect(secret).to_have_attribute("placeholder", "From the vault")
    secret.fill("hunter2-hunter2")
    page.get_by_role("group", name="Key", exact=True).get_by_role("textbox").fill("line one\nline two")
    assert page.get_by_role("group", name="Key", exact=True).get_by_role("textbox").evaluate("(node) => getComputedStyle(node).webkitTextSecurity") == "disc"
    page.get_by_text("The same from a shell").click()
    command = page.locator(".copy-line code").inner_text()
    assert "password=VALUE" in command and "key=VALUE" in command
    assert "hunter2" not in page.locator("body").inner_text() and "line one" not in page.locator("body").inner_text()
    visitor.look("form-masked", still=False)


def test_a_new_token_is_made_as_offered(visitor):
    page = visitor.go("/account?tab=tokens")
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_role("textbox", name="Name").fill("as-offered")
    dialog.get_by_role("button", name="Create the token").click()
    expect(dialog.locator("code")).to_have_text(re.compile("^[A-Za-z0-9]{10}-"))
    visitor.well()


def test_a_server_that_is_away_is_said_and_waited_for(came, fresh):
    running = fresh()
    first_user(running)
    visitor = came(running.url)
    page = visitor.sign_in("owner@example.com", PASSWORD)
    running.stop()
    away = page.get_by_role("status").filter(has_text="The server cannot be reached.")
    expect(away).to_be_visible()
    page.get_by_role("link", name="Activity").click()
    expect(page.get_by_role("heading", level=1, name="The server cannot be reached.")).to_be_visible()
    expect(page.get_by_role("link", name="Workspaces").first).to_be_visible()
    assert "mistake" not in page.locator("body").inner_text()
    visitor.glance("server-away")
    running.start()
    expect(page.get_by_role("heading", level=1, name="Activity")).to_be_visible(timeout=30_000)
    expect(away).to_have_count(0)


def test_a_page_of_the_release_before_comes_anew_once_and_then_says_what_is_missing(visitor, owner):
    page = visitor.go("/workspaces")
    expect(page.get_by_role("heading", level=1, name="Workspaces")).to_be_visible()
    visitor.expecting(404, "/assets/AuditPage")
    page.route(re.compile("/assets/AuditPage"), lambda route: route.fulfill(status=404, body=""))
    with page.expect_navigation():
        page.get_by_role("link", name="Activity").click()
        page.wait_for_event("load")
    expect(page.get_by_role("heading", level=1, name="This page did not load")).to_be_visible()
    visitor.glance("page-not-loaded")
    page.unroute(re.compile("/assets/AuditPage"))
    page.get_by_role("button", name="Reload the page").click()
    expect(page.get_by_role("heading", level=1, name="Activity")).to_be_visible()


def test_a_shared_workspace_opens_by_its_address(came, owner, quick):
    organization = owner.get("/organizations")[0]["id"]
    mate = owner.send("POST", "/users", {"email": "mate@example.com", "username": "mate", "password": PASSWORD, "organization_ids": [organization]}, 201)
    shared = owner.built(owner.send("POST", "/users/me/workspaces", {"name": "shared-out", "template_id": quick["id"]}, 201)["id"])
    owner.send("PATCH", f"/workspaces/{shared['id']}/acl", {"user_roles": {mate["id"]: "use"}}, 204)
    page = came().sign_in("mate@example.com", PASSWORD)
    page.goto("/workspaces?q=name:shared-out")
    page.get_by_role("link", name="shared-out").first.click()
    expect(page.get_by_role("heading", level=1, name="shared-out")).to_be_visible()


def test_a_build_log_is_read_while_the_build_goes_on(came, staged):  # noqa: F811
    scene = staged(built_in=True)
    scene.build(scene.template())
    page = came(scene.server.url).sign_in("owner@example.com", PASSWORD)
    page.goto("/@owner/gated")
    expect(page.get_by_role("log").first).to_contain_text("Starting workspace")
    expect(page.locator(".ws-line .state")).to_have_text("Starting")

    scene.gate.touch()

    expect(page.locator(".ws-line .state")).to_contain_text("Running", timeout=BUILD)  # nobody starts its agent
