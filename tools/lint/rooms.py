"""Which room of the dashboard, a folder of web/src, leans on which.

Imports, of types too, run one way: a circle is a fault. `app` puts the nouns together, so that only the files beside the rooms
(the router) import it. A style sheet is its own room's; what two share is in `ui` or `theme`.
"""

import os
import posixpath
import re

from features import circle

TOP = "web/src"
SHARED = ("ui", "theme")
IMPORT = re.compile(r'(?:\bfrom|\bimport|@import)[\s(]*"(@/|\.\.?/)([^"]+)"')


def imports(files):
    """(path, line, room, other, what is imported) of each import from one room into another. `files`: path -> text."""
    for path, text in sorted(files.items()):
        room = path.split("/")[2]
        for found in IMPORT.finditer(text):
            start = TOP if found[1] == "@/" else posixpath.join(posixpath.dirname(path), found[1])
            named = posixpath.normpath(posixpath.join(start, found[2]))
            if named.startswith(TOP + "/") and named.split("/")[2] != room:
                yield path, text.count("\n", 0, found.start(1)) + 1, room, named.split("/")[2], named


def faults_of(files):
    edges, made, faults = {}, {}, []
    for path, line, room, other, named in imports(files):
        edges.setdefault(room, set()).add(other)
        made.setdefault((room, other), f"{path}:{line}")
        if other == "app":
            faults.append(f"{path}:{line}: [rooms] {room} may not import app, which is made of the nouns: what it needs belongs in me, ui or lib")
        if named.endswith(".css") and other not in SHARED:
            faults.append(f"{path}:{line}: [rooms] {posixpath.basename(named)} is {other}'s own: move what both need to {TOP}/theme/ui.css")
    if found := circle({room: sorted(others) for room, others in edges.items()}):
        steps = ", ".join(made[step] for step in zip(found, found[1:]))
        faults.append(f"{made[found[0], found[1]]}: [rooms] a circle: {' -> '.join(found)} (by {steps}); move what closes it to the lowest of them")
    return faults


def faults(root):
    files = {}
    for folder, _, names in os.walk(os.path.join(root, TOP)):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith((".ts", ".tsx", ".css")) and path.count("/") > 2:
                with open(os.path.join(root, path), encoding="utf-8") as f:
                    files[path] = f.read()
    return faults_of(files)
