/*
 * `clock advance` on a running emulator: what waits for the cloud's time comes due at once. The limits are so long
 * that no test could see them pass by waiting.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Device, sign } from '../interop/device.js';
import { Emulator, WAIT_MS, within } from '../interop/emulator.js';

const identity = (deviceName) => ({ productKey: 'a1Clock0001', deviceName, deviceSecret: '0123456789abcdef0123456789abcdef' });
const names = ['rate', 'service', 'newcomer', 'ota-1', 'desk'];
const cloud = {
	cloud: 1,
	limits: { connectsPerDevicePerMinute: 2, rrpcTimeoutSeconds: 3600, registrationCloseSeconds: 3600 },
	products: [{
		productKey: 'a1Clock0001', productSecret: 'PsClock000000001', dynamicRegistration: true,
		tsl: {
			properties: [], events: [],
			services: [{ identifier: 'work', name: 'w', required: false, callType: 'sync', inputData: [], outputData: [] }],
		},
	}],
	devices: names.map(identity),
};

const folder = mkdtempSync(join(tmpdir(), 'alink-clock-'));
let emulator;
before(async () => {
	const file = join(folder, 'cloud.json');
	writeFileSync(file, JSON.stringify(cloud));
	emulator = await Emulator.startWith([file]);
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true });
});

const connect = (deviceName) => {
	const { host, port } = emulator.listener('mqtt');
	return Device.connect(`mqtt://${host}:${port}`, sign(identity(deviceName), { more: ['_ss=1'] }));
};

async function advance(by) {
	const { code, stderr } = await emulator.command('clock', 'advance', by);
	assert.deepEqual([code, stderr], [0, '']);
}

test('a window of a rate', async () => {
	await (await connect('rate')).end();
	await (await connect('rate')).end();
	await assert.rejects(connect('rate'));
	await advance('61s');
	await (await connect('rate')).end();
});

test('the time-out of a service call', async () => {
	const device = await connect('service');
	const answer = emulator.api('POST', '/services/a1Clock0001/service/work', { params: {} });
	await device.take();
	await advance('3601s');
	const { status, body } = await within(WAIT_MS, 'the caller\'s answer', answer);
	assert.deepEqual([status, body.code], [504, '1905']);
	await device.end();
});

/* doc: "MQTT-based dynamic registration": the platform closes the connection. */
test('the closing of a registration', async () => {
	const { host, port } = emulator.listener('mqtts');
	const device = await Device.connect(`mqtts://${host}:${port}`, {
		clientId: 'newcomer|securemode=2,authType=register,random=1,signmethod=hmacsha256|',
		username: 'newcomer&a1Clock0001',
		password: createHmac('sha256', 'PsClock000000001').update('deviceNamenewcomerproductKeya1Clock0001random1').digest('hex'),
	}, { ca: await emulator.caCertificate() });
	assert.equal((await device.take()).topic, '/ext/register');
	await advance('3601s');
	await within(WAIT_MS, 'the closing', device.closed);
});

test('the deadline of an upgrade', async () => {
	const firmware = join(folder, 'fw.bin');
	writeFileSync(firmware, 'firmware');
	const device = await connect('ota-1');
	await device.publish('/ota/device/inform/a1Clock0001/ota-1', { id: '1', params: { version: '1.0' } });
	const version = { module: 'default', version: '1.1' };
	await emulator.api('POST', '/firmware', { productKey: 'a1Clock0001', ...version, files: [firmware] });
	const upgrade = await emulator.api('POST', '/upgrades/a1Clock0001/ota-1', { ...version, withinMs: 3_600_000 });
	assert.equal(upgrade.status, 201);
	assert.equal((await device.take()).topic, '/ota/device/upgrade/a1Clock0001/ota-1');
	/* Its time begins with its first progress. */
	await device.publish('/ota/device/progress/a1Clock0001/ota-1', { id: '2', params: { step: '1', desc: '', module: 'default' } });
	await advance('3500s');
	const state = async () => (await emulator.api('GET', '/upgrades/a1Clock0001/ota-1')).body.upgrades[0].state;
	assert.equal(await state(), 'IN_PROGRESS');
	await advance('101s');
	assert.equal(await state(), 'FAILED');
	await device.end();
});

test('and what tells the time tells the new one', async () => {
	const device = await connect('desk');
	const ntp = async () => {
		await device.publish('/ext/ntp/a1Clock0001/desk/request', { deviceSendTime: '1' });
		return Number(JSON.parse((await device.take()).payload).serverSendTime);
	};
	const first = await ntp();
	await advance('24h');
	assert.ok(await ntp() - first >= 86_400_000);
	await device.end();
});
