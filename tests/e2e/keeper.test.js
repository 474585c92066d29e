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
	assert.equal(emulator.stderr.match(/alink-keeper ended/g).length, 1);
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

/* Seqs in the log of what the device says. */
const seqs = async (emulator) => (await emulator.api('GET', '/log?keyword=temp&limit=1000')).body.records.map(({ seq }) => seq);

test('what a keeper was given and had not written is in the log all the same', async () => {
	let emulator = await start();
	const device = await Thermostat.connect(emulator, 1), [keeper] = keepers(emulator);
	assert.equal((await device.answerTo('5', { temp: 24 })).code, 200);
	await new Promise((resolve) => { setTimeout(resolve, 1500); });
	process.kill(keeper, 'SIGSTOP');
	/* Each second's records lie in the socket when it is killed. */
	for (let id = 6; id < 9; id++) {
		assert.equal((await device.answerTo(String(id), { temp: id })).code, 200);
		await new Promise((resolve) => { setTimeout(resolve, 1100); });
	}
	process.kill(keeper, 'SIGKILL');
	await until('another keeper', () => keepers(emulator).some((pid) => pid !== keeper));
	await until('what is said', () => /alink-keeper ended by signal 9/.test(emulator.stderr));
	const before = await seqs(emulator);
	assert.ok(before.length > 4);
	await device.end();
	await emulator.stop();

	emulator = await start();
	assert.deepEqual(await seqs(emulator), before);
	await emulator.stop();
});

test('a service manager that ends all processes at once ends no log', async () => {
	let emulator = await start();
	const device = await Thermostat.connect(emulator, 1);
	await new Promise((resolve) => { setTimeout(resolve, 700); });
	assert.equal((await device.answerTo('9', { temp: 25 })).code, 200);
	const before = await seqs(emulator);
	for (const pid of keepers(emulator))
		process.kill(pid, 'SIGTERM');
	await emulator.stop();

	emulator = await start();
	assert.deepEqual(await seqs(emulator), before);
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
