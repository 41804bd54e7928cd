#!/bin/sh
# The main job from end to end: import a checkpoint, compile and run it under one policy, then under another.
set -eu
build=$(cd "${1:?usage: demo.sh BUILD_DIR}" && pwd)
root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
model=$build/tiny_llama.mlir
checkpoint=test/fixtures/tiny_llama
kernels="--kernels=$build/lib/lz/lz_kernels_cpu.yaml --kernels=$build/lib/lz/lz_kernels_reference.yaml"

run() {
  # shellcheck disable=SC2086
  "$build/bin/lz-demo" "$model" --weights=$checkpoint --reference=$checkpoint/reference.npz $kernels "$@"
}

echo "[1/4] importing $checkpoint"
"$build/bin/lz-import" "$checkpoint" -o "$model" --entries forward,prefill,decode
echo "[2/4] checking configs/demo.yaml"
# shellcheck disable=SC2086
checked=$("$build/bin/lz-policy" check configs/demo.yaml $kernels)
printf '%s\n' "$checked" | cut -c 1-72
echo "[3/4] compiling and running it under configs/demo.yaml"
run --policy=configs/demo.yaml --mode=config
echo "[4/4] the same model under configs/demo-plain.yaml: other kernels, same tokens"
run --policy=configs/demo-plain.yaml --mode=config
echo "demo: ok"
