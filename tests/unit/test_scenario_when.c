/* When a rule fires: the fields of `when` one by one, and the order in which they and the rules are looked at. */
#include "scenario_fixture.h"

/*
 * One rule that answers 429 to posts; `X` fired, `.` did not. A capital step between posts: `+` a second passes,
 * `2` dev2 posts instead of dev1 (and is shown as fired `Y` or not `-`), `c` dev1 connects again.
 */
static const struct {
	const char *when, *does, *steps, *fires;
} rows[] = {
	{ "{}", NULL, "1111", "XXXX" },
	{ "{\"nth\":2}", NULL, "1111", ".X.." },
	{ "{\"nth\":[1,3]}", NULL, "1111", "X.X." },
	{ "{\"nth\":\"3..\"}", NULL, "11111", "..XXX" },
	{ "{\"nth\":[1,\"4..5\"]}", NULL, "111111", "X..XX." },
	{ "{\"skip\":2}", NULL, "1111", "..XX" },
	{ "{\"every\":3}", NULL, "1111111", "..X..X." },
	{ "{\"skip\":1,\"every\":2}", NULL, "111111", "..X.X." },
	{ "{\"nth\":\"2..\",\"every\":2}", NULL, "11111", ".X.X." },
	{ "{\"times\":2}", NULL, "1111", "XX.." },
	{ "{\"nth\":\"2..\",\"times\":1}", NULL, "1111", ".X.." },
	{ "{\"cooldown\":\"2s\"}", NULL, "1+1+1+1", "X.X." },
	{ "{\"during\":[\"1s\",\"3s\"]}", NULL, "1+1+1+1+1", ".XX.." },
	/* counted only while it may fire: what `during` keeps out is not eligible */
	{ "{\"during\":[\"1s\",\"9s\"],\"nth\":1}", NULL, "11+11", "..X." },
	{ "{\"probability\":1}", NULL, "111", "XXX" },

	/* whose counter it is */
	{ "{\"nth\":1}", NULL, "1212", "XY.-" },
	{ "{\"nth\":1,\"per\":\"device\"}", NULL, "1212", "XY.-" },
	{ "{\"nth\":1,\"per\":\"product\"}", NULL, "1212", "X-.-" },
	{ "{\"nth\":1,\"per\":\"global\"}", NULL, "2121", "Y.-." },
	{ "{\"nth\":1,\"per\":\"connection\"}", NULL, "11c11", "X.X." },
	{ "{\"times\":1}", NULL, "11c11", "X..." },

	/* states and variables are asked before the count */
	{ "{\"state\":{\"m\":\"b\"}}", "\"do\":[{\"reply\":{\"code\":429}}],\"set\":{\"state\":{\"m\":\"b\"}}", "111", "..." },
	{ "{\"vars\":{\"v\":1},\"nth\":1}", NULL, "111", "X.." },
	{ "{\"vars\":{\"v\":{\"ge\":2}}}", "\"do\":[{\"reply\":{\"code\":429}}],\"set\":{\"inc\":{\"v\":1}}", "111", "..." },
	{ "{\"vars\":{\"v\":{\"le\":2}}}", "\"do\":[{\"reply\":{\"code\":429}}],\"set\":{\"inc\":{\"v\":1}}", "111", "XX." },
	{ "{\"state\":{\"m\":{\"exists\":false}}}", NULL, "11", "XX" },

	/* sequences: `r` is 429, `s` 500, `q` nothing */
	{ "{}", "\"sequence\":[[{\"reply\":{\"code\":429}}],[{\"checkpoint\":\"c\"}],[{\"reply\":{\"code\":429}}]]", "11111", "X.X.." },
	{ "{}", "\"sequence\":[[{\"checkpoint\":\"c\"}],[{\"reply\":{\"code\":429}}]],\"onEnd\":\"stay\"", "1111", ".XXX" },
	{ "{}", "\"sequence\":[[{\"checkpoint\":\"c\"}],[{\"reply\":{\"code\":429}}]],\"onEnd\":\"cycle\"", "11111", ".X.X." },
	{ "{\"nth\":[2,4]}", "\"sequence\":[[{\"reply\":{\"code\":429}}],[{\"checkpoint\":\"c\"}]]", "1111", ".X.." },
	{ "{}", "\"sequence\":[[{\"reply\":{\"code\":429}}]]", "1212", "XY.-" },
};

START_TEST(fires)
{
	struct text scenario = { 0 };
	char seen[64] = "";
	const char *step;

	stage_open();
	text_addf(&scenario, "{\"scenario\":1,\"name\":\"w\",\"vars\":{\"v\":1},\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\","
	          "\"match\":{\"method\":\"property.post\"},\"when\":%s,%s}]}", rows[_i].when,
	          rows[_i].does ? rows[_i].does : "\"do\":[{\"reply\":{\"code\":429}}]");
	stage_load(text_string(&scenario));
	for (step = rows[_i].steps; *step; step++) {
		if (*step == '+') {
			stage_advance(1000);
		} else if (*step == 'c') {
			ck_assert_int_eq(stage_connect(1), CONNACK_ACCEPTED);
		} else {
			bool fired;

			stage_post(*step - '0', 20);
			fired = stage_code() == 429;
			strcat(seen, *step == '1' ? (fired ? "X" : ".") : fired ? "Y" : "-");
		}
	}
	ck_assert_msg(!strcmp(seen, rows[_i].fires), "%s: %s, not %s", text_string(&scenario), seen, rows[_i].fires);
	text_free(&scenario);
	stage_close();
}
END_TEST

/* Several rules: what becomes of the first posts of dev1 (`.` is 200, `-` no answer). */
static const struct {
	const char *what, *rules;
	int codes[5];
} orders[] = {
	{ "file order", "{\"id\":\"a\",\"on\":\"publish.up\",\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"do\":[{\"reply\":{\"code\":500}}]}", { 429, 429, 429 } },
	{ "priority", "{\"id\":\"a\",\"on\":\"publish.up\",\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"priority\":1,\"do\":[{\"reply\":{\"code\":500}}]}", { 500, 500, 500 } },
	{ "a negative priority is last", "{\"id\":\"a\",\"on\":\"publish.up\",\"priority\":-1,\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"do\":[{\"reply\":{\"code\":500}}]}", { 500, 500, 500 } },
	{ "index and order: rules about a method, a device, nothing", "{\"id\":\"a\",\"on\":\"publish.up\",\"match\":{\"device\":\"dev1\"},"
	  "\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":400}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":401}}]},"
	  "{\"id\":\"c\",\"on\":\"publish.up\",\"match\":{\"method\":\"property.post\",\"device\":\"a1Thermo001/dev1\"},"
	  "\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":403}}]},"
	  "{\"id\":\"d\",\"on\":\"publish.up\",\"match\":{\"method\":\"thing.event.property.post\"},\"do\":[{\"reply\":{\"code\":429}}]}",
	  { 400, 401, 403, 429, 429 } },
	{ "index and order: topics with and without an end", "{\"id\":\"a\",\"on\":\"publish.up\",\"match\":{\"topic\":\"/sys/$pk/$dn/thing/event/property/post\"},"
	  "\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":400}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"match\":{\"topic\":\"/sys/#\"},\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":401}}]},"
	  "{\"id\":\"c\",\"on\":\"publish.up\",\"match\":{\"topic\":[\"/sys/+/+/thing/event/property/history\",\"/sys/+/+/thing/event/property/+\"]},"
	  "\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":403}}]},"
	  "{\"id\":\"d\",\"on\":\"publish.up\",\"match\":{\"topic\":\"/sys/+/other/thing/event/property/post\"},\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"e\",\"on\":\"publish.up\",\"match\":{\"device\":\"dev1\",\"topic\":[\"/sys/+/+/thing/event/property/post\",\"/sys/+/+/thing/update\"]},"
	  "\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":500}}]}",
	  { 400, 401, 403, 500, 200 } },
	{ "what is not terminal lets the next rule act, too", "{\"id\":\"a\",\"on\":\"publish.up\",\"do\":[{\"checkpoint\":\"x\"}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"do\":[{\"reply\":{\"code\":500}}]}", { 500, 500, 500 } },
	{ "a rule behind a terminal one is not counted", "{\"id\":\"a\",\"on\":\"publish.up\",\"when\":{\"nth\":1},"
	  "\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"when\":{\"nth\":1},\"do\":[{\"reply\":{\"code\":500}}]}", { 429, 500, 200 } },
	{ "set comes after the actions", "{\"id\":\"a\",\"on\":\"publish.up\",\"when\":{\"state\":{\"m\":{\"exists\":false}}},"
	  "\"do\":[{\"reply\":{\"code\":429}}],\"set\":{\"state\":{\"m\":\"two\"},\"inc\":{\"n\":1}}},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"when\":{\"state\":{\"m\":\"two\"},\"vars\":{\"n\":1}},"
	  "\"do\":[{\"reply\":{\"code\":500}}],\"set\":{\"vars\":{\"n\":7}}}", { 429, 500, 200, 200 } },
	{ "after another rule", "{\"id\":\"a\",\"on\":\"publish.up\",\"when\":{\"after\":\"b\",\"times\":1},\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"when\":{\"nth\":2},\"do\":[{\"reply\":{\"code\":500}}]}", { 200, 500, 429, 200 } },
	{ "a disabled rule", "{\"id\":\"a\",\"on\":\"publish.up\",\"enabled\":false,\"do\":[{\"reply\":{\"code\":429}}]},"
	  "{\"id\":\"b\",\"on\":\"publish.up\",\"do\":[{\"reply\":{\"code\":500}}]}", { 500, 500, 500 } },
	{ "reply comes after the platform", "{\"id\":\"a\",\"on\":\"reply\",\"match\":{\"code\":200},\"when\":{\"nth\":2},"
	  "\"do\":[{\"reply\":{\"code\":500}}]},{\"id\":\"b\",\"on\":\"reply\",\"do\":[{\"reply\":{\"code\":429}}]}", { 429, 500, 429 } },
};

START_TEST(orders_rules)
{
	struct text scenario = { 0 };
	size_t i;

	stage_open();
	text_addf(&scenario, "{\"scenario\":1,\"name\":\"o\",\"rules\":[%s]}", orders[_i].rules);
	stage_load(text_string(&scenario));
	for (i = 0; i < 5 && orders[_i].codes[i]; i++) {
		stage_post(1, 20);
		ck_assert_msg(stage_code() == orders[_i].codes[i], "%s: answer %zu is %d", orders[_i].what, i + 1, stage_code());
	}
	text_free(&scenario);
	stage_close();
}
END_TEST

/* `after` may name a rule, a step or an expectation; a rule's firing is that of the same key. */
START_TEST(waits_for_any_part)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"a\",\"rules\":["
	           "{\"id\":\"step\",\"on\":\"publish.up\",\"when\":{\"after\":\"two\",\"times\":1},\"do\":[{\"reply\":{\"code\":400}}]},"
	           "{\"id\":\"met\",\"on\":\"publish.up\",\"when\":{\"after\":\"a/third\",\"times\":1},\"do\":[{\"reply\":{\"code\":401}}]},"
	           "{\"id\":\"rule\",\"on\":\"publish.up\",\"when\":{\"after\":\"met\",\"times\":1},\"do\":[{\"reply\":{\"code\":403}}]}],"
	           "\"timeline\":[{\"id\":\"two\",\"at\":\"2s\",\"do\":[{\"checkpoint\":\"x\"}]}],"
	           "\"expect\":[{\"id\":\"third\",\"that\":\"publish.up\",\"match\":{\"device\":\"dev1\"},\"count\":{\"min\":3}}]}");
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 200);
	stage_advance(2000);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 400);
	/* Seen before it is judged: this is the third. */
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 401);
	/* dev2 has not met the rule. The step and the expectation are the scenario's. */
	stage_post(2, 20);
	ck_assert_int_eq(stage_code(), 400);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 403);
	stage_post(2, 20);
	ck_assert_int_eq(stage_code(), 401);
	stage_post(2, 20);
	ck_assert_int_eq(stage_code(), 403);
	stage_close();
}
END_TEST

/* Several files: the order of loading is that of their rules, priorities go across. */
START_TEST(files_are_one_list)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"one\",\"rules\":[{\"id\":\"a\",\"on\":\"publish.up\",\"when\":{\"times\":1},\"do\":[{\"reply\":{\"code\":429}}]}]}");
	stage_load("{\"scenario\":1,\"name\":\"two\",\"rules\":[{\"id\":\"a\",\"on\":\"publish.up\",\"when\":{\"after\":\"one/a\",\"times\":1},\"do\":[{\"reply\":{\"code\":500}}]},"
	           "{\"id\":\"b\",\"on\":\"publish.up\",\"priority\":5,\"when\":{\"nth\":3},\"do\":[{\"reply\":{\"code\":400}}]}]}");
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 429);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 500);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 400);
	ck_assert(scenario_unload(stage.cloud, "one", &stage.out));
	ck_assert(!scenario_unload(stage.cloud, "one", &stage.out));
	ck_assert(scenario_unload(stage.cloud, "two", &stage.out));
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 200);
	stage_close();
}
END_TEST

/* What chance leaves goes through what comes behind it; what it never sees it does not count. The draws are as below. */
static const struct {
	const char *when, *fires;
} draws[] = {
	{ "\"nth\":[3,4,5]", "..X.X..............." },
	{ "\"nth\":\"4..\"", "....X.XXXXXXXX..XX.X" },
	{ "\"every\":2", ".......X.X.X.X...X.X" },
	{ "\"skip\":10", "..........XXXX..XX.X" },
	{ "\"times\":3", "..X.X.X............." },
	{ "\"skip\":5,\"times\":2", "......XX............" },
	/* a second passes between two posts */
	{ "\"cooldown\":\"3s\"", "..X...X..X..X...X..X" },
	{ "\"during\":[\"0s\",\"6s\"]", "..X.X..............." },
	/* what comes before the count moves the draws */
	{ "\"during\":[\"2s\",\"9s\"]", "....X.X.X..........." },
};

START_TEST(chance_stands_in_the_middle)
{
	struct text scenario = { 0 };
	char seen[21] = "";
	int i;

	stage_open();
	text_addf(&scenario, "{\"scenario\":1,\"name\":\"p\",\"seed\":7,\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\",\"when\":{\"probability\":0.5,%s},"
	          "\"do\":[{\"drop\":\"this\"}]}]}", draws[_i].when);
	stage_load(text_string(&scenario));
	for (i = 0; i < 20; i++) {
		stage_post(1, 20);
		seen[i] = stage_code() ? '.' : 'X';
		stage_advance(1000);
	}
	ck_assert_msg(!strcmp(seen, draws[_i].fires), "%s: %s, not %s", draws[_i].when, seen, draws[_i].fires);
	text_free(&scenario);
	stage_close();
}
END_TEST

/* The draws of a rule are its own: with these, posts 1 to 20 of dev1 fire as SHA-256 says. */
START_TEST(probability_is_a_function)
{
	/* sha256sum over `7 NUL p NUL r NUL a1Thermo001/dev1 NUL n NUL 1`: first hex digit below 8 is below 0.5 */
	static const char wanted[] = "..X.X.XXXXXXXX..XX.X";
	char seen[21] = "";
	int other, i;

	for (other = 0; other < 2; other++) {
		stage_open();
		stage_load("{\"scenario\":1,\"name\":\"p\",\"seed\":7,\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\",\"when\":{\"probability\":0.5},\"do\":[{\"drop\":\"this\"}]}]}");
		for (i = 0; i < 20; i++) {
			if (other) {
				stage_post(2, i);       /* another device's traffic changes nothing */
				stage_advance(137);
			}
			stage_post(1, 20);
			seen[i] = stage_code() ? '.' : 'X';
		}
		ck_assert_str_eq(seen, wanted);
		stage_close();
	}
}
END_TEST

/* --seed goes before the file's. */
START_TEST(a_given_seed_wins)
{
	stage_open_seeded(8, true);
	stage_load("{\"scenario\":1,\"name\":\"p\",\"seed\":7,\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\",\"when\":{\"probability\":0.5},\"do\":[{\"drop\":\"this\"}]}]}");
	ck_assert_ptr_nonnull(strstr(stage_report("p"), "\"seed\":8"));
	stage_close();
	stage_open_seeded(8, false);
	stage_load("{\"scenario\":1,\"name\":\"p\",\"seed\":7,\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\",\"when\":{\"probability\":0.5},\"do\":[{\"drop\":\"this\"}]}]}");
	ck_assert_ptr_nonnull(strstr(stage_report("p"), "\"seed\":7"));
	stage_close();
}
END_TEST

/* Good, bad: enter always, leave always. Then it is a square wave. */
START_TEST(bursts_have_two_states)
{
	char seen[7] = "";
	int i;

	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"b\",\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\",\"when\":{\"burst\":{\"enter\":1,\"exit\":1}},\"do\":[{\"drop\":\"this\"}]}]}");
	for (i = 0; i < 6; i++) {
		stage_post(1, 20);
		seen[i] = stage_code() ? '.' : 'X';
	}
	ck_assert_str_eq(seen, "X.X.X.");
	stage_close();
}
END_TEST

/* maxActive counts what is under way: two answers are held back, the third is not. */
START_TEST(max_active_bounds)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"m\",\"rules\":[{\"id\":\"r\",\"on\":\"reply\",\"when\":{\"maxActive\":2},\"do\":[{\"delay\":\"5s\"}]}]}");
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 0);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 0);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 200);
	stage_advance(5000);
	ck_assert_uint_eq(stage.out.count, 2);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 0);
	stage_close();
}
END_TEST

/* A rule that never fired says what it saw. */
START_TEST(near_misses_are_told)
{
	const char *report;

	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"n\",\"rules\":[{\"id\":\"r\",\"on\":\"publish.up\",\"match\":{\"method\":\"property.post\","
	           "\"params\":{\"$.temp\":{\"ge\":30}}},\"do\":[{\"drop\":\"this\"}]}]}");
	stage_post(1, 20);
	stage_post(2, 29);
	report = stage_report("n");
	ck_assert_ptr_nonnull(strstr(report, "\"verdict\":\"failed\""));
	ck_assert_ptr_nonnull(strstr(report, "\"why\":\"it never fired\""));
	ck_assert_ptr_nonnull(strstr(report, "{\"time\":1700000000000,\"key\":\"a1Thermo001/dev1\",\"condition\":\"$.temp\",\"seen\":\"20\"}"));
	ck_assert_ptr_nonnull(strstr(report, "\"key\":\"a1Thermo001/dev2\",\"condition\":\"$.temp\",\"seen\":\"29\""));
	stage_close();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario when");
	TCase *tcase = tcase_create("scenario when");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, fires, 0, COUNT(rows));
	tcase_add_loop_test(tcase, orders_rules, 0, COUNT(orders));
	tcase_add_test(tcase, waits_for_any_part);
	tcase_add_test(tcase, files_are_one_list);
	tcase_add_loop_test(tcase, chance_stands_in_the_middle, 0, COUNT(draws));
	tcase_add_test(tcase, probability_is_a_function);
	tcase_add_test(tcase, a_given_seed_wins);
	tcase_add_test(tcase, bursts_have_two_states);
	tcase_add_test(tcase, max_active_bounds);
	tcase_add_test(tcase, near_misses_are_told);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
