# A pool of two, on this machine, made quickly. Nothing that lasts depends on whose it is, but for what is told to name its owner.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}

variable "names_owner" {
  type    = bool
  default = false
}

variable "instances" {
  type    = number
  default = 2
}

variable "lasts" {
  description = "Seconds until a member that nobody claims is replaced; 0 is never."
  type        = number
  default     = 0
}

variable "plan" {
  description = "How many when, in place of instances."
  type        = list(object({ cron = string, instances = number }))
  default     = []
}

variable "broken" {
  type    = bool
  default = false
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_provisioner" "me" {}

data "coder_parameter" "size" {
  name    = "size"
  type    = "string"
  default = "large"
  mutable = false
}

data "coder_workspace_preset" "small" {
  name = "Small"
  parameters = {
    size = "small"
  }
  prebuilds {
    instances = var.instances
    expiration_policy {
      ttl = var.lasts
    }
    dynamic "scheduling" {
      for_each = length(var.plan) > 0 ? [1] : []
      content {
        timezone = "UTC"
        dynamic "schedule" {
          for_each = var.plan
          content {
            cron      = schedule.value.cron
            instances = schedule.value.instances
          }
        }
      }
    }
  }
}

locals {
  id   = data.coder_workspace.me.id
  home = pathexpand("~/.local/share/slipway/workspaces/${local.id}")
}

resource "coder_agent" "main" {
  os             = data.coder_provisioner.me.os
  arch           = data.coder_provisioner.me.arch
  startup_script = "echo \"$CODER_WORKSPACE_OWNER_NAME\" >> \"$HOME/owners\""
}

resource "coder_env" "named" {
  count    = var.names_owner ? 1 : 0
  agent_id = coder_agent.main.id
  name     = "NAMED"
  value    = data.coder_workspace_owner.me.name
}

resource "terraform_data" "named" {
  count            = var.names_owner ? 1 : 0
  triggers_replace = data.coder_workspace_owner.me.name
}

# The agent: started detached, in a session of its own. Everything that it starts carries SLIPWAY_HOST_WORKSPACE, by which a stop finds it.
resource "terraform_data" "machine" {
  count            = data.coder_workspace.me.start_count
  input            = { home = local.home, id = local.id }
  triggers_replace = [coder_agent.main.token]

  lifecycle {
    precondition {
      condition     = !(var.broken && data.coder_workspace.me.is_prebuild)
      error_message = "This version makes nothing for pools."
    }
  }

  provisioner "local-exec" {
    quiet   = true
    command = <<-SH
      set -eu
      umask 077
      mkdir -p "$WORKSPACE_FOLDER"
      cd "$WORKSPACE_FOLDER"
      printf '%s' "$WORKSPACE_INIT" > .agent.sh
      rm -f .agent.up
      env -i PATH="$PATH" HOME="$WORKSPACE_FOLDER" USER="$(id -un)" LANG=C.UTF-8 SLIPWAY_HOST_WORKSPACE="$WORKSPACE_ID" \
        CODER_AGENT_TOKEN="$WORKSPACE_TOKEN" CODER_AGENT_LOG_DIR="$WORKSPACE_FOLDER/.agent" CODER_AGENT_SCRIPT_DATA_DIR="$WORKSPACE_FOLDER/.agent" \
        setsid sh -c ': > .agent.up; exec sh .agent.sh' </dev/null >agent.log 2>&1 &
      until [ -e .agent.up ]; do sleep 0.05; done
    SH
    environment = {
      WORKSPACE_FOLDER = self.input.home
      WORKSPACE_ID     = self.input.id
      WORKSPACE_INIT   = coder_agent.main.init_script
      WORKSPACE_TOKEN  = coder_agent.main.token
    }
  }

  provisioner "local-exec" {
    quiet       = true
    when        = destroy
    command     = <<-SH
      mine() { grep -lF "SLIPWAY_HOST_WORKSPACE=$WORKSPACE_ID" /proc/[0-9]*/environ 2>/dev/null | cut -d/ -f3; }
      tries=0
      while found=$(mine) && [ -n "$found" ]; do
        if [ "$tries" -eq 0 ]; then kill -TERM $found 2>/dev/null; fi
        if [ "$tries" -ge 50 ]; then kill -KILL $found 2>/dev/null; fi
        if [ "$tries" -ge 100 ]; then echo "Processes of the workspace do not end: $found" >&2; exit 1; fi
        tries=$((tries + 1))
        sleep 0.1
      done
      rm -rf -- "$WORKSPACE_FOLDER"
    SH
    environment = { WORKSPACE_ID = self.input.id, WORKSPACE_FOLDER = self.input.home }
  }
}
