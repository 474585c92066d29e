/* Cloud files: what is read from good ones, and the exact complaints about bad ones. */
#include "cloud_file.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* --- files --- */

static char folder[64];

static const struct {
	const char *name, *text;
} files[] = {
	{ "good.tsl.json",   "{\"properties\":[{\"identifier\":\"temp\",\"name\":\"t\",\"accessMode\":\"rw\",\n"
	                     "\"dataType\":{\"type\":\"int\",\"specs\":{\"min\":\"0\",\"max\":\"120\"}}}],"
	                     "\"events\":[],\"services\":[]}\n" },
	{ "motor.tsl.json",  "{\"functionBlockId\":\"Motor\",\"functionBlockName\":\"Motor\",\"properties\":["
	                     "{\"identifier\":\"speed\",\"name\":\"s\",\"accessMode\":\"r\","
	                     "\"dataType\":{\"type\":\"int\",\"specs\":{\"min\":\"0\",\"max\":\"9\"}}}],"
	                     "\"events\":[],\"services\":[]}" },
	{ "bad.tsl.json",    "{\n \"properties\": [\n  {\"identifier\":\"temp\",\"name\":\"t\",\"accessMode\":\"rw\",\n"
	                     "   \"dataType\":{\"type\":\"integer\",\"specs\":{}}}]}" },
	{ "broken.tsl.json", "{\"properties\": [\n}" },
	{ "node.js",         "function rawDataToProtocol(" },
	{ "empty.js",        "" },
	{ "config.json",     "{\"interval\": 30}" },
	{ "config.txt",      "interval = 30" },
	{ "fw.bin",          "firmware" },
	{ "fw2.bin",         "more of it" },
	{ "first.json",      "{\"cloud\":1,\"profile\":\"platform\",\"products\":[{\"productKey\":\"a1Gate\","
	                     "\"nodeType\":\"gateway\"}],"
	                     "\"devices\":[{\"productKey\":\"a1Sub\",\"deviceName\":\"node\",\"gateway\":\"a1Gate/gate\"}]}" },
	{ "second.json",     "{\"cloud\":1,\"limits\":{\"payloadBytes\":9},\"region\":\"eu-central-1\","
	                     "\"products\":[{\"productKey\":\"a1Sub\",\"nodeType\":\"sub-device\"}],"
	                     "\"devices\":[{\"productKey\":\"a1Gate\",\"deviceName\":\"gate\"}]}" },
	{ "third.json",      "{\"cloud\":1,\"products\":[\n {\"productKey\":\"a1Sub\"}],\"devices\":[\n"
	                     "{\"productKey\":\"a1Gate\",\"deviceName\":\"gate\"}]}" },
	{ "twice.json",      "{\"cloud\":1,\"cloud\":1,\"device\":[]}" },
	{ "syntax.json",     "{\"cloud\":1,\n\"devices\":[}" },
};

static void make_folder(void)
{
	const char *tmp = getenv("TMPDIR");
	char path[128];
	size_t i;

	snprintf(folder, sizeof(folder), "%s/cloud_file.XXXXXX", tmp && strlen(tmp) < 40 ? tmp : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	for (i = 0; i < COUNT(files); i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, files[i].name);
		file = fopen(path, "w");
		ck_assert_ptr_nonnull(file);
		fputs(files[i].text, file);
		ck_assert_int_eq(fclose(file), 0);
	}
	snprintf(path, sizeof(path), "%s/large.js", folder);
	fclose(fopen(path, "w"));
	ck_assert_int_eq(truncate(path, 131073), 0);
	snprintf(path, sizeof(path), "%s/fifo", folder);
	ck_assert_int_eq(mkfifo(path, 0600), 0);
}

static void remove_folder(void)
{
	static const char *const others[] = { "large.js", "fifo" };
	char path[128];
	size_t i;

	for (i = 0; i < COUNT(files) + COUNT(others); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder,
		         i < COUNT(files) ? files[i].name : others[i - COUNT(files)]);
		unlink(path);
	}
	rmdir(folder);
}

/* --- helpers --- */

/* Replaces every `word`; free() the result. */
static char *replace(const char *text, const char *word, const char *by)
{
	struct text out = { 0 };
	const char *found;

	for (; (found = strstr(text, word)); text = found + strlen(word)) {
		text_add_bytes(&out, text, (size_t)(found - text));
		text_add(&out, by);
	}
	text_add(&out, text);
	ck_assert(!out.failed);
	return text_take(&out);
}

/* JSON is written with ' for quotes here, because \" everywhere cannot be read. */
static char *spell(const char *json)
{
	return replace(json, "'", "\"");
}

static struct cloud_file *parse(const char *pattern, struct text *complaints)
{
	char *json = spell(pattern);
	struct cloud_file *file = cloud_file_parse("cloud.json", folder, json, strlen(json), complaints);

	free(json);   /* nothing may still point there */
	return file;
}

/* Must be good, with no warning either. */
static struct cloud_file *parse_good(const char *pattern)
{
	struct text complaints = { 0 };
	struct cloud_file *file = parse(pattern, &complaints);

	ck_assert_str_eq(text_string(&complaints), "");
	ck_assert_ptr_nonnull(file);
	text_free(&complaints);
	return file;
}

/* --- bad files --- */

#define TOP      "{'cloud':1,"
#define PRODUCT  "'products':[{'productKey':'a1P',"
#define DEVICE   TOP "'products':[{'productKey':'a1P'}],\n'devices':[{'productKey':'a1P',"
#define MODEL    TOP "'products':[{'productKey':'a1P','tsl':'good.tsl.json'}],\n'devices':[{'productKey':'a1P','deviceName':'dev1',"
#define FIRMWARE TOP "'products':[{'productKey':'a1P'}],\n'firmware':[{'productKey':'a1P',"
#define BOUND    TOP "'products':[{'productKey':'a1G','nodeType':'gateway'},{'productKey':'a1S','nodeType':'sub-device'}," \
                 "{'productKey':'a1D'}],\n'devices':[{'productKey':'a1G','deviceName':'gate1'}," \
                 "{'productKey':'a1D','deviceName':'dev1'},\n"

static const struct {
	const char *json, *complaints;
} bad[] = {
	/* not a cloud file */
	{ "", "cloud.json:1:1: the text ends too early\n" },
	{ "[]", "cloud.json:1:1: this must be an object, not an array\n" },
	{ "{}", "cloud.json:1:1: `cloud` is missing\n" },
	{ "{'cloud':2}", "cloud.json:1:10: `cloud` must be 1, the only format there is\n" },
	{ "{'cloud':1.0}", "cloud.json:1:10: `cloud` must be 1, the only format there is\n" },
	{ "{'cloud':'1'}", "cloud.json:1:10: `cloud` must be a number, not a string\n" },
	{ "{'cloud':1,}", "cloud.json:1:11: stray comma\n" },
	{ "{'cloud':1\n}\n{", "cloud.json:3:1: expected nothing more after the value\n" },
	{ TOP "'\\u0063loud':1}", "cloud.json:1:12: `\\u0063loud` is here twice\n" },
	{ TOP "'products':[{'productKey':'a','tsl':{'properties':[],\n'properties':[]}}]}",
	  "cloud.json:2:1: `properties` is here twice\n" },
	{ TOP "'a\\u0000':1}",
	  "cloud.json:1:12: a key must not hold \\u0000\n"
	  "cloud.json:1:12: unknown key `a\\u0000`\n" },

	/* the top level */
	{ TOP "'device':[]}", "cloud.json:1:12: unknown key `device`, did you mean `devices`?\n" },
	{ TOP "'comment':''}", "cloud.json:1:12: unknown key `comment`\n" },
	{ TOP "'products':{}}", "cloud.json:1:23: `products` must be an array, not an object\n" },
	{ TOP "'products':[1]}", "cloud.json:1:24: this must be an object, not a number\n" },
	{ TOP "'profile':'prod'}", "cloud.json:1:22: `profile` must be one of test, platform\n" },
	{ TOP "'region':''}", "cloud.json:1:21: `region` must have 1 to 32 characters of A-Z a-z 0-9 -\n" },
	{ TOP "'instanceId':null}", "cloud.json:1:25: `instanceId` must be a string, not null\n" },
	{ TOP "'limits':{\n'payloadBytes':-1,\n 'payloadByte':1}}",
	  "cloud.json:2:16: `payloadBytes` must be a whole number from 0 (off) to 2147483647\n"
	  "cloud.json:3:2: unknown limit `payloadByte`, did you mean `payloadBytes`?\n" },
	{ TOP "'options':{'tlsOnly':1,'forcedOfflineTopic':'x','tlsonly':true}}",
	  "cloud.json:1:33: `tlsOnly` must be true or false\n"
	  "cloud.json:1:56: `forcedOfflineTopic` must be one of error, logout_reply, both\n"
	  "cloud.json:1:60: unknown option `tlsonly`, did you mean `tlsOnly`?\n" },

	{ TOP "'limits':[1],'options':[1]}",
	  "cloud.json:1:21: `limits` must be an object, not an array\n"
	  "cloud.json:1:35: `options` must be an object, not an array\n" },

	/* products */
	{ TOP "'products':[{}]}", "cloud.json:1:24: `productKey` is missing\n" },
	{ TOP "'products':[{'productKey':'a/b'}]}",
	  "cloud.json:1:38: `productKey` must have 1 to 32 characters of A-Z a-z 0-9 _ -\n" },
	{ TOP "'products':[{'productKey':'a1234567890123456789012345678901x'}]}",
	  "cloud.json:1:38: `productKey` must have 1 to 32 characters of A-Z a-z 0-9 _ -\n" },
	{ TOP "'products':[{'productKey':'a\\u0000'}]}",
	  "cloud.json:1:38: `productKey` must not hold \\u0000\n"
	  "cloud.json:1:38: `productKey` must have 1 to 32 characters of A-Z a-z 0-9 _ -\n" },
	{ TOP PRODUCT "'productSecret':'a b'}]}",
	  "cloud.json:1:60: `productSecret` must have 1 to 64 visible ASCII characters\n" },
	{ TOP PRODUCT "'nodetype':'gateway'}]}",
	  "cloud.json:1:44: unknown key `nodetype`, did you mean `nodeType`?\n" },
	{ TOP PRODUCT "'nodeType':'sub'}]}",
	  "cloud.json:1:55: `nodeType` must be one of device, gateway, sub-device\n" },
	{ TOP PRODUCT "'dataFormat':'json'}]}", "cloud.json:1:57: `dataFormat` must be one of alink, raw\n" },
	{ TOP PRODUCT "'validation':1}]}", "cloud.json:1:57: `validation` must be a string, not a number\n" },
	{ TOP PRODUCT "'dynamicRegistration':'true'}]}",
	  "cloud.json:1:66: `dynamicRegistration` must be true or false, not a string\n" },
	{ TOP PRODUCT "'tsl':5}]}", "cloud.json:1:50: `tsl` must be a string, an object or an array, not a number\n" },
	{ TOP "'products':[{'productKey':'a1P'},\n{'productKey':'a1Q'},\n{'productKey':'a1P'},{'productKey':'a1P'}]}",
	  "cloud.json:3:1: product `a1P` is already defined at cloud.json:1:24\n"
	  "cloud.json:3:22: product `a1P` is already defined at cloud.json:3:1\n" },
	{ TOP PRODUCT "'script':'nodes.js'}]}",
	  "cloud.json:1:53: `nodes.js` cannot be read: No such file or directory\n" },
	{ TOP PRODUCT "'script':'large.js'}]}", "cloud.json:1:53: `large.js` is larger than 131072 bytes\n" },
	{ TOP PRODUCT "'script':'fifo'}]}", "cloud.json:1:53: `fifo` is not a regular file\n" },
	{ TOP PRODUCT "'script':'.'}]}", "cloud.json:1:53: `.` is not a regular file\n" },
	{ TOP PRODUCT "'remoteConfig':{'content':'x'}}]}",
	  "cloud.json:1:70: `content` must be an object or an array, not a string\n" },
	{ TOP PRODUCT "'remoteConfig':{'content':{},'file':'config.json'}}]}",
	  "cloud.json:1:80: `file` and `content` exclude each other\n" },
	{ TOP PRODUCT "'remoteConfig':{'file':'config.txt'}}]}", "FOLDER/config.txt:1:1: expected a value\n" },
	{ TOP "'limits':{'configBytes':9}," PRODUCT "'remoteConfig':{'content':{'a':1234}}}]}",
	  "cloud.json:1:97: the configuration has 10 bytes, more than configBytes allows (9)\n" },
	{ TOP "'limits':{'configBytes':9}," PRODUCT "'remoteConfig':{'file':'config.json'}}]}",
	  "cloud.json:1:94: the configuration has 16 bytes, more than configBytes allows (9)\n" },
	{ TOP PRODUCT "'topics':[{'allow':'read'},{'name':'user//x'},{'name':'user/a-b'},{'name':'user/#','allow':'both'},\n"
	  "{'name':'#/x','allow':'subscribe'},{'name':'a/b/c/d/e/f'},{'name':'ok'},{'name':'ok'}]}]}",
	  "cloud.json:1:63: `allow` must be one of publish, subscribe, both\n"
	  "cloud.json:1:54: `name` is missing\n"
	  "cloud.json:1:79: topic `user//x` has an empty level\n"
	  "cloud.json:1:98: topic `user/a-b` has a level with other characters than A-Z a-z 0-9 _\n"
	  "cloud.json:1:118: topic `user/#` has wildcards, which only `subscribe` allows\n"
	  "cloud.json:2:9: topic `#/x` has a `#` before its last level\n"
	  "cloud.json:2:44: topic `a/b/c/d/e/f` has more levels than customTopicSlashes allows\n"
	  "cloud.json:2:81: topic `ok` is here twice\n" },

	/* thing models */
	{ TOP PRODUCT "'tsl':'none.json'}]}",
	  "cloud.json:1:50: `none.json` cannot be read: No such file or directory\n" },
	{ TOP PRODUCT "'tsl':'broken.tsl.json'}]}", "FOLDER/broken.tsl.json:2:1: expected a value\n" },
	{ TOP PRODUCT "'tsl':'bad.tsl.json'}]}",
	  "FOLDER/bad.tsl.json:4:23: property `temp`: data type \"integer\" is none of int, float, double, text, bool, enum, date, struct, array\n" },
	{ TOP PRODUCT "\n'tsl':{'properties':[{'identifier':'temp','name':'t','accessMode':'rw',\n'dataType':{'type':'integer'}}]}}]}",
	  "cloud.json:3:20: property `temp`: data type \"integer\" is none of int, float, double, text, bool, enum, date, struct, array\n" },
	{ TOP PRODUCT "\n'tsl':['motor.tsl.json','bad.tsl.json']}]}",
	  "FOLDER/bad.tsl.json:4:23: property `temp`: data type \"integer\" is none of int, float, double, text, bool, enum, date, struct, array\n" },
	{ TOP PRODUCT "\n'tsl':[1]}]}", "cloud.json:2:8: a thing model must be an object, not number\n" },

	/* devices */
	{ TOP "'devices':[{'productKey':'a1P','deviceName':'dev1'}]}",
	  "cloud.json:1:37: there is no product `a1P`\n" },
	{ DEVICE "'deviceName':'dev1','gateway':'a\\nP\\u001b/gate'}]}",
	  "cloud.json:2:62: there is no product `a\\u000aP\\u001b`\n"
	  "cloud.json:2:62: only a device whose product's nodeType is sub-device has a gateway\n" },
	{ TOP "'products':[{'productKey':'a1Gate'}],'devices':[{'productKey':'a1Gat','deviceName':'dev1'}]}",
	  "cloud.json:1:74: there is no product `a1Gat`, did you mean `a1Gate`?\n" },
	{ DEVICE "'devicename':'dev1'}]}",
	  "cloud.json:2:32: unknown key `devicename`, did you mean `deviceName`?\n"
	  "cloud.json:2:12: `deviceName` is missing\n" },
	{ DEVICE "'deviceName':'dev'}]}",
	  "cloud.json:2:45: `deviceName` must have 4 to 32 characters of A-Z a-z 0-9 - _ @ . :\n" },
	{ DEVICE "'deviceName':'dev/1'}]}",
	  "cloud.json:2:45: `deviceName` must have 4 to 32 characters of A-Z a-z 0-9 - _ @ . :\n" },
	{ TOP "'options':{'deviceNameCharset':'strict'},'products':[{'productKey':'a1P'}],"
	  "'devices':[{'productKey':'a1P','deviceName':'dev-1'}]}",
	  "cloud.json:1:131: `deviceName` must have 4 to 32 characters of A-Z a-z 0-9 _ (option deviceNameCharset)\n" },
	{ DEVICE "'deviceName':'d1234567890123456789012345678{0001..0002}'}]}",
	  "cloud.json:2:45: `deviceName` must have 4 to 32 characters of A-Z a-z 0-9 - _ @ . :\n" },
	{ DEVICE "'deviceName':'d{1..10}'}]}",
	  "cloud.json:2:45: `deviceName` must have 4 to 32 characters of A-Z a-z 0-9 - _ @ . :\n" },
	{ DEVICE "'deviceName':'node_{0001-0200}'}]}",
	  "cloud.json:2:45: a range in `deviceName` must be written like {0001..0200}, and there is one at most\n" },
	{ DEVICE "'deviceName':'node_{2..1}'}]}",
	  "cloud.json:2:45: a range in `deviceName` must be written like {0001..0200}, and there is one at most\n" },
	{ DEVICE "'deviceName':'node_{1..2}{1..2}'}]}",
	  "cloud.json:2:45: a range in `deviceName` must be written like {0001..0200}, and there is one at most\n" },
	{ DEVICE "'deviceName':'node_{1..2'}]}",
	  "cloud.json:2:45: a range in `deviceName` must be written like {0001..0200}, and there is one at most\n" },
	{ DEVICE "'deviceName':'node_{1..9999999999}'}]}",
	  "cloud.json:2:45: a range in `deviceName` must be written like {0001..0200}, and there is one at most\n" },
	{ DEVICE "'deviceName':'node_{000000..100000}'}]}",
	  "cloud.json:2:45: a range stands for at most 100000 devices\n" },
	{ DEVICE "'deviceName':'node_{1..3}'},\n{'productKey':'a1P','deviceName':'node_{3..4}'}]}",
	  "cloud.json:3:1: device `a1P/node_3` is already defined at cloud.json:2:12\n" },
	{ DEVICE "'deviceName':'dev1','deviceSecret':''}]}",
	  "cloud.json:2:67: `deviceSecret` must have 1 to 64 visible ASCII characters\n" },
	{ DEVICE "'deviceName':'dev1','enabled':0}]}", "cloud.json:2:62: `enabled` must be true or false, not a number\n" },
	{ DEVICE "'deviceName':'dev1','x509Sha256':'12:34'}]}",
	  "cloud.json:2:65: `x509Sha256` must be the 64 hex digits of a certificate's SHA-256\n" },
	{ DEVICE "'deviceName':'dev_{1..2}','x509Sha256':'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'}]}",
	  "cloud.json:2:71: `x509Sha256` is one device's certificate, not that of a range\n" },
	{ DEVICE "'deviceName':'dev1','tags':{'1st':'x','no':5}}]}",
	  "cloud.json:2:60: tag `1st` must have 1 to 64 characters of A-Z a-z 0-9 _, no digit first\n"
	  "cloud.json:2:75: the value of tag `no` must be a string of at most 128 bytes\n" },
	{ DEVICE "'deviceName':'dev1','tags':['x'],'desired':[1],'shadow':[1]}]}",
	  "cloud.json:2:59: `tags` must be an object, not an array\n"
	  "cloud.json:2:75: `desired` must be an object, not an array\n"
	  "cloud.json:2:88: `shadow` must be an object, not an array\n" },
	{ TOP "'limits':{'tagsPerDevice':1},'products':[{'productKey':'a1P'}],\n"
	  "'devices':[{'productKey':'a1P','deviceName':'dev1','tags':{'a':'x','b':'y'}}]}",
	  "cloud.json:2:59: the device has 2 tags, more than tagsPerDevice allows (1)\n" },
	{ DEVICE "'deviceName':'dev1','shadow':{'state':{},'version':-1}}]}",
	  "cloud.json:2:62: unknown key `state`\n"
	  "cloud.json:2:83: `version` must be a whole number from 0\n" },
	{ TOP "'limits':{'shadowBytes':9},'products':[{'productKey':'a1P'}],\n"
	  "'devices':[{'productKey':'a1P','deviceName':'dev1','shadow':{'reported':{}}}]}",
	  "cloud.json:2:61: the shadow has 15 bytes, more than shadowBytes allows (9)\n" },
	{ MODEL "'desired':{'tmp':1},'properties':{'temp':130}}]}",
	  "cloud.json:2:63: product `a1P` has no property `tmp`, did you mean `temp`?\n"
	  "cloud.json:2:93: value 130 of `temp` is above max 120\n" },
	{ TOP "'products':[{'productKey':'a1P','tsl':['good.tsl.json','motor.tsl.json']}],\n"
	  "'devices':[{'productKey':'a1P','deviceName':'dev1','desired':{'Motor:speed':1}}]}",
	  "cloud.json:2:63: `Motor:speed` is read-only, so it has no desired value\n" },

	/* gateways */
	{ BOUND "{'productKey':'a1S','deviceName':'sub1','gateway':'gate1'}]}",
	  "cloud.json:3:51: `gateway` must be written productKey/deviceName\n" },
	{ BOUND "{'productKey':'a1S','deviceName':'sub1','gateway':'a1X/gate1'}]}",
	  "cloud.json:3:51: there is no product `a1X`\n" },
	{ BOUND "{'productKey':'a1S','deviceName':'sub1','gateway':'a1G/gate2'}]}",
	  "cloud.json:3:51: there is no device `a1G/gate2`\n" },
	{ BOUND "{'productKey':'a1S','deviceName':'sub1','gateway':'a1D/dev1'}]}",
	  "cloud.json:3:51: `a1D` is no gateway: its product's nodeType is not gateway\n" },
	{ BOUND "{'productKey':'a1D','deviceName':'dev2','gateway':'a1G/gate1'}]}",
	  "cloud.json:3:51: only a device whose product's nodeType is sub-device has a gateway\n" },

	/* firmware */
	{ FIRMWARE "'version':'1.0','file':'none.bin'}]}",
	  "cloud.json:2:56: `none.bin` cannot be read: No such file or directory\n" },
	{ FIRMWARE "'version':'1.0','file':'.'}]}", "cloud.json:2:56: `.` is not a regular file\n" },
	{ FIRMWARE "'version':'1.0'}]}", "cloud.json:2:13: firmware has either a `file` or `files`\n" },
	{ FIRMWARE "'version':'1.0','file':'fw.bin','files':['fw.bin','fw2.bin']}]}",
	  "cloud.json:2:13: firmware has either a `file` or `files`\n" },
	{ FIRMWARE "'version':'1.0','files':['fw.bin']}]}",
	  "cloud.json:2:57: `files` holds 2 to 20 files; use `file` for one\n" },
	{ FIRMWARE "'version':'1.0','files':['fw.bin',2]}]}", "cloud.json:2:67: a file must be a path\n" },
	{ FIRMWARE "'file':'fw.bin'}]}", "cloud.json:2:13: `version` is missing\n" },
	{ FIRMWARE "'version':'1 0','file':'fw.bin','module':'a/b'}]}",
	  "cloud.json:2:74: `module` must have 1 to 64 characters of A-Z a-z 0-9 . _ -\n"
	  "cloud.json:2:43: `version` must have 1 to 64 characters of A-Z a-z 0-9 . _ -\n" },
	{ FIRMWARE "'version':'1','file':'fw.bin','sourceVersions':[1,'']}]}",
	  "cloud.json:2:81: a source version must be a string\n"
	  "cloud.json:2:83: `version` must have 1 to 64 characters of A-Z a-z 0-9 . _ -\n" },
	{ FIRMWARE "'version':'1','file':'fw.bin','signMethod':'MD5'}]}",
	  "cloud.json:2:76: `signMethod` must be one of Md5, SHA256\n" },
	{ FIRMWARE "'version':'1','file':'fw.bin'},\n{'productKey':'a1P','version':'1','module':'default','file':'fw.bin'}]}",
	  "cloud.json:3:1: firmware `1` of module `default` of product `a1P` is already defined at cloud.json:2:13\n" },
	{ TOP "'firmware':[{'productKey':'a1P','version':'1','file':'none'}]}",
	  "cloud.json:1:38: there is no product `a1P`\n"
	  "cloud.json:1:65: `none` cannot be read: No such file or directory\n" },
};

START_TEST(bad_file_is_refused)
{
	struct text complaints = { 0 };
	struct cloud_file *file = parse(bad[_i].json, &complaints);
	char *expected = replace(bad[_i].complaints, "FOLDER", folder);

	ck_assert_str_eq(text_string(&complaints), expected);
	ck_assert_ptr_null(file);
	free(expected);
	text_free(&complaints);
}
END_TEST

START_TEST(complaints_are_cut_off)
{
	struct text json = { 0 }, complaints = { 0 };
	const char *line;
	int i, lines = 0;

	text_add(&json, TOP "'devices':[");
	for (i = 0; i < 60; i++)
		text_add(&json, i ? ",\n{'productKey':'a1P','deviceName':'dev1'}" : "{'productKey':'a1P','deviceName':'dev1'}");
	text_add(&json, "]}");
	ck_assert_ptr_null(parse(text_string(&json), &complaints));
	for (line = text_string(&complaints); (line = strchr(line, '\n')); line++)
		lines++;
	ck_assert_int_eq(lines, 51);
	ck_assert_ptr_nonnull(strstr(text_string(&complaints),
	                             "cloud.json:50:15: there is no product `a1P`\nand 10 more\n"));
	text_free(&json);
	text_free(&complaints);
}
END_TEST

/* --- warnings --- */

static const struct {
	const char *json, *warnings;
} dubious[] = {
	{ TOP "'options':{'otaSignMethod':'SHA256'}}",
	  "cloud.json:1:39: warning: a package signed with SHA256 is pushed without `md5`, and C SDK 3 refuses it\n" },
	{ FIRMWARE "'version':'1','file':'fw.bin','signMethod':'SHA256','isDiff':true}]}",
	  "cloud.json:2:76: warning: a package signed with SHA256 is pushed without `md5`, and C SDK 3 refuses it\n"
	  "cloud.json:2:94: warning: a differential package without `sourceVersions` goes to any version\n" },
};

START_TEST(dubious_file_is_taken)
{
	struct text warnings = { 0 };
	struct cloud_file *file = parse(dubious[_i].json, &warnings);

	ck_assert_ptr_nonnull(file);
	ck_assert_str_eq(text_string(&warnings), dubious[_i].warnings);
	cloud_file_free(file);
	text_free(&warnings);
}
END_TEST

/* --- good files --- */

START_TEST(empty_cloud_has_the_defaults)
{
	struct cloud_file *file = parse_good("{'cloud':1,'$schema':'x'}");

	ck_assert_str_eq(file->region, "cn-shanghai");
	ck_assert_ptr_null(file->instance_id);
	ck_assert_int_eq(file->settings.profile, PROFILE_TEST);
	ck_assert_int_eq(file->settings.limits.sub_devices_per_gateway, 2000);
	ck_assert_int_eq(file->settings.limits.uplink_qos0_per_device_per_second, 0);
	ck_assert_uint_eq(file->product_count, 0);
	ck_assert_uint_eq(file->device_count, 0);
	ck_assert_uint_eq(file->firmware_count, 0);
	cloud_file_free(file);
}
END_TEST

START_TEST(settings_are_read)
{
	struct cloud_file *file = parse_good(
		"{'cloud':1,'options':{'forcedOfflineTopic':'both','disabledLoginCode':6204,'platformRules':false},"
		"'limits':{'uplinkQos0PerDevicePerSecond':7},'profile':'platform','region':'eu-central-1','instanceId':'iot-1'}");

	ck_assert_int_eq(file->settings.options.forced_offline_topic, FORCED_OFFLINE_BOTH);
	ck_assert_int_eq(file->settings.options.disabled_login_code, DISABLED_LOGIN_6204);
	ck_assert_int_eq(file->settings.options.platform_rules, 0);
	/* a single limit overrides its profile, wherever in the file that stands */
	ck_assert_int_eq(file->settings.limits.uplink_qos0_per_device_per_second, 7);
	ck_assert_int_eq(file->settings.limits.uplink_qos1_per_device_per_second, 10);
	ck_assert_str_eq(file->region, "eu-central-1");
	ck_assert_str_eq(file->instance_id, "iot-1");
	cloud_file_free(file);
}
END_TEST

START_TEST(product_is_read)
{
	struct cloud_file *file = parse_good(TOP
		"'products':[{'productKey':'a1EmuGate01'},\n"
		"{'productKey':'a1P','productSecret':'PsEmu0123456789','name':'Gate \\u00e4','nodeType':'gateway',"
		"'dataFormat':'raw','dynamicRegistration':true,'validation':'weak','tsl':'good.tsl.json','script':'node.js',"
		"'remoteConfig':{'content':{'interval': 30}},"
		"'topics':[{'name':'user/update','allow':'publish'},{'name':'user/+/x/#','allow':'subscribe'},{'name':'user/both'}]},"
		"{'productKey':'a1Q','nodeType':'sub-device','validation':'none','tsl':{'properties':[]},'script':'empty.js',"
		"'remoteConfig':{'enabled':false,'file':'config.json'}},"
		"{'productKey':'a1R','remoteConfig':{},'tsl':[{'properties':[]}]}]}");
	const struct cloud_file_product *product = file->products;

	ck_assert_uint_eq(file->product_count, 4);
	ck_assert_str_eq(product->product_key, "a1EmuGate01");
	/* printf a1EmuGate01 | openssl dgst -sha256 -hmac alink-emulator */
	ck_assert_str_eq(product->product_secret, "0e288755261d993f");
	ck_assert_ptr_null(product->name);
	ck_assert_int_eq(product->node_type, NODE_DEVICE);
	ck_assert_int_eq(product->data_format, FORMAT_ALINK);
	ck_assert_int_eq(product->validation, VALIDATION_STRONG);
	ck_assert(!product->dynamic_registration);
	ck_assert_ptr_null(product->tsl);
	ck_assert_ptr_null(product->script);
	ck_assert(!product->config_enabled);
	ck_assert_ptr_null(product->config);
	ck_assert_uint_eq(product->topic_count, 0);
	ck_assert_str_eq(product->where, "cloud.json:1:24");

	product++;
	ck_assert_str_eq(product->product_secret, "PsEmu0123456789");
	ck_assert_str_eq(product->name, "Gate \xC3\xA4");
	ck_assert_int_eq(product->node_type, NODE_GATEWAY);
	ck_assert_int_eq(product->data_format, FORMAT_RAW);
	ck_assert_int_eq(product->validation, VALIDATION_WEAK);
	ck_assert(product->dynamic_registration);
	ck_assert_int_eq(strncmp(product->tsl, "{\"properties\":[{\"identifier\":\"temp\"", 34), 0);
	ck_assert_str_eq(product->script, "function rawDataToProtocol(");
	ck_assert_str_eq(strrchr(product->script_path, '/'), "/node.js");
	ck_assert(product->config_enabled);
	ck_assert_str_eq(product->config, "{\"interval\": 30}");
	ck_assert_uint_eq(product->topic_count, 3);
	ck_assert_str_eq(product->topics[0].name, "user/update");
	ck_assert_int_eq(product->topics[0].allow, ALLOW_PUBLISH);
	ck_assert_int_eq(product->topics[1].allow, ALLOW_SUBSCRIBE);
	ck_assert_int_eq(product->topics[2].allow, ALLOW_BOTH);
	ck_assert_str_eq(product->where, "cloud.json:2:1");

	product++;
	ck_assert_int_eq(product->node_type, NODE_SUB_DEVICE);
	ck_assert_int_eq(product->validation, VALIDATION_NONE);
	ck_assert_str_eq(product->tsl, "{\"properties\":[]}");
	ck_assert_str_eq(product->script, "");
	ck_assert(!product->config_enabled);
	ck_assert_str_eq(product->config, "{\"interval\": 30}");

	product++;
	ck_assert(product->config_enabled);   /* enabled without content: 6710 */
	ck_assert_ptr_null(product->config);
	ck_assert_str_eq(product->tsl, "[{\"properties\":[]}]");
	cloud_file_free(file);
}
END_TEST

START_TEST(device_is_read)
{
	struct cloud_file *file = parse_good(TOP
		"'products':[{'productKey':'a1G','productSecret':'PsEmu0123456789','nodeType':'gateway','tsl':'good.tsl.json'},"
		"{'productKey':'a1S','nodeType':'sub-device','productSecret':'PsEmu9876543210'}],\n"
		"'devices':[{'productKey':'a1S','deviceName':'node_{0001..0200}','gateway':'a1G/gw-0001','enabled':false},\n"
		"{'productKey':'a1G','deviceName':'gw-0001','desired':{'temp':20},'properties':{'temp': 0},"
		"'tags':{'room':'attic'},'shadow':{'reported':{'c':'red'},'version':3},"
		"'x509Sha256':'E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55'},"
		"{'productKey':'a1S','deviceName':'x-{8..11}:y','deviceSecret':'secret','desired':{'any':true}},"
		"{'productKey':'a1S','deviceName':'d123456789012345678901234567{0001..0001}'}]}");
	const struct cloud_file_device *device = file->devices;

	ck_assert_uint_eq(file->device_count, 206);
	ck_assert_str_eq(device->product_key, "a1S");
	ck_assert_str_eq(device->device_name, "node_0001");
	/* printf node_0001 | openssl dgst -sha256 -hmac PsEmu9876543210 */
	ck_assert_str_eq(device->device_secret, "2daaeca0a2686b1b9df8ecbcf3875415");
	ck_assert_str_eq(device->gateway_product_key, "a1G");
	ck_assert_str_eq(device->gateway_name, "gw-0001");
	ck_assert(!device->enabled);
	ck_assert_ptr_null(device->tags);
	ck_assert_ptr_null(device->x509_sha256);
	ck_assert_str_eq(device->where, "cloud.json:2:12");
	ck_assert_str_eq(device[199].device_name, "node_0200");
	ck_assert_str_eq(device[199].device_secret, "1328d2c7804b9c7e3acc8709f7690193");

	device += 200;
	ck_assert_str_eq(device->device_name, "gw-0001");
	ck_assert_str_eq(device->device_secret, "b4022eb93cd44c88fd6b080981110417");
	ck_assert_ptr_null(device->gateway_name);
	ck_assert(device->enabled);
	ck_assert_str_eq(device->tags, "{\"room\":\"attic\"}");
	ck_assert_str_eq(device->desired, "{\"temp\":20}");
	ck_assert_str_eq(device->properties, "{\"temp\": 0}");
	ck_assert_str_eq(device->shadow, "{\"reported\":{\"c\":\"red\"},\"version\":3}");
	ck_assert_str_eq(device->x509_sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");

	device++;
	ck_assert_str_eq(device[0].device_name, "x-8:y");
	ck_assert_str_eq(device[3].device_name, "x-11:y");
	ck_assert_str_eq(device[3].device_secret, "secret");
	ck_assert_str_eq(device[3].desired, "{\"any\":true}");   /* no model, no check */
	ck_assert_uint_eq(strlen(device[4].device_name), 32);
	cloud_file_free(file);
}
END_TEST

START_TEST(firmware_is_read)
{
	struct cloud_file *file = parse_good(FIRMWARE "'version':'1.1.0','sourceVersions':['1.0.0','1.0.1'],'file':'fw.bin'},"
		"{'productKey':'a1P','module':'MCU','version':'2','files':['fw.bin','./fw2.bin'],'signMethod':'Md5',"
		"'isDiff':true,'sourceVersions':[],'extData':{'batch':'blue'}}]}");
	const struct cloud_file_firmware *firmware = file->firmware;
	char path[128];

	ck_assert_uint_eq(file->firmware_count, 2);
	ck_assert_str_eq(firmware->product_key, "a1P");
	ck_assert_str_eq(firmware->module, "default");
	ck_assert_str_eq(firmware->version, "1.1.0");
	ck_assert(firmware->has_source_versions);
	ck_assert_uint_eq(firmware->source_version_count, 2);
	ck_assert_str_eq(firmware->source_versions[1], "1.0.1");
	ck_assert_uint_eq(firmware->file_count, 1);
	snprintf(path, sizeof(path), "%s/fw.bin", folder);
	ck_assert_str_eq(firmware->files[0], path);
	ck_assert_ptr_null(firmware->sign_method);
	ck_assert(!firmware->is_diff);
	ck_assert_ptr_null(firmware->ext_data);

	firmware++;
	ck_assert_str_eq(firmware->module, "MCU");
	ck_assert_uint_eq(firmware->file_count, 2);
	snprintf(path, sizeof(path), "%s/fw2.bin", folder);
	ck_assert_str_eq(firmware->files[1], path);
	ck_assert_str_eq(firmware->sign_method, "Md5");
	ck_assert(firmware->is_diff);
	ck_assert(firmware->has_source_versions);
	ck_assert_uint_eq(firmware->source_version_count, 0);
	ck_assert_str_eq(firmware->ext_data, "{\"batch\":\"blue\"}");
	cloud_file_free(file);
}
END_TEST

/* --- several files --- */

static struct cloud_file *read_files(const char *const *names, size_t count, struct text *complaints)
{
	static char paths[4][128];
	const char *list[4];
	size_t i;

	for (i = 0; i < count; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s/%s", folder, names[i]);
		list[i] = paths[i];
	}
	return cloud_file_read(list, count, complaints);
}

START_TEST(files_add_up)
{
	static const char *const names[] = { "first.json", "second.json" };
	struct text complaints = { 0 };
	struct cloud_file *file = read_files(names, 2, &complaints);

	ck_assert_str_eq(text_string(&complaints), "");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(file->product_count, 2);
	ck_assert_uint_eq(file->device_count, 2);
	ck_assert_str_eq(file->devices[0].gateway_name, "gate");   /* which stands in the other file, as does the product */
	ck_assert_int_eq(file->settings.profile, PROFILE_PLATFORM);
	ck_assert_int_eq(file->settings.limits.payload_bytes, 9);
	ck_assert_int_eq(file->settings.limits.connects_per_device_per_minute, 5);
	ck_assert_str_eq(file->region, "eu-central-1");
	cloud_file_free(file);
	text_free(&complaints);
}
END_TEST

static const struct {
	const char *names[3];
	size_t count;
	const char *complaints;
} bad_sets[] = {
	{ { "first.json", "second.json", "third.json" }, 3,
	  "FOLDER/third.json:2:2: product `a1Sub` is already defined at FOLDER/second.json:1:76\n"
	  "FOLDER/third.json:3:1: device `a1Gate/gate` is already defined at FOLDER/second.json:1:135\n" },
	{ { "first.json" }, 1,
	  "FOLDER/first.json:1:116: there is no product `a1Sub`\n"
	  "FOLDER/first.json:1:154: there is no device `a1Gate/gate`\n" },
	{ { "twice.json" }, 1,
	  "FOLDER/twice.json:1:12: `cloud` is here twice\n"
	  "FOLDER/twice.json:1:22: unknown key `device`, did you mean `devices`?\n" },
	/* one that is no JSON: what the others say may depend on it */
	{ { "first.json", "syntax.json", "none.json" }, 3,
	  "FOLDER/syntax.json:2:12: expected a value\n"
	  "FOLDER/none.json:1:1: cannot be read: No such file or directory\n" },
};

START_TEST(bad_set_is_refused)
{
	struct text complaints = { 0 };
	char *expected = replace(bad_sets[_i].complaints, "FOLDER", folder);

	ck_assert_ptr_null(read_files(bad_sets[_i].names, bad_sets[_i].count, &complaints));
	ck_assert_str_eq(text_string(&complaints), expected);
	free(expected);
	text_free(&complaints);
}
END_TEST

START_TEST(no_file_is_an_empty_cloud)
{
	struct text complaints = { 0 };
	struct cloud_file *file = cloud_file_read(NULL, 0, &complaints);

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(file->device_count, 0);
	cloud_file_free(file);
	cloud_file_free(NULL);
	text_free(&complaints);
}
END_TEST

/* --- models alone, names, secrets --- */

static const struct {
	const char *file, *complaints;
} models[] = {
	{ "good.tsl.json",   "" },
	{ "motor.tsl.json",  "" },
	{ "bad.tsl.json",    "FOLDER/bad.tsl.json:4:23: property `temp`: data type \"integer\" is none of int, float, double, text, bool, enum, date, struct, array\n" },
	{ "broken.tsl.json", "FOLDER/broken.tsl.json:2:1: expected a value\n" },
	{ "none.tsl.json",   "FOLDER/none.tsl.json:1:1: cannot be read: No such file or directory\n" },
};

START_TEST(model_is_checked)
{
	char path[128], *expected = replace(models[_i].complaints, "FOLDER", folder);
	struct text complaints = { 0 };

	snprintf(path, sizeof(path), "%s/%s", folder, models[_i].file);
	ck_assert_int_eq(cloud_file_check_tsl(path, &complaints), !*expected);
	ck_assert_str_eq(text_string(&complaints), expected);
	free(expected);
	text_free(&complaints);
}
END_TEST

/* doc: 4 to 32 characters; the two sets of the reference's section 9 */
static const struct {
	const char *name;
	bool api, strict;
} device_names[] = {
	{ "node",                              true,  true },
	{ "node_0001",                         true,  true },
	{ "gw-0001",                           true,  false },
	{ "a@b.c:d",                           true,  false },
	{ "nod",                               false, false },
	{ "",                                  false, false },
	{ "d1234567890123456789012345678901",  true,  true },
	{ "d12345678901234567890123456789012", false, false },
	{ "no de",                             false, false },
	{ "node/1",                            false, false },
	{ "node+",                             false, false },
	{ "n\xC3\xB6""de1",                    false, false },
};

START_TEST(device_name_is_judged)
{
	struct settings settings;

	settings_init(&settings, PROFILE_TEST);
	ck_assert_int_eq(device_name_valid(&settings, device_names[_i].name), device_names[_i].api);
	settings.options.device_name_charset = DEVICE_NAME_STRICT;
	ck_assert_int_eq(device_name_valid(&settings, device_names[_i].name), device_names[_i].strict);
}
END_TEST

/* Values by openssl dgst -sha256 -hmac. */
START_TEST(secrets_are_derived)
{
	char product[17], device[33];

	ck_assert_int_eq(derive_product_secret("a1EmuThermo1", product), 0);
	ck_assert_str_eq(product, "c17fef8f4adfc6b6");
	ck_assert_int_eq(derive_device_secret(product, "thermo-1", device), 0);
	ck_assert_str_eq(device, "90051ef3c4f78c6d953f2a1bc219f7e2");
	ck_assert_int_eq(derive_device_secret("PsEmu0123456789", "gw-0001", device), 0);
	ck_assert_str_eq(device, "b4022eb93cd44c88fd6b080981110417");
}
END_TEST

/* Any byte wrong, anywhere, is a complaint or harmless, never a crash or a leak. */
START_TEST(broken_bytes_are_survived)
{
	static const char good[] =
		"{'cloud':1,'limits':{'payloadBytes':9},'options':{'tlsOnly':true},'products':[{'productKey':'a1G',"
		"'nodeType':'gateway','tsl':['good.tsl.json','motor.tsl.json'],'script':'node.js','topics':[{'name':'a/b'}],"
		"'remoteConfig':{'content':{}}},{'productKey':'a1S','nodeType':'sub-device'}],'devices':[{'productKey':'a1G',"
		"'deviceName':'gate{1..3}','properties':{'temp':1}},{'productKey':'a1S','deviceName':'node','gateway':'a1G/gate1',"
		"'tags':{'a':'b'},'shadow':{'version':1}}],'firmware':[{'productKey':'a1G','version':'1','files':['fw.bin','fw2.bin']}]}";
	static const char bytes[] = "\0\"{}[],:x9\\";
	char *text = spell(good);
	size_t len = strlen(text), at, i;

	for (at = 0; at < len; at++) {
		char was = text[at];

		for (i = 0; i < sizeof(bytes) - 1; i++) {
			struct text complaints = { 0 };
			struct cloud_file *file;

			text[at] = bytes[i];
			file = cloud_file_parse("x", folder, text, len, &complaints);
			ck_assert_msg(file || complaints.len, "byte %zu as %d: neither file nor complaint", at, bytes[i]);
			cloud_file_free(file);
			text_free(&complaints);
		}
		text[at] = was;
	}
	for (at = 0; at < len; at++) {
		struct text complaints = { 0 };

		ck_assert_ptr_null(cloud_file_parse("x", folder, text, at, &complaints));
		ck_assert(complaints.len);
		text_free(&complaints);
	}
	free(text);
}
END_TEST

/* --- without memory --- */

static long until_failure = -1;   /* allocations before the one that fails; -1: none does */

static bool may_allocate(void)
{
	return until_failure < 0 || until_failure-- > 0;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);

void *__wrap_malloc(size_t size)
{
	return may_allocate() ? __real_malloc(size) : NULL;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return may_allocate() ? __real_calloc(count, size) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	return may_allocate() ? __real_realloc(old, size) : NULL;
}

void *__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return may_allocate() ? __real_reallocarray(old, count, size) : NULL;
}

/* Each allocation fails once: the file is refused then, and never half of it taken. */
START_TEST(lack_of_memory_is_survived)
{
	static const char good[] = TOP
		"'products':[{'productKey':'a1S','nodeType':'sub-device'},{'productKey':'a1G','nodeType':'gateway','tsl':'good.tsl.json'}],\n"
		"'devices':[{'productKey':'a1G','deviceName':'gate','properties':{'temp':1}},\n"
		"{'productKey':'a1S','deviceName':'node_{1000..1040}','gateway':'a1G/gate'}],\n"
		"'firmware':[{'productKey':'a1G','version':'1','file':'fw.bin','sourceVersions':['0']}]}";
	char *json = spell(good);
	struct cloud_file *file = NULL;
	bool failed = true;
	long before;

	for (before = 0; failed; before++) {
		struct text complaints = { 0 };

		until_failure = before;
		file = cloud_file_parse("cloud.json", folder, json, strlen(json), &complaints);
		failed = until_failure < 0;
		until_failure = -1;
		ck_assert_msg(!file == failed, "allocation %ld: taken nevertheless", before);
		ck_assert(file || complaints.len || complaints.failed);
		text_free(&complaints);
	}
	ck_assert_int_gt(before, 20);
	ck_assert_uint_eq(file->device_count, 42);
	cloud_file_free(file);
	free(json);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cloud file");
	TCase *tcase = tcase_create("cloud file");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, make_folder, remove_folder);
	tcase_set_timeout(tcase, 60);
	tcase_add_loop_test(tcase, bad_file_is_refused, 0, COUNT(bad));
	tcase_add_test(tcase, complaints_are_cut_off);
	tcase_add_loop_test(tcase, dubious_file_is_taken, 0, COUNT(dubious));
	tcase_add_test(tcase, empty_cloud_has_the_defaults);
	tcase_add_test(tcase, settings_are_read);
	tcase_add_test(tcase, product_is_read);
	tcase_add_test(tcase, device_is_read);
	tcase_add_test(tcase, firmware_is_read);
	tcase_add_test(tcase, files_add_up);
	tcase_add_loop_test(tcase, bad_set_is_refused, 0, COUNT(bad_sets));
	tcase_add_test(tcase, no_file_is_an_empty_cloud);
	tcase_add_loop_test(tcase, model_is_checked, 0, COUNT(models));
	tcase_add_loop_test(tcase, device_name_is_judged, 0, COUNT(device_names));
	tcase_add_test(tcase, secrets_are_derived);
	tcase_add_test(tcase, broken_bytes_are_survived);
	tcase_add_test(tcase, lack_of_memory_is_survived);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
