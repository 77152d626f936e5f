"""Pools of workspaces that are ready before anybody asks: kept full, handed over with their agents running, and what a claim must replace."""

import asyncio
import contextlib
import io
import pathlib
import random
import tarfile
import threading
import time
import uuid

import httpx
import psycopg
import pytest

from conftest import ROOT, agent_of, first_user, until
from test_replicas import owner_database
from test_terminal import open_terminal, read_until, typed

TEMPLATE = (ROOT / "tests/e2e/templates/pooled/main.tf").read_text()
SYSTEM = "c42fdf75-3097-471c-8c33-fb52454d81c0"


def pool(person):
    """What is in pools and ready for whoever comes, by id."""
    found = {}
    for workspace in person.get("/workspaces?q=owner:prebuilds")["workspaces"]:
        agents = [a for r in workspace["latest_build"]["resources"] for a in r.get("agents") or []]
        if workspace["latest_build"]["status"] == "running" and agents and all(a["lifecycle_state"] == "ready" for a in agents):
            found[workspace["id"]] = workspace
    return found


def full(person, size=2):
    return until(f"a pool of {size}", lambda: (lambda members: members if len(members) == size else None)(pool(person)), 120)


def preset_of(person, template):
    return next(p["ID"] for p in person.get(f"/templateversions/{template['active_version_id']}/presets") if p["Name"] == "Small")


def agent_process(workspace):
    """The agent's process and its token, as the machine has them."""
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            environment = (entry / "environ").read_bytes().split(b"\0") if entry.name.isdigit() else []
            if f"SLIPWAY_HOST_WORKSPACE={workspace}".encode() in environment and b"slipway-agent" in (entry / "cmdline").read_bytes() + (entry / "comm").read_bytes():
                return int(entry.name), next(v for v in environment if v.startswith(b"CODER_AGENT_TOKEN="))
    raise AssertionError(f"no agent of {workspace} runs")


def claim(person, name, template, status=201):
    return person.send("POST", "/users/me/workspaces", {"name": name, "template_id": template["id"], "template_version_preset_id": preset_of(person, template)}, status)


def said_in_a_shell(server, person, workspace, text, wanted):
    async def scenario():
        async with open_terminal(server, person, agent_of(workspace)["id"], uuid.uuid4()) as socket:
            await socket.send(typed(text + "\r"))
            await read_until(socket, wanted.encode())

    asyncio.run(scenario())


def over(person, workspace):
    """Its last build, once that has ended."""
    last = person.get(f"/workspaces/{workspace['id']}?include_deleted=true")["latest_build"]
    return last if last["job"].get("completed_at") else None


@contextlib.contextmanager
def pooled(fresh, name, variables=(), flags=()):
    """A server with a full pool, emptied again afterwards: the agents are processes of this machine."""
    server = fresh(*flags)
    owner = first_user(server)
    version = owner.version(TEMPLATE, variables)
    owner.import_ended(version)
    template = owner.template_of(version, name)
    try:
        yield server, owner, owner.get(f"/templates/{template['id']}")
    finally:
        owner.send("PUT", "/prebuilds/settings", {"reconciliation_paused": True})
        for workspace in owner.get("/workspaces")["workspaces"]:
            last = until("its build being over", lambda w=workspace: over(owner, w), 60)
            if last["transition"] != "delete":  # by its pool
                owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "delete"}, 201)
        for workspace in owner.get("/workspaces")["workspaces"]:
            owner.built(workspace["id"], "deleted")


def test_a_ready_workspace_is_handed_over_and_the_pool_fills_again(fresh):
    with pooled(fresh, "pooled") as (server, owner, template):
        before = full(owner)
        processes = {id: agent_process(id) for id in before}

        mine = claim(owner, "mine", template)

        assert mine["id"] in before and mine["name"] == "mine" and not mine["is_prebuild"]
        assert (mine["latest_build"]["build_number"], mine["owner_name"]) == (2, "owner")
        mine = owner.ready(mine["id"])
        assert agent_process(mine["id"]) == processes[mine["id"]], "the agent's process and its token live on"
        said_in_a_shell(server, owner, mine, "echo whose-$CODER_WORKSPACE_OWNER_NAME-$CODER_WORKSPACE_NAME-$(tr '\\n' , < $HOME/owners)",
                        "whose-owner-mine-prebuilds,owner,")
        after = full(owner)
        assert mine["id"] not in after and set(before) - {mine["id"]} < set(after)


def test_what_a_claim_replaces_is_said_in_its_log(fresh):
    with pooled(fresh, "naming", [{"name": "names_owner", "value": "true"}]) as (_, owner, template):
        version = owner.get(f"/templateversions/{template['active_version_id']}")
        assert version["claim_replacements"] == [{"resource": "terraform_data.named[0]", "paths": ["triggers_replace"]}], "foreseen at the import"
        before = full(owner)
        mine = claim(owner, "mine", template)
        assert mine["id"] in before

        mine = owner.ready(mine["id"])

        logs = owner.get(f"/workspacebuilds/{mine['latest_build']['id']}/logs")
        assert any(line["log_level"] == "warn" and "# forces replacement" in line["output"] for line in logs), logs
        assert any("terraform_data.named[0] must be replaced" in line["output"] for line in logs), logs
        with psycopg.connect(owner_database(owner.server)) as database:
            assert database.execute("select replaced from prebuild_claims where workspace_id = %s", [mine["id"]]).fetchone() == (True,)


# ---- many at once, with servers dying ----

CLAIMERS, POOL, SERVERS = 200, 100, 3

RECORDING = """{"format_version":"1.2","planned_values":{"root_module":{"resources":[
 {"address":"data.coder_workspace_preset.p","mode":"data","type":"coder_workspace_preset","name":"p","values":{"name":"Small","parameters":{},
  "prebuilds":[{"instances":%d,"expiration_policy":[],"scheduling":[]}]}},
 {"address":"coder_agent.main","mode":"managed","type":"coder_agent","name":"main","values":{"os":"linux","arch":"amd64"}},
 {"address":"box.b","mode":"managed","type":"box","name":"b","values":{}}]}},
 "configuration":{"root_module":{"resources":[{"address":"box.b","expressions":{"t":{"references":["coder_agent.main.token"]}}}]}}}"""


def recorded_version(person, size):
    """A version whose builds are recorded, so that a hundred cost little."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        text = (RECORDING % size).encode()
        entry = tarfile.TarInfo("replay/import.json")
        entry.size = len(text)
        tar.addfile(entry, io.BytesIO(text))
    upload = person.http.post("/api/v2/files", content=packed.getvalue(), headers={"Content-Type": "application/x-tar"})
    return person.send("POST", "/organizations/default/templateversions", {"storage_method": "file", "file_id": upload.json()["hash"], "provisioner": "echo"}, 201)["id"]


class Killer(threading.Thread):
    """Kills one server after the other at random moments, until it is told to end; then all run."""

    def __init__(self, servers, chance):
        super().__init__()
        self.servers, self.chance, self.over, self.kills, self.failure = servers, chance, threading.Event(), 0, None

    def run(self):
        try:
            while not self.over.wait(self.chance.uniform(0.2, 1.5)):
                victim = self.chance.choice(self.servers)
                victim.kill()
                self.kills += 1
                victim.start()
        except Exception as failure:  # pylint: disable=broad-except
            self.failure = failure


class Claimer(threading.Thread):
    """One person who wants one workspace, and asks for it until there is one of that name."""

    def __init__(self, number, servers, token, wish, chance):
        super().__init__()
        self.name_, self.servers, self.token, self.wish, self.chance, self.got = f"ws{number}", servers, token, wish, chance, None

    def run(self):
        end = time.monotonic() + 240
        while time.monotonic() < end and not self.got:
            server = self.chance.choice(self.servers)
            try:
                with server.api(self.token) as http:
                    made = http.post("/api/v2/users/me/workspaces", json={**self.wish, "name": self.name_})
                    if made.status_code == 409:  # an answer was lost: it is there
                        made = http.get(f"/api/v2/users/me/workspace/{self.name_}")
                    if made.status_code in (200, 201):
                        self.got = made.json()["id"]
            except httpx.HTTPError:
                time.sleep(self.chance.uniform(0.05, 0.3))


@pytest.mark.long
def test_nobody_gets_anothers_and_nothing_is_lost_while_servers_die(fresh):
    chance = random.Random(17)
    keeper = fresh("--provisioner-daemons", "0")
    owner = first_user(keeper)
    database = owner_database(keeper)
    with psycopg.connect(database, autocommit=True) as look:
        def one(query, *values):
            return look.execute(query, values).fetchone()[0]

        servers = [fresh("--postgres-url", database, "--provisioner-daemons", "2", "--job-timeout", "20s", data=f"server{n}") for n in range(SERVERS)]
        version = recorded_version(owner, POOL)
        owner.import_ended(version)
        template = owner.template_of(version, "boxes")
        ready = "update workspace_agents set lifecycle_state = 'ready' where lifecycle_state = 'created'"
        running = ("select count(*) from workspaces w join workspace_builds b on b.workspace_id = w.id and b.build_number = 1 join provisioner_jobs j on j.id = b.job_id"
                   f" where w.owner_id = '{SYSTEM}' and not w.deleted and j.job_status = 'succeeded'")
        until("the pool being full", lambda: look.execute(ready) and one(running) == POOL, 300)
        wish = {"template_id": template["id"], "template_version_preset_id": str(one("select id from template_version_presets"))}

        killer = Killer(servers, chance)
        claimers = [Claimer(n, servers, owner.token, wish, random.Random(n)) for n in range(CLAIMERS)]
        killer.start()
        for claimer in claimers:
            claimer.start()
        for claimer in claimers:
            claimer.join()
        killer.over.set()
        killer.join()

        assert killer.failure is None and killer.kills > 3, (killer.failure, killer.kills)
        assert all(claimer.got for claimer in claimers), [claimer.name_ for claimer in claimers if not claimer.got]
        assert len({claimer.got for claimer in claimers}) == CLAIMERS
        assert one("select count(*) from workspaces where owner_id <> %s and not deleted", SYSTEM) == CLAIMERS
        assert one("select count(*) from (select workspace_id from prebuild_claims group by workspace_id having count(*) > 1) twice") == 0
        assert one("select count(*) from prebuild_claims where not missed") >= POOL / 2, "most of the pool was taken"
        until("no job being left", lambda: one("select count(*) from provisioner_jobs where completed_at is null") == 0, 180)
        until("the pool being full again", lambda: look.execute(ready) and one(running) == POOL, 300)
        assert one("select count(*) from workspace_builds b join workspaces w on w.id = b.workspace_id where w.owner_id <> %s and b.transition = 'delete'", SYSTEM) == 0
