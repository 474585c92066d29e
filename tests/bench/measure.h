/*
 * What a run is worth: rate, latencies, and the broker's CPU time, which varies least of them on a
 * busy machine.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stdint.h>
#include <sys/types.h>

#define LATENCY_MAX_US 1000000     /* longer ones share the last bucket; the maximum stays exact */

struct measure {
	pid_t    broker;           /* 0: unknown, its CPU time is not reported */
	uint64_t start_ns, duration_ns;
	uint64_t cpu_start_ns, cpu_ns;
	uint64_t answers, longest_ns;
	uint64_t latencies_us[LATENCY_MAX_US + 1];   /* how often each was seen */
};

void measure_begin(struct measure *measure, uint64_t now_ns);
void measure_add(struct measure *measure, uint64_t latency_ns);
void measure_end(struct measure *measure, uint64_t now_ns);

/* The members of a JSON object, each followed by a comma. */
void measure_print(const struct measure *measure);

#endif
