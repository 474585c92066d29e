/* The OpenAPI document, made from the route table. */
#include <stdio.h>
#include <string.h>

#include "config.h"

#include "api_call.h"

static void member(struct text *out, const char *name, const char *value)
{
	text_add_key(out, name);
	text_add_json(out, value);
}

/* The next blank-separated word of a row's list as name and type; false at the end. */
static bool next_item(const char **list, char name[64], char type[32], bool *required)
{
	size_t len, name_len;

	*list += strspn(*list, " ");
	len = strcspn(*list, " ");
	if (!len)
		return false;
	name_len = strcspn(*list, ": ");
	snprintf(name, 64, "%.*s", (int)name_len, *list);
	snprintf(type, 32, "%.*s", name_len < len ? (int)(len - name_len - 1) : 6, name_len < len ? *list + name_len + 1 : "string");
	*required = type[strlen(type) - 1] == '!';
	if (*required)
		type[strlen(type) - 1] = '\0';
	*list += len;
	return true;
}

static void write_schema(struct text *out, const char *type)
{
	if (!strcmp(type, "any"))
		text_add(out, "{}");
	else
		text_addf(out, "{\"type\":\"%s\"%s}", type, strcmp(type, "array") ? "" : ",\"items\":{}");
}

static void write_parameters(struct text *out, const struct api_route *route)
{
	const char *at = route->path, *list = route->query;
	char name[64], type[32];
	bool required;

	text_add(out, ",\"parameters\":[");
	while ((at = strchr(at, '{'))) {
		size_t len = strcspn(++at, "}");

		text_add_comma(out);
		snprintf(name, sizeof(name), "%.*s", (int)len, at);
		text_add(out, "{\"in\":\"path\",\"required\":true,\"schema\":{\"type\":\"string\"}");
		member(out, "name", name);
		text_add_char(out, '}');
	}
	while (next_item(&list, name, type, &required)) {
		text_add_comma(out);
		text_add(out, "{\"in\":\"query\"");
		member(out, "name", name);
		text_add_key(out, "schema");
		write_schema(out, type);
		text_add_char(out, '}');
	}
	text_add_char(out, ']');
}

static void write_body(struct text *out, const struct api_route *route)
{
	const char *list = route->body;
	char name[64], type[32];
	struct text needed = { 0 };
	bool required;

	if (!list)
		return;
	text_addf(out, ",\"requestBody\":{\"required\":%s,\"content\":{\"application/json\":{\"schema\":{\"type\":\"object\","
	          "\"additionalProperties\":false,\"properties\":{", strchr(list, '!') ? "true" : "false");
	while (next_item(&list, name, type, &required)) {
		text_add_key(out, name);
		write_schema(out, type);
		if (required) {
			text_add(&needed, needed.len ? "," : "");
			text_add_json(&needed, name);
		}
	}
	text_add_char(out, '}');
	if (needed.len)
		text_addf(out, ",\"required\":[%s]", text_string(&needed));
	text_add(out, "}}}}");
	text_free(&needed);
}

static void write_route(struct text *out, const struct api_route *route)
{
	char verb[16], id[96];
	size_t i, len = 0;

	for (i = 0; route->verb[i] && i < sizeof(verb) - 1; i++)
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
	text_add(out, ",\"responses\":{\"200\":{\"description\":\"done\",\"content\":{\"application/json\":{\"schema\":"
	              "{\"type\":\"object\"}}}},\"default\":{\"$ref\":\"#/components/responses/Refused\"}}}");
}

int api_openapi(struct api_call *call)
{
	const struct api_route *routes;
	struct text *out = call->answer;
	size_t count, i, j;

	routes = api_routes(&count);
	text_add(out, "{\"openapi\":\"3.0.3\",\"info\":{\"title\":\"alink-emulator\",\"version\":\"" PACKAGE_VERSION "\","
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
	text_add(out, "},\"components\":{\"responses\":{\"Refused\":{\"description\":\"why not\",\"content\":"
	              "{\"application/json\":{\"schema\":{\"type\":\"object\",\"required\":[\"code\",\"message\"],\"properties\":"
	              "{\"code\":{\"type\":\"string\"},\"message\":{\"type\":\"string\"}}}}}}}}}");
	return 200;
}
