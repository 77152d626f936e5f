"""The list of workspaces, which every client polls: whole, by pages, unchanged, and of many for somebody who sees few."""

import json

from rig import ROOT, wrk

WORKSPACES = 1000
LARGE = 100_000


def lists(report, server, beside_peers):
    """A server with nobody else's load; `beside_peers` measures an address beside servers that only send the same bytes."""
    server.sql("-v", f"count={WORKSPACES}", "-f", str(ROOT / "bench/workspaces.sql"))
    path = "/api/v2/workspaces"
    rows = of(report, server, beside_peers, "list", f"GET /workspaces ({WORKSPACES:,} rows)", path, server.token, 4, least=150)
    if rows != WORKSPACES:
        raise RuntimeError("the list does not show every workspace")
    report.add("list.sql", "GET /workspaces, SQL statements", server.sql_per_request(path), "", most=10)
    unchanged(report, server, "list.unchanged", "  asked by who has it (304), requests a second", path)
    of(report, server, beside_peers, "page", f"GET /workspaces?limit=25 of {WORKSPACES:,}", f"{path}?limit=25", server.token, 8, least=2000)
    of(report, server, beside_peers, "page.mine", "GET /workspaces?q=owner:me&limit=25", f"{path}?q=owner:me&limit=25", server.token, 8)
    of(report, server, beside_peers, "page.running", "GET /workspaces?q=status:running&limit=25", f"{path}?q=status:running&limit=25", server.token, 8)
    report.add("list.memory", "rows kept ready", server.metric("slipway_workspace_list_kept_bytes") / 2**20, "MiB", most=16.0)
    large(report, server, beside_peers, path)


def large(report, server, beside_peers, path):
    tokens = {name: person(server, name) for name in ("three", "places")}
    server.sql("-v", f"count={LARGE}", "-f", str(ROOT / "bench/large_list.sql"))
    server.sql("-f", str(ROOT / "db/migrations/0039_listings_of_before.sql"), "-c", "vacuum analyze")
    of(report, server, beside_peers, "large.three", f"  of {LARGE:,} in 200 organizations, who sees three", f"{path}?limit=25", tokens["three"], 8, least=500, rows=3)
    of(report, server, beside_peers, "large.places", "  who administers three organizations", f"{path}?limit=25", tokens["places"], 8, least=500, rows=25)
    of(report, server, beside_peers, "large.all", "  who sees all of them", f"{path}?limit=25", server.token, 4, rows=25)


def person(server, name):
    """A member of the default organization; the token."""
    place = server.call("GET", "/api/v2/organizations/default")["id"]
    password = "SomeSecurePassword!"
    server.call("POST", "/api/v2/users", {"email": f"{name}@example.com", "username": name, "password": password, "login_type": "password", "organization_ids": [place]})
    return server.call("POST", "/api/v2/users/login", {"email": f"{name}@example.com", "password": password})["session_token"]


def of(report, server, beside_peers, key, what, path, token, connections, least=None, rows=None):
    own, server.token = server.token, token
    try:
        body = server.call("GET", path, as_text=True).encode()
    finally:
        server.token = own
    shown = len(json.loads(body)["workspaces"])
    if rows is not None and shown != rows:
        raise RuntimeError(f"{path} shows {shown} rows instead of {rows}")
    beside_peers(report, key, f"{what}, {len(body) / 1000:,.0f} kB", server.url + path, token, body, connections, 3, least=least)
    return shown


def unchanged(report, server, key, what, path):
    tag = server.headers("GET", path)["ETag"]
    rate, p99, wrong = wrk(server.url + path, server.token, 8, 3, headers={"If-None-Match": tag})
    if wrong:
        raise RuntimeError(f"{path}: {wrong} answers were errors")
    report.add(key, what, rate, "/s", note=f"p99 {p99:.1f} ms")
