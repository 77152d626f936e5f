"""Collects what each feature says of its unique constraints:

    -- conflict: groups_name (name): A group with this name already exists in the organization.

The word in brackets is the field of the form that the sentence is about; without one it is about none. The constraint is one of a table
that the feature owns.
"""

import json
import re

from statements import Fault

LINE = re.compile(r"-- conflict: (\w+)(?: \((\w+)\))?: (.+\.)$")
HEAD = '''// Made by tools/sqlgen of the lines `-- conflict:` in src/features/*/*.sql; do not edit.
#include "store/conflict_words.hpp"

namespace slipway::store {

std::span<const ConflictWords> conflict_words() {
  static constexpr ConflictWords kAll[] = {
'''
TAIL = '''  };
  return kAll;
}

}  // namespace slipway::store
'''


class Conflicts:
    def __init__(self, connection):
        self.table_of = dict(connection.execute(
            "select i.relname, t.relname from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid "
            "where x.indisunique and t.relnamespace = 'public'::regnamespace").fetchall())
        self.words = {}

    def add(self, path, owned):
        """What one file says. Faults name the file and the constraint."""
        with open(path, encoding="utf-8") as f:
            lines = [line for line in f.read().splitlines() if line.startswith("-- conflict")]
        for line in lines:
            match = LINE.match(line)
            if not match:
                raise Fault(f"{path}: cannot read '{line}'; write -- conflict: CONSTRAINT (field): A whole sentence.")
            if self.table_of.get(match[1]) not in owned:
                raise Fault(f"{path}: {match[1]} is no unique constraint of a table that this feature owns")
            if match[1] in self.words:
                raise Fault(f"{path}: {match[1]} has words already")
            self.words[match[1]] = (match[2] or "", match[3])

    def text(self):
        quoted = lambda text: json.dumps(text, ensure_ascii=False)
        lines = [f"      {{{quoted(name)}, {quoted(field)}, {quoted(say)}}},\n" for name, (field, say) in sorted(self.words.items())]
        return HEAD + "".join(lines) + TAIL
