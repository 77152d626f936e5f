"""Where an agent of the starter "This machine" keeps its things: in the workspace's folder, and nowhere else."""

import os
import pathlib

from conftest import agent_of, first_user


def shared():
    """What agents have left among the temporary files of everybody."""
    return {name for name in os.listdir("/tmp") if name.startswith(("coder-", "slipway-agent"))}


def test_nothing_is_shared_and_nothing_stays(fresh):
    before = shared()
    server = fresh()
    owner = first_user(server)
    workspace = owner.create("tidy")
    seen = owner.cli("ssh", "tidy", "echo $PATH; echo $HOME").stdout.splitlines()
    home, first = pathlib.Path(seen[1]), pathlib.Path(seen[0].split(":")[0])

    assert first.is_relative_to(home), seen
    assert (home / ".agent/coder-agent.log").exists()
    assert shared() == before
    assert agent_of(workspace)["lifecycle_state"] == "ready"

    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    owner.built(workspace["id"], "deleted")
    assert not home.exists()
    assert shared() == before
