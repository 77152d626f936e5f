//go:build tools

// Package tools pins the OpenTofu that ./dev builds into the tools cache.
package tools

import _ "github.com/opentofu/opentofu/cmd/tofu"
