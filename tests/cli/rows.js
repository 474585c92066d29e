/* Commands as rows of a table: what each asks of the emulator, and what a person and a program get to see. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run, words } from './fake.js';

/*
 * Each row is a line, the request it makes (method, path, body as sent), the status and answer it gets, what is printed
 * for a person (`out`, or `match`) and on stderr, and the exit code. `fake` gives the emulator once there is one.
 */
export function testCommands(fake, commands) {
	for (const { line, request: [method, path, body = ''], status = 200, answer, out, match, err = '', code = 0 } of commands) {
		const asked = () => {
			assert.equal(fake().requests.length, 1);
			const [request] = fake().requests;
			assert.equal(request.method, method);
			assert.equal(request.path, `/emulator/v1${path}`);
			assert.equal(request.text, body);
			/* Without it the emulator takes a changing call for a web page's forgery */
			assert.equal(request.headers['content-type'], method === 'GET' ? undefined : 'application/json');
		};

		test(line, async () => {
			fake().will([status, answer]);
			const ran = await run(words(line), { ALINK_HTTP_URL: fake().url });
			asked();
			if (match)
				assert.match(ran.out, match);
			else
				assert.equal(ran.out, out);
			assert.equal(ran.err, err);
			assert.equal(ran.code, code);
		});

		test(`${line} --json`, async () => {
			fake().will([status, answer]);
			const ran = await run([...words(line), '--json'], { ALINK_HTTP_URL: fake().url });
			asked();
			assert.deepEqual(ran, { out: `${typeof answer === 'string' ? answer : JSON.stringify(answer)}\n`, err: '', code });
		});
	}
}
