"""What scripts and metadata commands of templates call inside a workspace: the `coder` that its agent brought along."""

import pytest


@pytest.fixture(scope="module")
def inside(owner):
    owner.starter()
    made = owner.create("scripted")
    owner.ready(made["id"])

    def run(script):
        return owner.cli("ssh", "scripted", script, check=False, timeout=60)

    return run


def test_scripts_wait_for_one_another(inside):
    done = inside("""
        cd "$(mktemp -d)"
        coder exp sync want web db cache
        coder exp sync start web --timeout 1m > web & waits=$!
        coder exp sync start db && coder exp sync complete db && coder exp sync start cache && coder exp sync complete cache
        wait $waits && cat web && coder exp sync status web && coder exp sync list && coder exp sync list --output json""")

    assert done.returncode == 0, done.stderr
    assert 'Unit "web" declared dependencies: [db, cache]' in done.stdout
    assert 'Unit "db" started with no dependencies\nSuccess\nUnit "cache" started with no dependencies\nSuccess\n' in done.stdout
    assert 'Unit "web" is waiting for dependencies to be satisfied: [cache, db]\nUnit "web" finished waiting' in done.stdout
    assert "Unit: web\nStatus: started\nReady: true\nDependencies: cache, db\n" in done.stdout
    assert '"status":"completed"' in done.stdout.splitlines()[-1]


def test_what_cannot_be_is_said(inside):
    for script, said in (("coder exp sync want a b && coder exp sync want b a", "declare dependency failed: "),
                         ("coder exp sync want self self", "cycle detected"),
                         ("coder exp sync complete nobody", "unit not found"),
                         ("coder exp sync start once && coder exp sync complete once && coder exp sync complete once", "same status already set"),
                         ("coder exp sync want late never && coder exp sync start late --timeout 500ms",
                          "timeout waiting for dependencies of unit 'late'"),
                         ("CODER_AGENT_SOCKET_PATH=/nowhere.sock coder exp sync ping", "connect to agent socket: /nowhere.sock")):
        done = inside(script)
        assert done.returncode == 1 and said in done.stderr, (script, done)


def test_the_socket_is_the_agents_alone(inside):
    talk = ("import os, socket; folder, name = os.path.split(os.environ['CODER_AGENT_SOCKET_PATH']); os.chdir(folder); "
            "s = socket.socket(socket.AF_UNIX); s.connect(name); s.sendall(b'rubbish' + bytes([10])); print(s.recv(100).decode(), end='')")
    done = inside(f'coder exp sync ping && stat -c "%a %F" "$CODER_AGENT_SOCKET_PATH" && timeout 10 python3 -c "{talk}"')

    assert done.stdout == 'Success\n600 socket\n{"error":"this is no question"}\n', done


def test_ones_own_settings_are_fetched_and_linked(inside):
    done = inside("""
        cd "$(mktemp -d)" && git init -q dots && echo "alias sail=ls" > dots/.sailrc && cd dots && git add -A
        git -c user.name=ana -c user.email=ana@example.com commit -qm x
        coder dotfiles --yes "$PWD" --symlink-dir ../home && cat ../home/.sailrc""")
    assert done.returncode == 0 and done.stdout.endswith("alias sail=ls\n"), done
    assert "Dotfiles installation complete." in done.stderr


def test_a_service_that_is_not_set_up_is_no_silent_success(inside):
    done = inside("coder external-auth access-token github")
    assert done.returncode == 1 and done.stdout == "" and done.stderr, done
