/* check: judges files by what they hold, without an emulator. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from './fake.js';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'alink-check-')); });
after(() => rmSync(folder, { recursive: true }));

const file = (name, text) => {
	const path = join(folder, name);
	writeFileSync(path, text);
	return path;
};

const goodCloud = `{
	"cloud": 1,
	"products": [ { "productKey": "a1EmuGate01", "name": "Gateway", "nodeType": "gateway" } ],
	"devices": [ { "productKey": "a1EmuGate01", "deviceName": "gw-0001" } ]
}`;
const badCloud = `{
	"cloud": 1,
	"prodcuts": []
}`;
const goodModel = '{ "properties": [ { "identifier": "temp", "name": "temp", "accessMode": "rw", "required": false, ' +
	'"dataType": { "type": "int", "specs": { "min": "0", "max": "120" } } } ], "events": [], "services": [] }';
const badModel = '{ "properties": [\n{ "identifier": "temp", "name": "temp", "accessMode": "rw", "required": false, ' +
	'"dataType": { "type": "integer", "specs": {} } } ] }';

test('fine files are nothing to talk about', async () => {
	const ran = await run(['check', file('cloud.json', goodCloud), file('tsl.json', goodModel)]);
	assert.deepEqual(ran, { out: '', err: '', code: 0 });
});

test('a cloud file\'s unknown key, with a suggestion', async () => {
	const path = file('bad.json', badCloud);
	const ran = await run(['check', path]);
	assert.ok(ran.err.startsWith(`${path}:3:2: `), ran.err);
	assert.match(ran.err, /prodcuts.*products/);
	assert.equal(ran.out, '');
	assert.equal(ran.code, 1);
});

test('a thing model\'s unknown type', async () => {
	const path = file('bad.tsl', badModel);
	const ran = await run(['check', path]);
	assert.match(ran.err, /:2:\d+: .*integer/);
	assert.ok(ran.err.startsWith(`${path}:2:`), ran.err);
	assert.equal(ran.code, 1);
});

test('a model of several modules is an array', async () => {
	assert.deepEqual(await run(['check', file('modules.json', `[${goodModel}]`)]), { out: '', err: '', code: 0 });
});

const rule = (match) => `{ "scenario": 1,
	"rules": [ { "id": "lost", "on": "reply", "match": ${match}, "do": [ { "drop": "this" } ] } ] }`;

test('a scenario is judged with the cloud files beside it, wherever they stand', async () => {
	const cloud = file('cloud.json', goodCloud);
	const good = file('scenario.json', rule('{ "device": "a1EmuGate01/gw-0001" }'));
	assert.deepEqual(await run(['check', good, cloud]), { out: '', err: '', code: 0 });
	const bad = file('ghost.json', rule('{ "product": "a1EmuGate02" }'));
	const ran = await run(['check', bad, good, cloud]);
	assert.ok(ran.err.startsWith(`${bad}:2:`), ran.err);
	assert.match(ran.err, /no product `a1EmuGate02`.*a1EmuGate01/);
	assert.equal(ran.code, 1);
});

test('without a cloud file a name is only worth a warning', async () => {
	const ran = await run(['check', file('scenario.json', rule('{ "device": "a1EmuGate01/gw-0001" }'))]);
	assert.match(ran.err, /no cloud file says whether device `a1EmuGate01\/gw-0001` exists/);
	assert.equal(ran.code, 0);
});

test('a scenario\'s unknown key, with a suggestion', async () => {
	const path = file('bad.json', rule('{ "metod": "property.post" }'));
	const ran = await run(['check', path]);
	assert.ok(ran.err.startsWith(`${path}:2:`), ran.err);
	assert.match(ran.err, /metod.*method/);
	assert.equal(ran.code, 1);
});

test('every scenario of the library is fine beside the demo cloud', async () => {
	const library = new URL('../../scenarios/', import.meta.url).pathname;
	const paths = readdirSync(library).filter((name) => name.endsWith('.json')).map((name) => join(library, name));
	const demo = new URL('../../emulator/demo/cloud.json', import.meta.url).pathname;
	assert.ok(paths.length > 25);
	assert.deepEqual(await run(['check', demo, ...paths]), { out: '', err: '', code: 0 });
});

test('no JSON at all', async () => {
	const path = file('text.json', '{ "cloud": 1,\n  oops }');
	const ran = await run(['check', path]);
	assert.ok(ran.err.startsWith(`${path}:2:3: `), ran.err);
	assert.equal(ran.code, 1);
});

test('every file is judged, whatever became of the one before', async () => {
	const missing = join(folder, 'missing.json');
	const bad = file('bad.json', badCloud);
	const good = file('good.json', goodCloud);
	const ran = await run(['check', missing, folder, bad, good]);
	assert.ok(ran.err.startsWith(`${missing}: No such file or directory\n${folder}: Is a directory\n${bad}:3:2: `), ran.err);
	assert.equal(ran.code, 1);
});

test('usage', async () => {
	const nothing = await run(['check']);
	assert.match(nothing.err, /^Usage: alink-emulator check FILE\.\.\.\n/);
	assert.equal(nothing.out, '');
	assert.equal(nothing.code, 2);
	assert.equal((await run(['check', '--nonsense'])).code, 2);
	const help = await run(['check', '--help']);
	assert.match(help.out, /^Usage: alink-emulator check FILE\.\.\.\n/);
	assert.equal(help.err, '');
	assert.equal(help.code, 0);
});
