/* Thing models: what is read, what is refused and why, and what is written again. */
#include "tsl_fixture.h"

#include <stdio.h>

#define PROPERTIES(list) "{'properties':[" list "]}"
#define PROPERTY(data_type) \
	PROPERTIES("{'identifier':'temp','name':'t','accessMode':'r','dataType':" data_type "}")
#define MEMBERS(list) PROPERTY("{'type':'struct','specs':[" list "]}")

#define FIND(kind, name) tsl_find_##kind(tsl, name, strlen(name))

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

static char *repeated(const char *before, const char *part, const char *after, int times)
{
	struct text text = { 0 };

	text_add(&text, before);
	for (int i = 0; i < times; i++) {
		const char *number = strchr(part, '#');

		text_addf(&text, "%s%.*s%d%s", i ? "," : "", (int)(number - part), part, i, number + 1);
	}
	text_add(&text, after);
	return text_take(&text);
}

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

/* --- what is read --- */

#define LIGHT_PROPERTIES \
	"{'identifier':'LightStatus','name':'Light on','accessMode':'rw','required':true," \
	"'dataType':{'type':'bool','specs':{'0':'off','1':'on'}}}," \
	"{'identifier':'LightAdjustLevel','name':'Brightness','accessMode':'rw','required':false," \
	"'dataType':{'type':'int','specs':{'min':'0','max':'100','step':'1','unit':'%','unitName':'percent'}}}," \
	"{'identifier':'LightAlias','name':'Alias','accessMode':'r','required':false," \
	"'dataType':{'type':'text','specs':{'length':'32'}}}"

/* sdk: the features of v3's model.json: what its users import first. */
static const char light[] =
	"{'schema':'https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json','profile':{'productKey':'a1Light0001'},"
	"'services':[{'outputData':[],'identifier':'set','inputData':[" LIGHT_PROPERTIES "],"
	"'method':'thing.service.property.set','name':'set','required':true,'callType':'async'},"
	"{'outputData':[" LIGHT_PROPERTIES "],'identifier':'get',"
	"'inputData':['LightStatus','LightAdjustLevel','LightAlias'],"
	"'method':'thing.service.property.get','name':'get','required':true,'callType':'async'},"
	"{'outputData':[{'identifier':'Contrastratio','dataType':{'specs':{'min':'0','max':'100'},'type':'int'},'name':'c'}],"
	"'identifier':'Custom','inputData':[{'identifier':'transparency',"
	"'dataType':{'specs':{'min':'0','max':'100'},'type':'int'},'name':'t'}],"
	"'method':'thing.service.Custom','name':'Custom','required':false,'callType':'async'}],"
	"'properties':[" LIGHT_PROPERTIES "],"
	"'events':[{'outputData':[" LIGHT_PROPERTIES "],'identifier':'post',"
	"'method':'thing.event.property.post','name':'post','type':'info','required':true},"
	"{'outputData':[{'identifier':'ErrorCode','dataType':{'specs':{'0':'fine','1':'hot'},'type':'enum'},'name':'e'}],"
	"'identifier':'Error','method':'thing.event.Error.post','name':'Error','type':'alert','required':true},"
	"{'outputData':[],'identifier':'TamperAlarm','method':'thing.event.TamperAlarm.post','name':'Tamper',"
	"'type':'alert','required':false}]}";

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

static const char modules[] =
	"[{'functionBlockId':'Motor','functionBlockName':'Motor of it','properties':"
	"[{'identifier':'limit','accessMode':'rw','dataType':{'type':'double'}}],"
	"'services':[{'identifier':'stop','name':'Stop','callType':'sync'}]},"
	"{'properties':[{'identifier':'limit','accessMode':'r','dataType':{'type':'int'}},"
	"{'identifier':'code','accessMode':'w','dataType':{'type':'text'}}],"
	"'events':[{'identifier':'hot','type':'error','required':true,'desc':'too hot','outputData':"
	"[{'identifier':'temp','required':true,'desc':'d','dataType':{'type':'int'}}]}]},"
	"{'functionBlockId':'M','events':[{'identifier':'hot','type':'info'}]}]";

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
	char *text = repeated(limits[0].before, limits[0].part, limits[0].after, 300), name[8];
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

/* --- what is written --- */

#define SCHEMA "'schema':'https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json'"
#define SET(list) "{'identifier':'set','name':'set','required':true,'callType':'async'," \
	"'method':'thing.service.property.set','inputData':[" list "],'outputData':[]}"
#define GET(names, list) "{'identifier':'get','name':'get','required':true,'callType':'async'," \
	"'method':'thing.service.property.get','inputData':[" names "],'outputData':[" list "]}"
#define POST(list) "{'identifier':'post','name':'post','type':'info','required':true," \
	"'method':'thing.event.property.post','outputData':[" list "]}"

static const struct {
	const char *device, *model, *written;
} written[] = {
	{ NULL, "{'properties':[]}",
	  "{" SCHEMA ",'profile':{'version':'1.0','productKey':'pk'},'properties':[],'events':[" POST("") "],"
	  "'services':[" SET("") "," GET("", "") "]}" },
	{ "dn", "{'events':[]}",
	  "{" SCHEMA ",'link':'/sys/pk/dn/thing/','profile':{'productKey':'pk','deviceName':'dn'},"
	  "'properties':[],'events':[" POST("") "],'services':[" SET("") "," GET("", "") "]}" },
	{ NULL, modules,
	  "{" SCHEMA ",'profile':{'version':'1.0','productKey':'pk'},'properties':["
	  "{'identifier':'limit','name':'limit','accessMode':'r','required':false,'dataType':{'type':'int'}},"
	  "{'identifier':'code','name':'code','accessMode':'w','required':false,'dataType':{'type':'text'}}],"
	  "'events':[" POST("{'identifier':'limit','name':'limit','dataType':{'type':'int'}},"
	                    "{'identifier':'code','name':'code','dataType':{'type':'text'}}") ","
	  "{'identifier':'hot','name':'hot','type':'error','required':true,'desc':'too hot',"
	  "'method':'thing.event.hot.post','outputData':[{'identifier':'temp','name':'temp','desc':'d','required':true,"
	  "'dataType':{'type':'int'}}]}],"
	  "'services':[" SET("{'identifier':'code','name':'code','dataType':{'type':'text'}}") ","
	  GET("'limit'", "{'identifier':'limit','name':'limit','dataType':{'type':'int'}}") "],"
	  "'functionBlocks':[{'functionBlockId':'Motor','functionBlockName':'Motor of it','properties':["
	  "{'identifier':'limit','name':'limit','accessMode':'rw','required':false,'dataType':{'type':'double'}}],"
	  "'events':[" POST("{'identifier':'limit','name':'limit','dataType':{'type':'double'}}") "],"
	  "'services':[" SET("{'identifier':'limit','name':'limit','dataType':{'type':'double'}}") ","
	  GET("'limit'", "{'identifier':'limit','name':'limit','dataType':{'type':'double'}}") ","
	  "{'identifier':'stop','name':'Stop','required':false,'callType':'sync','method':'thing.service.Motor:stop',"
	  "'inputData':[],'outputData':[]}]},"
	  "{'functionBlockId':'M','properties':[],'events':[" POST("") ","
	  "{'identifier':'hot','name':'hot','type':'info','required':false,'method':'thing.event.M:hot.post',"
	  "'outputData':[]}],'services':[" SET("") "," GET("", "") "]}]}" },
};

START_TEST(writes)
{
	struct settings settings = default_settings();
	struct tsl *tsl = tsl_of(written[_i].model, &settings);
	char *expected = unquoted(written[_i].written);
	struct text text = { 0 };

	tsl_write(tsl, "pk", written[_i].device, &text);
	ck_assert_str_eq(text_string(&text), expected);
	text_free(&text);
	free(expected);
	tsl_free(tsl);
}
END_TEST

static const char *const round_trips[] = {
	light, modules,
	PROPERTY("{'type':'struct','specs':[{'identifier':'x','name':'名字 \\\"q\\\"','dataType':"
	         "{'type':'text','specs':{'length':9}}}]}"),
	PROPERTY("{'type':'array','specs':{'item':{'type':'bool'}}}"),
	"{'services':[{'identifier':'s','name':'\\u0007\\/','desc':'\\n','callType':'sync','required':true,"
	"'inputData':[{'identifier':'i','required':true,'dataType':{'type':'date','specs':{}}}]}]}",
};

START_TEST(reads_what_it_wrote)
{
	struct settings settings = default_settings();
	struct tsl *first = tsl_of(round_trips[_i], &settings), *second;
	struct text once = { 0 }, twice = { 0 };

	tsl_write(first, "pk", "dn", &once);
	second = tsl_of(text_string(&once), &settings);
	tsl_write(second, "pk", "dn", &twice);
	ck_assert_str_eq(text_string(&once), text_string(&twice));
	ck_assert_uint_eq(first->property_count, second->property_count);
	ck_assert_uint_eq(first->event_count, second->event_count);
	ck_assert_uint_eq(first->service_count, second->service_count);
	ck_assert_uint_eq(first->module_count, second->module_count);
	text_free(&once);
	text_free(&twice);
	tsl_free(first);
	tsl_free(second);
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
	tcase_add_loop_test(tcase, refuses, 0, COUNT(broken));
	tcase_add_loop_test(tcase, limits_hold, 0, COUNT(limits));
	tcase_add_test(tcase, limit_of_all_parameters);
	tcase_add_test(tcase, limits_are_per_module);
	tcase_add_loop_test(tcase, limit_of_size, 0, COUNT(sizes));
	tcase_add_test(tcase, reads_the_light);
	tcase_add_test(tcase, reads_types_in_types);
	tcase_add_test(tcase, long_is_an_option);
	tcase_add_test(tcase, long_has_64_bits);
	tcase_add_test(tcase, finds);
	tcase_add_test(tcase, finds_among_many);
	tcase_add_loop_test(tcase, writes, 0, COUNT(written));
	tcase_add_loop_test(tcase, reads_what_it_wrote, 0, COUNT(round_trips));
	tcase_add_test(tcase, survives_without_memory);
	tcase_add_test(tcase, frees_nothing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
