/* The vendor's own Node SDK, unmodified, as a device: over TCP, and over TLS with the emulator's CA. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { triple } from './device.js';
import { Emulator, WAIT_MS, within } from './emulator.js';

let emulator;
let folder;
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-vendor-'));
	emulator = await Emulator.start();
	writeFileSync(join(folder, 'ca.pem'), await emulator.caCertificate());
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true, force: true });
});

class VendorDevice {
	constructor(config) {
		this.child = fork(fileURLToPath(new URL('vendor_device.js', import.meta.url)), [JSON.stringify(config)],
			{ env: { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') } });
		this.events = [];
		this.arrived = () => {};
		this.ended = new Promise((resolve) => { this.child.on('exit', resolve); });
		this.child.on('message', (message) => { this.events.push(message); this.arrived(); });
	}

	/* The first event of that name not yet taken; an error before it fails. */
	next(name) {
		return within(WAIT_MS, `the SDK's ${name}`, new Promise((resolve, reject) => {
			this.arrived = () => {
				const bad = this.events.find(({ event }) => event === 'error');
				if (bad)
					reject(new Error(bad.error));
				const at = this.events.findIndex(({ event }) => event === name);
				if (at < 0)
					return;
				this.arrived = () => {};   /* what comes later is the next caller's */
				resolve(this.events.splice(at, 1)[0]);
			};
			this.arrived();
		}));
	}

	async end() {
		this.child.send({ end: true });
		assert.equal(await within(WAIT_MS, 'the end of the SDK\'s process', this.ended), 0);
	}
}

for (const [transport, scheme, number] of [['mqtt', 'mqtt', 1], ['mqtts', 'mqtts', 2]]) {
	describe(`vendor SDK over ${transport}`, () => {
		const identity = triple(number);
		const path = `/${identity.productKey}/${identity.deviceName}`;
		let device;
		before(async () => {
			const { host, port } = emulator.listener(transport);
			device = new VendorDevice({ ...identity, brokerUrl: `${scheme}://${host}:${port}` });
			await device.next('connect');
		});
		after(() => { device?.child.kill('SIGKILL'); });

		test('is online, with its own client id', async () => {
			const { online, clientId } = (await emulator.api('GET', `/devices${path}`)).body;
			assert.equal(online, true);
			assert.match(clientId, new RegExp(`^${identity.productKey}&${identity.deviceName}\\|securemode=${transport === 'mqtts' ? 2 : 3},`));
		});

		test('posts a property and gets the reply', async () => {
			device.child.send({ post: { temp: 22 } });
			const { reply } = await device.next('reply');
			const { id, ...rest } = reply;
			assert.match(id, new RegExp(`^\\d+\\|exp-topic\\|/sys${path}/thing/event/property/post_reply$`));
			assert.deepEqual(rest, { code: 200, data: {}, message: 'success', method: 'thing.event.property.post', version: '1.0' });
			const { properties } = (await emulator.api('GET', `/properties${path}`)).body;
			assert.equal(properties.temp.value, 22);
		});

		test('is told which property was refused', async () => {
			device.child.send({ post: { ghost: 1 } });
			const { reply } = await device.next('reply');
			assert.deepEqual({ code: reply.code, data: reply.data }, { code: 200, data: { ghost: 'tsl parse: params not exist' } });
		});

		test('posts an event and gets the reply', async () => {
			device.child.send({ report: ['frost', { low: -4 }] });
			const { reply } = await device.next('reply');
			const { id, ...rest } = reply;
			assert.match(id, new RegExp(`^\\d+\\|exp-topic\\|/sys${path}/thing/event/frost/post_reply$`));
			assert.deepEqual(rest, { code: 200, data: {}, message: 'success', method: 'thing.event.frost.post', version: '1.0' });
			const { code, stdout } = await emulator.command('event', 'list', identity.productKey, identity.deviceName, 'frost', '--json');
			assert.equal(code, 0);
			const [{ time, ...event }] = JSON.parse(stdout).events;
			assert.deepEqual(event, { identifier: 'frost', type: 'alert', value: { low: -4 } });
			assert.ok(Math.abs(Date.now() - time) < 600_000);
		});

		test('is told why an event was refused', async () => {
			device.child.send({ report: ['frost', { low: 6 }] });
			const { reply } = await device.next('reply');
			assert.deepEqual({ code: reply.code, message: reply.message },
				{ code: 6306, message: 'tsl parse: int value is bigger than max 5 -> low' });
		});

		test('takes a property set from the command line and posts the new value', async () => {
			const call = emulator.command('property', 'set', identity.productKey, identity.deviceName, 'temp=25', '--json');
			const { request } = await device.next('set');
			assert.deepEqual(request.params, { temp: 25 });
			const { code, stdout } = await call;
			assert.equal(code, 0);
			assert.deepEqual(JSON.parse(stdout), { id: request.id, code: 200, data: {} });
			assert.equal((await device.next('posted')).reply.code, 200);
			const { properties } = (await emulator.api('GET', `/properties${path}`)).body;
			assert.equal(properties.temp.value, 25);
			const { samples } = (await emulator.api('GET', `/properties${path}/history?property=temp`)).body;
			assert.deepEqual(samples.map(({ value }) => value), [25, 22]);
		});

		test('answers an asynchronous service, with an id of its own', async () => {
			const { code, stdout, stderr } = await emulator.command('service', 'call', identity.productKey, identity.deviceName,
				'reboot', '--json');
			assert.equal(code, 0, stderr);
			const { id, ...rest } = JSON.parse(stdout);
			assert.match(id, /^\d{1,10}$/);
			assert.deepEqual(rest, { code: 200, data: {} });
		});

		test('answers a synchronous service over RRPC', async () => {
			const { code, stdout, stderr } = await emulator.command('service', 'call', identity.productKey, identity.deviceName,
				'flush', 'secs=5', '--json');
			assert.equal(code, 0, stderr);
			const { code: answered, data } = JSON.parse(stdout);
			assert.deepEqual({ answered, data }, { answered: 200, data: { volume: 0.5 } });
		});

		test('tags itself', async () => {
			device.child.send({ tags: [{ attrKey: 'room', attrValue: 'attic' }] });
			const { code, data } = (await device.next('tagged')).reply;
			assert.deepEqual({ code, data }, { code: 200, data: {} });
			const { tags } = (await emulator.api('GET', `/tags${path}`)).body;
			assert.deepEqual(tags, [{ attrKey: 'room', attrValue: 'attic' }]);
		});

		test('gets what is wanted of it', async () => {
			const { code } = await emulator.command('desired', 'set', identity.productKey, identity.deviceName, 'name=attic');
			assert.equal(code, 0);
			assert.deepEqual((await device.next('set')).request.params, { name: 'attic' });
			await device.next('posted');
			device.child.send({ wanted: ['name', 'temp'] });
			const { reply } = await device.next('wanted');
			assert.deepEqual({ code: reply.code, data: reply.data }, { code: 200, data: { name: { value: 'attic', version: 1 } } });
		});

		test('reports to its shadow, and is told what the shadow wants', async () => {
			device.child.send({ shadow: { color: 'red' } });
			const posted = (await device.next('shadow')).reply;
			assert.deepEqual([posted.method, posted.payload.status], ['reply', 'success']);
			/* sdk: the version that it sends is its clock */
			assert.ok(Math.abs(Date.now() - posted.payload.version) < 600_000);
			const { code, stderr } = await emulator.command('shadow', 'set', identity.productKey, identity.deviceName, 'color=green');
			assert.equal(code, 0, stderr);
			const { reply } = await device.next('shadow');
			assert.equal(reply.version, posted.payload.version + 1);
			assert.deepEqual([reply.method, reply.payload.state], ['control', { reported: { color: 'red' }, desired: { color: 'green' } }]);
		});

		test('gets its configuration, and is told of a new one', async () => {
			await emulator.api('POST', `/configs/${identity.productKey}`, { content: { interval: number } });
			device.child.send({ config: true });
			const { code, data } = (await device.next('config')).reply;
			assert.equal(code, 200);
			const content = Buffer.from(await (await fetch(data.url)).arrayBuffer());
			assert.equal(content.toString(), `{"interval":${number}}`);
			assert.deepEqual([data.signMethod, data.sign], ['Sha256', createHash('sha256').update(content).digest('hex')]);
			await emulator.api('POST', `/configs/${identity.productKey}/push`, {});
			const { request } = await device.next('configured');
			assert.equal(request.method, 'thing.config.push');
			assert.equal(request.params.configId, data.configId);
		});

		test('upgrades itself to the end, with the digest checked', async () => {
			const version = `2.0.${number}`;
			const file = join(folder, `fw-${number}.bin`);
			writeFileSync(file, Buffer.alloc(200_000 + number, number));
			const added = await emulator.command('ota', 'add', identity.productKey, version, file, '--for', `1.0.${number}`, '--automatic');
			assert.equal(added.code, 0, added.stderr);
			device.child.send({ version: `1.0.${number}` });
			const { right, version: now } = await device.next('upgraded');
			assert.deepEqual([right, now], [true, version]);
			/* its reports may still be on their way: the next answer is behind them */
			device.child.send({ post: { temp: 22 } });
			await device.next('reply');
			const { upgrades: [upgrade], versions } = (await emulator.api('GET', `/upgrades${path}`)).body;
			assert.deepEqual([upgrade.state, upgrade.step, upgrade.sourceVersion, upgrade.version],
				['SUCCEEDED', 100, `1.0.${number}`, version]);
			assert.deepEqual(versions.map(({ module, version: reported }) => [module, reported]), [['default', version]]);
		});

		test('ends', async () => {
			await device.end();
		});
	});
}

test('a wrong device secret is refused', async () => {
	const { host, port } = emulator.listener('mqtt');
	const device = new VendorDevice({ ...triple(3), deviceSecret: '0'.repeat(32), brokerUrl: `mqtt://${host}:${port}` });
	await assert.rejects(device.next('connect'), /Not authorized/);
	device.child.kill('SIGKILL');
	await device.ended;
});
