/* Journal records with the cloud's clock and the names filled in. */
#include "state.h"

/* A mix of seed and count (splitmix64), so that traces of different runs differ and those of a repeated run do not. */
uint64_t trace_new(struct cloud *cloud)
{
	uint64_t x = cloud->seed + ++cloud->next_trace * 0x9E3779B97F4A7C15u;

	x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9u;
	x = (x ^ (x >> 27)) * 0x94D049BB133111EBu;
	return x ^ (x >> 31);
}

struct record record_new(struct cloud *cloud, enum service service, const struct device *device, uint64_t trace,
                         const char *operation, int code)
{
	return (struct record){
		.time_ms = cloud_now(cloud),
		.trace = trace,
		.service = service,
		.code = code,
		.product_key = device ? device->product->key : NULL,
		.device_name = device ? device->name : NULL,
		.operation = operation,
		.rule = cloud->touched,
	};
}
