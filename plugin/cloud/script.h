/*
 * One call of a product's script: what it is given, and what comes of it.
 *
 * doc: "Data parsing", "Submit a message parsing script"; things-and-data reference, section 4. The core never
 * runs a script: it asks with EFFECT_SCRIPT and gets the result through cloud_script_result. The plugin's pool,
 * the tool and the tests answer by the same two structs, so a script behaves alike in all of them.
 */
#ifndef ALINK_SCRIPT_H
#define ALINK_SCRIPT_H

#include <stddef.h>
#include <stdint.h>

/* doc: data parsing, limits. */
#define SCRIPT_SOURCE_MAX ((size_t)128 << 10)
/* guess: nothing is documented. Far beyond any payload; a script's memory holds several of them. */
#define SCRIPT_INPUT_MAX  ((size_t)1 << 20)
#define SCRIPT_OUTPUT_MAX ((size_t)1 << 20)
/* Real time, also when scriptTimeoutSeconds is off or longer: a script never runs for ever. */
#define SCRIPT_TIMEOUT_MAX_MS 60000

enum script_function {
	SCRIPT_UPLINK,      /* rawDataToProtocol(bytes): an object, as JSON */
	SCRIPT_DOWNLINK,    /* protocolToRawData(json): bytes */
	SCRIPT_CUSTOM,      /* transformPayload(topic, bytes): an object, as JSON */
	SCRIPT_CHECK,       /* none: only whether the script loads and has what it must have */
	SCRIPT_FUNCTIONS,
};
const char *script_function_name(enum script_function function);

struct script_request {
	uint64_t    script;          /* names the source: two sources never have the same number */
	const char *source;          /* not NUL-terminated; NULL: who runs it has it already */
	size_t      source_len;
	enum script_function function;
	const char *topic;           /* SCRIPT_CUSTOM; else NULL */
	const char *input;           /* bytes, or for SCRIPT_DOWNLINK JSON */
	size_t      input_len;
	int64_t     now_ms;          /* what Date tells the script: the cloud's clock */
	uint64_t    seed;            /* what Math.random begins with, so that a run repeats */
	unsigned    timeout_ms;      /* of real time, 1..SCRIPT_TIMEOUT_MAX_MS */
};

/* `code` is 200, 26002, 26003, 26006, 26007, 6201, 6207 or 26015; see code.def. */
struct script_result {
	int         code;
	unsigned    line;            /* of the source, where the fault shows; 0: unknown */
	const char *why;             /* NULL when all went well */
	const char *output;          /* JSON text, or for SCRIPT_DOWNLINK bytes; with code 200 */
	size_t      output_len;
	const char *console;         /* what it wrote with console.log, one line each; never NULL */
	size_t      console_len;
};

#endif
