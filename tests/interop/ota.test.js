/* Configuration and firmware fetched for real: over HTTP in ranges, over HTTPS, over MQTT, each to a checked digest. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';

const PRODUCT = 'a1Interop01';
const digest = (hash, bytes) => createHash(hash).update(bytes).digest('hex');

/* Not a multiple of any block. */
const firmware = Buffer.alloc(300_007, 0).map((_, index) => (index * 7919 + (index >> 8)) & 255);

let emulator, folder, path;
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-ota-'));
	path = join(folder, 'fw-2.0.0.bin');
	writeFileSync(path, firmware);
	emulator = await Emulator.start();
	const { code, stderr } = await emulator.command('ota', 'add', PRODUCT, '2.0.0', path, '--for', '1.0.0');
	assert.equal(code, 0, stderr);
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true, force: true });
});

/* A device that listens to what concerns this file. */
async function connect(number) {
	const device = await Thermostat.connect(emulator, number, { subscribe: false, clean: true });
	await device.mqtt.subscribe(device.topic('thing/config/get_reply'), device.topic('thing/config/push'),
		`/ota/device/upgrade${device.path}`, device.topic('thing/file/download_reply'));
	return device;
}

const inform = (device, version) => device.mqtt.publish(`/ota/device/inform${device.path}`, { id: '1', params: { version } });
const progress = (device, step) => device.mqtt.publish(`/ota/device/progress${device.path}`, { id: '1', params: { step, desc: '' } });

async function status(device) {
	const { code, stdout } = await emulator.command('ota', 'status', PRODUCT, device.identity.deviceName, '--json');
	assert.equal(code, 0);
	const [{ state, step, version }] = JSON.parse(stdout).upgrades;
	return { state, step, version };
}

const ask = (url, headers = {}, method = 'GET') =>
	fetch(url, { method, headers, redirect: 'error', signal: AbortSignal.timeout(WAIT_MS) });

async function download(url) {
	const response = await ask(url);
	assert.equal(response.status, 200);
	assert.equal(response.headers.get('transfer-encoding'), null);
	const bytes = Buffer.from(await response.arrayBuffer());
	assert.equal(response.headers.get('content-length'), String(bytes.length));
	return bytes;
}

test('a device asks for its configuration, and is told of a new one', async () => {
	const device = await connect(1);
	const getConfig = async (id) => {
		await device.mqtt.publish(device.topic('thing/config/get'),
			{ id, version: '1.0', method: 'thing.config.get', params: { configScope: 'product', getType: 'file' } });
		return JSON.parse((await device.mqtt.take()).payload);
	};
	assert.equal((await getConfig('1')).code, 6713);

	const file = join(folder, 'config.json');
	writeFileSync(file, '{ "interval": 30.0, "name": "Küche" }');
	assert.equal((await emulator.command('config', 'set', PRODUCT, file)).code, 0);
	const { code, data } = await getConfig('2');
	assert.equal(code, 200);
	assert.ok(data.url.startsWith(`${emulator.httpUrl}/files/`), data.url);
	const content = await download(data.url);
	assert.equal(content.toString(), '{ "interval": 30.0, "name": "Küche" }');
	assert.equal(data.configSize, content.length);
	assert.deepEqual([data.signMethod, data.sign], ['Sha256', digest('sha256', content)]);

	writeFileSync(file, '{"interval":60}');
	assert.equal((await emulator.command('config', 'set', PRODUCT, file)).code, 0);
	const { stdout } = await emulator.command('config', 'push', PRODUCT, '--json');
	assert.equal(JSON.parse(stdout).devices, 1);
	const { topic, payload } = await device.mqtt.take();
	assert.equal(topic, device.topic('thing/config/push'));
	const { params } = JSON.parse(payload);
	assert.equal((await download(params.url)).toString(), '{"interval":60}');
	/* the older version is kept */
	assert.equal((await download(data.url)).length, content.length);

	assert.equal((await emulator.command('config', 'off', PRODUCT)).code, 0);
	assert.equal((await getConfig('3')).code, 6713);
	await device.end();
});

test('an upgrade over HTTP, in ranges as Link SDK 4.x asks for them', async () => {
	const device = await connect(2);
	await inform(device, '1.0.0');
	const pushed = emulator.command('ota', 'push', PRODUCT, device.identity.deviceName, '2.0.0', '--json');
	const { topic, payload } = await device.mqtt.take();
	assert.equal(topic, `/ota/device/upgrade${device.path}`);
	assert.equal(JSON.parse((await pushed).stdout).state, 'NOTIFIED');
	const { code, data, message } = JSON.parse(payload);
	assert.deepEqual([code, message], ['1000', 'success']);
	assert.equal(data.size, firmware.length);

	const head = await ask(data.url, {}, 'HEAD');
	assert.deepEqual([head.status, head.headers.get('content-length')], [200, String(data.size)]);

	const parts = [];
	for (let at = 0; at < data.size; at += 100_000) {
		const end = Math.min(at + 100_000, data.size) - 1;
		const response = await ask(data.url, { Range: `bytes=${at}-${end}` });
		assert.equal(response.status, 206);
		assert.equal(response.headers.get('content-range'), `bytes ${at}-${end}/${data.size}`);
		parts.push(Buffer.from(await response.arrayBuffer()));
		await progress(device, String(Math.floor((end + 1) * 100 / data.size)));
	}
	const fetched = Buffer.concat(parts);
	assert.equal(fetched.length, data.size);
	assert.equal(digest('md5', fetched), data.md5);
	assert.equal(data.sign, data.md5);
	assert.deepEqual(await status(device), { state: 'IN_PROGRESS', step: 100, version: '2.0.0' });

	/* the rest alone, as after a broken download */
	const rest = await ask(data.url, { Range: 'bytes=300000-' });
	assert.equal(rest.status, 206);
	assert.deepEqual(Buffer.from(await rest.arrayBuffer()), firmware.subarray(300_000));

	await inform(device, '2.0.0');
	assert.deepEqual(await status(device), { state: 'SUCCEEDED', step: 100, version: '2.0.0' });
	await device.end();
});

test('the same file over HTTPS, with the emulator\'s CA', async () => {
	const device = await connect(3);
	await inform(device, '1.0.0');
	const pushed = emulator.command('ota', 'push', PRODUCT, device.identity.deviceName, '2.0.0');
	const { data } = JSON.parse((await device.mqtt.take()).payload);
	await pushed;
	const { host, port } = emulator.listener('https');
	const { pathname, search } = new URL(data.url);
	const request = get({ host, port, path: pathname + search, ca: await emulator.caCertificate(), servername: 'localhost', timeout: WAIT_MS });
	const [response] = await within(WAIT_MS, 'the answer', once(request, 'response'));
	assert.equal(response.statusCode, 200);
	const parts = [];
	for await (const part of response) parts.push(part);
	assert.equal(digest('md5', Buffer.concat(parts)), data.md5);
	await device.end();
});

/* CRC-16/ARC */
function crc16(bytes) {
	let crc = 0;
	for (const byte of bytes) {
		crc ^= byte;
		for (let bit = 0; bit < 8; bit++)
			crc = crc & 1 ? (crc >> 1) ^ 0xA001 : crc >> 1;
	}
	return crc;
}

test('an upgrade over MQTT, block by block', async () => {
	assert.equal(crc16(Buffer.from('123456789')), 0xBB3D);
	const device = await connect(4);
	await inform(device, '1.0.0');
	const pushed = emulator.command('ota', 'push', PRODUCT, device.identity.deviceName, '2.0.0', '--mqtt');
	const { data } = JSON.parse((await device.mqtt.take()).payload);
	await pushed;
	assert.equal(data.url, undefined);
	assert.equal(data.dProtocol, 'mqtt');

	const parts = [];
	for (let offset = 0, id = 1; offset < data.size; id++) {
		const arrived = once(device.mqtt.client, 'message');
		/* sdk: the comma too many is v4's */
		await device.mqtt.publish(device.topic('thing/file/download'),
			`{"id":"${id}","version":"1.0","params":{"fileToken":"default","fileInfo":{"streamId":${data.streamId},` +
			`"fileId":${data.streamFileId},},"fileBlock":{"size":131072,"offset":${offset}}}}`);
		const [topic, payload] = await within(WAIT_MS, 'a block', arrived);
		assert.equal(topic, device.topic('thing/file/download_reply'));
		const headerEnd = 2 + payload.readUInt16BE(0);
		const { id: answered, code, data: { fileLength, bOffset, bSize } } = JSON.parse(payload.subarray(2, headerEnd));
		assert.deepEqual([answered, code, fileLength, bOffset], [String(id), 200, data.size, offset]);
		const bytes = payload.subarray(headerEnd, headerEnd + bSize);
		assert.equal(payload.length, headerEnd + bSize + 2);
		assert.equal(payload.readUInt16LE(headerEnd + bSize), crc16(bytes));
		parts.push(bytes);
		offset += bSize;
	}
	assert.equal(parts.length, 3);
	assert.equal(digest('md5', Buffer.concat(parts)), data.md5);
	await device.end();
});

test('a URL is good as it was sent, and no other', async () => {
	const device = await connect(5);
	await inform(device, '1.0.0');
	const pushed = emulator.command('ota', 'push', PRODUCT, device.identity.deviceName, '2.0.0');
	const { data } = JSON.parse((await device.mqtt.take()).payload);
	await pushed;
	for (const url of [
		data.url.replace(/Expires=\d+/, 'Expires=4000000000'),
		data.url.replace(/files\/fw\d+/, 'files/fw9'),
		data.url.replace(/\?.*/, ''),
		`${emulator.httpUrl}/files/..%2f..%2fetc%2fpasswd`,
		`${emulator.httpUrl}/files/${encodeURIComponent(path)}`,
	]) {
		const response = await ask(url);
		assert.ok([400, 403].includes(response.status), `${url}: ${response.status}`);
	}
	const { stdout } = await emulator.command('log', '--service', 'OTA', '--json');
	assert.match(stdout, /the URL is not as it was sent to the device/);
	await device.end();
});

test('--file-url is what URLs begin with', async () => {
	const elsewhere = await Emulator.start('--file-url', 'https://files.example:8443/x/');
	assert.equal((await elsewhere.api('POST', `/configs/${PRODUCT}`, { content: { a: 1 } })).status, 200);
	const device = await Thermostat.connect(elsewhere, 1, { subscribe: false });
	await device.mqtt.subscribe(device.topic('thing/config/get_reply'));
	await device.mqtt.publish(device.topic('thing/config/get'), { id: '1', params: { configScope: 'product', getType: 'file' } });
	const { data } = JSON.parse((await device.mqtt.take()).payload);
	assert.match(data.url, /^https:\/\/files\.example:8443\/x\/files\/cfg/);
	await device.end();
	await elsewhere.stop();
});
