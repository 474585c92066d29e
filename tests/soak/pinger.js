/*
 * A device that posts a little after each answer, in a process of its own, so that nothing else holds it up.
 * Arguments: host, port, credentials, topic, as one JSON text. On each message from its parent it tells how long it
 * waited for an answer at most since the last one, and begins anew.
 */
import { Device } from '../interop/device.js';

const { host, port, credentials, topic } = JSON.parse(process.argv[2]);
const device = await Device.connect(`mqtt://${host}:${port}`, credentials);
device.client.stream.setNoDelay(true);   /* else the client's own kernel waits for 40 ms within each message */
await device.subscribe(`${topic}_reply`);

const PAUSE_MS = 2;
let since, longest = 0, answers = 0, asked = 0, waiting = false;
function ask() {
	since = performance.now();
	waiting = true;
	device.client.publish(topic, JSON.stringify({ id: String(++asked), params: { n: asked % 1000 } }), { qos: 0 });
}
device.client.on('message', (_, payload) => {
	const { id, code } = JSON.parse(payload);
	if (id !== String(asked) || code !== 200)
		throw new Error(`answered ${payload} to ${asked}`);
	longest = Math.max(longest, performance.now() - since);
	waiting = false;
	answers++;
	device.inbox.length = 0;
	setTimeout(ask, PAUSE_MS);
});
device.closed.catch(() => {}).then(() => { process.exitCode = 1; process.connected && process.disconnect(); });
process.on('message', () => {
	/* what it is waiting for now counts as well */
	process.send({ longest: Math.max(longest, waiting ? performance.now() - since : 0), answers });
	longest = answers = 0;
});
process.on('disconnect', () => process.exit());
ask();
process.send({});
