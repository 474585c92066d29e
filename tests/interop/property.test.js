/* A device posts properties. doc: "Devices submit property data". */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator } from './emulator.js';

let emulator;
before(async () => { emulator = await Emulator.start(); });
after(() => emulator?.stop());

const stored = async ({ path }) => {
	const { properties } = (await emulator.api('GET', `/properties${path}`)).body;
	return Object.fromEntries(Object.entries(properties).map(([name, { value }]) => [name, value]));
};

test('the reply, byte for byte', async () => {
	const device = await Thermostat.connect(emulator, 1);
	await device.mqtt.publish('/sys/a1Interop01/thermo-01/thing/event/property/post',
		'{"id":"7","version":"1.0","params":{"temp":21},"method":"thing.event.property.post"}');
	assert.deepEqual(await device.mqtt.take(), {
		topic: '/sys/a1Interop01/thermo-01/thing/event/property/post_reply',
		payload: '{"code":200,"data":{},"id":"7","message":"success","method":"thing.event.property.post","version":"1.0"}',
	});
	assert.deepEqual(await stored(device), { temp: 21 });
	await device.end();
});

/* What is refused goes into `data`; the rest of the message is stored. */
const mixed = [
	['an unknown property', { temp: 20, ghost: 1 }, { ghost: 'tsl parse: params not exist' }, { temp: 20 }],
	['a value above its range', { temp: 121, power: 1 }, { temp: 'tsl parse: int value is bigger than max 120' }, { power: 1 }],
	['a value below its range', { temp: -41, power: 1 }, { temp: 'tsl parse: int value is smaller than min -40' }, { power: 1 }],
	['the ends of a range', { temp: -40 }, {}, { temp: -40 }],
	['text for an int', { temp: '15', power: 0 }, { temp: 'tsl parse: data type is not int' }, { power: 0 }],
	['a fraction for an int', { temp: 1.5, power: 0 }, { temp: 'tsl parse: data type is not int' }, { power: 0 }],
	['true for a bool', { temp: 1, power: true }, { power: 'tsl parse: value of bool type must be int' }, { temp: 1 }],
	['a number for a text', { temp: 1, name: 5 }, { name: 'tsl parse: data type is not string' }, { temp: 1 }],
	['wrapped and plain values side by side', { temp: { value: 30, time: Date.now() - 1000 }, name: 'attic' }, {}, { temp: 30, name: 'attic' }],
	['a read-only property', { serial: 'x1' }, {}, { serial: 'x1' }],
];
mixed.forEach(([when, params, data, values], row) => {
	test(when, async () => {
		const device = await Thermostat.connect(emulator, 10 + row);
		assert.deepEqual(await device.answerTo('1', params), {
			topic: device.topic('thing/event/property/post_reply'),
			code: 200, data, id: '1', message: 'success', method: 'thing.event.property.post', version: '1.0',
		});
		assert.deepEqual(await stored(device), values);
		await device.end();
	});
});

const refused = [
	['what is not JSON', 'nonsense', 6207, '0'],
	['what is not JSON, but holds an id', '{"id":"12","params":{"temp":}', 6207, '12'],
	['no params', '{"id":"3"}', 460, '3'],
	['empty params', '{"id":"3","params":{}}', 460, '3'],
	['params of another type', '{"id":"3","params":[1]}', 460, '3'],
];
for (const [what, payload, code, id] of refused) {
	test(`refused with ${code}: ${what}`, async () => {
		const device = await Thermostat.connect(emulator, 2);
		await device.mqtt.publish(device.topic('thing/event/property/post'), payload);
		const reply = JSON.parse((await device.mqtt.take()).payload);
		assert.deepEqual({ code: reply.code, id: reply.id, data: reply.data }, { code, id, data: {} });
		await device.end();
	});
}

/* Each client parses ids its own way; all get them back as strings. */
const ids = [[9, '9'], ['1|exp-topic|/sys/x/post_reply', '1|exp-topic|/sys/x/post_reply'], ['007', '007'], [undefined, '0'], ['', '0']];
for (const [id, echoed] of ids) {
	test(`id ${JSON.stringify(id)} comes back as "${echoed}"`, async () => {
		const device = await Thermostat.connect(emulator, 3);
		assert.equal((await device.answerTo(id, { temp: 1 })).id, echoed);
		await device.end();
	});
}

test('sys.ack 0 asks for no reply: the next message\'s comes first', async () => {
	const device = await Thermostat.connect(emulator, 4);
	await device.post('1', { temp: 41 }, { sys: { ack: 0 } });
	await device.post('2', { ghost: 1 }, { sys: { ack: 0 } });
	assert.equal((await device.answerTo('3', { power: 1 }, { sys: { ack: 1 } })).id, '3');
	assert.deepEqual(await stored(device), { temp: 41, power: 1 });
	await device.end();
});

test('more than 262144 bytes: silence, and a reason in the log', async () => {
	const device = await Thermostat.connect(emulator, 5);
	await device.post('1', { name: 'x'.repeat(262144) });
	assert.equal((await device.answerTo('2', { temp: 1 })).id, '2');
	const { records } = (await emulator.api('GET', '/log?productKey=a1Interop01&deviceName=thermo-05&status=failed')).body;
	assert.match(records.at(-1).why, /262144/);
	await device.end();
});

test('what stands behind ? in a topic is no part of it, and a retained post is one like any other', async () => {
	const device = await Thermostat.connect(emulator, 6);
	await device.mqtt.publish(`${device.topic('thing/event/property/post')}?_rid=7`, { id: '1', params: { temp: 5 } });
	const { topic, payload } = await device.mqtt.take();
	assert.equal(topic, device.topic('thing/event/property/post_reply'));
	assert.equal(JSON.parse(payload).code, 200);
	await device.mqtt.client.publishAsync(device.topic('thing/event/property/post'),
		'{"id":"2","params":{"temp":6}}', { qos: 1, retain: true });
	assert.equal(JSON.parse((await device.mqtt.take()).payload).id, '2');
	assert.deepEqual(await stored(device), { temp: 6 });
	await device.end();
});
