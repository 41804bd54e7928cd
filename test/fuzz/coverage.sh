#!/bin/sh
# Line coverage of the readers by the kept corpus. Usage: coverage.sh BUILD_DIR [MINIMUM_PERCENT]
# Builds the readers with clang's source-based coverage, replays test/fuzz/corpus, prints a line a file, and fails under the minimum (95):
# first those of policies and manifests, then that of commands, then that of requests for metrics, then those of arrays, checkpoints and models'
# configurations, which need LLVM.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
build=$1
minimum=${2:-95}
clang=${CLANGXX:-clang++-22}
suffix=$(expr "$clang" : '.*\(-[0-9]*\)$' || true)
cmake -S "$here/../../runtime" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DCMAKE_CXX_COMPILER="$clang" \
  -DCMAKE_CXX_FLAGS="-O1 -fprofile-instr-generate -fcoverage-mapping" > /dev/null
cmake --build "$build" --target lzrt-replay-policy lzrt-replay-manifest lzrt-replay-control
for reader in policy manifest control; do
  LLVM_PROFILE_FILE="$build/$reader.profraw" "$build/test/fuzz/lzrt-replay-$reader" "$here/corpus/$reader"
done
"llvm-profdata$suffix" merge -o "$build/corpus.profdata" "$build/policy.profraw" "$build/manifest.profraw"
"llvm-profdata$suffix" merge -o "$build/control.profdata" "$build/control.profraw"
# report NAME PROFILE PROGRAMS -- FILES: the lines of files, and whether they are enough.
report() {
  name=$1 profile=$2
  shift 2
  "llvm-cov$suffix" export --summary-only --format=text --instr-profile="$profile" "$@" > "$build/$name.json"
  python3 - "$build/$name.json" "$minimum" "$name" <<'PYTHON'
import json, os, sys
data = json.load(open(sys.argv[1]))["data"][0]
for entry in data["files"]:
    lines = entry["summary"]["lines"]
    print("%-22s %4d of %4d lines, %6.2f %%" % (os.path.basename(entry["filename"]), lines["covered"], lines["count"], lines["percent"]))
total = data["totals"]["lines"]
print("%s: %d of %d lines, %.2f %% (at least %s %%)" % (sys.argv[3], total["covered"], total["count"], total["percent"], sys.argv[2]))
sys.exit(0 if total["percent"] >= float(sys.argv[2]) else 1)
PYTHON
}
# The readers: what stands between the text and a policy or a manifest.
cd "$here/../../runtime/policy"
report readers "$build/corpus.profdata" "$build/test/fuzz/lzrt-replay-policy" --object "$build/test/fuzz/lzrt-replay-manifest" \
  YamlTree.cpp YamlScalar.cpp ReadContext.cpp ConditionReader.cpp PolicyReader.cpp ManifestReader.cpp KernelSet.cpp Glob.cpp Diagnostics.cpp
cd ../control
report requests "$build/control.profdata" "$build/test/fuzz/lzrt-replay-control" Protocol.cpp Commands.cpp Answers.cpp

# The sources of each program are those of CMakeLists.txt.
cd "$here/../.."
llvm=$("llvm-config$suffix" --prefix)
io=lib/IO/HostTensor.cpp
measure() {
  name=$1
  shift
  "$clang" -std=c++20 -O1 -fprofile-instr-generate -fcoverage-mapping -Iinclude -Iruntime/include -isystem "$llvm/include" \
    test/fuzz/ReplayMain.cpp "test/fuzz/${name}_fuzzer.cpp" "$@" -o "$build/replay-$name" -L"$llvm/lib" -lLLVM -Wl,-rpath,"$llvm/lib"
  LLVM_PROFILE_FILE="$build/$name.profraw" "$build/replay-$name" "test/fuzz/corpus/$name" 2> /dev/null
  "llvm-profdata$suffix" merge -o "$build/$name.profdata" "$build/$name.profraw"
  report "$name" "$build/$name.profdata" "$build/replay-$name" "$@"
}
measure http runtime/exposition/HttpRequest.cpp
minimum=70 # writing files, and checkpoints of several files, have tests of their own
measure npy $io lib/IO/Npy.cpp
measure safetensors $io lib/IO/Json.cpp lib/IO/Weights.cpp
measure config lib/IO/Json.cpp tools/lz-import/DecoderConfig.cpp tools/lz-import/FieldReader.cpp tools/lz-import/Json.cpp \
  tools/lz-import/Rotation.cpp
