/* What an application asks of devices: services over RRPC, desired values, another thing model. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator } from './emulator.js';

let emulator, folder;
before(async () => {
	emulator = await Emulator.start();
	folder = mkdtempSync(join(tmpdir(), 'alink-calls-'));
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true, force: true });
});

const names = (device) => device.path.split('/').slice(1);

test('a client with ext=1 is asked on the original topic, and answers on that very topic', async () => {
	const device = await Thermostat.connect(emulator, 1, { more: ['ext=1'], subscribe: false });
	await device.mqtt.subscribe('/ext/rrpc/#');
	const call = emulator.api('POST', `/services${device.path}/flush`, { params: { secs: 5 } });
	const { topic, payload } = await device.mqtt.take();
	assert.match(topic, new RegExp(`^/ext/rrpc/\\d{19}/sys${device.path}/thing/service/flush$`));
	const { id, ...request } = JSON.parse(payload);
	assert.deepEqual(request, { version: '1.0', method: 'thing.service.flush', params: { secs: 5 } });
	await device.mqtt.publish(topic, { id, code: 200, data: { volume: 1.5 } });
	assert.deepEqual(await call, { status: 200, body: { id, code: 200, data: { volume: 1.5 } } });

	/* It does not hear itself: the next message is the next question. */
	const custom = emulator.command('service', 'rrpc', ...names(device), 'how much?', '--topic', `${device.path}/user/ask`, '--json');
	const question = await device.mqtt.take();
	assert.match(question.topic, new RegExp(`^/ext/rrpc/\\d{19}${device.path}/user/ask$`));
	assert.equal(question.payload, 'how much?');
	await device.mqtt.publish(question.topic, '42 l');
	const { code, stdout } = await custom;
	assert.equal(code, 0);
	assert.equal(JSON.parse(stdout).payload, '42 l');
	await device.end();
});

test('a device that keeps silent: exit code 1, with 1905', async () => {
	const device = await Thermostat.connect(emulator, 2, { more: ['_ss=1'], subscribe: false });
	const { code, stderr } = await emulator.command('service', 'call', ...names(device), 'flush', 'secs=5', '--wait', '200ms');
	assert.equal(code, 1);
	assert.match(stderr, /\b1905\b/);
	await device.end();
});

test('what is wanted of a device that is away, it fetches when it comes', async () => {
	const path = '/a1Interop01/thermo-03';
	const wanted = await emulator.command('desired', 'set', 'a1Interop01', 'thermo-03', 'temp=21', '--json');
	assert.equal(JSON.parse(wanted.stdout).sent, false);
	const device = await Thermostat.connect(emulator, 3, { more: ['_ss=1'], subscribe: false });
	await device.mqtt.publish(device.topic('thing/property/desired/get'), { id: '1', version: '1.0', params: ['temp'] });
	const got = JSON.parse((await device.mqtt.take()).payload);
	assert.deepEqual(got.data, { temp: { value: 21, version: 1 } });
	await device.mqtt.publish(device.topic('thing/property/desired/delete'), { id: '2', version: '1.0', params: { temp: { version: 1 } } });
	assert.equal(JSON.parse((await device.mqtt.take()).payload).code, 200);
	assert.deepEqual((await emulator.api('GET', `/desired${path}`)).body, { desired: {} });
	await device.end();
});

test('a device that runs has another thing model at once', async () => {
	const device = await Thermostat.connect(emulator, 4);
	const file = join(folder, 'model.json');
	const exported = (await emulator.command('product', 'export', 'a1Interop01')).stdout;
	const model = JSON.parse(exported);
	assert.equal((await device.answerTo('1', { temp: 121 })).data.temp, 'tsl parse: int value is bigger than max 120');
	model.properties.find(({ identifier }) => identifier === 'temp').dataType.specs.max = '150';
	writeFileSync(file, JSON.stringify(model, null, '\t'));
	const imported = await emulator.command('product', 'import', 'a1Interop01', file);
	assert.equal(imported.code, 0, imported.stderr);
	assert.deepEqual((await device.answerTo('2', { temp: 121 })).data, {});

	/* A broken one changes nothing, and is told by its place in the file. */
	model.properties[0].dataType.type = 'integer';
	const text = JSON.stringify(model, null, '\t');
	writeFileSync(file, text);
	const refused = await emulator.command('product', 'import', 'a1Interop01', file);
	assert.equal(refused.code, 1);
	const line = text.split('\n').findIndex((found) => found.includes('"integer"')) + 1;
	assert.match(refused.stderr, new RegExp(`\\b${line}:\\d+: .*"integer"`));
	assert.deepEqual((await device.answerTo('3', { temp: 122 })).data, {});

	/* And what was exported can be imported again. */
	writeFileSync(file, exported);
	assert.equal((await emulator.command('product', 'import', 'a1Interop01', file)).code, 0);
	assert.equal((await emulator.command('product', 'export', 'a1Interop01')).stdout, exported);
	assert.notDeepEqual((await device.answerTo('4', { temp: 122 })).data, {});
	await device.end();
});
