#!/usr/bin/env python3
"""Turns src/features/<noun>/<noun>.sql into typed C++ under gen/, asking a real PostgreSQL what each statement takes and returns.

  sqlgen.py            write all that changed
  sqlgen.py users ...  only these features
  sqlgen.py --check    write nothing; fail when a file would change (what CI runs)
  sqlgen.py --schema   also write db/schema.sql, the dump of all migrations
"""

import argparse
import glob
import os
import subprocess
import sys

import psycopg

import postgres
from conflicts import Conflicts
from describe import TABLES, Catalogue
from emit import Emitter
from plans import Planner
from proof import Prover
from statements import Fault, parse

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def outdated(path, text):
    if os.path.exists(path):
        with open(path, encoding="utf-8") as f:
            return f.read() != text
    return True


def schema_dump(conninfo):
    tool = os.path.join(postgres._newest_bin(), "pg_dump")
    text = subprocess.run([tool, "--schema-only", "--no-owner", "--no-privileges", conninfo], check=True, capture_output=True, text=True).stdout
    kept = [line for line in text.splitlines() if line and not line.startswith(("--", "SET ", "SELECT pg_catalog", "\\"))]
    return "-- All migrations applied, dumped by tools/sqlgen --schema; do not edit.\n" + "\n".join(kept) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nouns", nargs="*")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--schema", action="store_true")
    options = parser.parse_args()
    outputs, owners, faults = {}, {}, []
    with postgres.throwaway() as conninfo, psycopg.connect(conninfo, autocommit=True) as connection:
        postgres.migrate(connection, os.path.join(ROOT, "db/migrations"))
        catalogue, planner, conflicts = Catalogue(connection), Planner(connection), Conflicts(connection)
        for path in sorted(glob.glob(os.path.join(ROOT, "src/features/*/*.sql"))):
            noun = os.path.basename(os.path.dirname(path))
            if options.nouns and noun not in options.nouns:
                continue
            emitter = Emitter(noun, catalogue)
            emitter.prover = Prover(noun)
            try:
                header, statements = parse(path)
                first = (header.get("owns") or [""])[0].split(",")[0].strip()
                catalogue.own = TABLES.get(first, "Uuid")
                for line in header.get("owns", []):
                    for table in line.replace(" ", "").split(","):
                        if table in owners:
                            raise Fault(f"{path}: {table} is already owned by {owners[table]}")
                        owners[table] = noun
                conflicts.add(path, [table for table, owner in owners.items() if owner == noun])
                for statement in statements:
                    emitter.add(statement)
                    faults.extend(planner.faults(noun, statement))
            except Fault as fault:
                faults.append(str(fault))
                continue
            base = os.path.join(os.path.dirname(path), "gen", f"{noun}_sql")
            outputs[base + ".hpp"], outputs[base + ".cpp"] = emitter.files()
            outputs[base.removesuffix("_sql") + "_proof_test.cpp"] = emitter.prover.text()
        if not options.nouns:
            faults.extend(planner.unused())
            outputs[os.path.join(ROOT, "src/store/gen/conflict_words.cpp")] = conflicts.text()
        if options.schema or options.check:
            outputs[os.path.join(ROOT, "db/schema.sql")] = schema_dump(conninfo)
    changed = [path for path, text in outputs.items() if outdated(path, text)]
    for path in changed:
        print(("would change " if options.check else "wrote ") + os.path.relpath(path, ROOT))
        if not options.check:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(outputs[path])
    for fault in faults:
        print(fault, file=sys.stderr)
    return 1 if faults or (options.check and changed) else 0


if __name__ == "__main__":
    sys.exit(main())
