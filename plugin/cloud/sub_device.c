#include "sub_device.h"

#include <string.h>

/* A member as text: a string, or with `number_too` a number's literal. False when it is neither, empty or too long. */
static bool read_text(struct json entry, const char *name, bool number_too, char *buf, size_t size)
{
	struct json value = json_get(entry, name);
	size_t len;
	const char *literal = json_span(value, &len);

	if (!number_too || !json_is(value, JSON_NUMBER))
		return json_string(value, buf, size) > 0;
	if (len >= size)
		return false;
	memcpy(buf, literal, len);
	buf[len] = '\0';
	return true;
}

static bool missing(const char *name, const struct sub_name *of, struct text *why)
{
	if (*of->product_key && *of->device_name)
		text_addf(why, "`%s` of %s/%s is missing, empty, too long or of the wrong type", name, of->product_key,
		          of->device_name);
	else
		text_addf(why, "`%s` is missing, empty, too long or of the wrong type", name);
	return false;
}

bool sub_name_read(struct sub_name *name, struct json entry, struct text *why)
{
	*name = (struct sub_name){ 0 };
	if (!json_is(entry, JSON_OBJECT)) {
		text_addf(why, "%s stands where an object with productKey and deviceName belongs",
		          json_type_name(json_type(entry)));
		return false;
	}
	if (!read_text(entry, "productKey", false, name->product_key, sizeof(name->product_key)))
		return missing("productKey", name, why);
	if (!read_text(entry, "deviceName", false, name->device_name, sizeof(name->device_name)))
		return missing("deviceName", name, why);
	return true;
}

struct device *sub_name_find(struct cloud *cloud, const struct sub_name *name, struct text *why)
{
	struct product *product = product_find(cloud, name->product_key, strlen(name->product_key));
	struct device *device = device_find(cloud, product, name->device_name, strlen(name->device_name));

	if (!product)
		text_addf(why, "there is no product %s", name->product_key);
	else if (!device)
		text_addf(why, "product %s has no device `%s`", name->product_key, name->device_name);
	return device;
}

void sub_name_write(struct text *out, const char *product_key, const char *device_name)
{
	text_add_comma(out);
	text_add(out, "{\"deviceName\":");
	text_add_json(out, device_name);
	text_add(out, ",\"productKey\":");
	text_add_json(out, product_key);
	text_add_char(out, '}');
}

bool sub_list_check(struct json list, int64_t limit, const char *limit_name, struct text *why)
{
	if (!json_is(list, JSON_ARRAY))
		text_addf(why, "the list of sub-devices is %s, not an array", json_type_name(json_type(list)));
	else if (!json_count(list))
		text_add(why, "the list of sub-devices is empty");
	else if (limit && json_count(list) > limit)
		text_addf(why, "%u sub-devices in one request, more than %lld (limit %s)", json_count(list), (long long)limit,
		          limit_name);
	else
		return true;
	return false;
}

bool sub_claim_read(struct sub_claim *claim, struct json entry, struct json otherwise, bool needs_client_id,
                    struct text *why)
{
	/* doc and C SDKs write signmethod in topo/add, signMethod in login; JS writes signMethod everywhere. */
	static const char *const spellings[] = { "signMethod", "signmethod" };
	struct json client_id = json_get(entry, "clientId");
	size_t i;

	*claim = (struct sub_claim){ 0 };
	if (!sub_name_read(&claim->name, entry, why))
		return false;
	claim->has_client_id = json_present(client_id);
	if ((needs_client_id || claim->has_client_id) &&
	    !read_text(entry, "clientId", false, claim->client_id, sizeof(claim->client_id)))
		return missing("clientId", &claim->name, why);
	/* sdk: the Node SDK sends a number. */
	if (!read_text(entry, "timestamp", true, claim->timestamp, sizeof(claim->timestamp)))
		return missing("timestamp", &claim->name, why);
	if (!read_text(entry, "sign", false, claim->sign, sizeof(claim->sign)))
		return missing("sign", &claim->name, why);
	for (i = 0; i < 4; i++) {
		struct json from = i < 2 ? entry : otherwise;

		if (!json_present(json_get(from, spellings[i % 2])))
			continue;
		if (!read_text(from, spellings[i % 2], false, claim->sign_method, sizeof(claim->sign_method)))
			return missing(spellings[i % 2], &claim->name, why);
		break;
	}
	return true;
}

struct signature sub_claim_signature(const struct sub_claim *claim, const struct device *device)
{
	return (struct signature){
		.fields = {
			{ "clientId", claim->has_client_id ? claim->client_id : NULL }, { "deviceName", claim->name.device_name },
			{ "productKey", claim->name.product_key }, { "timestamp", claim->timestamp },
		},
		.method = SIGN_MD5, .product = device->product, .device = device, .got = claim->sign,
	};
}

bool sub_sign_method(struct signature *signature, const char *name, struct text *why)
{
	if (!*name || sign_method_parse(name, &signature->method))
		return true;
	text_addf(why, "signMethod `%s` is none of hmacMd5, hmacSha1, hmacSha256", name);
	return false;
}

bool sub_sign_matches(struct cloud *cloud, const struct signature *signature, bool examine, struct text *why)
{
	if (signature_matches(signature))
		return true;
	if (examine)
		signature_explain(cloud, signature, why);
	else
		text_add(why, "the signature differs");
	return false;
}
