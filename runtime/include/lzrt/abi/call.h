/* A kernel call: the constant description of the site, and the block that one invocation fills.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * What is settled at compile time stands once, in read-only data (`lz_site_t`); what changes is written to the caller's
 * stack for each call (`lz_call_t`). A kernel sees both and reads any argument through `lz_call_tensor`. Structs are
 * append-only; a reader must not look past `struct_size`. Who emits sites: lib/Conversion. Who reads them: runtime/,
 * kernels/. */
#ifndef LZRT_ABI_CALL_H
#define LZRT_ABI_CALL_H

#include "lzrt/abi/dtype.h"
#include "lzrt/abi/operations.h"
#include "lzrt/abi/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define LZ_ABI_VERSION 1u

/* An extent or a stride that is known only when the call happens. */
#define LZ_DYNAMIC INT64_MIN
/* `data_index` and `dims_index` of an argument that has none. */
#define LZ_NO_INDEX 0xffffu

typedef struct lz_context lz_context_t;
typedef struct lz_site lz_site_t;
typedef struct lz_call lz_call_t;
typedef struct lz_module lz_module_t;
typedef struct lz_live_site lz_live_site_t;

/* A kernel. It reads and writes what the call names, on the context's stream, and returns an lz_status_t. It never
 * throws, never synchronises the device, allocates only from the context. Any thread may call it; calls at one site may
 * overlap. */
typedef int32_t (*lz_kernel_fn)(const lz_call_t *call);

enum {
  LZ_ARGUMENT_PRESENT = 1u << 0,    /* the call carries this argument */
  LZ_ARGUMENT_CONTIGUOUS = 1u << 1, /* row-major without gaps; `strides` is null and follows from the extents */
  LZ_ARGUMENT_WRITTEN = 1u << 2,    /* an output */
  LZ_ARGUMENT_READ = 1u << 3        /* an input; with WRITTEN: updated in place */
};

/* One argument slot of a site. 40 bytes. */
typedef struct lz_argument {
  lz_dtype_t dtype;
  uint8_t rank;
  uint8_t flags;
  uint16_t data_index; /* of its pointer in the block's data; LZ_NO_INDEX if absent */
  uint16_t
      dims_index; /* of its first open entry in the block's dims: open extents in order, then open strides in order */
  uint16_t reserved;
  uint32_t alignment;     /* bytes to which the pointer is aligned at least */
  const int64_t *shape;   /* `rank` extents, LZ_DYNAMIC where open */
  const int64_t *strides; /* `rank` strides in elements, LZ_DYNAMIC where open; null: contiguous */
  uint64_t reserved2;
} lz_argument_t;

/* A typed attribute of a site. 16 bytes. */
typedef struct lz_attribute {
  int32_t id; /* lz_attribute_id_t; its type stands in LZ_ATTRIBUTES */
  int32_t reserved;
  union {
    int64_t i64;
    double f64;
  } value;
} lz_attribute_t;

enum {
  LZ_SITE_LIVE = 1u << 0,    /* decided by the runtime at each call */
  LZ_SITE_GUARDED = 1u << 1, /* decided by inline tests */
  LZ_SITE_IN_PLACE = 1u << 2 /* has an argument that is read and written */
};

/* A call site, constant for the life of its module. */
struct lz_site {
  uint32_t struct_size;
  uint16_t abi_version;
  uint16_t operation;     /* lz_operation_t */
  uint32_t call_size;     /* bytes of this site's lz_call_t with its data and dims */
  uint32_t flags;         /* LZ_SITE_* */
  uint16_t num_arguments; /* slots of the operation */
  uint16_t num_data;      /* pointers in the block */
  uint16_t num_dims;      /* open extents and strides in the block */
  uint16_t num_attributes;
  const lz_argument_t *arguments;
  const lz_attribute_t *attributes; /* ascending by id */
  const char *name;                 /* the op's lz.site */
  const char *location;             /* file:line:column of the op, or "" */
  const lz_module_t *module;
  lz_live_site_t *live;       /* the mutable record of a live site, else null */
  lz_kernel_fn decomposition; /* the outlined reference as a last candidate, or null */
  int32_t mode;               /* lz_mode_t of the decision */
  uint32_t index;             /* among the module's sites */
};

/* The head of a call block; `num_data` pointers and `num_dims` integers follow it. The caller's stack owns it until the
 * call returns. */
struct lz_call {
  lz_context_t *context;
  const lz_site_t *site;
  void *state;     /* of the kernel at this site (lz_kernel_state_t), null unless the kernel prepares */
  uint64_t ticket; /* at a live site: zero before the call, then what ran; not written by baked code */
};

/* What a live site runs for the calls of one region: those whose d0..d3 each lie within low..low + span. 48 bytes. */
typedef struct lz_live_entry {
  lz_kernel_fn kernel;
  uint64_t tag; /* of the decision and its admission: becomes the call's ticket */
  uint32_t low[4], span[4];
} lz_live_entry_t;

/* The mutable part of a live site: what `call *stub(block, live, d0..d3)` goes through; d0..d3 are the site's first
 * four open extents, by slot and dimension, 0 where there are fewer. 64 bytes, its own cache line. At first the stub
 * is lzrt_live_miss, which selects and runs. The runtime alone writes it, under a sequence lock: `sequence` is odd
 * while it is written; an even one names the kind of entry, the pin (lz_context_t::pin) for which it holds, and above
 * both a count of writes. A status other than ok goes to lzrt_live_continue. */
typedef int32_t (*lz_stub_fn)(lz_call_t *call, lz_live_site_t *live, int64_t d0, int64_t d1, int64_t d2, int64_t d3);
struct lz_live_site {
  lz_stub_fn stub;
  uint64_t sequence;
  lz_live_entry_t entry; /* of a site with several entries, `kernel` points to them */
};

/* DLPack's DLDevice and DLTensor, under names of our own so that both may be included. */
typedef struct lz_device {
  int32_t type; /* 1 CPU, 2 CUDA, … as DLDeviceType */
  int32_t id;
} lz_device_t;
typedef struct lz_tensor {
  void *data;
  lz_device_t device;
  int32_t ndim;
  lz_dtype_t dtype;
  int64_t *shape;
  int64_t *strides; /* in elements, never null */
  uint64_t byte_offset;
} lz_tensor_t;

/* No tensor of a call has more dimensions. */
#define LZ_MAX_RANK 8

/* A tensor together with the storage of its extents and strides. */
typedef struct lz_tensor_view {
  lz_tensor_t tensor;
  int64_t shape[LZ_MAX_RANK];
  int64_t strides[LZ_MAX_RANK];
} lz_tensor_view_t;

static inline void *const *lz_call_data(const lz_call_t *call) { return (void *const *)(call + 1); }
static inline const int64_t *lz_call_dims(const lz_call_t *call) {
  return (const int64_t *)(lz_call_data(call) + call->site->num_data);
}
/* Whether optional argument `slot` is there. */
static inline int lz_call_has(const lz_call_t *call, unsigned slot) {
  return slot < call->site->num_arguments && (call->site->arguments[slot].flags & LZ_ARGUMENT_PRESENT) != 0;
}
/* Fills `out_view` with argument `slot`, which must be present; `out_view` borrows the argument's data, and
 * `out_view->tensor` points into `out_view`, so a copy of a view is not a view. The device is left to the caller. */
static inline void lz_call_tensor(const lz_call_t *call, unsigned slot, lz_tensor_view_t *out_view) {
  const lz_argument_t *argument = &call->site->arguments[slot];
  const int64_t *open = lz_call_dims(call) + (argument->dims_index == LZ_NO_INDEX ? 0 : argument->dims_index);
  int rank = argument->rank;
  for (int i = 0; i < rank; ++i)
    out_view->shape[i] = argument->shape[i] == LZ_DYNAMIC ? *open++ : argument->shape[i];
  if (argument->strides) {
    for (int i = 0; i < rank; ++i)
      out_view->strides[i] = argument->strides[i] == LZ_DYNAMIC ? *open++ : argument->strides[i];
  } else {
    int64_t stride = 1;
    for (int i = rank - 1; i >= 0; --i) {
      out_view->strides[i] = stride;
      /* Absurd extents wrap: a kernel refuses them. */
      stride = (int64_t)((uint64_t)stride * (uint64_t)out_view->shape[i]);
    }
  }
  out_view->tensor.data = lz_call_data(call)[argument->data_index];
  out_view->tensor.device.type = 1;
  out_view->tensor.device.id = 0;
  out_view->tensor.ndim = rank;
  out_view->tensor.dtype = argument->dtype;
  out_view->tensor.shape = out_view->shape;
  out_view->tensor.strides = out_view->strides;
  out_view->tensor.byte_offset = 0;
}
/* The attribute `id` of the call's site, or null where the operation was built without it. */
static inline const lz_attribute_t *lz_call_attribute(const lz_call_t *call, int32_t id) {
  for (unsigned i = 0; i < call->site->num_attributes; ++i)
    if (call->site->attributes[i].id == id)
      return &call->site->attributes[i];
  return 0;
}
static inline double lz_call_f64(const lz_call_t *call, int32_t id, double otherwise) {
  const lz_attribute_t *attribute = lz_call_attribute(call, id);
  return attribute ? attribute->value.f64 : otherwise;
}
static inline int64_t lz_call_i64(const lz_call_t *call, int32_t id, int64_t otherwise) {
  const lz_attribute_t *attribute = lz_call_attribute(call, id);
  return attribute ? attribute->value.i64 : otherwise;
}

#ifdef __cplusplus
}
#endif
#endif /* LZRT_ABI_CALL_H */
