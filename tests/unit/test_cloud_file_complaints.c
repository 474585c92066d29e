/* Cloud files: the exact complaints about bad ones, and the warnings about dubious ones. */
#include "cloud_file_fixture.h"

/* --- bad files --- */

#define PRODUCT  "'products':[{'productKey':'a1P',"
#define DEVICE   TOP "'products':[{'productKey':'a1P'}],\n'devices':[{'productKey':'a1P',"
#define MODEL    TOP "'products':[{'productKey':'a1P','tsl':'good.tsl.json'}],\n'devices':[{'productKey':'a1P','deviceName':'dev1',"
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

/* --- several files --- */

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

/* --- a model alone --- */

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

int main(void)
{
	Suite *suite = suite_create("cloud file complaints");
	TCase *tcase = tcase_create("bad files");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, make_folder, remove_folder);
	tcase_add_loop_test(tcase, bad_file_is_refused, 0, COUNT(bad));
	tcase_add_test(tcase, complaints_are_cut_off);
	tcase_add_loop_test(tcase, dubious_file_is_taken, 0, COUNT(dubious));
	tcase_add_loop_test(tcase, bad_set_is_refused, 0, COUNT(bad_sets));
	tcase_add_loop_test(tcase, model_is_checked, 0, COUNT(models));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
