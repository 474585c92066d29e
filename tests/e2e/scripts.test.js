/*
 * Scripts that loop, eat memory, recurse without end or take their engine down cost their own device its answer
 * and nobody else anything. doc: "Data parsing", error codes.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Device, sign } from '../interop/device.js';
import { Emulator, until, WAIT_MS, within } from '../interop/emulator.js';

const secrets = { a1Wild00001: 'PsWild0000000001', a1Tame00001: 'PsTame0000000001', a1Plain0001: 'PsPlain000000001' };

let emulator;
before(async () => {
	emulator = await Emulator.start('-c', fileURLToPath(new URL('scripts.json', import.meta.url)));
});
after(() => emulator?.stop());

/* With its topics, and what it is sent in hex. */
async function connect(productKey, deviceName) {
	const deviceSecret = createHmac('sha256', secrets[productKey]).update(deviceName).digest('hex').slice(0, 32);
	const { host, port } = emulator.listener('mqtt');
	const device = await Device.connect(`mqtt://${host}:${port}`,
		sign({ productKey, deviceName, deviceSecret }, { more: ['_ss=1'] }));
	device.topic = (rest) => `/sys/${productKey}/${deviceName}/${rest}`;
	return device;
}

async function connectRaw(...triple) {
	const device = await connect(...triple);
	device.encoding = 'hex';
	device.send = (hex) => device.publish(device.topic('thing/model/up_raw'), Buffer.from(hex, 'hex'));
	/* The answer to bytes, in hex. */
	device.ask = async (hex) => {
		await device.send(hex);
		const { topic, payload } = await device.take();
		assert.equal(topic, device.topic('thing/model/up_raw_reply'));
		return payload;
	};
	return device;
}

/* One of the wild ones: the code that it is answered. */
async function connectWild(number) {
	const device = await connectRaw('a1Wild00001', `wild_0${number}`);
	device.code = async (hex) => parseInt(await device.ask(hex), 16);
	return device;
}

/* Asks again as soon as it is answered, until stopped: how often, and the slowest answer in ms. */
function steadily(ask) {
	const steady = { answers: 0, slowest: 0, running: true };
	const work = (async () => {
		while (steady.running) {
			const begun = performance.now();
			await ask(steady.answers);
			steady.slowest = Math.max(steady.slowest, performance.now() - begun);
			steady.answers++;
		}
	})();
	steady.stop = () => {
		steady.running = false;
		return work;
	};
	return steady;
}

const helpers = () => emulator.helpers('alink-script');

const reasonOf = async (deviceName, code) => {
	const { records } = (await emulator.api('GET',
		`/log?productKey=a1Wild00001&deviceName=${deviceName}&service=ScriptParsing&status=failed`)).body;
	return records.findLast((record) => record.code === code)?.why;
};

test('while one script loops for its 3 s, every other device is answered', async (t) => {
	const wild = await connectWild(1), sibling = await connectWild(2);
	const tame = await connectRaw('a1Tame00001', 'tame_01');
	const plain = await connect('a1Plain0001', 'plain_01');
	assert.equal(await wild.code('00'), 200);

	const order = [];
	const loop = wild.code('01').then((code) => { order.push(code); return code; });
	const others = {
		'a device that sends JSON': steadily(async (n) => {
			await plain.publish(plain.topic('thing/event/property/post'), { id: String(n), params: { n } });
			const reply = JSON.parse((await plain.take()).payload);
			assert.deepEqual([reply.id, reply.code], [String(n), 200]);
			order.push('JSON');
		}),
		'a device of another script': steadily(async () => {
			assert.equal(await tame.ask('00002233441232013fa00000'), '0200223344c8');
			order.push('another');
		}),
		'a device of the same script': steadily(async () => {
			assert.equal(await sibling.code('00'), 200);
			order.push('same');
		}),
	};
	assert.equal(await loop, 26003);
	for (const [who, steady] of Object.entries(others)) {
		await steady.stop();
		t.diagnostic(`${who}: ${steady.answers} answers while the script looped, the slowest after ${steady.slowest.toFixed(1)} ms`);
	}
	/* On order, not on time: hundreds of answers came in these 3 s, long before the loop's own. */
	for (const who of ['JSON', 'another', 'same'])
		assert.ok(order.slice(0, order.indexOf(26003)).filter((entry) => entry === who).length >= 20, `${who}: ${order.length}`);
	assert.match(await reasonOf('wild_01', 26003), /ran longer than 3000 ms/);
	/* … and the next message is read by a process that knows nothing of it. */
	assert.equal(await wild.code('00'), 200);
	await Promise.all([wild, sibling, tame, plain].map((device) => device.end()));
});

for (const [what, number, byte, why] of [
	['eats memory', 3, '02', /memory \(64 MB\) is used up/],
	['recurses without end', 4, '03', /line 3: .*RangeError/],
]) {
	test(`a script that ${what} fails with 26002, and its device goes on`, async () => {
		const device = await connectWild(number);
		assert.equal(await device.code(byte), 26002);
		assert.match(await reasonOf(`wild_0${number}`, 26002), why);
		assert.equal(await device.code('00'), 200);
		await device.end();
	});
}

test('a script that takes its engine down fails with 26002, and the engine is replaced', async () => {
	const device = await connectWild(5);
	assert.equal(await device.code('00'), 200);
	const before = helpers().map(({ pid }) => pid);
	/* No script is known that crashes the engine; so the one that runs is helped along. */
	const code = device.code('01');
	const running = await until('the script that runs', () => helpers().find(({ state }) => state === 'R'));
	process.kill(running.pid, 'SIGABRT');
	assert.equal(await code, 26002);
	assert.match(await reasonOf('wild_05', 26002), /brought its engine down \(signal 6\)/);
	assert.equal(await device.code('00'), 200);
	assert.ok(before.length > 0 && !helpers().some(({ pid }) => pid === running.pid));
	await device.end();
});

test('an engine that dies while it is idle costs nobody anything', async () => {
	const device = await connectWild(5);
	assert.equal(await device.code('00'), 200);
	for (const { pid } of helpers())
		process.kill(pid, 'SIGKILL');
	await until('their end', () => helpers().every(({ state }) => state === 'Z'));
	assert.equal(await device.code('00'), 200);
	await device.end();
});

test('a script that is submitted is in use at once; what it says stands in the log', async () => {
	const device = await connectWild(5);
	const put = (script) => emulator.api('PUT', '/products/a1Wild00001/script', { script });
	assert.equal((await put(`function rawDataToProtocol(bytes) { console.log('got', bytes); return {}; }
		function protocolToRawData(json) { return [json.code >> 24, json.code >> 16, json.code >> 8, json.code]; }`)).status, 200);
	assert.equal(await device.code('0102'), 6450);
	const { records } = (await emulator.api('GET', '/log?keyword=console.log&deviceName=wild_05')).body;
	assert.equal(records.at(-1).content, 'got [1,2]\n');
	await device.end();
});

test('when the emulator ends, no process of its scripts is left', async () => {
	const pids = helpers().map(({ pid }) => pid);
	assert.ok(pids.length >= 1 && pids.length <= 4, `${pids.length}`);
	await emulator.stop();
	emulator = undefined;
	await within(WAIT_MS, 'their end', (async () => {
		for (const pid of pids)
			await until(`the end of ${pid}`, () => {
				try {
					return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
				} catch {
					return true;
				}
			});
	})());
});
