"""Builds while everything under them is cut at random moments: what was made stays known, nothing stays stuck, every failure says why.

Each thing that a build makes is a file named by its resource's id, so that truth can be counted on disk."""

import json
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import zlib

import httpx
import pytest

from conftest import first_user, until
from test_provisioner import Daemon

TEMPLATE = """
variable "things" {
  type = string
}
variable "pause" {
  type = string
}
resource "terraform_data" "thing" {
  count = 3
  input = var.things
  provisioner "local-exec" {
    command = "sleep ${var.pause}; : > '${self.input}/${self.id}'"
  }
  provisioner "local-exec" {
    when    = destroy
    command = "rm -f '${self.input}/${self.id}'"
  }
}
"""
PACKED = b"\x01slipway-z1"  # how a state begins that is stored compressed
STUCK = 90  # seconds that a build may take with everything cut around it


class Wire:
    """The network between a provisioner and its server: passes on, or is cut."""

    def __init__(self, port):
        self.port, self.cut, self.ends = port, False, set()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.join, args=(near,), daemon=True).start()

    def join(self, near):
        try:
            if self.cut:
                raise OSError("cut")
            far = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            far.settimeout(None)
        except OSError:
            near.close()
            return
        self.ends |= {near, far}
        threading.Thread(target=self.carry, args=(near, far), daemon=True).start()
        self.carry(far, near)
        self.ends -= {near, far}

    @staticmethod
    def carry(source, sink):
        try:
            while piece := source.recv(65536):
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def set(self, cut):
        self.cut = cut
        for end in list(self.ends) if cut else []:
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass


class Chaos:
    """Cuts one part after the other until it is told to end; then all of them work again."""

    def __init__(self, server, provisioner, wire, random_):
        self.server, self.provisioner, self.wire, self.random = server, provisioner, wire, random_
        self.over, self.counts, self.failure = threading.Event(), {}, None
        self.thread = threading.Thread(target=self.run)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        self.thread.join()
        if self.failure:
            raise self.failure

    def run(self):
        try:
            while not self.over.wait(self.random.uniform(0.5, 4)):
                act = self.random.choice([self.database, self.crash, self.provisioner_dies, self.network, self.restart])
                self.counts[act.__name__] = self.counts.get(act.__name__, 0) + 1
                act()
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure

    def database(self):
        def killed():
            try:
                os.kill(int((self.server.data / "postgres/data/postmaster.pid").read_text().splitlines()[0]), signal.SIGKILL)
            except (OSError, IndexError, ValueError):
                return False  # it died of the cut before, and is only just being started
            return True

        until("a PostgreSQL to kill", killed, 30)

    def crash(self):
        self.server.kill()
        self.over.wait(self.random.uniform(0, 2))
        self.server.start()

    def restart(self):
        self.server.process.send_signal(signal.SIGTERM)
        assert self.server.process.wait(60) in (0, 1)  # 1: a build that did not end within so short a grace was left to the next start
        self.server.start()

    def provisioner_dies(self):
        self.provisioner.kill()
        self.over.wait(self.random.uniform(0, 2))
        self.provisioner.start()

    def network(self):
        self.wire.set(cut=True)
        self.over.wait(self.random.uniform(0.2, 5))
        self.wire.set(cut=False)


def insist(person, method, path, body=None, seconds=60):
    """Asks until there is an answer that is not the outage's."""
    def ask():
        try:
            answer = person.http.request(method, "/api/v2" + path, json=body)
        except httpx.HTTPError:
            return None
        return answer if answer.status_code < 500 and answer.status_code != 429 else None
    return until(f"an answer to {method} {path}", ask, seconds)


class Lane(threading.Thread):
    """One workspace after the other, each built several times; the next build begins when the last one has ended."""

    def __init__(self, person, template, builds, random_, name):
        super().__init__(name=name)
        self.person, self.template, self.builds, self.random = person, template, builds, random_
        self.ended, self.failure = [], None

    def run(self):
        try:
            while self.builds > 0:
                self.workspace()
        except BaseException as failure:  # pylint: disable=broad-except
            self.failure = failure

    def workspace(self):
        name = f"{self.name}-{self.builds}"
        # An answer that got lost may have made it all the same: then the name is taken.
        made = insist(self.person, "POST", "/users/me/workspaces", {"name": name, "template_id": self.template})
        assert made.status_code in (201, 409), made.text
        workspace = insist(self.person, "GET", f"/users/me/workspace/{name}").json()["id"]
        self.end(workspace)
        for transition in self.random.sample(["stop", "start", "stop", "delete"], self.random.randint(0, 2)):
            if self.builds <= 0:
                return
            begun = insist(self.person, "POST", f"/workspaces/{workspace}/builds", {"transition": transition})
            assert begun.status_code in (201, 409, 404, 410), begun.text
            if not self.end(workspace):
                return

    def end(self, workspace):
        self.builds -= 1
        begun, path = time.monotonic(), f"/workspaces/{workspace}?include_deleted=true"

        def ended():
            build = insist(self.person, "GET", path).json()["latest_build"]
            return build if build["job"].get("completed_at") else None
        build = until(f"the build of {workspace}", ended, STUCK)
        self.ended.append((build, time.monotonic() - begun))
        return build["status"] != "deleted"


def version(owner, things, pause):
    made = owner.version(TEMPLATE, [{"name": "things", "value": str(things)}, {"name": "pause", "value": pause}])
    owner.import_ended(made)
    return owner.template_of(made, "things")["id"]


def known_things(server):
    """As the database has it: the ids in the newest state of each workspace, the ids in any build's, and why builds failed."""
    query = """select w.id, j.job_status, j.error, coalesce(encode(b.provisioner_state, 'hex'), '-')
               from workspace_builds b join workspaces w on w.id = b.workspace_id join provisioner_jobs j on j.id = b.job_id
               order by w.id, b.build_number desc"""
    rows = subprocess.run(["psql", "-X", "-A", "-t", "-F", "\t", "-c", query, (server.data / "postgres.url").read_text().strip()], capture_output=True, text=True,
                          check=True, timeout=60).stdout
    newest, any_, failed, seen = set(), set(), [], set()
    for line in rows.splitlines():
        workspace, status, error, packed = line.split("\t")
        if status == "failed":
            failed.append(error)
        if packed == "-":
            continue
        packed = bytes.fromhex(packed)
        text = zlib.decompress(packed.removeprefix(PACKED)) if packed.startswith(PACKED) else packed
        ids = {i["attributes"]["id"] for r in json.loads(text)["resources"] for i in r["instances"]} if text else set()
        any_ |= ids
        if workspace not in seen:
            newest |= ids
            seen.add(workspace)
    return newest, any_, failed


def storm(fresh, builds, lanes, seed):
    print(f"seed {seed}", file=sys.stderr)
    dice = random.Random(seed)
    server = fresh("--provisioner-daemons", "2", "--job-timeout", "10s", "--shutdown-grace", "3s")
    things = pathlib.Path(server.folder) / "things"
    things.mkdir()
    things.chmod(0o777)  # builds run under accounts of their own
    owner = first_user(server)
    template = version(owner, things, "0.2")
    key = owner.send("POST", "/organizations/default/provisionerkeys", {"name": "elsewhere", "tags": {}}, 201)["key"]
    wire = Wire(server.port)
    provisioner = Daemon(server, key, CODER_URL=wire.url, SLIPWAY_PROVISIONER_DAEMON_DAEMONS="2").start()
    begun = time.monotonic()
    try:
        all_lanes = [Lane(owner, template, builds // lanes, random.Random(dice.random()), f"lane{i}") for i in range(lanes)]
        with Chaos(server, provisioner, wire, dice) as chaos:
            for lane in all_lanes:
                lane.start()
            for lane in all_lanes:
                lane.join()
        for lane in all_lanes:
            if lane.failure:
                raise lane.failure
        # Late states come home when everything is back.
        holdings = [server.data / "provisioner/unsent", *server.folder.glob("provisioner-cache/*/unsent")]
        until("the results being taken", lambda: not any(any(h.iterdir()) for h in holdings if h.exists()), 60)

        def lost():
            return sorted({f.name for f in things.iterdir()} - known_things(server)[0])
        until("each thing being in a state", lambda: not lost(), 30)
        newest, any_, failed = known_things(server)
    finally:
        provisioner.kill()
        wire.listener.close()
    ended = [build for lane in all_lanes for build in lane.ended]
    statuses = {}
    for build, _ in ended:
        statuses[build["job"]["status"]] = statuses.get(build["job"]["status"], 0) + 1
    reasons = {}
    for reason in failed:
        reasons[reason[:90]] = reasons.get(reason[:90], 0) + 1
    print(json.dumps({"builds": len(ended), "seconds": round(time.monotonic() - begun), "cuts": chaos.counts, "ended": statuses, "reasons": reasons,
                      "things on disk": len(list(things.iterdir())), "in the newest states": len(newest), "in any": len(any_),
                      "longest build": round(max(took for _, took in ended), 1)}, indent=1), file=sys.stderr)
    assert len(ended) >= builds // lanes * lanes and sum(chaos.counts.values()) > 0
    assert all(failed), failed
    # How many a storm leaves alone is chance; that most of it is not spent in failing is not.
    assert statuses.get("succeeded", 0) >= len(ended) / 4 and any_, statuses


def test_twenty_builds_in_a_storm_lose_nothing(fresh):
    storm(fresh, 20, 4, random.SystemRandom().randrange(1 << 30))


@pytest.mark.long
def test_two_hundred_builds_in_a_storm_lose_nothing(fresh):
    storm(fresh, 200, 5, random.SystemRandom().randrange(1 << 30))
