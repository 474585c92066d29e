/*
 * An application on the vendor's Node SDK, as published: a gateway with sub-devices.
 *
 * argv: the SDK's configuration as JSON. Talks to the test over Node's IPC: in {call, args} for a
 * method of the gateway, {post, device} for a sub-device that has logged in, {end: true};
 * out {event, ...}.
 */
import iot from 'alibabacloud-iot-device-sdk';

const gateway = iot.gateway(JSON.parse(process.argv[2]));
const nodes = {};

for (const event of ['connect', 'close', 'error'])
	gateway.on(event, ([error]) => process.send({ event, error: error?.message }));

/* The SDK subscribes to a sub-device's topics when the login is answered. */
function logIn(triple) {
	const node = gateway.login(triple, (reply) => process.send({ event: 'login', reply }));
	nodes[triple.deviceName] = node;
	node.on('connect', () => process.send({ event: 'node connect' }));
	node.on('error', () => process.send({ event: 'node error' }));
	node.onProps((request) => {
		process.send({ event: 'set', request });
		node.publish(`/sys/${triple.productKey}/${triple.deviceName}/thing/service/property/set_reply`,
			JSON.stringify({ id: request.id, code: 200, data: {} }));
	});
}

process.on('message', ({ call, args, post, device, end }) => {
	if (call === 'login')
		logIn(...args);
	else if (call)
		gateway[call](...args, (reply) => process.send({ event: call, reply }));
	if (post)
		nodes[device].postProps(post, (reply) => process.send({ event: 'posted', reply }));
	if (end)
		gateway.end(false, () => process.disconnect());
});
