/*
 * A storm: what many clients do at once that are no good clients. One good device asks on and on in the meantime; the
 * longest it has to wait for an answer is the broker thread's longest pause, or longer. Another one does the same with
 * an emulator of its own, which has nothing else to do: what it waits for is the machine.
 *
 * A tenth of the storm unless SOAK_STORM is set, as `make soak` does; with SOAK_WRITE the figures go into README.md.
 */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import net from 'node:net';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, sign } from '../interop/device.js';
import { Emulator, within } from '../interop/emulator.js';
import { proof } from '../interop/gateway.js';

const { generate } = createRequire(new URL('../interop/device.js', import.meta.url))('mqtt-packet');
const FULL = Boolean(process.env.SOAK_STORM), SCALE = FULL ? 1 : 0.1, PHASE_MS = 600_000;
const README = fileURLToPath(new URL('README.md', import.meta.url));
const of = (count) => Math.ceil(count * SCALE);

const DEVICE = 'a1Storm0001', GATEWAY = 'a1Storm0002', SUB = 'a1Storm0003';
const number = { type: 'int', specs: { min: '0', max: '1000', step: '1' } };
const tsl = { properties: [{ identifier: 'n', name: 'n', accessMode: 'rw', required: false, dataType: number }], events: [], services: [] };
const cloud = {
	cloud: 1,
	limits: { downlinkPerDevicePerSecond: 0, loginsPerSubDevicePerMinute: 0 },
	products: [
		{ productKey: DEVICE, productSecret: 'PsStorm000000001', tsl },
		{ productKey: GATEWAY, productSecret: 'PsStorm000000002', nodeType: 'gateway' },
		{ productKey: SUB, productSecret: 'PsStorm000000003', nodeType: 'sub-device', tsl },
	],
	devices: [
		{ productKey: DEVICE, deviceName: 'storm_{0000..0999}' },
		{ productKey: GATEWAY, deviceName: 'gate_{1..2}' },
		{ productKey: SUB, deviceName: 'sub_{0001..4000}' },
	],
};
const secretOf = { [DEVICE]: 'PsStorm000000001', [GATEWAY]: 'PsStorm000000002', [SUB]: 'PsStorm000000003' };
const triple = (productKey, deviceName) => ({
	productKey, deviceName, deviceSecret: createHmac('sha256', secretOf[productKey]).update(deviceName).digest('hex').slice(0, 32),
});
const storm = (n) => triple(DEVICE, `storm_${String(n).padStart(4, '0')}`);
const topicOf = ({ productKey, deviceName }, rest) => `/sys/${productKey}/${deviceName}/${rest}`;

let emulator, calm, folder, pingers = [];
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-storm-'));
	const file = join(folder, 'cloud.json');
	writeFileSync(file, JSON.stringify(cloud));
	emulator = await Emulator.startWith([file], '--state', join(folder, 'state.sqlite'));
	calm = await Emulator.startWith([file], '--state', join(folder, 'calm.sqlite'));
	for (const one of [emulator, calm]) {
		const own = storm(0), pinger = fork(fileURLToPath(new URL('pinger.js', import.meta.url)), [JSON.stringify({
			...one.listener('mqtt'), broker: one.brokerPid(), credentials: sign(own), topic: topicOf(own, 'thing/event/property/post'),
		})]);
		pingers.push(pinger);
		await within(10_000, 'the pinger', once(pinger, 'message'));
	}
});
after(async () => {
	for (const pinger of pingers.filter(({ connected }) => connected))
		pinger.disconnect();
	await emulator?.stop();
	await calm?.stop();
	rmSync(folder, { recursive: true, force: true });
});

/* What each of the two pingers has to tell. */
const pause = () => Promise.all(pingers.map(async (pinger) => {
	assert.ok(pinger.connected, 'the pinger has lost its connection');
	const told = once(pinger, 'message');
	pinger.send('tell');
	return (await within(20_000, 'the pinger', told))[0];
}));

const broker = {
	memory: () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${emulator.brokerPid()}/status`, 'utf8'))[1]) / 1024,
};

const rows = [];
/* One phase, and how long the pinger had to wait in it. */
async function phase(t, what, run) {
	await pause();
	const begun = performance.now();
	await within(PHASE_MS, what, run());
	const seconds = (performance.now() - begun) / 1000, [stormy, other] = await pause();
	assert.ok(stormy.answers > 0 || stormy.wait < 1000, 'the pinger was not answered');
	rows.push([what, seconds.toFixed(1), ...[stormy.busy, stormy.wait, stormy.queued, other.wait].map((ms) => ms.toFixed(1)),
		String(stormy.answers), broker.memory().toFixed(0)]);
	t.diagnostic(rows.at(-1).join(' | '));
}

/* At most `width` at the same time. */
async function many(count, width, work) {
	let next = 0;
	await Promise.all(Array.from({ length: width }, async () => {
		while (next < count)
			await work(next++);
	}));
}

/* Waits until no more than so many devices of the product are online. */
async function online(productKey, count) {
	while ((await emulator.api('GET', `/devices?productKey=${productKey}&status=ONLINE&limit=10`)).body.devices.length > count)
		;
}

const connectPacket = (identity, more = {}) => {
	const { clientId, username, password } = sign(identity, more);
	return generate({ cmd: 'connect', protocolId: 'MQTT', protocolVersion: 4, clean: true, keepalive: 60, clientId, username, password: Buffer.from(password) });
};

/* Writes, waits for the CONNACK if `answered`, ends as told. */
function visit(bytes, { answered = true, end = 'end' } = {}) {
	const { host, port } = emulator.listener('mqtt');
	return new Promise((resolve, reject) => {
		const socket = net.connect(port, host, () => {
			socket.write(bytes, () => {
				if (!answered)
					socket[end]();
			});
		});
		socket.setTimeout(20_000, () => socket.destroy(new Error('not answered within 20 s')));
		socket.on('data', (data) => {
			if (answered && (data[0] !== 0x20 || data[3] !== 0))
				reject(new Error(`CONNACK ${data.toString('hex')}`));
			if (answered && end === 'end')
				socket.write(Buffer.from([0xE0, 0]));
			socket[end]();
		});
		socket.on('error', answered ? reject : () => {});
		socket.on('close', resolve);
	});
}

test('connects and disconnects', async (t) => {
	const packets = Array.from({ length: 200 }, (_, n) => connectPacket(storm(n + 1)));
	/* four of five leave in order, the fifth just goes */
	await phase(t, `${of(10_000)} connects and disconnects`, () => many(of(10_000), 50, (n) =>
		visit(packets[n % packets.length], { end: n % 5 ? 'end' : 'resetAndDestroy' })));
});

test('clients that vanish in the middle of a packet', async (t) => {
	const identity = storm(300), connect = connectPacket(identity);
	const publish = generate({ cmd: 'publish', topic: topicOf(identity, 'thing/event/property/post'), payload: Buffer.alloc(5000, 'x'), qos: 1, messageId: 1 });
	await phase(t, `${of(3000)} clients that vanish in the middle of a packet`, () => many(of(3000), 50, (n) => {
		const half = n % 3 === 0 ? connect.subarray(0, 1 + n % (connect.length - 1)) : Buffer.concat([connect, publish.subarray(0, 1 + n % (publish.length - 1))]);
		return visit(half, { answered: false, end: n % 2 ? 'destroy' : 'resetAndDestroy' });
	}));
});

test('gateways whose sub-devices all go at once', async (t) => {
	const subs = of(2000), { host, port } = emulator.listener('mqtt');
	const gateways = [];
	await phase(t, `2 gateways, ${subs} sub-devices each, come`, async () => {
		for (const [at, name] of ['gate_1', 'gate_2'].entries()) {
			const own = triple(GATEWAY, name), gateway = await Device.connect(`mqtt://${host}:${port}`, sign(own, { more: ['_ss=1'] }));
			gateways.push(gateway);
			const devices = Array.from({ length: subs }, (_, n) => triple(SUB, `sub_${String(at * 2000 + n + 1).padStart(4, '0')}`));
			for (let from = 0; from < subs; from += 30) {
				await gateway.publish(topicOf(own, 'thing/topo/add'), { id: '1', version: '1.0', params: devices.slice(from, from + 30).map(proof) });
				assert.equal(JSON.parse((await gateway.take()).payload).code, 200);
			}
			for (let from = 0; from < subs; from += 50) {
				await gateway.publish(`/ext/session/${GATEWAY}/${name}/combine/batch_login`, { id: '2', params: { deviceList: devices.slice(from, from + 50).map(proof) } });
				assert.equal(JSON.parse((await gateway.take()).payload).code, 200);
			}
		}
	});
	await phase(t, `2 gateways, ${subs} sub-devices each, go at once`, async () => {
		for (const gateway of gateways)
			gateway.client.stream.destroy();
		await online(SUB, 0);
	});
});

test('readers that do not read', async (t) => {
	const readers = of(20), requests = of(10_000), { host, port } = emulator.listener('mqtt');
	await phase(t, `${readers} readers that do not read, ${requests} answers of 1 KB each for them`, async () => {
		const slow = await Promise.all(Array.from({ length: readers }, (_, n) => Device.connect(`mqtt://${host}:${port}`, sign(storm(400 + n), { more: ['_ss=1'] }))));
		for (const [n, reader] of slow.entries()) {
			const own = storm(400 + n);
			await reader.publish(topicOf(own, 'thing/deviceinfo/update'), { id: '1', version: '1.0', params: Array.from({ length: 20 }, (_, k) => ({ attrKey: `key${k}`, attrValue: 'v'.repeat(40) })) });
			await reader.take();
		}
		for (const { client } of slow)
			client.stream.pause();
		const ask = slow.map((_, n) => generate({ cmd: 'publish', topic: topicOf(storm(400 + n), 'thing/deviceinfo/get'), payload: '{"id":"2","version":"1.0","params":{}}', qos: 0 }));
		await Promise.all(slow.map(async ({ client }, n) => {
			for (let k = 0; k < requests; k += 100)
				if (!client.stream.write(Buffer.concat(Array(100).fill(ask[n]))))
					await Promise.race([once(client.stream, 'drain'), new Promise((resolve) => { setTimeout(resolve, 2000); })]);
		}));
		/* half of them read on, the others go with their queues full */
		for (const [n, reader] of slow.entries())
			if (n % 2)
				reader.client.stream.destroy();
			else
				reader.client.stream.resume();
		const reading = slow.filter((_, n) => n % 2 === 0);
		for (const [n, reader] of reading.entries()) {
			const last = new Promise((resolve) => {
				reader.client.on('message', (_, payload) => payload.includes('"id":"last"') && resolve());
			});
			reader.client.publish(topicOf(storm(400 + 2 * n), 'thing/event/property/post'), '{"id":"last","version":"1.0","params":{"n":1}}', { qos: 1 });
			await within(120_000, 'the last answer', last);
			await reader.end();
		}
	});
});

test('subscribers to all that they may have', async (t) => {
	const devices = of(300), { host, port } = emulator.listener('mqtt'), subscribers = [];
	await phase(t, `${devices} subscribers to 90 filters each, and a broadcast to all`, async () => {
		await many(devices, 20, async (n) => {
			const own = storm(500 + n), base = `${own.productKey}/${own.deviceName}`;
			const subscriber = await Device.connect(`mqtt://${host}:${port}`, sign(own, { more: ['_ss=1'] }));
			const filters = ['/sys/', '/ext/session/', '/ext/error/', '/ext/ntp/', '/shadow/get/'].map((prefix) => `${prefix}${base}/#`)
				.concat(`/${base}/user/get`, `/broadcast/${DEVICE}/+`, '/ext/rrpc/#');
			for (let k = 0; filters.length < 90; k++)
				filters.push(`/sys/${base}/thing/service/made_${k}/+`);
			const granted = await subscriber.subscribe(...filters);
			assert.ok(granted.every((qos) => qos < 2), String(granted));
			await subscriber.publish(topicOf(own, 'thing/event/property/post'), { id: '1', version: '1.0', params: { n: 1 } });
			assert.equal(JSON.parse((await subscriber.take()).payload).code, 200);
			subscribers.push(subscriber);
		});
		assert.equal((await emulator.api('POST', `/broadcasts/${DEVICE}`, { name: 'news', payload: 'storm' })).status, 200);
		for (const subscriber of subscribers)
			assert.equal((await subscriber.take()).payload, 'storm');
	});
	await phase(t, `${devices} of them go at once`, async () => {
		for (const subscriber of subscribers)
			subscriber.client.stream.destroy();
		await online(DEVICE, 1);
	});
});

test('and all is well', async (t) => {
	await phase(t, 'nothing (for comparison, 2 s)', () => new Promise((resolve) => { setTimeout(resolve, FULL ? 2000 : 200); }));
	assert.equal((await emulator.api('GET', '/status')).status, 200);
	assert.doesNotMatch(emulator.stderr, /alink:/);
	if (!process.env.SOAK_WRITE)
		return;
	const table = ['| Storm | Took, s | Broker at work, ms | Longest wait, ms | … for a processor, ms | … of the calm one, ms | Answers | Broker\'s memory after it, MB |',
		'|---|---|---|---|---|---|---|---|',
		...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
	const version = (await emulator.api('GET', '/status')).body.broker;
	writeFileSync(README, readFileSync(README, 'utf8').replace(/<!-- storm -->[^]*?<!-- end -->/,
		`<!-- storm -->\n${cpus().length} processors ${cpus()[0].model.trim()}, Node ${process.version}${version ? `, Mosquitto ${version}` : ''}.\n\n${table}\n<!-- end -->`));
});
