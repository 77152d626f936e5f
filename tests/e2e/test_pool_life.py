"""A pool through its life, with the real OpenTofu and agents: it fills, is paused, replaces what is too old, keeps to its hours, and stops
at a version that makes nothing, until a better one comes."""

import datetime
import json

import psycopg

from conftest import until
from test_browser_app import member
from test_prebuilds import TEMPLATE, claim, full, pool, pooled
from test_replicas import owner_database

FLAGS = ("--workspace-prebuilds-reconciliation-interval", "2s", "--workspace-prebuilds-reconciliation-backoff-interval", "1s",
         "--workspace-prebuilds-failure-hard-limit", "2")


def variables(**values):
    return [{"name": name, "value": value if isinstance(value, str) else json.dumps(value)} for name, value in values.items()]


def promoted(person, template, **values):
    """Another version of the template, of these values, and the template with it."""
    version = person.version(TEMPLATE, variables(**values), template)
    person.import_ended(version)
    person.send("PATCH", f"/templates/{template['id']}/versions", {"id": version})
    return person.get(f"/templates/{template['id']}")


def days(*after):
    """Days of the week, so many after today, as cron numbers them."""
    today = datetime.datetime.now(datetime.timezone.utc).isoweekday()
    return ",".join(str((today + n) % 7) for n in after)


def status_of(person, template):
    return next(p["status"] for p in person.get(f"/templates/{template['id']}/prebuilds/status")["pools"] if p["active"])


def paused(person, now):
    person.send("PUT", "/prebuilds/settings", {"reconciliation_paused": now})


def limit_notices(person):
    return [n for n in person.get("/notifications/inbox")["notifications"] if "creating prebuilt workspaces" in n["title"]]


def test_a_pool_lives_by_its_rules(fresh):
    with pooled(fresh, "living", variables(instances=3, lasts=3600), FLAGS) as (server, owner, template):
        _, admin = member(server, owner, "tina")
        owner.send("PUT", "/users/tina/roles", {"roles": ["template-admin"]})  # who is told of pools that fail
        before = full(owner, 3)
        paused(owner, True)
        mine = claim(owner, "mine", template)
        assert mine["id"] in before
        mine = owner.ready(mine["id"])
        assert set(pool(owner)) == set(before) - {mine["id"]}, "nothing is made in a pause"
        paused(owner, False)
        members = full(owner, 3)

        # Too old: replaced.
        old = sorted(members)[0]
        with psycopg.connect(owner_database(server), autocommit=True) as database:
            database.execute("update workspaces set created_at = created_at - interval '2 hours' where id = %s", [old])
        until("the old one being replaced", lambda: old not in pool(owner) and len(pool(owner)) == 3, 120)

        # By the hours: of another day five, now one.
        plan = [{"cron": f"* * * * {days(3)}", "instances": 5}, {"cron": f"* * * * {days(0, 1)}", "instances": 1}]
        template = promoted(owner, template, instances=3, plan=plan)
        until("one of the new version alone", lambda: [w["latest_build"]["template_version_id"] for w in pool(owner).values()] == [template["active_version_id"]], 120)

        # A version that makes nothing: tried twice, told once.
        template = promoted(owner, template, instances=2, broken=True)
        until("the limit being reached", lambda: status_of(owner, template) == "hard_limited", 120)
        owner.send("POST", f"/workspaces/{mine['id']}/builds", {"transition": "stop"}, 201)
        owner.built(mine["id"], "stopped")
        owner.send("POST", f"/workspaces/{mine['id']}/builds", {"transition": "start"}, 201)
        owner.ready(mine["id"])  # a person's build goes on meanwhile
        assert len(until("the notice", lambda: limit_notices(admin), 30)) == 1

        # A better one.
        template = promoted(owner, template, instances=2)
        full(owner)
        assert status_of(owner, template) == "healthy"
        assert len(limit_notices(admin)) == 1
