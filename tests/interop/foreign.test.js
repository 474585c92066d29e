/*
 * A device may do nothing to what is not its own: every topic that the tables know is tried in another's name, by a
 * device, by a gateway and by an MQTT 5 client, to publish, to subscribe and as a will; and $CONTROL and $SYS.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, sign, Thermostat, triple } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';
import { GATEWAY, Gateway, NODE, names, node, proof } from './gateway.js';

const read = (name) => readFileSync(new URL(`../../plugin/cloud/${name}`, import.meta.url), 'utf8');

/* The tables of the source, so that no topic is forgotten: `{ "/sys/{pk}/{dn}/thing/…",` and `{ "/sys/", "thing/…",`. */
const METHODS = [...read('method.c').matchAll(/^\t\{ "(\/[^"]*\{pk\}\/\{dn\}[^"]*)", "/gm)].map(([, topic]) => topic);
const OTHERS = [...read('topic.c').matchAll(/^\t\{ "(\/[^"]*\/)", "([^"]*)",/gm)].map(([, prefix, rest]) => (
	prefix === '/broadcast/' ? `/broadcast/{pk}/${rest}` :
	/^\/ext\/(rrpc\/)?$/.test(prefix) ? `${prefix}${rest}` :
	`${prefix}{pk}/{dn}${rest && `/${rest}`}`));
const CUSTOM = ['user/update', 'user/update/error', 'user/get', 'update', 'get', 'user/made/up'].map((rest) => `/{pk}/{dn}/${rest}`);
const FAMILIES = [...new Set([...METHODS, ...METHODS.map((topic) => `${topic}_reply`), ...OTHERS,
	...OTHERS.map((topic) => `${topic}_reply`), ...CUSTOM,
	'/ext/rrpc/1000000000000000001/sys/{pk}/{dn}/thing/service/flush', '/sys/{pk}/{dn}/rrpc/response/1000000000000000001',
	'/sys/{pk}/{dn}/thing/model/up_raw', '/sys/{pk}/{dn}/thing/model/down_raw_reply'])];
const topicOf = (family, { productKey, deviceName }) =>
	family.replace('{pk}', productKey).replace('{dn}', deviceName).replaceAll('*', 'frost').replaceAll('#', '1/made/up');

const NOBODY = [
	'$CONTROL/alink/v1', '$CONTROL/alink/v1/response', '$CONTROL/dynamic-security/v1', '$SYS/broker/uptime', '$sys/a/b',
	'$share/group/a', 'nowhere', 'a1Interop01/thermo-03',
];

/* What the topics in question would take; whatever of it is meant for another topic is none there. */
function payloads({ productKey, deviceName }) {
	const one = {
		productKey, deviceName, temp: 99, low: -5, attrKey: 'stolen', attrValue: 'yes', version: '6.6.6', step: '100', desc: 'stolen',
		properties: { temp: { value: 99 } }, events: {}, subDevices: [{ identity: { productKey, deviceName }, properties: { temp: { value: 99 } } }],
		status: 'SUCCEEDED', taskId: '1', fileName: 'stolen', fileSize: 1, clientId: 'x', timestamp: '1', sign: '00', signMethod: 'hmacSha256',
	};
	const envelope = { id: '1', version: '1.0', code: 200, data: one, method: 'thing.event.property.post' };
	return [
		{ ...envelope, params: one },
		{ ...envelope, params: [one] },
		{ ...envelope, params: { ...one, deviceList: [one] } },
		{ method: 'update', state: { reported: { stolen: true } }, version: 99 },
	].map((payload) => JSON.stringify(payload));
}

const REFUSED = new Set([128, 0x87, 0x8f]);

let emulator, device, gateway, mine, victims;
before(async () => {
	emulator = await Emulator.start('-c', fileURLToPath(new URL('gateway.json', import.meta.url)));
	device = await Thermostat.connect(emulator, 3, { more: ['_ss=1'] });
	gateway = await Gateway.connect(emulator, 'gw-0001');
	mine = node(1);
	assert.equal((await gateway.ask(gateway.topo('add'), [proof(mine)])).code, 200);
	assert.equal((await gateway.ask(gateway.session('login'), proof(mine))).code, 200);
	victims = [
		{ productKey: device.identity.productKey, deviceName: device.identity.deviceName },
		{ productKey: GATEWAY, deviceName: 'gw-0001' },
		names(mine),
	];
	/* All that each may have, so that whatever is let through is seen. */
	await device.mqtt.subscribe(...wholes(victims[0]));
	await gateway.mqtt.subscribe(...wholes(victims[1]), ...wholes(victims[2]));
	for (const { productKey, deviceName } of victims) {
		await emulator.api('POST', `/tags/${productKey}/${deviceName}`, { tags: { owner: 'me' } });
		await emulator.api('POST', `/desired/${productKey}/${deviceName}`, { params: { temp: 5 } });
	}
	await settled();
	device.mqtt.inbox.length = gateway.mqtt.inbox.length = 0;
});
after(() => emulator?.stop());

const wholes = ({ productKey, deviceName }) => ['/sys/', '/ext/session/', '/ext/error/', '/ext/ntp/', '/ota/device/upgrade/',
	'/ota/device/request/', '/shadow/get/'].map((prefix) => `${prefix}${productKey}/${deviceName}/#`)
	.concat(`/${productKey}/${deviceName}/user/get`, '/ext/rrpc/#', `/broadcast/${productKey}/+`);

/* Everything that was sent before is through: each has asked something, and this is the answer. */
async function settled() {
	await device.post('fence', { power: 1 });
	await gateway.mqtt.publish(`/sys/${GATEWAY}/gw-0001/thing/topo/get`, { id: 'fence', version: '1.0', params: {} });
	const seen = [];
	for (const { mqtt } of [device, gateway])
		for (;;) {
			const message = await mqtt.take();
			if (JSON.parse(message.payload).id === 'fence')
				break;
			seen.push(message);
		}
	return seen;
}

/* All that the API tells of the victims, and of everything else that is no history. */
async function state() {
	const seen = [];
	for (const { productKey, deviceName } of victims)
		for (const what of ['devices', 'properties', 'desired', 'tags', 'shadows', 'upgrades', 'events'])
			seen.push([what, (await emulator.api('GET', `/${what}/${productKey}/${deviceName}`)).body]);
	seen.push((await emulator.api('GET', `/topology/${GATEWAY}/gw-0001`)).body);
	for (const what of ['cloud', 'products', 'configs', 'firmware', 'jobs', 'snapshots', 'scenarios'])
		seen.push([what, (await emulator.api('GET', `/${what}`)).body]);
	return JSON.parse(JSON.stringify(seen, (key, value) => (/^(time|.*Time|.*Ms|power)$/.test(key) ? undefined : value)));
}

/* What `attack` does leaves everything as it was, and nobody hears of it. */
async function changesNothing(attack) {
	const before = await state();
	await attack();
	assert.deepEqual(await settled(), []);
	assert.deepEqual(await state(), before);
	assert.ok(device.mqtt.client.connected && gateway.mqtt.client.connected);
}

const ATTACKERS = {
	'a device': () => Thermostat.connect(emulator, 4).then(({ mqtt }) => mqtt),
	'a device with MQTT 5': () => Thermostat.connect(emulator, 5, { protocolVersion: 5 }).then(({ mqtt }) => mqtt),
	'a gateway': () => Gateway.connect(emulator, 'gw-0002').then(({ mqtt }) => mqtt),
};

test('the tables are read', () => {
	assert.ok(METHODS.length > 40 && OTHERS.length > 25, `${METHODS.length}, ${OTHERS.length}`);
});

for (const [who, connect] of Object.entries(ATTACKERS)) {
	test(`${who} publishes in another's name`, async () => {
		await changesNothing(async () => {
			const attacker = await connect();
			for (const victim of victims)
				for (const payload of payloads(victim)) {
					const topics = FAMILIES.filter((family) => family.includes('{dn}') || payload.includes(victim.deviceName))
						.map((family) => topicOf(family, victim)).concat(NOBODY);
					/* MQTT 5 is told; 3.1.1 has PUBACK all the same */
					await within(WAIT_MS, 'all PUBACKs', Promise.allSettled(topics.map((topic, n) =>
						attacker.client.publishAsync(topic, payload, { qos: n & 1, retain: n % 3 === 0 }))));
				}
			assert.ok(attacker.client.connected, 'nobody is thrown out for it');
			for (const { topic, payload } of attacker.inbox) {
				assert.doesNotMatch(payload, /deviceSecret/);
				assert.ok(victims.every(({ deviceName }) => !topic.includes(`/${deviceName}`)), topic);
			}
			await attacker.end();
		});
	});

	test(`${who} subscribes to what is another's`, async () => {
		const attacker = await connect();
		const filters = new Set(['#', '/#', '+', '/+', '+/+/+', '/+/+/+/#', '$SYS/#', '$SYS/broker/uptime', '$CONTROL/#', '$CONTROL/alink/v1/response',
			'$sys/#', '$share/group/#', '$share/group/$CONTROL/#', '$share/group/$SYS/#', '/sys/#', '/sys/+/#', '/broadcast/#', '/broadcast/+/+']);
		for (const victim of victims)
			for (const family of FAMILIES.filter((name) => name.includes('{pk}'))) {
				const topic = topicOf(family, victim);
				filters.add(topic).add(`$share/group/${topic}`).add(`${topic}/#`).add(`${topic}/+`)
					.add(topic.replace(victim.productKey, '+')).add(topic.replace(`/${victim.deviceName}`, '/+'))
					.add(topic.replace(`/${victim.deviceName}`, '/#').replace(/#.*/, '#'));
			}
		/* A gateway of that product may hear its broadcasts: that is its own. */
		const own = new RegExp(`^(\\$share/group/)?/broadcast/(${who === 'a gateway' ? GATEWAY : 'a1Interop01'})/[^/]+$`);
		/* The client sends no filter that is none at all. */
		const asked = [...filters].filter((filter) => !own.test(filter) && !/[+#][^/]|#.|[^/][+#]/.test(filter));
		assert.ok(asked.length > 1000, `${asked.length}`);
		for (let at = 0; at < asked.length; at += 50) {
			const some = asked.slice(at, at + 50), granted = await attacker.subscribe(...some);
			/* /ext/rrpc/ names nobody before the message id: it is granted, and brings a device what is sent to itself */
			assert.deepEqual(some.filter((filter, n) => !filter.includes('/ext/rrpc/') && !REFUSED.has(granted[n])), []);
		}
		attacker.inbox.length = 0;

		/* What is sent to the others now does not reach it. */
		for (const { productKey, deviceName } of victims) {
			await emulator.api('POST', `/messages/${productKey}/${deviceName}`, { topic: `/${productKey}/${deviceName}/user/get`, payload: '{}' });
			await emulator.api('POST', `/shadows/${productKey}/${deviceName}`, { desired: { x: 1 } });
			await emulator.api('POST', `/desired/${productKey}/${deviceName}`, { params: { temp: 6 } });
		}
		await emulator.api('POST', `/rrpc/${device.identity.productKey}/${device.identity.deviceName}`, { topic: '/a', payload: '{}', timeoutMs: 1 });
		const heard = await settled();
		assert.ok(heard.length >= victims.length, 'the others heard it');
		await attacker.publish('/ext/ntp/none/of/these', {});
		assert.deepEqual(attacker.inbox, []);
		await attacker.end();
	});
}

test('a will reaches nobody, however its connection ends', async () => {
	await changesNothing(async () => {
		const { host, port } = emulator.listener('mqtt');
		const ends = {
			lost: (will) => will.client.stream.destroy(),
			'taken over': () => Thermostat.connect(emulator, 6),
			kicked: () => emulator.api('POST', '/devices/a1Interop01/thermo-06/kick', {}),
			'broken by a malformed packet': (will) => will.client.stream.write(Buffer.from([0x00, 0x00])),
		};
		const topics = [topicOf('/sys/{pk}/{dn}/thing/service/property/set', victims[0]), topicOf('/sys/{pk}/{dn}/thing/event/property/post', victims[0]),
			topicOf('/{pk}/{dn}/user/get', victims[0]), topicOf('/sys/{pk}/{dn}/thing/service/property/set', victims[2]),
			'/ext/rrpc/1000000000000000001/x', '/broadcast/a1Interop01/news', '$CONTROL/alink/v1',
			'/sys/a1Interop01/thermo-06/thing/event/property/post'];
		for (const protocolVersion of [4, 5])
			for (const [how, end] of Object.entries(ends))
				for (const topic of topics) {
					/* its client id stays the same, so that the broker itself takes over */
					const will = await Device.connect(`mqtt://${host}:${port}`, sign(triple(6)), {
						protocolVersion, will: { topic, payload: payloads(victims[0])[0], qos: 1, retain: how === 'kicked' },
						...(protocolVersion === 5 && { properties: { sessionExpiryInterval: 0 } }),
					}).catch((error) => (topic[0] === '$' ? null : Promise.reject(error)));   /* 2.1 refuses such a will by itself */
					if (!will)
						continue;
					const other = await end(will);
					await within(WAIT_MS, `the end of the one that is ${how}`, will.closed.catch(() => {}));
					await other?.end?.();
				}
	});
	/* … nor was one retained */
	const late = await Thermostat.connect(emulator, 3, { more: ['_ss=1'] });
	await late.mqtt.subscribe(...wholes(victims[0]));
	assert.equal((await late.answerTo('1', { power: 0 })).id, '1');
	device = late;
});

test('a will that is delayed reaches nobody', async () => {
	const { host, port } = emulator.listener('mqtt');
	await changesNothing(async () => {
		const will = await Device.connect(`mqtt://${host}:${port}`, sign(triple(7)), {
			protocolVersion: 5, clean: true, properties: { sessionExpiryInterval: 60 },
			will: { topic: topicOf('/sys/{pk}/{dn}/thing/service/property/set', victims[0]), payload: '{"id":"will"}', qos: 1, properties: { willDelayInterval: 1 } },
		});
		const ended = within(WAIT_MS, 'the end', will.closed);
		will.client.stream.destroy();
		await ended;
		/* a delayed will leaves when its client returns with a new session */
		const again = await Device.connect(`mqtt://${host}:${port}`, sign(triple(7)), { protocolVersion: 5, clean: true });
		await again.end();
	});
});

test('a gateway asks for what is another gateway\'s', async () => {
	const attacker = await Gateway.connect(emulator, 'gw-0002');
	const thief = { ...proof(mine), sign: '0'.repeat(64) };
	await changesNothing(async () => {
		for (const [topic, params] of [
			[attacker.topo('add'), [thief]],
			[attacker.topo('delete'), [names(mine)]],
			[attacker.session('login'), thief],
			[attacker.session('login'), proof(mine)],      /* rightly signed, but not of its topology */
			[attacker.session('batch_login'), { deviceList: [thief] }],
			[attacker.session('logout'), names(mine)],
			[attacker.session('batch_logout'), [names(mine)]],
			[`/sys/${GATEWAY}/gw-0002/thing/sub/register`, [names(mine)]],
			[`/sys/${GATEWAY}/gw-0002/thing/sub/unregister`, [names(mine)]],
			[`/sys/${GATEWAY}/gw-0002/thing/event/property/pack/post`,
				{ properties: {}, events: {}, subDevices: [{ identity: names(mine), properties: { temp: { value: 99, time: 1 } } }] }],
		]) {
			const reply = await attacker.ask(topic, params);
			assert.doesNotMatch(JSON.stringify(reply), new RegExp(mine.deviceSecret), topic);
			assert.ok(reply.code !== 200 || !/"(temp|iotId)"/.test(JSON.stringify(reply.data)), JSON.stringify(reply));
		}
	});
	await attacker.mqtt.end();
});

test('nobody is thrown out by a stranger: not by a refused login, not by another device with the same clientId', async () => {
	await changesNothing(async () => {
		const { host, port } = emulator.listener('mqtt');
		const url = `mqtt://${host}:${port}`;
		for (const [victim, identity] of [[device.mqtt, triple(3)], [gateway.mqtt, { productKey: GATEWAY, deviceName: 'gw-0001', deviceSecret: 'x' }]]) {
			const { clientId } = victim.client.options;
			for (const protocolVersion of [4, 5]) {
				await assert.rejects(Device.connect(url, { ...sign({ ...identity, deviceSecret: 'guessed' }), clientId }, { protocolVersion }));
				await assert.rejects(Device.connect(url, { clientId }, { protocolVersion }));
				/* with a signature of its own that is right for this clientId */
				const cid = clientId.split('|')[0], more = clientId.includes('_ss=1') ? ['_ss=1'] : [];
				assert.equal(sign(triple(8), { cid, more }).clientId, clientId);
				await assert.rejects(Device.connect(url, sign(triple(8), { cid, more }), { protocolVersion }));
			}
		}
	});
	const { records } = (await emulator.api('GET', '/log?productKey=a1Interop01&deviceName=thermo-08&status=failed')).body;
	assert.match(records.at(-1).why, /clientId.* is in use by gw-0001/);
});

test('it is no test of nothing: the owner\'s own messages change things', async () => {
	const before = await state();
	await device.answerTo('1', { temp: 99 });
	await device.mqtt.publish(device.topic('thing/deviceinfo/update'), { id: '2', version: '1.0', params: [{ attrKey: 'stolen', attrValue: 'no' }] });
	await gateway.ask(gateway.session('logout'), names(mine));
	await settled();
	const now = await state();
	assert.notDeepEqual(now, before);
	assert.match(JSON.stringify(now), /"stolen"/);
});
