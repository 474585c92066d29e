/* Scenarios of a running emulator, its clock, and what its codes need: the commands against the real thing. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from '../interop/device.js';
import { Emulator } from '../interop/emulator.js';
import { lost } from './exec.js';

const folder = mkdtempSync(join(tmpdir(), 'alink-scenario-'));
const file = (name, content) => {
	writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
	return join(folder, name);
};
const rows = (name) => readFileSync(new URL(`../catalog/${name}`, import.meta.url), 'utf8').trimEnd().split('\n').slice(1)
	.map((line) => line.split('\t'));

let emulator;
before(async () => { emulator = await Emulator.start(); });
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true });
});

const tool = async (...words) => emulator.command(...words);
/* The names of those that are loaded, with their verdicts. */
async function loaded() {
	const { stdout } = await tool('scenario', '--json');
	return JSON.parse(stdout).scenarios.map(({ name, verdict }) => `${name} ${verdict}`);
}

test('a scenario from its loading to its end', async () => {
	const path = file('first.json', lost({ name: 'first', description: 'One answer is lost.', seed: 42 }));
	assert.deepEqual(await tool('scenario', 'load', path), { code: 0, stdout: `name    first\nsource  ${path}\nseed    42\n`, stderr: '' });
	assert.deepEqual(await loaded(), ['first running']);
	assert.match((await tool('scenario', 'show', 'first')).stdout, /\ndescription {3}One answer is lost\.\n.*\nrules {9}lose: on reply, eligible 0, fired 0\n/s);
	const early = await tool('scenario', 'report', 'first');
	assert.match(early.stdout, /^scenario first: running, seed 42, .*\n {2}open {5}expects again: .*\n {2}open {5}rule lose: /);
	assert.equal(early.code, 0);

	const thermo = await Thermostat.connect(emulator, 1);
	await thermo.post('1', { temp: 20 });
	await thermo.post('2', { temp: 20 });
	await thermo.end();
	const stopped = await tool('scenario', 'stop', 'first');
	assert.match(stopped.stdout, /^scenario first: passed, seed 42, .* \(it was stopped\)\n {2}met {6}expects again: .*\n.*\n {2}met {6}rule lose: on reply, eligible 2, fired 1\n/);
	assert.equal(stopped.code, 0);
	assert.deepEqual(await loaded(), ['first passed']);

	assert.deepEqual(await tool('scenario', 'unload', 'first'), { code: 0, stdout: 'first unloaded\n', stderr: '' });
	assert.deepEqual(await tool('scenario'), { code: 0, stdout: 'no scenarios\n', stderr: '' });
	assert.deepEqual(await tool('scenario', 'report', 'first'),
		{ code: 1, stdout: '', stderr: 'alink-emulator: NotFound: there is no scenario first\n' });
});

test('an unmet expectation is exit code 1', async () => {
	await tool('scenario', 'load', file('unmet.json', lost({ name: 'unmet' })));
	const { code, stdout } = await tool('scenario', 'stop', 'unmet');
	assert.match(stdout, /^scenario unmet: failed, .*\n {2}FAILED {3}expects again: /);
	assert.equal(code, 1);
	assert.equal((await tool('scenario', 'report', 'unmet')).code, 1);
	assert.equal((await tool('scenario', 'unload', 'unmet')).code, 0);
});

test('several are loaded at once, under their own names', async () => {
	await tool('scenario', 'load', file('a.json', lost({ name: 'a' })));
	await tool('scenario', 'load', file('b.json', lost({ name: 'b' })));
	assert.deepEqual(await loaded(), ['a running', 'b running']);
	assert.equal((await tool('scenario', 'unload', 'a')).code, 0);
	assert.deepEqual(await loaded(), ['b running']);
	const twice = await tool('scenario', 'load', join(folder, 'b.json'));
	assert.match(twice.stderr, /b\.json:1:\d+: a scenario `b` is loaded already; unload it first\n$/);
	assert.equal(twice.code, 1);
	await tool('scenario', 'unload', 'b');
});

test('a bad file changes nothing, and is told with every place', async () => {
	const good = file('good.json', lost({ name: 'good' }));
	await tool('scenario', 'load', good);
	const bad = file('bad.json', `{
	"scenario": 1,
	"name": "bad",
	"fixtures": { "cloud": 1, "products": [ { "productKey": "a1Fixture01" } ] },
	"rulse": [],
	"expect": [ { "id": "x", "that": "publish.up", "within": "5" } ]
}
`);
	const { code, stdout, stderr } = await tool('scenario', 'load', bad);
	assert.equal(stdout, '');
	const lines = stderr.trimEnd().split('\n');
	assert.ok(lines.some((line) => line.startsWith(`${bad}:5:2: unknown key \`rulse\``) && line.includes('rules')), stderr);
	assert.ok(lines.some((line) => line.startsWith(`${bad}:6:59: this must be `)), stderr);
	assert.equal(code, 1);
	assert.deepEqual(await loaded(), ['good running']);
	assert.equal((await tool('product', 'show', 'a1Fixture01')).code, 1);

	const missing = await tool('scenario', 'load', join(folder, 'missing.json'));
	assert.match(missing.stderr, /missing\.json.*No such file/);
	assert.equal(missing.code, 1);
	await tool('scenario', 'unload', 'good');
});

test('the clock is shown, advanced and set', async () => {
	const clock = async (...words) => JSON.parse((await tool('clock', ...words, '--json')).stdout);
	const start = await clock();
	assert.deepEqual([start.mode, Math.abs(start.now - start.world) < 5000], ['real', true]);
	assert.match((await tool('clock')).stdout, /^mode {6}real\nnow /);
	const later = await clock('advance', '2h');
	const ahead = later.now - later.world;
	assert.ok(ahead >= 7_200_000 && ahead < 7_205_000, String(ahead));
	const set = await clock('set', String(later.now + 60_000_000));
	assert.ok(set.now >= later.now + 60_000_000 && set.now < later.now + 60_005_000);
	const back = await tool('clock', 'set', '1700000000000');
	assert.match(back.stderr, /^alink-emulator: Conflict: the clock goes forward only/);
	assert.equal(back.code, 1);
	/* what is recorded is of that time */
	await tool('device', 'disable', 'a1Interop01', 'thermo-02');
	const { records } = JSON.parse((await tool('log', '--json')).stdout);
	assert.ok(records.at(-1).time >= set.now);
});

test('no documented code is out of reach', async () => {
	const { stdout, code } = await tool('codes', '--coverage', '--json');
	const { coverage, realRule, injected, missing } = JSON.parse(stdout);
	assert.equal(code, 0);
	assert.deepEqual(coverage.filter(({ how }) => !['real rule', 'injected'].includes(how)), []);
	assert.equal(missing, 0);
	assert.equal(realRule + injected, coverage.length);
	const known = new Map(coverage.map(({ operation, code: number, how }) => [`${operation} ${number}`, how]));

	const operations = rows('operation-codes.tsv');
	assert.equal(operations.length, 301);
	assert.deepEqual(operations.filter(([operation, , , number]) => !known.has(`${operation} ${number}`)), []);
	const logged = rows('device-and-log-codes.tsv');
	assert.equal(logged.length, 143);
	assert.deepEqual(logged.filter(([number]) => !known.has(`log ${Number(number)}`)), []);
	/* What no rule of the emulator causes is not called real, and nothing else is called injected. */
	const only = rows('injected-only.tsv').map(([operation, number]) => `${operation} ${number}`);
	assert.deepEqual([...known].filter(([pair, how]) => !pair.startsWith('log ') && (how === 'injected') !== only.includes(pair)), []);
	assert.deepEqual(['log 1902', 'log 9307', 'log 1910'].map((pair) => known.get(pair)), ['injected', 'injected', 'real rule']);
	assert.ok(coverage.every(({ operation, how, why }) => operation !== 'log' || (how === 'injected') === Boolean(why)));

	const table = (await tool('codes', '--coverage')).stdout;
	assert.match(table, /^CODE +OPERATION +HOW +MESSAGE\n/);
	assert.match(table, /\n6400 +topo\.add +real rule +\S/);
	assert.match(table, /\n6203 +topo\.add +injected +\S/);
	assert.match(table, new RegExp(`\n${realRule} by a real rule, ${injected} injected by a scenario, 0 missing\n$`));
});
