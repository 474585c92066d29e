/*
 * kill -9 at random moments under load: after each restart every answered write is there, no half-written one is, and
 * the database is sound. SOAK_KILLS times, five unless told; `make soak` says 200. SOAK_SEED repeats a run.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Thermostat } from '../interop/device.js';
import { Emulator, WAIT_MS, within } from '../interop/emulator.js';
import { Gateway, names, node, proof } from '../interop/gateway.js';

const KILLS = Number(process.env.SOAK_KILLS ?? 5), DEVICES = 20, LONGEST_MS = 250;
const README = fileURLToPath(new URL('README.md', import.meta.url));
const gatewayCloud = fileURLToPath(new URL('../interop/gateway.json', import.meta.url));

let seed = Number(process.env.SOAK_SEED ?? Date.now() % 1_000_000);
const draw = () => {                                   /* mulberry32 */
	seed = (seed + 0x6D2B79F5) | 0;
	let x = Math.imul(seed ^ (seed >>> 15), 1 | seed);
	x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
	return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
};

let folder, state;
before(() => {
	folder = mkdtempSync(join(tmpdir(), 'alink-kill-'));
	state = join(folder, 'state.sqlite');
});
after(() => {
	Emulator.endAll();
	rmSync(folder, { recursive: true, force: true });
});

/* What was asked for and what of it was answered, by what it is of. Numbers only grow, over all the restarts. */
const writes = new Map();
function entry(what) {
	if (!writes.has(what))
		writes.set(what, { sent: 0, answered: 0 });
	return writes.get(what);
}

/* Writes the next number as soon as the last one is answered, until the other side is gone. */
async function steadily(what, write) {
	const own = entry(what);
	for (;;) {
		own.sent++;
		const n = own.sent;
		if (!await write(n).catch(() => false))
			return;
		own.answered = n;
	}
}

const total = () => [...writes.values()].reduce((sum, own) => sum + own.answered, 0);

/* Waits for the answer or the end of the connection, whichever comes first. */
const orGone = (device, promise) => Promise.race([promise, device.closed.then(() => { throw new Error('gone'); })]);

async function load(emulator) {
	const work = [];
	const [gateway, ...devices] = await Promise.all([Gateway.connect(emulator, 'gw-0001'),
		...Array.from({ length: DEVICES }, (_, n) => Thermostat.connect(emulator, n + 1))]);
	for (const device of devices)
		/* Two values of one message, which must not be torn apart. */
		work.push(steadily(`property ${device.path}`, async (n) =>
			(await orGone(device.mqtt, device.answerTo(String(n), { name: `n${n}`, serial: `n${n}` }))).code === 200));
	/* odd: the node is taken in, even: it is let go */
	work.push(steadily('topology', async (n) => (await orGone(gateway.mqtt,
		n % 2 ? gateway.ask(gateway.topo('add'), [proof(node(1))]) : gateway.ask(gateway.topo('delete'), [names(node(1))]))).code === 200));
	const api = (method, path, body) => emulator.api(method, path, body).then(({ status }) => status < 300);
	work.push(steadily('tag', (n) => api('POST', '/tags/a1Interop01/thermo-30', { tags: { a: `t${n}`, b: `t${n}` } })));
	work.push(steadily('device', (n) => api('POST', '/devices', { productKey: 'a1Interop01', deviceName: `made-${n}` })));
	work.push(steadily('desired', (n) => api('POST', '/desired/a1Interop01/thermo-31', { params: { name: `d${n}` } })));
	return Promise.all(work);
}

/* Every answered write is there, what was not answered may be, and nothing is torn. */
async function verify(emulator) {
	const fits = (what, text, letter) => {
		const { sent, answered } = entry(what), n = text === undefined ? 0 : Number(text.slice(letter.length));
		assert.ok(n >= answered && n <= sent, `${what}: ${n} is there, ${answered} was answered, ${sent} was sent`);
		/* what is there counts as answered from now on */
		writes.get(what).answered = n;
	};
	for (const what of writes.keys()) {
		const path = what.split(' ')[1];
		if (!path)
			continue;
		const { properties } = (await emulator.api('GET', `/properties${path}`)).body;
		assert.equal(properties.name?.value, properties.serial?.value, what);
		fits(what, properties.name?.value, 'n');
		const { samples } = (await emulator.api('GET', `/properties${path}/history?property=name&limit=50`)).body;
		const kept = new Set(samples.map(({ value }) => Number(value.slice(1))));
		for (let n = Math.min(...kept); n <= entry(what).answered; n++)
			assert.ok(kept.has(n) || skipped.has(`${what} ${n}`), `${what}: the history lacks ${n}`);
	}
	const tags = (await emulator.api('GET', '/tags/a1Interop01/thermo-30')).body.tags.map(({ attrValue }) => attrValue);
	assert.equal(tags[0], tags[1]);
	fits('tag', tags[0], 't');
	const made = [];
	for (let after = ''; after !== null;) {
		const { devices, next } = (await emulator.api('GET', `/devices?name=made-*&limit=1000${after && `&after=${encodeURIComponent(after)}`}`)).body;
		made.push(...devices.map(({ deviceName }) => Number(deviceName.slice('made-'.length))));
		after = next;
	}
	const there = new Set(made);
	for (let n = 1; n <= entry('device').answered; n++)
		assert.ok(there.has(n) || skipped.has(`device ${n}`), `device made-${n} was answered and is gone`);
	entry('device').answered = Math.max(entry('device').answered, ...made);
	const desired = (await emulator.api('GET', '/desired/a1Interop01/thermo-31')).body;
	fits('desired', JSON.stringify(desired).match(/"(d\d+)"/)?.[1], 'd');
}

/* Taken in by an odd write, let go by an even one. */
async function verifyTopology(emulator) {
	const own = entry('topology');
	const { subDevices } = (await emulator.api('GET', '/topology/a1EmuGate01/gw-0001')).body;
	assert.ok([own.answered, own.sent].some((n) => n % 2 === subDevices.length), `topology: ${own.answered} was answered, ${JSON.stringify(subDevices)}`);
	own.sent = own.answered = own.answered % 2 === subDevices.length ? own.answered : own.sent;
}

/* Sent and never answered, so that it may have been lost: what comes after it leaves a gap. */
const skipped = new Set();
function forget() {
	for (const [what, own] of writes)
		for (let n = own.answered + 1; n <= own.sent; n++)
			skipped.add(`${what} ${n}`);
}

/* On a copy, so that the emulator itself has to recover what was left. */
function sound() {
	const copy = mkdtempSync(join(folder, 'copy-'));
	for (const name of readdirSync(folder).filter((file) => /^state\.sqlite(-log)?(-wal)?$/.test(file)))
		copyFileSync(join(folder, name), join(copy, name));
	for (const name of ['state.sqlite', 'state.sqlite-log'].filter((file) => existsSync(join(copy, file))))
		assert.equal(execFileSync('python3', ['-c', 'import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute("PRAGMA integrity_check").fetchone()[0])',
			join(copy, name)], { encoding: 'utf8' }).trim(), 'ok', name);
	rmSync(copy, { recursive: true });
}

async function gone(pid) {
	await within(WAIT_MS, `the end of ${pid}`, (async () => {
		for (;;) {
			try {
				process.kill(pid, 0);
			} catch {
				return;
			}
			await new Promise(setImmediate);
		}
	})());
}

test(`${KILLS} times kill -9 under load`, { timeout: 60_000 + KILLS * 10_000 }, async (t) => {
	t.diagnostic(`SOAK_SEED=${seed}`);
	let answered = 0;
	for (let round = 1; round <= KILLS; round++) {
		const emulator = await Emulator.start('-c', gatewayCloud, '--state', state);
		await verify(emulator);
		await verifyTopology(emulator);
		forget();
		const before = total();
		const broker = emulator.brokerPid(), working = load(emulator);
		working.catch(() => {});
		/* Some while the devices still connect, the others at work. */
		for (const begun = Date.now(); round % 4 && total() === before && Date.now() - begun < WAIT_MS;)
			await new Promise(setImmediate);
		await new Promise((resolve) => { setTimeout(resolve, draw() * LONGEST_MS); });
		/* The broker itself mostly; every fifth time the tool, which must not leave it behind. */
		const tool = round % 5 === 0;
		process.kill(tool ? emulator.process.pid : broker, 'SIGKILL');
		await within(WAIT_MS, 'the end of the emulator', emulator.ended);
		await gone(broker);
		await within(20_000, 'the end of the load', working.catch(() => {}));
		answered += total() - before;
		sound();
	}
	const last = await Emulator.start('-c', gatewayCloud, '--state', state);
	await verify(last);
	await verifyTopology(last);
	assert.deepEqual(await last.stop(), { code: 0, signal: null });
	sound();
	assert.ok(answered > KILLS, `${answered}`);
	const result = `${KILLS} kills, ${answered} answered writes, none lost.`;
	t.diagnostic(result);
	if (process.env.SOAK_WRITE)
		writeFileSync(README, readFileSync(README, 'utf8').replace(/<!-- kill -->[^]*?<!-- end -->/, `<!-- kill -->\n${result}\n<!-- end -->`));
});
