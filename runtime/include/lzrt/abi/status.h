/* Status codes: what kernels return, what compiled functions return.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef LZRT_ABI_STATUS_H
#define LZRT_ABI_STATUS_H

/* X(ID, value, text). 0..15 are for kernels, the rest is the dispatcher's own. */
#define LZ_STATUSES(X)                                                                                                 \
  X(OK, 0, "ok")                                    /* the outputs are written */                                      \
  X(UNSUPPORTED, 1, "unsupported")                  /* next candidate, not charged to the kernel's breaker */          \
  X(INVALID_ARGUMENT, 2, "invalid argument")        /* the call is at fault: stop */                                   \
  X(OUT_OF_MEMORY, 3, "out of memory")              /* next candidate, charged */                                      \
  X(INTERNAL, 4, "internal error")                  /* next candidate, charged */                                      \
  X(DEVICE_ERROR, 5, "device error")                /* the device is lost: stop, charged */                            \
  X(NO_KERNEL_AVAILABLE, 16, "no kernel available") /* S7 */                                                           \
  X(STRICT, 17, "strict rule not satisfied")        /* S5 */                                                           \
  X(EXHAUSTED, 18, "every candidate failed")        /* S9 */                                                           \
  X(ABI_MISMATCH, 19, "wrong ABI version")                                                                             \
  X(POLICY_MISMATCH, 20, "wrong policy") /* a module baked under another selection digest */                           \
  X(NOT_FOUND, 21, "not found")                                                                                        \
  X(MALFORMED, 22, "malformed input")                                                                                  \
  X(FACT_MISMATCH, 23, "context differs from the facts assumed")

typedef enum lz_status {
#define LZ_X(id, value, text) LZ_STATUS_##id = value,
  LZ_STATUSES(LZ_X)
#undef LZ_X
} lz_status_t;

#endif /* LZRT_ABI_STATUS_H */
