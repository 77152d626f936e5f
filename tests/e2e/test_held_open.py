"""Nothing that a person holds open drops: shells, OpenSSH, forwarded ports and terminals go on over restarts and cuts, to the byte."""

import asyncio
import contextlib
import hashlib
import os
import pty
import re
import signal
import socket
import subprocess
import threading
import uuid

import pytest
import websockets

from conftest import PROGRAMS, Person, agent_of, first_user, free_port, until
from test_rekey import echo
from test_replicas import Balancer
from test_terminal import typed


def environment(person, url=""):
    return {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": person.config, "SLIPWAY_URL": url or person.server.url, "SLIPWAY_SESSION_TOKEN": person.token}


class Shell:
    """A program that counts in a workspace until a file appears, and says back what it is told meanwhile."""

    # Waits for what never comes, which starts no program: sixty that count would keep a machine busy with their sleeps.
    COUNT = "exec 9<> <(:); (n=0; until [ -e {stop} ]; do echo $n; n=$((n+1)); read -rt 0.02 -u 9; done; echo end) & cat; wait"

    def __init__(self, command, env, stop):
        self.stop, self.seen, self.said, self.heard = stop, [], 0, []
        self.process = subprocess.Popen([*command, self.COUNT.format(stop=stop)], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, start_new_session=True)
        self.errors = []
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.read, self.read_errors)]
        for thread in self.threads:
            thread.start()

    def read(self):
        for line in self.process.stdout:
            (self.heard if line.startswith("said ") else self.seen).append(line.strip())

    def read_errors(self):
        self.errors.extend(self.process.stderr)

    def progress(self):
        assert self.process.poll() is None, f"cut: {''.join(self.errors)}"
        self.process.stdin.write(f"said {self.said}\n")
        self.process.stdin.flush()
        self.said += 1
        return len(self.seen)

    def finish(self):
        until("the last count", lambda: self.seen[-1:] == ["end"], 60)
        self.process.stdin.close()
        assert self.process.wait(60) == 0, "".join(self.errors)
        for thread in self.threads:
            thread.join(30)
        assert self.seen == [*map(str, range(len(self.seen) - 1)), "end"]
        assert self.heard == [f"said {n}" for n in range(self.said)]

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


class Transfer:
    """Bytes through `slipway port-forward` to a server that sends them back, until it is told to finish."""

    def __init__(self, person, workspace, port):
        self.here, self.done, self.sent, self.back = free_port(), threading.Event(), hashlib.sha256(), hashlib.sha256()
        self.count = 0
        self.process = subprocess.Popen([PROGRAMS / "slipway", "port-forward", workspace, "--tcp", f"{self.here}:{port}"], env=environment(person),
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        self.socket = until("the forward", self.connect, 60)
        self.threads = [threading.Thread(target=work, daemon=True) for work in (self.send, self.receive)]
        for thread in self.threads:
            thread.start()

    def connect(self):
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", self.here))

    def send(self):
        while not self.done.wait(0.005):
            piece = os.urandom(4096)
            self.sent.update(piece)
            self.socket.sendall(piece)
        self.socket.shutdown(socket.SHUT_WR)

    def receive(self):
        while piece := self.socket.recv(1 << 16):
            self.back.update(piece)
            self.count += len(piece)

    def progress(self):
        assert self.process.poll() is None, "the forward has ended"
        assert all(thread.is_alive() for thread in self.threads), "the connection was cut"
        return self.count

    def finish(self):
        self.done.set()
        for thread in self.threads:
            thread.join(60)
        assert self.count > 0 and self.back.digest() == self.sent.digest()
        self.kill()

    def kill(self):
        self.done.set()
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGINT)
            self.process.wait(30)


class Terminal:
    """What the dashboard does: says how far it has seen, and takes up there."""

    HELLO = b"SLPWTTY1"

    def __init__(self, person, agent, stop):
        self.person, self.stop = person, stop
        self.where = f"/api/v2/workspaceagents/{agent}/pty?reconnect={uuid.uuid4()}&width=80&height=24&viewer={uuid.uuid4()}"
        self.next, self.text, self.messages, self.anew, self.over = 0, b"", [], 0, threading.Event()
        self.thread = threading.Thread(target=lambda: asyncio.run(self.live()), daemon=True)
        self.messages.append(typed(f"stty -echo; exec 9<> <(:); n=0; until [ -e {stop} ]; do echo c$n.; n=$((n+1)); read -rt 0.02 -u 9; done; echo the-$((1+0))-end\r"))
        self.thread.start()

    async def live(self):
        while not self.over.is_set():
            with contextlib.suppress(OSError, websockets.WebSocketException, asyncio.TimeoutError):
                url = self.person.server.url.replace("http", "ws", 1) + f"{self.where}&received={self.next}"
                async with websockets.connect(url, additional_headers={"Coder-Session-Token": self.person.token}, max_size=None) as socket_:
                    await self.show(socket_)
            await asyncio.sleep(0.1)

    async def show(self, socket_):
        head = b""
        while not self.over.is_set():
            piece = await asyncio.wait_for(socket_.recv(), 20)
            if head is None:
                self.text += piece
                self.next += len(piece)
                continue
            head += piece
            if len(head) < 24:
                continue
            assert head[:8] == self.HELLO
            start, taken = int.from_bytes(head[8:16], "big"), int.from_bytes(head[16:24], "big")
            self.anew += start != self.next
            self.text += head[24:]
            self.next, head = start + len(head) - 24, None
            for message in self.messages[0 if taken == 2**64 - 1 else taken:]:
                await socket_.send(message)

    def counted(self):
        return [int(number) for number in re.findall(r"c(\d+)\.\r?\n", self.text.decode(errors="replace"))]

    def progress(self):
        return len(self.counted())

    def finish(self):
        until("the end of the count", lambda: b"the-1-end" in self.text, 60)
        seen = self.counted()
        assert seen == list(range(len(seen))) and self.anew == 1
        self.kill()

    def kill(self):
        self.over.set()
        self.thread.join(30)


class Screen:
    """`slipway ssh --terminal` at a terminal of the test's own: counts as Terminal does."""

    OUTAGE = re.compile(rb"\r\nConnection lost[^\r]*\r\n|Back after [^\r]*\r\n")

    def __init__(self, command, env, stop):
        self.text, (self.ours, theirs) = b"", pty.openpty()
        self.process = subprocess.Popen(command, env=env, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
        os.close(theirs)
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()
        self.type(f"stty -echo; exec 9<> <(:); n=0; until [ -e {stop} ]; do echo c$n.; n=$((n+1)); read -rt 0.02 -u 9; done; echo the-$((1+0))-end\r")

    def read(self):
        with contextlib.suppress(OSError):  # how a terminal says that nobody has it open any more
            while piece := os.read(self.ours, 1 << 16):
                self.text += piece

    def type(self, text):
        os.write(self.ours, text.encode())

    def counted(self):
        return [int(number) for number in re.findall(r"c(\d+)\.\r?\n", self.OUTAGE.sub(b"", self.text).decode(errors="replace"))]

    def progress(self):
        assert self.process.poll() is None, self.text[-500:]
        return len(self.counted())

    def finish(self):
        until("the end of the count", lambda: b"the-1-end" in self.text, 60)
        seen = self.counted()
        assert seen == list(range(len(seen)))
        self.type("exit\r")
        assert self.process.wait(60) == 0, self.text[-500:]
        self.thread.join(30)
        os.close(self.ours)

    def kill(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)


def all_go_on(sessions):
    """Each has come further than it was, both ways."""
    before = [one.progress() for one in sessions]
    for one, was in zip(sessions, before):
        until(f"{type(one).__name__} going on", lambda one=one, was=was: one.progress() > was + 5, 60)


def hold_open(fresh, shells, transfers, terminals, workspaces=1):
    server = fresh()
    owner = first_user(server)
    made = [owner.create(f"held{i}") for i in range(workspaces)]
    name = lambda i: f"held{i % workspaces}"
    owner.cli("config-ssh", "--yes")
    stop = fresh.folder / "stop"
    slipway, env = str(PROGRAMS / "slipway"), environment(owner)
    sessions = []
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(echo())
        stack.callback(lambda: [one.kill() for one in sessions])
        for i in range(shells):
            by = [slipway, "ssh", name(i)] if i % 2 == 0 else ["ssh", "-F", f"{owner.config}/.ssh/config", f"slipway.{name(i)}"]
            sessions.append(Shell(by, env, stop))
        sessions += [Transfer(owner, name(i), port) for i in range(transfers)]
        sessions += [Terminal(owner, agent_of(made[i % workspaces])["id"], stop) for i in range(terminals)]
        all_go_on(sessions)
        for end in (server.stop, server.stop, server.kill):
            end()
            server.start()
            all_go_on(sessions)
        stop.touch()
        for one in sessions:
            one.finish()


def test_restarts_and_a_crash_of_the_server_cut_nothing(fresh):
    hold_open(fresh, shells=4, transfers=1, terminals=2)


@pytest.mark.long
def test_restarts_and_a_crash_of_the_server_cut_nothing_of_many(fresh):
    hold_open(fresh, shells=50, transfers=10, terminals=10, workspaces=3)


class Wire(Balancer):
    """Between a client and the server; cut() is what a change of address does to the connections there are."""

    def __init__(self, port):
        self.ends = []
        super().__init__()
        self.backends.append(port)

    def carry(self, source, sink):
        self.ends.append(source)
        Balancer.carry(source, sink)

    def cut(self):
        ends, self.ends = self.ends, []
        for end in ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def test_a_client_that_changes_its_address_goes_on(server, owner, folder):
    owner.create("moves")
    wire, stop = Wire(server.port), folder / f"stop-{uuid.uuid4()}"
    slipway, env = str(PROGRAMS / "slipway"), environment(owner, wire.url)
    sessions = [Shell([slipway, "ssh", "moves"], env, stop), Screen([slipway, "ssh", "--terminal", "moves"], env, stop)]
    try:
        all_go_on(sessions)
        for _ in range(5):
            wire.cut()
            all_go_on(sessions)
        stop.touch()
        for one in sessions:
            one.finish()
    finally:
        for one in sessions:
            one.kill()
        wire.close()


def test_who_lost_the_right_does_not_come_back(server, owner, folder):
    owner.create("revoked")
    key = owner.send("POST", "/users/me/keys/tokens", {"token_name": "for-a-while", "lifetime": 3600_000_000_000}, 201)["key"]
    stop = folder / f"stop-{uuid.uuid4()}"
    shell = Shell([str(PROGRAMS / "slipway"), "ssh", "revoked"], environment(Person(server, key)), stop)
    try:
        all_go_on([shell])

        owner.send("DELETE", f"/users/me/keys/{key.split('-')[0]}", status=204)

        assert shell.process.wait(60) != 0
        shell.threads[1].join(30)
        assert any(len(line.split()) > 3 for line in shell.errors), shell.errors
    finally:
        stop.touch()
        shell.kill()


def test_a_stopped_workspace_ends_its_shells_with_a_sentence(server, owner, folder):
    workspace = owner.create("ends")
    stop = folder / f"stop-{uuid.uuid4()}"
    shell = Shell([str(PROGRAMS / "slipway"), "ssh", "ends"], environment(owner), stop)
    try:
        all_go_on([shell])

        owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "stop"}, 201)

        assert shell.process.wait(120) != 0
        shell.threads[1].join(30)
        assert "was stopped by owner" in "".join(shell.errors)
    finally:
        stop.touch()
        shell.kill()
