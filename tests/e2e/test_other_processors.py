"""The program for ARM-64 as `./dev dist` made it, run by an emulator: what its server says of it, the command line, ssh through it, and an agent."""

import json
import os
import shutil
import subprocess

import httpx
import pytest

from conftest import PROGRAMS, TOOLS, agent_of, first_user, until
from test_agent_roots import workspace_of

pytestmark = pytest.mark.long

EMULATORS = {"arm64": "qemu-aarch64-static"}


@pytest.fixture(params=EMULATORS)
def foreign(request, fresh):
    """What runs the downloaded program, a server with an owner, and the folder of all that."""
    emulator = shutil.which(EMULATORS[request.param], path=f"{TOOLS}/qemu/usr/bin:/usr/bin")
    if not (PROGRAMS / f"slipway-linux-{request.param}").exists() or not emulator:
        pytest.skip(f"./dev dist {request.param} has not run here")
    server = fresh()
    owner = first_user(server)
    answer = httpx.get(f"{server.url}/bin/coder-linux-{request.param}", timeout=60)
    program = server.folder / "coder"
    program.write_bytes(answer.content)
    program.chmod(0o755)
    yield [emulator, str(program)], server, owner
    server.stop()


def run(command, *words, env=None):
    return subprocess.run([*command, *words], env={"PATH": "/usr/bin:/bin", **(env or {})}, capture_output=True, text=True, timeout=120)


def test_it_is_command_line_and_agent(foreign):
    command, server, owner = foreign
    told = run(command, "version", "--output", "json")
    assert json.loads(told.stdout)["version"] == server.api().get("/api/v2/buildinfo").json()["version"]
    config = ["--global-config", str(server.folder / "config")]
    logged_in = run(command, *config, "login", "--use-token-as-session", server.url, env={"CODER_SESSION_TOKEN": owner.token})
    assert logged_in.returncode == 0 and (server.folder / "config/session").read_text() == owner.token, logged_in
    for part in ("cpu", "mem", "disk"):
        used = json.loads(run(command, "stat", part, "--output", "json", env={"HOME": "/"}).stdout)
        assert used["used"] >= 0 and set(used) == {"total", "unit", "used"}

    workspace, token = workspace_of(owner, "foreign")
    env = {"PATH": "/usr/bin:/bin", "HOME": str(server.folder), "CODER_AGENT_TOKEN": token, "CODER_AGENT_URL": server.url,
           "CODER_AGENT_LOG_DIR": str(server.folder / "logs"), "CODER_AGENT_SCRIPT_DATA_DIR": str(server.folder / "scripts")}
    with open(server.folder / "agent.log", "w+") as log:
        agent = subprocess.Popen([*command, "agent", "--no-reap"], env=env, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            found = owner.ready(workspace)
            assert agent_of(found)["version"] == json.loads(told.stdout)["version"]
            proxy = " ".join([*command, *config, "ssh", "--stdio", "%h"])
            ssh = ["ssh", "-o", f"ProxyCommand={proxy}", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "foreign"]
            there = run(ssh, "echo $CODER_WORKSPACE_NAME")
            assert (there.returncode, there.stdout) == (0, "foreign\n"), there
            big = server.folder / "big"
            big.write_bytes(os.urandom(16 << 20))
            with open(big, "rb") as sent, open(server.folder / "back", "wb") as back:
                assert subprocess.run([*ssh, "cat"], stdin=sent, stdout=back, timeout=300).returncode == 0
            assert (server.folder / "back").read_bytes() == big.read_bytes()
            until("the agent's numbers", lambda: agent_of(owner.get(f"/workspaces/{workspace}"))["status"] == "connected", 30)
        finally:
            agent.terminate()
            assert agent.wait(60) is not None
            log.seek(0)
            print(log.read()[-3000:])
