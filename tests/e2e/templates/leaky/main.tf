# A workspace without an agent, quick to build, that fails when told to.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}

data "coder_workspace" "me" {}

data "coder_parameter" "leak" {
  name         = "leak"
  display_name = "Spring a leak"
  type         = "bool"
  form_type    = "switch"
  default      = false
  mutable      = true
}

resource "terraform_data" "hull" {
  count = data.coder_workspace.me.start_count

  provisioner "local-exec" {
    quiet   = true
    command = data.coder_parameter.leak.value == "true" ? "echo 'the hull lets water in' >&2; exit 3" : "true"
  }
}
