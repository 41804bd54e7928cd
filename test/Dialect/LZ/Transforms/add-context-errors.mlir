// RUN: lz-opt %s --lz-add-context --split-input-file --verify-diagnostics

// expected-error @below {{has no body; mark it `lz.external` if it is compiled to take a context and return a status}}
func.func private @from_c(memref<4xf32>)

// -----

// expected-error @below {{still has a value of type 'tensor<4xf32>'; bufferize before `lz-add-context`}}
func.func @on_tensors(%x: tensor<4xf32>) { return }

// -----

// expected-error @below {{has a value of type 'memref<*xf32>', but only ranked memrefs are supported}}
func.func @unranked(%x: memref<*xf32>) { return }

// -----

// expected-error @below {{has a value of type 'memref<4xf32, 3>', but only the default memory space is supported}}
func.func @shared_memory(%x: memref<4xf32, 3>) { return }

// -----

func.func @in_region(%n: index, %c: i1) {
  scf.if %c {
    // expected-error @below {{stands in a region; lower control flow to `cf` before `lz-add-context`}}
    %x = memref.alloc(%n) : memref<?xf32>
  }
  return
}

// -----

func.func @strided_allocation() {
  // expected-error @below {{allocates 'memref<4xf32, strided<[2]>>', but only row-major buffers are supported}}
  %x = memref.alloc() : memref<4xf32, strided<[2]>>
  return
}

// -----

func.func @clones(%x: memref<4xf32>) {
  // expected-error @below {{must be lowered before `lz-add-context`; run `convert-bufferization-to-memref`}}
  %y = bufferization.clone %x : memref<4xf32> to memref<4xf32>
  return
}

// -----

func.func @grows(%x: memref<4xf32>) {
  // expected-error @below {{must be lowered before `lz-add-context`; run `expand-realloc`}}
  %y = memref.realloc %x : memref<4xf32> to memref<8xf32>
  return
}

// -----

func.func @calls_a_value(%f: () -> ()) {
  // expected-error @below {{calls through a value; only calls of functions of the module are supported}}
  call_indirect %f() : () -> ()
  return
}

// -----

func.func @huge(%n: index) -> memref<?x4611686018427387904xf32> {
  // expected-error @below {{allocates 'memref<?x4611686018427387904xf32>', of more than 2^63 - 1 bytes}}
  %x = memref.alloc(%n) : memref<?x4611686018427387904xf32>
  return %x : memref<?x4611686018427387904xf32>
}
