/*
 * A device made of the `mqtt` package: a plain MQTT client that knows how to sign, and an inbox.
 */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import mqtt from 'mqtt';
import { WAIT_MS, within } from './emulator.js';

const PRODUCT_KEY = 'a1Interop01';
const PRODUCT_SECRET = 'PsInterop0123456';

const hmac = (hash, key, text) => createHmac(hash, key).update(text).digest('hex');

/* A device of the cloud file's range. Its file names no secret, so it is derived (cloud file, section 6 of the design). */
export function triple(number) {
	const deviceName = `thermo-${String(number).padStart(2, '0')}`;
	return {
		productKey: PRODUCT_KEY,
		deviceName,
		deviceSecret: hmac('sha256', PRODUCT_SECRET, deviceName).slice(0, 32),
	};
}

/* doc: "Establish MQTT connections over TCP": what a client computes from a triple. */
export function sign({ productKey, deviceName, deviceSecret }, options = {}) {
	const { cid = `${productKey}.${deviceName}`, hash = 'sha256', timestamp, securemode = 3, more = [] } = options;
	const pairs = [`securemode=${securemode}`, `signmethod=hmac${hash}`, ...more];
	let content = `clientId${cid}deviceName${deviceName}productKey${productKey}`;
	if (timestamp !== undefined) {
		pairs.push(`timestamp=${timestamp}`);
		content += `timestamp${timestamp}`;
	}
	return {
		clientId: `${cid}|${pairs.join(',')}|`,
		username: `${deviceName}&${productKey}`,
		password: hmac(hash, deviceSecret, content),
	};
}

export class Device {
	/* `url` as the `mqtt` package takes it; rejects with its error, whose `code` is the CONNACK's. */
	static async connect(url, credentials, options = {}) {
		const client = mqtt.connect(url, {
			...credentials, clean: true, keepalive: 60, reconnectPeriod: 0, connectTimeout: WAIT_MS, ...options,
		});
		const device = new Device(client);
		await within(WAIT_MS, 'CONNACK', Promise.race([
			once(client, 'connect').then(([connack]) => { device.connack = connack; }),
			/* once() rejects on 'error'; a connection that closes without an answer is an error, too */
			once(client, 'close').then(() => { throw device.failure ?? new Error('closed before CONNACK'); }),
		])).catch((error) => {
			client.end(true);
			throw error;
		});
		return device;
	}

	constructor(client) {
		this.client = client;
		this.encoding = 'utf8';
		this.inbox = [];       /* messages nobody has taken yet, oldest first */
		this.arrived = null;   /* wakes take() */
		/* However it ended: a reset comes as an error first. */
		this.closed = new Promise((resolve) => { client.once('close', resolve); });
		client.on('error', (error) => { this.failure = error; });
		client.on('message', (topic, payload) => {
			this.inbox.push({ topic, payload: payload.toString(this.encoding) });
			this.arrived?.();
		});
	}

	/* The oldest message not yet taken. */
	async take() {
		if (this.inbox.length === 0)
			await within(WAIT_MS, 'a message', new Promise((resolve) => { this.arrived = resolve; }));
		return this.inbox.shift();
	}

	/* Resolves with the SUBACK's return codes, refusals (128) included. */
	async subscribe(...filters) {
		const suback = new Promise((resolve) => {
			this.client.on('packetreceive', function granted(packet) {
				if (packet.cmd === 'suback') {
					this.off('packetreceive', granted);
					resolve(packet.granted);
				}
			});
		});
		this.client.subscribe(filters, { qos: 1 }, () => {});
		return within(WAIT_MS, 'SUBACK', suback);
	}

	/* Resolves when the broker has acknowledged. */
	publish(topic, message) {
		const payload = typeof message === 'string' || Buffer.isBuffer(message) ? message : JSON.stringify(message);
		return within(WAIT_MS, 'PUBACK', this.client.publishAsync(topic, payload, { qos: 1 }));
	}

	end() { return this.client.endAsync(true); }
}

/* A thermostat and its topics. */
export class Thermostat {
	/* `own` decides the credentials; subscribes to the replies and the sets unless told otherwise. */
	static async connect(emulator, number, { subscribe = true, ...own } = {}) {
		const identity = triple(number);
		const { host, port } = emulator.listener('mqtt');
		const thermostat = new Thermostat();
		thermostat.identity = identity;
		thermostat.path = `/${identity.productKey}/${identity.deviceName}`;
		thermostat.topic = (rest) => `/sys${thermostat.path}/${rest}`;
		thermostat.mqtt = await Device.connect(`mqtt://${host}:${port}`, sign(identity, own));
		if (subscribe)
			await thermostat.mqtt.subscribe(thermostat.topic('thing/event/+/post_reply'), thermostat.topic('thing/service/property/set'));
		return thermostat;
	}

	post(id, params, more = {}) {
		return this.mqtt.publish(this.topic('thing/event/property/post'),
			{ id, version: '1.0', params, method: 'thing.event.property.post', ...more });
	}

	/* Posts, and takes what comes next, which must be JSON. */
	async answerTo(id, params, more) {
		await this.post(id, params, more);
		const { topic, payload } = await this.mqtt.take();
		return { topic, ...JSON.parse(payload) };
	}

	end() { return this.mqtt.end(); }
}
