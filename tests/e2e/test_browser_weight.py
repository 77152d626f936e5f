"""What the first page weighs on the wire, and that its frame is there before any script."""

import subprocess

import httpx
from playwright.sync_api import expect

from conftest import PASSWORD

KB = 1024
BYTES, REQUESTS = 350 * KB, 20
WORTH_IT = 512  # below, a file is sent as it is (web/check/squeeze.mjs)
LIST = "/workspaces?q=name:nothing-is-called-so"  # the list itself, whatever other tests have made


class Wire:
    """Counts what a page asks for and what comes, as Chromium's network stack says: heads too, compressed as it came."""

    def __init__(self, page):
        self.bytes, self.urls, self.kept, self.answers = 0, {}, set(), {}
        cdp = page.context.new_cdp_session(page)
        cdp.on("Network.requestWillBeSent", lambda event: self.urls.setdefault(event["requestId"], event["request"]["url"]))
        cdp.on("Network.requestServedFromCache", lambda event: self.kept.add(event["requestId"]))
        cdp.on("Network.responseReceived", self._answered)
        cdp.on("Network.loadingFinished", self._came)
        cdp.send("Network.enable")

    def _answered(self, event):
        self.answers[event["requestId"]] = event["response"]
        if event["response"].get("fromDiskCache"):
            self.kept.add(event["requestId"])

    def _came(self, event):
        self.bytes += max(event["encodedDataLength"], 0)

    def asked(self):
        return [url for request, url in self.urls.items() if request not in self.kept and url.startswith("http")]

    def headers(self, part):
        return [{name.lower(): value for name, value in answer["headers"].items()} for request, answer in self.answers.items() if part in self.urls[request]]


def opened(page):
    wire = Wire(page)
    page.goto(LIST)
    expect(page.get_by_role("heading", level=1, name="Workspaces")).to_be_visible()
    page.wait_for_load_state("networkidle")
    return wire


def test_the_first_page_is_light_and_the_second_time_its_files_are_there(visitor):
    fresh = visitor.context.browser.new_context(base_url=visitor.url, storage_state=visitor.context.storage_state())
    wire = opened(fresh.new_page())
    assert len(wire.asked()) <= REQUESTS, wire.asked()
    assert wire.bytes <= BYTES, f"{wire.bytes / KB:.0f} KB"
    scripts = [headers for headers in wire.headers("/assets/") if "javascript" in headers["content-type"]]
    large = [headers for headers in scripts if int(headers["content-length"]) >= WORTH_IT]
    assert large and all(headers.get("content-encoding") in ("br", "gzip") for headers in large), scripts

    again = opened(fresh.new_page())
    assert not [url for url in again.asked() if "/assets/" in url], again.asked()
    fresh.close()


def test_the_frame_is_drawn_before_the_scripts(visitor):
    bare = visitor.context.browser.new_context(base_url=visitor.url, java_script_enabled=False, color_scheme="light")
    page = bare.new_page()
    page.goto("/workspaces")
    mark = page.locator("#root > .frame .topbar-mark svg")
    expect(mark).to_be_visible()
    assert mark.bounding_box()["width"] == 24
    bare.close()

    # Held back, the script leaves the frame as it is, in the look that is worn.
    slow = visitor.context.browser.new_context(base_url=visitor.url, color_scheme="dark")
    page = slow.new_page()
    page.route("**/assets/index-*.js", lambda route: None)
    page.goto("/workspaces", wait_until="commit")
    expect(page.locator("#root > .frame .topbar-mark svg")).to_be_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.goto("/login", wait_until="commit")
    expect(page.locator("#root > .frame .topbar-mark svg")).to_be_hidden()
    slow.close()


def test_a_browser_on_tls_speaks_http2_and_opens_its_sockets_beside_it(browser, fresh):
    from browser import Visitor

    certificate, key = fresh.folder / "certificate.pem", fresh.folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", certificate, "-days", "2",
                    "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"], check=True, capture_output=True)
    key.chmod(0o600)
    server = fresh("--tls-cert-file", str(certificate), "--tls-key-file", str(key))
    with httpx.Client(base_url=server.url, verify=False) as http:
        made = http.post("/api/v2/users/first", json={"email": "owner@example.com", "username": "owner", "password": PASSWORD})
        assert made.status_code == 201, made.text
    visitor = Visitor(browser, server.url, ignore_https_errors=True).expecting(401, "/api/v2/users/me$")
    page = visitor.sign_in("owner@example.com", PASSWORD)
    page.reload()
    expect(page.get_by_role("heading", level=1, name="Workspaces")).to_be_visible()
    page.wait_for_load_state("networkidle")
    spoken = page.evaluate("performance.getEntriesByType('resource').concat(performance.getEntriesByType('navigation')).filter((one) => one.transferSize > 0).map((one) => one.nextHopProtocol)")
    assert spoken and set(spoken) == {"h2"}, spoken
    assert page.evaluate("""() => new Promise((told) => {
      const socket = new WebSocket(location.origin.replace('https:', 'wss:') + '/api/v2/notifications/inbox/watch');
      socket.onopen = () => { socket.close(); told('open'); };
      socket.onerror = () => told('refused');
    })""") == "open"
    visitor.well()
    visitor.close()
