#include "measure.h"

#include <inttypes.h>
#include <stdio.h>

/* Time that the broker's main thread has spent on a CPU; 0 where the kernel does not count it. */
static uint64_t broker_cpu_ns(pid_t broker)
{
	char path[64];
	uint64_t ns = 0;
	FILE *file;

	if (!broker)
		return 0;
	snprintf(path, sizeof(path), "/proc/%ld/schedstat", (long)broker);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%" SCNu64, &ns) != 1)
		ns = 0;
	fclose(file);
	return ns;
}

void measure_begin(struct measure *measure, uint64_t now_ns)
{
	measure->start_ns = now_ns;
	measure->cpu_start_ns = broker_cpu_ns(measure->broker);
}

void measure_add(struct measure *measure, uint64_t latency_ns)
{
	uint64_t us = latency_ns / 1000;

	measure->latencies_us[us < LATENCY_MAX_US ? us : LATENCY_MAX_US]++;
	if (latency_ns > measure->longest_ns)
		measure->longest_ns = latency_ns;
	measure->answers++;
}

void measure_end(struct measure *measure, uint64_t now_ns)
{
	measure->duration_ns = now_ns - measure->start_ns;
	measure->cpu_ns = broker_cpu_ns(measure->broker) - measure->cpu_start_ns;
}

/* The latency that `percent` of the answers did not exceed (nearest rank). */
static uint64_t percentile_us(const struct measure *measure, unsigned percent)
{
	uint64_t rank = (measure->answers * percent + 99) / 100, seen = 0, us;

	for (us = 0; us < LATENCY_MAX_US; us++) {
		seen += measure->latencies_us[us];
		if (seen >= rank)
			break;
	}
	return us;
}

void measure_print(const struct measure *measure)
{
	double seconds = (double)measure->duration_ns / 1e9;

	printf("\"seconds\":%.3f,\"messages\":%" PRIu64 ",\"messages_per_second\":%.0f,", seconds,
	       measure->answers, seconds > 0 ? (double)measure->answers / seconds : 0);
	printf("\"p50_us\":%" PRIu64 ",\"p99_us\":%" PRIu64 ",\"max_us\":%" PRIu64 ",",
	       percentile_us(measure, 50), percentile_us(measure, 99), measure->longest_ns / 1000);
	if (measure->cpu_ns && measure->answers)
		printf("\"broker_cpu_us\":%.2f,", (double)measure->cpu_ns / 1000 / (double)measure->answers);
}
