#!/usr/bin/env python3
"""Prints what each budget of the design costs on this machine, beside a peer where there is one.

  ./dev bench [section ...] [--json FILE] [--strict]

Sections: sizes, start, requests, agents, crowd, fleet, identity, streams, apps, builds, claims, prebuilds, notifications, chats, issues, first_page, micro; all of them when none is named. What is over its budget says MISSED; what
could not be measured says why. The exit status is 1 when a section failed, and with --strict also when a budget was missed.
"""

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time

import sections
from rig import Missing, descendants

LIMIT = 900  # seconds for everything: a benchmark that hangs says so


class Report:
    """The lines so far, for people as they come and for machines at the end."""

    def __init__(self):
        self.rows, self.skipped, self.failed = [], [], []

    def add(self, key, what, value, unit, most=None, least=None, note=""):
        """`what` None: kept for the file, shown only when the budget is missed."""
        met = None if most is None and least is None else (most is None or value <= most) and (least is None or value >= least)
        self.rows.append({"key": key, "what": what or key, "value": value, "unit": unit, "most": most, "least": least, "met": met, "note": note})
        if what is None and met:
            return
        budget = "" if met is None else f"<= {most:,g}" if most is not None else f">= {least:,g}"
        mark = "  MISSED" if met is False else ""
        print(f"{what or key:<66} {number(value):>12} {unit:<5} {budget:<10} {note}{mark}".rstrip(), flush=True)

    def skip(self, key, reason):
        self.skipped.append({"key": key, "reason": reason})
        print(f"{key:<66} not measured: {reason}", flush=True)

    def fail(self, key, reason):
        self.failed.append({"key": key, "reason": reason})
        print(f"{key:<66} FAILED: {reason}", flush=True)

    def missed(self):
        return [row for row in self.rows if row["met"] is False]


def number(value):
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:,.1f}" if abs(value) >= 10 else f"{value:,.2f}"


def end_all(*_):
    """Past the limit: what runs below us is ended, and the section under way fails."""
    for pid in descendants(os.getpid()):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    raise TimeoutError(f"the benchmarks took longer than {LIMIT} s together")


def machine():
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, cwd=sections.ROOT).stdout.strip()
    return {"processors": os.cpu_count(), "system": platform.platform(), "commit": commit, "load": round(os.getloadavg()[0], 2)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sections", nargs="*", metavar="section", help=", ".join(sections.ALL))
    parser.add_argument("--json", metavar="FILE", help="also write the results there")
    parser.add_argument("--strict", action="store_true", help="fail when a budget is missed")
    asked = parser.parse_args()
    for name in asked.sections:
        if name not in sections.ALL:
            parser.error(f"{name} is no section: {', '.join(sections.ALL)}")

    here = machine()
    print(f"{here['processors']} processors, load {here['load']} at the start, {here['commit']}\n", flush=True)
    report, began = Report(), time.monotonic()
    signal.signal(signal.SIGALRM, end_all)
    signal.alarm(LIMIT)
    for name in asked.sections or sections.ALL:
        try:
            sections.ALL[name](report)
        except Missing as reason:
            report.skip(name, str(reason))
        except Exception as fault:  # the other sections still have something to say
            report.fail(name, f"{type(fault).__name__}: {fault}")
            if time.monotonic() - began > LIMIT:
                break
    signal.alarm(0)

    missed = report.missed()
    print(f"\n{len(report.rows)} numbers in {time.monotonic() - began:.0f} s; budgets missed: {', '.join(row['key'] for row in missed) or 'none'}")
    if asked.json:
        with open(asked.json, "w", encoding="utf-8") as out:
            json.dump({"machine": here, "results": report.rows, "skipped": report.skipped, "failed": report.failed}, out, indent=1)
            out.write("\n")
    return 1 if report.failed or (asked.strict and missed) else 0


if __name__ == "__main__":
    sys.exit(main())
