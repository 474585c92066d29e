/* An application sets properties of a device. doc: "Set device properties". */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator } from './emulator.js';

let emulator;
before(async () => { emulator = await Emulator.start(); });
after(() => emulator?.stop());

const set = (device, params, more = {}) => emulator.api('POST', `/properties${device.path}`, { params, ...more });
const names = (device) => device.path.split('/').slice(1);

/* Takes the request off the wire, checks its form, and answers it. */
const answer = async (device, params, reply) => {
	const { topic, payload } = await device.mqtt.take();
	assert.equal(topic, device.topic('thing/service/property/set'));
	const { id, ...request } = JSON.parse(payload);
	assert.match(id, /^\d{1,10}$/);
	assert.deepEqual(request, { version: '1.0', params, method: 'thing.service.property.set' });
	await device.mqtt.publish(`${topic}_reply`, { id, ...reply });
	return id;
};

test('answered by the device: 200, and the value stays what the device last posted', async () => {
	const device = await Thermostat.connect(emulator, 1);
	await device.answerTo('1', { temp: 20 });
	const call = set(device, { temp: 21 });
	const id = await answer(device, { temp: 21 }, { code: 200, data: {} });
	assert.deepEqual(await call, { status: 200, body: { id, code: 200, data: {} } });
	const { properties } = (await emulator.api('GET', `/properties${device.path}`)).body;
	assert.equal(properties.temp.value, 20);
	await device.end();
});

test('the command line sets, too: bare text is a string', async () => {
	const device = await Thermostat.connect(emulator, 2);
	const call = emulator.command('property', 'set', ...names(device), 'temp=21', 'name=attic', '--json');
	const id = await answer(device, { temp: 21, name: 'attic' }, { code: 200, data: {} });
	const { code, stdout } = await call;
	assert.equal(code, 0);
	assert.deepEqual(JSON.parse(stdout), { id, code: 200, data: {} });
	await device.end();
});

test('refused by the device: its code', async () => {
	const device = await Thermostat.connect(emulator, 3);
	const call = set(device, { temp: 21 });
	await answer(device, { temp: 21 }, { code: 100001, data: {} });
	const { status, body } = await call;
	assert.deepEqual({ status, code: body.code }, { status: 409, code: '100001' });
	await device.end();
});

test('refused by the device on the command line: exit code 1, with the code', async () => {
	const device = await Thermostat.connect(emulator, 4);
	const call = emulator.command('property', 'set', ...names(device), 'temp=21');
	await answer(device, { temp: 21 }, { code: 460, data: {} });
	const { code, stderr } = await call;
	assert.equal(code, 1);
	assert.match(stderr, /\b460\b/);
	await device.end();
});

test('an answer with another id is not the answer', async () => {
	const device = await Thermostat.connect(emulator, 5);
	const call = set(device, { temp: 21 });
	const { topic, payload } = await device.mqtt.take();
	const { id } = JSON.parse(payload);
	await device.mqtt.publish(`${topic}_reply`, { id: String(Number(id) + 1000), code: 460, data: {} });
	await device.mqtt.publish(`${topic}_reply`, { id, code: 200, data: {} });
	assert.equal((await call).body.code, 200);
	await device.end();
});

test('a device that keeps silent: 504', async () => {
	const device = await Thermostat.connect(emulator, 6);
	const { status, body } = await set(device, { temp: 21 }, { timeoutMs: 150 });
	assert.deepEqual({ status, code: body.code }, { status: 504, code: 'Timeout' });
	/* and its late answer harms nothing */
	const { topic, payload } = await device.mqtt.take();
	await device.mqtt.publish(`${topic}_reply`, { id: JSON.parse(payload).id, code: 200, data: {} });
	assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
	await device.end();
});

test('a device that never connected: 9200; one that went: 9201', async () => {
	const path = '/a1Interop01/thermo-07';
	const never = await emulator.api('POST', `/properties${path}`, { params: { temp: 21 } });
	assert.deepEqual({ status: never.status, code: never.body.code }, { status: 409, code: '9200' });

	const device = await Thermostat.connect(emulator, 7);
	await device.end();
	/* the broker notices the end of a connection when it reads it: ask until it has */
	for (let left = 500, online = true; online; left--) {
		assert.ok(left > 0, 'still online');
		online = (await emulator.api('GET', `/devices${path}`)).body.online;
	}
	const gone = await emulator.api('POST', `/properties${path}`, { params: { temp: 21 } });
	assert.deepEqual({ status: gone.status, code: gone.body.code }, { status: 409, code: '9201' });
	const { code, stderr } = await emulator.command('property', 'set', 'a1Interop01', 'thermo-07', 'temp=21');
	assert.equal(code, 1);
	assert.match(stderr, /\b9201\b/);
});

test('a disabled device is closed and stays out until enabled: 6208', async () => {
	const device = await Thermostat.connect(emulator, 8);
	assert.equal((await emulator.api('POST', `/devices${device.path}/disable`, {})).status, 200);
	await device.mqtt.closed;
	await assert.rejects(Thermostat.connect(emulator, 8), { code: 5 });
	const { status, body } = await set(device, { temp: 21 });
	assert.deepEqual({ status, code: body.code }, { status: 409, code: '6208' });
	assert.equal((await emulator.api('POST', `/devices${device.path}/enable`, {})).status, 200);
	await (await Thermostat.connect(emulator, 8)).end();
});

/* Refused before anything is sent: the device's next message is the answer to its own post. */
const refused = [
	['an unknown property', { ghost: 1 }, '5092'],
	['a read-only property', { serial: 'x' }, '460'],
	['a value out of range', { temp: 121 }, '6306'],
	['text for an int', { temp: '21' }, '6306'],
	['a text too long', { name: '12345678901234567' }, '6310'],
];
for (const [what, params, code] of refused) {
	test(`refused with ${code}: ${what}`, async () => {
		const device = await Thermostat.connect(emulator, 9);
		const { status, body } = await set(device, params);
		assert.deepEqual({ status: Math.floor(status / 100), code: body.code }, { status: 4, code });
		assert.equal((await device.answerTo('1', { temp: 1 })).topic, device.topic('thing/event/property/post_reply'));
		await device.end();
	});
}
