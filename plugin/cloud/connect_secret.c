/* One device, one secret: the ordinary way in. doc: "Establish MQTT connections over TCP"; connect reference, 1.3. */
#include "connect.h"

enum connack judge_secret(struct judged *judged)
{
	struct signature signature = {
		.fields = {
			{ "clientId", judged->id.cid }, { "deviceName", judged->user.device_name },
			{ "productKey", judged->user.product_key }, { "timestamp", judged->id.timestamp },
		},
		.method = SIGN_MD5,     /* doc: the default when signmethod is absent */
		.product = judged->product, .device = judged->device,
		.got = judged->in->password, .client_id = judged->in->client_id,
	};
	enum connack connack = judge_device(judged);

	if (connack != CONNACK_ACCEPTED)
		return connack;
	if (judged->id.sign_method && !sign_method_parse(judged->id.sign_method, &signature.method)) {
		text_addf(judged->why, "signmethod `%s` is none of hmacmd5, hmacsha1, hmacsha256", judged->id.sign_method);
		return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_INVALID_SIGN);
	}
	if (!signature_matches(&signature)) {
		signature_explain(judged->cloud, &signature, judged->why);
		return judge_refuse(judged, CONNACK_CREDENTIALS, CODE_INVALID_SIGN);
	}
	return judge_accept(judged);
}
