#!/bin/sh
# Line coverage of the readers by the kept corpus. Usage: coverage.sh BUILD_DIR [MINIMUM_PERCENT]
# Builds the readers with clang's source-based coverage, replays test/fuzz/corpus, prints a line a file, and fails under the minimum (95).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
minimum=${2:-95}
clang=${CLANGXX:-clang++-22}
suffix=$(expr "$clang" : '.*\(-[0-9]*\)$' || true)
cmake -S "$here/../../runtime" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$clang" \
  -DCMAKE_CXX_FLAGS="-O1 -fprofile-instr-generate -fcoverage-mapping" > /dev/null
cmake --build "$build" --target lzrt-replay-policy lzrt-replay-manifest
for reader in policy manifest; do
  LLVM_PROFILE_FILE="$build/$reader.profraw" "$build/test/fuzz/lzrt-replay-$reader" "$here/corpus/$reader"
done
"llvm-profdata$suffix" merge -o "$build/corpus.profdata" "$build/policy.profraw" "$build/manifest.profraw"
# The readers: what stands between the text and a policy or a manifest.
cd "$here/../../runtime/policy"
set -- YamlTree.cpp YamlScalar.cpp ReadContext.cpp ConditionReader.cpp PolicyReader.cpp ManifestReader.cpp KernelSet.cpp Glob.cpp \
  Diagnostics.cpp
"llvm-cov$suffix" export --summary-only --format=text --instr-profile="$build/corpus.profdata" \
  "$build/test/fuzz/lzrt-replay-policy" --object "$build/test/fuzz/lzrt-replay-manifest" "$@" > "$build/coverage.json"
python3 - "$build/coverage.json" "$minimum" <<'PYTHON'
import json, os, sys
data = json.load(open(sys.argv[1]))["data"][0]
for entry in data["files"]:
    lines = entry["summary"]["lines"]
    print("%-22s %4d of %4d lines, %6.2f %%" % (os.path.basename(entry["filename"]), lines["covered"], lines["count"], lines["percent"]))
total = data["totals"]["lines"]
print("readers: %d of %d lines, %.2f %% (at least %s %%)" % (total["covered"], total["count"], total["percent"], sys.argv[2]))
sys.exit(0 if total["percent"] >= float(sys.argv[2]) else 1)
PYTHON
