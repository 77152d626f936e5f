# The least that is a workspace: an agent, an app, a parameter, a resource that is there while the workspace runs.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}

data "coder_parameter" "size" {
  name    = "size"
  type    = "string"
  default = "small"
  mutable = true
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
  env  = { SIZE = data.coder_parameter.size.value }
}

resource "coder_app" "web" {
  agent_id = coder_agent.main.id
  slug     = "web"
  url      = "http://localhost:8080"
}

resource "terraform_data" "machine" {
  count = data.coder_workspace.me.start_count
  input = { token = coder_agent.main.token, owner = data.coder_workspace_owner.me.name }
}
