/* What is expected, what is seen instead, and when it is decided. */
#include "scenario_fixture.h"

#include "api.h"

/*
 * Steps: `p` dev1 posts temp 20, `h` temp 99, `q` dev2 posts temp 20, `H` temp 99, `r` dev1 posts again with the id of the last,
 * `+` a second passes, `.` a tenth of one, `c` dev1 connects again, `s` the platform sets a property of dev1,
 * `a` dev1 answers the last request, `w` it answers with an id that nobody asked for, `d` dev1 disconnects.
 */
static int64_t last_down;

static void note_downlinks(void)
{
	struct json_doc doc = { 0 };
	char id[24];
	size_t i;

	for (i = 0; i < stage.out.count; i++)
		if (stage.out.at[i].kind == EFFECT_PUBLISH && stage.out.at[i].role == ROLE_DOWN &&
		    !json_parse(&doc, stage.out.at[i].payload, stage.out.at[i].payload_len, JSON_STRICT, NULL) &&
		    json_string(json_get(json_root(&doc), "id"), id, sizeof(id)) > 0)
			last_down = strtoll(id, NULL, 10);
	json_doc_free(&doc);
}

static void answer(int64_t id)
{
	char payload[80];

	snprintf(payload, sizeof(payload), "{\"id\":\"%lld\",\"code\":200,\"data\":{}}", (long long)id);
	stage_send(1, "thing/service/property/set_reply", payload);
}

static void set_property(void)
{
	static const char request[] = "{\"id\":1,\"method\":\"POST\",\"path\":\"/properties/a1Thermo001/dev1\",\"body\":{\"params\":{\"temp\":5}}}";

	effects_clear(&stage.out);
	api_handle(stage.cloud, 7, request, strlen(request), &stage.out);
	stage_turn();
	note_downlinks();
}

static void play(const char *steps)
{
	for (; *steps; steps++)
		switch (*steps) {
		case 'p': stage_post(1, 20); break;
		case 'h': stage_post(1, 99); break;
		case 'q': stage_post(2, 20); break;
		case 'H': stage_post(2, 99); break;
		case 'r': stage.ids--; stage_post(1, 20); break;
		case '+': stage_advance(1000); break;
		case '.': stage_advance(100); break;
		case 'c': stage_connect(1); break;
		case 's': set_property(); break;
		case 'a': answer(last_down); break;
		case 'w': answer(987654); break;
		case 'd':
			effects_clear(&stage.out);
			cloud_disconnect(stage.cloud, stage.numbers[1], DISCONNECT_KEEPALIVE, &stage.out);
			stage_turn();
			break;
		default: ck_abort_msg("no such step");
		}
}

#define POSTS "\"that\":\"publish.up\",\"match\":{\"method\":\"property.post\"}"
#define BUSY "{\"id\":\"busy\",\"on\":\"publish.up\",\"match\":{\"params\":{\"$.temp\":99}},\"do\":[{\"reply\":{\"code\":429}}],\"optional\":true}"

static const struct {
	const char *expect, *steps, *verdict, *why;      /* why NULL: met */
} rows[] = {
	/* counts */
	{ POSTS, "p", "passed", NULL },
	{ POSTS, "", "failed", "0 times publish.up" },
	{ POSTS ",\"count\":{\"min\":3}", "ppp", "passed", NULL },
	{ POSTS ",\"count\":{\"min\":3}", "pp", "failed", "2 times publish.up" },
	{ POSTS ",\"count\":2", "pp", "passed", NULL },
	{ POSTS ",\"count\":2", "ppp", "failed", "3, more than 2" },
	{ POSTS ",\"count\":{\"exactly\":2}", "p", "failed", "1 times publish.up" },
	{ POSTS ",\"count\":{\"max\":1}", "", "passed", NULL },
	{ POSTS ",\"count\":{\"max\":1}", "pp", "failed", "2, more than 1" },
	{ POSTS ",\"never\":true", "", "passed", NULL },
	{ POSTS ",\"never\":true", "p", "failed", "property.post by a1Thermo001/dev1" },

	/* time */
	{ POSTS ",\"within\":\"2s\"", "++p", "passed", NULL },
	{ POSTS ",\"within\":\"2s\"", "+++p", "failed", "0 times publish.up" },
	{ POSTS ",\"count\":{\"min\":2},\"within\":\"2s\"", "p+++p", "failed", "1 times publish.up" },
	{ POSTS ",\"never\":true,\"within\":\"2s\"", "+++p", "passed", NULL },
	{ POSTS ",\"never\":true,\"within\":\"2s\"", "+p", "failed", "property.post by a1Thermo001/dev1" },

	/* after something: what set it off does not count */
	{ POSTS ",\"after\":\"busy\"", "hp", "passed", NULL },
	{ POSTS ",\"after\":\"busy\"", "ph", "failed", "0 times publish.up" },
	{ POSTS ",\"after\":\"busy\"", "p", "failed", "busy, after which it is expected, has not happened" },
	{ POSTS ",\"after\":\"busy\",\"never\":true", "p", "passed", NULL },
	{ POSTS ",\"after\":\"busy\",\"within\":\"2s\"", "+++h++p", "passed", NULL },
	{ POSTS ",\"after\":\"busy\",\"within\":\"2s\"", "h+++p", "failed", "0 times publish.up" },

	/* for each */
	{ POSTS ",\"per\":\"device\"", "", "failed", "no publish.up that matches" },
	{ POSTS ",\"per\":\"device\",\"count\":{\"min\":2}", "pqqp", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"count\":{\"min\":2}", "pqp", "failed", "a1Thermo001/dev2: 1 times publish.up" },
	{ POSTS ",\"per\":\"product\",\"count\":{\"min\":2}", "pq", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"count\":{\"max\":1}", "pq", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"count\":{\"max\":1}", "pqq", "failed", "2, more than 1, by a1Thermo001/dev2" },
	/* nobody at all proves nothing, but where none is said to be fine */
	{ POSTS ",\"per\":\"device\",\"count\":{\"max\":1}", "", "failed", "no publish.up that matches" },
	{ POSTS ",\"per\":\"device\",\"count\":{\"max\":1},\"within\":\"2s\"", "+++p", "failed", "nothing of the kind within 2s" },
	{ POSTS ",\"per\":\"device\",\"count\":{\"min\":0,\"max\":1}", "", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"count\":{\"min\":0,\"max\":1},\"within\":\"2s\"", "+++p", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"count\":{\"min\":0,\"max\":1}", "pp", "failed", "2, more than 1, by a1Thermo001/dev1" },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"count\":{\"max\":1}", "h", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"count\":{\"max\":1}", "hpp", "failed", "2, more than 1, by a1Thermo001/dev1" },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"count\":{\"max\":1}", "p", "failed", "busy, after which it is expected, has not happened" },
	/* dev1 met the rule and must post again, dev2 did not and need not */
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\"", "hqp", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\"", "hq+++", "failed", "a1Thermo001/dev1: 0 times publish.up" },
	{ POSTS ",\"per\":\"device\",\"never\":true", "", "passed", NULL },
	/* each device's time is its own: dev2's begins when dev1's is over */
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\"", "hp+++H+q", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\"", "hp+++H+++q", "failed", "a1Thermo001/dev2: 0 times publish.up" },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\"", "hp+++H", "failed", "a1Thermo001/dev2: 0 times publish.up" },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"3s\"", "h+H+p++q", "passed", NULL },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\",\"never\":true", "h+++pH+q", "failed", "property.post by a1Thermo001/dev2" },
	{ POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"2s\",\"never\":true", "h+++pH+++q", "passed", NULL },

	/* what leaves the platform */
	{ "\"that\":\"reply\",\"match\":{\"code\":429}", "h", "passed", NULL },
	{ "\"that\":\"reply\",\"match\":{\"code\":429}", "p", "failed", "0 times reply" },
	{ "\"that\":\"publish.down\",\"match\":{\"method\":\"thing.service.property.set\"},\"count\":2", "sas", "passed", NULL },
	{ "\"that\":\"connect\",\"count\":{\"min\":1}", "c", "passed", NULL },
	{ "\"that\":\"lifecycle\",\"match\":{\"state\":\"offline\"}", "d", "passed", NULL },
	{ "\"that\":\"disconnect\"", "d", "passed", NULL },

	/* latency */
	{ "\"that\":\"publish.up\",\"match\":{\"method\":\"thing.service.property.set_reply\"},\"latency\":\"1s\"", "s.a", "passed", NULL },
	{ "\"that\":\"publish.up\",\"match\":{\"method\":\"thing.service.property.set_reply\"},\"latency\":\"1s\"", "s+.a", "failed",
	  "thing.service.property.set_reply took 1100 ms, more than 1000 ms" },

	/* intervals */
	{ POSTS ",\"intervals\":{\"min\":\"1s\"},\"count\":{\"min\":3}", "p+p+p", "passed", NULL },
	{ POSTS ",\"intervals\":{\"min\":\"1s\"},\"count\":{\"min\":3}", "p+p.p", "failed", ": 100 ms between two, less than 1000 ms" },
	{ POSTS ",\"intervals\":{\"min\":\"1s\"}", "p", "failed", "1 times publish.up" },
	{ POSTS ",\"intervals\":{\"max\":\"1s\"}", "p++p", "failed", ": 2000 ms between two, more than 1000 ms" },
	{ POSTS ",\"intervals\":{\"growth\":2},\"count\":{\"min\":4}", "p+p++p++++p", "passed", NULL },
	{ POSTS ",\"intervals\":{\"growth\":2},\"count\":{\"min\":3}", "p+p+p", "failed", ": 1000 ms after 1000 ms, less than 2 times as long" },
	{ POSTS ",\"intervals\":{\"growth\":2,\"jitter\":0.5},\"count\":{\"min\":3}", "p+p+p", "passed", NULL },
	{ POSTS ",\"intervals\":{\"growth\":2,\"max\":\"2s\"},\"count\":{\"min\":5}", "p+p++p++p++p", "passed", NULL },

	/* a rule, a device, an order */
	{ "\"rule\":\"busy\"", "h", "passed", NULL },
	{ "\"rule\":\"busy\"", "p", "failed", "fired 0 times" },
	{ "\"rule\":\"busy\",\"fired\":{\"min\":2}", "h", "failed", "fired 1 times" },
	{ "\"rule\":\"busy\",\"fired\":1", "hh", "failed", "fired 2 times, more than 1" },
	{ "\"rule\":\"busy\",\"never\":true", "h", "failed", "the rule fired" },
	{ "\"rule\":\"busy\",\"after\":\"one\"", "hph", "passed", NULL },
	{ "\"rule\":\"busy\",\"after\":\"one\",\"fired\":1", "hph", "passed", NULL },
	{ "\"rule\":\"busy\",\"after\":\"one\"", "hp", "failed", "fired 0 times" },
	{ "\"rule\":\"busy\",\"after\":\"one\",\"within\":\"2s\"", "+p+++h", "failed", "fired 0 times" },
	{ "\"rule\":\"busy\",\"after\":\"one\",\"never\":true", "hp", "passed", NULL },
	{ "\"device\":\"a1Thermo001/dev1\"", "p", "passed", NULL },
	{ "\"device\":\"a1Thermo001/dev1\",\"value\":{\"$.properties.temp\":{\"ge\":20}}", "p", "passed", NULL },
	{ "\"device\":\"a1Thermo001/dev1\",\"value\":{\"$.properties.temp\":{\"ge\":21}}", "p", "failed", "$.properties.temp is 20" },
	{ "\"device\":\"a1Thermo001/dev1\",\"value\":{\"$.status\":\"OFFLINE\"}", "d", "passed", NULL },
	{ "\"order\":[\"busy\",\"one\"]", "hp", "passed", NULL },
	{ "\"order\":[\"busy\",\"one\"]", "ph", "failed", "one happened before busy" },
	{ "\"order\":[\"busy\",\"one\"]", "", "failed", "busy has not happened" },

	/* what a device promises */
	{ "\"invariant\":\"every-downlink-request-is-answered-exactly-once\"", "sa", "passed", NULL },
	{ "\"invariant\":\"every-downlink-request-is-answered-exactly-once\"", "saa", "failed", "a1Thermo001/dev1 answered id" },
	{ "\"invariant\":\"every-downlink-request-is-answered-exactly-once\"", "s+++++++++++", "failed", "a1Thermo001/dev1 did not answer thing.service.property.set" },
	{ "\"invariant\":\"every-downlink-request-is-answered-exactly-once\"", "s+", "passed", NULL },
	{ "\"invariant\":\"replies-carry-the-request-id\"", "sa", "passed", NULL },
	{ "\"invariant\":\"replies-carry-the-request-id\"", "sw", "failed", "a1Thermo001/dev1 answered with id 987654, which no request has" },
	{ "\"invariant\":\"no-two-inflight-requests-share-an-id\"", "pr", "passed", NULL },
	{ "\"invariant\":\"every-uplink-fits-the-tsl\"", "ph", "passed", NULL },
	{ "\"invariant\":\"keepalive-honoured\"", "d", "failed", "a1Thermo001/dev1 let 1.5 times its keepalive pass in silence" },
	{ "\"invariant\":\"keepalive-honoured\",\"match\":{\"device\":\"dev2\"}", "d", "passed", NULL },
};

static void load_expect(const char *expect, const char *more)
{
	struct text scenario = { 0 };

	text_addf(&scenario, "{\"scenario\":1,\"name\":\"e\",%s\"rules\":[" BUSY "],\"expect\":[{\"id\":\"one\",\"that\":\"publish.up\",\"match\":"
	          "{\"params\":{\"$.temp\":20}},\"severity\":\"warn\"},{\"id\":\"it\",%s}]}", more, expect);
	stage_load(text_string(&scenario));
	text_free(&scenario);
}

START_TEST(is_judged)
{
	struct text wanted = { 0 };
	const char *report;

	stage_open();
	load_expect(rows[_i].expect, "");
	play(rows[_i].steps);
	report = stage_report("e");
	text_addf(&wanted, "\"verdict\":\"%s\",\"ended\"", rows[_i].verdict);
	ck_assert_msg(strstr(report, text_string(&wanted)), "%s, %s: %s", rows[_i].expect, rows[_i].steps, report);
	if (rows[_i].why) {
		const char *it = strstr(report, "\"id\":\"it\"");
		const char *why = it ? strstr(it, "\"why\":\"") : NULL;

		ck_assert_msg(why && !strncmp(why + 7, rows[_i].why, strlen(rows[_i].why)), "%s, %s: %s", rows[_i].expect, rows[_i].steps, report);
	}
	text_free(&wanted);
	stage_close();
}
END_TEST

/* Two requests of one id at the same time: the first is held back. */
START_TEST(ids_in_flight_differ)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"e\",\"rules\":[{\"id\":\"slow\",\"on\":\"reply\",\"do\":[{\"delay\":\"5s\"}]}],"
	           "\"expect\":[{\"id\":\"it\",\"invariant\":\"no-two-inflight-requests-share-an-id\"}]}");
	play("p+r");
	ck_assert_ptr_nonnull(strstr(stage_report("e"), "a1Thermo001/dev1 sent property.post with id 1 while one of that id was under way"));
	stage_close();
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"e\",\"rules\":[{\"id\":\"slow\",\"on\":\"reply\",\"do\":[{\"delay\":\"5s\"}]}],"
	           "\"expect\":[{\"id\":\"it\",\"invariant\":\"no-two-inflight-requests-share-an-id\"}]}");
	play("p++++++r+p");
	ck_assert_ptr_nonnull(strstr(stage_report("e"), "\"verdict\":\"passed\",\"ended\""));
	stage_close();
}
END_TEST

static void ota(const char *path, const char *params)
{
	char topic[100], payload[100];
	struct message in = { .topic = topic, .payload = payload };

	snprintf(topic, sizeof(topic), "/ota/device/%s/a1Thermo001/dev1", path);
	in.payload_len = (size_t)snprintf(payload, sizeof(payload), "{\"id\":\"1\",\"params\":%s}", params);
	effects_clear(&stage.out);
	cloud_message(stage.cloud, stage.numbers[1], &in, &stage.out);
	stage_turn();
}

/* A request whose answer was lost is under way for its device, until that gives up or connects again. */
START_TEST(lost_answers_end_nothing)
{
	static const struct { const char *rule, *steps, *verdict; } cases[] = {
		{ "\"on\":\"reply\",\"do\":[{\"drop\":\"this\"}]", "p+r", "failed" },
		{ "\"on\":\"publish.up\",\"do\":[{\"drop\":\"this\"}]", "p+r", "failed" },
		{ "\"on\":\"reply\",\"do\":[{\"reply\":{\"merge\":{\"id\":\"7\"}}}]", "p+r", "failed" },
		{ "\"on\":\"reply\",\"do\":[{\"drop\":\"this\"}]", "p+p+p", "passed" },
		{ "\"on\":\"reply\",\"do\":[{\"drop\":\"this\"}]", "pcr", "passed" },
		{ "\"on\":\"reply\",\"do\":[{\"drop\":\"this\"}]", "p++++++++++++++++++++++++++++++r", "passed" },
		{ "\"on\":\"reply\",\"do\":[{\"delay\":\"100ms\"}]", "p.r", "passed" },
	};
	struct text scenario = { 0 }, wanted = { 0 };
	size_t i;

	for (i = 0; i < COUNT(cases); i++) {
		stage_open();
		text_clear(&scenario);
		text_clear(&wanted);
		text_addf(&scenario, "{\"scenario\":1,\"name\":\"e\",\"rules\":[{\"id\":\"r\",%s}],"
		          "\"expect\":[{\"id\":\"it\",\"invariant\":\"no-two-inflight-requests-share-an-id\"}]}", cases[i].rule);
		stage_load(text_string(&scenario));
		play(cases[i].steps);
		text_addf(&wanted, "\"verdict\":\"%s\",\"ended\"", cases[i].verdict);
		ck_assert_msg(strstr(stage_report("e"), text_string(&wanted)), "%s, %s: %s", cases[i].rule, cases[i].steps,
		              text_string(&stage.report));
		stage_close();
	}
	text_free(&scenario);
	text_free(&wanted);
}
END_TEST

/* doc: reports of firmware are not answered, and shipping clients send all of them with one id. */
START_TEST(reports_are_not_under_way)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"e\",\"expect\":[{\"id\":\"it\",\"invariant\":\"no-two-inflight-requests-share-an-id\"}]}");
	ota("progress", "{\"step\":\"1\",\"desc\":\"\"}");
	ota("progress", "{\"step\":\"2\",\"desc\":\"\"}");
	ota("inform", "{\"version\":\"1.0.0\"}");
	ck_assert_ptr_nonnull(strstr(stage_report("e"), "\"verdict\":\"passed\",\"ended\""));
	stage_close();
}
END_TEST

START_TEST(uplinks_fit_the_model)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"e\",\"expect\":[{\"id\":\"it\",\"invariant\":\"every-uplink-fits-the-tsl\"}]}");
	stage_post(1, 121);
	ck_assert_ptr_nonnull(strstr(stage_report("e"), "a1Thermo001/dev1 posted a `temp` that the model does not allow"));
	stage_close();
}
END_TEST

START_TEST(progress_goes_forward)
{
	static const struct { const char *steps[4]; bool holds; } attempts[] = {
		{ { "10", "10", "50" }, true }, { { "50", "49" }, false }, { { "90", "-1", "5" }, true }, { { "90", "new", "5" }, true },
	};
	size_t i, k;

	for (i = 0; i < COUNT(attempts); i++) {
		stage_open();
		stage_load("{\"scenario\":1,\"name\":\"e\",\"expect\":[{\"id\":\"it\",\"invariant\":\"ota-progress-never-decreases-within-an-attempt\"}]}");
		for (k = 0; attempts[i].steps[k]; k++) {
			char params[60];

			snprintf(params, sizeof(params), "{\"step\":\"%s\",\"desc\":\"\"}", attempts[i].steps[k]);
			if (strcmp(attempts[i].steps[k], "new"))
				ota("progress", params);
			else
				ota("inform", "{\"version\":\"1.0.0\"}");
		}
		ck_assert_msg(!strstr(stage_report("e"), "\"verdict\":\"passed\",\"ended\"") == !attempts[i].holds, "attempt %zu", i);
		stage_close();
	}
}
END_TEST

/* It ends by itself when all is decided, at its time, or when it is told to. */
START_TEST(runs_end)
{
	struct text list = { 0 };

	stage_open();
	load_expect(POSTS ",\"count\":{\"min\":2}", "\"stop\":{\"when\":\"all-expectations-decided\"},");
	play("p");
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"running\",\"ended\":null"));
	play("p");
	text_clear(&list);
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"passed\",\"ended\":\"all expectations are decided\""));
	/* Over: its rules are gone, its report stays. */
	play("h");
	ck_assert_int_eq(stage_code(), 200);
	stage_close();

	stage_open();
	load_expect(POSTS ",\"never\":true", "\"stop\":{\"after\":\"3s\"},");
	play("+++");
	text_clear(&list);
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"passed\",\"ended\":\"its time is over\""));
	stage_close();

	/* Not while a device is still waited for, although the others have done what they should. */
	stage_open();
	load_expect(POSTS ",\"per\":\"device\",\"after\":\"busy\",\"within\":\"9s\"", "\"stop\":{\"when\":\"all-expectations-decided\"},");
	play("hHp");
	text_clear(&list);
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"running\",\"ended\":null"));
	play("q");
	text_clear(&list);
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"passed\",\"ended\":\"all expectations are decided\""));
	stage_close();

	/* doc: by default after five minutes */
	stage_open();
	load_expect(POSTS, "\"stop\":{\"leave\":\"keep\"},");
	stage_advance(299999);
	text_clear(&list);
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"running\""));
	stage_advance(1);
	text_clear(&list);
	scenario_write_list(stage.cloud, &list);
	ck_assert_ptr_nonnull(strstr(text_string(&list), "\"verdict\":\"failed\",\"ended\":\"its time is over\""));
	/* leave: keep */
	play("h");
	ck_assert_int_eq(stage_code(), 429);
	text_free(&list);
	stage_close();
}
END_TEST

/* A rule that is not optional is an expectation, too. */
START_TEST(rules_must_fire)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"e\",\"rules\":[{\"id\":\"r\",\"on\":\"connect\",\"do\":[{\"refuse\":{}}]}]}");
	play("p");
	ck_assert_ptr_nonnull(strstr(stage_report("e"), "\"why\":\"it never fired, and nothing it is about happened\""));
	ck_assert_ptr_nonnull(strstr(text_string(&stage.report), "\"verdict\":\"failed\",\"ended\""));
	stage_close();
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"e\",\"rules\":[{\"id\":\"r\",\"on\":\"connect\",\"enabled\":false,\"do\":[{\"refuse\":{}}]},"
	           "{\"id\":\"q\",\"on\":\"connect\",\"optional\":true,\"do\":[{\"refuse\":{}}]}]}");
	ck_assert_ptr_nonnull(strstr(stage_report("e"), "\"verdict\":\"passed\",\"ended\""));
	stage_close();
}
END_TEST

/* Fixtures are there while the scenario is, and not longer. */
START_TEST(fixtures_come_and_go)
{
	stage_open();
	stage_load("{\"scenario\":1,\"name\":\"f\",\"fixtures\":{\"products\":[{\"productKey\":\"a1Fix000001\"}],\"devices\":["
	           "{\"productKey\":\"a1Fix000001\",\"deviceName\":\"fix1\"},{\"productKey\":\"a1Thermo001\",\"deviceName\":\"dev3\",\"properties\":{\"temp\":5}},"
	           "{\"productKey\":\"a1Thermo001\",\"deviceName\":\"dev1\",\"deviceSecret\":\"11111111111111111111111111111111\"}]},"
	           "\"rules\":[{\"id\":\"r\",\"on\":\"connect\",\"optional\":true,\"match\":{\"device\":\"a1Fix000001/fix1\"},\"do\":[{\"refuse\":{}}]}]}");
	ck_assert_ptr_nonnull(device_find_key(stage.cloud, "a1Fix000001", "fix1"));
	ck_assert_ptr_nonnull(device_find_key(stage.cloud, "a1Thermo001", "dev3"));
	ck_assert_str_eq(device_find_key(stage.cloud, "a1Thermo001", "dev1")->secret, "0123456789abcdef0123456789abcdef");
	ck_assert(scenario_unload(stage.cloud, "f", &stage.out));
	ck_assert_ptr_null(device_find_key(stage.cloud, "a1Fix000001", "fix1"));
	ck_assert_ptr_null(product_find(stage.cloud, "a1Fix000001", 11));
	ck_assert_ptr_null(device_find_key(stage.cloud, "a1Thermo001", "dev3"));
	ck_assert_ptr_nonnull(device_find_key(stage.cloud, "a1Thermo001", "dev1"));
	stage_close();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario expect");
	TCase *tcase = tcase_create("scenario expect");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, is_judged, 0, COUNT(rows));
	tcase_add_test(tcase, ids_in_flight_differ);
	tcase_add_test(tcase, lost_answers_end_nothing);
	tcase_add_test(tcase, reports_are_not_under_way);
	tcase_add_test(tcase, uplinks_fit_the_model);
	tcase_add_test(tcase, progress_goes_forward);
	tcase_add_test(tcase, runs_end);
	tcase_add_test(tcase, rules_must_fire);
	tcase_add_test(tcase, fixtures_come_and_go);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
