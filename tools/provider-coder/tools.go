//go:build tools

// Package tools pins the coder/coder provider that ./dev builds for the filesystem mirror.
package tools

import _ "github.com/coder/terraform-provider-coder/v2"
