#!/bin/sh
# Checks that C and C++ files are formatted, or formats them with --in-place.
set -eu
cd "$(dirname "$0")/.."
if [ "${1:-}" = --in-place ]; then mode=-i; else mode='--dry-run -Werror'; fi
# shellcheck disable=SC2086
find include lib runtime kernels tools test \( -name '*.cpp' -o -name '*.h' -o -name '*.c' \) -print0 |
  xargs -0 clang-format-22 $mode
