/*
 * The API's description of itself: valid OpenAPI, and true. Every route is called, and its answer must be the
 * documented one, member for member.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import { Device, sign, triple } from './device.js';
import { Emulator } from './emulator.js';

const folder = mkdtempSync(join(tmpdir(), 'alink-openapi-'));
const emulator = await Emulator.start();
after(async () => {
	await emulator.stop();
	rmSync(folder, { recursive: true, force: true });
});

const document = (await emulator.api('GET', '/openapi.json')).body;
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
	Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })));

/* A document may hide members; here none may be left out of it. */
function closed(schema) {
	if (Array.isArray(schema))
		return schema.map(closed);
	if (typeof schema !== 'object' || schema === null)
		return schema;
	const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
	return copy.type === 'object' && copy.properties ? { additionalProperties: false, ...copy } : copy;
}

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema({ ...closed(document), $id: 'api' });
const pointer = (...parts) => `api#/${parts.map((part) => encodeURIComponent(part.replaceAll('~', '~0').replaceAll('/', '~1'))).join('/')}`;

/* The answer must be one of the documented, and of its form. */
function judge(method, path, { status, body }) {
	const { responses } = document.paths[path][method.toLowerCase()];
	const schema = responses[status]
		? pointer('paths', path, method.toLowerCase(), 'responses', String(status), 'content', 'application/json', 'schema')
		: 'api#/components/schemas/Refusal';
	const validate = ajv.getSchema(schema);
	assert.ok(validate(body), `${method} ${path}: ${status} ${JSON.stringify(body).slice(0, 400)}\n${ajv.errorsText(validate.errors)}`);
}

const called = new Set();
async function call(method, path, names, body, query = '') {
	called.add(`${method} ${path}`);
	const url = path.replace(/\{(\w+)\}/g, (_, name) => {
		assert.ok(name in names, `what {${name}} of ${method} ${path} is has to be said in this test`);
		return encodeURIComponent(names[name]);
	});
	const answer = await emulator.api(method, url + query, body);
	judge(method, path, answer);
	return answer;
}

/* Answers whatever it is asked. */
async function obliging(identity) {
	const { host, port } = emulator.listener('mqtt');
	const device = await Device.connect(`mqtt://${host}:${port}`, sign(identity, { more: ['_ss=1'] }));
	device.client.on('message', (topic, payload) => {
		const answers = /\/rrpc\/request\//.test(topic) ? topic.replace('/request/', '/response/') : `${topic}_reply`;
		let id = '0';
		try { id = JSON.parse(payload).id ?? id; } catch { /* bytes of our own */ }
		if (/^\/(sys|ext\/rrpc)\//.test(topic))
			device.client.publish(answers, JSON.stringify({ id, code: 200, data: {} }));
	});
	return device;
}

const thermo = { productKey: 'a1Interop01', deviceName: 'thermo-01' };
const gateway = { productKey: 'a1EmuGate01', deviceName: 'gw-0001' };
const node = { subProductKey: 'a1OpenApiSub', subDeviceName: 'node_1' };
const firmware = join(folder, 'fw.bin');
writeFileSync(firmware, 'firmware');
const cloudFile = join(folder, 'cloud.json');
writeFileSync(cloudFile, JSON.stringify({
	cloud: 1,
	products: [{ productKey: 'a1OpenApiSub', nodeType: 'sub-device' }],
	devices: [{ productKey: 'a1OpenApiSub', deviceName: 'node_{1..2}' }],
}));

/* Of everything that a report can hold one: a rule that fires, one that never does, an expectation that fails. */
const described = {
	scenario: 1, name: 'described', description: 'All of a report.', tags: ['test'],
	rules: [
		{ id: 'fires', on: 'publish.up', match: { method: 'property.post' }, do: [{ checkpoint: 'posted' }] },
		{ id: 'never', on: 'publish.up', match: { method: 'property.post', device: 'thermo-02' }, do: [{ drop: 'this' }] },
	],
	timeline: [{ id: 'begin', at: '0ms', do: [{ checkpoint: 'begun' }] }],
	expect: [{ id: 'seven-posts', that: 'publish.up', match: { method: 'property.post' }, count: { min: 7 } }],
};

test('is valid OpenAPI', async () => {
	const { valid, errors } = await new Validator().validate(structuredClone(document));
	assert.ok(valid, JSON.stringify(errors, null, '\t'));
});

test('gives each operation a name of its own', () => {
	const ids = operations.map(({ operation }) => operation.operationId);
	assert.deepEqual(ids.filter((id, index) => ids.indexOf(id) !== index), []);
});

/* A schema that allows everything says nothing: the route has no row in plugin/cloud/api_answer.c. */
test('says of each route what it answers', () => {
	const free = ['GET /products/{productKey}/tsl'];   /* a thing model, as it was given */
	const silent = operations.filter(({ operation }) => Object.entries(operation.responses).some(([status, response]) =>
		status !== 'default' && Object.keys(response.content['application/json'].schema).length === 0));
	assert.deepEqual(silent.map(({ method, path }) => `${method} ${path}`), free);
});

describe('answers as documented', () => {
	const devices = [];
	after(() => Promise.all(devices.map((device) => device.end())));

	test('what is changed, in this order', async () => {
		devices.push(await obliging({ ...triple(1) }));
		devices.push(await obliging({ ...gateway, deviceSecret: '0123456789abcdef0123456789abcdef' }));
		await devices[0].subscribe('/a1Interop01/thermo-01/user/get', '/sys/a1Interop01/thermo-01/secure_tunnel/notify');
		await devices[0].publish('/ota/device/inform/a1Interop01/thermo-01', { id: '1', params: { version: '1.0.0' } });
		await devices[0].publish('/sys/a1Interop01/thermo-01/thing/event/property/post',
			{ id: '2', version: '1.0', params: { temp: 20 }, method: 'thing.event.property.post' });

		const done = async (status, ...args) => {
			const answer = await call(...args);
			assert.equal(answer.status, status, JSON.stringify(answer.body));
			return answer.body;
		};
		const named = { productKey: 'a1OpenApi01' };
		await done(200, 'POST', '/cloud', {}, { files: [cloudFile] });
		await done(201, 'POST', '/snapshots', {}, { name: 'before' });
		await done(201, 'POST', '/products', {}, { productKey: 'a1OpenApi01', nodeType: 'device' });
		await done(200, 'POST', '/products/{productKey}', named, { name: 'Named' });
		await done(200, 'PUT', '/products/{productKey}/tsl', named, { tsl: { properties: [], events: [], services: [] } });
		await done(200, 'PUT', '/products/{productKey}/script', named, { script: 'function transformPayload() {}' });
		await done(200, 'DELETE', '/products/{productKey}/script', named);
		await done(404, 'DELETE', '/products/{productKey}/script', named);
		await done(200, 'PUT', '/products/{productKey}/script', { productKey: thermo.productKey }, { script: '/* none yet */' });
		await done(201, 'POST', '/devices', {}, { ...named, deviceName: 'made-1' });
		const made = { ...named, deviceName: 'made-1' };
		await done(200, 'POST', '/devices/{productKey}/{deviceName}/disable', made, {});
		await done(200, 'POST', '/devices/{productKey}/{deviceName}/enable', made, {});
		await done(200, 'POST', '/devices/{productKey}/{deviceName}/reset', made, {});
		await done(409, 'POST', '/devices/{productKey}/{deviceName}/kick', made, {});
		await done(200, 'DELETE', '/devices/{productKey}/{deviceName}', made);
		await done(404, 'DELETE', '/devices/{productKey}/{deviceName}', made);

		await done(200, 'POST', '/topology/{productKey}/{deviceName}', gateway,
			{ subDevices: [{ productKey: node.subProductKey, deviceName: node.subDeviceName }] });
		const bound = '/topology/{productKey}/{deviceName}/{subProductKey}/{subDeviceName}';
		await done(200, 'DELETE', bound, { ...gateway, ...node });
		await done(200, 'PUT', bound, { ...gateway, ...node }, {});
		await done(200, 'POST', '/topology/{productKey}/{deviceName}/notify', gateway,
			{ subDevices: [{ productKey: node.subProductKey, deviceName: node.subDeviceName }] });
		await done(200, 'POST', '/topology/{productKey}/{deviceName}/permit', gateway, { time: 60 });
		await done(409, 'POST', '/topology/{productKey}/{deviceName}/config', gateway, { url: 'http://127.0.0.1/x' });

		await done(200, 'POST', '/properties/{productKey}/{deviceName}', thermo, { params: { temp: 22 } });
		await done(409, 'POST', '/properties/{productKey}/{deviceName}/fetch', thermo, { properties: ['temp'] });
		await done(200, 'POST', '/desired/{productKey}/{deviceName}', thermo, { params: { temp: 23, power: 1 } });
		await done(200, 'POST', '/desired/{productKey}/{deviceName}/delete', thermo, { properties: ['power'] });
		await done(200, 'POST', '/tags/{productKey}/{deviceName}', thermo, { tags: { room: 'attic', floor: '2' } });
		await done(200, 'POST', '/tags/{productKey}/{deviceName}/delete', thermo, { tags: ['floor'] });
		await done(409, 'POST', '/services/{productKey}/{deviceName}/{service}', { ...thermo, service: 'nothing' }, { params: {} });
		await done(200, 'POST', '/rrpc/{productKey}/{deviceName}', thermo, { payload: 'hello' });
		await done(200, 'POST', '/shadows/{productKey}/{deviceName}', thermo, { desired: { mode: 'eco' } });

		const product = { productKey: thermo.productKey };
		await done(200, 'POST', '/configs/{productKey}', product, { content: { interval: 30 } });
		await done(200, 'POST', '/configs/{productKey}/on', product, {});
		await done(200, 'POST', '/configs/{productKey}/push', product, {});
		await done(200, 'POST', '/configs/{productKey}/off', product, {});
		const version = { module: 'default', version: '1.1.0' };
		await done(201, 'POST', '/firmware', {}, { ...product, ...version, files: [firmware] });
		await done(201, 'POST', '/upgrades/{productKey}/{deviceName}', thermo, { ...version, needConfirm: true });
		await done(200, 'POST', '/upgrades/{productKey}/{deviceName}/confirm', thermo, {});
		await done(200, 'POST', '/upgrades/{productKey}/{deviceName}/cancel', thermo, {});
		await done(201, 'POST', '/firmware', {}, { ...product, module: 'default', version: '1.2.0', files: [firmware] });
		await done(200, 'DELETE', '/firmware/{productKey}/{module}/{version}', { ...product, module: 'default', version: '1.2.0' });

		await done(201, 'POST', '/jobs', {}, { jobDocument: { do: 1 }, devices: [thermo] });
		const { jobId } = await done(201, 'POST', '/jobs/{productKey}/{deviceName}', thermo, { jobDocument: { do: 2 } });
		await done(200, 'POST', '/jobs/{jobId}/cancel', { jobId }, {});
		await done(200, 'POST', '/jobs/{jobId}/remove', { jobId }, {});
		names.jobId = jobId;

		await done(200, 'POST', '/messages/{productKey}/{deviceName}', thermo,
			{ topic: '/a1Interop01/thermo-01/user/get', payload: 'x' });
		await done(200, 'POST', '/broadcasts/{productKey}', product, { payload: 'x' });

		const file = join(folder, 'fresh.json');
		writeFileSync(file, JSON.stringify({ scenario: 1, name: 'of-a-file', timeline: [{ id: 'then', at: '1s', do: [{ log: 'then' }] }] }));
		await done(201, 'POST', '/scenarios', {}, { path: file });
		await done(201, 'POST', '/scenarios', {}, { scenario: described });
		await done(400, 'POST', '/scenarios', {}, { scenario: { scenario: 1, name: 'bad', rules: [{ on: 'nothing' }] } });
		await devices[0].publish('/sys/a1Interop01/thermo-01/thing/event/property/post',
			{ id: '3', version: '1.0', params: { temp: 21 }, method: 'thing.event.property.post' });
		await done(200, 'POST', '/scenarios/{name}/stop', { name: 'of-a-file' }, {});
		await done(404, 'POST', '/scenarios/{name}/stop', { name: 'nobody' }, {});
		await done(200, 'DELETE', '/scenarios/{name}', { name: 'of-a-file' });
		await done(200, 'POST', '/clock', {}, { advanceMs: 1 });
		await done(409, 'POST', '/clock', {}, { advanceMs: -1 });

		await done(200, 'POST', '/devices/{productKey}/{deviceName}/bootstrap', thermo, {});
		await done(200, 'POST', '/devices/{productKey}/{deviceName}/log-mode', thermo, { mode: 1 });
		await done(200, 'POST', '/devices/{productKey}/{deviceName}/tunnel', thermo, {});
	});

	/* What stands for the names of paths. */
	const names = { ...thermo, code: '6287', token: 'cfg0', name: 'described' };

	for (const { path } of operations.filter(({ method }) => method === 'GET')) {
		test(`GET ${path}`, async () => {
			const { status } = await call('GET', path, path.startsWith('/topology/') ? gateway : names);
			/* of a URL that no device was sent */
			assert.equal(status, path === '/files/{token}' ? 403 : 200);
		});
	}

	const sub = { productKey: node.subProductKey, deviceName: node.subDeviceName };
	for (const [status, query, device] of [
		[200, 'mode=login', sub], [200, 'mode=topo-add', sub], [200, 'tls=true&timestamp=1700000000000&signMethod=hmacmd5', names],
		[200, 'mode=register', names], [200, 'mode=regnwl', names], [200, 'mode=preauth', names],
		[409, 'mode=connwl', names], [409, 'mode=psk', names], [400, 'mode=nonsense', names],
	]) {
		test(`GET credentials?${query}`, async () => {
			const answer = await call('GET', '/devices/{productKey}/{deviceName}/credentials', device, undefined, `?${query}`);
			assert.equal(answer.status, status, JSON.stringify(answer.body));
		});
	}

	test('what takes the rest away', async () => {
		const { status, body } = await call('POST', '/scenarios/stop', {}, {});
		assert.deepEqual([status, body.scenarios.map(({ name, verdict }) => [name, verdict])], [200, [['described', 'failed']]]);
		assert.equal((await call('POST', '/snapshots/{name}/restore', { name: 'before' }, {})).status, 200);
		assert.equal((await call('DELETE', '/snapshots/{name}', { name: 'before' })).status, 200);
		assert.equal((await call('POST', '/reset', {}, { connections: 'drop' })).status, 200);
	});

	test('no route was left out', () => {
		assert.deepEqual(operations.map(({ method, path }) => `${method} ${path}`).filter((name) => !called.has(name)), []);
	});
});

describe('refuses as documented', () => {
	const refusal = (status, code) => async (method, path, body) => {
		const answer = await emulator.api(method, path, body);
		assert.deepEqual([answer.status, answer.body.code], [status, code], JSON.stringify(answer.body));
		const validate = ajv.getSchema('api#/components/schemas/Refusal');
		assert.ok(validate(answer.body), JSON.stringify(answer.body));
	};

	test('paths that are none', async () => {
		for (const path of ['/nothing', '/devices/', '/devices/a', '/devices/a/b/c', '/', '/status/now'])
			await refusal(404, 'NotFound')('GET', path);
	});

	test('methods that a path does not take', async () => {
		await refusal(405, 'MethodNotAllowed')('POST', '/status', {});
		await refusal(405, 'MethodNotAllowed')('DELETE', '/devices');
		await refusal(405, 'MethodNotAllowed')('PATCH', '/devices/a1Interop01/thermo-01', {});
		await refusal(405, 'MethodNotAllowed')('GET', '/reset');
	});

	for (const [what, path, body] of [
		['an unknown member', '/devices', { productKey: 'a1Interop01', deviceName: 'x-1', deviceNam: 'x' }],
		['a missing one', '/devices', { productKey: 'a1Interop01' }],
		['one of another type', '/devices', { productKey: 'a1Interop01', deviceName: 7 }],
		['a body that is no object', '/devices', []],
		['members where none belong', '/devices/a1Interop01/thermo-01/enable', { now: true }],
	])
		test(what, () => refusal(400, 'BadRequest')('POST', path, body));

	test('an unknown name in the query', () => refusal(400, 'BadRequest')('GET', '/devices?nam=x'));
	test('a number that is out of range', () => refusal(400, 'BadRequest')('GET', '/devices?limit=0'));
	test('what is not there', () => refusal(404, 'NotFound')('GET', '/devices/a1Interop01/nobody'));
	test('another media type', async () => {
		const response = await fetch(`${emulator.httpUrl}/emulator/v1/reset`, { method: 'POST', body: '{}' });
		const body = await response.json();
		assert.deepEqual([response.status, body.code], [415, 'UnsupportedMediaType']);
	});
});
