/* The reports of scenarios: JUnit XML, JSON, text and traces, from the options and from the scenarios themselves. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Emulator } from '../interop/emulator.js';
import { Thermostat } from '../interop/device.js';
import { device, exec, file, folder, lost, plain, run } from './exec.js';

const schema = fileURLToPath(new URL('junit.xsd', import.meta.url));
const read = (path) => readFileSync(join(folder, path), 'utf8');
const lines = (path) => read(path).trimEnd().split('\n').map((line) => JSON.parse(line));
/* What xmllint says of a document that it takes for JUnit XML. */
function xpath(path, expression) {
	execFileSync('xmllint', ['--noout', '--schema', schema, join(folder, path)], { stdio: 'pipe' });
	return execFileSync('xmllint', ['--xpath', expression, join(folder, path)], { encoding: 'utf8', stdio: 'pipe' }).replace(/\n$/, '');
}
const text = (path, expression) => xpath(path, `string(${expression})`);
/* Nothing that was only half written stays beside a report. */
const beside = (path) => readdirSync(join(folder, path, '..')).filter((name) => name.startsWith(`${path.split('/').at(-1)}.`));

const good = file('good.json', lost({ name: 'good', seed: 42 }));
const empty = (name) => ({ scenario: 1, name, timeline: [{ at: '1m', do: [{ log: 'late' }] }] });
const quiet = file('quiet.json', { ...empty('quiet'), seed: 3 });
const bad = file('bad.json', {
	scenario: 1,
	name: 'bad',
	description: 'Cannot be met.',
	rules: [
		{ id: 'hot', on: 'publish.up', match: { params: { '$.temp': { gt: 90 } } }, do: [{ log: 'hot' }] },
		{ id: 'maybe', on: 'publish.up', optional: true, match: { method: 'event.post' }, do: [{ log: 'an event' }] },
	],
	expect: [
		{ id: 'many', that: 'publish.up', count: { min: 9 } },
		{ id: 'few', that: 'publish.up', count: { max: 9 } },
		{ id: 'better', that: 'publish.up', count: { min: 8 }, severity: 'warn' },
	],
});

test('JUnit XML: a suite for each scenario, a case for each expectation and rule', async () => {
	const { code } = await exec(['-s', good, '-s', bad, '--junit', 'all.xml'], device(2));
	assert.equal(code, 1);
	for (const [expression, value] of [
		['/testsuites/@tests', '7'], ['/testsuites/@failures', '2'], ['/testsuites/@errors', '0'],
		['count(//testsuite)', '2'],
		['//testsuite[1]/@name', 'good'], ['//testsuite[1]/@tests', '2'], ['//testsuite[1]/@failures', '0'],
		['//testsuite[1]//property[@name="seed"]/@value', '42'],
		['//testsuite[1]//property[@name="source"]/@value', good],
		['//testsuite[2]/@name', 'bad'], ['//testsuite[2]/@tests', '5'], ['//testsuite[2]/@failures', '2'], ['//testsuite[2]/@skipped', '1'],
		['//testsuite[2]//property[@name="seed"]/@value', '1'],
		['//testcase[@name="many"]/@classname', 'bad'],
		['//testcase[@name="many"]/failure/@type', 'expectation'],
		['//testcase[@name="many"]/failure/@message', '2 times publish.up'],
		['//testcase[@name="hot"]/failure/@type', 'rule'],
		['//testcase[@name="hot"]/failure/@message', 'it never fired'],
		['//testcase[@name="maybe"]/skipped/@message', 'it did not fire, and need not'],
		['count(//testcase[@name="few"]/failure | //testcase[@name="better"]/failure)', '0'],
	])
		assert.equal(text('all.xml', expression), value, expression);
	const said = text('all.xml', '//testcase[@name="hot"]/failure');
	assert.match(said, /^hot: on publish\.up, eligible 0, fired 0; it never fired\n20\S+Z a1Interop01\/thermo-01 missed \$\.temp: 21\n/);
	assert.match(said, /\nthe same again: alink-emulator exec --seed 1 .*poster\.js 2 0\n$/);
	assert.match(text('all.xml', '//testsuite[1]//property[@name="repeat"]/@value'), /^alink-emulator exec --seed 42 /);
	assert.match(text('all.xml', '//testcase[@name="better"]/system-out'), /^better: wanted publish\.up, at least 8; seen: 2 times publish\.up$/);
	assert.match(text('all.xml', '//testsuite[1]/@timestamp'), /^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/);
	assert.deepEqual(beside('all.xml'), []);
});

test('the schema would see what is wrong', () => {
	writeFileSync(join(folder, 'wrong.xml'), read('all.xml').replace('tests="7"', 'tests="seven"'));
	assert.throws(() => xpath('wrong.xml', '/'), /seven/);
});

test('without scenarios there is nothing to report, and that is a report, too', async () => {
	assert.deepEqual(await exec(['--junit', 'none.xml', '--report', 'none.json'], plain('true')), { out: '', err: '', code: 0 });
	assert.equal(text('none.xml', '/testsuites/@tests'), '0');
	assert.deepEqual(JSON.parse(read('none.json')), { verdict: 'passed', scenarios: [] });
});

test('JSON: what the API says, and the command', async () => {
	await exec(['-s', good, '-s', bad, '--report', 'all.json'], device(2));
	const { verdict, scenarios } = JSON.parse(read('all.json'));
	assert.equal(verdict, 'failed');
	assert.deepEqual(scenarios.map(({ name, verdict: its, seed, description }) => [name, its, seed, description]),
		[['good', 'passed', 42, null], ['bad', 'failed', 1, 'Cannot be met.']]);
	assert.match(scenarios[0].repeat, /^alink-emulator exec --seed 42 -c .*poster\.js 2 0$/);
	const [expectation] = scenarios[0].expectations;
	assert.deepEqual([expectation.id, expectation.verdict, expectation.wanted, expectation.count],
		['again', 'met', 'publish.up, per device, within 30s, after lose', 1]);
	const { id, eligible, fired, verdict: ruled } = scenarios[0].rules[0];
	assert.deepEqual([id, eligible, fired, ruled], ['lose', 2, 1, 'met']);
	/* the second post was eligible, but only the first was to be hit */
	assert.deepEqual(scenarios[0].rules[0].reached.map(({ key, condition }) => [key, condition]),
		[['a1Interop01/thermo-01', null], ['a1Interop01/thermo-01', 'when.nth']]);
});

test('text: short, and all of it', async () => {
	const { code, err } = await exec(['-s', good, '-s', bad, '--report', 'all.txt'], device(2));
	assert.equal(code, 1);
	const report = read('all.txt').replace(/\d+\.\d{3} s/g, 'N s').replace(/20\S+Z/g, 'TIME').replace(/(again: alink-emulator exec --seed \d+).*/g, '$1 …');
	assert.equal(report, `\
scenario good: passed, seed 42, after N s (the run is over)
  met      expects again: wanted publish.up, per device, within 30s, after lose; seen: 1
             TIME a1Interop01/thermo-01 missed after: lose has not happened
  met      rule lose: on reply, eligible 2, fired 1
             TIME a1Interop01/thermo-01 missed when.nth: 2
  the same again: alink-emulator exec --seed 42 …
scenario bad: failed, seed 1, after N s (the run is over)
  FAILED   expects many: wanted publish.up, at least 9; seen: 2 times publish.up
  met      expects few: wanted publish.up, at most 9; seen: 2
  warning  expects better: wanted publish.up, at least 8; seen: 2 times publish.up
  FAILED   rule hot: on publish.up, eligible 0, fired 0; it never fired
             TIME a1Interop01/thermo-01 missed $.temp: 21
             TIME a1Interop01/thermo-01 missed $.temp: 21
  met      rule maybe: on publish.up, eligible 0, fired 0
  the same again: alink-emulator exec --seed 1 …
`);
	/* what failed is told at once, too */
	assert.match(err, /^scenario bad: failed/);
});

test('what a device sends is data in every report', async () => {
	const value = '"<b>&amp;\'\\"]]>\\u0001\\u001b[2J\\ufffeü\\n"';
	await exec(['-s', bad, '--junit', 'odd.xml', '--report', 'odd.txt'], device(1, 0, value));
	assert.match(text('odd.xml', '//testcase[@name="hot"]/failure'), /missed \$\.temp: "<b>&amp;'\\"\]\]>\\u0001\\u001b\[2J/);
	assert.equal(text('odd.xml', '/testsuites/@tests'), '5');
	// eslint-disable-next-line no-control-regex
	assert.doesNotMatch(read('odd.txt'), /[\u0000-\u0009\u000b-\u001f]/);
});

test('a command of several lines stays one', async () => {
	await exec(['-s', good, '--junit', 'lines.xml'], plain('sh', '-c', 'true\ntrue "\'"'));
	assert.ok(text('lines.xml', '//testcase[@name="lose"]/failure').endsWith(`-- env -u LD_PRELOAD -u LSAN_OPTIONS sh -c 'true\ntrue "'\\''"'\n`));
	assert.equal(text('lines.xml', 'count(//property[@name="repeat"])'), '0');
});

test('a scenario names reports of its own, in folders that need not be there', async () => {
	const own = file('own.json', lost({ name: 'own', report: { junit: 'out/a/own.xml', json: 'out/own.json', trace: 'out/own.jsonl' } }));
	assert.deepEqual(await exec(['-s', quiet, '-s', own], device(2)), { out: '', err: '', code: 0 });
	assert.equal(text('out/a/own.xml', 'count(//testsuite)'), '1');
	assert.equal(text('out/a/own.xml', '//testsuite/@name'), 'own');
	const { scenarios: [report, ...more] } = JSON.parse(read('out/own.json'));
	assert.equal(report.name, 'own');
	assert.deepEqual(more, []);
	const trace = lines('out/own.jsonl');
	assert.ok(trace.every(({ seq }) => seq > report.logAfter && seq <= report.logTo));
	assert.ok(trace.some(({ rule, operation }) => rule === 'own/lose' && operation.endsWith('/post_reply')), read('out/own.jsonl'));
	assert.match(trace.at(-1).content, /^passed own$/);
	assert.deepEqual(readdirSync(join(folder, 'out')).sort(), ['a', 'own.json', 'own.jsonl']);
});

test('a trace has all of a long run', async () => {
	const long = file('long.json', { ...empty('long'), report: { trace: 'long.jsonl' } });
	assert.equal((await exec(['-s', long], device(700))).code, 0);
	const seqs = lines('long.jsonl').map(({ seq }) => seq);
	assert.ok(seqs.length > 1400, String(seqs.length));
	assert.deepEqual(seqs, seqs.map((_, index) => seqs[0] + index));
});

test('it is written where the tool runs, not elsewhere', async () => {
	for (const [path, wrong] of [['../own.xml', 'leaves the folder'], ['/tmp/own.xml', 'is not relative'], ['a/../../b', 'leaves the folder'],
		['out/', 'names no file'], ['', 'names no file']]) {
		const bold = file('bold.json', `{\n\t"scenario": 1,\n\t"report": { "junit": "${path}" }\n}\n`);
		const { code, err } = await exec(['-s', bold], plain('true'));
		assert.ok(err.includes(`${bold}:3:23: \`${path}\` ${wrong}`), err);
		assert.equal(code, 3);
	}
});

test('a report that cannot be written is told before anything runs', async () => {
	writeFileSync(join(folder, 'plain'), '');
	mkdirSync(join(folder, 'directory'));
	const inFile = file('in-file.json', { scenario: 1, report: { trace: 'plain/trace.jsonl' } });
	for (const [options, said] of [
		[['--junit', 'plain/x.xml'], 'plain/x.xml cannot be written: Not a directory'],
		[['--report', 'directory'], 'directory cannot be written: Is a directory'],
		[['--junit', ''], ' cannot be written: No such file or directory'],
		[['-s', inFile], 'plain/trace.jsonl cannot be written: Not a directory'],
	]) {
		const { code, out, err } = await exec(options, plain('echo', 'run'));
		assert.equal(err, `alink-emulator: the report ${said}\n`);
		assert.equal(out, '');
		assert.equal(code, 3);
	}
});

test('one that cannot be written in the end is no success', async () => {
	const spoil = plain('sh', '-c', 'mkdir spoiled.xml');
	const { code, err } = await exec(['--junit', 'spoiled.xml'], spoil);
	assert.equal(err, 'alink-emulator: cannot write the report spoiled.xml: Is a directory\n');
	assert.equal(code, 3);
	assert.equal((await exec(['--junit', 'full.xml'], plain('sh', '-c', 'ln -s /dev/full full.xml; exit 7'))).code, 7);
});

test('an older report stays until the new one is there', async () => {
	writeFileSync(join(folder, 'old.txt'), 'old\n');
	const { out } = await exec(['-s', good, '--report', 'old.txt'], plain('cat', 'old.txt'));
	assert.equal(out, 'old\n');
	assert.match(read('old.txt'), /^scenario good: failed/);
});

test('a report may go to a stream', async () => {
	const { out } = await run('sh', ['-c', 'alink-emulator exec --mqtt-port 0 --mqtts-port off --ws-port off --http-port 0 --https-port off ' +
		`-s ${quiet} --report /dev/stdout -- true | cat`]);
	assert.match(out, /^scenario quiet: passed, seed 3, after .* \(the run is over\)\n {2}the same again: alink-emulator exec --seed 3 --mqtt-port 0 .* -- true\n$/);
});

test('run writes them, too, when it ends and when a scenario does', async () => {
	process.chdir(folder);
	const own = file('ending.json', lost({ name: 'ending', report: { json: 'ending.json.out' } }));
	const emulator = await Emulator.start('-s', own, '--junit', 'run.xml');
	let ended;
	try {
		const thermo = await Thermostat.connect(emulator, 1);
		await thermo.post('1', { temp: 20 });
		await thermo.post('2', { temp: 20 });
		await thermo.end();
		const later = file('loaded.json', lost({ name: 'loaded', seed: 9 }));
		assert.equal((await emulator.command('scenario', 'load', later)).code, 0);
		assert.equal(existsSync(join(folder, 'ending.json.out')), false);
		assert.equal((await emulator.command('scenario', 'stop', 'ending')).code, 0);
		assert.equal(JSON.parse(read('ending.json.out')).scenarios[0].verdict, 'passed');
		const third = file('third.json', { ...empty('third'), report: { json: 'third.json.out' } });
		assert.equal((await emulator.command('scenario', 'load', third)).code, 0);
		await emulator.api('POST', '/scenarios/stop', {});
		assert.equal(JSON.parse(read('third.json.out')).scenarios[0].verdict, 'passed');
		assert.equal((await emulator.command('scenario', 'unload', 'third')).code, 0);
	} finally {
		ended = await emulator.stop();
	}
	assert.deepEqual(ended, { code: 0, signal: null });
	assert.match(emulator.stderr, /^scenario loaded: failed, seed 9, /);
	assert.match(emulator.stderr, /the same again: alink-emulator run --seed 9 --scenario \S+loaded\.json --json (--mosquitto \S+ )?-c /);
	assert.equal(text('run.xml', '/testsuites/@failures'), '2');
	assert.deepEqual(['1', '2', '3'].map((number) => text('run.xml', `//testsuite[${number}]/@name`)), ['third', 'ending', 'loaded']);
});
