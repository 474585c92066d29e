// The first byte says what it is, the second the id; an answer is the code in four bytes, then the id.
var KINDS = [
	{ method: 'thing.event.property.post', params: { temp: 21 } },
	{ method: 'thing.event.frost.post', params: { low: -3 } },
	{ method: 'thing.event.property.pack.post', params: { properties: { temp: { value: 21 } } } },
];

function rawDataToProtocol(bytes) {
	var kind = KINDS[bytes[0]];
	return { id: String(bytes[1]), version: '1.0', method: kind.method, params: kind.params };
}

function protocolToRawData(json) {
	var code = Number(json.code);
	return [code >>> 24 & 255, code >>> 16 & 255, code >>> 8 & 255, code & 255, Number(json.id) & 255];
}
