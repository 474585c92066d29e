/* Thing models: what `tsl` holds, and TSL files by themselves. */
#include <stdlib.h>
#include <string.h>

#include "cloud_file_private.h"

/*
 * One piece of a model's text, copied byte for byte from where a person wrote it: what is wrong with
 * the model is said about that place.
 */
struct piece {
	struct form *form;       /* the cloud file's, or &own */
	struct form  own;        /* of a TSL file */
	char        *path, *bytes;
	size_t       from, at;   /* where the piece begins, in the form and in the model's text */
};

static bool piece_read(struct loader *loader, struct source *source, struct json value, struct piece *piece,
                       struct text *text)
{
	struct json literal = value;
	const char *span;
	size_t len;

	piece->form = &source->form;
	if (json_is(value, JSON_STRING)) {
		if (!loader_file(loader, source, value, TSL_FILE_BYTES_MAX, &piece->path, &piece->bytes, &len))
			return false;
		piece->form = &piece->own;
		if (!form_open(&piece->own, piece->path, piece->bytes, len, &loader->complaints))
			return false;
		literal = json_root(&piece->own.doc);
	}
	span = json_span(literal, &len);
	piece->from = json_offset(literal);
	piece->at = text->len;
	text_add_bytes(text, span, len);
	return true;
}

static struct tsl *model_check(struct loader *loader, struct form *form, struct json value, const struct text *text,
                               struct piece *pieces, size_t count)
{
	struct json_doc doc = { 0 };
	struct tsl_error error;
	struct json_error syntax;
	struct tsl *model = NULL;

	/* Only the depth can be wrong: each piece was read before. */
	if (json_parse(&doc, text_string(text), text->len, JSON_STRICT, &syntax)) {
		form_complain(form, value, "%s", syntax.message);
	} else {
		model = tsl_new(json_root(&doc), &loader->file->settings, &error);
		while (!model && count > 1 && pieces[count - 1].at > error.at)
			count--;
		if (!model && error.at >= pieces[count - 1].at)
			form_complain_at(pieces[count - 1].form, pieces[count - 1].from + error.at - pieces[count - 1].at,
			                 "%s", error.message);
		else if (!model)
			form_complain(form, value, "%s", error.message);   /* about all of them */
	}
	json_doc_free(&doc);
	return model;
}

struct tsl *model_read(struct loader *loader, struct source *source, struct json value, char **text)
{
	bool several = json_is(value, JSON_ARRAY), fine = true;
	size_t count = several ? json_count(value) : 1, i;
	struct json entry = several ? json_first(value) : value;
	struct text joined = { 0 };
	struct piece *pieces;
	struct tsl *model = NULL;

	if (!several && !json_is(value, JSON_STRING) && !json_is(value, JSON_OBJECT))
		return NULL;
	pieces = calloc(count + 1, sizeof(*pieces));
	if (!pieces) {
		loader->failed = true;
		return NULL;
	}
	for (i = 0; i < count; i++, entry = json_next(entry)) {
		text_add(&joined, !several ? "" : i ? "," : "[");
		fine = piece_read(loader, source, entry, &pieces[i], &joined) && fine;
	}
	if (several)
		text_add(&joined, i ? "]" : "[]");
	loader->failed = loader->failed || joined.failed;
	if (fine && !joined.failed) {
		model = model_check(loader, &source->form, value, &joined, pieces, count ? count : 1);
		*text = loader_copy(loader, text_string(&joined), joined.len);
	}
	for (i = 0; i < count; i++) {
		form_close(&pieces[i].own);
		free(pieces[i].path);
		free(pieces[i].bytes);
	}
	free(pieces);
	text_free(&joined);
	return model;
}

bool cloud_file_check_tsl(const char *path, struct text *complaints)
{
	struct complaints judged = { .out = complaints };
	struct settings settings;
	struct tsl_error error;
	struct tsl *model = NULL;
	struct form form;
	char why[160];
	size_t len;
	char *bytes = file_load(path, TSL_FILE_BYTES_MAX, &len, why, sizeof(why));

	if (!bytes) {
		text_addf(complaints, "%s:1:1: %s\n", path, why);
		return false;
	}
	settings_init(&settings, PROFILE_TEST);
	if (form_open(&form, path, bytes, len, &judged)) {
		model = tsl_new(json_root(&form.doc), &settings, &error);
		if (!model)
			form_complain_at(&form, error.at, "%s", error.message);
	}
	form_close(&form);
	free(bytes);
	complaints_end(&judged);
	tsl_free(model);
	return model && !judged.errors;
}
