"""Agents that are processes of this machine, and the server that they belong to."""

import contextlib
import os
import signal
import subprocess
import time

from rig import BIN, ROOT, Server, until


class Fleet:
    """Real slipway-agent processes, each with a home of its own, for the workspaces of bench/workspaces.sql."""

    def __init__(self, server, most):
        self.server, self.running = server, []
        server.sql("-v", f"count={most}", "-f", str(ROOT / "bench/workspaces.sql"))
        self.tokens = server.sql("-c", f"select md5('token' || i)::uuid from generate_series(1, {most}) i").split()

    def start_up_to(self, count, seconds=90):
        """Seconds until so many are ready."""
        began = time.monotonic()
        self.running.extend(start_agent(self.server, i, self.tokens[i]) for i in range(len(self.running), count))
        ready = "select count(*) from workspace_agents where last_connected_at is not null and lifecycle_state = 'ready'"
        until(f"{count} agents being ready", lambda: int(self.server.sql("-c", ready)) == count, seconds, 0.3)
        return time.monotonic() - began

    def end(self):
        for agent in self.running:
            agent.send_signal(signal.SIGTERM)
        for agent in self.running:
            try:
                agent.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(agent.pid, signal.SIGKILL)
                agent.wait(10)
        self.running = []


def start_agent(server, number, token):
    home = server.folder / f"agent-{number}"
    home.mkdir()
    env = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home), "CODER_AGENT_URL": server.url, "CODER_AGENT_TOKEN": token}
    return subprocess.Popen([str(BIN / "slipway-agent"), "agent", "--no-reap"], cwd=home, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.DEVNULL, start_new_session=True)


@contextlib.contextmanager
def server_and_fleet(most, *arguments):
    server, fleet = Server(*arguments), None
    try:
        server.start()
        server.sign_in()
        fleet = Fleet(server, most)
        yield server, fleet
    finally:
        if fleet:
            fleet.end()
        server.remove()
