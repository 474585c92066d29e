/*
 * The benchmark's report as bytes, and its reply: 00 id:4 temperature:2 humidity:2 target:2 mode:1, 02 id:4 code:1, big
 * endian. What comes out is the report that devices of the other product send as JSON, value by value.
 */
function rawDataToProtocol(bytes) {
	var data = new DataView(new Uint8Array(bytes).buffer), id = String(data.getUint32(1)), now = Date.now();

	return {
		id: id,
		version: '1.0',
		method: 'thing.event.property.post',
		params: {
			temperature: { value: data.getUint16(5) / 100, time: now },
			humidity: { value: data.getUint16(7) / 10, time: now },
			target: { value: data.getUint16(9) / 10, time: now },
			mode: bytes[11],
			display: 'thermostat in the attic, on mains, report ' + id
		}
	};
}

/* `data` names each value that was refused: then the code in the reply is not that of success. */
function protocolToRawData(json) {
	var id = parseInt(json.id, 10), name;

	for (name in json.data)
		return [2, id >> 24, id >> 16, id >> 8, id, 0];
	return [2, id >> 24, id >> 16, id >> 8, id, json.code];
}
