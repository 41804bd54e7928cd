// RUN: lz-opt %s --lz-add-context --split-input-file | FileCheck %s

// Results become rooms of the caller; memory comes from the context, and a failure of either leaves at once.

// CHECK-LABEL: func.func @several_results
// CHECK-SAME: (%[[C:[^:]*]]: !lz.context, %[[X:[^:]*]]: memref<?x4xf32>, %[[N:[^:]*]]: index, %[[R0:[^:]*]]: !lz.result<memref<?x4xf32>>, %[[R1:[^:]*]]: !lz.result<index>) -> i32
func.func @several_results(%x: memref<?x4xf32>, %n: index) -> (memref<?x4xf32>, index) {
  // CHECK: %[[BUFFER:.*]], %[[FAILED:.*]] = lz.allocate %[[C]](%[[N]]) align 64 : memref<?x4xf32>
  // CHECK: %[[NO_MEMORY:.*]] = arith.constant 3 : i32
  // CHECK: cf.cond_br %[[FAILED]] weights([1, 1048575]), ^[[EXIT:.*]](%[[NO_MEMORY]] : i32), ^[[NEXT:.*]]
  // CHECK: ^[[NEXT]]:
  // CHECK: lz.set_result %[[BUFFER]], %[[R0]]
  // CHECK: lz.set_result %[[N]], %[[R1]]
  // CHECK: %[[OK:.*]] = arith.constant 0 : i32
  // CHECK: return %[[OK]] : i32
  // CHECK: ^[[EXIT]](%[[STATUS:[^:]*]]: i32):
  // CHECK: return %[[STATUS]] : i32
  %y = memref.alloc(%n) : memref<?x4xf32>
  memref.copy %x, %y : memref<?x4xf32> to memref<?x4xf32>
  return %y, %n : memref<?x4xf32>, index
}

// CHECK-LABEL: func.func @calls
// CHECK-SAME: (%[[C:[^:]*]]: !lz.context, %[[X:[^:]*]]: memref<?x4xf32>, %[[N:[^:]*]]: index) -> i32
func.func @calls(%x: memref<?x4xf32>, %n: index) {
  // CHECK: %[[S0:.*]] = lz.result_slot : !lz.result<memref<?x4xf32>>
  // CHECK: %[[S1:.*]] = lz.result_slot : !lz.result<index>
  // CHECK: %[[STATUS:.*]] = call @several_results(%[[C]], %[[X]], %[[N]], %[[S0]], %[[S1]])
  // CHECK: %[[FAILED:.*]] = arith.cmpi ne, %[[STATUS]]
  // CHECK: cf.cond_br %[[FAILED]] weights([1, 1048575]), ^{{.*}}(%[[STATUS]] : i32), ^[[NEXT:.*]]
  // CHECK: ^[[NEXT]]:
  // CHECK: %[[Y:.*]] = lz.get_result %[[S0]] : !lz.result<memref<?x4xf32>>
  // CHECK: lz.get_result %[[S1]] : !lz.result<index>
  // CHECK: lz.release %[[C]], %[[Y]]
  %y, %m = call @several_results(%x, %n) : (memref<?x4xf32>, index) -> (memref<?x4xf32>, index)
  memref.dealloc %y : memref<?x4xf32>
  return
}

// -----

// A call in a loop, and one of the function by itself.

// CHECK-LABEL: func.func private @loop
// CHECK-SAME: (%[[C:[^:]*]]: !lz.context, %[[N:[^:]*]]: index, %[[R:[^:]*]]: !lz.result<index>) -> i32
func.func private @loop(%n: index) -> index {
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  cf.br ^head(%zero : index)
^head(%i: index):
  // CHECK: ^[[HEAD:.*]](%[[I:[^:]*]]: index):
  %more = arith.cmpi slt, %i, %n : index
  cf.cond_br %more, ^body, ^done
^body:
  // CHECK: %[[SLOT:.*]] = lz.result_slot : !lz.result<index>
  // CHECK: call @loop(%[[C]], %[[I]], %[[SLOT]])
  // CHECK: cf.cond_br %{{.*}} weights([1, 1048575]), ^[[EXIT:.*]](%{{.*}} : i32), ^[[NEXT:.*]]
  // CHECK: ^[[NEXT]]:
  // CHECK: lz.get_result %[[SLOT]]
  // CHECK: cf.br ^[[HEAD]]
  %inner = call @loop(%i) : (index) -> index
  %j = arith.addi %i, %one : index
  cf.br ^head(%j : index)
^done:
  // CHECK: lz.set_result %{{.*}}, %[[R]]
  return %i : index
}

// -----

// A result that is an argument is handed through.

// CHECK-LABEL: func.func @identity
// CHECK-SAME: (%{{.*}}: !lz.context, %[[X:[^:]*]]: memref<?xf32>, %[[R:[^:]*]]: !lz.result<memref<?xf32>>) -> i32
func.func @identity(%x: memref<?xf32>) -> memref<?xf32> {
  // CHECK: lz.set_result %[[X]], %[[R]]
  return %x : memref<?xf32>
}

// -----

// A marked declaration takes the form; one that has it keeps it.

// CHECK: func.func private @elsewhere(!lz.context, memref<4xf32>, !lz.result<f32>) -> i32
func.func private @elsewhere(%x: memref<4xf32>) -> f32 attributes {lz.external}
// CHECK: func.func private @formed(!lz.context, memref<4xf32>) -> i32
func.func private @formed(!lz.context, memref<4xf32>) -> i32
// CHECK-LABEL: func.func @uses_elsewhere
func.func @uses_elsewhere(%x: memref<4xf32>) -> f32 {
  // CHECK: call @elsewhere(%{{.*}}, %{{.*}}, %{{.*}}) : (!lz.context, memref<4xf32>, !lz.result<f32>) -> i32
  %y = call @elsewhere(%x) : (memref<4xf32>) -> f32
  return %y : f32
}

// -----

// An assertion that fails is an error of the invocation.

// CHECK-LABEL: func.func @asserts
// CHECK-SAME: (%[[C:[^:]*]]: !lz.context, %[[HOLDS:[^:]*]]: i1) -> i32
func.func @asserts(%holds: i1) {
  // CHECK: cf.cond_br %[[HOLDS]] weights([1048575, 1]), ^[[NEXT:.*]], ^[[COLD:.*]]
  // CHECK: ^[[COLD]]:
  // CHECK: lz.fail %[[C]] code 2 "ids must be below 4"
  cf.assert %holds, "ids must be below 4"
  return
}
