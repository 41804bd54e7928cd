#!/bin/sh
# Configures, builds and installs runtime/ as its own project, without LLVM, and checks that nothing in it asks for LLVM or MLIR and
# that programs in C and in C++ can use what is installed.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=${1:?usage: check-runtime-alone.sh BUILD_DIR}
cmake -S "$root/runtime" -B "$build" -G Ninja -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
  -DCMAKE_CXX_COMPILER_LAUNCHER="$(command -v ccache || true)" -DLZRT_BUILD_TESTS=OFF -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON \
  -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON --log-level=WARNING
cmake --build "$build"
for library in "$build"/lib*.so "$build"/*/lib*.so "$build"/lib/lib*.so; do
  [ -e "$library" ] || continue
  if ldd "$library" | grep -E 'LLVM|MLIR|cuda'; then
    echo "error: $library depends on the compiler's libraries" >&2
    exit 1
  fi
done
rm -rf "$build/prefix" "$build/user"
cmake --install "$build" --prefix "$build/prefix" >"$build/install.log"
cmake -S "$root/test/package/runtime" -B "$build/user" -G Ninja -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 \
  -DCMAKE_PREFIX_PATH="$build/prefix" -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON --log-level=WARNING
cmake --build "$build/user"
"$build/user/runtime-user"
"$build/user/metrics-user" >"$build/metrics.log"
