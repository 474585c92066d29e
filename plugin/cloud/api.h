/*
 * The emulator API: requests of people and programs, as opposed to devices.
 *
 * The tool's HTTP server and the command line hold no rule: a request to /emulator/v1/… crosses the
 * control channel as it is and is answered here, from one route table that also makes the OpenAPI
 * document. An answer may come at once or later (a device has to reply first); each request gets
 * exactly one EFFECT_ANSWER with its ticket.
 *
 * On the control channel ($CONTROL/alink/v1, answers on $CONTROL/alink/v1/response) a request is
 *   {"id":7,"method":"GET","path":"/devices/a1EmuThermo1/thermo-1","query":{"x":"y"},"body":{…}}
 * with `path` below /emulator/v1 (or one of the device-facing HTTP paths, /auth/…), percent-decoded
 * per segment and joined by "/"; `query` all strings; `body` any JSON, absent when there was none.
 * Its answer is
 *   {"id":7,"status":200,"body":{…}}
 * A refusal's body is {"code":"…","message":"…"}: `code` is a word (NotFound, BadRequest, Conflict,
 * Timeout, Busy) or the decimal platform code (9201), `message` the reason a person can act on.
 *
 * The paths below /auth/ are what devices call. Their body is the form's fields as an object of strings, `query` may
 * hold `host` and `port` of the MQTT listener as devices reach it, and the answer has status 200 and the cloud's own
 * {"code":…,"data":…,"message":…}, whatever the code.
 */
#ifndef ALINK_API_H
#define ALINK_API_H

#include <stddef.h>
#include <stdint.h>

#include "effects.h"

struct cloud;

/*
 * `request` is the control channel's JSON, `ticket` the caller's name for it (it comes back in the
 * EFFECT_ANSWER; the `id` inside the JSON is the caller's own affair). A text that is no request is
 * answered with status 400.
 */
void api_handle(struct cloud *cloud, uint64_t ticket, const char *request, size_t len, struct effects *out);

/* The same for one that a scenario rule has held back: no rule looks at it again. */
void api_resume(struct cloud *cloud, uint64_t ticket, const char *request, size_t len, struct effects *out);

/* Whoever asked is gone: answers still owed under these tickets are dropped. */
void api_forget(struct cloud *cloud, uint64_t ticket);

/* {"code":…,"message":…} for a ticket. */
void api_answer_error(struct effects *out, uint64_t ticket, int status, const char *code, const char *message);

#endif
