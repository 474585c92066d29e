/* Thing models: which are refused and why, and how much is just not too much. */
#include "tsl_fixture.h"

#define MEMBERS(list) PROPERTY("{'type':'struct','specs':[" list "]}")

/* --- broken models: where the offset points, and the reason --- */

static const struct {
	const char *text, *at, *reason;
} broken[] = {
	{ "3", "3", "a thing model must be an object, not number" },
	{ "[]", "[]", "the array holds no thing model" },
	{ "[[]]", "[]]", "a thing model must be an object, not array" },
	{ "{'profile':{}}", "{'profile", "it has no `properties`, `events` or `services`: this is no thing model" },
	{ "{'properties':{}}", "{}}", "`properties` must be an array, not object" },
	{ PROPERTIES("7"), "7", "property must be an object, not number" },
	{ PROPERTIES("{'name':'n'}"), "{'name'", "the `identifier` of a property is missing" },
	{ PROPERTIES("{'identifier':7}"), "7", "the `identifier` of a property must be a string, not number" },
	{ PROPERTIES("{'identifier':''}"), "''",
	  "the `identifier` of a property must be 1 to 50 letters, digits and underscores, not \"\"" },
	{ PROPERTIES("{'identifier':'a-b'}"), "'a-b'",
	  "the `identifier` of a property must be 1 to 50 letters, digits and underscores, not \"a-b\"" },
	{ PROPERTIES("{'identifier':'a:b'}"), "'a:b'",
	  "the `identifier` of a property must be 1 to 50 letters, digits and underscores, not \"a:b\"" },
	{ PROPERTIES("{'identifier':'abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijk'}"), "'abc",
	  "the `identifier` of a property must be 1 to 50 letters, digits and underscores, "
	  "not \"abcdefghijabcdefghijabcdefghijabcdefghi…" },
	{ PROPERTIES("{'identifier':'a\\u0000b'}"), "'a", "the `identifier` of a property must not hold U+0000" },
	{ PROPERTIES("{'identifier':'set'}"), "'set'",
	  "the `identifier` of a property must not be \"set\": that word is reserved" },
	{ PROPERTIES("{'identifier':'get'}"), "'get'",
	  "the `identifier` of a property must not be \"get\": that word is reserved" },
	{ PROPERTIES("{'identifier':'post'}"), "'post'",
	  "the `identifier` of a property must not be \"post\": that word is reserved" },
	{ PROPERTIES("{'identifier':'time'}"), "'time'",
	  "the `identifier` of a property must not be \"time\": that word is reserved" },
	{ PROPERTIES("{'identifier':'value'}"), "'value'",
	  "the `identifier` of a property must not be \"value\": that word is reserved" },
	{ "{'events':[{'identifier':'set','type':'info'}]}", "'set'",
	  "the `identifier` of an event must not be \"set\": that word is reserved" },
	{ "{'events':[{'identifier':'property','type':'info'}]}", "'property'",
	  "event `property`: the property post has the topic of this event" },
	{ "{'services':[{'identifier':'post','callType':'sync'}]}", "'post'",
	  "the `identifier` of a service must not be \"post\": that word is reserved" },
	{ PROPERTIES("{'identifier':'a','dataType':{'type':'int'}}"), "{'identifier'",
	  "property `a`: `accessMode` is missing: it must be r, rw or w" },
	{ PROPERTIES("{'identifier':'a','accessMode':'RW','dataType':{'type':'int'}}"), "'RW'",
	  "property `a`: `accessMode` must be r, rw or w, not \"RW\"" },
	{ PROPERTIES("{'identifier':'a','accessMode':'r','name':7}"), "7",
	  "property `a`: `name` must be a string, not number" },
	{ PROPERTIES("{'identifier':'a','accessMode':'r','required':'yes'}"), "'yes'",
	  "property `a`: `required` must be true or false, not string" },
	{ PROPERTIES("{'identifier':'a','accessMode':'r','dataType':{'type':'int'}},"
	             "{'identifier':'a','accessMode':'rw','dataType':{'type':'int'}}"),
	  "{'identifier':'a','accessMode':'rw'", "property `a`: is there twice" },
	{ PROPERTIES("{'identifier':'a','accessMode':'r'}"), "{'identifier'", "property `a`: `dataType` is missing" },
	{ PROPERTY("'int'"), "'int'", "property `temp`: `dataType` must be an object, not string" },
	{ PROPERTY("{}"), "{}", "property `temp`: the data type's `type` is missing" },
	{ PROPERTY("{'type':'int8'}"), "'int8'",
	  "property `temp`: data type \"int8\" is none of int, float, double, text, bool, enum, date, struct, array" },
	{ PROPERTY("{'type':'INT'}"), "'INT'",
	  "property `temp`: data type \"INT\" is none of int, float, double, text, bool, enum, date, struct, array" },
	{ PROPERTY("{'type':'long'}"), "'long'", "property `temp`: data type long needs the option longType" },
	{ PROPERTY("{'type':'int','specs':[]}"), "[]}",
	  "property `temp`: `specs` of data type int must be an object, not array" },
	{ PROPERTY("{'type':'int','specs':{'min':true}}"), "true", "property `temp`: min must be a number, not true" },
	{ PROPERTY("{'type':'int','specs':{'min':''}}"), "''", "property `temp`: min must be a number, not \"\"" },
	{ PROPERTY("{'type':'int','specs':{'max':' 1'}}"), "' 1'", "property `temp`: max must be a number, not \" 1\"" },
	{ PROPERTY("{'type':'int','specs':{'max':'0x10'}}"), "'0x10'",
	  "property `temp`: max must be a number, not \"0x10\"" },
	{ PROPERTY("{'type':'int','specs':{'max':'9.5'}}"), "'9.5'", "property `temp`: max 9.5 is not a whole number" },
	{ PROPERTY("{'type':'int','specs':{'max':'-'}}"), "'-'", "property `temp`: max - is not a whole number" },
	{ PROPERTY("{'type':'int','specs':{'max':'2147483648'}}"), "'2147483648'",
	  "property `temp`: max 2147483648 is beyond a 32-bit integer; a double holds more" },
	{ PROPERTY("{'type':'int','specs':{'min':'-2147483649'}}"), "'-2147483649'",
	  "property `temp`: min -2147483649 is beyond a 32-bit integer; a double holds more" },
	{ PROPERTY("{'type':'int','specs':{'min':'10','max':'5'}}"), "'10'", "property `temp`: min 10 is above max 5" },
	{ PROPERTY("{'type':'double','specs':{'min':0.5,'max':0.25}}"), "0.5",
	  "property `temp`: min 0.5 is above max 0.25" },
	{ PROPERTY("{'type':'float','specs':{'max':'nan'}}"), "'nan'", "property `temp`: max must be a number, not \"nan\"" },
	{ PROPERTY("{'type':'float','specs':{'max':'1.2.3'}}"), "'1.2.3'", "property `temp`: max must be a number, not 1.2.3" },
	{ PROPERTY("{'type':'float','specs':{'max':'3.5E38'}}"), "'3.5E38'", "property `temp`: max 3.5E38 is beyond a float" },
	{ PROPERTY("{'type':'double','specs':{'max':1e309}}"), "1e309", "property `temp`: max 1e309 is beyond a double" },
	{ PROPERTY("{'type':'double','specs':{'max':'1.00000000000000000000000000000000000000000000000'}}"), "'1.00",
	  "property `temp`: max must be a number, not \"1.0000000000000000000000000000000000000…" },
	{ PROPERTY("{'type':'text','specs':{'length':'0'}}"), "'0'", "property `temp`: length must be from 1 to 10240, not 0" },
	{ PROPERTY("{'type':'text','specs':{'length':'10241'}}"), "'10241'",
	  "property `temp`: length must be from 1 to 10240, not 10241" },
	{ PROPERTY("{'type':'text','specs':{'length':99999999999999999999}}"), "99999999999999999999",
	  "property `temp`: length must be from 1 to 10240, not 99999999999999999999" },
	{ PROPERTY("{'type':'text','specs':{'length':'1e2'}}"), "'1e2'",
	  "property `temp`: length must be from 1 to 10240, not 1e2" },
	{ PROPERTY("{'type':'bool','specs':{'0':'a','2':'b'}}"), "'2'",
	  "property `temp`: a bool labels \"0\" and \"1\", not \"2\"" },
	{ PROPERTY("{'type':'enum'}"), "{'type'", "property `temp`: `specs` of data type enum is missing" },
	{ PROPERTY("{'type':'enum','specs':{}}"), "{}}", "property `temp`: an enum must have 1 to 100 items, not 0" },
	{ PROPERTY("{'type':'enum','specs':{'on':'a'}}"), "'on'",
	  "property `temp`: an enum's key must be a 32-bit integer, not \"on\"" },
	{ PROPERTY("{'type':'enum','specs':{'1.5':'a'}}"), "'1.5'",
	  "property `temp`: an enum's key must be a 32-bit integer, not \"1.5\"" },
	{ PROPERTY("{'type':'enum','specs':{'1-2':'a'}}"), "'1-2'",
	  "property `temp`: an enum's key must be a 32-bit integer, not \"1-2\"" },
	{ PROPERTY("{'type':'enum','specs':{'2147483648':'a'}}"), "'2147483648'",
	  "property `temp`: an enum's key must be a 32-bit integer, not \"2147483648\"" },
	{ PROPERTY("{'type':'enum','specs':{'1':'a','2':'b','01':'c'}}"), "'01'",
	  "property `temp`: key 1 of the enum is there twice" },
	{ PROPERTY("{'type':'struct'}"), "{'type'", "property `temp`: `specs` of data type struct is missing" },
	{ PROPERTY("{'type':'struct','specs':{}}"), "{}}",
	  "property `temp`: `specs` of data type struct must be an array, not object" },
	{ MEMBERS(""), "[]}", "property `temp`: a struct must have at least one member" },
	{ MEMBERS("{'identifier':'value','dataType':{'type':'int'}}"), "'value'",
	  "property `temp`: the `identifier` of a member must not be \"value\": that word is reserved" },
	{ MEMBERS("{'identifier':'x','dataType':{'type':'int'}},{'identifier':'x','dataType':{'type':'text'}}"),
	  "{'identifier':'x','dataType':{'type':'text'}", "property `temp`, member `x`: is there twice" },
	{ MEMBERS("{'identifier':'x'}"), "{'identifier':'x'", "property `temp`, member `x`: `dataType` is missing" },
	{ MEMBERS("{'identifier':'x','dataType':{'type':'struct'}}"), "'struct'}}]",
	  "property `temp`, member `x`: a struct's member must not be a struct itself" },
	{ MEMBERS("{'identifier':'x','dataType':{'type':'array'}}"), "'array'",
	  "property `temp`, member `x`: a struct's member must not be an array itself" },
	{ MEMBERS("{'identifier':'x','dataType':{'type':'int','specs':{'min':'2','max':'1'}}}"), "'2'",
	  "property `temp`, member `x`: min 2 is above max 1" },
	{ PROPERTY("{'type':'array','specs':{'size':'1'}}"), "{'size'", "property `temp`: the array's `item` is missing" },
	{ PROPERTY("{'type':'array','specs':{'size':'513','item':{'type':'int'}}}"), "'513'",
	  "property `temp`: size must be from 1 to 512, not 513" },
	{ PROPERTY("{'type':'array','specs':{'size':'0','item':{'type':'int'}}}"), "'0'",
	  "property `temp`: size must be from 1 to 512, not 0" },
	{ PROPERTY("{'type':'array','specs':{'size':'1','item':{'type':'string'}}}"), "'string'",
	  "property `temp`: data type \"string\" is none of int, float, double, text, bool, enum, date, struct, array" },
	{ PROPERTY("{'type':'array','specs':{'item':{'type':'struct','specs':[{'identifier':'x','dataType':"
	           "{'type':'array','specs':{'item':{'type':'int'}}}}]}}}"), "'array','specs':{'item':{'type':'int'",
	  "property `temp`, member `x`: a struct's member must not be an array itself" },
	{ "{'events':[{'identifier':'e'}]}", "{'identifier'",
	  "event `e`: `type` is missing: it must be info, alert or error" },
	{ "{'events':[{'identifier':'e','type':'warn'}]}", "'warn'",
	  "event `e`: `type` must be info, alert or error, not \"warn\"" },
	{ "{'events':[{'identifier':'e','type':'info','outputData':{}}]}", "{}",
	  "event `e`: `outputData` must be an array, not object" },
	{ "{'events':[{'identifier':'e','type':'info','outputData':[{'identifier':'o','dataType':{'type':'date','specs':1}}]}]}",
	  "1}", "event `e`, output `o`: `specs` of data type date must be an object, not number" },
	{ "{'services':[{'identifier':'s'}]}", "{'identifier'",
	  "service `s`: `callType` is missing: it must be async or sync" },
	{ "{'services':[{'identifier':'s','callType':'SYNC'}]}", "'SYNC'",
	  "service `s`: `callType` must be async or sync, not \"SYNC\"" },
	{ "{'services':[{'identifier':'s','callType':'sync','inputData':['a']}]}", "'a'",
	  "service `s`: input must be an object, not string" },
	{ "{'services':[{'identifier':'s','callType':'sync','inputData':[{'identifier':'i','dataType':{'type':'int'}},"
	  "{'identifier':'i','dataType':{'type':'text'}}]}]}", "{'identifier':'i','dataType':{'type':'text'}",
	  "service `s`, input `i`: is there twice" },
	{ "[{'properties':[]},{'events':[]}]", "{'events'",
	  "a second default module: a custom one has a `functionBlockId`" },
	{ "{'functionBlockId':'a-b','properties':[]}", "'a-b'",
	  "`functionBlockId` must be 1 to 30 letters, digits and underscores, not \"a-b\"" },
	{ "{'functionBlockId':'abcdefghijabcdefghijabcdefghijk','properties':[]}", "'abcdefghij",
	  "`functionBlockId` must be 1 to 30 letters, digits and underscores, not \"abcdefghijabcdefghijabcdefghijk\"" },
	{ "{'functionBlockId':'M','functionBlockName':'abc','properties':[]}", "'abc'",
	  "`functionBlockName` must have 4 to 30 characters, not 3" },
	{ "{'functionBlockId':'M','functionBlockName':'abcdefghijabcdefghijabcdefghijk','properties':[]}", "'abcdefghij",
	  "`functionBlockName` must have 4 to 30 characters, not 31" },
	{ "[{'functionBlockId':'M','properties':[]},{'functionBlockId':'M','events':[]}]", "'M','events'",
	  "module `M` is there twice" },
	{ "{'functionBlockId':'M','properties':[{'identifier':'a','accessMode':'r','dataType':{}}]}", "{}",
	  "property `M:a`: the data type's `type` is missing" },
	{ "{'properties':[],'functionBlocks':{}}", "{}", "`functionBlocks` must be an array, not object" },
	{ "{'properties':[],'functionBlocks':[7]}", "7", "a module in `functionBlocks` must be an object, not number" },
	{ "{'properties':[],'functionBlocks':[{'events':[]}]}", "{'events'",
	  "a module in `functionBlocks` needs a `functionBlockId`" },
};

START_TEST(refuses)
{
	struct settings settings = default_settings();
	struct document document = document_of(broken[_i].text);
	char *at = unquoted(broken[_i].at);
	struct tsl_error error;

	ck_assert_msg(!tsl_new(json_root(&document.doc), &settings, &error), "accepted: %s", broken[_i].text);
	ck_assert_str_eq(error.message, broken[_i].reason);
	ck_assert_msg(!strncmp(document.text + error.at, at, strlen(at)), "%s\npoints at %s", broken[_i].text,
	              document.text + error.at);
	free(at);
	document_free(&document);
}
END_TEST

/* --- limits: so many copies of a part as are allowed, each with its number in place of #, and one more --- */

static const struct {
	const char *before, *part, *after;
	int most;
	const char *reason;     /* of one more */
} limits[] = {
	{ "{'properties':[", "{'identifier':'p#','accessMode':'r','dataType':{'type':'int'}}", "]}", 300,
	  "a module has at most 300 properties, events and services" },
	{ "{'properties':[{'identifier':'p','accessMode':'r','dataType':{'type':'int'}}],'events':["
	  "{'identifier':'post'},{'identifier':'e','type':'info'}],'services':[{'identifier':'get'},",
	  "{'identifier':'s#','callType':'async'}", "]}", 298,
	  "a module has at most 300 properties, events and services" },
	{ "[", "{'functionBlockId':'M#','properties':[]}", "]", 200, "a product has at most 200 modules" },
	{ "[{'properties':[]},", "{'functionBlockId':'M#','properties':[]}", "]", 199,
	  "a product has at most 200 modules" },
	{ "{'properties':[],'functionBlocks':[", "{'functionBlockId':'M#','events':[]}", "]}", 199,
	  "a product has at most 200 modules" },
	{ "{'properties':[{'identifier':'p','accessMode':'r','dataType':{'type':'struct','specs':[",
	  "{'identifier':'m#','dataType':{'type':'int'}}", "]}}]}", 50, "property `p`: 51 members are more than 50" },
	{ "{'properties':[{'identifier':'p','accessMode':'r','dataType':{'type':'enum','specs':{",
	  "'#':'label'", "}}}]}", 100, "property `p`: an enum must have 1 to 100 items, not 101" },
	{ "{'services':[{'identifier':'s','callType':'sync','inputData':[",
	  "{'identifier':'i#','dataType':{'type':'int'}}", "]}]}", 100, "service `s`: 101 inputs are more than 100" },
	{ "{'services':[{'identifier':'s','callType':'sync','outputData':[",
	  "{'identifier':'o#','dataType':{'type':'int'}}", "]}]}", 100, "service `s`: 101 outputs are more than 100" },
	{ "{'events':[{'identifier':'e','type':'info','outputData':[",
	  "{'identifier':'o#','dataType':{'type':'int'}}", "]}]}", 100, "event `e`: 101 outputs are more than 100" },
};

START_TEST(limits_hold)
{
	struct settings settings = default_settings();

	for (int more = 0; more < 2; more++) {
		char *text = repeated(limits[_i].before, limits[_i].part, limits[_i].after, limits[_i].most + more);
		struct document document = document_of(text);
		struct tsl_error error;
		struct tsl *tsl = tsl_new(json_root(&document.doc), &settings, &error);

		ck_assert_msg((tsl != NULL) == !more, "with %d: %s", limits[_i].most + more, error.message);
		if (more)
			ck_assert_str_eq(error.message, limits[_i].reason);
		tsl_free(tsl);
		document_free(&document);
		free(text);
	}
}
END_TEST

/* Three services of 100 inputs are the most; an output more is too much. */
START_TEST(limit_of_all_parameters)
{
	struct settings settings = default_settings();
	char *inputs = repeated("", "{'identifier':'i#','dataType':{'type':'int'}}", "", 100);
	static const char *const ends[] = {
		"", ",{'identifier':'d','callType':'sync','outputData':[{'identifier':'o','dataType':{'type':'int'}}]}",
	};

	for (int more = 0; more < 2; more++) {
		struct text text = { 0 };
		struct document document;
		struct tsl_error error;
		struct tsl *tsl;

		text_add(&text, "{'services':[");
		for (char name = 'a'; name <= 'c'; name++)
			text_addf(&text, "%s{'identifier':'%c','callType':'sync','inputData':[%s]}", name > 'a' ? "," : "",
			          name, inputs);
		text_addf(&text, "%s]}", ends[more]);
		document = document_of(text_string(&text));
		tsl = tsl_new(json_root(&document.doc), &settings, &error);
		ck_assert((tsl != NULL) == !more);
		if (more)
			ck_assert_str_eq(error.message,
			                 "service `d`: a module's services and events have at most 300 inputs and outputs in all");
		tsl_free(tsl);
		document_free(&document);
		text_free(&text);
	}
	free(inputs);
}
END_TEST

/* A second module may be as full as the first. */
START_TEST(limits_are_per_module)
{
	struct settings settings = default_settings();
	char *inputs = repeated("", "{'identifier':'i#','dataType':{'type':'int'}}", "", 100);
	char *properties = repeated("", limits[0].part, "", 297);
	struct text text = { 0 };
	struct tsl *tsl;

	for (int module = 0; module < 2; module++) {
		text_addf(&text, "%s'properties':[%s],'services':[", module ? "]},{'functionBlockId':'M'," : "[{", properties);
		for (char name = 'a'; name <= 'c'; name++)
			text_addf(&text, "%s{'identifier':'%c','callType':'sync','inputData':[%s]}", name > 'a' ? "," : "",
			          name, inputs);
	}
	text_add(&text, "]}]");
	tsl = tsl_of(text_string(&text), &settings);
	ck_assert_uint_eq(tsl->property_count, 594);
	ck_assert_uint_eq(tsl->service_count, 6);
	ck_assert_int_eq(FIND(property, "M:p0"), 297);
	ck_assert_int_eq(FIND(service, "M:a"), 3);
	tsl_free(tsl);
	text_free(&text);
	free(properties);
	free(inputs);
}
END_TEST

/* 512 KB of file with 256 K characters that are not blanks between values; 电 has three bytes, \n is two characters. */
static const struct {
	size_t chars_of_3, blanks, escapes;
	const char *reason;
} sizes[] = {
	{ 0,      524288 - 27, 0,      NULL },
	{ 0,      524289 - 27, 0,      "524289 bytes are more than a model's 524288" },
	{ 131072, 0,           0,      NULL },
	{ 0,      0,           131058, NULL },
	{ 0,      0,           131059, "262145 characters, blanks not counted, are more than a model's 262144" },
	{ 174750, 10,          0,      NULL },
};

START_TEST(limit_of_size)
{
	struct settings settings = default_settings();
	struct text text = { 0 };
	struct document document;
	struct tsl_error error;
	struct tsl *tsl;

	text_add(&text, "{'properties':[],'desc':'");
	for (size_t i = 0; i < sizes[_i].chars_of_3; i++)
		text_add(&text, "电");
	for (size_t i = 0; i < sizes[_i].escapes; i++)
		text_add(&text, "\\\\");
	text_add(&text, "'");
	for (size_t i = 0; i < sizes[_i].blanks; i++)
		text_add(&text, i % 2 ? "\n" : "\t");
	text_add(&text, "}");
	document = document_of(text_string(&text));
	tsl = tsl_new(json_root(&document.doc), &settings, &error);
	ck_assert_msg((tsl != NULL) == !sizes[_i].reason, "%zu bytes: %s", text.len, error.message);
	if (sizes[_i].reason)
		ck_assert_str_eq(error.message, sizes[_i].reason);
	tsl_free(tsl);
	document_free(&document);
	text_free(&text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tsl refuse");
	TCase *tcase = tcase_create("bad models");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, refuses, 0, COUNT(broken));
	tcase_add_loop_test(tcase, limits_hold, 0, COUNT(limits));
	tcase_add_test(tcase, limit_of_all_parameters);
	tcase_add_test(tcase, limits_are_per_module);
	tcase_add_loop_test(tcase, limit_of_size, 0, COUNT(sizes));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
