/* Firmware, upgrades and remote configuration: what is asked of the emulator, and what is shown of its answer. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Fake, run, words } from './fake.js';

let fake, folder;
before(async () => {
	fake = await Fake.start();
	folder = await mkdtemp(join(tmpdir(), 'alink-cli-'));
});
after(async () => {
	fake.stop();
	await rm(folder, { recursive: true });
});

const here = () => ({ ALINK_HTTP_URL: fake.url });
const config = {
	productKey: 'a1EmuThermo', enabled: true, configId: 'cfg154b08062c413', configSize: 18, sign: 'ab12', saved: 1700000000123,
	content: { interval: 30 }, versions: [],
};
const shownConfig = `\
product key  a1EmuThermo
enabled      yes
config id    cfg154b08062c413
bytes        18
sha256       ab12
saved        2023-11-14T22:13:20.123
content      {"interval":30}
`;
const firmware = {
	productKey: 'a1EmuThermo', module: 'MCU', version: '2.0', sourceVersions: ['1.0', '1.1'], automatic: true, isDiff: false,
	signMethod: null, extData: null, files: [{ path: '/fw/a.bin', size: 9, md5: 'x', sha256: 'y' }, { path: '/fw/b.bin', size: 10 }],
};
const shownFirmware = `\
product key   a1EmuThermo
module        MCU
version       2.0
for versions  1.0
              1.1
automatic     yes
differential  no
sign method   -
files         a.bin (9 bytes)
              b.bin (10 bytes)
`;
const upgrades = {
	versions: [{ module: 'default', version: '1.0', reported: 1700000000123 }],
	upgrades: [
		{ id: 2, module: 'default', sourceVersion: '1.0', version: '1.1', state: 'FAILED', step: -3, description: 'bad md5',
			reason: 'the device reports that the verification failed', protocol: 'http', created: 1700000000000,
			notified: 1700000000123, started: 1700000001000, finished: 1700000002000, deadline: null },
		{ id: 1, module: 'MCU', sourceVersion: null, version: '7', state: 'QUEUED', step: 0, description: null, reason: null,
			protocol: 'mqtt', created: 1700000000000, notified: null, started: null, finished: null, deadline: null },
	],
};
const shownUpgrades = `\
MODULE   FROM  TO   STATE   STEP  NOTIFIED                 STARTED                  FINISHED
default  1.0   1.1  FAILED  -3    2023-11-14T22:13:20.123  2023-11-14T22:13:21.000  2023-11-14T22:13:22.000
    the device reports that the verification failed; the device says: bad md5
MCU      -     7    QUEUED  0     -                        -                        -
`;
const order = { id: 3, module: 'default', sourceVersion: '1.0', version: '1.1', state: 'QUEUED', step: 0, protocol: 'http',
	why: 'the device is offline' };
const shownOrder = `\
module    default
from      1.0
to        1.1
state     QUEUED
protocol  http
not sent  the device is offline
`;

/* [line, method, path, body as sent, answer, what is printed for a person] */
for (const [line, method, path, body, answer, out] of [
	['config', 'GET', '/configs', '', { configs: [config, { productKey: 'a1Other', enabled: false, configId: null, configSize: null,
		saved: null }] }, `\
PRODUCT KEY  ENABLED  CONFIG ID         BYTES  SAVED
a1EmuThermo  yes      cfg154b08062c413  18     2023-11-14T22:13:20.123
a1Other      no       -                 -      -
`],
	['config show a1EmuThermo', 'GET', '/configs/a1EmuThermo', '', config, shownConfig],
	['config push a1EmuThermo', 'POST', '/configs/a1EmuThermo/push', '{}', { configId: 'cfg1', devices: 17 },
		'config id  cfg1\ndevices    17\n'],
	['config off a1EmuThermo', 'POST', '/configs/a1EmuThermo/off', '{}', config, shownConfig],
	['config on a1EmuThermo', 'POST', '/configs/a1EmuThermo/on', '{}', config, shownConfig],
	['ota', 'GET', '/firmware', '', { firmware: [] }, 'no firmware\n'],
	['ota list --product a1EmuThermo --module MCU --limit 5', 'GET', '/firmware?productKey=a1EmuThermo&module=MCU&limit=5', '',
		{ firmware: [firmware, { ...firmware, module: 'default', sourceVersions: null, automatic: false, isDiff: true,
			files: [{ path: '/fw/x', size: 0 }] }] }, `\
PRODUCT KEY  MODULE   VERSION  FOR VERSIONS  AUTOMATIC  DIFFERENTIAL  FILES
a1EmuThermo  MCU      2.0      1.0, 1.1      yes        no            a.bin (9 bytes), b.bin (10 bytes)
a1EmuThermo  default  2.0      -             no         yes           x (0 bytes)
`],
	['ota add a1EmuThermo 2.0 /fw/a.bin /fw/b.bin --module MCU --for 1.0,1.1 --automatic --diff --sign-method SHA256', 'POST', '/firmware',
		'{"productKey":"a1EmuThermo","version":"2.0","files":["/fw/a.bin","/fw/b.bin"],"module":"MCU",' +
		'"sourceVersions":["1.0","1.1"],"automatic":true,"isDiff":true,"signMethod":"SHA256"}', firmware, shownFirmware],
	['ota remove a1EmuThermo MCU 2.0', 'DELETE', '/firmware/a1EmuThermo/MCU/2.0', '', firmware, shownFirmware],
	['ota push a1EmuThermo thermo-1 1.1', 'POST', '/upgrades/a1EmuThermo/thermo-1', '{"version":"1.1"}', order, shownOrder],
	['ota push a1EmuThermo thermo-1 1.1 --module MCU --mqtt --confirm --within 10m', 'POST', '/upgrades/a1EmuThermo/thermo-1',
		'{"version":"1.1","module":"MCU","protocol":"mqtt","needConfirm":true,"withinMs":600000}', order, shownOrder],
	['ota confirm a1EmuThermo thermo-1', 'POST', '/upgrades/a1EmuThermo/thermo-1/confirm', '{}', upgrades, shownUpgrades],
	['ota cancel a1EmuThermo thermo-1 --module MCU', 'POST', '/upgrades/a1EmuThermo/thermo-1/cancel', '{"module":"MCU"}', upgrades,
		shownUpgrades],
	['ota status a1EmuThermo thermo-1', 'GET', '/upgrades/a1EmuThermo/thermo-1', '', upgrades, shownUpgrades],
	['ota versions a1EmuThermo thermo-1', 'GET', '/upgrades/a1EmuThermo/thermo-1', '', upgrades, `\
MODULE   VERSION  REPORTED
default  1.0      2023-11-14T22:13:20.123
`],
]) {
	test(line, async () => {
		fake.will([200, answer]);
		const ran = await run(words(line), here());
		assert.deepEqual(fake.requests.map((request) => [request.method, request.path, request.text]),
			[[method, `/emulator/v1${path}`, body]]);
		assert.deepEqual({ err: ran.err, code: ran.code }, { err: '', code: 0 });
		assert.equal(ran.out, out);
	});
}

test('ota add names files as the emulator finds them', async () => {
	fake.will([201, firmware]);
	const ran = await run(['ota', 'add', 'a1EmuThermo', '2.0', 'package.json'], here());
	assert.equal(ran.code, 0);
	const { files } = JSON.parse(fake.requests[0].text);
	assert.equal(files.length, 1);
	assert.match(files[0], /^\/.*\/package\.json$/);
});

test('config set sends the file as it is', async () => {
	const path = join(folder, 'config.json');
	await writeFile(path, '{ "interval": 30.0 }');
	fake.will([200, config]);
	const ran = await run(['config', 'set', 'a1EmuThermo', path], here());
	assert.deepEqual(ran, { out: shownConfig, err: '', code: 0 });
	assert.equal(fake.requests[0].text, '{"content":{ "interval": 30.0 }}');
});

test('ota push: what may not be is told with its reason', async () => {
	fake.will([409, { code: 'Conflict', message: 'the device reports version 1.1 already' }]);
	const ran = await run(words('ota push a1EmuThermo thermo-1 1.1'), here());
	assert.deepEqual(ran, { out: '', err: 'alink-emulator: Conflict: the device reports version 1.1 already\n', code: 1 });
});

test('ota push --within takes a time', async () => {
	fake.will();
	const ran = await run(words('ota push a1EmuThermo thermo-1 1.1 --within soon'), here());
	assert.equal(ran.code, 2);
	assert.match(ran.err, /--within takes a number with its unit .*, not 'soon'/);
	assert.equal(fake.requests.length, 0);
});
