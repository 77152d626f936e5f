"""Apps and ports in a real browser: who may open them, named people, the log of who did, and proxies. Whatever ends in localhost a
browser finds on this machine, so that apps have hosts of their own without anybody's DNS."""

import contextlib
import http.server
import re
import threading

import pytest
from playwright.sync_api import expect

from browser import windows_of
from conftest import PASSWORD, Server, first_user, folder_for_server, free_port, until
from test_browser_app import member

SOON = 15  # a right that was taken away ends within seconds


class Place:
    """A server with hosts for apps, its owner, a colleague, and a workspace with an app."""

    def __init__(self, server, owner):
        self.server, self.owner = server, owner
        member(server, owner, "sailor")
        template = owner.starter()
        owner.send("PATCH", f"/templates/{template['id']}", {"max_port_share_level": "organization"})
        owner.create("shared", template)

    def address(self, target):
        return f"http://{target}--main--shared--owner.apps.localhost:{self.server.port}/"


@pytest.fixture(scope="module")
def place():
    with folder_for_server() as path:
        port = free_port()
        server = Server(path, "--wildcard-access-url", f"*.apps.localhost:{port}", port=port).start()
        yield Place(server, first_user(server))
        server.stop()


@pytest.fixture()
def come(browser, place):
    """Windows of people of that server, signed in."""
    with windows_of(browser, place.server.url, PASSWORD) as come:
        yield come


@contextlib.contextmanager
def listener(heading):
    """A program of this machine, which is the workspace's, too."""
    class Page(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = f"<!doctype html><title>here</title><h1>{heading}</h1>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", free_port()), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


def opens(visitor, address, heading):
    """Whether the page of an app comes; the way there leads over the dashboard and back."""
    visitor.page.goto(address)
    expect(visitor.page.get_by_role("heading", name=heading)).to_be_visible()


def refused(visitor, address):
    until(f"{address} being refused", lambda: visitor.page.goto(address).status == 404, SOON)


def test_without_hosts_of_their_own_apps_open_for_their_owner_and_say_why(visitor, owner):
    owner.create("alone")
    page = visitor.go("/@owner/alone")
    row = page.locator("[data-app=web]")
    expect(row).to_contain_text("Only you")
    expect(page.get_by_text("so they open for their owner alone")).to_be_visible()
    expect(page.get_by_role("button", name="Share Project")).to_have_count(0)
    page.get_by_role("button", name=re.compile("^Ports")).click()
    expect(page.get_by_role("region", name="Ports").get_by_role("button", name="Share a port")).to_have_count(0)
    visitor.look("workspace-apps-alone", still=False)


def test_an_app_is_shared_with_a_person_by_name_and_taken_back(place, come):
    here, there = come("owner"), come("sailor")
    address = place.address("web")
    page = here.go("/@owner/shared")
    row = page.locator("[data-app=web]")
    expect(row).to_contain_text("Only you")
    refused(there, address)

    page.get_by_role("button", name="Share Project").click()
    dialog = page.get_by_role("dialog", name="Share Project")
    expect(dialog).to_contain_text("Nobody is named yet.")
    dialog.get_by_role("combobox", name="Add people or groups").fill("sail")
    page.get_by_role("option", name="sailor (sailor@example.com)").click()
    expect(dialog.get_by_role("button", name="Take sailor off the list")).to_be_visible()
    expect(dialog.locator("code")).to_have_text(address)
    here.look("app-share", still=False)
    dialog.get_by_role("button", name="Done").click()
    expect(row).to_contain_text("1 person by name")
    opens(there, address, "It works")

    page.get_by_role("button", name="Share Project").click()
    dialog.get_by_role("button", name="Take sailor off the list").click()
    expect(dialog).to_contain_text("Nobody is named yet.")
    dialog.get_by_role("button", name="Done").click()
    expect(row).not_to_contain_text("by name")
    refused(there, address)
    here.well()


def test_a_port_that_listens_is_shared_up_to_what_the_template_allows(place, come):
    here, there = come("owner"), come("sailor")
    with listener("From a port") as port:
        page = here.go("/@owner/shared")
        page.get_by_role("button", name=re.compile("^Ports")).click()
        row = page.locator(f"[data-port='{port}']")
        shown = page.get_by_role("button", name=re.compile("Show all"))
        expect(row.or_(shown).first).to_be_visible()
        if shown.count():
            shown.click()
        expect(row).to_contain_text("Only you")
        expect(page.get_by_text("everyone in the organization at most")).to_be_visible()
        here.look("workspace-ports", still=False)

        row.get_by_role("button", name=f"Share port {port}").click()
        dialog = page.get_by_role("dialog", name=f"Share port {port}")
        dialog.get_by_role("combobox", name="Who may open it").click()
        expect(page.get_by_role("listbox").get_by_role("option")).to_have_text(["Only me, and those named below", "Everyone in the organization"])
        page.get_by_role("option", name="Everyone in the organization").click()
        here.look("port-share", still=False)
        dialog.get_by_role("button", name="Save").click()
        expect(row).to_contain_text("Everyone in the organization")
        opens(there, place.address(str(port)), "From a port")

        row.get_by_role("button", name=f"Share port {port}").click()
        dialog.get_by_role("combobox", name="Who may open it").click()
        page.get_by_role("option", name="Only me, and those named below").click()
        dialog.get_by_role("button", name="Stop sharing").click()
        expect(row).to_contain_text("Only you")
        refused(there, place.address(str(port)))
        here.well()


def test_a_port_is_shared_by_number_and_a_wrong_one_is_said_at_the_field(place, come):
    here = come("owner")
    page = here.go("/@owner/shared")
    page.get_by_role("button", name=re.compile("^Ports")).click()
    page.get_by_role("button", name="Share a port").click()
    dialog = page.get_by_role("dialog", name="Share a port")
    dialog.get_by_role("textbox", name="Port").fill("8")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog.get_by_text("Give a port from 9 to 65535.")).to_be_visible()
    dialog.get_by_role("textbox", name="Port").fill("4321")
    dialog.get_by_role("button", name="Save").click()
    row = page.locator("[data-port='4321']")
    expect(row).to_contain_text("nothing listens now")
    expect(row).to_contain_text("Everyone in the organization")
    workspace = place.owner.get("/users/me/workspace/shared")["id"]
    assert [(s["port"], s["share_level"], s["protocol"]) for s in place.owner.get(f"/workspaces/{workspace}/port-share")["shares"]] == [(4321, "organization", "http")]
    place.owner.send("DELETE", f"/workspaces/{workspace}/port-share", {"agent_name": "main", "port": 4321})
    here.well()


def lines(place):
    return place.owner.get("/connectionlog?limit=100")["connection_logs"]


def test_the_log_of_connections_says_who_opened_what_and_who_was_refused(place, come):
    here, there = come("owner"), come("sailor")
    opens(here, place.address("web"), "It works")
    refused(there, place.address("web"))
    until("both visits in the log", lambda: {200, 404} <= {line["web_info"]["status_code"] for line in lines(place) if line.get("web_info")})

    page = here.go("/activity")
    page.get_by_role("link", name="Connections").click()
    expect(page.get_by_role("heading", level=1, name="Connections")).to_be_visible()
    opened = page.get_by_role("listitem").filter(has_text="owner · App web of owner/shared").filter(has_text="opened")
    expect(opened.first).to_be_visible()
    denied = page.get_by_role("listitem").filter(has_text="sailor · App web of owner/shared").filter(has_text="refused")
    expect(denied.first).to_be_visible()
    here.look("connections", still=False)
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    text = got.value.path().read_text(encoding="utf-8")
    assert "sailor,App web," in text and "owner/shared" in text

    page.get_by_role("button", name="Apps", exact=True).click()
    expect(page.get_by_role("textbox", name="Filter the connections")).to_have_value("type:workspace_app")
    expect(opened.first).to_be_visible()
    here.expecting(400, "/api/v2/connectionlog")
    page.get_by_role("textbox", name="Filter the connections").fill("colour:red")
    expect(page.get_by_role("alert")).to_contain_text("colour")

    there.expecting(403, "/api/v2/connectionlog")
    there.go("/activity/connections")
    expect(there.page.get_by_role("heading", name="You may not open this")).to_be_visible()


def test_a_proxy_is_added_gets_a_new_token_and_is_deleted(place, come):
    here = come("owner")
    page = here.page
    page.get_by_role("link", name="Deployment").click()
    page.get_by_role("navigation", name="Deployment").get_by_role("link", name="Proxies").click()
    expect(page.get_by_role("heading", name="Apps and ports are served by this server alone")).to_be_visible()
    here.look("proxies-none", still=False)
    page.get_by_role("button", name="Add a proxy").click()
    dialog = page.get_by_role("dialog", name="Add a proxy")
    dialog.get_by_role("textbox", name="Name", exact=True).fill("Sydney One")
    dialog.get_by_role("button", name="Add", exact=True).click()
    expect(dialog.get_by_text("Use small letters and digits")).to_be_visible()
    dialog.get_by_role("textbox", name="Name", exact=True).fill("sydney")
    dialog.get_by_role("textbox", name="Display name").fill("Sydney")
    dialog.get_by_role("button", name="Add", exact=True).click()
    first = dialog.locator("code").first.inner_text()
    proxy = next(p for p in place.owner.get("/workspaceproxies")["regions"] if p["name"] == "sydney")
    assert first.startswith(proxy["id"] + ":")
    expect(dialog.locator("code").nth(1)).to_contain_text(f"slipwayd proxy --primary-access-url {place.server.url} ")
    # It is shown once: neither Escape nor a click beside it takes it away.
    page.keyboard.press("Escape")
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Done").click()

    row = page.get_by_role("row").filter(has_text="Sydney")
    expect(row).to_contain_text("Waits for its first start")
    expect(page.get_by_role("row").filter(has_text="this server")).to_contain_text("Works")
    here.look("proxies", still=False)
    row.get_by_role("button", name="More for Sydney").click()
    page.get_by_role("menuitem", name="New token").click()
    page.get_by_label("Type sydney to confirm").fill("sydney")
    page.get_by_role("button", name="Make a new token").click()
    renewed = page.get_by_role("dialog", name="New token of Sydney")
    second = renewed.locator("code").first.inner_text()
    assert second.startswith(proxy["id"] + ":") and second != first
    renewed.get_by_role("button", name="Done").click()

    row.get_by_role("button", name="More for Sydney").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_label("Type sydney to confirm").fill("sydney")
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page.get_by_role("heading", name="Apps and ports are served by this server alone")).to_be_visible()
    here.well()


def test_whoever_may_not_run_proxies_is_told(place, come):
    there = come("sailor")
    there.go("/deployment/proxies")
    expect(there.page.get_by_role("heading", name="You may not open this")).to_be_visible()
    expect(there.page.get_by_role("navigation", name="Main").get_by_role("link", name="Deployment")).to_have_count(0)
    there.well()
