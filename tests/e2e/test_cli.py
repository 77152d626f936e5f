"""A newcomer's day by the command line alone."""

import json

from conftest import PROGRAMS, until

# /dev/full takes nothing, like a disk without room.
FULL = """
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
resource "terraform_data" "box" {
  count = data.coder_workspace.me.start_count
  provisioner "local-exec" {
    command = "cat /proc/version > /dev/full"
  }
}
"""


def test_a_template_is_pushed_and_a_workspace_lives_its_whole_life(owner, tmp_path):
    folder = tmp_path / "tmpl"
    owner.cli("templates", "init", "host", str(folder))
    assert (folder / "main.tf").exists()
    pushed = owner.cli("templates", "push", "mine", "--directory", str(folder), "--yes")
    assert "mine" in pushed.stdout + pushed.stderr
    rows = json.loads(owner.cli("templates", "list", "--output", "json").stdout)
    assert "mine" in json.dumps(rows)

    owner.cli("create", "life", "--template", "mine", "--yes")
    workspace = owner.get("/users/me/workspace/life")
    owner.ready(workspace["id"])
    listed = json.loads(owner.cli("list", "--output", "json").stdout)
    assert any(w["name"] == "life" for w in listed)
    assert "life" in owner.cli("list").stdout
    owner.cli("favorite", "life")
    owner.cli("schedule", "start", "life", "9:30AM", "Mon-Fri", "Europe/Berlin")
    owner.cli("schedule", "stop", "life", "8h")
    scheduled = owner.get(f"/workspaces/{workspace['id']}")
    assert scheduled["favorite"] and scheduled["autostart_schedule"] == "CRON_TZ=Europe/Berlin 30 9 * * 1-5" and scheduled["ttl_ms"] == 8 * 3600 * 1000
    assert "30 9 * * 1-5" in owner.cli("schedule", "show", "life").stdout
    owner.cli("schedule", "start", "life", "manual")
    owner.cli("unfavorite", "life")
    owner.cli("schedule", "extend", "life", "2h")
    assert owner.get(f"/workspaces/{workspace['id']}")["latest_build"]["deadline"]
    owner.cli("stop", "life", "--yes")
    owner.built(workspace["id"], "stopped")
    owner.cli("start", "life", "--yes")
    owner.ready(workspace["id"])
    owner.cli("rename", "life", "living")
    assert owner.get(f"/workspaces/{workspace['id']}")["name"] == "living"
    owner.cli("delete", "living", "--yes")
    owner.built(workspace["id"], "deleted")


def test_errors_say_what_to_do_and_exit_codes_differ(owner):
    missing = owner.cli("show", "no-such-workspace", check=False)
    assert missing.returncode == 1 and missing.stderr.strip()
    wrong = owner.cli("list", "--no-such-flag", check=False)
    assert wrong.returncode == 2


def test_a_build_that_finds_the_disk_full_says_so(owner, tmp_path):
    (tmp_path / "main.tf").write_text(FULL)
    owner.cli("templates", "push", "full", "--directory", str(tmp_path), "--yes")

    failed = owner.cli("create", "cramped", "--template", "full", "--yes", check=False)

    advice = "The disk of the provisioner's machine is full: free some space there and try again."
    assert failed.returncode != 0 and advice in failed.stdout + failed.stderr, (failed.stdout, failed.stderr)
    assert owner.get("/users/me/workspace/cramped")["latest_build"]["job"]["error"].startswith(advice)
    owner.cli("delete", "cramped", "--yes")


def test_a_token_is_limited_explained_and_ended(owner):
    name, id_ = owner.get("/users/me")["username"], "0e8400e2-9b41-4d16-a7c4-46655440000f"
    assert "workspace:read" in owner.cli("tokens", "scopes").stdout.split()
    key = owner.cli("tokens", "create", "--name", "narrow", "--scope", "workspace:read", "--allow", f"workspace:{id_}", "--lifetime", "1h").stdout.strip()
    token = json.loads(owner.cli("tokens", "view", "narrow", "--output", "json").stdout)
    assert token["scopes"] == ["workspace:read"] and token["allow_list"] == [{"type": "workspace", "id": id_}]

    allowed = owner.cli("why", name, "ssh", "workspace", "--owner", name, "--organization", "default").stdout
    assert allowed.startswith("Yes. workspace:ssh: Allowed by roles."), allowed
    narrow = json.loads(owner.cli("why", name, "ssh", "workspace", "--token", key.split("-")[0], "--output", "json").stdout)
    assert not narrow["allowed"] and "scope includes workspace:ssh" in narrow["remedy"], narrow

    owner.cli("tokens", "expire", "narrow")
    assert "narrow" not in owner.cli("tokens", "list").stdout
    assert "narrow" in owner.cli("tokens", "list", "--include-expired").stdout
    owner.cli("tokens", "remove", "narrow")


def test_the_programs_need_nothing_of_the_host():
    for program in ("slipway", "slipway-agent"):
        start = (PROGRAMS / program).read_bytes()[:64]
        assert start.startswith(b"\x7fELF")
    assert (PROGRAMS / "slipway-agent").stat().st_size <= 14 * 1024 * 1024
