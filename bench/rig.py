"""What the benchmarks run: a server with its own PostgreSQL, the peers beside it, a load generator. Every wait has a limit."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[1]
BIN = pathlib.Path(os.environ.get("SLIPWAY_PROGRAMS", ROOT / "build/bin"))
TOOLS = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "slipway/tools"
PASSWORD = "SomeSecurePassword!"


class Missing(Exception):
    """Something that a section needs is not on this machine; the sentence says what."""


def until(what, ask, seconds, pause=0.02):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ask():
            return found
        time.sleep(pause)
    raise TimeoutError(f"{what} did not happen in {seconds} s")


def resident_kib(pid):
    return int(re.search(r"VmRSS:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text())[1])


def proportional_kib(pid):
    """Memory with what is shared counted once over all who share it."""
    return int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)[1])


def descendants(pid):
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            found.append((int(entry.name), parent))
    below, grew = {pid}, True
    while grew:
        grew = False
        for child, parent in found:
            if parent in below and child not in below:
                below.add(child)
                grew = True
    return below - {pid}


def living_in(folder):
    """Processes whose environment names the folder, which is nobody else's."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and int(entry.name) != os.getpid() and str(folder).encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


class Server:
    """slipwayd with its embedded PostgreSQL in a folder of its own."""

    def __init__(self, *flags):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-"))
        os.chmod(self.folder, 0o755)
        self.data, self.flags, self.process, self.token = self.folder / "data", list(flags), None, None
        self.rates = ["--api-rate-limit", "0", "--login-rate-limit", "0"]
        self.port = 0  # any at the first start, the same one afterwards

    def start(self):
        """Seconds until it says that it is ready."""
        env = {k: v for k, v in os.environ.items() if not k.startswith(("CODER_", "SLIPWAY_"))}
        env.update(HOME=str(self.folder), TF_CLI_CONFIG_FILE=str(TOOLS / "tofurc"))
        command = [str(BIN / "slipwayd"), "--data-dir", str(self.data), "--http-address", f"127.0.0.1:{self.port}", *self.rates,
                   "--terraform", str(TOOLS / "bin/tofu"), *self.flags]
        began = time.monotonic()
        said = self.folder / "slipwayd.out"
        with open(said, "w", encoding="utf-8") as out, open(self.folder / "slipwayd.log", "a", encoding="utf-8") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=log, env=env, start_new_session=True)

        def ready():
            if self.process.poll() is not None:
                raise RuntimeError("slipwayd ended: " + (self.folder / "slipwayd.log").read_text()[-500:])
            return re.search(r"ready: (\S+)\n", said.read_text())

        self.url = until("slipwayd being ready", ready, 120, 0.002)[1]
        self.port = int(self.url.rsplit(":", 1)[1])
        return time.monotonic() - began

    def stop(self):
        """Seconds until it has ended, killed if need be; 0 when it does not run."""
        began = time.monotonic()
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(45)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait(10)
        return time.monotonic() - began

    def kill(self):
        """As a crash: no chance to say goodbye. Its PostgreSQL lives on, and is found by the next start."""
        self.process.kill()
        self.process.wait(10)

    def remove(self):
        self.stop()
        for pid in living_in(self.folder):  # agents of workspaces that a failed section left behind
            os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def call(self, method, path, body=None, as_text=False):
        request = urllib.request.Request(self.url + path, data=None if body is None else json.dumps(body).encode(), method=method,
                                         headers={"Coder-Session-Token": self.token} if self.token else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{method} {path}: {error.code} {error.read()[:300]}") from error
        return text.decode() if as_text else json.loads(text) if text else None

    def headers(self, method, path):
        request = urllib.request.Request(self.url + path, method=method, headers={"Coder-Session-Token": self.token})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.headers

    def sign_in(self):
        self.call("POST", "/api/v2/users/first", {"email": "bench@example.com", "username": "bench", "password": PASSWORD})
        self.token = self.call("POST", "/api/v2/users/login", {"email": "bench@example.com", "password": PASSWORD})["session_token"]

    def metric(self, series):
        """One value of what Prometheus would scrape; 0 when it is not there yet."""
        text = self.call("GET", "/api/v2/debug/metrics", as_text=True)
        found = re.search("^" + re.escape(series) + r" (\S+)$", text, re.MULTILINE)
        return float(found[1]) if found else 0.0

    def sql_per_request(self, path):
        """Statements per request so far, of one route."""
        labels = f'method="GET",path="{path}"'
        asked = self.metric(f'coderd_api_requests_processed_total{{code="200",{labels}}}')
        return self.metric(f"slipway_api_sql_statements_total{{{labels}}}") / max(asked, 1)

    def sql(self, *arguments):
        url = (self.data / "postgres.url").read_text().strip()
        psql = next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"), None) or shutil.which("psql")
        done = subprocess.run([str(psql), "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", *arguments, url], capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(done.stderr[-500:])
        return done.stdout.strip()

    def statements_a_minute(self, seconds):
        first, began = self.metric("slipway_db_statements_total"), time.monotonic()
        time.sleep(seconds)
        # The second look itself costs a key's look-up and the four statements of the gauges.
        return (self.metric("slipway_db_statements_total") - first - 5) * 60 / (time.monotonic() - began)


def wrk(url, token="", connections=32, seconds=5, script=None, headers=None):
    """Requests a second, 99th percentile in milliseconds, how many answers were neither 2xx nor 3xx. `script` is Lua that says what is sent."""
    if not shutil.which("wrk"):
        raise Missing("wrk is not installed")
    done = subprocess.run(["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "20s", "--latency", "-H", f"Coder-Session-Token: {token}",
                           *(part for name, value in (headers or {}).items() for part in ("-H", f"{name}: {value}")),
                           *(["-s", str(script)] if script else []), url],
                          capture_output=True, text=True, timeout=seconds + 60)
    rate = re.search(r"Requests/sec:\s+(\S+)", done.stdout)
    p99 = re.search(r"99%\s+([\d.]+)(us|ms|s)\s", done.stdout)
    if not rate or not p99:
        raise RuntimeError("wrk said: " + done.stdout[-300:] + done.stderr[-300:])
    wrong = re.search(r"Non-2xx or 3xx responses: (\d+)", done.stdout)
    return float(rate[1]), float(p99[1]) * {"us": 0.001, "ms": 1, "s": 1000}[p99[2]], int(wrong[1]) if wrong else 0


class Peer:
    """Another server that answers with the same bytes, from memory and for anyone: what the machine allows at most."""

    def __init__(self, kind, body):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="slipway-peer-"))
        os.chmod(self.folder, 0o755)
        (self.folder / "body.json").write_bytes(body)
        self.process = None
        {"nginx": self._nginx, "go": self._go}[kind]()

    def _nginx(self):
        if not shutil.which("nginx"):
            raise Missing("nginx is not installed")
        port = free_port()
        (self.folder / "nginx.conf").write_text(
            f"worker_processes 2; pid {self.folder}/pid; error_log /dev/null; daemon off; events {{ worker_connections 512; }}\n"
            f"http {{ access_log off; sendfile on; open_file_cache max=10; keepalive_requests 1000000000; default_type application/json;\n"
            f"server {{ listen 127.0.0.1:{port}; root {self.folder}; }} }}\n")
        self._run(["nginx", "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")], f"http://127.0.0.1:{port}/body.json")

    def _go(self):
        program = BIN / "bench_go_peer"
        if not program.exists():
            if not shutil.which("go"):
                raise Missing("Go is not installed")
            env = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", "GO111MODULE": "off"}
            subprocess.run(["go", "build", "-o", str(program), str(ROOT / "bench/go_peer.go")], env=env, check=True, capture_output=True, timeout=240)
        port = free_port()
        self._run([str(program), f"127.0.0.1:{port}", str(self.folder / "body.json")], f"http://127.0.0.1:{port}/")

    def _run(self, command, url):
        self.url = url
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

        def answers():
            try:
                with urllib.request.urlopen(url, timeout=2) as answer:
                    return answer.status == 200
            except OSError:
                return False

        until(f"{command[0]} answering", answers, 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def free_port():
    import socket
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
