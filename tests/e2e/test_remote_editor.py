"""What an editor does by the block that its plugin wrote: it brings its own server into the workspace over a shell, starts it there, and speaks
with it over many channels of that one connection for as long as somebody works."""

import concurrent.futures
import os
import re
import socket
import subprocess
import threading

import pytest

from conftest import first_user, free_port, until
from test_clients import PREFIX, Plugin, vs_code_config

CHANNELS = 20

# The way of editors: a shell without a terminal reads all this from its input. The server that it unpacks gives back what it is sent.
INSTALL = r"""
set -e
mkdir -p ~/.vscode-server/bin/f00 && cd ~/.vscode-server/bin/f00
cat > server.py <<'PYTHON'
import socketserver, sys, os
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while piece := self.request.recv(1 << 16):
            self.request.sendall(piece)
class Server(socketserver.ThreadingTCPServer):
    daemon_threads, request_queue_size = True, 64
with Server(("127.0.0.1", 0), Echo) as server:
    print(f"listeningOn=={server.server_address[1]}==", flush=True)
    server.serve_forever()
PYTHON
echo "type==${CODER_SSH_SESSION_TYPE:-gone}=="
exec python3 server.py
"""


class Editor:
    """Its connection: a shell that runs the server, and the proxy that OpenSSH opens beside it."""

    def __init__(self, plugin, host):
        self.socks = free_port()
        env = {"PATH": "/usr/bin:/bin", "HOME": str(plugin.folder)}
        self.ssh = subprocess.Popen(["ssh", "-T", "-D", f"127.0.0.1:{self.socks}", "-F", str(vs_code_config(plugin)), host, "bash"], env=env,
                                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.ssh.stdin.write(INSTALL)
        self.ssh.stdin.flush()
        self.kind = self.ssh.stdout.readline().strip()
        self.port = int(re.fullmatch(r"listeningOn==(\d+)==", self.ssh.stdout.readline().strip())[1])

    def channel(self):
        made = socket.create_connection(("127.0.0.1", self.socks), timeout=120)
        made.sendall(b"\x05\x01\x00")
        assert made.recv(2) == b"\x05\x00"
        made.sendall(b"\x05\x01\x00\x01\x7f\x00\x00\x01" + self.port.to_bytes(2, "big"))
        assert made.recv(10)[1] == 0
        return made


class Channel(threading.Thread):
    """Sends pieces and waits for each, until it is told to end."""

    def __init__(self, editor, over):
        super().__init__(daemon=True)
        self.socket, self.over, self.rounds, self.failure = editor.channel(), over, 0, None

    def run(self):
        try:
            while not self.over.is_set():
                piece, back = os.urandom(8192), b""
                self.socket.sendall(piece)
                while len(back) < len(piece):
                    back += (got := self.socket.recv(1 << 16))
                    assert got, "cut"
                assert back == piece
                self.rounds += 1
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure


@pytest.fixture()
def place(fresh):
    server = fresh()
    owner = first_user(server)
    made = owner.create("edited")
    yield server, owner
    owner.send("POST", f"/workspaces/{made['id']}/builds", {"transition": "delete"}, 201)
    owner.built(made["id"], "deleted")


def test_an_editors_channels_go_on_over_a_restart_of_the_server(place, tmp_path):
    server, owner = place
    plugin = Plugin(server, tmp_path, "coder-linux-amd64")
    assert plugin.login(owner.token).returncode == 0
    editor = Editor(plugin, f"{PREFIX}owner--edited.main")
    try:
        assert editor.kind == "type==gone==", "it tells what connects, and the programs there do not see it"
        over = threading.Event()
        with concurrent.futures.ThreadPoolExecutor(CHANNELS) as pool:
            channels = list(pool.map(lambda _: Channel(editor, over), range(CHANNELS)))
        for channel in channels:
            channel.start()
        all_go_on = lambda: (lambda before: until("all going on", lambda: all(c.rounds > n for c, n in zip(channels, before)) or [c.failure for c in channels if c.failure], 90))(
            [c.rounds for c in channels])
        assert all_go_on() is True

        server.stop()
        server.start()

        assert all_go_on() is True
        over.set()
        for channel in channels:
            channel.join(60)
        assert [c.failure for c in channels] == [None] * CHANNELS
    finally:
        editor.ssh.kill()
        editor.ssh.wait()
