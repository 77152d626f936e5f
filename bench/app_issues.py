"""4,800 browsers without a token open one app in one moment: each is looked up, judged and given one."""

import statistics

from apps import PATH, Programs
from chats import CALLERS, Beside, Caller, files_for_all, outcome, release
from real_agents import server_and_fleet

ROUNDS = 3


class Opening(Caller):
    """Opened, and with a token of its own."""

    def judge(self):
        head = self.heard.split(b"\r\n\r\n", 1)[0]
        status = head.split(b" ", 2)[1].decode()
        if status != "200":
            return f"status {status}"
        return "" if b"coder_signed_app_token=" in head else "no token"


def one_run(server, request):
    callers, before = [Opening(request) for _ in range(CALLERS)], server.metric("slipway_db_statements_total")
    with Beside(server) as beside:
        written, ended = release(callers, server.port)
    took, faults, rank = outcome(callers)
    return {"opened": len(took), "faults": faults, "written": written * 1000, "wall": ended, "p50": rank(0.5), "p95": rank(0.95), "p99": rank(0.99),
            "statements": (server.metric("slipway_db_statements_total") - before) / CALLERS, "idle in transaction": beside.idle_in_transaction,
            "waiting for locks": beside.waiting_for_locks}


def tell(report, runs):
    worst, median = (lambda name: max(run[name] for run in runs)), (lambda name: statistics.median(run[name] for run in runs))
    faults = ", ".join(f"{count} {kind}" for run in runs for kind, count in sorted(run["faults"].items()))
    report.add("issues.opened", f"{CALLERS:,} browsers without a token at once, let in (fewest of {len(runs)} runs)", min(run["opened"] for run in runs), "",
               least=CALLERS, note=faults)
    report.add("issues.written", "  the last request was written after (worst)", worst("written"), "ms")
    report.add("issues.wall", "  the last was answered after (median)", median("wall"), "s", note=f"worst {worst('wall'):.2f} s")
    report.add("issues.p50", "  half were answered after", median("p50"), "ms")
    report.add("issues.p95", "  95% were", median("p95"), "ms")
    report.add("issues.p99", "  99% were", median("p99"), "ms", note=f"worst run {worst('p99'):.0f} ms")
    report.add("issues.sql", "  SQL statements each, the server's own and the probe's too", worst("statements"), "", most=4.0)
    report.add("issues.locks", "  sessions seen waiting for a lock", worst("waiting for locks"), "", most=0)
    report.add("issues.idle", "  sessions seen idle in a transaction", worst("idle in transaction"), "")


def issues(report):
    files_for_all()
    with Programs() as programs, server_and_fleet(1) as (server, fleet):
        fleet.start_up_to(1)
        server.sql("-c", f"update workspace_apps set url = 'http://localhost:{programs.app}/' where slug = 'code'")
        request = (f"GET {PATH}1k HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nCoder-Session-Token: {server.token}\r\n\r\n").encode()
        runs = [one_run(server, request) for _ in range(ROUNDS)]
        tell(report, runs)
        # However many came, they were one person with one browser.
        report.add("issues.lines", "  lines in the connection log for all of them", int(server.sql("-c", "select count(*) from connection_logs where slug_or_port = 'code'")), "", most=1)
