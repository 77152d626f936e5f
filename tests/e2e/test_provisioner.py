"""A provisioner daemon of its own process, with the real OpenTofu: builds, kill -9 of either side, a graceful end, wrong keys."""

import datetime
import os
import re
import signal
import subprocess

import pytest

from conftest import SANITIZERS, SERVER, TOOLS, first_user, until

# Its apply waits until the file that `gate` names exists, so that a test decides when a build may end.
TEMPLATE = """
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
variable "gate" {
  type        = string
  description = "File that lets the build end."
}
data "coder_workspace" "me" {}
data "coder_parameter" "size" {
  name    = "size"
  type    = "number"
  default = "1"
  mutable = true
  validation {
    min = 1
    max = 4
  }
}
resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}
resource "terraform_data" "slow" {
  count = data.coder_workspace.me.start_count
  input = coder_agent.main.init_script
  provisioner "local-exec" {
    command = "touch ${var.gate}.begun; until test -e ${var.gate}; do sleep 0.1; done"
  }
}
"""


class Daemon:
    def __init__(self, server, key, name="elsewhere", **variables):
        self.folder, self.name = server.folder, name
        self.log = self.folder / f"provisioner-{len(list(self.folder.glob('provisioner-*.log')))}.log"
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("CODER_", "SLIPWAY_"))}
        self.env |= dict(TF_CLI_CONFIG_FILE="/nonexistent/tofurc", HOME=str(self.folder), SLIPWAY_TERRAFORM=str(TOOLS / "bin/tofu"), CODER_URL=server.url,
                         CODER_PROVISIONER_DAEMON_KEY=key, CODER_PROVISIONER_DAEMON_NAME=name, CODER_CACHE_DIRECTORY=str(self.folder / "provisioner-cache"),
                         **SANITIZERS) | variables
        self.process = None

    def start(self):
        self.process = subprocess.Popen([str(SERVER), "provisioner"], stdout=subprocess.PIPE, stderr=open(self.log, "a"), env=self.env, text=True,
                                        start_new_session=True)
        line = self.process.stdout.readline()
        assert f"provisioner {self.name} is ready" in line, (line, self.log.read_text()[-3000:])
        return self

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0, self.log.read_text()[-3000:]


class Scene:
    """A server without provisioners of its own, and one beside it; or one with its own and none beside it."""

    def __init__(self, fresh, *flags, built_in=False):
        self.server = fresh(*([] if built_in else ["--provisioner-daemons", "0"]), *flags)
        self.owner = first_user(self.server)
        self.gate = self.server.folder / "gate"
        self.key = self.owner.send("POST", "/organizations/default/provisionerkeys", {"name": "elsewhere", "tags": {}}, 201)["key"]
        self.daemon = Daemon(self.server, self.key)
        self.built_in = built_in
        if not built_in:
            self.daemon.start()

    def version(self, variables):
        return self.owner.version(TEMPLATE, variables)

    def job(self, version):
        return until("the import's end", lambda: (lambda j: j if j.get("completed_at") else None)(self.owner.get(f"/templateversions/{version}")["job"]), 120)

    def template(self):
        version = self.version([{"name": "gate", "value": str(self.gate)}])
        job = self.job(version)
        assert job["status"] == "succeeded", (job, self.owner.get(f"/templateversions/{version}/logs"))
        assert self.built_in or job["worker_name"] == "elsewhere"
        return self.owner.template_of(version, "gated")

    def build(self, template):
        workspace = self.owner.send("POST", "/users/me/workspaces", {"name": "gated", "template_id": template["id"]}, 201)["id"]
        until("the build reaching its gate", lambda: (self.server.folder / "gate.begun").exists(), 60)
        return workspace

    def logs(self, workspace):
        build = self.owner.get(f"/workspaces/{workspace}")["latest_build"]["id"]
        return "\n".join(line["output"] for line in self.owner.get(f"/workspacebuilds/{build}/logs"))

    def end(self, workspace):
        self.owner.send("POST", f"/workspaces/{workspace}/builds", {"transition": "delete"}, 201)
        self.owner.built(workspace, "deleted")
        self.daemon.stop()


@pytest.fixture()
def staged(fresh):
    made = []

    def make(*flags, **options):
        made.append(Scene(fresh, *flags, **options))
        return made[-1]

    yield make
    for one in made:
        if one.daemon.process and one.daemon.process.poll() is None:
            one.daemon.kill()


def test_a_build_whose_provisioner_died_fails_with_a_reason_and_can_be_started_again(staged):
    scene = staged("--job-timeout", "5s")
    workspace = scene.build(scene.template())

    scene.daemon.kill()

    failed = scene.owner.built(workspace, "failed")
    assert "went silent" in failed["latest_build"]["job"]["error"]
    assert "went silent" in scene.logs(workspace)
    scene.gate.touch()
    scene.daemon.start()
    scene.owner.send("POST", f"/workspaces/{workspace}/builds", {"transition": "start"}, 201)
    scene.owner.built(workspace, "running")
    scene.end(workspace)


def test_a_provisioner_that_comes_back_ends_its_build_with_its_state(staged):
    scene = staged("--job-timeout", "60s")
    workspace = scene.build(scene.template())

    scene.daemon.kill()
    scene.daemon.start()

    failed = scene.owner.built(workspace, "failed")["latest_build"]
    assert "was restarted while it ran this job" in failed["job"]["error"]
    assert any(r["type"] == "coder_agent" for r in scene.owner.get(f"/workspacebuilds/{failed['id']}/state")["resources"])
    scene.gate.touch()
    scene.end(workspace)


def test_a_server_told_to_stop_waits_for_its_build_and_takes_no_other(staged):
    scene = staged(built_in=True)
    workspace = scene.build(scene.template())

    scene.server.process.send_signal(signal.SIGTERM)
    until("the server draining", lambda: "Stop caught, waiting for builds to complete" in scene.server.log.read_text())
    scene.gate.touch()

    assert scene.server.process.wait(60) == 0, scene.server.log.read_text()[-3000:]
    scene.server.start()
    assert scene.owner.get(f"/workspaces/{workspace}")["latest_build"]["status"] == "running"
    scene.end(workspace)


@pytest.mark.parametrize("built_in", [True, False])
def test_a_cancel_is_noticed_at_once(staged, built_in):
    scene = staged(built_in=built_in)
    workspace = scene.build(scene.template())
    build = scene.owner.get(f"/workspaces/{workspace}")["latest_build"]["id"]

    scene.owner.send("PATCH", f"/workspacebuilds/{build}/cancel")
    told = until("the interruption", lambda: next((line for line in scene.owner.get(f"/workspacebuilds/{build}/logs") if "The job is being cancelled" in line["output"]), None))

    # By the times that were written down: a heartbeat, with which it would be noticed by and by, comes each five seconds.
    asked = datetime.datetime.fromisoformat(scene.owner.get(f"/workspacebuilds/{build}")["job"]["canceled_at"])
    assert datetime.datetime.fromisoformat(told["created_at"]) - asked < datetime.timedelta(seconds=2)
    scene.owner.built(workspace, "canceled")
    scene.end(workspace)


def test_a_build_goes_on_while_its_server_is_away(staged):
    scene = staged("--job-timeout", "60s")
    workspace = scene.build(scene.template())

    scene.server.kill()
    scene.gate.touch()
    scene.server.start()

    running = scene.owner.built(workspace, "running")
    assert running["latest_build"]["build_number"] == 1
    assert running["latest_build"]["job"]["worker_name"] == "elsewhere"
    scene.end(workspace)


def test_a_provisioner_told_to_stop_ends_its_build_first(staged):
    scene = staged()
    workspace = scene.build(scene.template())

    scene.daemon.process.send_signal(signal.SIGTERM)
    until("the daemon draining", lambda: "stopping" in scene.daemon.log.read_text())
    scene.gate.touch()

    assert scene.daemon.process.wait(60) == 0, scene.daemon.log.read_text()[-3000:]
    assert scene.owner.get(f"/workspaces/{workspace}")["latest_build"]["status"] == "running"
    scene.daemon.start()
    scene.end(workspace)


def test_a_missing_variable_is_named_and_a_dry_run_plans_without_building(staged):
    scene = staged()
    version = scene.version([])
    job = scene.job(version)
    assert (job["status"], job["error_code"]) == ("failed", "REQUIRED_TEMPLATE_VARIABLES"), job
    assert "gate" in job["error"]
    assert [(v["name"], v["required"], v["description"]) for v in scene.owner.get(f"/templateversions/{version}/variables")] == [
        ("gate", True, "File that lets the build end.")]

    version = scene.template()["active_version_id"]
    run = f"/templateversions/{version}/dry-run"
    job = scene.owner.send("POST", run, {"workspace_name": "maybe", "rich_parameter_values": [{"name": "size", "value": "2"}]}, 201)
    until("the plan's end", lambda: scene.owner.get(f"{run}/{job['id']}")["status"] == "succeeded", 60)
    resources = {r["type"]: r for r in scene.owner.get(f"{run}/{job['id']}/resources")}
    assert resources["terraform_data"]["agents"][0]["name"] == "main"
    assert not (scene.server.folder / "gate.begun").exists()
    answer = scene.owner.send("POST", f"/templateversions/{version}/dynamic-parameters/evaluate", {"id": 7, "inputs": {"size": "9"}})
    assert answer["id"] == 7
    assert "1 to 4" in answer["parameters"][0]["diagnostics"][0]["detail"]
    scene.daemon.stop()


def test_the_provisioner_says_what_it_needs(fresh):
    server = fresh("--provisioner-daemons", "0")
    owner = first_user(server)
    secret = server.folder / "key"

    def run(*arguments, **variables):
        env = {"PATH": os.environ["PATH"], "HOME": str(server.folder), "SLIPWAY_TERRAFORM": str(TOOLS / "bin/tofu"), **SANITIZERS, **variables}
        return subprocess.run([str(SERVER), "provisioner", "--url", server.url, *arguments], env=env, capture_output=True, text=True, timeout=60)

    assert run().returncode == 2
    secret.write_text("guess\n")
    secret.chmod(0o644)
    readable = run("--key-file", str(secret))
    assert readable.returncode == 2 and "chmod 600" in readable.stderr
    secret.chmod(0o600)
    unknown = run("--key-file", str(secret))
    assert unknown.returncode == 1 and "does not know this provisioner key" in unknown.stderr
    assert run("--key-file", str(secret), "--tags", "nonsense").returncode == 2
    assert "SLIPWAY_PROVISIONER_DAEMON_KEY, CODER_PROVISIONER_DAEMON_KEY" in run("--help").stdout

    key = owner.send("POST", "/organizations/default/provisionerkeys", {"name": "k", "tags": {"region": "eu"}}, 201)["key"]
    daemon = Daemon(server, key, "tagged", CODER_PROVISIONER_DAEMON_TAGS="region=eu").start()
    listed = until("the daemon being listed", lambda: owner.get("/organizations/default/provisionerdaemons"))
    assert [(d["name"], d["key_name"], d["tags"]["region"], d["status"]) for d in listed] == [("tagged", "k", "eu", "idle")]
    assert "terraform" in listed[0]["provisioners"]
    daemon.stop()


def test_keys_daemons_and_jobs_by_command_line(staged):
    scene = staged()
    key = scene.owner.cli("provisioner", "keys", "create", "eu", "--tag", "region=eu").stdout.strip()
    assert re.fullmatch(r"[A-Za-z0-9]{43}", key)
    assert "region=eu" in scene.owner.cli("provisioner", "keys", "list").stdout
    until("the list naming it", lambda: "elsewhere" in scene.owner.cli("provisioner", "list").stdout, 20)  # from its first question for a job on
    scene.template()
    assert "gated" in scene.owner.cli("provisioner", "jobs", "list", "--status", "succeeded").stdout
    planned = scene.owner.cli("templates", "plan", "gated", "--parameter", "size=2")
    assert "terraform_data.slow" in planned.stdout and "main (linux, amd64)" in planned.stdout
    scene.owner.cli("provisioner", "keys", "delete", "eu", "--yes")
    assert "eu" not in scene.owner.cli("provisioner", "keys", "list").stdout
    scene.daemon.stop()
