/*
 * Every code that reports of properties and events can be refused with by really breaking the rule, and which
 * of two mistakes counts. things-and-data reference, sections 2.3, 10.1, 10.2 (class R) and 10.3.
 */
#include "post_fixture.h"

#define AS_CODE "\"options\":{\"propertyReply\":\"code\"},"
#define GATE "a1Types0001/gate1"
#define PROPERTY "property/post"
#define BATCH "property/batch/post"
#define PACK "property/pack/post"
#define HISTORY "property/history/post"

struct row {
	const char *when, *settings, *device, *post;   /* post: below …/thing/event/ */
	const char *payload;                           /* ' for ", $N: so many properties or events "N" (see expand) */
	int         code;                              /* 0: no reply */
	const char *message;                           /* NULL: the reference gives none */
};

static const struct row codes[] = {
	/* 2.1, 2.2 and 3.2: the message as a whole */
	{ "empty payload",       "", GATE, PROPERTY, "", 460, "request parameter error" },
	{ "no params",           "", GATE, PROPERTY, "{'id':'1'}", 460, "request parameter error" },
	{ "params a string",     "", GATE, PROPERTY, "{'id':'1','params':'{}'}", 460, "request parameter error" },
	{ "params an array",     "", GATE, PROPERTY, "{'id':'1','params':[{'level':1}]}", 460, "request parameter error" },
	{ "params null",         "", GATE, PROPERTY, "{'id':'1','params':null}", 460, "request parameter error" },
	{ "params empty",        "", GATE, PROPERTY, "{'id':'1','params':{}}", 460, "request parameter error" },
	{ "not JSON",            "", GATE, PROPERTY, "{'id':'1','params':{", 6207, NULL },
	{ "not an object",       "", GATE, PROPERTY, "[]", 6207, NULL },
	{ "bytes",               "", GATE, PROPERTY, "\x01\x02\xff", 6207, NULL },
	{ "event not JSON",      "", GATE, "bell/post", "nonsense", 6207, NULL },
	{ "event without params", "", GATE, "bell/post", "{'id':'1'}", 460, "request parameter error" },
	{ "200 properties",      AS_CODE, GATE, PROPERTY, "{'id':'1','params':{$p200}}", 5092, NULL },
	{ "201 properties",      "", GATE, PROPERTY, "{'id':'1','params':{$p201}}", 6106, "map size must less than 200" },
	{ "a smaller limit",     "\"limits\":{\"propertiesPerPost\":1},", GATE, PROPERTY, "{'params':{'level':1,'power':1}}", 6106, NULL },
	{ "no limit",            "\"limits\":{\"propertiesPerPost\":0}," AS_CODE, GATE, PROPERTY, "{'params':{$p1000}}", 5092, NULL },
	{ "no method",           "\"options\":{\"strictMethod\":true},", GATE, PROPERTY, "{'id':'1','params':{'level':1}}", 6300, NULL },
	{ "an empty method",     "\"options\":{\"strictMethod\":true},", GATE, "bell/post", "{'id':'1','params':{},'method':''}", 6300, NULL },
	{ "a method",            "\"options\":{\"strictMethod\":true},", GATE, PROPERTY,
	  "{'id':'1','params':{'level':1},'method':'thing.event.property.post'}", 200, "success" },
	{ "JSON from a product of bytes", "", "a1Bytes0001/dev1", PROPERTY, "{'id':'1','params':{'level':1}}", 6813,
	  "The format of result is error!" },
	{ "an event from a product of bytes", "", "a1Bytes0001/dev1", "bell/post", "{'id':'1','params':{}}", 6813,
	  "The format of result is error!" },
	{ "no such method",      "", GATE, "property/nonsense", "{'id':'1','params':{'level':1}}", 0, NULL },
	{ "silence wanted",      "", GATE, PROPERTY, "{'id':'1','params':{},'sys':{'ack':0}}", 0, NULL },
	{ "malformed, silent",   "\"options\":{\"malformedReply\":\"silent\"},", GATE, PROPERTY, "{'id':'1',", 0, NULL },

	/* names */
	{ "unknown property",    AS_CODE, GATE, PROPERTY, "{'params':{'ghost':1}}", 5092, "tsl parse: params not exist -> ghost" },
	{ "unknown in a module", AS_CODE, GATE, PROPERTY, "{'params':{'Motor:ghost':1}}", 5092, "tsl parse: params not exist -> Motor:ghost" },
	{ "without its module",  AS_CODE, GATE, PROPERTY, "{'params':{'current':1}}", 5092, NULL },
	{ "unknown module",      AS_CODE, GATE, PROPERTY, "{'params':{'Pump:current':1}}", 5490, NULL },
	{ "known in a module",   AS_CODE, GATE, PROPERTY, "{'params':{'Motor:current':1}}", 200, "success" },
	{ "no model at all",     AS_CODE, "a1Bare00001/dev1", PROPERTY, "{'params':{'level':1}}", 6320, NULL },
	{ "a name that is none", AS_CODE, GATE, PROPERTY, "{'params':{'':1}}", 5092, NULL },
	{ "an endless name",     AS_CODE, GATE, PROPERTY, "{'params':{'$x300':1}}", 5092, NULL },
	{ "unknown event",       "", GATE, "ghost/post", "{'params':{}}", 5096, NULL },
	{ "an endless event",    "", GATE, "$x300/post", "{'params':{}}", 5096, NULL },
	{ "event of an unknown module", "", GATE, "Pump:stall/post", "{'params':{}}", 5490, NULL },
	{ "event without a model", "", "a1Bare00001/dev1", "bell/post", "{'params':{}}", 5096, NULL },
	{ "unknown output",      "", GATE, "overheat/post", "{'params':{'ghost':1}}", 6304, "tsl parse: params not exist -> ghost" },
	{ "an endless output",   "", GATE, "overheat/post", "{'params':{'$x300':1}}", 6304, NULL },

	/* times */
	{ "time a string",       AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':'1700000000000'}}}", 6326, NULL },
	{ "time a fraction",     AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':1700000000000.5}}}", 6326, NULL },
	{ "time negative",       AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':-1}}}", 6326, NULL },
	{ "time null",           AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':null}}}", 6326, NULL },
	{ "24 h ahead",          AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':1700086400000}}}", 200, "success" },
	{ "more than 24 h ahead", AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':1700086400001}}}", 6336, NULL },
	{ "30 days old",         AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':1697408000000}}}", 200, "success" },
	{ "older than 30 days",  AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':1,'time':1697407999999}}}", 6367, NULL },
	{ "no age limit",        "\"limits\":{\"postAgeMaxDays\":0,\"postFutureMaxHours\":0}," AS_CODE, GATE, PROPERTY,
	  "{'params':{'level':{'value':1,'time':0},'power':{'value':1,'time':9999999999999}}}", 200, "success" },
	{ "event in the future", "", GATE, "bell/post", "{'params':{'value':{},'time':1700086400001}}", 6336, NULL },
	{ "event too old",       "", GATE, "bell/post", "{'params':{'value':{},'time':1697407999999}}", 6367, NULL },
	{ "event time a string", "", GATE, "bell/post", "{'params':{'value':{},'time':''}}", 6326, NULL },

	/* 2.3: types and ranges */
	{ "int a string",        AS_CODE, GATE, PROPERTY, "{'params':{'level':'15'}}", 6306, "tsl parse: data type is not int -> level" },
	{ "int a fraction",      AS_CODE, GATE, PROPERTY, "{'params':{'level':10.0}}", 6306, "tsl parse: data type is not int -> level" },
	{ "int null",            AS_CODE, GATE, PROPERTY, "{'params':{'level':null}}", 6306, "tsl parse: data type is not int -> level" },
	{ "int below min",       AS_CODE, GATE, PROPERTY, "{'params':{'level':-1}}", 6306, "tsl parse: int value is smaller than min 0 -> level" },
	{ "int above max",       AS_CODE, GATE, PROPERTY, "{'params':{'level':101}}", 6306, "tsl parse: int value is bigger than max 100 -> level" },
	{ "int beyond 32 bits",  AS_CODE, GATE, PROPERTY, "{'params':{'level':2147483648}}", 6306, "tsl parse: data type is not int -> level" },
	{ "float a string",      AS_CODE, GATE, PROPERTY, "{'params':{'ratio':'0.5'}}", 6307, "tsl parse: data type is not float -> ratio" },
	{ "float below min",     AS_CODE, GATE, PROPERTY, "{'params':{'ratio':-0.01}}", 6307, "tsl parse: float value is smaller than min 0 -> ratio" },
	{ "float above max",     AS_CODE, GATE, PROPERTY, "{'params':{'ratio':1.01}}", 6307, "tsl parse: float value is bigger than max 1 -> ratio" },
	{ "float a whole number", AS_CODE, GATE, PROPERTY, "{'params':{'ratio':1}}", 200, "success" },
	{ "decimals wanted, float", "\"options\":{\"propertyReply\":\"code\",\"strictDecimals\":true},", GATE, PROPERTY,
	  "{'params':{'ratio':1}}", 6307, NULL },
	{ "decimals wanted, double", "\"options\":{\"propertyReply\":\"code\",\"strictDecimals\":true},", GATE, PROPERTY,
	  "{'params':{'volume':10}}", 6322, NULL },
	{ "decimals wanted and there", "\"options\":{\"propertyReply\":\"code\",\"strictDecimals\":true},", GATE, PROPERTY,
	  "{'params':{'ratio':1.0,'volume':10.0}}", 200, "success" },
	{ "double an object",    AS_CODE, GATE, PROPERTY, "{'params':{'volume':{}}}", 6322, "tsl parse: data type is not double -> volume" },
	{ "double below min",    AS_CODE, GATE, PROPERTY, "{'params':{'volume':-1}}", 6322, "tsl parse: double value is smaller than min 0 -> volume" },
	{ "double above max",    AS_CODE, GATE, PROPERTY, "{'params':{'volume':1000.5}}", 6322, "tsl parse: double value is bigger than max 1000 -> volume" },
	{ "bool true",           AS_CODE, GATE, PROPERTY, "{'params':{'power':true}}", 6308, "tsl parse: value of bool type must be int -> power" },
	{ "bool 2",              AS_CODE, GATE, PROPERTY, "{'params':{'power':2}}", 6308, "tsl parse: bool specs error -> power" },
	{ "enum a string",       AS_CODE, GATE, PROPERTY, "{'params':{'mode':'1'}}", 6309, "tsl parse: value of enum type must be int -> mode" },
	{ "enum no key",         AS_CODE, GATE, PROPERTY, "{'params':{'mode':2}}", 6309, "tsl parse: enum specs error -> mode" },
	{ "text a number",       AS_CODE, GATE, PROPERTY, "{'params':{'label':1}}", 6310, "tsl parse: data type is not string -> label" },
	{ "text too long",       AS_CODE, GATE, PROPERTY, "{'params':{'label':'123456789'}}", 6310,
	  "tsl parse: string length bigger than max length 8 -> label" },
	{ "date a number",       AS_CODE, GATE, PROPERTY, "{'params':{'since':1700000000000}}", 6311,
	  "tsl parse: date type must be a string of long(UTC ms) -> since" },
	{ "date no digits",      AS_CODE, GATE, PROPERTY, "{'params':{'since':'2023-11-14'}}", 6311,
	  "tsl parse: date type must be a string of long(UTC ms) -> since" },
	{ "struct an array",     AS_CODE, GATE, PROPERTY, "{'params':{'pos':[1,'a']}}", 6312, "tsl parse: struct type must be json -> pos" },
	{ "unknown member",      AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'x':1,'z':1}}}", 6304, "tsl parse: params not exist -> z" },
	{ "member missing",      AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'x':1}}}", 6312, "tsl parse: struct param size error -> pos" },
	{ "member out of range", AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'x':10,'tag':'a'}}}", 6306,
	  "tsl parse: int value is bigger than max 9 -> x" },
	{ "member too long",     AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'x':1,'tag':'abcde'}}}", 6310,
	  "tsl parse: string length bigger than max length 4 -> tag" },
	{ "array an object",     AS_CODE, GATE, PROPERTY, "{'params':{'list':{}}}", 6328, "tsl parse: data type is not array -> list" },
	{ "array item type",     AS_CODE, GATE, PROPERTY, "{'params':{'flags':[1]}}", 6325, NULL },
	{ "array too long",      AS_CODE, GATE, PROPERTY, "{'params':{'list':[1,2,3,4]}}", 6324, "tsl parse: array size is bigger than max size 3 -> list" },
	{ "array element",       AS_CODE, GATE, PROPERTY, "{'params':{'list':[1,'2']}}", 6324, "tsl parse: data type is not int -> list" },
	{ "text as code",        "\"options\":{\"propertyReply\":\"code\",\"propertyText\":\"code\"},", GATE, PROPERTY,
	  "{'params':{'level':'15'}}", 6306, "6306 - tsl parse: data type is not int -> level" },
	{ "seen text as code",   "\"options\":{\"propertyReply\":\"code\",\"propertyText\":\"code\"},", GATE, PROPERTY,
	  "{'params':{'ghost':1}}", 5092, "5092 - property not found -> ghost" },
	{ "event output",        "", GATE, "overheat/post", "{'params':{'temp':'hot'}}", 6322, "tsl parse: data type is not double -> temp" },
	{ "event array item type", "", GATE, "overheat/post", "{'params':{'flags':[0]}}", 6325, NULL },

	/* 3.4: batches */
	{ "200 samples",         AS_CODE, GATE, BATCH, "{'params':{'properties':{'level':[$s200]}}}", 200, "success" },
	{ "201 samples",         AS_CODE, GATE, BATCH, "{'params':{'properties':{'level':[$s200],'power':[1]}}}", 6106, "map size must less than 200" },
	{ "a bad sample",        AS_CODE, GATE, BATCH, "{'params':{'properties':{'level':[1,101]}}}", 6306, NULL },
	{ "a bad event",         AS_CODE, GATE, BATCH, "{'params':{'events':{'ghost':[{}]}}}", 5096, NULL },
	{ "20 sub-devices",      "", GATE, PACK, "{'params':{'subDevices':[$d20]}}", 200, "success" },
	{ "21 sub-devices",      "", GATE, PACK, "{'params':{'subDevices':[$d21]}}", 6357, NULL },
	{ "200 events",          "", GATE, PACK, "{'params':{'events':{$e200}}}", 200, "success" },
	{ "201 events",          "", GATE, PACK, "{'params':{'events':{$e200},'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub1'},"
	  "'events':{'dark':{}}}]}}", 6356, NULL },
	{ "20 events as of 2020", "\"limits\":{\"eventsPerPack\":20},", GATE, PACK, "{'params':{'events':{$e21}}}", 6356, NULL },
	{ "200 properties in a pack", "", GATE, PACK, "{'params':{'properties':{$l200}}}", 200, "success" },
	{ "201 properties in a pack", "", GATE, PACK, "{'params':{'properties':{$l200},'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub1'},"
	  "'properties':{'lux':1}}]}}", 6106, "map size must less than 200" },
	{ "identity missing",    "", GATE, PACK, "{'params':{'subDevices':[{'properties':{}}]}}", 460, "request parameter error" },
	{ "identity of numbers", "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':1,'deviceName':2}}]}}", 460, "request parameter error" },
	{ "unknown sub-device",  "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'nobody'}}]}}",
	  6100, "device not found" },
	{ "unknown product",     "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Nothing01','deviceName':'sub1'}}]}}",
	  6100, "device not found" },
	{ "foreign sub-device",  "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub_other'}}]}}",
	  6401, NULL },
	{ "disabled sub-device", "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub_off'}}]}}",
	  6204, NULL },
	{ "a bad value in a pack", "", GATE, PACK, "{'params':{'properties':{'level':101}}}", 6306, "tsl parse: int value is bigger than max 100 -> level" },
	{ "a bad time in a pack", "", GATE, PACK, "{'params':{'properties':{'level':{'value':1,'time':'1'}}}}", 6326, NULL },
	{ "a time missing",      AS_CODE, GATE, HISTORY, "{'params':[{'identity':{'productKey':'a1Types0001','deviceName':'gate1'},'properties':[{'level':1}]}]}",
	  6326, NULL },
	{ "200 samples in a history", "", GATE, HISTORY, "{'params':[{'identity':{'productKey':'a1Types0001','deviceName':'gate1'},'properties':[$h200]}]}",
	  200, "success" },
	{ "201 samples in a history", "", GATE, HISTORY, "{'params':[{'identity':{'productKey':'a1Types0001','deviceName':'gate1'},'properties':[$h201]}]}",
	  6106, "map size must less than 200" },
};

/* Two mistakes in one message: the code is that of the earlier step. */
static const struct row precedence[] = {
	{ "no method of Alink (6831) > not JSON", "", GATE, "property/nonsense", "{'id':", 0, NULL },
	{ "data format > empty",        "", "a1Bytes0001/dev1", PROPERTY, "", 6813, NULL },
	{ "data format > not JSON",     "", "a1Bytes0001/dev1", PROPERTY, "{'id':", 6813, NULL },
	{ "data format > params",       "", "a1Bytes0001/dev1", PROPERTY, "{'params':7}", 6813, NULL },
	{ "not JSON > method",          "\"options\":{\"strictMethod\":true},", GATE, PROPERTY, "{'params':{'level':1}", 6207, NULL },
	{ "params > too many",          "", GATE, PROPERTY, "{'params':[$s201]}", 460, NULL },
	{ "too many > unknown",         AS_CODE, GATE, PROPERTY, "{'params':{$p201}}", 6106, NULL },
	{ "params of a pack > sub-devices", "", GATE, PACK, "{'params':{'subDevices':[$d21],'events':[]}}", 460, NULL },
	{ "sub-devices > events",       "", GATE, PACK, "{'params':{'subDevices':[$d21],'events':{$e201}}}", 6357, NULL },
	{ "events > properties",        "", GATE, PACK, "{'params':{'properties':{$l201},'events':{$e201}}}", 6356, NULL },
	{ "properties > identity",      "", GATE, PACK, "{'params':{'properties':{$l201},'subDevices':[{}]}}", 6106, NULL },
	{ "identity > own values",      "", GATE, PACK, "{'params':{'properties':{'level':101},'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'nobody'}}]}}",
	  6100, NULL },
	{ "identities in list order: 6401", "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub_other'}},"
	  "{'identity':{'productKey':'a1Light0001','deviceName':'nobody'}}]}}", 6401, NULL },
	{ "identities in list order: 6100", "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'nobody'}},"
	  "{'identity':{'productKey':'a1Light0001','deviceName':'sub_other'}}]}}", 6100, NULL },
	{ "identities in list order: 6204", "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub_off'}},{}]}}",
	  6204, NULL },
	{ "a sub-device's identity > its values", "", GATE, PACK, "{'params':{'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub_off'},"
	  "'properties':{'lux':-1}}]}}", 6204, NULL },
	{ "own values > a sub-device's", "", GATE, PACK, "{'params':{'properties':{'level':101},'subDevices':[{'identity':{'productKey':'a1Light0001','deviceName':'sub1'},"
	  "'properties':{'ghost':1}}]}}", 6306, NULL },
	{ "in document order: value",   AS_CODE, GATE, PROPERTY, "{'params':{'level':101,'ghost':1}}", 6306, NULL },
	{ "in document order: name",    AS_CODE, GATE, PROPERTY, "{'params':{'ghost':1,'level':101}}", 5092, NULL },
	{ "module > identifier",        AS_CODE, GATE, PROPERTY, "{'params':{'Pump:ghost':1}}", 5490, NULL },
	{ "module > no model",          AS_CODE, "a1Bare00001/dev1", PROPERTY, "{'params':{'Pump:ghost':1}}", 5490, NULL },
	{ "module > time",              AS_CODE, GATE, PROPERTY, "{'params':{'Pump:x':{'value':1,'time':'1'}}}", 5490, NULL },
	{ "name > time",                AS_CODE, GATE, PROPERTY, "{'params':{'ghost':{'value':1,'time':'1'}}}", 5092, NULL },
	{ "event > time",               "", GATE, "ghost/post", "{'params':{'value':{},'time':'1'}}", 5096, NULL },
	{ "time's form > type",         AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':'1','time':'1'}}}", 6326, NULL },
	{ "future > type",              AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':'1','time':1700086400001}}}", 6336, NULL },
	{ "age > range",                AS_CODE, GATE, PROPERTY, "{'params':{'level':{'value':101,'time':1}}}", 6367, NULL },
	{ "event's time > output",      "", GATE, "overheat/post", "{'params':{'value':{'ghost':1},'time':'1'}}", 6326, NULL },
	{ "outputs in document order: name", "", GATE, "overheat/post", "{'params':{'ghost':1,'temp':301}}", 6304, NULL },
	{ "outputs in document order: value", "", GATE, "overheat/post", "{'params':{'temp':301,'ghost':1}}", 6322, NULL },
	{ "unknown member > count",     AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'z':1}}}", 6304, NULL },
	{ "unknown member > member",    AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'x':'1','z':1}}}", 6304, NULL },
	{ "count > member",             AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'x':'1'}}}", 6312, "tsl parse: struct param size error -> pos" },
	{ "members in the model's order", AS_CODE, GATE, PROPERTY, "{'params':{'pos':{'tag':5,'x':'1'}}}", 6306, NULL },
	{ "item type > size",           AS_CODE, GATE, PROPERTY, "{'params':{'flags':[1,1,1,1]}}", 6325, NULL },
	{ "size > element",             AS_CODE, GATE, PROPERTY, "{'params':{'list':['1',2,3,4]}}", 6324, "tsl parse: array size is bigger than max size 3 -> list" },
};

/* $pN unknown properties, $lN and $eN the same property or event again, $sN samples, $dN sub-devices, $hN parts of a history, $xN letters */
static char *expand(const char *template)
{
	static const struct {
		char kind;
		const char *format, *between;
	} kinds[] = {
		{ 'p', "\"p%d\":1", "," }, { 'l', "\"level\":%d", "," }, { 'e', "\"bell\":{\"value\":{},\"time\":17000000%05d}", "," },
		{ 's', "%d", "," }, { 'd', "{\"identity\":{\"productKey\":\"a1Light0001\",\"deviceName\":\"sub1\"},\"properties\":{\"lux\":%d}}", "," },
		{ 'h', "{\"level\":{\"value\":1,\"time\":17000000%05d}}", "," }, { 'x', "x", "" },
	};
	struct text out = { 0 };

	for (; *template; template++) {
		int count, i;
		size_t kind;

		if (*template != '$') {
			text_add_char(&out, *template == '\'' ? '"' : *template);
			continue;
		}
		for (kind = 0; kinds[kind].kind != template[1]; kind++)
			ck_assert_uint_lt(kind + 1, COUNT(kinds));
		count = (int)strtol(template + 2, (char **)&template, 10);
		template--;
		for (i = 0; i < count; i++) {
			text_add(&out, i ? kinds[kind].between : "");
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
			text_addf(&out, kinds[kind].format, kinds[kind].kind == 's' || kinds[kind].kind == 'l' ? i % 100 : i);
#pragma GCC diagnostic pop
		}
	}
	return text_take(&out);
}

static void check_row(const struct row *row)
{
	struct post_cloud post = post_open(row->settings);
	uint64_t connection = post_connect(&post, row->device);
	char topic[512], message[300], *payload = expand(row->payload), *below = expand(row->post);
	struct json reply;

	snprintf(topic, sizeof(topic), "/sys/%s/thing/event/%s", row->device, below);
	reply = post_send(&post, connection, topic, payload ? payload : "");
	ck_assert_msg(post_code(reply) == row->code, "%s: the code is %d, not %d", row->when, post_code(reply), row->code);
	if (row->message) {
		ck_assert_int_ge(json_string(json_get(reply, "message"), message, sizeof(message)), 0);
		ck_assert_msg(!strcmp(message, row->message), "%s: the message is `%s`, not `%s`", row->when, message, row->message);
	}
	free(payload);
	free(below);
	post_close(&post);
}

START_TEST(refuses)
{
	check_row(&codes[_i]);
}
END_TEST

START_TEST(earlier_mistake_counts)
{
	check_row(&precedence[_i]);
}
END_TEST

/* What propertyReply is by default: code 200, each refused property with its text. */
static const struct {
	const char *options, *params, *data;
} texts[] = {
	{ "", "{'level':1}", "{}" },
	{ "", "{'ghost':1,'level':101,'power':1}", "{'ghost':'tsl parse: params not exist','level':'tsl parse: int value is bigger than max 100'}" },
	{ "\"options\":{\"propertyText\":\"code\"},", "{'ghost':1,'level':101,'power':1}",
	  "{'ghost':'5092 - property not found','level':'6306 - tsl parse: int value is bigger than max 100'}" },
	{ "", "{'pos':{'x':1,'z':1}}", "{'pos':'tsl parse: params not exist'}" },
	{ "", "{'level':{'value':1,'time':-5}}", "{'level':'time format error'}" },
	{ "", "{'Pump:x':1}", "{'Pump:x':'module not found'}" },
	{ "", "{'\\u0041\\n':1}", "{'\\u0041\\n':'tsl parse: params not exist'}" },
};

START_TEST(says_in_data)
{
	struct post_cloud post = post_open(texts[_i].options);
	uint64_t connection = post_connect(&post, GATE);
	char *params = expand(texts[_i].params), *data = expand(texts[_i].data);
	struct text payload = { 0 };
	struct json reply;
	const char *span;
	size_t len;

	text_addf(&payload, "{\"id\":\"1\",\"params\":%s}", params);
	reply = post_send(&post, connection, "/sys/a1Types0001/gate1/thing/event/property/post", text_string(&payload));
	ck_assert_int_eq(post_code(reply), 200);
	span = json_span(json_get(reply, "data"), &len);
	ck_assert_msg(len == strlen(data) && !memcmp(span, data, len), "data is %.*s", (int)len, span);
	text_free(&payload);
	free(params);
	free(data);
	post_close(&post);
}
END_TEST

/* The data type long, which option longType brings. */
START_TEST(judges_long)
{
	static const char cloud[] = "\"cloud\":1,\"options\":{\"longType\":true,\"propertyReply\":\"code\"},\"products\":[{\"productKey\":\"a1Long00001\","
		"\"tsl\":{\"properties\":[{\"identifier\":\"big\",\"name\":\"Big\",\"accessMode\":\"r\",\"dataType\":{\"type\":\"long\","
		"\"specs\":{\"min\":\"-5\",\"max\":\"9223372036854775806\",\"step\":\"1\"}}}],\"events\":[],\"services\":[]}}],"
		"\"devices\":[{\"productKey\":\"a1Long00001\",\"deviceName\":\"dev1\",\"deviceSecret\":\"" POST_SECRET "\"}]}";
	static const struct { const char *value; int code; } rows[] = {
		{ "9223372036854775806", 200 }, { "9223372036854775807", 6330 }, { "9223372036854775808", 6330 },
		{ "-5", 200 }, { "-6", 6330 }, { "1.0", 6330 }, { "\"1\"", 6330 },
	};
	struct post_cloud post = post_open_file(NULL, cloud, NULL);
	uint64_t connection = post_connect(&post, "a1Long00001/dev1");
	size_t i;

	for (i = 0; i < COUNT(rows); i++) {
		char payload[100];

		snprintf(payload, sizeof(payload), "{\"id\":\"1\",\"params\":{\"big\":%s}}", rows[i].value);
		ck_assert_msg(post_code(post_send(&post, connection, "/sys/a1Long00001/dev1/thing/event/property/post", payload)) == rows[i].code,
		              "%s", rows[i].value);
	}
	post_close(&post);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("post codes");
	TCase *tcase = tcase_create("codes");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, refuses, 0, COUNT(codes));
	tcase_add_loop_test(tcase, earlier_mistake_counts, 0, COUNT(precedence));
	tcase_add_loop_test(tcase, says_in_data, 0, COUNT(texts));
	tcase_add_test(tcase, judges_long);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
