"""What a server writes is its owner's alone, whatever the umask it was started under."""

import os
import pathlib
import shutil
import stat

from conftest import first_user


def open_to_others(folder):
    """Files and folders that somebody else than their owner could read, write or enter. What workspaces and builds keep in their closed
    home is theirs to open."""
    found = []
    for path, folders, files in os.walk(folder):
        if pathlib.Path(path).match("provisioner/*/home"):
            folders.clear()
            files.clear()
        for name in [".", *folders, *files]:
            info = os.lstat(os.path.join(path, name))
            if not stat.S_ISLNK(info.st_mode) and info.st_mode & 0o077:
                found.append(f"{os.path.join(path, name)} {stat.filemode(info.st_mode)}")
    return found


def test_a_servers_files_are_closed_to_others_under_any_umask(fresh):
    server = fresh(start=False)
    server.umask = 0
    server.start()
    owner = first_user(server)
    owner.starter()
    workspace = owner.create("mine")
    refused = owner.http.put("/api/v2/users/owner/profile", json={"username": "not valid", "name": ""})
    assert refused.status_code == 400, refused.text

    assert set(os.listdir(server.data)) >= {"postgres", "postgres.password", "postgres.url", "audit", "provisioner"}
    assert open_to_others(server.data) == []

    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    owner.built(workspace["id"], "deleted")
    assert open_to_others(server.data) == []


def test_caches_can_be_elsewhere_and_emptied_and_hold_nothing_that_a_build_made(fresh):
    cache = pathlib.Path(fresh.folder) / "cache"
    server = fresh("--cache-dir", str(cache))
    owner = first_user(server)
    owner.starter()
    workspace = owner.create("mine")

    assert list(cache.glob("provisioner/*/*/init/*")), "what init brought is there"
    assert not list(server.data.glob("provisioner/*/init")) and not list(server.data.glob("provisioner/*/plugins"))
    assert {found.name for found in cache.glob("provisioner/*/*/*")} == {"init", "plugins"}
    assert list(server.data.glob("provisioner/*/home"))

    shutil.rmtree(cache)
    server.stop()
    server.start()
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    owner.built(workspace["id"], "deleted")
