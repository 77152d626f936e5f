"""What the page of a web app can do to whoever looks at it, in a real browser: nothing, though it lies under the dashboard's own address."""

import pytest

from browser import Visitor, chromium
from conftest import PASSWORD, agent_of, until

# What a hostile page tries; each try tells what it got.
PAGE = """<!doctype html><title>hostile</title><script>
const tries = {
  cookie: async () => document.cookie,
  read: async () => (await fetch('/api/v2/users/me', {credentials: 'include'})).text(),
  change: async () => (await fetch('/api/v2/users/me/keys', {method: 'POST', credentials: 'include'})).status,
  worker: async () => (await navigator.serviceWorker.register('worker.js', {scope: '/'})).scope,
  keep: async () => localStorage.setItem('a', 'b'),
};
window.got = (async () => {
  const got = {};
  for (const [name, one] of Object.entries(tries)) {
    try { got[name] = `got ${await one()}`; } catch (error) { got[name] = error.name; }
  }
  return got;
})();
</script>"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as running:
        yield running


def test_a_page_of_an_app_cannot_act_as_its_visitor(server, owner, browser):
    workspace = owner.create("hostile")
    app = next(a for a in agent_of(workspace)["apps"] if not a.get("command"))
    path = f"/@owner/hostile/apps/{app['slug']}/"
    until("the app's page", lambda: owner.http.get(path).status_code == 200)
    folder = owner.cli("ssh", "hostile", "--", "cd ~/project && pwd").stdout.strip()
    owner.cli("ssh", "hostile", "--", f"cat > {folder}/hostile.html", stdin=PAGE)
    owner.cli("ssh", "hostile", "--", f"echo 'self.onfetch = () => {{}}' > {folder}/worker.js")

    visitor = Visitor(browser, server.url)
    visitor.sign_in("owner@example.com", PASSWORD)
    page = visitor.go(path + "hostile.html")
    assert page.title() == "hostile"
    got = page.evaluate("() => window.got")
    assert got == {"cookie": "SecurityError", "read": "TypeError", "change": "TypeError", "worker": "SecurityError", "keep": "SecurityError"}, got
    assert page.evaluate("() => self.origin") == "null"
    # A link within the app still works: whoever clicks it is who they are.
    page.evaluate("() => { location.href = './'; }")
    page.wait_for_url(f"**{path}")
    assert "It works" in page.content()
    visitor.close()
