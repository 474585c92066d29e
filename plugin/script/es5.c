#include "es5.h"

#include <ctype.h>
#include <string.h>

#define DEPTH_MAX 512    /* brackets within brackets; deeper sources are left to the engine */

/* What a pair of brackets is. */
enum bracket {
	BRACKET_GROUP,       /* parentheses of an expression or a call, and array literals */
	BRACKET_HEAD,        /* behind if, while, for, with, switch, catch: a statement follows */
	BRACKET_FOR,         /* … of a for */
	BRACKET_PARAMETERS,  /* of a function: its body follows */
	BRACKET_BLOCK,       /* braces of statements */
	BRACKET_BODY,        /* … of a function that is an operand of an expression */
	BRACKET_OBJECT,      /* an object literal */
};

struct frame {
	enum bracket kind;
	unsigned     ternaries;   /* `?` whose `:` has not come */
	bool         at_key;      /* objects: a property name is next */
};

/* What is expected because of the last tokens. */
enum pending {
	PENDING_NONE,
	PENDING_HEAD,         /* ( of if, while, with, switch */
	PENDING_FOR,
	PENDING_CATCH,
	PENDING_FUNCTION,     /* a name or ( */
	PENDING_BODY,         /* { of a function */
	PENDING_BINDING,      /* behind var */
	PENDING_KEY,          /* a property name was read: `:` or, of a newer method, ( */
	PENDING_GET_SET,      /* `get` or `set` was read as a property name, and may be one */
	PENDING_DOT,          /* a name behind a dot: any word */
	PENDING_NEW,
};

struct scan {
	const char *at, *end, *line_start;
	unsigned    line;
	struct es5_find *find;
	struct frame frames[DEPTH_MAX];
	size_t      depth;
	enum pending pending;
	bool        operand;      /* the last token ended an operand: `/` divides */
	bool        statement;    /* a statement begins here: `{` is a block */
	bool        newline;      /* between the last token and this one */
	bool        expression;   /* the function being read is an operand */
	bool        comma;        /* the last token was a comma */
	bool        stop;
};

static bool found(struct scan *scan, const char *at, const char *construct)
{
	*scan->find = (struct es5_find){ construct, scan->line, (unsigned)(at - scan->line_start) + 1 };
	scan->stop = true;
	return true;
}

static struct frame *top(struct scan *scan)
{
	return &scan->frames[scan->depth];
}

static char peek(const struct scan *scan, size_t ahead)
{
	return (size_t)(scan->end - scan->at) > ahead ? scan->at[ahead] : '\0';
}

static bool starts(const struct scan *scan, const char *what)
{
	size_t len = strlen(what);

	return (size_t)(scan->end - scan->at) >= len && !memcmp(scan->at, what, len);
}

static void advance(struct scan *scan)
{
	if (*scan->at++ == '\n') {
		scan->line++;
		scan->line_start = scan->at;
	}
}

static bool is_word(char c)
{
	/* Bytes of UTF-8 sequences are taken for letters. */
	return isalnum((unsigned char)c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* --- what is no token --- */

static void skip_line(struct scan *scan)
{
	while (scan->at < scan->end && *scan->at != '\n')
		advance(scan);
}

static void skip_blanks(struct scan *scan)
{
	scan->newline = false;
	while (scan->at < scan->end) {
		if (isspace((unsigned char)*scan->at)) {
			scan->newline |= *scan->at == '\n';
			advance(scan);
		} else if (starts(scan, "//") || starts(scan, "<!--")) {
			skip_line(scan);
		} else if (starts(scan, "/*")) {
			while (scan->at < scan->end && !starts(scan, "*/")) {
				scan->newline |= *scan->at == '\n';
				advance(scan);
			}
			scan->at += scan->at < scan->end ? 2 : 0;
		} else if (starts(scan, "\xEF\xBB\xBF") || starts(scan, "\xC2\xA0")) {
			scan->at += *scan->at == '\xEF' ? 3 : 2;
		} else {
			return;
		}
	}
}

/* --- literals --- */

static bool read_string(struct scan *scan)
{
	char quote = *scan->at;

	for (advance(scan); scan->at < scan->end && *scan->at != quote && *scan->at != '\n'; advance(scan)) {
		if (*scan->at != '\\')
			continue;
		if (starts(scan, "\\u{"))
			return found(scan, scan->at, "escape sequence `\\u{…}`");
		if (++scan->at == scan->end)
			break;
	}
	if (scan->at < scan->end)
		advance(scan);
	return false;
}

static bool read_number(struct scan *scan)
{
	const char *start = scan->at;
	bool hex = *start == '0' && (peek(scan, 1) | 0x20) == 'x';

	if (*start == '0' && (peek(scan, 1) | 0x20) == 'b')
		return found(scan, start, "binary number (`0b…`)");
	if (*start == '0' && (peek(scan, 1) | 0x20) == 'o')
		return found(scan, start, "octal number (`0o…`)");
	while (scan->at < scan->end && (is_word(*scan->at) || *scan->at == '.')) {
		if (*scan->at == '_')
			return found(scan, start, "`_` in a number");
		if (*scan->at == 'n')
			return found(scan, start, "big integer (`1n`)");
		if (!hex && (*scan->at | 0x20) == 'e' && (peek(scan, 1) == '+' || peek(scan, 1) == '-'))
			scan->at++;
		scan->at++;
	}
	return false;
}

static bool read_regexp(struct scan *scan)
{
	bool class = false;

	for (advance(scan); scan->at < scan->end && *scan->at != '\n' && (class || *scan->at != '/'); advance(scan)) {
		if (*scan->at == '\\' && peek(scan, 1) && peek(scan, 1) != '\n')
			scan->at++;
		else if (*scan->at == '[')
			class = true;
		else if (*scan->at == ']')
			class = false;
	}
	if (scan->at < scan->end && *scan->at == '/')
		for (scan->at++; scan->at < scan->end && is_word(*scan->at); scan->at++)
			if (strchr("dsuvy", *scan->at))
				return found(scan, scan->at, "regular expression flag");
	return false;
}

/* --- words --- */

/* What a reserved word does to the reading of what follows. */
enum effect {
	MAKES_NEWER,      /* is itself what is looked for */
	MAKES_OPERATOR,   /* an expression follows */
	MAKES_STATEMENT,  /* a statement follows */
	MAKES_OPERAND,
	MAKES_HEAD, MAKES_FOR, MAKES_CATCH, MAKES_FUNCTION, MAKES_BINDING, MAKES_NEW,
};

static const struct {
	const char *word;
	enum effect effect;
	const char *construct;
} words[] = {
	{ "const",      MAKES_NEWER, "`const`" },
	{ "class",      MAKES_NEWER, "`class`" },
	{ "import",     MAKES_NEWER, "`import`" },
	{ "export",     MAKES_NEWER, "`export`" },
	{ "super",      MAKES_NEWER, "`super`" },
	{ "return",     MAKES_OPERATOR, NULL }, { "throw",  MAKES_OPERATOR, NULL }, { "case", MAKES_OPERATOR, NULL },
	{ "typeof",     MAKES_OPERATOR, NULL }, { "delete", MAKES_OPERATOR, NULL }, { "void", MAKES_OPERATOR, NULL },
	{ "in",         MAKES_OPERATOR, NULL }, { "instanceof", MAKES_OPERATOR, NULL },
	{ "else",       MAKES_STATEMENT, NULL }, { "do", MAKES_STATEMENT, NULL }, { "try", MAKES_STATEMENT, NULL },
	{ "finally",    MAKES_STATEMENT, NULL },
	{ "this",       MAKES_OPERAND, NULL }, { "null", MAKES_OPERAND, NULL }, { "true", MAKES_OPERAND, NULL },
	{ "false",      MAKES_OPERAND, NULL }, { "default", MAKES_OPERAND, NULL },
	{ "break",      MAKES_OPERAND, NULL }, { "continue", MAKES_OPERAND, NULL }, { "debugger", MAKES_OPERAND, NULL },
	{ "if",         MAKES_HEAD, NULL }, { "while", MAKES_HEAD, NULL }, { "with", MAKES_HEAD, NULL },
	{ "switch",     MAKES_HEAD, NULL },
	{ "for",        MAKES_FOR, NULL },
	{ "catch",      MAKES_CATCH, NULL },
	{ "function",   MAKES_FUNCTION, NULL },
	{ "var",        MAKES_BINDING, NULL },
	{ "new",        MAKES_NEW, NULL },
};

static bool is(const char *word, size_t len, const char *name)
{
	return len == strlen(name) && !memcmp(word, name, len);
}

/* Whether a name follows on the same line, which no name may in ECMAScript 5. */
static bool name_follows(const struct scan *scan)
{
	const char *at = scan->at;
	size_t len = 0;

	while (at < scan->end && (*at == ' ' || *at == '\t'))
		at++;
	while (at + len < scan->end && is_word(at[len]))
		len++;
	return at > scan->at && len && !is(at, len, "in") && !is(at, len, "instanceof");
}

/* Words that are names in ECMAScript 5, and more than that where no name can stand. */
static bool newer_word(struct scan *scan, const char *word, size_t len, bool was_operand)
{
	static const struct { const char *word, *construct; } prefixes[] = {
		{ "let", "`let`" }, { "async", "`async`" }, { "await", "`await`" }, { "yield", "`yield`" },
	};
	size_t blanks = 0, i;

	for (i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++)
		if (is(word, len, prefixes[i].word) && name_follows(scan))
			return found(scan, word, prefixes[i].construct);
	while (isspace((unsigned char)peek(scan, blanks)))
		blanks++;
	if (is(word, len, "let") && scan->statement && (peek(scan, blanks) == '{' || peek(scan, blanks) == '['))
		return found(scan, word, "`let`");
	if (is(word, len, "of") && was_operand && top(scan)->kind == BRACKET_FOR)
		return found(scan, word, "`for … of`");
	return false;
}

static void apply(struct scan *scan, enum effect effect, const char *construct, const char *word)
{
	static const enum pending pendings[] = {
		[MAKES_HEAD] = PENDING_HEAD, [MAKES_FOR] = PENDING_FOR, [MAKES_CATCH] = PENDING_CATCH,
		[MAKES_FUNCTION] = PENDING_FUNCTION, [MAKES_BINDING] = PENDING_BINDING, [MAKES_NEW] = PENDING_NEW,
	};

	if (effect == MAKES_NEWER) {
		found(scan, word, construct);
		return;
	}
	if (effect == MAKES_FUNCTION)
		scan->expression = !scan->statement;
	scan->operand = effect == MAKES_OPERAND;
	scan->statement = effect == MAKES_STATEMENT;
	scan->pending = effect >= MAKES_HEAD ? pendings[effect] : PENDING_NONE;
}

/* A word in the place of a property name: { word: … }. */
static void read_key(struct scan *scan, const char *word, size_t len)
{
	top(scan)->at_key = false;
	scan->pending = is(word, len, "get") || is(word, len, "set") ? PENDING_GET_SET : PENDING_KEY;
	scan->operand = true;
}

static void read_word(struct scan *scan)
{
	const char *word = scan->at;
	bool was_operand;
	size_t len, i;

	while (scan->at < scan->end && (is_word(*scan->at) || *scan->at == '\\'))
		scan->at++;
	len = (size_t)(scan->at - word);
	switch (scan->pending) {
	case PENDING_DOT:
		scan->pending = PENDING_NONE;
		scan->operand = true;
		return;
	case PENDING_FUNCTION:
		return;                              /* its name; the parameters are still to come */
	case PENDING_GET_SET:
		/* The accessor's property; what follows is a function. */
		scan->pending = PENDING_FUNCTION;
		scan->expression = true;
		return;
	default:
		scan->pending = PENDING_NONE;
	}
	if (top(scan)->kind == BRACKET_OBJECT && top(scan)->at_key) {
		read_key(scan, word, len);
		return;
	}
	was_operand = scan->operand && !scan->newline;
	/* An operand and then a word: the line break between them ended a statement. */
	if (scan->operand && scan->newline)
		scan->statement = true;
	for (i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (is(word, len, words[i].word)) {
			apply(scan, words[i].effect, words[i].construct, word);
			return;
		}
	if (newer_word(scan, word, len, was_operand))
		return;
	scan->operand = true;
	scan->statement = false;
}

/* --- brackets --- */

static void push(struct scan *scan, enum bracket kind)
{
	if (scan->depth + 1 == DEPTH_MAX) {
		scan->stop = true;
		return;
	}
	scan->frames[++scan->depth] = (struct frame){ .kind = kind, .at_key = kind == BRACKET_OBJECT };
	scan->operand = false;
	scan->statement = kind == BRACKET_BLOCK || kind == BRACKET_BODY;
}

static void open_parenthesis(struct scan *scan)
{
	static const enum bracket kinds[] = {
		[PENDING_HEAD] = BRACKET_HEAD, [PENDING_FOR] = BRACKET_FOR, [PENDING_CATCH] = BRACKET_HEAD,
		[PENDING_FUNCTION] = BRACKET_PARAMETERS, [PENDING_NEW] = BRACKET_GROUP,
	};
	enum pending pending = scan->pending;

	scan->pending = PENDING_NONE;
	if (pending == PENDING_KEY || pending == PENDING_GET_SET)
		found(scan, scan->at, "method without `function` in an object");
	else
		push(scan, pending < sizeof(kinds) / sizeof(kinds[0]) ? kinds[pending] : BRACKET_GROUP);
}

static void open_brace(struct scan *scan)
{
	enum pending pending = scan->pending;

	scan->pending = PENDING_NONE;
	if (pending == PENDING_BINDING || (top(scan)->kind == BRACKET_PARAMETERS && !scan->operand))
		found(scan, scan->at, "destructuring");
	else if (pending == PENDING_CATCH)
		found(scan, scan->at, "`catch` without a parameter");
	else if (pending == PENDING_BODY)
		push(scan, scan->expression ? BRACKET_BODY : BRACKET_BLOCK);
	else
		push(scan, scan->statement || scan->operand ? BRACKET_BLOCK : BRACKET_OBJECT);
}

static void open_square(struct scan *scan)
{
	enum pending pending = scan->pending;

	scan->pending = PENDING_NONE;
	if (pending == PENDING_BINDING || (top(scan)->kind == BRACKET_PARAMETERS && !scan->operand))
		found(scan, scan->at, "destructuring");
	else if (top(scan)->kind == BRACKET_OBJECT && top(scan)->at_key)
		found(scan, scan->at, "computed property name");
	else
		push(scan, BRACKET_GROUP);
}

static void close_bracket(struct scan *scan, char bracket)
{
	enum bracket kind = top(scan)->kind;

	if (bracket == ')' && scan->comma && (kind == BRACKET_GROUP || kind == BRACKET_PARAMETERS)) {
		found(scan, scan->at, "comma before `)`");
		return;
	}
	if (kind == BRACKET_OBJECT && (scan->pending == PENDING_KEY || scan->pending == PENDING_GET_SET)) {
		found(scan, scan->at, "property without a value in an object");
		return;
	}
	if (scan->depth)
		scan->depth--;
	scan->pending = kind == BRACKET_PARAMETERS ? PENDING_BODY : PENDING_NONE;
	scan->operand = kind == BRACKET_GROUP || kind == BRACKET_OBJECT || kind == BRACKET_BODY;
	scan->statement = kind == BRACKET_HEAD || kind == BRACKET_FOR || kind == BRACKET_BLOCK;
}

/* --- signs --- */

static const struct {
	const char *sign, *construct;
} newer_signs[] = {
	{ "=>",  "arrow function (`=>`)" },
	{ "...", "`...`" },
	{ "**",  "operator `**`" },
	{ "?""?",  "operator `?""?`" },
	{ "?.",  "operator `?.`" },
	{ "||=", "operator `||=`" },
	{ "&&=", "operator `&&=`" },
	{ "`",   "template string" },
};

static bool newer_sign(struct scan *scan)
{
	size_t i;

	for (i = 0; i < sizeof(newer_signs) / sizeof(newer_signs[0]); i++) {
		if (!starts(scan, newer_signs[i].sign))
			continue;
		if (!strcmp(newer_signs[i].sign, "?.") && isdigit((unsigned char)peek(scan, 2)))
			continue;            /* a ? .5 : 1 */
		return found(scan, scan->at, newer_signs[i].construct);
	}
	return false;
}

static void read_colon(struct scan *scan)
{
	struct frame *frame = top(scan);
	bool key = scan->pending == PENDING_KEY || scan->pending == PENDING_GET_SET;
	bool value = key || frame->ternaries;

	if (!key && frame->ternaries)
		frame->ternaries--;
	scan->pending = PENDING_NONE;
	scan->operand = false;
	scan->statement = !value;    /* of a label or a case */
}

static void read_comma(struct scan *scan)
{
	struct frame *frame = top(scan);

	if (frame->kind == BRACKET_OBJECT && (scan->pending == PENDING_KEY || scan->pending == PENDING_GET_SET)) {
		found(scan, scan->at, "property without a value in an object");
		return;
	}
	frame->at_key = frame->kind == BRACKET_OBJECT;
	scan->pending = PENDING_NONE;
	scan->operand = scan->statement = false;
}

static void read_sign(struct scan *scan)
{
	char sign = *scan->at;

	if (newer_sign(scan))
		return;
	switch (sign) {
	case '(': open_parenthesis(scan); break;
	case '{': open_brace(scan); break;
	case '[': open_square(scan); break;
	case ')':
	case ']':
	case '}': close_bracket(scan, sign); break;
	case ':': read_colon(scan); break;
	case ',': read_comma(scan); break;
	case ';':
		top(scan)->ternaries = 0;
		scan->pending = PENDING_NONE;
		scan->operand = false;
		scan->statement = true;
		break;
	case '.':
		if (scan->pending == PENDING_NEW)
			found(scan, scan->at, "`new.target`");
		scan->pending = PENDING_DOT;
		break;
	case '*':
		if (scan->pending == PENDING_FUNCTION || (top(scan)->kind == BRACKET_OBJECT && top(scan)->at_key))
			found(scan, scan->at, "generator function");
		scan->operand = scan->statement = false;
		break;
	case '=':
		if (top(scan)->kind == BRACKET_PARAMETERS)
			found(scan, scan->at, "default value of a parameter");
		scan->operand = scan->statement = false;
		break;
	case '+':
	case '-':
		/* a++ is an operand as a was; ++a begins one. */
		if (peek(scan, 1) == sign) {
			scan->at++;
			scan->operand &= !scan->newline;
		} else {
			scan->operand = false;
		}
		scan->statement = false;
		break;
	case '?':
		top(scan)->ternaries++;
		scan->operand = scan->statement = false;
		break;
	default:
		scan->operand = scan->statement = false;
	}
	if (!scan->stop)
		scan->at++;
}

/* A string or number: an operand, or the name of a property. */
static void literal(struct scan *scan)
{
	if (top(scan)->kind == BRACKET_OBJECT && top(scan)->at_key) {
		top(scan)->at_key = false;
		scan->pending = PENDING_KEY;
	} else if (scan->pending == PENDING_GET_SET) {
		scan->pending = PENDING_FUNCTION;
		scan->expression = true;
	} else {
		scan->pending = PENDING_NONE;
	}
	scan->operand = true;
	scan->statement = false;
}

static void read_token(struct scan *scan)
{
	char c = *scan->at;

	if (c == '"' || c == '\'') {
		if (!read_string(scan))
			literal(scan);
	} else if (isdigit((unsigned char)c) || (c == '.' && isdigit((unsigned char)peek(scan, 1)))) {
		if (!read_number(scan))
			literal(scan);
	} else if (is_word(c) || c == '\\') {
		read_word(scan);
	} else if (c == '/' && !scan->operand) {
		if (!read_regexp(scan)) {
			scan->pending = PENDING_NONE;
			scan->operand = true;
			scan->statement = false;
		}
	} else {
		read_sign(scan);
	}
	scan->comma = c == ',';
}

bool es5_find_newer(const char *source, size_t len, struct es5_find *find)
{
	struct scan scan = {
		.at = source, .end = source + len, .line_start = source, .line = 1, .find = find, .statement = true,
		.frames = { { .kind = BRACKET_BLOCK } },
	};

	*find = (struct es5_find){ 0 };
	for (skip_blanks(&scan); scan.at < scan.end && !scan.stop; skip_blanks(&scan))
		read_token(&scan);
	return find->construct;
}
