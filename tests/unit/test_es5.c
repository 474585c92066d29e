/* What is newer than ECMAScript 5 is found and named; what is not is left alone, however it looks. */
#include "es5.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

static const struct {
	const char *source, *construct;
	unsigned    line, column;
} newer[] = {
	{ "var a = 1;\nlet b = 2;", "`let`", 2, 1 },
	{ "for (let i = 0; i < 1; i++) ;", "`let`", 1, 6 },
	{ "var a\nlet {b} = c", "`let`", 2, 1 },
	{ "const x = 1;", "`const`", 1, 1 },
	{ "a; // const\nif (x) const y = 1", "`const`", 2, 8 },
	{ "class A {}", "`class`", 1, 1 },
	{ "import x from 'y'", "`import`", 1, 1 },
	{ "export default 1", "`export`", 1, 1 },
	{ "var o = { f: function () { super.f(); } }", "`super`", 1, 28 },
	{ "var f = x => x;", "arrow function (`=>`)", 1, 11 },
	{ "var f = (a, b) => { return a; };", "arrow function (`=>`)", 1, 16 },
	{ "var s = `text`;", "template string", 1, 9 },
	{ "f(...args)", "`...`", 1, 3 },
	{ "function f(...args) {}", "`...`", 1, 12 },
	{ "function f(a = 1) {}", "default value of a parameter", 1, 14 },
	{ "function f({a}) {}", "destructuring", 1, 12 },
	{ "function f(a, [b]) {}", "destructuring", 1, 15 },
	{ "var {a} = b;", "destructuring", 1, 5 },
	{ "var [a] = b;", "destructuring", 1, 5 },
	{ "var o = { a, b: 1 };", "property without a value in an object", 1, 12 },
	{ "var o = { b: 1, a };", "property without a value in an object", 1, 19 },
	{ "var o = { get };", "property without a value in an object", 1, 15 },
	{ "var o = { f() {} };", "method without `function` in an object", 1, 12 },
	{ "var o = { 'f'() {} };", "method without `function` in an object", 1, 14 },
	{ "var o = { get() {} };", "method without `function` in an object", 1, 14 },
	{ "var o = { [a]: 1 };", "computed property name", 1, 11 },
	{ "var o = { *f() {} };", "generator function", 1, 11 },
	{ "function *f() {}", "generator function", 1, 10 },
	{ "async function f() {}", "`async`", 1, 1 },
	{ "for (var x of y) ;", "`for … of`", 1, 12 },
	{ "x = a ** b", "operator `**`", 1, 7 },
	{ "x **= b", "operator `**`", 1, 3 },
	{ "x = a?.b", "operator `?.`", 1, 6 },
	{ "x = a ?? b", "operator `??`", 1, 7 },
	{ "x ||= 1", "operator `||=`", 1, 3 },
	{ "x = 0b11", "binary number (`0b…`)", 1, 5 },
	{ "x = 0O17", "octal number (`0o…`)", 1, 5 },
	{ "x = 1_000", "`_` in a number", 1, 5 },
	{ "x = 10n", "big integer (`1n`)", 1, 5 },
	{ "x = '\\u{1f600}'", "escape sequence `\\u{…}`", 1, 6 },
	{ "x = /a/u", "regular expression flag", 1, 8 },
	{ "if (a) /b/y.test(c)", "regular expression flag", 1, 11 },
	{ "try { f(); } catch { g(); }", "`catch` without a parameter", 1, 20 },
	{ "f(a, b,)", "comma before `)`", 1, 8 },
	{ "function f(a,) {}", "comma before `)`", 1, 14 },
	{ "function f() { return new.target; }", "`new.target`", 1, 26 },
	{ "/* a\n * b */ var x = a\n  ? b\n  : c => d", "arrow function (`=>`)", 4, 7 },
};

START_TEST(names_what_is_newer)
{
	struct es5_find find;

	ck_assert_msg(es5_find_newer(newer[_i].source, strlen(newer[_i].source), &find), "nothing in: %s", newer[_i].source);
	ck_assert_str_eq(find.construct, newer[_i].construct);
	ck_assert_msg(find.line == newer[_i].line && find.column == newer[_i].column, "at %u:%u instead of %u:%u in: %s",
	              find.line, find.column, newer[_i].line, newer[_i].column, newer[_i].source);
}
END_TEST

static const char *const older[] = {
	"",
	"// let const => `\n/* class ... */ <!-- async function\n",
	"var let = 1, of = 2, async = 3, await = 4, yield = 5, get = 6, set = 7; let = of; async\nfunction f() {}",
	"x.let = y.class; z = { class: 1, const: 2, 'import': 3, 4: 5, get: 6, set: 7, let: 8, };",
	"var o = { get a() { return 1; }, set a(v) {}, get 'b'() { return 2; }, get 3() { return 3; }, get get() { return 4; } };",
	"var s = 'const x = `' + \"=> \\\" class\" + 'a\\\nlet b';",
	"var r = /[/`]=>\\/const/gim, t = a / b / c, u = (a) / b, v = a[0] / b, w = a++ / b / c;",
	"if (a) /=>/.test(b); while (c) /`/.exec(d); for (;;) /const x/.test(e)",
	"x = function () {} / 2; function f() {} /`/.test(g); y = {} / 1;",
	"return_ = typeof /=>/; a = b ? /`/ : /=>/; case_: /`/.test(a);",
	"switch (a) { case 'x': { b(); } case /`/: default: c(); }",
	"lab: { a: for (;;) break a; } x = a ? { b: 1 } : { c: 2 };",
	"x = { a: b ? c : d, e: function (f) { return { g: f }; }, h: [1, 2, ], i: {} };",
	"var n = 0x1F + 1e+5 + 1.5e-3 + .5 + 5. + 010 + (a ? .5 : 1);",
	"a\n++b\nc = d ? e : f ? g : h; i = j * * k;",
	"(function (a, b) { return a; })(1, 2); !function () {}(); var f = function g() {}, h = [function () {}];",
	"try { a(); } catch (e) { b(); } finally { c(); } do d(); while (e)\nf()",
	"for (var k in o) if (o.hasOwnProperty(k)) delete o[k]; x = 'a' in b; y = b instanceof C;",
	"new Foo; new Foo(1); new (foo())(); new foo.Bar(); throw new Error('=>');",
	"var \xC3\xA4 = 1, $ = 2, _ = 3, \\u0061b = 4;",
	"foo()\n{ bar(); }\nx = a\n/b/c",
	"((((((((((", "}}}}]])", "'unterminated", "/unterminated", "/* unterminated", "{ get", "function", "0x", "\\",
};

START_TEST(leaves_the_rest_alone)
{
	struct es5_find find;

	ck_assert_msg(!es5_find_newer(older[_i], strlen(older[_i]), &find), "%u:%u %s in: %s", find.line, find.column,
	              find.construct, older[_i]);
	ck_assert(!find.construct);
}
END_TEST

START_TEST(stays_within_its_bounds)
{
	enum { LEN = 100000 };
	static const char bytes[] = "([{ax'\"/*`=:?.\n";
	char *source = malloc(LEN);
	struct es5_find find;
	size_t i, b;

	ck_assert_ptr_nonnull(source);
	for (b = 0; b < sizeof(bytes) - 1; b++) {
		memset(source, bytes[b], LEN);
		for (i = 0; i < 5; i++)
			es5_find_newer(source, i ? LEN - i : i, &find);
	}
	/* Beyond some depth of brackets nothing is looked for: the engine refuses that source. */
	memset(source, '(', LEN);
	memcpy(source + LEN - 9, "const x=1", 9);
	ck_assert(!es5_find_newer(source, LEN, &find));
	free(source);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("es5");
	TCase *tcase = tcase_create("es5");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, names_what_is_newer, 0, COUNT(newer));
	tcase_add_loop_test(tcase, leaves_the_rest_alone, 0, COUNT(older));
	tcase_add_test(tcase, stays_within_its_bounds);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
