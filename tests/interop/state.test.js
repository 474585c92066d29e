/* What survives. "Answered means committed": not even kill -9 of the broker loses an answered post. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'alink-state-')); });
after(() => rmSync(folder, { recursive: true, force: true }));

test('answered posts survive kill -9 of the broker', async () => {
	const state = join(folder, 'killed.sqlite');
	const first = await Emulator.start('--state', state);
	const device = await Thermostat.connect(first, 1);
	for (let id = 1; id <= 20; id++)
		assert.equal((await device.answerTo(String(id), { temp: id })).code, 200);
	process.kill(first.brokerPid(), 'SIGKILL');
	await within(WAIT_MS, 'the connection\'s end', device.mqtt.closed);
	await first.stop();

	const second = await Emulator.start('--state', state);
	const { properties } = (await second.api('GET', `/properties${device.path}`)).body;
	assert.equal(properties.temp.value, 20);
	const { status, activatedTime } = (await second.api('GET', `/devices${device.path}`)).body;
	assert.equal(status, 'OFFLINE');
	assert.ok(activatedTime > 0);
	assert.deepEqual(await second.stop(), { code: 0, signal: null });
});

test('the emulator says that its broker died: exit code 3', async () => {
	const emulator = await Emulator.start();
	process.kill(emulator.brokerPid(), 'SIGKILL');
	assert.deepEqual(await within(WAIT_MS, 'the end of the emulator', emulator.ended), { code: 3, signal: null });
	assert.match(emulator.stderr, /broker was killed by signal 9/);
});

test('kill -9 of the emulator takes its broker along', async () => {
	const emulator = await Emulator.start();
	const device = await Thermostat.connect(emulator, 2);
	emulator.process.kill('SIGKILL');
	await within(WAIT_MS, 'the connection\'s end', device.mqtt.closed);
});

test('devices made, disabled and deleted over the API are so after a restart', async () => {
	const state = join(folder, 'restarted.sqlite');
	const first = await Emulator.start('--state', state);
	const made = await first.api('POST', '/devices',
		{ productKey: 'a1Interop01', deviceName: 'made', deviceSecret: 'fedcba9876543210fedcba9876543210' });
	assert.equal(made.status, 201);
	assert.equal((await first.api('POST', '/devices/a1Interop01/thermo-02/disable', {})).status, 200);
	assert.deepEqual(await first.stop(), { code: 0, signal: null });

	const second = await Emulator.start('--state', state);
	assert.equal((await second.api('GET', '/devices/a1Interop01/made')).body.deviceSecret, 'fedcba9876543210fedcba9876543210');
	assert.equal((await second.api('GET', '/devices/a1Interop01/thermo-02')).body.status, 'DISABLED');
	assert.equal((await second.api('DELETE', '/devices/a1Interop01/made')).status, 200);
	await second.stop();

	const third = await Emulator.start('--state', state);
	assert.equal((await third.api('GET', '/devices/a1Interop01/made')).status, 404);
	await third.stop();
});

test('without --state, everything is gone with the process', async () => {
	const first = await Emulator.start();
	const device = await Thermostat.connect(first, 3);
	await device.answerTo('1', { temp: 7 });
	await first.stop();
	const second = await Emulator.start();
	assert.deepEqual((await second.api('GET', `/properties${device.path}`)).body.properties, {});
	await second.stop();
});
