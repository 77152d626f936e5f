"""Reads a feature's .sql file: named statements, each with its authz line, and parameters written @name or @name?."""

import dataclasses
import re

KINDS = {"exec", "change", "one", "opt", "many", "count"}
WRITES = {"exec", "change", "count"}  # kinds that return no row
AUTHZ = re.compile(
    r"(?:row (?P<reach>read|lock) (?P<row>\w+)|list read (?P<list>\w+) (?P<alias>\w+)|(?P<locked>locked )?permit (?P<action>\w+) (?P<resource>\w+)(?P<others>(?: or \w+ \w+)*)"
    r"|duty (?P<duty>\w+)|open because (?P<reason>.+))$")


class Fault(Exception):
    pass


ACTOR = ["everything", "organizations", "owner", "owner_organizations", "acl_user", "acl_groups", "acl_organizations", "allowed_ids", "subject"]
# A dormant workspace is another type to the policy: a list of workspaces binds what the actor may read of both.
DORMANT = "actor.dormant_"
# Columns of a listable type: organization, owner, shape of its ACL ("" where there is none).
LISTS = {
    "workspace": ("organization_id", "owner_id", "nested"), "template": ("organization_id", "", "flat"), "user": ("", "id", ""),
    "organization": ("id", "", ""), "group": ("organization_id", "", ""), "organization_member": ("organization_id", "user_id", ""),
    "group_member": ("organization_id", "user_id", ""),
    "api_key": ("", "user_id", ""), "provisioner_daemon": ("organization_id", "", ""), "provisioner_jobs": ("organization_id", "", ""),
    "audit_log": ("organization_id", "", ""), "connection_log": ("organization_id", "", ""), "file": ("", "created_by", ""),
    "chat": ("organization_id", "owner_id", ""),
}


def visible(resource, alias, narrow=False):
    """The rows of `alias` that the actor may read, for every actor the same text. `narrow` is for
    actors who may not read everything: each way is then one that an index serves."""
    if resource not in LISTS:
        raise Fault(f"@visible is not defined for {resource}")
    organization, owner, acl = LISTS[resource]

    def ways_of(actor, only_if):
        ways = [] if narrow else [f"@{actor}everything::bool"]
        if organization:
            ways.append(f"{alias}.{organization} = any(@{actor}organizations::uuid[])")
        if owner and organization:
            ways.append(f"{alias}.{owner} = @actor.subject::uuid and {alias}.{organization} = any(@{actor}owner_organizations::uuid[])")
        elif owner:
            ways.append(f"{alias}.{owner} = @{actor}owner?::uuid")
        return [only_if + way for way in ways]

    ways = ways_of("actor.", f"{alias}.dormant_at is null and " if resource == "workspace" else "")
    if resource == "group":
        ways.append(f"{alias}.{organization} = any(@actor.acl_organizations::uuid[])"
                    f" and ({alias}.id = any(@actor.acl_groups::uuid[]) or {alias}.id = {alias}.{organization})")
    if acl:
        path = "->'permissions'" if acl == "nested" else ""
        awake = f"{alias}.dormant_at is null and " if resource == "workspace" else ""
        ways.append(
            f"{awake}({alias}.user_acl <> '{{}}' or {alias}.group_acl <> '{{}}')"
            f" and {alias}.{organization} = any(@actor.acl_organizations::uuid[]) and ("
            f"jsonb_exists_any(({alias}.user_acl->(@actor.acl_user?::uuid)::text){path}, '{{read,*}}')"
            f" or exists (select 1 from jsonb_each({alias}.group_acl) as entry"
            f" where (entry.key = any(@actor.acl_groups::uuid[]::text[]) or entry.key = {alias}.{organization}::text)"
            f" and jsonb_exists_any((entry.value){path}, '{{read,*}}')))")
    if resource == "workspace":
        ways += ways_of(DORMANT, f"{alias}.dormant_at is not null and ")
    return "((" + "\n    or ".join(ways) + ")" + _allowed(resource, alias) + ")"


def _allowed(resource, alias):
    """The ids that a token's allow list leaves."""
    def one(actor, key):
        return f"@{actor}allowed_ids?::uuid[] is null or {key} = any(@{actor}allowed_ids?::uuid[])"
    if resource == "api_key":  # its id is no UUID, so that no entry can name one
        return " and @actor.allowed_ids?::uuid[] is null"
    if resource == "workspace":
        return (f"\n    and ({alias}.dormant_at is not null or {one('actor.', alias + '.id')})"
                f"\n    and ({alias}.dormant_at is null or {one(DORMANT, alias + '.id')})")
    return f" and ({one('actor.', alias + ('.user_id' if resource in ('organization_member', 'group_member') else '.id'))})"


@dataclasses.dataclass
class Statement:
    name: str
    kind: str
    authz: re.Match
    row: str | None
    text: str          # with $1, $2 ...
    parameters: list   # (name, optional) in the order of their numbers
    marks: dict = dataclasses.field(default_factory=dict)  # column name -> "!" or "?"
    where: str = ""
    narrow: str = ""   # with "-- reach: split": the text for actors who may not read everything

    @property
    def locks(self):
        """Whether it locks rows, which lasts as long as a transaction."""
        return bool(re.search(r"\bfor (?:(?:no key )?update|(?:key )?share)\b", self.text, re.I))

    @property
    def writes(self):
        """Whether it changes rows, also where a `with` does."""
        return self.kind in WRITES or bool(re.search(r"\b(?:insert\s+into|delete\s+from|update\s+\w+\s+(?:as\s+)?(?:\w+\s+)?set)\b", self.text, re.I))

    @property
    def permits(self):
        """(action, resource) of each permit that opens the statement; one, unless the line says `or`."""
        if not self.authz["action"]:
            return []
        return [(self.authz["action"], self.authz["resource"])] + re.findall(r" or (\w+) (\w+)", self.authz["others"])


def parse(path):
    """The statements of one file, in order. Faults name file and statement."""
    header, statements, lines, fragments, fragment = {}, [], None, {}, None
    with open(path, encoding="utf-8") as f:
        for line in f.read().splitlines():
            if match := re.match(r"-- define: (\w+)\s*$", line):
                fragment = fragments.setdefault(match[1], [])
                lines = None
            elif match := re.match(r"-- name: (\w+) :(\w+)\s*$", line):
                lines = {"name": match[1], "kind": match[2], "body": [], "authz": None, "also": None, "row": None, "reach": None, "plan": None}
                fragment = None
                statements.append(lines)
            elif match := re.match(r"-- (authz|also|row|reach|plan|owns|writes): (.+)$", line):
                if match[1] in ("owns", "writes"):
                    header.setdefault(match[1], []).append(match[2])
                elif lines is None:
                    raise Fault(f"{path}: '{line}' stands before any '-- name:'")
                elif lines[match[1]] is not None:
                    raise Fault(f"{path}: {lines['name']} has two '{match[1]}' lines; exactly one is needed")
                else:
                    lines[match[1]] = match[2].strip()
            elif not line.startswith("--"):
                if fragment is not None:
                    fragment.append(line)
                elif lines is not None:
                    lines["body"].append(line)
    made = [_statement(path, s, fragments) for raw in statements for s in _readings(path, raw)]
    names = [s.name for s in made]
    if twice := {n for n in names if names.count(n) > 1}:
        raise Fault(f"{path}: statement names used twice: {', '.join(sorted(twice))}")
    return header, made


def _readings(path, raw):
    """One statement, or two that read the same rows: `-- also: resources_of_list list read workspace w` makes a second one of that name
    and authz, whose text alone has what stands in [[double brackets]]."""
    if not raw["also"]:
        return [raw]
    name, authz = raw["also"].split(" ", 1)
    if not authz.startswith("list read "):
        raise Fault(f"{path}: {raw['name']}: '-- also:' takes a name and a 'list read'")
    text = "\n".join(raw["body"])
    return [{**raw, "body": [re.sub(r" ?\[\[.*?\]\]", "", text, flags=re.S)]},
            {**raw, "name": name, "authz": authz, "body": [re.sub(r"\[\[(.*?)\]\]", r"\1", text, flags=re.S)]}]


def _statement(path, raw, fragments):
    where = f"{path}: {raw['name']}"
    if raw["kind"] not in KINDS:
        raise Fault(f"{where}: kind :{raw['kind']} is none of {', '.join(sorted(KINDS))}")
    if raw["authz"] is None:
        raise Fault(f"{where}: no '-- authz:' line. Say what the caller must hold: row read, list read, permit, duty or open because")
    authz = AUTHZ.match(raw["authz"])
    if not authz:
        raise Fault(f"{where}: cannot read the authz line '{raw['authz']}'")
    text = "\n".join(raw["body"]).strip().rstrip(";")
    for name, body in fragments.items():
        text = text.replace("{" + name + "}", "\n".join(body).strip())
    if raw["reach"] not in (None, "split") or raw["reach"] and not authz["list"]:
        raise Fault(f"{where}: '-- reach: split' is all there is to say, of a 'list read' only")
    narrow = text.replace("@visible", visible(authz["list"], authz["alias"], narrow=True)) if raw["reach"] else ""
    if authz["list"]:
        text = text.replace("@visible", visible(authz["list"], authz["alias"]))
    parameters, numbers = [], {}

    def number(match):
        name, optional = match[1], bool(match[2])
        if name not in numbers:
            numbers[name] = len(parameters) + 1
            parameters.append((name, optional))
        elif optional and not parameters[numbers[name] - 1][1]:
            raise Fault(f"{where}: @{name} is optional in one place and not in another")
        return f"${numbers[name]}"

    text = re.sub(r"(?<![\w@])@([a-z_][a-z0-9_.]*)(\?)?", number, text)
    narrow = re.sub(r"(?<![\w@])@([a-z_][a-z0-9_.]*)(\?)?", number, narrow)  # has none that the other text has not
    if raw["plan"] not in (None, "once"):
        raise Fault(f"{where}: '-- plan: once' is all there is to say")
    if raw["plan"]:
        text, narrow = _planned_once(text), _planned_once(narrow)
    marks = {m[1]: m[2] for m in re.finditer(r'as "(\w+)([!?])"', text)}
    text, narrow = (re.sub(r'as "(\w+)[!?]"', r"as \1", each) for each in (text, narrow))
    used = {n for n, _ in parameters}
    if authz["list"] and not {f"actor.{a}" for a in ACTOR} & used:
        raise Fault(f"{where}: a list must be filtered in SQL by @actor.* on {authz['alias']}")
    statement = Statement(raw["name"], raw["kind"], authz, raw["row"], text, parameters, marks, where, narrow)
    _check_lock(statement)
    if statement.permits and raw["kind"] == "exec" and re.match(r"(?:with\b.*?\)\s*)?(?:update|delete)\b", text, re.I | re.S):
        raise Fault(f"{where}: a change under a permit says whether it touched something: write :change, or :count where nothing may be to touch")
    if statement.permits and raw["kind"] in WRITES and not _bound(statement, used):
        raise Fault(f"{where}: a write under a permit must bind @permit.id (or @permit.key), so that the check and the act cannot part")
    return statement


def _planned_once(text):
    """Where the planner cannot see the values it cannot take a plan for these values alone to be worth its making: to plan a statement of a
    dozen parts takes longer than to run it."""
    return re.sub(r"\$(\d+)::(\w+(?:\[\])?)", r"(select $\1::\2)::\2", text)


def _check_lock(statement):
    """A row is locked by the one kind of statement that says so, and a right is written where its row was locked."""
    if statement.authz["reach"] == "lock" and (statement.kind != "opt" or not re.search(r"\bfor (no key )?update\b", statement.text, re.I)):
        raise Fault(f"{statement.where}: 'row lock' is an :opt with `for no key update`")
    if statement.authz["reach"] == "read" and statement.locks:
        raise Fault(f"{statement.where}: this locks its row: say 'row lock'")
    if statement.authz["locked"] and (len(statement.permits) > 1 or statement.kind == "exec"):
        raise Fault(f"{statement.where}: a 'locked permit' is one right, of a :change, :count or one that returns its row")


# What is judged as a whole, for the deployment or for one organization: there is no id to bind.
OF_DEPLOYMENT, OF_ORGANIZATION = {"deployment_config"}, {"assign_org_role"}


def _bound(statement, used):
    """Whether a write is tied to what was judged. A new row may be tied by its organization alone."""
    resources = {resource for _, resource in statement.permits}
    if resources <= OF_DEPLOYMENT:
        return True
    ties = {"permit.id", "permit.key", "permit.owner"}
    if resources <= OF_ORGANIZATION or "insert into" in statement.text:
        ties.add("permit.organization")
    return bool(ties & used)
