/* `probe` asks /readyz, and is what a container's health check runs. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fake, run } from './fake.js';

let fake;
before(async () => { fake = await Fake.start(); });
after(() => fake.stop());

test('ready is silence and exit code 0', async () => {
	fake.will([200, { status: 'ready' }]);
	assert.deepEqual(await run(['probe', '--url', fake.url]), { out: '', err: '', code: 0 });
	assert.deepEqual(fake.requests.map(({ method, path }) => [method, path]), [['GET', '/readyz']]);
});

test('not ready is exit code 1 and the reason', async () => {
	fake.will([503, { code: 'NotReady', message: 'the cloud has not started yet' }]);
	assert.deepEqual(await run(['probe', '--url', fake.url]),
		{ out: '', err: 'alink-emulator probe: NotReady: the cloud has not started yet\n', code: 1 });
});

test('nobody there is exit code 3', async () => {
	const { code, err } = await run(['probe', '--url', 'http://127.0.0.1:1']);
	assert.equal(code, 3);
	assert.match(err, /^alink-emulator probe: no emulator at http:\/\/127\.0\.0\.1:1:/);
});

test('one that hangs is exit code 3 when the time is over', async () => {
	fake.will(() => {});
	const { code, err } = await run(['probe', '--url', fake.url, '--timeout', '50ms']);
	assert.equal(code, 3);
	assert.match(err, /did not answer within 0\.05 s/);
});

/* As in a container, whose environment says where the emulator listens. */
for (const [what, env] of [
	['ALINK_RUN_HTTP_PORT', (port) => ({ ALINK_RUN_HTTP_PORT: String(port) })],
	['its first of several', (port) => ({ ALINK_RUN_HTTP_PORT: `${port},1` })],
	['an address of its own', (port) => ({ ALINK_RUN_HTTP_PORT: `127.0.0.1:${port}`, ALINK_RUN_BIND: '192.0.2.1' })],
	['every address', (port) => ({ ALINK_RUN_HTTP_PORT: String(port), ALINK_RUN_BIND: '0.0.0.0' })],
	['ALINK_HTTP_URL first', (port) => ({ ALINK_RUN_HTTP_PORT: '1', ALINK_HTTP_URL: `http://127.0.0.1:${port}` })],
]) {
	test(`finds it by the environment: ${what}`, async () => {
		fake.will([200, {}]);
		assert.deepEqual(await run(['probe'], env(new URL(fake.url).port)), { out: '', err: '', code: 0 });
	});
}

for (const [words, message] of [
	[['--timeout', '5'], /--timeout takes a number with its unit/],
	[['now'], /takes no 'now'/],
	[['--url', 'nonsense'], /'nonsense' is no URL of an emulator/],
	[['--nonsense'], /unrecognized option '--nonsense'/],
]) {
	test(`${words.join(' ')} is exit code 2`, async () => {
		const { code, err } = await run(['probe', ...words]);
		assert.equal(code, 2);
		assert.match(err, message);
	});
}
