/*
 * Faults over a real broker, as a device's MQTT client meets them: connections refused, closed and taken over, an outage,
 * answers that are late, lost, twice, old or broken, and what becomes of devices in mid-conversation.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, Thermostat, sign, triple } from '../interop/device.js';
import { Emulator, WAIT_MS, within } from '../interop/emulator.js';

let emulator;
before(async () => {
	emulator = await Emulator.start('-c', fileURLToPath(new URL('../interop/gateway.json', import.meta.url)));
});
after(() => emulator?.stop());

/* What `does` gives while the scenario is loaded; then its report. */
async function under(parts, does) {
	const loaded = await emulator.api('POST', '/scenarios', { scenario: { scenario: 1, name: 'f', ...parts } });
	assert.equal(loaded.status, 201, JSON.stringify(loaded.body));
	try {
		return await does();
	} finally {
		assert.equal((await emulator.api('DELETE', '/scenarios/f')).status, 200);
	}
}

const rule = (on, number, actions, more = {}) =>
	({ id: 'r', on, match: { device: `thermo-${String(number).padStart(2, '0')}` }, do: actions, ...more });
const rules = (...all) => ({ rules: all.map((one, index) => ({ ...one, id: `r${index}` })) });
const value = async (number) =>
	(await emulator.api('GET', `/properties/a1Interop01/thermo-${String(number).padStart(2, '0')}`)).body.properties.temp?.value;
const url = () => {
	const { host, port } = emulator.listener('mqtt');
	return `mqtt://${host}:${port}`;
};

test('a CONNECT is refused, or the connection closed without an answer', async () => {
	await under(rules(rule('connect', 1, [{ refuse: { rc: 5 } }])), async () => {
		await assert.rejects(Thermostat.connect(emulator, 1), { code: 5 });
		await assert.rejects(Device.connect(url(), sign(triple(1)), { protocolVersion: 5 }), { code: 0x87 });
		await (await Thermostat.connect(emulator, 2)).end();
	});
	await under(rules(rule('connect', 1, [{ refuse: { rc: 'close' } }])), async () => {
		await assert.rejects(Thermostat.connect(emulator, 1), (error) => error.code !== 5);
	});
	await (await Thermostat.connect(emulator, 1)).end();
});

test('a connection is accepted and closed, or taken over for a while', async () => {
	await under(rules(rule('connect', 1, [{ kick: {} }], { when: { times: 1 } })), async () => {
		const device = await Thermostat.connect(emulator, 1, { subscribe: false });
		await within(WAIT_MS, 'the kick', device.mqtt.closed);
	});
	const step = { id: 's', at: '0s', target: 'thermo-01', do: [{ takeover: { hold: '400ms' } }] };
	const device = await Thermostat.connect(emulator, 1);
	await under({ timeline: [step] }, async () => {
		await within(WAIT_MS, 'the other one', device.mqtt.closed);
		let turns = 0;
		for (const begun = performance.now(); ; turns++) {
			assert.ok(performance.now() - begun < WAIT_MS);
			const again = await Thermostat.connect(emulator, 1, { subscribe: false });
			const stays = new Promise((resolve) => { setTimeout(resolve, 150, true); });
			if (await Promise.race([again.mqtt.closed.then(() => false), stays])) {
				await again.end();
				break;
			}
		}
		assert.ok(turns > 0, 'the other one never came back');
	});
});

test('a filter is refused in its SUBACK, others are not', async () => {
	const device = await Thermostat.connect(emulator, 1, { subscribe: false });
	await under(rules(rule('subscribe', 1, [{ refuse: {} }], { match: { topic: '/sys/$pk/$dn/thing/service/#' } })), async () => {
		assert.deepEqual(await device.mqtt.subscribe(device.topic('thing/service/property/set'), device.topic('thing/event/+/post_reply')), [128, 1]);
	});
	await device.end();
});

test('an outage of 30 s, in one', async () => {
	const device = await Thermostat.connect(emulator, 1);
	await under({
		clock: { mode: 'scaled', scale: 30 },
		rules: [{ id: 'out', on: 'connect', when: { during: ['0s', '30s'], per: 'global' }, do: [{ refuse: { rc: 'close' } }] }],
		timeline: [{ id: 'end', at: '0s', target: '*', do: [{ kick: { reason: 'outage' } }] }],
	}, async () => {
		const begun = performance.now();
		await within(WAIT_MS, 'the outage', device.mqtt.closed);
		let refused = 0;
		for (;;) {
			assert.ok(performance.now() - begun < WAIT_MS);
			const back = await Thermostat.connect(emulator, 1).catch(() => null);
			if (back) {
				assert.equal((await back.answerTo('1', { temp: 30 })).code, 200);
				await back.end();
				break;
			}
			refused++;
			await new Promise((resolve) => { setTimeout(resolve, 50); });
		}
		assert.ok(refused > 0);
		assert.ok(performance.now() - begun >= 900);
	});
});

test('a request is lost before the platform, an answer behind it', async () => {
	const device = await Thermostat.connect(emulator, 3);
	assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
	await under(rules(rule('publish.up', 3, [{ drop: 'this' }], { when: { nth: 1 } }), rule('reply', 3, [{ drop: 'this' }], { when: { nth: 1 } })), async () => {
		await device.post('2', { temp: 2 });
		assert.equal(await value(3), 1);
		await device.post('3', { temp: 3 });
		assert.equal(await value(3), 3);
		assert.equal((await device.answerTo('4', { temp: 4 })).id, '4');
	});
	await device.end();
});

test('answers are late, twice, in another order, old, of another id, or broken', async () => {
	const device = await Thermostat.connect(emulator, 4);
	const ids = async (count) => {
		const all = [];
		while (all.length < count)
			all.push(JSON.parse((await device.mqtt.take()).payload).id);
		return all;
	};
	await under(rules(rule('reply', 4, [{ delay: '200ms' }])), async () => {
		const begun = performance.now();
		await device.answerTo('1', { temp: 1 });
		assert.ok(performance.now() - begun >= 200);
	});
	await under(rules(rule('reply', 4, [{ duplicate: { count: 2, gap: '20ms' } }])), async () => {
		await device.post('2', { temp: 2 });
		assert.deepEqual(await ids(3), ['2', '2', '2']);
	});
	await under(rules(rule('reply', 4, [{ reorder: { hold: 1, max: '5s' } }])), async () => {
		await device.post('3', { temp: 3 });
		await device.post('4', { temp: 4 });
		assert.deepEqual(await ids(2), ['4', '3']);
	});
	await under(rules(rule('reply', 4, [{ stale: { replay: 'first' } }], { when: { nth: 2 } })), async () => {
		assert.equal((await device.answerTo('5', { temp: 5 })).id, '5');
		assert.equal((await device.answerTo('6', { temp: 6 })).id, '5');
	});
	await under(rules(rule('reply', 4, [{ reply: { merge: { id: '4711' } } }])), async () => {
		const { id, code } = await device.answerTo('7', { temp: 7 });
		assert.deepEqual([id, code], ['4711', 200]);
	});
	device.mqtt.encoding = 'latin1';
	const broken = { truncate: /^{"code":200,[^}]*}?[^}]*$/, 'invalid-json': /,,}$/, 'bad-utf8': /\xff"}$/, garbage: /^[^]{80,}$/ };
	for (const [mode, pattern] of Object.entries(broken))
		await under(rules(rule('reply', 4, [{ corrupt: { mode } }])), async () => {
			await device.post('8', { temp: 8 });
			const { payload } = await device.mqtt.take();
			assert.match(payload, pattern);
			assert.throws(() => JSON.parse(payload) && assert.ok(!/[\x80-\xff]/.test(payload)));
		});
	await under(rules(rule('reply', 4, [{ corrupt: { mode: 'oversize', bytes: 300000 } }])), async () => {
		await device.post('9', { temp: 9 });
		const { payload } = await device.mqtt.take();
		assert.deepEqual([payload.length, JSON.parse(payload).id], [300000, '9']);
	});
	await device.end();
});

test('a device that is kicked in the middle: the request is lost, or only its answer', async () => {
	for (const [on, stored] of [['publish.up', undefined], ['reply', 2]]) {
		const device = await Thermostat.connect(emulator, 5);
		await under(rules(rule(on, 5, [{ kick: {} }])), async () => {
			device.post('1', { temp: 2 }).catch(() => {});
			await within(WAIT_MS, 'the kick', device.mqtt.closed);
			assert.deepEqual(device.mqtt.inbox, []);
			assert.equal(await value(5), stored);
		});
	}
});

test('a device is disabled, enabled, deleted behind its answers', async () => {
	const device = await Thermostat.connect(emulator, 6);
	const does = (op) => rules(rule('reply', 6, [{ admin: { op } }], { when: { times: 1 } }));
	await under(does('device.disable'), async () => {
		assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
		await within(WAIT_MS, 'the end', device.mqtt.closed);
	});
	await assert.rejects(Thermostat.connect(emulator, 6), { code: 5 });
	await under({ timeline: [{ id: 's', at: '0s', target: 'thermo-06', do: [{ admin: { op: 'device.enable' } }, { checkpoint: 'enabled' }] }] }, async () => {
		await emulator.api('GET', '/log?keyword=enabled&after=0&wait=5');
	});
	const back = await Thermostat.connect(emulator, 6);
	await under(does('device.delete'), async () => {
		assert.equal((await back.answerTo('2', { temp: 2 })).code, 200);
		await within(WAIT_MS, 'the end', back.mqtt.closed);
	});
	assert.equal((await emulator.api('GET', '/devices/a1Interop01/thermo-06')).status, 404);
});

test('a secret is rotated: the connection stays, the next needs the new one', async () => {
	const device = await Thermostat.connect(emulator, 7), secret = '77777777777777777777777777777777';
	await under(rules(rule('publish.up', 7, [{ admin: { op: 'secret.rotate', args: { secret } } }])), async () => {
		assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
	});
	await device.end();
	await assert.rejects(Thermostat.connect(emulator, 7));
	await (await Device.connect(url(), sign({ ...triple(7), deviceSecret: secret }))).end();
});

test('limits change and come back; a device is throttled for one operation only', async () => {
	const device = await Thermostat.connect(emulator, 8);
	await under({ timeline: [{ id: 's', at: '0s', do: [{ admin: { op: 'limits.set', args: { propertiesPerPost: 1 } } }, { checkpoint: 'limited' }] }] }, async () => {
		await emulator.api('GET', '/log?keyword=limited&after=0&wait=5');
		assert.notEqual((await device.answerTo('1', { temp: 1, name: 'attic' })).code, 200);
	});
	assert.equal((await device.answerTo('2', { temp: 1, name: 'attic' })).code, 200);
	const throttle = rule('publish.up', 8, [{ 'throttle.platform': { rate: 1, burst: 2 } }]);
	await under(rules({ ...throttle, match: { ...throttle.match, method: 'config.get' } }), async () => {
		const topic = device.topic('thing/config/get');
		await device.mqtt.subscribe(`${topic}_reply`);
		for (let id = 1; id <= 3; id++)
			await device.mqtt.publish(topic, { id: String(id), params: { configScope: 'product', getType: 'file' } });
		/* config.get documents no 429: the third is met with silence. The post behind it is not throttled. */
		await device.post('4', { temp: 4 });
		const seen = [];
		for (let k = 0; k < 3; k++)
			seen.push(JSON.parse((await device.mqtt.take()).payload).id);
		assert.deepEqual(seen, ['1', '2', '4']);
	});
	await device.end();
});

test('a sub-device moves to another gateway in mid-session', async () => {
	const node = { productKey: 'a1InteropSub', deviceName: 'node_0001' };
	const secrets = { 'gw-0001': '0123456789abcdef0123456789abcdef', 'gw-0002': '02020202020202020202020202020202' };
	const hmac = (key, text) => createHmac('sha256', key).update(text).digest('hex');
	const join = (name) => Device.connect(url(), sign({ productKey: 'a1EmuGate01', deviceName: name, deviceSecret: secrets[name] }, { more: ['_ss=1'] }));
	const first = await join('gw-0001'), second = await join('gw-0002');
	const content = 'clientIdcdeviceNamenode_0001productKeya1InteropSubtimestamp1';
	const proof = { ...node, clientId: 'c', timestamp: '1', signMethod: 'hmacSha256', sign: hmac(hmac('PsInteropSub0001', 'node_0001').slice(0, 32), content) };
	const next = async (gateway) => {
		const { topic, payload } = await gateway.take();
		return { topic, ...JSON.parse(payload) };
	};
	await first.publish('/sys/a1EmuGate01/gw-0001/thing/topo/add', { id: '1', params: [proof] });
	assert.equal((await next(first)).code, 200);
	await first.publish('/ext/session/a1EmuGate01/gw-0001/combine/login', { id: '2', params: { ...proof, cleanSession: 'true' } });
	assert.equal((await next(first)).code, 200);

	const post = '/sys/a1InteropSub/node_0001/thing/event/property/post';
	const move = [{ admin: { op: 'topology.add', args: { gateway: 'a1EmuGate01/gw-0002' } } }];
	await under({ rules: [{ id: 'r', on: 'reply', match: { device: 'node_0001' }, do: move }] }, async () => {
		await first.publish(post, { id: '3', params: { temp: 20 } });
		const answer = await next(first), gone = await next(first);
		assert.deepEqual([answer.topic, answer.code], [`${post}_reply`, 200]);
		assert.deepEqual([gone.topic, gone.code], ['/ext/error/a1EmuGate01/gw-0001', 6401]);
		assert.equal((await next(second)).method, 'thing.topo.change');
	});
	await first.publish(post, { id: '4', params: { temp: 21 } });
	const refused = await next(first);
	assert.deepEqual([refused.topic, refused.id, refused.code], ['/ext/error/a1EmuGate01/gw-0001', '4', 520]);
	await first.end();
	await second.end();
});
