/* What a transcript cannot show: large files, files that change, many devices, bounds. */
#include <stdbool.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api.h"
#include "post_fixture.h"

#define FILE_CLOUD "\"cloud\":1,\"products\":[{\"productKey\":\"a1Thermo001\",\"remoteConfig\":{\"content\":[1]}}],\"devices\":[{\"productKey\":" \
	"\"a1Thermo001\",\"deviceName\":\"dev_{0001..0450}\",\"deviceSecret\":\"" POST_SECRET "\"}]}"

static struct post_cloud post;
static char folder[512], path[600];
static uint64_t ticket;

static void setup(void)
{
	snprintf(folder, sizeof(folder), "%s/alink-ota-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/fw.bin", folder);
	post = post_open_file(NULL, FILE_CLOUD, NULL);
}

static void teardown(void)
{
	post_close(&post);
	unlink(path);
	rmdir(folder);
}

static void write_file(size_t len)
{
	FILE *file = fopen(path, "w");

	while (len--)
		fputc('a', file);
	ck_assert_int_eq(fclose(file), 0);
}

static void ask(const char *method, const char *api_path, const char *query, const char *body)
{
	struct text request = { 0 };

	text_addf(&request, "{\"id\":1,\"method\":\"%s\",\"path\":\"%s\",\"query\":{%s}%s%s}", method, api_path, query,
	          *body ? ",\"body\":" : "", body);
	effects_clear(&post.out);
	api_handle(post.cloud, ++ticket, text_string(&request), request.len, &post.out);
	text_free(&request);
}

static void tick(void)
{
	effects_clear(&post.out);
	cloud_tick(post.cloud, &post.out);
	ck_assert_int_eq(cloud_commit(post.cloud), 0);
}

/* The one answer there is. */
static const struct effect *answer(void)
{
	const struct effect *found = NULL;
	size_t i;

	for (i = 0; i < post.out.count; i++)
		if (post.out.at[i].kind == EFFECT_ANSWER) {
			ck_assert_ptr_null(found);
			found = &post.out.at[i];
		}
	return found;
}

static size_t published(void)
{
	size_t i, count = 0;

	for (i = 0; i < post.out.count; i++)
		count += post.out.at[i].kind == EFFECT_PUBLISH;
	return count;
}

static void add_package(const char *version)
{
	char body[900];

	snprintf(body, sizeof(body), "{\"productKey\":\"a1Thermo001\",\"version\":\"%s\",\"files\":[\"%s\"]}", version, path);
	ask("POST", "/firmware", "", body);
}

START_TEST(a_large_file_is_read_a_piece_a_tick)
{
	int ticks = 0;

	write_file(1000000);
	add_package("1.0");
	while (!answer()) {
		ck_assert_int_lt(++ticks, 10);
		tick();
	}
	ck_assert_int_eq(ticks, 3);
	ck_assert_int_eq(answer()->status, 201);
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"size\":1000000,\"md5\":\"7707d6ae4e027c70eea2a935c2296f21\""));
	/* Known by now. */
	add_package("1.1");
	ck_assert_int_eq(answer()->status, 201);
}
END_TEST

START_TEST(packages_being_added_are_bounded)
{
	char version[16];
	int i;

	write_file(1000000);
	for (i = 0; i < 8; i++) {
		snprintf(version, sizeof(version), "%d", i);
		add_package(version);
		ck_assert_ptr_null(answer());
	}
	add_package("8");
	ck_assert_int_eq(answer()->status, 503);
	/* Whoever asked is gone: the place is free. */
	api_forget(post.cloud, ticket - 1);
	add_package("9");
	ck_assert_ptr_null(answer());
	/* The rest is freed with the cloud. */
}
END_TEST

START_TEST(a_file_that_changes_is_not_sent)
{
	static const char block[] = "{\"params\":{\"fileInfo\":{\"streamId\":1,\"fileId\":1},\"fileBlock\":{\"size\":9,\"offset\":0}}}";
	uint64_t device = post_connect(&post, "a1Thermo001/dev_0001");
	struct json reply;
	char url[300], *token, *query, fields[200];

	write_file(100);
	add_package("1.0");
	ck_assert_int_eq(answer()->status, 201);
	ask("POST", "/upgrades/a1Thermo001/dev_0001", "", "{\"version\":\"1.0\"}");
	ck_assert_int_eq(answer()->status, 201);
	ck_assert_uint_eq(published(), 1);
	ck_assert_int_eq(json_parse(&post.reply, post.out.at[0].payload, post.out.at[0].payload_len, JSON_STRICT, NULL), 0);
	ck_assert_int_gt(json_string(json_get(json_get(json_root(&post.reply), "data"), "url"), url, sizeof(url)), 0);
	token = strstr(url, "/files/");
	query = strchr(url, '?');
	ck_assert(token && query);
	*query++ = '\0';
	snprintf(fields, sizeof(fields), "\"Expires\":\"%.10s\",\"Signature\":\"%s\"", query + strlen("Expires="),
	         strstr(query, "Signature=") + strlen("Signature="));
	ask("GET", token, fields, "");
	ck_assert_int_eq(answer()->status, 200);

	write_file(101);
	ask("GET", token, fields, "");
	ck_assert_int_eq(answer()->status, 500);
	ck_assert_ptr_nonnull(strstr(answer()->payload, "has changed since it was added"));
	/* Neither in a push, nor when asked, nor in blocks. */
	reply = post_send(&post, device, "/ota/device/inform/a1Thermo001/dev_0001", "{\"id\":\"1\",\"params\":{\"version\":\"0.9\"}}");
	ck_assert(!json_present(reply));
	reply = post_send(&post, device, "/sys/a1Thermo001/dev_0001/thing/ota/firmware/get", "{\"id\":\"2\",\"params\":{}}");
	ck_assert_int_eq(post_code(reply), 500);
	effects_clear(&post.out);
	cloud_message(post.cloud, device, &(struct message){ .topic = "/sys/a1Thermo001/dev_0001/thing/file/download",
	                                                     .payload = block, .payload_len = strlen(block) }, &post.out);
	ck_assert_uint_eq(published(), 1);
	ck_assert_ptr_nonnull(strstr(post.out.at[0].payload + 2, "\"code\":500,"));
	ask("POST", "/upgrades/a1Thermo001/dev_0002", "", "{\"version\":\"1.0\"}");
	ck_assert_int_eq(answer()->status, 409);

	/* Added again under another version, it is what it is now. */
	add_package("1.1");
	ck_assert_int_eq(answer()->status, 201);
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"size\":101,"));
}
END_TEST

START_TEST(a_push_to_many_takes_several_ticks)
{
	char name[64];
	int i;

	/* Every second one is online. */
	for (i = 1; i <= 450; i += 2) {
		snprintf(name, sizeof(name), "a1Thermo001/dev_%04d", i);
		post_connect(&post, name);
	}
	tick();
	ask("POST", "/configs/a1Thermo001/push", "", "{}");
	ck_assert_uint_eq(published(), 100);
	ck_assert_ptr_null(answer());
	/* One at a time. */
	ask("POST", "/configs/a1Thermo001/push", "", "{}");
	ck_assert_int_eq(answer()->status, 409);
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"code\":\"429\""));
	tick();
	ck_assert_uint_eq(published(), 100);
	ck_assert_ptr_null(answer());
	tick();
	ck_assert_uint_eq(published(), 25);
	ck_assert_int_eq(answer()->status, 200);
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"devices\":225}"));
	ck_assert_uint_eq(answer()->ticket, ticket - 1);
}
END_TEST

START_TEST(modules_are_bounded)
{
	uint64_t device = post_connect(&post, "a1Thermo001/dev_0001");
	char payload[200];
	int i;

	for (i = 0; i < 70; i++) {
		snprintf(payload, sizeof(payload), "{\"params\":{\"version\":\"1\",\"module\":\"m%d\"}}", i);
		post_send(&post, device, "/ota/device/inform/a1Thermo001/dev_0001", payload);
	}
	/* A known one may still change. */
	post_send(&post, device, "/ota/device/inform/a1Thermo001/dev_0001", "{\"params\":{\"version\":\"2\",\"module\":\"m3\"}}");
	ask("GET", "/upgrades/a1Thermo001/dev_0001", "", "");
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"module\":\"m63\","));
	ck_assert_ptr_null(strstr(answer()->payload, "\"module\":\"m64\","));
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"module\":\"m3\",\"version\":\"2\""));
}
END_TEST

START_TEST(finished_upgrades_are_bounded)
{
	int i, count = 0;
	const char *at;

	write_file(1);
	add_package("1.0");
	for (i = 0; i < 60; i++) {
		ask("POST", "/upgrades/a1Thermo001/dev_0001", "", "{\"version\":\"1.0\"}");
		ck_assert_int_eq(answer()->status, 201);
		tick();
	}
	ask("GET", "/upgrades/a1Thermo001/dev_0001", "", "");
	for (at = answer()->payload; (at = strstr(at, "\"state\":\"CANCELED\"")); at++)
		count++;
	ck_assert_int_eq(count, 50);
	ck_assert_ptr_nonnull(strstr(answer()->payload, "\"upgrades\":[{\"id\":60,"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ota");
	TCase *tcase = tcase_create("bounds");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_large_file_is_read_a_piece_a_tick);
	tcase_add_test(tcase, packages_being_added_are_bounded);
	tcase_add_test(tcase, a_file_that_changes_is_not_sent);
	tcase_add_test(tcase, a_push_to_many_takes_several_ticks);
	tcase_add_test(tcase, modules_are_bounded);
	tcase_add_test(tcase, finished_upgrades_are_bounded);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
