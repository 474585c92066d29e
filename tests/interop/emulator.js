/*
 * One emulator of its own for each test file: started on free ports, ended at the end.
 *
 * Nothing here sleeps. What is waited for is an event, and each wait has a bound that only a
 * broken emulator reaches.
 */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export const binary = process.env.ALINK_EMULATOR ?? here('../../build/alink-emulator');
export const cloudFile = here('cloud.json');

/* Certificates, sockets and the like: not among those of whoever runs the tests, and gone with what is killed. */
const home = mkdtempSync(join(tmpdir(), 'alink-interop-'));
process.on('exit', () => rmSync(home, { recursive: true, force: true }));

/* Under valgrind all takes longer. */
const patience = Number(process.env.EMULATOR_PATIENCE ?? 1);
const START_MS = 20_000;
export const WAIT_MS = 5_000;

/* The promise's outcome, or an error that says what did not happen in time. */
export function within(ms, what, promise) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`waited ${ms * patience} ms for ${what}`)), ms * patience);
	});
	return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/* What `condition` gives once that is something. */
export async function until(what, condition, ms = WAIT_MS) {
	const deadline = performance.now() + ms;
	for (;;) {
		const found = await condition();
		if (found)
			return found;
		if (performance.now() > deadline)
			throw new Error(`waited ${ms} ms for ${what}`);
		await new Promise((resolve) => { setTimeout(resolve, 5); });
	}
}

export class Emulator {
	static started = [];

	/* For the end of a test file whose tests start emulators of their own: one that failed has left its own running. */
	static endAll() {
		for (const { process: child } of Emulator.started)
			child.kill('SIGKILL');
	}

	/* `args` go to `alink-emulator run`. */
	static async start(...args) { return Emulator.startWith([cloudFile], ...args); }

	/* The same with other cloud files; none: the demo cloud. */
	static async startWith(cloudFiles, ...args) { return Emulator.startIn([], cloudFiles, ...args); }

	/* The same below a command that ends in becoming its arguments, as `env` does. */
	static async startIn(wrapper, cloudFiles, ...args) {
		const emulator = new Emulator();
		const ports = ['mqtt', 'mqtts', 'ws', 'http', 'https'].flatMap((name) => [`--${name}-port`, '0']);
		/* A test file that dies, however, leaves no emulator behind. */
		const files = cloudFiles.flatMap((path) => ['-c', path]);
		const broker = process.env.EMULATOR_MOSQUITTO ? ['--mosquitto', process.env.EMULATOR_MOSQUITTO] : [];
		const [program, ...words] = [...wrapper, 'setpriv', '--pdeathsig', 'TERM', binary, 'run', '--json', ...broker, ...files, ...ports, ...args];
		const child = spawn(program, words,
			{
				stdio: ['ignore', 'pipe', 'pipe'],
				env: {
					...process.env,
					XDG_STATE_HOME: home,
					XDG_RUNTIME_DIR: home,
					/* A plugin built with sanitizers needs their library in a broker built without. */
					...(process.env.EMULATOR_PRELOAD && {
						LD_PRELOAD: process.env.EMULATOR_PRELOAD,
						LSAN_OPTIONS: `suppressions=${here('lsan.supp')}:print_suppressions=0`,
					}),
				},
			});
		emulator.process = child;
		Emulator.started.push(emulator);
		emulator.stderr = '';
		child.stderr.on('data', (text) => { emulator.stderr = (emulator.stderr + text).slice(-8192); });
		emulator.ended = new Promise((resolve) => {
			child.on('error', (error) => resolve({ error: error.message }));
			child.on('exit', (code, signal) => resolve({ code, signal }));
		});

		const lines = createInterface({ input: child.stdout });
		const early = emulator.ended.then((end) => {
			throw new Error(`${binary} ended before it was ready: ${JSON.stringify(end)}\n${emulator.stderr}`);
		});
		early.catch(() => {});
		const [line] = await within(START_MS, 'the ready line', Promise.race([once(lines, 'line'), early]));
		emulator.ready = JSON.parse(line);
		return emulator;
	}

	/* Of a listener of the ready line, by name. */
	listener(name) {
		const { hostname, port } = new URL(this.ready[name].replace(/^\w+:/, 'http:'));
		return { host: hostname, port: Number(port) };
	}

	get httpUrl() { return this.ready.http.replace(/\/$/, ''); }

	async stop() {
		this.process.kill('SIGTERM');
		const end = await within(10_000, 'the end of the emulator', this.ended);
		if (/Sanitizer|runtime error/.test(this.stderr))
			throw new Error(this.stderr);
		return end;
	}

	/* The emulator API: the HTTP status and the JSON. */
	async api(method, path, body) {
		const response = await fetch(`${this.httpUrl}/emulator/v1${path}`, {
			method,
			headers: body === undefined ? {} : { 'Content-Type': 'application/json' },
			body: body === undefined ? undefined : JSON.stringify(body),
			signal: AbortSignal.timeout(20_000 * patience),
		});
		return { status: response.status, body: await response.json() };
	}

	async caCertificate() {
		const response = await fetch(`${this.httpUrl}/ca.pem`, { signal: AbortSignal.timeout(WAIT_MS) });
		return response.text();
	}

	/* The command line against this emulator: exit code, stdout, stderr. */
	async command(...args) {
		const run = promisify(execFile)(binary, [...args, '--url', this.httpUrl], { timeout: 20_000 });
		return run.then(
			({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
			({ code, stdout, stderr }) => ({ code, stdout, stderr }));
	}

	/* The broker is the emulator's child; /proc knows its name and its parent. */
	brokerPid() {
		const [broker] = childrenOf(this.process.pid, 'mosquitto');
		if (!broker)
			throw new Error('the emulator has no broker');
		return broker.pid;
	}

	/* What the plugin has started of that name. */
	helpers(name) {
		return childrenOf(this.brokerPid(), name);
	}
}

/* Processes with their state, as in proc(5). */
function childrenOf(parent, name) {
	return readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).flatMap((pid) => {
		try {
			const [, itsName, state, itsParent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'));
			return itsName === name && Number(itsParent) === parent ? [{ pid: Number(pid), state }] : [];
		} catch {
			return [];   /* it ended meanwhile */
		}
	});
}
