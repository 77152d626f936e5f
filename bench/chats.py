"""4,800 chats begun in one moment: the run that a server which holds a connection while it waits for another does not survive."""

import collections
import json
import pathlib
import re
import resource
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import time

from rig import PASSWORD, Missing, Server, resident_kib

CALLERS, MEMBERS, ROUNDS = 4800, 48, 5
LEAST_FILES, PATIENCE, MOST_WRITING = 10_240, 60, 0.2
PATH = "/api/v2/chats"

# In a process of its own: what it sees must not wait for the crowd's.
PROBE = """
import sys, time, urllib.request
url, token = sys.argv[1:3]
while True:
    began = time.monotonic()
    try:
        urllib.request.urlopen(urllib.request.Request(url, headers={"Coder-Session-Token": token, "X-Coder-Bypass-Ratelimit": "true"}), timeout=60).read()
        print((time.monotonic() - began) * 1000, flush=True)
    except OSError:
        print("failed", flush=True)
    time.sleep(max(0, 0.1 - (time.monotonic() - began)))
"""
SESSIONS = ("select count(*) filter (where state like 'idle in transaction%'), count(*) filter (where wait_event_type = 'Lock') from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()")


class Beside:
    """The probe and the look at the database's sessions, ten times a second, while something else happens."""

    def __init__(self, server):
        url = (server.data / "postgres.url").read_text().strip()
        psql = next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"), None) or shutil.which("psql")
        self.commands = [[sys.executable, "-c", PROBE, server.url + "/api/v2/users/me", server.token],
                         [str(psql), "-X", "-q", "-A", "-t", "-F", " ", url]]

    def __enter__(self):
        self.processes = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True)
                          for command in self.commands]
        self.processes[1].stdin.write(f"{SESSIONS} \\watch 0.1\n")
        self.processes[1].stdin.flush()
        return self

    def __exit__(self, *_):
        said = []
        for process in self.processes:
            process.send_signal(signal.SIGINT)
            process.terminate()
            said.append(process.communicate(timeout=10)[0].split("\n"))
        self.probes = [float(line) for line in said[0] if re.fullmatch(r"[\d.]+", line)]
        self.probes_failed = said[0].count("failed")
        seen = [tuple(map(int, line.split())) for line in said[1] if re.fullmatch(r"\d+ \d+", line)]
        self.idle_in_transaction, self.waiting_for_locks = (max(one) for one in zip(*seen)) if seen else (0, 0)


class Caller:
    """One connection, one request, its answer. HTTP/1.1 and nothing clever."""

    def __init__(self, request):
        self.request, self.socket, self.heard, self.took, self.fault = request, None, b"", None, "no answer"

    def connect(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def warm(self):
        self.socket.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        heard = b""
        while not whole(heard):
            piece = self.socket.recv(65536)
            if not piece:
                raise RuntimeError("a connection ended before the run began")
            heard += piece
        self.socket.settimeout(None)  # a timeout costs a question of its own before each call

    def read(self, began):
        """True: it is over."""
        try:
            piece = self.socket.recv(65536)
        except OSError as error:
            self.fault = type(error).__name__
            return True
        self.heard += piece
        if piece and not whole(self.heard):
            return False
        self.took = time.monotonic() - began
        self.fault = self.judge()
        return True

    def judge(self):
        if not whole(self.heard):
            return "cut off"
        head, body = self.heard.split(b"\r\n\r\n", 1)
        status = head.split(b" ", 2)[1].decode()
        if status != "201":
            return f"status {status}"
        try:
            return "" if json.loads(body)["id"] else "no id"
        except (ValueError, KeyError):
            return "bad body"


def whole(answer):
    head, found, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
    return bool(found) and (not length or len(body) >= int(length[1]))


def files_for_all():
    """Read first, and raised as far as this account may: fewer callers would be another run."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < LEAST_FILES:
        if hard != resource.RLIM_INFINITY and hard < LEAST_FILES:
            raise Missing(f"a process may open {hard} files here, and this wants {LEAST_FILES}")
        resource.setrlimit(resource.RLIMIT_NOFILE, (LEAST_FILES, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0], int(pathlib.Path("/proc/sys/net/core/somaxconn").read_text())


def overflows():
    names, values = [line.split() for line in pathlib.Path("/proc/net/netstat").read_text().splitlines() if line.startswith("TcpExt:")]
    return int(values[names.index("ListenOverflows")])


def request_of(organization, token, number, more=""):
    body = json.dumps({"organization_id": organization, "content": [{"type": "text", "text": f"fix the build number {number}"}]}).encode()
    return (f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nCoder-Session-Token: {token}\r\nContent-Type: application/json\r\n{more}"
            f"Content-Length: {len(body)}\r\n\r\n").encode() + body


def release(callers, port, connected=True):
    """All at once: seconds until the last was written, and until the last was answered."""
    if connected:
        for caller in callers:
            caller.connect(port)
            caller.warm()
    began = time.monotonic()
    for caller in callers:
        if not connected:
            try:
                caller.connect(port)
            except OSError as error:
                caller.fault = f"connect: {type(error).__name__}"
                continue
        caller.socket.send(caller.request)  # smaller than any buffer
    written = time.monotonic() - began
    with selectors.DefaultSelector() as waiting:
        for caller in callers:
            if caller.socket:
                caller.socket.setblocking(False)
                waiting.register(caller.socket, selectors.EVENT_READ, caller)
        while waiting.get_map() and time.monotonic() - began < PATIENCE:
            for key, _ in waiting.select(1):
                if key.data.read(began):
                    waiting.unregister(key.fileobj)
    ended = time.monotonic() - began
    for caller in callers:
        if caller.socket:
            caller.socket.close()
    return written, ended


def counters(server):
    commits, flushes = server.sql("-c", "select pg_stat_force_next_flush(), pg_stat_clear_snapshot(); select xact_commit || ' ' || (select wal_sync from pg_stat_wal)"
                                        " from pg_stat_database where datname = current_database()").split("\n")[-1].split()
    labels = f'method="POST",path="{PATH}"'
    return {"commits": int(commits), "flushes": int(flushes), "statements": server.metric(f"slipway_api_sql_statements_total{{{labels}}}"),
            "notifications": server.metric("slipway_chat_notifications_total")}


def empty(server):
    server.sql("-c", "truncate chats, chat_messages; delete from audit_logs where resource_type = 'chat'")


def stored(server):
    return {name: int(server.sql("-c", text)) for name, text in {
        "chats": "select count(*) from chats", "messages": "select count(*) from chat_messages",
        "audit lines": "select count(*) from audit_logs where resource_type = 'chat' and action = 'create'",
        "orphans": "select count(*) from chats c where not exists (select from chat_messages m where m.chat_id = c.id)"
                   " or not exists (select from users u where u.id = c.owner_id) or not exists (select from organizations o where o.id = c.organization_id)"}.items()}


def outcome(callers):
    """How long each took that was answered, in ms; how many failed of what; and what so large a share of them did not exceed."""
    faults = collections.Counter(caller.fault for caller in callers if caller.fault)
    took = sorted(caller.took * 1000 for caller in callers if caller.took and not caller.fault)
    return took, faults, lambda share: took[min(len(took) - 1, int(len(took) * share))] if took else 0


def one_run(server, requests, connected=True):
    empty(server)
    callers, before, lost = [Caller(request) for request in requests], counters(server), overflows()
    memory = resident_kib(server.process.pid)
    with Beside(server) as beside:
        written, ended = release(callers, server.port, connected)
        memory_then = resident_kib(server.process.pid)
    after = counters(server)
    took, faults, rank = outcome(callers)
    probes = sorted(beside.probes)
    return {"created": len(took), "faults": faults, "written": written * 1000, "wall": ended, "p50": rank(0.5), "p95": rank(0.95), "p99": rank(0.99), "max": rank(1),
            "statements": (after["statements"] - before["statements"]) / len(callers), "stored": stored(server),
            "commits a flush": (after["commits"] - before["commits"]) / max(after["flushes"] - before["flushes"], 1),
            "notifications": after["notifications"] - before["notifications"], "idle in transaction": beside.idle_in_transaction,
            "waiting for locks": beside.waiting_for_locks, "probe p99": probes[int(len(probes) * 0.99)] if probes else 0, "probes failed": beside.probes_failed,
            "memory": (memory_then - memory) / 1024, "overflows": overflows() - lost}


def tell(report, key, what, runs):
    """The median of the runs, and their worst as a note."""
    worst = lambda name: max(run[name] for run in runs)
    median = lambda name: statistics.median(run[name] for run in runs)
    lost = {}
    for run in runs:
        for kind, count in run["faults"].items():
            lost[kind] = lost.get(kind, 0) + count
    report.add(f"{key}.created", f"{what}, created (fewest of {len(runs)} runs)", min(run["created"] for run in runs), "", least=CALLERS,
               note="" if not lost else ", ".join(f"{count} {kind}" for kind, count in sorted(lost.items())))
    # What is there beyond what should be, or is missing; shown only then.
    for name, wanted in (("chats", CALLERS), ("messages", CALLERS), ("audit lines", CALLERS), ("orphans", 0)):
        wrong = [run["stored"][name] for run in runs if run["stored"][name] != wanted]
        report.add(f"{key}.{name}", None, abs(wrong[0] - wanted) if wrong else 0, "", most=0, least=None)
    report.add(f"{key}.written", "  the last request was written after (worst)", worst("written"), "ms", most=MOST_WRITING * 1000)
    report.add(f"{key}.wall", "  the last was answered after (median)", median("wall"), "s", most=5.0, note=f"worst {worst('wall'):.2f} s")
    report.add(f"{key}.p50", "  half were answered after", median("p50"), "ms")
    report.add(f"{key}.p95", "  95% were", median("p95"), "ms")
    report.add(f"{key}.p99", "  99% were", median("p99"), "ms", note=f"worst run {worst('p99'):.0f} ms, slowest of all {worst('max'):.0f} ms")
    report.add(f"{key}.sql", "  SQL statements each, the credential's too", worst("statements"), "", most=3.0)
    report.add(f"{key}.locks", "  sessions seen waiting for a lock", worst("waiting for locks"), "", most=0)
    report.add(f"{key}.idle", "  sessions seen idle in a transaction", worst("idle in transaction"), "")
    report.add(f"{key}.flush", "  commits of one flush to disk", median("commits a flush"), "")
    report.add(f"{key}.notify", "  notifications sent", worst("notifications"), "")
    report.add(f"{key}.probe", "  another's GET /users/me meanwhile, 99% within", worst("probe p99"), "ms", most=500.0)
    report.add(f"{key}.probe.failed", None, worst("probes failed"), "", most=0)
    report.add(f"{key}.memory", "  slipwayd resident, more than before", worst("memory"), "MiB")


def members(server, organization):
    """Tokens of 48 people of one organization."""
    tokens = []
    for number in range(MEMBERS):
        name = f"crowd-{number}"
        server.call("POST", "/api/v2/users", {"email": f"{name}@example.com", "username": name, "password": PASSWORD, "login_type": "password",
                                              "user_status": "active", "organization_ids": [organization]})
        tokens.append(server.call("POST", f"/api/v2/users/{name}/keys/tokens", {"token_name": "bench"})["key"])
    return tokens


def chats(report):
    files, backlog = files_for_all()
    server = Server("--chats-per-user", "0")  # its limit counts every half minute, and the runs come faster than that
    server.rates = []
    try:
        server.start()
        server.sign_in()
        organization = server.call("GET", "/api/v2/organizations/default")["id"]
        report.add("chats.files", "files that a process may open", files, "", least=LEAST_FILES, note=f"listen backlog {backlog}")
        tokens = members(server, organization)
        crowd = [request_of(organization, tokens[number % MEMBERS], number) for number in range(CALLERS)]
        alone = [request_of(organization, server.token, number, "X-Coder-Bypass-Ratelimit: true\r\n") for number in range(CALLERS)]
        tell(report, "chats.members", f"{CALLERS:,} chats at once, of {MEMBERS} members", [one_run(server, crowd) for _ in range(ROUNDS)])
        tell(report, "chats.owner", f"{CALLERS:,} chats at once, of one owner", [one_run(server, alone) for _ in range(ROUNDS)])
        late = one_run(server, alone, connected=False)
        report.add("chats.connecting", f"{CALLERS:,} who connect only then, created", late["created"], "",
                   note=f"{late['wall']:.2f} s, {late['overflows']} listen overflows" + "".join(f", {count} {kind}" for kind, count in late["faults"].items()))
    finally:
        server.remove()
