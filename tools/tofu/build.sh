#!/bin/sh
# Builds the pinned OpenTofu and coder/coder provider into a tools folder, through the Go module proxy, and lays out
# what makes tofu find the provider there instead of on the network. Does nothing, quickly, when all is in place.
#
#   tools/tofu/build.sh [folder]        folder: ${XDG_CACHE_HOME:-~/.cache}/slipway/tools
#
# Afterwards: <folder>/bin/tofu, <folder>/mirror (a filesystem mirror), <folder>/tofurc (for TF_CLI_CONFIG_FILE).
set -eu
unset CDPATH GOFLAGS GOROOT GOOS GOARCH GOAMD64 GOARM64 GO111MODULE GOEXPERIMENT
export GOTOOLCHAIN=local GOWORK=off
umask 022  # the account that runs builds must be able to run what is made here

here=$(cd "$(dirname "$0")/.." && pwd)
tools=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/slipway/tools}
go=${GO:-go}

pinned() { sed -n "s|^require $2 v\([^ ]*\).*|\1|p" "$here/$1/go.mod"; }
tofu_version=$(pinned tofu github.com/opentofu/opentofu)
provider_version=$(pinned provider-coder github.com/coder/terraform-provider-coder/v2)
[ -n "$tofu_version" ] && [ -n "$provider_version" ] || { echo "tools/tofu/build.sh: cannot read the pinned versions" >&2; exit 1; }

case $(uname -m) in
  x86_64) platform=linux_amd64 ;;
  aarch64) platform=linux_arm64 ;;
  *) echo "tools/tofu/build.sh: no build for $(uname -m)" >&2; exit 1 ;;
esac

# One stamp names everything that this script made; it is written last.
stamp="tofu $tofu_version provider $provider_version $platform layout 2"
if [ -f "$tools/tofu.stamp" ] && [ "$(cat "$tools/tofu.stamp")" = "$stamp" ] && [ -x "$tools/bin/tofu" ]; then
  exit 0
fi

mkdir -p "$tools/bin"
exec 9>"$tools/tofu.lock"
if command -v flock >/dev/null; then flock 9; fi

# build <module folder> <package> <output> [linker flags]: a file once made is not made again.
build() {
  [ -x "$3" ] && return 0
  echo "Building $2 (once) ..." >&2
  (cd "$here/$1" && CGO_ENABLED=0 "$go" build -trimpath -ldflags "-s -w ${4:-}" -o "$3.new" "$2")
  mv "$3.new" "$3"
}

provider="terraform-provider-coder_v$provider_version"
build tofu github.com/opentofu/opentofu/cmd/tofu "$tools/bin/tofu-$tofu_version" \
  '-X github.com/opentofu/opentofu/version.dev=no'
build provider-coder github.com/coder/terraform-provider-coder/v2 "$tools/bin/$provider"
ln -sf "tofu-$tofu_version" "$tools/bin/tofu"

# `coder/coder` means another host for each of the two tools: the mirror answers for both.
for host in registry.terraform.io registry.opentofu.org; do
  folder="$tools/mirror/$host/coder/coder/$provider_version/$platform"
  mkdir -p "$folder"
  cp -lf "$tools/bin/$provider" "$folder/$provider" 2>/dev/null || cp -f "$tools/bin/$provider" "$folder/$provider"
done

cat >"$tools/tofurc.new" <<RC
provider_installation {
  filesystem_mirror {
    path    = "$tools/mirror"
    include = ["coder/coder", "registry.terraform.io/coder/coder"]
  }
  direct {
    exclude = ["coder/coder", "registry.terraform.io/coder/coder"]
  }
}
RC
mv "$tools/tofurc.new" "$tools/tofurc"
printf '%s' "$stamp" >"$tools/tofu.stamp"
