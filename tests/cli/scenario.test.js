/* Scenarios, the clock and the coverage of codes: what the commands ask, and what a person and a program get to see. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fake, run, words } from './fake.js';
import { testCommands } from './rows.js';

let fake;
before(async () => { fake = await Fake.start(); });
after(() => fake.stop());

const head = { name: 'lost', description: 'An answer is lost.', source: '/s/lost.json', seed: 42 };
const rules = [
	{ id: 'lose', on: 'reply', eligible: 2, fired: 1, enabled: true, optional: false, verdict: 'met', reached: [
		{ time: 1700000000000, key: 'a1/d1', condition: null },
		{ time: 1700000000500, key: 'a1/d1', condition: 'when.nth', seen: '2\u001b[2J' },
	] },
	{ id: 'extra', on: 'connect', eligible: 0, fired: 0, enabled: true, optional: true, verdict: 'met', reached: [] },
];
const again = { id: 'again', wanted: 'publish.up, at least 2', verdict: 'failed', severity: 'fail', count: 1, why: '1 times publish.up', reached: [] };
const files = { junit: null, json: null, trace: null };
const running = { ...head, verdict: 'running', ended: null, began: 1700000000000, durationMs: 1500, logAfter: 2, logTo: 9, report: files,
	expectations: [{ ...again, verdict: 'open', why: undefined }], rules, timeline: [{ id: 'step-1', done: 3 }],
	checkpoints: [{ time: 1700000000123, text: 'answer lost', by: 'lost/lose' }] };
const failed = { ...running, verdict: 'failed', ended: 'it was stopped', expectations: [again] };
const passed = { ...failed, verdict: 'passed', source: null, seed: 7, expectations: [], timeline: [], checkpoints: [], rules: [] };
const reported = `\
scenario lost: failed, seed 42, after 1.500 s (it was stopped)
  FAILED   expects again: wanted publish.up, at least 2; seen: 1 times publish.up
  met      rule lose: on reply, eligible 2, fired 1
             2023-11-14T22:13:20.500Z a1/d1 missed when.nth: 2\\u001b[2J
  met      rule extra: on connect, eligible 0, fired 0
  the same again: alink-emulator run --seed 42 --scenario /s/lost.json
`;

testCommands(() => fake, [
	{
		line: 'scenario list',
		request: ['GET', '/scenarios'],
		answer: { scenarios: [
			{ ...head, verdict: 'running', ended: null, rules: 2, expectations: 3, met: 1, failed: 0, open: 2, tags: ['uplink'] },
			{ ...head, name: 'soak-24h', verdict: 'failed', ended: 'its time is over', rules: 0, expectations: 1, met: 0, failed: 1, open: 0, tags: [] },
		] },
		out: `\
NAME      VERDICT  RULES  EXPECTATIONS  MET  FAILED  OPEN  ENDED
lost      running  2      3             1    0       2     -
soak-24h  failed   0      1             0    1       0     its time is over
`,
	},
	{ line: 'scenario', request: ['GET', '/scenarios'], answer: { scenarios: [] }, out: 'no scenarios\n' },
	{
		/* The emulator reads it, wherever it runs */
		line: 'scenario load lost.json',
		request: ['POST', '/scenarios', JSON.stringify({ path: `${process.cwd()}/lost.json` })],
		status: 201,
		answer: running,
		out: 'name    lost\nsource  /s/lost.json\nseed    42\n',
	},
	{
		line: 'scenario load /s/lost.json',
		request: ['POST', '/scenarios', '{"path":"/s/lost.json"}'],
		status: 201,
		answer: running,
		match: /^name {4}lost\n/,
	},
	{
		line: 'scenario unload lost',
		request: ['DELETE', '/scenarios/lost'],
		answer: failed,
		out: 'lost unloaded\n',
	},
	{
		line: 'scenario show lost',
		request: ['GET', '/scenarios/lost'],
		answer: running,
		out: `\
name          lost
description   An answer is lost.
source        /s/lost.json
seed          42
verdict       running
ended         -
began         2023-11-14T22:13:20.000
lasts         1.500s
expectations  again (open): publish.up, at least 2
rules         lose: on reply, eligible 2, fired 1
              extra: on connect, eligible 0, fired 0
timeline      step-1: done 3
checkpoints   2023-11-14T22:13:20.123 answer lost (lost/lose)
`,
	},
	{
		line: 'scenario show a/b',
		request: ['GET', '/scenarios/a%2Fb'],
		answer: passed,
		match: /\nexpectations {2}-\nrules {9}-\ntimeline {6}-\ncheckpoints {3}-\n$/,
	},
	{ line: 'scenario report lost', request: ['GET', '/scenarios/lost'], answer: failed, out: reported, code: 1 },
	{
		line: 'scenario report fine',
		request: ['GET', '/scenarios/fine'],
		answer: passed,
		out: 'scenario lost: passed, seed 7, after 1.500 s (it was stopped)\n  the same again: alink-emulator run --seed 7\n',
	},
	{ line: 'scenario stop lost', request: ['POST', '/scenarios/lost/stop', '{}'], answer: failed, out: reported, code: 1 },
	{
		line: 'clock',
		request: ['GET', '/clock'],
		answer: { mode: 'real', now: 1700000000123, world: 1700000000123, ntpSkewMs: 0 },
		out: `\
mode      real
now       2023-11-14T22:13:20.123
world     2023-11-14T22:13:20.123
NTP skew  0
`,
	},
	{
		line: 'clock show',
		request: ['GET', '/clock'],
		answer: { mode: 'frozen', now: 1700000000123, world: 1700000999000, ntpSkewMs: -250 },
		match: /^mode {6}frozen\n.*\nworld {5}2023-11-14T22:29:59\.000\nNTP skew {2}-250\n$/s,
	},
	{
		line: 'clock advance 61s',
		request: ['POST', '/clock', '{"advanceMs":61000}'],
		answer: { mode: 'real', now: 1700000061000, world: 1700000000000, ntpSkewMs: 0 },
		match: /\nnow {7}2023-11-14T22:14:21\.000\n/,
	},
	{
		line: 'clock advance 7d',
		request: ['POST', '/clock', '{"advanceMs":604800000}'],
		answer: { mode: 'virtual', now: 1700604800000, world: 1700000000000, ntpSkewMs: 0 },
		match: /^mode {6}virtual\n/,
	},
	{
		line: 'clock set 1800000000000',
		request: ['POST', '/clock', '{"set":1800000000000}'],
		answer: { mode: 'real', now: 1800000000000, world: 1700000000000, ntpSkewMs: 0 },
		match: /\nnow {7}2027-01-15T08:00:00\.000\n/,
	},
	{
		line: 'codes --coverage',
		request: ['GET', '/codes/coverage'],
		answer: {
			coverage: [
				{ code: 460, operation: 'topo.add', message: 'request parameter error', how: 'real rule' },
				{ code: 6203, operation: 'topo.add', message: 'topic', how: 'injected' },
				{ code: 1937, operation: 'log', message: 'AMQP', how: 'injected', why: 'there is no AMQP' },
				{ code: 9999, operation: 'none', message: '', how: 'missing' },
			],
			realRule: 1, injected: 2, missing: 1,
		},
		out: `\
CODE  OPERATION  HOW        MESSAGE
460   topo.add   real rule  request parameter error
6203  topo.add   injected   topic
1937  log        injected   AMQP
    there is no AMQP
9999  none       missing    -
1 by a real rule, 2 injected by a scenario, 1 missing
`,
	},
]);

/* All that is wrong with a file, and nothing was changed. */
test('a refused scenario is told as check tells it', async () => {
	const complaints = ['/s/bad.json:3:2: unknown key `rulse`', '/s/bad.json:4:10: `nothing` is no event'];
	fake.will([400, { code: 'BadScenario', message: complaints[0], complaints }]);
	assert.deepEqual(await run(['scenario', 'load', '/s/bad.json'], { ALINK_HTTP_URL: fake.url }),
		{ out: '', err: `${complaints.join('\n')}\n`, code: 1 });
});

for (const [line, said] of [
	['scenario nothing', 'no verb \'nothing\'; there are list, load, unload, show, report, stop'],
	['scenario lod x', 'no verb \'lod\'; did you mean \'load\'?'],
	['scenario load', 'the form is `scenario load PATH`'],
	['scenario show', 'the form is `scenario show NAME`'],
	['scenario report a b', 'the form is `scenario report NAME`'],
	['scenario unload', 'the form is `scenario unload NAME`'],
	['clock advance', 'the form is `clock advance TIME`'],
	['clock advance 61', '`61` is no time: say 250ms, 5s, 2m, 24h or 7d'],
	['clock set tomorrow', '`tomorrow` is no whole number'],
	['clock list', 'no verb \'list\'; there are show, advance, set'],
	['codes 6287 --coverage', 'the form is `codes` or `codes CODE` or `codes --coverage`'],
	['codes --coverag', undefined],
	['codes --coverage=1', '--coverage takes no value'],
]) {
	test(`usage: ${line}`, async () => {
		fake.will([200, { coverage: [] }]);
		const ran = await run(words(line), { ALINK_HTTP_URL: fake.url });
		if (said === undefined) {
			assert.equal(fake.requests[0].path, '/emulator/v1/codes/coverage');   /* an abbreviation, as of any option */
			return;
		}
		const [noun] = words(line);
		assert.deepEqual(ran, { out: '', err: `alink-emulator ${noun}: ${said}\n\`alink-emulator ${noun} --help\` shows how.\n`, code: 2 });
		assert.equal(fake.requests.length, 0);
	});
}
