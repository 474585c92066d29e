/*
 * The JSON Schema of scenarios agrees with the loader, as far as a schema can: what is good is good for both, and a
 * table of mistakes is refused by both. That names exist, ids are taken and rules can fire is the loader's alone to say.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from './fake.js';

/* The npm packages of the tests are those of tests/interop. */
const require = createRequire(new URL('../interop/package.json', import.meta.url));
const { default: Ajv } = require('ajv/dist/2020.js');
const top = fileURLToPath(new URL('../../', import.meta.url));
const json = (path) => JSON.parse(readFileSync(path, 'utf8'));
const ajv = new Ajv({ strict: true, strictTypes: false, strictRequired: false, allErrors: true });
ajv.addSchema(json(join(top, 'emulator/schema/cloud.schema.json')));
const validate = ajv.compile(json(join(top, 'emulator/schema/scenario.schema.json')));

const folder = mkdtempSync(join(tmpdir(), 'alink-schema-'));
after(() => rmSync(folder, { recursive: true }));

/* What each of the two says: nothing when it is fine. */
const bySchema = (scenario) => (validate(scenario) ? '' : ajv.errorsText(validate.errors));
async function byLoader(scenario) {
	const path = join(folder, 'scenario.json');
	writeFileSync(path, JSON.stringify(scenario));
	const { code, err } = await run(['check', path]);
	return code ? err : '';
}

async function both(scenario) {
	assert.equal(bySchema(scenario), '');
	assert.equal(await byLoader(scenario), '');
}

/* --- good ones --- */

const library = join(top, 'scenarios');
for (const name of readdirSync(library).filter((file) => file.endsWith('.json')))
	test(`the library's ${name}`, () => both(json(join(library, name))));
for (const name of ['messages', 'timeline'])
	test(`the fuzzer's ${name}.json`, () => both(json(join(top, 'tests/fuzz/corpus/scenario', `${name}.json`))));
test('the one of the README', () => {
	const [, text] = /## Scenarios\n.*?```json\n(.*?)```/s.exec(readFileSync(join(top, 'README.md'), 'utf8'));
	return both(JSON.parse(text));
});

const rule = (more, on = 'publish.up') => ({ scenario: 1, rules: [{ id: 'r', on, ...more }] });
const act = (action, on) => rule({ do: [action] }, on);
const when = (what) => rule({ when: what, do: [{ drop: 'this' }] });
const match = (what, on) => rule({ match: what, do: [{ log: 'x' }] }, on);
const step = (more) => ({ scenario: 1, timeline: [{ at: '1s', do: [{ log: 'x' }], ...more }] });
const expects = (more) => ({ scenario: 1, expect: [{ id: 'e', ...more }] });
const head = (more) => ({ ...expects({ that: 'connect' }), ...more });

for (const [what, scenario] of Object.entries({
	'all of the head': head({
		$schema: 'scenario.schema.json', name: 'a.b-c_1', description: 'd', tags: ['x'], seed: 9007199254740991,
		clock: { mode: 'scaled', start: '2026-03-01T00:00:00Z', scale: 60 }, defaults: { per: 'gateway' }, vars: { v: [1, null] },
		fixtures: { products: [{ productKey: 'a1Fixture01' }], devices: [{ productKey: 'a1Fixture01', deviceName: 'dev_{1..3}' }] },
		stop: { after: '90s', when: 'all-expectations-decided', leave: 'keep' }, report: { junit: 'a/b..c.xml', json: './x.json', trace: 't' },
	}),
	'every when': rule({ set: { state: { door: 'open' }, inc: { n: 1 } }, do: [{ log: 'x' }], when: {
		per: 'global', nth: [1, '3..5', '9..'], skip: 0, every: 1, times: 3, cooldown: '1s', maxActive: 2, probability: 0.5,
		burst: { enter: 0.1, exit: 1 }, during: ['0ms', '1d'], state: { door: 'open' }, vars: { n: { ge: 2 } },
	} }),
	'every matcher of a message': match({
		product: '*', device: ['*/dn', '*'], gateway: '*', nodeType: 'device', tag: ['room=att*'], clientId: ['a*'],
		listener: 'tls', version: [4, 5], topic: '/sys/$pk/$dn/thing/#', method: ['property.post', 'thing.event.*.post'], msgId: { regex: '^1' },
		qos: { ge: 1 }, code: [200, 'SUCCESS'], params: { '$.temp': { tsl: 'ok' }, '$.list[0]': { in: [1, 2] }, "$['a b'].c": 'x' },
		payload: { $: { type: 'object' } }, state: ['online'], any: [{ qos: 1 }], all: [{ not: { qos: 0 } }], not: { state: { door: 'shut' } },
	}),
	'params as a whole': match({ params: { tsl: 'violates' } }),
	'a request': rule({ match: { http: { path: '/devices', method: { eq: 'GET' } } }, do: [{ delay: '1s' }, { reply: { code: 429 } }] }, 'api'),
	'every operator': match({ params: { '$.a': { eq: {}, ne: null, in: ['x'], gt: 0, ge: 0.5, lt: 9, le: 9, exists: true, glob: 'a*', regex: '[0-9]+',
		type: 'integer', contains: 'x', len: { lt: 3 } } } }),
	'every delay': rule({ sequence: ['250ms', { fixed: '1s' }, { uniform: ['1s', '2s'] }, { normal: { mean: '1s', sd: '0s' } },
		{ lognormal: { median: '1s', sigma: 0.4, max: '2s' } }, { pareto: { min: '1s', alpha: 2 } }, { ramp: { from: '1s', to: '2s', over: '1m' } }]
		.map((delay) => [{ delay }]), onEnd: 'cycle', set: { state: { a: 'b' }, vars: { x: 1 }, inc: { n: -1 } }, priority: -3, enabled: true, optional: true, note: 'n' }),
	'bending': rule({ do: [{ duplicate: { count: 2, gap: '1s', newId: true } }, { reorder: { hold: 2, max: '1s' } },
		{ mutate: { set: { '$.params.temp': 1 }, unset: ['$.id'], topic: '/x', qos: 0 } }, { corrupt: { mode: 'bitflip', bytes: 1 } },
		{ stale: { replay: 'first' } }] }, 'reply'),
	'answers': rule({ sequence: [[{ reply: { code: 'SUCCESS', message: 'm', data: null, merge: { '$.data.x': 1, id: '9' } } }], [{ reply: { raw: '' } }],
		[{ reply: { base64: 'AAE=' } }]] }),
	'an answer without a code replaces one': act({ reply: { data: 1 } }, 'reply'),
	'connections': { scenario: 1, rules: [{ id: 'a', on: 'connect', do: [{ refuse: { rc: 'close' } }] }, { id: 'b', on: 'connect', do: [{ takeover: { hold: '1s' } }] },
		{ id: 'c', on: 'subscribe', match: { topic: '+/a', qos: 1 }, do: [{ refuse: {} }] }, { id: 'd', on: 'unsubscribe', do: [{ checkpoint: 'gone' }] },
		{ id: 'e', on: 'connect', do: [{ kick: { reason: 'x' } }] }] },
	'everything by an operator': rule({ do: ['device.disable', 'device.enable', 'device.delete', 'device.kick', 'device.reset', 'topology.remove'].map((op) => ({ admin: { op, target: '*' } }))
		.concat({ admin: { op: 'secret.rotate', args: { secret: 'abc' } } }, { admin: { op: 'topology.add', args: { gateway: 'a/b' } } },
			{ admin: { op: 'ota.push', args: { version: '1', module: 'm' } } }, { admin: { op: 'config.off', args: { product: '*' } } },
			{ admin: { op: 'limits.set', args: { configBytes: 5 } } }, { admin: { op: 'options.set', args: { tlsOnly: true } } }) }, 'lifecycle'),
	'other actions': rule({ do: [{ error: { code: 520 } }, { push: { method: 'thing.service.property.set', params: { a: 1 }, qos: 1, id: 7, to: '*' } },
		{ push: { topic: '/a/b', params: 'bytes', id: 'x' } }, { clock: { advance: '1h' } }, { clock: { set: '2099-01-01T00:00:00Z' } }, { clock: { ntpSkew: '-5s' } },
		{ 'throttle.platform': { rate: 0, burst: 1 } }, { signal: 's' }, { log: { code: 9201, service: 'downlink', operation: 'o', content: 'c', device: '*' } }] }),
	'scripts': rule({ match: { topic: '/sys/#', payload: { '$.x': 1 } }, sequence: [[{ script: { fail: 26003 } }], [{ delay: '1s' }]] }, 'script'),
	'downloads': act({ http: { status: 503, headers: { 'Retry-After': '1' }, body: 'b', cutAfter: 10, ignoreRange: true, wrongLength: false, corruptAt: 0 } }, 'http.request'),
	'a timeline': { scenario: 1, timeline: [
		{ id: 'one', at: '0s', do: [{ kick: {} }], target: '*', repeat: { every: '10s', times: 3 }, note: 'n' },
		{ after: { step: 'one', plus: '1s' }, do: [{ push: { topic: '/x', to: '*' } }] },
		{ after: { event: 'publish.up', match: { qos: 1 } }, do: [{ 'throttle.platform': { off: true } }], target: '*' },
		{ after: { signal: 's' }, do: [{ takeover: {} }, ], target: 'a/b' }] },
	'every expectation': { scenario: 1, rules: [{ id: 'r', on: 'connect', do: [{ log: 'x' }] }], expect: [
		{ id: 'a', that: 'reply', match: { code: 200 }, count: { min: 2, max: 3 }, within: '1s', after: 'r', per: 'device', latency: '1s', severity: 'warn', note: 'n' },
		{ id: 'b', rule: 'r', fired: { exactly: 2 } }, { id: 'c', device: 'pk/dn', value: { '$.status': 'ONLINE' } }, { id: 'd', order: ['a', 'b'] },
		{ id: 'e', invariant: 'every-uplink-fits-the-tsl', match: { device: '*' } }, { id: 'f', that: 'publish.up', intervals: { min: '1s', max: '1m', growth: 2, jitter: 0.1 } },
		{ id: 'g', that: 'disconnect', never: true }, { id: 'h', that: 'connect', count: 0 }] },
}))
	test(`good: ${what}`, () => both(scenario));

/* --- bad ones --- */

for (const [what, scenario] of Object.entries({
	'no object': [],
	'no version': { rules: [] },
	'another version': { ...head(), scenario: 2 },
	'nothing in it': { scenario: 1 },
	'only an empty list': { scenario: 1, rules: [] },
	'an unknown key': head({ rulse: [] }),
	'a name with a blank': head({ name: 'a b' }),
	'a seed below 0': head({ seed: -1 }),
	'a seed that is a text': head({ seed: '1' }),
	'a tag that is no text': head({ tags: [1] }),
	'a clock of no mode': head({ clock: { start: '2026-03-01T00:00:00Z' } }),
	'an unknown clock': head({ clock: { mode: 'slow' } }),
	'a date in words': head({ clock: { mode: 'frozen', start: 'yesterday' } }),
	'a scale without scaling': head({ clock: { mode: 'real', scale: 2 } }),
	'scaling without a scale': head({ clock: { mode: 'scaled' } }),
	'per moon': head({ defaults: { per: 'moon' } }),
	'a variable with a blank': head({ vars: { 'a b': 1 } }),
	'fixtures with a version': head({ fixtures: { cloud: 1 } }),
	'a product without a key': head({ fixtures: { products: [{ nodeType: 'device' }] } }),
	'a stop that is soon': head({ stop: { after: 'soon' } }),
	'a stop when done': head({ stop: { when: 'done' } }),
	'a report outside': head({ report: { junit: '../x.xml' } }),
	'a report at the top': head({ report: { json: '/x.json' } }),
	'a report that is a folder': head({ report: { trace: 'x/' } }),
	'a report of nothing': head({ report: { junit: '' } }),
	'a report further outside': head({ report: { junit: 'a/../..' } }),

	'a rule without an id': { scenario: 1, rules: [{ on: 'connect', do: [{ log: 'x' }] }] },
	'a rule without an event': { scenario: 1, rules: [{ id: 'r', do: [{ log: 'x' }] }] },
	'an unknown event': act({ log: 'x' }, 'publish'),
	'an event of the wire': act({ log: 'x' }, 'ack.up'),
	'a rule that does nothing': rule({ note: 'x' }),
	'do and sequence': rule({ do: [{ log: 'x' }], sequence: [[{ log: 'x' }]] }),
	'an end without a sequence': rule({ do: [{ log: 'x' }], onEnd: 'stay' }),
	'an empty sequence': rule({ sequence: [] }),
	'a sequence of objects': rule({ sequence: [{}] }),
	'an empty do': rule({ do: [] }),
	'a priority in words': rule({ do: [{ log: 'x' }], priority: 'high' }),
	'a half priority': rule({ do: [{ log: 'x' }], priority: 0.5 }),

	'an unknown action': act({ drops: 'this' }),
	'an action of the wire': act({ connack: 4 }),
	'an action that is a text': rule({ do: ['drop'] }),
	'two actions in one': act({ drop: 'this', delay: '1s' }),
	'an empty action': act({}),
	'dropping that': act({ drop: 'that' }),
	'an action of another event': act({ refuse: {} }),
	'dropping a lifecycle': act({ drop: 'this' }, 'lifecycle'),
	'a delay on connect': act({ delay: '1s' }, 'connect'),
	'http without a download': act({ http: { status: 500 } }),
	'a drop in a sequence of connects': rule({ sequence: [[{ drop: 'this' }]] }, 'connect'),
	'refusing with 4': act({ refuse: { rc: 4 } }, 'connect'),
	'refusing a filter with a code': act({ refuse: { rc: 5 } }, 'subscribe'),
	'an empty reply': act({ reply: {} }),
	'a reply without a code in the platform\'s place': act({ reply: { data: 1 } }),
	'a reply twice the whole': act({ reply: { raw: 'a', code: 200 } }),
	'a reply that is no Base64': act({ reply: { base64: '?' } }),
	'a code that is no code': act({ reply: { code: 6289012 } }),
	'a delay without a unit': act({ delay: '5' }),
	'a delay of half a second': act({ delay: '0.5s' }),
	'a delay drawn twice': act({ delay: { fixed: '1s', uniform: ['1s', '2s'] } }),
	'a delay drawn nowhere': act({ delay: {} }),
	'a delay between three': act({ delay: { uniform: ['1s', '2s', '3s'] } }),
	'a shape without a width': act({ delay: { lognormal: { median: '1s' } } }),
	'a shape of 0': act({ delay: { pareto: { min: '1s', alpha: 0 } } }),
	'no copy': act({ duplicate: { count: 0 } }),
	'101 copies': act({ duplicate: { count: 101 } }),
	'a bent name': act({ mutate: { set: { temp: 1 } } }),
	'bent QoS 2': act({ mutate: { qos: 2 } }),
	'nothing bent': act({ mutate: {} }),
	'an unknown corruption': act({ corrupt: { mode: 'a-bit' } }),
	'a stale middle one': act({ stale: { replay: 'middle' } }),
	'a push of nothing': act({ push: {} }),
	'a push of two things': act({ push: { method: 'a.b', topic: '/a' } }),
	'a push to a filter': act({ push: { topic: '/a/+' } }),
	'a push of a path': act({ push: { method: 'a/b' } }),
	'an unknown operation': act({ admin: { op: 'device.disabel' } }),
	'an operation\'s unknown argument': act({ admin: { op: 'device.kick', args: { x: 'y' } } }),
	'an operation without its argument': act({ admin: { op: 'topology.add' } }),
	'an upgrade to nowhere': act({ admin: { op: 'ota.push', args: { module: 'm' } } }),
	'an unknown limit': act({ admin: { op: 'limits.set', args: { logins: 1 } } }),
	'an option\'s unknown value': act({ admin: { op: 'options.set', args: { tlsOnly: 'perhaps' } } }),
	'no limit': act({ admin: { op: 'limits.set', args: {} } }),
	'a throttle without a rate': act({ 'throttle.platform': {} }),
	'a clock that stands': act({ clock: {} }),
	'a clock in two ways': act({ clock: { advance: '1s', ntpSkew: '1s' } }),
	'a log of an unknown service': act({ log: { service: 'Otherr' } }),
	'a script without a failure': act({ script: {} }, 'script'),
	'a script of a connect': act({ script: { fail: 26003 } }, 'connect'),
	'an answer to a script': act({ reply: { code: 200 } }, 'script'),
	'a matcher that scripts lack': match({ params: { '$.x': 1 } }, 'script'),
	'an empty signal': act({ signal: '' }),
	'a status of 99': act({ http: { status: 99 } }, 'http.request'),
	'a header of two lines': act({ http: { headers: { a: 'b\nc' } } }, 'http.request'),
	'a header with a colon': act({ http: { headers: { 'a:': 'b' } } }, 'http.request'),

	'an unknown matcher': match({ devise: 'x' }),
	'a matcher of another event': match({ qos: 1 }, 'lifecycle'),
	'a method of a connect': match({ method: 'property.post' }, 'connect'),
	'an empty list': match({ product: [] }),
	'a list of numbers': match({ device: [1] }),
	'a topic that is none': match({ topic: 'a/b' }),
	'a tag without a value': match({ tag: 'room' }),
	'half a QoS': match({ qos: 0.5 }),
	'a QoS in words': match({ qos: 'one' }),
	'a bare name in params': match({ params: { temp: 1 } }),
	'an unknown operator': match({ params: { '$.temp': { gee: 1 } } }),
	'an operator of the wrong type': match({ params: { '$.temp': { ge: '1' } } }),
	'a matcher without an operator': match({ params: { '$.temp': {} } }),
	'in nothing': match({ params: { '$.temp': { in: [] } } }),
	'tsl of a payload': match({ payload: { '$.x': { tsl: 'ok' } } }),
	'tsl beside something': match({ params: { '$.x': { tsl: 'ok', ge: 1 } } }),
	'tsl that may be': match({ params: { tsl: 'maybe' } }),
	'an unknown state': match({ state: 'asleep' }),
	'any of nothing': match({ any: [] }),
	'a mistake within any': match({ any: [{ devise: 1 }] }),
	'a mistake within not': match({ not: { listener: 'ws' } }),
	'a range as a number': match({ http: { range: 1 } }, 'http.request'),

	'never': when({ times: 0 }),
	'no nth': when({ nth: [] }),
	'the 0th': when({ nth: 0 }),
	'the xth': when({ nth: 'x' }),
	'every 0th': when({ every: 0 }),
	'no chance': when({ probability: 0 }),
	'more than certain': when({ probability: 1.5 }),
	'no bad times': when({ burst: { enter: 0, exit: 1 } }),
	'bad times for ever': when({ burst: { enter: 1 } }),
	'during one time': when({ during: '5s' }),
	'during three': when({ during: ['1s', '2s', '3s'] }),
	'an unknown when': when({ nht: 1 }),
	'adding a text': rule({ set: { inc: { n: 'x' } } }),

	'a step at no time': { scenario: 1, timeline: [{ do: [{ log: 'x' }] }] },
	'a step at two': step({ after: { signal: 's' } }),
	'a step that does nothing': { scenario: 1, timeline: [{ at: '1s' }] },
	'a step that drops': step({ do: [{ drop: 'this' }] }),
	'a kick without a target': step({ do: [{ kick: {} }] }),
	'a push without a target': step({ do: [{ push: { method: 'a.b' } }] }),
	'after nothing': { scenario: 1, timeline: [{ after: {}, do: [{ log: 'x' }] }] },
	'after two things': { scenario: 1, timeline: [{ after: { signal: 's', event: 'connect' }, do: [{ log: 'x' }] }] },
	'a match without an event': { scenario: 1, timeline: [{ after: { signal: 's', match: {} }, do: [{ log: 'x' }] }] },
	'a match of another event': { scenario: 1, timeline: [{ after: { event: 'connect', match: { method: 'property.post' } }, do: [{ log: 'x' }] }] },
	'repeated without a time': step({ repeat: { times: 3 } }),

	'an expectation of nothing': expects({ within: '1s' }),
	'an expectation of two things': expects({ that: 'reply', rule: 'e' }),
	'an expectation without an id': { scenario: 1, expect: [{ that: 'reply' }] },
	'a firing event': expects({ that: 'reply', fired: 1 }),
	'a count of an invariant': expects({ invariant: 'every-uplink-fits-the-tsl', count: 1 }),
	'an empty count': expects({ that: 'reply', count: {} }),
	'exactly, and more': expects({ that: 'reply', count: { exactly: 1, min: 1 } }),
	'a count below 0': expects({ that: 'reply', count: -1 }),
	'the latency of a connect': expects({ that: 'connect', latency: '1s' }),
	'growth that shrinks': expects({ that: 'connect', intervals: { growth: 0.5 } }),
	'jitter of 1': expects({ that: 'connect', intervals: { jitter: 1 } }),
	'an unknown invariant': expects({ invariant: 'no-two-inflight-requests-share-an-ID' }),
	'an order of one': expects({ order: ['e'] }),
	'a device without a product': expects({ device: 'dev1' }),
	'any device': expects({ device: '*/dev1' }),
	'an unknown severity': expects({ that: 'reply', severity: 'bad' }),
	'a matcher of another event, expected': expects({ that: 'connect', match: { method: 'property.post' } }),
}))
	test(`bad: ${what}`, async () => {
		assert.notEqual(await byLoader(scenario), '', 'the loader takes it');
		assert.notEqual(bySchema(scenario), '', 'the schema takes it');
	});
