#!/usr/bin/env python3
"""What each public header costs whoever includes it: seconds to read it alone, without the precompiled header.

  headers.py [path ...]    all headers of src but generated ones and tests', or these; the dearest first
"""

import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys
import time

from lint import ROOT, is_generated, is_test, tree


def flags():
    """Those of a file of the server, the layer that sees every library; without the precompiled header."""
    path = os.path.join(ROOT, "build/debug/compile_commands.json")
    if not os.path.exists(path):
        sys.exit("Run ./dev build first: the compiler's flags come from build/debug/compile_commands.json.")
    with open(path, encoding="utf-8") as f:
        command = next(entry["command"] for entry in json.load(f) if entry["file"].endswith("/src/server/server.cpp"))
    words = [word for word in shlex.split(command) if not word.endswith("ccache")]
    kept = [word for word in words[1:] if re.match(r"-(I|D|std=|isystem)", word)]
    systems = [words[i + 1] for i, word in enumerate(words) if word == "-isystem"]
    return [words[0]] + [word for word in kept if word != "-isystem"] + [part for folder in systems for part in ("-isystem", folder)]


def cost(command, header):
    started = time.monotonic()
    done = subprocess.run(command + ["-fsyntax-only", "-x", "c++", "-w", header], cwd=ROOT, capture_output=True, text=True)
    return time.monotonic() - started, header, "" if done.returncode == 0 else done.stderr.splitlines()[0]


def main():
    headers = sys.argv[1:] or [p for p in tree() if p.startswith("src/") and p.endswith(".hpp") and not is_generated(p) and not is_test(p)]
    command = flags()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        costs = sorted(pool.map(lambda header: cost(command, header), headers), reverse=True)
    for seconds, header, fault in costs:
        print(f"{seconds:6.2f} s  {header}{'  does not stand alone: ' + fault if fault else ''}")
    return 1 if any(fault for _, _, fault in costs) else 0


if __name__ == "__main__":
    sys.exit(main())
