// What is counted: one decided call of rank 2; the block of four tensors with two open extents each, and with four (as
// long as one with two open strides each, which kernels are never given: C6); and the compares of rules, as many as the
// function's name says, none of which holds. These read extents that come in registers: others cost a load once.
module {
  func.func @compiled_norm(%x: memref<?x?xf32>, %weight: memref<?xf32>, %out: memref<?x?xf32>) {
    lz.rms_norm ins(%x, %weight : memref<?x?xf32>, memref<?xf32>) outs(%out : memref<?x?xf32>)
      {epsilon = 1.0e-6 : f64, lz.site = "norm", decision = #lz.decision<static, [<"static_kernel_map" kernel @norm>]>}
    return
  }
  func.func @compiled_attention(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                                %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "attention",
       decision = #lz.decision<static, [<"static_kernel_map" kernel @attention>]>}
    return
  }
  func.func @compiled_open(%q: memref<?x?x?x?xf32>, %k: memref<?x?x?x?xf32>, %v: memref<?x?x?x?xf32>,
                     %out: memref<?x?x?x?xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x?x?xf32>, memref<?x?x?x?xf32>, memref<?x?x?x?xf32>)
      outs(%out : memref<?x?x?x?xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "open",
       decision = #lz.decision<static, [<"static_kernel_map" kernel @attention>]>}
    return
  }
  func.func @guarded_0(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                     %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "guarded 0",
       decision = #lz.decision<config, [
         <"default" kernel @attention>]>}
    return
  }
  func.func @guarded_1(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                     %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "guarded 1",
       decision = #lz.decision<config, [
         <"dispatch_rule" kernel @other0 rule 0 when [<"seq_len_q" "gt" "8000">]>,
         <"default" kernel @attention>]>}
    return
  }
  func.func @guarded_2(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                     %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "guarded 2",
       decision = #lz.decision<config, [
         <"dispatch_rule" kernel @other0 rule 0 when [<"seq_len_q" "gt" "8000">]>,
         <"dispatch_rule" kernel @other1 rule 1 when [<"batch_size" "gt" "800">]>,
         <"default" kernel @attention>]>}
    return
  }
  func.func @guarded_4(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                     %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "guarded 4",
       decision = #lz.decision<config, [
         <"dispatch_rule" kernel @other0 rule 0 when [<"seq_len_q" "gt" "8000">]>,
         <"dispatch_rule" kernel @other1 rule 1 when [<"batch_size" "gt" "800">]>,
         <"dispatch_rule" kernel @other2 rule 2 when [<"batch_size" "gt" "700">]>,
         <"dispatch_rule" kernel @other3 rule 3 when [<"seq_len_q" "gt" "6000">]>,
         <"default" kernel @attention>]>}
    return
  }
  func.func @guarded_8(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                     %out: memref<?x?x8x64xf32>) {
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "guarded 8",
       decision = #lz.decision<config, [
         <"dispatch_rule" kernel @other0 rule 0 when [<"seq_len_q" "gt" "8000">]>,
         <"dispatch_rule" kernel @other1 rule 1 when [<"batch_size" "gt" "800">]>,
         <"dispatch_rule" kernel @other2 rule 2 when [<"batch_size" "gt" "700">]>,
         <"dispatch_rule" kernel @other3 rule 3 when [<"seq_len_q" "gt" "6000">]>,
         <"dispatch_rule" kernel @other4 rule 4 when [<"batch_size" "gt" "600">]>,
         <"dispatch_rule" kernel @other5 rule 5 when [<"batch_size" "gt" "500">]>,
         <"dispatch_rule" kernel @other6 rule 6 when [<"seq_len_q" "gt" "4000">]>,
         <"dispatch_rule" kernel @other7 rule 7 when [<"batch_size" "gt" "400">]>,
         <"default" kernel @attention>]>}
    return
  }
  // Sixteen calls, so that what the function is passed counts for little.
  func.func @compiled_loop(%q: memref<?x?x8x64xf32>, %k: memref<?x?x8x64xf32>, %v: memref<?x?x8x64xf32>,
                           %out: memref<?x?x8x64xf32>) {
    %zero = arith.constant 0 : index
    %one = arith.constant 1 : index
    %sixteen = arith.constant 16 : index
    cf.br ^head(%zero : index)
  ^head(%i: index):
    %more = arith.cmpi ult, %i, %sixteen : index
    cf.cond_br %more, ^body, ^end
  ^body:
    lz.attention.full ins(%q, %k, %v : memref<?x?x8x64xf32>, memref<?x?x8x64xf32>, memref<?x?x8x64xf32>)
      outs(%out : memref<?x?x8x64xf32>)
      {layout = #lz.layout<BSHD>, scale = 0.125 : f64, lz.site = "loop",
       decision = #lz.decision<static, [<"static_kernel_map" kernel @attention>]>}
    %next = arith.addi %i, %one : index
    cf.br ^head(%next : index)
  ^end:
    return
  }
}
