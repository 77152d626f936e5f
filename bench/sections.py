"""One function a section; each takes the report and measures what DESIGN's budgets are stated for."""

import base64
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.request
from datetime import datetime

from apps import apps
from chats import chats
from claims import claims
from first_page import first_page
from lists import lists
from notifications import notifications
from pools import prebuilds
from real_agents import server_and_fleet
from rig import BIN, ROOT, TOOLS, Missing, Peer, Server, descendants, proportional_kib, resident_kib, until, wrk
from streams import streams

AGENTS = 100
FIRST_AGENTS = 100  # these pay for what any crowd takes, connections to PostgreSQL and threads; one agent's cost is what each of the next hundred adds
CROWD = 500
FLEET = 2000
AGENT_IDLE = 15  # seconds after which an agent that has nothing to report holds its tunnel alone (src/agent/control_plane.hpp)
PERSON_PATIENCE = 10  # seconds for one answer
EXCHANGE = "/api/v2/workspaceagents/aws-instance-identity"


def sizes(report):
    for program, budget in (("slipwayd", None), ("slipway", 14.0)):
        report.add(f"size.{program}", f"{program} on disk", (BIN / program).stat().st_size / 1e6, "MB", most=budget)


def start(report):
    server = Server()
    try:
        report.add("start.first", "slipwayd, first start (makes its database)", server.start(), "s")
        server.stop()
        report.add("start.second", "slipwayd, second start", server.start(), "s", most=3.0)
    finally:
        server.remove()


def requests(report):
    """The commonest request and the list that every client polls, beside two servers that only send the same bytes."""
    server = Server()
    try:
        server.start()
        settle(server)
        report.add("memory.idle", "slipwayd resident, idle", resident_kib(server.process.pid) / 1024, "MiB", most=40.0)
        report.add("memory.postgres", "its PostgreSQL, all processes (shared memory once)",
                   sum(proportional_kib(pid) for pid in descendants(server.process.pid)) / 1024, "MiB")
        server.sign_in()
        users_me(report, server)
        lists(report, server, beside_peers)
    finally:
        server.remove()


def settle(server):
    """Until the resident size has stood still for a second, five seconds at most."""
    last, since, end = 0, time.monotonic(), time.monotonic() + 5
    while time.monotonic() < end and time.monotonic() - since < 1:
        now = resident_kib(server.process.pid)
        if now != last:
            last, since = now, time.monotonic()
        time.sleep(0.1)


def beside_peers(report, key, what, url, token, body, connections, seconds, least=None, of_nginx=None):
    rate, p99, wrong = wrk(url, token, connections, seconds)
    if wrong:
        raise RuntimeError(f"{url}: {wrong} answers were errors")
    report.add(f"{key}.rate", f"{what}, requests a second", rate, "/s", least=least)
    report.add(f"{key}.p99", f"{what}, 99th percentile with {connections} connections", p99, "ms")
    for kind in ("nginx", "go"):
        try:
            with Peer(kind, body) as peer:
                peer_rate, peer_p99, _ = wrk(peer.url, "", connections, seconds)
        except Missing as reason:
            report.skip(f"{key}.{kind}", str(reason))
            continue
        report.add(f"{key}.{kind}", f"  {kind} sending the same {len(body):,} bytes", peer_rate, "/s", note=f"p99 {peer_p99:.2f} ms")
        report.add(f"{key}.to_{kind}", f"  ratio to {kind}", rate / peer_rate, "x", least=of_nginx if kind == "nginx" else None)


def users_me(report, server):
    path = "/api/v2/users/me"
    body = server.call("GET", path, as_text=True).encode()
    beside_peers(report, "users_me", "GET /users/me", server.url + path, server.token, body, 32, 5, least=10000, of_nginx=0.8)
    report.add("users_me.sql", "GET /users/me, SQL statements", server.sql_per_request("/api/v2/users/{user}"), "", most=1)
    report.add("memory.loaded", "slipwayd resident, after that load", resident_kib(server.process.pid) / 1024, "MiB")


def agents(report):
    """A hundred agents: what each costs."""
    whole = FIRST_AGENTS + AGENTS
    with server_and_fleet(whole) as (server, fleet):
        server.call("GET", "/api/v2/workspaces")
        settle(server)
        report.add("sql.idle", "SQL statements a minute, no agent", server.statements_a_minute(60), "/min", most=60)
        fleet.start_up_to(FIRST_AGENTS)
        time.sleep(AGENT_IDLE)
        before = resident_kib(server.process.pid)
        report.add("agents.all", f"{AGENTS} agents started at once: all ready after", fleet.start_up_to(whole), "s")
        time.sleep(5)
        report.add("memory.per_agent.new", "slipwayd resident for one more agent that has just begun", (resident_kib(server.process.pid) - before) / AGENTS, "KiB", most=64.0)
        time.sleep(AGENT_IDLE)
        report.add("memory.agents", f"slipwayd resident with {whole} idle agents (real processes)", resident_kib(server.process.pid) / 1024, "MiB")
        report.add("memory.per_agent", "  of that for one agent", (resident_kib(server.process.pid) - before) / AGENTS, "KiB", most=64.0)
        report.add("memory.agent", "slipway-agent resident, idle (median)", statistics.median(resident_kib(a.pid) for a in fleet.running) / 1024, "MiB", most=8.0)
        report.add("sql.agents", f"SQL statements a minute, {whole} agents", server.statements_a_minute(30), "/min", most=60 + 12 * whole)


def start_until_back(server, count=CROWD):
    """Seconds from the start of a server that was stopped until every agent is connected to it."""
    began, moment_before = time.monotonic(), time.time()
    server.start()
    return until_back(server, count, moment_before, began)


def until_back(server, count, moment_before, began):
    back = f"select count(*) from workspace_agents where last_connected_at > to_timestamp({moment_before}) and last_connected_at > coalesce(disconnected_at, '-infinity')"
    until(f"{count} agents being back", lambda: int(server.sql("-c", back)) == count, 120, 0.3)
    return time.monotonic() - began


def crowd(report):
    """Five hundred agents: a server that stops under them, comes back, is asked for everything by everybody, and is left alone again."""
    with server_and_fleet(CROWD) as (server, fleet):
        settle(server)
        idle = resident_kib(server.process.pid) / 1024
        report.add("crowd.ready", f"{CROWD} agents started at once: all ready after", fleet.start_up_to(CROWD, 240), "s")
        report.add("crowd.memory", f"slipwayd resident with {CROWD} agents", resident_kib(server.process.pid) / 1024, "MiB",
                   note=f"{server.metric('process_open_fds'):.0f} descriptors")
        report.add("crowd.stop", f"slipwayd, from SIGTERM to its end with {CROWD} agents connected", server.stop(), "s", most=5.0)
        report.add("crowd.back", "started again, every agent back after", start_until_back(server), "s")
        wrk(server.url + "/api/v2/workspaces", server.token, 32, 10)
        report.add("crowd.loaded", f"slipwayd resident after GET /workspaces ({CROWD} rows) from 32 connections", resident_kib(server.process.pid) / 1024, "MiB")
        fleet.end()
        time.sleep(60)
        report.add("crowd.left", "  a minute after load and agents, above idle", resident_kib(server.process.pid) / 1024 - idle, "MiB", most=40.0,
                   note=f"idle {idle:.1f} MiB")


class Simulated:
    """As many agents in one process: bench/agent_fleet_bench.cpp. They come to the same server again and again, as real ones do."""

    def __init__(self, server, count):
        server.sql("-v", f"count={count}", "-f", str(ROOT / "bench/workspaces.sql"))
        tokens = server.sql("-c", f"select md5('token' || i)::uuid from generate_series(1, {count}) i")
        self.process = subprocess.Popen([str(BIN / "agent_fleet_bench"), server.url], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                                        stderr=open(server.folder / "fleet.log", "w", encoding="utf-8"), text=True, start_new_session=True)
        self.process.stdin.write(tokens + "\n")
        self.process.stdin.close()

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(10)


class PersonAsking(threading.Thread):
    """Asks for the commonest page five times a second; what did not come, or came too late, is counted."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server, self.done, self.failed, self.took = server, threading.Event(), 0, []

    def run(self):
        while not self.done.wait(0.2):
            began = time.monotonic()
            request = urllib.request.Request(self.server.url + "/api/v2/users/me", headers={"Coder-Session-Token": self.server.token})
            try:
                with urllib.request.urlopen(request, timeout=PERSON_PATIENCE) as answer:
                    answer.read()
            except OSError:
                self.failed += 1
            self.took.append(time.monotonic() - began)

    def end(self):
        self.done.set()
        self.join(PERSON_PATIENCE + 5)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def back_beside_a_person(report, key, what, server, lose):
    """The server is lost and starts again; a person asks from the moment at which it is there."""
    lose()
    began, moment_before = time.monotonic(), time.time()
    server.start()
    person = PersonAsking(server)
    person.start()
    try:
        report.add(f"fleet.{key}", f"{what}: all {FLEET:,} back after", until_back(server, FLEET, moment_before, began), "s", most=60.0)
    finally:
        person.end()
    report.add(f"fleet.{key}.failed", "  a person's requests meanwhile that failed", person.failed, "", most=0, note=f"of {len(person.took)}")
    report.add(f"fleet.{key}.slowest", "  the slowest of them", max(person.took) if person.took else 0, "s")


def fleet(report):
    """Two thousand agents, simulated: what each costs the server, and how they come back to it."""
    server, agents_there = Server("--trusted-proxies", "127.0.0.1/32"), None  # all come from one address, as from a reverse proxy
    try:
        server.start()
        server.sign_in()
        settle(server)
        before, began = resident_kib(server.process.pid), time.monotonic()
        agents_there = Simulated(server, FLEET)
        ready = "select count(*) from workspace_agents where last_connected_at is not null and lifecycle_state = 'ready'"
        until(f"{FLEET} agents being ready", lambda: int(server.sql("-c", ready)) == FLEET, 180, 0.3)
        report.add("fleet.ready", f"{FLEET:,} simulated agents: all ready after", time.monotonic() - began, "s")
        settle(server)
        report.add("fleet.per_agent.new", "slipwayd resident for one of them when the last has begun", (resident_kib(server.process.pid) - before) / FLEET, "KiB", most=64.0)
        time.sleep(AGENT_IDLE)
        settle(server)
        report.add("fleet.memory", "slipwayd resident with them", resident_kib(server.process.pid) / 1024, "MiB", note=f"{server.metric('process_open_fds'):.0f} descriptors")
        report.add("fleet.per_agent", "  of that for one agent", (resident_kib(server.process.pid) - before) / FLEET, "KiB", most=64.0)
        used, began = processor_seconds(server.process.pid), time.monotonic()
        report.add("fleet.sql", f"SQL statements a minute, {FLEET:,} agents", server.statements_a_minute(30), "/min", most=60 + 12 * FLEET)
        report.add("fleet.cpu", "slipwayd's share of one core meanwhile, for a thousand of them",
                   100 * (processor_seconds(server.process.pid) - used) / (time.monotonic() - began) / FLEET * 1000, "%", most=10.0)
        back_beside_a_person(report, "restart", "restarted", server, server.stop)
        back_beside_a_person(report, "crash", "killed and started", server, server.kill)
    finally:
        if agents_there:
            agents_there.end()
        server.remove()


def identity(report):
    """Agents that prove their machine: one alone on it, then fifty that share it, of whom one is named."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-identity-"))
    server = Server("--aws-instance-identity-certificates", str(folder / "certificate"), "--instance-identity-offline",
                    "--postgres-conn-max-open", "10")
    try:
        ask = proofs(folder)
        server.start()
        server.sign_in()
        server.sql("-v", "count=1", "-f", str(ROOT / "bench/workspaces.sql"))
        server.sql("-c", "update workspace_agents set auth_instance_id = 'i-bench', name = 'agent-1'")
        for sharers in (1, 50):
            server.sql("-c", "insert into workspace_agents (id, resource_id, name, architecture, operating_system, auth_token, auth_instance_id, created_at, updated_at)"
                             f" select gen_random_uuid(), resource_id, 'agent-' || n, 'amd64', 'linux', gen_random_uuid(), 'i-bench', now(), now()"
                             f" from workspace_agents, generate_series(2, {sharers}) n where name = 'agent-1'")
            exchanges(report, server, ask, sharers)
        _, p99, wrong = wrk(server.url + EXCHANGE, connections=500, seconds=5, script=ask)
        report.add("identity.crowd.p99", "  99th percentile with 500 connections, over ten to PostgreSQL", p99, "ms", most=1000.0, note=f"{wrong} refused")
    finally:
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def proofs(folder):
    """A Lua script that posts the proof of instance i-bench, by a key whose certificate lies beside it."""
    document = '{\n  "instanceId" : "i-bench",\n  "region" : "us-east-1"\n}'
    (folder / "document").write_text(document)
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=bench", "-keyout", "key", "-out", "certificate"], cwd=folder,
                   check=True, capture_output=True)
    signature = subprocess.run(["openssl", "dgst", "-sha256", "-sign", "key", "document"], cwd=folder, check=True, capture_output=True).stdout
    body = json.dumps({"document": document, "signature": base64.b64encode(signature).decode(), "agent_name": "agent-1"})
    (folder / "ask.lua").write_text(f'wrk.method = "POST"\nwrk.body = [==[{body}]==]\nwrk.headers["Content-Type"] = "application/json"\n')
    return folder / "ask.lua"


def exchanges(report, server, ask, sharers):
    def spent():
        return [server.metric(f'slipway_instance_identity_{what}_total{{provider="aws"}}') for what in ("statements", "decisions")] + [
            server.metric('slipway_instance_identity_exchanges_total{provider="aws",outcome="issued"}')]

    before = spent()
    rate, p99, wrong = wrk(server.url + EXCHANGE, connections=32, seconds=5, script=ask)
    if wrong:
        raise RuntimeError(f"{wrong} exchanges were refused")
    statements, decisions, issued = (now - then for now, then in zip(spent(), before))
    report.add(f"identity.{sharers}.rate", f"exchanges of AWS identities, {sharers} agents on the machine", rate, "/s")
    report.add(f"identity.{sharers}.p99", "  99th percentile with 32 connections", p99, "ms", most=1000.0)
    report.add(f"identity.{sharers}.sql", "  SQL statements of one", statements / issued, "", most=1)
    report.add(f"identity.{sharers}.rbac", "  decisions of one", decisions / issued, "", most=1)


def builds(report):
    """A build by slipwayd against the same commands by hand, and the way from a click to a connected agent."""
    if not (TOOLS / "bin/tofu").exists():
        raise Missing("OpenTofu is not built: run ./dev setup")
    server = Server("--provisioner-daemons", "1")
    try:
        server.start()
        server.sign_in()
        overhead(report, server)
        create_to_connected(report, server)
    finally:
        server.remove()


def template(server, name, ask):
    version = server.call("POST", "/api/v2/organizations/default/templateversions", {"provisioner": "terraform", "storage_method": "file", **ask})
    job = until("the import", lambda: (lambda j: j if j.get("completed_at") else None)(server.call("GET", f"/api/v2/templateversions/{version['id']}")["job"]), 90)
    if job["status"] != "succeeded":
        raise RuntimeError(f"the import of {name} failed: {job.get('error')}")
    return server.call("POST", "/api/v2/organizations/default/templates", {"name": name, "template_version_id": version["id"]})["id"]


def upload(server, folder):
    import io
    import tarfile
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        tar.add(folder / "main.tf", "main.tf")
    request = urllib.request.Request(server.url + "/api/v2/files", data=packed.getvalue(), method="POST",
                                     headers={"Coder-Session-Token": server.token, "Content-Type": "application/x-tar"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.loads(answer.read())["hash"]


def built(server, workspace, status):
    def ask():
        build = server.call("GET", f"/api/v2/workspaces/{workspace}?include_deleted=true")["latest_build"]
        if build["status"] == "failed":
            raise RuntimeError(f"a build failed: {build['job'].get('error')}")
        return build if build["status"] == status else None
    return until(f"a workspace being {status}", ask, 90)


def overhead(report, server):
    """Both start from nothing: empty state, warm plugin mirror. What is compared is the job's own time, from acquired to ended."""
    folder = ROOT / "bench/template"
    made = template(server, "bare", {"file_id": upload(server, folder)})
    ours, bare = [], []
    for round_number in range(6):
        workspace = server.call("POST", "/api/v2/users/me/workspaces", {"name": f"bare-{round_number}", "template_id": made})
        job = built(server, workspace["id"], "running")["job"]
        ours.append((moment(job["completed_at"]) - moment(job["started_at"])).total_seconds())
        bare.append(by_hand(folder))
    ours, bare = statistics.median(ours[1:]), statistics.median(bare[1:])  # the first warms both
    report.add("build.ours", "a build by slipwayd, job started to completed (median of 5)", ours * 1000, "ms")
    report.add("build.bare", "  tofu init, plan, apply by hand (median of 5)", bare * 1000, "ms")
    report.add("build.overhead", "  build overhead over bare tofu", (ours - bare) * 1000, "ms", most=150.0)


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def by_hand(template_folder):
    folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-tofu-"))
    try:
        shutil.copy(template_folder / "main.tf", folder)
        env = {**os.environ, "TF_CLI_CONFIG_FILE": str(TOOLS / "tofurc"), "CODER_WORKSPACE_TRANSITION": "start", "CHECKPOINT_DISABLE": "1"}
        tofu, began = str(TOOLS / "bin/tofu"), time.monotonic()
        for arguments in (["init", "-input=false", "-no-color"], ["plan", "-input=false", "-no-color", "-out=plan"], ["apply", "-input=false", "-no-color", "plan"]):
            subprocess.run([tofu, *arguments], cwd=folder, env=env, check=True, capture_output=True, timeout=60)
        return time.monotonic() - began
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def create_to_connected(report, server):
    """The starter "This machine": its agent is a process on this host, so nothing but our own work is in the way."""
    made = template(server, "host", {"example_id": "host"})
    took = []
    for round_number in range(3):
        began = time.monotonic()
        workspace = server.call("POST", "/api/v2/users/me/workspaces", {"name": f"host-{round_number}", "template_id": made})["id"]

        def connected():
            build = server.call("GET", f"/api/v2/workspaces/{workspace}")["latest_build"]
            if build["status"] == "failed":
                raise RuntimeError(f"a build failed: {build['job'].get('error')}")
            return any(agent["status"] == "connected" for resource in build["resources"] for agent in resource.get("agents") or [])

        until("the agent being connected", connected, 60)
        took.append(time.monotonic() - began)
        server.call("POST", f"/api/v2/workspaces/{workspace}/builds", {"transition": "delete"})
        built(server, workspace, "deleted")
    report.add("create.connected", "create a workspace to agent connected (median of 3)", statistics.median(took), "s")


def issues(report):
    import app_issues  # which leans on two other sections

    app_issues.issues(report)


def micro(report):
    """The programs bench/*_bench.cpp."""
    for run in bench("rbac_decide_bench", 0.2):
        name = run["name"].split("/")[0]
        if name.startswith("compile_"):
            report.add(f"rbac.{name}", f"{name.replace('_', ' ')}, once a change of rights", run["cpu_time"], run["time_unit"])
            continue
        if name == "slowest_on_two_cores":
            report.add("rbac.rate", "decisions a second on two cores, of the slowest of these", run["decisions"], "/s", least=5_000_000)
            continue
        report.add(f"rbac.{name}", f"decision: {name.replace('_', ' ')}", run["cpu_time"], "ns", most=200.0, note=f"{run['allocations']:.0f} allocations")
        report.add(f"rbac.{name}.allocations", None, run["allocations"], "", most=0)
    rates = {run["name"].split("/real_time")[0]: run for run in bench("tunnel_throughput_bench", 0.3)}
    through, plain = rates["tunnel/bytes"]["bytes_per_second"], rates["tunnel/bytes_plain_pipe"]["bytes_per_second"]
    report.add("tunnel.rate", "tunnel, one stream in memory", through / 1e6, "MB/s", note=f"{through / plain:.2f} of a plain pipe")
    report.add("tunnel.open", "tunnel, opening a stream", rates["tunnel/open_stream"]["real_time"], "us")
    report.add("tunnel.idle", "tunnel, one idle end", rates["tunnel/idle_memory/iterations:1"]["bytes_per_end"] / 1024, "KiB", most=64.0)
    for run in bench("api_json_bench", 0.2):
        note = f"{run['allocations']:.0f} allocations" if "allocations" in run else ""
        report.add(f"json.{run['name']}", f"JSON: {run['name'].replace('_', ' ')}", run["real_time"], run["time_unit"], note=note)
    for run in bench("server_app_tokens_bench", 0.2):
        most = {"most": 20.0} if run["name"] == "verify" else {}
        report.add(f"app_tokens.{run['name']}", f"token of an app: {run['name'].replace('_', ' ')}", run["cpu_time"], run["time_unit"], **most)
    for run in bench("pg_pool_bench", 0.3):
        report.add(f"pg.{run['name']}", f"PostgreSQL: {run['name'].replace('/real_time', '')}", run["items_per_second"], "/s")
    for run in bench("net_server_bench", None):
        if "per_second" in run:
            report.add("net.rate", "HTTP server alone, one loop", run["per_second"], "/s")
            report.add("net.to_nginx", "  ratio to nginx with one worker", run.get("ratio_to_nginx", 0), "x")


def bench(program, seconds):
    """Through a file: a program may print in a way of its own."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        command = [str(BIN / program), f"--benchmark_out={out.name}", "--benchmark_out_format=json"] + ([f"--benchmark_min_time={seconds}"] if seconds else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed: {(done.stdout + done.stderr)[-400:]}")
        return [run for run in json.loads(pathlib.Path(out.name).read_text())["benchmarks"] if not run.get("error_occurred")]


ALL = {"sizes": sizes, "start": start, "requests": requests, "agents": agents, "crowd": crowd, "fleet": fleet, "identity": identity, "streams": streams, "apps": apps,
       "builds": builds, "claims": claims, "prebuilds": prebuilds, "notifications": notifications, "chats": chats, "issues": issues, "first_page": first_page, "micro": micro}
