/* Journal records with the cloud's clock and the names filled in. */
#include "splitmix.h"
#include "state.h"

/* A mix of seed and count, so that traces of different runs differ and those of a repeated run do not. */
uint64_t trace_new(struct cloud *cloud)
{
	uint64_t mix = cloud->seed + cloud->next_trace++ * SPLITMIX64_STEP;

	return splitmix64(&mix);
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
