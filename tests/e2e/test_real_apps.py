"""Apps as people have them, in a real workspace and a real browser: each by a host of its own and by path, used, and with nothing in the console. By path,
page by page, is what the sandbox of path apps leaves of it (decision 0024), and that all of it works where somebody leaves the sandbox out."""

import hashlib
import http.client
import os
import pathlib
import re
import shutil
import urllib.parse

import pytest
from playwright.sync_api import expect

from browser import chromium
from conftest import ROOT, TOOLS, free_port, until
from real_apps import WORKSPACE, App, address_of, certificate_for, here, node_for, place_with, resolver

# What Vite's development server is made of.
VITE = ("vite", "rollup", "@rollup", "@types/estree", "esbuild", "@esbuild", "postcss", "nanoid", "picocolors", "source-map-js", "fdir", "picomatch", "tinyglobby")
PYTHON = "python3 {place}/"
TTYD = shutil.which("ttyd", path=f"{os.environ['PATH']}:{TOOLS}/ttyd/bin")


def ordinary():
    return [
        App("vite", "{place}/node node_modules/vite/bin/vite.js", "cp -r {place}/vite/. . && ln -sfn {place}/node_modules node_modules\n"
            "    export PORT={port} BASE={base}", knows_its_path=True),
        App("ttyd", "{place}/ttyd -p {port} -i 127.0.0.1 -W -t rendererType=dom -t disableLeaveAlert=true bash --norc"),
        App("events", PYTHON + "events.py {port}"),
        App("grpc", PYTHON + "grpcweb.py {port}"),
        App("tastes", PYTHON + "tastes.py {port} {base}", knows_its_path=True),
        App("plenty", PYTHON + "plenty.py {port}"),
        App("sealed", PYTHON + "sealed.py {port} {place}/app.crt {place}/app.key", scheme="https"),
    ]


def programs(folder):
    modules = ROOT / "web/node_modules"
    for name in VITE:
        if (modules / name).exists():
            shutil.copytree(modules / name, folder / "node_modules" / name, symlinks=True)
    node_for(folder)
    shutil.copy2(TTYD, folder / "ttyd")
    certificate_for(folder)


@pytest.fixture(scope="module")
def place():
    with place_with(free_port(), ordinary(), programs) as made:
        yield made


@pytest.fixture(scope="module")
def browser(place):
    with chromium(*resolver(place.port)) as running:
        yield running


def test_vite_changes_a_page_that_stands_open(place, here, address_of):
    page = here.go(address_of("vite"))
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text(re.compile("^A (sloop|ketch)$"))
    was, becomes = ("sloop", "ketch") if "sloop" in heading.inner_text() else ("ketch", "sloop")
    page.evaluate("() => { window.kept = 'since before'; }")

    place.owner.cli("ssh", WORKSPACE, f"sed -i s/{was}/{becomes}/ vite/boat.js")
    expect(heading).to_have_text(f"A {becomes}")
    place.owner.cli("ssh", WORKSPACE, "sed -i 's/rgb(.*)/rgb(7, 8, 9)/' vite/style.css")
    expect(heading).to_have_css("color", "rgb(7, 8, 9)")
    place.owner.cli("ssh", WORKSPACE, "sed -i 's/rgb(.*)/rgb(1, 2, 3)/' vite/style.css")
    expect(heading).to_have_css("color", "rgb(1, 2, 3)")

    assert page.evaluate("() => window.kept") == "since before"
    here.well()


def test_ttyd_takes_what_is_typed(here, address_of):
    page = here.go(address_of("ttyd"))
    rows = page.locator(".xterm-rows")
    expect(rows).to_contain_text("bash-")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type("echo typed-$((40+2))\n")
    expect(rows).to_contain_text("typed-42")
    page.keyboard.type('was=$(stty size); echo waits-$((40+4)); until [ "$(stty size)" != "$was" ]; do sleep 0.1; done; echo resized-$((40+3))\n')
    expect(rows).to_contain_text("waits-44")
    page.set_viewport_size({"width": 700, "height": 400})
    expect(rows).to_contain_text("resized-43")
    here.well()


def test_an_event_is_there_before_the_next_is_sent(here, address_of):
    page = here.go(address_of("events"))
    expect(page.get_by_role("heading", name="All there")).to_be_visible()
    assert page.get_by_role("listitem").all_inner_texts() == [str(number) for number in range(20)]
    here.well()


def test_calls_of_grpc_web_come_and_go_byte_by_byte(here, address_of):
    got = here.go(address_of("grpc")).evaluate("() => all()")

    kind = "application/grpc-web+proto"
    assert got["echo"] == {"status": 200, "type": kind, "early": None, "messages": [[0x0A, 0x80, 2, *range(256)]],
                           "trailers": "grpc-status:0\r\ngrpc-message:as%20it%20came\r\n"}
    assert [message[3] for message in got["count"]["messages"]] == list(range(8))
    assert got["count"]["trailers"] == "grpc-status:0\r\ngrpc-message:all%20counted\r\n"
    assert got["sink"] == {"status": 200, "type": kind, "early": "5", "messages": [], "trailers": None}
    here.well()


def test_cookies_and_redirects_to_whole_addresses_lead_where_they_should(here, address_of):
    address = address_of("tastes")
    page = here.go(address)
    expect(page.get_by_role("heading", name="Visit 1, taste unknown")).to_be_visible()
    assert page.url.endswith("/apps/tastes/welcome") and page.url.startswith(address.split("/@")[0].rstrip("/") + "/")
    page.get_by_label("Taste").fill("salt")
    page.get_by_role("button", name="Keep").click()
    expect(page.get_by_role("heading", name="Visit 1, taste salt")).to_be_visible()
    page.get_by_role("link", name="Again").click()
    expect(page.get_by_role("heading", name="Visit 2, taste salt")).to_be_visible()
    here.well()


def test_an_app_with_a_certificate_by_nobody_is_reached(place, here, address_of):
    app = place.apps["sealed"]
    for address in (address_of("sealed"), place.by_host("sealed").replace("//sealed--", f"//{app.port}s--")):
        page = here.go(address)
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_text("100000 bytes by TLSv1.3")).to_be_visible()
    here.well()


class Peak:
    """What a process comes to hold in memory at most, beyond what it held, in MiB."""

    def __init__(self, process):
        self.folder = pathlib.Path(f"/proc/{process.pid}")
        (self.folder / "clear_refs").write_text("5")  # forgets the peak that it had before
        self.before = self._mib("VmRSS")

    def _mib(self, what):
        return int(re.search(rf"{what}:\s+(\d+)", (self.folder / "status").read_text())[1]) / 1024

    def grown(self):
        return self._mib("VmHWM") - self.before


def told_by_its_end(answer):
    """How many bytes came before the last 64, what they add up to, and what the last 64 say that it is."""
    digest, size, kept = hashlib.sha256(), 0, b""
    while piece := answer.read(1 << 20):
        whole = kept + piece
        digest.update(whole[:-64])
        size, kept = size + len(whole[:-64]), whole[-64:]
    return size, digest.hexdigest(), kept.decode()


# In MiB. A server that looks for faults of its own keeps a quarter of a GiB of what it has freed.
MEMORY = 512


@pytest.mark.parametrize("mib", [16, pytest.param(1024, marks=pytest.mark.long)])
def test_much_passes_whole_both_ways_and_stays_nowhere(place, mib):
    asked = urllib.parse.urlsplit(place.by_host("plenty"))
    line, fields = http.client.HTTPConnection("127.0.0.1", place.port, timeout=60), {"Host": asked.netloc, "Coder-Session-Token": place.owner.token}
    peak, piece, digest = Peak(place.server.process), os.urandom(1 << 20), hashlib.sha256()

    line.request("GET", f"/{mib}", headers=fields)
    size, is_so, should_be = told_by_its_end(line.getresponse())
    assert (size, is_so) == (mib << 20, should_be)

    def upload():
        for number in range(mib):
            numbered = number.to_bytes(8, "big") + piece[8:]
            digest.update(numbered)
            yield numbered

    line.request("POST", "/", upload(), fields | {"Content-Length": str(mib << 20)})
    assert line.getresponse().read().decode() == digest.hexdigest()
    assert peak.grown() < MEMORY


# What is left by path in the sandbox: the page itself, and what navigation brings. What a page loads comes without the visitor's cookie, and so not at all.
LEFT = {"vite": "Nothing yet", "events": "Broken off", "grpc": "Boats", "sealed": "Sealed"}


@pytest.mark.parametrize("slug", LEFT)
def test_in_the_sandbox_of_path_apps_the_page_alone_is_left(place, here, slug):
    page = here.go(place.by_path(slug))
    expect(page.get_by_role("heading", name=LEFT[slug])).to_be_visible()
    assert page.evaluate("() => self.origin") == "null"
    if slug == "sealed":
        page.get_by_role("button", name="Ask").click()
        expect(page.get_by_text("TypeError")).to_be_visible()
    if slug == "grpc":
        assert page.evaluate("() => all().catch((error) => error.name)") == "TypeError"
    until("the browser saying what it refused", lambda: page.evaluate("() => 1") and here.faults)
    assert all(re.search("blocked by CORS policy|Failed to load resource", fault) for fault in here.faults), here.faults


def test_in_the_sandbox_of_path_apps_a_terminal_gets_no_connection(place, here):
    page = here.go(place.by_path("ttyd"))
    until("the browser saying what it refused", lambda: page.evaluate("() => 1") and here.faults)
    assert page.evaluate("() => self.origin") == "null"
    assert "bash" not in page.locator("body").inner_text()


def test_in_the_sandbox_of_path_apps_cookies_go_with_what_is_visited_and_not_with_what_is_sent(place, here):
    page = here.go(place.by_path("tastes"))
    expect(page.get_by_role("heading", name="Visit 1, taste unknown")).to_be_visible()
    page.get_by_role("link", name="Again").click()
    expect(page.get_by_role("heading", name="Visit 2, taste unknown")).to_be_visible()
    here.well()
    page.get_by_label("Taste").fill("salt")
    with page.expect_response(lambda answer: answer.request.method == "POST") as refused:
        page.get_by_role("button", name="Keep").click()
    assert refused.value.status == 403
    expect(page.get_by_text("This request comes from a page of another site.")).to_be_visible()
    other = here.context.new_page()
    other.goto(place.by_path("tastes"))
    expect(other.get_by_role("heading", name="Visit 3, taste unknown")).to_be_visible()
