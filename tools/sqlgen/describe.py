"""Asks a real PostgreSQL what a statement takes and returns."""

import dataclasses
import re

from psycopg import pq

from statements import Fault

# PostgreSQL type -> C++ type of a value.
SCALARS = {
    "bool": "bool", "int2": "std::int16_t", "int4": "std::int32_t", "int8": "std::int64_t", "float8": "double",
    "text": "std::string", "varchar": "std::string", "name": "std::string", "bpchar": "std::string",
    "uuid": "Uuid", "timestamptz": "Time", "jsonb": "pg::Json", "json": "pg::Json", "bytea": "pg::Bytes",
}

# What a uuid parameter or computed column of this name is the id of.
IDS = {
    "user": "UserId", "owner": "UserId", "created_by": "UserId", "initiator": "UserId", "organization": "OrganizationId",
    "group": "GroupId", "file": "FileId", "template": "TemplateId", "template_version": "TemplateVersionId",
    "active_version": "TemplateVersionId", "version": "TemplateVersionId", "preset": "PresetId",
    "template_version_preset": "PresetId", "workspace": "WorkspaceId", "workspace_owner": "UserId", "build": "BuildId",
    "workspace_build": "BuildId", "job": "JobId", "resource": "ResourceId", "workspace_resource": "ResourceId",
    "agent": "AgentId", "workspace_agent": "AgentId", "parent": "AgentId", "app": "AppId", "script": "ScriptId",
    "log_source": "LogSourceId", "worker": "DaemonId", "daemon": "DaemonId", "key": "ProvisionerKeyId",
    "replica": "ReplicaId", "last_connected_replica": "ReplicaId", "request": "RequestId", "chat": "ChatId",
}
TABLES = {
    "users": "UserId", "organizations": "OrganizationId", "groups": "GroupId", "files": "FileId", "templates": "TemplateId",
    "template_versions": "TemplateVersionId", "template_version_presets": "PresetId", "workspaces": "WorkspaceId",
    "workspace_builds": "BuildId", "provisioner_jobs": "JobId", "workspace_resources": "ResourceId",
    "workspace_agents": "AgentId", "workspace_apps": "AppId", "workspace_agent_scripts": "ScriptId",
    "provisioner_daemons": "DaemonId", "provisioner_keys": "ProvisionerKeyId", "replicas": "ReplicaId", "audit_logs": "AuditId",
    "workspace_agent_log_sources": "LogSourceId", "chats": "ChatId",
}


def id_by_name(name):
    """UserId for user_id, std::vector elements for user_ids, Uuid when the name tells nothing."""
    for end in ("_ids", "_id"):
        if name.endswith(end):
            return IDS.get(name[: -len(end)], "Uuid")
    return IDS.get(name, "Uuid")


@dataclasses.dataclass
class Value:
    name: str
    cpp: str
    oid: int = 0


class Catalogue:
    """Types, tables and keys of the migrated database."""

    def __init__(self, connection):
        self.own = "Uuid"  # what a bare @id is: the id of the first table that the feature owns
        self.raw = connection.pgconn
        query = lambda text: connection.execute(text).fetchall()
        self.types = {oid: (name, elem) for oid, name, elem in query("select oid::int8, typname, typelem::int8 from pg_type")}
        self.columns = {
            (table, number): (relation, name, notnull)
            for table, relation, number, name, notnull in query(
                "select c.oid::int8, c.relname, a.attnum, a.attname, a.attnotnull from pg_class c join pg_attribute a on a.attrelid = c.oid "
                "where c.relnamespace = 'public'::regnamespace and a.attnum > 0")}
        self.foreign = {
            (table, column): target
            for table, column, target in query(
                "select k.conrelid::regclass::text, a.attname, k.confrelid::regclass::text from pg_constraint k "
                "join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1] where k.contype = 'f' and cardinality(k.conkey) = 1")}

    def cpp(self, oid, uuid_type, where):
        name, element = self.types[oid]
        if name.startswith("_"):
            inner = self.cpp(element, uuid_type, where)
            return f"std::vector<{inner}>"
        if name not in SCALARS:
            raise Fault(f"{where}: type {name} has no C++ counterpart; cast it in the statement")
        return uuid_type if name == "uuid" else SCALARS[name]

    def describe(self, statement):
        """(parameters, columns) of the statement as the server sees it."""
        result = self.raw.prepare(b"s", statement.text.encode())
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise Fault(f"{statement.where}: {result.error_message.decode().strip()}")
        result = self.raw.describe_prepared(b"s")
        parameters = [self._parameter(statement, name, optional, result.param_type(i))
                      for i, (name, optional) in enumerate(statement.parameters)]
        columns = [self._column(statement, result, i) for i in range(result.nfields)]
        self.raw.exec_(b"deallocate s")
        if statement.narrow:
            self._same(statement, [p.oid for p in parameters], result)
        return parameters, columns

    def _same(self, statement, oids, wide):
        """The narrow text takes the same parameters, of which it need not use all, and returns the same columns."""
        result = self.raw.prepare(b"s", statement.narrow.encode(), oids)
        if result.status != pq.ExecStatus.COMMAND_OK:
            raise Fault(f"{statement.where}: {result.error_message.decode().strip()}")
        result = self.raw.describe_prepared(b"s")
        shape = lambda of: [(of.fname(i), of.ftype(i)) for i in range(of.nfields)]
        if shape(result) != shape(wide):
            raise Fault(f"{statement.where}: the narrow text returns other columns")
        self.raw.exec_(b"deallocate s")

    def _parameter(self, statement, name, optional, oid):
        bare = name.split(".")[-1]
        known = self.own if bare in ("id", "ids") else id_by_name(bare)
        cpp = self.cpp(oid, known, statement.where)
        return Value(name, f"std::optional<{cpp}>" if optional else cpp, oid)

    def _column(self, statement, result, i):
        name = result.fname(i).decode()
        origin = self.columns.get((result.ftable(i), result.ftablecol(i)))
        uuid_type, notnull = id_by_name(name), None
        if origin:
            table, column, notnull = origin
            if column == "id" and table in TABLES:
                uuid_type = TABLES[table]
            elif (table, column) in self.foreign:
                uuid_type = TABLES.get(self.foreign[(table, column)], "Uuid")
            elif column != name:
                uuid_type = id_by_name(column)
            if table in self._outer(statement):
                notnull = None
        mark = statement.marks.get(name)
        if mark is None and notnull is None:
            raise Fault(f'{statement.where}: whether "{name}" can be null is not known to the server; write as "{name}!" or as "{name}?"')
        nullable = mark == "?" if mark else not notnull
        cpp = self.cpp(result.ftype(i), uuid_type, statement.where)
        return Value(name, f"std::optional<{cpp}>" if nullable else cpp)

    def _outer(self, statement):
        found = set(re.findall(r"\bleft\s+(?:outer\s+)?join\s+(?:lateral\s+)?(\w+)", statement.text, re.I))
        if re.search(r"\b(right|full)\s+(outer\s+)?join\b", statement.text, re.I):
            raise Fault(f"{statement.where}: write outer joins as left joins")
        return found
