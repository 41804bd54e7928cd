#!/bin/sh
# Holds the counters of the dispatch path to the initial-exec model: READELF LIBRARY ARCHIVES…
# No archive reaches `lzrtCells` by a call of __tls_get_addr, and a running process can still open the shared library, whose
# thread-local data then comes out of the reserve of the C library.
set -eu
readelf=$1 library=$2
shift 2
accesses=$("$readelf" -rW "$@" | grep -E '_TLS|TPOFF|TPREL|DTP|TLSGD|TLSLD' | grep lzrtCells)
if echo "$accesses" | grep -v -E 'TPOFF|TPREL|TLSIE'; then
  echo "error: \`lzrtCells\` is reached in another model than initial-exec" >&2
  exit 1
fi
"$readelf" -dW "$library" | grep -q STATIC_TLS || { echo "error: \`$library\` is not marked STATIC_TLS" >&2; exit 1; }
size=$("$readelf" -lW "$library" | awk '$1 == "TLS" { print $6 }')
[ $((size)) -le 128 ] || { echo "error: $((size)) bytes of thread-local data in \`$library\`, at most 128 expected" >&2; exit 1; }
# A sanitizer's runtime must be there before the process starts.
"$readelf" -sW "$library" | grep -q -E '__(asan|tsan)_init' || python3 -c 'import ctypes, sys; ctypes.CDLL(sys.argv[1])' "$library"
