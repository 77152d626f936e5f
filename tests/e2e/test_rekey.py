"""Key exchanges in the midst of data, with OpenSSH and through everything that lies between it and the agent."""

import concurrent.futures
import contextlib
import hashlib
import os
import re
import shutil
import socket
import subprocess
import threading

import pytest

from conftest import PROGRAMS, free_port, until

MIB = 1 << 20


class Client:
    """OpenSSH, reaching one workspace by the command line's configuration."""

    def __init__(self, owner, workspace, *options):
        owner.cli("config-ssh", "--yes")
        self.config, self.host = f"{owner.config}/.ssh/config", f"slipway.{workspace}"
        self.options = ["-F", self.config, *(word for option in options for word in ("-o", option))]
        self.env = {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": owner.config, "SLIPWAY_URL": owner.server.url, "SLIPWAY_SESSION_TOKEN": owner.token}

    def run(self, program, *words, timeout=900, **more):
        done = subprocess.run([program, *self.options, *words], env=self.env, capture_output=True, timeout=timeout, **more)
        assert done.returncode == 0, (program, words, done.returncode, done.stderr[-2000:])
        return done

    def ssh(self, command, **more):
        return self.run("ssh", self.host, command, **more).stdout.decode()

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


def gone(path):
    """The SHA-256 of a file that is then removed: the big ones would fill a disk."""
    digest = sha(path)
    os.unlink(path)
    return digest


def sha(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Echo:
    """A server on this machine that sends back what it gets, and knows how much that was."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                one, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.echo, args=(one,), daemon=True).start()

    @staticmethod
    def echo(one):
        with one:
            while piece := one.recv(1 << 16):
                one.sendall(piece)


def through_port(port, path):
    """Sends the file into the port and gives the SHA-256 of what comes back."""
    with socket.create_connection(("127.0.0.1", port)) as one:
        def send():
            with open(path, "rb") as file:
                while piece := file.read(1 << 16):
                    one.sendall(piece)
            one.shutdown(socket.SHUT_WR)
        sender = threading.Thread(target=send)
        sender.start()
        digest = hashlib.sha256()
        while piece := one.recv(1 << 16):
            digest.update(piece)
        sender.join()
        return digest.hexdigest()


def carry_everything(owner, workspace, folder, size, *options):
    """Each tool each way, both directions at once; every byte must arrive, and the agent must still answer."""
    client = Client(owner, workspace, *options)
    big = folder / "big"
    with open(big, "wb") as file:
        for _ in range(size // MIB):
            file.write(os.urandom(MIB))
    wanted, there = sha(big), client.ssh("mktemp -d").strip()
    shutil.copyfile(big, f"{there}/down")  # the workspace's machine is ours
    echo, here = Echo(), free_port()

    def ssh_up():
        with open(big, "rb") as file:
            assert client.ssh("sha256sum", stdin=file).split()[0] == wanted

    def ssh_down():
        digest = hashlib.sha256()
        process = subprocess.Popen(["ssh", *client.options, client.host, f"cat {there}/down"], env=client.env, stdout=subprocess.PIPE)
        while piece := process.stdout.read(1 << 20):
            digest.update(piece)
        assert (process.wait(), digest.hexdigest()) == (0, wanted)

    def scp_up():
        client.run("scp", "-q", str(big), f"{client.host}:{there}/scp")
        assert gone(f"{there}/scp") == wanted

    def scp_down():
        client.run("scp", "-q", f"{client.host}:{there}/down", str(folder / "scp"))
        assert gone(folder / "scp") == wanted

    def sftp():
        client.run("sftp", "-q", "-b", "-", client.host, input=f"put {big} {there}/sftp\nget {there}/down {folder}/sftp\n".encode())
        assert (gone(f"{there}/sftp"), gone(folder / "sftp")) == (wanted, wanted)

    def rsync():
        shell = "ssh " + " ".join(f"'{one}'" for one in client.options)
        for source, target in ((str(big), f"{client.host}:{there}/rsync"), (f"{client.host}:{there}/down", str(folder / "rsync"))):
            done = subprocess.run(["rsync", "--whole-file", "-e", shell, source, target], env=client.env, capture_output=True, timeout=900)
            assert done.returncode == 0, done.stderr
        assert (gone(f"{there}/rsync"), gone(folder / "rsync")) == (wanted, wanted)

    def local_forward():
        with client.forwarding("-L", f"127.0.0.1:{here}:127.0.0.1:{echo.port}") as said:
            until("the forward", lambda: any("Entering interactive session" in line for line in said), 60)
            assert through_port(here, big) == wanted

    def remote_forward():
        with client.forwarding("-R", f"0:127.0.0.1:{echo.port}") as said:
            port = until("the port", lambda: next((found[1] for line in said if (found := re.search(r"Allocated port (\d+)", line))), None), 60)
            assert through_port(int(port), big) == wanted

    with concurrent.futures.ThreadPoolExecutor() as pool:
        for pair in ((ssh_up, ssh_down), (scp_up, scp_down), (sftp, rsync), (local_forward, remote_forward)):
            for done in [pool.submit(one) for one in pair]:
                done.result()
    echo.socket.close()
    assert client.ssh(f"rm -r {there}; echo still here") == "still here\n"
    assert owner.cli("ping", workspace, "--count", "1").returncode == 0


def test_every_tool_goes_on_through_key_exchanges(owner, tmp_path):
    owner.create("rekey")
    carry_everything(owner, "rekey", tmp_path, 40 * MIB, "RekeyLimit=1M")


@pytest.mark.long
def test_three_hundred_key_exchanges(owner, tmp_path):
    owner.create("rekey300")
    carry_everything(owner, "rekey300", tmp_path, 300 * MIB, "RekeyLimit=1M")


@pytest.mark.long
def test_three_gigabytes_with_the_usual_key_exchanges(owner, tmp_path):
    owner.create("rekey3g")
    carry_everything(owner, "rekey3g", tmp_path, 3072 * MIB)
