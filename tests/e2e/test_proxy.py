"""A workspace proxy of its own process beside the server: apps and terminals by it, a real browser's way there, and what is left when either goes."""

import asyncio
import os
import re
import signal
import subprocess
import uuid

import httpx
import pytest
import websockets

from conftest import SANITIZERS, SERVER, agent_of, first_user, until
from own_app import push_app
from test_terminal import read_until, typed

ANSWER = '''
def answer(asked):
    return 200, [("Content-Type", "text/plain")], (asked.path + "\\n" + "".join(f"{k}: {v}\\n" for k, v in asked.headers.items())).encode()
'''


class Proxy:
    def __init__(self, server, token, **variables):
        self.log = server.folder / f"proxy-{uuid.uuid4().hex[:8]}.log"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("CODER_", "SLIPWAY_"))}
        self.env |= dict(CODER_PRIMARY_ACCESS_URL=server.url, CODER_PROXY_SESSION_TOKEN=token, SLIPWAY_HTTP_ADDRESS="127.0.0.1:0",
                         SLIPWAY_SHUTDOWN_GRACE="5s", **SANITIZERS) | variables
        self.process = None

    def start(self):
        self.process = subprocess.Popen([str(SERVER), "proxy"], stdout=subprocess.PIPE, stderr=open(self.log, "a"), env=self.env, text=True,
                                        start_new_session=True)
        for line in self.process.stdout:
            if found := re.search(r"proxy is ready: (http\S+)", line):
                self.url = found[1]
                return self
        raise AssertionError(f"the proxy ended before it was ready: {self.log.read_text()[-3000:]}")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0, self.log.read_text()[-3000:]


class Scene:
    """A server, a proxy of it, and a workspace with a web app."""

    def __init__(self, server, person):
        self.server, self.owner = server, person
        self.token = person.cli("proxies", "create", "far", "--display-name", "Far away", "--only-token").stdout.strip()
        self.proxy = Proxy(server, self.token).start()
        template = push_app(person, server.folder / f"app-{uuid.uuid4().hex[:8]}", "tells", ANSWER)
        self.workspace = person.create("near", template)
        app = next(a for a in agent_of(self.workspace)["apps"] if not a.get("command"))
        self.path = f"/@owner/{self.workspace['name']}/apps/{app['slug']}/"
        until("the app's page", lambda: person.http.get(self.path).status_code == 200)

    def status(self):
        return next(one for one in self.owner.get("/workspaceproxies")["regions"] if one["name"] == "far")["status"]["status"]

    def visitor(self, token=""):
        return httpx.Client(base_url=self.proxy.url, headers={"Coder-Session-Token": token} if token else {}, timeout=60)


@pytest.fixture()
def scene(fresh):
    server = fresh()
    made = Scene(server, first_user(server))
    yield made
    made.proxy.stop()


def test_an_app_by_a_proxy_goes_on_when_its_primary_is_gone(scene):
    with scene.visitor(scene.owner.token) as visitor:
        first = visitor.get(scene.path + "deep%2Fer?q=1")
        assert first.status_code == 200, first.text
        assert first.text.startswith("/deep%2Fer?q=1\n")
        assert scene.owner.token not in first.text
        assert "coder_signed_app_token" in visitor.cookies
    kept = {"coder_signed_app_token": first.cookies["coder_signed_app_token"]}

    scene.server.kill()

    # How long that goes on, by a clock that a test moves: ProxyMinute of proxy_db_test.cpp.
    with scene.visitor() as visitor:
        for _ in range(20):
            answer = visitor.get(scene.path, cookies=kept)
            assert answer.status_code == 200, answer.text
    with scene.visitor(scene.owner.token) as visitor:
        refused = visitor.get(scene.path)
        assert refused.status_code == 502
        assert "Try again in a moment" in refused.text


def test_who_may_not_is_told_by_the_primary(scene):
    with scene.visitor() as nobody:
        sent = nobody.get(scene.path, follow_redirects=False)
        assert sent.status_code == 303
        assert sent.headers["Location"].startswith(f"{scene.server.url}/api/v2/applications/auth-redirect?redirect_uri=")
    with scene.visitor(scene.owner.token) as owner:
        absent = owner.get(f"/@owner/{scene.workspace['name']}/apps/none/")
        assert absent.status_code == 404
        assert "Application Not Found" in absent.text


def test_somebody_who_is_signed_in_at_the_primary_gets_there_and_back(scene):
    # Two clients, for both servers are 127.0.0.1 here: a browser keeps the cookies of their hosts apart.
    with httpx.Client(timeout=60) as at_primary, scene.visitor() as at_proxy:
        at_primary.cookies.set("coder_session_token", scene.owner.token, domain="127.0.0.1")
        start = scene.proxy.url + scene.path
        sent = at_proxy.get(start)
        assert sent.status_code == 303
        back = at_primary.get(sent.headers["Location"])
        assert back.status_code == 303, back.text
        assert back.headers["Location"].startswith(start)
        entered = at_proxy.get(back.headers["Location"])
        assert entered.status_code == 303, entered.text
        assert "coder_path_app_session_token" in at_proxy.cookies
        shown = at_proxy.get(start)
        assert shown.status_code == 200, shown.text
        assert "coder_path_app_session_token" not in shown.text
        assert "coder_signed_app_token" in at_proxy.cookies


def test_a_terminal_by_a_proxy(scene):
    agent = agent_of(scene.workspace)["id"]
    url = scene.proxy.url.replace("http", "ws", 1) + f"/api/v2/workspaceagents/{agent}/pty"
    signed = scene.owner.send("POST", "/applications/reconnecting-pty-signed-token", {"url": url, "agentID": agent})["signed_token"]

    async def scenario():
        query = f"?reconnect={uuid.uuid4()}&width=80&height=24&coder_signed_app_token_23db1dde={signed}"
        async with websockets.connect(url + query, max_size=None) as socket:
            await socket.send(typed("echo by-$((40+2))\r"))
            await read_until(socket, b"by-42")
            scene.server.kill()
            await socket.send(typed("echo still-$((40+2))\r"))
            await read_until(socket, b"still-42")

    asyncio.run(scenario())


def test_a_proxy_is_listed_with_its_health(scene):
    assert scene.status() == "ok"
    regions = {one["name"]: one for one in scene.owner.get("/regions")["regions"]}
    assert regions["far"]["healthy"] and regions["far"]["path_app_url"] == scene.proxy.url
    listed = scene.owner.cli("proxies", "list").stdout
    assert "far" in listed and "primary" in listed and "ok" in listed
    with httpx.Client() as anybody:
        for url in (scene.server.url, scene.proxy.url):
            timed = anybody.get(url + "/latency-check", headers={"Origin": "https://elsewhere.example.com"})
            assert timed.status_code == 200 and timed.headers["Access-Control-Allow-Origin"] == "*"

    scene.proxy.stop()

    assert scene.status() == "unreachable"


def test_a_token_that_was_replaced_starts_nothing(scene):
    scene.proxy.stop()
    fresh = scene.owner.cli("proxies", "regenerate-token", "far", "--yes", "--only-token").stdout.strip()
    old = subprocess.run([str(SERVER), "proxy"], env=scene.proxy.env, capture_output=True, text=True, timeout=60)
    assert old.returncode == 1
    assert "does not take this proxy" in old.stderr

    scene.proxy = Proxy(scene.server, fresh).start()

    assert scene.status() == "ok"
