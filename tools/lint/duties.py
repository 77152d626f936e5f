"""Every right of a system subject is needed by a statement that runs under it.

tests/golden/duties.txt says what each may do (rbac_test keeps it true). What a statement needs follows from the tables that its
text reads and writes. A right without a statement is a fault, unless duties_unused.txt says what it waits for.
"""

import fnmatch
import glob
import os
import re

# Table: (type, the action of a write to a table that belongs to another, or None for a table of its own).
TABLES = {
    "users": ("user", None), "git_ssh_keys": ("user", "update_personal"), "user_links": ("user", "update_personal"), "login_conversions": ("user", "update_personal"),
    "password_resets": ("user", "update_personal"), "user_settings": ("user", "update_personal"),
    "api_keys": ("api_key", None), "organizations": ("organization", None), "organization_members": ("organization_member", None),
    "groups": ("group", None), "group_members": ("group_member", None), "custom_roles": ("assign_org_role", None), "files": ("file", None),
    "templates": ("template", None), "template_versions": ("template", "update"), "template_version_parameters": ("template", "update"),
    "template_version_variables": ("template", "update"), "template_version_presets": ("template", "update"),
    "template_version_preset_parameters": ("template", "update"), "provisioner_jobs": ("provisioner_jobs", None),
    "provisioner_job_logs": ("provisioner_jobs", "update"), "provisioner_job_timings": ("provisioner_jobs", "update"),
    "provisioner_daemons": ("provisioner_daemon", None), "provisioner_keys": ("provisioner_daemon", None), "workspaces": ("workspace", None),
    "workspace_builds": ("workspace", "update"), "workspace_build_parameters": ("workspace", "update"),
    "workspace_agent_devcontainers": ("workspace_agent_devcontainers", None), "crypto_keys": ("crypto_key", None), "audit_logs": ("audit_log", None),
    "connection_logs": ("connection_log", None), "workspace_agent_memory_resource_monitors": ("workspace_agent_resource_monitor", None),
    "workspace_agent_volume_resource_monitors": ("workspace_agent_resource_monitor", None),
}
WRITES = {"insert into": "create", "update": "update", "delete from": "delete", "lock table": "update"}
READ_CHILD = {"update_personal": "read_personal"}


def needs(text):
    """(type, action) of what the statement touches; a table that no type is about belongs to the system."""
    found = set()
    for verb, table in re.findall(r"\b(insert into|update|delete from|lock table|from|join)\s+(\w+)", text):
        kind, child = TABLES.get(table, ("system", None))
        if verb in ("from", "join"):
            found.add((kind, READ_CHILD.get(child, "read")))
        else:
            found.add((kind, child or WRITES[verb]))
    if "do update" in text:
        found |= {(kind, "update") for kind, action in found if action == "create"}
    if re.search(r"\bset\b.*\bdeleted\b", text, re.S):
        found |= {(kind, "delete") for kind, action in found if action == "update"}
    return found | {("workspace_dormant", action) for kind, action in found if kind == "workspace"}  # rows of one table


def statements(root):
    """(duty, text) of every statement that runs under one; the audit trail's is the store's own."""
    with open(os.path.join(root, "src/store/trail.cpp"), encoding="utf-8") as f:
        yield "audit_recorder", re.search(r'R"sql\((.*?)\)sql"', f.read(), re.S)[1].lower()
    for path in sorted(glob.glob(os.path.join(root, "src/features/*/*.sql"))):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        fragments = dict(re.findall(r"^-- define: (\w+)\n(.*?)(?=^-- |\Z)", text, re.M | re.S))
        for part in re.split(r"^-- name: ", text, flags=re.M)[1:]:
            if duty := re.search(r"^-- authz: duty (\w+)", part, re.M):
                part = re.sub(r"\{(\w+)\}", lambda found: fragments.get(found[1], ""), part)
                yield duty[1], re.sub(r"^--.*$", "", part.split("\n", 1)[1], flags=re.M).lower()


def permits(root):
    """(duty, type, action) of every statement under a permit that a duty takes out: `-- under: DUTY` says which."""
    for path in sorted(glob.glob(os.path.join(root, "src/features/*/*.sql"))):
        with open(path, encoding="utf-8") as f:
            for part in re.split(r"^-- name: ", f.read(), flags=re.M)[1:]:
                duty, permit = re.search(r"^-- under: (\w+)", part, re.M), re.search(r"^-- authz: permit (\w+) (\w+)", part, re.M)
                if duty and permit:
                    yield duty[1], permit[2].rstrip("_"), permit[1].rstrip("_")


def names(root):
    """The enumerator of a duty -> its name."""
    with open(os.path.join(root, "src/rbac/duties.hpp"), encoding="utf-8") as f:
        enumerators = re.findall(r"^  (\w+),$", f.read().split("enum class Duty {")[1].split("}")[0], re.M)
    with open(os.path.join(root, "src/rbac/duties.cpp"), encoding="utf-8") as f:
        known = re.findall(r'\{(?:"([\w-]+)"|kSignInName), "', f.read().split("kNames[] = {")[1].split("};")[0])
    return {each: name or "signin" for each, name in zip(enumerators, known)}


def faults(root):
    used, name_of = set(), names(root)
    for duty, text in statements(root):
        used |= {(name_of.get(duty, duty), kind, action) for kind, action in needs(text)}
    used |= {(name_of.get(duty, duty), kind, action) for duty, kind, action in permits(root)}
    with open(os.path.join(root, "tools/lint/duties_unused.txt"), encoding="utf-8") as f:
        waiting = [line.split(None, 2) for line in f if line.strip() and not line.startswith("#")]
    with open(os.path.join(root, "tests/golden/duties.txt"), encoding="utf-8") as f:
        rights = [tuple(line.split()) for line in f if not line.startswith("#")]
    for duty, kind, action in rights:
        if any(d == duty and kind in (k, "*") and action in (a, "*") for d, k, a in used):
            continue
        if any(fnmatch.fnmatchcase(duty, d) and fnmatch.fnmatchcase(f"{kind}:{action}", pair) for d, pair, _ in waiting):
            continue
        yield f"tests/golden/duties.txt: [duties] {duty} may {kind}:{action}, but no statement of it needs that; take it away, or say in tools/lint/duties_unused.txt what it waits for"


if __name__ == "__main__":
    print("\n".join(faults(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))))
