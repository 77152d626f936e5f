"""Kill -9 of each part: nothing is lost, nothing stays stuck."""

import asyncio
import os
import signal
import subprocess
import time
import uuid

import websockets

from conftest import agent_of, first_user, until
from test_provisioner import staged  # noqa: F401  (a fixture)
from test_terminal import open_terminal, read_until, typed


def reaches(scenario):
    """A terminal that cannot reach its agent yet is closed; whoever holds it tries again."""
    try:
        asyncio.run(scenario())
    except (websockets.exceptions.ConnectionClosed, websockets.exceptions.InvalidStatus):
        return False
    return True


def test_terminal_comes_back_to_the_same_shell_after_the_server_died(fresh):
    server = fresh()
    owner = first_user(server)
    workspace = owner.create("survivor")
    agent, session = agent_of(workspace)["id"], uuid.uuid4()

    async def before():
        async with open_terminal(server, owner, agent, session) as socket:
            await socket.send(typed("KEEP=alive; echo set-$KEEP\r"))
            await read_until(socket, b"set-alive")

    async def after():
        async with open_terminal(server, owner, agent, session) as socket:
            await socket.send(typed("echo was-$KEEP\r"))
            await read_until(socket, b"was-alive")

    asyncio.run(before())
    server.kill()
    server.start()
    until("the terminal reaching its shell again", lambda: reaches(after))
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    owner.built(workspace["id"], "deleted")


def test_a_build_whose_server_died_is_failed_at_once_with_a_reason_and_its_state(staged):
    scene = staged(built_in=True)
    workspace = scene.build(scene.template())
    scene.server.kill()
    scene.server.start()
    begun = time.monotonic()

    job = until("the build ending", lambda: (lambda j: j if j.get("completed_at") else None)(scene.owner.get(f"/workspaces/{workspace}")["latest_build"]["job"]), 60)

    assert job["status"] == "failed" and "was restarted while it ran this job" in job["error"], job
    assert time.monotonic() - begun < 20
    build = scene.owner.get(f"/workspaces/{workspace}")["latest_build"]["id"]
    state = scene.owner.get(f"/workspacebuilds/{build}/state")
    assert any(resource["type"] == "coder_agent" for resource in state["resources"]), state
    scene.gate.touch()
    scene.owner.send("POST", f"/workspaces/{workspace}/builds", {"transition": "start"}, 201)
    scene.owner.built(workspace)
    scene.end(workspace)


def test_postgresql_killed_under_the_server_comes_back(fresh):
    server = fresh()
    owner = first_user(server)
    file = server.folder / "data/postgres/data/postmaster.pid"
    pid, said = int(file.read_text().splitlines()[0]), len(server.log.read_text())

    os.kill(pid, signal.SIGKILL)

    until("another PostgreSQL", lambda: file.exists() and file.read_text().splitlines() and int(file.read_text().splitlines()[0]) != pid, 60)
    until("the server answering again", lambda: owner.http.get("/api/v2/users/me").status_code == 200, 60)
    assert "the embedded PostgreSQL ended and is started again" in server.log.read_text()[said:]
    assert owner.get("/users/me")["username"] == "owner", "what was written before is there"


def test_agent_killed_comes_back_when_its_machine_restarts_it(fresh):
    server = fresh()
    owner = first_user(server)
    workspace = owner.create("agentkill")
    found = subprocess.run(["pgrep", "-f", workspace["id"]], capture_output=True, text=True).stdout.split()
    agents = [int(p) for p in found if "slipway-agent" in open(f"/proc/{p}/comm").read() or "coder" in os.readlink(f"/proc/{p}/exe")]
    assert agents, "the agent's process was not found"

    for pid in agents:
        os.kill(pid, signal.SIGKILL)

    until("the agent seen as gone", lambda: agent_of(owner.get(f"/workspaces/{workspace['id']}"))["status"] != "connected", 60)
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "stop"}, 201)
    owner.built(workspace["id"], "stopped")
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "start"}, 201)
    owner.ready(workspace["id"])
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    owner.built(workspace["id"], "deleted")
