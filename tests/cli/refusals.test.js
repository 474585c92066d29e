/* What goes wrong, and what is said of it: exit codes 1, 2 and 3. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, test } from 'node:test';
import { Fake, run, start, words } from './fake.js';

let fake;
before(async () => { fake = await Fake.start(); });
after(() => fake.stop());

const here = () => ({ ALINK_HTTP_URL: fake.url });

/* --- 1: the emulator refused --- */

for (const [line, status, refusal, said] of [
	['device show a1EmuThermo nobody', 404, { code: 'NotFound', message: 'no device a1EmuThermo/nobody' },
		'NotFound: no device a1EmuThermo/nobody'],
	['device create a1EmuThermo thermo-1', 409, { code: 'Conflict', message: 'it exists' }, 'Conflict: it exists'],
	['property set a1EmuThermo thermo-1 temp=1', 409, { code: '9201', message: 'the device is offline' },
		'9201: the device is offline'],
	['property set a1EmuThermo thermo-1 temp=1', 504, { code: 'Timeout', message: 'no reply in 8 s' },
		'Timeout: no reply in 8 s'],
	['log --since 10m', 400, { code: 'BadRequest', message: 'line\u001b[2J' }, 'BadRequest: line\\u001b[2J'],
]) {
	test(`${line}: ${said}`, async () => {
		fake.will([status, refusal]);
		assert.deepEqual(await run(words(line), here()), { out: '', err: `alink-emulator: ${said}\n`, code: 1 });
	});

	test(`${line} --json: ${said}`, async () => {
		fake.will([status, refusal]);
		assert.deepEqual(await run([...words(line), '--json'], here()),
			{ out: `${JSON.stringify(refusal)}\n`, err: `alink-emulator: ${said}\n`, code: 1 });
	});
}

test('a refused file is told with all that is wrong, as check tells it', async () => {
	const complaints = ['/a.json:3:5: unknown key `x`', '/a.json:4:1: odd\u001b[2J'];
	fake.will([400, { code: 'BadRequest', message: complaints[0], complaints }]);
	assert.deepEqual(await run(['cloud', 'apply', '/a.json'], here()),
		{ out: '', err: '/a.json:3:5: unknown key `x`\n/a.json:4:1: odd\\u001b[2J\n', code: 1 });
});

/* --- 3: there is no emulator --- */

async function closedPort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const { port } = server.address();
	server.close();
	await once(server, 'close');
	return port;
}

test('nobody listens', async () => {
	const url = `http://127.0.0.1:${await closedPort()}`;
	const expected = {
		out: '',
		err: `alink-emulator: no emulator at ${url}: start one with \`alink-emulator run\`, or name one with --url\n`,
		code: 3,
	};
	assert.deepEqual(await run(['status', '--url', url]), expected);
	assert.deepEqual(await run(['status'], { ALINK_HTTP_URL: url }), expected);
	assert.deepEqual(await run(['log', '--follow', '--json', '--url', url]), expected);
});

test('--url beats $ALINK_HTTP_URL', async () => {
	fake.will([200, { devices: 7 }]);
	const ran = await run(['status', '--url', fake.url], { ALINK_HTTP_URL: `http://127.0.0.1:${await closedPort()}` });
	assert.equal(ran.code, 0);
});

test('a URL may have a path, and an empty variable counts as none', async () => {
	fake.will([200, { devices: 7 }]);
	const ran = await run(['status', '--url', `${fake.url}/emu/`], { ALINK_HTTP_URL: '' });
	assert.equal(ran.code, 0);
	assert.equal(fake.requests[0].path, '/emu/emulator/v1/status');
	assert.equal(fake.requests[0].headers.host, fake.url.slice('http://'.length));
});

test('an IPv6 address', async (context) => {
	const server = createServer().listen(0, '::1');
	if (!await once(server, 'listening').then(() => true, () => false)) {
		context.skip('no IPv6 here');
		return;
	}
	const { port } = server.address();
	let asked = '';
	server.once('connection', (socket) => socket.once('data', (data) => {
		asked = String(data);
		socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
	}));
	const ran = await run(['status', '--json', '--url', `http://[::1]:${port}`]);
	server.close();
	assert.deepEqual(ran, { out: '{}\n', err: '', code: 0 });
	assert.ok(asked.includes(`\r\nHost: [::1]:${port}\r\n`), asked);
});

test('no answer in time', async () => {
	let ended;
	fake.will((request, response) => { ended = once(response, 'close'); });
	const ran = await run(words('status --timeout 50ms'), here());
	assert.deepEqual(ran, { out: '', err: `alink-emulator: ${fake.url} did not answer within 0.05 s\n`, code: 3 });
	await ended;
});

test('an answer that trickles must end in time, too', async () => {
	fake.will((request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json' });
		const trickle = setInterval(() => response.write(' '), 10);
		response.on('close', () => clearInterval(trickle));
	});
	const ran = await run(words('status --timeout 200ms'), here());
	assert.deepEqual(ran, { out: '', err: `alink-emulator: ${fake.url} did not answer within 0.2 s\n`, code: 3 });
});

for (const [when, answer, said] of [
	['a page', [200, '<html>', 'text/html'], 'no emulator: HTTP 200, text/html, not JSON'],
	['another server\'s 404', [404, 'Not found', 'text/plain'], 'no emulator: HTTP 404, text/plain, not JSON'],
	['nothing', [200, ''], 'no emulator: HTTP 200, application/json, not JSON'],
	['half a document', [200, '{"version":"0.1'], 'no emulator: HTTP 200, application/json, not JSON'],
	['a refusal without a reason', [500, { error: 'x' }], 'no emulator: HTTP 500 without code and message'],
	['a move', [302, { code: 302 }], 'no emulator: HTTP 302 without code and message'],
]) {
	test(`garbage: ${when}`, async () => {
		fake.will(answer);
		const ran = await run(['status'], here());
		assert.equal(ran.out, '');
		assert.ok(ran.err.startsWith(`alink-emulator: what answers at ${fake.url} is ${said}`), ran.err);
		assert.ok(!ran.err.includes('\u001b'), ran.err);
		assert.equal(ran.code, 3);
	});
}

test('a connection that breaks', async () => {
	fake.will((request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 100 });
		response.write('{', () => response.destroy());
	});
	assert.deepEqual(await run(['status'], here()),
		{ out: '', err: `alink-emulator: ${fake.url} broke the connection instead of answering\n`, code: 3 });
});

test('no HTTP at all', async () => {
	const server = createServer((socket) => socket.end('220 mail.example ESMTP\r\n')).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${server.address().port}`;
	const ran = await run(['status', '--url', url]);
	server.close();
	assert.deepEqual(ran, { out: '', err: `alink-emulator: ${url} broke the connection instead of answering\n`, code: 3 });
});

/* --- 2: usage; nothing is asked of the emulator --- */

for (const [line, said] of [
	['device lst', 'device: no verb \'lst\'; did you mean \'list\'?'],
	['device a1EmuThermo thermo-1',
		'device: no verb \'a1EmuThermo\'; there are list, show, create, delete, enable, disable, kick, reset, files'],
	['property', 'property: no verb \'list\'; there are get, set, desired, fetch, history'],
	['device show a1EmuThermo', 'device: the form is `device show PK DN`'],
	['device show a1EmuThermo thermo-1 x', 'device: the form is `device show PK DN`'],
	['property set a1EmuThermo thermo-1', 'property: the form is `property set PK DN NAME=VALUE...`'],
	['property history a1EmuThermo', 'property: the form is `property history PK DN [NAME]`'],
	['property history a1EmuThermo thermo-1 temp mode', 'property: the form is `property history PK DN [NAME]`'],
	['event a1EmuThermo thermo-1', 'event: no verb \'a1EmuThermo\'; there are list'],
	['service call a1EmuThermo thermo-1', 'service: the form is `service call PK DN ID [NAME=VALUE...]`'],
	['service call a1EmuThermo thermo-1 flush secs', 'service: \'secs\' is not NAME=VALUE'],
	['service call a1EmuThermo thermo-1 flush --sync --async', 'service: --sync and --async exclude each other'],
	['service call a1EmuThermo thermo-1 flush --topic /a', 'service: `service call` takes no --topic'],
	['desired delete a1EmuThermo thermo-1', 'desired: the form is `desired delete PK DN NAME...`'],
	['tag set a1EmuThermo thermo-1 room', 'tag: \'room\' is not NAME=VALUE'],
	['product import a1EmuThermo', 'product: the form is `product import PK FILE`'],
	['product set a1EmuThermo --dynamic-registration --no-dynamic-registration',
		'product: --dynamic-registration and --no-dynamic-registration exclude each other'],
	['codes 1 2', 'codes: the form is `codes` or `codes CODE` or `codes --coverage`'],
	['status x', 'status: the form is `status`'],
	['device show a1EmuThermo ', 'device: DN is empty'],
	['device --lmit 3', 'device: no option --lmit; did you mean --limit?'],
	['device -x', 'device: no option -x'],
	['device --limit', 'device: --limit takes a value'],
	['device --limit 3x', 'device: --limit takes a whole number, not \'3x\''],
	['device --limit -1', 'device: --limit takes a whole number, not \'-1\''],
	['device --limit 1 --limit 2', 'device: --limit is given twice'],
	['device show a1EmuThermo thermo-1 --limit 3', 'device: `device show` takes no --limit'],
	['status --json=yes', 'status: --json takes no value'],
	['status --timeout 0s', 'status: --timeout takes a number with its unit (250ms, 5s, 10m, 24h, 7d), not \'0s\''],
	['log --since 10', 'log: --since takes a number with its unit (250ms, 5s, 10m, 24h, 7d), not \'10\''],
	['log --since 99999999999999999999d',
		'log: --since takes a number with its unit (250ms, 5s, 10m, 24h, 7d), not \'99999999999999999999d\''],
	['log --ok --failed', 'log: --ok and --failed exclude each other'],
	['log --device a1EmuThermo/', 'log: --device takes PK/DN, not \'a1EmuThermo/\''],
	['device create a b --gateway a1EmuGate01', 'device: --gateway takes PK/DN, not \'a1EmuGate01\''],
	['property set a1EmuThermo thermo-1 temp', 'property: \'temp\' is not NAME=VALUE'],
	['property set a1EmuThermo thermo-1 =1', 'property: \'=1\' is not NAME=VALUE'],
	['property set a1EmuThermo thermo-1 a=1 b=2 a=3', 'property: \'a\' is given twice'],
	['status --url https://127.0.0.1:8443',
		'status: \'https://127.0.0.1:8443\': commands speak plain HTTP; name the emulator\'s http:// URL'],
	...['127.0.0.1:8080', 'localhost', 'http://', 'http://h:0', 'http://h:99999', 'ftp://h', 'http://u:p@h', 'http://h/?q'].map(
		(url) => [`status --url ${url}`, `status: '${url}' is no URL of an emulator; it should look like http://127.0.0.1:8080`]),
]) {
	test(`usage: ${line}`, async () => {
		fake.will();
		const ran = await run(words(line), here());
		const [noun] = words(line);
		assert.deepEqual(ran, {
			out: '', err: `alink-emulator ${said}\n\`alink-emulator ${noun} --help\` shows how.\n`, code: 2,
		});
		assert.equal(fake.requests.length, 0);
	});
}

for (const value of ['{bad', '[1,', '"open', '{"a":1}x']) {
	test(`usage: a value that was meant as JSON: ${value}`, async () => {
		fake.will();
		const ran = await run(['property', 'set', 'a1EmuThermo', 'thermo-1', `a=${value}`], here());
		assert.ok(ran.err.startsWith(`alink-emulator property: 'a=${value}': the value begins like JSON but is none: `), ran.err);
		assert.equal(ran.code, 2);
		assert.equal(fake.requests.length, 0);
	});
}

/* --- where the output goes --- */

test('a reader that has seen enough is no failure', async () => {
	/* More than a pipe holds */
	const records = Array.from({ length: 3000 }, (_, seq) => ({ seq, time: seq, content: 'x'.repeat(100), code: 200 }));
	fake.will([200, { records, next: 3000 }]);
	const started = start(['log'], here());
	started.child.stdout.destroy();
	assert.equal(await started.ended, 0);
	assert.equal(started.err, '');
});
