"""A terminal, SSH and a web app in a real workspace."""

import asyncio
import json
import subprocess
import uuid

import websockets

from conftest import PROGRAMS, agent_of
from own_app import path_of, push_app


async def read_until(socket, wanted, seconds=30):
    seen = b""
    async with asyncio.timeout(seconds):
        while wanted not in seen:
            message = await socket.recv()
            seen += message if isinstance(message, bytes) else message.encode()
    return seen


def open_terminal(server, person, agent, reconnect, **more):
    query = "&".join([f"reconnect={reconnect}", "width=80", "height=24", *(f"{k}={v}" for k, v in more.items())])
    url = server.url.replace("http", "ws", 1) + f"/api/v2/workspaceagents/{agent}/pty?{query}"
    return websockets.connect(url, additional_headers={"Coder-Session-Token": person.token}, max_size=None)


def typed(text):
    return json.dumps({"data": text}).encode()


def test_terminal_keeps_its_shell_and_its_scroll_back(server, owner):
    agent = agent_of(owner.create("term"))["id"]
    session = uuid.uuid4()

    async def scenario():
        async with open_terminal(server, owner, agent, session) as socket:
            await socket.send(typed("MARK=$((40+2)); echo first-$MARK\r"))
            await read_until(socket, b"first-42")
            await socket.send(json.dumps({"width": 101, "height": 33}).encode())
            await socket.send(typed("stty size\r"))
            await read_until(socket, b"33 101")
        async with open_terminal(server, owner, agent, session) as again:
            replay = await read_until(again, b"33 101")
            assert b"first-42" in replay
            await again.send(typed("echo still-$MARK\r"))
            await read_until(again, b"still-42")
        async with open_terminal(server, owner, agent, uuid.uuid4()) as other:
            await other.send(typed("echo other-${MARK:-none}\r"))
            await read_until(other, b"other-none")

    asyncio.run(scenario())


def test_a_terminal_knows_whose_workspace_it_is_in(server, owner):
    workspace = owner.create("whose")

    async def scenario():
        async with open_terminal(server, owner, agent_of(workspace)["id"], uuid.uuid4()) as socket:
            await socket.send(typed("echo whose-$CODER_WORKSPACE_OWNER_NAME-$CODER_WORKSPACE_ID\r"))
            await read_until(socket, f"whose-owner-{workspace['id']}".encode())

    asyncio.run(scenario())


def test_openssh_reaches_the_workspace_by_the_command_line(owner, tmp_path):
    workspace = owner.create("sshbox")
    owner.cli("config-ssh", "--yes")
    config = f"{owner.config}/.ssh/config"
    env = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": owner.config, "SLIPWAY_URL": owner.server.url, "SLIPWAY_SESSION_TOKEN": owner.token}

    def run(*command, **kw):
        return subprocess.run(command, env=env, capture_output=True, timeout=120, **kw)

    hosts = [line.split()[1] for line in open(config) if line.strip().startswith("Host ")]
    host = next((h for h in hosts if "*" not in h), hosts[0]).replace("*", "sshbox")
    done = run("ssh", "-F", config, host, "echo $CODER_WORKSPACE_NAME $CODER_WORKSPACE_OWNER_NAME $CODER_WORKSPACE_ID; exit 7")
    assert (done.stdout.decode().split(), done.returncode) == (["sshbox", "owner", workspace["id"]], 7), done
    big = tmp_path / "big"
    big.write_bytes(bytes(range(256)) * 20000)
    copied = run("scp", "-F", config, str(big), f"{host}:/tmp/slipway-e2e-big")
    assert copied.returncode == 0, copied
    back = run("ssh", "-F", config, host, "cat /tmp/slipway-e2e-big; rm /tmp/slipway-e2e-big")
    assert back.stdout == big.read_bytes()
    synced = run("rsync", "-e", f"ssh -F {config}", str(big), f"{host}:/tmp/slipway-e2e-rsync")
    assert synced.returncode == 0, synced
    run("ssh", "-F", config, host, "rm /tmp/slipway-e2e-rsync")


ECHO = """
def answer(asked):
    return 200, [("Content-Type", "text/plain")], (asked.requestline + "\\n" + str(asked.headers)).encode()
"""


def test_web_app_gets_neither_our_cookie_nor_our_header(server, owner, tmp_path):
    template = push_app(owner, tmp_path / "host", "echo", ECHO)
    path = path_of(owner, "owner", owner.create("webapp", template))
    more = {"X-Mine": "kept"}
    ways = [{"Coder-Session-Token": owner.token}, {"Authorization": f"Bearer {owner.token}"}, {"Cookie": f"coder_session_token={owner.token}; theirs=1"}]

    with server.api() as http:
        for way in ways:
            heard = http.get(path + "page", headers=way | more)
            assert heard.status_code == 200, (way, heard.text)
            assert heard.text.startswith("GET /page HTTP/1.1") and "X-Mine: kept" in heard.text
            assert owner.token not in heard.text and "coder_session_token" not in heard.text.lower().replace("-", "_"), heard.text
            assert ("theirs=1" in heard.text) == ("Cookie" in way)
    with server.api() as http:  # which has no token of the app's either
        stranger = http.get(path + "page", headers=more)
        assert stranger.status_code == 303 and stranger.headers["Location"].startswith("/login?") and "X-Mine" not in stranger.text, (stranger.status_code, stranger.text)
