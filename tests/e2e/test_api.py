"""The contract's routes answer as it says, and nothing answers 500 for bad input."""

import csv

from conftest import ROOT, agent_of

KNOWN = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def routes():
    with open(ROOT / "contract/routes.tsv", encoding="utf-8") as f:
        for row in csv.DictReader(f, delimiter="\t"):
            if row["tier"] == "core" and row["method"] in KNOWN and row["path"].startswith("/api/v2/"):
                yield row


def filled(path, value):
    out = []
    for part in path.split("/"):
        out.append(value if part.startswith("{") else part)
    return "/".join(out).replace("*", "")


def test_no_core_route_answers_500_whatever_it_is_given(server, owner):
    bad = []
    with server.api(owner.token) as http:
        for row in routes():
            if "coordinate" in row["path"] or "/users/logout" in row["path"]:
                continue
            for value in ("00000000-0000-0000-0000-000000000001", "%00", "not-an-id"):
                for body in (None, "{", "[]", '{"name":5}'):
                    if body is not None and row["method"] == "GET":
                        continue
                    answer = http.request(row["method"], filled(row["path"], value), content=body, timeout=20)
                    if answer.status_code >= 500 and answer.status_code != 502:
                        bad.append((row["method"], row["path"], value, body, answer.status_code, answer.text[:120]))
    assert not bad, bad[:10]


def test_no_token_is_401_on_every_route_for_people(server):
    wrong = []
    with server.api() as http:
        for row in routes():
            if row["auth"] != "user":
                continue
            answer = http.request(row["method"], filled(row["path"], "00000000-0000-0000-0000-000000000001"), timeout=20)
            if answer.status_code not in (401, 404, 405):
                wrong.append((row["method"], row["path"], answer.status_code))
    assert not wrong, wrong


def test_every_error_has_the_headers_that_clients_look_for(server):
    with server.api() as http:
        for path in ("/api/v2/nothing", "/api/v2/users/me", "/api/v2/buildinfo"):
            answer = http.get(path)
            assert answer.headers["X-Coder-Build-Version"].startswith("v2.")
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert len(answer.headers["X-Coder-Request-Id"]) == 36
    with server.api() as http:
        assert http.get("/api/v2/nothing").json() == {"message": "Route not found."}


def test_missing_and_unreadable_are_the_same_bytes(server, owner):
    first = owner.http.get("/api/v2/workspaces/00000000-0000-0000-0000-000000000001")
    second = owner.http.get("/api/v2/templates/00000000-0000-0000-0000-000000000002")
    assert first.status_code == second.status_code == 404
    assert first.content == second.content == b'{"message":"Resource not found or you do not have access to this resource"}'


def test_workspace_answers_have_the_contracts_fields(owner):
    import json
    types = json.loads((ROOT / "contract/types.json").read_text())

    def check(value, type_name, path):
        for name, field in types[type_name].items():
            if name.startswith("$"):
                continue
            if name not in value:
                assert field["optional"], f"{path}.{name} is missing"
                continue
            if value[name] is None:
                assert field["nullable"] or field["optional"], f"{path}.{name} is null"
                continue
            kind = field["type"]
            if kind.startswith("object:"):
                check(value[name], kind[7:], f"{path}.{name}")
            elif kind.startswith("array:object:") or (kind.startswith("array:") and kind[6:] in types and isinstance(types[kind[6:]], dict)):
                for item in value[name]:
                    check(item, kind.rsplit(":", 1)[1], f"{path}.{name}[]")
        extra = set(value) - set(types[type_name])
        assert not extra, f"{path} has fields the contract does not know: {extra}"

    workspace = owner.create("fields")
    check(workspace, "Workspace", "Workspace")
    check(owner.get("/users/me"), "User", "User")
    check(owner.get(f"/templates/{workspace['template_id']}"), "Template", "Template")
    check(owner.get(f"/workspaceagents/{agent_of(workspace)['id']}"), "WorkspaceAgent", "WorkspaceAgent")


def test_a_page_of_workspaces_counts_what_its_filter_lets_through(owner):
    owner.create("counted")
    for query, at_least in (("has-agent:connected", 1), ("has-agent:timeout", 0), ("param:no-such-parameter", 0)):
        whole = owner.get(f"/workspaces?q={query}")
        page = owner.get(f"/workspaces?q={query}&limit=1")
        assert page["count"] == whole["count"] == len(whole["workspaces"])
        assert (whole["count"] > 0) == (at_least > 0), (query, whole["count"])


def test_a_build_says_how_long_each_step_took(owner):
    built = owner.create("timed")["latest_build"]

    timings = owner.get(f"/workspacebuilds/{built['id']}/timings")["provisioner_timings"]

    assert {"plan", "apply"} <= {step["stage"] for step in timings}
    assert all(step["started_at"] <= step["ended_at"] for step in timings)
