"""What the dashboard weighs: its first page on the wire, the time until the list of workspaces can be used, what an open list costs."""

import pathlib
import time

from rig import PASSWORD, ROOT, Missing, Server

CHROMIUM = pathlib.Path("/usr/bin/chromium")
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
WORKSPACES = 1000
SLOW = {"offline": False, "latency": 400, "downloadThroughput": 400_000 / 8, "uploadThroughput": 400_000 / 8}
IDLE = 30  # seconds: five turns of the list


class Traffic:
    """What one page asks for, and what comes over the wire: heads too, and none of what the browser had."""

    def __init__(self, page, slow=False):
        self.bytes, self.requests, self._cached = 0, [], set()
        self.cdp = page.context.new_cdp_session(page)
        self.cdp.on("Network.requestWillBeSent", self._sent)
        self.cdp.on("Network.requestServedFromCache", lambda event: self._cached.add(event["requestId"]))
        self.cdp.on("Network.responseReceived", lambda event: event["response"].get("fromDiskCache") and self._cached.add(event["requestId"]))
        self.cdp.on("Network.loadingFinished", lambda event: self._came(event["encodedDataLength"]))
        self.cdp.on("Network.webSocketFrameReceived", lambda event: self._came(len(event["response"]["payloadData"])))
        self.cdp.send("Network.enable")
        if slow:
            self.cdp.send("Network.emulateNetworkConditions", SLOW)

    def _sent(self, event):
        if event["request"]["url"].startswith("http"):
            self.requests.append((event["requestId"], event["request"]["url"]))

    def _came(self, count):
        self.bytes += max(count, 0)

    def asked(self):
        return [url for request, url in self.requests if request not in self._cached]


def first_page(report):
    if not CHROMIUM.exists():
        raise Missing("Chromium is not installed")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as reason:
        raise Missing("Playwright is not in this Python's environment") from reason
    server = Server()
    try:
        server.start()
        server.sign_in()
        server.sql("-v", f"count={WORKSPACES}", "-f", str(ROOT / "bench/workspaces.sql"))
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
            opened(report, server, browser)
            slowly(report, server, browser)
            left_open(report, server, browser)
            browser.close()
    finally:
        server.remove()


def visitor(browser, server):
    context = browser.new_context(base_url=server.url, viewport={"width": 1440, "height": 900})
    context.request.post("/api/v2/users/login", data={"email": "bench@example.com", "password": PASSWORD})
    context.set_default_timeout(60_000)
    return context


def usable(page, traffic, path):
    """Opens the list; seconds until its first row is there, and bytes and requests until nothing more comes."""
    began = time.monotonic()
    page.goto(path, wait_until="commit")
    page.get_by_role("row").nth(1).wait_for()
    seconds = time.monotonic() - began
    page.wait_for_load_state("networkidle")
    return seconds, traffic.bytes, len(traffic.asked())


# Of some workspaces, as most people have them, not of all thousand.
SOME = "/workspaces?q=name:many-10"


def opened(report, server, browser):
    context = visitor(browser, server)
    page = context.new_page()
    seconds, size, requests = usable(page, Traffic(page), SOME)
    report.add("first_page.bytes", "the first page, on the wire", size / 1024, "KB", most=350)
    report.add("first_page.requests", "requests for it", requests, "", most=20)
    report.add("first_page.time", "until its list can be used", seconds, "s")
    again = context.new_page()
    traffic = Traffic(again)
    seconds, size, requests = usable(again, traffic, SOME)
    files = [url for url in traffic.asked() if "/assets/" in url]
    report.add("first_page.again", "the same again", size / 1024, "KB", note=f"{requests} requests, {seconds:.2f} s")
    report.add("first_page.again.assets", "files of it that were asked for again", len(files), "", most=0)
    context.close()


def slowly(report, server, browser):
    context = visitor(browser, server)
    page = context.new_page()
    seconds, _, _ = usable(page, Traffic(page, slow=True), SOME)
    report.add("first_page.slow", "until its list can be used, at 400 kbit/s with 400 ms", seconds, "s", most=6.0)
    painted = page.evaluate("performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0") / 1000
    report.add("first_page.slow.paint", "until its frame is drawn there", painted, "s")
    context.close()


def left_open(report, server, browser):
    context = visitor(browser, server)
    page = context.new_page()
    traffic = Traffic(page)
    usable(page, traffic, "/workspaces?q=")
    before, asked = traffic.bytes, len(traffic.asked())
    page.wait_for_timeout(IDLE * 1000)
    report.add("first_page.idle", f"an open list of {WORKSPACES:,} workspaces, nothing happening", (traffic.bytes - before) / 1024 / IDLE, "KB/s", most=2.0,
               note=f"{len(traffic.asked()) - asked} requests in {IDLE} s")
    context.close()
