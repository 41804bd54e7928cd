/* runtime-user.c - A context, threads and a registry of kernels, from C
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "lzrt/lzrt.h"

#include <stdio.h>
#include <string.h>

/* With a manifest as argument its kernels are opened. */
int main(int argc, char **argv) {
  if (lzrt_abi_version() != LZ_ABI_VERSION)
    return 1;
  lz_context_t context;
  lzrt_context_init(&context);
  lzrt_thread_pool_t *threads = lzrt_thread_pool_create(2);
  context.executor = lzrt_thread_pool_executor(threads);
  lzrt_registry_t *registry = lzrt_registry_create();
  int32_t status = argc > 1 ? lzrt_registry_load(registry, argv[1]) : LZ_STATUS_OK;
  if (status == LZ_STATUS_OK)
    status = lzrt_registry_freeze(registry);
  int refused = lzrt_registry_load(registry, "none.yaml") != LZ_STATUS_OK && strlen(lzrt_last_message()) != 0;
  lzrt_registry_release(registry);
  lzrt_context_release(&context);
  lzrt_thread_pool_release(threads);
  printf("%s, %s\n", lzrt_status_text(status), refused ? lzrt_last_message() : "not refused");
  return status != LZ_STATUS_OK || !refused;
}
