/*
 * What waits: messages that are delayed or let others pass, requests, and actions behind a `delay`.
 *
 * A message belongs to a connection by its number and a device by its id, because either may be gone by then.
 * What waits is bounded; beyond the bound it goes on at once, and the log says so.
 */
#ifndef ALINK_SCENARIO_LATER_H
#define ALINK_SCENARIO_LATER_H

#include "action.h"

/* The action, when the delay is over, about what happened now. */
void later_action(const struct act *act, int64_t delay_ms);
/*
 * Takes the message, as the subject has it, away: it goes on after delay_ms, or with `hold` when so many others have
 * passed, at the latest then. False: it could not be kept. `label` is the rule's, for the log; it must stay.
 */
bool later_message(struct happening *happening, const struct subject *subject, bool hold, int64_t delay_ms, const char *label);
bool later_effect(struct happening *happening, const struct effect *effect, const struct subject *subject, bool hold,
                  int64_t delay_ms, const char *label);
/* A script's call, which then runs, or with a code fails. */
bool later_script(struct happening *happening, const struct subject *subject, uint64_t ticket, const char *label);
bool later_request(struct happening *happening, const struct subject *subject, const char *request, size_t len, const char *label);
/* One more of the same rule and key goes by. Whether any message waits for that. */
bool laters_passed(struct scenarios *engine, const struct tally *tally);
/* Lets go of what a scenario holds back: messages leave, actions are dropped. NULL: all, and nothing leaves. */
void laters_release(struct scenarios *engine, const struct scenario *scenario, struct effects *out);
void laters_forget(struct scenarios *engine, uint64_t ticket);

#endif
