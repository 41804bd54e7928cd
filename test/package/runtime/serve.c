/* serve.c - A program without a compiler: a site, a policy's file, reloads, a breaker, metrics, from C
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * usage: serve MANIFEST. Writes policy.yaml into the current directory. Exits with 0 where all went as it should. */
#include "lzrt/lzrt.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REQUIRE(condition)                                                                                             \
  do {                                                                                                                 \
    if (!(condition)) {                                                                                                \
      fprintf(stderr, "%s:%d: not so: %s; last message: %s\n", __FILE__, __LINE__, #condition, lzrt_last_message());   \
      exit(1);                                                                                                         \
    }                                                                                                                  \
  } while (0)

/* Beside the file, then over it: who follows it sees the whole or nothing. */
static void write_policy(const char *text) {
  FILE *file = fopen("policy.yaml.new", "w");
  REQUIRE(file && fputs(text, file) >= 0 && fclose(file) == 0);
  REQUIRE(rename("policy.yaml.new", "policy.yaml") == 0);
}

/* What rms_norm is called with here: x [?, 4], weight [4], out [?, 4], all f32. Constant, and outlives the site. */
enum { SIZE = 4 };
static const int64_t matrix[] = {LZ_DYNAMIC, SIZE}, vector[] = {SIZE};
static const lz_argument_t arguments[] = {
    {.dtype = {LZ_CODE_FLOAT, 32, 1},
     .rank = 2,
     .flags = LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS | LZ_ARGUMENT_READ,
     .data_index = 0,
     .dims_index = 0,
     .alignment = 4,
     .shape = matrix},
    {.dtype = {LZ_CODE_FLOAT, 32, 1},
     .rank = 1,
     .flags = LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS | LZ_ARGUMENT_READ,
     .data_index = 1,
     .dims_index = LZ_NO_INDEX,
     .alignment = 4,
     .shape = vector},
    {.dtype = {LZ_CODE_FLOAT, 32, 1},
     .rank = 2,
     .flags = LZ_ARGUMENT_PRESENT | LZ_ARGUMENT_CONTIGUOUS | LZ_ARGUMENT_WRITTEN,
     .data_index = 2,
     .dims_index = 1,
     .alignment = 4,
     .shape = matrix},
};
static const lz_attribute_t attributes[] = {{.id = LZ_ATTR_EPSILON, .value = {.f64 = 1e-6}}};
static const lz_site_t description = {
    .operation = LZ_OP_RMS_NORM,
    .num_arguments = 3,
    .num_data = 3,
    .num_dims = 2,
    .num_attributes = 1,
    .arguments = arguments,
    .attributes = attributes,
    .name = "layers.0.norm",
    .location = "serve.c:52:1",
    .mode = LZ_MODE_UNSET, /* not 0, which is LZ_MODE_STATIC */
};

/* A call block: the head, then the pointers by data_index, then the open extents by dims_index. */
typedef struct norm_call {
  lz_call_t head;
  void *data[3];
  int64_t dims[2];
} norm_call_t;

static int32_t norm(lz_context_t *context, const lz_site_t *site, int64_t rows, float *x, float *weight, float *out) {
  norm_call_t call = {{context, site, NULL, 0}, {x, weight, out}, {rows, rows}};
  return lzrt_call(&call.head);
}

/* Told by the runtime, on the thread that caused the event. */
typedef struct events {
  uint64_t version;
  char breaker[64], error[512];
} events_t;
static void on_reload(void *self, uint64_t version, const char *policy_digest) {
  ((events_t *)self)->version = version;
  REQUIRE(strlen(policy_digest) == 64);
}
static void on_error(void *self, int32_t status, const char *message) {
  snprintf(((events_t *)self)->error, sizeof(((events_t *)self)->error), "%s: %s", lzrt_status_text(status), message);
}
static void on_breaker(void *self, const char *kernel, const char *device, const char *from, const char *to) {
  snprintf(((events_t *)self)->breaker, sizeof(((events_t *)self)->breaker), "%s on %s: %s -> %s", kernel, device, from,
           to);
}

static lzrt_orchestrator_t *create(const char *manifest, events_t *events) {
  const char *manifests[] = {manifest};
  lzrt_orchestrator_options_t options = {
      .struct_size = sizeof(options),
      .flags = LZRT_METRICS,
      .manifests = manifests,
      .num_manifests = 1,
      .policy_path = "policy.yaml",
      .on_reload = on_reload,
      .on_error = on_error,
      .on_breaker = on_breaker,
      .self = events,
  };
  lzrt_orchestrator_t *orchestrator;
  if (lzrt_orchestrator_create(&options, &orchestrator) != LZ_STATUS_OK)
    fprintf(stderr, "%s\n", lzrt_last_message());
  REQUIRE(orchestrator);
  return orchestrator;
}

/* Whether a text that the runtime hands out has a part; prints it. */
static int has(int32_t status, char *text, const char *part) {
  REQUIRE(status == LZ_STATUS_OK);
  int found = strstr(text, part) != NULL;
  printf("%s\n", text);
  lzrt_text_release(text);
  return found;
}

static int explained(const lzrt_orchestrator_t *orchestrator, const char *site, const char *part) {
  char *json;
  int32_t status = lzrt_orchestrator_explain(orchestrator, site, NULL, &json);
  return has(status, json, part);
}

/* The file changes, is refused, and is taken back. */
static void reload(lzrt_orchestrator_t *orchestrator, const events_t *events) {
  write_policy("version: \"1.0\"\nfallback_chains: {rms_norm: [exact_norm]}\n");
  REQUIRE(lzrt_orchestrator_reload(orchestrator) == LZ_STATUS_OK);
  REQUIRE(events->version == 2 && lzrt_orchestrator_version(orchestrator) == 2);
  REQUIRE(explained(orchestrator, "layers.0.norm", "\"selected_kernel\": \"exact_norm\""));
  write_policy("version: \"1.0\"\nfallback_chain: {}\n");
  REQUIRE(lzrt_orchestrator_reload(orchestrator) == LZ_STATUS_MALFORMED);
  REQUIRE(strstr(events->error, "policy.yaml:2:1") && strstr(lzrt_last_message(), "did you mean `fallback_chains`?"));
  REQUIRE(lzrt_orchestrator_rollback(orchestrator) == LZ_STATUS_OK && events->version == 3);
}

/* A kernel that fails is followed by the next one; five times in a row open its breaker. */
static void break_quick_norm(lzrt_orchestrator_t *orchestrator, lz_context_t *context, const lz_site_t *site,
                             const events_t *events) {
  float x[2 * SIZE], weight[SIZE] = {1, 1, 1, 1}, out[2 * SIZE];
  for (int i = 0; i < 2 * SIZE; ++i)
    x[i] = 1e30f;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(norm(context, site, 2, x, weight, out) == LZ_STATUS_OK);
    REQUIRE(fabsf(out[0] - 1) < 1e-5f);
    lzrt_context_reset(context);
  }
  REQUIRE(strcmp(events->breaker, "quick_norm on cpu: closed -> open") == 0);
  REQUIRE(explained(orchestrator, "layers.0.norm", "circuit_open"));
  char *text;
  REQUIRE(norm(context, site, 2, x, weight, out) == LZ_STATUS_OK);
  int32_t status = lzrt_orchestrator_coverage(orchestrator, &text);
  REQUIRE(has(status, text, "circuit_open: 1 site: layers.0.norm (quick_norm -> exact_norm)"));
  REQUIRE(lzrt_orchestrator_force(orchestrator, "quick_norm", NULL, LZRT_FORCE_RESET) == LZ_STATUS_OK);
}

int main(int argc, char **argv) {
  REQUIRE(argc == 2 && lzrt_abi_version() == LZ_ABI_VERSION);
  write_policy("version: \"1.0\"\nfallback_chains: {rms_norm: [quick_norm, exact_norm]}\n");
  events_t events = {0};
  lzrt_orchestrator_t *orchestrator = create(argv[1], &events);
  lzrt_install_process_wide(orchestrator);

  const lz_site_t *site;
  REQUIRE(lzrt_orchestrator_add_site(orchestrator, &description, &site) == LZ_STATUS_OK);
  lz_context_t context;
  lzrt_context_init(&context);
  float x[2 * SIZE] = {3, 0, 0, 0, 0, 4, 0, 0}, weight[SIZE] = {1, 1, 1, 1}, out[2 * SIZE];
  for (int i = 0; i < 100; ++i) {
    REQUIRE(lzrt_orchestrator_begin(orchestrator, &context) == LZ_STATUS_OK);
    REQUIRE(norm(&context, site, 2, x, weight, out) == LZ_STATUS_OK);
    lzrt_context_reset(&context);
  }
  REQUIRE(fabsf(out[0] - 2) < 1e-5f && fabsf(out[SIZE + 1] - 2) < 1e-5f);

  reload(orchestrator, &events);
  break_quick_norm(orchestrator, &context, site, &events);

  char *text;
  int32_t status = lzrt_orchestrator_metrics(orchestrator, &text);
  REQUIRE(has(status, text,
              "lz_failures_total{site=\"layers.0.norm\",operation=\"rms_norm\",kernel=\"quick_norm\","
              "rule=\"\",reason=\"fallback_chain\"} 5\n"));
  status = lzrt_orchestrator_metrics_address(orchestrator, &text);
  REQUIRE(has(status, text, "127.0.0.1:"));

  lzrt_context_release(&context);
  REQUIRE(lzrt_orchestrator_remove_site(orchestrator, site) == LZ_STATUS_OK);
  lzrt_orchestrator_release(orchestrator);
  REQUIRE(lzrt_process_wide() == NULL);
  return 0;
}
