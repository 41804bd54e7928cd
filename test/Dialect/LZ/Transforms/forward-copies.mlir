// RUN: lz-opt %s --lz-forward-copies | FileCheck %s

// A loop that only reads what it starts from starts from the argument.
// CHECK-LABEL: func.func @loop
// CHECK-SAME: (%[[X:.*]]: memref<8xf32>, %{{.*}}: index)
// CHECK-NOT: memref.copy
// CHECK: scf.for {{.*}} iter_args(%[[H:.*]] = %[[X]])
// CHECK: lz.softmax ins(%[[H]] : memref<8xf32>)
func.func @loop(%x: memref<8xf32>, %n: index) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %copy = memref.alloc() : memref<8xf32>
  memref.copy %x, %copy : memref<8xf32> to memref<8xf32>
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%h = %copy) -> memref<8xf32> {
    %y = memref.alloc() : memref<8xf32>
    lz.softmax ins(%h : memref<8xf32>) outs(%y : memref<8xf32>)
    scf.yield %y : memref<8xf32>
  }
  return %r : memref<8xf32>
}

// A copy that is written stays, under whatever name.
// CHECK-LABEL: func.func @written
// CHECK: memref.copy
func.func @written(%x: memref<8xf32>, %n: index) {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %copy = memref.alloc() : memref<8xf32>
  memref.copy %x, %copy : memref<8xf32> to memref<8xf32>
  scf.for %i = %c0 to %n step %c1 iter_args(%h = %copy) -> memref<8xf32> {
    %view = memref.cast %h : memref<8xf32> to memref<?xf32>
    lz.softmax ins(%x : memref<8xf32>) outs(%h : memref<8xf32>)
    %back = memref.cast %view : memref<?xf32> to memref<8xf32>
    scf.yield %back : memref<8xf32>
  }
  return
}

// So does one whose source is written later: it is what was.
// CHECK-LABEL: func.func @before
// CHECK: memref.copy
func.func @before(%x: memref<8xf32>, %y: memref<8xf32>) {
  %copy = memref.alloc() : memref<8xf32>
  memref.copy %x, %copy : memref<8xf32> to memref<8xf32>
  lz.softmax ins(%copy : memref<8xf32>) outs(%x : memref<8xf32>)
  lz.softmax ins(%copy : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}

// What a callee does is not known, and a source that is no argument has an end.
// CHECK-LABEL: func.func @unknown
// CHECK-COUNT-2: memref.copy
func.func @unknown(%x: memref<8xf32>, %y: memref<8xf32>) {
  %copy = memref.alloc() : memref<8xf32>
  memref.copy %x, %copy : memref<8xf32> to memref<8xf32>
  call @before(%copy, %y) : (memref<8xf32>, memref<8xf32>) -> ()
  %own = memref.alloc() : memref<8xf32>
  lz.softmax ins(%x : memref<8xf32>) outs(%own : memref<8xf32>)
  %other = memref.alloc() : memref<8xf32>
  memref.copy %own, %other : memref<8xf32> to memref<8xf32>
  lz.softmax ins(%other : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}

// CHECK-LABEL: func.func @plain
// CHECK-SAME: (%[[X:.*]]: memref<8xf32>, %{{.*}}: memref<8xf32>)
// CHECK-NEXT: lz.softmax ins(%[[X]] : memref<8xf32>)
func.func @plain(%x: memref<8xf32>, %y: memref<8xf32>) {
  %copy = memref.alloc() : memref<8xf32>
  memref.copy %x, %copy : memref<8xf32> to memref<8xf32>
  lz.softmax ins(%copy : memref<8xf32>) outs(%y : memref<8xf32>)
  return
}
