/* Which topics a device may use, and what reaches it without asking. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator } from './emulator.js';

let emulator;
before(async () => { emulator = await Emulator.start(); });
after(() => emulator?.stop());

const REFUSED = 128;

test('its own topics: granted, wildcards below its own name included', async () => {
	const device = await Thermostat.connect(emulator, 1, { subscribe: false });
	assert.deepEqual(await device.mqtt.subscribe(
		device.topic('thing/event/+/post_reply'), device.topic('thing/service/#'), device.topic('rrpc/request/+'),
		device.topic('thing/topo/add_reply')), [1, 1, 1, 1]);
	await device.end();
});

test('anything wider, or another device\'s: SUBACK 128, without harm to the others of the packet', async () => {
	const device = await Thermostat.connect(emulator, 2, { subscribe: false });
	const foreign = [
		'#', '+/#', '/sys/#', '/sys/+/+/thing/#', '/sys/a1Interop01/+/thing/event/property/post',
		'/sys/a1Interop01/thermo-03/thing/event/property/post', '/sys/a1Interop01/thermo-03/thing/service/property/set',
		'/a1Interop01/thermo-03/user/get', '$share/group/#', '$CONTROL/alink/v1/response',
	];
	for (const filter of foreign)
		assert.deepEqual([filter, await device.mqtt.subscribe(filter)], [filter, [REFUSED]]);
	assert.deepEqual(await device.mqtt.subscribe('/sys/a1Interop01/thermo-03/thing/service/property/set',
		device.topic('thing/event/property/post_reply')), [REFUSED, 1]);
	assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
	await device.end();
});

test('a publish in another device\'s name changes nothing and reaches nobody', async () => {
	const victim = await Thermostat.connect(emulator, 3);
	const device = await Thermostat.connect(emulator, 4);
	await device.mqtt.publish('/sys/a1Interop01/thermo-03/thing/event/property/post', { id: '1', params: { temp: 99 } });
	await device.mqtt.publish('/sys/a1Interop01/thermo-03/thing/service/property/set',
		{ id: '1', version: '1.0', params: { temp: 99 }, method: 'thing.service.property.set' });
	assert.equal((await device.answerTo('2', { temp: 1 })).id, '2');
	assert.equal((await victim.answerTo('3', { power: 1 })).id, '3');
	const { properties } = (await emulator.api('GET', `/properties${victim.path}`)).body;
	assert.deepEqual(Object.keys(properties), ['power']);
	await device.end();
	await victim.end();
});

test('the control channel is not for devices', async () => {
	const device = await Thermostat.connect(emulator, 5, { more: ['_ss=1'] });
	await device.mqtt.publish('$CONTROL/alink/v1', { id: 1, method: 'DELETE', path: '/devices/a1Interop01/thermo-06' });
	/* nothing came but the answer to the post after it */
	assert.equal((await device.answerTo('1', { temp: 1 })).topic, device.topic('thing/event/property/post_reply'));
	assert.equal((await emulator.api('GET', '/devices/a1Interop01/thermo-06')).status, 200);
	await device.end();
});

test('a device does not get its own publishes back', async () => {
	const device = await Thermostat.connect(emulator, 7, { subscribe: false });
	await device.mqtt.subscribe(device.topic('thing/service/#'), device.topic('thing/event/#'));
	await device.mqtt.publish(device.topic('thing/service/property/set_reply'), { id: '1', code: 200, data: {} });
	assert.equal((await device.answerTo('2', { temp: 1 })).topic, device.topic('thing/event/property/post_reply'));
	assert.equal((await device.answerTo('3', { temp: 1 })).topic, device.topic('thing/event/property/post_reply'));
	await device.end();
});

test('_ss=1: answered and set without a SUBSCRIBE', async () => {
	const device = await Thermostat.connect(emulator, 8, { subscribe: false, more: ['_ss=1'] });
	assert.equal((await device.answerTo('1', { temp: 1 })).id, '1');
	const call = emulator.api('POST', `/properties${device.path}`, { params: { temp: 2 } });
	const { topic, payload } = await device.mqtt.take();
	assert.equal(topic, device.topic('thing/service/property/set'));
	await device.mqtt.publish(`${topic}_reply`, { id: JSON.parse(payload).id, code: 200, data: {} });
	assert.equal((await call).status, 200);
	await device.end();
});

test('_ss=1 and a SUBSCRIBE on top: each answer once', async () => {
	const device = await Thermostat.connect(emulator, 9, { subscribe: false, more: ['_ss=1'] });
	await device.mqtt.subscribe(device.topic('thing/event/+/post_reply'));
	assert.equal((await device.answerTo('1', { temp: 1 })).id, '1');
	assert.equal((await device.answerTo('2', { temp: 1 })).id, '2');
	await device.end();
});

test('_ss=1 and an UNSUBSCRIBE of what was never subscribed: no answers until it subscribes', async () => {
	const device = await Thermostat.connect(emulator, 10, { subscribe: false, more: ['_ss=1'] });
	await device.mqtt.client.unsubscribeAsync(device.topic('thing/event/+/post_reply'));
	await device.post('1', { temp: 1 });
	await device.mqtt.subscribe(device.topic('thing/event/+/post_reply'));
	assert.equal((await device.answerTo('2', { temp: 1 })).id, '2');
	await device.end();
});

test('neither _ss=1 nor SUBSCRIBE: no answer', async () => {
	const device = await Thermostat.connect(emulator, 11, { subscribe: false });
	await device.post('1', { temp: 1 });
	await device.mqtt.subscribe(device.topic('thing/event/property/post_reply'));
	assert.equal((await device.answerTo('2', { temp: 1 })).id, '2');
	await device.end();
});
