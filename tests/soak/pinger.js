/*
 * A device that posts a little after each answer, in a process of its own, so that nothing else holds it up.
 * Arguments: host, port, credentials, topic, broker, as one JSON text. On each message from its parent it tells how
 * long it waited for an answer at most since the last one, and what the broker's thread did of that time, and begins anew.
 */
import { readFileSync } from 'node:fs';
import { Device } from '../interop/device.js';

const { host, port, credentials, topic, broker } = JSON.parse(process.argv[2]);
const device = await Device.connect(`mqtt://${host}:${port}`, credentials);
device.client.stream.setNoDelay(true);   /* else the client's own kernel waits for 40 ms within each message */
await device.subscribe(`${topic}_reply`);

/* Milliseconds that the broker's thread has worked, and that it was ready to work but others were at it, so far. */
const worked = () => readFileSync(`/proc/${broker}/task/${broker}/schedstat`, 'latin1').split(' ').map((ns) => Number(ns) / 1e6);

const PAUSE_MS = 2;
let since, before, waiting = false, asked = 0, told = { wait: 0, busy: 0, queued: 0, answers: 0 };
function ask() {
	before = worked();
	since = performance.now();
	waiting = true;
	device.client.publish(topic, JSON.stringify({ id: String(++asked), params: { n: asked % 1000 } }), { qos: 0 });
}
function note() {
	const wait = performance.now() - since, [busy, queued] = worked();
	if (waiting && wait > told.wait)
		told = { ...told, wait, queued: queued - before[1] };
	/* not always of the longest wait */
	told.busy = Math.max(told.busy, waiting ? busy - before[0] : 0);
}
device.client.on('message', (_, payload) => {
	const { id, code } = JSON.parse(payload);
	if (id !== String(asked) || code !== 200)
		throw new Error(`answered ${payload} to ${asked}`);
	note();
	waiting = false;
	told.answers++;
	device.inbox.length = 0;
	setTimeout(ask, PAUSE_MS);
});
device.closed.catch(() => {}).then(() => { process.exitCode = 1; process.connected && process.disconnect(); });
process.on('message', () => {
	note();
	process.send(told);
	told = { wait: 0, busy: 0, queued: 0, answers: 0 };
});
process.on('disconnect', () => process.exit());
ask();
process.send({});
