#!/usr/bin/env python3
"""Makes src/features/<noun>: a feature that compiles, with a test, to be filled by docs/guide/adding-an-endpoint.md.

  new_feature.py licenses [--owns licenses,license_seats]
"""

import argparse
import os
import re
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

FILES = {
    "{noun}.hpp": """// {Noun}: say here in two lines what it is and what other features may call.
#pragma once

namespace slipway::http {{
class Routes;
}}

namespace slipway::{noun} {{

void add_routes(http::Routes& routes);

}}  // namespace slipway::{noun}
""",
    "routes.cpp": """#include "features/{noun}/{noun}.hpp"
#include "http/routes.hpp"

namespace slipway::{noun} {{

void add_routes(http::Routes&) {{}}

}}  // namespace slipway::{noun}
""",
    "objects.hpp": """// What this feature's rows are to the policy: one object_of for each row type that is judged.
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
    print(f"""
Next: tables in db/migrations, statements in {options.noun}.sql, then ./dev sql; handlers in routes.cpp;
a line in src/server/routes.cpp. Step by step: docs/guide/adding-an-endpoint.md""")


if __name__ == "__main__":
    main()
