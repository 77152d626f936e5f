"""What the lint says of the graph of features, on small trees. Run by ./dev lint."""

import os
import sys
import unittest

import features

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))

import new_feature  # noqa: E402

USES_ITS_DOOR = {"src/features/apps/apps.cpp": '#include "features/agents/agents.hpp"\n'}


class Features(unittest.TestCase):
    def test_a_listed_edge_through_the_door_is_right(self):
        self.assertEqual(features.faults_of("apps: agents\n", USES_ITS_DOOR), [])

    def test_an_edge_that_is_not_listed_is_a_fault_where_it_is_made(self):
        [fault] = features.faults_of("", USES_ITS_DOOR)

        self.assertIn("src/features/apps/apps.cpp:1: [features] apps does not lean on agents", fault)

    def test_an_edge_that_nobody_uses_is_a_fault(self):
        [fault] = features.faults_of("apps: agents users\n", USES_ITS_DOOR)

        self.assertIn("apps no longer leans on users", fault)

    def test_what_is_behind_a_door_stays_there_unless_it_is_opened(self):
        files = {"src/features/apps/apps.cpp": '#pragma once\n#include "features/agents/gen/agents_sql.hpp"\n'}

        [fault] = features.faults_of("apps: agents\n", files)

        self.assertIn("src/features/apps/apps.cpp:2: [features] agents/gen/agents_sql.hpp is agents's own", fault)
        self.assertEqual(features.faults_of("apps: agents\nopen: agents/gen/agents_sql.hpp\n", files), [])

    def test_an_open_header_that_nobody_includes_is_a_fault(self):
        [fault] = features.faults_of("apps: agents\nopen: agents/status.hpp\n", USES_ITS_DOOR)

        self.assertIn("nobody includes agents/status.hpp any more", fault)

    def test_a_circle_is_a_fault_that_names_its_way(self):
        files = {f"src/features/{one}/{one}.cpp": f'#include "features/{other}/{other}.hpp"\n' for one, other in (("a", "b"), ("b", "c"), ("c", "a"))}

        [fault] = features.faults_of("a: b\nb: c\nc: a\n", files)

        self.assertIn("a circle: a -> b -> c -> a", fault)

    def test_routes_that_the_server_does_not_add_are_a_fault(self):
        files = {"src/features/apps/apps.hpp": "void add_routes(http::Routes& routes);\n", "src/features/quotas/quotas.hpp": "int left();\n"}

        [fault] = features.unserved(files, "users::add_routes")

        self.assertIn("src/features/apps/apps.hpp:1: [features] nobody adds the routes of apps", fault)
        self.assertEqual(features.unserved(files, "apps::add_routes"), [])

    def test_a_line_that_cannot_be_read_is_a_fault(self):
        self.assertEqual(len(features.faults_of("apps\n", {})), 1)
        self.assertEqual(len(features.faults_of("apps: agents\napps: users\n", USES_ITS_DOOR)), 1)


class Enlisting(unittest.TestCase):
    """What ./dev new does to the server's list, which has to stay one that it can read."""

    def test_a_feature_gets_its_include_and_its_line_where_the_alphabet_wants_them(self):
        with open(os.path.join(ROOT, features.SERVED), encoding="utf-8") as f:
            before = f.read()

        after = new_feature.enlisted(before, "weather")

        added = [line for line in after.split("\n") if line not in before.split("\n")]
        self.assertEqual(added, ['#include "features/weather/weather.hpp"', '      with("weather", weather::add_routes),'])
        lines = after.split("\n")
        self.assertIn('.name = "workspaces"', lines[lines.index(added[1]) + 1])


if __name__ == "__main__":
    unittest.main()
