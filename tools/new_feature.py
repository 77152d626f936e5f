#!/usr/bin/env python3
"""Makes src/features/<noun>: a feature that compiles, with a test, to be filled by docs/guide/adding-an-endpoint.md; and its line in
src/server/features.cpp, which is all that the server needs of it.

  new_feature.py licenses [--owns licenses,license_seats]
"""

import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

LIST = "src/server/features.cpp"
INCLUDE, LINE = '#include "features/{noun}/{noun}.hpp"', '      with("{noun}", {noun}::add_routes),'

FILES = {
    "README.md": """# {Noun}

Say here what it is, in words of its own. Owns {owns}.

Door: `{noun}.hpp`.

| File | What |
|---|---|
| `routes.cpp` | its routes |

To watch for:

- what must stay true, and would surprise
""",
    "{noun}.hpp": """// {Noun}: say here in two lines what it is and what other features may call.
#pragma once

namespace slipway::http {{
class Routes;
}}

namespace slipway::{noun} {{

void add_routes(http::Routes& routes);

}}  // namespace slipway::{noun}
""",
    "routes.cpp": """#include "http/routes.hpp"
#include "features/{noun}/{noun}.hpp"

namespace slipway::{noun} {{

void add_routes(http::Routes&) {{}}

}}  // namespace slipway::{noun}
""",
    "objects.hpp": """// What this feature's rows are to the policy and to the audit trail: one object_of for each row type that is judged; for what people
// change, one http::Trail a table and one audit_of for each row type (http/audit.hpp).
#pragma once

#include "store/target.hpp"
""",
    "{noun}.sql": "-- owns: {owns}\n",
    "{noun}_test.cpp": """#include "features/{noun}/{noun}.hpp"
#include "http/routes.hpp"

#include <gtest/gtest.h>

namespace slipway {{

TEST({Noun}, EveryRouteIsUnderTheApi) {{
  http::Routes routes;

  {noun}::add_routes(routes);

  for (const auto& route : routes.all()) EXPECT_TRUE(route->pattern.starts_with("/api/v2/")) << route->pattern;
}}

}}  // namespace slipway
""",
}


def enlisted(text, noun):
    """The server's list with the feature's #include and its line, each where the alphabet wants it."""
    lines = text.split("\n")
    for pattern, made in ((r'#include "features/(\w+)/', INCLUDE), (r'      (?:with\(|\{\.name = )"(\w+)', LINE)):
        there = [(at, found[1]) for at, line in enumerate(lines) if (found := re.match(pattern, line))]
        after = next((at for at, name in there if name > noun), there[-1][0] + 1)
        lines.insert(after, made.format(noun=noun))
    return "\n".join(lines)


def enlist(noun):
    path = os.path.join(ROOT, LIST)
    with open(path, encoding="utf-8") as f:
        text = enlisted(f.read(), noun)
    with open(path, "w", encoding="utf-8") as f:
        f.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("noun", help="in the plural, as in the API's paths")
    parser.add_argument("--owns", help="the tables it may write, with commas; the noun itself when absent")
    options = parser.parse_args()
    if not re.fullmatch(r"[a-z][a-z0-9_]*", options.noun):
        sys.exit(f"{options.noun}: a noun is small letters, digits and _")
    folder = os.path.join(ROOT, "src/features", options.noun)
    if os.path.exists(folder):
        sys.exit(f"src/features/{options.noun} is there already")
    os.makedirs(folder)
    words = {
        "noun": options.noun,
        "Noun": "".join(part.capitalize() for part in options.noun.split("_")),
        "owns": ", ".join((options.owns or options.noun).replace(" ", "").split(",")),
    }
    for name, text in FILES.items():
        path = os.path.join(folder, name.format(**words))
        with open(path, "x", encoding="utf-8") as f:
            f.write(text.format(**words))
        print(os.path.relpath(path, ROOT))
    enlist(options.noun)
    print(f"""{LIST}

Next: tables in db/migrations, statements in {options.noun}.sql, then ./dev sql; handlers in routes.cpp. When it leans on another
feature, src/features/features.txt says so. Step by step: docs/guide/adding-an-endpoint.md; where things are: docs/map.md""")


if __name__ == "__main__":
    main()
