#include "clock.h"

#include "state.h"

int64_t clock_now(const struct clock *clock, int64_t world_ms)
{
	switch (clock->mode) {
	case CLOCK_REAL:
		return world_ms + clock->base_ms;
	case CLOCK_SCALED:
		return clock->base_ms + (int64_t)((double)(world_ms - clock->world_ms) * clock->scale);
	default:
		return clock->base_ms;
	}
}

int64_t clock_world_due(const struct clock *clock, int64_t due_ms)
{
	if (due_ms == INT64_MAX)
		return INT64_MAX;
	switch (clock->mode) {
	case CLOCK_REAL:
		return due_ms - clock->base_ms;
	case CLOCK_SCALED:
		return clock->world_ms + (int64_t)((double)(due_ms - clock->base_ms) / clock->scale) + 1;
	case CLOCK_VIRTUAL:
		return due_ms <= clock->base_ms ? 0 : clock->busy_ms + CLOCK_QUIET_MS;
	default:
		return due_ms <= clock->base_ms ? 0 : INT64_MAX;
	}
}

void clock_change(struct cloud *cloud, const struct clock_request *request)
{
	int64_t world_ms = cloud_world_now(cloud), before_ms = cloud_now(cloud), start_ms;
	struct clock *clock = &cloud->clock;

	/* Without a start the present time goes on, except that a real clock shows the world's. */
	start_ms = request->has_start ? request->start_ms : request->mode == CLOCK_REAL ? world_ms : before_ms;
	clock->mode = request->mode;
	clock->world_ms = clock->busy_ms = world_ms;
	clock->scale = request->scale;
	clock->base_ms = request->mode == CLOCK_REAL ? start_ms - world_ms : start_ms;
	timers_shift(&cloud->timers, cloud_now(cloud) - before_ms);
}

void clock_advance(struct cloud *cloud, int64_t ms)
{
	cloud->clock.base_ms += ms;
}

void clock_step(struct cloud *cloud)
{
	const struct cloud_counters *counters = &cloud->counters;
	uint64_t activity = counters->messages_up + counters->messages_down + counters->connects_accepted +
		counters->connects_refused;
	int64_t next_ms = timers_next_ms(&cloud->timers), world_ms = cloud_world_now(cloud);
	struct clock *clock = &cloud->clock;

	if (clock->mode != CLOCK_VIRTUAL)
		return;
	if (activity != clock->activity || cloud->scripts_running) {
		clock->activity = activity;
		clock->busy_ms = world_ms;
	}
	if (next_ms != INT64_MAX && next_ms > clock->base_ms && world_ms - clock->busy_ms >= CLOCK_QUIET_MS) {
		clock->base_ms = next_ms;
		/* What comes of it, a lost connection for one, takes real time to be answered. */
		clock->busy_ms = world_ms;
	}
}

const char *clock_mode_name(enum clock_mode mode)
{
	static const char *const names[] = { "real", "frozen", "scaled", "virtual" };

	return names[mode];
}
