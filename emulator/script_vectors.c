#include "script_vectors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "code.h"
#include "command.h"
#include "form.h"

#define VECTORS_BYTES_MAX ((size_t)16 << 20)

/* An example names one function with what it is given, and either what it returns or the code it fails with. */
static const struct form_key keys[] = {
	{ "name",              FORM_STRING,               NULL, false },
	{ "rawDataToProtocol", FORM_STRING,               NULL, false },
	{ "protocolToRawData", FORM_OBJECT,               NULL, false },
	{ "transformPayload",  FORM_STRING,               NULL, false },
	{ "topic",             FORM_STRING,               NULL, false },
	{ "returns",           FORM_STRING | FORM_OBJECT, NULL, false },
	{ "fails",             FORM_NUMBER,               NULL, false },
};

struct vector {
	struct json entry, given, returns;
	enum script_function function;
	char       *name, *topic;
	struct text input, output;       /* bytes in place of hex; JSON as it is */
	int64_t     code;
};

static void vector_free(struct vector *vector)
{
	free(vector->name);
	free(vector->topic);
	text_free(&vector->input);
	text_free(&vector->output);
}

/* Bytes for a string of hex digits, the literal for an object. */
static void read_data(struct form *form, struct json value, struct text *out)
{
	size_t len;
	const char *literal = json_span(value, &len);
	char *hex;

	if (!json_is(value, JSON_STRING)) {
		text_add_bytes(out, literal, len);
		return;
	}
	hex = json_strdup(value);
	if (!hex || !hex_add(out, hex))
		form_complain(form, value, "bytes are written as hex digits, two for each");
	free(hex);
}

/* Fills the zeroed vector; what is wrong with the entry is complained about. */
static void vector_read(struct form *form, struct json entry, struct vector *vector)
{
	struct json fails = json_get(entry, "fails");
	unsigned functions = 0;
	int function;

	form_check(form, entry, keys, sizeof(keys) / sizeof(keys[0]));
	vector->entry = entry;
	for (function = SCRIPT_UPLINK; function <= SCRIPT_CUSTOM; function++) {
		struct json given = json_get(entry, script_function_name((enum script_function)function));

		if (!json_present(given))
			continue;
		functions++;
		vector->function = (enum script_function)function;
		vector->given = given;
	}
	if (functions != 1) {
		form_complain(form, entry, "an example needs one of rawDataToProtocol, protocolToRawData and transformPayload");
		return;
	}
	read_data(form, vector->given, &vector->input);
	vector->name = json_strdup(json_get(entry, "name"));
	vector->topic = json_strdup(json_get(entry, "topic"));
	if (vector->function == SCRIPT_CUSTOM && !vector->topic)
		form_complain(form, entry, "transformPayload needs a `topic`");
	vector->returns = json_get(entry, "returns");
	vector->code = CODE_SUCCESS;
	if (json_present(fails) == json_present(vector->returns))
		form_complain(form, entry, "an example needs either `returns` or `fails`");
	else if (json_present(fails) && !json_int64(fails, &vector->code))
		form_complain(form, fails, "`fails` is a code, as in 26002");
	else if (json_present(vector->returns) && json_is(vector->returns, JSON_STRING) != (vector->function == SCRIPT_DOWNLINK))
		form_complain(form, vector->returns, "%s returns %s", script_function_name(vector->function),
		              vector->function == SCRIPT_DOWNLINK ? "bytes, written as hex digits" : "an object");
	else if (json_present(vector->returns))
		read_data(form, vector->returns, &vector->output);
}

static bool same_json(const char *a, const char *b)
{
	cJSON *left = cJSON_Parse(a), *right = cJSON_Parse(b);
	bool same = left && right && cJSON_Compare(left, right, true);

	cJSON_Delete(left);
	cJSON_Delete(right);
	return same;
}

static bool passes(const struct vector *vector, const struct script_result *result)
{
	if (result->code != vector->code)
		return false;
	if (result->code != CODE_SUCCESS)
		return true;
	if (vector->function != SCRIPT_DOWNLINK)
		return same_json(text_string(&vector->output), result->output);
	return result->output_len == vector->output.len && !memcmp(result->output, text_string(&vector->output), result->output_len);
}

/* What was expected or came, for people. */
static void show(const struct vector *vector, const char *output, size_t len, struct text *out)
{
	if (vector->function == SCRIPT_DOWNLINK)
		text_add_hex(out, (const unsigned char *)output, len);
	else
		text_add_bytes(out, output, len);
}

static void explain(const struct script_file *script, const struct vector *vector, const struct script_result *result,
                    struct text *out)
{
	text_add(out, "expected ");
	if (vector->code == CODE_SUCCESS)
		show(vector, text_string(&vector->output), vector->output.len, out);
	else
		text_addf(out, "code %lld", (long long)vector->code);
	text_add(out, ", got ");
	if (result->code == CODE_SUCCESS)
		show(vector, result->output, result->output_len, out);
	else
		script_result_explain(script->path, result, out);
}

static void report(const struct script_file *script, const struct vector *vector, const struct script_result *result,
                   bool passed, struct text *json)
{
	const char *name = vector->name ? vector->name : script_function_name(vector->function);
	struct text why = { 0 };

	if (!passed)
		explain(script, vector, result, &why);
	if (!json->len) {
		printf("%s %s: %s%s%s\n", passed ? "ok    " : "FAILED", script_function_name(vector->function), name,
		       passed ? "" : "\n       ", text_string(&why));
	} else {
		text_add_comma(json);
		text_add(json, "{\"name\":");
		text_add_json(json, name);
		text_addf(json, ",\"function\":\"%s\",\"passed\":%s,\"code\":%d", script_function_name(vector->function),
		          passed ? "true" : "false", result->code);
		if (!passed) {
			text_add(json, ",\"why\":");
			text_add_json(json, text_string(&why));
		}
		text_add_char(json, '}');
	}
	text_free(&why);
}

static void run_all(struct script_file *script, struct form *form, bool as_json, unsigned *passed, unsigned *failed)
{
	struct text json = { 0 };

	if (as_json)
		text_add(&json, "{\"examples\":[");
	json_each(entry, json_root(&form->doc)) {
		struct vector vector = { 0 };
		struct script_result result;
		bool fine;

		vector_read(form, entry, &vector);
		result = script_file_call(script, vector.function, vector.topic, text_string(&vector.input), vector.input.len);
		fine = passes(&vector, &result);
		*(fine ? passed : failed) += 1;
		report(script, &vector, &result, fine, &json);
		vector_free(&vector);
	}
	if (as_json)
		printf("%s],\"passed\":%u,\"failed\":%u}\n", text_string(&json), *passed, *failed);
	else
		printf("%u passed, %u failed\n", *passed, *failed);
	text_free(&json);
}

int script_vectors_run(struct script_file *script, const char *path, bool json, struct text *problem)
{
	struct complaints complaints = { .out = problem };
	unsigned passed = 0, failed = 0;
	struct form form = { 0 };
	char why[160];
	size_t len;
	char *text = file_load(path, VECTORS_BYTES_MAX, &len, why, sizeof(why));

	if (!text) {
		text_addf(problem, "%s %s\n", path, why);
		return EXIT_FAILED;
	}
	if (form_open(&form, path, text, len, &complaints)) {
		if (!json_is(json_root(&form.doc), JSON_ARRAY) || !json_count(json_root(&form.doc)))
			form_complain(&form, json_root(&form.doc), "this must be an array of examples");
		/* All of it is judged before any of it runs. */
		json_each(entry, json_root(&form.doc)) {
			struct vector vector = { 0 };

			vector_read(&form, entry, &vector);
			vector_free(&vector);
		}
		complaints_end(&complaints);
		if (!complaints.errors)
			run_all(script, &form, json, &passed, &failed);
	}
	form_close(&form);
	free(text);
	return complaints.errors || failed ? EXIT_FAILED : EXIT_FINE;
}
