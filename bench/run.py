#!/usr/bin/env python3
"""Prints what each budget of docs/architecture.md costs on this machine, beside a peer where there is one.

  ./dev bench            all of it; builds the release preset first
"""

import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = ROOT / "build/bin"
PASSWORD = "SomeSecurePassword!"


def say(what, value, budget=""):
    print(f"{what:<58} {value:>18}   {budget}", flush=True)


def call(url, path, body=None, token=None):
    request = urllib.request.Request(url + path, data=json.dumps(body).encode() if body else None, headers={"Coder-Session-Token": token} if token else {})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def resident_mib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def wrk(url, path, token):
    out = subprocess.run(["wrk", "-t1", "-c32", "-d5s", "--latency", "-H", f"Coder-Session-Token: {token}", url + path], capture_output=True, text=True).stdout
    rate, p99 = re.search(r"Requests/sec:\s+(\S+)", out), re.search(r"99%\s+(\S+)", out)
    return float(rate[1]), p99[1]


def nginx_rate():
    """A fixed answer from nginx: what this machine's loopback and load generator allow at all."""
    with tempfile.TemporaryDirectory() as folder:
        conf = pathlib.Path(folder) / "nginx.conf"
        conf.write_text(f"worker_processes 2; pid {folder}/pid; error_log /dev/null; events {{}} http {{ access_log off; server {{ listen 127.0.0.1:7391; "
                        f"location / {{ return 200 '{{}}'; }} }} }}")
        server = subprocess.Popen(["nginx", "-p", folder, "-c", str(conf), "-g", "daemon off;"], stderr=subprocess.DEVNULL)
        time.sleep(0.5)
        try:
            return wrk("http://127.0.0.1:7391", "/", "x")[0]
        finally:
            server.send_signal(signal.SIGTERM)
            server.wait()


def server_numbers():
    folder = tempfile.mkdtemp(prefix="slipway-bench-")
    os.chmod(folder, 0o755)
    server = subprocess.Popen([str(BIN / "slipwayd"), "--data-dir", f"{folder}/data", "--http-address", "127.0.0.1:7390", "--api-rate-limit", "0"],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        url = re.search(r"ready: (\S+)", server.stdout.readline())[1]
        time.sleep(2)
        say("slipwayd resident, idle", f"{resident_mib(server.pid):.1f} MiB", "<= 40 MB")
        call(url, "/api/v2/users/first", {"email": "b@example.com", "username": "bench", "password": PASSWORD})
        token = call(url, "/api/v2/users/login", {"email": "b@example.com", "password": PASSWORD})["session_token"]
        rate, p99 = wrk(url, "/api/v2/users/me", token)
        say("GET /users/me, requests a second (p99)", f"{rate:,.0f} ({p99})", ">= 10,000")
        peer = nginx_rate()
        say("  nginx with a fixed answer, and the ratio", f"{peer:,.0f} ({rate / peer:.2f})")
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(60)


def main():
    for program, budget in (("slipwayd", ""), ("slipway", ""), ("slipway-agent", "< 10 MB")):
        if (BIN / program).exists():
            say(f"{program} on disk", f"{(BIN / program).stat().st_size / 1e6:.1f} MB", budget)
    server_numbers()
    for program in sorted(BIN.glob("*_bench")):
        print(f"\n{program.name}", flush=True)
        subprocess.run([str(program)], check=False)


if __name__ == "__main__":
    main()
