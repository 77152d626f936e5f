terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}
variable "region" {
  description = "Where"
  type        = string
  default     = "eu"
}
variable "count_of" {
  type    = number
  default = 2
}
variable "password" {
  type      = string
  sensitive = true
}
variable "tags" {
  type    = map(string)
  default = { a = "b" }
}
data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_provisioner" "me" {}
data "coder_task" "me" {}
data "coder_external_auth" "github" { id = "github" }
data "coder_external_auth" "opt" {
  id       = "gitlab"
  optional = true
}
data "coder_workspace_tags" "t" {
  tags = {
    region = var.region
    size   = data.coder_parameter.size.value
  }
}
data "coder_parameter" "size" {
  name         = "size"
  display_name = "Size"
  description  = "How **big**."
  type         = "string"
  form_type    = "dropdown"
  default      = "small"
  icon         = "/icon/memory.svg"
  mutable      = true
  order        = 2
  option {
    name  = "Small"
    value = "small"
    icon  = "/icon/a.svg"
    description = "1 cpu"
  }
  option {
    name  = "Large"
    value = "large"
  }
}
data "coder_parameter" "cpus" {
  name    = "cpus"
  type    = "number"
  default = 2
  mutable = true
  order   = 1
  validation {
    min       = 0
    max       = 8
    monotonic = "increasing"
    error     = "{value} not in {min}..{max}"
  }
}
data "coder_parameter" "only_max" {
  name    = "only_max"
  type    = "number"
  default = 2
  form_type = "slider"
  validation {
    min = 1
    max = 5
  }
}
data "coder_parameter" "repo" {
  name = "repo"
  validation {
    regex = "^https://"
    error = "must be https"
  }
  default = "https://x.example"
}
data "coder_parameter" "needed" {
  name      = "needed"
  styling   = jsonencode({ placeholder = "p" })
}
data "coder_parameter" "flag" {
  name      = "flag"
  type      = "bool"
  default   = "true"
  ephemeral = true
  mutable   = true
}
data "coder_parameter" "list" {
  name    = "list"
  type    = "list(string)"
  default = jsonencode(["a", "b"])
  form_type = "multi-select"
  option {
    name = "A"
    value = "a"
  }
  option {
    name = "B"
    value = "b"
  }
}
data "coder_workspace_preset" "std" {
  name        = "Standard"
  description = "d"
  icon        = "/icon/x.svg"
  default     = true
  parameters = {
    size = "large"
    cpus = "4"
  }
  prebuilds {
    instances = 2
    expiration_policy {
      ttl = 86400
    }
    scheduling {
      timezone = "Europe/Berlin"
      schedule {
        cron      = "* 8-18 * * 1-5"
        instances = 5
      }
    }
  }
}
resource "coder_agent" "main" {
  os   = "linux"
  arch = data.coder_provisioner.me.arch
  dir  = "$HOME"
  env  = { FOO = "bar" }
  startup_script = "echo hi"
  startup_script_behavior = "blocking"
  shutdown_script = "echo bye"
  troubleshooting_url = "https://t.example"
  motd_file = "/etc/motd"
  order = 3
  api_key_scope = "no_user_data"
  connection_timeout = 60
  metadata {
    key = "cpu"
    display_name = "CPU"
    script = "nproc"
    interval = 10
    timeout = 1
    order = 1
  }
  display_apps {
    vscode = false
    web_terminal = true
  }
  resources_monitoring {
    memory {
      enabled = true
      threshold = 80
    }
    volume {
      path = "/home"
      enabled = true
      threshold = 90
    }
  }
}
resource "coder_agent" "second" {
  count = 2
  os    = "linux"
  arch  = "arm64"
  auth  = "aws-instance-identity"
}
resource "coder_agent_instance" "i" {
  agent_id    = coder_agent.second[0].id
  instance_id = "i-abc"
}
resource "coder_app" "web" {
  agent_id     = coder_agent.main.id
  slug         = "web"
  display_name = "Web"
  url          = "http://localhost:8000"
  icon         = "/icon/w.svg"
  subdomain    = false
  share        = "authenticated"
  group        = "G"
  order        = 4
  hidden       = true
  open_in      = "tab"
  tooltip      = "tip"
  healthcheck {
    url       = "http://localhost:8000/h"
    interval  = 5
    threshold = 6
  }
}
resource "coder_app" "cmd" {
  for_each     = toset(["x"])
  agent_id     = coder_agent.main.id
  slug         = "cmd"
  command      = "top"
}
resource "coder_app" "ext" {
  agent_id = coder_agent.main.id
  slug     = "ext"
  url      = "https://e.example"
  external = true
}
resource "coder_script" "s" {
  agent_id     = coder_agent.main.id
  display_name = "S"
  script       = "echo s"
  cron         = "0 */5 * * * *"
  run_on_start = true
  timeout      = 9
  log_path     = "/tmp/s.log"
  icon         = "/icon/s.svg"
}
resource "coder_env" "e" {
  agent_id = coder_agent.main.id
  name     = "PATH"
  value    = "/x"
  merge_strategy = "prepend"
}
resource "coder_env" "v" {
  agent_id = coder_agent.main.id
  name     = "SECRET"
  value    = var.password
}
resource "coder_devcontainer" "d" {
  agent_id         = coder_agent.main.id
  workspace_folder = "/w"
  config_path      = "/w/.devcontainer/devcontainer.json"
}
resource "coder_app" "indev" {
  agent_id = coder_devcontainer.d.subagent_id
  slug     = "indev"
  url      = "http://localhost:1"
}
resource "coder_ai_task" "t" {
  app_id = coder_app.web.id
}
locals {
  boot = coder_agent.main.init_script
}
resource "terraform_data" "box" {
  count = data.coder_workspace.me.start_count
  input = {
    script = local.boot
    token  = coder_agent.main.token
  }
}
resource "terraform_data" "vm" {
  input = module.machine.out
}
module "machine" {
  source = "./machine"
  token  = coder_agent.second[0].token
}
resource "coder_metadata" "m" {
  count       = data.coder_workspace.me.start_count
  resource_id = terraform_data.box[0].id
  hide        = false
  icon        = "/icon/m.svg"
  daily_cost  = 7
  item {
    key   = "size"
    value = data.coder_parameter.size.value
  }
  item {
    key       = "secret"
    value     = "sss"
    sensitive = true
  }
  item {
    key = "none"
  }
}
