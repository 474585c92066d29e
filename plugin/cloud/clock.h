/*
 * The cloud's clock: real, frozen, scaled, or jumping from deadline to deadline.
 *
 * Timers, time-outs, log times and NTP answers follow it. What belongs to the outside (the wait of an HTTP
 * call) keeps to the world's clock, through the second heap of timers. Inside the core only.
 */
#ifndef ALINK_CLOCK_H
#define ALINK_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct cloud;

enum clock_mode { CLOCK_REAL, CLOCK_FROZEN, CLOCK_SCALED, CLOCK_VIRTUAL };
#define CLOCK_WORDS "real frozen scaled virtual"

/*
 * How long nothing may come or go, with no script running, before a virtual clock jumps: a device's answer takes real time,
 * and what is on its way to us nobody sees.
 */
#define CLOCK_QUIET_MS 50

struct clock {
	enum clock_mode mode;
	int64_t base_ms;           /* real: what is added to the world's time; else: the time at `world_ms` */
	int64_t world_ms;
	double  scale;
	int64_t ntp_skew_ms;       /* added to what NTP answers say */
	uint64_t activity;         /* how much had come and gone when that was last looked at */
	int64_t busy_ms;           /* and when it last grew, by the world's clock */
};

struct clock_request {
	enum clock_mode mode;
	bool    has_start;
	int64_t start_ms;
	double  scale;
};

/* What the clock says when the world's says world_ms. */
int64_t clock_now(const struct clock *clock, int64_t world_ms);
/* When, by the world's clock, it will say due_ms; INT64_MAX: not by itself. */
int64_t clock_world_due(const struct clock *clock, int64_t due_ms);

/* Another way of running. What was planned stays as far away as it was. */
void clock_change(struct cloud *cloud, const struct clock_request *request);
/* Forward only: deadlines on the way come due. */
void clock_advance(struct cloud *cloud, int64_t ms);
/* A virtual clock takes its next step when nothing has happened for a while. */
void clock_step(struct cloud *cloud);

const char *clock_mode_name(enum clock_mode mode);

#endif
