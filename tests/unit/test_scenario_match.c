/* `match`: each field, for what it holds and for what it does not, on the events that have it. */
#include "scenario_fixture.h"

#include "api.h"

/*
 * Steps: `a` dev1 posts temp 21 and a label with id 7, `b` temp 130, which the model does not allow, with id 8 and QoS 1,
 * `x` no properties at all, `c` dev2 posts temp 5, `g` dev1 asks for desired values, `s` it subscribes to its sets with
 * QoS 1, `u` it unsubscribes, `t` it gives itself a tag, `p` the platform sets a property of dev1, `k` dev2 connects again,
 * `d` it disconnects, `o` it is disabled, `e` enabled.
 */
static void api(const char *verb, const char *path, const char *body)
{
	struct text request = { 0 };

	text_addf(&request, "{\"id\":1,\"method\":\"%s\",\"path\":\"%s\",\"body\":%s}", verb, path, body);
	effects_clear(&stage.out);
	api_handle(stage.cloud, 7, text_string(&request), request.len, &stage.out);
	stage_turn();
	text_free(&request);
}

static void send(int device, const char *path, const char *payload, int qos)
{
	char topic[200];
	struct message in = { .topic = topic, .payload = payload, .payload_len = strlen(payload), .qos = qos };

	snprintf(topic, sizeof(topic), "/sys/" STAGE_PRODUCT "/dev%d/%s", device, path);
	effects_clear(&stage.out);
	cloud_message(stage.cloud, stage.numbers[device], &in, &stage.out);
	stage_turn();
}

#define SET "/sys/" STAGE_PRODUCT "/dev1/thing/service/property/set"

static void step(char what)
{
	effects_clear(&stage.out);
	switch (what) {
	case 'a': send(1, "thing/event/property/post", "{\"id\":\"7\",\"params\":{\"temp\":21,\"label\":\"attic\"}}", 0); break;
	case 'b': send(1, "thing/event/property/post", "{\"id\":\"8\",\"params\":{\"temp\":130}}", 1); break;
	case 'x': send(1, "thing/event/property/post", "{\"id\":\"12\",\"params\":7}", 0); break;
	case 'c': send(2, "thing/event/property/post", "{\"id\":\"9\",\"params\":{\"temp\":5}}", 0); break;
	case 'g': send(1, "thing/property/desired/get", "{\"id\":\"10\",\"params\":[\"temp\"]}", 0); break;
	case 't': send(1, "thing/deviceinfo/update", "{\"id\":\"11\",\"params\":[{\"attrKey\":\"room\",\"attrValue\":\"attic\"}]}", 0); break;
	case 's': cloud_subscribe(stage.cloud, stage.numbers[1], SET, 1, &stage.out); break;
	case 'u': cloud_unsubscribe(stage.cloud, stage.numbers[1], SET, &stage.out); break;
	case 'p': api("POST", "/properties/" STAGE_PRODUCT "/dev1", "{\"params\":{\"temp\":5}}"); break;
	case 'o': api("POST", "/devices/" STAGE_PRODUCT "/dev2/disable", "{}"); break;
	case 'e': api("POST", "/devices/" STAGE_PRODUCT "/dev2/enable", "{}"); break;
	case 'k': stage_connect(2); break;
	case 'd': cloud_disconnect(stage.cloud, stage.numbers[2], DISCONNECT_CLEAN, &stage.out); break;
	default: ck_abort_msg("no such step");
	}
	stage_turn();
}

static const struct {
	const char *on, *match, *steps, *holds;
} rows[] = {
	/* who */
	{ "publish.up", "{}", "abcg", "XXXX" },
	{ "publish.up", "{\"product\":\"a1Thermo001\"}", "ac", "XX" },
	{ "publish.up", "{\"product\":\"a1*9\"}", "ac", ".." },
	{ "publish.up", "{\"product\":[\"b*\",\"a1Thermo*\"]}", "ac", "XX" },
	{ "publish.up", "{\"device\":\"dev1\"}", "acb", "X.X" },
	{ "publish.up", "{\"device\":\"a1Thermo001/dev2\"}", "acb", ".X." },
	{ "publish.up", "{\"device\":\"a1*/dev?\"}", "ac", "XX" },
	{ "publish.up", "{\"device\":[\"dev2\",\"nobody*\"]}", "ac", ".X" },
	{ "publish.up", "{\"gateway\":\"*\"}", "ac", ".." },
	{ "publish.up", "{\"nodeType\":\"device\"}", "a", "X" },
	{ "publish.up", "{\"nodeType\":\"sub-device\"}", "a", "." },
	{ "publish.up", "{\"tag\":\"room=att*\"}", "atac", "..X." },
	{ "publish.up", "{\"tag\":[\"room=attic\",\"floor=*\"]}", "ta", ".." },
	{ "publish.up", "{\"clientId\":\"c1|*\"}", "ac", "X." },
	{ "publish.up", "{\"version\":4}", "a", "X" },
	{ "publish.up", "{\"version\":[3,5]}", "a", "." },
	{ "publish.up", "{\"version\":{\"ge\":4}}", "a", "X" },
	{ "publish.up", "{\"listener\":\"tcp\"}", "a", "X" },
	{ "publish.up", "{\"listener\":\"tls\"}", "a", "." },

	/* what */
	{ "publish.up", "{\"topic\":\"/sys/+/+/thing/event/#\"}", "ag", "X." },
	{ "publish.up", "{\"topic\":\"/sys/$pk/$dn/thing/event/property/post\"}", "acg", "XX." },
	{ "publish.up", "{\"topic\":[\"/sys/a1Thermo001/dev2/#\",\"/ota/#\"]}", "ac", ".X" },
	{ "publish.up", "{\"method\":\"property.post\"}", "ag", "X." },
	{ "publish.up", "{\"method\":\"thing.event.property.post\"}", "ag", "X." },
	{ "publish.up", "{\"method\":\"desired.*\"}", "ag", ".X" },
	{ "publish.up", "{\"method\":[\"tag.update\",\"desired.get\"]}", "agt", ".XX" },
	{ "publish.up", "{\"msgId\":\"7\"}", "ab", "X." },
	{ "publish.up", "{\"msgId\":{\"regex\":\"^[0-9]$\"}}", "abg", "XX." },
	{ "publish.up", "{\"qos\":1}", "ab", ".X" },
	{ "publish.up", "{\"qos\":[0,1]}", "ab", "XX" },
	{ "publish.up", "{\"params\":{\"$.temp\":{\"ge\":21}}}", "abc", "XX." },
	{ "publish.up", "{\"params\":{\"$.temp\":{\"ge\":21},\"$.label\":\"attic\"}}", "abc", "X.." },
	{ "publish.up", "{\"params\":{\"$.label\":{\"exists\":false}}}", "abc", ".XX" },
	{ "publish.up", "{\"params\":{\"$[0]\":\"temp\"}}", "ag", ".X" },
	{ "publish.up", "{\"params\":{\"tsl\":\"violates\"}}", "abc", ".X." },
	{ "publish.up", "{\"params\":{\"$.temp\":{\"tsl\":\"ok\"}}}", "abc", "X.X" },
	{ "publish.up", "{\"payload\":{\"$.id\":\"9\"}}", "abc", "..X" },
	{ "publish.up", "{\"payload\":{\"$.params.temp\":{\"in\":[5,130]}}}", "abc", ".XX" },

	/* answers: the code, and what was asked */
	{ "reply", "{\"code\":200}", "ax", "X." },
	{ "reply", "{\"code\":\"SUCCESS\"}", "ax", "X." },
	{ "reply", "{\"code\":{\"ne\":200}}", "ax", ".X" },
	{ "reply", "{\"code\":[429,200]}", "ax", "X." },
	{ "reply", "{\"params\":{\"$.temp\":21}}", "abc", "X.." },
	{ "reply", "{\"method\":\"property.post\",\"payload\":{\"$.id\":\"8\"}}", "ab", ".X" },
	{ "reply", "{\"topic\":\"/sys/+/+/thing/event/property/post_reply\"}", "ag", "X." },
	{ "publish.down", "{\"method\":\"thing.service.property.set\"}", "pa", "X." },
	{ "publish.down", "{\"params\":{\"$.temp\":5}}", "p", "X" },
	{ "publish.down", "{\"payload\":{\"$.params.temp\":6}}", "p", "." },

	/* filters */
	{ "subscribe", "{\"topic\":\"/sys/$pk/$dn/thing/service/#\"}", "s", "X" },
	{ "subscribe", "{\"qos\":0}", "s", "." },
	{ "subscribe", "{\"qos\":1,\"device\":\"dev1\"}", "s", "X" },
	{ "unsubscribe", "{\"topic\":\"/sys/+/dev1/#\"}", "su", ".X" },

	/* connections and states */
	{ "connect", "{\"device\":\"dev2\",\"version\":4,\"listener\":\"tcp\"}", "k", "X" },
	{ "connect", "{\"clientId\":\"c1*\"}", "k", "." },
	{ "disconnect", "{\"device\":\"dev2\"}", "d", "X" },
	{ "lifecycle", "{\"state\":\"offline\"}", "dk", "X." },
	{ "lifecycle", "{\"state\":\"online\"}", "dk", ".X" },
	{ "lifecycle", "{\"state\":[\"disabled\",\"enabled\"],\"device\":\"dev2\"}", "oe", "XX" },
	{ "lifecycle", "{\"state\":\"enabled\"}", "oe", ".X" },
	{ "publish.up", "{\"state\":\"online\"}", "a", "X" },
	{ "publish.up", "{\"state\":\"disabled\"}", "a", "." },
	{ "publish.up", "{\"state\":{\"door\":{\"exists\":false}}}", "a", "X" },

	/* callers */
	{ "api", "{\"http\":{\"path\":{\"glob\":\"/properties/*\"}}}", "po", "X." },
	{ "api", "{\"http\":{\"method\":\"POST\",\"path\":{\"regex\":\"disable$\"}}}", "po", ".X" },
	{ "api", "{\"device\":\"dev2\"}", "po", ".X" },
	{ "api", "{\"params\":{\"$.params.temp\":{\"lt\":9}}}", "po", "X." },

	/* of others */
	{ "publish.up", "{\"any\":[{\"msgId\":\"7\"},{\"device\":\"dev2\"}]}", "abc", "X.X" },
	{ "publish.up", "{\"all\":[{\"device\":\"dev1\"},{\"qos\":1}]}", "abc", ".X." },
	{ "publish.up", "{\"not\":{\"device\":\"dev1\"}}", "abc", "..X" },
	{ "publish.up", "{\"not\":{\"any\":[{\"msgId\":\"7\"},{\"all\":[{\"device\":\"dev2\"},{\"not\":{\"qos\":1}}]}]}}", "abc", ".X." },
};

static unsigned long fired(void)
{
	struct text report = { 0 };
	const char *at;
	unsigned long number;

	ck_assert(scenario_write_report(stage.cloud, "m", &report));
	at = strstr(text_string(&report), "\"fired\":");
	ck_assert_ptr_nonnull(at);
	number = strtoul(at + strlen("\"fired\":"), NULL, 10);
	text_free(&report);
	return number;
}

START_TEST(holds)
{
	struct text scenario = { 0 };
	char seen[16] = "";
	const char *at;

	stage_open();
	text_addf(&scenario, "{\"scenario\":1,\"name\":\"m\",\"rules\":[{\"id\":\"r\",\"on\":\"%s\",\"match\":%s,\"do\":[{\"log\":\"x\"}]}]}",
	          rows[_i].on, rows[_i].match);
	stage_load(text_string(&scenario));
	for (at = rows[_i].steps; *at; at++) {
		unsigned long before = fired();

		step(*at);
		ck_assert_uint_le(fired() - before, 1);
		strcat(seen, fired() > before ? "X" : ".");
	}
	ck_assert_msg(!strcmp(seen, rows[_i].holds), "%s, %s: %s, not %s", text_string(&scenario), rows[_i].steps, seen, rows[_i].holds);
	text_free(&scenario);
	stage_close();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario match");
	TCase *tcase = tcase_create("scenario match");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, holds, 0, COUNT(rows));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
