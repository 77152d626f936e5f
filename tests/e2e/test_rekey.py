"""Key exchanges in the midst of data, with OpenSSH and through everything that lies between it and the agent."""

import concurrent.futures
import contextlib
import hashlib
import os
import pathlib
import re
import shutil
import socket
import socketserver
import subprocess
import threading
import time

import pytest

from conftest import PROGRAMS, free_port, until

MIB = 1 << 20
USUAL = 1024 * MIB  # OpenSSH exchanges keys after so much of the cipher that both prefer


class Client:
    """OpenSSH, reaching one workspace by the command line's configuration; `limit` is how much one key is used for."""

    def __init__(self, owner, workspace, limit):
        owner.cli("config-ssh", "--yes")
        self.config, self.host = f"{owner.config}/.ssh/config", f"slipway.{workspace}"
        self.options = ["-F", self.config, *(("-o", f"RekeyLimit={limit}") if limit != USUAL else ())]
        self.env = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": owner.config, "SLIPWAY_URL": owner.server.url, "SLIPWAY_SESSION_TOKEN": owner.token}

    def run(self, program, *words, timeout=60, stdout=subprocess.PIPE, **more):
        done = subprocess.run([program, *self.options, *words], env=self.env, stdout=stdout, stderr=subprocess.PIPE, timeout=timeout, **more)
        assert done.returncode == 0, (program, words, done.returncode, done.stderr[-2000:])
        return done

    def ssh(self, command):
        return self.run("ssh", self.host, command).stdout.decode()

    @contextlib.contextmanager
    def forwarding(self, *flags):
        """ssh -N with these flags; gives what it says on stderr so far."""
        process = subprocess.Popen(["ssh", *self.options, "-o", "ExitOnForwardFailure=yes", "-v", "-N", *flags, self.host], env=self.env,
                                   stderr=subprocess.PIPE, text=True)
        said = []
        reader = threading.Thread(target=lambda: said.extend(process.stderr))
        reader.start()
        try:
            yield said
        finally:
            process.terminate()
            process.wait(30)
            reader.join()


def exchanges(said):
    return sum("SSH2_MSG_NEWKEYS received" in line for line in said)


def sha_of(pieces):
    digest = hashlib.sha256()
    for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()


def sha(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def gone(path):
    """The SHA-256 of a file that is then removed: the big ones would fill a disk."""
    digest = sha(path)
    os.unlink(path)
    return digest


def pieces_of(path):
    with open(path, "rb") as file:
        while piece := file.read(1 << 16):
            yield piece


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while piece := self.request.recv(1 << 16):
            self.request.sendall(piece)


class Echoes(socketserver.ThreadingTCPServer):
    block_on_close = False  # a server that was killed leaves its agent's end open
    daemon_threads = True


@contextlib.contextmanager
def echo():
    """The port of a server on this machine that sends back what it gets."""
    with Echoes(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()


def through_port(port, path, seconds):
    """Sends the file into the port and gives the SHA-256 of what comes back."""
    with socket.create_connection(("127.0.0.1", port), timeout=seconds) as one, concurrent.futures.ThreadPoolExecutor() as pool:
        def send():
            for piece in pieces_of(path):
                one.sendall(piece)
            one.shutdown(socket.SHUT_WR)

        sent = pool.submit(send)
        digest = sha_of(iter(lambda: one.recv(1 << 16), b""))
        sent.result()
        return digest


class Carrier:
    """One file, carried each way by each tool. A tool's method returns when every byte of it has arrived as it was."""

    def __init__(self, client, folder, size, limit):
        self.client, self.folder, self.size, self.limit = client, pathlib.Path(folder), size, limit
        self.seconds = 120 + size / MIB  # at least a MiB a second: a limit for what hangs
        self.big, self.there = self.folder / "big", client.ssh("mktemp -d").strip()
        with open(self.big, "wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
        shutil.copyfile(self.big, f"{self.there}/down")  # the workspace's machine is ours
        self.wanted = sha(self.big)

    def exchanged(self, said):
        """Keys were exchanged as often as the limit asks for, or nearly: a window of data is under way meanwhile."""
        times = exchanges(said) - 1  # without the first, which is everybody's
        assert times >= max(2, self.size // self.limit // 4), f"{times} key exchanges in {self.size // MIB} MiB"

    def ssh_up(self):
        with open(self.big, "rb") as file:
            done = self.client.run("ssh", "-v", self.client.host, "sha256sum", stdin=file, timeout=self.seconds)
        assert done.stdout.split()[0].decode() == self.wanted
        self.exchanged(done.stderr.decode().splitlines())

    def ssh_down(self):
        with open(self.folder / "ssh", "wb") as file:
            done = self.client.run("ssh", "-v", self.client.host, f"cat {self.there}/down", stdout=file, timeout=self.seconds)
        assert gone(self.folder / "ssh") == self.wanted
        self.exchanged(done.stderr.decode().splitlines())

    def scp_up(self):
        self.client.run("scp", "-q", str(self.big), f"{self.client.host}:{self.there}/scp", timeout=self.seconds)
        assert gone(f"{self.there}/scp") == self.wanted

    def scp_down(self):
        self.client.run("scp", "-q", f"{self.client.host}:{self.there}/down", str(self.folder / "scp"), timeout=self.seconds)
        assert gone(self.folder / "scp") == self.wanted

    def sftp_both(self):
        orders = f"put {self.big} {self.there}/sftp\nget {self.there}/down {self.folder}/sftp\n"
        self.client.run("sftp", "-q", "-b", "-", self.client.host, input=orders.encode(), timeout=2 * self.seconds)
        assert (gone(f"{self.there}/sftp"), gone(self.folder / "sftp")) == (self.wanted, self.wanted)

    def rsync_both(self):
        shell = "ssh " + " ".join(f"'{one}'" for one in self.client.options)
        host, here = self.client.host, str(self.folder / "rsync")
        for source, target in ((str(self.big), f"{host}:{self.there}/rsync"), (f"{host}:{self.there}/down", here)):
            done = subprocess.run(["rsync", "--whole-file", "-e", shell, source, target], env=self.client.env, capture_output=True, timeout=self.seconds)
            assert done.returncode == 0, done.stderr
        assert (gone(f"{self.there}/rsync"), gone(here)) == (self.wanted, self.wanted)

    def local_forward_both(self):
        here = free_port()
        with echo() as port, self.client.forwarding("-L", f"127.0.0.1:{here}:127.0.0.1:{port}") as said:
            until("the forward", lambda: any("Entering interactive session" in line for line in said), 60)
            assert through_port(here, self.big, 2 * self.seconds) == self.wanted
            self.exchanged(said)

    def remote_forward_both(self):
        with echo() as port, self.client.forwarding("-R", f"0:127.0.0.1:{port}") as said:
            there = until("the port", lambda: next((found[1] for line in said if (found := re.search(r"Allocated port (\d+)", line))), None), 60)
            assert through_port(int(there), self.big, 2 * self.seconds) == self.wanted
            self.exchanged(said)

    def timed(self, tool):
        began = time.monotonic()
        tool()
        return tool.__name__, time.monotonic() - began


def carry_everything(owner, workspace, folder, size, limit=USUAL):
    """Each tool each way, both directions at once; every byte must arrive, and the agent must still answer."""
    owner.create(workspace)
    client = Client(owner, workspace, limit)
    one = Carrier(client, folder, size, limit)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        for pair in ((one.ssh_up, one.ssh_down), (one.scp_up, one.scp_down), (one.sftp_both, one.rsync_both), (one.local_forward_both, one.remote_forward_both)):
            for name, took in pool.map(one.timed, pair):
                ways = 2 if name.endswith("both") else 1
                print(f"{name:<20} {ways} x {size // MIB} MiB in {took:.1f} s, {ways * size / MIB / took:.1f} MiB/s")
    assert client.ssh(f"rm -r {one.there}; echo still here") == "still here\n"
    assert owner.cli("ping", workspace, "--count", "1").returncode == 0


def test_every_tool_goes_on_through_key_exchanges(owner, tmp_path):
    carry_everything(owner, "rekey", tmp_path, 40 * MIB, MIB)


@pytest.mark.long
def test_three_hundred_key_exchanges(owner, tmp_path):
    carry_everything(owner, "rekey300", tmp_path, 300 * MIB, MIB)


@pytest.mark.long
def test_three_gigabytes_with_the_usual_key_exchanges(owner, tmp_path):
    carry_everything(owner, "rekey3g", tmp_path, 3072 * MIB)
