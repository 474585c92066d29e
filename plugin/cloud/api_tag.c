#include "api_call.h"
#include "tag.h"

static int answer(struct api_call *call, const struct device *device)
{
	text_add(call->answer, "{\"tags\":");
	tags_write(device, call->answer);
	text_add_char(call->answer, '}');
	return 200;
}

int api_tag_get(struct api_call *call)
{
	struct device *device = api_device(call);

	return device ? answer(call, device) : 404;
}

/* Takes changes as tags_change wants them. */
static int change(struct api_call *call, struct device *device, const struct text *changes)
{
	struct json_doc doc = { 0 };
	struct text why = { 0 };
	enum code code = CODE_SERVER_ERROR;
	int status;

	if (!json_parse(&doc, text_string(changes), changes->len, JSON_STRICT, NULL))
		code = tags_change(call->cloud, device, json_root(&doc), &why);
	status = code == CODE_SUCCESS ? answer(call, device) : api_refuse_code(call, code, text_string(&why));
	json_doc_free(&doc);
	text_free(&why);
	return status;
}

int api_tag_set(struct api_call *call)
{
	struct device *device = api_device(call);
	struct json tags = json_get(call->body, "tags");
	struct text changes = { 0 };
	int status;

	if (!device)
		return 404;
	if (!json_count(tags))
		return api_refuse(call, 400, "BadRequest", "`tags` is empty");
	text_add_char(&changes, '{');
	json_each(tag, tags) {
		size_t len;
		const char *literal = json_span(json_key(tag), &len);

		text_add_comma(&changes);
		text_add_bytes(&changes, literal, len);
		text_add_char(&changes, ':');
		literal = json_span(tag, &len);
		/* On a command line room=21 is a number; a tag is the text of it. */
		if (json_is(tag, JSON_STRING) || json_is(tag, JSON_NULL))
			text_add_bytes(&changes, literal, len);
		else
			text_add_json_bytes(&changes, literal, len);
	}
	text_add_char(&changes, '}');
	status = change(call, device, &changes);
	text_free(&changes);
	return status;
}

int api_tag_delete(struct api_call *call)
{
	struct device *device = api_device(call);
	struct json names;
	struct text changes = { 0 };
	int status;

	if (!device)
		return 404;
	names = api_names(call, "tags");
	if (!json_present(names))
		return 400;
	text_add_char(&changes, '{');
	json_each(name, names) {
		size_t len;
		const char *literal = json_span(name, &len);

		text_add_comma(&changes);
		text_add_bytes(&changes, literal, len);
		text_add(&changes, ":null");
	}
	text_add_char(&changes, '}');
	status = change(call, device, &changes);
	text_free(&changes);
	return status;
}
