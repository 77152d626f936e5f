"""Every right of a system subject is needed by a statement that runs under it.

tests/golden/duties.txt says what each may do (rbac_test keeps it true). What a statement needs follows from the tables that its
text reads and writes: the feature that keeps a table says what that is about, `-- about: table, table: type`, and of a table that belongs
to another one also by which action that is written, `-- about: table: type update`. A right without a statement is a fault, unless duties_unused.txt says what it waits for.
"""

import fnmatch
import glob
import os
import re

ABOUT = re.compile(r"^-- about: ([\w, ]+): (\w+)(?: (\w+))?$", re.MULTILINE)
KEPT = re.compile(r"^-- kept: ([\w, ]+): ", re.MULTILINE)
WRITES = {"insert into": "create", "update": "update", "delete from": "delete", "lock table": "update"}
READ_CHILD = {"update_personal": "read_personal"}


def listed(text):
    return [table for table in text.replace(" ", "").split(",") if table]


def tables(root):
    """Table: (type, the action of a write to a table that belongs to another, or None for a table of its own), and what is wrong there."""
    found, wrong = {}, []
    for path in sorted(glob.glob(os.path.join(root, "src/features/*/*.sql"))):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        kept = {table for line in KEPT.findall(text) for table in listed(line)}
        said = ABOUT.findall(text)
        if len(said) != text.count("\n-- about"):
            wrong.append(f"{os.path.relpath(path, root)}: [duties] a line `-- about:` cannot be read; write `-- about: table, table: type [action]`")
        for line, kind, action in said:
            for table in listed(line):
                if table not in kept or table in found:
                    wrong.append(f"{os.path.relpath(path, root)}: [duties] `-- about:` names {table}, which is not kept by this feature or is named twice")
                found[table] = (kind, action or None)
    return found, wrong


def needs(text, about):
    """(type, action) of what the statement touches; a table that no type is about belongs to the system."""
    found = set()
    for verb, table in re.findall(r"\b(insert into|update|delete from|lock table|from|join)\s+(\w+)", text):
        kind, child = about.get(table, ("system", None))
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
    (about, wrong), used, name_of = tables(root), set(), names(root)
    yield from wrong
    for duty, text in statements(root):
        used |= {(name_of.get(duty, duty), kind, action) for kind, action in needs(text, about)}
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
