#include "scripts.h"

#include <stdlib.h>

#include "code.h"
#include "helper.h"
#include "monotonic.h"
#include "script_pool.h"

#define PATIENCE_MS 5    /* per turn, where nothing would wake the broker for a result */

struct scripts {
	const struct waker *waker;
	struct script_pool *pool;
};

/* On the pool's thread. */
static void wake(void *ctx)
{
	waker_poke(((struct scripts *)ctx)->waker);
}

struct scripts *scripts_new(const struct waker *waker)
{
	struct scripts *scripts = calloc(1, sizeof(*scripts));
	char *helper = helper_find("alink-script");

	if (scripts && helper) {
		scripts->waker = waker;
		scripts->pool = script_pool_new(helper, wake, scripts);
	}
	free(helper);
	if (scripts && scripts->pool)
		return scripts;
	free(scripts);
	return NULL;
}

void scripts_free(struct scripts *scripts)
{
	if (scripts)
		script_pool_free(scripts->pool);
	free(scripts);
}

static bool submit(struct scripts *scripts, struct cloud *cloud, uint64_t ticket, struct effects *effects)
{
	static const struct script_result failed = {
		.code = CODE_SCRIPT_SERVICE_ERROR, .why = "out of memory", .output = "", .console = "",
	};
	struct script_request request;

	if (!cloud_script_request(cloud, ticket, &request))
		return false;
	if (scripts && script_pool_submit(scripts->pool, ticket, &request))
		return true;
	cloud_script_result(cloud, ticket, &failed, effects);
	return false;
}

static void fetch(struct scripts *scripts, struct cloud *cloud, struct effects *effects)
{
	struct script_result result;
	uint64_t ticket;

	while (script_pool_next(scripts->pool, &ticket, &result))
		cloud_script_result(cloud, ticket, &result, effects);
}

void scripts_turn(struct scripts *scripts, struct cloud *cloud, struct effects *effects)
{
	int64_t until_ms = monotonic_ms() + PATIENCE_MS, left_ms;
	bool submitted;
	size_t done = 0;

	do {
		submitted = false;
		for (; done < effects->count; done++)
			if (effects->at[done].kind == EFFECT_SCRIPT)
				submitted |= submit(scripts, cloud, effects->at[done].ticket, effects);
		if (!scripts)
			return;
		left_ms = until_ms - monotonic_ms();
		if (submitted && !waker_works(scripts->waker) && left_ms > 0)
			script_pool_wait(scripts->pool, left_ms * 1000);
		/* Behind the result of one call may come the next call. */
		fetch(scripts, cloud, effects);
	} while (done < effects->count);
}
