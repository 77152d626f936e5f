"""Two servers on one PostgreSQL, no sticky sessions."""

import asyncio
import socket
import threading
import uuid

from conftest import Person, agent_of, first_user, until
from test_terminal import open_terminal, read_until, typed


class Balancer:
    """What stands before replicas: passes each connection on to the first backend that takes it, and knows nothing of what it says."""

    def __init__(self):
        self.backends = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.join, args=(near,), daemon=True).start()

    def join(self, near):
        for port in self.backends:
            try:
                far = socket.create_connection(("127.0.0.1", port), timeout=5)
            except OSError:
                continue
            far.settimeout(None)
            threading.Thread(target=self.carry, args=(near, far), daemon=True).start()
            return self.carry(far, near)
        near.close()

    @staticmethod
    def carry(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def behind(balancer, fresh, *flags, data):
    """A server whose address for the world is the balancer's, and which the test speaks to directly as well."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    server = fresh(*flags, port=port, data=data)
    server.port, server.url, server.known_as_another = port, f"http://127.0.0.1:{port}", True
    balancer.backends.append(port)
    return server


def owner_database(server):
    """The embedded PostgreSQL's address, as the server wrote it down for ./dev shell-db."""
    return (server.folder / "data/postgres.url").read_text().strip()


async def talk(server, person, agent, session, word):
    async with open_terminal(server, person, agent, session) as terminal:
        await terminal.send(typed(f"echo {word}-$((1+1))\r"))
        await read_until(terminal, f"{word}-2".encode())


def test_either_server_serves_a_workspace_and_survives_the_other(fresh):
    first = fresh()
    owner = first_user(first)
    second = fresh("--postgres-url", owner_database(first), "--provisioner-daemons", "0", data="second")
    through_second = Person(second, owner.token)

    workspace = owner.create("shared")
    seen = through_second.ready(workspace["id"])
    agent, session = agent_of(seen)["id"], uuid.uuid4()

    asyncio.run(talk(first, owner, agent, session, "one"))
    asyncio.run(talk(second, through_second, agent, session, "two"))
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    through_second.built(workspace["id"], "deleted")


def test_killing_the_server_that_holds_the_tunnel_costs_a_reconnect(fresh):
    """The database belongs to a third server, so that both replicas can die."""
    keeper = fresh("--provisioner-daemons", "0")
    owner = first_user(keeper)
    balancer = Balancer()
    flags = ("--postgres-url", owner_database(keeper), "--access-url", balancer.url)
    # A workspace of "This machine" is ended by the server that made it, for each builds under accounts of its own.
    holder = behind(balancer, fresh, *flags, "--provisioner-daemons", "0", data="holder")
    other = behind(balancer, fresh, *flags, data="other")
    through_holder, through_other = Person(holder, owner.token), Person(other, owner.token)
    workspace = through_holder.create("carried")
    agent, session = agent_of(through_holder.ready(workspace["id"]))["id"], uuid.uuid4()
    asyncio.run(talk(holder, through_holder, agent, session, "before"))

    holder.kill()

    def comes_back():
        try:
            asyncio.run(asyncio.wait_for(talk(other, through_other, agent, session, "after"), 5))
            return True
        except Exception as gone:  # not reconnected yet: the last one is shown if it never does
            comes_back.last = gone
            return False

    until("the terminal through the other server", comes_back, 60)

    async def scroll_back():
        async with open_terminal(other, through_other, agent, session) as terminal:
            await read_until(terminal, b"before-2")

    asyncio.run(scroll_back())
    through_other.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    through_other.built(workspace["id"], "deleted")
    balancer.close()
