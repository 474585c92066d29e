/* The cloud's time under a scenario, over a real broker: frozen, sixty times as fast, and from deadline to deadline. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Thermostat } from '../interop/device.js';
import { Emulator, WAIT_MS } from '../interop/emulator.js';

let emulator, device;
before(async () => {
	emulator = await Emulator.start();
	device = await Thermostat.connect(emulator, 1);
	await device.mqtt.subscribe(`/ext/ntp${device.path}/response`);
});
after(async () => {
	await device?.end();
	await emulator?.stop();
});

async function load(parts) {
	const { status, body } = await emulator.api('POST', '/scenarios', { scenario: { scenario: 1, name: 'c', ...parts } });
	assert.equal(status, 201, JSON.stringify(body));
}

const unload = async () => (await emulator.api('DELETE', '/scenarios/c')).body;

/* doc: "NTP service": what the platform's clock says. */
async function ntp() {
	await device.mqtt.publish(`/ext/ntp${device.path}/request`, { deviceSendTime: '1' });
	return Number(JSON.parse((await device.mqtt.take()).payload).serverSendTime);
}

const set = (id) => [{ push: { method: 'thing.service.property.set', id, params: { temp: 1 } } }];

test('frozen: nothing comes due until somebody moves it', async () => {
	await load({
		clock: { mode: 'frozen', start: '2026-03-01T00:00:00Z' },
		timeline: [{ id: 's', at: '1h', target: 'thermo-01', do: set('71') }],
		stop: { after: '2h' },
	});
	assert.equal(await ntp(), Date.UTC(2026, 2, 1));
	await new Promise((resolve) => { setTimeout(resolve, 60); });
	assert.equal(await ntp(), Date.UTC(2026, 2, 1));
	assert.equal((await emulator.command('clock', 'advance', '1h')).code, 0);
	assert.equal(JSON.parse((await device.mqtt.take()).payload).id, '71');
	assert.equal(await ntp(), Date.UTC(2026, 2, 1, 1));
	assert.equal((await unload()).timeline[0].done, 1);
	assert.ok(Math.abs(await ntp() - Date.now()) < WAIT_MS);
});

test('scaled: two minutes in a fifth of a second', async () => {
	await load({
		clock: { mode: 'scaled', scale: 600 },
		timeline: [{ id: 's', at: '30s', target: 'thermo-01', repeat: { every: '30s', times: 4 }, do: set('72') }],
	});
	/* At the world's pace none of them would come while take() waits. */
	for (let k = 0; k < 4; k++)
		assert.equal(JSON.parse((await device.mqtt.take()).payload).id, '72');
	await unload();
});

test('virtual: a day of hourly requests, each answered, in seconds', async () => {
	let answers = 0, running = true;
	const work = (async () => {
		while (running && answers < 24) {
			const { topic, payload } = await device.mqtt.take();
			assert.equal(topic, device.topic('thing/service/property/set'));
			await device.mqtt.publish(`${topic}_reply`, { id: JSON.parse(payload).id, code: 200, data: {} });
			answers++;
		}
	})();
	await load({
		clock: { mode: 'virtual', start: '2026-03-01T00:00:00Z' },
		timeline: [{ id: 'hourly', at: '1h', target: 'thermo-01', repeat: { every: '1h', times: 24 }, do: [{ push: { method: 'thing.service.property.set', params: { temp: 1 } } }] }],
		expect: [
			{ id: 'asked', that: 'publish.down', match: { method: 'thing.service.property.set' }, count: 24 },
			/* On a busy machine an answer may take longer than the quiet that the clock waits for: the last ones may be late. */
			{ id: 'answered', that: 'publish.up', match: { method: 'thing.service.property.set_reply' }, count: { min: 20 } },
			{ id: 'ids', invariant: 'replies-carry-the-request-id' },
		],
		stop: { after: '25h' },
	});
	try {
		await work;
	} finally {
		running = false;
	}
	let report;
	for (const begun = performance.now(); !(report = (await emulator.api('GET', '/scenarios/c')).body).ended; await new Promise(setImmediate))
		assert.ok(performance.now() - begun < WAIT_MS, 'the day does not end');
	assert.deepEqual([report.verdict, report.ended, answers], ['passed', 'its time is over', 24]);
	assert.ok(report.durationMs === 25 * 3_600_000);
	await unload();
});

test('a clock of its own is for one scenario at a time', async () => {
	await load({ clock: { mode: 'real' }, timeline: [{ at: '1m', do: [{ log: 'x' }] }] });
	const { status, body } = await emulator.api('POST', '/scenarios',
		{ scenario: { scenario: 1, name: 'd', clock: { mode: 'frozen' }, timeline: [{ at: '1m', do: [{ log: 'x' }] }] } });
	assert.equal(status, 400);
	assert.match(body.message, /scenario `c` has a `clock` already/);
	await unload();
});
