// RUN: lz-opt %s --lz-alias-results --canonicalize --split-input-file --allow-unregistered-dialect | FileCheck %s

// What the caller gave up and gets back is no result: the caller has it.

// CHECK-LABEL: func.func @unchanged(%{{.*}}: memref<?x8xf32> {lz.donated}) attributes {lz.result_aliases = array<i64: 0>} {
// CHECK-NEXT: return{{$}}
func.func @unchanged(%cache: memref<?x8xf32> {lz.donated}) -> memref<?x8xf32> {
  return %cache : memref<?x8xf32>
}

// Other results stay, in their order; their attributes too.
// CHECK-LABEL: func.func @mixed
// CHECK-SAME: -> (memref<8xf32> {test.first}, memref<8xf32> {test.second}) attributes {lz.result_aliases = array<i64: -1, 1, -1, 0>} {
// CHECK: return %{{.*}}, %{{.*}} : memref<8xf32>, memref<8xf32>
func.func @mixed(%k: memref<4x8xf32> {lz.donated}, %v: memref<4x8xf32> {lz.donated})
    -> (memref<8xf32> {test.first}, memref<4x8xf32>, memref<8xf32> {test.second}, memref<4x8xf32>) {
  %a = memref.alloc() : memref<8xf32>
  %b = memref.alloc() : memref<8xf32>
  return %a, %v, %b, %k : memref<8xf32>, memref<4x8xf32>, memref<8xf32>, memref<4x8xf32>
}

// -----

// Two results may be one argument.
// CHECK-LABEL: func.func @twice
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 0, 0>} {
func.func @twice(%cache: memref<4x8xf32> {lz.donated}) -> (memref<4x8xf32>, memref<?x8xf32>) {
  %cast = memref.cast %cache : memref<4x8xf32> to memref<?x8xf32>
  return %cache, %cast : memref<4x8xf32>, memref<?x8xf32>
}

// Callers use their operand, as the type that they had the result in.
// CHECK-LABEL: func.func @calls_twice
// CHECK-SAME: (%[[X:.*]]: memref<4x8xf32> {lz.donated}) -> index
// CHECK: call @twice(%[[X]]) {test.kept} : (memref<4x8xf32>) -> ()
// CHECK: %[[CAST:.*]] = memref.cast %[[X]] : memref<4x8xf32> to memref<?x8xf32>
// CHECK: "test.use"(%[[X]], %[[CAST]]) : (memref<4x8xf32>, memref<?x8xf32>)
func.func @calls_twice(%x: memref<4x8xf32> {lz.donated}) -> index {
  %r:2 = call @twice(%x) {test.kept} : (memref<4x8xf32>) -> (memref<4x8xf32>, memref<?x8xf32>)
  %n = "test.use"(%r#0, %r#1) : (memref<4x8xf32>, memref<?x8xf32>) -> index
  return %n : index
}

// -----

// A slice is not its argument, one of two arguments is neither, and what is not donated the caller keeps: it owns what it is given.
// CHECK-NOT: lz.result_aliases
// CHECK-LABEL: func.func @slice
// CHECK: return %{{.*}} : memref<2x8xf32
func.func @slice(%cache: memref<4x8xf32> {lz.donated}) -> memref<2x8xf32, strided<[8, 1]>> {
  %slice = memref.subview %cache[0, 0] [2, 8] [1, 1] : memref<4x8xf32> to memref<2x8xf32, strided<[8, 1]>>
  return %slice : memref<2x8xf32, strided<[8, 1]>>
}
// CHECK-LABEL: func.func @either
// CHECK: return %{{.*}} : memref<8xf32>
func.func @either(%c: i1, %a: memref<8xf32> {lz.donated}, %b: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  %r = arith.select %c, %a, %b : memref<8xf32>
  return %r : memref<8xf32>
}
// CHECK-LABEL: func.func @rotated
// CHECK: return %{{.*}} : memref<8xf32>
func.func @rotated(%n: index, %a: memref<8xf32> {lz.donated}, %b: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r:2 = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a, %y = %b) -> (memref<8xf32>, memref<8xf32>) {
    scf.yield %y, %x : memref<8xf32>, memref<8xf32>
  }
  return %r#0 : memref<8xf32>
}
// CHECK-LABEL: func.func @kept
// CHECK: return %{{.*}} : memref<8xf32>
func.func @kept(%a: memref<8xf32>) -> memref<8xf32> {
  return %a : memref<8xf32>
}

// -----

// Every return must give the same argument back.
// CHECK-LABEL: func.func @returns
// CHECK-SAME: -> memref<8xf32> attributes {lz.result_aliases = array<i64: 1, -1>}
// CHECK: return %{{.*}} : memref<8xf32>
// CHECK: return %{{.*}} : memref<8xf32>
func.func @returns(%c: i1, %a: memref<8xf32> {lz.donated}, %b: memref<8xf32> {lz.donated}) -> (memref<8xf32>, memref<8xf32>) {
  cf.cond_br %c, ^left, ^right
^left:
  return %a, %a : memref<8xf32>, memref<8xf32>
^right:
  return %a, %b : memref<8xf32>, memref<8xf32>
}

// A loop of blocks, one of them with two ways in.
// CHECK-LABEL: func.func @blocks
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 1>}
func.func @blocks(%c: i1, %a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  cf.br ^loop(%a : memref<8xf32>)
^loop(%x: memref<8xf32>):
  %cast = memref.cast %x : memref<8xf32> to memref<?xf32>
  %back = memref.cast %cast : memref<?xf32> to memref<8xf32>
  cf.cond_br %c, ^loop(%back : memref<8xf32>), ^exit
^exit:
  return %x : memref<8xf32>
}

// -----

// Structured control flow carries the argument; what it carries need not be carried any more.
// CHECK-LABEL: func.func @structured
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 2>}
// CHECK: scf.for %{{.*}} = %{{.*}} to %{{.*}} step %{{.*}} {
// CHECK: scf.if %{{.*}} {
func.func @structured(%n: index, %c: i1, %a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %r = scf.for %i = %c0 to %n step %c1 iter_args(%x = %a) -> memref<8xf32> {
    %y = scf.if %c -> memref<8xf32> {
      "test.write"(%x) : (memref<8xf32>) -> ()
      scf.yield %x : memref<8xf32>
    } else {
      scf.yield %x : memref<8xf32>
    }
    scf.yield %y : memref<8xf32>
  }
  return %r : memref<8xf32>
}

// -----

// Recursion: what the function gets from itself is what it gave itself.
// CHECK-LABEL: func.func @self
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 1>}
// CHECK: call @self(%{{.*}}, %{{.*}}) : (index, memref<8xf32>) -> ()
func.func @self(%n: index, %a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %done = arith.cmpi eq, %n, %c0 : index
  cf.cond_br %done, ^last, ^again
^last:
  return %a : memref<8xf32>
^again:
  %less = arith.subi %n, %c1 : index
  %r = call @self(%less, %a) : (index, memref<8xf32>) -> memref<8xf32>
  return %r : memref<8xf32>
}

// The arguments change places at each step: neither is the result.
// CHECK-LABEL: func.func @turning
// CHECK: call @turning
// CHECK-SAME: -> memref<8xf32>
func.func @turning(%c: i1, %a: memref<8xf32> {lz.donated}, %b: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  cf.cond_br %c, ^last, ^again
^last:
  return %a : memref<8xf32>
^again:
  %r = call @turning(%c, %b, %a) : (i1, memref<8xf32>, memref<8xf32>) -> memref<8xf32>
  return %r : memref<8xf32>
}

// A function that never returns gives nothing back.
// CHECK-LABEL: func.func @endless
// CHECK: call @endless(%{{.*}}) : (memref<8xf32>) -> memref<8xf32>
func.func @endless(%a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  %r = call @endless(%a) : (memref<8xf32>) -> memref<8xf32>
  return %r : memref<8xf32>
}

// -----

// Public functions call each other through a private one, whose argument nobody outside has given up; the caller stands first.
// CHECK-LABEL: func.func @outer
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 0>}
// CHECK-COUNT-2: call @middle(%{{.*}}) : (memref<8xf32>) -> ()
// CHECK-LABEL: func.func private @middle
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 0>}
// CHECK-LABEL: func.func @inner
// CHECK-SAME: attributes {lz.result_aliases = array<i64: 0>}
func.func @outer(%a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  %r = call @middle(%a) : (memref<8xf32>) -> memref<8xf32>
  %s = call @middle(%r) : (memref<8xf32>) -> memref<8xf32>
  return %s : memref<8xf32>
}
func.func private @middle(%a: memref<8xf32>) -> memref<8xf32> {
  %r = call @inner(%a) : (memref<8xf32>) -> memref<8xf32>
  return %r : memref<8xf32>
}
func.func @inner(%a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  return %a : memref<8xf32>
}

// The caller of @inner that keeps its argument gets it back too, and returns what it does not own.
// CHECK-LABEL: func.func @keeps
// CHECK-SAME: (%[[A:.*]]: memref<8xf32>) -> memref<8xf32> {
// CHECK: return %[[A]]
func.func @keeps(%a: memref<8xf32>) -> memref<8xf32> {
  %r = call @inner(%a) : (memref<8xf32>) -> memref<8xf32>
  return %r : memref<8xf32>
}

// -----

// A function without a body, and one that is used as a value, keep their types.
// CHECK: func.func private @elsewhere(memref<8xf32> {lz.donated}) -> memref<8xf32>
// CHECK-NEXT: func.func @value(%{{.*}}: memref<8xf32> {lz.donated}) -> memref<8xf32> {
func.func private @elsewhere(memref<8xf32> {lz.donated}) -> memref<8xf32>
func.func @value(%a: memref<8xf32> {lz.donated}) -> memref<8xf32> {
  return %a : memref<8xf32>
}
func.func @takes() -> ((memref<8xf32>) -> memref<8xf32>) {
  %f = constant @value : (memref<8xf32>) -> memref<8xf32>
  return %f : (memref<8xf32>) -> memref<8xf32>
}

// -----

// A second run adds to what the first one found.
// CHECK-LABEL: func.func @again
// CHECK-SAME: attributes {lz.result_aliases = array<i64: -1, 1, 2, -1>}
func.func @again(%a: memref<8xf32>, %b: memref<8xf32> {lz.donated}, %c: memref<8xf32> {lz.donated}) -> (memref<8xf32>, memref<8xf32>, memref<8xf32>)
    attributes {lz.result_aliases = array<i64: -1, 1, -1, -1>} {
  return %a, %c, %a : memref<8xf32>, memref<8xf32>, memref<8xf32>
}
