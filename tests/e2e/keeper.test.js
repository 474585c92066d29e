/*
 * alink-keeper, the process beside the broker that moves the state file's write-ahead log and writes the cloud's log: the
 * broker itself has one thread, and loses nothing when its keeper is killed.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from '../interop/device.js';
import { Emulator, until } from '../interop/emulator.js';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'alink-keeper-')); });
after(() => {
	Emulator.endAll();
	rmSync(folder, { recursive: true, force: true });
});

const start = () => Emulator.start('--state', join(folder, 'state.db'));
const keepers = (emulator) => emulator.helpers('alink-keeper').filter(({ state }) => state !== 'Z').map(({ pid }) => pid);

test('a broker that keeps a state and is woken has one thread', async () => {
	const emulator = await start();
	const device = await Thermostat.connect(emulator, 1);
	assert.equal((await device.answerTo('1', { temp: 20 })).code, 200);
	assert.equal(keepers(emulator).length, 1);
	assert.deepEqual(readdirSync(`/proc/${emulator.brokerPid()}/task`), [String(emulator.brokerPid())]);
	await device.end();
	await emulator.stop();
});

test('a keeper that is killed is replaced, and what was answered is there', async () => {
	let emulator = await start(), device = await Thermostat.connect(emulator, 1);
	const [first] = keepers(emulator);
	process.kill(first, 'SIGKILL');
	assert.equal((await device.answerTo('2', { temp: 21 })).code, 200);
	const [second] = await until('another keeper', () => {
		const found = keepers(emulator);
		return found.length && found[0] !== first && found;
	});
	await until('what is said', () => /state file's log cannot be moved into it \(alink-keeper ended by signal 9\)/.test(emulator.stderr));
	await until('what is said', () => /state file's log is moved into it again/.test(emulator.stderr));
	assert.equal((await device.answerTo('3', { temp: 23 })).code, 200);
	assert.deepEqual(keepers(emulator), [second]);
	await device.end();
	await emulator.stop();

	emulator = await start();
	const { properties } = (await emulator.api('GET', `/properties${device.path}`)).body;
	assert.equal(properties.temp.value, 23);
	const { records } = (await emulator.api('GET', '/log?keyword=temp&limit=1000')).body;
	assert.ok(records.some(({ content }) => /"temp":23/.test(content)), JSON.stringify(records));
	await emulator.stop();
});

test('a broker that is killed leaves no keeper behind', async () => {
	const emulator = await start(), device = await Thermostat.connect(emulator, 1), [keeper] = keepers(emulator);
	assert.equal((await device.answerTo('4', { temp: 22 })).code, 200);
	process.kill(emulator.brokerPid(), 'SIGKILL');
	await until('its end', () => {
		try {
			return process.kill(keeper, 0) && false;
		} catch {
			return true;
		}
	});
	await device.end();
	await emulator.stop().catch(() => {});
});
