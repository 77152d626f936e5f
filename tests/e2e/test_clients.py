"""What editors' plugins do with a server: they download one file, call it what they like, and speak to it as to `coder`."""

import json
import os
import pathlib
import re
import shutil
import stat
import subprocess
import zipfile

import httpx
import pytest

from conftest import until

PREFIX = "coder-vscode.slipway.test--"


@pytest.fixture(scope="module")
def workspace(owner):
    owner.starter()
    made = owner.create("edited")
    owner.ready(made["id"])
    return made


class Plugin:
    """A plugin's folder: the file as it came, under a name of its own, and the configuration beside it."""

    def __init__(self, server, folder, name):
        self.server, self.folder = server, pathlib.Path(folder)
        self.config, self.numbers, self.logs = self.folder / "config", self.folder / "net", self.folder / "logs"
        self.logs.mkdir()
        answer = httpx.get(f"{server.url}/bin/coder-linux-amd64", headers={"Accept-Encoding": "identity", "If-None-Match": '""'})
        assert answer.status_code == 200, answer.text
        self.etag = answer.headers["ETag"]
        self.program = self.folder / name
        self.program.write_bytes(answer.content)
        self.program.chmod(0o755)

    def run(self, *words, stdin=subprocess.DEVNULL, env=None, timeout=60):
        return subprocess.run([str(self.program), *words], stdin=stdin, capture_output=True, text=True, timeout=timeout,
                              env={"PATH": "/usr/bin:/bin", "HOME": str(self.folder), **(env or {})})

    def login(self, token):
        return self.run("--global-config", str(self.config), "login", "--use-token-as-session", self.server.url, env={"CODER_SESSION_TOKEN": token})


def vs_code_config(plugin):
    """The file that VS Code's plugin keeps, with its one block."""
    config = plugin.folder / "ssh_config"
    config.write_text(
        f"Host {PREFIX}*\n"
        f"  ProxyCommand '{plugin.program}' --global-config '{plugin.config}' ssh --stdio --usage-app=vscode --network-info-dir '{plugin.numbers}' "
        f"--log-dir '{plugin.logs}' -v --ssh-host-prefix {PREFIX} %h\n"
        "  ConnectTimeout 0\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n  SetEnv CODER_SSH_SESSION_TYPE=vscode\n")
    return config


@pytest.fixture(scope="module")
def plugin(server, owner, workspace, tmp_path_factory):
    made = Plugin(server, tmp_path_factory.mktemp("plugin"), "coder-linux-amd64.x7")
    done = made.login(owner.token)
    assert done.returncode == 0, done.stderr
    return made


def test_the_file_is_served_as_plugins_ask_for_it(server, plugin):
    get = lambda path, **headers: httpx.get(server.url + path, headers=headers)
    answer = get("/bin/coder_linux_amd64", **{"Accept-Encoding": "identity"})

    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["ETag"] == plugin.etag and re.fullmatch(r'"[0-9a-f]{40}"', plugin.etag)
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert get("/bin/coder-linux-amd64", **{"If-None-Match": plugin.etag}).status_code == 304
    head = httpx.head(f"{server.url}/bin/coder-linux-amd64")
    assert head.status_code == 200 and head.headers["ETag"] == plugin.etag
    for path in ("/bin/coder-linux-amd64.asc", "/bin/coder-plan9-amd64", "/.well-known/oauth-authorization-server", "/oauth2/register", "/bin/a/b"):
        refused = get(path, Accept="text/html,*/*")
        assert refused.status_code == 404 and refused.headers["Content-Type"].startswith("application/json"), path
        assert refused.json()["message"]


def test_one_file_is_three_programs(server, plugin):
    told = plugin.run("version", "--output", "json", "-v", env={"CODER_HEADER_COMMAND": ""})
    assert told.returncode == 0 and told.stderr == ""
    version = json.loads(told.stdout)["version"]
    assert version == server.api().get("/api/v2/buildinfo").json()["version"]
    minor, patch = re.match(r"v2\.(\d+)\.(\d+)(\+|$)", version).group(1, 2)
    assert int(minor) >= 31 and int(patch) >= 1000
    assert plugin.run("--version").stdout.startswith("Coder ")

    own = plugin.folder / "slipway"
    shutil.copy(plugin.program, own)
    assert subprocess.run([str(own), "version"], capture_output=True, text=True).stdout.startswith("slipway ")
    agent = plugin.folder / "slipway-agent"
    shutil.copy(plugin.program, agent)
    assert "agent of a workspace" in subprocess.run([str(agent), "--help"], capture_output=True, text=True).stdout


def test_a_token_is_kept_as_it_is_and_printed_and_forgotten(server, owner, plugin, tmp_path):
    keys = len(owner.get("/users/me/keys/tokens?include_all=false"))
    other = Plugin(server, tmp_path, "anything")
    assert other.login(owner.token).returncode == 0
    assert (other.config / "session").read_text() == owner.token and (other.config / "url").read_text() == server.url
    assert stat.S_IMODE((other.config / "session").stat().st_mode) == 0o600
    assert len(owner.get("/users/me/keys/tokens?include_all=false")) == keys

    settings = ["--global-config", str(other.config)]
    assert other.run(*settings, "login", "token", "--url", server.url).stdout == owner.token + "\n"
    elsewhere = other.run(*settings, "login", "token", "--url", "https://elsewhere.example.com")
    assert elsewhere.returncode == 1 and "only supports one server at a time" in elsewhere.stderr
    set_ = other.run(*settings, "login", server.url, env={"CODER_SESSION_TOKEN": owner.token})
    assert set_.returncode == 1 and "CODER_SESSION_TOKEN" in set_.stderr


def test_a_build_server_logs_in_as_its_action_does(server, owner, tmp_path):
    """The action downloads, asks for the version and logs in, with both variables set beside the flag."""
    program = tmp_path / "coder"
    subprocess.run(["curl", "-fsSL", "--compressed", f"{server.url}/bin/coder-linux-amd64", "-o", str(program)], check=True, timeout=60)
    program.chmod(0o755)
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "CODER_URL": server.url, "CODER_SESSION_TOKEN": owner.token}
    for words in (["version"], ["login", "--token", owner.token, server.url], ["whoami"]):
        done = subprocess.run([str(program), *words], env=env, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, done
    kept = (tmp_path / ".config/coderv2/session").read_text()
    assert kept and kept != owner.token, "a key of its own"


def test_what_is_not_offered_says_so_by_its_exit_code(plugin):
    for words in (["agent-firewall", "--help"], ["server"], ["nosuch"]):
        done = plugin.run(*words)
        assert done.returncode == 1 and done.stdout == "" and "unrecognized subcommand" in done.stderr, words
    done = plugin.run("list", "--bogus")
    assert done.returncode == 1 and "unknown flag: --bogus" in done.stderr


def test_global_flags_stand_anywhere(plugin, workspace):
    settings = ["--global-config", str(plugin.config)]
    asked = [[*settings, "show", "edited"], ["show", *settings, "edited"], ["show", "edited", *settings],
             ["show", f"--global-config={plugin.config}", "edited", "-v"]]
    for words in asked:
        done = plugin.run(*words)
        assert done.returncode == 0 and "edited" in done.stdout, (words, done.stderr)


def test_a_start_by_a_plugin_never_hangs_and_says_why(owner, plugin, workspace):
    settings = ["--global-config", str(plugin.config)]
    running = plugin.run(*settings, "start", "--yes", "--reason", "vscode_connection", "owner/edited")
    assert running.returncode == 0, running.stderr

    owner.send("POST", f"/workspaces/{workspace['id']}/builds", {"transition": "stop"}, 201)
    owner.built(workspace["id"], "stopped")
    refused = plugin.run(*settings, "ssh", "--stdio", "--disable-autostart", "--ssh-host-prefix", PREFIX, f"{PREFIX}owner--edited")
    assert refused.returncode == 1 and refused.stdout == "" and "workspace must be started" in refused.stderr

    started = plugin.run(*settings, "start", "--yes", "--reason", "jetbrains_connection", "--", "owner/edited")
    assert started.returncode == 0, started.stderr
    assert owner.get(f"/workspaces/{workspace['id']}")["latest_build"]["reason"] == "jetbrains_connection"
    owner.ready(workspace["id"])


def test_a_command_of_ones_own_runs_by_the_same_file(plugin, workspace):
    done = plugin.run("--global-config", str(plugin.config), "ssh", "owner/edited", "echo", "$CODER_WORKSPACE_NAME")
    assert (done.returncode, done.stdout) == (0, "edited\n"), done


def test_openssh_by_the_block_that_config_ssh_writes(plugin, workspace):
    file = plugin.folder / "own_ssh_config"
    settings = ["--global-config", str(plugin.config), "config-ssh", "--ssh-config-file", str(file), "-y"]
    assert plugin.run(*settings).returncode == 0
    written = file.read_text()
    assert plugin.run(*settings).returncode == 0 and file.read_text() == written
    env = {"PATH": "/usr/bin:/bin", "HOME": str(plugin.folder)}
    for host in ("coder.edited", "coder.owner--edited.main", "edited.coder"):
        shown = subprocess.run(["ssh", "-G", "-F", str(file), host], env=env, capture_output=True, text=True)
        assert f"proxycommand {plugin.program} --global-config" in shown.stdout, shown
        done = subprocess.run(["ssh", "-F", str(file), host, "echo $CODER_WORKSPACE_NAME"], env=env, capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stdout) == (0, "edited\n"), (host, done)


def test_older_editors_are_served_by_files(owner, plugin, workspace):
    (plugin.folder / "a-url").write_text(plugin.server.url)
    (plugin.folder / "a-token").write_text(owner.token)
    config = plugin.folder / "old_ssh_config"
    config.write_text(f"Host coder-vscode--*\n  ProxyCommand '{plugin.program}' vscodessh --network-info-dir '{plugin.numbers}' "
                      f"--session-token-file '{plugin.folder}/a-token' --url-file '{plugin.folder}/a-url' %h\n"
                      "  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n  LogLevel ERROR\n")
    done = subprocess.run(["ssh", "-F", str(config), "coder-vscode--owner--edited", "echo there"], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "there\n"), done


def test_what_editors_show_of_a_connection(plugin, workspace):
    settings = ["--global-config", str(plugin.config)]
    ping = plugin.run(*settings, "ping", "owner/edited", "-n", "2", "--wait", "10ms")
    assert ping.returncode == 0 and ping.stdout.count("pong from main ") == 2, ping
    speed = plugin.run(*settings, "speedtest", "owner/edited", "--output", "json", "-t", "1s")
    measured = json.loads(speed.stdout)
    assert speed.returncode == 0 and set(measured["overall"]) == {"start_time_seconds", "end_time_seconds", "throughput_mbits"}
    assert measured["intervals"] and measured["overall"]["throughput_mbits"] > 0
    check = plugin.run(*settings, "netcheck")
    report = json.loads(check.stdout)
    assert check.returncode == 0 and report["derp"]["severity"] == report["interfaces"]["severity"] == "ok"
    file = plugin.folder / "help.zip"
    bundle = plugin.run(*settings, "support", "bundle", "owner/edited", "--output-file", str(file), "--yes")
    assert bundle.returncode == 0 and zipfile.is_zipfile(file), bundle
    with zipfile.ZipFile(file) as held:
        texts = {name: held.read(name).decode() for name in held.namelist()}
    assert "agent/main_logs.json" in texts and "workspace/build_logs.json" in texts and "deployment/config.json" in texts
    token = (plugin.config / "session").read_text()
    assert not [name for name, text in texts.items() if token in text]
    assert plugin.run(*settings, "login", "status").returncode == 0
    assert plugin.run(*settings, "publickey").stdout.startswith("ssh-ed25519 ")


def test_openssh_by_the_block_that_vs_code_writes(owner, plugin, workspace):
    config = vs_code_config(plugin)
    before = owner.get(f"/workspaces/{workspace['id']}")["last_used_at"]
    command = ["ssh", "-F", str(config), f"{PREFIX}owner--edited"]

    env = {"PATH": "/usr/bin:/bin", "HOME": str(plugin.folder)}
    there = subprocess.run([*command, "command -v coder && coder --version | head -n1"], env=env, capture_output=True, text=True, timeout=60)
    assert there.returncode == 0, there.stderr
    assert there.stdout.splitlines()[0].endswith("/coder") and there.stdout.splitlines()[1].startswith("Coder ")
    used = subprocess.run([*command, "coder stat cpu -o json && coder stat mem --prefix Mi && coder stat disk --path /nope"], env=env,
                          capture_output=True, text=True, timeout=60)
    cores, memory = used.stdout.splitlines()[0], used.stdout.splitlines()[-1]
    assert used.returncode == 1 and cores.startswith("{") and " MiB" in memory and 'not found: "/nope"' in used.stderr, used

    open_one = subprocess.Popen([*command, "cat"], env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        file = plugin.numbers / f"{open_one.pid}.json"
        until("the file of numbers", file.exists, 20)
        for _ in range(200):
            numbers = json.loads(file.read_text())
        assert numbers["p2p"] is False and numbers["using_coder_connect"] is False
        assert numbers["preferred_derp"] in numbers["derp_latency"] and numbers["latency"] > 0
        assert isinstance(numbers["upload_bytes_sec"], int) and isinstance(numbers["download_bytes_sec"], int)
        assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(plugin.numbers.stat().st_mode) == 0o700
        logs = [log for log in os.listdir(plugin.logs) if log.endswith(f"-{open_one.pid}.log")]
        assert len(logs) == 1 and re.fullmatch(rf"coder-ssh-\d{{8}}-\d{{6}}-[a-z]{{5}}-{open_one.pid}\.log", logs[0])
        log = plugin.logs / logs[0]
        assert stat.S_IMODE(log.stat().st_mode) == 0o600 and owner.token not in log.read_text()
        until("the use is known", lambda: owner.get(f"/workspaces/{workspace['id']}")["last_used_at"] > before, 20)
    finally:
        open_one.stdin.close()
        assert open_one.wait(20) == 0


def test_the_command_line_is_installed_by_one_line(server, tmp_path):
    line = f"curl -fsSL {server.url}/install.sh | sh -s -- --prefix {tmp_path}"
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and f"slipway login {server.url}" in done.stdout, done
    assert subprocess.run([tmp_path / "bin/slipway", "version"], capture_output=True, text=True).stdout.startswith("slipway v")
    done = subprocess.run(["busybox", "sh", "-c", line.replace("| sh", "| busybox sh") + " --name coder"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done
    assert subprocess.run([tmp_path / "bin/coder", "--version"], capture_output=True, text=True).stdout.startswith("Coder v")
    assert subprocess.run(["sh", "-c", f"{line} --nmae x"], capture_output=True, text=True).returncode == 1
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["coder", "slipway"]
