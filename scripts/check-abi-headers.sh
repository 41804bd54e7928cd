#!/bin/sh
# Compiles every ABI header alone, as strict C11 and as C++20: abi/ includes nothing but the C library's integer headers.
set -eu
cc=${1:-cc}
cxx=${2:-c++}
cd "$(dirname "$0")/../runtime/include"
for header in lzrt/abi/*.h; do
  printf '#include "%s"\n' "$header" | "$cc" -std=c11 -Wall -Wextra -Wpedantic -Werror -Wno-unused-function -I. -fsyntax-only -x c -
  printf '#include "%s"\n' "$header" | "$cxx" -std=c++20 -Wall -Wextra -Werror -Wno-unused-function -I. -fsyntax-only -x c++ -
  if grep -n '#include' "$header" | grep -v -E '"lzrt/abi/|<stdint.h>|<stddef.h>'; then
    echo "error: $header includes more than <stdint.h>, <stddef.h> and abi/ itself" >&2
    exit 1
  fi
done
