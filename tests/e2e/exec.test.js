/* What `exec` ends with: the command's own exit code, else the scenarios' verdict. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { device, exec, file, lost, plain, run } from './exec.js';

const scenario = file('lost.json', lost({ seed: 42 }));

test('a device that does what is expected: 0, and nothing to say', async () => {
	assert.deepEqual(await exec(['-s', scenario], device(2)), { out: '', err: '', code: 0 });
});

test('one that does not: 1, with what was expected, what was seen, and how to see it again', async () => {
	const { code, out, err } = await exec(['-s', scenario], device(1));
	assert.equal(out, '');
	assert.match(err, /^scenario lost: failed, seed 42, after \d+\.\d{3} s \(the run is over\)\n/);
	assert.match(err, /\n {2}FAILED {3}expects again: wanted publish\.up, per device, within 30s, after lose; seen: a1Interop01\/thermo-01: 0 times publish\.up\n/);
	assert.match(err, /missed after: lose has not happened\n/);
	assert.match(err, /\n {2}the same again: alink-emulator exec --seed 42 -c \S+ .* -- env -u LD_PRELOAD .*poster\.js 1 0\n$/);
	assert.equal(code, 1);
});

test('and the command that it names does it again', async () => {
	const first = await exec(['-s', file('chance.json', lost())], device(1));
	const [, command] = /the same again: (.*)\n$/.exec(first.err);
	const again = await run('sh', ['-c', command]);
	const seed = (text) => /seed (\d+)/.exec(text)[1];
	assert.equal(seed(again.err), seed(first.err));
	assert.match(again.err, /FAILED {3}expects again/);
	assert.equal(again.code, 1);
});

test('with what came from the environment', async () => {
	const { err } = await run('alink-emulator', ['exec', '--seed=5', '--', 'true'], {
		ALINK_RUN_MQTT_PORT: '0', ALINK_RUN_MQTTS_PORT: 'off', ALINK_RUN_WS_PORT: 'off', ALINK_RUN_HTTP_PORT: '0', ALINK_RUN_HTTPS_PORT: 'off',
		ALINK_RUN_SCENARIO: file('a b.json', lost()), ALINK_RUN_SEED: '6', ALINK_RUN_STATE: '',
	});
	const [, again] = /the same again: (.*) alink-emulator exec --seed=5 -- true\n$/.exec(err);
	assert.match(again, /(^| )ALINK_RUN_SCENARIO='[^']*\/a b\.json'( |$)/);
	assert.match(again, /(^| )ALINK_RUN_MQTT_PORT=0( |$)/);
	assert.doesNotMatch(again, /SEED|STATE/);
});

for (const [posts, what] of [[2, 'passed'], [1, 'failed']])
	test(`the command's own exit code is the news when the scenario ${what}`, async () => {
		const { code, err } = await exec(['-s', scenario], device(posts, 7));
		assert.equal(/scenario lost: failed/.test(err), what === 'failed');
		assert.equal(code, 7);
	});

test('a command that is killed counts as a shell counts it', async () => {
	assert.equal((await exec(['-s', scenario], plain('sh', '-c', 'kill -9 $$'))).code, 137);
});

test('a rule that never fired tested nothing: 1', async () => {
	const { code, err } = await exec(['-s', scenario], plain('true'));
	assert.match(err, /\n {2}FAILED {3}rule lose: on reply, eligible 0, fired 0; it never fired, and nothing it is about happened\n/);
	assert.match(err, /\n {2}FAILED {3}expects again: .*seen: lose, after which it is expected, has not happened\n/);
	assert.equal(code, 1);
});

test('what nearly fired is told with the condition that was missed', async () => {
	const near = lost({
		name: 'near',
		rules: [{ id: 'hot', on: 'publish.up', match: { method: 'property.post', params: { '$.temp': { gt: 90 } } }, do: [{ drop: 'this' }] }],
		expect: [],
	});
	const { code, err } = await exec(['-s', file('near.json', near)], device(1));
	assert.match(err, /FAILED {3}rule hot: on publish\.up, eligible 0, fired 0; it never fired\n/);
	assert.match(err, /\n {13}20\d\d-\S+Z a1Interop01\/thermo-01 missed \$\.temp: 21\n/);
	assert.equal(code, 1);
});

test('what only warns does not fail', async () => {
	const warn = lost({ name: 'warn' });
	warn.expect[0].severity = 'warn';
	assert.deepEqual(await exec(['-s', file('warn.json', warn)], device(1)), { out: '', err: '', code: 0 });
});

test('one failure among several is enough, and the only one told', async () => {
	const never = { scenario: 1, name: 'never', expect: [{ id: 'silent', that: 'publish.up', never: true }] };
	const { code, err } = await exec(['-s', scenario, '-s', file('never.json', never)], device(2));
	assert.match(err, /^scenario never: failed, /);
	assert.match(err, /FAILED {3}expects silent: wanted never publish\.up; seen: property\.post by a1Interop01\/thermo-01\n/);
	assert.doesNotMatch(err, /scenario lost/);
	assert.equal(code, 1);
});

/* Loaded, tried and unloaded: nobody may lose a failure by tidying up. */
test('scenarios that the command loads are judged, too, also when it has unloaded them', async () => {
	const path = file('later.json', lost({ name: 'later' }));
	const tool = (line) => `alink-emulator ${line} >/dev/null`;
	const failing = plain('sh', '-c', `${tool(`scenario load ${path}`)} && ${tool('scenario unload later')}`);
	const { code, err } = await exec([], failing);
	assert.match(err, /^scenario later: failed, .*\(it was unloaded\)\n/);
	assert.equal(code, 1);
	const quoted = device(2).map((word) => `'${word}'`).join(' ');
	const passing = plain('sh', '-c', `${tool(`scenario load ${path}`)} && ${quoted} && ${tool('scenario unload later')}`);
	assert.deepEqual(await exec([], passing), { out: '', err: '', code: 0 });
});

test('a bad scenario is told with its place, and the command is not run', async () => {
	const path = file('bad.json', '{\n\t"scenario": 1,\n\t"rulse": []\n}\n');
	const { code, out, err } = await exec(['-s', path], plain('echo', 'run'));
	assert.ok(err.includes(`${path}:3:2: unknown key \`rulse\``), err);
	assert.equal(out, '');
	assert.equal(code, 3);
});
