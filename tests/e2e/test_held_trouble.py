"""What a person holds open outlives the loss of a server, of the database, of a key, an upgrade and a sleep. Two replicas on the
database of a third server: whatever goes, shells, forwarded ports and terminals go on to the byte."""

import asyncio
import contextlib
import os
import pathlib
import shutil
import signal
import subprocess
import time
import uuid

import pytest

from conftest import PROGRAMS, SERVER, Person, Server, agent_of, first_user, until
from test_held_open import Shell, Terminal, Transfer, all_go_on, environment
from test_rekey import echo
from test_replicas import Balancer, behind, owner_database, talk
from test_terminal import open_terminal, read_until

DEAD_PEER = 31  # seconds, after which a server gives up a client that says nothing


class Front(Balancer):
    """What people speak to in place of a server; counts who came."""

    api = Server.api

    def __init__(self, folder):
        self.folder, self.came = folder, 0
        super().__init__()

    def join(self, near):
        self.came += 1
        super().join(near)


class Place:
    """The database's own server, `one` that holds the agent's tunnel and builds, and `two`. `ahead` leads to `one` while that is
    there, `apart` and `own` to `two`."""

    def __init__(self, fresh, workspaces):
        self.folder = fresh.folder
        self.keeper = fresh("--provisioner-daemons", "0")
        owner = first_user(self.keeper)
        self.ahead, self.apart, self.own = (Front(self.folder) for _ in range(3))
        flags = ("--postgres-url", owner_database(self.keeper), "--access-url", self.ahead.url)
        self.one = behind(self.ahead, fresh, *flags, data="one")
        self.two = behind(self.ahead, fresh, *flags, "--provisioner-daemons", "0", data="two")
        for front in (self.apart, self.own):
            front.backends = [self.two.port, self.one.port]
        self.near, self.far = Person(self.ahead, owner.token), Person(self.apart, owner.token)
        self.at_one, self.at_two = Person(self.one, owner.token), Person(self.two, owner.token)
        self.far.cli("config-ssh", "--yes")
        self.workspaces = [self.at_one.create(f"held{i}") for i in range(workspaces)]
        self.agents = [agent_of(made)["id"] for made in self.workspaces]

    def close(self):
        for front in (self.ahead, self.apart, self.own):
            front.close()

    def remove(self):
        for made in self.workspaces:
            self.at_one.send("POST", f"/workspaces/{made['id']}/builds", {"transition": "delete"}, 201)
        for made in self.workspaces:
            self.at_one.built(made["id"], "deleted")

    def openssh(self):
        return ["ssh", "-F", f"{self.far.config}/.ssh/config", "slipway.held0"]

    def sql(self, text):
        psql = next(pathlib.Path("/usr/lib/postgresql").glob("*/bin/psql"), None) or shutil.which("psql")
        subprocess.run([str(psql), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", text, owner_database(self.keeper)], check=True, timeout=60, capture_output=True)


class LoggedIn:
    """Somebody whose key lies where `slipway login` keeps it, and is replaced there."""

    def __init__(self, place):
        self.place, self.home = place, place.folder / "logged-in"
        self.config = self.home / ".config/slipway"
        self.config.mkdir(parents=True)
        (self.config / "url").write_text(place.own.url + "\n")
        self.key = self.new_key()

    def environment(self):
        return {"PATH": f"{PROGRAMS}:/usr/bin:/bin", "HOME": str(self.home)}

    def new_key(self):
        key = self.place.at_one.send("POST", "/users/me/keys/tokens", {"token_name": f"key-{uuid.uuid4().hex[:8]}", "lifetime": 3600_000_000_000}, 201)["key"]
        (self.config / "token.new").write_text(key + "\n")
        os.replace(self.config / "token.new", self.config / "token")
        return key

    def rotate(self):
        before, self.key = self.key, self.new_key()
        self.place.at_one.send("DELETE", f"/users/me/keys/{before.split('-')[0]}", status=204)


def wakes_up(one):
    """By one signal for all of its processes: none may stop for what it sees of another."""
    before = one.progress()
    os.killpg(one.process.pid, signal.SIGCONT)
    until(f"{type(one).__name__} awake", lambda: one.progress() > before + 5, 60)
    state = pathlib.Path(f"/proc/{one.process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    assert state != "T", "it stopped again"


def keys_are_replaced(place, person, shell):
    """The one that servers know each other by, and the person's own, with which the shell was begun."""
    place.sql("insert into crypto_keys (feature, sequence, secret, starts_at) select feature, max(sequence) + 1,"
              " decode(md5(random()::text) || md5(random()::text), 'hex'), now() from crypto_keys where feature = 'replica_relay' group by feature")
    before = place.own.came
    person.rotate()
    until("the shell coming again, with the new key", lambda: place.own.came > before, 30)
    all_go_on([shell])


def database_is_away(place, seconds, sessions):
    place.keeper.stop()
    began = time.monotonic()
    all_go_on(sessions)
    until("the database having been away for so long", lambda: time.monotonic() - began > seconds, seconds + 60)
    all_go_on(sessions)
    place.keeper.start()
    until("the database being back", lambda: place.at_two.http.get("/api/v2/users/me").status_code == 200, 60)
    for agent in place.agents:
        until("the agent seen as connected", lambda agent=agent: place.at_two.get(f"/workspaceagents/{agent}")["status"] == "connected", 60)
    all_go_on(sessions)


def one_is_upgraded(place, sessions):
    program = place.folder / "upgrade/slipwayd"
    program.parent.mkdir()
    shutil.copy(SERVER, program)
    place.ahead.backends = [place.two.port]
    place.one.stop()
    all_go_on(sessions)
    place.one.program = program
    place.one.start()
    place.ahead.backends = [place.one.port, place.two.port]
    assert os.readlink(f"/proc/{place.one.process.pid}/exe") == str(program)
    # The new one asks the one that has the tunnel now.
    asyncio.run(talk(place.one, place.at_one, place.agents[0], uuid.uuid4(), "through-both"))
    all_go_on(sessions)


async def scroll_back(place, session, word):
    async with open_terminal(place.one, place.at_one, place.agents[0], session) as terminal:
        await read_until(terminal, word)


def whatever_goes_they_stay(fresh, away, asleep, shells, transfers, terminals, workspaces=1, restarts=0):
    place = Place(fresh, workspaces)
    person, stop, session = LoggedIn(place), place.folder / "stop", uuid.uuid4()
    slipway, near = str(PROGRAMS / "slipway"), environment(place.near)
    awake, sleepers = [], []

    def end_all():
        for one in sleepers:
            if one.process.poll() is None:
                os.killpg(one.process.pid, signal.SIGKILL)
        for one in awake + sleepers:
            one.kill()

    with contextlib.ExitStack() as stack:
        stack.callback(place.close)
        port = stack.enter_context(echo())
        stack.callback(end_all)
        awake.append(Shell([slipway, "ssh", "held0"], person.environment(), stop))
        awake.extend(Shell([slipway, "ssh", f"held{i % workspaces}"], near, stop) for i in range(shells - 2))
        awake.extend(Transfer(place.near, f"held{i % workspaces}", port) for i in range(transfers - 1))
        awake.extend(Terminal(place.near, place.agents[i % workspaces], stop) for i in range(terminals))
        sleepers.append(Shell(place.openssh(), environment(place.far), stop))
        sleepers.append(Transfer(place.far, "held0", port))
        all_go_on(awake + sleepers)
        for one in sleepers:
            os.killpg(one.process.pid, signal.SIGSTOP)
        fell_asleep = time.monotonic()

        keys_are_replaced(place, person, awake[0])
        database_is_away(place, away, awake)
        one_is_upgraded(place, awake)
        until("the sleep being long enough", lambda: time.monotonic() - fell_asleep > asleep, asleep + 60)
        for one in sleepers:
            wakes_up(one)
        asyncio.run(talk(place.two, place.at_two, place.agents[0], session, "before"))
        place.two.kill()
        all_go_on(awake + sleepers)
        asyncio.run(scroll_back(place, session, b"before-2"))
        for _ in range(restarts):
            place.one.stop()
            place.one.start()
            all_go_on(awake + sleepers)

        stop.touch()
        for one in awake + sleepers:
            one.finish()
        place.remove()


def test_a_lost_replica_database_or_key_an_upgrade_and_a_sleep_cut_nothing(fresh):
    whatever_goes_they_stay(fresh, away=8, asleep=DEAD_PEER, shells=3, transfers=2, terminals=1)


@pytest.mark.long
def test_all_that_and_restarts_and_ten_minutes_of_sleep_cut_nothing_of_many(fresh):
    whatever_goes_they_stay(fresh, away=30, asleep=600, shells=50, transfers=10, terminals=10, workspaces=3, restarts=3)
