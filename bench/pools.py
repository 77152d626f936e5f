"""The section on pools of prebuilt workspaces."""

import json
import statistics
import subprocess

from rig import BIN, ROOT, Server

PRESETS = 1000


def prebuilds(report):
    """One pass of the reconciler over full pools: what a server does each minute though nothing happened."""
    server = Server()
    try:
        server.start()
        server.sign_in()
        server.sql("-v", f"presets={PRESETS}", "-f", str(ROOT / "bench/prebuilds.sql"))
        url = (server.data / "postgres.url").read_text().strip()
        done = subprocess.run([str(BIN / "server_pool_pass_bench"), url, "20"], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f"server_pool_pass_bench failed: {(done.stdout + done.stderr)[-400:]}")
        seen = json.loads(done.stdout)
        if seen["pools"] != PRESETS:
            raise RuntimeError(f"the pass saw {seen['pools']} pools of {PRESETS}")
        report.add("prebuilds.pass", f"pass over {PRESETS:,} pools with {PRESETS * 5:,} workspaces, median", statistics.median(seen["milliseconds"]), "ms",
                   most=1000.0, note=f"slowest {max(seen['milliseconds']):.0f} ms")
        report.add("prebuilds.sql", "  SQL statements", seen["statements"], "", most=2)
    finally:
        server.remove()
