#!/bin/sh
# Installs what scripts/packages.txt lists and this machine lacks. Needs root, or sudo.
set -eu
here=$(dirname "$0")
missing=
for package in $(sed 's/#.*//' "$here/packages.txt"); do
  status=$(dpkg-query -W -f '${Status}' "$package" 2>/dev/null || true)
  [ "$status" = "install ok installed" ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null; then
  echo "error: no apt-get here; install by hand:$missing" >&2
  exit 1
fi
root=
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "error: needs root or sudo to install:$missing" >&2; exit 1; }
  root=sudo
fi
echo "installing:$missing" >&2
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# shellcheck disable=SC2086
if ! { $root apt-get update -q && $root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $missing; } >"$log" 2>&1; then
  tail -n 20 "$log" >&2
  echo "error: installing packages failed" >&2
  exit 1
fi
