/*
 * An application on the vendor's Node SDK, as published: a thermostat that answers sets and posts
 * the new value. A process of its own, because Node takes an additional CA (NODE_EXTRA_CA_CERTS)
 * only at start, and the SDK has no option for one.
 *
 * argv: the SDK's configuration as JSON. Talks to the test over Node's IPC:
 * in {post: params}, {report: [event, params]}, {tags: list}, {config: true}, {version: text}, {wanted: names},
 * {shadow: state}, {end: true};
 * out {event, ...}.
 */
import { createHash } from 'node:crypto';
import iot from 'alibabacloud-iot-device-sdk';

const device = iot.device(JSON.parse(process.argv[2]));

for (const event of ['connect', 'close', 'error'])
	device.on(event, ([error]) => process.send({ event, error: error?.message }));

device.onProps((request) => {
	process.send({ event: 'set', request });
	/* seen: the SDK itself never answers a set; its applications post the new value */
	device.publish(`/sys/${device.model.productKey}/${device.model.deviceName}/thing/service/property/set_reply`,
		JSON.stringify({ id: request.id, code: 200, data: {} }));
	device.postProps(request.params, (reply) => process.send({ event: 'posted', reply }));
});

/* sdk: it subscribes to the topic of the first service only; a synchronous one comes over RRPC, to which it always listens. */
device.onService('reboot', (request, reply) => reply({ code: 200, data: {} }));
device.onService('flush', (request, reply) => reply({ code: 200, data: { volume: request.params.secs / 10 } }, 'sync'));

device.onShadow((reply) => process.send({ event: 'shadow', reply }));

device.onConfig((request) => process.send({ event: 'configured', request }));

/* The SDK has nothing of its own for firmware and desired values: applications do it with its publish and subscribe. */
const { productKey, deviceName } = device.model;
const desired = `/sys/${productKey}/${deviceName}/thing/property/desired/get`;
const ota = (kind, params) => device.publish(`/ota/device/${kind}/${productKey}/${deviceName}`, JSON.stringify({ id: '1', params }));
device.on('message', async (topic, payload) => {
	if (topic === `${desired}_reply`)
		process.send({ event: 'wanted', reply: JSON.parse(payload) });
	if (topic !== `/ota/device/upgrade/${productKey}/${deviceName}`)
		return;
	const { data } = JSON.parse(payload);
	ota('progress', { step: '1', desc: '' });
	const bytes = Buffer.from(await (await fetch(data.url)).arrayBuffer());
	const right = bytes.length === data.size && createHash('md5').update(bytes).digest('hex') === data.md5;
	ota('progress', { step: right ? '100' : '-3', desc: '' });
	if (right)
		ota('inform', { version: data.version });
	process.send({ event: 'upgraded', right, version: data.version });
});

process.on('message', ({ post, report, tags, config, version, wanted, shadow, end }) => {
	if (config)
		device.getConfig((reply) => process.send({ event: 'config', reply }));
	if (version) {
		device.subscribe(`/ota/device/upgrade/${productKey}/${deviceName}`);
		ota('inform', { version });
	}
	if (wanted) {
		device.subscribe(`${desired}_reply`);
		device.publish(desired, JSON.stringify({ id: '1', version: '1.0', params: wanted, method: 'thing.property.desired.get' }));
	}
	if (shadow)
		device.postShadow(shadow);
	if (tags)
		device.postTags(tags, (reply) => process.send({ event: 'tagged', reply }));
	if (post)
		device.postProps(post, (reply) => process.send({ event: 'reply', reply }));
	if (report)
		device.postEvent(...report, (reply) => process.send({ event: 'reply', reply }));
	if (end)
		device.end(false, () => process.disconnect());
});
