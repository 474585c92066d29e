/* On a terminal there are colours, and lines that fit. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { after, before, test } from 'node:test';
import { Fake, onTerminal, words } from './fake.js';

const skip = spawnSync('script', ['--version']).error ? 'script(1) is missing' : false;

let fake;
before(async () => { fake = await Fake.start(); });
after(() => fake.stop());

const log = {
	records: [
		{ time: 1700000000000, productKey: 'a1', deviceName: 'd', service: 'uplink', operation: 'x', code: 200,
			content: 'ä'.repeat(30), why: '' },
		{ time: 1700000000001, productKey: 'a1', deviceName: 'd', service: 'uplink', operation: 'x', code: 460,
			content: 'short', why: 'a reason is never shortened, whatever the width' },
	],
	next: 2,
};

test('codes are green and red, contents are shortened, reasons are not', { skip }, async () => {
	fake.will([200, log]);
	const { out, code } = await onTerminal(['log'], 66, { ALINK_HTTP_URL: fake.url });
	assert.equal(out, `\
2023-11-14T22:13:20.000  a1/d  uplink  x  \u001b[32m200\u001b[0m  ${'ä'.repeat(18)}…
2023-11-14T22:13:20.001  a1/d  uplink  x  \u001b[31m460\u001b[0m  short
    \u001b[2ma reason is never shortened, whatever the width\u001b[0m
`);
	assert.equal(code, 0);
});

test('a narrow terminal wraps rather than hide everything', { skip }, async () => {
	fake.will([200, log]);
	const { out } = await onTerminal(['log', '--no-color'], 20, { ALINK_HTTP_URL: fake.url });
	assert.match(out, /^2023-11-14T22:13:20\.000 {2}a1\/d {2}uplink {2}x {2}200 {2}ä{15}…\n/);
});

const devices = {
	devices: ['ONLINE', 'OFFLINE', 'INACTIVE', 'DISABLED'].map((status) => ({
		productKey: 'a1', deviceName: 'd', status, nodeType: 'device', lastOnlineTime: null, gateway: null,
	})),
	total: 4,
	next: null,
};

test('statuses have their colours, headings are bold, columns stay aligned', { skip }, async () => {
	fake.will([200, devices]);
	const { out } = await onTerminal(['device'], 100, { ALINK_HTTP_URL: fake.url });
	assert.equal(out, `\
\u001b[1mPRODUCT KEY\u001b[0m  \u001b[1mDEVICE NAME\u001b[0m  \u001b[1mSTATUS\u001b[0m    \u001b[1mNODE TYPE\u001b[0m  \
\u001b[1mLAST ONLINE\u001b[0m  \u001b[1mGATEWAY\u001b[0m
a1           d            \u001b[32mONLINE\u001b[0m    device     -            -
a1           d            \u001b[33mOFFLINE\u001b[0m   device     -            -
a1           d            \u001b[2mINACTIVE\u001b[0m  device     -            -
a1           d            \u001b[31mDISABLED\u001b[0m  device     -            -
`);
});

for (const [when, line, env] of [
	['--no-color', 'device --no-color', {}],
	['NO_COLOR', 'device', { NO_COLOR: '1' }],
	['a dumb terminal', 'device', { TERM: 'dumb' }],
]) {
	test(`no colour: ${when}`, { skip }, async () => {
		fake.will([200, devices]);
		const { out } = await onTerminal(words(line), 100, { ALINK_HTTP_URL: fake.url, ...env });
		assert.match(out, /^a1 {11}d {12}ONLINE {4}device {5}- {12}-$/m);
		assert.ok(!out.includes('\u001b'), out);
	});
}
