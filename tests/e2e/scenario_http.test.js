/* What `http` of a scenario does to a device's download and to its registration, byte for byte on the socket. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Device, sign } from '../interop/device.js';
import { Emulator, WAIT_MS, within } from '../interop/emulator.js';

const PRODUCT = 'a1Http00001', SECRET = 'PsHttp0000000001';
const identity = { productKey: PRODUCT, deviceName: 'http-1', deviceSecret: '0123456789abcdef0123456789abcdef' };
const cloud = {
	cloud: 1,
	products: [{ productKey: PRODUCT, productSecret: SECRET, dynamicRegistration: true }],
	devices: [identity, { ...identity, deviceName: 'http-2' }],
};
const content = '{"interval":30,"name":"attic"}';

const folder = mkdtempSync(join(tmpdir(), 'alink-http-'));
let emulator, url;
before(async () => {
	const file = join(folder, 'cloud.json');
	writeFileSync(file, JSON.stringify(cloud));
	emulator = await Emulator.startWith([file]);
	assert.equal((await emulator.api('POST', `/configs/${PRODUCT}`, { content: JSON.parse(content) })).status, 200);
	const { host, port } = emulator.listener('mqtt');
	const device = await Device.connect(`mqtt://${host}:${port}`, sign(identity, { more: ['_ss=1'] }));
	await device.publish(`/sys/${PRODUCT}/http-1/thing/config/get`, { id: '1', params: { configScope: 'product', getType: 'file' } });
	({ url } = JSON.parse((await device.take()).payload).data);
	await device.end();
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true });
});

/* One request on a connection of its own, and all that comes until its end: a deadline and a lack of bytes look alike to clients. */
async function send(method, target, headers = {}, body = '') {
	const { hostname, port, pathname, search } = new URL(target);
	const socket = dial(Number(port), hostname);
	const begun = performance.now();
	let bytes = Buffer.alloc(0);
	socket.on('data', (more) => { bytes = Buffer.concat([bytes, more]); });
	const all = { Host: hostname, Connection: 'close', 'Content-Length': body.length, ...headers };
	socket.write(`${method} ${pathname}${search} HTTP/1.1\r\n${Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`);
	await within(WAIT_MS, 'the end of the answer', once(socket, 'close'));
	const split = bytes.indexOf('\r\n\r\n');
	const [first, ...lines] = bytes.subarray(0, split).toString().split('\r\n');
	return {
		status: Number(first.split(' ')[1]),
		headers: Object.fromEntries(lines.map((line) => line.toLowerCase().split(': '))),
		body: bytes.subarray(split + 4).toString(),
		ms: performance.now() - begun,
	};
}

const download = (headers) => send('GET', url, headers);

function register() {
	const form = { productKey: PRODUCT, deviceName: 'http-2', random: '1', signMethod: 'hmacsha256',
		sign: createHmac('sha256', SECRET).update(`deviceNamehttp-2productKey${PRODUCT}random1`).digest('hex') };
	return send('POST', `${emulator.httpUrl}/auth/register/device`, { 'Content-Type': 'application/x-www-form-urlencoded' },
		new URLSearchParams(form).toString());
}

/* The request under a scenario with these actions, and once without: everything is as before. */
async function spoilt(path, actions, ask) {
	const rule = { id: 'r', on: 'http.request', match: { http: { path: { glob: path } } }, when: { times: 1 }, do: actions };
	const loaded = await emulator.api('POST', '/scenarios', { scenario: { scenario: 1, name: 'h', rules: [rule] } });
	assert.equal(loaded.status, 201, JSON.stringify(loaded.body));
	const answer = await ask(), next = await ask();
	assert.ok(next.status === 200 || next.status === 206);
	assert.equal(next.body.length, Number(next.headers['content-length']));
	const { body } = await emulator.api('DELETE', '/scenarios/h');
	assert.deepEqual([body.verdict, body.rules[0].fired], ['passed', 1]);
	return answer;
}

const spoiltFile = (actions, headers) => spoilt('/files/*', actions, () => download(headers));
const spoiltRegistration = (actions) => spoilt('/auth/register/device', actions, register);

test('a download of another kind: status, headers and body', async () => {
	const { status, headers, body } = await spoiltFile([{ http: { status: 503, headers: { 'Retry-After': '7' }, body: 'busy' } }]);
	assert.deepEqual([status, headers['retry-after'], body], [503, '7', 'busy']);
	const empty = await spoiltFile([{ http: { status: 404 } }]);
	assert.deepEqual([empty.status, empty.body], [404, '']);
});

test('a download that is cut: fewer bytes than announced', async () => {
	const { status, headers, body } = await spoiltFile([{ http: { cutAfter: 11 } }]);
	assert.deepEqual([status, headers['content-length'], body], [200, String(content.length), content.slice(0, 11)]);
	/* counted from where the answer begins */
	const part = await spoiltFile([{ http: { cutAfter: 3 } }], { Range: 'bytes=5-' });
	assert.deepEqual([part.status, part.body], [206, content.slice(5, 8)]);
});

test('a download whose range is ignored', async () => {
	const { status, body } = await spoiltFile([{ http: { ignoreRange: true } }], { Range: 'bytes=5-9' });
	assert.deepEqual([status, body], [200, content]);
});

test('a download of the wrong length', async () => {
	const { headers, body } = await spoiltFile([{ http: { wrongLength: true } }]);
	assert.deepEqual([headers['content-length'], body], [String(content.length + 1), content]);
	assert.equal((await spoiltFile([{ http: { wrongLength: 1000 } }])).headers['content-length'], '1000');
});

test('a download with a wrong byte', async () => {
	const { body } = await spoiltFile([{ http: { corruptAt: 2 } }]);
	assert.deepEqual([body.length, body.slice(0, 2), body.slice(3)], [content.length, content.slice(0, 2), content.slice(3)]);
	assert.notEqual(body[2], content[2]);
});

test('a download that is late', async () => {
	const { ms, body } = await spoiltFile([{ delay: '300ms' }]);
	assert.equal(body, content);
	assert.ok(ms > 295, `${ms} ms`);
});

test('a registration is spoilt in the same ways', async () => {
	const good = JSON.parse((await register()).body);
	assert.deepEqual([good.code, good.data.deviceSecret], [200, identity.deviceSecret]);
	const busy = await spoiltRegistration([{ http: { status: 500, headers: { 'X-Why': 'busy' }, body: 'no' } }]);
	assert.deepEqual([busy.status, busy.headers['x-why'], busy.body], [500, 'busy', 'no']);
	const cut = await spoiltRegistration([{ delay: '100ms' }, { http: { cutAfter: 20 } }]);
	assert.deepEqual([cut.status, cut.body], [200, '{"code":200,"data":{']);
	assert.ok(cut.ms >= 100);
	const wrong = await spoiltRegistration([{ http: { corruptAt: 0 } }]);
	assert.throws(() => JSON.parse(wrong.body));
});

test('a registration is answered with what is no JSON', async () => {
	const rule = { id: 'r', on: 'reply', match: { method: 'dynamic.register' }, do: [{ corrupt: { mode: 'truncate', bytes: 2 } }] };
	assert.equal((await emulator.api('POST', '/scenarios', { scenario: { scenario: 1, name: 'h', rules: [rule] } })).status, 201);
	const { status, body } = await register();
	await emulator.api('DELETE', '/scenarios/h');
	assert.equal(status, 200);
	assert.match(body, /^\{"code":200,.*"message":"success$/);
	assert.deepEqual(JSON.parse(`${body}"}`), JSON.parse((await register()).body));
});
