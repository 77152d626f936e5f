terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    docker = {
      source = "kreuzwerker/docker"
    }
  }
}

provider "docker" {}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_provisioner" "me" {}

data "coder_parameter" "image" {
  name         = "image"
  display_name = "Image"
  description  = "What the container runs."
  default      = "debian:12"
  mutable      = true
  icon         = "/icon/container.svg"
  order        = 1
  option {
    name  = "Debian 12"
    value = "debian:12"
  }
  option {
    name  = "Ubuntu 24.04"
    value = "ubuntu:24.04"
  }
  option {
    name  = "Alpine"
    value = "alpine:3"
  }
}

data "coder_parameter" "cpus" {
  name         = "cpus"
  display_name = "CPU share"
  description  = "How many processors the container may use."
  type         = "number"
  form_type    = "slider"
  default      = 2
  mutable      = true
  order        = 2
  validation {
    min = 1
    max = 16
  }
}

data "coder_parameter" "memory" {
  name         = "memory"
  display_name = "Memory"
  description  = "In GiB."
  type         = "number"
  default      = 4
  mutable      = true
  icon         = "/icon/memory.svg"
  order        = 3
  validation {
    min = 1
    max = 64
  }
}

data "coder_workspace_preset" "small" {
  name    = "Small"
  default = true
  parameters = {
    cpus   = "2"
    memory = "4"
  }
}

data "coder_workspace_preset" "large" {
  name = "Large"
  parameters = {
    cpus   = "8"
    memory = "16"
  }
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = data.coder_provisioner.me.arch

  startup_script = <<-SH
    set -eu
    # The first start fills the empty home with what the image keeps for new users.
    if [ ! -e "$HOME/.slipway-home" ]; then
      cp -rn /etc/skel/. "$HOME" 2>/dev/null || true
      touch "$HOME/.slipway-home"
    fi
  SH

  metadata {
    key          = "cpu"
    display_name = "Load"
    script       = "cut -d' ' -f1 /proc/loadavg"
    interval     = 10
    timeout      = 2
    order        = 1
  }
  metadata {
    key          = "memory"
    display_name = "Memory in use"
    script       = "awk '{printf \"%.1f GiB\", $1/1073741824}' /sys/fs/cgroup/memory.current 2>/dev/null || echo unknown"
    interval     = 10
    timeout      = 2
    order        = 2
  }
}

resource "docker_volume" "home" {
  name = "slipway-${data.coder_workspace.me.id}-home"
  labels {
    label = "slipway.workspace_id"
    value = data.coder_workspace.me.id
  }
  lifecycle {
    ignore_changes = all
  }
}

resource "docker_container" "workspace" {
  count    = data.coder_workspace.me.start_count
  image    = data.coder_parameter.image.value
  name     = "slipway-${data.coder_workspace_owner.me.name}-${lower(data.coder_workspace.me.name)}"
  hostname = data.coder_workspace.me.name

  # A loopback access URL means the container itself there: the host has another name.
  entrypoint = ["sh", "-c", replace(coder_agent.main.init_script, "/localhost|127\\.0\\.0\\.1/", "host.docker.internal")]
  env = [
    "CODER_AGENT_TOKEN=${coder_agent.main.token}",
    "HOME=/home/workspace",
  ]
  working_dir = "/home/workspace"
  cpus        = tostring(data.coder_parameter.cpus.value)
  memory      = data.coder_parameter.memory.value * 1024

  host {
    host = "host.docker.internal"
    ip   = "host-gateway"
  }
  volumes {
    container_path = "/home/workspace"
    volume_name    = docker_volume.home.name
    read_only      = false
  }
  labels {
    label = "slipway.workspace_id"
    value = data.coder_workspace.me.id
  }
}

resource "coder_metadata" "workspace" {
  count       = data.coder_workspace.me.start_count
  resource_id = docker_container.workspace[0].id
  icon        = "/icon/container.svg"
  item {
    key   = "image"
    value = data.coder_parameter.image.value
  }
}
