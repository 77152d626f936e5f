#!/usr/bin/env python3
"""Checks what a compiler cannot: who may include whom, where a library lives, what never appears in the source.

  lint.py            every file of the tree; prints each fault and what to do, exits 1 if there is one
  lint.py path ...   only these files
  lint.py --graph    prints which feature leans on which, the highest first, and checks nothing

An exception is a line in tools/lint/allow.txt: `rule path reason`. A line that excuses nothing is a fault too, so the list
shrinks by itself.
"""

import os
import re
import subprocess
import sys

import duties
import features
import kept
import rooms
from rules import HOMES, LAYERS, MOST_LINES, SUPPORT

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CODE = (".cpp", ".hpp")
HAND = CODE + (".py", ".ts", ".tsx", ".mjs", ".css", ".sql", ".sh")

STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"')
# Statements are written in small or in capital letters; a capital first letter is a sentence for people.
STATEMENT = r"\bselect\b.+\bfrom\b|\binsert\s+into\b|\bupdate\s+\w+\s+set\b|\bdelete\s+from\b|\b(?:create|alter|drop|lock)\s+table\b"
SQL = re.compile(STATEMENT + "|" + re.sub(r"[a-z]{3,}", lambda word: word.group(0).upper(), STATEMENT), re.DOTALL)
UNFINISHED = re.compile(r"\b(" + "|".join(("TO" + "DO", "FIX" + "ME", "XX" + "X")) + r")\b(?!\w)")


def is_test(path):
    name = os.path.basename(path)
    return path.startswith("tests/") or re.search(r"_test\.[ch]pp$", name) or name in ("test_support.hpp", "test_sink.hpp")


def is_generated(path):
    return "/gen/" in path or path == "db/schema.sql" or path == "src/api/roundtrip_test.cpp"


def layer_of(path):
    parts = path.split("/")
    return parts[1] if parts[0] == "src" and len(parts) > 2 else None


def line_of(text, at):
    return text.count("\n", 0, at) + 1


def without_comments(text):
    """The same text with comments blanked, so that positions stay."""
    def blank(match):
        found = match.group(0)
        return found if found.startswith('"') else re.sub(r"[^\n]", " ", found)
    return re.sub(r'"(?:[^"\\\n]|\\.)*"|//[^\n]*|/\*.*?\*/', blank, text, flags=re.DOTALL)


def literals(code):
    """(position, text) of C++ strings; neighbours are one string, raw strings count too."""
    for raw in re.finditer(r'R"(\w*)\((.*?)\)\1"', code, re.DOTALL):
        yield raw.start(), raw.group(2)
    run, start, end = "", 0, -1
    for found in STRING.finditer(code):
        if end >= 0 and not code[end:found.start()].strip():
            run += found.group(0)[1:-1]
        else:
            if run:
                yield start, run
            run, start = found.group(0)[1:-1], found.start()
        end = found.end()
    if run:
        yield start, run


def check_layers(path, text):
    layer = layer_of(path)
    if layer is None:
        return
    if layer not in LAYERS:
        yield 1, f"src/{layer} is no layer: add it to CMakeLists.txt, tools/lint/rules.py and docs/architecture.md"
        return
    for found in re.finditer(r'^\s*#\s*include\s+"(\w+)/', text, re.MULTILINE):
        other = found.group(1)
        if other == layer or other in LAYERS[layer] or (other == SUPPORT and is_test(path)):
            continue
        yield line_of(text, found.start()), f"{layer} may not include {other}/: move the code, or pass in what it needs from above"


def check_homes(path, text):
    for found in re.finditer(r'^\s*#\s*include\s+[<"]([^>"]+)[>"]', text, re.MULTILINE):
        for library, (starts, homes, test_homes) in HOMES.items():
            if found.group(1).startswith(starts) and not path.startswith(homes + test_homes):
                yield line_of(text, found.start()), f"{library} is included in {', '.join(homes)} only: use the wrapper there"


def check_spawn(path, text):
    if path.startswith("src/aio/"):
        return
    for found in re.finditer(r"\bco_spawn\b", without_comments(text)):
        yield line_of(text, found.start()), "co_spawn belongs to aio: give the coroutine to an aio::Nursery, which waits for it"


def check_sleep(path, text):
    if not is_test(path):
        return
    for found in re.finditer(r"\b(sleep_for|sleep_until|usleep|nanosleep)\b", without_comments(text)):
        yield line_of(text, found.start()), "a test never sleeps: wait for the state itself, or move the fake clock"


def check_sql(path, text):
    if not path.startswith(("src/features/", "src/http/", "src/server/")) or is_test(path):
        return
    code = without_comments(text)
    for at, literal in literals(code):
        if SQL.search(literal):
            yield line_of(code, at), "SQL lives in the feature's .sql file: add a named statement and run ./dev sql"


def check_unfinished(path, text):
    if not path.startswith(("src/", "web/src/", "tools/")):
        return
    for found in UNFINISHED.finditer(text):
        yield line_of(text, found.start()), f"{found.group(1)}: do it now, or open an issue and delete the line"


def check_gen(path, text):
    if path.startswith("src/store/"):
        return
    for found in re.finditer(r'#\s*include\s+"store/gen\.hpp"', text):
        yield line_of(text, found.start()), "store/gen.hpp is for generated statements: write a statement in the .sql file instead"


def check_duty(path, text):
    if not path.startswith("src/features/") or is_test(path):
        return
    code = without_comments(text)
    for found in re.finditer(r"\bcall\w*(?:\.|->)(?:home\(\)\.db|db\(\))\.duty<", code):
        yield line_of(code, found.start()), "a person's request acts as that person: a duty is for the server's own work"


def check_print(path, text):
    if not path.startswith("src/cli/") or is_test(path) or path in ("src/cli/print.cpp", "src/cli/terminal.cpp"):
        return
    for found in re.finditer(r"\bfmt::print\b|\bstd::(?:f?printf|fputs|puts|fwrite|cout|cerr)\b", without_comments(text)):
        yield line_of(text, found.start()), "the command line prints by cli/print.hpp, which takes the sting out of others' escape sequences"


def check_emptied(path, text):
    for found in re.finditer(r"(?m)^\s*(?:if \(.*\) |else )?[\w.>\[\]-]+ = std::string(?:\(\)|\{\});", without_comments(text)):
        yield line_of(text, found.start()), "this keeps the memory of what was there: clear() says that it is kept, text::let_go() gives it back"


def check_size(path, text):
    lines = text.count("\n")
    if lines > MOST_LINES:
        yield lines, f"{lines} lines, at most {MOST_LINES}: split the file by what its parts are for"


RULES = [  # name, which files, also generated ones?, check
    ("layers", CODE, True, check_layers),
    ("homes", CODE, True, check_homes),
    ("spawn", CODE, True, check_spawn),
    ("sleep", CODE, False, check_sleep),
    ("sql", CODE, False, check_sql),
    ("unfinished", HAND, True, check_unfinished),
    ("gen", CODE, False, check_gen),
    ("duty", CODE, False, check_duty),
    ("print", CODE, False, check_print),
    ("emptied", CODE, False, check_emptied),
    ("size", HAND, False, check_size),
]


def read_allowed(faults):
    allowed = {}
    with open(os.path.join(ROOT, "tools/lint/allow.txt"), encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith("#"):
                continue
            parts = line.split(None, 2)
            if len(parts) < 3 or parts[0] not in {rule[0] for rule in RULES}:
                faults.append(f"tools/lint/allow.txt:{number}: [allow] write `rule path reason`, with a rule of lint.py")
            else:
                allowed[parts[0], parts[1]] = number
    return allowed


def linked():
    """Layer -> all layers that CMake lets it link, directly or not."""
    def read(path):
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            return f.read()
    direct = {name: set(deps.split()) for name, deps in re.findall(r"^slipway_layer\((\w+)\s+DEPS ([^)]*)\)", read("CMakeLists.txt"), re.MULTILINE)}
    direct["features"] = set(re.search(r"slipway_library\(feature_\S+ \S+ DEPS ([^)]*)\)", read("cmake/layers.cmake")).group(1).split())
    direct["server"].add("features")
    def reach(name):
        return {other for dep in direct[name] & direct.keys() for other in reach(dep) | {dep}}
    return {name: reach(name) for name in direct}


def check_table(faults):
    cmake = linked()
    for name in sorted((cmake.keys() | LAYERS.keys()) - {"bin"}):
        if cmake.get(name) != LAYERS.get(name):
            faults.append(f"tools/lint/rules.py:1: [layers] {name} differs from its DEPS in CMake: make both say the same, and docs/architecture.md")


def tree():
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted(set(listed.splitlines()))


def main():
    if sys.argv[1:] == ["--graph"]:
        print(features.graph(ROOT))
        return 0
    faults = []
    allowed = read_allowed(faults)
    check_table(faults)
    faults += duties.faults(ROOT)
    faults += kept.faults(ROOT)
    faults += features.faults(ROOT, is_test)
    faults += rooms.faults(ROOT)
    given = [os.path.relpath(os.path.abspath(path), ROOT) for path in sys.argv[1:]]
    used = set()
    paths = [path for path in given or tree() if path.endswith(HAND) and not path.startswith("contract/") and os.path.isfile(os.path.join(ROOT, path))]
    for path in paths:
        with open(os.path.join(ROOT, path), encoding="utf-8") as f:
            text = f.read()
        for name, endings, generated_too, check in RULES:
            if not path.endswith(endings) or (is_generated(path) and not generated_too):
                continue
            for line, say in check(path, text):
                if (name, path) in allowed:
                    used.add((name, path))
                else:
                    faults.append(f"{path}:{line}: [{name}] {say}")
    if not given:
        for (name, path), number in allowed.items():
            if (name, path) not in used:
                faults.append(f"tools/lint/allow.txt:{number}: [allow] {path} no longer needs the exception `{name}`: delete the line")
    for fault in faults:
        print(fault)
    print(f"lint: {len(paths)} files, {len(allowed)} exceptions, {len(faults)} faults", file=sys.stderr)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
