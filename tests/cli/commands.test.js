/* Every command: what it asks of the emulator, and what a person and a program get to see. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Fake, run, words } from './fake.js';
import { testCommands } from './rows.js';

let fake;
before(async () => { fake = await Fake.start(); });
after(() => fake.stop());

const thermo = {
	productKey: 'a1EmuThermo', deviceName: 'thermo-1', nodeType: 'device', status: 'ONLINE', enabled: true,
	online: true, lastOnlineTime: 1700000000123, gateway: null, deviceSecret: '0123456789abcdef0123456789abcdef',
	activatedTime: 1700000000000, clientId: 'thermo-1.fw|securemode=3|', address: '127.0.0.1:51234',
	protocol: 'MQTT 3.1.1', properties: 2,
	subscriptions: [
		{ filter: '/sys/a1EmuThermo/thermo-1/thing/service/property/set', qos: 1 },
		{ filter: '/ext/ntp/a1EmuThermo/thermo-1/response', qos: 0 },
	],
};

/* line, the request it makes (method, path, body as sent), the answer, and what is printed for a person */
const commands = [
	{
		line: 'status',
		request: ['GET', '/status'],
		answer: {
			version: '0.1.0', uptimeMs: 3723004, now: 1700000000123, seed: 42, state: 'memory', region: 'cn-shanghai',
			connections: 3, devicesOnline: 5, products: 2, devices: 201, messagesUp: 1000, messagesDown: 900,
			connectsAccepted: 12, connectsRefused: 2, broker: '2.0.11', logRecords: 77,
		},
		out: `\
version         0.1.0
broker          2.0.11
region          cn-shanghai
state           memory
seed            42
now             2023-11-14T22:13:20.123
uptime          1h 02m 03s
products        2
devices         201
devices online  5
connections     3
connects        12
refused         2
messages up     1000
messages down   900
log records     77
`,
	},
	{
		line: 'product list',
		request: ['GET', '/products'],
		answer: {
			products: [
				{ productKey: 'a1EmuGate01', name: 'Gateway', nodeType: 'gateway', dataFormat: 'alink',
					validation: 'strong', dynamicRegistration: true, devices: 1 },
				{ productKey: 'a1EmuSub001', name: '', nodeType: 'sub-device', dataFormat: 'raw',
					validation: 'weak', dynamicRegistration: false, devices: 200 },
			],
		},
		out: `\
PRODUCT KEY  NODE TYPE   DATA FORMAT  VALIDATION  DYNAMIC REGISTRATION  DEVICES  NAME
a1EmuGate01  gateway     alink        strong      yes                   1        Gateway
a1EmuSub001  sub-device  raw          weak        no                    200      -
`,
	},
	{ line: 'product', request: ['GET', '/products'], answer: { products: [] }, out: 'no products\n' },
	{
		line: 'product show a1EmuGate01',
		request: ['GET', '/products/a1EmuGate01'],
		answer: {
			productKey: 'a1EmuGate01', productSecret: 'PsEmu0123456789', name: 'Gateway', nodeType: 'gateway',
			dataFormat: 'alink', validation: 'strong', dynamicRegistration: true,
			tsl: { properties: [{}, {}, {}], events: [{}], services: [] }, devices: 1,
		},
		out: `\
product key           a1EmuGate01
product secret        PsEmu0123456789
name                  Gateway
node type             gateway
data format           alink
validation            strong
dynamic registration  yes
thing model           3 properties, 1 event, 0 services
devices               1
`,
	},
	{
		line: 'product show a1EmuSub001',
		request: ['GET', '/products/a1EmuSub001'],
		answer: { productKey: 'a1EmuSub001', tsl: [{ properties: [{}] }, { services: [{}, {}] }] },
		match: /\nthing model {11}1 property, 0 events, 2 services\n/,
	},
	{
		line: 'product show a1EmuRaw001',
		request: ['GET', '/products/a1EmuRaw001'],
		answer: { productKey: 'a1EmuRaw001', tsl: null },
		match: /\nthing model {11}-\n/,
	},
	{
		line: 'device list',
		request: ['GET', '/devices'],
		answer: {
			devices: [
				{ productKey: 'a1EmuGate01', deviceName: 'gw-0001', nodeType: 'gateway', status: 'ONLINE', enabled: true,
					online: true, lastOnlineTime: 1700000000000, gateway: null },
				{ productKey: 'a1EmuSub001', deviceName: 'söd-1', nodeType: 'sub-device', status: 'INACTIVE',
					enabled: true, online: false, lastOnlineTime: null,
					gateway: { productKey: 'a1EmuGate01', deviceName: 'gw-0001' } },
			],
			total: 2, next: null,
		},
		out: `\
PRODUCT KEY  DEVICE NAME  STATUS    NODE TYPE   LAST ONLINE              GATEWAY
a1EmuGate01  gw-0001      ONLINE    gateway     2023-11-14T22:13:20.000  -
a1EmuSub001  söd-1        INACTIVE  sub-device  -                        a1EmuGate01/gw-0001
`,
	},
	{
		line: 'device --product a1EmuSub001 --status OFFLINE --name node_* --limit 007 --after x/y=',
		request: ['GET', '/devices?productKey=a1EmuSub001&status=OFFLINE&name=node_%2A&limit=7&after=x%2Fy%3D'],
		answer: { devices: [], total: 0, next: null },
		out: 'no devices\n',
	},
	{
		line: 'device list --limit 1',
		request: ['GET', '/devices?limit=1'],
		answer: {
			devices: [{ productKey: 'a', deviceName: 'b', nodeType: 'device', status: 'OFFLINE', lastOnlineTime: null }],
			total: 201, next: '17',
		},
		out: `\
PRODUCT KEY  DEVICE NAME  STATUS   NODE TYPE  LAST ONLINE  GATEWAY
a            b            OFFLINE  device     -            -
`,
		err: 'there are more: go on with --after 17\n',
	},
	{
		line: 'device show a1EmuThermo thermo-1',
		request: ['GET', '/devices/a1EmuThermo/thermo-1'],
		answer: thermo,
		out: `\
product key    a1EmuThermo
device name    thermo-1
device secret  0123456789abcdef0123456789abcdef
status         ONLINE
enabled        yes
node type      device
gateway        -
activated      2023-11-14T22:13:20.000
last online    2023-11-14T22:13:20.123
client id      thermo-1.fw|securemode=3|
address        127.0.0.1:51234
protocol       MQTT 3.1.1
properties     2
subscriptions  /sys/a1EmuThermo/thermo-1/thing/service/property/set (QoS 1)
               /ext/ntp/a1EmuThermo/thermo-1/response
`,
	},
	{
		line: 'device show a1EmuThermo dev:1.@_/ü',
		request: ['GET', '/devices/a1EmuThermo/dev%3A1.%40_%2F%C3%BC'],
		answer: { productKey: 'a1EmuThermo', deviceName: 'dev:1.@_/ü', status: 'INACTIVE', subscriptions: [] },
		out: `\
product key    a1EmuThermo
device name    dev:1.@_/ü
device secret  -
status         INACTIVE
enabled        -
node type      -
gateway        -
activated      -
last online    -
client id      -
address        -
protocol       -
properties     -
subscriptions  -
`,
	},
	{
		line: 'device create a1EmuSub001 node_0201',
		request: ['POST', '/devices', '{"productKey":"a1EmuSub001","deviceName":"node_0201"}'],
		status: 201,
		answer: { productKey: 'a1EmuSub001', deviceName: 'node_0201', deviceSecret: 'f00d' },
		match: /^product key {4}a1EmuSub001\ndevice name {4}node_0201\ndevice secret {2}f00d\n/,
	},
	{
		line: 'device create a1EmuSub001 node_0202 --secret 0042 --disabled --gateway a1EmuGate01/gw-0001',
		request: ['POST', '/devices', '{"productKey":"a1EmuSub001","deviceName":"node_0202","deviceSecret":"0042",' +
			'"enabled":false,"gateway":{"productKey":"a1EmuGate01","deviceName":"gw-0001"}}'],
		status: 201,
		answer: { productKey: 'a1EmuSub001', deviceName: 'node_0202', enabled: false },
		match: /\nenabled {8}no\n/,
	},
	{
		line: 'device delete a1EmuThermo thermo-1',
		request: ['DELETE', '/devices/a1EmuThermo/thermo-1'],
		answer: {},
		out: 'a1EmuThermo/thermo-1 deleted\n',
	},
	{
		line: 'device enable a1EmuThermo thermo-1',
		request: ['POST', '/devices/a1EmuThermo/thermo-1/enable', '{}'],
		answer: thermo,
		out: 'a1EmuThermo/thermo-1 enabled\n',
	},
	{
		line: 'device disable a1EmuThermo thermo-1',
		request: ['POST', '/devices/a1EmuThermo/thermo-1/disable', '{}'],
		answer: thermo,
		out: 'a1EmuThermo/thermo-1 disabled\n',
	},
	{
		line: 'cloud apply a.json ./b.json /etc/c.json',
		request: ['POST', '/cloud', JSON.stringify({ files: [`${process.cwd()}/a.json`, `${process.cwd()}/./b.json`, '/etc/c.json'] })],
		answer: { products: 1, devices: 200, warnings: ['/etc/c.json:3:5: warning: odd', 'b'] },
		out: `\
products added  1
devices added   200
warnings        /etc/c.json:3:5: warning: odd
                b
`,
	},
	{
		line: 'cloud export',
		request: ['GET', '/cloud'],
		answer: { cloud: 1, products: [] },
		out: '{"cloud":1,"products":[]}\n',
	},
	{
		line: 'topology',
		request: ['GET', '/topology'],
		answer: { gateways: [{ productKey: 'a1EmuGate01', deviceName: 'gw-0001', online: true, subDevices: 2, subDevicesOnline: 1 }], next: null },
		out: `\
PRODUCT KEY  DEVICE NAME  STATUS  SUB-DEVICES  ONLINE
a1EmuGate01  gw-0001      ONLINE  2            1
`,
	},
	{
		line: 'topology show a1EmuGate01 gw-0001',
		request: ['GET', '/topology/a1EmuGate01/gw-0001'],
		answer: {
			subDevices: [
				{ productKey: 'a1EmuSub001', deviceName: 'node_0001', online: true, enabled: true },
				{ productKey: 'a1EmuSub001', deviceName: 'node_0002', online: false, enabled: true },
			],
		},
		out: '├─ a1EmuSub001/node_0001  ONLINE\n└─ a1EmuSub001/node_0002  OFFLINE\n',
	},
	{
		line: 'topology add a1EmuGate01 gw-0001 a1EmuSub001 node_0003',
		request: ['PUT', '/topology/a1EmuGate01/gw-0001/a1EmuSub001/node_0003', '{}'],
		answer: { subDevices: [] },
		out: 'no sub-devices\n',
	},
	{
		line: 'topology remove a1EmuGate01 gw-0001 a1EmuSub001 node_0003',
		request: ['DELETE', '/topology/a1EmuGate01/gw-0001/a1EmuSub001/node_0003', ''],
		answer: { subDevices: [] },
		out: 'no sub-devices\n',
	},
	{
		line: 'shadow set a1EmuThermo thermo-1 power=1 c=red',
		request: ['POST', '/shadows/a1EmuThermo/thermo-1', '{"desired":{"power":1,"c":"red"}}'],
		answer: { state: { desired: { power: 1, c: 'red' } }, metadata: {}, version: 1 },
		out: 'version   1\nstate     {"desired":{"power":1,"c":"red"}}\nmetadata  {}\n',
	},
	{
		line: 'shadow clear a1EmuThermo thermo-1',
		request: ['POST', '/shadows/a1EmuThermo/thermo-1', '{}'],
		answer: { state: {}, metadata: {}, version: 2 },
		out: 'version   2\nstate     {}\nmetadata  {}\n',
	},
	{
		line: 'job create a1EmuThermo thermo-1 k=1',
		request: ['POST', '/jobs/a1EmuThermo/thermo-1', '{"jobDocument":{"k":1}}'],
		answer: { jobId: 'J1', tasks: [{ taskId: 'T1', status: 'SENT', progress: null, productKey: 'a1EmuThermo', deviceName: 'thermo-1', statusDetails: null }] },
		out: `\
TASK  DEVICE                STATUS  PROGRESS  DETAILS
T1    a1EmuThermo/thermo-1  SENT    -         null
`,
	},
	{
		line: 'job cancel J1',
		request: ['POST', '/jobs/J1/cancel', '{}'],
		answer: { tasks: [] },
		out: 'no tasks\n',
	},
	{
		line: 'message a1EmuThermo thermo-1 /a1EmuThermo/thermo-1/user/get hello',
		request: ['POST', '/messages/a1EmuThermo/thermo-1', '{"topic":"/a1EmuThermo/thermo-1/user/get","payload":"hello"}'],
		answer: {},
		out: 'a1EmuThermo/thermo-1 told\n',
	},
	{
		line: 'broadcast a1EmuThermo hello --to news',
		request: ['POST', '/broadcasts/a1EmuThermo', '{"payload":"hello","name":"news"}'],
		answer: { reached: 3 },
		out: 'reached  3\n',
	},
	{
		line: 'reset --drop',
		request: ['POST', '/reset', '{"connections":"drop"}'],
		answer: {},
		out: 'reset\n',
	},
	{
		line: 'snapshot save warm',
		request: ['POST', '/snapshots', '{"name":"warm"}'],
		answer: {},
		out: 'warm saved\n',
	},
	{
		line: 'snapshot restore warm',
		request: ['POST', '/snapshots/warm/restore', '{}'],
		answer: {},
		out: 'warm restored\n',
	},
	{
		line: 'snapshot',
		request: ['GET', '/snapshots'],
		answer: { snapshots: [{ name: 'warm', time: 1700000000123 }] },
		out: 'NAME  TIME\nwarm  2023-11-14T22:13:20.123\n',
	},
	{
		line: 'device reset a1EmuThermo thermo-1',
		request: ['POST', '/devices/a1EmuThermo/thermo-1/reset', '{}'],
		answer: {},
		out: 'a1EmuThermo/thermo-1 reset\n',
	},
	{
		line: 'device kick a1EmuThermo thermo-1',
		request: ['POST', '/devices/a1EmuThermo/thermo-1/kick', '{}'],
		answer: {},
		out: 'a1EmuThermo/thermo-1 kicked\n',
	},
	{
		line: 'credentials a1EmuThermo thermo-1',
		request: ['GET', '/devices/a1EmuThermo/thermo-1/credentials'],
		answer: {
			host: '127.0.0.1', port: 1883, clientId: 'a1EmuThermo.thermo-1|securemode=3,signmethod=hmacsha256|',
			username: 'thermo-1&a1EmuThermo', password: 'e6790d61', signMethod: 'hmacsha256',
			content: 'clientIda1EmuThermo.thermo-1deviceNamethermo-1productKeya1EmuThermo',
		},
		out: `\
host         127.0.0.1
port         1883
client id    a1EmuThermo.thermo-1|securemode=3,signmethod=hmacsha256|
username     thermo-1&a1EmuThermo
password     e6790d61
sign method  hmacsha256
signed text  clientIda1EmuThermo.thermo-1deviceNamethermo-1productKeya1EmuThermo
`,
	},
	{
		line: 'credentials a1EmuSub001 node_0001 --mode login',
		request: ['GET', '/devices/a1EmuSub001/node_0001/credentials?mode=login'],
		answer: {
			params: { productKey: 'a1EmuSub001' }, content: 'clientIdc', topic: '/ext/session/a1EmuGate01/gw-0001/combine/login',
			payload: '{"id":"1","params":{"sign":"33337bb7"}}', host: '127.0.0.1', port: 1883,
		},
		out: `\
host         127.0.0.1
port         1883
topic        /ext/session/a1EmuGate01/gw-0001/combine/login
payload      {"id":"1","params":{"sign":"33337bb7"}}
signed text  clientIdc
`,
	},
	{
		line: 'credentials a1EmuThermo thermo-1 --mode psk',
		request: ['GET', '/devices/a1EmuThermo/thermo-1/credentials?mode=psk'],
		answer: { host: '127.0.0.1', port: 8884, clientId: 'c|securemode=2|', pskIdentity: 'devicename|hmacsha256|a&b|2', psk: '20BA' },
		out: `\
host          127.0.0.1
port          8884
client id     c|securemode=2|
psk identity  devicename|hmacsha256|a&b|2
psk           20BA
`,
	},
	{
		line: 'credentials a1EmuThermo thermo-1 --sign-method hmacsha1 --tls --client-id gw-0001.fw --timestamp 1700000000000',
		request: ['GET', '/devices/a1EmuThermo/thermo-1/credentials' +
			'?signMethod=hmacsha1&tls=true&clientId=gw-0001.fw&timestamp=1700000000000'],
		answer: { host: null, port: null },
		out: 'host  -\nport  -\n',
	},
	{
		line: 'property get a1EmuThermo thermo-1',
		request: ['GET', '/properties/a1EmuThermo/thermo-1'],
		/* As text: a number keeps its literal all the way */
		answer: '{"properties":{"temp":{"value":10.0,"time":1700000000123},"big":{"value":9007199254740993,"time":0},' +
			'"name":{"value":"21","time":1},"none":{"value":null,"time":2},"level:box":{"value":{"a":[1,2]},"time":3}}}',
		out: `\
PROPERTY   TIME                     VALUE
temp       2023-11-14T22:13:20.123  10.0
big        1970-01-01T00:00:00.000  9007199254740993
name       1970-01-01T00:00:00.001  "21"
none       1970-01-01T00:00:00.002  null
level:box  1970-01-01T00:00:00.003  {"a":[1,2]}
`,
	},
	{
		line: 'property get a1EmuThermo thermo-2',
		request: ['GET', '/properties/a1EmuThermo/thermo-2'],
		answer: { properties: {} },
		out: 'no properties\n',
	},
	{
		line: 'property set a1EmuThermo thermo-1 temp=21.50 name=attic empty= on=true quoted="0042" eq=a=b ' +
			'big=9007199254740993 date=0042 list=[1,{"x":null}]',
		request: ['POST', '/properties/a1EmuThermo/thermo-1',
			'{"params":{"temp":21.50,"name":"attic","empty":"","on":true,"quoted":"0042","eq":"a=b",' +
			'"big":9007199254740993,"date":"0042","list":[1,{"x":null}]}}'],
		answer: { id: '7', code: 200, data: {} },
		out: `\
code  200
id    7
data  {}
`,
	},
	{
		line: 'property set a1EmuThermo thermo-1 temp=1 --wait 2m',
		request: ['POST', '/properties/a1EmuThermo/thermo-1', '{"params":{"temp":1},"timeoutMs":120000}'],
		answer: { id: '8', code: 200, data: {} },
		match: /^code {2}200\n/,
	},
	{
		line: 'property history a1EmuThermo thermo-1',
		request: ['GET', '/properties/a1EmuThermo/thermo-1/history'],
		answer: {
			samples: [
				{ property: 'name', value: 'attic\n', time: 1700000000123 },
				{ property: 'Motor:pos', value: { x: 1, y: [2] }, time: 1700000000000 },
				{ property: 'temp', value: 21.5, time: 1699999999000 },
			],
			next: '1699999999000-17',
		},
		out: `\
TIME                     PROPERTY   VALUE
2023-11-14T22:13:20.123  name       "attic\\n"
2023-11-14T22:13:20.000  Motor:pos  {"x":1,"y":[2]}
2023-11-14T22:13:19.000  temp       21.5
`,
		err: 'there are more: go on with --after 1699999999000-17\n',
	},
	{
		line: 'property history a1EmuThermo thermo-1 Motor:pos --limit 2 --after 1699999999000-17',
		request: ['GET', '/properties/a1EmuThermo/thermo-1/history?property=Motor%3Apos&limit=2&after=1699999999000-17'],
		answer: { samples: [], next: null },
		out: 'nothing reported\n',
	},
	{
		line: 'event list a1EmuThermo thermo-1',
		request: ['GET', '/events/a1EmuThermo/thermo-1'],
		answer: {
			events: [
				{ identifier: 'Motor:stall', type: 'error', value: { secs: 5 }, time: 1700000000123 },
				{ identifier: 'bell', type: '', value: {}, time: 1700000000000 },
			],
			next: null,
		},
		out: `\
TIME                     TYPE   EVENT        OUTPUT
2023-11-14T22:13:20.123  error  Motor:stall  {"secs":5}
2023-11-14T22:13:20.000  -      bell         {}
`,
	},
	{
		line: 'event list a1EmuThermo thermo-1 overheat',
		request: ['GET', '/events/a1EmuThermo/thermo-1?identifier=overheat'],
		answer: { events: [], next: null },
		out: 'no events\n',
	},
	{
		line: 'log',
		request: ['GET', '/log'],
		answer: {
			records: [
				{ seq: 1, time: 1700000000000, traceId: 'a', messageId: '', productKey: 'a1EmuThermo', deviceName: 'thermo-1',
					service: 'device', operation: 'connect', content: '', code: 200, why: '', rule: '' },
				{ seq: 2, time: 1700000000001, traceId: 'b', messageId: '7', productKey: 'a1EmuThermo', deviceName: 'thermo-1',
					service: 'ThingModel', operation: 'property.post', content: '{"temp":130}\n\u001b[2J\u009b31mé\0', code: 6304,
					why: 'value 130 of `temp` is above max 120', rule: null },
				{ seq: 3, time: 1700000000002, productKey: '', deviceName: '', service: 'Other', operation: 'reset',
					content: 'x', code: 200, why: '', rule: 'slow-down' },
				{ seq: 4, time: 1700000000003, productKey: 'a1EmuThermo', deviceName: null, service: 'device',
					operation: 'connect', content: 'a\n\u001b[2J\u009b31mé\u007f', code: 427, why: 'kicked', rule: 'storm' },
			],
			next: 4,
		},
		/* Nothing that a device sent may move the reader's cursor */
		out: `\
2023-11-14T22:13:20.000  a1EmuThermo/thermo-1  device      connect        200   -
2023-11-14T22:13:20.001  a1EmuThermo/thermo-1  ThingModel  property.post  6304  "{\\"temp\\":130}\\n\\u001b[2J\\u009b31mé\\u0000"
    value 130 of \`temp\` is above max 120
2023-11-14T22:13:20.002  -                     Other       reset          200   x
    (scenario rule slow-down)
2023-11-14T22:13:20.003  a1EmuThermo           device      connect        427   a\\n\\u001b[2J\\u009b31mé\\u007f
    kicked (scenario rule storm)
`,
	},
	{
		line: 'log --limit 3',
		request: ['GET', '/log?limit=3'],
		answer: {
			records: [
				{ time: 0, service: 'uplink', operation: 'online', content: 'x', code: 200 },
				{ time: 0, service: 'uplink', operation: `/${'t'.repeat(44)}`, content: 'x', code: 200 },
				{ time: 0, service: 'uplink', operation: 'property.post', content: 'x', code: 200 },
			],
			next: 3,
		},
		/* A long topic does not drag the others along */
		out: `\
1970-01-01T00:00:00.000  -  uplink  online         200  x
1970-01-01T00:00:00.000  -  uplink  /${'t'.repeat(44)}  200  x
1970-01-01T00:00:00.000  -  uplink  property.post  200  x
`,
	},
	{
		line: 'log --device a1EmuThermo/thermo-1 --service ThingModel --trace 0a1b --message-id 7 --keyword a&b%20c --failed ' +
			'--why --limit 5',
		request: ['GET', '/log?productKey=a1EmuThermo&deviceName=thermo-1&service=ThingModel&traceId=0a1b&messageId=7' +
			'&keyword=a%26b%2520c&status=failed&why=true&limit=5'],
		answer: { records: [], next: 0 },
		out: '',
	},
	{
		line: 'log --device a1EmuThermo --ok',
		request: ['GET', '/log?productKey=a1EmuThermo&status=ok'],
		answer: { records: [], next: 0 },
		out: '',
	},
	{
		line: 'codes',
		request: ['GET', '/codes'],
		answer: {
			codes: [
				{ name: 'SUCCESS', code: 200, message: 'success', meaning: 'fine', source: 'doc: x' },
				{ name: 'DEVICE_DISABLED', code: 6204, message: 'device is forbidden', meaning: 'm', source: 'doc: y' },
			],
		},
		out: `\
CODE  NAME             MESSAGE
200   SUCCESS          success
6204  DEVICE_DISABLED  device is forbidden
`,
	},
	{
		line: 'codes 6287',
		request: ['GET', '/codes/6287'],
		answer: { name: 'SIGNATURE', code: 6287, message: 'invalid sign', meaning: 'The signature differs.', source: 'doc: z' },
		out: `\
code     6287
name     SIGNATURE
message  invalid sign
meaning  The signature differs.
source   doc: z
`,
	},
];

testCommands(() => fake, commands);

test('--since counts back from the emulator\'s clock', async () => {
	fake.will([200, { now: 1700000600000 }], [200, { records: [], next: 9 }]);
	const ran = await run(words('log --since 10m --ok'), { ALINK_HTTP_URL: fake.url });
	assert.deepEqual(fake.requests.map((request) => request.path),
		['/emulator/v1/status', '/emulator/v1/log?from=1700000000000&status=ok']);
	assert.deepEqual(ran, { out: '', err: '', code: 0 });
});

test('options may stand anywhere, and -- ends them', async () => {
	fake.will([200, { id: '1', code: 200, data: {} }]);
	const ran = await run(['property', '--url', fake.url, 'set', '--json', 'a1EmuThermo', '--', 'thermo-1', '--x=1']);
	assert.equal(ran.code, 0);
	assert.equal(fake.requests[0].text, '{"params":{"--x":1}}');
});

test('local time is the reader\'s', async () => {
	fake.will([200, { now: 1700000000123 }]);
	const ran = await run(['status'], { ALINK_HTTP_URL: fake.url, TZ: 'CST-8' });
	assert.match(ran.out, /\nnow {13}2023-11-15T06:13:20\.123\n/);
});

for (const [ms, shown] of [[0, '0.000s'], [59999, '59.999s'], [60000, '1m 00s'], [3600000, '1h 00m 00s'],
	[90061000, '1d 01h 01m']]) {
	test(`an uptime of ${ms} ms`, async () => {
		fake.will([200, { uptimeMs: ms }]);
		const ran = await run(['status'], { ALINK_HTTP_URL: fake.url });
		assert.match(ran.out, new RegExp(`\nuptime {10}${shown}\n`));
	});
}
