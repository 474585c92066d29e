/* `alink-emulator exec` around a command, and the scenarios that it judges. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { binary, cloudFile } from '../interop/emulator.js';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export const folder = mkdtempSync(join(tmpdir(), 'alink-exec-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
mkdirSync(join(folder, 'bin'));
symlinkSync(binary, join(folder, 'bin', 'alink-emulator'));

const env = {
	...process.env,
	PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
	XDG_STATE_HOME: folder,
	XDG_RUNTIME_DIR: folder,
	/* A plugin built with sanitizers needs their library in a broker built without. */
	...(process.env.EMULATOR_PRELOAD && {
		LD_PRELOAD: process.env.EMULATOR_PRELOAD,
		LSAN_OPTIONS: `suppressions=${here('../interop/lsan.supp')}:print_suppressions=0`,
	}),
};

/* A command that sees nothing of sanitizers. */
export const plain = (...command) => ['env', '-u', 'LD_PRELOAD', '-u', 'LSAN_OPTIONS', ...command];
/* The device: it posts so many times, and ends with this code. */
export const device = (posts, code = 0, ...more) => plain(process.execPath, here('poster.js'), String(posts), String(code), ...more);

export function file(name, content) {
	const path = join(folder, name);
	writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content, null, '\t'));
	return path;
}

/* To its end, in the folder of the tests: { code, out, err }. */
export function run(program, words, more = {}) {
	const child = spawn(program, words, { cwd: folder, env: { ...env, ...more }, stdio: ['ignore', 'pipe', 'pipe'], timeout: 60_000 });
	const ran = { out: '', err: '' };
	child.stdout.setEncoding('utf8').on('data', (text) => { ran.out += text; });
	child.stderr.setEncoding('utf8').on('data', (text) => { ran.err += text; });
	return new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('close', (code, signal) => resolve({ ...ran, code: code ?? signal }));
	});
}

export const exec = (options, command, more) => run(binary, ['exec', '-c', cloudFile, '--mqtt-port', '0', '--mqtts-port', 'off',
	'--ws-port', 'off', '--http-port', '0', '--https-port', 'off', ...options, '--', ...command], more);

/* The first answer is lost; the device must post again. */
export const lost = (more = {}) => ({
	scenario: 1,
	name: 'lost',
	rules: [{ id: 'lose', on: 'reply', match: { method: 'property.post' }, when: { nth: 1 }, do: [{ drop: 'this' }] }],
	expect: [{ id: 'again', that: 'publish.up', match: { method: 'property.post' }, after: 'lose', within: '30s', per: 'device' }],
	...more,
});
