# Parameters whose values are not for whoever looks over a shoulder.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
  }
}

data "coder_workspace" "me" {}

data "coder_parameter" "password" {
  name         = "password"
  display_name = "Database password"
  type         = "string"
  mutable      = true
  order        = 1
  styling      = jsonencode({ mask_input = true, placeholder = "From the vault" })
}

data "coder_parameter" "key" {
  name         = "key"
  display_name = "Key"
  type         = "string"
  form_type    = "textarea"
  default      = ""
  mutable      = true
  order        = 2
  styling      = jsonencode({ mask_input = true })
}
