data "coder_workspace_tags" "t" {
  tags = { "zone" = "z-${var.region}", (local.k) = data.coder_parameter.a.value == "x" ? 1.5 : [1, null][0] }
}
locals {
  text = <<-EOT
    a } ${b}
    EOT
  m = merge({ a = 1 }, local.m["a"].b) # "
}
