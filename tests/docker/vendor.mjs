/*
 * The vendor's Node SDK against an emulator anywhere: a demo device connects, posts one property, and its
 * answer is printed.
 *
 * node vendor.mjs HTTP-URL BROKER-URL
 */
import iot from '../interop/node_modules/alibabacloud-iot-device-sdk/lib/index.js';

const [httpUrl, brokerUrl] = process.argv.slice(2);
const answer = await fetch(`${httpUrl}/emulator/v1/devices/a1EmuThermo1/thermo-1`);
const { productKey, deviceName, deviceSecret } = await answer.json();
const device = iot.device({ productKey, deviceName, deviceSecret, brokerUrl });

device.on('error', (error) => {
	console.error(error);
	process.exit(1);
});
device.on('connect', () => device.postProps({ temperature: 20.5 }, (reply) => {
	console.log(JSON.stringify(reply));
	device.end(false, () => process.exit(0));
}));
