/* The operation schema: operations, their aliases, their argument slots, and where each fact comes from.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Everything that must agree on an operation expands these tables: the policy's validator, the fact extraction of
 * compiler and runtime, the dialect's interface, and the C enums below. A new operation is its rows here, one ODS
 * definition with its reference decomposition, and one conformance case. Rows are appended; the order of an enum is
 * ABI. */
#ifndef LZRT_ABI_OPERATIONS_H
#define LZRT_ABI_OPERATIONS_H

/* X(ID, name): the canonical names. LZ_OP_<ID> is LayerZero's OperationType. */
#define LZ_OPERATIONS(X)                                                                                               \
  X(ATTENTION_CAUSAL, "attention.causal")                                                                              \
  X(ATTENTION_FULL, "attention.full")                                                                                  \
  X(ATTENTION_CROSS, "attention.cross")                                                                                \
  X(ATTENTION_SLIDING_WINDOW, "attention.sliding_window")                                                              \
  X(ATTENTION_PREFILL, "attention.prefill")                                                                            \
  X(ATTENTION_DECODE, "attention.decode")                                                                              \
  X(RMS_NORM, "rms_norm")                                                                                              \
  X(LAYER_NORM, "layer_norm")                                                                                          \
  X(GROUP_NORM, "group_norm")                                                                                          \
  X(ADD_RMS_NORM, "add_rms_norm")                                                                                      \
  X(ROPE, "rope")                                                                                                      \
  X(ROPE_INTERLEAVED, "rope_interleaved")                                                                              \
  X(ALIBI, "alibi")                                                                                                    \
  X(SWIGLU, "swiglu")                                                                                                  \
  X(GEGLU, "geglu")                                                                                                    \
  X(GELU, "gelu")                                                                                                      \
  X(SILU, "silu")                                                                                                      \
  X(SOFTMAX, "softmax")                                                                                                \
  X(CROSS_ENTROPY, "cross_entropy")                                                                                    \
  X(MATMUL, "matmul")                                                                                                  \
  X(EMBEDDING, "embedding")                                                                                            \
  X(KV_CACHE_UPDATE, "kv_cache.update")                                                                                \
  X(SAMPLE_GREEDY, "sample.greedy")                                                                                    \
  X(SAMPLE_TOP_K, "sample.top_k")                                                                                      \
  X(SAMPLE_TOP_P, "sample.top_p")

/* X(alias, ID): other names that a policy or a manifest may use. */
#define LZ_OPERATION_ALIASES(X)                                                                                        \
  X("norm.rms", RMS_NORM)                                                                                              \
  X("norm.layer", LAYER_NORM)                                                                                          \
  X("norm.group", GROUP_NORM)                                                                                          \
  X("rope.standard", ROPE)                                                                                             \
  X("rope.interleaved", ROPE_INTERLEAVED)                                                                              \
  X("activation.swiglu", SWIGLU)                                                                                       \
  X("activation.geglu", GEGLU)                                                                                         \
  X("activation.gelu", GELU)                                                                                           \
  X("activation.silu", SILU)                                                                                           \
  X("loss.cross_entropy", CROSS_ENTROPY)

typedef enum lz_operation {
#define LZ_X(id, name) LZ_OP_##id,
  LZ_OPERATIONS(LZ_X)
#undef LZ_X
      LZ_OP_COUNT
} lz_operation_t;

/* X(OP, slot, name, ROLE): the fixed argument slots of an operation. ROLE: IN, OPTIONAL (an input that may be missing),
 * OUT, OPTIONAL_OUT, INOUT (updated in place). Slots of an operation are dense and in order. */
#define LZ_ARGUMENTS_ATTENTION_(X, OP)                                                                                 \
  X(OP, 0, "q", IN)                                                                                                    \
  X(OP, 1, "k", IN)                                                                                                    \
  X(OP, 2, "v", IN)                                                                                                    \
  X(OP, 3, "mask", OPTIONAL)                                                                                           \
  X(OP, 4, "out", OUT)                                                                                                 \
  X(OP, 5, "lse", OPTIONAL_OUT)
#define LZ_ARGUMENTS_CACHED_ATTENTION_(X, OP)                                                                          \
  X(OP, 0, "q", IN)                                                                                                    \
  X(OP, 1, "k_cache", IN)                                                                                              \
  X(OP, 2, "v_cache", IN)                                                                                              \
  X(OP, 3, "lengths", IN)                                                                                              \
  X(OP, 4, "block_table", OPTIONAL)                                                                                    \
  X(OP, 5, "mask", OPTIONAL)                                                                                           \
  X(OP, 6, "out", OUT)                                                                                                 \
  X(OP, 7, "lse", OPTIONAL_OUT)
#define LZ_ARGUMENTS_ROPE_(X, OP)                                                                                      \
  X(OP, 0, "x", IN)                                                                                                    \
  X(OP, 1, "cos", IN)                                                                                                  \
  X(OP, 2, "sin", IN)                                                                                                  \
  X(OP, 3, "out", OUT)
#define LZ_ARGUMENTS_GATED_(X, OP)                                                                                     \
  X(OP, 0, "gate", IN)                                                                                                 \
  X(OP, 1, "up", IN)                                                                                                   \
  X(OP, 2, "out", OUT)
#define LZ_ARGUMENTS_UNARY_(X, OP)                                                                                     \
  X(OP, 0, "x", IN)                                                                                                    \
  X(OP, 1, "out", OUT)
#define LZ_ARGUMENTS_AFFINE_NORM_(X, OP)                                                                               \
  X(OP, 0, "x", IN)                                                                                                    \
  X(OP, 1, "weight", IN)                                                                                               \
  X(OP, 2, "bias", OPTIONAL)                                                                                           \
  X(OP, 3, "out", OUT)
#define LZ_ARGUMENTS(X)                                                                                                \
  LZ_ARGUMENTS_ATTENTION_(X, ATTENTION_CAUSAL)                                                                         \
  LZ_ARGUMENTS_ATTENTION_(X, ATTENTION_FULL)                                                                           \
  LZ_ARGUMENTS_ATTENTION_(X, ATTENTION_CROSS)                                                                          \
  LZ_ARGUMENTS_ATTENTION_(X, ATTENTION_SLIDING_WINDOW)                                                                 \
  LZ_ARGUMENTS_CACHED_ATTENTION_(X, ATTENTION_PREFILL)                                                                 \
  LZ_ARGUMENTS_CACHED_ATTENTION_(X, ATTENTION_DECODE)                                                                  \
  X(RMS_NORM, 0, "x", IN)                                                                                              \
  X(RMS_NORM, 1, "weight", IN)                                                                                         \
  X(RMS_NORM, 2, "out", OUT)                                                                                           \
  LZ_ARGUMENTS_AFFINE_NORM_(X, LAYER_NORM)                                                                             \
  LZ_ARGUMENTS_AFFINE_NORM_(X, GROUP_NORM)                                                                             \
  X(ADD_RMS_NORM, 0, "x", IN)                                                                                          \
  X(ADD_RMS_NORM, 1, "residual", IN)                                                                                   \
  X(ADD_RMS_NORM, 2, "weight", IN)                                                                                     \
  X(ADD_RMS_NORM, 3, "out", OUT)                                                                                       \
  X(ADD_RMS_NORM, 4, "out_residual", OUT)                                                                              \
  LZ_ARGUMENTS_ROPE_(X, ROPE)                                                                                          \
  LZ_ARGUMENTS_ROPE_(X, ROPE_INTERLEAVED)                                                                              \
  X(ALIBI, 0, "q", IN)                                                                                                 \
  X(ALIBI, 1, "k", IN)                                                                                                 \
  X(ALIBI, 2, "v", IN)                                                                                                 \
  X(ALIBI, 3, "slopes", IN)                                                                                            \
  X(ALIBI, 4, "mask", OPTIONAL)                                                                                        \
  X(ALIBI, 5, "out", OUT)                                                                                              \
  X(ALIBI, 6, "lse", OPTIONAL_OUT)                                                                                     \
  LZ_ARGUMENTS_GATED_(X, SWIGLU)                                                                                       \
  LZ_ARGUMENTS_GATED_(X, GEGLU)                                                                                        \
  LZ_ARGUMENTS_UNARY_(X, GELU)                                                                                         \
  LZ_ARGUMENTS_UNARY_(X, SILU)                                                                                         \
  LZ_ARGUMENTS_UNARY_(X, SOFTMAX)                                                                                      \
  X(CROSS_ENTROPY, 0, "logits", IN)                                                                                    \
  X(CROSS_ENTROPY, 1, "targets", IN)                                                                                   \
  X(CROSS_ENTROPY, 2, "out", OUT)                                                                                      \
  X(MATMUL, 0, "a", IN)                                                                                                \
  X(MATMUL, 1, "b", IN)                                                                                                \
  X(MATMUL, 2, "bias", OPTIONAL)                                                                                       \
  X(MATMUL, 3, "scale_a", OPTIONAL)                                                                                    \
  X(MATMUL, 4, "scale_b", OPTIONAL)                                                                                    \
  X(MATMUL, 5, "out", OUT)                                                                                             \
  X(EMBEDDING, 0, "table", IN)                                                                                         \
  X(EMBEDDING, 1, "ids", IN)                                                                                           \
  X(EMBEDDING, 2, "out", OUT)                                                                                          \
  X(KV_CACHE_UPDATE, 0, "k", IN)                                                                                       \
  X(KV_CACHE_UPDATE, 1, "v", IN)                                                                                       \
  X(KV_CACHE_UPDATE, 2, "lengths", IN)                                                                                 \
  X(KV_CACHE_UPDATE, 3, "block_table", OPTIONAL)                                                                       \
  X(KV_CACHE_UPDATE, 4, "k_cache", INOUT)                                                                              \
  X(KV_CACHE_UPDATE, 5, "v_cache", INOUT)                                                                              \
  LZ_ARGUMENTS_UNARY_(X, SAMPLE_GREEDY)                                                                                \
  X(SAMPLE_TOP_K, 0, "logits", IN)                                                                                     \
  X(SAMPLE_TOP_K, 1, "random", IN)                                                                                     \
  X(SAMPLE_TOP_K, 2, "out", OUT)                                                                                       \
  X(SAMPLE_TOP_P, 0, "logits", IN)                                                                                     \
  X(SAMPLE_TOP_P, 1, "random", IN)                                                                                     \
  X(SAMPLE_TOP_P, 2, "out", OUT)

typedef enum lz_argument_role {
  LZ_ROLE_IN,
  LZ_ROLE_OPTIONAL,
  LZ_ROLE_OUT,
  LZ_ROLE_OPTIONAL_OUT,
  LZ_ROLE_INOUT
} lz_argument_role_t;

/* No operation has more slots than this. */
#define LZ_MAX_ARGUMENTS 16

/* X(ID, name, TYPE): the facts that a policy may test (C4). TYPE: INT, FLOAT, BOOL, STRING, VERSION, and the
 * listed-value strings DTYPE, LAYOUT, ALIGNMENT, PLATFORM, KV_LAYOUT. */
#define LZ_FACTS(X)                                                                                                    \
  X(BATCH_SIZE, "batch_size", INT)                                                                                     \
  X(SEQ_LEN, "seq_len", INT)                                                                                           \
  X(SEQ_LEN_Q, "seq_len_q", INT)                                                                                       \
  X(SEQ_LEN_K, "seq_len_k", INT)                                                                                       \
  X(MAX_CONTEXT_LEN, "max_context_len", INT)                                                                           \
  X(HEAD_DIM, "head_dim", INT)                                                                                         \
  X(HEAD_DIM_V, "head_dim_v", INT)                                                                                     \
  X(NUM_HEADS, "num_heads", INT)                                                                                       \
  X(NUM_KV_HEADS, "num_kv_heads", INT)                                                                                 \
  X(HIDDEN_SIZE, "hidden_size", INT)                                                                                   \
  X(NUM_TOKENS, "num_tokens", INT)                                                                                     \
  X(WINDOW_SIZE, "window_size", INT)                                                                                   \
  X(VOCAB_SIZE, "vocab_size", INT)                                                                                     \
  X(M, "m", INT)                                                                                                       \
  X(N, "n", INT)                                                                                                       \
  X(K, "k", INT)                                                                                                       \
  X(DTYPE, "dtype", DTYPE)                                                                                             \
  X(WEIGHT_DTYPE, "weight_dtype", DTYPE)                                                                               \
  X(KV_DTYPE, "kv_dtype", DTYPE)                                                                                       \
  X(LAYOUT, "layout", LAYOUT)                                                                                          \
  X(KV_LAYOUT, "kv_layout", KV_LAYOUT)                                                                                 \
  X(IS_CAUSAL, "is_causal", BOOL)                                                                                      \
  X(CAUSAL_ALIGNMENT, "causal_alignment", ALIGNMENT)                                                                   \
  X(ENABLE_GQA, "enable_gqa", BOOL)                                                                                    \
  X(HAS_MASK, "has_mask", BOOL)                                                                                        \
  X(DROPOUT_P, "dropout_p", FLOAT)                                                                                     \
  X(IS_CONTIGUOUS, "is_contiguous", BOOL)                                                                              \
  X(STRIDE_LAST_DIM, "stride_last_dim", INT)                                                                           \
  X(REQUIRES_DETERMINISTIC, "requires_deterministic", BOOL)                                                            \
  X(IS_CUDA_GRAPH_CAPTURING, "is_cuda_graph_capturing", BOOL)                                                          \
  X(PLATFORM, "platform", PLATFORM)                                                                                    \
  X(DEVICE, "device", STRING)                                                                                          \
  X(SM, "sm", INT)                                                                                                     \
  X(ARCH, "arch", STRING)                                                                                              \
  X(TP_SIZE, "tp_size", INT)                                                                                           \
  X(PP_SIZE, "pp_size", INT)                                                                                           \
  X(RANK, "rank", INT)                                                                                                 \
  X(TENANT, "tenant", STRING)                                                                                          \
  X(SITE, "site", STRING)                                                                                              \
  X(KERNEL, "kernel", STRING)                                                                                          \
  X(LIBRARY_VERSION, "library_version", VERSION)

typedef enum lz_fact {
#define LZ_X(id, name, type) LZ_FACT_##id,
  LZ_FACTS(LZ_X)
#undef LZ_X
      LZ_FACT_COUNT
} lz_fact_t;

typedef enum lz_fact_type {
  LZ_TYPE_INT,
  LZ_TYPE_FLOAT,
  LZ_TYPE_BOOL,
  LZ_TYPE_STRING,
  LZ_TYPE_VERSION,
  LZ_TYPE_DTYPE,
  LZ_TYPE_LAYOUT,
  LZ_TYPE_ALIGNMENT,
  LZ_TYPE_PLATFORM,
  LZ_TYPE_KV_LAYOUT
} lz_fact_type_t;

/* Where a fact of a call comes from. A and B are the operands of the source in the rows below. */
typedef enum lz_fact_source {
  LZ_SOURCE_AXIS,     /* the extent of argument A along layout axis B (lz_axis_t); Absent where the layout lacks it */
  LZ_SOURCE_DIM,      /* the extent of argument A at dimension B; B < 0 counts from the end */
  LZ_SOURCE_DIM_RANK, /* the same, but Absent where the rank is under |B| + 1 (B < 0) or under 2 (B = 0) */
  LZ_SOURCE_LEADING_PRODUCT, /* the product of all extents of argument A but the last */
  LZ_SOURCE_PRODUCT,         /* the product of all extents of argument A */
  LZ_SOURCE_MATMUL,          /* B: 0 m, 1 n, 2 k, seen through the transpose attributes */
  LZ_SOURCE_ELEMENT,         /* the element type of argument A */
  LZ_SOURCE_PRESENT,         /* whether optional argument A is there */
  LZ_SOURCE_ATTRIBUTE,       /* typed attribute A (lz_attribute_id_t) */
  LZ_SOURCE_CONTIGUITY,      /* whether every argument is row-major without gaps */
  LZ_SOURCE_LAST_STRIDE,     /* the stride of the last dimension of argument A */
  LZ_SOURCE_TARGET,          /* the machine: module target when compiling, context when running */
  LZ_SOURCE_CONTEXT,         /* the process or the invocation */
  LZ_SOURCE_SITE,            /* the site's name */
  LZ_SOURCE_CANDIDATE,       /* the kernel under consideration */
  LZ_SOURCE_COMPLETION       /* nothing but its completion */
} lz_fact_source_t;

/* The bracket values of C6: what completes a fact that the caller leaves open. C is the operand. */
typedef enum lz_completion {
  LZ_COMPLETE_NONE,
  LZ_COMPLETE_INT,        /* the integer, or the boolean, C */
  LZ_COMPLETE_EMPTY,      /* the empty string */
  LZ_COMPLETE_SAME,       /* the value of fact C */
  LZ_COMPLETE_GQA,        /* num_heads != num_kv_heads */
  LZ_COMPLETE_FROM_DEVICE /* platform: the part of `device` before ':' */
} lz_completion_t;

typedef enum lz_axis { LZ_AXIS_BATCH, LZ_AXIS_SEQ, LZ_AXIS_HEADS, LZ_AXIS_HEAD_DIM } lz_axis_t;

/* X(ID, name, axes): the dimension at which each axis of lz_axis_t stands, -1 where the layout lacks it. */
#define LZ_LAYOUTS(X)                                                                                                  \
  X(BSHD, "BSHD", {0, 1, 2, 3})                                                                                        \
  X(BHSD, "BHSD", {0, 2, 1, 3})                                                                                        \
  X(NHD, "NHD", {-1, 0, 1, 2})                                                                                         \
  X(HND, "HND", {-1, 1, 0, 2})
typedef enum lz_layout { LZ_LAYOUT_BSHD, LZ_LAYOUT_BHSD, LZ_LAYOUT_NHD, LZ_LAYOUT_HND, LZ_LAYOUT_COUNT } lz_layout_t;
typedef enum lz_alignment { LZ_ALIGNMENT_TOP_LEFT, LZ_ALIGNMENT_BOTTOM_RIGHT } lz_alignment_t;
typedef enum lz_kv_layout { LZ_KV_LAYOUT_DENSE, LZ_KV_LAYOUT_PAGED } lz_kv_layout_t;
/* The attribute `approximate` of gelu and geglu: by the error function, or by the hyperbolic tangent. */
typedef enum lz_approximation { LZ_APPROXIMATION_NONE, LZ_APPROXIMATION_TANH } lz_approximation_t;

/* X(ID, name, TYPE): typed attributes of a site. TYPE: I64, F64. Enumerations are carried as I64. */
#define LZ_ATTRIBUTES(X)                                                                                               \
  X(LAYOUT, "layout", I64)                                                                                             \
  X(CAUSAL_ALIGNMENT, "causal_alignment", I64)                                                                         \
  X(SCALE, "scale", F64)                                                                                               \
  X(SOFTCAP, "softcap", F64)                                                                                           \
  X(WINDOW_SIZE, "window_size", I64)                                                                                   \
  X(EPSILON, "epsilon", F64)                                                                                           \
  X(DROPOUT_P, "dropout_p", F64)                                                                                       \
  X(KV_LAYOUT, "kv_layout", I64)                                                                                       \
  X(TRANSPOSE_A, "transpose_a", I64)                                                                                   \
  X(TRANSPOSE_B, "transpose_b", I64)                                                                                   \
  X(GROUPS, "groups", I64)                                                                                             \
  X(APPROXIMATE, "approximate", I64)                                                                                   \
  X(IGNORE_INDEX, "ignore_index", I64)                                                                                 \
  X(TOP_K, "top_k", I64)                                                                                               \
  X(TOP_P, "top_p", F64)                                                                                               \
  X(TEMPERATURE, "temperature", F64)                                                                                   \
  X(MAX_CONTEXT_LEN, "max_context_len", I64)

typedef enum lz_attribute_id {
#define LZ_X(id, name, type) LZ_ATTR_##id,
  LZ_ATTRIBUTES(LZ_X)
#undef LZ_X
      LZ_ATTR_COUNT
} lz_attribute_id_t;

/* X(OP, FACT, SOURCE, A, B, COMPLETION, C): every fact of every operation (C6). */
#define LZ_SCHEMA_COMMON_(X, OP)                                                                                       \
  X(OP, DTYPE, ELEMENT, 0, 0, NONE, 0)                                                                                 \
  X(OP, IS_CONTIGUOUS, CONTIGUITY, 0, 0, INT, 1)                                                                       \
  X(OP, STRIDE_LAST_DIM, LAST_STRIDE, 0, 0, INT, 1)                                                                    \
  X(OP, REQUIRES_DETERMINISTIC, CONTEXT, 0, 0, INT, 0)                                                                 \
  X(OP, IS_CUDA_GRAPH_CAPTURING, CONTEXT, 0, 0, INT, 0)                                                                \
  X(OP, PLATFORM, TARGET, 0, 0, FROM_DEVICE, 0)                                                                        \
  X(OP, DEVICE, TARGET, 0, 0, NONE, 0)                                                                                 \
  X(OP, SM, TARGET, 0, 0, NONE, 0)                                                                                     \
  X(OP, ARCH, TARGET, 0, 0, NONE, 0)                                                                                   \
  X(OP, TP_SIZE, CONTEXT, 0, 0, INT, 1)                                                                                \
  X(OP, PP_SIZE, CONTEXT, 0, 0, INT, 1)                                                                                \
  X(OP, RANK, CONTEXT, 0, 0, INT, 0)                                                                                   \
  X(OP, TENANT, CONTEXT, 0, 0, EMPTY, 0)                                                                               \
  X(OP, SITE, SITE, 0, 0, NONE, 0)                                                                                     \
  X(OP, KERNEL, CANDIDATE, 0, 0, NONE, 0)                                                                              \
  X(OP, LIBRARY_VERSION, CANDIDATE, 0, 0, NONE, 0)
#define LZ_SCHEMA_ATTENTION_(X, OP, CAUSAL, MASK)                                                                      \
  LZ_SCHEMA_COMMON_(X, OP)                                                                                             \
  X(OP, BATCH_SIZE, AXIS, 0, LZ_AXIS_BATCH, NONE, 0)                                                                   \
  X(OP, SEQ_LEN, AXIS, 0, LZ_AXIS_SEQ, SAME, LZ_FACT_SEQ_LEN_Q)                                                        \
  X(OP, SEQ_LEN_Q, AXIS, 0, LZ_AXIS_SEQ, SAME, LZ_FACT_SEQ_LEN)                                                        \
  X(OP, HEAD_DIM, AXIS, 0, LZ_AXIS_HEAD_DIM, NONE, 0)                                                                  \
  X(OP, NUM_HEADS, AXIS, 0, LZ_AXIS_HEADS, NONE, 0)                                                                    \
  X(OP, LAYOUT, ATTRIBUTE, LZ_ATTR_LAYOUT, 0, NONE, 0)                                                                 \
  X(OP, IS_CAUSAL, COMPLETION, 0, 0, INT, CAUSAL)                                                                      \
  X(OP, ENABLE_GQA, COMPLETION, 0, 0, GQA, 0)                                                                          \
  X(OP, HAS_MASK, PRESENT, MASK, 0, INT, 0)                                                                            \
  X(OP, DROPOUT_P, ATTRIBUTE, LZ_ATTR_DROPOUT_P, 0, INT, 0)
#define LZ_SCHEMA_DIRECT_ATTENTION_(X, OP, CAUSAL, MASK)                                                               \
  LZ_SCHEMA_ATTENTION_(X, OP, CAUSAL, MASK)                                                                            \
  X(OP, SEQ_LEN_K, AXIS, 1, LZ_AXIS_SEQ, NONE, 0)                                                                      \
  X(OP, NUM_KV_HEADS, AXIS, 1, LZ_AXIS_HEADS, NONE, 0)                                                                 \
  X(OP, HEAD_DIM_V, AXIS, 2, LZ_AXIS_HEAD_DIM, SAME, LZ_FACT_HEAD_DIM)
/* A dense cache is [batch, context, kv heads, head dim], a paged one [blocks, positions of a block, kv heads, head
 * dim], in the order of the operation's layout; the number of keys is known to the context only. */
#define LZ_SCHEMA_CACHED_ATTENTION_(X, OP)                                                                             \
  LZ_SCHEMA_ATTENTION_(X, OP, 1, 5)                                                                                    \
  X(OP, SEQ_LEN_K, CONTEXT, 0, 0, NONE, 0)                                                                             \
  X(OP, NUM_KV_HEADS, AXIS, 1, LZ_AXIS_HEADS, NONE, 0)                                                                 \
  X(OP, HEAD_DIM_V, AXIS, 2, LZ_AXIS_HEAD_DIM, SAME, LZ_FACT_HEAD_DIM)                                                 \
  X(OP, CAUSAL_ALIGNMENT, ATTRIBUTE, LZ_ATTR_CAUSAL_ALIGNMENT, 0, NONE, 0)                                             \
  X(OP, KV_DTYPE, ELEMENT, 1, 0, SAME, LZ_FACT_DTYPE)                                                                  \
  X(OP, KV_LAYOUT, ATTRIBUTE, LZ_ATTR_KV_LAYOUT, 0, NONE, 0)                                                           \
  X(OP, MAX_CONTEXT_LEN, ATTRIBUTE, LZ_ATTR_MAX_CONTEXT_LEN, 0, NONE, 0)
#define LZ_SCHEMA_ROWWISE_(X, OP)                                                                                      \
  LZ_SCHEMA_COMMON_(X, OP)                                                                                             \
  X(OP, BATCH_SIZE, DIM_RANK, 0, 0, NONE, 0)                                                                           \
  X(OP, SEQ_LEN, DIM_RANK, 0, -2, NONE, 0)                                                                             \
  X(OP, NUM_TOKENS, LEADING_PRODUCT, 0, 0, NONE, 0)                                                                    \
  X(OP, HIDDEN_SIZE, DIM, 0, -1, NONE, 0)
#define LZ_SCHEMA_ROPE_(X, OP)                                                                                         \
  LZ_SCHEMA_COMMON_(X, OP)                                                                                             \
  X(OP, BATCH_SIZE, AXIS, 0, LZ_AXIS_BATCH, NONE, 0)                                                                   \
  X(OP, SEQ_LEN, AXIS, 0, LZ_AXIS_SEQ, NONE, 0)                                                                        \
  X(OP, NUM_HEADS, AXIS, 0, LZ_AXIS_HEADS, NONE, 0)                                                                    \
  X(OP, HEAD_DIM, AXIS, 0, LZ_AXIS_HEAD_DIM, NONE, 0)                                                                  \
  X(OP, LAYOUT, ATTRIBUTE, LZ_ATTR_LAYOUT, 0, NONE, 0)
#define LZ_SCHEMA_LOGITS_(X, OP)                                                                                       \
  LZ_SCHEMA_COMMON_(X, OP)                                                                                             \
  X(OP, NUM_TOKENS, LEADING_PRODUCT, 0, 0, NONE, 0)                                                                    \
  X(OP, VOCAB_SIZE, DIM, 0, -1, NONE, 0)
#define LZ_SCHEMA(X)                                                                                                   \
  LZ_SCHEMA_DIRECT_ATTENTION_(X, ATTENTION_CAUSAL, 1, 3)                                                               \
  X(ATTENTION_CAUSAL, CAUSAL_ALIGNMENT, ATTRIBUTE, LZ_ATTR_CAUSAL_ALIGNMENT, 0, NONE, 0)                               \
  LZ_SCHEMA_DIRECT_ATTENTION_(X, ATTENTION_FULL, 0, 3)                                                                 \
  LZ_SCHEMA_DIRECT_ATTENTION_(X, ATTENTION_CROSS, 0, 3)                                                                \
  LZ_SCHEMA_DIRECT_ATTENTION_(X, ATTENTION_SLIDING_WINDOW, 1, 3)                                                       \
  X(ATTENTION_SLIDING_WINDOW, CAUSAL_ALIGNMENT, ATTRIBUTE, LZ_ATTR_CAUSAL_ALIGNMENT, 0, NONE, 0)                       \
  X(ATTENTION_SLIDING_WINDOW, WINDOW_SIZE, ATTRIBUTE, LZ_ATTR_WINDOW_SIZE, 0, NONE, 0)                                 \
  LZ_SCHEMA_CACHED_ATTENTION_(X, ATTENTION_PREFILL)                                                                    \
  LZ_SCHEMA_CACHED_ATTENTION_(X, ATTENTION_DECODE)                                                                     \
  LZ_SCHEMA_ROWWISE_(X, RMS_NORM)                                                                                      \
  LZ_SCHEMA_ROWWISE_(X, LAYER_NORM)                                                                                    \
  LZ_SCHEMA_ROWWISE_(X, GROUP_NORM)                                                                                    \
  LZ_SCHEMA_ROWWISE_(X, ADD_RMS_NORM)                                                                                  \
  LZ_SCHEMA_ROPE_(X, ROPE)                                                                                             \
  LZ_SCHEMA_ROPE_(X, ROPE_INTERLEAVED)                                                                                 \
  LZ_SCHEMA_DIRECT_ATTENTION_(X, ALIBI, 1, 4)                                                                          \
  LZ_SCHEMA_ROWWISE_(X, SWIGLU)                                                                                        \
  LZ_SCHEMA_ROWWISE_(X, GEGLU)                                                                                         \
  LZ_SCHEMA_ROWWISE_(X, GELU)                                                                                          \
  LZ_SCHEMA_ROWWISE_(X, SILU)                                                                                          \
  LZ_SCHEMA_ROWWISE_(X, SOFTMAX)                                                                                       \
  LZ_SCHEMA_LOGITS_(X, CROSS_ENTROPY)                                                                                  \
  LZ_SCHEMA_COMMON_(X, MATMUL)                                                                                         \
  X(MATMUL, M, MATMUL, 0, 0, NONE, 0)                                                                                  \
  X(MATMUL, N, MATMUL, 0, 1, NONE, 0)                                                                                  \
  X(MATMUL, K, MATMUL, 0, 2, NONE, 0)                                                                                  \
  X(MATMUL, WEIGHT_DTYPE, ELEMENT, 1, 0, SAME, LZ_FACT_DTYPE)                                                          \
  LZ_SCHEMA_COMMON_(X, EMBEDDING)                                                                                      \
  X(EMBEDDING, NUM_TOKENS, PRODUCT, 1, 0, NONE, 0)                                                                     \
  X(EMBEDDING, HIDDEN_SIZE, DIM, 0, -1, NONE, 0)                                                                       \
  X(EMBEDDING, VOCAB_SIZE, DIM, 0, 0, NONE, 0)                                                                         \
  LZ_SCHEMA_COMMON_(X, KV_CACHE_UPDATE)                                                                                \
  X(KV_CACHE_UPDATE, BATCH_SIZE, AXIS, 0, LZ_AXIS_BATCH, NONE, 0)                                                      \
  X(KV_CACHE_UPDATE, SEQ_LEN, AXIS, 0, LZ_AXIS_SEQ, NONE, 0)                                                           \
  X(KV_CACHE_UPDATE, NUM_KV_HEADS, AXIS, 0, LZ_AXIS_HEADS, NONE, 0)                                                    \
  X(KV_CACHE_UPDATE, HEAD_DIM, AXIS, 0, LZ_AXIS_HEAD_DIM, NONE, 0)                                                     \
  X(KV_CACHE_UPDATE, KV_DTYPE, ELEMENT, 4, 0, SAME, LZ_FACT_DTYPE)                                                     \
  X(KV_CACHE_UPDATE, KV_LAYOUT, ATTRIBUTE, LZ_ATTR_KV_LAYOUT, 0, NONE, 0)                                              \
  X(KV_CACHE_UPDATE, MAX_CONTEXT_LEN, ATTRIBUTE, LZ_ATTR_MAX_CONTEXT_LEN, 0, NONE, 0)                                  \
  LZ_SCHEMA_LOGITS_(X, SAMPLE_GREEDY)                                                                                  \
  LZ_SCHEMA_LOGITS_(X, SAMPLE_TOP_K)                                                                                   \
  LZ_SCHEMA_LOGITS_(X, SAMPLE_TOP_P)

/* The listed values of P4. X(ID, name) in the order of the C enums above. */
#define LZ_PLATFORMS(X) X(CUDA, "cuda") X(ROCM, "rocm") X(CPU, "cpu") X(HPU, "hpu") X(XPU, "xpu")
#define LZ_ALIGNMENTS(X) X(TOP_LEFT, "top_left") X(BOTTOM_RIGHT, "bottom_right")
#define LZ_KV_LAYOUTS(X) X(DENSE, "dense") X(PAGED, "paged")

/* X(ID, name): dispatch modes, and the values of a context's mode override. */
#define LZ_MODES(X)                                                                                                    \
  X(STATIC, "static") X(CONFIG, "config") X(DYNAMIC, "dynamic") X(HOT_RELOAD, "hot_reload") X(AUTO, "auto")
typedef enum lz_mode {
#define LZ_X(id, name) LZ_MODE_##id,
  LZ_MODES(LZ_X)
#undef LZ_X
      LZ_MODE_COUNT,
  LZ_MODE_UNSET = -1
} lz_mode_t;

#endif /* LZRT_ABI_OPERATIONS_H */
