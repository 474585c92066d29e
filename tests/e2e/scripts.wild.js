/* Misbehaves as its device's first byte asks. The reply is the code, four bytes of it. */
function deep(n) {
	return deep(n + 1) + 1;
}

function rawDataToProtocol(bytes) {
	var all = 'x';

	if (bytes[0] === 1)
		for (;;) ;
	if (bytes[0] === 2)
		for (;;) all += all;
	if (bytes[0] === 3)
		return deep(0);
	return { method: 'thing.event.property.post', id: '1', params: { ghost: bytes[0] } };
}

function protocolToRawData(json) {
	return [json.code >> 24, json.code >> 16, json.code >> 8, json.code];
}
