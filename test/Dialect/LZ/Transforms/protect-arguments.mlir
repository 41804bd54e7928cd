// RUN: lz-opt %s --lz-protect-arguments | FileCheck %s

// CHECK-LABEL: func.func @entry
// CHECK-SAME: tensor<?xf32> {bufferization.writable = false}
// CHECK-SAME: tensor<4xf32> {lz.donated}
// CHECK-SAME: tensor<4xf32> {bufferization.writable = true}
// CHECK-SAME: %{{.*}}: index)
func.func @entry(%x: tensor<?xf32>, %cache: tensor<4xf32> {lz.donated}, %scratch: tensor<4xf32> {bufferization.writable = true}, %n: index) {
  return
}

// CHECK-LABEL: func.func private @inner
// CHECK-SAME: (%{{.*}}: tensor<?xf32>)
func.func private @inner(%x: tensor<?xf32>) { return }
