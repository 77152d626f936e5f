"""What the lint says of lines `-- about:`, on small trees. Run by ./dev lint."""

import os
import tempfile
import unittest

import duties


def tables(text):
    with tempfile.TemporaryDirectory() as root:
        os.makedirs(os.path.join(root, "src/features/things"))
        with open(os.path.join(root, "src/features/things/things.sql"), "w", encoding="utf-8") as f:
            f.write(text)
        return duties.tables(root)


class About(unittest.TestCase):
    def test_a_kept_table_is_about_its_type(self):
        found, wrong = tables("-- owns: things, parts\n-- kept: things, parts: for ever\n-- about: things: thing\n-- about: parts: thing update\n")
        self.assertEqual((found, wrong), ({"things": ("thing", None), "parts": ("thing", "update")}, []))

    def test_a_table_of_another_feature_is_a_fault(self):
        _, wrong = tables("-- owns: things\n-- kept: things: for ever\n-- about: users: thing\n")
        self.assertEqual(len(wrong), 1)
        self.assertIn("names users", wrong[0])

    def test_a_line_that_cannot_be_read_is_a_fault(self):
        _, wrong = tables("-- owns: things\n-- kept: things: for ever\n-- about things = thing\n")
        self.assertEqual(len(wrong), 1)
        self.assertIn("cannot be read", wrong[0])


if __name__ == "__main__":
    unittest.main()
