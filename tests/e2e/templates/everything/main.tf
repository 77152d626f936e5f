# Every kind of parameter that a template can ask for. Written out of order on purpose: `order` puts them right.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}

data "coder_workspace" "me" {}

data "coder_parameter" "notes" {
  name         = "notes"
  display_name = "Notes"
  description  = "Longer words, in **several** lines."
  type         = "string"
  form_type    = "textarea"
  default      = ""
  mutable      = true
  order        = 3
}

data "coder_parameter" "region" {
  name         = "region"
  display_name = "Region"
  description  = "Where it stands."
  type         = "string"
  form_type    = "radio"
  default      = "eu"
  icon         = "/icon/cloud.svg"
  order        = 1
  option {
    name        = "Frankfurt"
    value       = "eu"
    description = "Near the river"
    icon        = "/icon/machine.svg"
  }
  option {
    name  = "Virginia"
    value = "us"
  }
}

data "coder_parameter" "project" {
  name         = "project"
  display_name = "Project"
  description  = "What the folder is called."
  type         = "string"
  default      = "boats"
  mutable      = true
  order        = 2
  validation {
    regex = "^[a-z]{3,8}$"
    error = "Use three to eight small letters."
  }
}

# No default: it must be given.
data "coder_parameter" "captain" {
  name         = "captain"
  display_name = "Captain"
  type         = "string"
  mutable      = true
  order        = 12
}

data "coder_parameter" "image" {
  name         = "image"
  display_name = "Image"
  type         = "string"
  form_type    = "dropdown"
  default      = "debian"
  mutable      = true
  order        = 4
  option {
    name  = "Debian 12"
    value = "debian"
  }
  option {
    name        = "Fedora"
    value       = "fedora"
    description = "Newer, shorter lived"
  }
}

data "coder_parameter" "disk" {
  name         = "disk"
  display_name = "Disk (GiB)"
  description  = "It can grow later."
  type         = "number"
  default      = 20
  mutable      = true
  order        = 5
  validation {
    min       = 10
    max       = 100
    monotonic = "increasing"
  }
}

data "coder_parameter" "cores" {
  name         = "cores"
  display_name = "Cores"
  type         = "number"
  form_type    = "slider"
  default      = 2
  mutable      = true
  order        = 6
  validation {
    min = 1
    max = 8
  }
}

data "coder_parameter" "backup" {
  name         = "backup"
  display_name = "Back-ups"
  type         = "bool"
  form_type    = "checkbox"
  default      = false
  mutable      = true
  order        = 7
}

data "coder_parameter" "gpu" {
  name         = "gpu"
  display_name = "Graphics card"
  type         = "bool"
  form_type    = "switch"
  default      = false
  mutable      = true
  order        = 8
}

data "coder_parameter" "tags" {
  name         = "tags"
  display_name = "Tags"
  type         = "list(string)"
  form_type    = "tag-select"
  default      = jsonencode(["one"])
  mutable      = true
  order        = 9
}

data "coder_parameter" "tools" {
  name         = "tools"
  display_name = "Tools"
  type         = "list(string)"
  form_type    = "multi-select"
  default      = jsonencode(["git"])
  mutable      = true
  order        = 10
  option {
    name  = "Git"
    value = "git"
  }
  option {
    name  = "Make"
    value = "make"
  }
}

data "coder_parameter" "clean" {
  name         = "clean"
  display_name = "Clean first"
  type         = "bool"
  default      = false
  mutable      = true
  ephemeral    = true
  order        = 11
}

data "coder_workspace_preset" "small" {
  name        = "Small"
  description = "For documents and small fixes."
  icon        = "/icon/folder.svg"
  default     = true
  parameters = {
    cores = "1"
    disk  = "10"
  }
}

data "coder_workspace_preset" "large" {
  name        = "Large"
  description = "Eight cores and a graphics card."
  parameters = {
    cores = "8"
    disk  = "80"
    gpu   = "true"
    image = "fedora"
  }
}

resource "terraform_data" "vessel" {
  count = data.coder_workspace.me.start_count
  input = data.coder_parameter.project.value
}

resource "coder_metadata" "vessel" {
  count       = data.coder_workspace.me.start_count
  resource_id = terraform_data.vessel[0].id
  daily_cost  = 12
  item {
    key   = "project"
    value = data.coder_parameter.project.value
  }
  item {
    key       = "key"
    value     = "on request"
    sensitive = true
  }
}
