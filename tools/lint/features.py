"""Which feature leans on which: src/features/features.txt says it, and the #includes say the same.

A feature includes another one's door, `features/<noun>/<noun>.hpp`, or a header that the list opens besides. An edge that is not
listed, one that is listed and not used, and a circle are faults. Tests may look behind doors.
"""

import os
import re

LIST = "src/features/features.txt"
SERVED = "src/server/features.cpp"
INCLUDE = re.compile(r'^\s*#\s*include\s+"features/(\w+)/([^"]+)"', re.MULTILINE)


def read_list(text):
    """(feature -> the features it leans on, headers open besides the doors, faults)"""
    edges, opened, faults = {}, set(), []
    for number, line in enumerate(text.splitlines(), 1):
        line = line.split("#")[0].strip()
        if not line:
            continue
        name, colon, rest = line.partition(":")
        if not colon or not re.fullmatch(r"\w+", name) or (name != "open" and name in edges):
            faults.append(f"{LIST}:{number}: [features] write `feature: what it leans on`, once, or `open: feature/header.hpp`")
        elif name == "open":
            opened.update(rest.split())
        else:
            edges[name] = rest.split()
            if edges[name] != sorted(set(edges[name])):
                faults.append(f"{LIST}:{number}: [features] name what {name} leans on in the order of the alphabet, each once")
    return edges, opened, faults


def includes(files):
    """(path, line, feature, other, header) of each include from one feature's file into another's folder. `files`: path -> text."""
    for path, text in sorted(files.items()):
        feature = path.split("/")[2]
        for found in INCLUDE.finditer(text):
            if found[1] != feature:
                yield path, text.count("\n", 0, found.start(1)) + 1, feature, found[1], found[2]


def circle(edges):
    """One circle as a list of features, the first again at its end; empty when there is none."""
    done, way = set(), []

    def walk(feature):
        if feature in way:
            return way[way.index(feature):] + [feature]
        if feature in done:
            return []
        way.append(feature)
        for other in edges.get(feature, ()):
            if found := walk(other):
                return found
        done.add(way.pop())
        return []

    for feature in sorted(edges):
        if found := walk(feature):
            return found
    return []


def faults_of(listed, files):
    edges, opened, faults = read_list(listed)
    used, used_headers = {}, set()
    for path, line, feature, other, header in includes(files):
        used.setdefault(feature, set()).add(other)
        if header != f"{other}.hpp":
            used_headers.add(f"{other}/{header}")
            if f"{other}/{header}" not in opened:
                faults.append(f"{path}:{line}: [features] {other}/{header} is {other}'s own: include {other}/{other}.hpp, and say there what {feature} needs")
        if other not in edges.get(feature, ()):
            faults.append(f"{path}:{line}: [features] {feature} does not lean on {other}: move what both need below both, or name {other} in {LIST}")
    for feature, others in sorted(edges.items()):
        for other in others:
            if other not in used.get(feature, ()):
                faults.append(f"{LIST}:1: [features] {feature} no longer leans on {other}: delete it from the line")
    for header in sorted(opened - used_headers):
        faults.append(f"{LIST}:1: [features] nobody includes {header} any more: delete it from `open`")
    if found := circle(edges):
        faults.append(f"{LIST}:1: [features] a circle: {' -> '.join(found)}; move what closes it to the lowest of them, or to a feature of its own")
    return faults


def tree(root, is_test):
    """Path -> text of what ships of all features, as git would list it."""
    files = {}
    top = os.path.join(root, "src/features")
    for folder, _, names in os.walk(top):
        for name in names:
            path = os.path.relpath(os.path.join(folder, name), root)
            if name.endswith((".cpp", ".hpp")) and path.count("/") > 2 and not is_test(path):
                with open(os.path.join(root, path), encoding="utf-8") as f:
                    files[path] = f.read()
    return files


def read(root):
    with open(os.path.join(root, LIST), encoding="utf-8") as f:
        return f.read()


def unserved(files, served):
    """A feature with routes that the server's list does not add."""
    return [f"{path}:1: [features] nobody adds the routes of {noun}: give it its line in {SERVED}"
            for path, text in sorted(files.items()) for noun in [path.split("/")[2]]
            if path.endswith(f"/{noun}.hpp") and "void add_routes(" in text and f"{noun}::add_routes" not in served]


def faults(root, is_test):
    files = tree(root, is_test)
    with open(os.path.join(root, SERVED), encoding="utf-8") as f:
        return faults_of(read(root), files) + unserved(files, f.read())


def graph(root):
    """The features by floor: each leans only on what stands below it."""
    edges, _, _ = read_list(read(root))
    everyone = {name for name in os.listdir(os.path.join(root, "src/features")) if os.path.isdir(os.path.join(root, "src/features", name))}
    floor = {}

    def height(feature):
        if feature not in floor:
            floor[feature] = 1 + max((height(other) for other in edges.get(feature, ())), default=-1)
        return floor[feature]

    lines = []
    for feature in sorted(everyone | edges.keys(), key=lambda name: (-height(name), name)):
        lines.append(f"{height(feature)}  {feature:<15} {' '.join(edges.get(feature, ())) or '-'}")
    return "\n".join(lines)
