/*
 * The same as responder.c as most people write it: Node with the `mqtt` package, which is that of tests/interop.
 *
 *   node responder.mjs PORT
 */
import { createRequire } from 'node:module';

const mqtt = createRequire(new URL('../interop/package.json', import.meta.url))('mqtt');
const client = mqtt.connect(`mqtt://127.0.0.1:${process.argv[2]}`, { clientId: 'mock-cloud' });

client.on('error', () => process.exit(1));
client.on('connect', () => client.subscribe('/sys/+/+/thing/event/property/post', error => {
	if (error)
		process.exit(1);
	console.log('ready');
}));
client.on('message', (topic, payload) => {
	const { id } = JSON.parse(payload);

	client.publish(`${topic}_reply`, JSON.stringify({
		code: 200, data: {}, id, message: 'success', method: 'thing.event.property.post', version: '1.0',
	}));
});
