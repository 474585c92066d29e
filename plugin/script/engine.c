#include "engine.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <duktape.h>

#include "heap.h"
#include "cesu8.h"
#include "code.h"
#include "es5.h"
#include "prelude.h"
#include "splitmix.h"
#include "text.h"

#define FILE_NAME "script"      /* what the engine calls the source in a traceback */

struct slot {
	struct heap_image image;   /* the compiled script is the only value on the stack; empty: there is none */
	struct text why;            /* … because of this */
	unsigned    line;
};

struct engine {
	struct heap      *heap;
	duk_context      *ctx;     /* in the heap, so at the same address in every image */
	struct heap_image fresh;   /* the environment and nothing else */
	struct slot        slots[ENGINE_SLOTS];
	jmp_buf            fatal;   /* where the engine lands when it cannot go on */
	/* of the call under way */
	const struct script_request *request;
	struct script_result result;
	struct text        why, input, output, console;
	bool               console_cut;
	uint64_t           random;
};

/* --- memory, and its end --- */

static void *engine_alloc(void *engine, duk_size_t size)
{
	return heap_alloc(((struct engine *)engine)->heap, size);
}

static void *engine_realloc(void *engine, void *at, duk_size_t size)
{
	return heap_realloc(((struct engine *)engine)->heap, at, size);
}

static void engine_release(void *engine, void *at)
{
	heap_release(((struct engine *)engine)->heap, at);
}

/* Must not return. What the engine leaves behind is put right by the next restore. */
static void engine_fatal(void *udata, const char *message)
{
	struct engine *engine = udata;

	text_clear(&engine->why);
	text_addf(&engine->why, "the script's memory (%zu MB) is used up: %s", ENGINE_MEMORY >> 20,
	          message ? message : "the engine gave up");
	longjmp(engine->fatal, 1);
}

/* --- what scripts can ask of us --- */

static struct engine *engine_of(duk_context *ctx)
{
	duk_memory_functions functions;

	duk_get_memory_functions(ctx, &functions);
	return functions.udata;
}

static duk_ret_t host_now(duk_context *ctx)
{
	duk_push_number(ctx, (double)engine_of(ctx)->request->now_ms);
	return 1;
}

static duk_ret_t host_random(duk_context *ctx)
{
	duk_push_number(ctx, (double)(splitmix64(&engine_of(ctx)->random) >> 11) / 9007199254740992.0);
	return 1;
}

static duk_ret_t host_write(duk_context *ctx)
{
	struct engine *engine = engine_of(ctx);
	duk_size_t len;
	const char *line = duk_safe_to_lstring(ctx, 0, &len);

	if (engine->console_cut)
		return 0;
	if (len > ENGINE_CONSOLE_MAX || engine->console.len + len > ENGINE_CONSOLE_MAX) {
		engine->console_cut = true;
		text_add(&engine->console, "… (more was written than is kept)\n");
		return 0;
	}
	text_add_utf8(&engine->console, line, len);
	text_add_char(&engine->console, '\n');
	return 0;
}

/* --- results --- */

static void __attribute__((format(printf, 4, 5)))
fail(struct engine *engine, enum code code, unsigned line, const char *format, ...)
{
	char message[512];
	va_list args;

	va_start(args, format);
	vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	text_clear(&engine->why);
	text_add_utf8(&engine->why, message, strlen(message));
	engine->result.code = code;
	engine->result.line = line;
}

/* The number behind the first `mark` of a text; 0 when there is none. */
static unsigned number_behind(const char *text, const char *mark)
{
	const char *at = strstr(text, mark);

	return at ? (unsigned)strtoul(at + strlen(mark), NULL, 10) : 0;
}

/* With the error on top of the stack: its line. Reading it may run the script's own getters. */
static duk_ret_t find_line(duk_context *ctx, void *udata)
{
	unsigned *line = udata;

	if (!duk_is_error(ctx, -1))
		return 0;
	duk_get_prop_literal(ctx, -1, "stack");
	*line = number_behind(duk_safe_to_string(ctx, -1), "(" FILE_NAME ":");
	if (!*line)
		*line = number_behind(duk_safe_to_string(ctx, -1), " " FILE_NAME ":");
	return 0;
}

/* What was thrown, popped. */
static void fail_exception(struct engine *engine, const char *where)
{
	duk_context *ctx = engine->ctx;
	bool error = duk_is_error(ctx, -1);
	unsigned line = 0;

	duk_dup_top(ctx);
	duk_safe_call(ctx, find_line, &line, 1, 1);
	duk_pop(ctx);
	if (heap_exhausted(engine->heap))
		fail(engine, CODE_SCRIPT_FAILED, line, "%s: the script's memory (%zu MB) is used up", where, ENGINE_MEMORY >> 20);
	else
		fail(engine, CODE_SCRIPT_FAILED, line, "%s: %s%.300s", where, error ? "" : "threw ",
		     duk_safe_to_string(ctx, -1));
	duk_pop(ctx);
}

/* What a value is, for people. */
static const char *type_of(duk_context *ctx, duk_idx_t index)
{
	switch (duk_get_type(ctx, index)) {
	case DUK_TYPE_NULL:    return "null";
	case DUK_TYPE_BOOLEAN: return "a boolean";
	case DUK_TYPE_NUMBER:  return "a number";
	case DUK_TYPE_STRING:  return "a string";
	case DUK_TYPE_NONE:
	case DUK_TYPE_UNDEFINED: return "undefined";
	default: break;
	}
	return duk_is_array(ctx, index) ? "an array" : duk_is_function(ctx, index) ? "a function" :
	       duk_is_buffer_data(ctx, index) ? "a typed array" : "an object";
}

static duk_ret_t write_json(duk_context *ctx, void *udata)
{
	(void)udata;
	duk_json_encode(ctx, -1);
	return 1;
}

/* The value on top of the stack must be an object. */
static void take_object(struct engine *engine, const char *name)
{
	duk_context *ctx = engine->ctx;
	const char *json;
	duk_size_t len;

	if (!duk_is_object(ctx, -1) || duk_is_array(ctx, -1) || duk_is_function(ctx, -1) || duk_is_buffer_data(ctx, -1)) {
		fail(engine, CODE_SCRIPT_RESULT_ILLEGAL, 0, "%s returned %s, not an object", name, type_of(ctx, -1));
		return;
	}
	if (duk_safe_call(ctx, write_json, NULL, 1, 1)) {
		fail(engine, CODE_NOT_JSON, 0, "what %s returned cannot be written as JSON: %.200s", name, duk_safe_to_string(ctx, -1));
		return;
	}
	json = duk_get_lstring(ctx, -1, &len);
	if (!json || *json != '{') {
		fail(engine, CODE_NOT_JSON, 0, "what %s returned is no object when written as JSON", name);
	} else if (len > SCRIPT_OUTPUT_MAX) {
		fail(engine, CODE_SCRIPT_RESULT_ILLEGAL, 0, "%s returned %zu bytes of JSON, more than %zu", name, len, SCRIPT_OUTPUT_MAX);
	} else {
		text_add_utf8(&engine->output, json, len);
	}
}

/* The value on top of the stack must be an array of integers. */
static void take_bytes(struct engine *engine, const char *name)
{
	duk_context *ctx = engine->ctx;
	duk_size_t len, i;

	/* guess: a typed array is refused; public samples make an Array of it before they return it. */
	if (!duk_is_array(ctx, -1)) {
		fail(engine, CODE_SCRIPT_RESULT_ILLEGAL, 0, "%s returned %s, not an array of integers%s", name, type_of(ctx, -1),
		     duk_is_buffer_data(ctx, -1) ? " (Array.prototype.slice.call(…) makes one of it)" : "");
		return;
	}
	len = duk_get_length(ctx, -1);
	if (len > SCRIPT_OUTPUT_MAX) {
		fail(engine, CODE_SCRIPT_RESULT_ILLEGAL, 0, "%s returned %zu bytes, more than %zu", name, len, SCRIPT_OUTPUT_MAX);
		return;
	}
	for (i = 0; i < len; i++) {
		const char *type;
		double number;

		duk_get_prop_index(ctx, -1, (duk_uarridx_t)i);
		type = type_of(ctx, -1);
		number = duk_get_number_default(ctx, -1, (double)NAN);
		if (!(fabs(number) < 9007199254740992.0) || floor(number) != number) {
			fail(engine, CODE_SCRIPT_RESULT_ILLEGAL, 0, "element %zu of what %s returned is %s (%.60s), not an integer", i, name,
			     type, duk_safe_to_string(ctx, -1));
			return;
		}
		/* doc: values of signed bytes are fine, so the low eight bits count. */
		text_add_char(&engine->output, (char)((int64_t)number & 0xFF));
		duk_pop(ctx);
	}
}

/* --- a call --- */

static bool has_function(struct engine *engine, enum script_function function)
{
	bool has;

	duk_get_global_string(engine->ctx, script_function_name(function));
	has = duk_is_function(engine->ctx, -1);
	duk_pop(engine->ctx);
	return has;
}

static bool need_function(struct engine *engine, enum script_function function)
{
	const char *name = script_function_name(function);

	if (has_function(engine, function))
		return true;
	duk_get_global_string(engine->ctx, name);
	if (duk_is_undefined(engine->ctx, -1))
		fail(engine, CODE_SCRIPT_METHOD_MISSING, 0, "the script has no function %s", name);
	else
		fail(engine, CODE_SCRIPT_METHOD_MISSING, 0, "%s is %s, not a function", name, type_of(engine->ctx, -1));
	duk_pop(engine->ctx);
	return false;
}

static bool need_functions(struct engine *engine)
{
	switch (engine->request->function) {
	case SCRIPT_CUSTOM:
		return need_function(engine, SCRIPT_CUSTOM);
	case SCRIPT_DOWNLINK:
		/* doc: both functions of device data must be there, whichever is called. */
		return need_function(engine, SCRIPT_DOWNLINK) && need_function(engine, SCRIPT_UPLINK);
	case SCRIPT_CHECK:
		/* guess: a script that only parses custom topics needs no others. */
		if (has_function(engine, SCRIPT_CUSTOM) && !has_function(engine, SCRIPT_UPLINK) &&
		    !has_function(engine, SCRIPT_DOWNLINK))
			return true;
		break;
	default:
		break;
	}
	return need_function(engine, SCRIPT_UPLINK) && need_function(engine, SCRIPT_DOWNLINK);
}

static void push_bytes(duk_context *ctx, const char *bytes, size_t len)
{
	duk_idx_t array = duk_push_array(ctx);
	size_t i;

	for (i = 0; i < len; i++) {
		/* doc: authors are told to mask with 0xFF, so signed or unsigned is all the same to them. */
		duk_push_uint(ctx, (unsigned char)bytes[i]);
		duk_put_prop_index(ctx, array, (duk_uarridx_t)i);
	}
}

static void push_string(struct engine *engine, const char *utf8, size_t len)
{
	text_clear(&engine->input);
	text_add_cesu8(&engine->input, utf8, len);
	duk_push_lstring(engine->ctx, text_string(&engine->input), engine->input.len);
}

/* The arguments; returns how many. */
static duk_idx_t push_arguments(struct engine *engine)
{
	const struct script_request *request = engine->request;

	if (request->function == SCRIPT_DOWNLINK) {
		push_string(engine, request->input, request->input_len);
		duk_json_decode(engine->ctx, -1);
		return 1;
	}
	if (request->function == SCRIPT_CUSTOM)
		push_string(engine, request->topic, strlen(request->topic));
	push_bytes(engine->ctx, request->input, request->input_len);
	return request->function == SCRIPT_CUSTOM ? 2 : 1;
}

/* The stack holds the compiled script. What escapes from here was thrown while we looked at the result. */
static duk_ret_t call_script(duk_context *ctx, void *udata)
{
	struct engine *engine = udata;
	enum script_function function = engine->request->function;
	const char *name = script_function_name(function);

	duk_dup(ctx, 0);
	if (duk_pcall(ctx, 0)) {
		fail_exception(engine, "loading the script");
		return 0;
	}
	duk_pop(ctx);
	if (!need_functions(engine) || function == SCRIPT_CHECK)
		return 0;
	duk_get_global_string(ctx, name);
	if (duk_pcall(ctx, push_arguments(engine))) {
		fail_exception(engine, name);
		return 0;
	}
	if (duk_is_null_or_undefined(ctx, -1))
		fail(engine, CODE_SCRIPT_RESULT_EMPTY, 0, "%s returned %s", name, type_of(ctx, -1));
	else if (duk_is_array(ctx, -1) && duk_get_length(ctx, -1) == 0)
		fail(engine, CODE_SCRIPT_RESULT_EMPTY, 0, "%s returned an empty array", name);
	else if (function == SCRIPT_DOWNLINK)
		take_bytes(engine, name);
	else
		take_object(engine, name);
	return 0;
}

/* --- compiling --- */

static duk_ret_t compile(duk_context *ctx, void *udata)
{
	const struct script_request *request = udata;

	duk_push_literal(ctx, FILE_NAME);
	duk_compile_lstring_filename(ctx, 0, request->source, request->source_len);
	return 1;
}

/* Fills the slot with the compiled script, or with the reason why there is none. */
static void load(struct engine *engine, struct slot *slot, const struct script_request *request)
{
	struct es5_find newer;
	bool is_newer = es5_find_newer(request->source, request->source_len, &newer), broken;

	heap_image_free(&slot->image);
	text_clear(&slot->why);
	slot->line = 0;
	heap_restore(engine->heap, &engine->fresh);
	if (setjmp(engine->fatal)) {
		text_add(&slot->why, text_string(&engine->why));
		return;
	}
	broken = duk_safe_call(engine->ctx, compile, (void *)request, 0, 1) != 0;
	if (broken)
		slot->line = number_behind(duk_safe_to_string(engine->ctx, -1), "(line ");
	/* The engine stumbles over most newer constructs, but often further on and without a name for them. */
	if (is_newer && (!broken || !slot->line || newer.line <= slot->line)) {
		slot->line = newer.line;
		text_addf(&slot->why, "%s is newer than ECMAScript 5, which the platform runs", newer.construct);
	} else if (broken) {
		text_addf(&slot->why, "%.300s", duk_safe_to_string(engine->ctx, -1));
	} else if (!heap_save(engine->heap, &slot->image)) {
		text_add(&slot->why, "out of memory");
	}
}

/* --- the engine --- */

static duk_ret_t make_environment(duk_context *ctx, void *udata)
{
	(void)udata;
	duk_push_literal(ctx, "prelude");
	duk_compile_string_filename(ctx, DUK_COMPILE_EVAL, prelude);
	duk_call(ctx, 0);
	duk_push_object(ctx);
	duk_push_c_function(ctx, host_now, 0);
	duk_put_prop_literal(ctx, -2, "now");
	duk_push_c_function(ctx, host_random, 0);
	duk_put_prop_literal(ctx, -2, "random");
	duk_push_c_function(ctx, host_write, 1);
	duk_put_prop_literal(ctx, -2, "write");
	duk_call(ctx, 1);
	return 0;
}

static bool make_engine(struct engine *engine)
{
	engine->heap = heap_new(ENGINE_MEMORY);
	if (!engine->heap || setjmp(engine->fatal))
		return false;
	engine->ctx = duk_create_heap(engine_alloc, engine_realloc, engine_release, engine, engine_fatal);
	if (!engine->ctx || duk_safe_call(engine->ctx, make_environment, NULL, 0, 0))
		return false;
	duk_set_top(engine->ctx, 0);
	duk_gc(engine->ctx, 0);
	return heap_save(engine->heap, &engine->fresh);
}

struct engine *engine_new(void)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine && make_engine(engine))
		return engine;
	engine_free(engine);
	return NULL;
}

void engine_free(struct engine *engine)
{
	size_t i;

	if (!engine)
		return;
	for (i = 0; i < ENGINE_SLOTS; i++) {
		heap_image_free(&engine->slots[i].image);
		text_free(&engine->slots[i].why);
	}
	heap_image_free(&engine->fresh);
	heap_free(engine->heap);
	text_free(&engine->why);
	text_free(&engine->input);
	text_free(&engine->output);
	text_free(&engine->console);
	free(engine);
}

static void run(struct engine *engine, const struct slot *slot)
{
	heap_restore(engine->heap, &slot->image);
	if (setjmp(engine->fatal)) {
		engine->result.code = CODE_SCRIPT_FAILED;
		return;
	}
	if (duk_safe_call(engine->ctx, call_script, engine, 0, 1))
		fail_exception(engine, script_function_name(engine->request->function));
}

struct script_result engine_run(struct engine *engine, unsigned number, const struct script_request *request)
{
	struct slot *slot = &engine->slots[number % ENGINE_SLOTS];
	struct script_result *result = &engine->result;

	engine->request = request;
	engine->random = request->seed;
	engine->console_cut = false;
	*result = (struct script_result){ .code = CODE_SUCCESS };
	text_clear(&engine->why);
	text_clear(&engine->output);
	text_clear(&engine->console);
	if (request->source)
		load(engine, slot, request);
	if (slot->image.bytes)
		run(engine, slot);
	else
		fail(engine, CODE_SCRIPT_FAILED, slot->line, "%s", text_string(&slot->why));
	if (engine->output.failed && result->code == CODE_SUCCESS)
		fail(engine, CODE_SCRIPT_FAILED, 0, "out of memory");
	result->why = result->code == CODE_SUCCESS ? NULL : text_string(&engine->why);
	result->output = text_string(&engine->output);
	result->output_len = result->code == CODE_SUCCESS ? engine->output.len : 0;
	result->console = text_string(&engine->console);
	result->console_len = engine->console.len;
	return *result;
}
