/*
 * The whole catalogue, injected over a real broker: each documented code of each operation where the documents say
 * that a device meets it, and each code of the log where whoever reads the log, or calls the API, meets it.
 *
 * The rows come from tests/catalog, the codes that are compared from them, too: nothing of this is the emulator's own.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, sign } from '../interop/device.js';
import { Emulator, WAIT_MS } from '../interop/emulator.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const hmac = (key, text) => createHmac('sha256', key).update(text).digest('hex');

const [, ...pairs] = readFileSync(here('../catalog/operation-codes.tsv'), 'utf8').trimEnd().split('\n')
	.map((line) => line.split('\t'))
	.map(([operation, , , code]) => ({ operation, code: Number(code) }));
const [, ...logged] = readFileSync(here('../catalog/device-and-log-codes.tsv'), 'utf8').trimEnd().split('\n')
	.map((line) => Number(line.split('\t')[0]));
const operations = Map.groupBy ? Map.groupBy(pairs, (pair) => pair.operation) :
	pairs.reduce((map, pair) => map.set(pair.operation, [...map.get(pair.operation) ?? [], pair]), new Map());

const GATEWAY = { productKey: 'a1WalkGate1', deviceName: 'gateway', productSecret: 'PsWalkGate000001' };
const NODE = { productKey: 'a1WalkNode1', deviceName: 'node', productSecret: 'PsWalkNode000001' };
const SPARE = { ...NODE, deviceName: 'spare' };
const RAW = { productKey: 'a1WalkRaw01', deviceName: 'raw-1', productSecret: 'PsWalkRaw0000001' };
const NEW = { productKey: 'a1WalkNew01', deviceName: 'new-1', productSecret: 'PsWalkNew0000001' };

/* The cloud file names no secrets, so they are derived. */
const secret = ({ productSecret, deviceName }) => hmac(productSecret, deviceName).slice(0, 32);
const names = ({ productKey, deviceName }) => ({ deviceName, productKey });

/* doc: "Connect or disconnect sub-devices": an entry as topo/add and login have it. */
function proof(device) {
	const { productKey, deviceName } = device, clientId = `${productKey}.${deviceName}`, timestamp = '2524608000000';
	return {
		productKey, deviceName, clientId, timestamp, signMethod: 'hmacSha256', cleanSession: 'true',
		sign: hmac(secret(device), `clientId${clientId}deviceName${deviceName}productKey${productKey}timestamp${timestamp}`),
	};
}

let emulator, gateway, raw, id = 100;
before(async () => {
	emulator = await Emulator.startWith([here('catalog.json')]);
	gateway = await connect(GATEWAY);
	raw = await connect(RAW);
	raw.encoding = 'hex';
	/* The node can send only while it has a session. */
	assert.equal((await ask(session('login'), proof(NODE))).code, 200);
});
after(() => emulator?.stop());

async function connect(device, more = []) {
	const { host, port } = emulator.listener('mqtt');
	return Device.connect(`mqtt://${host}:${port}`,
		sign({ ...device, deviceSecret: secret(device) }, { more: ['_ss=1', ...more] }));
}

const own = ({ productKey, deviceName }, rest) => `/sys/${productKey}/${deviceName}/${rest}`;
const session = (rest) => `/ext/session/${GATEWAY.productKey}/${GATEWAY.deviceName}/combine/${rest}`;

/* The gateway sends, and takes what comes next, which must be on `replyTopic`. */
async function ask(topic, params, replyTopic = `${topic}_reply`) {
	const sent = String(++id);
	await gateway.publish(topic, { id: sent, version: '1.0', params });
	const reply = await gateway.take();
	assert.equal(reply.topic, replyTopic);
	const body = JSON.parse(reply.payload);
	assert.equal(String(body.id), sent);
	return body;
}

const request = (topic, params) => async () => Number((await ask(topic, params)).code);

/* Bytes up, and the code that the script wrote in four of them. Where it could not read, it knows no id. */
const requestRaw = (kind, unread = false) => async () => {
	const sent = ++id & 255;
	await raw.publish(own(RAW, 'thing/model/up_raw'), Buffer.from([kind, sent]));
	const { topic, payload } = await raw.take();
	assert.equal(topic, own(RAW, 'thing/model/up_raw_reply'));
	const bytes = Buffer.from(payload, 'hex');
	assert.deepEqual([bytes.length, bytes[4]], [5, unread ? 0 : sent]);
	return bytes.readUInt32BE(0);
};
const requestUnread = (kind) => requestRaw(kind, true);

/* doc: "Unique-certificate-per-product authentication": a form, and HTTP status 200 whatever comes of it. */
async function registerOverHttp() {
	const random = 'abc', form = {
		...names(NEW), random, signMethod: 'hmacsha256',
		sign: hmac(NEW.productSecret, `deviceName${NEW.deviceName}productKey${NEW.productKey}random${random}`),
	};
	const response = await fetch(`${emulator.httpUrl}/auth/register/device`, {
		method: 'POST', body: new URLSearchParams(form), signal: AbortSignal.timeout(WAIT_MS),
	});
	assert.equal(response.status, 200);
	const body = await response.json();
	assert.deepEqual(Object.keys(body), body.code === 200 ? ['code', 'data', 'message'] : ['code', 'message']);
	return body.code;
}

/* … over MQTT: the answer is pushed on /ext/register, without a SUBSCRIBE. */
async function registerOverMqtt() {
	const { host, port } = emulator.listener('mqtts'), random = '123';
	const device = await Device.connect(`mqtts://${host}:${port}`, {
		clientId: `x|securemode=2,authType=register,random=${random},signmethod=hmacsha256|`,
		username: `${NEW.deviceName}&${NEW.productKey}`,
		password: hmac(NEW.productSecret, `deviceName${NEW.deviceName}productKey${NEW.productKey}random${random}`),
	}, { rejectUnauthorized: false });
	const { topic, payload } = await device.take();
	await device.end();
	assert.equal(topic, '/ext/register');
	return JSON.parse(payload).code;
}

const errorTopic = `/ext/error/${GATEWAY.productKey}/${GATEWAY.deviceName}`;

/* Pushed because the scenario says so, about a sub-device that goes on. */
async function forced() {
	const { topic, payload } = await gateway.take();
	assert.equal(topic, errorTopic);
	const body = JSON.parse(payload);
	assert.deepEqual(body.data, names(NODE));
	return body.code;
}

async function sendForNode() {
	const body = await ask(own(NODE, 'thing/event/property/post'), { temp: 20 }, errorTopic);
	assert.deepEqual(body.data, names(NODE));
	return body.code;
}

const replies = (on, method) => (code) => ({ rules: [{ id: 'r', on, match: { method }, do: [{ reply: { code } }] }] });

/* doc: "Data parsing": what a script that fails is answered with. */
const scriptCodes = [26001, 26002, 26006, 26007, 6200, 6201];
const scriptFails = (fail) => ({
	rules: [{ id: 'r', on: 'script', match: { topic: '/sys/+/+/thing/model/up_raw' }, do: [{ script: { fail } }] }],
});

/* Bytes are answered in the platform's place, in place of its own answer, and when their script fails. */
const walkRaw = (operation, kind) => ({
	does: requestRaw(kind),
	more: [
		{ parts: replies('reply', operation), does: requestRaw(kind) },
		{ parts: scriptFails, does: requestUnread(kind), only: scriptCodes },
	],
});

/* What answers an operation with a code (a scenario's parts), what the device does and is told, and other ways to it. */
const walks = {
	'subdevice.register': { does: request(own(GATEWAY, 'thing/sub/register'), [names(SPARE)]) },
	'topo.add': { does: request(own(GATEWAY, 'thing/topo/add'), [proof(SPARE)]) },
	'topo.delete': { does: request(own(GATEWAY, 'thing/topo/delete'), [names(SPARE)]) },
	'topo.get': { does: request(own(GATEWAY, 'thing/topo/get'), {}) },
	'list.found': { does: request(own(GATEWAY, 'thing/list/found'), [names(SPARE)]) },
	'session.login': { does: request(session('login'), proof(SPARE)) },
	'session.logout': { does: request(session('logout'), names(SPARE)) },
	'property.post': { does: request(own(GATEWAY, 'thing/event/property/post'), { temp: 20 }) },
	'event.post': { does: request(own(GATEWAY, 'thing/event/frost/post'), { low: -3 }) },
	'pack.post': { does: request(own(GATEWAY, 'thing/event/property/pack/post'), { properties: { temp: { value: 20 } } }) },
	'property.post.raw': walkRaw('property.post.raw', 0),
	'event.post.raw': walkRaw('event.post.raw', 1),
	'pack.post.raw': walkRaw('pack.post.raw', 2),
	'desired.get': { does: request(own(GATEWAY, 'thing/property/desired/get'), ['temp']) },
	'desired.delete': { does: request(own(GATEWAY, 'thing/property/desired/delete'), { temp: {} }) },
	'tag.update': { does: request(own(GATEWAY, 'thing/deviceinfo/update'), [{ attrKey: 'room', attrValue: 'attic' }]) },
	'tag.delete': { does: request(own(GATEWAY, 'thing/deviceinfo/delete'), [{ attrKey: 'room' }]) },
	'tsl.get': { does: request(own(GATEWAY, 'thing/dsltemplate/get'), {}) },
	'ota.request': {
		/* doc: up and down on the same topic, the code as text. */
		does: async () => {
			const topic = `/ota/device/request/${GATEWAY.productKey}/${GATEWAY.deviceName}`;
			const { code } = await ask(topic, { version: '1.0.0' }, topic);
			assert.equal(typeof code, 'string');
			return Number(code);
		},
	},
	'config.get': { does: request(own(GATEWAY, 'thing/config/get'), { configScope: 'product', getType: 'file' }) },
	'dynamic.register': {
		does: registerOverHttp,
		more: [{ parts: replies('reply', 'dynamic.register'), does: registerOverMqtt }],
	},
	'session.forced': {
		parts: (code) => ({ timeline: [{ id: 's', at: '0s', target: `${NODE.productKey}/${NODE.deviceName}`, do: [{ error: { code } }] }] }),
		does: forced,
	},
	'session.send': {
		parts: (code) => ({
			rules: [{ id: 'r', on: 'publish.up', match: { device: `${NODE.productKey}/${NODE.deviceName}` }, do: [{ error: { code } }, { drop: 'this' }] }],
		}),
		does: sendForNode,
	},
};

/* What `does` sees while the scenario is loaded; its last report must say that it did what it is for. */
async function under(parts, does) {
	const loaded = await emulator.api('POST', '/scenarios', { scenario: { scenario: 1, name: 'walk', ...parts } });
	assert.equal(loaded.status, 201, JSON.stringify(loaded.body));
	let report;
	try {
		return await does();
	} finally {
		report = await emulator.api('DELETE', '/scenarios/walk');
		assert.equal(report.status, 200);
		for (const { fired } of report.body.rules)
			assert.equal(fired, 1);
		for (const { done } of report.body.timeline)
			assert.equal(done, 1);
	}
}

test('the catalogue has 301 pairs of 23 operations, and 143 codes of the log', () => {
	assert.equal(pairs.length, 301);
	assert.equal(new Set(pairs.map(({ operation, code }) => `${operation} ${code}`)).size, 301);
	assert.equal(operations.size, 23);
	assert.equal(logged.length, 143);
	assert.equal(new Set(logged).size, 143);
	assert.deepEqual([...operations.keys()].sort(), Object.keys(walks).sort());
});

let walked = 0;
const answered = new Set();
describe('each code of each operation is answered where it is documented', () => {
	for (const [operation, rows] of operations)
		test(operation, async () => {
			const { parts = replies('publish.up', operation), does, more = [] } = walks[operation];
			for (const { code } of rows) {
				assert.equal(await under(parts(code), does), code, `${operation} with ${code}`);
				for (const way of more.filter(({ only }) => !only || only.includes(code)))
					assert.equal(await under(way.parts(code), way.does), code, `${operation} with ${code}, another way`);
				walked++;
				answered.add(code);
			}
		});
});

test('all 301 pairs were walked', () => {
	assert.equal(walked, 301);
	assert.equal(answered.size, 65);
});

/* Whose records such codes are; the first row that fits. */
const services = [
	[26001, 26015, 'ScriptParsing'], [6200, 6201, 'ScriptParsing'], [9307, 9399, 'ruleengine'], [9200, 9237, 'downlink'],
	[9600, 9652, 'ServerSubscribe'], [71019, 71035, 'ThingJob'], [6300, 6336, 'ThingModel'], [6363, 6367, 'HotDataStorage'],
	[6400, 6402, 'ThingTopo'], [6710, 6713, 'RemoteConfig'], [9112, 9112, 'OTA'], [1901, 1951, 'downlink'],
	[427, 522, 'device'], [0, Infinity, 'Other'],
];

test('each of the 143 codes of the log is found in the log', async () => {
	let found = 0;
	for (const code of logged) {
		const [, , service] = services.find(([first, last]) => code >= first && code <= last);
		const log = { code, service, operation: 'walk', content: `walk-${code}`, device: `${NODE.productKey}/${NODE.deviceName}` };
		const [record, ...more] = await under({ timeline: [{ id: 's', at: '0s', do: [{ log }] }] }, async () =>
			(await emulator.api('GET', `/log?service=${service}&status=failed&keyword=walk-${code}&after=0&wait=5`)).body.records);
		assert.deepEqual(more, []);
		assert.deepEqual([record.code, record.service, record.operation, record.content, record.productKey, record.deviceName, record.rule],
			[code, service, 'walk', `walk-${code}`, NODE.productKey, NODE.deviceName, 'walk/s']);
		found++;
	}
	assert.equal(found, 143);
});

test('each code of the log that no device is answered is told to a caller of the API', async () => {
	let told = 0;
	for (const code of logged.filter((one) => !answered.has(one))) {
		const parts = { rules: [{ id: 'r', on: 'api', match: { http: { path: { glob: '/properties/*' } } }, do: [{ reply: { code } }] }] };
		const { status, body } = await under(parts, () =>
			emulator.api('POST', `/properties/${GATEWAY.productKey}/${GATEWAY.deviceName}`, { params: { temp: 1 } }));
		assert.deepEqual([status, body.code], [409, String(code)]);
		told++;
	}
	assert.equal(told, 78);
});
