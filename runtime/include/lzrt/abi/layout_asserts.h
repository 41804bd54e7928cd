/* The ABI's sizes and offsets, asserted wherever this is included (test/unit and runtime/ do, as C and as C++).
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * A line here changes only when LZ_ABI_VERSION does. lib/Conversion builds these structs as LLVM types and relies on
 * each number. */
#ifndef LZRT_ABI_LAYOUT_ASSERTS_H
#define LZRT_ABI_LAYOUT_ASSERTS_H

#include "lzrt/abi/module.h"

#ifdef __cplusplus
#define LZ_ASSERT_LAYOUT(condition) static_assert(condition, #condition)
#else
#define LZ_ASSERT_LAYOUT(condition) _Static_assert(condition, #condition)
#endif

LZ_ASSERT_LAYOUT(sizeof(lz_dtype_t) == 4);
LZ_ASSERT_LAYOUT(sizeof(lz_argument_t) == 40);
LZ_ASSERT_LAYOUT(offsetof(lz_argument_t, shape) == 16);
LZ_ASSERT_LAYOUT(sizeof(lz_attribute_t) == 16);
LZ_ASSERT_LAYOUT(sizeof(lz_site_t) == 88);
LZ_ASSERT_LAYOUT(offsetof(lz_site_t, arguments) == 24);
LZ_ASSERT_LAYOUT(offsetof(lz_site_t, live) == 64);
LZ_ASSERT_LAYOUT(offsetof(lz_site_t, mode) == 80);
LZ_ASSERT_LAYOUT(sizeof(lz_call_t) == 32);
LZ_ASSERT_LAYOUT(offsetof(lz_call_t, ticket) == 24);
LZ_ASSERT_LAYOUT(sizeof(lz_live_entry_t) == 48);
LZ_ASSERT_LAYOUT(offsetof(lz_live_entry_t, low) == 16);
LZ_ASSERT_LAYOUT(sizeof(lz_live_site_t) == 64);
LZ_ASSERT_LAYOUT(offsetof(lz_live_site_t, entry) == 16);
LZ_ASSERT_LAYOUT(sizeof(lz_tensor_t) == 48);
LZ_ASSERT_LAYOUT(sizeof(lz_allocator_t) == 32);
LZ_ASSERT_LAYOUT(sizeof(lz_executor_t) == 24);
LZ_ASSERT_LAYOUT(sizeof(lz_error_t) == 24);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, snapshot) == 8);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, rollout_draw) == 64);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, mode_override) == 72);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, tp_size) == 80);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, tenant) == 120);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, requires_deterministic) == 152);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, pin) == 156);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, blocks) == 160);
LZ_ASSERT_LAYOUT(offsetof(lz_context_t, error) == 176);
LZ_ASSERT_LAYOUT(sizeof(lz_context_t) == 216);
LZ_ASSERT_LAYOUT(sizeof(lz_kernel_state_t) == 32);
LZ_ASSERT_LAYOUT(sizeof(lz_kernel_t) == 48);
LZ_ASSERT_LAYOUT(sizeof(lz_kernel_library_t) == 40);
LZ_ASSERT_LAYOUT(sizeof(lz_import_t) == 16);
LZ_ASSERT_LAYOUT(sizeof(lz_parameter_t) == 32);
LZ_ASSERT_LAYOUT(sizeof(lz_export_t) == 24);
LZ_ASSERT_LAYOUT(sizeof(lz_module_t) == 120);
LZ_ASSERT_LAYOUT(offsetof(lz_module_t, num_imports) == 64);
LZ_ASSERT_LAYOUT(offsetof(lz_module_t, imports) == 80);
LZ_ASSERT_LAYOUT(offsetof(lz_module_t, exports) == 112);
LZ_ASSERT_LAYOUT(sizeof(lz_open_test_t) == 48);

#endif /* LZRT_ABI_LAYOUT_ASSERTS_H */
