variable "token" { type = string }
resource "terraform_data" "host" {
  count = 2
  input = var.token
}
output "out" { value = terraform_data.host[0].output }
