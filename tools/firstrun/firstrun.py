#!/usr/bin/env python3
"""Does what the README tells a newcomer, from a bare Debian 12 to a running workspace, in environments that are not as they should be.

  ./dev firstrun [--folder FOLDER] [--keep] [--ccache FOLDER] [environment ...]

A root file system with git and nothing else is made by debootstrap; in it the committed state of this checkout is cloned and
`./dev run` started, as root of the machine must. Then the newcomer comes by HTTP: the first user, the starter "This machine", a
workspace, until its agent is connected; and ends the server by Ctrl-C. The first environment builds from nothing, which takes long;
the others begin with its packages, caches and build where they may. The exit status is 1 when one of them failed.
"""

import argparse
import os
import pathlib
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time

import environments
from newcomer import Failed, Newcomer, until
from root import CCACHE, Root, say

CHECKOUT = pathlib.Path(__file__).resolve().parents[2]
COLD, WARM = 3 * 3600, 3600  # seconds until the URL: a limit for what hangs, no budget
BUNDLE = "srv/slipway.bundle"  # git asks nothing about who owns one
CLONE = f"""[ -e "$1/dev" ] || git clone -q -c advice.detachedHead=false /{BUNDLE} "$1"
cd "$1"; git fetch -q origin HEAD; git checkout -q --detach FETCH_HEAD; rm -rf .cache/data"""
SHARE = """mkdir -p "$1"
for one in go .cache/go-build .cache/pip .npm; do
  [ ! -e "/root/$one" ] || [ -e "$1/$one" ] || { mkdir -p "$1/$one"; cp -a "/root/$one/." "$1/$one"; }
done
chown -R "$2:" "$1" "$3"
"""


class Run:
    """One environment: a clone, a server, a newcomer."""

    def __init__(self, root, environment, first, log):
        self.root, self.env, self.first, self.log = root, environment, first, log
        self.process, self.to_url, self.to_workspace = None, None, None

    def prepare(self):
        env = self.env
        if env.account != "root":
            self.root.add_account(env.account, env.home)
            self.root.run('mkdir -p "$1"; chown "$2:" "$1" "$1/.."', words=[env.checkout, env.account])
        with open(self.log, "w", encoding="utf-8") as log:
            self.root.run(CLONE, env.account, env.umask, [env.checkout], stdout=log, stderr=log)
        if env.anew:
            self.root.run("rm -rf " + " ".join(f"{env.checkout}/{path} {env.home}/{path}" for path in env.anew.split()))
        if env.account != "root":
            self.share_caches()

    def share_caches(self):
        """What was fetched and compiled once, for an account that cannot read root's. Programs are built, dependencies unpacked anew."""
        home = f"{self.env.checkout}/.cache/home" if self.env.home == "/nonexistent" else self.env.home
        self.root.run(SHARE, words=[home, self.env.account, self.env.checkout])

    def variables(self):
        """Everyone compiles through the same ccache; who is not root may only read it."""
        theirs = {"CCACHE_READONLY": "1", "CCACHE_TEMPDIR": "/tmp"} if self.env.account != "root" else {}
        return {"CCACHE_DIR": CCACHE, **theirs, **self.env.variables}

    def start(self):
        words = self.root.command(["./dev", "run", "--http-address", "127.0.0.1:0"], self.env.account, self.env.checkout, self.variables(), self.env.umask)
        self.process = self.root.start(words, self.env.prepare, stdout=open(self.log, "a", encoding="utf-8"), stderr=subprocess.STDOUT, start_new_session=True)

    def gone(self):
        if self.process.poll() is not None:
            return f"./dev run ended with {self.process.returncode}:\n{self.tail()}"
        return None

    def tail(self):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])

    def url(self):
        found = re.search(r"^Slipway is ready: (http\S+)$", self.log.read_text(errors="replace"), re.MULTILINE)
        return found and found[1]

    def visit(self):
        began = time.monotonic()
        self.start()
        newcomer = Newcomer(until("the URL", self.url, COLD if self.first else WARM, self.gone), self.gone)
        self.to_url = time.monotonic() - began
        newcomer.sign_up()
        newcomer.create(newcomer.import_starter())
        self.to_workspace = time.monotonic() - began

    def leave(self):
        """Ctrl-C; the namespaces end with the server, and the workspace with them."""
        if self.gone():
            return
        os.killpg(self.process.pid, signal.SIGINT)  # as a terminal does
        try:
            status = self.process.wait(60)
        except subprocess.TimeoutExpired:
            raise Failed(f"the server did not end within 60 s of Ctrl-C:\n{self.tail()}") from None
        if status != 0:
            raise Failed(f"after Ctrl-C the server ended with {status}:\n{self.tail()}")

    def end(self):
        if self.process and self.process.poll() is None:
            self.process.kill()  # and by that every process of its namespaces
            self.process.wait()

    def outcome(self):
        """What went wrong, or nothing."""
        try:
            self.prepare()
            self.visit()
            self.leave()
        except (Failed, RuntimeError) as fault:
            return str(fault)
        finally:
            self.end()
        return ""


def seconds(value):
    return "-" if value is None else f"{value:.1f}"


def row(name, to_url, to_workspace, result):
    print(f"{name:<72} {to_url:>10} {to_workspace:>14}  {result}", flush=True)


def arguments():
    parser = argparse.ArgumentParser(prog="./dev firstrun", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="environment", help="only these; the first comes always: " + "; ".join(one.name for one in environments.ALL))
    parser.add_argument("--folder", type=pathlib.Path, default=CHECKOUT / ".cache/firstrun", help="where the root, logs and caches go (.cache/firstrun)")
    parser.add_argument("--keep", action="store_true", help="keep the root; the next run takes it up, so that nothing is built from nothing then")
    parser.add_argument("--ccache", type=pathlib.Path, metavar="FOLDER", help="compile through this folder of ccache; without it C++ is compiled from nothing")
    asked = parser.parse_args()
    for name in asked.names:
        if name not in [one.name for one in environments.ALL]:
            parser.error(f"{name!r} is none of the environments")
    if os.geteuid() != 0:
        parser.error("only root may make a root file system and enter it")
    return asked


def make_root(asked):
    root = Root(asked.folder / "root", asked.ccache or asked.folder / "ccache")
    if not (asked.folder / "made").exists():
        shutil.rmtree(root.path, ignore_errors=True)
        say("making a bare Debian 12")
        root.make()
        (asked.folder / "made").touch()
    subprocess.run(["git", "bundle", "create", "-q", str(root.path / BUNDLE), "HEAD"], cwd=CHECKOUT, check=True)
    return root


def run_all(root, chosen, logs):
    failed = 0
    row("environment", "URL, s", "workspace, s", "result")
    for number, environment in enumerate(chosen):
        run = Run(root, environment, number == 0, logs / f"{number:02}.log")
        fault = run.outcome()
        row(environment.name, seconds(run.to_url), seconds(run.to_workspace), f"FAILED, see {run.log}" if fault else "ok")
        if fault:
            failed += 1
            print("    " + fault.replace("\n", "\n    "), flush=True)
            if number == 0:
                break  # nothing to go on from
    return failed


def main():
    asked = arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("firstrun: ended"))  # by way of Run.end
    os.umask(0o022)
    logs = asked.folder / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    root = make_root(asked)
    chosen = [one for one in environments.ALL if not asked.names or one is environments.ALL[0] or one.name in asked.names]
    failed = run_all(root, chosen, logs)
    if not asked.keep:
        (asked.folder / "made").unlink()
        shutil.rmtree(root.path)
    print(f"\n{failed} of {len(chosen)} environments did not come to a running workspace" if failed
          else f"\nfrom a bare Debian 12 to a running workspace in each of {len(chosen)} environments")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
