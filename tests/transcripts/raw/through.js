/* The bytes are the JSON itself: so what the platform makes of a message can be sent and read as it is. */
function rawDataToProtocol(bytes) {
	return JSON.parse(String.fromCharCode.apply(null, bytes));
}

function protocolToRawData(json) {
	return JSON.stringify(json).split('').map(function (c) { return c.charCodeAt(0); });
}
