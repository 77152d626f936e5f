"""Finds statements that can only be answered by reading a whole table, however large it has become."""

import os

# As many rows as a deployment has servers, organizations or settings: reading all of them is fine. Every other table is big.
SMALL = {"crypto_keys", "custom_roles", "groups", "organizations", "provisioner_daemons", "provisioner_keys", "replicas", "site_settings"}

HERE = os.path.dirname(os.path.abspath(__file__))


def _scans(plan):
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", []):
        yield from _scans(part)


def excused():
    """Lines `noun.statement table reason` of sequential.txt: {(statement, table): reason}."""
    with open(os.path.join(HERE, "sequential.txt"), encoding="utf-8") as f:
        lines = [line.split(" ", 2) for line in f.read().splitlines() if line and not line.startswith("#")]
    return {(line[0], line[1]): line[2] if len(line) > 2 else "" for line in lines}


class Planner:
    """Asks for each statement's generic plan, the one that serves every caller, with sequential scans as the last resort."""

    def __init__(self, connection):
        self.connection, self.allowed, self.used = connection, excused(), set()
        connection.execute("set plan_cache_mode = force_generic_plan")
        connection.execute("set enable_seqscan = off")

    def faults(self, noun, statement):
        if statement.text.lstrip().split()[0].lower() not in ("select", "with", "insert", "update", "delete"):
            return  # lock table and the like have no plan
        values = ", ".join(["null"] * len(statement.parameters))
        self.connection.execute(f"prepare planned as {statement.text}")
        plan = self.connection.execute(f"explain (format json) execute planned{f'({values})' if values else ''}").fetchone()[0][0]["Plan"]
        self.connection.execute("deallocate planned")
        for table in sorted(set(_scans(plan)) - SMALL):
            key = (f"{noun}.{statement.name}", table)
            if self.allowed.get(key):
                self.used.add(key)
            else:
                yield f"{statement.where}: no index serves it: it reads all of {table}. Add an index, or excuse it with a reason in tools/sqlgen/sequential.txt"

    def unused(self):
        for name, table in sorted(set(self.allowed) - self.used):
            yield f"tools/sqlgen/sequential.txt excuses {name} on {table}, which needs no excuse: delete the line"
