"""Every table says how long it keeps what, on a line `-- kept: table, table: …` of the .sql of the feature that owns it.

A statement named in brackets there, such as (purge) or (audit.purge_connections), must exist.
"""

import glob
import os
import re

KEPT = re.compile(r"^-- kept: ([\w, ]+): (.+)$", re.MULTILINE)
NAMES = re.compile(r"^-- name: (\w+) ", re.MULTILINE)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def tables(root):
    """The tables that all migrations together leave behind."""
    left = set()
    for path in sorted(glob.glob(os.path.join(root, "db/migrations/*.sql"))):
        text = re.sub(r"--[^\n]*", "", read(path))
        for what, name in re.findall(r"\b(create|drop) table (?:if (?:not )?exists )?(\w+)", text):
            (left.add if what == "create" else left.discard)(name)
    return left


def faults(root):
    said, names = {}, {}
    for path in sorted(glob.glob(os.path.join(root, "src/features/*/*.sql"))):
        noun, text = os.path.basename(os.path.dirname(path)), read(path)
        names[noun] = set(NAMES.findall(text))
        for listed, how in KEPT.findall(text):
            for table in listed.replace(" ", "").split(","):
                said.setdefault(table, []).append((os.path.relpath(path, root), noun, how))
    known = tables(root)
    found = [f"db/migrations: [kept] {table} says nowhere how long it keeps what: add `-- kept: {table}: …` to its feature's .sql"
             for table in sorted(known - said.keys())]
    for table, lines in sorted(said.items()):
        path, noun, how = lines[0]
        if table not in known:
            found.append(f"{path}: [kept] there is no table {table}")
        if len(lines) > 1:
            found.append(f"{lines[1][0]}: [kept] {table} has a second line `-- kept:`")
        for named in re.findall(r"\(([\w.]+)\)", how):
            feature, _, statement = named.rpartition(".")
            if statement not in names.get(feature or noun, ()):
                found.append(f"{path}: [kept] {table} names the statement {named}, which does not exist")
    return found
