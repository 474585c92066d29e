/* Thing models: what is read from good ones, and what is found there. */
#include "tsl_fixture.h"

#include <stdio.h>

/* --- good models --- */

static const struct {
	const char *what, *text;
	size_t properties, events, services, modules;
} good[] = {
	{ "an empty list",            "{'properties':[]}", 0, 0, 0, 0 },
	{ "only events",              "{'events':[{'identifier':'e','type':'info'}]}", 0, 1, 0, 0 },
	{ "an array of one",          "[{'properties':[]}]", 0, 0, 0, 0 },
	{ "null for nothing",         "{'properties':[],'events':null,'functionBlockId':null,'functionBlocks':null}",
	  0, 0, 0, 0 },
	{ "int without specs",        PROPERTY("{'type':'int'}"), 1, 0, 0, 0 },
	{ "specs null",               PROPERTY("{'type':'int','specs':null}"), 1, 0, 0, 0 },
	{ "bounds as numbers",        PROPERTY("{'type':'int','specs':{'min':-2147483648,'max':2147483647}}"),
	  1, 0, 0, 0 },
	{ "bounds as strings",        PROPERTY("{'type':'int','specs':{'min':'-2147483648','max':'2147483647'}}"),
	  1, 0, 0, 0 },
	{ "equal bounds",             PROPERTY("{'type':'float','specs':{'min':'1','max':'1.0'}}"), 1, 0, 0, 0 },
	{ "the console's float",      PROPERTY("{'type':'float','specs':{'min':'-3.4028235E38','max':'3.4028235E38'}}"),
	  1, 0, 0, 0 },
	{ "the largest double",       PROPERTY("{'type':'double','specs':{'max':'1.7976931348623157E308'}}"),
	  1, 0, 0, 0 },
	{ "longest text",             PROPERTY("{'type':'text','specs':{'length':'10240'}}"), 1, 0, 0, 0 },
	{ "length as a number",       PROPERTY("{'type':'text','specs':{'length':32}}"), 1, 0, 0, 0 },
	{ "bool without labels",      PROPERTY("{'type':'bool'}"), 1, 0, 0, 0 },
	{ "enum with negative keys",  PROPERTY("{'type':'enum','specs':{'-1':'a','0':'b','2147483647':'c'}}"),
	  1, 0, 0, 0 },
	{ "date as exported",         PROPERTY("{'type':'date','specs':{}}"), 1, 0, 0, 0 },
	{ "array of int",             PROPERTY("{'type':'array','specs':{'size':'512','item':{'type':'int'}}}"),
	  1, 0, 0, 0 },
	{ "array without size",       PROPERTY("{'type':'array','specs':{'item':{'type':'text'}}}"), 1, 0, 0, 0 },
	{ "array of struct",
	  PROPERTY("{'type':'array','specs':{'size':'2','item':{'type':'struct','specs':"
	           "[{'identifier':'Value','name':'v','dataType':{'type':'bool','specs':{}}}]}}}"), 1, 0, 0, 0 },
	{ "array of what 6325 is for", PROPERTY("{'type':'array','specs':{'size':'2','item':{'type':'enum'}}}"),
	  1, 0, 0, 0 },
	{ "old write-only property",
	  PROPERTIES("{'identifier':'a','accessMode':'w','dataType':{'type':'int'},'required':null}"), 1, 0, 0, 0 },
	{ "50 letters",
	  PROPERTIES("{'identifier':'abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij','accessMode':'r',"
	             "'dataType':{'type':'int'}}"), 1, 0, 0, 0 },
	{ "one word for all three",
	  "{'properties':[{'identifier':'a','accessMode':'r','dataType':{'type':'int'}}],"
	  "'events':[{'identifier':'a','type':'info'}],'services':[{'identifier':'a','callType':'sync'}]}",
	  1, 1, 1, 0 },
	{ "generated features",
	  "{'properties':[],'events':[{'identifier':'post','outputData':[]}],"
	  "'services':[{'identifier':'set'},{'identifier':'get','inputData':['a','b']}]}", 0, 0, 0, 0 },
	{ "one word in two modules",
	  "[{'properties':[{'identifier':'a','accessMode':'r','dataType':{'type':'int'}}]},"
	  "{'functionBlockId':'Motor','functionBlockName':'Motor','properties':"
	  "[{'identifier':'a','accessMode':'r','dataType':{'type':'int'}}]}]", 2, 0, 0, 1 },
	{ "the default module by name", "{'functionBlockId':'default','properties':[]}", 0, 0, 0, 0 },
	{ "a module in functionBlocks",
	  "{'functionBlocks':[{'functionBlockId':'M','functionBlockName':'电机模块','events':"
	  "[{'identifier':'e','type':'alert'}]}]}", 0, 1, 0, 1 },
	{ "a module mentioned and given",
	  "[{'properties':[],'functionBlocks':[{'functionBlockId':'M','functionBlockName':'Motor'}]},"
	  "{'functionBlockId':'M','services':[]}]", 0, 0, 0, 1 },
	{ "what else exports have",
	  "{'schema':'s','link':'l','profile':{'version':'1.0','productKey':'pk'},'properties':"
	  "[{'identifier':'a','name':'n','accessMode':'rw','desc':'d','required':true,'custom':true,"
	  "'dataType':{'type':'int','specs':{'min':'0','max':'9','step':'1','unit':'%','unitName':'percent'}}}]}",
	  1, 0, 0, 0 },
};

START_TEST(accepts)
{
	struct settings settings = default_settings();
	struct tsl *tsl = tsl_of(good[_i].text, &settings);

	ck_assert_msg(tsl->property_count == good[_i].properties && tsl->event_count == good[_i].events &&
	              tsl->service_count == good[_i].services && tsl->module_count == good[_i].modules,
	              "%s: read %zu properties, %zu events, %zu services, %zu modules", good[_i].what,
	              tsl->property_count, tsl->event_count, tsl->service_count, tsl->module_count);
	tsl_free(tsl);
}
END_TEST

/* --- what is read --- */

START_TEST(reads_the_light)
{
	struct settings settings = default_settings();
	struct tsl *tsl = tsl_of(light, &settings);
	const struct tsl_field *level = &tsl->properties[1], *alias = &tsl->properties[2];

	ck_assert_uint_eq(tsl->property_count, 3);
	ck_assert_str_eq(tsl->properties[0].identifier, "LightStatus");
	ck_assert_int_eq(tsl->properties[0].spec.type, TSL_BOOL);
	ck_assert(tsl->properties[0].required && tsl->properties[0].writable && tsl->properties[0].readable);

	ck_assert_str_eq(level->identifier, "LightAdjustLevel");
	ck_assert_str_eq(level->name, "Brightness");
	ck_assert_int_eq(level->spec.type, TSL_INT);
	ck_assert(level->spec.has_min && level->spec.has_max && !level->required && level->writable);
	ck_assert_int_eq(level->spec.int_min, 0);
	ck_assert_int_eq(level->spec.int_max, 100);
	ck_assert_str_eq(level->spec.max_text, "100");
	ck_assert_str_eq(level->data_type, "{\"type\":\"int\",\"specs\":{\"min\":\"0\",\"max\":\"100\",\"step\":\"1\","
	                 "\"unit\":\"%\",\"unitName\":\"percent\"}}");

	ck_assert_int_eq(alias->spec.type, TSL_TEXT);
	ck_assert_int_eq(alias->spec.length, 32);
	ck_assert(!alias->writable);

	ck_assert_uint_eq(tsl->event_count, 2);
	ck_assert_str_eq(tsl->events[0].identifier, "Error");
	ck_assert_str_eq(tsl->events[0].type, "alert");
	ck_assert(tsl->events[0].required);
	ck_assert_uint_eq(tsl->events[0].output_count, 1);
	ck_assert_uint_eq(tsl->events[0].outputs[0].spec.key_count, 2);
	ck_assert_int_eq(tsl->events[0].outputs[0].spec.keys[1], 1);
	ck_assert_str_eq(tsl->events[1].identifier, "TamperAlarm");

	ck_assert_uint_eq(tsl->service_count, 1);
	ck_assert_str_eq(tsl->services[0].identifier, "Custom");
	ck_assert(!tsl->services[0].sync);
	ck_assert_str_eq(tsl->services[0].inputs[0].identifier, "transparency");
	ck_assert_str_eq(tsl->services[0].outputs[0].identifier, "Contrastratio");
	tsl_free(tsl);
}
END_TEST

START_TEST(reads_types_in_types)
{
	struct settings settings = default_settings();
	struct tsl *tsl = tsl_of(PROPERTY(
		"{'type':'array','specs':{'size':8,'item':{'type':'struct','specs':["
		"{'identifier':'x','name':'X','dataType':{'type':'float','specs':{'min':-1.5,'max':'1E3'}}},"
		"{'identifier':'mode','dataType':{'type':'enum','specs':{'-3':'a','7':'b'}}}]}}}"), &settings);
	const struct tsl_spec *array = &tsl->properties[0].spec, *item = array->item;

	ck_assert_int_eq(array->type, TSL_ARRAY);
	ck_assert_int_eq(array->length, 8);
	ck_assert_int_eq(item->type, TSL_STRUCT);
	ck_assert_uint_eq(item->member_count, 2);
	ck_assert_str_eq(item->members[0].name, "X");
	ck_assert_str_eq(item->members[1].name, "mode");
	ck_assert(item->members[0].spec.min == -1.5 && item->members[0].spec.max == 1000.0);
	ck_assert_str_eq(item->members[0].spec.max_text, "1E3");
	ck_assert_int_eq(item->members[1].spec.keys[0], -3);
	ck_assert_int_eq(item->members[1].spec.keys[1], 7);
	/* Numbers become the strings that the cloud has there. */
	ck_assert_str_eq(tsl->properties[0].data_type,
		"{\"type\":\"array\",\"specs\":{\"size\":\"8\",\"item\":{\"type\":\"struct\",\"specs\":["
		"{\"identifier\":\"x\",\"name\":\"X\",\"dataType\":{\"type\":\"float\",\"specs\":{\"min\":\"-1.5\",\"max\":\"1E3\"}}},"
		"{\"identifier\":\"mode\",\"dataType\":{\"type\":\"enum\",\"specs\":{\"-3\":\"a\",\"7\":\"b\"}}}]}}}");
	tsl_free(tsl);
}
END_TEST

START_TEST(long_is_an_option)
{
	struct settings settings = default_settings();
	struct tsl *tsl;

	settings.options.long_type = true;
	tsl = tsl_of(PROPERTY("{'type':'long','specs':{'min':'-9223372036854775808','max':'9223372036854775807'}}"),
	             &settings);
	ck_assert_int_eq(tsl->properties[0].spec.type, TSL_LONG);
	ck_assert_int_eq(tsl->properties[0].spec.int_min, INT64_MIN);
	ck_assert_int_eq(tsl->properties[0].spec.int_max, INT64_MAX);
	tsl_free(tsl);
}
END_TEST

START_TEST(long_has_64_bits)
{
	struct settings settings = default_settings();
	struct document document = document_of(PROPERTY("{'type':'long','specs':{'max':'9223372036854775808'}}"));
	struct tsl_error error;

	settings.options.long_type = true;
	ck_assert_ptr_null(tsl_new(json_root(&document.doc), &settings, &error));
	ck_assert_str_eq(error.message, "property `temp`: max 9223372036854775808 is beyond a 64-bit integer");
	document_free(&document);
}
END_TEST

START_TEST(finds)
{
	struct settings settings = default_settings();
	struct tsl *tsl = tsl_of(modules, &settings);

	ck_assert_int_eq(FIND(property, "Motor:limit"), 0);
	ck_assert_int_eq(FIND(property, "limit"), 1);
	ck_assert_int_eq(FIND(property, "code"), 2);
	ck_assert_int_eq(FIND(property, "Limit"), -1);
	ck_assert_int_eq(FIND(property, "lim"), -1);
	ck_assert_int_eq(FIND(property, ""), -1);
	ck_assert_int_eq(FIND(property, "M:limit"), -1);
	ck_assert_int_eq(tsl_find_property(tsl, "limits", 5), 1);
	ck_assert_int_eq(tsl_find_property(tsl, "limit\0x", 7), -1);
	ck_assert_int_eq(FIND(event, "hot"), 0);
	ck_assert_int_eq(FIND(event, "M:hot"), 1);
	ck_assert_int_eq(FIND(event, "limit"), -1);
	ck_assert_int_eq(FIND(event, "post"), -1);
	ck_assert_int_eq(FIND(service, "Motor:stop"), 0);
	ck_assert_int_eq(FIND(service, "stop"), -1);
	ck_assert_int_eq(FIND(service, "set"), -1);
	ck_assert(tsl_has_module(tsl, "Motor", 5));
	ck_assert(tsl_has_module(tsl, "Motor:x", 5));
	ck_assert(tsl_has_module(tsl, "M", 1));
	ck_assert(!tsl_has_module(tsl, "Mo", 2));
	ck_assert(!tsl_has_module(tsl, "default", 7));
	ck_assert_int_eq(tsl_find_field(tsl->events[0].outputs, tsl->events[0].output_count, "temporary", 4), 0);
	ck_assert_int_eq(tsl_find_field(tsl->events[0].outputs, tsl->events[0].output_count, "tem", 3), -1);
	tsl_free(tsl);
}
END_TEST

START_TEST(finds_among_many)
{
	struct settings settings = default_settings();
	char *text = repeated("{'properties':[", "{'identifier':'p#','accessMode':'r','dataType':{'type':'int'}}", "]}", 300);
	char name[8];
	struct tsl *tsl = tsl_of(text, &settings);

	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		ck_assert_int_eq(FIND(property, name), i);
	}
	ck_assert_int_eq(FIND(property, "p300"), -1);
	tsl_free(tsl);
	free(text);
}
END_TEST

/* --- no memory: the linker lets the core's allocations come through here --- */

static long allocations_left = -1;      /* -1: no limit */

static bool may_allocate(void)
{
	if (!allocations_left)
		return false;
	allocations_left -= allocations_left > 0;
	return true;
}

void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
	return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return may_allocate() ? __real_realloc(old, size) : NULL;
}

START_TEST(survives_without_memory)
{
	struct settings settings = default_settings();
	struct document document = document_of(light);
	struct tsl *tsl = NULL;
	long allowed;

	for (allowed = 0; !tsl && allowed < 1000; allowed++) {
		struct tsl_error error;

		allocations_left = allowed;
		tsl = tsl_new(json_root(&document.doc), &settings, &error);
		allocations_left = -1;
		if (!tsl)
			ck_assert_msg(strstr(error.message, "out of memory"), "%s", error.message);
	}
	ck_assert_ptr_nonnull(tsl);
	ck_assert_int_gt(allowed, 3);   /* it did need some */
	tsl_free(tsl);
	document_free(&document);
}
END_TEST

START_TEST(frees_nothing)
{
	tsl_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tsl");
	TCase *tcase = tcase_create("models");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, accepts, 0, COUNT(good));
	tcase_add_test(tcase, reads_the_light);
	tcase_add_test(tcase, reads_types_in_types);
	tcase_add_test(tcase, long_is_an_option);
	tcase_add_test(tcase, long_has_64_bits);
	tcase_add_test(tcase, finds);
	tcase_add_test(tcase, finds_among_many);
	tcase_add_test(tcase, survives_without_memory);
	tcase_add_test(tcase, frees_nothing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
