/* Services, desired values, tags and products: what is asked of the emulator, and what is shown of its answer. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Fake, run, words } from './fake.js';

let fake, folder;
before(async () => {
	fake = await Fake.start();
	folder = await mkdtemp(join(tmpdir(), 'alink-cli-'));
});
after(async () => {
	fake.stop();
	await rm(folder, { recursive: true });
});

const here = () => ({ ALINK_HTTP_URL: fake.url });
const desired = { desired: { temp: { value: 21.50, version: 3, time: 1700000000123 } } };
const tags = {
	tags: [{ attrKey: 'room', attrValue: 'attic' },
		{ attrKey: 'SYS_LP_SDK_VERSION', attrValue: '3.0.1', domain: 'SYSTEM' }],
};
const product = {
	productKey: 'a1New000001', productSecret: 'secret', name: 'Gate', nodeType: 'gateway', dataFormat: 'raw',
	validation: 'weak', dynamicRegistration: true, tsl: { properties: [{}], services: [{}] }, devices: 0,
};
const shownDesired = `\
PROPERTY  VERSION  TIME                     VALUE
temp      3        2023-11-14T22:13:20.123  21.5
`;
const shownTags = `\
TAG                 DOMAIN  VALUE
room                -       attic
SYS_LP_SDK_VERSION  SYSTEM  3.0.1
`;
const shownProduct = `\
product key           a1New000001
product secret        secret
name                  Gate
node type             gateway
data format           raw
validation            weak
dynamic registration  yes
thing model           1 property, 0 events, 1 service
devices               0
`;

/* [line, method, path, body as sent, answer, what is printed for a person] */
for (const [line, method, path, body, answer, out] of [
	['service call a1Pump00001 pump flush secs=5 note=oil', 'POST', '/services/a1Pump00001/pump/flush',
		'{"params":{"secs":5,"note":"oil"}}', { id: '7', code: 200, data: { volume: 1.4 } },
		'code           200\nid             7\ndata           {"volume":1.4}\nfailed checks  -\n'],
	['service call a1Pump00001 pump Motor:start', 'POST', '/services/a1Pump00001/pump/Motor%3Astart', '{"params":{}}',
		{ id: '8', code: 200, data: {}, checkFailedData: { x: { value: 1, code: 6304, message: 'no' } } },
		'code           200\nid             8\ndata           {}\nfailed checks  {"x":{"value":1,"code":6304,"message":"no"}}\n'],
	['service call a1Pump00001 pump reboot --sync --wait 2s', 'POST', '/services/a1Pump00001/pump/reboot',
		'{"params":{},"sync":true,"timeoutMs":2000}', { id: '9', code: 200, data: {} }],
	['service call a1Pump00001 pump reboot --async', 'POST', '/services/a1Pump00001/pump/reboot',
		'{"params":{},"sync":false}', { id: '9', code: 200, data: {} }],
	['service rrpc a1Pump00001 pump {"a":1} --topic /a1Pump00001/pump/user/ask --wait 500ms', 'POST', '/rrpc/a1Pump00001/pump',
		'{"payload":"{\\"a\\":1}","topic":"/a1Pump00001/pump/user/ask","timeoutMs":500}',
		{ messageId: '1000000000000000007', payload: null, payloadBase64: '/wA=' },
		'message id  1000000000000000007\npayload     -\nbase64      /wA=\n'],
	['property fetch a1Pump00001 pump temp Motor:limit', 'POST', '/properties/a1Pump00001/pump/fetch',
		'{"properties":["temp","Motor:limit"]}', { id: '3', code: 200, data: { temp: 1 } },
		'code  200\nid    3\ndata  {"temp":1}\n'],
	['property desired a1Pump00001 pump', 'GET', '/desired/a1Pump00001/pump', '', desired, shownDesired],
	['desired get a1Pump00001 pump', 'GET', '/desired/a1Pump00001/pump', '', { desired: {} }, 'no desired values\n'],
	['desired set a1Pump00001 pump temp=21.50', 'POST', '/desired/a1Pump00001/pump', '{"params":{"temp":21.50}}',
		{ sent: true, ...desired }, shownDesired],
	['desired delete a1Pump00001 pump speed Motor:limit', 'POST', '/desired/a1Pump00001/pump/delete',
		'{"properties":["speed","Motor:limit"]}', desired, shownDesired],
	['tag get a1Pump00001 pump', 'GET', '/tags/a1Pump00001/pump', '', { tags: [] }, 'no tags\n'],
	['tag set a1Pump00001 pump room=attic floor=3', 'POST', '/tags/a1Pump00001/pump',
		'{"tags":{"room":"attic","floor":3}}', tags, shownTags],
	['tag delete a1Pump00001 pump floor', 'POST', '/tags/a1Pump00001/pump/delete', '{"tags":["floor"]}', tags, shownTags],
	['product create a1New000001', 'POST', '/products', '{"productKey":"a1New000001"}', product, shownProduct],
	['product create a1New000001 --secret secret --name Gate --node-type gateway --raw --validation weak --dynamic-registration',
		'POST', '/products', '{"productKey":"a1New000001","productSecret":"secret","name":"Gate","nodeType":"gateway",' +
		'"dataFormat":"raw","validation":"weak","dynamicRegistration":true}', product, shownProduct],
	['product set a1New000001 --validation none --no-dynamic-registration', 'POST', '/products/a1New000001',
		'{"validation":"none","dynamicRegistration":false}', product, shownProduct],
	['product export a1New000001', 'GET', '/products/a1New000001/tsl', '', '{"properties":[ ]}', '{"properties":[ ]}\n'],
]) {
	test(line, async () => {
		fake.will([200, answer]);
		const ran = await run(words(line), here());
		assert.deepEqual(fake.requests.map((request) => [request.method, request.path, request.text]),
			[[method, `/emulator/v1${path}`, body]]);
		assert.deepEqual({ err: ran.err, code: ran.code }, { err: '', code: 0 });
		if (out)
			assert.equal(ran.out, out);
	});
}

test('product import sends the file as it is', async () => {
	const path = join(folder, 'model.json');
	await writeFile(path, '\ufeff{\n\t"properties": [ ],\r\n\t"big": 9007199254740993.10\n}\n');
	fake.will([200, product]);
	const ran = await run(['product', 'import', 'a1New000001', path], here());
	assert.deepEqual(ran, { out: shownProduct, err: '', code: 0 });
	const [request] = fake.requests;
	assert.deepEqual([request.method, request.path, request.text], ['PUT', '/emulator/v1/products/a1New000001/tsl',
		'{"tsl":{\n\t"properties": [ ],\r\n\t"big": 9007199254740993.10\n}\n}']);
	assert.equal(request.headers['content-type'], 'application/json');
});

test('product import: a file that is no JSON is told by its place, and nothing is sent', async () => {
	const path = join(folder, 'broken.json');
	await writeFile(path, '{\n\t"properties": [ },\n}\n');
	fake.will();
	const ran = await run(['product', 'import', 'a1New000001', path], here());
	assert.equal(ran.out, '');
	assert.ok(ran.err.startsWith(`alink-emulator product: ${path}:2:18: `), ran.err);
	assert.equal(ran.code, 1);
	assert.equal(fake.requests.length, 0);
});

test('product import: a file that is not there', async () => {
	const path = join(folder, 'nothing.json');
	fake.will();
	const ran = await run(['product', 'import', 'a1New000001', path], here());
	assert.deepEqual(ran, { out: '', err: `alink-emulator product: ${path} cannot be read: No such file or directory\n`, code: 1 });
	assert.equal(fake.requests.length, 0);
});

test('product import: a model that the emulator refuses', async () => {
	const path = join(folder, 'refused.json');
	await writeFile(path, '{}');
	fake.will([400, { code: 'BadRequest', message: '1:74: property `temp`: no such type' }]);
	const ran = await run(['product', 'import', 'a1New000001', path], here());
	assert.deepEqual(ran, { out: '', err: 'alink-emulator: BadRequest: 1:74: property `temp`: no such type\n', code: 1 });
});
