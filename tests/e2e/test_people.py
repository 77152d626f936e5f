"""Organizations, groups, roles and quotas, by the command line and with the real OpenTofu."""

import json

COSTLY = """
terraform {
  required_providers {
    coder = { source = "coder/coder" }
  }
}
data "coder_workspace" "me" {}
resource "terraform_data" "box" {
  count = data.coder_workspace.me.start_count
}
resource "coder_metadata" "box" {
  count       = data.coder_workspace.me.start_count
  resource_id = terraform_data.box[0].id
  daily_cost  = 10
}
"""


def rows(owner, *words):
    return json.loads(owner.cli(*words, "--output", "json").stdout)


def test_an_organization_is_made_filled_and_deleted_by_the_command_line(owner, tmp_path):
    owner.cli("organizations", "create", "lab", "--description", "Experiments")
    owner.cli("users", "create", "--username", "lea", "--email", "lea@example.com", "--password", "SomeSecurePassword!", "--org", "default")
    owner.cli("organizations", "members", "add", "lea", "--org", "lab")
    owner.cli("groups", "create", "team", "--org", "lab", "--quota-allowance", "20")
    owner.cli("groups", "members", "add", "team", "lea", "--org", "lab")
    assert [user["username"] for user in rows(owner, "groups", "members", "list", "team", "--org", "lab")] == ["lea"]

    role = tmp_path / "watcher.json"
    role.write_text(json.dumps({"organization_permissions": [{"resource_type": "template", "action": "read"}]}))
    owner.cli("roles", "create", "watcher", "--file", str(role), "--org", "lab")
    owner.cli("organizations", "members", "edit-roles", "lea", "--role", "watcher", "--org", "lab")
    assert "watcher" in owner.cli("organizations", "members", "list", "--org", "lab").stdout
    assert "template" in owner.cli("roles", "show", "watcher", "--org", "lab").stdout

    held = owner.cli("organizations", "delete", "lab", "--yes", check=False)
    assert held.returncode == 1 and "1 member, 1 group" in held.stderr
    owner.cli("organizations", "members", "remove", "lea", "--org", "lab", "--yes")
    owner.cli("groups", "delete", "team", "--org", "lab", "--yes")
    owner.cli("organizations", "delete", "lab", "--yes")
    assert [one["name"] for one in rows(owner, "organizations", "list")] == ["default"]


def test_a_plan_beyond_the_quota_is_not_applied(owner, tmp_path):
    owner.cli("groups", "edit", "Everyone", "--quota-allowance", "5")
    (tmp_path / "main.tf").write_text(COSTLY)
    owner.cli("templates", "push", "costly", "--directory", str(tmp_path), "--yes")

    refused = owner.cli("create", "dear", "--template", "costly", "--yes", check=False)
    assert refused.returncode != 0
    build = owner.get("/users/me/workspace/dear")["latest_build"]
    assert build["job"]["error_code"] == "INSUFFICIENT_QUOTA"
    assert build["job"]["error"] == "insufficient quota" and build["resources"] == []
    assert "Everyone 5" in refused.stdout + refused.stderr

    owner.cli("groups", "edit", "Everyone", "--quota-allowance", "15")
    owner.cli("start", "dear", "--yes")
    assert owner.get("/workspace-quota/me") == {"credits_consumed": 10, "budget": 15}
    owner.cli("stop", "dear", "--yes")
    assert owner.get("/workspace-quota/me") == {"credits_consumed": 0, "budget": 15}
    owner.cli("delete", "dear", "--yes")
