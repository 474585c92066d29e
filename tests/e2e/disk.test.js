/*
 * A disk that is full, a file or a folder that cannot be written, descriptors that run out: a clear message, no answered write
 * lost, and all is well again when the cause goes.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, cpSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from '../interop/device.js';
import { cloudFile, Emulator, until, WAIT_MS, within } from '../interop/emulator.js';

let folder;
before(() => { folder = mkdtempSync(join(tmpdir(), 'alink-disk-')); });
after(() => {
	Emulator.endAll();
	spawnSync('chattr', ['-R', '-i', folder]);
	rmSync(folder, { recursive: true, force: true });
});

/* A small file system of its own for one process and its children; `stat` of it through /proc. */
const onSmallDisk = (place, megabytes) =>
	['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o size=${megabytes}m none "$0" && exec "$@"`, place];
const noSmallDisks = spawnSync('unshare', ['-rm', 'sh', '-c', 'mount -t tmpfs -o size=1m none /mnt']).status !== 0 &&
	'this system lets nobody mount a file system of his own';

/* The answer, or null when there is none for so long. */
const answerWithin = (ms, device, id, params) => within(ms, 'an answer', device.answerTo(id, params)).catch(() => null);

/* What ext4 lets root forbid even for files that are open. It stands in for a file system that turns read-only, as one with
   open files does so only when its disk fails. */
const immutable = (flag, files) => spawnSync('chattr', [flag, ...files]).status === 0;
function cannotForbid() {
	const place = mkdtempSync(join(tmpdir(), 'alink-immutable-')), file = join(place, 'file');
	const fd = openSync(file, 'w');
	let forbidden = false;
	try {
		if (immutable('+i', [file]))
			writeSync(fd, 'x');
	} catch {
		forbidden = true;
	} finally {
		immutable('-i', [file]);
		closeSync(fd);
		rmSync(place, { recursive: true });
	}
	return !forbidden && 'this file system, or its owner, lets nobody forbid to write';
}

const stateFiles = (place) => ['state.sqlite', 'state.sqlite-wal'].map((name) => join(place, name));

const outages = [{
	name: 'a full disk', reason: 'full', skip: noSmallDisks,
	start: (place) => onSmallDisk(place, 8),
	begin: (seen) => assert.throws(() => writeFileSync(join(seen, 'ballast'), Buffer.alloc(16 << 20)), { code: 'ENOSPC' }),
	end: (seen) => rmSync(join(seen, 'ballast')),
}, {
	name: 'a state file that may not be written any more', reason: 'disk I/O error', skip: cannotForbid(),
	start: () => [],
	begin: (seen) => assert.ok(immutable('+i', stateFiles(seen))),
	end: (seen) => assert.ok(immutable('-i', stateFiles(seen))),
}];

for (const outage of outages) test(`${outage.name}: nothing is answered, nothing answered is lost, and it goes on when it is over`, { skip: outage.skip }, async () => {
	const place = mkdtempSync(join(folder, 'outage-'));
	const emulator = await Emulator.startIn(outage.start(place), [cloudFile], '--state', join(place, 'state.sqlite'));
	const seen = `/proc/${emulator.brokerPid()}/root${place}`;
	const device = await Thermostat.connect(emulator, 1), other = await Thermostat.connect(emulator, 2);
	let answered = 0, sent = 0;
	const post = async (ms) => {
		sent++;
		const answer = await answerWithin(ms, device, String(sent), { name: `n${sent}`, serial: `n${sent}` });
		if (answer)
			answered = Number(answer.id);
		return answer;
	};
	/* What is there is at least what was answered: an answer that came late may not be counted. */
	const fits = async (where) => {
		const { name, serial } = (await where.api('GET', `/properties${device.path}`)).body.properties;
		const n = Number(name.value.slice(1));
		assert.ok(name.value === serial.value && n >= answered && n <= sent, `${name.value}, ${serial.value}; ${answered} was answered, ${sent} sent`);
	};
	const api = (params) => emulator.api('POST', '/tags/a1Interop01/thermo-20', { tags: params });

	for (const again of ['first', 'second']) {
		assert.equal((await post(WAIT_MS)).code, 200);
		assert.equal((await api({ before: again })).status, 200);
		outage.begin(seen);
		/* There may be room in what the database has already. */
		const said = () => emulator.stderr.match(/the state cannot be written \((.*)\): nothing is answered until it can/)?.[1].includes(outage.reason);
		for (let n = 0; n < 3000 && !said(); n++)
			await post(400);
		assert.ok(said(), emulator.stderr);
		/* Who asks over the API is told, and nothing of it is done. */
		const refused = await api({ during: again });
		assert.deepEqual([refused.status, refused.body.code], [503, 'Unavailable']);
		assert.ok(refused.body.message.includes(outage.reason), refused.body.message);
		assert.equal((await emulator.api('GET', '/status')).status, 200);
		await fits(emulator);

		outage.end(seen);
		await until('an answer', () => post(400));
		await until('what is said', () => /the state can be written again/.test(emulator.stderr));
		assert.equal((await api({ after: again })).status, 200);
		assert.equal((await other.answerTo('1', { power: 1 })).code, 200);
		/* What came late of the device's answers is none of the lost ones. */
		device.mqtt.inbox.length = 0;
		emulator.stderr = '';
	}

	/* And it is really there. */
	const copy = `${place}-copy`;
	process.kill(emulator.brokerPid(), 'SIGSTOP');
	cpSync(seen, copy, { recursive: true, filter: (source) => !source.endsWith('-shm') });
	emulator.process.kill('SIGKILL');
	const [broker] = readdirSync('/proc').filter((pid) => seen.startsWith(`/proc/${pid}/`));
	process.kill(Number(broker), 'SIGKILL');
	const second = await Emulator.start('--state', join(copy, 'state.sqlite'));
	await fits(second);
	const { tags } = (await second.api('GET', '/tags/a1Interop01/thermo-20')).body;
	assert.deepEqual(tags.map(({ attrKey, attrValue }) => [attrKey, attrValue]).sort(), [['after', 'second'], ['before', 'second']]);
	await second.stop();
});

test('a state that cannot be written is said at the start, with its name', { skip: noSmallDisks }, async () => {
	const place = join(folder, 'read-only');
	mkdirSync(place);
	const readOnly = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o ro none "$0" && exec "$@"', place];
	for (const state of [join(place, 'state.sqlite'), join(folder, 'nowhere', 'state.sqlite'), folder])
		await assert.rejects(Emulator.startIn(readOnly, [cloudFile], '--state', state), ({ message }) => {
			assert.match(message, /"code":3/);
			assert.ok(message.includes(`alink: ${state}: unable to open`), message);
			return true;
		});
});

/* What a process has open. */
const descriptors = (pid) => readdirSync(`/proc/${pid}/fd`).length;

test('descriptors that run out: who is there is served, the others are told, and it goes on when there are some', async () => {
	const limit = 80;
	const emulator = await Emulator.startIn(['prlimit', `--nofile=${limit}:${limit}`], [cloudFile], '--state', join(folder, 'few.sqlite'));
	const device = await Thermostat.connect(emulator, 1);
	const idle = { mqtt: [], http: [] };
	const fill = (name) => {
		const { host, port } = emulator.listener(name);
		for (let n = 0; n < limit; n++)
			idle[name].push(net.connect(port, host).on('error', () => {}));
	};
	const broker = emulator.brokerPid();
	fill('mqtt');
	await until('all descriptors of the broker in use', () => descriptors(broker) >= limit - 1);
	for (let id = 1; id <= 20; id++)
		assert.equal((await device.answerTo(String(id), { temp: id })).code, 200);
	await until('what is said', () => /no file descriptor is left: new connections are closed \(ulimit -n\)/.test(emulator.stderr));
	fill('http');
	await until('what is said', () => /HTTP connections cannot be accepted.*ulimit -n/.test(emulator.stderr));
	/* newer brokers say it for each connection, the tool once */
	assert.equal(emulator.stderr.match(/alink.*ulimit -n/g).length, 2, emulator.stderr);
	assert.equal((await device.answerTo('21', { temp: 21 })).code, 200);

	for (const socket of [...idle.mqtt, ...idle.http])
		socket.destroy();
	await until('another device', () => Thermostat.connect(emulator, 2).then((other) => other.end().then(() => true), () => false));
	await until('an answer', () => emulator.api('GET', '/status').then(({ status }) => status === 200, () => false));
	assert.equal((await device.answerTo('22', { temp: 22 })).code, 200);
	assert.deepEqual(await emulator.stop(), { code: 0, signal: null });

	const second = await Emulator.start('--state', join(folder, 'few.sqlite'));
	assert.equal((await second.api('GET', `/properties${device.path}`)).body.properties.temp.value, 22);
	await second.stop();
});
