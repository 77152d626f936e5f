"""Claims of workspaces that were built ahead: how long one takes, how soon its shell is the new owner's, how soon the pool is full again."""

import concurrent.futures
import io
import json
import os
import statistics
import subprocess
import tarfile
import time
import urllib.request

from rig import BIN, ROOT, TOOLS, Missing, Server, until

MEMBERS, WARM, ALONE, CROWD = 220, 40, 60, 100
SYSTEM = "c42fdf75-3097-471c-8c33-fb52454d81c0"
RECORDING = """{"format_version":"1.2","planned_values":{"root_module":{"resources":[
 {"address":"data.coder_workspace_preset.p","mode":"data","type":"coder_workspace_preset","name":"p","values":{"name":"Small","parameters":{},
  "prebuilds":[{"instances":%d,"expiration_policy":[],"scheduling":[]}]}},
 {"address":"coder_agent.main","mode":"managed","type":"coder_agent","name":"main","values":{"os":"linux","arch":"amd64"}},
 {"address":"box.b","mode":"managed","type":"box","name":"b","values":{}}]}},
 "configuration":{"root_module":{"resources":[{"address":"box.b","expressions":{"t":{"references":["coder_agent.main.token"]}}}]}}}"""
RUNNING = ("select count(*) from workspaces w join workspace_builds b on b.workspace_id = w.id and b.build_number = 1 join provisioner_jobs j on j.id = b.job_id"
           f" where w.owner_id = '{SYSTEM}' and not w.deleted and j.job_status = 'succeeded'")


def claims(report):
    server = Server("--provisioner-daemons", "4")
    try:
        server.start()
        server.sign_in()
        taking(report, server)
        if not (TOOLS / "bin/tofu").exists():
            raise Missing("OpenTofu is not built: run ./dev setup")
        to_a_shell(report, server)
    finally:
        server.remove()


def made_of(server, name, files, provisioner, more=()):
    """A template of these files, path to text; its id and that of its preset."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    request = urllib.request.Request(server.url + "/api/v2/files", data=packed.getvalue(), method="POST",
                                     headers={"Coder-Session-Token": server.token, "Content-Type": "application/x-tar"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        file = json.loads(answer.read())["hash"]
    version = server.call("POST", "/api/v2/organizations/default/templateversions",
                          {"provisioner": provisioner, "storage_method": "file", "file_id": file, "user_variable_values": list(more)})["id"]
    until("the import", lambda: server.call("GET", f"/api/v2/templateversions/{version}")["job"].get("completed_at"), 90)
    template = server.call("POST", "/api/v2/organizations/default/templates", {"name": name, "template_version_id": version})["id"]
    return {"template_id": template, "template_version_preset_id": server.call("GET", f"/api/v2/templateversions/{version}/presets")[0]["ID"]}


def fill(server, size):
    """Until so many are there, and their agents are connected and ready: nobody runs them, the database says so for an hour."""
    until(f"a pool of {size}", lambda: int(server.sql("-c", RUNNING)) >= size, 300, 0.1)
    server.sql("-c", "update workspace_agents set lifecycle_state = 'ready', ready_at = now(), first_connected_at = now(), last_connected_at = now() + interval '1 hour'"
                     " where lifecycle_state = 'created'")


def with_daemons(server, daemons):
    """Started again, with so many daemons: what a claim costs is not what its build costs."""
    server.stop()
    server.flags = ["--provisioner-daemons", str(daemons)]
    server.start()


def pause(server, paused):
    server.sql("-c", "insert into site_settings (key, value) values ('prebuilds_settings', '{\"reconciliation_paused\":%s}') on conflict (key) do update set value = excluded.value"
               % ("true" if paused else "false"))


def taking(report, server):
    wish = made_of(server, "boxes", {"replay/import.json": RECORDING % MEMBERS}, "echo")
    fill(server, MEMBERS)
    pause(server, True)
    with_daemons(server, 0)

    def one(name):
        began = time.monotonic()
        made = server.call("POST", "/api/v2/users/me/workspaces", {**wish, "name": name})
        if made["latest_build"]["build_number"] != 2:
            raise RuntimeError(f"{name} was made anew")
        return (time.monotonic() - began) * 1000

    for n in range(WARM):  # connections to PostgreSQL that have planned their statements
        one(f"warm-{n}")
    alone = [one(f"alone-{n}") for n in range(ALONE)]
    with concurrent.futures.ThreadPoolExecutor(CROWD) as crowd:
        together = list(crowd.map(one, [f"crowd-{n}" for n in range(CROWD)]))
    for key, took, most in (("alone", alone, 20.0), ("crowd", together, None)):
        who = "1 claimer" if key == "alone" else f"{CROWD} claimers at once"
        cuts = statistics.quantiles(took, n=100)
        report.add(f"claims.{key}.p50", f"claim, request to answer, {who}", statistics.median(took), "ms")
        report.add(f"claims.{key}.p99", "  99th percentile", cuts[98], "ms", most=most)
    with_daemons(server, 4)
    until("the claims' builds", lambda: server.sql("-c", "select count(*) from provisioner_jobs where completed_at is null") == "0", 120, 0.1)
    pause(server, False)
    began = time.monotonic()
    server.sql("-c", f"notify prebuilds, '{wish['template_id']}'")
    until("the pool being full again", lambda: int(server.sql("-c", RUNNING)) >= MEMBERS, 300, 0.05)
    report.add("claims.refill", f"filling a pool by {WARM + ALONE + CROWD} recorded builds", time.monotonic() - began, "s", note="four provisioners")
    pause(server, True)


def to_a_shell(report, server):
    """The agents run on this machine, so nothing but our own work is in the way."""
    pause(server, False)
    wish = made_of(server, "pooled", {"main.tf": (ROOT / "tests/e2e/templates/pooled/main.tf").read_text()}, "terraform")
    ready = ("select count(*) from workspaces w join workspace_builds b on b.workspace_id = w.id and b.build_number = 1 join workspace_resources r on r.job_id = b.job_id"
             f" join workspace_agents a on a.resource_id = r.id where w.owner_id = '{SYSTEM}' and w.template_id = '{wish['template_id']}' and a.lifecycle_state = 'ready'")
    env = {"PATH": os.environ["PATH"], "HOME": str(server.folder), "SLIPWAY_URL": server.url, "SLIPWAY_SESSION_TOKEN": server.token, "NO_COLOR": "1"}
    took, more = [], []
    for number in range(7):
        until("a ready workspace", lambda: int(server.sql("-c", ready)) == 2, 120, 0.1)
        began = time.monotonic()
        build = server.call("POST", "/api/v2/users/me/workspaces", {**wish, "name": f"mine-{number}"})["latest_build"]

        def named(name=f"mine-{number}"):
            done = subprocess.run([str(BIN / "slipway"), "ssh", name, "echo $CODER_WORKSPACE_OWNER_NAME-$CODER_WORKSPACE_NAME"], env=env, capture_output=True, text=True,
                                  timeout=60)
            return done.stdout.strip() == f"bench-{name}"

        until("a shell of the new owner's", named, 60)
        took.append(time.monotonic() - began)
        more.append(took[-1] - float(server.sql("-c", f"select extract(epoch from completed_at - started_at) from provisioner_jobs where id = '{build['job']['id']}'")))
    report.add("claims.shell", "claim to a shell with the claimant's name (median of 7)", statistics.median(took), "s", note="of a real agent")
    report.add("claims.shell.beyond", "  beyond the template's own plan and apply, the slowest", max(more) * 1000, "ms", most=300.0, note="with the start of slipway ssh")
    pause(server, True)
    until("the builds under way", lambda: server.sql("-c", "select count(*) from provisioner_jobs where completed_at is null") == "0", 120, 0.1)
    for workspace in server.call("GET", "/api/v2/workspaces?limit=1000&q=template:pooled")["workspaces"]:
        server.call("POST", f"/api/v2/workspaces/{workspace['id']}/builds", {"transition": "delete"})
    until("their end", lambda: server.call("GET", "/api/v2/workspaces?q=template:pooled")["count"] == 0, 120)
