"""Two servers on one PostgreSQL, no sticky sessions."""

import asyncio
import uuid

from conftest import Person, agent_of, first_user, until
from test_terminal import open_terminal, read_until, typed


def test_either_server_serves_a_workspace_and_survives_the_other(fresh):
    first = fresh()
    owner = first_user(first)
    database = owner_database(first)
    second = fresh("--postgres-url", database, "--provisioner-daemons", "0", data="second")
    through_second = Person(second, owner.token)

    workspace = owner.create("shared")
    seen = through_second.ready(workspace["id"])
    agent, session = agent_of(seen)["id"], uuid.uuid4()

    async def talk(server, person, word):
        async with open_terminal(server, person, agent, session) as socket:
            await socket.send(typed(f"echo {word}-$((1+1))\r"))
            await read_until(socket, f"{word}-2".encode())

    asyncio.run(talk(first, owner, "one"))
    asyncio.run(talk(second, through_second, "two"))
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    through_second.built(workspace["id"], "deleted")


def owner_database(server):
    """The embedded PostgreSQL's address, as the server wrote it down for ./dev shell-db."""
    return (server.folder / "data/postgres.url").read_text().strip()
