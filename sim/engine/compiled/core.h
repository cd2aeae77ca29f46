/* The compiled engine: a plan in, an event log out. Plain C, no state between calls, safe to call from many threads. */
#ifndef SIM_CORE_H
#define SIM_CORE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32)
#define SIM_CORE_API __declspec(dllexport)
#else
#define SIM_CORE_API __attribute__((visibility("default")))
#endif

/* What came of a run. */
enum { SIM_DONE = 0, SIM_DEADLOCK = 1, SIM_BAD_PLAN = 2, SIM_NO_MEMORY = 3 };

/* One replication of one line; it owns all memory that the other calls point to. */
typedef struct sim_run sim_run;

/* Run one replication of the plan in a buffer, laid out as encoding.py does. NULL: no memory even for the answer. */
SIM_CORE_API sim_run* sim_run_plan(const unsigned char* plan, size_t size, uint64_t seed, uint64_t replication);
SIM_CORE_API void sim_run_free(sim_run* run);

SIM_CORE_API int sim_run_outcome(const sim_run* run);
/* Why the plan was refused. */
SIM_CORE_API const char* sim_run_problem(const sim_run* run);
/* The rows of the log, one after another as log.py packs them. */
SIM_CORE_API const unsigned char* sim_run_rows(const sim_run* run, size_t* rows);
/* When a deadlock began, and who is in it: for each a step, a reason, how many places are full, and those places. */
SIM_CORE_API const int64_t* sim_run_knot(const sim_run* run, size_t* numbers, double* time_h);
/* Digest of the sources that the library was built from. */
SIM_CORE_API const char* sim_core_sources(void);

#ifdef __cplusplus
}
#endif

#endif
