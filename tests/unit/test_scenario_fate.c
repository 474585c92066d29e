/*
 * The fate of a device is a function of the seed: message by message the same, bytes and delays, whatever other devices
 * do, other rules are loaded or the time is; and with another seed another one.
 */
#include "scenario_fixture.h"

#define MESSAGES 40
#define PATIENCE_MS 4000
#define STEP_MS 20

/* Everything that chance decides. Each rule's draws are its own. */
static const char chancy[] = "{\"scenario\":1,\"name\":\"fate\",\"rules\":["
	"{\"id\":\"lost\",\"on\":\"publish.up\",\"match\":{\"device\":\"dev1\"},\"when\":{\"probability\":0.15},\"do\":[{\"drop\":\"this\"}]},"
	"{\"id\":\"bad-times\",\"on\":\"publish.up\",\"match\":{\"device\":\"dev*\"},\"when\":{\"burst\":{\"enter\":0.2,\"exit\":0.5}},\"do\":[{\"reply\":{\"code\":429}}]},"
	"{\"id\":\"twice\",\"on\":\"publish.up\",\"when\":{\"probability\":0.3},\"do\":[{\"duplicate\":{\"newId\":true}}]},"
	"{\"id\":\"uniform\",\"on\":\"reply\",\"when\":{\"nth\":\"1..10\"},\"do\":[{\"delay\":{\"uniform\":[\"0ms\",\"2s\"]}}]},"
	"{\"id\":\"normal\",\"on\":\"reply\",\"when\":{\"nth\":\"11..20\"},\"do\":[{\"delay\":{\"normal\":{\"mean\":\"1s\",\"sd\":\"300ms\"}}}]},"
	"{\"id\":\"lognormal\",\"on\":\"reply\",\"when\":{\"nth\":\"21..30\"},\"do\":[{\"delay\":{\"lognormal\":{\"median\":\"300ms\",\"sigma\":0.5,\"max\":\"2s\"}}}]},"
	"{\"id\":\"pareto\",\"on\":\"reply\",\"when\":{\"nth\":\"31..\"},\"do\":[{\"delay\":{\"pareto\":{\"min\":\"50ms\",\"alpha\":1.2,\"max\":\"2s\"}}}]},"
	"{\"id\":\"bits\",\"on\":\"reply\",\"when\":{\"every\":7},\"do\":[{\"corrupt\":{\"mode\":\"bitflip\",\"bytes\":3}}]},"
	"{\"id\":\"noise\",\"on\":\"reply\",\"when\":{\"every\":9},\"do\":[{\"corrupt\":{\"mode\":\"garbage\",\"bytes\":16}}]}]}";

static const char other[] = "{\"scenario\":1,\"name\":\"other\",\"rules\":["
	"{\"id\":\"lost\",\"on\":\"publish.up\",\"priority\":9,\"match\":{\"device\":\"dev2\"},\"when\":{\"probability\":0.5},\"do\":[{\"drop\":\"this\"}]},"
	"{\"id\":\"late\",\"on\":\"reply\",\"match\":{\"device\":\"dev2\"},\"do\":[{\"delay\":{\"uniform\":[\"0ms\",\"9s\"]}}]}]}";

/* What dev1 has got since the last time, and when. */
static void collect(struct text *fate, int64_t since_ms)
{
	size_t i;

	for (i = 0; i < stage.out.count; i++) {
		const struct effect *effect = &stage.out.at[i];

		if (effect->kind != EFFECT_PUBLISH || effect->connection != stage.numbers[1])
			continue;
		text_addf(fate, " +%lld ", (long long)(stage.now_ms - since_ms));
		text_add_hex(fate, (const unsigned char *)effect->payload, effect->payload_len);
	}
}

/* One line for each message. `busy`: the others are about, and it is another time of another day. */
static char *fate_of(uint64_t seed, bool busy)
{
	struct text fate = { 0 };
	int i, id;

	stage_open_seeded(seed, true);
	if (busy)
		stage.now_ms += 86400000 + 12345;
	ck_assert_int_eq(stage_connect(1), CONNACK_ACCEPTED);
	ck_assert_int_eq(stage_connect(2), CONNACK_ACCEPTED);
	if (busy)
		stage_load(other);
	stage_load(chancy);
	for (i = 0; i < MESSAGES; i++) {
		int64_t since_ms;

		id = stage.ids;
		if (busy) {
			int k;

			for (k = 0; k < i % 4; k++)
				stage_post(2, k);
			stage_advance(137 * (i % 5));
		}
		stage.ids = id;       /* dev1's own ids are the same */
		text_addf(&fate, "%d:", i + 1);
		since_ms = stage.now_ms;
		stage_post(1, 20);
		collect(&fate, since_ms);
		while (stage.now_ms - since_ms < PATIENCE_MS) {
			stage_advance(STEP_MS);
			collect(&fate, since_ms);
		}
		text_add_char(&fate, '\n');
	}
	stage_close();
	return text_take(&fate);
}

static size_t count(const char *text, const char *word)
{
	size_t found = 0;

	while ((text = strstr(text, word))) {
		found++;
		text++;
	}
	return found;
}

START_TEST(is_the_same_whatever_others_do)
{
	char *alone = fate_of(20260914, false), *among_others = fate_of(20260914, true), *again = fate_of(20260914, false);

	ck_assert_str_eq(alone, again);
	ck_assert_str_eq(alone, among_others);
	/* There was something to repeat: some lost, some refused, some twice. */
	ck_assert_uint_gt(count(alone, ":\n"), 2);
	ck_assert_uint_gt(count(alone, "343239"), 2);         /* 429 */
	ck_assert_uint_gt(count(alone, " +"), MESSAGES);
	free(alone);
	free(among_others);
	free(again);
}
END_TEST

START_TEST(is_another_with_another_seed)
{
	char *one = fate_of(1, false), *two = fate_of(2, false);

	ck_assert_str_ne(one, two);
	free(one);
	free(two);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario fate");
	TCase *tcase = tcase_create("scenario fate");
	SRunner *runner;
	int failed;

	tcase_set_timeout(tcase, 60);
	tcase_add_test(tcase, is_the_same_whatever_others_do);
	tcase_add_test(tcase, is_another_with_another_seed);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
