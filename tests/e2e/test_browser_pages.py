"""People, account, sign-in, lists in their states and the keyboard, in a real browser."""

import copy
import re

import pytest
from playwright.sync_api import expect

from conftest import PASSWORD, ROOT, until

BUILD = 120_000
LEAKY = ROOT / "tests/e2e/templates/leaky"


@pytest.fixture(scope="module")
def quick(owner):
    """A template whose workspaces are built at once."""
    owner.cli("templates", "push", "quick", "--directory", str(LEAKY), "--yes")
    return owner.get("/organizations/default/templates/quick")


def test_sign_in_says_what_is_wrong_and_goes_back_where_one_was(came):
    visitor = came().expecting(401, "/api/v2/users/login$")
    page = visitor.go("/users")
    expect(page).to_have_url(re.compile("/login"))
    expect(page.get_by_label("Email")).to_be_focused()
    visitor.look("login")
    page.get_by_label("Email").fill("owner@example.com")
    page.get_by_label("Password", exact=True).fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_have_text("That email and password do not match an account here. Check both and try again.")
    visitor.look("login-wrong", still=False)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    page.get_by_role("button", name="Signed in as owner").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert not [c for c in visitor.context.cookies() if c["name"] == "coder_session_token" and c["value"]]
    page.goto("/workspaces")
    expect(page).to_have_url(re.compile("/login"))
    visitor.well()


def test_people_are_added_suspended_and_let_in_again(visitor, came, server, owner):
    page = visitor.page
    page.get_by_role("link", name="People").click()
    page.get_by_role("button", name="Add a person").click()
    dialog = page.get_by_role("dialog", name="Add a person")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("This does not look like an email address.")).to_be_visible()
    dialog.get_by_label("Email").fill("pat@example.com")
    dialog.get_by_label("Username").fill("pat")
    dialog.get_by_label("Password", exact=True).fill(PASSWORD)
    visitor.glance("people-add")
    dialog.get_by_role("button", name="Add", exact=True).click()
    row = page.get_by_role("row").filter(has_text="pat@example.com")
    expect(row).to_be_visible()
    visitor.look("people", still=False)

    other = came()
    other.sign_in("pat@example.com", PASSWORD)
    expect(other.page.get_by_role("navigation", name="Main").get_by_role("link", name="People")).to_have_count(0)
    other.look("workspaces-empty-member")

    row.get_by_role("button", name="More for pat").click()
    page.get_by_role("menuitem", name="Suspend").click()
    page.get_by_role("dialog", name="Suspend pat?").get_by_role("button", name="Suspend").click()
    expect(row).to_contain_text("Suspended")
    other.expecting(401, "/api/v2/workspaces").page.reload()  # which the page asks for before its scripts are there
    expect(other.page.get_by_role("heading", name="Sign in")).to_be_visible()
    row.get_by_role("button", name="More for pat").click()
    page.get_by_role("menuitem", name="Activate").click()
    expect(row).not_to_contain_text("Suspended")
    row.get_by_role("button", name="More for pat").click()
    page.get_by_role("menuitem", name="Change roles").click()
    page.get_by_role("dialog", name="Roles of pat").get_by_label("Template Admin").check()
    visitor.glance("people-roles")
    page.get_by_role("dialog", name="Roles of pat").get_by_role("button", name="Save").click()
    expect(row).to_contain_text("Template Admin")
    assert [r["name"] for r in owner.get("/users/pat")["roles"]] == ["template-admin"]
    visitor.well()
    other.well()


def test_account_profile_password_look_and_tokens(came, server, owner):
    owner.send("POST", "/users", {"email": "sam@example.com", "username": "sam", "password": PASSWORD, "organization_ids": [owner.get("/organizations")[0]["id"]]}, 201)
    visitor = came()
    page = visitor.sign_in("sam@example.com", PASSWORD)
    page.get_by_role("button", name="Signed in as sam").click()
    page.get_by_role("menuitem", name="Account").click()
    page.get_by_role("textbox", name="Name", exact=True).fill("Sam Sailor")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="Saved")).to_be_visible()
    assert owner.get("/users/sam")["name"] == "Sam Sailor"
    visitor.look("account", still=False)

    page.get_by_role("tab", name="Tokens").click()
    expect(page.get_by_role("heading", name="No token yet")).to_be_visible()
    page.get_by_role("button", name="New token").click()
    dialog = page.get_by_role("dialog", name="New token")
    dialog.get_by_role("textbox", name="Name").fill("robot")
    dialog.get_by_role("button", name="Create the token").click()
    token = dialog.locator("code").inner_text()
    with server.api(token) as http:
        assert http.get("/api/v2/users/me").json()["username"] == "sam"
        dialog.get_by_role("button", name="Done").click()
        visitor.look("account-tokens", still=False)
        page.get_by_role("button", name="Remove robot").click()
        page.get_by_role("dialog").get_by_role("button", name="Remove").click()
        expect(page.get_by_role("heading", name="No token yet")).to_be_visible()
        assert http.get("/api/v2/users/me").status_code == 401

    page.get_by_role("tab", name="Appearance").click()
    page.get_by_text("Night on the water").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.get_by_text("Follows its day and night").click()
    visitor.look("account-appearance", still=False)

    visitor.expecting(400, "/api/v2/users/me/password$")
    page.get_by_role("tab", name="Sign-in").click()
    page.get_by_label("Password now").fill("not mine")
    page.get_by_label("New password", exact=True).fill("AnotherGoodPassword!")
    page.get_by_label("New password once more").fill("AnotherGoodPassword?")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("The two are not the same.")).to_be_visible()
    page.get_by_label("New password once more").fill("AnotherGoodPassword!")
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Old password is incorrect.")).to_be_visible()
    visitor.look("account-password", still=False)
    page.get_by_label("Password now").fill(PASSWORD)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_role("status").filter(has_text="The password is changed.")).to_be_visible()
    other = came()
    other.sign_in("sam@example.com", "AnotherGoodPassword!")
    other.well()


def test_activity_says_who_did_what_and_groups_hold_people(visitor, owner):
    page = visitor.page
    page.goto(f"/organizations/{owner.get('/organizations/default')['name']}/groups")  # whichever others there are by now
    page.get_by_role("button", name="New group").click()
    dialog = page.get_by_role("dialog", name="New group")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("crew")
    dialog.get_by_role("textbox", name="Display name").fill("The crew")
    dialog.get_by_role("button", name="Create the group").click()
    expect(page.get_by_role("heading", level=1, name="The crew")).to_be_visible()
    page.get_by_role("combobox", name="Add a person").fill("owner")
    page.get_by_role("option", name="owner (owner@example.com)").click()
    expect(page.get_by_role("button", name="Take owner out")).to_be_visible()
    visitor.look("group", still=False)
    page.get_by_role("link", name="Groups").first.click()
    expect(page.get_by_role("row").filter(has_text="The crew")).to_contain_text("1 person")
    visitor.look("groups", still=False)

    page.get_by_role("link", name="Activity").click()
    entry = page.get_by_role("listitem").filter(has_text="crew").first
    expect(entry).to_contain_text("owner")
    expect(entry).to_contain_text(re.compile("created|updated"))
    entry.get_by_role("button", name="Details").click()
    expect(entry).to_contain_text("Request")
    visitor.look("activity", still=False)
    visitor.expecting(400, "/api/v2/audit")
    page.get_by_role("textbox", name="Filter the activity").fill("colour:red")
    expect(page.get_by_role("alert")).to_contain_text("colour")
    visitor.well()


def answer_with(page, path, **answer):
    page.route(path, lambda route: route.fulfill(**answer))


def test_a_list_is_drawn_loading_denied_broken_and_with_ten_thousand_rows(visitor, owner, quick):
    workspace = owner.send("POST", "/users/me/workspaces", {"name": "sample", "template_id": quick["id"]}, 201)
    sample = owner.built(workspace["id"])
    page = visitor.page
    lists = re.compile(r"/api/v2/workspaces\?")

    waiting = []
    page.route(lists, lambda route: waiting.append(route))
    page.goto("/workspaces")
    expect(page.locator(".bone").first).to_be_visible()
    visitor.glance("workspaces-loading")
    for route in list(waiting):
        route.continue_()
    page.unroute(lists)
    expect(page.get_by_role("link", name="sample")).to_be_visible()
    visitor.look("workspaces")

    visitor.expecting(403, "/api/v2/workspaces").expecting(500, "/api/v2/workspaces")
    answer_with(page, lists, status=403, json={"message": "Forbidden."})
    page.goto("/workspaces")
    expect(page.get_by_role("heading", name="You may not open this")).to_be_visible()
    expect(page.get_by_text("An owner of this Slipway can give you access.")).to_be_visible()
    visitor.look("workspaces-denied", still=False)
    page.unroute(lists)
    answer_with(page, lists, status=500, json={"message": "The database does not answer.", "detail": "Try again in a moment."})
    page.goto("/workspaces")
    expect(page.get_by_role("alert")).to_contain_text("The database does not answer.")
    visitor.look("workspaces-error", still=False)
    page.unroute(lists)
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("link", name="sample")).to_be_visible()

    def many(route):
        offset = int((re.search(r"offset=(\d+)", route.request.url) or [0, 0])[1])
        rows = []
        for i in range(offset, min(offset + 200, 10_000)):
            row = copy.deepcopy(sample)
            row.update(id=f"00000000-0000-4000-8000-{i:012d}", name=f"boat-{i}")
            rows.append(row)
        route.fulfill(json={"workspaces": rows, "count": 10_000})

    page.route(lists, many)
    page.goto("/workspaces")
    expect(page.get_by_role("link", name="boat-0", exact=True)).to_be_visible()

    def at_the_end():
        page.evaluate("() => window.scrollTo(0, document.body.scrollHeight)")
        return page.get_by_role("link", name="boat-9999", exact=True).count() == 1

    until("the last of 10,000 rows", at_the_end, 60)
    assert page.locator("[role=row]").count() < 120
    page.unroute(lists)
    visitor.well()


def test_a_page_that_does_not_exist_says_so(visitor, owner):
    visitor.expecting(404, "/api/v2/users/owner/workspace/no-such$").expecting(404, "/nowhere$")
    page = visitor.go("/nowhere")
    expect(page.get_by_role("heading", level=1, name="Nothing is moored here")).to_be_visible()
    visitor.look("missing")
    page.goto("/@owner/no-such")
    expect(page.get_by_role("heading", level=1, name="Nothing is moored here")).to_be_visible()
    visitor.well()


def test_a_bad_filter_is_said_beside_the_field(visitor, quick):
    visitor.expecting(400, "/api/v2/workspaces")
    page = visitor.go("/workspaces")
    page.get_by_role("textbox", name="Filter workspaces").fill("colour:red")
    expect(page.get_by_role("alert")).to_contain_text("colour")
    page.get_by_role("textbox", name="Filter workspaces").fill("name:nothing-like-it")
    expect(page.get_by_role("heading", name="Nothing matches this filter")).to_be_visible()
    page.get_by_role("button", name="Clear the filter").last.click()
    visitor.well()


def test_a_day_by_keyboard_alone(came, owner, quick):
    for name in ("keys-one", "keys-two"):
        owner.built(owner.send("POST", "/users/me/workspaces", {"name": name, "template_id": quick["id"]}, 201)["id"])
    visitor = came()
    page = visitor.go("/login")
    keys = page.keyboard
    expect(page.get_by_label("Email")).to_be_focused()
    keys.type("owner@example.com")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Workspaces")).to_be_visible()

    keys.press("/")
    expect(page.get_by_role("textbox", name="Filter workspaces")).to_be_focused()
    keys.type("owner:me name:keys-")
    expect(page.get_by_role("row")).to_have_count(3)
    keys.press("Escape")
    keys.press("j")
    keys.press("x")
    keys.press("j")
    keys.press("x")
    bar = page.get_by_role("toolbar", name="2 workspaces selected")
    expect(bar).to_be_visible()
    visitor.look("workspaces-selected", still=False)
    tab_to(page, bar.get_by_role("button", name="Stop"))
    keys.press("Enter")
    expect(page.get_by_role("row").filter(has_text="Stopped")).to_have_count(2, timeout=BUILD)
    tab_to(page, bar.get_by_role("button", name="Cancel"))
    keys.press("Enter")
    expect(bar).to_have_count(0)

    keys.press("k")
    keys.press("s")
    first = page.get_by_role("row").nth(1)
    expect(first).to_contain_text("Running", timeout=BUILD)
    name = first.get_by_role("link").first.inner_text()
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    tab_to(page, page.get_by_role("button", name=f"More for {name}"))
    for key in ("Enter", "ArrowDown", "ArrowDown"):  # as fast as that: the menu loses none of them
        keys.press(key)
    expect(page.get_by_role("menuitem", name="Pin to the top")).to_be_focused()
    keys.press("Escape")

    keys.press("Control+k")
    expect(page.get_by_role("combobox", name="Command palette")).to_be_focused()
    keys.type("new workspace quick")
    expect(page.get_by_role("dialog").get_by_role("option", selected=True)).to_contain_text("New workspace from quick")
    visitor.glance("palette")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="New workspace")).to_be_visible()
    tab_to(page, page.get_by_label("Name", exact=True))
    keys.press("Control+a")
    keys.type("keys-three")
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1, name="keys-three")).to_be_visible()
    expect(page.locator(".ws-line .state")).to_have_text("Running", timeout=BUILD)
    keys.press("g")
    keys.press("t")
    expect(page.get_by_role("heading", level=1, name="Templates")).to_be_visible()
    visitor.look("templates", still=False)


def tab_to(page, target):
    """Tab by Tab, as someone without a mouse; the focus must be visible when it is there."""
    look = "(node) => { const s = getComputedStyle(node); return [s.outlineStyle, s.boxShadow, s.borderColor]; }"
    before = target.evaluate(look)
    for _ in range(80):
        if target.evaluate("(node) => node === document.activeElement"):
            assert target.evaluate(look) != before
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never came to {target}")


def test_what_is_watched_for_is_seen(came):
    """The guards of these tests themselves: an inline script is refused by the policy, and both guards notice."""
    visitor = came()
    page = visitor.go("/login")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.evaluate("() => { const script = document.createElement('script'); script.textContent = 'window.ran = true'; document.body.append(script); }")
    until("the refusal", lambda: page.evaluate("() => window.slipwayWatch.refused.length"))
    assert page.evaluate("() => window.ran") is None
    with pytest.raises(AssertionError, match="script-src"):
        visitor.well()
