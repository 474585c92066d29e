/* log --follow: what is there, then what comes, until one side goes. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Fake, run, start, words } from './fake.js';

let fake;
before(async () => { fake = await Fake.start(); });
after(() => fake.stop());

const record = (seq, more) => ({
	seq, time: 1700000000000 + seq, productKey: 'a1EmuThermo', deviceName: 'thermo-1', service: 'uplink',
	operation: 'property.post', code: 200, content: `{"temp":${seq}}`, why: '', ...more,
});
const event = (one) => `id: ${one.seq}\ndata: ${JSON.stringify(one)}\n\n`;
const follow = (line) => words(`log --follow${line ? ` ${line}` : ''}`);
const here = () => ({ ALINK_HTTP_URL: fake.url });

/* Answers with a stream of these pieces, each sent when the one before has left, and then its end. */
const streams = (...pieces) => async (request, response) => {
	response.writeHead(200, { 'Content-Type': 'text/event-stream' });
	for (const piece of pieces)
		await new Promise((resolve) => response.write(piece, resolve));
	response.end();
};

test('asks once, and shows each record as it comes', async () => {
	fake.will(streams(
		event(record(1)) + event(record(2, { deviceName: 'thermo-22' })),
		':\n\n',
		event(record(6, { code: 6304, why: 'too hot' }))));
	const ran = await run(follow('--device a1EmuThermo --failed --limit 2'), here());
	assert.deepEqual(fake.requests.map((request) => request.path),
		['/emulator/v1/log?follow=true&productKey=a1EmuThermo&status=failed&limit=2']);
	assert.equal(fake.requests[0].headers.accept, 'text/event-stream, application/json');
	/* Spaces between columns depend on what arrived together */
	assert.deepEqual(ran.out.split('\n').map((line) => line.replace(/  +/g, '  ')), [
		'2023-11-14T22:13:20.001  a1EmuThermo/thermo-1  uplink  property.post  200  {"temp":1}',
		'2023-11-14T22:13:20.002  a1EmuThermo/thermo-22  uplink  property.post  200  {"temp":2}',
		'2023-11-14T22:13:20.006  a1EmuThermo/thermo-1  uplink  property.post  6304  {"temp":6}',
		'  too hot',
		'',
	]);
	assert.equal(ran.err, `alink-emulator: ${fake.url} ended the stream\n`);
	assert.equal(ran.code, 3);
});

test('what arrives together is aligned', async () => {
	fake.will(streams(event(record(1)) + event(record(2, { deviceName: 'thermo-22' }))));
	const ran = await run(follow(), here());
	assert.equal(ran.out, `\
2023-11-14T22:13:20.001  a1EmuThermo/thermo-1   uplink  property.post  200  {"temp":1}
2023-11-14T22:13:20.002  a1EmuThermo/thermo-22  uplink  property.post  200  {"temp":2}
`);
});

test('events may be cut anywhere, and be written in every way the standard allows', async () => {
	const bytes = Buffer.from(`${event(record(1, { content: 'ä' }))}event: message\r\ndata:{"seq":2,\r\ndata: "code":200}\r\n\r\nretry: 1\n\n` +
		event(record(3)));
	fake.will(streams(...Array.from(bytes, (byte) => Buffer.from([byte]))));
	const ran = await run(follow('--json'), here());
	assert.deepEqual(ran.out.trimEnd().split('\n').map((line) => JSON.parse(line)),
		[record(1, { content: 'ä' }), { seq: 2, code: 200 }, record(3)]);
	assert.equal(ran.code, 3);
});

test('a record is shown when it comes, not when the next one does', async () => {
	let response;
	fake.will((request, started) => {
		response = started;
		response.writeHead(200, { 'Content-Type': 'text/event-stream' });
		response.write(event(record(1)));
	});
	/* Waiting for a record may take longer than for an answer */
	const started = start(follow('--timeout 5s'), here());
	await once(started.child.stdout, 'data');
	assert.match(started.out, /\{"temp":1\}\n$/);
	response.write(event(record(2)));
	await once(started.child.stdout, 'data');
	assert.match(started.out, /\{"temp":1\}\n.*\{"temp":2\}\n$/);
	const left = once(response, 'close');
	started.child.kill('SIGINT');
	assert.equal(await started.ended, 'SIGINT');
	await left;
});

test('a reader that has seen enough ends it', async () => {
	let response;
	fake.will((request, started) => {
		response = started;
		response.writeHead(200, { 'Content-Type': 'text/event-stream' });
		response.write(event(record(1)));
	});
	const started = start(follow(), here());
	await once(started.child.stdout, 'data');
	started.child.stdout.destroy();
	await once(started.child.stdout, 'close');
	response.write(event(record(2)));
	assert.equal(await started.ended, 0);
	assert.equal(started.err, '');
});

const refusal = { code: 'BadRequest', message: '`Thing` is no log service type' };
for (const [when, answer] of [
	['at once', [400, refusal]],
	['by an event, the stream having begun', streams(`event: error\ndata: ${JSON.stringify(refusal)}\n\n`, event(record(1)))],
]) {
	test(`refused ${when}`, async () => {
		fake.will(answer);
		assert.deepEqual(await run(follow('--service Thing'), here()),
			{ out: '', err: `alink-emulator: BadRequest: ${refusal.message}\n`, code: 1 });
		fake.will(answer);
		assert.deepEqual(await run(follow('--service Thing --json'), here()),
			{ out: `${JSON.stringify(refusal)}\n`, err: `alink-emulator: BadRequest: ${refusal.message}\n`, code: 1 });
	});
}

test('an answer is no stream', async () => {
	fake.will([200, { records: [], next: 1 }]);
	assert.deepEqual(await run(follow(), here()),
		{ out: '', err: `alink-emulator: ${fake.url} answered instead of streaming\n`, code: 3 });
});

test('a stream that does not begin in time', async () => {
	fake.will(() => {});
	assert.deepEqual(await run(follow('--timeout 50ms'), here()),
		{ out: '', err: `alink-emulator: ${fake.url} did not answer within 0.05 s\n`, code: 3 });
});

test('a stream that breaks', async () => {
	fake.will((request, response) => {
		response.writeHead(200, { 'Content-Type': 'text/event-stream' });
		response.write(event(record(1)), () => response.destroy());
	});
	const ran = await run(follow('--json'), here());
	assert.deepEqual(ran, {
		out: `${JSON.stringify(record(1))}\n`, err: `alink-emulator: ${fake.url} broke the connection\n`, code: 3,
	});
});

test('an event without end is not gathered for ever', async () => {
	fake.will((request, response) => {
		response.writeHead(200, { 'Content-Type': 'text/event-stream' });
		const more = () => { if (!response.destroyed) response.write('data: '.padEnd(65536, 'x'), more); };
		response.on('error', () => {});
		more();
	});
	assert.deepEqual(await run(follow(), here()),
		{ out: '', err: `alink-emulator: ${fake.url} answers more than there is room for\n`, code: 3 });
});

test('an answer longer than 64 MiB is refused, not gathered', async () => {
	fake.will((request, response) => {
		response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': 64 * 1024 * 1024 + 1 });
		response.write('{');
	});
	assert.deepEqual(await run(['status'], here()),
		{ out: '', err: `alink-emulator: ${fake.url} answers more than there is room for\n`, code: 3 });
});
