/*
 * A gateway made of the `mqtt` package, what it proves for its sub-devices, and the sub-devices of gateway.json.
 */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { Device, sign } from './device.js';

export const GATEWAY = 'a1EmuGate01', NODE = 'a1InteropSub';
export const SECRETS = { 'gw-0001': '0123456789abcdef0123456789abcdef', 'gw-0002': '02020202020202020202020202020202' };

export const hmac = (hash, key, text) => createHmac(hash, key).update(text).digest('hex');

/* Their secrets are derived, for the cloud file names none. */
export function node(number) {
	const deviceName = `node_${String(number).padStart(4, '0')}`;
	return { productKey: NODE, deviceName, deviceSecret: hmac('sha256', 'PsInteropSub0001', deviceName).slice(0, 32) };
}

export const names = ({ productKey, deviceName }) => ({ deviceName, productKey });

/* doc: "Connect or disconnect sub-devices": an entry as topo/add and login have it. */
export function proof({ productKey, deviceName, deviceSecret }) {
	const clientId = `${productKey}.${deviceName}`, timestamp = '2524608000000';
	const content = `clientId${clientId}deviceName${deviceName}productKey${productKey}timestamp${timestamp}`;
	return { productKey, deviceName, clientId, timestamp, signMethod: 'hmacSha256', sign: hmac('sha256', deviceSecret, content), cleanSession: 'true' };
}

/* A gateway that asks for automatic subscription, as the C SDKs do. */
export class Gateway {
	static async connect(emulator, deviceName, options) {
		const { host, port } = emulator.listener('mqtt');
		const gateway = new Gateway();
		const identity = { productKey: GATEWAY, deviceName, deviceSecret: SECRETS[deviceName] };
		gateway.mqtt = await Device.connect(`mqtt://${host}:${port}`, sign(identity, { more: ['_ss=1'] }), options);
		gateway.topo = (rest) => `/sys/${GATEWAY}/${deviceName}/thing/topo/${rest}`;
		gateway.session = (rest) => `/ext/session/${GATEWAY}/${deviceName}/combine/${rest}`;
		gateway.error = `/ext/error/${GATEWAY}/${deviceName}`;
		return gateway;
	}

	/* What comes next, which must be JSON. */
	async take() {
		const { topic, payload } = await this.mqtt.take();
		return { topic, ...JSON.parse(payload) };
	}

	async ask(topic, params) {
		await this.mqtt.publish(topic, { id: '7', version: '1.0', params });
		const reply = await this.take();
		assert.equal(reply.topic, `${topic}_reply`);
		return reply;
	}
}
