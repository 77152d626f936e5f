#!/usr/bin/env python3
"""Names the SQL statements that a whole test run never executed.

  executed.py FILE   FILE: what the test programs wrote where SLIPWAY_SQL_EXECUTED said, one statement name a line

An exception is a line `noun.statement reason` in never_executed.txt. A line that excuses nothing is a fault too, so the list
only shrinks.
"""

import glob
import os
import sys

from statements import parse

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))


def known():
    for path in sorted(glob.glob(os.path.join(ROOT, "src/features/*/*.sql"))):
        noun = os.path.basename(os.path.dirname(path))
        for statement in parse(path)[1]:
            yield f"{noun}.{statement.name}"


def excused():
    with open(os.path.join(HERE, "never_executed.txt"), encoding="utf-8") as f:
        for line in f.read().splitlines():
            if line and not line.startswith("#"):
                name, _, reason = line.partition(" ")
                yield name, reason.strip()


def main():
    with open(sys.argv[1], encoding="utf-8") as f:
        executed = set(f.read().split())
    names, allowed, faults = set(known()), dict(excused()), []
    faults += [f"{name} was executed by no test: write one that needs it, or delete the statement" for name in sorted(names - executed - set(allowed))]
    faults += [f"never_executed.txt excuses {name}, which is executed: delete the line" for name in sorted(executed & set(allowed))]
    faults += [f"never_executed.txt excuses {name}, which is no statement: delete the line" for name in sorted(set(allowed) - names)]
    faults += [f"never_executed.txt excuses {name} without a reason" for name, reason in sorted(allowed.items()) if not reason]
    print("\n".join(faults) or f"all of {len(names)} statements executed, but for {len(allowed)} excused")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
