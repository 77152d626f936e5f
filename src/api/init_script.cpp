#include "api/init_script.hpp"

#include <algorithm>
#include <array>

namespace slipway::api {

namespace {

constexpr std::array kPlatforms{AgentPlatform{"linux", "amd64"}, AgentPlatform{"linux", "arm64"}, AgentPlatform{"linux", "armv7"}};

// Runs under dash, bash and busybox, with nothing but curl or wget. It ends in exec, so that a supervisor signals the agent.
constexpr std::string_view kText = R"SH(#!/bin/sh
set -u

url="${ACCESS_URL}bin/coder-linux-@ARCH@"

say() { echo "slipway: $*" >&2; }

# A folder of ours in which programs may run. The home first, so that restarts do not pile up copies.
usable() {
  [ -n "$1" ] && mkdir -p "$1" 2>/dev/null && chmod 755 "$1" 2>/dev/null || return 1
  printf '#!/bin/sh\nexit 0\n' >"$1/probe.$$" 2>/dev/null && chmod 700 "$1/probe.$$" && "$1/probe.$$" 2>/dev/null
  fine=$?
  rm -f "$1/probe.$$"
  return $fine
}

dir="${BINARY_DIR:-}"
if [ -z "$dir" ]; then
  dir="${HOME:-}/.cache/slipway-agent"
  [ -n "${HOME:-}" ] && [ "$HOME" != / ] && usable "$dir" || dir=$(mktemp -d "${TMPDIR:-/tmp}/slipway-agent.XXXXXX") || exit 1
fi
if ! usable "$dir"; then
  say "programs cannot run from $dir. Set BINARY_DIR to a folder from which they can."
  exit 1
fi

fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl -fsSL --connect-timeout 15 -o "$1" "$url"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -O "$1" "$url"
  elif command -v busybox >/dev/null 2>&1; then
    busybox wget -q -O "$1" "$url"
  else
    say "this machine has no curl, wget or busybox to download the agent with. Install one of them."
    exit 127
  fi
}

# A proxy's sign-in page also downloads well: only a program will do.
program() { [ -s "$1" ] && [ "$(head -c 4 "$1" | tail -c 3)" = ELF ]; }

# Called coder: scripts and metadata commands of templates look for it by that name.
new="$dir/coder.$$"
pause=1
until fetch "$new" && program "$new"; do
  rm -f "$new"
  say "could not download the agent from $url; trying again in $pause s."
  sleep "$pause"
  pause=$((pause * 2))
  [ "$pause" -le 30 ] || pause=30
done
chmod 755 "$new" && mv -f "$new" "$dir/coder" || exit 1

export CODER_AGENT_AUTH="${AUTH_TYPE}"
export CODER_AGENT_URL="${ACCESS_URL}"
exec "$dir/coder" agent
)SH";

}  // namespace

std::span<const AgentPlatform> agent_platforms() { return kPlatforms; }

std::string init_script(std::string_view os, std::string_view arch) {
  const auto known = [&](const AgentPlatform& one) { return one.os == os && one.arch == arch; };
  if (std::ranges::none_of(kPlatforms, known)) return {};
  constexpr std::string_view kMark = "@ARCH@";
  std::string out(kText);
  out.replace(out.find(kMark), kMark.size(), arch);
  return out;
}

std::string init_script_variable(std::string_view os, std::string_view arch) {
  return "CODER_AGENT_SCRIPT_" + std::string(os) + "_" + std::string(arch);
}

}  // namespace slipway::api
