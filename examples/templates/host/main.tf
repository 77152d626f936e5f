terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}
data "coder_provisioner" "me" {}

data "coder_parameter" "project" {
  name         = "project"
  display_name = "Project folder"
  description  = "Made in the workspace's home, and served by the web app."
  type         = "string"
  default      = "project"
  mutable      = true
  icon         = "/icon/folder.svg"
  order        = 1
  validation {
    regex = "^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$"
    error = "Use letters, digits, dots, hyphens and underscores, at most 63 of them."
  }
}

data "coder_parameter" "web" {
  name         = "web"
  display_name = "Web app"
  description  = "Serve the project folder as a web app of the workspace."
  type         = "bool"
  form_type    = "switch"
  default      = "true"
  mutable      = true
  icon         = "/icon/browser.svg"
  order        = 2
}

data "coder_parameter" "editor" {
  name         = "editor"
  display_name = "Editor"
  description  = "What `$EDITOR` says in the workspace."
  type         = "string"
  form_type    = "dropdown"
  default      = "vi"
  mutable      = true
  icon         = "/icon/code.svg"
  order        = 3
  option {
    name  = "vi"
    value = "vi"
  }
  option {
    name  = "nano"
    value = "nano"
  }
  option {
    name  = "Emacs"
    value = "emacs -nw"
  }
}

data "coder_parameter" "niceness" {
  name         = "niceness"
  display_name = "Niceness"
  description  = "How readily the workspace yields the processor to others."
  type         = "number"
  form_type    = "slider"
  default      = 0
  mutable      = true
  icon         = "/icon/memory.svg"
  order        = 4
  validation {
    min = 0
    max = 19
  }
}

data "coder_parameter" "afresh" {
  name         = "afresh"
  display_name = "Start afresh"
  description  = "Empty the project folder before this start."
  type         = "bool"
  default      = "false"
  mutable      = true
  ephemeral    = true
  order        = 5
}

data "coder_workspace_preset" "standard" {
  name        = "Standard"
  description = "A project folder and its web app."
  icon        = "/icon/machine.svg"
  default     = true
  parameters = {
    project  = "project"
    web      = "true"
    niceness = "0"
  }
}

data "coder_workspace_preset" "quiet" {
  name        = "Quiet"
  description = "For a machine that others work on too: no web app, last in the queue for the processor."
  icon        = "/icon/terminal.svg"
  parameters = {
    web      = "false"
    niceness = "15"
  }
}

locals {
  id   = data.coder_workspace.me.id
  home = pathexpand("~/.local/share/slipway/workspaces/${local.id}")
  # Several workspaces share the machine, so each has a port of its own, the same at every start. From 32768 on, Linux gives ports
  # to whatever connects to anything, and one that is in use so cannot be listened on.
  port = 10000 + parseint(substr(sha256(local.id), 0, 6), 16) % 22768
}

resource "coder_agent" "main" {
  os   = data.coder_provisioner.me.os
  arch = data.coder_provisioner.me.arch

  env = {
    EDITOR  = data.coder_parameter.editor.value
    PROJECT = data.coder_parameter.project.value
  }

  startup_script = <<-SH
    set -eu
    mkdir -p "$HOME/$PROJECT"
    cd "$HOME/$PROJECT"
    if [ ! -e index.html ]; then
      printf '<!doctype html>\n<title>%s</title>\n<h1>It works</h1>\n<p>This page is index.html in your project folder.</p>\n' "$PROJECT" > index.html
    fi
    echo "The workspace is ready in $HOME/$PROJECT."
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
    script       = "awk '/^MemTotal/{t=$2} /^MemAvailable/{a=$2} END{printf \"%.1f of %.1f GiB\", (t-a)/1048576, t/1048576}' /proc/meminfo"
    interval     = 10
    timeout      = 2
    order        = 2
  }
  metadata {
    key          = "home"
    display_name = "Home folder"
    script       = "du -sh \"$HOME\" 2>/dev/null | cut -f1"
    interval     = 300
    timeout      = 30
    order        = 3
  }
}

# Not in the agent's `env`: a change there makes a new agent, and with it what runs it, when somebody is given a prebuilt workspace.
resource "coder_env" "git_author_name" {
  agent_id = coder_agent.main.id
  name     = "GIT_AUTHOR_NAME"
  value    = coalesce(data.coder_workspace_owner.me.full_name, data.coder_workspace_owner.me.name)
}

resource "coder_script" "web" {
  count        = data.coder_parameter.web.value == "true" ? 1 : 0
  agent_id     = coder_agent.main.id
  display_name = "Web app"
  icon         = "/icon/browser.svg"
  run_on_start = true
  script       = <<-SH
    set -eu
    mkdir -p "$HOME/$PROJECT"
    cd "$HOME/$PROJECT"
    if command -v python3 >/dev/null 2>&1; then
      set -- python3 -m http.server --bind 127.0.0.1 ${local.port}
    elif busybox httpd --help >/dev/null 2>&1; then
      set -- busybox httpd -f -p 127.0.0.1:${local.port}
    else
      echo "Neither python3 nor busybox is here: there is no web app." >&2
      exit 0
    fi
    nohup "$@" </dev/null >"$HOME/web.log" 2>&1 &
    echo "Serving $PWD at port ${local.port}."
  SH
}

resource "coder_app" "web" {
  count        = data.coder_parameter.web.value == "true" ? 1 : 0
  agent_id     = coder_agent.main.id
  slug         = "web"
  display_name = "Project"
  icon         = "/icon/browser.svg"
  url          = "http://localhost:${local.port}"
  subdomain    = false
  share        = "owner"
  healthcheck {
    url       = "http://localhost:${local.port}"
    interval  = 5
    threshold = 6
  }
}

# The folder outlives stops, and goes with the workspace.
resource "terraform_data" "home" {
  input = { home = local.home, id = local.id }

  provisioner "local-exec" {
    quiet       = true
    command     = "umask 077 && mkdir -p \"$WORKSPACE_FOLDER\""
    environment = { WORKSPACE_FOLDER = self.input.home }
  }

  provisioner "local-exec" {
    quiet       = true
    when        = destroy
    command     = <<-SH
      case "$WORKSPACE_FOLDER" in
        */slipway/workspaces/?*) rm -rf -- "$WORKSPACE_FOLDER" ;;
        *) echo "Not removing the unexpected folder $WORKSPACE_FOLDER." >&2; exit 1 ;;
      esac
    SH
    environment = { WORKSPACE_FOLDER = self.input.home }
  }
}

# The agent: started detached, in a session of its own. Everything that it starts carries SLIPWAY_HOST_WORKSPACE, by
# which a stop finds what is left.
resource "terraform_data" "agent" {
  count = data.coder_workspace.me.start_count

  input            = { home = terraform_data.home.output.home, id = local.id }
  triggers_replace = [coder_agent.main.token, data.coder_parameter.niceness.value]

  provisioner "local-exec" {
    quiet   = true
    command = <<-SH
      set -eu
      umask 077
      mkdir -p "$WORKSPACE_FOLDER"
      cd "$WORKSPACE_FOLDER"
      if [ "$WORKSPACE_AFRESH" = true ]; then rm -rf -- "./$WORKSPACE_PROJECT"; fi
      printf '%s' "$WORKSPACE_INIT" > .agent.sh
      rm -f .agent.up
      command -v setsid >/dev/null || { echo "This machine lacks the program setsid." >&2; exit 1; }
      env -i PATH="$PATH" HOME="$WORKSPACE_FOLDER" USER="$(id -un)" LANG="$${LANG:-C.UTF-8}" \
        SLIPWAY_HOST_WORKSPACE="$WORKSPACE_ID" CODER_AGENT_TOKEN="$WORKSPACE_TOKEN" \
        CODER_AGENT_LOG_DIR="$WORKSPACE_FOLDER/.agent" CODER_AGENT_SCRIPT_DATA_DIR="$WORKSPACE_FOLDER/.agent" \
        nice -n "$WORKSPACE_NICENESS" setsid sh -c ': > .agent.up; exec sh .agent.sh' </dev/null >agent.log 2>&1 &
      # What a build leaves in its process group ends with it: not before the agent is in another one.
      until [ -e .agent.up ]; do
        kill -0 $! 2>/dev/null || [ -e .agent.up ] || { echo "The agent could not be started:" >&2; cat agent.log >&2; exit 1; }
        sleep 0.1 2>/dev/null || sleep 1
      done
    SH
    environment = {
      WORKSPACE_FOLDER   = self.input.home
      WORKSPACE_ID       = self.input.id
      WORKSPACE_INIT     = coder_agent.main.init_script
      WORKSPACE_TOKEN    = coder_agent.main.token
      WORKSPACE_NICENESS = data.coder_parameter.niceness.value
      WORKSPACE_PROJECT  = data.coder_parameter.project.value
      WORKSPACE_AFRESH   = data.coder_parameter.afresh.value
    }
  }

  provisioner "local-exec" {
    quiet       = true
    when        = destroy
    command     = <<-SH
      mine() {
        for found in $(grep -lF "SLIPWAY_HOST_WORKSPACE=$WORKSPACE_ID" /proc/[0-9]*/environ 2>/dev/null); do
          found=$${found#/proc/}
          echo "$${found%/environ}"
        done
      }
      tries=0
      while found=$(mine) && [ -n "$found" ]; do
        if [ "$tries" -eq 0 ]; then kill -TERM $found 2>/dev/null; fi
        if [ "$tries" -ge 50 ]; then kill -KILL $found 2>/dev/null; fi
        if [ "$tries" -ge 100 ]; then echo "Processes of the workspace do not end: $found" >&2; exit 1; fi
        tries=$((tries + 1))
        sleep 0.1
      done
      exit 0
    SH
    environment = { WORKSPACE_ID = self.input.id }
  }
}

resource "coder_metadata" "agent" {
  count       = data.coder_workspace.me.start_count
  resource_id = terraform_data.agent[0].id
  icon        = "/icon/machine.svg"
  item {
    key   = "home"
    value = local.home
  }
  item {
    key   = "web port"
    value = tostring(local.port)
  }
}

resource "coder_metadata" "home" {
  resource_id = terraform_data.home.id
  icon        = "/icon/folder.svg"
  item {
    key   = "folder"
    value = local.home
  }
}
