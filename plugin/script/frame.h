/*
 * Requests and results on the socket between the plugin (or the tool) and alink-script: a head of fixed size and
 * the texts behind it, in the machine's own byte order, because both ends are of one build. The plugin's end
 * believes nothing: what runs at the other has been in a script's hands.
 */
#ifndef ALINK_FRAME_H
#define ALINK_FRAME_H

#include <sys/types.h>

#include "script.h"
#include "text.h"

/* `slot`: where the engine keeps, or shall keep, the compiled script. Without a source the slot must hold it. */
void frame_add_request(struct text *out, unsigned slot, const struct script_request *request);
void frame_add_result(struct text *out, const struct script_result *result);

/*
 * The frame that `bytes` begin with, its texts pointing into them. Returns its length, 0 when more bytes are
 * needed, -1 when they are no frame.
 */
ssize_t frame_read_request(const char *bytes, size_t len, unsigned *slot, struct script_request *request);
ssize_t frame_read_result(const char *bytes, size_t len, struct script_result *result);

#endif
