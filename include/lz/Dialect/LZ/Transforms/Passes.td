//===- Passes.td - Transformations of the lz dialect -*- tablegen -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// One def a file: FooPass -> lib/Dialect/LZ/Transforms/Foo.cpp. lib/Pipelines says in which order they run.
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TRANSFORMS_PASSES
#define LZ_TRANSFORMS_PASSES

include "mlir/Pass/PassBase.td"

def NameSitesPass : Pass<"lz-name-sites", "::mlir::ModuleOp"> {
  let summary = "Give every dispatched operation the name of its site";
  let description = [{
    A site's name is what policies test as `site`, and what reports print (C4). An operation that brings `lz.site` keeps it; the others get
    function/operation/n, where n counts the operations of that kind in the function. Run this before any pass that moves, copies or
    removes operations, so that the names do not depend on optimisation.

    A name that is empty, or no string, is an error; one that two operations of one kind share is a warning, for neither policy nor report
    can tell them apart.

    ```mlir
    func.func @forward(…) {
      %y = lz.rms_norm ins(…) outs(…) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
    ```
    ==>
    ```mlir
      %y = lz.rms_norm ins(…) outs(…) {epsilon = 1.0e-6 : f64, lz.site = "forward/rms_norm/0"} -> tensor<?x64xf32>
    ```
  }];
  let statistics = [Statistic<"numNamed", "sites-named", "Number of sites that got a name">];
}

def ImportPolicyPass : Pass<"lz-import-policy", "::mlir::ModuleOp"> {
  let summary = "Embed a policy in the module";
  let description = [{
    Reads and validates a policy, merges one environment, and writes its normal form and digests (P5) as the symbol `lz.policy`, so that the
    module needs the file no more. Every error of the file is a diagnostic at its line and column (P1); lints are warnings. A module that has a
    policy already is an error. The path stays as `lz.path`: mode `auto` reads whether there is one.

    ```mlir
    module {}
    ```
    ==>
    ```mlir
    module {
      lz.policy @policy {text = "{…}", policy_digest = "…", selection_digest = "…", lz.path = "policy.yaml"}
    }
    ```
  }];
  let dependentDialects = ["::mlir::lz::LZDialect"];
  let options = [
    Option<"policy", "policy", "std::string", "\"\"", "policy file to read">,
    Option<"environment", "environment", "std::string", "\"\"", "environment of the file to merge; none by default">
  ];
}

def ImportKernelsPass : Pass<"lz-import-kernels", "::mlir::ModuleOp"> {
  let summary = "Embed the kernels of manifests in the module";
  let description = [{
    Reads and validates kernel manifests and writes one symbol `lz.kernel` a kernel, with its canonical name. Names and aliases must be unique over all
    manifests, those imported before included. The policy's selection_digest covers kernels, so it is written anew.

    ```mlir
    module {}
    ```
    ==>
    ```mlir
    module {
      lz.kernel @cpu_rms_norm {manifest = "{…}"}
    }
    ```
  }];
  let dependentDialects = ["::mlir::lz::LZDialect"];
  let options = [ListOption<"kernels", "kernels", "std::string", "manifest files to read, in order">];
  let statistics = [Statistic<"numImported", "kernels-imported", "Number of kernels imported">];
}

def ResolvePass : Pass<"lz-resolve", "::mlir::ModuleOp"> {
  let summary = "Decide which kernel runs each operation, as far as compile time can know";
  let description = [{
    Evaluates the module's policy for every dispatched operation on the facts known when compiling, and records the answer as the op's
    `decision`: one kernel, a residual of guarded candidates (C7), or `live` under the modes dynamic and hot_reload. The mode comes from the op's `lz.mode`,
    else the function's, the option, the policy's `modes`, its `mode`, the module's `lz.mode`, else `auto`.

    Facts come from types, shapes and attributes, from the target (`target=`, else a DLTI device spec that has an entry `platform`), and from
    `facts=`, which wins. Under static, facts of the process that nothing sets take their defaults (C6); they are recorded in the module as
    `lz.assumed_facts`. Where nothing stands, the mode's fallback is tried, then the policy's `on_no_kernel` decides between a diagnostic with every
    candidate's reason and the operation's decomposition (S7). Rows of the dispatch report are kept in the module as `lz.report`.

    ```mlir
    %y = lz.rms_norm ins(…) outs(…) {epsilon = 1.0e-6 : f64} -> tensor<?x64xf32>
    ```
    ==>
    ```mlir
    %y = lz.rms_norm ins(…) outs(…) {epsilon = 1.0e-6 : f64,
         decision = #lz.decision<config, [<"dispatch_rule" kernel @big rule 0 when [<"num_tokens" "gt" "4096">]>,
                                          <"default" kernel @small>]>} -> tensor<?x64xf32>
    ```
  }];
  let dependentDialects = ["::mlir::lz::LZDialect"];
  let options = [
    Option<"mode", "mode", "std::string", "\"\"",
      "dispatch mode where neither operation nor function has one: auto, static, config, dynamic or hot_reload">,
    Option<"defaultMode", "default-mode", "std::string", "\"dynamic\"", "what mode auto means for an operation that nothing else settles">,
    Option<"target", "target", "std::string", "\"\"", "platform compiled for: cuda, rocm, cpu, hpu or xpu">,
    Option<"facts", "facts", "std::string", "\"\"", "facts known when compiling, as k=v,k=v; they win over derived ones">,
    Option<"assume", "assume", "bool", "false", "take the defaults of unset process facts in every mode, not under static alone">
  ];
  let statistics = [
    Statistic<"numDecided", "sites-decided", "Number of sites decided when compiling">,
    Statistic<"numGuarded", "sites-guarded", "Number of sites decided by guards">,
    Statistic<"numLive", "sites-live", "Number of sites left to the runtime">,
    Statistic<"numDecomposed", "sites-decomposed", "Number of sites that decompose">
  ];
}

def DecomposePass : Pass<"lz-decompose", "::mlir::ModuleOp"> {
  let summary = "Expand operations that decompose, outline those that may";
  let description = [{
    An operation whose only leaf is its decomposition is replaced by it. One that may decompose, at a guard's end or behind a live site, stays; its
    decomposition becomes a private function in destination style, shared by operations that differ in nothing but site and decision, and
    referenced as `lz.decomposition`. Inputs of that function are not writable; its results are written into the operands that are outputs.

    Operations must be on tensors, and resolved; those without a decision are left alone.

    ```mlir
    %y = lz.rms_norm … {decision = #lz.decision<dynamic live, [<"decompose">]>} -> tensor<?x64xf32>
    ```
    ==>
    ```mlir
    %y = lz.rms_norm … {decision = #lz.decision<dynamic live, [<"decompose">]>,
                        lz.decomposition = @lz.rms_norm.decomposition} -> tensor<?x64xf32>

    func.func private @lz.rms_norm.decomposition(%x: tensor<?x64xf32> {bufferization.writable = false}, …,
                                                 %out: tensor<?x64xf32> {bufferization.writable = true}) -> tensor<?x64xf32>
    ```
  }];
  let dependentDialects = [
    "::mlir::lz::LZDialect", "::mlir::func::FuncDialect", "::mlir::bufferization::BufferizationDialect",
    "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect", "::mlir::linalg::LinalgDialect", "::mlir::math::MathDialect", "::mlir::scf::SCFDialect",
    "::mlir::tensor::TensorDialect"
  ];
  let statistics = [
    Statistic<"numExpanded", "operations-expanded", "Number of operations replaced by their decomposition">,
    Statistic<"numOutlined", "decompositions-outlined", "Number of functions made for decompositions">
  ];
}

def ExpandFloat8Pass : Pass<"lz-expand-float8"> {
  let summary = "Write conversions from and to fp8 in integer arithmetic";
  let description = [{
    CPUs do not convert f8E4M3FN and f8E5M2, nor does LLVM have the types. `arith.extf` of a scalar becomes integer operations on its bits, exact;
    `arith.truncf` to one rounds to nearest, ties to even, once: past the largest number of the type it gives the infinity of f8E5M2, the NaN of f8E4M3FN, which
    has none. Subnormal numbers, infinities and NaN are kept. Run this after `arith-emulate-unsupported-floats` and before arith becomes LLVM.
    A truncf of f64 stays: going through f32 would round twice.

    ```mlir
    %y = arith.extf %x : f8E5M2 to f32
    ```
    ==>
    ```mlir
    %bits = arith.bitcast %x : f8E5M2 to i8
    …
    %y = arith.bitcast %z : i32 to f32
    ```
  }];
  let dependentDialects = ["::mlir::arith::ArithDialect"];
}

def PrintReportPass : Pass<"lz-print-report", "::mlir::ModuleOp"> {
  let summary = "Print the dispatch report of a resolved module";
  let description = [{
    Prints to standard error one row a site: its mode, when it was decided, the kernel and why. The module stays as it is.
  }];
  let options = [Option<"format", "format", "std::string", "\"text\"", "text or json">];
}

def ProtectArgumentsPass : Pass<"lz-protect-arguments", "::mlir::ModuleOp"> {
  let summary = "Forbid bufferization to write to the arguments of entries";
  let description = [{
    Callers map weights and inputs read-only. Each tensor argument of a public function gets `bufferization.writable = false`, unless it is `lz.donated` or says
    otherwise. Run this before one-shot bufferization.

    ```mlir
    func.func @forward(%x: tensor<?xf32>, %cache: tensor<?xf32> {lz.donated})
    ```
    ==>
    ```mlir
    func.func @forward(%x: tensor<?xf32> {bufferization.writable = false}, %cache: tensor<?xf32> {lz.donated})
    ```
  }];
  let dependentDialects = ["::mlir::bufferization::BufferizationDialect"];
}

def AliasResultsPass : Pass<"lz-alias-results", "::mlir::ModuleOp"> {
  let summary = "Drop results that are arguments which the caller gave up";
  let description = [{
    A result that is the buffer of one `lz.donated` argument, whichever way control takes, leaves the function's type, and calls in the module use their
    operand instead. What an argument becomes is followed through casts, selects, branches, structured control flow and calls, recursion included. In
    private functions any argument will do, because nobody outside relies on owning the result. A slice of an argument, and an argument of a public function that is
    not donated, stay results: deallocation copies them, for callers own what is returned.

    The function keeps `lz.result_aliases`: for each result of the model the number of the argument that it is, or -1. Two results that are one argument are one buffer.
    A function that is used as a value (`func.constant`) keeps its type.

    Run this after one-shot bufferization and before deallocation, which would clone such results.

    ```mlir
    func.func @step(%cache: memref<?x8xf32> {lz.donated}) -> (memref<?x8xf32>, memref<8xf32>) {
      …
      return %cache, %y : memref<?x8xf32>, memref<8xf32>
    }
    ```
    ==>
    ```mlir
    func.func @step(%cache: memref<?x8xf32> {lz.donated}) -> memref<8xf32> attributes {lz.result_aliases = array<i64: 0, -1>} {
      …
      return %y : memref<8xf32>
    }
    ```
  }];
  let dependentDialects = ["::mlir::lz::LZDialect", "::mlir::memref::MemRefDialect"];
  let statistics = [Statistic<"numDropped", "results-dropped", "Number of results dropped">];
}

def ForwardCopiesPass : Pass<"lz-forward-copies", "::mlir::ModuleOp"> {
  let summary = "Read an argument instead of its copy";
  let description = [{
    A buffer that is filled from an argument of the function, and never written after that under any name, is replaced by the argument, where nothing in the
    function writes that either. Bufferization makes such copies of what a loop starts from. A callee may write what it is given.

    Run this between bufferization and deallocation, which clones an argument that is returned so.

    ```mlir
    %copy = memref.alloc() : memref<8xf32>
    memref.copy %x, %copy : memref<8xf32> to memref<8xf32>
    scf.for … iter_args(%h = %copy) -> memref<8xf32> {
    ```
    ==>
    ```mlir
    scf.for … iter_args(%h = %x) -> memref<8xf32> {
    ```
  }];
  let statistics = [Statistic<"numForwarded", "copies-forwarded", "Number of copies that went">];
}

def AddContextPass : Pass<"lz-add-context", "::mlir::ModuleOp"> {
  let summary = "Give every function the invocation's context and a status";
  let description = [{
    Every function gets `!lz.context` as its first argument and returns an i32 status; its results become trailing `!lz.result` arguments, rooms of the caller
    that it fills before it returns 0. Memory is taken from the context and given back to it; after a call or an allocation that fails, a cold branch returns
    the status, and what the function holds stays listed in the context, which frees it.

    Buffers must be explicit and deallocated, control flow must be `cf`. A function without a body is an error, unless it is marked `lz.external`: then it has
    the form above in another object. Unranked memrefs, memory that is not in the default space, and calls of anything but functions of the module are errors.
    A function that has the form already stays as it is. `cf.assert` becomes a failure of the call.

    ```mlir
    func.func @f(%x: memref<?xf32>) -> memref<?xf32> {
      %y = call @g(%x) : (memref<?xf32>) -> memref<?xf32>
      return %y : memref<?xf32>
    }
    ```
    ==>
    ```mlir
    func.func @f(%c: !lz.context, %x: memref<?xf32>, %r: !lz.result<memref<?xf32>>) -> i32 {
      %slot = lz.result_slot : !lz.result<memref<?xf32>>
      %status = call @g(%c, %x, %slot) : (…) -> i32
      %failed = arith.cmpi ne, %status, %c0_i32 : i32
      cf.cond_br %failed weights([1, 1048575]), ^failure(%status : i32), ^next
    ^next:
      %y = lz.get_result %slot : !lz.result<memref<?xf32>>
      lz.set_result %y, %r : !lz.result<memref<?xf32>>
      return %c0_i32 : i32
    ^failure(%s: i32):
      return %s : i32
    }
    ```
  }];
  let dependentDialects = ["::mlir::lz::LZDialect", "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect"];
  let statistics = [Statistic<"numFunctions", "functions", "Number of functions that got a context">];
}

def LowerDispatchPass : Pass<"lz-lower-dispatch", "::mlir::ModuleOp"> {
  let summary = "Turn decisions into site records, call blocks and guarded calls";
  let description = [{
    Replaces each operation on buffers by its call: the block is filled, the open conditions are tested in the order of the decision, the leaf calls its
    kernel. Conditions on integers that are extents, or products of them, are compares of `memref.dim`, exact for any constant; others ask the
    runtime. Conditions that are settled by those before them, and leaves that no extents reach, are dropped. A status other than 0 goes to a cold
    continuation (S9). A live site calls its stub.

    An operand that is not row-major is copied first, an output is copied back; the module's rows of `lz.report` count these copies. Row-major is also a
    buffer with an offset, and one whose open strides are products of the extents behind them, as those of a slice along the outermost dimension.

    Preconditions: `lz-resolve`, bufferization, `lz-add-context`; operations stand in functions whose control flow is `cf`.

    ```mlir
    lz.rms_norm ins(%x, %w : …) outs(%out : …) {decision = #lz.decision<static, [<"static_kernel_map" kernel @k>]>, …}
    ```
    ==>
    ```mlir
    %block = lz.block %context site @site_0(%x, %w, %out) : …
    %status = lz.call @k(%block)
    %failed = arith.cmpi ne, %status, %c0_i32 : i32
    cf.cond_br %failed weights([1, 1048575]), ^cold, ^next
    ```
  }];
  let dependentDialects = [
    "::mlir::lz::LZDialect", "::mlir::arith::ArithDialect", "::mlir::cf::ControlFlowDialect", "::mlir::func::FuncDialect", "::mlir::memref::MemRefDialect"
  ];
  let statistics = [
    Statistic<"numSites", "sites", "Number of sites lowered">,
    Statistic<"numCopies", "copies", "Number of operands copied for their layout">,
    Statistic<"numPruned", "leaves-pruned", "Number of leaves that no extents reach">
  ];
}

#endif // LZ_TRANSFORMS_PASSES
