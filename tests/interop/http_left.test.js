/*
 * Clients that leave while their call waits for a device: the server takes 256 connections, and calls may wait for ten
 * minutes, but who has left does not keep others out.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import tls from 'node:tls';
import { Thermostat } from './device.js';
import { Emulator, within } from './emulator.js';

const SLOTS = 256, CALLERS = 300;     /* the others are in the backlog */

let emulator, folder;
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-left-'));
	const limits = join(folder, 'limits.json');
	writeFileSync(limits, JSON.stringify({ cloud: 1, limits: { downlinkPerDevicePerSecond: 0 } }));
	emulator = await Emulator.start('-c', limits);
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true, force: true });
});

const SCHEMES = {
	http: { connect: net.connect, client: http },
	https: { connect: (options) => tls.connect({ ...options, rejectUnauthorized: false }), client: https },
};

/* A connection of its own whose call the device has to answer. */
function caller(scheme, device, options = {}) {
	const { host, port } = emulator.listener(scheme);
	const socket = SCHEMES[scheme].connect({ host, port, ...options }).on('error', () => {});
	const body = JSON.stringify({ params: { temp: 1 }, timeoutMs: 600_000 });
	socket.write([`POST /emulator/v1/properties${device.path} HTTP/1.1`, `Host: ${host}`, 'Content-Type: application/json',
		`Content-Length: ${body.length}`, '', body].join('\r\n'));
	return socket;
}

/* Somebody else, who is not connected yet; nor are those in the background that fetch() keeps. */
async function served(scheme) {
	const url = new URL('/healthz', emulator.ready[scheme]);
	const asked = SCHEMES[scheme].client.get(url, { agent: false, rejectUnauthorized: false });
	const [answer] = await within(10_000, `an answer to another caller over ${scheme}`, once(asked, 'response'));
	answer.resume();
	return answer.statusCode;
}

const taken = async (device) => JSON.parse((await device.mqtt.take()).payload).id;
const reply = (device, id) => device.mqtt.publish(device.topic('thing/service/property/set_reply'), { id, code: 200, data: {} });

/* First: when the server is full, such an end counts as leaving. */
test('who has only ended its own side is answered', async () => {
	const device = await Thermostat.connect(emulator, 9);
	const socket = caller('http', device, { allowHalfOpen: true });
	let got = '';
	socket.setEncoding('latin1').on('data', (text) => { got += text; });
	const ended = once(socket, 'end');
	socket.end();
	const id = await taken(device);
	/* for as long as another call takes the server has seen the end */
	const late = await emulator.api('POST', `/properties${device.path}`, { params: { temp: 2 }, timeoutMs: 2500 });
	assert.equal(late.status, 504);
	await reply(device, id);
	await within(5_000, 'the answer', ended);
	assert.match(got, /^HTTP\/1\.1 200 /);
	await device.end();
});

for (const [index, [scheme, way]] of [['http', 'destroy'], ['http', 'resetAndDestroy'], ['https', 'destroy'], ['https', 'end']].entries())
	test(`callers that left do not keep others out: ${scheme}, ${way}`, async () => {
		const device = await Thermostat.connect(emulator, 1 + index);
		const callers = Array.from({ length: CALLERS }, () => caller(scheme, device));
		const ids = [];
		while (ids.length < SLOTS)
			ids.push(await taken(device));
		for (const socket of callers)
			socket[way]();
		assert.equal(await served(scheme), 200);
		/* What the device answers nevertheless finds nobody, and hurts nobody. */
		await Promise.all(ids.map((id) => reply(device, id)));
		assert.equal(await served(scheme), 200);
		await device.end();
	});
