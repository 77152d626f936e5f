"""Builds reach neither the server nor another organization's builds: as root, where they have an account of their own, and as an ordinary account,
where they have namespaces of their own."""

import os
import pwd
import re
import shutil

import pytest

from conftest import PROGRAMS, SERVER, TOOLS, Server, first_user, until

MARKER = "of-the-server-alone"
SOMEBODY = pwd.getpwnam("nobody").pw_uid  # PostgreSQL runs under an account that has a name

# Each line that this prints is something that was reached.
CURIOUS = """
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
resource "terraform_data" "look" {
  provisioner "local-exec" {
    command = <<-SH
      { %s
      } 2>/dev/null; echo looked as $(id -u)
    SH
  }
}
"""


class AsSomebody(Server):
    """slipwayd run by an ordinary account, with everything that it needs where that account reaches it."""

    def start(self):
        reach = self.folder / "programs"
        if not reach.exists():
            reach.mkdir()
            for source, name in ((SERVER, "slipwayd"), ((TOOLS / "bin/tofu").resolve(), "tofu")):
                shutil.copy(source, reach / name)
            shutil.copytree(TOOLS / "mirror", reach / "mirror")
            for program in ("slipway", "slipway-agent"):
                shutil.copy(PROGRAMS / program, reach / program)
            self.home = self.folder / "home"
            self.home.mkdir()
            os.chown(self.home, SOMEBODY, SOMEBODY)
        self.data = self.home / "data"
        return super().start()

    def command(self):
        reach = self.folder / "programs"
        swapped = {str(SERVER): str(reach / "slipwayd"), str(PROGRAMS): str(reach), str(TOOLS / "bin/tofu"): str(reach / "tofu")}
        return ["setpriv", f"--reuid={SOMEBODY}", f"--regid={SOMEBODY}", "--clear-groups", *(swapped.get(word, word) for word in super().command())]

    def environment(self):
        return super().environment() | {"HOME": str(self.home)}


@pytest.fixture(params=["account", "namespaces"])
def apart(request, fresh):
    os.environ["MARKER"] = MARKER
    server = fresh(start=False, kind=Server if request.param == "account" else AsSomebody)
    try:
        yield server.start(), request.param
    finally:
        del os.environ["MARKER"]


def seen_by_a_build(owner, script):
    version = owner.version(CURIOUS % script)
    owner.import_ended(version)
    template = owner.template_of(version, "curious")
    workspace = owner.send("POST", "/users/me/workspaces", {"name": "curious", "template_id": template["id"]}, 201)
    build = owner.built(workspace["id"])["latest_build"]["id"]
    lines = [line["output"] for line in owner.get(f"/workspacebuilds/{build}/logs")]
    looked = next(i for i, line in enumerate(lines) if re.search(r"looked as \d", line))
    begun = max(i for i, line in enumerate(lines[:looked]) if "Executing" in line)
    return lines[begun + 1:looked], re.search(r"looked as (\d+)", lines[looked])[1]


def test_a_build_reaches_nothing_of_the_servers(apart):
    server, kind = apart
    owner = first_user(server)
    pid = server.process.pid  # setpriv has become it
    (server.data / "provisioner/another/jobs/one").mkdir(parents=True)
    (server.data / "provisioner/another/jobs/one/secret").write_text("theirs")
    shutil.chown(server.data / "provisioner/another", *(2 * [0 if kind == "account" else SOMEBODY]))
    script = f"""
      grep -a -o {MARKER} /proc/{pid}/environ /proc/[0-9]*/environ
      cat {server.data}/postgres.password {server.data}/postgres.url
      ls {server.data}/postgres
      cat {server.data}/provisioner/another/jobs/one/secret
      ls /proc/{pid}/cwd/ /proc/{pid}/root/etc/passwd
      kill -0 {pid} && echo can signal the server
      python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("{server.data}/postgres/data/.s.PGSQL.5432"); print("connected")'
      for p in $(ls /proc | grep "^[0-9]*$"); do ls /proc/$p/cwd/PG_VERSION; done"""

    seen, uid = seen_by_a_build(owner, script)

    assert seen == []
    assert (server.data / "postgres/data/.s.PGSQL.5432").exists()
    assert int(uid) >= 60578 if kind == "account" else int(uid) == SOMEBODY
    wanted = "accounts of their own" if kind == "account" else "namespaces of their own"
    assert wanted in server.log.read_text()


def test_a_workspace_of_this_machine_lives_on_and_ends_when_told_to(apart):
    server, kind = apart
    owner = first_user(server)
    workspace = owner.create("mine")
    home = next(server.data.glob("provisioner/*/home/.local/share/slipway/workspaces/*"))
    assert home.name == workspace["id"]
    assert home.stat().st_uid >= 60578 if kind == "account" else home.stat().st_uid == SOMEBODY

    server.stop()
    server.start()
    owner = type(owner)(server, owner.token)
    owner.ready(workspace["id"])
    assert owner.cli("ssh", "mine", "--", "id", "-u").stdout.strip() == str(home.stat().st_uid)
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "stop"}, 201)
    owner.built(workspace["id"], "stopped")

    assert running(workspace["id"]) == []
    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
    owner.built(workspace["id"], "deleted")
    assert not home.exists()


def running(workspace):
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if f"SLIPWAY_HOST_WORKSPACE={workspace}".encode() in open(f"/proc/{pid}/environ", "rb").read():
                found.append(pid)
        except OSError:
            continue  # it ended meanwhile
    return found


def test_the_sleeper_ends_with_the_server_when_nothing_needs_it(fresh):
    server = fresh(start=False, kind=AsSomebody).start()
    owner = first_user(server)
    owner.starter()
    sleeper = int(next(server.data.glob("provisioner/*/sleeper")).read_text().split()[0])
    assert os.path.exists(f"/proc/{sleeper}")

    server.stop()

    until("the sleeper's end", lambda: not os.path.exists(f"/proc/{sleeper}"), 10)
