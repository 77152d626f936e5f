"""Workspaces and their builds as somebody lives with them: keys that ask, a list that costs nothing, a log that stays at its end."""

import re

import pytest
from playwright.sync_api import expect

from browser import Visitor
from conftest import PASSWORD, ROOT, until

BUILD = 120_000
FAILS_SLOWLY = """
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}
variable "gate" {
  type = string
}
data "coder_workspace" "me" {}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
resource "terraform_data" "hull" {
  count = data.coder_workspace.me.start_count
  provisioner "local-exec" {
    command = <<-EOT
      for i in $(seq 200); do echo plank $i; done
      touch '${var.gate}.begun'
      while [ ! -e '${var.gate}.nails' ]; do sleep 0.05; done
      for i in $(seq 12); do echo nail $i; done
      while [ ! -e '${var.gate}.end' ]; do sleep 0.05; done
      for i in $(seq 100); do echo rivet $i; done
      exit 3
    EOT
  }
}
"""
# How far a log is from its end, in pixels.
FROM_END = "(box) => Math.round(box.scrollHeight - box.scrollTop - box.clientHeight)"
EDGE = """() => {
  const line = document.querySelector('.page-head-line').getBoundingClientRect();
  return {left: Math.round(line.left), top: Math.round(line.top + line.height / 2)};
}"""


@pytest.fixture(scope="module")
def visitor(browser, server, owner):
    """The owner's window, one for all of this."""
    here = Visitor(browser, server.url).expecting(401, "/api/v2/users/me$")
    here.sign_in("owner@example.com", PASSWORD)
    yield here
    here.close()


@pytest.fixture(scope="module")
def quick(owner):
    """A template whose workspaces are built at once, and have no agent."""
    owner.cli("templates", "push", "quick", "--directory", str(ROOT / "tests/e2e/templates/leaky"), "--yes")
    return owner.get("/organizations/default/templates/quick")


@pytest.fixture(scope="module")
def hull(owner, quick):
    """A running workspace that stops in three hours."""
    made = owner.send("POST", "/users/me/workspaces", {"name": "hull", "template_id": quick["id"], "ttl_ms": 3 * 3_600_000}, 201)
    return owner.built(made["id"])


def latest(owner, name):
    return owner.get(f"/users/me/workspace/{name}")["latest_build"]


def test_what_ends_somebodys_session_asks_first(visitor, owner):
    workspace = owner.create("manned")
    inside = lambda: owner.get(f"/workspaces/{workspace['id']}/sessions")["count"]  # noqa: E731
    page = visitor.page
    terminal = visitor.context.new_page()
    terminal.goto("/@owner/manned/terminal")
    expect(terminal.locator(".xterm-rows:visible")).to_contain_text(re.compile("[#$]"))
    until("the session being known", inside)

    page.goto("/workspaces?q=name:manned")
    expect(page.get_by_role("row").nth(1)).to_contain_text("Running")
    page.keyboard.press("j")
    page.keyboard.press("s")
    question = page.get_by_role("alertdialog", name="Stop manned?")
    expect(question).to_contain_text("It ends your session.")
    expect(question.get_by_role("button", name="Stop")).to_be_focused()
    page.keyboard.type("tx")  # the letters of the list are off meanwhile
    visitor.glance("stop-asked")
    page.keyboard.press("Escape")
    expect(question).to_have_count(0)
    expect(page.get_by_role("toolbar")).to_have_count(0)

    page.keyboard.press(".")
    expect(page.get_by_role("menuitem", name="Restart")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="More for manned")).to_be_focused()

    page.goto("/@owner/manned")
    page.get_by_role("button", name="Stop", exact=True).click()
    question.get_by_role("button", name="Leave it").click()
    expect(question).to_have_count(0)
    assert latest(owner, "manned")["transition"] == "start"

    terminal.close()
    until("nobody being inside", lambda: inside() == 0)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("heading", name="This workspace is stopped")).to_be_visible(timeout=BUILD)
    expect(question).to_have_count(0)
    visitor.well()


def test_the_list_starts_what_is_stopped_says_why_and_sorts(visitor, owner, quick, hull):
    broken = owner.send("POST", "/users/me/workspaces", {"name": "broken", "template_id": quick["id"], "rich_parameter_values": [{"name": "leak", "value": "true"}]}, 201)
    owner.built(broken["id"], "failed")
    page = visitor.go("/workspaces?q=owner:me template:quick")
    row = lambda name: page.get_by_role("row").filter(has=page.get_by_role("link", name=name, exact=True))  # noqa: E731
    expect(row("broken").locator(".ws-state")).to_have_text("Failed to start")
    expect(row("broken").locator(".ws-why")).to_contain_text("local-exec")
    visitor.glance("workspaces-reasons")

    name = page.get_by_role("columnheader", name="Name")
    order = lambda: [link for link in page.locator(".ws-name a").all_inner_texts() if link in ("broken", "hull")]  # noqa: E731
    name.get_by_role("button").click()
    expect(name).to_have_attribute("aria-sort", "ascending")
    assert order() == ["broken", "hull"]
    name.get_by_role("button").click()
    expect(name).to_have_attribute("aria-sort", "descending")
    until("the other order", lambda: order() == ["hull", "broken"], 10)
    expect(page).to_have_url(re.compile("sort=-name"))

    owner.send("POST", f"/workspaces/{hull['id']}/builds", {"transition": "stop"}, 201)
    owner.built(hull["id"], "stopped")
    page.reload()
    row("hull").get_by_role("button", name="Start hull").click()
    expect(row("hull").locator(".ws-state")).to_have_text("Running", timeout=BUILD)
    visitor.well()


def test_a_build_is_watched_live_and_its_log_stays_at_its_end(visitor, owner, folder):
    gate = folder / "hull-gate"
    version = owner.version(FAILS_SLOWLY, [{"name": "gate", "value": str(gate)}])
    owner.import_ended(version)
    template = owner.template_of(version, "slow-hull")
    owner.send("POST", "/users/me/workspaces", {"name": "slow-hull", "template_id": template["id"]}, 201)
    until("the build at its gate", (folder / "hull-gate.begun").exists)

    page = visitor.go("/@owner/slow-hull")
    log = page.get_by_role("log")
    timeline = page.get_by_role("list", name="Timeline")
    expect(log).to_contain_text("plank 200")
    expect(timeline.get_by_role("listitem").filter(has_text="Planning infrastructure")).to_contain_text("done")
    expect(timeline.get_by_role("listitem").filter(has_text="Starting workspace")).to_contain_text("goes on")
    expect(timeline).to_contain_text("create terraform_data.hull[0]")
    assert timeline.locator(".timeline-name").first.bounding_box()["width"] >= 264
    assert log.evaluate(FROM_END) <= 1
    visitor.glance("build-live")

    log.hover()
    page.mouse.wheel(0, -400)
    until("the end being let go", lambda: log.evaluate(FROM_END) > 100, 10)
    (folder / "hull-gate.nails").touch()
    pill = page.get_by_role("button", name=re.compile(r"^\d+ new lines$"))
    expect(pill).to_have_text("12 new lines")
    pill.click()
    until("the end again", lambda: log.evaluate(FROM_END) <= 1, 10)
    expect(pill).to_have_count(0)

    (folder / "hull-gate.end").touch()
    expect(page.locator(".ws-line .state")).to_have_text("Failed to start", timeout=BUILD)
    expect(log).to_contain_text("rivet 100")
    until("the end after the end", lambda: log.evaluate(FROM_END) <= 1, 10)
    expect(page.get_by_role("region", name="The start failed").get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    expect(page.get_by_role("article")).to_have_count(0)  # no agent of a build that failed
    assert page.locator("body").inner_text().count("Failed to start") == 1
    visitor.look("build-failed", still=False)


def test_a_build_that_ended_well_is_one_line_and_its_timeline_agrees_with_its_log(visitor, owner, hull):
    owner.built(hull["id"])
    page = visitor.go("/@owner/hull")
    line = page.get_by_role("button", name=re.compile("^Started in .*, today "))
    expect(line).to_have_attribute("aria-expanded", "false")
    expect(page.get_by_role("log")).to_have_count(0)
    line.click()
    log, timeline = page.get_by_role("log"), page.get_by_role("list", name="Timeline")
    for stage in ("Planning infrastructure", "Starting workspace"):
        took = timeline.get_by_role("listitem").filter(has_text=stage).locator(".timeline-took").first.inner_text()
        expect(log.locator(".log-stage").filter(has_text=stage)).to_contain_text(took)
    expect(log.locator(".log-line")).to_have_count(0)
    visitor.look("build-opened", still=False)


def test_the_stop_time_moves_and_is_put_back(visitor, owner, hull):
    owner.built(hull["id"])
    before = latest(owner, "hull")["deadline"]
    page = visitor.go("/@owner/hull")
    page.get_by_role("button", name="+1 h").click()
    until("an hour more", lambda: latest(owner, "hull")["deadline"] > before, 10)
    page.get_by_role("button", name="Undo").click()
    until("the hour taken back", lambda: latest(owner, "hull")["deadline"][:19] == before[:19], 10)
    visitor.well()


def test_values_are_saved_without_a_start_and_leaving_unsaved_ones_asks(visitor, owner, quick):
    made = owner.send("POST", "/users/me/workspaces", {"name": "laid-up", "template_id": quick["id"]}, 201)
    owner.built(made["id"])
    owner.send("POST", f"/workspaces/{made['id']}/builds", {"transition": "stop"}, 201)
    owner.built(made["id"], "stopped")
    page = visitor.go("/@owner/laid-up/settings")
    leak = page.get_by_role("switch", name="Spring a leak")
    leak.focus()
    page.keyboard.press("Space")
    page.get_by_role("link", name="Templates").click()
    question = page.get_by_role("dialog", name="Leave without saving?")
    question.get_by_role("button", name="Cancel").click()
    expect(question).to_have_count(0)
    expect(page).to_have_url(re.compile("/settings$"))
    page.get_by_role("region", name="Parameters").get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="It counts from the next start.")).to_be_visible()
    owner.built(made["id"], "stopped")
    assert {"name": "leak", "value": "true"} in owner.get(f"/workspacebuilds/{latest(owner, 'laid-up')['id']}/parameters")
    page.get_by_role("link", name="Templates").click()
    expect(page.get_by_role("heading", level=1, name="Templates")).to_be_visible()

    owner.send("PUT", f"/workspaces/{made['id']}/dormant", {"dormant": True}, 200)
    page.goto("/@owner/laid-up")
    expect(page.get_by_text("Dormant since today")).to_be_visible()
    expect(page.get_by_role("button", name="Start", exact=True)).to_have_count(0)
    visitor.glance("workspace-dormant")
    page.get_by_role("button", name="Wake it up").click()
    expect(page.get_by_role("button", name="Start", exact=True)).to_be_visible()
    assert owner.get("/users/me/workspace/laid-up")["dormant_at"] is None


def test_every_page_begins_at_the_same_place(visitor, hull):
    page = visitor.go("/@owner/hull/settings")
    seen = {}

    def note(heading):
        expect(page.get_by_role("heading", level=1, name=heading, exact=True)).to_be_visible()
        seen[heading] = page.evaluate(EDGE)

    note("Settings")
    page.get_by_role("link", name="hull", exact=True).click()
    note("hull")
    for place, heading in (("Templates", "Templates"), ("Prebuilds", "Prebuilds"), ("People", "People"), ("Activity", "Activity"), ("Deployment", "Deployment"), ("Workspaces", "Workspaces")):
        page.get_by_role("navigation", name="Main").get_by_role("link", name=place).click()
        note(heading)
    assert len({(edge["left"], edge["top"]) for edge in seen.values()}) == 1, seen


# The last one: the clock stays what it is made here.
def test_an_open_list_asks_seldom_and_not_at_all_while_hidden(visitor, hull):
    page = visitor.page
    page.clock.install()
    page.goto("/workspaces")
    expect(page.get_by_role("link", name="hull", exact=True)).to_be_visible()
    answers = []
    page.on("response", lambda answer: answers.append(answer) if re.search(r"/api/v2/workspaces\?", answer.url) else None)

    page.clock.fast_forward(29_000)
    assert not answers
    page.clock.fast_forward(2_000)
    until("the next look at the list", lambda: page.title() and answers)
    assert [answer.status for answer in answers] == [304]

    page.evaluate("""() => {
      Object.defineProperty(document, 'visibilityState', {get: () => 'hidden', configurable: true});
      document.dispatchEvent(new Event('visibilitychange'));
    }""")
    page.clock.fast_forward(120_000)
    assert len(answers) == 1
    visitor.well()
