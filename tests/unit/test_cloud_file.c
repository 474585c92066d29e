/* Cloud files: what is read from good ones, and the names and secrets of what stands there. */
#include "cloud_file_fixture.h"

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

/* --- names, secrets --- */

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

int main(void)
{
	Suite *suite = suite_create("cloud file");
	TCase *tcase = tcase_create("good files");
	SRunner *runner;
	int failed;

	tcase_add_unchecked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, empty_cloud_has_the_defaults);
	tcase_add_test(tcase, settings_are_read);
	tcase_add_test(tcase, product_is_read);
	tcase_add_test(tcase, device_is_read);
	tcase_add_test(tcase, firmware_is_read);
	tcase_add_test(tcase, files_add_up);
	tcase_add_test(tcase, no_file_is_an_empty_cloud);
	tcase_add_loop_test(tcase, device_name_is_judged, 0, COUNT(device_names));
	tcase_add_test(tcase, secrets_are_derived);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
