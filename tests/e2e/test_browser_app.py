"""What the page of a web app can do to whoever looks at it, in a real browser: nothing, though it lies under the dashboard's own address."""

import psycopg
import pytest

from conftest import PASSWORD, Person
from own_app import path_of, push_app

# What a hostile page tries; each try tells what it got. A form's answer is nobody's to see: whether it did anything is asked elsewhere.
PAGE = """<!doctype html><title>hostile</title><script>
const mate = new URLSearchParams(location.search).get('mate');
const sent = (path) => new Promise((done) => {
  const frame = document.body.appendChild(Object.assign(document.createElement('iframe'), {name: path}));
  frame.onload = () => done('sent');
  const form = document.body.appendChild(document.createElement('form'));
  Object.assign(form, {method: 'POST', action: path, target: path});
  form.submit();
});
const tries = {
  cookie: async () => document.cookie,
  read: async () => (await fetch('/api/v2/users/me', {credentials: 'include'})).text(),
  change: async () => (await fetch('/api/v2/users/me/keys', {method: 'POST', credentials: 'include'})).status,
  roles: async () => (await fetch(`/api/v2/users/${mate}/roles`, {
    method: 'PUT', credentials: 'include', headers: {'Content-Type': 'text/plain'}, body: '{"roles":["owner"]}'})).status,
  form_key: async () => sent('/api/v2/users/me/keys'),
  form_logout: async () => sent('/api/v2/users/logout'),
  worker: async () => (await navigator.serviceWorker.register('worker.js', {scope: '/'})).scope,
  keep: async () => localStorage.setItem('a', 'b'),
};
window.addEventListener('load', () => { window.got = (async () => {
  const got = {};
  for (const [name, one] of Object.entries(tries)) {
    try { got[name] = `got ${await one()}`; } catch (error) { got[name] = error.name; }
  }
  return got;
})(); });
</script><body></body>"""

ANSWER = f'''
PAGE = {PAGE!r}

def answer(asked):
    fields = [("Service-Worker-Allowed", "/"), ("Set-Cookie", "theirs=1; Path=/"), ("Set-Cookie", "coder_session_token=theirs; Path=/")]
    path = asked.path.split("?")[0]
    if path == "/worker.js":
        return 200, fields + [("Content-Type", "text/javascript")], b"self.onfetch = () => {{}}"
    return 200, fields + [("Content-Type", "text/html")], PAGE.encode() if path == "/hostile.html" else b"<h1>It works</h1>"
'''


@pytest.fixture(scope="module")
def hostile(owner, tmp_path_factory):
    return push_app(owner, tmp_path_factory.mktemp("hostile") / "host", "hostile", ANSWER)


def member(server, owner, name):
    organization = owner.get("/organizations/default")["id"]
    made = owner.send("POST", "/users", {"email": f"{name}@example.com", "username": name, "password": PASSWORD, "organization_ids": [organization]}, 201)
    with server.api() as http:
        login = http.post("/api/v2/users/login", json={"email": f"{name}@example.com", "password": PASSWORD})
    return made, Person(server, login.json()["session_token"])


def keys(server):
    with psycopg.connect((server.data / "postgres.url").read_text()) as connection:
        return connection.execute("select id from api_keys order by id").fetchall()


def session_of(visitor):
    return [cookie["value"] for cookie in visitor.context.cookies() if cookie["name"] == "coder_session_token"]


def test_a_page_of_an_app_cannot_act_as_its_visitor(server, owner, visitor, hostile):
    mate, _ = member(server, owner, "appmate")
    path = path_of(owner, "owner", owner.create("hostile", hostile))
    before, session = keys(server), session_of(visitor)
    assert len(session) == 1

    page = visitor.go(f"{path}hostile.html?mate={mate['id']}")
    assert page.title() == "hostile"
    got = page.evaluate("() => window.got")

    assert got == {"cookie": "SecurityError", "read": "TypeError", "change": "TypeError", "roles": "TypeError", "form_key": "got sent",
                   "form_logout": "got sent", "worker": "SecurityError", "keep": "SecurityError"}, got
    assert page.evaluate("() => self.origin") == "null"
    # And nothing happened.
    assert keys(server) == before
    assert owner.get(f"/users/{mate['id']}/roles")["roles"] == []
    assert session_of(visitor) == session
    assert visitor.context.request.get("/api/v2/users/me").json()["username"] == "owner"
    assert visitor.context.service_workers == []
    assert {cookie["path"] for cookie in visitor.context.cookies() if cookie["name"] == "theirs"} == {path.rstrip("/")}
    assert "Service-Worker-Allowed" not in owner.http.get(path + "worker.js").headers
    # A link within the app still works: whoever clicks it is who they are.
    page.evaluate("() => { location.href = './'; }")
    page.wait_for_url(f"**{path}")
    assert "It works" in page.content()


def test_an_app_of_somebody_else_does_not_open_for_the_sites_owner(server, owner, visitor, hostile):
    _, sailor = member(server, owner, "sailor")
    path = path_of(sailor, "sailor", sailor.create("lure", hostile))

    answer = visitor.page.goto(path + "hostile.html")

    assert answer.status == 404
    assert visitor.page.title() == "404 - Application Not Found"
    assert "--dangerous-allow-path-app-site-owner-access" in visitor.page.locator("body").inner_text()
    assert visitor.page.evaluate("() => 'got' in window") is False
    assert visitor.page.evaluate("() => document.scripts.length") == 0


def test_signing_in_leads_on_to_the_app(owner, came, hostile):
    path = path_of(owner, "owner", owner.create("later", hostile))
    page = came().page

    page.goto(path)
    page.wait_for_url("**/login?*")
    page.get_by_label("Email").fill("owner@example.com")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(f"**{path}")
    assert "It works" in page.content()
