/*
 * The device under test of exec.test.js and reports.test.js, run by `alink-emulator exec`: posts so many times, then
 * ends with this code. `poster.js POSTS CODE [VALUE]`: what it posts as `temp`, JSON.
 */
import { Device, sign, triple } from '../interop/device.js';

const [posts, code, value = '21'] = process.argv.slice(2);
const identity = triple(1);
const device = await Device.connect(`mqtt://${process.env.ALINK_MQTT_HOST}:${process.env.ALINK_MQTT_PORT}`, sign(identity, { more: ['_ss=1'] }));
for (let id = 1; id <= Number(posts); id++)
	await device.publish(`/sys/${identity.productKey}/${identity.deviceName}/thing/event/property/post`,
		`{"id":"${id}","version":"1.0","params":{"temp":${value}},"method":"thing.event.property.post"}`);
await device.end();
process.exit(Number(code));
