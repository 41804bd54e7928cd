/* The runtime's public C API: contexts, kernel registries, bound modules, threads, the orchestrator.
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Functions that may fail return an lz_status_t; the message of the last failure on this thread is `lzrt_last_message`.
 * What `create` or `bind` hands out is the caller's, and the matching `release` takes it back; releasing null does
 * nothing. Out parameters are nulled first. Texts that are passed in are copied, unless a comment says otherwise.
 * Threads are said per object; functions without one may be called from any thread. Nothing throws or ends the process.
 */
#ifndef LZRT_LZRT_H
#define LZRT_LZRT_H

#include "lzrt/abi/module.h"

#ifdef __cplusplus
extern "C" {
#endif

/* LZ_ABI_VERSION of the library; compare it with the header's before anything else. */
uint32_t lzrt_abi_version(void);
/* "ok", "unsupported", …; "unknown status"; static. */
const char *lzrt_status_text(int32_t status);
/* Of this thread; the runtime's, valid until the next failure on this thread; "" at first. Calls (lzrt_call, compiled
 * functions) report to their context instead. */
const char *lzrt_last_message(void);

/* Contexts. A context belongs to one invocation at a time and to one thread, which alone may pass it to any function;
 * the struct and what its settings point to are the caller's. Between invocations another thread may take it over. */

/* Fills a context with the defaults: the CPU, the runtime's allocator, this thread alone, no override, a fresh rollout
 * draw. */
void lzrt_context_init(lz_context_t *context);
/* Between invocations: frees the blocks that an error left, forgets the error, draws anew. Settings stay. */
void lzrt_context_reset(lz_context_t *context);
/* To be called when settings have changed in the midst of an invocation, as when the capture of a device graph begins:
 * calls from here on are decided with the new settings, still under the invocation's policy. */
void lzrt_context_changed(lz_context_t *context);
/* Ends the use of a context: as reset, and the runtime's own part is freed. The struct stays the caller's. Before the
 * orchestrator, or the module, that it was used with is released. */
void lzrt_context_release(lz_context_t *context);
/* Never null; `status` 0: no error. Borrowed from the context, valid until the context is reset or released. */
const lz_error_t *lzrt_context_error(const lz_context_t *context);

/* Kernel libraries. One thread fills a registry and freezes it; a frozen one is constant, and any number of threads,
 * modules and orchestrators may share it. It outlives them. Loaded libraries stay loaded after its release. */
typedef struct lzrt_registry lzrt_registry_t;
lzrt_registry_t *lzrt_registry_create(void);
int32_t lzrt_registry_load(lzrt_registry_t *registry, const char *manifest_path);
/* After this, loading is an error; binding needs it. */
int32_t lzrt_registry_freeze(lzrt_registry_t *registry);
void lzrt_registry_release(lzrt_registry_t *registry);

/* Threads for lz_context_t::executor; 0: as many as the process may use. Any number of contexts may share a pool; it
 * outlives their last call, and the executor is borrowed from it. Releasing waits for its threads. */
typedef struct lzrt_thread_pool lzrt_thread_pool_t;
lzrt_thread_pool_t *lzrt_thread_pool_create(uint32_t num_threads);
const lz_executor_t *lzrt_thread_pool_executor(const lzrt_thread_pool_t *pool);
void lzrt_thread_pool_release(lzrt_thread_pool_t *pool);

/* Data of a parameter: `data` is borrowed and must outlive the bound module; the rest is read while binding. */
typedef struct lzrt_parameter_data {
  const char *name;
  const void *data;
  const int64_t *shape;
  uint32_t rank;
  lz_dtype_t dtype;
} lzrt_parameter_data_t;

enum {
  LZRT_BIND_WARN_ON_MISMATCH = 1u << 0, /* another selection digest is a warning, not an error */
  LZRT_BIND_OBSERVE_BAKED = 1u << 1     /* calls of baked code are told to the context's observer */
};

/* How to bind a module. Append-only; zero is a default for every field but struct_size. */
typedef struct lzrt_bind_options {
  uint32_t struct_size;
  uint32_t flags; /* LZRT_BIND_* */
  const lzrt_registry_t *registry;
  const char *policy_path; /* the policy of live sites; null: the module's own */
  const char *environment; /* of that policy; null: none */
  const lzrt_parameter_data_t *parameters;
  uint64_t num_parameters;
  void (*on_warning)(void *self, const char *message);
  void *self;
  /* Whose policy live sites obey, and whose kernels are bound; outlives the module. Instead of registry, policy_path.
   */
  const struct lzrt_orchestrator *orchestrator;
} lzrt_bind_options_t;

/* A bound module. Binding and releasing one are for one thread at a time, and no function of the module may be running
 * then; between, any number of threads call its functions, each with a context of its own. `module` is borrowed. */
typedef struct lzrt_module lzrt_module_t;
int32_t lzrt_module_bind(const lz_module_t *module, const lzrt_bind_options_t *options, lzrt_module_t **out_module);
/* Begins an invocation: checks that the context has the facts that the module was compiled under, and pins it to the
 * policy that is live now, until lzrt_context_reset. Settings that are changed later are seen by the next invocation.
 */
int32_t lzrt_module_admit(const lzrt_module_t *module, lz_context_t *context);
void lzrt_module_release(lzrt_module_t *module);

/* The runtime of a process in one object: kernels, a live policy that can be reloaded, breakers, metrics, a control
 * socket; and sites of the program's own, for programs without a compiler. Any thread may call any function here at any
 * time, callbacks included, but for release: that comes after the last call at its sites, the contexts used there, and
 * the modules that are bound to it, and not from a callback. It waits for the orchestrator's own threads.
 * In a child that a fork made it has none: there it may only be released, which leaves its memory to the child. */
typedef struct lzrt_orchestrator lzrt_orchestrator_t;

enum {
  LZRT_WATCH = 1u << 0,       /* follow the policy's file (HOT_RELOAD) */
  LZRT_METRICS = 1u << 1,     /* serve Prometheus metrics at metrics_address */
  LZRT_CONTROL = 1u << 2,     /* listen for lz-ctl at control_path */
  LZRT_DEFAULT_MODE = 1u << 3 /* default_mode is given; else it is auto */
};

/* Append-only; zero is a default for every field but struct_size. All but `registry` and `self` is copied. Callbacks
 * run under no lock, with texts that are the runtime's and valid until they return; they may call the orchestrator, but
 * not release it. on_reload and on_error: one at a time, on the thread that asked for the reload or that follows the
 * file. on_breaker: on any thread whose call changed a breaker, several at a time. */
typedef struct lzrt_orchestrator_options {
  uint32_t struct_size;
  uint32_t flags;                  /* LZRT_* above */
  const lzrt_registry_t *registry; /* frozen, outlives the orchestrator; or null and: */
  const char *const *manifests;    /* loaded in order */
  uint64_t num_manifests;
  const char *policy_path; /* a file; or null and: */
  const char *policy_text; /* YAML; null: the empty policy */
  const char *environment; /* of that policy; null: none */
  int32_t default_mode;    /* lz_mode_t, with LZRT_DEFAULT_MODE */
  uint32_t reserved;
  const char *metrics_address; /* HOST:PORT; null: a free port of the loopback device */
  const char *control_path;    /* null: PID.sock in the default directory */
  void (*on_reload)(void *self, uint64_t version, const char *policy_digest);
  void (*on_error)(void *self, int32_t status, const char *message);
  void (*on_breaker)(void *self, const char *kernel, const char *device, const char *from, const char *to);
  void *self;
} lzrt_orchestrator_options_t;

/* An error leaves nothing behind; its message names the file, line and column, or the address. */
int32_t lzrt_orchestrator_create(const lzrt_orchestrator_options_t *options, lzrt_orchestrator_t **out_orchestrator);
void lzrt_orchestrator_release(lzrt_orchestrator_t *orchestrator);

/* A site without a compiler. Of `description` are read operation, num_arguments with arguments, num_data, num_dims,
 * attributes, name, location, mode (LZ_MODE_UNSET, not 0, leaves it to the policy), decomposition, flags. It is copied;
 * what it points to is borrowed until the site has gone. A description that fits no call of its operation is
 * invalid_argument, with the argument's name. `*out_site` is the orchestrator's, and what a call's block names as its
 * site: any thread may call there until lzrt_orchestrator_remove_site, which comes after the site's last call. */
int32_t lzrt_orchestrator_add_site(lzrt_orchestrator_t *orchestrator, const lz_site_t *description,
                                   const lz_site_t **out_site);
int32_t lzrt_orchestrator_remove_site(lzrt_orchestrator_t *orchestrator, const lz_site_t *site);
/* Begins an invocation: its calls all decide with the policy that is live now, until lzrt_context_reset. Without it the
 * first call begins one. Settings of the context that are changed later are seen by the next invocation. It keeps its
 * policy in memory, and a reload's grace period waits for it. On the context's thread. */
int32_t lzrt_orchestrator_begin(const lzrt_orchestrator_t *orchestrator, lz_context_t *context);
/* Runs a call at a site of the program's own: selects or follows the cached decision, and continues behind failures.
 * The block is the caller's, with context, site, data and dims filled in; it and the data are used until this returns,
 * on the context's thread. Not ok: lzrt_context_error names each attempt. A hit takes no lock and allocates nothing. */
int32_t lzrt_call(lz_call_t *call);

/* Reads the policy's file again. An error leaves the old policy serving; on_error is told too. Waits up to the grace
 * period for invocations under earlier policies, this thread's own included: reset its context first. */
int32_t lzrt_orchestrator_reload(lzrt_orchestrator_t *orchestrator);
/* Returns to the policy that the file held before; 8 times at most. */
int32_t lzrt_orchestrator_rollback(lzrt_orchestrator_t *orchestrator);
/* Makes a text the live policy. Only where the policy came from no file. */
int32_t lzrt_orchestrator_publish(lzrt_orchestrator_t *orchestrator, const char *policy_text);
/* Of operations by name, alias or glob; null: of all. */
int32_t lzrt_orchestrator_set_mode(lzrt_orchestrator_t *orchestrator, const char *operations, int32_t mode);
/* 1 with the first policy, and one more with each publish. */
uint64_t lzrt_orchestrator_version(const lzrt_orchestrator_t *orchestrator);

enum { LZRT_FORCE_OPEN = 0, LZRT_FORCE_CLOSE = 1, LZRT_FORCE_RESET = 2 };
/* A kernel's breaker, by name or alias; on one device ("cpu", "cuda:0"), or null: on all that have been used. */
int32_t lzrt_orchestrator_force(lzrt_orchestrator_t *orchestrator, const char *kernel, const char *device,
                                int32_t action);

/* Texts: each is the caller's, and lzrt_text_release takes it back; null after an error. */

/* The answer of `lz-policy explain` under the live policy and breakers, JSON; `facts`: "k=v,k=v" or null. */
int32_t lzrt_orchestrator_explain(const lzrt_orchestrator_t *orchestrator, const char *operation_or_site,
                                  const char *facts, char **out_json);
/* Metrics in Prometheus' text format; and how many sites ran their first choice, and why not. */
int32_t lzrt_orchestrator_metrics(const lzrt_orchestrator_t *orchestrator, char **out_text);
int32_t lzrt_orchestrator_coverage(const lzrt_orchestrator_t *orchestrator, char **out_text);
/* Where metrics are served and where lz-ctl finds the process; "" where they are off. */
int32_t lzrt_orchestrator_metrics_address(const lzrt_orchestrator_t *orchestrator, char **out_text);
int32_t lzrt_orchestrator_control_path(const lzrt_orchestrator_t *orchestrator, char **out_text);
void lzrt_text_release(char *text);

/* The orchestrator that libraries of a process share; null until one is installed, and again after its release.
 * Borrowed: who installs it keeps it alive. One that C++ has installed is not seen from C. */
void lzrt_install_process_wide(lzrt_orchestrator_t *orchestrator);
lzrt_orchestrator_t *lzrt_process_wide(void);

#ifdef __cplusplus
}
#endif
#endif /* LZRT_LZRT_H */
