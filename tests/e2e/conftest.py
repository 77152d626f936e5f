"""A real server with its embedded PostgreSQL, the real OpenTofu and provider, the real executables. Nothing is mocked."""

import contextlib
import io
import json
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import tarfile
import tempfile
import time

import httpx
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME", pathlib.Path.home() / ".cache")) / "slipway"
TOOLS = CACHE / "tools"
SERVER = pathlib.Path(os.environ.get("SLIPWAY_SERVER", ROOT / "build/debug/bin/slipwayd"))
PROGRAMS = pathlib.Path(os.environ.get("SLIPWAY_PROGRAMS", ROOT / "build/bin"))
ARTEFACTS = ROOT / "tests/e2e/artefacts"
# Where a program built with sanitizers leaves what it found; ./dev test refuses a run that left something there.
REPORTS = ROOT / "build/sanitizers"
SANITIZERS = {"ASAN_OPTIONS": f"detect_leaks=0:abort_on_error=0:log_path={REPORTS}/asan", "UBSAN_OPTIONS": f"print_stacktrace=1:log_path={REPORTS}/ubsan"}
PASSWORD = "SomeSecurePassword!"


def pytest_addoption(parser):
    parser.addoption("--long", action="store_true", help="also run what is marked long (./dev test --long)")


def pytest_configure(config):
    REPORTS.mkdir(parents=True, exist_ok=True)
    config.addinivalue_line("markers", "long: takes minutes; runs with --long only")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--long"):
        return
    left_out = [item for item in items if item.get_closest_marker("long")]
    if left_out:
        items[:] = [item for item in items if item not in left_out]
        config.hook.pytest_deselected(items=left_out)


def until(what, ask, seconds=60):
    """Waits for a state, never for a duration: polls `ask` until it is truthy, or fails saying what never came."""
    end = time.monotonic() + seconds
    last = None
    while time.monotonic() < end:
        last = ask()
        if last:
            return last
        time.sleep(0.1)
    raise AssertionError(f"{what} did not happen in {seconds} s; last seen: {last!r}")


def free_port():
    """Below those that Linux gives to whatever connects to anything: nobody else takes it before whoever asked for it does."""
    while True:
        port = random.randrange(4000, 10000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    def __init__(self, folder, *flags, port=0, data="data"):
        self.folder, self.flags, self.port, self.process = pathlib.Path(folder), list(flags), port, None
        self.data = self.folder / data
        self.umask = -1  # ours
        self.known_as_another = False  # behind something, whose address it prints: ours is by the port that it was given
        self.program = SERVER
        self.log = self.folder / f"slipwayd-{len(list(self.folder.glob('slipwayd-*')))}.log"

    def environment(self):
        env = {k: v for k, v in os.environ.items() if not k.startswith(("CODER_", "SLIPWAY_"))}
        # Variables that steer tofu are in many people's environments: none may reach a build.
        env.update(TF_CLI_CONFIG_FILE="/nonexistent/tofurc", TF_WORKSPACE="another", TF_CLI_ARGS="-bogus", HOME=str(self.folder), **SANITIZERS)
        return env

    def command(self):
        command = [self.program, "--data-dir", self.data, "--http-address", f"127.0.0.1:{self.port}", "--bin-dir", PROGRAMS,
                   "--terraform", TOOLS / "bin/tofu", "--api-rate-limit", "0", "--login-rate-limit", "0", "--shutdown-grace", "10s", *self.flags]
        return [str(c) for c in command]

    def start(self):
        self.process = subprocess.Popen(self.command(), stdout=subprocess.PIPE, stderr=open(self.log, "a"), env=self.environment(), text=True,
                                        start_new_session=True, umask=self.umask)
        line = ""
        for line in self.process.stdout:
            if found := re.search(r"ready: (http\S+)", line):
                if not self.known_as_another:
                    self.url = found[1]
                    self.port = int(self.url.rsplit(":", 1)[1])
                return self
        self.process.wait(30)
        raise AssertionError(f"slipwayd ended before it was ready ({line}): {self.log.read_text()[-3000:]}")

    def kill(self):
        """As a crash: no chance to say goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            assert self.process.wait(60) == 0, self.log.read_text()[-3000:]

    def api(self, token=""):
        return httpx.Client(base_url=self.url, headers={"Coder-Session-Token": token} if token else {}, timeout=60)


class Person:
    """Somebody signed in, with API and command line."""

    def __init__(self, server, token):
        self.server, self.token, self.http = server, token, server.api(token)
        self.config = tempfile.mkdtemp(prefix="slipway-cli-", dir=server.folder)

    def get(self, path, status=200):
        answer = self.http.get("/api/v2" + path)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json() if answer.text else None

    def send(self, method, path, body=None, status=200):
        answer = self.http.request(method, "/api/v2" + path, json=body)
        assert answer.status_code == status, (path, answer.status_code, answer.text)
        return answer.json() if answer.text else None

    def cli(self, *args, check=True, stdin=None, timeout=180):
        env = {"PATH": os.environ["PATH"], "HOME": self.config, "SLIPWAY_URL": self.server.url, "SLIPWAY_SESSION_TOKEN": self.token, "NO_COLOR": "1"}
        done = subprocess.run([str(PROGRAMS / "slipway"), *args], env=env, capture_output=True, text=True, input=stdin, timeout=timeout)
        if check:
            assert done.returncode == 0, (args, done.returncode, done.stdout, done.stderr)
        return done

    def starter(self, name="host", example="host"):
        """The template made from a starter, once."""
        found = self.http.get(f"/api/v2/organizations/default/templates/{name}")
        if found.status_code == 200:
            return found.json()
        version = self.send("POST", "/organizations/default/templateversions", {"storage_method": "file", "example_id": example, "provisioner": "terraform"}, 201)
        self.import_ended(version["id"])
        return self.template_of(version["id"], name)

    def version(self, text, variables=(), template=None):
        """A version whose one file, main.tf, is `text`, of `template` if that is there already; its import has begun."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as tar:
            entry = tarfile.TarInfo("main.tf")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
        upload = self.http.post("/api/v2/files", content=packed.getvalue(), headers={"Content-Type": "application/x-tar"})
        of = {"template_id": template["id"]} if template else {}
        return self.send("POST", "/organizations/default/templateversions", {"storage_method": "file", "file_id": upload.json()["hash"], "provisioner": "terraform",
                                                                             "user_variable_values": list(variables), **of}, 201)["id"]

    def template_of(self, version, name):
        return self.send("POST", "/organizations/default/templates", {"name": name, "template_version_id": version}, 201)

    def import_ended(self, version):
        job = until("the import", lambda: (lambda j: j if j.get("completed_at") else None)(self.get(f"/templateversions/{version}")["job"]), 120)
        if job["status"] != "succeeded":
            raise AssertionError(f"the import {job['status']}: {job.get('error')}\n" + "\n".join(line["output"] for line in self.get(f"/templateversions/{version}/logs")))

    def create(self, name, template=None):
        template = template or self.starter()
        workspace = self.send("POST", "/users/me/workspaces", {"name": name, "template_id": template["id"]}, 201)
        return self.ready(workspace["id"])

    def built(self, workspace, status="running"):
        def ask():
            w = self.get(f"/workspaces/{workspace}?include_deleted=true")
            assert w["latest_build"]["status"] != "failed" or status == "failed", self.get(f"/workspacebuilds/{w['latest_build']['id']}/logs")
            return w if w["latest_build"]["status"] == status else None
        return until(f"the workspace being {status}", ask, 180)

    def ready(self, workspace):
        self.built(workspace)
        def ask():
            w = self.get(f"/workspaces/{workspace}")
            agent = w["latest_build"]["resources"] and next((a for r in w["latest_build"]["resources"] for a in r["agents"] or []), None)
            return w if agent and agent["status"] == "connected" and agent["lifecycle_state"] == "ready" else None
        return until("the agent being ready", ask, 120)


def agent_of(workspace):
    return next(a for r in workspace["latest_build"]["resources"] for a in r["agents"] or [])


@contextlib.contextmanager
def folder_for_server():
    """A folder that the user whom PostgreSQL runs as reaches, too, and in which builds leave signs for a test."""
    path = tempfile.mkdtemp(prefix="slipway-e2e-")
    os.chmod(path, 0o1777)
    yield pathlib.Path(path)
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture(scope="session")
def folder():
    with folder_for_server() as path:
        yield path


def first_user(server):
    with server.api() as http:
        made = http.post("/api/v2/users/first", json={"email": "owner@example.com", "username": "owner", "password": PASSWORD})
        assert made.status_code == 201, made.text
        login = http.post("/api/v2/users/login", json={"email": "owner@example.com", "password": PASSWORD})
        return Person(server, login.json()["session_token"])


@pytest.fixture(scope="session")
def server(folder):
    running = Server(folder, "--allow-workspace-renames").start()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def owner(server):
    person = first_user(server)
    yield person
    for workspace in person.get("/workspaces")["workspaces"]:
        if workspace["latest_build"]["status"] in ("running", "failed", "stopped", "canceled"):
            person.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
            person.built(workspace["id"], "deleted")


@pytest.fixture()
def fresh():
    """A server of the test's own."""
    servers = []
    with folder_for_server() as path:
        def make(*flags, port=0, start=True, data="data", kind=Server):
            made = kind(path, *flags, port=port, data=data)
            servers.append(made)
            return made.start() if start else made

        make.folder = path
        yield make
        for made in servers:
            if made.process and made.process.poll() is None:
                made.stop()


@pytest.fixture(scope="module")
def browser():
    """One Chromium for a file of tests; the module that drives it is loaded by those that want it."""
    from browser import chromium
    with chromium() as running:
        yield running


@pytest.fixture()
def came(browser, server, owner):
    """Makes windows of anybody's, signed out."""
    from browser import windows
    with windows(browser, server.url) as come:
        yield come


@pytest.fixture()
def visitor(came):
    """The owner's window."""
    here = came()
    here.sign_in("owner@example.com", PASSWORD)
    return here
