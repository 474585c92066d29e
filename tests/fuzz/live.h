/*
 * A whole cloud that things happen to, as an input says, and what must be so whatever happened: each message goes to a
 * connection that is there, on a topic of the device that speaks there or of one behind it; each reply has the
 * fields of the documents, in JSON that another implementation reads; each request of the API is answered once.
 *
 * An input is lines. The first letter of a line says what happens, the second to whom where there is a whom:
 *
 *     0gTOPIC PAYLOAD    the gateway publishes, with QoS 0 (1g…: with QoS 1)
 *     +gFILTER  -gFILTER it subscribes, it unsubscribes
 *     xg  cg  kg         its connection is lost, it connects, it connects to a session that is kept
 *     tMS                so many milliseconds pass
 *     a{…}               a request of the API, as the control channel brings it
 *     sTEXT              what scripts return from now on
 *
 * g is the gateway, h another one, d a device, r one that sends bytes, n one that nobody connected yet.
 */
#ifndef FUZZ_LIVE_H
#define FUZZ_LIVE_H

#include <stddef.h>
#include <stdint.h>

/* The cloud, with those devices connected that should be. It is made anew every `often` calls. */
struct cloud *live_cloud(unsigned often);
void          live_run(const uint8_t *data, size_t size);
/* Time passes until nothing is left to wait for; nothing may be owed then, unless scenarios hold it back. */
void          live_end(void);

/* A request of the API by itself: its answer, to be freed, and status; NULL when it has not come at once. */
char         *live_ask(const char *request, size_t len, int *status);

/* Once a scenario has been loaded, replies and answers may be whatever it makes of them. */
void          live_bent(void);
/* For one that is loaded by the target itself. */
struct effects *live_effects(void);

#endif
