/* Going back with devices connected: reset, snapshots, and what the log and the metrics say. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';

let emulator;
before(async () => { emulator = await Emulator.start(); });
after(() => emulator.stop());

const value = async (device) => (await emulator.api('GET', `/properties${device.path}`)).body.properties.temp?.value;

test('reset keeps connections, and what was reported is gone', async () => {
	const device = await Thermostat.connect(emulator, 1);
	assert.equal((await device.answerTo('1', { temp: 21 })).code, 200);
	assert.equal(await value(device), 21);
	assert.equal((await emulator.api('POST', '/reset', {})).status, 200);
	assert.equal(await value(device), undefined);
	assert.equal((await device.answerTo('2', { temp: 22 })).code, 200);
	assert.equal(await value(device), 22);
});

test('reset drops connections when asked to', async () => {
	const device = await Thermostat.connect(emulator, 2);
	assert.equal((await emulator.api('POST', '/reset', { connections: 'drop' })).status, 200);
	await within(WAIT_MS, 'the connection\'s end', device.mqtt.closed);
});

test('a snapshot brings back what was saved, with the device connected', async () => {
	const device = await Thermostat.connect(emulator, 1);
	assert.equal((await device.answerTo('1', { temp: 5 })).code, 200);
	assert.equal((await emulator.api('POST', '/snapshots', { name: 'five' })).status, 201);
	assert.equal((await device.answerTo('2', { temp: 6 })).code, 200);
	assert.equal((await emulator.api('POST', '/snapshots/five/restore', {})).status, 200);
	assert.equal(await value(device), 5);
	assert.equal((await device.answerTo('3', { temp: 7 })).code, 200);
	assert.equal((await emulator.api('DELETE', '/snapshots/five')).status, 200);
	assert.equal((await emulator.api('POST', '/snapshots/five/restore', {})).status, 404);
});

test('metrics count what devices did', async () => {
	const device = await Thermostat.connect(emulator, 1);
	const count = async () => {
		const text = (await emulator.api('GET', '/metrics')).body.text;
		return Number(/alink_requests_total\{operation="property.post",code="200"\} (\d+)/.exec(text)?.[1] ?? 0);
	};
	const before = await count();
	for (let id = 1; id <= 3; id++)
		await device.answerTo(String(id), { temp: id });
	assert.equal(await count(), before + 3);
});
