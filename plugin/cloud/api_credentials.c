#include <stdio.h>
#include <string.h>

#include "api_call.h"
#include "identity.h"
#include "sign.h"

static void member(struct text *out, const char *name, const char *value)
{
	text_add_key(out, name);
	text_add_json(out, value);
}

/* doc: "Establish MQTT connections over TCP"; connect reference, sections 1.2 and 1.3. */
int api_credentials(struct api_call *call)
{
	const struct device *device = api_device(call);
	char cid[CLIENT_CID_MAX + 1], timestamp[24] = "", name[16], tls[8] = "", mode[16], password[SIGN_HEX_MAX];
	enum sign_method method = SIGN_SHA256;
	struct text content = { 0 }, client_id = { 0 }, user_name = { 0 };
	int failed;

	if (!device)
		return 404;
	if (api_query(call, "mode", mode, sizeof(mode)) && strcmp(mode, "connect"))
		return api_sub_credentials(call, device, mode);
	if (api_query(call, "signMethod", name, sizeof(name)) && !sign_method_parse(name, &method))
		return api_refuse(call, 400, "BadRequest", "`signMethod` must be hmacmd5, hmacsha1 or hmacsha256");
	api_query(call, "tls", tls, sizeof(tls));
	api_query(call, "timestamp", timestamp, sizeof(timestamp));
	if (!api_query(call, "clientId", cid, sizeof(cid)))
		snprintf(cid, sizeof(cid), "%.31s.%.32s", device->product->key, device->name);
	if (strchr(cid, '|'))
		return api_refuse(call, 400, "BadRequest", "`clientId` is the part before the first |");
	text_addf(&content, "clientId%sdeviceName%sproductKey%s", cid, device->name, device->product->key);
	text_addf(&client_id, "%s|securemode=%d,signmethod=%s", cid, strcmp(tls, "true") ? 3 : 2, sign_method_name(method));
	if (*timestamp) {
		text_addf(&content, "timestamp%s", timestamp);
		text_addf(&client_id, ",timestamp=%s", timestamp);
	}
	text_add_char(&client_id, '|');
	text_addf(&user_name, "%s&%s", device->name, device->product->key);
	failed = sign_hex(method, device->secret, text_string(&content), content.len, password);
	/* Where to connect is the tool's to know: it fills host and port. */
	text_add(call->answer, "{\"host\":null,\"port\":null");
	member(call->answer, "clientId", text_string(&client_id));
	member(call->answer, "username", text_string(&user_name));
	member(call->answer, "password", password);
	member(call->answer, "signMethod", sign_method_name(method));
	member(call->answer, "content", text_string(&content));
	text_add_char(call->answer, '}');
	text_free(&content);
	text_free(&client_id);
	text_free(&user_name);
	return failed ? api_refuse(call, 500, "SignFailed", "the signature could not be computed") : 200;
}
