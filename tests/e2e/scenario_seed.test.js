/*
 * A run repeats: with the same seed each message of a device meets the same fate, also when other devices keep the
 * broker busy; with another seed it does not.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Thermostat } from '../interop/device.js';
import { Emulator } from '../interop/emulator.js';

const MESSAGES = 60;
const posts = { method: 'property.post' };
const scenario = {
	scenario: 1, name: 'seed',
	rules: [
		{ id: 'lost', on: 'publish.up', match: posts, when: { probability: 0.25 }, do: [{ drop: 'this' }] },
		{ id: 'busy', on: 'publish.up', match: posts, when: { burst: { enter: 0.3, exit: 0.6 } }, do: [{ reply: { code: 429 } }] },
		{ id: 'unheard', on: 'reply', match: posts, when: { probability: 0.2 }, do: [{ drop: 'this' }] },
		{ id: 'broken', on: 'reply', match: posts, when: { probability: 0.2 }, do: [{ corrupt: { mode: 'garbage', bytes: 6 } }] },
	],
};

/* Others that post as fast as they are acknowledged, until told to stop. */
function crowd(emulator, numbers) {
	let running = true;
	const work = numbers.map(async (number) => {
		const device = await Thermostat.connect(emulator, number);
		for (let id = 1; running; id++)
			await device.post(String(id), { temp: id % 100 });
		await device.end();
	});
	return () => {
		running = false;
		return Promise.all(work);
	};
}

/* What became of each message, in order. What is never held back comes behind each, and tells that nothing else does. */
async function fates(seed, others) {
	const emulator = await Emulator.start('--seed', String(seed));
	try {
		const loaded = await emulator.api('POST', '/scenarios', { scenario });
		assert.equal(loaded.body.seed, seed);
		const device = await Thermostat.connect(emulator, 1);
		const mark = device.topic('thing/property/desired/get'), seen = [];
		device.mqtt.encoding = 'latin1';
		await device.mqtt.subscribe(`${mark}_reply`);
		const stop = crowd(emulator, others);
		const sent = [];
		for (let id = 1; id <= MESSAGES; id++)
			sent.push(device.post(String(id), { temp: 20 }), device.mqtt.publish(mark, { id: `mark-${id}`, params: ['temp'] }));
		while (seen.length < MESSAGES) {
			let fate = '';
			for (let message = await device.mqtt.take(); message.topic !== `${mark}_reply`; message = await device.mqtt.take())
				fate += message.payload.replace(/.*"code":(\d+).*/, '$1');
			seen.push(fate);
		}
		await Promise.all(sent);
		await stop();
		await device.end();
		return seen;
	} finally {
		await emulator.stop();
	}
}

test('the same seed is the same fate, message by message', async () => {
	const alone = await fates(20260914, []), among = await fates(20260914, [2, 3, 4]);
	assert.deepEqual(among, alone);
	for (const what of ['', '200', '429'])
		assert.ok(alone.includes(what), `no message of ${MESSAGES} met ${what || 'silence'}`);
	assert.ok(alone.some((fate) => fate.length === 6), 'no answer was broken');
	assert.notDeepEqual(await fates(20260915, []), alone);
});
