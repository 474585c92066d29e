/* --help is made from the table of commands; nothing is asked of an emulator. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { run } from './fake.js';

test('property --help', async () => {
	assert.deepEqual(await run(['property', '--help']), {
		out: `\
Usage: alink-emulator property VERB [ARGUMENTS] [OPTIONS]

  property get PK DN                the values a device last reported
  property set PK DN NAME=VALUE...  set properties of a device and wait for its reply
      --wait TIME                   how long the device may take to answer
  property desired PK DN            what applications want them to be
  property fetch PK DN NAME...      ask the device itself for values (option propertyGet)
      --wait TIME                   how long the device may take to answer
  property history PK DN [NAME]     what a device reported, newest first
      --since TIME                  only the last 250ms, 5s, 10m, 24h or 7d
      --limit N                     at most so many, the newest
      --after CURSOR                go on where the last list ended

  --url URL                         the emulator (else $ALINK_HTTP_URL, else http://127.0.0.1:8080)
  --timeout TIME                    give up after so long without an answer (30s)
  --json                            print the answer as it is
  --no-color                        no colours (nor with $NO_COLOR set, nor into a pipe)
  --help                            this text

VALUE is JSON, as in temp=21.5 or mode='{"level":2}'; anything that is no JSON is text, as in
name=attic. To send digits as text, quote them: code='"0042"'.
`,
		err: '',
		code: 0,
	});
});

for (const [noun, lines] of [
	['status', ['status ']],
	['script', ['script run FILE ', '    --raw HEX ', '    --topic TOPIC ', '    --alink JSONFILE ', 'script test FILE EXAMPLES ', 'script show PK ', 'script set PK SCRIPT ', 'script delete PK ']],
	['product', ['product [list] ', 'product show PK ', 'product create PK ', '    --node-type TYPE ', '    --raw ',
		'product set PK ', '    --no-dynamic-registration ', 'product import PK FILE ', 'product export PK ']],
	['service', ['service call PK DN ID [NAME=VALUE...] ', '    --sync ', '    --async ', '    --wait TIME ',
		'service rrpc PK DN PAYLOAD ', '    --topic TOPIC ']],
	['desired', ['desired get PK DN ', 'desired set PK DN NAME=VALUE... ', 'desired delete PK DN NAME... ']],
	['tag', ['tag get PK DN ', 'tag set PK DN NAME=VALUE... ', 'tag delete PK DN NAME... ']],
	['device', ['device [list] ', 'device show PK DN ', 'device create PK DN ', 'device delete PK DN ',
		'device enable PK DN ', 'device disable PK DN ', 'device kick PK DN ', '    --status STATUS ', '    --gateway PK/DN ']],
	['credentials', ['credentials PK DN ', '    --sign-method METHOD ', '    --tls ', '    --client-id ID ', '    --timestamp MS ']],
	['event', ['event [list] PK DN [NAME] ', '    --since TIME ', '    --limit N ', '    --after CURSOR ']],
	['log', ['log ', '    --device PK/DN ', '    --service SERVICE ', '    --trace ID ', '    --message-id ID ', '    --keyword TEXT ',
		'    --failed ', '    --ok ', '    --why ', '    --since TIME ', '    --limit N ', '    --follow ']],
	['codes', ['codes ', 'codes CODE ', 'codes --coverage ']],
	['scenario', ['scenario [list] ', 'scenario load PATH ', 'scenario unload NAME ', 'scenario show NAME ', 'scenario report NAME ', 'scenario stop NAME ']],
	['clock', ['clock [show] ', 'clock advance TIME ', 'clock set UNIX_MS ']],
]) {
	test(`${noun} --help names every form and option`, async () => {
		const ran = await run([noun, '--help']);
		for (const line of [...lines, '--url URL ', '--json '])
			assert.ok(ran.out.includes(`\n  ${line}`), `${line} in\n${ran.out}`);
		assert.equal(ran.err, '');
		assert.equal(ran.code, 0);
	});

	test(`alink-emulator --help knows ${noun}`, async () => {
		const ran = await run(['--help']);
		assert.match(ran.out, new RegExp(`^ {2}${noun} +\\S`, 'm'));
	});
}

test('help wins over what else is wrong', async () => {
	const ran = await run(['device', 'nonsense', '-h', '--json']);
	assert.match(ran.out, /^Usage: alink-emulator device VERB/);
	assert.equal(ran.code, 0);
});
