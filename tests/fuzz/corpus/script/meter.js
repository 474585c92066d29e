/*
 * Parsing script of the demo product a1EmuMeter1: frames of 1 + 4 + n bytes, all numbers big endian.
 *
 *   00 id:4 int16:2 bool:1 float32:4   the device reports its three properties
 *   01 id:4 int16:2 bool:1 float32:4   the platform sets them
 *   02 id:4 code:1                     the platform answers a report
 *   03 id:4 code:1                     the device answers a set
 *   ff id:4 code:1                     the platform answers anything else
 */
var REPORT = 0x00, SET = 0x01, REPORT_REPLY = 0x02, SET_REPLY = 0x03, OTHER_REPLY = 0xff;
var REPORT_METHOD = 'thing.event.property.post', SET_METHOD = 'thing.service.property.set';

function view(length) {
	return new DataView(new ArrayBuffer(length));
}

/* The platform wants an array of numbers, not a typed array. */
function toBytes(data) {
	return Array.prototype.slice.call(new Uint8Array(data.buffer));
}

/* Bytes from the device: the Alink request, or for a 03 frame the reply, that they stand for. */
function rawDataToProtocol(bytes) {
	var data = view(bytes.length), i;

	for (i = 0; i < bytes.length; i++)
		data.setUint8(i, bytes[i] & 0xff);
	if (data.getUint8(0) === SET_REPLY)
		return { id: String(data.getUint32(1)), code: String(data.getUint8(5)), data: {}, version: '1.0' };
	if (data.getUint8(0) !== REPORT)
		throw new Error('unknown frame ' + data.getUint8(0));
	return {
		method: REPORT_METHOD,
		version: '1.0',
		id: String(data.getUint32(1)),
		params: {
			prop_int16: data.getInt16(5),
			prop_bool: data.getUint8(7),
			prop_float: data.getFloat32(8)
		}
	};
}

/* An Alink request or reply from the platform: the bytes that the device is to get. */
function protocolToRawData(json) {
	var data;

	if (json.method === SET_METHOD) {
		data = view(12);
		data.setUint8(0, SET);
		data.setInt16(5, json.params.prop_int16 || 0);
		data.setUint8(7, json.params.prop_bool || 0);
		data.setFloat32(8, json.params.prop_float || 0);
	} else {
		data = view(6);
		data.setUint8(0, json.method === REPORT_METHOD ? REPORT_REPLY : OTHER_REPLY);
		data.setUint8(5, json.code);
	}
	data.setUint32(1, parseInt(json.id, 10));
	return toBytes(data);
}

/* Bytes on a custom topic, sent with ?_sn=default behind it: what those who listen there get. */
function transformPayload(topic, bytes) {
	return { topic: topic, sum: bytes.reduce(function (sum, byte) { return sum + byte; }, 0) };
}
