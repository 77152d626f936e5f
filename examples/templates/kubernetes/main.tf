terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    kubernetes = {
      source = "hashicorp/kubernetes"
    }
  }
}

variable "namespace" {
  type        = string
  description = "The namespace in which workspaces live. It must exist."
  default     = "workspaces"
}

variable "kubeconfig" {
  type        = string
  description = "Path of a kubeconfig file on the provisioner's machine. Empty: the provisioner's own service account."
  default     = ""
}

provider "kubernetes" {
  config_path = var.kubeconfig == "" ? null : var.kubeconfig
}

data "coder_workspace" "me" {}
data "coder_workspace_owner" "me" {}

data "coder_parameter" "image" {
  name         = "image"
  display_name = "Image"
  description  = "Any image with a POSIX shell and `curl`, `wget` or `busybox`."
  default      = "debian:12"
  mutable      = true
  icon         = "/icon/container.svg"
  order        = 1
}

data "coder_parameter" "cpus" {
  name         = "cpus"
  display_name = "Processors"
  type         = "number"
  default      = 2
  mutable      = true
  order        = 2
  option {
    name  = "2"
    value = 2
  }
  option {
    name  = "4"
    value = 4
  }
  option {
    name  = "8"
    value = 8
  }
}

data "coder_parameter" "memory" {
  name         = "memory"
  display_name = "Memory"
  description  = "In GiB."
  type         = "number"
  form_type    = "slider"
  default      = 4
  mutable      = true
  icon         = "/icon/memory.svg"
  order        = 3
  validation {
    min = 1
    max = 64
  }
}

data "coder_parameter" "home_size" {
  name         = "home_size"
  display_name = "Size of the home"
  description  = "In GiB. It cannot be changed later."
  type         = "number"
  default      = 10
  icon         = "/icon/folder.svg"
  order        = 4
  validation {
    min = 1
    max = 1000
  }
}

locals {
  name = "slipway-${data.coder_workspace.me.id}"
  labels = {
    "app.kubernetes.io/name"       = "slipway-workspace"
    "app.kubernetes.io/instance"   = local.name
    "app.kubernetes.io/managed-by" = "slipway"
    "slipway/workspace-id"         = data.coder_workspace.me.id
    "slipway/owner-id"             = data.coder_workspace_owner.me.id
  }
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"

  metadata {
    key          = "cpu"
    display_name = "Load"
    script       = "cut -d' ' -f1 /proc/loadavg"
    interval     = 10
    timeout      = 2
    order        = 1
  }
  metadata {
    key          = "home"
    display_name = "Home in use"
    script       = "df -h /home/workspace | awk 'NR==2{print $3 \" of \" $2}'"
    interval     = 60
    timeout      = 5
    order        = 2
  }
}

resource "kubernetes_persistent_volume_claim_v1" "home" {
  metadata {
    name      = "${local.name}-home"
    namespace = var.namespace
    labels    = local.labels
  }
  wait_until_bound = false
  spec {
    access_modes = ["ReadWriteOnce"]
    resources {
      requests = {
        storage = "${data.coder_parameter.home_size.value}Gi"
      }
    }
  }
  lifecycle {
    ignore_changes = [metadata[0].labels]
  }
}

resource "kubernetes_deployment_v1" "workspace" {
  count            = data.coder_workspace.me.start_count
  wait_for_rollout = false

  metadata {
    name      = local.name
    namespace = var.namespace
    labels    = local.labels
  }

  spec {
    replicas = 1
    # Two pods at once would fight for the home.
    strategy {
      type = "Recreate"
    }
    selector {
      match_labels = {
        "app.kubernetes.io/instance" = local.name
      }
    }
    template {
      metadata {
        labels = local.labels
      }
      spec {
        hostname                        = lower(data.coder_workspace.me.name)
        automount_service_account_token = false
        security_context {
          run_as_user     = 1000
          run_as_group    = 1000
          fs_group        = 1000
          run_as_non_root = true
        }
        container {
          name        = "workspace"
          image       = data.coder_parameter.image.value
          command     = ["sh", "-c", coder_agent.main.init_script]
          working_dir = "/home/workspace"
          env {
            name  = "CODER_AGENT_TOKEN"
            value = coder_agent.main.token
          }
          env {
            name  = "HOME"
            value = "/home/workspace"
          }
          security_context {
            allow_privilege_escalation = false
          }
          resources {
            requests = {
              cpu    = "250m"
              memory = "512Mi"
            }
            limits = {
              cpu    = tostring(data.coder_parameter.cpus.value)
              memory = "${data.coder_parameter.memory.value}Gi"
            }
          }
          volume_mount {
            name       = "home"
            mount_path = "/home/workspace"
          }
        }
        volume {
          name = "home"
          persistent_volume_claim {
            claim_name = kubernetes_persistent_volume_claim_v1.home.metadata[0].name
          }
        }
      }
    }
  }
}
