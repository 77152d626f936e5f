"""Debian's Chromium, driven as a person would; what no page may do is watched on every page."""

import pathlib
import re
from contextlib import contextmanager

from playwright.sync_api import expect, sync_playwright

from conftest import ARTEFACTS, ROOT

CHROMIUM = "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
AXE = ROOT / "web/node_modules/axe-core/axe.min.js"
SHOTS = ARTEFACTS / "browser"
WIDTHS = {360: 760, 768: 1024, 1440: 900}
LOOKS = ("light", "dark")
SHIFT = 0.05
expect.set_options(timeout=20_000)

# What a page tells of itself: what moved without being touched, and what its policy refused.
WATCH = """
  window.slipwayWatch = {shift: 0, refused: []};
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.slipwayWatch.shift += entry.value;
  }).observe({type: 'layout-shift', buffered: true});
  document.addEventListener('securitypolicyviolation', (event) => window.slipwayWatch.refused.push(`${event.violatedDirective} ${event.blockedURI}`));
"""

AXE_RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations
  .filter((found) => found.impact === 'serious' || found.impact === 'critical')
  .map((found) => `${found.id}: ` + found.nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.failureSummary.split('\\n')[1]}`).join('; '))"""


@contextmanager
def chromium(*flags):
    """One browser for a file of tests. Ends with it: Playwright's loop and asyncio.run() do not share a thread."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, *flags])
        yield running
        running.close()


class Visitor:
    """Somebody at a browser: a window of their own, and everything that went wrong in it."""

    def __init__(self, chromium, url, **more):
        self.url, self.faults, self.expected, self.known = url, [], [], []
        self.context = chromium.new_context(base_url=url, viewport={"width": 1440, "height": WIDTHS[1440]}, color_scheme="light", reduced_motion="reduce",
                                            permissions=["clipboard-read", "clipboard-write"], **more)
        self.context.set_default_timeout(30_000)
        self.context.add_init_script(WATCH)
        self.context.on("page", self._watch)
        self.page = self.context.new_page()

    def _watch(self, page):
        def console(message):
            said = f"{message.text} ({message.location.get('url', '')})"
            if message.type == "error" and not self._is_expected(message) and not any(pattern.search(said) for pattern in self.known):
                self.faults.append(f"console on {page.url}: {said}")
        page.on("console", console)
        page.on("pageerror", lambda error: self.faults.append(f"thrown on {page.url}: {error}"))

    def _is_expected(self, message):
        where = message.location.get("url", "")
        if not where.startswith(self.url):
            return False
        return any(re.search(rf"status of {status}\b", message.text) and re.search(path, where) for status, path in self.expected)

    def expecting(self, status, path):
        """Chromium writes each refused request to the console; the ones that belong to a page's work are named."""
        self.expected.append((status, path))
        return self

    def used_to(self, *patterns):
        """What an app writes to the console as an error whoever opens it."""
        self.known.extend(patterns)
        return self

    def go(self, path):
        self.page.goto(path)
        return self.page

    def sign_in(self, email, password):
        page = self.go("/login")
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", level=1, name="Workspaces")).to_be_visible()
        return page

    def look(self, name, page=None, still=True):
        """Keeps the page at each width and look, and asks axe about it at the widest and the narrowest."""
        page = page or self.page
        page.wait_for_load_state()
        page.evaluate("() => document.fonts.ready")
        SHOTS.mkdir(parents=True, exist_ok=True)
        if still:
            shift = page.evaluate("() => window.slipwayWatch.shift")
            assert shift <= SHIFT, f"{name} ({page.url}) moved by {shift:.3f} while it loaded"
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(pathlib.Path(AXE).read_text(encoding="utf-8"))
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            # As tall as the page, so that what sticks to an edge is at the edge in the picture, too.
            tall = page.evaluate("() => document.documentElement.scrollHeight")
            page.set_viewport_size({"width": width, "height": max(height, min(tall, 4000))})
            for scheme in LOOKS:
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                page.wait_for_function("(look) => document.documentElement.dataset.theme === look", arg=scheme)
                page.screenshot(path=SHOTS / f"{name}-{width}-{scheme}.png", animations="disabled")
                if (width, scheme) in ((360, "dark"), (1440, "light")):
                    found = page.evaluate(AXE_RUN)
                    assert not found, f"axe on {name} at {width} px, {scheme}: " + "\n".join(found)
            wide = page.evaluate("() => document.documentElement.scrollWidth - window.innerWidth")
            assert wide <= 0, f"{name} is {wide} px wider than a window of {width} px"
        page.set_viewport_size({"width": 1440, "height": WIDTHS[1440]})
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        self.well(page)

    def glance(self, name, page=None):
        """One picture of what passes too quickly for more."""
        SHOTS.mkdir(parents=True, exist_ok=True)
        (page or self.page).screenshot(path=SHOTS / f"{name}-1440-light.png")

    def well(self, page=None):
        """Nothing was refused, thrown or written to the console as an error."""
        refused = (page or self.page).evaluate("() => window.slipwayWatch ? window.slipwayWatch.refused : []")
        assert not refused, refused
        assert not self.faults, "\n".join(self.faults)

    def close(self):
        self.context.close()


@contextmanager
def windows(browser, url):
    """Makes windows of anybody's at that server, signed out, and closes them at the end."""
    visitors = []

    def come(to=url):
        visitors.append(Visitor(browser, to).expecting(401, "/api/v2/users/me$"))
        return visitors[-1]

    yield come
    for visitor in visitors:
        visitor.close()


@contextmanager
def windows_of(browser, url, password):
    """As windows(), of people of that server by their names, signed in."""
    with windows(browser, url) as come:
        def signed_in(name):
            visitor = come()
            visitor.sign_in(f"{name}@example.com", password)
            return visitor

        yield signed_in


# Notes the stages of a log as the page draws them, with the moment each was first seen.
STAGES = """() => {
  window.slipwayStages = [];
  const note = () => {
    for (const row of document.querySelectorAll('.log-stage .clip'))
      if (!window.slipwayStages.some((seen) => seen.name === row.textContent)) window.slipwayStages.push({name: row.textContent, at: performance.now()});
  };
  note();
  window.slipwayStagesWatch?.disconnect();
  window.slipwayStagesWatch = new MutationObserver(note);
  window.slipwayStagesWatch.observe(document.body, {subtree: true, childList: true, characterData: true});
}"""


def note_stages(page):
    page.evaluate(STAGES)


def noted_stages(page):
    return page.evaluate("() => window.slipwayStages")
