"""Writes the typed C++ of one feature's statements."""

from describe import Value
from statements import ACTOR, DORMANT, WRITES, Fault

TAKES = {"row": "store::Store&", "list": "store::Store&", "duty": "store::DutyHandle<rbac::Duty::{}>&", "reason": "store::OpenStore&"}
KEYWORDS = {"default", "operator", "template", "private", "public", "new", "delete", "class", "namespace", "register", "export", "mutable"}
POSITIONAL = 4


def safe(name):
    return name + "_" if name in KEYWORDS else name


def pascal(name):
    return "".join(part.capitalize() for part in name.split("_"))


class Emitter:
    def __init__(self, noun, catalogue):
        self.noun, self.catalogue, self.prover = noun, catalogue, None
        self.rows, self.header, self.source = {}, [], []
        self.locks = self.changes = False  # which further headers the files need

    def add(self, statement):
        self.locks |= bool(statement.authz["locked"]) or statement.authz["reach"] == "lock"
        self.changes |= statement.kind == "change" or statement.authz["reach"] == "lock"
        parameters, columns = self.catalogue.describe(statement)
        if statement.kind in ("one", "opt", "many") and not columns:
            raise Fault(f"{statement.where}: :{statement.kind} but the statement returns nothing")
        if statement.kind in WRITES and columns:
            raise Fault(f"{statement.where}: returns columns; use :one, :opt or :many")
        row = self._row(statement, columns)
        shown = f"store::Locked<{row}>" if statement.authz["reach"] == "lock" else row
        returns = {"exec": "void", "change": "void", "count": "std::int64_t", "one": row, "opt": f"std::optional<{shown}>", "many": f"std::vector<{row}>"}
        free = [p for p in parameters if not p.name.startswith(("permit.", "actor."))]
        handle, may = self._handle(statement)
        arguments, prefix = self._arguments(statement, free)
        if self.prover:
            self.prover.add(statement, handle, parameters, bool(prefix))
        signature = ", ".join([f"{handle} db"] + ([f"[[maybe_unused]] const {may}& may"] if may else []) + arguments)
        head = f"Task<Result<{returns[statement.kind]}>> {safe(statement.name)}({signature})"
        self.header.append(f"{head};")
        self._body(statement, head, parameters, prefix, row)

    def _handle(self, statement):
        authz = statement.authz
        if authz["action"]:
            handle = "store::Tx&" if authz["locked"] or statement.locks or statement.writes else "store::Store&"
            proof = "LockedPermit" if authz["locked"] else "Permit" if handle == "store::Tx&" else "Judged"
            permits = [f"store::{proof}<rbac::Action::{safe(a)}, rbac::Resource::{safe(r)}>" for a, r in statement.permits]
            return handle, permits[0] if len(permits) == 1 else f"store::OneOf<{', '.join(permits)}>"
        if statement.locks and (authz["row"] or authz["list"]):
            return "store::Tx&", None
        for group, takes in TAKES.items():
            if authz[group]:
                return takes.format(safe(authz[group])), None
        raise Fault(statement.where)

    def _arguments(self, statement, free):
        if len(free) <= POSITIONAL:
            return [f"const {p.cpp}& {safe(p.name)}" for p in free], ""
        name = f"{pascal(statement.name)}Args"
        fields = "".join(f"  {p.cpp} {safe(p.name)}{{}};\n" for p in free)
        self.header.append(f"struct {name} {{\n{fields}}};")
        return [f"const {name}& args"], "args."

    def _row(self, statement, columns):
        if statement.kind in WRITES:
            return ""
        if len(columns) == 1 and not statement.row:
            return columns[0].cpp
        name = statement.row or f"{pascal(statement.name)}Row"
        shape = [(c.name, c.cpp) for c in columns]
        if name in self.rows:
            if self.rows[name] != shape:
                raise Fault(f"{statement.where}: row {name} has other columns than an earlier statement gives it: {set(shape) ^ set(self.rows[name])}")
            return name
        self.rows[name] = shape
        fields = "".join(f"  {cpp} {safe(n)}{{}};\n" for n, cpp in shape)
        self.header.append(f"struct {name} {{\n{fields}}};")
        reads = "".join(f"          rows.get<{cpp}>(row, {i}),\n" for i, (_, cpp) in enumerate(shape))
        self.source.append(f"static {name} read_{name}(const pg::Rows& rows, std::size_t row) {{\n  return {name}{{\n{reads}  }};\n}}")
        return name

    def _body(self, statement, head, parameters, prefix, row):
        oids = ", ".join(str(p.oid) for p in parameters) or "0"
        constant = f"k_{statement.name}"
        self.source.append(
            f"static constexpr std::uint32_t {constant}_types[] = {{{oids}}};\n"
            f"static constexpr pg::Statement {constant}{{\"{self.noun}.{statement.name}\", R\"sql({statement.text})sql\", "
            f"std::span(\n    {constant}_types, {len(parameters)})}};\n"
            f"static const store::KnownStatement known_{statement.name}({constant});")
        if statement.narrow:
            self.source.append(
                f"static constexpr pg::Statement {constant}_narrow{{\"{self.noun}.{statement.name}.narrow\", R\"sql({statement.narrow})sql\", "
                f"std::span(\n    {constant}_types, {len(parameters)})}};\n"
                f"static const store::KnownStatement known_{statement.name}_narrow({constant}_narrow);")
        lines = ["  pg::Params params;"]
        if any(p.name.startswith("actor.") for p in parameters):
            noun = statement.authz["list"]
            if not noun:
                raise Fault(f"{statement.where}: @actor.* belongs to 'list read'")
            lines.append(f"  const rbac::ReadFilter filter = store::Gen::filter(db, rbac::Resource::{safe(noun)});")
        if dormant := any(p.name.startswith(DORMANT) for p in parameters):
            lines.append("  const rbac::ReadFilter dormant = store::Gen::filter(db, rbac::Resource::workspace_dormant);")
        if statement.narrow:
            wide = "filter.everything || dormant.everything" if dormant else "filter.everything"
            lines.append(f"  const pg::Statement& text = {wide} ? {constant} : {constant}_narrow;")
            constant = "text"
        for p in parameters:
            lines.append(f"  params.add({self._bound(statement, p, prefix)});")
        kind = statement.kind
        if kind in WRITES:
            lines.append(f"  return store::{'LockedGen' if kind == 'change' else 'Gen'}::{kind}(db, {constant}, std::move(params));")
        else:
            reader = f"&read_{row}" if row in self.rows else f"&store::Gen::only<{row}>"
            function = {"read": f"Gen::{kind}_judged", "lock": "LockedGen::opt", None: f"Gen::{kind}"}[statement.authz["reach"]]
            lines.append(f"  return store::{function}<{row}>(db, {constant}, std::move(params), {reader});")
        self.source.append(f"{head} {{\n" + "\n".join(lines) + "\n}")

    def _bound(self, statement, p, prefix):
        if p.name == "permit.id":
            return "may.id()"
        if p.name == "permit.key":
            return "may.key()"
        if p.name.startswith("permit."):
            return f"may.{p.name[7:]}()"
        if p.name.startswith("actor."):
            field, of = p.name[6:], "filter"
            if p.name.startswith(DORMANT):
                field, of = p.name[len(DORMANT):], "dormant"
            if field == "id":
                return "db.actor().user_id"
            if field not in ACTOR:
                raise Fault(f"{statement.where}: @{p.name} is none of {', '.join('@actor.' + a for a in ACTOR)}")
            return f"{of}.{field}"
        return prefix + safe(p.name)

    def files(self):
        guard = "// Generated by tools/sqlgen from the feature's .sql file; do not edit.\n"
        header = (guard + "#pragma once\n\n#include \"aio/task_fwd.hpp\"\n#include \"base/clock.hpp\"\n#include \"base/ids.hpp\"\n#include \"base/result.hpp\"\n"
                  f"#include \"pg/types.hpp\"\n#include \"store/{'locked' if self.locks else 'permit'}.hpp\"\n\n#include <optional>\n#include <string>\n#include <vector>\n\n"
                  f"namespace slipway::{self.noun}::sql {{\n\n" + "\n\n".join(self.header) + f"\n\n}}  // namespace slipway::{self.noun}::sql\n")
        source = (guard + f"#include \"features/{self.noun}/gen/{self.noun}_sql.hpp\"\n\n#include \"features/{self.noun}/objects.hpp\"\n#include \"store/{'locked_gen' if self.changes else 'gen'}.hpp\"\n\n"
                  f"namespace slipway::{self.noun}::sql {{\n\n" + "\n\n".join(self.source) + f"\n\n}}  // namespace slipway::{self.noun}::sql\n")
        return header, source


__all__ = ["Emitter", "Value"]
