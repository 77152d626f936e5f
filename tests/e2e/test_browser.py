"""A newcomer's way in a real browser: from the first page to a terminal in a workspace, and through its whole life."""

import re

import pytest
from playwright.sync_api import expect

from browser import Visitor, chromium, note_stages, noted_stages
from conftest import PASSWORD, Person, Server, folder_for_server, until

EMAIL = "nia@example.com"
BUILD = 120_000
PROMPT = re.compile(r"[#$]")


@pytest.fixture(scope="module")
def harbour():
    """A server nobody has seen yet."""
    with folder_for_server() as path:
        running = Server(path, "--allow-workspace-renames").start()
        yield running
        running.stop()


@pytest.fixture(scope="module")
def visitor(harbour):
    with chromium() as running:
        came = Visitor(running, harbour.url)
        # Before somebody has signed in these two answers are how the page learns what to show.
        came.expecting(401, "/api/v2/users/me$").expecting(404, "/api/v2/users/first$")
        yield came
        came.close()


@pytest.fixture(scope="module")
def newcomer(visitor):
    """The first user and the first template, made by hand."""
    page = visitor.go("/")
    expect(page).to_have_url(re.compile("/setup$"))
    visitor.look("setup-1-who")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("This does not look like an email address.")).to_be_visible()
    page.get_by_label("Your name").fill("Nia Newcomer")
    page.get_by_label("Email").fill(EMAIL)
    expect(page.get_by_label("Username")).to_have_value("nia-newcomer")
    page.get_by_label("Username").fill("nia")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    visitor.look("setup-2-password")
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Create the account").click()
    expect(page.get_by_text("Use at least 8 characters.")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()

    expect(page.get_by_role("heading", name="What shall people start from?")).to_be_visible()
    for starter in ("This machine", "Docker container", "Kubernetes pod", "AWS EC2"):
        expect(page.get_by_role("button", name=f"Use {starter}")).to_be_visible()
    visitor.look("setup-3-starters")
    note_stages(page)
    page.get_by_role("button", name="Use This machine").click()
    expect(page.get_by_role("log")).to_be_visible()
    visitor.glance("setup-4-import")
    expect(page.get_by_role("heading", name="Ready to launch")).to_be_visible(timeout=BUILD)
    stages = noted_stages(page)
    visitor.look("setup-5-ready")
    return stages


@pytest.fixture(scope="module")
def person(harbour, newcomer):
    """The newcomer again, by API: to see what the clicks did."""
    with harbour.api() as http:
        return Person(harbour, http.post("/api/v2/users/login", json={"email": EMAIL, "password": PASSWORD}).json()["session_token"])


@pytest.fixture(scope="module")
def workspace(visitor, person):
    """The first workspace, made by the form."""
    page = visitor.page
    page.get_by_role("link", name="Create the first workspace").click()
    expect(page.get_by_role("heading", name="New workspace")).to_be_visible()
    visitor.look("create")
    page.get_by_label("Name", exact=True).fill("first")
    page.get_by_role("button", name="Create workspace").click()
    expect(page).to_have_url(re.compile("/@nia/first$"))
    visitor.glance("workspace-building")
    expect(page.get_by_role("article", name="main")).to_contain_text("Connected", timeout=BUILD)


def open_workspace(visitor, name="first"):
    page = visitor.go(f"/@nia/{name}")
    expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    return page


def state(page):
    return page.locator(".ws-line .state")


def test_the_first_visit_ends_in_a_template_whose_import_was_watched(newcomer, person):
    assert [stage["name"] for stage in newcomer][:2] == ["Setting up", "Detecting persistent resources"]
    template = person.get("/organizations/default/templates/host")
    assert (template["display_name"], template["icon"]) == ("This machine", "/icon/machine.svg")


def test_the_workspace_page_shows_the_agent_its_log_and_its_values(visitor, workspace):
    page = open_workspace(visitor)
    expect(state(page)).to_have_text("Running", timeout=BUILD)
    agent = page.get_by_role("article", name="main")
    expect(agent).to_contain_text("Connected")
    values = agent.get_by_label("Live values")
    for name, shape in (("Load", r"^\d+\.\d+$"), ("Memory in use", r"^\d+\.\d of \d+\.\d GiB$"), ("Home folder", r"^[\d.]+[KMG]$")):
        expect(values.locator(f"div:has(dt:text-is('{name}')) dd")).to_have_text(re.compile(shape), timeout=40_000)
    agent.get_by_role("button", name="Start-up log").click()
    expect(agent.get_by_role("log")).to_contain_text("The workspace is ready in")
    page.get_by_role("button", name=re.compile("^Started in")).click()
    for stage in ("Setting up", "Planning infrastructure", "Starting workspace", "Start-up scripts"):
        expect(page.get_by_role("list", name="Timeline").get_by_role("listitem").filter(has_text=stage)).to_contain_text("done")
    expect(page.get_by_role("region", name="Resources")).to_contain_text("web port")
    visitor.look("workspace")


def test_the_log_folds_searches_copies_and_downloads(visitor, workspace):
    page = open_workspace(visitor)
    build = page.get_by_role("region", name="Build 1: start")
    log = build.get_by_role("log")
    lines = log.locator(".log-line")
    build.get_by_role("button", name=re.compile("^Started in")).click()
    expect(log.locator(".log-stage").first).to_be_visible()
    expect(lines).to_have_count(0)  # what ended well is folded
    assert log.locator(".log-stage .clip").all_inner_texts()[:3] == ["Setting up", "Planning infrastructure", "Starting workspace"]
    build.get_by_role("button", name="Unfold all stages").click()
    expect(lines.first).to_be_visible()
    build.get_by_role("button", name="Fold all stages").click()
    expect(lines).to_have_count(0)
    build.get_by_role("button", name="Unfold all stages").click()
    build.get_by_label("Search the log").fill("terraform_data.agent")
    expect(log.locator("mark").first).to_have_text("terraform_data.agent")
    build.get_by_label("Search the log").fill("")
    build.get_by_role("button", name="Wrap long lines").click()
    expect(build.get_by_role("button", name="Wrap long lines")).to_have_attribute("aria-pressed", "false")
    build.get_by_role("button", name="Copy the log").click()
    copied = until("the copied log", lambda: page.evaluate("() => navigator.clipboard.readText()"))
    assert "== Planning infrastructure" in copied
    with page.expect_download() as kept:
        build.get_by_role("button", name="Download the log").click()
    assert kept.value.suggested_filename == "first-1.log"
    visitor.well()


def screen(page):
    return page.locator(".xterm-rows:visible")


def typed(page, text):
    page.keyboard.type(text)
    page.keyboard.press("Enter")


def test_the_terminal_keeps_its_shell_and_scroll_back_over_a_reload(visitor, workspace):
    page = open_workspace(visitor)
    with page.expect_popup() as opened:
        page.get_by_role("article", name="main").get_by_role("link", name="Terminal").click()
    terminal = opened.value
    expect(screen(terminal)).to_contain_text(PROMPT)
    typed(terminal, "MARK=$((40+2)); echo first-$MARK")
    expect(screen(terminal)).to_contain_text("first-42")
    terminal.reload()
    expect(screen(terminal)).to_contain_text("first-42")
    typed(terminal, "echo still-$MARK; echo size-$(stty size | tr ' ' x)")
    expect(screen(terminal)).to_contain_text("still-42")
    expect(screen(terminal)).to_contain_text(re.compile(r"size-\d+x\d+"))
    rows, columns = (int(n) for n in re.search(r"size-(\d+)x(\d+)", screen(terminal).inner_text()).groups())
    terminal.set_viewport_size({"width": 900, "height": 500})

    def smaller():
        typed(terminal, "echo size-$(stty size | tr ' ' x)")
        last = re.findall(r"size-(\d+)x(\d+)", screen(terminal).inner_text())[-1]
        return int(last[0]) < rows and int(last[1]) < columns

    until("the shell's smaller size", smaller, 15)
    terminal.get_by_role("button", name="New tab").click()
    expect(screen(terminal)).to_contain_text(PROMPT)
    typed(terminal, "echo other-${MARK:-none}")
    expect(screen(terminal)).to_contain_text("other-none")
    terminal.get_by_role("tab", name="Shell 1").click()
    expect(screen(terminal)).to_contain_text("still-42")
    visitor.look("terminal", terminal)
    terminal.close()


def test_the_web_app_of_the_template_opens(visitor, workspace):
    page = open_workspace(visitor)
    app = page.get_by_role("link", name="Open Project", exact=True)
    expect(app).to_be_visible(timeout=BUILD)
    with page.expect_popup() as opened:
        app.click()
    expect(opened.value.get_by_role("heading", name="It works")).to_be_visible()
    assert opened.value.url.endswith("/@nia/first.main/apps/web/")
    visitor.faults = [fault for fault in visitor.faults if "favicon.ico" not in fault]
    opened.value.close()


def test_stop_and_start(visitor, workspace, person):
    page = open_workspace(visitor)
    until("the shell and the app being left", lambda: person.get(f"/workspaces/{person.get('/users/me/workspace/first')['id']}/sessions")["count"] == 0)
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_role("heading", name="This workspace is stopped")).to_be_visible(timeout=BUILD)
    open_workspace(visitor)
    expect(page.get_by_role("heading", name="This workspace is stopped")).to_be_visible()
    visitor.look("workspace-stopped")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(state(page)).to_have_text("Running", timeout=BUILD)
    expect(page.get_by_role("article", name="main")).to_contain_text("Connected")


def push(person, folder, change, message):
    """A further version of the template by the command line, as its author would."""
    if not folder.exists():
        person.cli("templates", "init", "host", str(folder))
    main = folder / "main.tf"
    main.write_text(change(main.read_text(encoding="utf-8")), encoding="utf-8")
    person.cli("templates", "push", "host", "--directory", str(folder), "--message", message, "--yes")


def test_a_second_version_is_pushed_read_and_updated_to(visitor, workspace, person, tmp_path):
    push(person, tmp_path / "host", lambda text: text.replace("The workspace is ready in", "All is ready in"), "Says it differently")
    active = person.get("/organizations/default/templates/host")["active_version_id"]
    version = person.get(f"/templateversions/{active}")["name"]

    page = visitor.go("/templates")
    page.get_by_role("link", name="This machine", exact=True).click()
    expect(page.get_by_role("heading", name="What it makes")).to_be_visible()
    expect(page.get_by_text("1 workspace uses an older version.")).to_be_visible()
    visitor.look("template")
    page.get_by_role("tab", name="Versions").click()
    expect(page.get_by_role("listitem").filter(has_text=version)).to_contain_text("Active")
    expect(page.get_by_role("listitem").filter(has_text=version)).to_contain_text("Says it differently")
    visitor.look("template-versions")
    page.get_by_role("link", name=version).click()
    changes = page.locator("section", has=page.get_by_role("heading", name=re.compile("^Changes since")))
    expect(changes.locator("[data-kind=gone]")).to_contain_text("The workspace is ready in")
    expect(changes.locator("[data-kind=add]")).to_contain_text("All is ready in")
    expect(page.get_by_role("log")).to_contain_text("Detecting persistent resources")
    expect(page.get_by_role("navigation", name=f"Files of {version}")).to_contain_text("main.tf")
    visitor.look("template-version")

    page = open_workspace(visitor)
    expect(page.get_by_text("A newer version of the template is active.")).to_be_visible()
    visitor.look("workspace-outdated")
    page.get_by_role("button", name="Update", exact=True).click()
    expect(page.locator(".ws-line")).to_contain_text(f"version {version}", timeout=BUILD)
    expect(state(page)).to_have_text("Running", timeout=BUILD)
    page.get_by_role("article", name="main").get_by_role("button", name="Start-up log").click()
    expect(page.get_by_role("article", name="main").get_by_role("log")).to_contain_text("All is ready in", timeout=BUILD)
    assert person.get("/users/me/workspace/first")["outdated"] is False


def test_an_older_version_is_made_active_again_by_hand(visitor, workspace, person):
    versions = person.get(f"/templates/{person.get('/organizations/default/templates/host')['id']}/versions")
    first = next(v for v in versions if not v["message"])
    page = visitor.go("/templates/default/host?tab=versions")
    page.get_by_role("listitem").filter(has_text=first["name"]).get_by_role("button", name="Make active").click()
    page.get_by_role("dialog").get_by_role("button", name="Make active").click()
    expect(page.get_by_role("status").filter(has_text=f"{first['name']} is active now")).to_be_visible()
    assert person.get("/organizations/default/templates/host")["active_version_id"] == first["id"]
    page.get_by_role("tab", name="Files").click()
    page.get_by_role("button", name="README.md").click()
    expect(page.get_by_role("textbox", name="README.md")).to_contain_text("This machine")
    visitor.look("template-files")
    page.get_by_role("tab", name="Settings").click()
    expect(page.get_by_label("Display name")).to_have_value("This machine")
    visitor.look("template-settings")


def test_parameters_are_changed_and_the_restart_goes_on_from_any_page(visitor, workspace, person):
    page = visitor.go("/@nia/first/settings")
    expect(page.get_by_role("heading", name="Parameters")).to_be_visible()
    folder = page.get_by_role("textbox", name="Project folder")
    expect(folder).to_have_value("project")
    folder.fill("-bad-")
    expect(page.get_by_text("Use letters, digits, dots, hyphens and underscores, at most 63 of them.")).to_be_visible()
    visitor.look("workspace-settings")
    folder.fill("boats")
    page.get_by_role("button", name="Save and restart").click()
    expect(page).to_have_url(re.compile("/@nia/first$"))
    page.get_by_role("link", name="Workspaces").click()
    number = 1 + max(b["build_number"] for b in person.get(f"/workspaces/{person.get('/users/me/workspace/first')['id']}/builds"))

    def started():
        latest = person.get("/users/me/workspace/first")["latest_build"]
        return latest if latest["build_number"] >= number - 1 and (latest["transition"], latest["status"]) == ("start", "running") else None

    latest = until("the start with new values", started, 120)
    assert {"name": "project", "value": "boats"} in person.get(f"/workspacebuilds/{latest['id']}/parameters")


def test_rename_and_delete(visitor, workspace, person):
    person.ready(person.get("/users/me/workspace/first")["id"])
    page = visitor.go("/@nia/first/settings")
    name = page.get_by_role("textbox", name="Name", exact=True)
    name.fill("not a name")
    expect(page.get_by_text("Use letters and digits, with single hyphens between them, at most 32.")).to_be_visible()
    name.fill("second")
    page.get_by_role("button", name="Rename").click()
    expect(page).to_have_url(re.compile("/@nia/second/settings$"))
    page.get_by_role("button", name="Delete this workspace").click()
    dialog = page.get_by_role("dialog", name="Delete second?")
    expect(dialog.get_by_role("button", name="Delete")).to_be_disabled()
    dialog.get_by_label("Type second to confirm").fill("second")
    visitor.glance("workspace-delete")
    dialog.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(re.compile("/workspaces$"))
    expect(page.get_by_role("heading", name="Launch your first workspace")).to_be_visible(timeout=BUILD)
    visitor.go("/workspaces")
    expect(page.get_by_role("heading", name="Launch your first workspace")).to_be_visible()
    visitor.look("workspaces-empty")
    assert person.get("/workspaces?q=owner:me")["count"] == 0


def test_nothing_of_the_workspace_is_left_on_the_machine(workspace, harbour):
    homes = list(harbour.data.glob("provisioner/*/home"))
    assert homes and not [left for home in homes for left in home.glob(".local/share/slipway/workspaces/*")]
