"""./dev on machines and in shells that are not as they should be."""

import os
import pathlib
import subprocess

import pytest

from conftest import ROOT

NOBODY = 54321


def dev(*words, env, **how):
    return subprocess.run([str(ROOT / "dev"), *words], env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", **env}, capture_output=True, text=True, timeout=60, **how)


@pytest.mark.parametrize("env", [
    {}, {"HOME": ""}, {"HOME": "/nonexistent"}, {"HOME": "/proc/self"}, {"HOME": "/tmp", "XDG_CACHE_HOME": "/proc/nothing"},
    {"SHELLOPTS": "noexec:noglob", "POSIXLY_CORRECT": "1", "BASH_ENV": "/etc/hosts", "BASH_FUNC_umask%%": "() { exit 3; }"}, {"HOME": "/tmp", "TMPDIR": "/nonexistent"},
    {"HOME": "/tmp", "LC_ALL": "de_DE.ISO-8859-1", "LANG": "xx"}, {"HOME": "/tmp", "CDPATH": "/:/usr", "GOFLAGS": "-bogus", "PYTHONHOME": "/nonexistent"},
], ids=["no home", "empty home", "home that is not there", "home that cannot be written", "cache that cannot be made", "strange shell",
        "no folder for temporary files", "strange locale", "strange paths"])
@pytest.mark.parametrize("umask", [0, 0o077])
def test_it_begins_whatever_the_shell_holds(env, umask):
    done = dev("help", env=env, umask=umask)

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("./dev run")
    assert "dev: line" not in done.stderr  # what bash itself says of a locale is its own


def test_without_sudo_it_says_what_to_run_as_root(tmp_path):
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in ("bash", "env", "id", "getent", "cut", "grep", "mkdir", "dirname", "readlink", "sort", "head"):
        (tools / name).symlink_to(pathlib.Path("/usr/bin") / name)
    (tools / "dpkg-query").write_text("#!/bin/sh\nexit 1\n")  # nothing is installed
    (tools / "dpkg-query").chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents):
        if not os.stat(folder).st_mode & 0o001:
            os.chmod(folder, 0o755)

    done = dev("setup", env={"PATH": str(tools), "HOME": "/tmp"}, user=NOBODY, group=NOBODY, extra_groups=[])

    assert done.returncode == 1
    assert "sudo is not here. Run this once as root, then ./dev again: apt-get install" in done.stderr, done.stderr
