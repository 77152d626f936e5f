#!/usr/bin/env bash
# What programs for another processor are compiled and linked against: Debian's own packages for it, unpacked into a folder. Nothing is installed
# and this machine's package lists stay as they are.
#   tools/dist/sysroot.sh arm64 FOLDER PACKAGE...
set -euo pipefail
arch=$1 folder=$2
shift 2
[ -e "$folder/.complete" ] && [ "$(cat "$folder/.complete")" = "$*" ] && exit
rm -rf "$folder" && mkdir -p "$folder"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/debs"
: > "$work/status"
apt=(-qq -o "Dir::State=$work" -o "Dir::State::Lists=$work/lists" -o "Dir::State::status=$work/status" -o "Dir::Cache=$work/cache"
  -o "APT::Architecture=$arch" -o "APT::Architectures=$arch" -o APT::Install-Recommends=false -o APT::Sandbox::User=root -o Acquire::Languages=none)
apt-get "${apt[@]}" update >&2
apt-get "${apt[@]}" install --print-uris "$@" | sed -n "s/^'\([^']*\)' \([^ ]*\) .*/\1 \2/p" > "$work/wanted"
[ -s "$work/wanted" ] || { echo "no packages for $arch were found" >&2; exit 1; }
(cd "$work/debs" && apt-get "${apt[@]}" download $(sed 's/.* //; s/_.*//' "$work/wanted") >&2)
for one in "$work"/debs/*.deb; do dpkg-deb -x "$one" "$folder"; done
# Links that begin at the root lead out of the folder.
find "$folder" -type l -lname '/*' -print0 | while IFS= read -r -d '' link; do
  ln -sfn "$(realpath -m --relative-to="$(dirname "$link")" "$folder$(readlink "$link")")" "$link"
done
echo "$*" > "$folder/.complete"
