"""The agent as PID 1 of machines of three makes: nothing but the agent itself, a busybox, and a whole Debian."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from conftest import PROGRAMS, agent_of, first_user, until

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], capture_output=True).returncode != 0,
    reason="needs the right to make namespaces")

AGENT = PROGRAMS / "slipway-agent"

# An agent that no resource starts: the test is its machine, and gets from the build what a machine would.
TEMPLATE = """
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
resource "terraform_data" "machine" {
  input = coder_agent.main.id
  provisioner "local-exec" {
    command     = "umask 077; printf %s $TOKEN > FILE"
    environment = { TOKEN = coder_agent.main.token }
  }
}
SCRIPTS
"""
SCRIPT = """
resource "coder_script" "NAME" {
  agent_id     = coder_agent.main.id
  display_name = "NAME"
  run_on_start = STARTS
  run_on_stop  = STOPS
  timeout      = 10
  script       = <<-EOT
TEXT
  EOT
}
"""


def script(name, text, starts=True):
    out = SCRIPT.replace("NAME", name).replace("TEXT", text)
    return out.replace("STARTS", str(starts).lower()).replace("STOPS", str(not starts).lower())


class Machine:
    """A PID and mount namespace in a root folder, whose first process is the agent."""

    def __init__(self, root, token, url, prepare="", home="/", program="/slipway-agent"):
        self.root = pathlib.Path(root)
        for name in ("proc", "dev", "tmp", "etc"):
            (self.root / name).mkdir(parents=True, exist_ok=True)
        mounts = f"mount -t proc proc {root}/proc && mount --rbind /dev {root}/dev && {prepare or 'true'}"
        env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "CODER_AGENT_TOKEN": token, "CODER_AGENT_URL": url,
               "CODER_AGENT_LOG_DIR": "/tmp/logs", "CODER_AGENT_SCRIPT_DATA_DIR": "/tmp/data"}
        self.log = open(self.root.parent / f"{self.root.name}.log", "w+")
        self.process = subprocess.Popen(["unshare", "--mount", "--pid", "--fork", "sh", "-c", f"{mounts} && exec chroot {root} {program}"],
                                        env=env, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log)

    def first(self):
        """The agent's first process, as this side of the namespace numbers it."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0])

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        """As the runtime of containers ends one."""
        os.kill(self.first(), signal.SIGTERM)
        return self.process.wait(60)

    def kill(self):
        if self.process.poll() is None:
            os.kill(self.first(), signal.SIGKILL)
            self.process.wait()


@pytest.fixture()
def machines():
    running = []
    yield running
    for machine in running:
        machine.kill()
        print(machine.said())  # shown when the test has failed


def workspace_of(owner, name, scripts=(), shown=""):
    """A running workspace whose agent waits for its machine and has what is `shown` of it, and the token that the machine is given."""
    file = owner.server.folder / f"{name}.token"
    version = owner.version(TEMPLATE.replace("SCRIPTS", "\n".join(scripts)).replace("FILE", str(file)).replace('arch = "amd64"', 'arch = "amd64"\n' + shown))
    owner.import_ended(version)
    made = owner.send("POST", "/users/me/workspaces", {"name": name, "template_id": owner.template_of(version, f"t-{name}")["id"]}, 201)
    owner.built(made["id"])
    return made["id"], file.read_text()


def put_agent(root):
    pathlib.Path(root).mkdir(parents=True)
    shutil.copy(AGENT, pathlib.Path(root) / "slipway-agent")


def put_busybox(root):
    """A busybox of this machine with what it is linked to, and its tools by their names."""
    program = shutil.which("busybox")
    if not program:
        pytest.skip("there is no busybox on this machine")
    root = pathlib.Path(root)
    (root / "bin").mkdir(parents=True, exist_ok=True)
    shutil.copy(program, root / "bin/busybox")
    linked = subprocess.run(["ldd", program], capture_output=True, text=True).stdout
    for library in re.findall(r"(/\S+\.so\S*)", linked):
        target = root / library.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(library, target)
    for tool in subprocess.run([program, "--list"], capture_output=True, text=True, check=True).stdout.split():
        if tool != "busybox":
            (root / "bin" / tool).symlink_to("busybox")
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/passwd").write_text("root:x:0:0:root:/:/bin/sh\n")


def no_zombies(machine):
    states = []
    for status in pathlib.Path(f"/proc/{machine.first()}/root/proc").glob("[0-9]*/stat"):
        try:
            states.append(status.read_text().rsplit(")", 1)[1].split()[0])
        except OSError:
            continue  # it has ended meanwhile
    return "Z" not in states


def test_nothing_but_the_agent_is_enough(fresh, machines):
    server = fresh()
    owner = first_user(server)
    workspace, token = workspace_of(owner, "scratch")
    root = server.folder / "scratch"
    put_agent(root)
    machines.append(Machine(root, token, server.url))

    found = owner.ready(workspace)
    refused = owner.cli("ssh", "scratch", "true", check=False)

    assert agent_of(found)["health"]["healthy"]
    assert refused.returncode != 0 and "could not be started" in refused.stderr, refused
    assert (root / "tmp/logs/coder-agent.log").exists()
    assert machines[0].end() == 0, machines[0].said()


def test_a_busybox_runs_scripts_reaps_orphans_and_stops_in_order(fresh, machines):
    server = fresh()
    owner = first_user(server)
    scripts = [script("begin", "    echo begun > /tmp/begun\n    (sh -c 'sleep 0.2' &) >/dev/null 2>&1"),
               script("finish", "    echo stopped > /tmp/stopped", starts=False),
               script("linger", "    sleep 1000", starts=False)]
    workspace, token = workspace_of(owner, "busybox", scripts)
    root = server.folder / "busybox"
    put_agent(root)
    put_busybox(root)
    machines.append(Machine(root, token, server.url))
    owner.ready(workspace)

    assert (root / "tmp/begun").read_text() == "begun\n"
    assert owner.cli("ssh", "busybox", "echo $((6*7)); cat /proc/1/comm").stdout.splitlines()[0] == "42"
    owner.cli("ssh", "busybox", "for i in 1 2 3 4 5; do (sh -c 'exit 3' &); done")
    until("the orphans being reaped", lambda: no_zombies(machines[0]), 20)

    assert machines[0].end() == 0, machines[0].said()
    assert (root / "tmp/stopped").read_text() == "stopped\n"
    until("the last word", lambda: agent_of(owner.get(f"/workspaces/{workspace}"))["lifecycle_state"] == "shutdown_timeout", 20)


def test_a_whole_debian_is_a_machine_too(fresh, machines):
    server = fresh()
    owner = first_user(server)
    workspace, token = workspace_of(owner, "debian", [script("begin", "    . /etc/os-release && echo $ID > /tmp/who")])
    root = server.folder / "debian"
    root.mkdir()
    # The system of this machine, read-only, with its own /tmp; the agent comes in by that.
    prepare = f"mount -t tmpfs tmpfs {root}/tmp"
    for name in ("usr", "etc", "bin", "lib", "lib64", "sbin"):
        source = pathlib.Path("/") / name
        if source.is_symlink():
            (root / name).symlink_to(os.readlink(source))
        elif source.is_dir():
            (root / name).mkdir()
            prepare += f" && mount --rbind /{name} {root}/{name} && mount -o remount,bind,ro {root}/{name}"
    shutil.copy(AGENT, root / "slipway-agent")
    machines.append(Machine(root, token, server.url, prepare, home="/tmp"))
    owner.ready(workspace)

    distribution = owner.cli("ssh", "debian", "cat /tmp/who").stdout.strip()
    written = owner.cli("ssh", "debian", "touch /usr/here", check=False)

    assert distribution == re.search(r"^ID=(\S+)", pathlib.Path("/etc/os-release").read_text(), re.M)[1]
    assert written.returncode != 0
    assert machines[0].end() == 0, machines[0].said()


# What start scripts of templates and modules of the public registry do, by its shapes: they look for `coder`, order themselves, put programs
# where sessions find them, and ask the server by its address with the slash at its end.
CALLS = {
    "looks": "    coder --version | head -n1 | grep -q Coder || exit 2\n    cp \"$(command -v coder)\" /tmp/copy && /tmp/copy --version >/dev/null",
    "places": "    mkdir -p \"$CODER_SCRIPT_DATA_DIR\" && printf '#!/bin/sh\\necho placed\\n' > \"$CODER_SCRIPT_BIN_DIR/placed\" && chmod +x \"$CODER_SCRIPT_BIN_DIR/placed\"\n"
              "    coder exp sync start places && coder exp sync complete places",
    "follows": "    coder exp sync want follows places && coder exp sync start follows && placed > /tmp/followed && coder exp sync complete follows",
    "asks": "    wget -q -O /tmp/asked \"$${CODER_AGENT_URL}api/v2/buildinfo\"",
}
NUMBERS = {"cpu": "coder stat cpu", "host": "coder stat cpu --host", "mem": "coder stat mem --prefix Mi", "disk": "coder stat disk --path /tmp",
           "all": "coder stat --output json >/dev/null && echo well"}
METADATA = """
  metadata {
    key          = "KEY"
    display_name = "KEY"
    script       = "CALL"
    interval     = 1
    timeout      = 5
  }
"""


def metadata_of(owner, agent):
    """What was measured of each so far, by its key."""
    with owner.http.stream("GET", f"/api/v2/workspaceagents/{agent}/watch-metadata") as answer:
        for line in answer.iter_lines():
            if line.startswith("data: ["):
                return {one["description"]["key"]: one["result"] for one in json.loads(line[6:])}
    raise AssertionError("the stream ended before it said anything")


def test_what_modules_of_the_registry_call_is_there_in_a_container(fresh, machines):
    server = fresh()
    owner = first_user(server)
    shown = "".join(METADATA.replace("KEY", key).replace("CALL", call) for key, call in NUMBERS.items())
    workspace, token = workspace_of(owner, "registry", [script(name, text) for name, text in CALLS.items()], shown)
    root = server.folder / "registry"
    put_busybox(root)
    (root / "opt").mkdir()
    shutil.copy(AGENT, root / "opt/coder")
    machines.append(Machine(root, token, server.url, program="/opt/coder agent"))
    here = lambda: agent_of(owner.get(f"/workspaces/{workspace}"))
    until("the scripts' end", lambda: here()["lifecycle_state"] not in ("created", "starting"), 120)
    found = owner.get(f"/workspaces/{workspace}")

    assert here()["lifecycle_state"] == "ready", [line["output"] for line in owner.get(f"/workspaceagents/{here()['id']}/logs")]
    assert (root / "tmp/followed").read_text() == "placed\n"
    assert json.loads((root / "tmp/asked").read_text())["version"] == server.api().get("/api/v2/buildinfo").json()["version"]
    assert owner.cli("ssh", "registry", "placed && command -v coder").stdout == "placed\n/opt/coder\n"
    measured = until("every number", lambda: (lambda all_: all_ if all(r["value"] or r["error"] for r in all_.values()) else None)(
        metadata_of(owner, agent_of(found)["id"])), 30)
    assert {key: result["error"] for key, result in measured.items()} == {key: "" for key in NUMBERS}
    assert "cores" in measured["host"]["value"] and "MiB" in measured["mem"]["value"] and measured["all"]["value"].strip() == "well"
