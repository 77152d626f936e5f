"""What somebody does with a Slipway that has just come up: the first user, the starter "This machine", a workspace."""

import json
import time
import urllib.error
import urllib.request

PASSWORD = "SomeSecurePassword!"


class Failed(Exception):
    """It did not come to a running workspace; the text says where it ended."""


def until(what, ask, seconds, broken):
    """Polls for a state; gives up when `broken` tells why it will not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := ask():
            return found
        if why := broken():
            raise Failed(f"{what} did not happen: {why}")
        time.sleep(0.5)
    raise Failed(f"{what} did not happen in {seconds} s")


class Newcomer:
    """By HTTP, without a proxy. `broken` tells why the server is gone, if it is."""

    def __init__(self, url, broken):
        self.url, self.token, self.broken = url, "", broken
        self.open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open

    def call(self, method, path, body=None):
        headers = {"Coder-Session-Token": self.token} if self.token else {}
        request = urllib.request.Request(self.url + "/api/v2" + path, None if body is None else json.dumps(body).encode(), headers, method=method)
        try:
            with self.open(request, timeout=60) as answer:
                return json.loads(answer.read() or "null")
        except urllib.error.HTTPError as error:
            raise Failed(f"{method} {path}: {error.code} {error.read()[:300].decode(errors='replace')}") from error
        except OSError as error:
            raise Failed(f"{method} {path}: {self.broken() or error}") from error

    def sign_up(self):
        self.call("POST", "/users/first", {"email": "newcomer@example.com", "username": "newcomer", "password": PASSWORD})
        self.token = self.call("POST", "/users/login", {"email": "newcomer@example.com", "password": PASSWORD})["session_token"]

    def import_starter(self):
        version = self.call("POST", "/organizations/default/templateversions", {"storage_method": "file", "example_id": "host", "provisioner": "terraform"})["id"]

        def ended():
            job = self.call("GET", f"/templateversions/{version}")["job"]
            return job if job.get("completed_at") else None

        job = until("the import", ended, 180, self.broken)
        if job["status"] != "succeeded":
            raise Failed(f"the import {job['status']}: {job.get('error')}\n{self.said(f'/templateversions/{version}/logs')}")
        return self.call("POST", "/organizations/default/templates", {"name": "host", "template_version_id": version})["id"]

    def create(self, template):
        """Returns when the workspace's agent is connected and has run its scripts."""
        workspace = self.call("POST", "/users/me/workspaces", {"name": "mine", "template_id": template})["id"]

        def connected():
            build = self.call("GET", f"/workspaces/{workspace}")["latest_build"]
            if build["status"] == "failed":
                raise Failed(f"the build failed: {build['job'].get('error')}\n{self.said('/workspacebuilds/' + build['id'] + '/logs')}")
            agents = [agent for resource in build["resources"] for agent in resource.get("agents") or []]
            if wrong := [agent["lifecycle_state"] for agent in agents if agent["lifecycle_state"] in ("start_error", "start_timeout")]:
                raise Failed(f"the workspace's scripts ended with {wrong[0]}")
            return any(agent["status"] == "connected" and agent["lifecycle_state"] == "ready" for agent in agents)

        until("the agent being connected", connected, 180, self.broken)

    def said(self, path):
        return "\n".join(line["output"] for line in self.call("GET", path)[-15:])
