"""What people hold open, beside the same without us: SSH and plain sshd, a forwarded port and the port itself, a terminal's echo."""

import contextlib
import json
import os
import pathlib
import pwd
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import uuid

from real_agents import server_and_fleet
from rig import BIN, TOOLS, Missing, free_port, until

BYTES = 96 << 20  # of one transfer
ROUNDS = 3        # of each, in turns with its peer
KEYS = 200        # of one round
FIRST_KEYS = 20   # these warm what is on the way
QUIET = ("-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR",
         "-o", "IgnoreUnknown=ObscureKeystrokeTiming", "-o", "ObscureKeystrokeTiming=no")  # newer clients hold keystrokes back on purpose

SENDER = f"""
import socket
listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
piece = bytes(1 << 16)
while True:
    one, _ = listener.accept()
    with one:
        if one.recv(1):
            for _ in range({BYTES} // len(piece)):
                one.sendall(piece)
"""


class Talk:
    """A program that is spoken with. Past its limit it is killed, and whoever hears it fails."""

    def __init__(self, command, env=None, stdin=subprocess.PIPE, seconds=90):
        self.errors = tempfile.TemporaryFile()
        self.process = subprocess.Popen(command, env=env, stdin=stdin, stdout=subprocess.PIPE, stderr=self.errors, bufsize=0, start_new_session=True)
        self.limit = threading.Timer(seconds, self.process.kill)
        self.limit.start()

    def hear(self, count):
        while count > 0:
            piece = self.process.stdout.read(min(count, 1 << 20))
            if not piece:
                self.process.wait(10)
                self.errors.seek(0)
                raise RuntimeError(f"{self.process.args[0]} ended early: {self.errors.read()[-300:].decode(errors='replace')}")
            count -= len(piece)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        """In good order where it can: an agent keeps the shell of whoever was killed."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(10)
        self.limit.cancel()
        self.process.stdout.close()
        self.errors.close()


class Ssh:
    """OpenSSH's client with what leads it to one host."""

    def __init__(self, options, host, env):
        self.command, self.env = ["ssh", *QUIET, *options, host], env

    def run(self, command, **more):
        return Talk([*self.command, command], env=self.env, **more)

    def down(self):
        with self.run(f"echo; exec head -c {BYTES} /dev/zero") as talk:
            talk.hear(1)
            began = time.monotonic()
            talk.hear(BYTES)
            return BYTES / (time.monotonic() - began)

    def up(self):
        with open("/dev/zero", "rb") as zeros, self.run(f"echo; head -c {BYTES} > /dev/null; echo", stdin=zeros) as talk:
            talk.hear(1)
            began = time.monotonic()
            talk.hear(1)
            return BYTES / (time.monotonic() - began)

    def echoes(self):
        """Seconds from a key until it is back, one key after another."""
        with self.run("exec cat") as talk:
            took = []
            for _ in range(FIRST_KEYS + KEYS):
                began = time.monotonic()
                talk.process.stdin.write(b"x")
                talk.hear(1)
                took.append(time.monotonic() - began)
            return took[FIRST_KEYS:]


def where_is_sshd():
    unpacked = TOOLS / "sshd"
    libraries = {"LD_LIBRARY_PATH": ":".join(str(path) for path in unpacked.glob("**/*-linux-gnu"))}
    for path, env in (("/usr/sbin/sshd", {}), (unpacked / "usr/sbin/sshd", libraries)):
        if pathlib.Path(path).exists():
            return str(path), env
    raise Missing("sshd is not here: ./dev bench unpacks it where apt-get is")


@contextlib.contextmanager
def plain_sshd():
    """An sshd on this machine, and the client that enters by it. It serves the account that it runs as: ours or, root being refused
    without an account of sshd's own, PostgreSQL's."""
    program, libraries = where_is_sshd()
    account = pwd.getpwnam("postgres") if os.getuid() == 0 else pwd.getpwuid(os.getuid())
    folder, port = pathlib.Path(tempfile.mkdtemp(prefix="slipway-bench-sshd-")), free_port()
    server = None
    try:
        folder.chmod(0o755)
        for key in ("host", "mine"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / key)], check=True, timeout=30)
        if os.getuid() == 0:
            os.chown(folder / "host", account.pw_uid, account.pw_gid)
        (folder / "settings").write_text(f"Port {port}\nListenAddress 127.0.0.1\nHostKey {folder}/host\nAuthorizedKeysFile {folder}/mine.pub\n"
                                         "StrictModes no\nPidFile none\nUsePAM no\n")
        become = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if os.getuid() == 0 else {}
        with open(folder / "log", "w", encoding="utf-8") as log:
            server = subprocess.Popen([program, "-D", "-e", "-f", str(folder / "settings")], env={**os.environ, **libraries}, stdin=subprocess.DEVNULL,
                                      stdout=log, stderr=log, start_new_session=True, **become)
        until("sshd listening", lambda: listens(port) or server.poll() is not None, 20)
        if server.poll() is not None:
            raise Missing("sshd did not start: " + (folder / "log").read_text()[-300:].strip())
        yield Ssh(["-i", str(folder / "mine"), "-p", str(port)], f"{account.pw_name}@127.0.0.1", dict(os.environ))
    finally:
        if server and server.poll() is None:
            server.terminate()
            server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def listens(port):
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


def processor_ticks():
    """Of all processors: busy, and all."""
    spent = [int(field) for field in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(spent) - spent[3] - spent[4], sum(spent)


class Rates:
    """Medians of what is measured in turns, so that a busy moment hits both; and how busy the processors were."""

    def __init__(self, ways):
        self.took, self.busy = {name: [] for name in ways}, {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                before = processor_ticks()
                self.took[name].append(way())
                busy, all_of_them = (now - then for now, then in zip(processor_ticks(), before))
                self.busy[name].append(busy / max(all_of_them, 1))

    def __getitem__(self, name):
        return statistics.median(self.took[name])

    def note(self, name):
        busy = statistics.median(self.busy[name])
        bound = ": bound by them, which all ends share" if busy > 0.85 else ""
        return f"{100 * busy:.0f}% of {os.cpu_count()} processors{bound}"


def beside(report, key, what, rates, least=None):
    """In MB/s; against the peer, if there is one."""
    report.add(f"streams.{key}", what, rates["ours"] / 1e6, "MB/s", note=rates.note("ours"))
    if "peer" in rates.took:
        report.add(f"streams.{key}.peer", "  without us", rates["peer"] / 1e6, "MB/s", note=rates.note("peer"))
        report.add(f"streams.{key}.ratio", "  of that", rates["ours"] / rates["peer"], "x", least=least)


def percentile(took, part):
    return sorted(took)[min(int(len(took) * part), len(took) - 1)] * 1000


def ssh(report, ours, peer):
    ways = {"ours": ours} | ({"peer": peer} if peer else {})
    beside(report, "ssh.down", "OpenSSH through slipway ssh --stdio, from the workspace", Rates({name: one.down for name, one in ways.items()}), least=0.7)
    beside(report, "ssh.up", "OpenSSH through slipway ssh --stdio, to the workspace", Rates({name: one.up for name, one in ways.items()}), least=0.7)
    took = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, one in ways.items():
            took[name] += one.echoes()
    report.add("streams.echo", "a key's echo by SSH, median", percentile(took["ours"], 0.5), "ms", note=f"p99 {percentile(took['ours'], 0.99):.2f} ms")
    if peer:
        report.add("streams.echo.peer", "  by plain sshd", percentile(took["peer"], 0.5), "ms", note=f"p99 {percentile(took['peer'], 0.99):.2f} ms")
        report.add("streams.echo.added", "  more than that", percentile(took["ours"], 0.5) - percentile(took["peer"], 0.5), "ms", most=1.0)


def from_port(port):
    with socket.create_connection(("127.0.0.1", port), timeout=60) as one:
        buffer, left = bytearray(1 << 20), BYTES
        one.sendall(b"x")
        left -= one.recv_into(buffer)
        began, first = time.monotonic(), left
        while left > 0:
            count = one.recv_into(buffer)
            if count == 0:
                raise RuntimeError("a connection through the port was cut")
            left -= count
        return first / (time.monotonic() - began)


def forwarded(report, env):
    """What it forwards to sends as fast as it can, once it is asked."""
    here = free_port()
    with subprocess.Popen([sys.executable, "-c", SENDER], stdout=subprocess.PIPE, text=True) as sender:
        try:
            there = int(sender.stdout.readline())
            with subprocess.Popen([str(BIN / "slipway"), "port-forward", "many-1", "--tcp", f"{here}:{there}"], env=env, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True) as forward:
                try:
                    until("the forward", lambda: listens(here), 30)
                    rates = Rates({"ours": lambda: from_port(here), "peer": lambda: from_port(there)})
                    beside(report, "port", "slipway port-forward, from the workspace's port", rates)
                finally:
                    end_in_good_order(forward)
        finally:
            sender.kill()


def end_in_good_order(process):
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


def typed(text):
    return json.dumps({"data": text}).encode()


def terminal(report, server):
    """As the dashboard's: one message a key, one with its echo."""
    from websockets.sync.client import connect  # of the tests' Python environment; the other sections do without
    agent = server.sql("-c", "select id from workspace_agents")
    url = f"{server.url.replace('http', 'ws', 1)}/api/v2/workspaceagents/{agent}/pty?reconnect={uuid.uuid4()}&width=80&height=24"
    with connect(url, additional_headers={"Coder-Session-Token": server.token}, compression=None, max_size=None) as one:
        one.send(typed("stty raw -echo; echo rea''dy; exec cat\r"))
        seen = b""
        while b"ready\n" not in seen:
            seen += one.recv(timeout=20)
        took = []
        for _ in range(FIRST_KEYS + ROUNDS * KEYS):
            began = time.monotonic()
            one.send(typed("x"))
            one.recv(timeout=20)
            took.append(time.monotonic() - began)
    took = took[FIRST_KEYS:]
    report.add("streams.terminal.p50", "a key's echo in a browser's terminal, median", percentile(took, 0.5), "ms")
    report.add("streams.terminal.p99", "  99th percentile", percentile(took, 0.99), "ms")


def streams(report):
    """Through a real server into the workspace of a real agent."""
    if not shutil.which("ssh"):
        raise Missing("OpenSSH's client is not installed")
    with server_and_fleet(1) as (server, fleet):
        fleet.start_up_to(1)
        env = {"PATH": f"{BIN}:{os.environ['PATH']}", "HOME": str(server.folder), "SLIPWAY_URL": server.url, "SLIPWAY_SESSION_TOKEN": server.token}
        ours = Ssh(["-o", f"ProxyCommand={BIN / 'slipway'} ssh --stdio many-1"], "many-1", env)
        try:
            with plain_sshd() as peer:
                ssh(report, ours, peer)
        except Missing as reason:
            report.skip("streams.ssh.peer", str(reason))
            ssh(report, ours, None)
        forwarded(report, env)
        terminal(report, server)
