/* Cloud files while the emulator runs: added by path, and written from what there is. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Thermostat } from './device.js';
import { Emulator } from './emulator.js';

let emulator;
let folder;
before(async () => {
	folder = mkdtempSync(join(tmpdir(), 'alink-cloud-'));
	emulator = await Emulator.start();
});
after(async () => {
	await emulator?.stop();
	rmSync(folder, { recursive: true, force: true });
});

function write(name, content) {
	const path = join(folder, name);
	writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
	return path;
}

const products = { cloud: 1, products: [{ productKey: 'a1Applied01', name: 'Applied' }] };
const devices = { cloud: 1, devices: [{ productKey: 'a1Applied01', deviceName: 'applied-{1..3}' }] };

test('several files are one cloud, and what is there stays', async () => {
	const paths = [write('products.json', products), write('devices.json', devices)];
	const first = await emulator.command('cloud', 'apply', ...paths, '--json');
	assert.deepEqual([JSON.parse(first.stdout), first.code], [{ products: 1, devices: 3, warnings: [] }, 0]);
	await emulator.api('POST', '/devices/a1Applied01/applied-2/disable', {});
	const second = await emulator.command('cloud', 'apply', ...paths, '--json');
	assert.deepEqual(JSON.parse(second.stdout), { products: 0, devices: 0, warnings: [] });
	assert.equal((await emulator.api('GET', '/devices/a1Applied01/applied-2')).body.status, 'DISABLED');
});

test('a bad file is refused whole, with all that is wrong', async () => {
	const bad = write('bad.json', '{\n"cloud": 1,\n"products": [{ "productKey": "a1NotApplied", "nodeTyp": "gateway" }],\n"devices": [{}]\n}\n');
	const { stdout, stderr, code } = await emulator.command('cloud', 'apply', bad);
	assert.equal(code, 1);
	assert.equal(stdout, '');
	assert.equal(stderr, `${bad}:3:46: unknown key \`nodeTyp\`, did you mean \`nodeType\`?\n` +
		`${bad}:4:13: \`productKey\` is missing\n${bad}:4:13: \`deviceName\` is missing\n`);
	assert.equal((await emulator.api('GET', '/products/a1NotApplied')).status, 404);
});

test('firmware that takes long to read is not read in one go', async () => {
	const file = write('large.bin', 'x'.repeat(16 * 1024 * 1024 + 1));
	const path = write('firmware.json', { ...products, firmware: [{ productKey: 'a1Applied01', version: '1.0.0', file }] });
	const { stderr, code } = await emulator.command('cloud', 'apply', path);
	assert.equal(code, 1);
	assert.match(stderr, /TooLarge: the files' firmware has 16777217 bytes/);
});

test('an export is a cloud file that makes the same cloud', async () => {
	const thermostat = await Thermostat.connect(emulator, 1);
	assert.equal((await thermostat.answerTo('1', { temp: 19, name: 'Küche "1"' })).code, 200);
	await thermostat.end();
	await emulator.api('POST', '/tags/a1Interop01/thermo-01', { tags: { room: 'attic' } });

	const { stdout } = await emulator.command('cloud', 'export');
	const path = write('export.json', stdout);

	const other = await Emulator.startWith([path]);
	try {
		assert.deepEqual((await other.api('GET', '/cloud')).body, JSON.parse(stdout));
		const { body } = await other.api('GET', '/properties/a1Interop01/thermo-01');
		assert.equal(body.properties.temp.value, 19);
		assert.equal(body.properties.name.value, 'Küche "1"');
	} finally {
		await other.stop();
	}
});
