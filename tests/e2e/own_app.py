"""A template whose web app is a program of the test's own: the starter "host", with that program in the place of its file server."""

import base64
import pathlib
import subprocess
import textwrap

import httpx

from conftest import agent_of, until

FILE_SERVER = "set -- python3 -m http.server --bind 127.0.0.1 ${local.port}"

# What such a program begins with; `answer(handler)` gives status, fields and body.
HEAD = """
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        status, fields, body = answer(self)
        self.send_response(status)
        for name, value in fields:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET
"""
TAIL = """
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
"""


def push_app(person, folder, name, answer):
    """The template; `answer` is the text of the function of that name."""
    program = base64.b64encode((HEAD + textwrap.dedent(answer) + TAIL).encode()).decode()
    person.cli("templates", "init", "host", str(folder))
    main = folder / "main.tf"
    text = main.read_text(encoding="utf-8")
    assert FILE_SERVER in text
    serve = f'echo {program} | base64 -d > "$HOME/app.py"\n      set -- python3 "$HOME/app.py" ${{local.port}}'
    main.write_text(text.replace(FILE_SERVER, serve), encoding="utf-8")
    person.cli("templates", "push", name, "--directory", str(folder), "--yes")
    return person.get(f"/organizations/default/templates/{name}")


def path_of(person, owner, workspace):
    """The address of its app, once that answers."""
    app = next(a for a in agent_of(workspace)["apps"] if not a.get("command"))
    path = f"/@{owner}/{workspace['name']}/apps/{app['slug']}/"
    try:
        until("the app's page", lambda: person.http.get(path).status_code == 200)
    except (AssertionError, httpx.TimeoutException) as fault:
        raise AssertionError(f"{fault!r}\n{state_of(workspace)}") from fault
    return path


def state_of(workspace):
    """What can be seen of its app from beside it: what it wrote, and who has its port."""
    known = {item["key"]: item["value"] for resource in workspace["latest_build"]["resources"] for item in resource.get("metadata") or []}
    log = pathlib.Path(known["home"]) / "web.log"
    ports = subprocess.run(["ss", "-Htanp", f"sport = :{known['web port']}"], capture_output=True, text=True).stdout
    return f"web.log: {log.read_text() if log.exists() else 'absent'}\nport {known['web port']}: {ports or 'nobody has it'}"
