// RUN: lz-opt %s --split-input-file --verify-diagnostics

func.func @allocate_strided(%c: !lz.context) {
  // expected-error @below {{allocates row-major buffers only}}
  %x, %failed = lz.allocate %c() align 64 : memref<4xf32, strided<[2]>>
  return
}

// -----

func.func @allocate_sizes(%c: !lz.context) {
  // expected-error @below {{expected 1 sizes, got 0}}
  %x, %failed = lz.allocate %c() align 64 : memref<?xf32>
  return
}

// -----

func.func @allocate_alignment(%c: !lz.context) {
  // expected-error @below {{alignment is 48, but must be a power of two}}
  %x, %failed = lz.allocate %c() align 48 : memref<4xf32>
  return
}

// -----

// expected-error @below {{unknown operation `norm`}}
lz.site_record @s "s" of "norm" mode <static> slots [] align [] values {}

// -----

// expected-error @below {{operation `softmax` has 2 slots, got 1 with 2 alignments}}
lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>] align [4, 4] values {}

// -----

// expected-error @below {{slot `x` must be a memref type or `unit`, got "x"}}
lz.site_record @s "s" of "softmax" mode <static> slots ["x", memref<4xf32>] align [4, 4] values {}

// -----

// expected-error @below {{slot `x` is not optional}}
lz.site_record @s "s" of "softmax" mode <static> slots [unit, memref<4xf32>] align [4, 4] values {}

// -----

// expected-error @below {{slot `x` must be described without offset and by strides}}
lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32, strided<[1], offset: 2>>, memref<4xf32>] align [4, 4] values {}

// -----

// expected-error @below {{alignment of slot `out` is 3, but must be a power of two}}
lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 3] values {}

// -----

// expected-error @below {{value `scale` must be a number, got "one"}}
lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {scale = "one"}

// -----

func.func @no_site(%c: !lz.context, %x: memref<4xf32>) {
  // expected-error @below {{no `lz.site_record` is named @nowhere}}
  %b = lz.block %c site @nowhere(%x) : memref<4xf32>
  return
}

// -----

lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {}
func.func @block_arguments(%c: !lz.context, %x: memref<4xf32>) {
  // expected-error @below {{site @s has 2 arguments, got 1}}
  %b = lz.block %c site @s(%x) : memref<4xf32>
  return
}

// -----

lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {}
func.func @block_types(%c: !lz.context, %x: memref<4xf32>, %y: memref<?xf32>) {
  // expected-error @below {{argument 1 of site @s is 'memref<4xf32>', got 'memref<?xf32>'}}
  %b = lz.block %c site @s(%x, %y) : memref<4xf32>, memref<?xf32>
  return
}

// -----

lz.site_record @s "s" of "attention.full" mode <static>
  slots [memref<1x1x1x1xf32>, memref<1x1x1x1xf32>, memref<1x1x1x1xf32>, unit, memref<1x1x1x1xf32>, unit] align [4, 4, 4, 1, 4, 1] values {}
func.func @missing_argument(%b: !lz.block) {
  // expected-error @below {{site @s has no argument in slot 3}}
  %m = lz.block_argument %b[3] site @s : memref<1x1x1x1xf32>
  return
}

// -----

lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {}
func.func @argument_type(%b: !lz.block) {
  // expected-error @below {{slot 0 of site @s is 'memref<4xf32>', got 'memref<?xf32>'}}
  %x = lz.block_argument %b[0] site @s : memref<?xf32>
  return
}

// -----

lz.site_record @s "s" of "softmax" mode <static> slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {}
func.func @baked(%b: !lz.block) {
  // expected-error @below {{site @s is not live}}
  %status = lz.dispatch_live %b site @s()
  return
}

// -----

lz.site_record @s "s" of "softmax" mode <dynamic> live slots [memref<4xf32>, memref<4xf32>] align [4, 4] values {}
func.func @registers(%b: !lz.block, %n: index) {
  // expected-error @below {{passes at most 4 integers in registers, got 5}}
  %status = lz.dispatch_live %b site @s(%n, %n, %n, %n, %n)
  return
}

// -----

// Open strides may be row-major, and so may any along an open extent; these are not.
lz.site_record @s "s" of "softmax" mode <static> slots [memref<?x8xf32>, memref<2x8xf32>] align [4, 4] values {}
func.func @block_strides(%c: !lz.context, %x: memref<?x8xf32, strided<[?, 1]>>, %y: memref<2x8xf32, strided<[16, 1]>>) {
  // expected-error @below {{argument 1 of site @s is 'memref<2x8xf32>', got 'memref<2x8xf32, strided<[16, 1]>>'}}
  %b = lz.block %c site @s(%x, %y) : memref<?x8xf32, strided<[?, 1]>>, memref<2x8xf32, strided<[16, 1]>>
  return
}
