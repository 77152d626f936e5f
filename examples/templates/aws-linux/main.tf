terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    aws = {
      source = "hashicorp/aws"
    }
  }
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}

data "coder_parameter" "region" {
  name         = "region"
  display_name = "Region"
  description  = "Where the instance runs. It cannot be changed later."
  form_type    = "dropdown"
  default      = "eu-central-1"
  icon         = "/icon/cloud.svg"
  order        = 1
  dynamic "option" {
    for_each = {
      "eu-central-1"   = "Frankfurt"
      "eu-west-1"      = "Ireland"
      "us-east-1"      = "N. Virginia"
      "us-west-2"      = "Oregon"
      "ap-southeast-1" = "Singapore"
    }
    content {
      name  = option.value
      value = option.key
    }
  }
}

data "coder_parameter" "instance_type" {
  name         = "instance_type"
  display_name = "Instance type"
  form_type    = "dropdown"
  default      = "t3.medium"
  mutable      = true
  icon         = "/icon/memory.svg"
  order        = 2
  option {
    name  = "2 vCPU, 4 GiB"
    value = "t3.medium"
  }
  option {
    name  = "2 vCPU, 8 GiB"
    value = "t3.large"
  }
  option {
    name  = "4 vCPU, 16 GiB"
    value = "t3.xlarge"
  }
  option {
    name  = "8 vCPU, 32 GiB"
    value = "t3.2xlarge"
  }
}

data "coder_parameter" "disk" {
  name         = "disk"
  display_name = "Disk"
  description  = "In GiB. It cannot be changed later."
  type         = "number"
  default      = 30
  icon         = "/icon/folder.svg"
  order        = 3
  validation {
    min = 10
    max = 500
  }
}

provider "aws" {
  region = data.coder_parameter.region.value
}

data "aws_ami" "debian" {
  most_recent = true
  owners      = ["136693071363"] # Debian
  filter {
    name   = "name"
    values = ["debian-12-amd64-*"]
  }
  filter {
    name   = "virtualization-type"
    values = ["hvm"]
  }
}

resource "coder_agent" "main" {
  count = data.coder_workspace.me.start_count
  os    = "linux"
  arch  = "amd64"
  auth  = "token"

  metadata {
    key          = "cpu"
    display_name = "Load"
    script       = "cut -d' ' -f1 /proc/loadavg"
    interval     = 10
    timeout      = 2
    order        = 1
  }
  metadata {
    key          = "disk"
    display_name = "Disk in use"
    script       = "df -h / | awk 'NR==2{print $3 \" of \" $2}'"
    interval     = 60
    timeout      = 5
    order        = 2
  }
}

locals {
  user = "workspace"
  # Run as root at every boot, because every start brings a new token; the agent itself runs as an ordinary user.
  boot = <<-SH
    set -eu
    id ${local.user} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash ${local.user}
    echo '${local.user} ALL=(ALL) NOPASSWD:ALL' > /etc/sudoers.d/${local.user}
    install -d -m 0700 -o ${local.user} /opt/slipway
    umask 077
    echo '${base64encode(try(coder_agent.main[0].init_script, ""))}' | base64 -d > /opt/slipway/agent.sh
    echo 'CODER_AGENT_TOKEN=${try(coder_agent.main[0].token, "")}' > /opt/slipway/environment
    chown ${local.user} /opt/slipway/agent.sh
    printf '%s\n' '[Unit]' 'Description=Slipway agent' 'Wants=network-online.target' 'After=network-online.target' \
      '[Service]' 'User=${local.user}' 'WorkingDirectory=/home/${local.user}' 'EnvironmentFile=/opt/slipway/environment' \
      'ExecStart=/bin/sh /opt/slipway/agent.sh' 'Restart=always' 'RestartSec=5' 'KillMode=process' \
      '[Install]' 'WantedBy=multi-user.target' > /etc/systemd/system/slipway-agent.service
    systemctl daemon-reload
    systemctl enable --now --no-block slipway-agent
  SH
}

resource "aws_instance" "dev" {
  ami           = data.aws_ami.debian.id
  instance_type = data.coder_parameter.instance_type.value
  user_data     = "#cloud-config\n${jsonencode({ bootcmd = [["sh", "-c", local.boot]] })}"

  root_block_device {
    volume_size = data.coder_parameter.disk.value
    volume_type = "gp3"
    encrypted   = true
  }
  metadata_options {
    http_tokens = "required"
  }
  tags = {
    Name    = "slipway-${data.coder_workspace_owner.me.name}-${data.coder_workspace.me.name}"
    slipway = "true"
  }
  lifecycle {
    ignore_changes = [ami, root_block_device]
  }
}

# Stopping the workspace stops the machine; the disk stays.
resource "aws_ec2_instance_state" "dev" {
  instance_id = aws_instance.dev.id
  state       = data.coder_workspace.me.transition == "start" ? "running" : "stopped"
}

resource "coder_metadata" "dev" {
  resource_id = aws_instance.dev.id
  icon        = "/icon/cloud.svg"
  item {
    key   = "region"
    value = data.coder_parameter.region.value
  }
  item {
    key   = "instance type"
    value = aws_instance.dev.instance_type
  }
  item {
    key   = "disk"
    value = "${aws_instance.dev.root_block_device[0].volume_size} GiB"
  }
}
