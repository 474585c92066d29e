/*
 * What somebody sends to the HTTP side who means no good, or a web page that is open in the browser beside it. Each is
 * refused, and the server goes on.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, sign, Thermostat, triple } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';
import { GATEWAY, Gateway, hmac, names, NODE, node, proof } from './gateway.js';

const gatewayCloud = fileURLToPath(new URL('gateway.json', import.meta.url));

let emulator, folder;
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-attacks-'));
	emulator = await Emulator.start();
});
after(async () => {
	await emulator?.stop();
	Emulator.endAll();
	rmSync(folder, { recursive: true, force: true });
});

/* What comes for these bytes until the server closes; a reset is a close. */
async function send(...pieces) {
	const { host, port } = emulator.listener('http');
	const socket = net.connect(port, host);
	let got = '';
	socket.setEncoding('latin1').on('data', (text) => { got += text; }).on('error', () => {});
	const closed = new Promise((resolve) => { socket.on('close', resolve); });
	for (const piece of pieces)
		socket.write(piece);
	await within(WAIT_MS, `the end of ${String(pieces[0]).slice(0, 60)}`, closed);
	const [head, ...body] = got.split('\r\n\r\n');
	const [line, ...headers] = head.split('\r\n');
	return { status: Number(line.split(' ')[1]), headers, body: body.join('\r\n\r\n'), got };
}
const request = (line, headers = [], body = '') =>
	send([`${line} HTTP/1.1`, 'Host: 127.0.0.1', 'Connection: close', ...headers, '', body].join('\r\n'));
const get = (path, headers) => request(`GET ${path}`, headers);
const post = (path, body, headers = ['Content-Type: application/json']) =>
	request(`POST ${path}`, [...headers, `Content-Length: ${Buffer.byteLength(body)}`], body);

/* It still answers. */
const alive = async () => assert.equal((await get('/healthz')).status, 200);

const thermo = '/emulator/v1/devices/a1Interop01/thermo-05';
const enabled = async () => (await emulator.api('GET', '/devices/a1Interop01/thermo-05')).body.status !== 'DISABLED';

test('no path leads out', async () => {
	writeFileSync(join(folder, 'secret.txt'), 'the secret');
	const target = `${folder}/secret.txt`, up = '../'.repeat(12);
	for (const start of ['/', '/files/', '/files/x/', '/ca.pem/', '/emulator/v1/', '/emulator/v1/files/', '/emulator/v1/products/', '/auth/', '/metrics/'])
		for (const path of [
			`${up}${target}`, `${up}${target}`.replaceAll('/', '%2f'), `${up}${target}`.replaceAll('.', '%2e'),
			`${up}${target}`.replaceAll('../', '%2e%2e%2f'), `${up}${target}`.replaceAll('../', '..%5c'), `${up}${target}`.replaceAll('../', '..\\'),
			`${up}${target}`.replaceAll('../', '%252e%252e%252f'), `${up}${target}`.replaceAll('../', '..%c0%af'), `${up}${target}`.replaceAll('../', '....//'),
			`${target}%00.pem`, `.${target}`, `/${target}`, target, `file://${target}`, `x/../${up}${target}`,
		]) {
			const { status, got } = await get(start + path);
			/* the emulator API is told that there is a NUL or a slash in a name */
			assert.ok(status >= 400 && status < 500, `${status} for ${start}${path}`);
			assert.doesNotMatch(got, /the secret/);
		}
	for (const line of [`GET http://127.0.0.1${up}${target}`, `GET ${target}`, `GET ${up}${target}`, 'GET *', 'GET http://[', 'GET /%'])
		assert.doesNotMatch((await request(line)).got, /the secret|HTTP\/1\.1 2/, line);
	await alive();
});

test('bodies and headers that are too long are refused', async () => {
	const line = 'POST /emulator/v1/products HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n';
	const big = (bytes) => `{"x":"${'a'.repeat(bytes)}"}`;
	const answer = await post('/emulator/v1/products', big(2 << 20));
	assert.deepEqual([answer.status, JSON.parse(answer.body).code], [413, 'TooLarge']);
	assert.equal((await post('/auth/register/device', `a=${'b'.repeat(9000)}`, [])).status, 413);
	for (const pieces of [
		[`${line}Content-Length: 99999999999\r\n\r\n`, big(10)],
		[`${line}Content-Length: 9999999999999999999999\r\n\r\n`, big(10)],
		[`${line}Content-Length: -1\r\n\r\n`],
		[`${line}Content-Length: 5000000\r\n\r\n`, big(5_000_000)],
		[`${line}Transfer-Encoding: chunked\r\n\r\n`, ...Array(6).fill(`100000\r\n${'a'.repeat(1 << 20)}\r\n`)],
		[`${line}Transfer-Encoding: chunked\r\n\r\n`, 'fffffffffffffffff\r\n'],
		[`${line}Transfer-Encoding: chunked\r\n\r\n`, '-5\r\n'],
		[`${line}X: ${'x'.repeat(100_000)}\r\n\r\n`],
		[`${line}${'X: y\r\n'.repeat(20_000)}\r\n`],
		[`GET /${'x'.repeat(100_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`],
		['x'.repeat(1 << 20)],
	]) {
		const { status, got } = await send(...pieces);
		assert.ok(!got || (status >= 400 && status <= 501), `${got.slice(0, 60)} for ${pieces[0].slice(-40)}`);
	}
	await alive();
});

test('one request is not two: lengths that contradict each other', async () => {
	const hidden = `POST ${thermo}/disable HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
	for (const headers of [
		['Content-Length: 0', `Content-Length: ${hidden.length}`],
		['Transfer-Encoding: chunked', `Content-Length: ${hidden.length + 5}`],
	]) {
		/* However it is read, what is after a request's end is a request of the same sender; here it is part of a body. */
		const body = headers[0].startsWith('Transfer') ? `0\r\n\r\n` : '';
		const { got } = await send(['POST /auth/bootstrap HTTP/1.1', 'Host: 127.0.0.1', 'Connection: close', ...headers, '', body].join('\r\n'));
		assert.ok(got.split('HTTP/1.1 ').length <= 2, got);
	}
	assert.ok(await enabled());
	await alive();
});

test('half requests do not keep others out', { timeout: 30_000 }, async () => {
	const { host, port } = emulator.listener('http');
	const halves = Array.from({ length: 300 }, () => {
		const socket = net.connect(port, host).on('error', () => {});
		socket.write('POST /emulator/v1/products HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{');
		return socket;
	});
	/* the cloud's devices do not even notice */
	const device = await Thermostat.connect(emulator, 1);
	assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
	await alive();
	for (const socket of halves)
		socket.destroy();
	await device.end();
});

test('nothing that comes back makes a header', async () => {
	const evil = '%0d%0aX-Evil:%20yes%0d%0a%0d%0a<script>', raw = '\r\nX-Evil: yes\r\n\r\n<script>';
	const made = await emulator.api('POST', '/products', { productKey: 'a1Evil00001', name: raw });
	assert.ok(made.status < 500);
	const answers = [
		await get(`/${evil}`), await get(`/files/${evil}`), await get(`/files/x?Expires=1&Signature=${evil}`), await get(`/emulator/v1/products/${evil}`),
		await get(`/emulator/v1/devices/a1Interop01/${evil}`), await get(`/emulator/v1/log?keyword=${evil}`), await get(`/emulator/v1/${evil}`),
		await get('/emulator/v1/products/a1Evil00001'), await get('/metrics'),
		await get(`/auth/bootstrap/regionId/${evil}`), await post('/auth/register/device', `productKey=${evil}&deviceName=${evil}&random=1&sign=1`, []),
		await request('OPTIONS /emulator/v1/products', ['Origin: http://a\tX-Evil: yes', 'Access-Control-Request-Method: PUT']),
		await get('/emulator/v1/devices/a1Interop01/thermo-05/credentials', ['X-Forwarded-Host: evil.example']),
	];
	for (const { headers, got } of answers) {
		assert.ok(headers.length > 0 && headers.every((header) => !/^X-Evil/i.test(header)), got);
		/* nor is anything of it taken for a page */
		assert.ok(headers.some((header) => /^Content-Type: (application\/json|text\/plain)/i.test(header)) || /^HTTP\/1.1 204/.test(got), got);
		assert.ok(headers.includes('X-Content-Type-Options: nosniff') || /^HTTP\/1.1 204/.test(got), got);
	}
});

test('a page of another site changes nothing and reads nothing', async () => {
	const json = 'Content-Type: application/json';
	const types = ['Content-Type: text/plain', 'Content-Type: application/x-www-form-urlencoded', 'Content-Type: multipart/form-data; boundary=x',
		'Content-Type: text/plain; application/json', 'Content-Type: ', 'X: y'];
	for (const type of types)
		assert.equal((await post(`${thermo}/disable`, '{}', [type])).status, 415, type);
	/* what a browser asks about first is not allowed */
	for (const method of ['POST', 'PUT', 'DELETE']) {
		const { headers } = await request(`OPTIONS ${thermo}/disable`,
			['Origin: http://evil.example', `Access-Control-Request-Method: ${method}`, 'Access-Control-Request-Headers: content-type']);
		assert.ok(headers.every((header) => !/^Access-Control/i.test(header)), String(headers));
	}
	/* and if it came nevertheless, its origin tells */
	for (const origin of ['http://evil.example', 'null', 'http://127.0.0.1:1', 'http://localhost.evil.example'])
		assert.equal((await post(`${thermo}/disable`, '{}', [json, `Origin: ${origin}`])).status, 403, origin);
	/* a name of its own that points to this machine */
	const { port } = emulator.listener('http');
	for (const host of [`evil.example:${port}`, 'evil.example', `127.0.0.1.evil.example:${port}`])
		for (const line of [`GET ${thermo}`, `POST ${thermo}/disable`, `GET /emulator/v1/log?follow=true`]) {
			const answer = await send(`${line} HTTP/1.1\r\nHost: ${host}\r\n${json}\r\nContent-Length: 2\r\nOrigin: http://${host}\r\nConnection: close\r\n\r\n{}`);
			assert.deepEqual([answer.status, /deviceSecret/.test(answer.body)], [403, false], `${line} ${host}`);
			assert.match(answer.body, /start it with --host/);
		}
	assert.ok(await enabled());
	/* a page of its own may */
	const own = `http://127.0.0.1:${port}`;
	const answer = await send(`POST ${thermo}/disable HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${json}\r\nContent-Length: 2\r\nOrigin: ${own}\r\nConnection: close\r\n\r\n{}`);
	assert.equal(answer.status, 200);
	assert.ok(!await enabled());
});

for (const explainSecrets of [true, false]) {
	test(`secrets are told nobody but whom they are for, with explainSecrets ${explainSecrets}`, async () => {
		const options = join(folder, `explain-${explainSecrets}.json`);
		writeFileSync(options, JSON.stringify({ cloud: 1, options: { explainSecrets } }));
		const own = await Emulator.start('-c', options, '-c', gatewayCloud);
		const { host, port } = own.listener('mqtt');
		const right = sign(triple(6)), rightProof = proof(node(1));
		await assert.rejects(Device.connect(`mqtt://${host}:${port}`, { ...right, password: '0'.repeat(64) }));
		const device = await Thermostat.connect(own, 6);
		await device.answerTo('1', { temp: 1 });
		await device.end();
		const gateway = await Gateway.connect(own, 'gw-0001');
		const registered = await gateway.ask(`/sys/${GATEWAY}/gw-0001/thing/sub/register`, [names(node(1))]);
		assert.equal(registered.data[0].deviceSecret, node(1).deviceSecret);
		assert.equal((await gateway.ask(gateway.topo('add'), [{ ...rightProof, sign: '0'.repeat(64) }])).code, 401);
		await gateway.mqtt.end();
		const random = '42', form = new URLSearchParams({ ...names(node(2)), random, signMethod: 'HmacSHA1',
			sign: hmac('sha1', 'PsInteropSub0001', `deviceName${node(2).deviceName}productKey${NODE}random${random}`) });
		const answer = await (await fetch(`${own.httpUrl}/auth/register/device`, { method: 'POST', body: form })).json();
		assert.equal(answer.data.deviceSecret, node(2).deviceSecret);

		const { records } = (await own.api('GET', '/log?limit=1000')).body;
		const log = JSON.stringify(records), metrics = await (await fetch(`${own.httpUrl}/metrics`)).text();
		assert.match(log, /6287/);
		/* What a client would have had to send is told where its signature is explained, and only there. */
		for (const signature of [right.password, rightProof.sign]) {
			const told = records.filter((record) => JSON.stringify(record).includes(signature));
			assert.deepEqual(told.map(({ why }) => why.includes(signature)), explainSecrets ? [true] : []);
		}
		for (const secret of [triple(6), node(1), node(2)].map(({ deviceSecret }) => deviceSecret).concat('PsInterop0123456', 'PsInteropSub0001'))
			assert.deepEqual([records.filter((record) => JSON.stringify(record).includes(secret)), metrics.includes(secret), own.stderr.includes(secret)],
				[[], false, false]);
		assert.ok(!metrics.includes(right.password) && !/[Ss]ecret|password/.test(metrics));
		await own.stop();
	});
}
