/* Gateways over a real broker: two of them fighting for one sub-device, and the vendor's own Node SDK as one. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, sign } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';
import { GATEWAY, Gateway, NODE, SECRETS, names, node, proof } from './gateway.js';

let emulator;
before(async () => { emulator = await Emulator.start('-c', fileURLToPath(new URL('gateway.json', import.meta.url))); });
after(async () => { await emulator?.stop(); });

test('two gateways fight for one sub-device', async () => {
	const first = await Gateway.connect(emulator, 'gw-0001'), second = await Gateway.connect(emulator, 'gw-0002');
	const mine = node(1);
	const post = `/sys/${NODE}/${mine.deviceName}/thing/event/property/post`;

	for (const [winner, loser, code] of [[first, null], [second, first, 6401], [first, second, 6401]]) {
		const added = await winner.ask(winner.topo('add'), [proof(mine)]);
		assert.deepEqual([added.code, added.data], [200, [names(mine)]]);
		if (loser) {
			const { topic, code: said, data } = await loser.take();
			assert.deepEqual({ topic, said, data }, { topic: loser.error, said: code, data: names(mine) });
		}
		const login = await winner.ask(winner.session('login'), proof(mine));
		assert.deepEqual([login.code, login.data], [200, names(mine)]);
		await winner.mqtt.publish(post, { id: '8', params: { temp: 20 } });
		assert.equal((await winner.take()).topic, `${post}_reply`);
		if (loser) {
			await loser.mqtt.publish(post, { id: '9', params: { temp: 21 } });
			const { topic, id, code: said } = await loser.take();
			assert.deepEqual({ topic, id, said }, { topic: loser.error, id: '9', said: 520 });
		}
	}

	/* It connects by itself: 427 for the gateway. The gateway takes it back: its own connection is closed. */
	const { host, port } = emulator.listener('mqtt');
	const direct = await Device.connect(`mqtt://${host}:${port}`, sign(mine));
	assert.equal((await first.take()).code, 427);
	assert.equal((await first.ask(first.session('login'), proof(mine))).code, 200);
	await within(WAIT_MS, 'the end of the direct connection', direct.closed);

	/* The gateway goes, and its sub-device with it. */
	await first.mqtt.end();
	const shown = await emulator.api('GET', `/topology/${GATEWAY}/gw-0001`);
	assert.deepEqual(shown.body.subDevices.map(({ deviceName, online }) => [deviceName, online]), [[mine.deviceName, false]]);
	const { status, body } = await emulator.api('POST', `/properties/${NODE}/${mine.deviceName}`, { params: { temp: 1 } });
	assert.deepEqual([status, body.code], [409, '9389']);
	await second.mqtt.end();
});

describe('the vendor\'s Node SDK as a gateway', () => {
	const mine = node(2), other = node(3);
	let child, events, arrived;

	/* The first event of that name not yet taken. */
	const next = (name) => within(WAIT_MS, `the SDK's ${name}`, new Promise((resolve) => {
		arrived = () => {
			const at = events.findIndex(({ event }) => event === name);
			if (at < 0)
				return;
			arrived = () => {};   /* what comes later is the next caller's */
			resolve(events.splice(at, 1)[0]);
		};
		arrived();
	}));
	const ask = async (call, ...args) => {
		child.send({ call, args });
		const { id, ...reply } = (await next(call)).reply;
		return reply;
	};

	before(async () => {
		const { host, port } = emulator.listener('mqtt');
		const config = { productKey: GATEWAY, deviceName: 'gw-0002', deviceSecret: SECRETS['gw-0002'], brokerUrl: `mqtt://${host}:${port}` };
		events = [];
		arrived = () => {};
		child = fork(fileURLToPath(new URL('vendor_gateway.js', import.meta.url)), [JSON.stringify(config)]);
		child.on('message', (message) => { events.push(message); arrived(); });
		await next('connect');
	});
	after(() => { child?.kill('SIGKILL'); });

	test('registers a sub-device and learns its secret', async () => {
		const { code, data } = await ask('regiestSubDevice', [names(mine)]);
		assert.equal(code, 200);
		assert.equal(data[0].deviceSecret, mine.deviceSecret);
	});

	test('binds two, and sees them', async () => {
		assert.deepEqual((await ask('addTopo', [mine, other])).data, [names(mine), names(other)]);
		assert.deepEqual((await ask('getTopo')).data, [names(mine), names(other)]);
	});

	test('logs one in, which posts and is set', async () => {
		assert.deepEqual((await ask('login', mine)).data, names(mine));
		await next('node connect');
		child.send({ post: { temp: 23 }, device: mine.deviceName });
		assert.equal((await next('posted')).reply.code, 200);
		const set = emulator.api('POST', `/properties/${NODE}/${mine.deviceName}`, { params: { temp: 24 } });
		const { request } = await next('set');
		assert.deepEqual(request.params, { temp: 24 });
		assert.equal((await set).status, 200);
	});

	test('is refused a login with the wrong secret', async () => {
		const { code, data } = await ask('login', { ...other, deviceSecret: '0'.repeat(32) });
		assert.deepEqual([code, data], [6287, names(other)]);
		await next('node error');
	});

	test('logs out and releases', async () => {
		assert.equal((await ask('logout', names(mine))).code, 200);
		assert.deepEqual((await ask('removeTopo', [names(mine), names(other)])).data, [names(mine), names(other)]);
		assert.deepEqual((await ask('getTopo')).data, []);
	});
});
