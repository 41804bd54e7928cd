// Options that are wrong, each with a remedy.
// RUN: not lz-opt %s --lz-resolve=mode=statik 2>&1 | FileCheck %s --check-prefix=MODE
// RUN: not lz-opt %s --lz-resolve=default-mode=auto 2>&1 | FileCheck %s --check-prefix=DEFAULT
// RUN: not lz-opt %s --lz-resolve=target=cudo 2>&1 | FileCheck %s --check-prefix=TARGET
// RUN: not lz-opt %s --lz-resolve="facts='seqlen=4'" 2>&1 | FileCheck %s --check-prefix=FACT
// RUN: not lz-opt %s --lz-resolve="facts='tp_size=many'" 2>&1 | FileCheck %s --check-prefix=TYPE
// RUN: not lz-opt %s --lz-print-report=format=xml 2>&1 | FileCheck %s --check-prefix=FORMAT

// MODE: error: option `mode`: unknown mode `statik`; did you mean `static`?
// DEFAULT: error: option `default-mode` says what `auto` means and cannot be `auto`
// TARGET: error: unknown target platform `cudo`; did you mean `cuda`?
// FACT: error: facts given to the compiler: unknown fact `seqlen`; did you mean `seq_len`?
// TYPE: error: facts given to the compiler: `tp_size` takes an integer, got "many"
// FORMAT: error: unknown report format `xml`, expected `text` or `json`
module {}
