"""A workspace on this machine with apps as people have them, and the addresses at which they are opened."""

import contextlib
import datetime
import os
import pathlib
import shutil

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from browser import Visitor
from conftest import Server, first_user, folder_for_server, free_port, until

APPS = pathlib.Path(__file__).parent / "apps"
ABOVE = "apps.slipway.test"  # nobody's DNS knows it: the browser is told
WORKSPACE = "real"

# Asked to start something, a script of the workspace does so and ends. What it writes is in a file beside its folder.
RUN = '''
resource "coder_script" "{slug}" {{
  agent_id     = coder_agent.main.id
  display_name = "{slug}"
  run_on_start = true
  script       = <<-SH
    set -eu
    mkdir -p "$HOME/{slug}"
    cd "$HOME/{slug}"
    {before}
    nohup {command} </dev/null >"$HOME/{slug}.log" 2>&1 &
  SH
}}

resource "coder_app" "{slug}" {{
  agent_id  = coder_agent.main.id
  slug      = "{slug}"
  url       = "{scheme}://localhost:{port}{base}"
  subdomain = true
  share     = "owner"
}}
'''


class App:
    """`command` and `before` say {port}, {base} and {place} for its port, the path it lies under, and the folder with its program."""

    def __init__(self, slug, command, before=":", knows_its_path=False, scheme="http"):
        self.slug, self.command, self.before, self.scheme, self.port = slug, command, before, scheme, free_port()
        self.path = f"/@owner/{WORKSPACE}/apps/{slug}/"
        self.knows_its_path = knows_its_path

    def text(self, place):
        base = self.path if self.knows_its_path else "/"
        known = {"port": self.port, "base": base, "place": place}
        return RUN.format(slug=self.slug, scheme=self.scheme, port=self.port, base=base.rstrip("/"), command=self.command.format(**known),
                          before=self.before.format(**known))

    def target(self):
        """An app that knows the path it lies under is asked for that path by its port alone, as it is by path."""
        if not self.knows_its_path:
            return self.slug
        return f"{self.port}{'s' if self.scheme == 'https' else ''}"


class Place:
    """Two servers of one deployment, the second without the sandbox of path apps, and a workspace with the apps."""

    def __init__(self, folder, port, apps, programs):
        self.folder, self.port, self.apps = folder, port, {app.slug: app for app in apps}
        self.server = Server(folder, "--wildcard-access-url", f"*.{ABOVE}:{port}", port=port).start()
        self.owner = first_user(self.server)
        self.trusting = Server(folder, "--postgres-url", (self.server.data / "postgres.url").read_text().strip(), "--provisioner-daemons", "0",
                               "--dangerous-allow-path-app-same-origin", data="trusting").start()
        self.files = folder / "programs"
        shutil.copytree(APPS, self.files)
        programs(self.files)
        self.workspace = self.owner.create(WORKSPACE, self.template())
        for app in apps:
            self.answers(app)

    def template(self):
        source = self.folder / "template"
        self.owner.cli("templates", "init", "host", str(source))
        with (source / "main.tf").open("a", encoding="utf-8") as main:
            main.writelines(app.text(self.files) for app in self.apps.values())
        self.owner.cli("templates", "push", "real", "--directory", str(source), "--yes")
        return self.owner.get("/organizations/default/templates/real")

    def answers(self, app):
        try:
            until(f"{app.slug} answering", lambda: self.owner.http.get(app.path).status_code < 400, 90)
        except AssertionError as fault:
            raise AssertionError(f"{fault}\n{self.owner.cli('ssh', WORKSPACE, f'cat {app.slug}.log').stdout}") from fault

    def by_host(self, slug):
        app = self.apps[slug]
        return f"http://{app.target()}--main--{WORKSPACE}--owner.{ABOVE}:{self.port}{app.path if app.knows_its_path else '/'}"

    def by_path(self, slug):
        return self.server.url + self.apps[slug].path

    def by_trusted_path(self, slug):
        return self.trusting.url + self.apps[slug].path

    def visitor(self, browser):
        """The owner at a browser, signed in."""
        made = Visitor(browser, self.server.url)
        made.context.add_cookies([{"name": "coder_session_token", "value": self.owner.token, "url": self.server.url, "httpOnly": True, "sameSite": "Lax"}])
        return made

    def close(self):
        """As people end: the workspace first, with all that runs in it."""
        self.owner.send("POST", f"/workspaces/{self.workspace['id']}/builds", {"transition": "delete"}, 201)
        self.owner.built(self.workspace["id"], "deleted")
        self.trusting.stop()
        self.server.stop()


@contextlib.contextmanager
def place_with(port, apps, programs):
    """`programs` puts into a folder what the apps need besides what is in apps/: the workspace sees nothing of its builder's home."""
    with folder_for_server() as folder:
        made = Place(folder, port, apps, programs)
        yield made
        made.close()


def resolver(port, *secure):
    """What makes a browser find the hosts of apps on this machine, and take those of `secure` for as safe as if they had TLS."""
    flags = [f"--host-resolver-rules=MAP *.{ABOVE} 127.0.0.1"]
    if secure:
        flags.append("--unsafely-treat-insecure-origin-as-secure=" + ",".join(f"http://{name}.{ABOVE}:{port}" for name in secure))
    return flags


def copied(source, to):
    """A tree that the workspace may read: by links where that can be, for some are large."""
    try:
        shutil.copytree(source, to, copy_function=os.link, symlinks=True)
    except (shutil.Error, OSError):
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(source, to, symlinks=True)


def node_for(folder):
    """The program itself: where it lies, or what leads there, may be in a home that the workspace does not see."""
    shutil.copy2(pathlib.Path(shutil.which("node")).resolve(), folder / "node")


def certificate_for(folder):
    """One that nobody but itself vouches for."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an app")])
    now = datetime.datetime.now(datetime.timezone.utc)
    shown = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(x509.random_serial_number())
             .not_valid_before(now - datetime.timedelta(hours=1)).not_valid_after(now + datetime.timedelta(days=1)).sign(key, hashes.SHA256()))
    (folder / "app.crt").write_bytes(shown.public_bytes(serialization.Encoding.PEM))
    (folder / "app.key").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))


@pytest.fixture()
def here(browser, place):
    """The owner's window. Whatever a page wrote to its console as an error, and the test did not ask for, fails it."""
    visitor = place.visitor(browser)
    yield visitor
    visitor.close()


@pytest.fixture(params=["host", "path"])
def address_of(request, place):
    """Where an app works in full: at a host of its own, and by path where the sandbox is left out."""
    return place.by_host if request.param == "host" else place.by_trusted_path
