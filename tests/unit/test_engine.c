/* Scripts in an engine: what they are given, what counts as a result, and that nothing of one call is left in the next. */
#include "engine.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "heap.h"
#include "cesu8.h"
#include "text.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DOWN "function protocolToRawData(json) { return [1]; }"
#define UP   "function rawDataToProtocol(bytes) { return {}; }"

static struct engine *engine;

static void set_up(void)
{
	engine = engine_new();
	ck_assert_ptr_nonnull(engine);
}

static void tear_down(void)
{
	engine_free(engine);
}

static struct script_result call(const char *source, enum script_function function, const char *input, size_t input_len)
{
	return engine_run(engine, 0, &(struct script_request){
		.source = source, .source_len = source ? strlen(source) : 0, .function = function, .topic = "/pk/dn/user/x",
		.input = input, .input_len = input_len, .now_ms = 1700000000123, .seed = 7 });
}

/* rawDataToProtocol returning { v: <expression> }. */
static struct script_result evaluate(const char *expression)
{
	static struct text source;

	text_clear(&source);
	text_addf(&source, DOWN " function rawDataToProtocol(bytes) { return { v: %s }; }", expression);
	return call(text_string(&source), SCRIPT_UPLINK, "\x00\x7F\x80\xFF", 4);
}

/* --- what scripts find --- */

static const struct {
	const char *expression, *json;
} expressions[] = {
	{ "bytes", "{\"v\":[0,127,128,255]}" },
	{ "Array.isArray(bytes)", "{\"v\":true}" },
	/* doc: what public samples use */
	{ "Array.prototype.slice.call(new Uint8Array([1, 300]))", "{\"v\":[1,44]}" },
	{ "new DataView(new Uint8Array([0x3f, 0xa0, 0, 0]).buffer, 0).getFloat32(0)", "{\"v\":1.25}" },
	{ "'thing.event'.includes('event')", "{\"v\":true}" },
	{ "[4658, 1.5, 1e21, -0, NaN, Infinity]", "{\"v\":[4658,1.5,1e+21,0,null,null]}" },
	/* the engine's own, which the platform has not */
	{ "[typeof Duktape, typeof Buffer, typeof CBOR, typeof TextEncoder, typeof performance, typeof globalThis]",
	  "{\"v\":[\"undefined\",\"undefined\",\"undefined\",\"undefined\",\"undefined\",\"undefined\"]}" },
	/* the platform's clock, in the time of China, and chance that repeats */
	{ "[Date.now(), new Date().getTime(), +new Date, new Date() instanceof Date]",
	  "{\"v\":[1700000000123,1700000000123,1700000000123,true]}" },
	{ "[new Date(0), new Date(2020, 0, 2, 3, 4, 5, 6).getMilliseconds(), Date.UTC(1970, 0, 2), typeof Date(), Date.parse('1970-01-01T00:00:01Z')]",
	  "{\"v\":[\"1970-01-01T00:00:00.000Z\",6,86400000,\"string\",1000]}" },
	{ "[new Date().constructor === Date, Object.prototype.toString.call(new Date()), Date.length]",
	  "{\"v\":[true,\"[object Date]\",7]}" },
	{ "Math.random()", "{\"v\":0.3898297483912715}" },
	/* strings are UTF-16 inside and UTF-8 outside; half a pair cannot leave */
	{ "['\\ud83d\\ude00', '\\u00e4\\u4e2d', '\\ud83d', '\\ude00\\ud83d']",
	  "{\"v\":[\"\xF0\x9F\x98\x80\",\"\xC3\xA4\xE4\xB8\xAD\",\"\xEF\xBF\xBD\",\"\xEF\xBF\xBD\xEF\xBF\xBD\"]}" },
};

START_TEST(scripts_find)
{
	struct script_result result = evaluate(expressions[_i].expression);

	ck_assert_msg(result.code == 200, "%s: %d %s", expressions[_i].expression, result.code, result.why);
	ck_assert_str_eq(result.output, expressions[_i].json);
	ck_assert_uint_eq(result.output_len, strlen(expressions[_i].json));
	ck_assert(!result.why);
}
END_TEST

START_TEST(json_and_topic_reach_the_script)
{
	static const char json[] = "{\"a\":\"\xF0\x9F\x98\x80\xC3\xA4\",\"b\":[1,-1],\"c\":\"\xF0\x9F\x98\x80\"}";
	struct script_result result = call(UP "function protocolToRawData(json) { return [json.a.length, json.b[1], json.c === '\\ud83d\\ude00']"
	                                   ".map(Number); }", SCRIPT_DOWNLINK, json, strlen(json));

	ck_assert_msg(result.code == 200, "%d %s", result.code, result.why);
	ck_assert_uint_eq(result.output_len, 3);
	ck_assert_mem_eq(result.output, "\x03\xFF\x01", 3);
	result = call("function transformPayload(topic, bytes) { return { t: topic, n: bytes.length }; }", SCRIPT_CUSTOM, "ab", 2);
	ck_assert_str_eq(result.output, "{\"t\":\"/pk/dn/user/x\",\"n\":2}");
}
END_TEST

/* --- what is checked without being called --- */

static const struct {
	const char *source;
	int         code;
} checks[] = {
	{ UP DOWN, 200 },
	{ UP, 26006 },
	{ DOWN, 26006 },
	{ "function transformPayload() {}", 200 },
	{ "function transformPayload() {}" UP, 26006 },
	{ "var x = ;", 26002 },
	{ "nothing()", 26002 },
};

START_TEST(checks_without_a_call)
{
	struct script_result result = call(checks[_i].source, SCRIPT_CHECK, "", 0);

	ck_assert_msg(result.code == checks[_i].code, "%s: %d %s", checks[_i].source, result.code, result.why ? result.why : "");
	ck_assert(!result.why == (result.code == 200));
}
END_TEST

/* --- one call after the other --- */

START_TEST(nothing_is_left_of_a_call)
{
	static const char vandal[] =
		"var calls = (typeof calls === 'undefined' ? 0 : calls) + 1;"
		"function rawDataToProtocol(bytes) {"
		"  var seen = [calls, typeof leaked, [].first, JSON.stringify.mine];"
		"  leaked = 1; Array.prototype.first = 1; JSON.stringify.mine = 1; Object.freeze(Object.prototype);"
		"  rawDataToProtocol.count = (rawDataToProtocol.count || 0) + 1; seen.push(rawDataToProtocol.count);"
		"  Math.random = function () { return 4; }; console.log = null;"
		"  return { seen: seen, random: 0 };"
		"} " DOWN;
	struct script_result result = call(vandal, SCRIPT_UPLINK, "", 0);
	int i;

	for (i = 0; i < 3; i++) {
		ck_assert_msg(result.code == 200, "%d %s", result.code, result.why);
		ck_assert_str_eq(result.output, "{\"seen\":[1,\"undefined\",null,null,1],\"random\":0}");
		result = call(NULL, SCRIPT_UPLINK, "", 0);
	}
	/* Nor in another script's. */
	result = evaluate("[typeof leaked, [].first === undefined, typeof calls]");
	ck_assert_str_eq(result.output, "{\"v\":[\"undefined\",true,\"undefined\"]}");
}
END_TEST

static const struct {
	const char *what, *source, *why;
} exhausting[] = {
	{ "one string", "function rawDataToProtocol(bytes) { var s = 'x'; for (;;) s += s; }" DOWN, "memory (64 MB) is used up" },
	{ "many objects", "function rawDataToProtocol(bytes) { var all = []; for (;;) all.push(all.slice(0, 100)); }" DOWN, "memory (64 MB) is used up" },
	{ "while it loads", "var s = 'x'; for (;;) s += s;", "memory (64 MB) is used up" },
	{ "recursion", "function f() { return f() + 1; } function rawDataToProtocol(bytes) { f(); }" DOWN, "RangeError" },
	{ "recursion through the engine", "var o = { toString: function () { return '' + o; } }; function rawDataToProtocol(bytes) { return '' + o; }" DOWN, "RangeError" },
	{ "recursion of JSON", "function rawDataToProtocol(bytes) { var a = [], i; for (i = 0; i < 100000; i++) a = [a]; return { a: JSON.stringify(a) }; }" DOWN, "RangeError" },
	{ "a regular expression", "function rawDataToProtocol(bytes) { return { v: new RegExp(new Array(100000).join('(')) }; }" DOWN, "Error" },
};

START_TEST(memory_and_depth_have_an_end)
{
	struct script_result result = call(exhausting[_i].source, SCRIPT_UPLINK, "", 0);

	ck_assert_msg(result.code == 26002 && strstr(result.why, exhausting[_i].why), "%s: %d %s", exhausting[_i].what, result.code,
	              result.why ? result.why : "");
	/* … and the next call has all of it again. */
	result = evaluate("1");
	ck_assert_str_eq(result.output, "{\"v\":1}");
}
END_TEST

START_TEST(a_script_that_catches_the_end_of_memory_goes_on)
{
	struct script_result result = call("function rawDataToProtocol(bytes) { var s = 'x'; try { for (;;) s += s; } catch (e) { s = null; }"
	                                   " return { ok: 1 }; }" DOWN, SCRIPT_UPLINK, "", 0);

	ck_assert_int_eq(result.code, 200);
	ck_assert_str_eq(result.output, "{\"ok\":1}");
}
END_TEST

START_TEST(many_scripts_stay_compiled)
{
	unsigned slot;
	char source[200];

	for (slot = 0; slot < ENGINE_SLOTS; slot++) {
		snprintf(source, sizeof(source), "function rawDataToProtocol(bytes) { return { slot: %u }; }" DOWN, slot);
		engine_run(engine, slot, &(struct script_request){ .source = source, .source_len = strlen(source), .input = "" });
	}
	for (slot = ENGINE_SLOTS; slot-- > 0; ) {
		struct script_result result = engine_run(engine, slot, &(struct script_request){ .input = "" });

		snprintf(source, sizeof(source), "{\"slot\":%u}", slot);
		ck_assert_str_eq(result.output, source);
	}
}
END_TEST

START_TEST(the_console_is_kept_to_its_bound)
{
	struct script_result result = call("function rawDataToProtocol(bytes) { console.log('a', 1, [2], { b: 3 }, null, undefined, new Error('c'));"
	                                   " console.warn('\\ud83d\\ude00'); return {}; }" DOWN, SCRIPT_UPLINK, "", 0);

	ck_assert_str_eq(result.console, "a 1 [2] {\"b\":3} null undefined Error: c\n\xF0\x9F\x98\x80\n");
	ck_assert_uint_eq(result.console_len, strlen(result.console));
	result = call("function rawDataToProtocol(bytes) { for (var i = 0; i < 1e5; i++) console.log('0123456789'); return {}; }" DOWN,
	              SCRIPT_UPLINK, "", 0);
	ck_assert_int_eq(result.code, 200);
	ck_assert_uint_lt(result.console_len, 8192 + 64);
	ck_assert_ptr_nonnull(strstr(result.console, "more was written than is kept"));
	/* What one cannot be shown is shown all the same. */
	result = call("function rawDataToProtocol(bytes) { var o = {}; o.o = o; console.log(o); console.log(Object.create(null));"
	              " console.log({ toJSON: function () { throw 1; } }); return {}; }" DOWN, SCRIPT_UPLINK, "", 0);
	ck_assert_msg(result.code == 200 || result.code == 26002, "%d", result.code);
}
END_TEST

/* --- its parts --- */

START_TEST(a_heap_is_put_back)
{
	struct heap *heap = heap_new(1 << 20);
	struct heap_image image = { 0 };
	char *kept = heap_alloc(heap, 100), *more, *grown;
	int round;
	size_t size;

	ck_assert_ptr_nonnull(kept);
	strcpy(kept, "as it was");
	ck_assert(heap_save(heap, &image));
	for (round = 0; round < 3; round++) {
		strcpy(kept, "otherwise");
		for (size = 1; size < 100000; size += size / 3 + 1) {
			more = heap_alloc(heap, size);
			if (!more)
				break;
			memset(more, 'x', size);
			grown = heap_realloc(heap, more, size * 2);
			if (grown)
				ck_assert_int_eq(grown[size - 1], 'x');
		}
		ck_assert_ptr_null(heap_alloc(heap, 1 << 20));
		ck_assert(heap_exhausted(heap));
		heap_restore(heap, &image);
		ck_assert_str_eq(kept, "as it was");
		ck_assert(!heap_exhausted(heap));
	}
	/* A released block is used again. */
	more = heap_alloc(heap, 3000);
	heap_release(heap, more);
	ck_assert_ptr_eq(heap_alloc(heap, 2900), more);
	ck_assert_ptr_null(heap_realloc(heap, more, 0));
	ck_assert_ptr_null(heap_alloc(heap, 0));
	heap_release(heap, NULL);
	heap_image_free(&image);
	heap_free(heap);
}
END_TEST

static const struct {
	const char *utf8, *cesu8;
} strings[] = {
	{ "", "" }, { "abc", "abc" }, { "\xC3\xA4\xE4\xB8\xAD", "\xC3\xA4\xE4\xB8\xAD" },
	{ "a\xF0\x9F\x98\x80z", "a\xED\xA0\xBD\xED\xB8\x80z" },
	{ "\xF4\x8F\xBF\xBF", "\xED\xAF\xBF\xED\xBF\xBF" },
};

START_TEST(strings_cross_the_border)
{
	struct text there = { 0 }, back = { 0 };

	text_add_cesu8(&there, strings[_i].utf8, strlen(strings[_i].utf8));
	ck_assert_str_eq(text_string(&there), strings[_i].cesu8);
	text_add_utf8(&back, text_string(&there), there.len);
	ck_assert_str_eq(text_string(&back), strings[_i].utf8);
	text_free(&there);
	text_free(&back);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("engine");
	TCase *tcase = tcase_create("engine"), *parts = tcase_create("parts");
	SRunner *runner;
	int failed;

	setenv("TZ", "CST-8", 1);
	tcase_set_timeout(tcase, 60);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, scripts_find, 0, COUNT(expressions));
	tcase_add_test(tcase, json_and_topic_reach_the_script);
	tcase_add_loop_test(tcase, checks_without_a_call, 0, COUNT(checks));
	tcase_add_test(tcase, nothing_is_left_of_a_call);
	tcase_add_loop_test(tcase, memory_and_depth_have_an_end, 0, COUNT(exhausting));
	tcase_add_test(tcase, a_script_that_catches_the_end_of_memory_goes_on);
	tcase_add_test(tcase, many_scripts_stay_compiled);
	tcase_add_test(tcase, the_console_is_kept_to_its_bound);
	suite_add_tcase(suite, tcase);
	tcase_add_test(parts, a_heap_is_put_back);
	tcase_add_loop_test(parts, strings_cross_the_border, 0, COUNT(strings));
	suite_add_tcase(suite, parts);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
