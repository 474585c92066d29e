#include "frame.h"

#include <string.h>

#include "code.h"

#define REQUEST_MARK 0x414c5131u   /* changes with the layout, so that two builds do not mistake each other */
#define RESULT_MARK  0x414c5231u
#define TEXT_MAX     ((uint32_t)16384)   /* of a reason; the console has ENGINE_CONSOLE_MAX and a line that says so */

/* Lengths of texts include their NUL, so 0 is no text at all. */
struct request_head {
	uint32_t mark, slot, function, timeout_ms;
	uint32_t source_len, topic_len, input_len, unused;
	uint64_t script, seed;
	int64_t  now_ms;
};

struct result_head {
	uint32_t mark, code, line;
	uint32_t why_len, output_len, console_len;
};

static uint32_t text_len(const char *text, size_t len)
{
	return text ? (uint32_t)len + 1 : 0;
}

static void add_text(struct text *out, const char *text, size_t len)
{
	if (!text)
		return;
	text_add_bytes(out, text, len);
	text_add_char(out, '\0');
}

/* The next text of `len` bytes, its NUL included; false when there is none. */
static bool take_text(const char **at, uint32_t len, const char **text, size_t *text_size)
{
	*text = len ? *at : NULL;
	*text_size = len ? len - 1 : 0;
	*at += len;
	return !len || !(*at)[-1];
}

void frame_add_request(struct text *out, unsigned slot, const struct script_request *request)
{
	size_t topic_len = request->topic ? strlen(request->topic) : 0;
	struct request_head head = {
		.mark = REQUEST_MARK, .slot = slot, .function = request->function, .timeout_ms = request->timeout_ms,
		.source_len = text_len(request->source, request->source_len), .topic_len = text_len(request->topic, topic_len),
		.input_len = text_len(request->input, request->input_len),
		.script = request->script, .seed = request->seed, .now_ms = request->now_ms,
	};

	text_add_bytes(out, &head, sizeof(head));
	add_text(out, request->source, request->source_len);
	add_text(out, request->topic, topic_len);
	add_text(out, request->input, request->input_len);
}

ssize_t frame_read_request(const char *bytes, size_t len, unsigned *slot, struct script_request *request)
{
	struct request_head head;
	const char *at = bytes + sizeof(head);
	size_t total, topic_len;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, bytes, sizeof(head));
	if (head.mark != REQUEST_MARK || head.function >= SCRIPT_FUNCTIONS || head.source_len > SCRIPT_SOURCE_MAX + 1 ||
	    head.topic_len > UINT16_MAX || head.input_len > SCRIPT_INPUT_MAX + 1)
		return -1;
	total = sizeof(head) + head.source_len + head.topic_len + head.input_len;
	if (len < total)
		return 0;
	*slot = head.slot;
	*request = (struct script_request){
		.script = head.script, .function = (enum script_function)head.function, .timeout_ms = head.timeout_ms,
		.seed = head.seed, .now_ms = head.now_ms,
	};
	if (!take_text(&at, head.source_len, &request->source, &request->source_len) ||
	    !take_text(&at, head.topic_len, &request->topic, &topic_len) ||
	    !take_text(&at, head.input_len, &request->input, &request->input_len) ||
	    (request->function == SCRIPT_CUSTOM && !request->topic) || !request->input)
		return -1;
	return (ssize_t)total;
}

void frame_add_result(struct text *out, const struct script_result *result)
{
	size_t why_len = result->why ? strlen(result->why) : 0;
	struct result_head head = {
		.mark = RESULT_MARK, .code = (uint32_t)result->code, .line = result->line,
		.why_len = text_len(result->why, why_len), .output_len = text_len(result->output, result->output_len),
		.console_len = text_len(result->console, result->console_len),
	};

	text_add_bytes(out, &head, sizeof(head));
	add_text(out, result->why, why_len);
	add_text(out, result->output, result->output_len);
	add_text(out, result->console, result->console_len);
}

ssize_t frame_read_result(const char *bytes, size_t len, struct script_result *result)
{
	static const uint32_t codes[] = {
		CODE_SUCCESS, CODE_SCRIPT_FAILED, CODE_SCRIPT_METHOD_MISSING, CODE_SCRIPT_RESULT_EMPTY,
		CODE_SCRIPT_RESULT_ILLEGAL, CODE_NOT_JSON,
	};
	struct result_head head;
	const char *at = bytes + sizeof(head);
	size_t total, why_len, i;

	if (len < sizeof(head))
		return 0;
	memcpy(&head, bytes, sizeof(head));
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]) && codes[i] != head.code; i++)
		;
	if (head.mark != RESULT_MARK || i == sizeof(codes) / sizeof(codes[0]) || head.why_len > TEXT_MAX ||
	    head.output_len > SCRIPT_OUTPUT_MAX + 1 || !head.output_len || head.console_len > TEXT_MAX || !head.console_len)
		return -1;
	total = sizeof(head) + head.why_len + head.output_len + head.console_len;
	if (len < total)
		return 0;
	*result = (struct script_result){ .code = (int)head.code, .line = head.line };
	if (!take_text(&at, head.why_len, &result->why, &why_len) ||
	    !take_text(&at, head.output_len, &result->output, &result->output_len) ||
	    !take_text(&at, head.console_len, &result->console, &result->console_len))
		return -1;
	return (ssize_t)total;
}
