/* script run and script test: a parsing script without an emulator; script show, set, delete: a product's, with one. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Fake, run } from './fake.js';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const demo = here('../../emulator/demo/');
const meter = `${demo}meter.js`;

let folder, fake;
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-script-'));
	fake = await Fake.start();
});
after(() => {
	fake.stop();
	rmSync(folder, { recursive: true });
});

const file = (name, text) => {
	const path = join(folder, name);
	writeFileSync(path, typeof text === 'string' ? text : JSON.stringify(text));
	return path;
};

const script = (up, down = 'return [1, 255, -1];') =>
	file('script.js', `function rawDataToProtocol(bytes) {\n${up}\n}\nfunction protocolToRawData(json) {\n${down}\n}\n`);

/* --- the README's example --- */

const readme = readFileSync(here('../../README.md'), 'utf8');
const shown = [...readme.matchAll(/^\$ alink-emulator (script .*)\n((?:(?!\$ |```).*\n)*)/gm)];

test('the README shows run and test', () => {
	assert.deepEqual(shown.map(([, line]) => line.split(' ')[1]), ['run', 'run', 'test']);
});

for (const [, line, printed] of shown) {
	test(`$ alink-emulator ${line}`, async () => {
		const args = line.match(/'[^']*'|\S+/g).map((arg) => (/^meter\./.test(arg) ? demo + arg : arg.replaceAll("'", '')));
		const { out, err } = await run(args);
		assert.equal((out + err).replaceAll(demo, ''), printed);
	});
}

/* --- run --- */

test('bytes in, Alink out', async () => {
	const ran = await run(['script', 'run', meter, '--raw', '00 00223344 1232 01 3FA00000']);
	assert.deepEqual(JSON.parse(ran.out), {
		method: 'thing.event.property.post', version: '1.0', id: '2241348',
		params: { prop_int16: 4658, prop_bool: 1, prop_float: 1.25 },
	});
	assert.deepEqual([ran.err, ran.code], ['', 0]);
});

test('Alink in, bytes out', async () => {
	const path = file('set.json', {
		method: 'thing.service.property.set', id: '12345', version: '1.0', params: { prop_int16: 333, prop_bool: 1, prop_float: 123.452 },
	});
	assert.deepEqual(await run(['script', 'run', meter, '--alink', path]), { out: '0100003039014d0142f6e76d\n', err: '', code: 0 });
});

test('a custom topic', async () => {
	const ran = await run(['script', 'run', meter, '--raw', '0102', '--topic', '/a1EmuMeter1/meter-1/user/update', '--json']);
	assert.deepEqual(JSON.parse(ran.out), {
		code: 200, message: 'success', result: { topic: '/a1EmuMeter1/meter-1/user/update', sum: 3 }, console: '',
	});
});

test('what it says with console.log goes to stderr', async () => {
	const ran = await run(['script', 'run', script("console.log('got', bytes); return {};"), '--raw', '0102']);
	assert.deepEqual(ran, { out: '{\n}\n', err: 'got [1,2]\n', code: 0 });
});

for (const [what, up, code, why, line] of [
	['a syntax error', 'return {;', 26002, /SyntaxError/, 3],
	['newer syntax', 'let x = 1;', 26002, /`let` is newer than ECMAScript 5/, 2],
	['an exception', '\nnothing.at.all();', 26002, /ReferenceError/, 3],
	['nothing returned', '', 6201, /returned undefined/],
	['a string returned', "return 'x';", 26007, /returned a string, not an object/],
	['a cycle', 'var o = {}; o.o = o; return o;', 6207, /cyclic/],
	['a loop', 'for (;;) ;', 26003, /longer than 3000 ms/],
]) {
	test(`${what} is code ${code}, with its reason and place`, async () => {
		const path = script(up);
		const ran = await run(['script', 'run', path, '--raw', '']);
		assert.match(ran.err, why);
		assert.ok(ran.err.startsWith(`${path}${line ? `:${line}` : ''}: ${code} `), ran.err);
		assert.deepEqual([ran.out, ran.code], ['', 1]);
		if (code === 26003)
			return;
		const json = await run(['script', 'run', path, '--raw', '', '--json']);
		const { why: reason, ...rest } = JSON.parse(json.out);
		assert.match(reason, why);
		assert.deepEqual([rest.code, rest.file, rest.line], [code, path, line]);
		assert.equal(json.code, 1);
	});
}

test('a mandatory function is missing', async () => {
	const ran = await run(['script', 'run', file('half.js', 'function rawDataToProtocol(b) { return {}; }'), '--raw', '00']);
	assert.match(ran.err, /: 26006 .*no function protocolToRawData/);
	assert.equal(ran.code, 1);
});

for (const [what, words, code, err] of [
	['neither direction', [meter], 2, /either --raw HEX or --alink JSONFILE/],
	['both directions', [meter, '--raw', '00', '--alink', 'x.json'], 2, /either --raw HEX or --alink JSONFILE/],
	['a topic for Alink', [meter, '--alink', 'x.json', '--topic', '/a/b/c'], 2, /--topic goes with --raw/],
	['no file', ['--raw', '00'], 2, /run takes one script/],
	['half a byte', [meter, '--raw', '000'], 2, /'000' is no hex digits/],
	['no hex', [meter, '--raw', 'xy'], 2, /'xy' is no hex digits/],
	['an unknown option', [meter, '--rwa', '00'], 2, /rwa/],
	['a file that is not there', ['/nowhere/x.js', '--raw', '00'], 1, /\/nowhere\/x\.js.*No such file/],
	['Alink that is not there', [meter, '--alink', '/nowhere/x.json'], 1, /\/nowhere\/x\.json.*No such file/],
	['Alink that is no JSON', [meter, '--alink', meter], 1, /meter\.js:1:1: /],
]) {
	test(`run refuses ${what}`, async () => {
		const ran = await run(['script', 'run', ...words]);
		assert.match(ran.err, err);
		assert.deepEqual([ran.out, ran.code], ['', code]);
	});
}

test('options may stand anywhere', async () => {
	const ran = await run(['script', '--json', 'run', '--raw', '03 00000001 c8', meter]);
	assert.deepEqual(JSON.parse(ran.out).result, { id: '1', code: '200', data: {}, version: '1.0' });
});

/* --- test --- */

test('the demo\'s examples', async () => {
	const ran = await run(['script', 'test', meter, `${demo}meter.vectors.json`]);
	assert.match(ran.out, /^ok {5}rawDataToProtocol: a report$/m);
	assert.match(ran.out, /^6 passed, 0 failed$/m);
	assert.deepEqual([ran.err, ran.code], ['', 0]);
});

test('examples that fail say what came instead', async () => {
	const examples = file('examples.json', [
		{ name: 'right', rawDataToProtocol: '00', returns: { b: [0], a: 1 } },
		{ name: 'another value', rawDataToProtocol: '00', returns: { a: 2, b: [0] } },
		{ name: 'other bytes', protocolToRawData: {}, returns: '01ff' },
		{ name: 'does not fail', protocolToRawData: {}, fails: 26002 },
		{ rawDataToProtocol: '01', returns: {} },
		{ rawDataToProtocol: '01', fails: 26007 },
		{ rawDataToProtocol: '01', fails: 26002 },
	]);
	const path = script("if (bytes[0]) throw 'no'; return { a: 1, b: [0] };");
	const ran = await run(['script', 'test', path, examples]);
	assert.equal(ran.out, `ok     rawDataToProtocol: right
FAILED rawDataToProtocol: another value
       expected { "a": 2, "b": [0] }, got {"a":1,"b":[0]}
FAILED protocolToRawData: other bytes
       expected 01ff, got 01ffff
FAILED protocolToRawData: does not fail
       expected code 26002, got 01ffff
FAILED rawDataToProtocol: rawDataToProtocol
       expected {}, got ${path}: 26002 script execution error: rawDataToProtocol: threw no
FAILED rawDataToProtocol: rawDataToProtocol
       expected code 26007, got ${path}: 26002 script execution error: rawDataToProtocol: threw no
ok     rawDataToProtocol: rawDataToProtocol
2 passed, 5 failed
`.replace('{ "a": 2, "b": [0] }', '{"a":2,"b":[0]}'));
	assert.equal(ran.code, 1);
	const json = JSON.parse((await run(['script', 'test', path, examples, '--json'])).out);
	assert.deepEqual([json.passed, json.failed, json.examples.length], [2, 5, 7]);
	assert.deepEqual(json.examples[0], { name: 'right', function: 'rawDataToProtocol', passed: true, code: 200 });
	assert.equal(json.examples[3].why, 'expected code 26002, got 01ffff');
});

for (const [what, text, err] of [
	['what is no JSON', '[', /:1:2: /],
	['no array', '{}', /:1:1: this must be an array of examples/],
	['no example', '[]', /:1:1: this must be an array of examples/],
	['an unknown key', '[\n{ "rawDataToProtocol": "00", "retruns": {} }]', /:2:30: .*retruns.*returns/],
	['no function', '[{ "returns": {} }]', /:1:2: an example needs one of/],
	['two functions', '[{ "rawDataToProtocol": "00", "protocolToRawData": {}, "returns": {} }]', /:1:2: an example needs one of/],
	['nothing expected', '[{ "rawDataToProtocol": "00" }]', /:1:2: an example needs either/],
	['both expected', '[{ "rawDataToProtocol": "00", "returns": {}, "fails": 26002 }]', /:1:2: an example needs either/],
	['bytes expected of rawDataToProtocol', '[{ "rawDataToProtocol": "00", "returns": "00" }]', /:1:42: rawDataToProtocol returns an object/],
	['an object expected of protocolToRawData', '[{ "protocolToRawData": {}, "returns": {} }]', /protocolToRawData returns bytes/],
	['no topic', '[{ "transformPayload": "00", "returns": {} }]', /transformPayload needs a `topic`/],
	['bytes that are none', '[{ "rawDataToProtocol": "0g", "returns": {} }]', /:1:25: bytes are written as hex/],
]) {
	test(`test refuses ${what} and runs nothing`, async () => {
		const ran = await run(['script', 'test', meter, file('bad.json', text)]);
		assert.match(ran.err, err);
		assert.deepEqual([ran.out, ran.code], ['', 1]);
	});
}

/* --- check --- */

test('check compiles the scripts of a cloud file and only warns', async () => {
	const path = file('newer.js', 'function rawDataToProtocol(bytes) {\n\treturn { id: `x` };\n}\nfunction protocolToRawData() { }\n');
	const cloud = file('cloud.json', { cloud: 1, products: [
		{ productKey: 'a1EmuGood01', dataFormat: 'raw', script: meter },
		{ productKey: 'a1EmuNewer1', dataFormat: 'raw', script: 'newer.js' },
		{ productKey: 'a1EmuHalf01', dataFormat: 'raw', script: 'half.js' },
	] });
	file('half.js', 'function rawDataToProtocol(b) { return {}; }');
	const ran = await run(['check', cloud]);
	assert.equal(ran.err, `${path}:2:1: warning: code 26002 when it is called: template string is newer than ECMAScript 5, which the platform runs\n` +
		`${join(folder, 'half.js')}:1:1: warning: code 26006 when it is called: the script has no function protocolToRawData\n`);
	assert.deepEqual([ran.out, ran.code], ['', 0]);
});

/* --- of a running emulator --- */

test('set sends the file as it is, show prints it as it is, delete says so', async () => {
	const text = "/* \u{1f600} */\nfunction transformPayload() { return { a: '\\n\"' }; }\n";
	const env = { ALINK_HTTP_URL: fake.url };
	fake.will([200, {}]);
	const set = await run(['script', 'set', 'a1EmuMeter1', file('mine.js', text)], env);
	assert.deepEqual([set.out, set.err, set.code], ['a1EmuMeter1 script submitted\n', '', 0]);
	const [{ method, path, text: body }] = fake.requests;
	assert.deepEqual([method, path, JSON.parse(body)], ['PUT', '/emulator/v1/products/a1EmuMeter1/script', { script: text }]);
	fake.will([200, { productKey: 'a1EmuMeter1', script: text }], [200, { productKey: 'a1EmuMeter1', script: text }]);
	const show = await run(['script', 'show', 'a1EmuMeter1'], env);
	assert.deepEqual([show.out, show.code], [text, 0]);
	const json = await run(['script', 'show', 'a1EmuMeter1', '--json'], env);
	assert.deepEqual(JSON.parse(json.out), { productKey: 'a1EmuMeter1', script: text });
	fake.will([200, {}]);
	const gone = await run(['script', 'delete', 'a1EmuMeter1'], env);
	assert.deepEqual([gone.out, gone.code], ['a1EmuMeter1 script deleted\n', 0]);
	assert.deepEqual([fake.requests[0].method, fake.requests[0].path], ['DELETE', '/emulator/v1/products/a1EmuMeter1/script']);
	fake.will();
	const missing = await run(['script', 'set', 'a1EmuMeter1', '/nowhere/x.js'], env);
	assert.match(missing.err, /\/nowhere\/x\.js.*No such file/);
	assert.equal(missing.code, 1);
});

/* --- the README's worked example --- */

test('every command of the README\'s section on scripted devices does what stands there', async () => {
	const readme = readFileSync(here('../../README.md'), 'utf8');
	const section = /^## Scripted devices$([\s\S]*?)^## /m.exec(readme)[1];
	const [, expected] = section.match(/```text\n([\s\S]*?)```/);
	const lines = expected.match(/^\$ alink-emulator script .*$/gm);
	let printed = '';
	assert.equal(lines.length, 3);
	for (const line of lines) {
		const words = line.match(/'[^']*'|\S+/g).slice(2).map((word) => word.replaceAll("'", ''));
		const { out, err } = await run(words.map((word) => (/^meter\./.test(word) ? demo + word : word)));
		printed += `${line}\n${(out + err).replaceAll(demo, '')}`;
	}
	assert.equal(printed, expected);
});
