/*
 * Who may use the emulator API from within a browser: only a page that came from this emulator.
 *
 * Another page can send what browsers send unasked, which http_api.c refuses by its type. But a name of its own that
 * its owner lets point to 127.0.0.1 makes the page one of the same origin (DNS rebinding). Then the Host header has
 * that name, so a name must be one that nobody outside can own, or one that we were told of.
 */
#include <string.h>
#include <strings.h>

#include <arpa/inet.h>
#include <event2/http.h>

#include "http_call.h"

/* RFC 6761, 6762, 8375, ICANN's .internal, and what routers and clusters use: none of them can be had from a registry. */
static const char *const private_domains[] = {
	".localhost", ".local", ".internal", ".test", ".home.arpa", ".lan", ".home", ".intranet", ".svc",
};

static bool ends_with(const char *name, const char *end)
{
	size_t len = strlen(name), end_len = strlen(end);

	return len >= end_len && !strcasecmp(name + len - end_len, end);
}

/* The host of a Host header, or of what follows `//` in a URL. False when it is none. */
static bool host_read(const char *authority, char *host, size_t size)
{
	size_t len = *authority == '[' ? strcspn(++authority, "]") : strcspn(authority, ":/");

	if (!len || len >= size)
		return false;
	memcpy(host, authority, len);
	host[len] = '\0';
	if (len > 1 && host[len - 1] == '.')
		host[len - 1] = '\0';
	return true;
}

static bool is_address(const char *host)
{
	unsigned char binary[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, host, binary) == 1 || inet_pton(AF_INET6, host, binary) == 1;
}

/* `*.example.net` among --host stands for what is below. */
static bool is_told(const struct http_config *config, const char *host)
{
	const char *url = config->file_url ? strstr(config->file_url, "://") : NULL;
	char own[256];
	size_t i;

	if (url && host_read(url + strlen("://"), own, sizeof(own)) && !strcasecmp(own, host))
		return true;
	for (i = 0; i < config->host_count; i++)
		if (!strcasecmp(config->hosts[i], host) || (config->hosts[i][0] == '*' && ends_with(host, config->hosts[i] + 1)))
			return true;
	return false;
}

static bool is_ours(const struct http_config *config, const char *host)
{
	size_t i;

	/* a name without a dot is nobody's outside this network */
	if (!strchr(host, '.') || is_address(host) || is_told(config, host))
		return true;
	for (i = 0; i < sizeof(private_domains) / sizeof(*private_domains); i++)
		if (ends_with(host, private_domains[i]))
			return true;
	return false;
}

bool call_from_elsewhere(const struct call *call, struct text *why)
{
	struct evkeyvalq *headers = evhttp_request_get_input_headers(call->request);
	const char *host = evhttp_find_header(headers, "Host"), *origin = evhttp_find_header(headers, "Origin"), *authority;
	char name[256];

	/* Only what is no browser sends no Host. */
	if (host && *host && (!host_read(host, name, sizeof(name)) || !is_ours(call->config, name))) {
		text_addf(why, "the request is for `%s`, which is no name of this emulator as far as it knows: "
		          "use its address, or start it with --host", host);
		return true;
	}
	if (!origin)
		return false;
	authority = strstr(origin, "://");
	if (authority && host && !strcasecmp(authority + strlen("://"), host))
		return false;
	text_addf(why, "a page of `%s` may not use the emulator API", origin);
	return true;
}
