/* Who may connect, and how: signatures, transports, take-over. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Device, Thermostat, sign, triple } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';

let emulator;
let url;
before(async () => {
	emulator = await Emulator.start();
	const { host, port } = emulator.listener('mqtt');
	url = `mqtt://${host}:${port}`;
});
after(() => emulator?.stop());

const show = async ({ productKey, deviceName }) =>
	(await emulator.api('GET', `/devices/${productKey}/${deviceName}`)).body;

describe('signatures', () => {
	/* Passwords computed once, outside this project, for the triple a1EmuGate01, gw-0001, 0123456789abcdef0123456789abcdef. */
	const vectors = [
		['md5, with timestamp', 'signmethod=hmacmd5,timestamp=1700000000000', '372c306d60abe35b18b69f4e7ce3b8fd'],
		['sha1, with timestamp', 'signmethod=hmacsha1,timestamp=1700000000000', '7fbc1a0f0239b77c2311cf373731cdd6e0615484'],
		['sha256, with timestamp', 'signmethod=hmacsha256,timestamp=1700000000000',
			'e6790d6140704a2373d3a2d62e35577bc43213b796b8e42874a8b8c82b9fb07f'],
		['no method means md5, without timestamp', undefined, '318a56e9956c22a4a584a6d2d0395f1f'],
		['upper-case hex', 'signmethod=hmacsha1,timestamp=1700000000000', '7FBC1A0F0239B77C2311CF373731CDD6E0615484'],
		['keys in another order, and unknown ones', 'timestamp=1700000000000,_v=sdk-c-3.2.0,lan=JS|Ali,gw=0,signmethod=hmacsha1',
			'7fbc1a0f0239b77c2311cf373731cdd6e0615484'],
	];
	const clientId = (pairs) => `gw-0001.fw|securemode=3${pairs === undefined ? '' : `,${pairs}`}|`;
	const username = 'gw-0001&a1EmuGate01';
	const flip = (password) => password.replace(/.$/, (digit) => (digit === '0' ? '1' : '0'));

	for (const [when, pairs, password] of vectors) {
		test(`accepted: ${when}`, async () => {
			const device = await Device.connect(url, { clientId: clientId(pairs), username, password });
			assert.equal((await show({ productKey: 'a1EmuGate01', deviceName: 'gw-0001' })).online, true);
			await device.end();
		});

		test(`refused when one digit differs: ${when}`, async () => {
			await assert.rejects(Device.connect(url, { clientId: clientId(pairs), username, password: flip(password) }), { code: 5 });
		});
	}

	for (const hash of ['md5', 'sha1', 'sha256']) {
		for (const timestamp of [undefined, '2524608000000']) {
			test(`${hash} ${timestamp ? 'with' : 'without'} timestamp, of a device whose secret is derived`, async () => {
				const device = await Device.connect(url, sign(triple(1), { hash, timestamp }));
				await device.end();
			});
		}
	}

	const refusals = [
		['another device\'s password', { ...sign(triple(1)), password: sign(triple(2)).password }],
		['a signature over another timestamp',
			{ ...sign(triple(1), { timestamp: '1' }), password: sign(triple(1), { timestamp: '2' }).password }],
		['an unknown device', sign({ ...triple(1), deviceName: 'nobody' })],
		['an unknown product', sign({ ...triple(1), productKey: 'a1Nothing01' })],
		['no password', { ...sign(triple(1)), password: undefined }],
		['no user name', { clientId: 'anyone' }],
		['a client id without the bars', { ...sign(triple(1)), clientId: 'a1Interop01.thermo-01' }],
	];
	for (const [what, credentials] of refusals) {
		test(`refused: ${what}`, async () => {
			await assert.rejects(Device.connect(url, credentials), { code: 5 });
		});
	}

	test('MQTT 5: accepted, and refused as not authorized', async () => {
		const device = await Device.connect(url, sign(triple(1)), { protocolVersion: 5 });
		assert.equal(device.connack.properties.maximumQoS, 1);
		assert.equal(device.connack.properties.topicAliasMaximum, 20);
		await device.end();
		await assert.rejects(Device.connect(url, { ...sign(triple(1)), password: 'ab' }, { protocolVersion: 5 }), { code: 135 });
	});

	test('the credentials that the emulator computes are good', async () => {
		const { productKey, deviceName } = triple(3);
		const { code, stdout } = await emulator.command('credentials', productKey, deviceName, '--json');
		assert.equal(code, 0);
		const { host, port, clientId: id, username: user, password } = JSON.parse(stdout);
		assert.deepEqual({ host, port }, emulator.listener('mqtt'));
		const device = await Device.connect(`mqtt://${host}:${port}`, { clientId: id, username: user, password });
		await device.end();
	});
});

describe('transports', () => {
	for (const [name, scheme, securemode] of [['mqtt', 'mqtt', 3], ['mqtts', 'mqtts', 2], ['ws', 'ws', 3]]) {
		test(`${name}: connects and is answered`, async () => {
			const { host, port } = emulator.listener(name);
			const { productKey, deviceName } = triple(4);
			const device = await Device.connect(`${scheme}://${host}:${port}`, sign(triple(4), { securemode, more: ['_ss=1'] }),
				{ ca: await emulator.caCertificate() });
			await device.publish(`/sys/${productKey}/${deviceName}/thing/event/property/post`, { id: '1', params: { temp: 1 } });
			const { payload } = await device.take();
			assert.equal(JSON.parse(payload).code, 200);
			await device.end();
		});
	}

	test('the certificate does not verify without the emulator\'s own CA', async () => {
		const { host, port } = emulator.listener('mqtts');
		await assert.rejects(Device.connect(`mqtts://${host}:${port}`, sign(triple(4), { securemode: 2 })),
			{ code: /SELF_SIGNED|UNABLE_TO/ });
	});
});

describe('one connection for each device', () => {
	for (const [when, cid] of [['another client id', 'second'], ['the same client id', 'first']]) {
		test(`a second connection with ${when} closes the first`, async () => {
			const first = await Thermostat.connect(emulator, 5, { cid: 'first' });
			const second = await Thermostat.connect(emulator, 5, { cid });
			await within(WAIT_MS, 'the first connection\'s end', first.mqtt.closed);
			const { code, id } = await second.answerTo('1', { temp: 1 });
			assert.deepEqual({ code, id }, { code: 200, id: '1' });
			assert.equal((await show(second.identity)).online, true);
			await second.end();
		});
	}

	test('a refused connection takes nothing over', async () => {
		const device = await Thermostat.connect(emulator, 6);
		await assert.rejects(Device.connect(url, { ...sign(triple(6), { cid: 'thief' }), password: 'ab' }), { code: 5 });
		assert.equal((await device.answerTo('1', { temp: 1 })).code, 200);
		await device.end();
	});
});
