"""What the lint says of the dashboard's rooms, on small trees. Run by ./dev lint."""

import unittest

import rooms

PAGE = "web/src/workspaces/Page.tsx"


class Rooms(unittest.TestCase):
    def test_arrows_that_run_one_way_are_right(self):
        files = {PAGE: 'import { Log } from "@/builds/Log";\nimport { me } from "../me/queries";\nimport "./page.css";\n', "web/src/builds/Log.tsx": 'import "@/ui/log.css";\nimport { fold } from "./fold";\n'}

        self.assertEqual(rooms.faults_of(files), [])

    def test_a_circle_is_a_fault_that_names_its_way_and_where_each_step_is_made(self):
        files = {PAGE: 'import { Log } from "@/builds/Log";\n', "web/src/builds/Log.tsx": 'import { a } from "x";\nimport {\n  b,\n} from "@/agents/b";\n', "web/src/agents/b.ts": 'export const page = import("../workspaces/Page");\n'}

        [fault] = rooms.faults_of(files)

        self.assertIn("a circle: agents -> workspaces -> builds -> agents", fault)
        self.assertIn("web/src/agents/b.ts:1, web/src/workspaces/Page.tsx:1, web/src/builds/Log.tsx:4", fault)

    def test_a_type_closes_a_circle_too(self):
        files = {PAGE: 'import { Log } from "@/builds/Log";\n', "web/src/builds/Log.tsx": 'import type { Row } from "@/workspaces/Page";\n'}

        self.assertEqual(len(rooms.faults_of(files)), 1)

    def test_no_room_imports_the_frame(self):
        [fault] = rooms.faults_of({PAGE: 'import { Frame } from "@/app/Frame";\n'})

        self.assertIn("web/src/workspaces/Page.tsx:1: [rooms] workspaces may not import app", fault)

    def test_another_rooms_style_sheet_is_a_fault_in_code_and_in_a_style_sheet(self):
        files = {PAGE: '\nimport "@/users/users.css";\n', "web/src/workspaces/page.css": '@import "../groups/groups.css";\n'}

        code, sheet = rooms.faults_of(files)

        self.assertIn("web/src/workspaces/Page.tsx:2: [rooms] users.css is users's own", code)
        self.assertIn("web/src/workspaces/page.css:1: [rooms] groups.css is groups's own", sheet)


if __name__ == "__main__":
    unittest.main()
