/* What a scenario file may not say, and where the complaint points. A bad file changes nothing. */
#include "scenario_fixture.h"

#include <unistd.h>

#define RULE(rest) "{\"scenario\":1,\"name\":\"s\",\"rules\":[\n{\"id\":\"r\"," rest "}]}"
#define UP(rest) RULE("\"on\":\"publish.up\"," rest)
#define DO "\"do\":[{\"drop\":\"this\"}]"
#define STEP(rest) "{\"scenario\":1,\"name\":\"s\",\"timeline\":[\n{" rest "}]}"
#define EXPECT(rest) "{\"scenario\":1,\"name\":\"s\",\"expect\":[\n{\"id\":\"e\"," rest "}]}"

/* Each is the first complaint, whole. */
static const struct {
	const char *json, *complaint;
} rows[] = {
	/* the file */
	{ "", "test.json:1:1: the text ends too early" },
	{ "{\"scenario\":1,", "test.json:1:15: the text ends too early" },
	{ "[]", "test.json:1:1: this must be an object, not an array" },
	{ "{\"scenario\":2,\"name\":\"s\",\"rules\":[]}", "test.json:1:13: `scenario` must be 1, the only format there is" },
	{ "{\"name\":\"s\"}", "test.json:1:1: `scenario` is missing" },
	{ "{\"scenario\":1,\"name\":\"s\"}", "test.json:1:1: there are neither `rules` nor a `timeline` nor `expect`: it would do nothing" },
	{ "{\"scenario\":1,\"name\":\"s\",\"rules\":{\"a\":1}}", "test.json:1:34: `rules` must be an array, not an object" },
	{ "{\"scenario\":1,\"name\":\"s\",\"timeline\":{\"a\":1}}", "test.json:1:37: `timeline` must be an array, not an object" },
	{ "{\"scenario\":1,\"name\":\"s\",\"expect\":{\"a\":1}}", "test.json:1:35: `expect` must be an array, not an object" },
	{ "{\"scenario\":1,\"name\":\"s\",\n \"rulez\":[]}", "test.json:2:2: unknown key `rulez`, did you mean `rules`?" },
	{ "{\"scenario\":1,\"name\":\"a b\",\"rules\":[]}", "test.json:1:22: an id has 1 to 64 letters, digits, - _ ." },
	{ "{\"scenario\":1,\"name\":\"s\",\"seed\":-1}", "test.json:1:33: this must be a whole number from 0 to 9007199254740991" },
	{ "{\"scenario\":1,\"name\":\"s\",\"seed\":9007199254740992}", "test.json:1:33: this must be a whole number from 0 to 9007199254740991" },
	{ "{\"scenario\":1,\"name\":\"s\",\"clock\":{\"mode\":\"slow\"}}", "test.json:1:42: `mode` must be one of real, frozen, scaled, virtual" },
	{ "{\"scenario\":1,\"name\":\"s\",\"clock\":{\"mode\":\"frozen\",\"start\":\"yesterday\"}}", "test.json:1:59: a date must look like 2026-03-01T00:00:00Z" },
	{ "{\"scenario\":1,\"name\":\"s\",\"clock\":{\"mode\":\"scaled\"}}", "test.json:1:34: `scale` belongs to the mode `scaled`, and to no other" },
	{ "{\"scenario\":1,\"name\":\"s\",\"clock\":{\"mode\":\"real\",\"scale\":2}}", "test.json:1:57: `scale` belongs to the mode `scaled`, and to no other" },
	{ "{\"scenario\":1,\"name\":\"s\",\"stop\":{\"after\":\"soon\"}}", "test.json:1:42: this must be a number with its unit (250ms, 5s, 10m, 24h, 7d)" },
	{ "{\"scenario\":1,\"name\":\"s\",\"stop\":{\"when\":\"done\"}}", "test.json:1:41: `when` must be one of all-expectations-decided" },
	{ "{\"scenario\":1,\"name\":\"s\",\"defaults\":{\"per\":\"moon\"}}", "test.json:1:44: `per` must be one of device, product, gateway, connection, global" },
	{ "{\"scenario\":1,\"name\":\"s\",\"tags\":[1]}", "test.json:1:34: a tag is a string" },
	{ "{\"scenario\":1,\"name\":\"s\",\"report\":{\"junit\":\"../x\"}}", "test.json:1:44: `../x` leaves the folder that the tool runs in" },
	{ "{\"scenario\":1,\"name\":\"s\",\"report\":{\"json\":\"a/../../x\"}}", "test.json:1:43: `a/../../x` leaves the folder that the tool runs in" },
	{ "{\"scenario\":1,\"name\":\"s\",\"report\":{\"trace\":\"/x\"}}", "test.json:1:44: `/x` is not relative to where the tool runs" },
	{ "{\"scenario\":1,\"name\":\"s\",\"report\":{\"trace\":\"x/\"}}", "test.json:1:44: `x/` names no file" },
	{ "{\"scenario\":1,\"name\":\"s\",\"fixtures\":{\"products\":[{\"nodeType\":\"device\"}]}}", "test.json:1:50: `productKey` is missing" },
	{ "{\"scenario\":1,\"name\":\"s\",\"fixtures\":\n{\"cloud\":1}}", "test.json:2:2: unknown key `cloud`" },
	{ "{\"scenario\":1,\"name\":\"s\",\"fixtures\":{\"devices\":[{\"productKey\":\"a1Thermo002\",\"deviceName\":\"devx\"}]}}",
	  "test.json:1:63: there is no product `a1Thermo002`, did you mean `a1Thermo001`?" },

	/* rules */
	{ "{\"scenario\":1,\"name\":\"s\",\"rules\":[{}]}", "test.json:1:35: `id` is missing" },
	{ RULE(DO), "test.json:2:1: `on` is missing" },
	{ RULE("\"on\":\"publish\"," DO), "test.json:2:16: `publish` is no event" },
	{ RULE("\"on\":\"ack.up\"," DO), "test.json:2:16: `ack.up` needs the wire front, which this build lacks" },
	{ RULE("\"on\":\"tcp.accept\"," DO), "test.json:2:16: `tcp.accept` needs the wire front, which this build lacks" },
	{ RULE("\"on\":\"script\"," DO), "test.json:2:32: `drop` cannot be done on script, which takes delay, signal, checkpoint, log, script" },
	{ RULE("\"on\":\"script\",\"do\":[{\"script\":{\"fail\":429}}]"), "test.json:2:49: a script fails with one of 26001, 26002, 26003, 26006, 26007, 26010, 26015, 6200, 6201" },
	{ RULE("\"on\":\"script\",\"do\":[{\"script\":{}}]"), "test.json:2:41: `fail` is missing" },
	{ RULE("\"on\":\"script\",\"match\":{\"method\":\"property.post\"},\"do\":[{\"log\":\"x\"}]"), "test.json:2:43: script never carries `property.post`, so this could never match" },
	{ UP("\"note\":\"\""), "test.json:2:1: the rule does nothing: give `do`, `sequence` or `set`" },
	{ UP("\"do\":[],\"priority\":\"high\""), "test.json:2:48: `priority` must be a number, not a string" },
	{ UP("\"do\":[]"), "test.json:2:34: this list of actions is empty" },
	{ UP(DO ",\"sequence\":[]"), "test.json:2:34: `do` and `sequence` exclude each other" },
	{ UP(DO ",\"onEnd\":\"stay\""), "test.json:2:60: `onEnd` belongs to a `sequence`" },
	{ UP("\"sequence\":[]"), "test.json:2:40: a `sequence` has 1 to 1000 lists of actions" },
	{ UP("\"sequence\":[{}]"), "test.json:2:41: a `sequence` is a list of lists of actions" },
	{ "{\"scenario\":1,\"name\":\"s\",\"rules\":[{\"id\":\"r\",\"on\":\"reply\"," DO "},\n{\"id\":\"r\",\"on\":\"reply\"," DO "}]}",
	  "test.json:2:7: the id `r` is taken" },

	/* actions */
	{ UP("\"do\":[{\"drops\":\"this\"}]"), "test.json:2:36: unknown action `drops`, did you mean `drop`?" },
	{ UP("\"do\":[{\"drop\":\"that\"}]"), "test.json:2:43: `drop` must be \"this\"" },
	{ UP("\"do\":[{\"drop\":1}]"), "test.json:2:43: `drop` must be a string" },
	{ UP("\"do\":[\"drop\"]"), "test.json:2:35: an action is an object with one key, as in {\"drop\": \"this\"}" },
	{ UP("\"do\":[{\"drop\":\"this\",\"delay\":\"1s\"}]"), "test.json:2:35: an action is an object with one key, as in {\"drop\": \"this\"}" },
	{ UP("\"do\":[{\"drop\":\"this\"},{\"delay\":\"1s\"}]"), "test.json:2:51: nothing is done after `drop`, so this could never happen" },
	{ UP("\"do\":[{\"connack\":4}]"), "test.json:2:36: `connack` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"withhold\":{}}]"), "test.json:2:36: `withhold` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"refuse\":{}}]"), "test.json:2:36: `refuse` cannot be done on publish.up, which takes reply, delay, drop, duplicate, reorder, mutate, "
	  "corrupt, stale, kick, takeover, throttle.platform, error, push, admin, clock, signal, checkpoint, log" },
	{ RULE("\"on\":\"lifecycle\",\"do\":[{\"drop\":\"this\"}]"), "test.json:2:35: `drop` cannot be done on lifecycle, which takes error, push, admin, clock, signal, checkpoint, log" },
	{ RULE("\"on\":\"connect\",\"do\":[{\"refuse\":{\"rc\":4}}]"), "test.json:2:48: `rc` must be 5 or \"close\": other codes need the wire front, which this build lacks" },
	{ RULE("\"on\":\"subscribe\",\"do\":[{\"refuse\":{\"rc\":5}}]"), "test.json:2:50: a refused filter is always answered with SUBACK 0x80: `rc` is for `connect`" },
	{ UP("\"do\":[{\"reply\":{}}]"), "test.json:2:44: `reply` says nothing: give `code`, `data`, `merge`, `raw` or `base64`" },
	{ UP("\"do\":[{\"reply\":{\"data\":1}}]"), "test.json:2:44: an answer in the platform's place needs `code`, `raw` or `base64`" },
	{ UP("\"do\":[{\"reply\":{\"code\":6289012}}]"), "test.json:2:52: 6289012 is no documented code; `alink-emulator codes` lists them" },
	{ UP("\"do\":[{\"reply\":{\"code\":\"TOO_MANY_REQUEST\"}}]"), "test.json:2:52: `TOO_MANY_REQUEST` is no documented code, did you mean `TOO_MANY_REQUESTS`?" },
	{ UP("\"do\":[{\"reply\":{\"raw\":\"a\",\"code\":200}}]"), "test.json:2:44: `raw` and `base64` are the whole answer: nothing can stand beside them" },
	{ UP("\"do\":[{\"reply\":{\"base64\":\"?\"}}]"), "test.json:2:54: `base64` is not Base64" },
	{ UP("\"do\":[{\"delay\":\"5\"}]"), "test.json:2:44: this must be a number with its unit (250ms, 5s, 10m, 24h, 7d)" },
	{ UP("\"do\":[{\"delay\":{\"uniform\":[\"2s\",\"1s\"]}}]"), "test.json:2:61: the upper bound is below the lower one" },
	{ UP("\"do\":[{\"delay\":{\"lognormal\":{\"median\":\"1s\"}}}]"), "test.json:2:57: `sigma` is missing" },
	{ UP("\"do\":[{\"delay\":{\"pareto\":{\"min\":\"1s\",\"alpha\":0}}}]"), "test.json:2:74: this must be above 0 and at most 100" },
	{ UP("\"do\":[{\"delay\":{}}]"), "test.json:2:44: a delay is drawn in one way: give one of fixed, uniform, normal, lognormal, pareto, ramp" },
	{ UP("\"do\":[{\"mutate\":{\"set\":{\"temp\":1}}}]"), "test.json:2:53: `temp` is no path: it must look like `$.name`, `$.list[0]` or `$['a name']`" },
	{ UP("\"do\":[{\"corrupt\":{\"mode\":\"a-bit\"}}]"), "test.json:2:54: `mode` must be one of truncate, bitflip, garbage, invalid-json, bad-utf8, oversize" },
	{ UP("\"do\":[{\"duplicate\":{\"count\":0}}]"), "test.json:2:57: this must be a whole number from 1 to 100" },
	{ UP("\"do\":[{\"push\":{}}]"), "test.json:2:43: `push` needs either `method` or `topic`" },
	{ UP("\"do\":[{\"push\":{\"topic\":\"a/+\"}}]"), "test.json:2:52: this is no topic: it must begin with / and have no wildcards" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"device.disabel\"}}]"), "test.json:2:50: unknown operation `device.disabel`, did you mean `device.disable`?" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"limits.set\",\"args\":{\"logins\":1}}}]"), "test.json:2:71: unknown limit `logins`" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"device.kick\",\"args\":{\"x\":\"y\"}}}]"), "test.json:2:72: device.kick takes no `x`" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"device.kick\",\"target\":\"dev9\"}}]"), "test.json:2:73: there is no device `dev9`, did you mean `dev1`?" },
	{ UP("\"do\":[{\"throttle.platform\":{}}]"), "test.json:2:56: `rate` is missing: messages per second; 0 lets nothing through" },
	{ UP("\"do\":[{\"clock\":{}}]"), "test.json:2:44: `clock` takes one of `advance`, `set`, `ntpSkew`" },
	{ UP("\"do\":[{\"log\":{\"service\":\"Otherr\"}}]"), "test.json:2:53: `Otherr` is no service type of the log, did you mean `Other`?" },
	{ RULE("\"on\":\"http.request\",\"do\":[{\"http\":{\"status\":99}}]"), "test.json:2:55: this must be a whole number from 200 to 599" },

	/* match */
	{ UP("\"match\":{\"devise\":\"x\"}," DO), "test.json:2:38: unknown key `devise`, did you mean `device`?" },
	{ UP("\"match\":{\"device\":\"dev9\"}," DO), "test.json:2:47: there is no device `dev9`, did you mean `dev1`?" },
	{ UP("\"match\":{\"device\":\"a/b/c\"}," DO), "test.json:2:47: a device is named `PK/DN`, or by its deviceName alone" },
	{ UP("\"match\":{\"product\":\"a1Thermo002\"}," DO), "test.json:2:48: there is no product `a1Thermo002`, did you mean `a1Thermo001`?" },
	{ UP("\"match\":{\"product\":[]}," DO), "test.json:2:48: this list is empty, so nothing could ever match" },
	{ UP("\"match\":{\"method\":\"property.pots\"}," DO), "test.json:2:47: `property.pots` is no operation and no method, did you mean `property.post`?" },
	{ UP("\"match\":{\"method\":\"session.forced\"}," DO), "test.json:2:47: publish.up never carries `session.forced`, so this could never match" },
	{ RULE("\"on\":\"publish.down\",\"match\":{\"method\":\"property.post\"}," DO), "test.json:2:49: publish.down never carries `property.post`, so this could never match" },
	{ RULE("\"on\":\"lifecycle\",\"match\":{\"qos\":1},\"do\":[{\"log\":\"x\"}]"), "test.json:2:37: `qos` means nothing for lifecycle" },
	{ RULE("\"on\":\"connect\",\"match\":{\"method\":\"property.post\"},\"do\":[{\"refuse\":{}}]"), "test.json:2:35: `method` means nothing for connect" },
	{ UP("\"match\":{\"topic\":\"a/b\"}," DO), "test.json:2:46: this is no MQTT filter that any topic of the platform could match" },
	{ UP("\"match\":{\"code\":999}," DO), "test.json:2:45: 999 is no documented code; `alink-emulator codes` lists them" },
	{ UP("\"match\":{\"params\":{\"temp\":1}}," DO), "test.json:2:48: `temp` is no path: it must look like `$.name`, `$.list[0]` or `$['a name']`" },
	{ UP("\"match\":{\"params\":{\"$.temp\":{\"gee\":1}}}," DO), "test.json:2:58: unknown key `gee`, did you mean `ge`?" },
	{ UP("\"match\":{\"params\":{\"$.temp\":{\"ge\":\"1\"}}}," DO), "test.json:2:63: `ge` must be a number, not a string" },
	{ UP("\"match\":{\"params\":{\"$.temp\":{\"regex\":\"(\"}}}," DO), "test.json:2:66: the regular expression is wrong: Unmatched ( or \\(" },
	{ UP("\"match\":{\"params\":{\"$.temp\":{\"regex\":\"(a)\\\\1\"}}}," DO), "test.json:2:66: the regular expression refers back to a group, which can take for ever" },
	{ UP("\"match\":{\"params\":{\"$.temp\":{\"regex\":\"((a{99}){99})\"}}}," DO), "test.json:2:66: the regular expression repeats more than 255 times" },
	{ UP("\"match\":{\"payload\":{\"$.x\":{\"tsl\":\"ok\"}}}," DO), "test.json:2:55: `tsl` is about properties: it belongs into `params`" },
	{ UP("\"match\":{\"params\":{\"$.x\":{\"in\":[]}}}," DO), "test.json:2:60: `in` is empty, so nothing could ever match" },
	{ UP("\"match\":{\"state\":\"asleep\"}," DO), "test.json:2:46: a device's state is one of online, offline, disabled, enabled, deleted, bound, unbound" },
	{ UP("\"match\":{\"tag\":\"room\"}," DO), "test.json:2:44: a tag is `NAME=GLOB`, as in \"room=att*\"" },
	{ UP("\"match\":{\"any\":[{\"devise\":1}]}," DO), "test.json:2:46: unknown key `devise`, did you mean `device`?" },

	/* rules that could never fire */
	{ UP("\"when\":{\"times\":0}," DO), "test.json:2:45: with `times` 0 the rule could never fire" },
	{ UP("\"when\":{\"nth\":[]}," DO), "test.json:2:43: `nth` is empty, so the rule could never fire" },
	{ UP("\"when\":{\"nth\":0}," DO), "test.json:2:43: this must be a whole number from 1 to 1000000000" },
	{ UP("\"when\":{\"nth\":\"x\"}," DO), "test.json:2:43: `nth` is counted from 1: a number, or \"3..5\", or \"3..\"" },
	{ UP("\"when\":{\"nth\":[1,2],\"skip\":2}," DO), "test.json:2:36: `skip` leaves out all that `nth` names, so the rule could never fire" },
	{ UP("\"when\":{\"nth\":[1,2],\"every\":3}," DO), "test.json:2:36: `nth` and `every` have nothing in common, so the rule could never fire" },
	{ UP("\"when\":{\"probability\":0}," DO), "test.json:2:51: with `probability` 0 the rule could never fire" },
	{ UP("\"when\":{\"probability\":1.5}," DO), "test.json:2:51: a probability is from 0 to 1" },
	{ UP("\"when\":{\"burst\":{\"enter\":0,\"exit\":1}}," DO), "test.json:2:54: with `enter` 0 the rule could never fire" },
	{ UP("\"when\":{\"during\":[\"5s\",\"5s\"]}," DO), "test.json:2:46: this time is empty, so the rule could never fire" },
	{ UP("\"when\":{\"during\":\"5s\"}," DO), "test.json:2:46: `during` must be an array, not a string" },
	{ "{\"scenario\":1,\"name\":\"s\",\"stop\":{\"after\":\"9s\"},\"rules\":[\n{\"id\":\"r\",\"on\":\"reply\",\"when\":{\"during\":[\"10s\",\"20s\"]}," DO "}]}",
	  "test.json:2:42: the scenario has stopped by then (`stop`), so this could never happen" },
	{ UP("\"when\":{\"after\":\"r\"}," DO), "test.json:2:45: `r` waits for itself, so it could never happen" },
	{ UP("\"when\":{\"after\":\"rr\"}," DO), "test.json:2:45: nothing here is called `rr`, did you mean `r`?" },
	{ UP("\"when\":{\"after\":\"other/r\"}," DO), "test.json:2:45: nothing here is called `other/r`" },

	/* the timeline */
	{ STEP("\"do\":[{\"log\":\"x\"}]"), "test.json:2:1: a step is either `at` a time or `after` something" },
	{ STEP("\"at\":\"1s\",\"do\":[{\"drop\":\"this\"}]"), "test.json:2:19: `drop` cannot be done on timeline, which takes kick, takeover, throttle.platform, "
	  "error, push, admin, clock, signal, checkpoint, log" },
	{ STEP("\"at\":\"1s\",\"do\":[{\"kick\":{}}]"), "test.json:2:1: on the timeline `kick` needs a `target`" },
	{ STEP("\"at\":\"1s\",\"do\":[{\"push\":{\"method\":\"thing.service.property.set\"}}]"), "test.json:2:1: on the timeline `push` needs a `target`" },
	{ STEP("\"at\":\"1s\",\"do\":[{\"admin\":{\"op\":\"device.kick\"}}]"), "test.json:2:27: on the timeline device.kick needs `target`" },
	{ STEP("\"after\":{\"rule\":\"q\"},\"do\":[{\"log\":\"x\"}]"), "test.json:2:18: nothing here is called `q`" },
	{ STEP("\"after\":{},\"do\":[{\"log\":\"x\"}]"), "test.json:2:10: `after` is one of `event`, `rule`, `step`, `expect`, `signal`" },
	{ STEP("\"at\":\"1s\",\"repeat\":{\"every\":\"1ms\"},\"do\":[{\"log\":\"x\"}]"), "test.json:2:30: not more often than every 10 ms" },

	/* expectations */
	{ EXPECT("\"within\":\"1s\""), "test.json:2:1: an expectation is one of `that`, `rule`, `device`, `order`, `invariant`" },
	{ EXPECT("\"that\":\"reply\",\"rule\":\"e\""), "test.json:2:1: an expectation is one of `that`, `rule`, `device`, `order`, `invariant`" },
	{ EXPECT("\"that\":\"reply\",\"fired\":1"), "test.json:2:26: `fired` means nothing beside `that`" },
	{ EXPECT("\"that\":\"reply\",\"count\":{\"min\":3,\"max\":2}"), "test.json:2:34: `min` is above `max`, so this could never be met" },
	{ EXPECT("\"that\":\"reply\",\"count\":{\"min\":3},\"never\":true"), "test.json:2:1: `never` and a count exclude each other" },
	{ EXPECT("\"that\":\"connect\",\"latency\":\"1s\""), "test.json:2:38: only an answer has a latency: of the device on publish.up, of the platform on reply" },
	{ EXPECT("\"that\":\"connect\",\"intervals\":{\"growth\":0.5}"), "test.json:2:50: `growth` must be from 1 to 100: how many times longer each interval is" },
	{ EXPECT("\"invariant\":\"no-two-inflight-requests-share-an-ID\""), "test.json:2:23: `no-two-inflight-requests-share-an-ID` is no invariant, did you mean `no-two-inflight-requests-share-an-id`?" },
	{ EXPECT("\"order\":[\"e2\",\"e3\"]"), "test.json:2:20: nothing here is called `e2`, did you mean `e`?" },
	{ EXPECT("\"rule\":\"e\""), "test.json:2:18: `e` is no rule" },
	{ EXPECT("\"device\":\"dev1\""), "test.json:2:20: a device to look at is named `PK/DN`" },

	{ STEP("\"at\":\"5m\",\"do\":[{\"log\":\"x\"}]"), "test.json:2:7: a scenario without `stop` is over after 5 minutes, so this could never happen" },
	{ UP("\"when\":{\"during\":[\"10m\",\"1h\"]}," DO), "test.json:2:47: a scenario without `stop` is over after 5 minutes, so this could never happen" },

	{ RULE("\"on\":\"api\",\"do\":[{\"reply\":{\"raw\":\"zz\"}}]"), "test.json:2:37: a caller of the API is answered with JSON, and this is none" },

	/* and the rest */
	{ UP("\"do\":[{\"admin\":{\"op\":\"limits.set\"}}]"), "test.json:2:44: `args` says which and what: {\"loginsPerSubDevicePerMinute\": 1}" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"config.off\"}}]"), "test.json:2:44: `args` says for which product: {\"product\": \"PK\"}" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"config.off\",\"args\":{\"product\":\"a1Thermo009\"}}}]"),
	  "test.json:2:81: there is no product `a1Thermo009`, did you mean `a1Thermo001`?" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"secret.rotate\",\"args\":{\"secret\":1}}}]"), "test.json:2:83: this must be a string" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"ota.push\"}}]"), "test.json:2:44: ota.push needs `args`: {\"version\": \"1.1.0\"}" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"topology.add\"}}]"), "test.json:2:44: topology.add needs `args`: {\"gateway\": \"PK/DN\"}" },
	{ UP("\"do\":[{\"admin\":{\"op\":\"topology.add\",\"args\":{\"gateway\":\"dev1\"}}}]"), "test.json:2:83: a gateway is named `PK/DN`" },
	{ UP("\"do\":[{\"mutate\":{\"unset\":[1]}}]"), "test.json:2:55: `unset` must be a list of paths" },
	{ UP("\"do\":[{\"mutate\":{}}]"), "test.json:2:45: `mutate` changes nothing: give `set`, `unset`, `topic` or `qos`" },
	{ UP("\"do\":[{\"mutate\":{\"qos\":2}}]"), "test.json:2:52: this must be a whole number from 0 to 1" },
	{ RULE("\"on\":\"http.request\",\"do\":[{\"http\":{\"headers\":{\"A b\":\"x\"}}}]"), "test.json:2:63: a header is a name and one line of text" },
	{ RULE("\"on\":\"http.request\",\"do\":[{\"http\":{\"headers\":{\"A\":\"x\\ny\"}}}]"), "test.json:2:61: a header is a name and one line of text" },
	{ RULE("\"on\":\"http.request\",\"do\":[{\"http\":{}}]"), "test.json:2:45: `http` does nothing: give `status`, `cutAfter`, …" },
	{ UP("\"do\":[{\"reply\":{\"raw\":\"a\",\"base64\":\"AA==\"}}]"), "test.json:2:44: `raw` and `base64` are two ways to say the same: give one" },
	{ UP("\"do\":[{\"checkpoint\":\"\"}]"), "test.json:2:49: this text is empty" },
	{ UP("\"do\":[{\"clock\":{\"ntpSkew\":\"-5\"}}]"),
	  "test.json:2:55: `ntpSkew` must be a number with its unit (250ms, 5s, 10m, 24h, 7d), with a - in front for the past" },
	{ UP("\"do\":[{\"delay\":{\"uniform\":[\"1s\"]}}]"), "test.json:2:55: `uniform` must be two durations, as in [\"100ms\", \"2s\"]" },
	{ UP("\"do\":[{\"delay\":5}]"), "test.json:2:44: `delay` must be a string or an object" },
	{ UP("\"do\":[{\"reply\":5}]"), "test.json:2:44: `reply` must be an object" },
	{ RULE("\"on\":\"connect\",\"do\":[{\"delay\":\"1s\"}]"),
	  "test.json:2:33: `delay` cannot be done on connect: a plugin cannot hold a CONNECT back, and the wire front that could is not part of this build" },
	{ UP("\"do\":[{\"throttle.platform\":{\"off\":true}}]"),
	  "test.json:2:56: `off` ends a throttle of the timeline; a rule ends with `times`, `during` or `enabled`" },
	{ UP("\"do\":[{\"loss\":{}}]"), "test.json:2:36: `loss` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"cut\":{}}]"), "test.json:2:36: `cut` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"slice\":{}}]"), "test.json:2:36: `slice` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"tcp\":{}}]"), "test.json:2:36: `tcp` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"tls\":{}}]"), "test.json:2:36: `tls` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"listener\":{}}]"), "test.json:2:36: `listener` cannot be done: it needs the wire front, which this build lacks" },
	{ UP("\"do\":[{\"throttle\":{}}]"),
	  "test.json:2:36: `throttle` cannot be done: it needs the wire front, which this build lacks; `throttle.platform` limits messages" },
	{ RULE("\"on\":\"tls.hello\",\"do\":[{\"drop\":\"this\"}]"), "test.json:2:16: `tls.hello` needs the wire front, which this build lacks" },
	{ RULE("\"on\":\"ack.down\",\"do\":[{\"drop\":\"this\"}]"), "test.json:2:16: `ack.down` needs the wire front, which this build lacks" },
	{ RULE("\"on\":\"ping\",\"do\":[{\"drop\":\"this\"}]"), "test.json:2:16: `ping` needs the wire front, which this build lacks" },
	{ UP("\"match\":{\"product\":[1]},\"do\":[{\"drop\":\"this\"}]"), "test.json:2:49: this list is of strings" },
	{ UP("\"match\":{\"code\":[true]},\"do\":[{\"drop\":\"this\"}]"), "test.json:2:46: a code is a number or a name" },
	{ UP("\"match\":{\"version\":6},\"do\":[{\"drop\":\"this\"}]"), "test.json:2:48: a version is 3 (MQTT 3.1), 4 (3.1.1) or 5" },
	{ UP("\"match\":{\"qos\":3},\"do\":[{\"drop\":\"this\"}]"), "test.json:2:44: a QoS is 0, 1 or 2" },
	{ UP("\"match\":{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"any\":[{\"qos\":1}]}]}]}]}]}]}]}]}]},\"do\":[{\"drop\":\"this\"}]"),
	  "test.json:2:101: `any`, `all` and `not` go 8 deep" },
	{ UP("\"match\":{\"params\":{\"$.a\":{\"tsl\":\"ok\",\"eq\":1}}},\"do\":[{\"drop\":\"this\"}]"),
	  "test.json:2:54: {\"tsl\": \"ok\"} or {\"tsl\": \"violates\"} stands alone" },
	{ UP("\"when\":{\"during\":[\"5s\"]},\"do\":[{\"drop\":\"this\"}]"), "test.json:2:46: `during` must be two durations, as in [\"20s\", \"60s\"]" },
	{ UP("\"set\":{\"inc\":{\"n\":\"1\"}}"), "test.json:2:47: `inc` adds a whole number" },
	{ UP("\"set\":{\"inc\":{\"n\":0.5}}"), "test.json:2:47: this must be a whole number from -1000000000 to 1000000000" },
	{ UP("\"when\":{\"state\":{\"door\":\"open\"}},\"do\":[{\"drop\":\"this\"}]"),
	  "test.json:2:53: nothing sets `door` to that, so the rule could never fire" },
	{ UP("\"when\":{\"vars\":{\"n\":{\"ge\":1}}},\"do\":[{\"drop\":\"this\"}]"),
	  "test.json:2:49: nothing sets `n` to that, so the rule could never fire" },
	{ "{\"scenario\":1,\"name\":\"s\",\"rules\":[\n{\"id\":\"a\",\"on\":\"reply\",\"when\":{\"after\":\"b\"},\"do\":[{\"drop\":\"this\"}]},\n{\"id\":\"b\",\"on\":\"reply\",\"when\":{\"after\":\"a\"},\"do\":[{\"drop\":\"this\"}]}]}",
	  "test.json:2:40: `b` waits for this in the end, so neither could ever happen" },
	{ "{\"scenario\":1,\"name\":\"s\",\"rules\":[\n{\"id\":\"a\",\"on\":\"reply\",\"when\":{\"after\":\"b\"},\"do\":[{\"drop\":\"this\"}]},\n{\"id\":\"b\",\"on\":\"reply\",\"enabled\":false,\"do\":[{\"drop\":\"this\"}]}]}",
	  "test.json:2:40: rule `b` is not enabled, so this could never happen" },
	{ "{\"scenario\":1,\"name\":\"s\",\"rules\":[\n{\"id\":\"a\",\"on\":\"reply\",\"when\":{\"after\":\"b\"},\"do\":[{\"drop\":\"this\"}]}],\"timeline\":[\n{\"id\":\"b\",\"after\":{\"rule\":\"a\"},\"do\":[{\"log\":\"x\"}]}]}",
	  "test.json:2:40: `b` waits for this in the end, so neither could ever happen" },
	{ "{\"scenario\":1,\"name\":\"s\",\"clock\":{\"mode\":\"scaled\",\"scale\":0}}", "test.json:1:59: `scale` must be from 0.001 to 100000" },
	{ "{\"scenario\":1,\"name\":\"s\",\"vars\":{\"a b\":1}}", "test.json:1:34: a variable's name has 1 to 64 letters, digits, - _ ." },
	{ STEP("\"at\":\"1s\",\"after\":{\"signal\":\"x\"},\"do\":[{\"log\":\"x\"}]"), "test.json:2:1: a step is either `at` a time or `after` something" },
	{ STEP("\"after\":{\"signal\":\"x\",\"match\":{}},\"do\":[{\"log\":\"x\"}]"), "test.json:2:32: `match` belongs to an `event`" },
	{ "{\"scenario\":1,\"name\":\"s\",\"stop\":{\"after\":\"9s\"},\"timeline\":[\n{\"at\":\"10s\",\"do\":[{\"log\":\"x\"}]}]}",
	  "test.json:2:7: the scenario has stopped by then (`stop`), so this could never happen" },
	{ EXPECT("\"that\":\"reply\",\"count\":{\"exactly\":1,\"min\":1}"), "test.json:2:34: `exactly` stands alone" },
	{ EXPECT("\"that\":\"reply\",\"count\":{}"), "test.json:2:34: `count` is one of `min`, `max`, `exactly`" },
	{ EXPECT("\"that\":\"reply\",\"intervals\":{\"jitter\":1}"),
	  "test.json:2:48: `jitter` must be from 0 to below 1: what part of an interval it may be off" },
	{ EXPECT("\"that\":\"reply\",\"intervals\":{\"min\":\"2s\",\"max\":\"1s\"}"), "test.json:2:38: `min` is above `max`, so this could never be met" },
	{ EXPECT("\"that\":\"reply\",\"intervals\":{\"min\":\"1s\"},\"count\":1"), "test.json:2:1: between fewer than two there is no interval" },
	{ EXPECT("\"order\":[1,\"e\"]"), "test.json:2:20: `order` is a list of ids" },
	{ EXPECT("\"order\":[\"r\"]"), "test.json:2:19: an order is of at least two" },
	{ EXPECT("\"rule\":\"x\""), "test.json:2:18: nothing here is called `x`, did you mean `e`?" },
	{ EXPECT("\"that\":\"ack.up\""), "test.json:2:18: `ack.up` needs the wire front, which this build lacks" },
	{ EXPECT("\"that\":\"reply\",\"within\":5"), "test.json:2:35: `within` must be a string, not a number" },
	{ EXPECT("\"that\":\"reply\",\"after\":\"e\""), "test.json:2:34: `e` waits for itself, so it could never happen" },
	{ EXPECT("\"that\":\"reply\",\"severity\":\"error\""), "test.json:2:37: `severity` must be one of fail, warn" },
};

START_TEST(is_refused)
{
	struct scenario_source source = { "test.json", rows[_i].json, strlen(rows[_i].json) };
	struct text complaints = { 0 }, list = { 0 };

	stage_open();
	ck_assert_ptr_null(scenario_load(stage.cloud, &source, &complaints, &stage.out));
	ck_assert_msg(!strncmp(text_string(&complaints), rows[_i].complaint, strlen(rows[_i].complaint)) &&
	              text_string(&complaints)[strlen(rows[_i].complaint)] == '\n',
	              "%s\nis refused with\n%snot with\n%s", rows[_i].json, text_string(&complaints), rows[_i].complaint);
	/* Nothing of it stays. */
	scenario_write_list(stage.cloud, &list);
	ck_assert_str_eq(text_string(&list), "");
	ck_assert_uint_eq(stage.cloud->watched, 0);
	stage_post(1, 20);
	ck_assert_int_eq(stage_code(), 200);
	text_free(&complaints);
	text_free(&list);
	stage_close();
}
END_TEST

/* Every complaint of a file comes in one go. */
START_TEST(all_that_is_wrong_is_said)
{
	static const char json[] = "{\"scenario\":1,\"name\":\"s\",\"rules\":[{\"id\":\"a\",\"on\":\"reply\",\"do\":[{\"drip\":1}]},\n"
		"{\"id\":\"b\",\"on\":\"reply\",\"match\":{\"code\":1},\"do\":[{\"drop\":\"this\"}]}]}";
	struct scenario_source source = { "test.json", json, strlen(json) };
	struct text complaints = { 0 };

	stage_open();
	ck_assert_ptr_null(scenario_load(stage.cloud, &source, &complaints, &stage.out));
	ck_assert_str_eq(text_string(&complaints),
	                 "test.json:1:65: unknown action `drip`, did you mean `drop`?\n"
	                 "test.json:2:40: 1 is no documented code; `alink-emulator codes` lists them\n");
	text_free(&complaints);
	stage_close();
}
END_TEST

/* What the tool does, nobody does where it is not. */
START_TEST(a_stock_broker_has_no_tool)
{
	static const struct {
		const char *json, *complaint;
	} cases[] = {
		{ "{\"scenario\":1,\"name\":\"s\",\"report\":{\"junit\":\"x\"},\"expect\":[{\"id\":\"e\",\"that\":\"connect\"}]}",
		  "test.json:1:35: reports are written by the tool, and this broker runs without it\n" },
		{ RULE("\"on\":\"http.request\",\"do\":[{\"http\":{\"status\":503}}]"),
		  "test.json:2:16: `http.request` cannot happen: files are served by the tool, and this broker runs without it\n" },
	};
	size_t i;

	stage_open();
	for (i = 0; i < COUNT(cases); i++) {
		struct scenario_source source = { "test.json", cases[i].json, strlen(cases[i].json) };
		struct text complaints = { 0 };

		stage.cloud->alone = true;
		ck_assert_ptr_null(scenario_load(stage.cloud, &source, &complaints, &stage.out));
		ck_assert_str_eq(text_string(&complaints), cases[i].complaint);
		text_free(&complaints);
	}
	stage.cloud->alone = false;
	stage_load(cases[1].json);
	stage_close();
}
END_TEST

START_TEST(a_name_is_taken_once)
{
	static const char json[] = "{\"scenario\":1,\"name\":\"s\",\"rules\":[{\"id\":\"a\",\"on\":\"reply\",\"do\":[{\"drop\":\"this\"}]}]}";
	static const char clock[] = "{\"scenario\":1,\"name\":\"%d\",\"clock\":{\"mode\":\"real\"},\"rules\":[{\"id\":\"a\",\"on\":\"reply\",\"do\":[{\"drop\":\"this\"}]}]}";
	struct scenario_source source = { "test.json", json, strlen(json) };
	struct text complaints = { 0 };
	char one[200], two[200];

	stage_open();
	stage_load(json);
	ck_assert_ptr_null(scenario_load(stage.cloud, &source, &complaints, &stage.out));
	ck_assert_str_eq(text_string(&complaints), "test.json:1:22: a scenario `s` is loaded already; unload it first\n");
	text_clear(&complaints);
	snprintf(one, sizeof(one), clock, 1);
	snprintf(two, sizeof(two), clock, 2);
	stage_load(one);
	source = (struct scenario_source){ "test.json", two, strlen(two) };
	ck_assert_ptr_null(scenario_load(stage.cloud, &source, &complaints, &stage.out));
	ck_assert_str_eq(text_string(&complaints), "test.json:1:34: scenario `1` has a `clock` already, and there is only one clock\n");
	text_free(&complaints);
	stage_close();
}
END_TEST

/* `check`, without a cloud and with the devices of one. */
START_TEST(a_file_is_judged_alone)
{
	static const char *const clouds[] = { TESTS "/transcripts/cloud.json" };
	char path[] = "/tmp/alink-scenario-XXXXXX";
	int file = mkstemp(path);
	static const char json[] = "{\"scenario\":1,\"name\":\"s\",\"rules\":[\n{\"id\":\"a\",\"on\":\"reply\",\"match\":{\"device\":\"dev9\"},\"do\":[{\"drop\":\"this\"}]}]}";
	struct text complaints = { 0 }, expected = { 0 };
	struct cloud_file *cloud;

	ck_assert_int_eq(write(file, json, strlen(json)), (ssize_t)strlen(json));
	close(file);
	ck_assert(scenario_check(path, NULL, &complaints));
	text_addf(&expected, "%s:2:42: warning: no cloud file says whether device `dev9` exists\n", path);
	ck_assert_str_eq(text_string(&complaints), text_string(&expected));
	text_clear(&complaints);
	text_clear(&expected);
	cloud = cloud_file_read(clouds, 1, &complaints);
	ck_assert_ptr_nonnull(cloud);
	ck_assert(!scenario_check(path, cloud, &complaints));
	text_addf(&expected, "%s:2:42: there is no device `dev9`, did you mean `dev1`?\n", path);
	ck_assert_str_eq(text_string(&complaints), text_string(&expected));
	unlink(path);
	text_clear(&complaints);
	ck_assert(!scenario_check(path, cloud, &complaints));
	text_clear(&expected);
	text_addf(&expected, "%s:1:1: cannot be read: No such file or directory\n", path);
	ck_assert_str_eq(text_string(&complaints), text_string(&expected));
	cloud_file_free(cloud);
	text_free(&complaints);
	text_free(&expected);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("scenario load");
	TCase *tcase = tcase_create("scenario load");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, is_refused, 0, COUNT(rows));
	tcase_add_test(tcase, all_that_is_wrong_is_said);
	tcase_add_test(tcase, a_stock_broker_has_no_tool);
	tcase_add_test(tcase, a_name_is_taken_once);
	tcase_add_test(tcase, a_file_is_judged_alone);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
