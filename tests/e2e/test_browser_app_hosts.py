"""An app on a host of its own in a real browser: led through signing in, with an origin of its own, and signed out with the dashboard."""

import re

import pytest

from browser import Visitor
from conftest import PASSWORD, first_user
from own_app import path_of, push_app

# Browsers take every name below localhost for this machine.
WILDCARD = "*.apps.localhost"
PAGE = """<!doctype html><title>own host</title><script>
window.addEventListener('load', () => { window.got = (async () => {
  localStorage.setItem('a', 'kept');
  const mine = await fetch('/data', {method: 'POST', body: 'x'});
  return {origin: self.origin, kept: localStorage.getItem('a'), mine: await mine.text(), cookie: document.cookie};
})(); });
</script><link rel="icon" href="data:,"><body>It works</body>"""
ANSWER = f'''
PAGE = {PAGE!r}

def answer(asked):
    if asked.path == "/data":
        return 200, [("Content-Type", "text/plain")], str("coder_" in asked.headers.get("Cookie", "")).encode()
    return 200, [("Content-Type", "text/html"), ("Set-Cookie", "theirs=1"), ("Set-Cookie", "coder_session_token=theirs")], PAGE.encode()
'''


@pytest.fixture()
def hosted(fresh):
    """A server with hosts of apps, and its owner."""
    server = fresh("--wildcard-access-url", WILDCARD)
    person = first_user(server)
    yield server, person
    for workspace in person.get("/workspaces")["workspaces"]:
        person.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
        person.built(workspace["id"], "deleted")


def test_an_app_on_a_host_of_its_own_is_an_origin_of_its_own(hosted, browser, tmp_path):
    server, owner = hosted
    workspace = owner.create("dev", push_app(owner, tmp_path / "host", "own", ANSWER))
    slug = path_of(owner, "owner", workspace).split("/")[-2]
    host = f"{slug}--main--dev--owner.apps.localhost:{server.port}"
    visitor = Visitor(browser, server.url).expecting(401, "/api/v2/users/me$")
    visitor.sign_in("owner@example.com", PASSWORD)

    visitor.page.goto(f"http://{host}/")
    visitor.page.wait_for_url(re.compile(rf"^http://{re.escape(host)}/$"))
    got = visitor.page.evaluate("() => window.got")

    assert got == {"origin": f"http://{host}", "kept": "kept", "mine": "False", "cookie": "theirs=1"}, got
    names = {cookie["name"] for cookie in visitor.context.cookies(f"http://{host}/")}
    assert "coder_signed_app_token" in names
    assert any(name.startswith("coder_subdomain_app_session_token_") for name in names)
    assert "coder_session_token" not in names
    visitor.close()
