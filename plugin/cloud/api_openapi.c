/* The OpenAPI document, made from the route table. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

#include "api_call.h"

static void member(struct text *out, const char *name, const char *value)
{
	text_add_key(out, name);
	text_add_json(out, value);
}

#define ITEM_MAX 64

/* `name:type` with marks behind the type: `!` required, `*` not always there, `?` may be null, `[]` an array of it. */
struct item {
	char name[ITEM_MAX], type[ITEM_MAX];
	bool required, optional, nullable, array;
};

static bool take_mark(char *type, const char *mark)
{
	size_t len = strlen(type), mark_len = strlen(mark);

	if (len < mark_len || strcmp(type + len - mark_len, mark))
		return false;
	type[len - mark_len] = '\0';
	return true;
}

/* The next blank-separated word of a row's list; false at the end. */
static bool next_item(const char **list, struct item *item)
{
	size_t len, name_len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	if (!len)
		return false;
	name_len = strcspn(*list, ": ");
	snprintf(item->name, ITEM_MAX, "%.*s", (int)name_len, *list);
	if (name_len < len)
		snprintf(item->type, ITEM_MAX, "%.*s", (int)(len - name_len - 1), *list + name_len + 1);
	else
		strcpy(item->type, "string");
	item->required = take_mark(item->type, "!");
	item->optional = take_mark(item->type, "*");
	item->nullable = take_mark(item->type, "?");
	item->array = take_mark(item->type, "[]");
	*list += len;
	return true;
}

static void write_type(struct text *out, const char *type, bool nullable)
{
	if (!strcmp(type, "any"))
		text_add(out, "{}");
	else if (isupper((unsigned char)*type))
		text_addf(out, nullable ? "{\"anyOf\":[{\"$ref\":\"#/components/schemas/%s\"},{\"type\":\"null\"}]}" :
		          "{\"$ref\":\"#/components/schemas/%s\"}", type);
	else
		text_addf(out, nullable ? "{\"type\":[\"%s\",\"null\"]}" : "{\"type\":\"%s\"}", type);
}

static void write_schema(struct text *out, const struct item *item)
{
	if (!item->array) {
		write_type(out, item->type, item->nullable);
		return;
	}
	text_add(out, "{\"type\":\"array\",\"items\":");
	write_type(out, item->type, false);
	text_add_char(out, '}');
}

static const char *schema_members(const char *name)
{
	const struct api_schema *schemas;
	size_t count, i;

	schemas = api_schemas(&count);
	for (i = 0; i < count; i++)
		if (!strcmp(schemas[i].name, name))
			return schemas[i].members;
	return "";
}

/* What stands in an object's `properties`, and the names that must be there: in a body the marked ones, in an answer the others. */
static void write_members(struct text *out, const char *list, bool is_body, struct text *needed)
{
	struct item item;

	while (next_item(&list, &item)) {
		if (*item.name == '+') {
			write_members(out, schema_members(item.name + 1), is_body, needed);
			continue;
		}
		text_add_key(out, item.name);
		write_schema(out, &item);
		if (is_body ? !item.required : item.optional)
			continue;
		text_add(needed, needed->len ? "," : "");
		text_add_json(needed, item.name);
	}
}

static void write_object(struct text *out, const char *members, bool is_body)
{
	struct text needed = { 0 };

	text_addf(out, "{\"type\":\"object\",%s\"properties\":{", is_body ? "\"additionalProperties\":false," : "");
	write_members(out, members, is_body, &needed);
	text_add_char(out, '}');
	if (needed.len)
		text_addf(out, ",\"required\":[%s]", text_string(&needed));
	text_add_char(out, '}');
	text_free(&needed);
}

static void write_answer_schema(struct text *out, const char *members)
{
	if (!strcmp(members, "any") || (isupper((unsigned char)*members) && !strchr(members, ' ')))
		write_type(out, members, false);
	else
		write_object(out, members, false);
}

/* A route without a row of its own answers something. */
static void write_answer(struct text *out, const struct api_answer *answer)
{
	text_addf(out, ",\"responses\":{\"%d\":{\"description\":\"%s\",\"content\":{\"application/json\":{\"schema\":",
	          answer ? answer->status : 200, answer && answer->status == 201 ? "made" : "done");
	write_answer_schema(out, answer ? answer->members : "any");
	text_add(out, "}}},\"default\":{\"$ref\":\"#/components/responses/Refused\"}}}");
}

static void write_parameters(struct text *out, const struct api_route *route)
{
	const char *at = route->path, *list = route->query;
	struct item item;

	text_add(out, ",\"parameters\":[");
	while ((at = strchr(at, '{'))) {
		size_t len = strcspn(++at, "}");

		text_add_comma(out);
		snprintf(item.name, sizeof(item.name), "%.*s", (int)len, at);
		text_add(out, "{\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}");
		member(out, "name", item.name);
		text_add_char(out, '}');
	}
	while (next_item(&list, &item)) {
		text_add_comma(out);
		text_add(out, "{\"in\":\"query\"");
		member(out, "name", item.name);
		text_add_key(out, "schema");
		write_schema(out, &item);
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
}

static void write_body(struct text *out, const struct api_route *route)
{
	if (!route->body)
		return;
	text_addf(out, ",\"requestBody\":{\"required\":%s,\"content\":{\"application/json\":{\"schema\":",
	          strchr(route->body, '!') ? "true" : "false");
	write_object(out, route->body, true);
	text_add(out, "}}}");
}

static void write_route(struct text *out, const struct api_route *route)
{
	char verb[16], id[96];
	size_t i, len = 0;

	for (i = 0; i < sizeof(verb) - 1 && route->verb[i]; i++)
		verb[i] = (char)(route->verb[i] | 0x20);
	verb[i] = '\0';
	/* operationId: the verb and the path's words. */
	len = (size_t)snprintf(id, sizeof(id), "%s", verb);
	for (i = 0; route->path[i] && len < sizeof(id) - 1; i++)
		if (strchr("/.", route->path[i]))
			id[len++] = '_';
		else if (!strchr("{}", route->path[i]))
			id[len++] = route->path[i];
	id[len] = '\0';
	text_add_key(out, verb);
	text_add(out, "{");
	member(out, "operationId", id);
	member(out, "summary", route->summary);
	write_parameters(out, route);
	write_body(out, route);
	write_answer(out, api_answer_of(route));
}

static void write_components(struct text *out)
{
	const struct api_schema *schemas;
	size_t count, i;

	schemas = api_schemas(&count);
	text_add(out, "{\"schemas\":{");
	for (i = 0; i < count; i++) {
		text_add_key(out, schemas[i].name);
		write_answer_schema(out, schemas[i].members);
	}
	text_add(out, "},\"responses\":{\"Refused\":{\"description\":\"Why not. `code` is a word (BadRequest, NotFound, "
	              "MethodNotAllowed, Conflict, TooLarge, UnsupportedMediaType, Timeout, …) or the platform's code in "
	              "digits\",\"content\":{\"application/json\":{\"schema\":{\"$ref\":\"#/components/schemas/Refusal\"}}}}}}");
}

int api_openapi(struct api_call *call)
{
	const struct api_route *routes;
	struct text *out = call->answer;
	size_t count, i, j;

	routes = api_routes(&count);
	/* 3.1 because only there a schema is a JSON Schema, which can say that a member may be null. */
	text_add(out, "{\"openapi\":\"3.1.0\",\"info\":{\"title\":\"alink-emulator\",\"version\":\"" PACKAGE_VERSION "\","
	              "\"license\":{\"name\":\"Apache-2.0\",\"url\":\"https://www.apache.org/licenses/LICENSE-2.0\"}},"
	              "\"servers\":[{\"url\":\"/emulator/v1\"}],\"security\":[],\"paths\":{");
	for (i = 0; i < count; i++) {
		if (!strcmp(routes[i].query, API_DEVICE))
			continue;       /* no part of the emulator API */
		/* Rows of one path stand together in the document, wherever they stand in the table. */
		for (j = 0; j < i && strcmp(routes[j].path, routes[i].path); j++)
			;
		if (j < i)
			continue;
		text_add_key(out, routes[i].path);
		text_add_char(out, '{');
		for (j = i; j < count; j++)
			if (!strcmp(routes[j].path, routes[i].path))
				write_route(out, &routes[j]);
		text_add_char(out, '}');
	}
	text_add_char(out, '}');
	text_add_key(out, "components");
	write_components(out);
	text_add_char(out, '}');
	return 200;
}
