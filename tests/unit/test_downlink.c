/* Requests that wait for devices: how many there may be, and that each is answered once whatever comes. */
#include <check.h>
#include <inttypes.h>

#include "api.h"
#include "post_fixture.h"

#define WAITING_MAX 10000
#define SET_REPLY   "/sys/a1Types0001/gate1/thing/service/property/set_reply"

static struct post_cloud post;
static uint64_t gate;

static void setup(void)
{
	post_time = POST_NOW;
	post = post_open("\"limits\":{\"downlinkPerDevicePerSecond\":0},");
	gate = post_connect(&post, "a1Types0001/gate1");
}

static void teardown(void)
{
	post_close(&post);
}

/* Asks for a set under this ticket; the HTTP status, or 0 when it was sent and the answer is owed. */
static int ask(uint64_t ticket, int timeout_ms)
{
	char request[256];

	snprintf(request, sizeof(request), "{\"id\":1,\"method\":\"POST\",\"path\":\"/properties/a1Types0001/gate1\","
	         "\"body\":{\"params\":{\"level\":1},\"timeoutMs\":%d}}", timeout_ms);
	effects_clear(&post.out);
	api_handle(post.cloud, ticket, request, strlen(request), &post.out);
	ck_assert_uint_eq(post.out.count, 1);
	return post.out.at[0].kind == EFFECT_ANSWER ? post.out.at[0].status : 0;
}

/* The device answers the request of this number; how many answers came of it, and whose the last was. */
static size_t answer(int number, uint64_t *ticket)
{
	char reply[64];
	struct message in = { .topic = SET_REPLY, .payload = reply };

	in.payload_len = (size_t)snprintf(reply, sizeof(reply), "{\"id\":\"%d\",\"code\":200,\"data\":{}}", number);
	effects_clear(&post.out);
	cloud_message(post.cloud, gate, &in, &post.out);
	if (post.out.count)
		*ticket = post.out.at[post.out.count - 1].ticket;
	return post.out.count;
}

/* Advances the clock; how many answers came of it. */
static size_t wait_for(int64_t ms)
{
	post_time += ms;
	effects_clear(&post.out);
	cloud_tick(post.cloud, &post.out);
	return post.out.count;
}

START_TEST(many_wait_and_each_is_answered_once)
{
	uint64_t ticket = 0;
	int i;

	for (i = 1; i <= WAITING_MAX; i++)
		ck_assert_int_eq(ask((uint64_t)i, 10000), 0);
	ck_assert_int_eq(ask(WAITING_MAX + 1, 10000), 409);
	ck_assert_ptr_nonnull(strstr(post.out.at[0].payload, "\"429\""));
	/* The last first, and each a second time. */
	for (i = WAITING_MAX; i > 0; i--) {
		ck_assert_uint_eq(answer(i, &ticket), 1);
		ck_assert_uint_eq(ticket, (uint64_t)i);
		ck_assert_uint_eq(answer(i, &ticket), 0);
	}
	ck_assert_int_eq(ask(1, 10000), 0);
}
END_TEST

START_TEST(what_was_given_up_does_not_pile_up)
{
	uint64_t ticket = 0;
	int round, i, number = 1;

	for (round = 0; round < 2; round++) {
		for (i = 0; i < WAITING_MAX; i++)
			ck_assert_int_eq(ask((uint64_t)number++, 1000), 0);
		ck_assert_uint_eq(wait_for(1000), WAITING_MAX);
	}
	/* The late answers of all of them are nobody's. */
	for (i = 1; i < number; i++)
		ck_assert_uint_eq(answer(i, &ticket), 0);
	ck_assert_int_eq(ask(1, 1000), 0);
	ck_assert_uint_eq(wait_for(60000), 1);
	ck_assert_uint_eq(wait_for(60000), 0);
	ck_assert(cloud_next_ms(post.cloud) > post_time + 60000);
}
END_TEST

START_TEST(whoever_is_gone_gets_no_answer)
{
	uint64_t ticket = 0;

	ck_assert_int_eq(ask(7, 1000), 0);
	ck_assert_int_eq(ask(8, 1000), 0);
	ck_assert_int_eq(ask(9, 1000), 0);
	api_forget(post.cloud, 8);
	api_forget(post.cloud, 8);
	api_forget(post.cloud, 77);
	ck_assert_uint_eq(answer(2, &ticket), 0);
	ck_assert_uint_eq(answer(1, &ticket), 1);
	ck_assert_uint_eq(ticket, 7);
	api_forget(post.cloud, 9);
	ck_assert_uint_eq(wait_for(1000), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("downlink");
	TCase *tcase = tcase_create("waiting");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, many_wait_and_each_is_answered_once);
	tcase_add_test(tcase, what_was_given_up_does_not_pile_up);
	tcase_add_test(tcase, whoever_is_gone_gets_no_answer);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
