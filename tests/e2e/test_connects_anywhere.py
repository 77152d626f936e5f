"""Agent, command line and terminal from behind and through what stands in the way: reverse proxies, a company's proxy, a private
authority."""

import asyncio
import hashlib
import json
import os
import pathlib
import shutil
import ssl
import subprocess
import uuid

import pytest
import websockets

from conftest import PASSWORD, PROGRAMS, ROOT, Person, folder_for_server, Server, until
from fronts import NAME, Authority, Outbound, agent, front
from test_replicas import owner_database
from test_terminal import read_until, typed

KINDS = ("nginx", "haproxy")
WORKSPACES = 8


def hashed(text):
    return str(uuid.UUID(hashlib.md5(text.encode()).hexdigest()))


class Place:
    """A server with workspaces whose agents a test starts where it likes."""

    def __init__(self, folder):
        self.folder, self.taken = folder, 0
        self.authority = Authority(folder)
        self.server = Server(folder, "--trusted-proxies", "127.0.0.1/32", "--provisioner-daemons", "0").start()
        with self.server.api() as http:
            made = http.post("/api/v2/users/first", json={"email": "bench@example.com", "username": "bench", "password": PASSWORD})
            assert made.status_code == 201, made.text
            login = http.post("/api/v2/users/login", json={"email": "bench@example.com", "password": PASSWORD})
        self.owner = Person(self.server, login.json()["session_token"])
        psql = next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"), None) or shutil.which("psql")
        subprocess.run([str(psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-v", f"count={WORKSPACES}", "-f", str(ROOT / "bench/workspaces.sql"),
                        owner_database(self.server)], check=True, timeout=60, capture_output=True)

    def workspace(self):
        """One that no other test has: its name, its agent's id and token."""
        self.taken += 1
        return f"many-{self.taken}", hashed(f"agent{self.taken}"), hashed(f"token{self.taken}")

    def connected(self, agent_id):
        until("the agent being connected", lambda: self.owner.get(f"/workspaceagents/{agent_id}")["status"] == "connected", 60)

    def cli(self, url, *words, check=True, **env):
        env = {"PATH": os.environ["PATH"], "HOME": self.owner.config, "SLIPWAY_URL": url, "SLIPWAY_SESSION_TOKEN": self.owner.token, "NO_COLOR": "1", **env}
        done = subprocess.run([str(PROGRAMS / "slipway"), *words], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if check:
            assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done

    def terminal(self, port, agent_id):
        url = f"wss://localhost:{port}/api/v2/workspaceagents/{agent_id}/pty?reconnect={uuid.uuid4()}&width=80&height=24"
        trusted = ssl.create_default_context(cafile=str(self.authority.root))
        return websockets.connect(url, additional_headers={"Coder-Session-Token": self.owner.token}, ssl=trusted, ping_interval=None, max_size=None)


@pytest.fixture(scope="module")
def place():
    with folder_for_server() as folder:
        made = Place(folder)
        yield made
        made.server.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_all_goes_through_one_https_port_of_a_reverse_proxy(place, kind, tmp_path):
    name, agent_id, token = place.workspace()
    trust = {"SSL_CERT_FILE": str(place.authority.root)}
    with front(kind, tmp_path / kind, place.server.port, place.authority) as port:
        url = f"https://localhost:{port}"
        with agent(tmp_path / "agent", url, token, **trust):
            place.connected(agent_id)

            looked = json.loads(place.cli(url, "netcheck", name, "--output", "json", **trust).stdout)
            pinged = json.loads(place.cli(url, "ping", name, "--count", "3", "--output", "json", **trust).stdout)
            measured = json.loads(place.cli(url, "speedtest", name, "--time", "1s", "--output", "json", **trust).stdout)
            spoken = place.cli(url, "ssh", name, "echo", "through-$((40+2))", **trust).stdout

            async def at_the_terminal():
                async with place.terminal(port, agent_id) as socket:
                    await socket.send(typed("echo there-$((40+2))\r"))
                    await read_until(socket, b"there-42")

            asyncio.run(at_the_terminal())

    assert looked["ok"] and [hop["status"] for hop in looked["hops"] if hop["name"] != "proxy"] == ["ok"] * 7, looked
    assert pinged["answered"] == 3 and 0 < pinged["min_ms"] <= pinged["avg_ms"] <= pinged["max_ms"], pinged
    assert measured["overall"]["throughput_mbits"] > 0 and measured["upload"]["overall"]["throughput_mbits"] > 0 and measured["intervals"], measured
    assert "through-42" in spoken


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_an_idle_terminal_outlives_the_time_limits_of_a_reverse_proxy(place, kind, tmp_path):
    """The terminal's own end sends nothing at all: what keeps it open is the server."""
    _, agent_id, token = place.workspace()
    with front(kind, tmp_path / kind, place.server.port, place.authority) as port:
        with agent(tmp_path / "agent", f"https://localhost:{port}", token, SSL_CERT_FILE=str(place.authority.root)):
            place.connected(agent_id)

            async def idle():
                async with place.terminal(port, agent_id) as socket:
                    await socket.send(typed("stty -echo; echo ready-$((40+2))\r"))
                    await read_until(socket, b"ready-42")
                    with pytest.raises(TimeoutError):
                        await read_until(socket, b"the prompt comes, and then nothing", 70)
                    await socket.send(typed("echo still-$((40+2))\r"))
                    await read_until(socket, b"still-42")

            asyncio.run(idle())


def test_a_companys_proxy_with_a_password_is_on_the_way_of_agent_and_command_line(place, tmp_path):
    name, agent_id, token = place.workspace()
    with Outbound("ana", "open sesame") as proxy, front("nginx", tmp_path / "nginx", place.server.port, place.authority) as port:
        url = f"https://{NAME}:{port}"
        env = {"SSL_CERT_FILE": str(place.authority.root), "HTTPS_PROXY": proxy.url("ana:open%20sesame")}
        with agent(tmp_path / "agent", url, token, **env):
            place.connected(agent_id)
            agents = len(proxy.passed)

            looked = json.loads(place.cli(url, "netcheck", name, "--output", "json", **env).stdout)
            spoken = place.cli(url, "ssh", name, "echo", "through-$((40+2))", **env).stdout

    assert looked["ok"] and [hop["status"] for hop in looked["hops"]] == ["ok"] * 8, looked
    assert "through-42" in spoken
    assert agents >= 1 and len(proxy.passed) > agents and set(proxy.passed) == {f"{NAME}:{port}"}
    assert not proxy.turned_away


def test_a_proxy_that_does_not_know_us_is_named_and_the_password_is_not(place, tmp_path):
    name, _, token = place.workspace()
    with Outbound("ana", "sesame") as proxy:
        url = f"https://{NAME}:443"
        env = {"HTTPS_PROXY": proxy.url("ana:hunter2")}
        with agent(tmp_path / "agent", url, token, **env) as log:
            until("the agent saying why", lambda: "does not accept the user name and password in HTTPS_PROXY (407)" in log.read_text(), 30)
            assert "hunter2" not in log.read_text()
        said = place.cli(url, "show", name, check=False, **env)
        without = place.cli(url, "show", name, check=False, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}")
        looked = place.cli(url, "netcheck", "--output", "json", check=False, **env)

    assert said.returncode == 1 and f"The proxy http://127.0.0.1:{proxy.port} does not accept" in said.stderr and "hunter2" not in said.stderr
    assert f"The proxy http://127.0.0.1:{proxy.port} wants a password (407)" in without.stderr
    assert looked.returncode == 1 and json.loads(looked.stdout)["failing"] == "proxy"


def test_what_no_proxy_names_and_this_machine_go_straight(place, tmp_path):
    with Outbound("ana", "sesame") as proxy:
        here = place.cli(place.server.url, "netcheck", ALL_PROXY=f"http://127.0.0.1:{proxy.port}")
        named = place.cli(f"https://{NAME}", "netcheck", "--output", "json", check=False, HTTPS_PROXY=f"http://127.0.0.1:{proxy.port}", NO_PROXY="other.example,.test")

    assert "There is none on the way." in here.stdout
    assert json.loads(named.stdout)["failing"] in ("name", "TCP")
    assert not proxy.passed and not proxy.turned_away


def test_a_private_authority_is_trusted_by_file_or_by_folder(place, tmp_path):
    authority = place.authority
    folder = tmp_path / "roots"
    folder.mkdir()
    shutil.copy(authority.root, folder / "any-name.crt")
    with front("nginx", tmp_path / "nginx", place.server.port, authority) as port:
        url = f"https://localhost:{port}"
        stranger = place.cli(url, "netcheck", "--output", "json", check=False)
        by_file = place.cli(url, "whoami", SSL_CERT_FILE=str(authority.root))
        by_folder = place.cli(url, "whoami", SSL_CERT_DIR=f"/nonexistent:{folder}")
        broken = place.cli(url, "whoami", check=False, SSL_CERT_FILE=str(authority.key))

    looked = json.loads(stranger.stdout)
    assert stranger.returncode == 1 and looked["failing"] == "TLS" and "SSL_CERT_FILE" in next(hop for hop in looked["hops"] if hop["name"] == "TLS")["advice"]
    assert "bench" in by_file.stdout and "bench" in by_folder.stdout
    assert broken.returncode == 1 and f"SSL_CERT_FILE names {authority.key}, in which there is no certificate" in broken.stderr
