/*
 * An emulator that answers what a test tells it, and the command line run against it.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';

export const binary = process.env.ALINK_EMULATOR ??
	fileURLToPath(new URL('../../build/alink-emulator', import.meta.url));

/* Only a broken command line takes longer. */
const WAIT_MS = 10_000;

/* The same environment everywhere: whoever runs the tests may have colours or an emulator of their own. */
const plain = { PATH: process.env.PATH, TZ: 'UTC', TERM: 'xterm' };

export class Fake {
	static async start() {
		const fake = new Fake();
		fake.will();
		fake.server = createServer((request, response) => fake.#take(request, response));
		fake.server.listen(0, '127.0.0.1');
		await once(fake.server, 'listening');
		fake.url = `http://127.0.0.1:${fake.server.address().port}`;
		return fake;
	}

	/* The answers to the next requests, in order: [status, JSON or text, type], or a function of (request, response). */
	will(...answers) {
		this.requests = [];
		this.answers = answers;
	}

	async #take(request, response) {
		let text = '';
		for await (const part of request) text += part;
		this.requests.push({ method: request.method, path: request.url, headers: request.headers, text });
		const answer = this.answers.shift() ?? [500, { code: 'Test', message: 'a request too many' }];
		if (typeof answer === 'function') {
			answer(request, response);
			return;
		}
		const [status, content, type = 'application/json'] = answer;
		response.writeHead(status, { 'Content-Type': type });
		response.end(typeof content === 'string' ? content : JSON.stringify(content));
	}

	stop() {
		this.server.close();
		this.server.closeAllConnections();
	}
}

/* Starts it; `out` and `err` grow, `ended` gives the exit code. */
export function start(words, env = {}) {
	const child = spawn(binary, words, { env: { ...plain, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
	const started = { child, out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (text) => { started.out += text; });
	child.stderr.setEncoding('utf8').on('data', (text) => { started.err += text; });
	const late = setTimeout(() => child.kill('SIGKILL'), WAIT_MS);
	started.ended = new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => {
			clearTimeout(late);
			resolve(code ?? signal);
		});
	});
	return started;
}

/* Runs it to its end: { out, err, code }. */
export async function run(words, env) {
	const started = start(words, env);
	const code = await started.ended;
	return { out: started.out, err: started.err, code };
}

/* The same on a terminal so many columns wide: what would be on the screen, stdout and stderr in one. */
export async function onTerminal(words, columns, env) {
	const line = [binary, ...words].map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
	const child = spawn('script', ['-qec', line, '/dev/null'],
		{ env: { ...plain, COLUMNS: String(columns), SHELL: '/bin/sh', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
	let out = '';
	child.stdout.setEncoding('utf8').on('data', (text) => { out += text; });
	const [code] = await once(child, 'close');
	return { out: out.replaceAll('\r\n', '\n'), code };
}

/* Blank-separated words, so that tests read like a shell. */
export const words = (line) => line.split(' ');
