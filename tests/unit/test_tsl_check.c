/* Values against data types: codes and texts just inside and just outside of every bound. */
#include "tsl_fixture.h"

#include <stdio.h>

/* --- the linker lets the core's allocations come through here --- */

static unsigned long allocations;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	allocations++;
	return __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	allocations++;
	return __real_realloc(old, size);
}

/* --- one value --- */

struct subject {
	struct settings settings;
	struct tsl     *tsl;
};

static struct subject subject_of(const char *data_type)
{
	struct subject subject = { .settings = default_settings() };
	struct text model = { 0 };

	subject.settings.options.long_type = true;
	text_addf(&model, "{'properties':[{'identifier':'temp','accessMode':'rw','dataType':%s}]}", data_type);
	subject.tsl = tsl_of(text_string(&model), &subject.settings);
	text_free(&model);
	return subject;
}

/* The code; `fault` is freed by the caller. A good value must cost no allocation. */
static int check(const struct subject *subject, const char *text, enum validation validation, struct tsl_fault *fault)
{
	struct document document = document_of(text);
	const struct tsl_spec *spec = &subject->tsl->properties[0].spec;
	unsigned long before = allocations;
	int code = tsl_check(spec, json_root(&document.doc), "temp", validation, &subject->settings, fault);

	ck_assert_msg(code != 200 || allocations == before, "%s allocated", text);
	ck_assert_int_eq(tsl_check(spec, json_root(&document.doc), "temp", validation, &subject->settings, NULL), code);
	document_free(&document);
	return code;
}

#define INT     "{'type':'int','specs':{'min':'-40','max':'120','step':'5'}}"
#define FLOAT   "{'type':'float','specs':{'min':'-1.5','max':'36.60'}}"
#define DOUBLE  "{'type':'double','specs':{'min':'0','max':'1e3'}}"
#define LONG    "{'type':'long','specs':{'min':'-5000000000','max':'5000000000'}}"
#define TEXT    "{'type':'text','specs':{'length':'4'}}"
#define BOOL    "{'type':'bool','specs':{'0':'off','1':'on'}}"
#define ENUM    "{'type':'enum','specs':{'-1':'a','0':'b','7':'c'}}"
#define DATE    "{'type':'date','specs':{}}"
#define STRUCT  "{'type':'struct','specs':[{'identifier':'x','dataType':" INT "},{'identifier':'y','dataType':" TEXT "}]}"
#define ARRAY(item) "{'type':'array','specs':{'size':'3','item':" item "}}"

/* --- good values --- */

static const struct {
	const char *type, *value;
} good[] = {
	{ INT, "-40" }, { INT, "120" }, { INT, "0" }, { INT, "-0" }, { INT, "119" },
	{ "{'type':'int'}", "-2147483648" }, { "{'type':'int'}", "2147483647" },
	{ LONG, "-5000000000" }, { LONG, "5000000000" }, { LONG, "1" },
	{ "{'type':'long'}", "-9223372036854775808" }, { "{'type':'long'}", "9223372036854775807" },
	{ FLOAT, "-1.5" }, { FLOAT, "36.6" }, { FLOAT, "10" }, { FLOAT, "1e1" }, { FLOAT, "3.66E+1" },
	{ "{'type':'float'}", "3.4028235e38" }, { "{'type':'float'}", "-3.4028235e38" },
	{ "{'type':'float'}", "1e-50" },
	{ DOUBLE, "0" }, { DOUBLE, "1000" }, { DOUBLE, "1000.0" }, { DOUBLE, "0.0000001" },
	{ "{'type':'double'}", "1.7976931348623157e308" }, { "{'type':'double'}", "-1e40" },
	{ TEXT, "''" }, { TEXT, "'abcd'" }, { TEXT, "'电a'" }, { TEXT, "'\\u7535\\n'" },
	{ "{'type':'text'}", "'without a length anything goes'" },
	{ BOOL, "0" }, { BOOL, "1" }, { "{'type':'bool'}", "1" },
	{ ENUM, "-1" }, { ENUM, "0" }, { ENUM, "7" },
	{ DATE, "'0'" }, { DATE, "'1700000000123'" }, { DATE, "'9223372036854775807'" },
	{ STRUCT, "{'x':1,'y':'ab'}" }, { STRUCT, "{'y':'ab','x':1}" }, { STRUCT, "{'\\u0078':1,'y':''}" },
	{ ARRAY(INT), "[]" }, { ARRAY(INT), "[1]" }, { ARRAY(INT), "[-40,0,120]" },
	{ ARRAY(FLOAT), "[1.5,2]" }, { ARRAY(DOUBLE), "[1]" }, { ARRAY(TEXT), "['a','abcd']" },
	{ ARRAY(STRUCT), "[{'x':1,'y':''},{'y':'','x':2}]" },
	{ "{'type':'array','specs':{'item':{'type':'int'}}}", "[1,2,3,4,5,6,7,8,9]" },
};

START_TEST(accepts)
{
	struct subject subject = subject_of(good[_i].type);
	static const enum validation levels[] = { VALIDATION_STRONG, VALIDATION_WEAK, VALIDATION_NONE };

	for (size_t i = 0; i < COUNT(levels); i++) {
		struct tsl_fault fault = { 0 };

		ck_assert_int_eq(check(&subject, good[_i].value, levels[i], &fault), 200);
		ck_assert_int_eq(fault.code, 200);
		tsl_fault_free(&fault);
	}
	tsl_free(subject.tsl);
}
END_TEST

/* --- bad values: wire text and sentence; `weak` is the code that weak validation gives --- */

#define NOT_INT    "tsl parse: data type is not int"
#define NOT_FLOAT  "tsl parse: data type is not float"
#define NOT_DOUBLE "tsl parse: data type is not double"
#define NOT_LONG   "tsl parse: data type is not long"
#define NOT_TEXT   "tsl parse: data type is not string"
#define NOT_BOOL   "tsl parse: value of bool type must be int"
#define NOT_ENUM   "tsl parse: value of enum type must be int"
#define NOT_DATE   "tsl parse: date type must be a string of long(UTC ms)"
#define NOT_STRUCT "tsl parse: struct type must be json"
#define NOT_ARRAY  "tsl parse: data type is not array"
#define UNKNOWN    "tsl parse: params not exist"

static const struct {
	const char *type, *value;
	int strong, weak;
	const char *message, *subject, *why;
} bad[] = {
	/* seen: "15" is not coerced */
	{ INT, "'15'", 6306, 6306, NOT_INT, "temp", "value \"15\" of `temp` is a string, not an int" },
	{ INT, "true", 6306, 6306, NOT_INT, "temp", "value true of `temp` is not an int" },
	{ INT, "null", 6306, 6306, NOT_INT, "temp", "value null of `temp` is not an int" },
	{ INT, "{}", 6306, 6306, NOT_INT, "temp", "value of `temp` is an object, not an int" },
	{ INT, "[1]", 6306, 6306, NOT_INT, "temp", "value of `temp` is an array, not an int" },
	{ INT, "10.0", 6306, 6306, NOT_INT, "temp", "value 10.0 of `temp` has a fraction or an exponent, "
	  "which a whole number of 32 bits must not: it is not an int" },
	{ INT, "1e1", 6306, 6306, NOT_INT, "temp", "value 1e1 of `temp` has a fraction or an exponent, "
	  "which a whole number of 32 bits must not: it is not an int" },
	{ INT, "2147483648", 6306, 6306, NOT_INT, "temp", "value 2147483648 of `temp` is beyond the 32 bits of an int" },
	{ INT, "-2147483649", 6306, 6306, NOT_INT, "temp", "value -2147483649 of `temp` is beyond the 32 bits of an int" },
	{ INT, "99999999999999999999", 6306, 6306, NOT_INT, "temp",
	  "value 99999999999999999999 of `temp` is beyond the 32 bits of an int" },
	{ INT, "-41", 6306, 200, "tsl parse: int value is smaller than min -40", "temp",
	  "value -41 of `temp` is below min -40" },
	{ INT, "121", 6306, 200, "tsl parse: int value is bigger than max 120", "temp",
	  "value 121 of `temp` is above max 120" },
	{ LONG, "'1'", 6330, 6330, NOT_LONG, "temp", "value \"1\" of `temp` is a string, not a long" },
	{ LONG, "1.5", 6330, 6330, NOT_LONG, "temp", "value 1.5 of `temp` has a fraction or an exponent, "
	  "which a whole number of 64 bits must not: it is not a long" },
	{ LONG, "9223372036854775808", 6330, 6330, NOT_LONG, "temp",
	  "value 9223372036854775808 of `temp` is beyond the 64 bits of a long" },
	{ LONG, "-9223372036854775809", 6330, 6330, NOT_LONG, "temp",
	  "value -9223372036854775809 of `temp` is beyond the 64 bits of a long" },
	{ LONG, "-5000000001", 6330, 200, "tsl parse: long value is smaller than min -5000000000", "temp",
	  "value -5000000001 of `temp` is below min -5000000000" },
	{ LONG, "5000000001", 6330, 200, "tsl parse: long value is bigger than max 5000000000", "temp",
	  "value 5000000001 of `temp` is above max 5000000000" },
	{ FLOAT, "'1.5'", 6307, 6307, NOT_FLOAT, "temp", "value \"1.5\" of `temp` is a string, not a float" },
	{ FLOAT, "false", 6307, 6307, NOT_FLOAT, "temp", "value false of `temp` is not a float" },
	{ FLOAT, "3.4028236e38", 6307, 6307, NOT_FLOAT, "temp", "value 3.4028236e38 of `temp` is too large for a float" },
	{ FLOAT, "-1.51", 6307, 200, "tsl parse: float value is smaller than min -1.5", "temp",
	  "value -1.51 of `temp` is below min -1.5" },
	{ FLOAT, "36.61", 6307, 200, "tsl parse: float value is bigger than max 36.60", "temp",
	  "value 36.61 of `temp` is above max 36.60" },
	{ DOUBLE, "[]", 6322, 6322, NOT_DOUBLE, "temp", "value of `temp` is an array, not a double" },
	{ DOUBLE, "1e309", 6322, 6322, NOT_DOUBLE, "temp", "value 1e309 of `temp` is too large for a double" },
	{ DOUBLE, "-1e-9", 6322, 200, "tsl parse: double value is smaller than min 0", "temp",
	  "value -1e-9 of `temp` is below min 0" },
	{ DOUBLE, "1000.0001", 6322, 200, "tsl parse: double value is bigger than max 1e3", "temp",
	  "value 1000.0001 of `temp` is above max 1e3" },
	{ TEXT, "7", 6310, 6310, NOT_TEXT, "temp", "value 7 of `temp` is a number, not a string" },
	{ TEXT, "null", 6310, 6310, NOT_TEXT, "temp", "value null of `temp` is not a string" },
	{ TEXT, "'abcde'", 6310, 200, "tsl parse: string length bigger than max length 4", "temp",
	  "value \"abcde\" of `temp` has 5 bytes, more than its length 4" },
	{ TEXT, "'电电'", 6310, 200, "tsl parse: string length bigger than max length 4", "temp",
	  "value \"电电\" of `temp` has 6 bytes, more than its length 4" },
	{ TEXT, "'电电电电电电电电电电电电电电'", 6310, 200, "tsl parse: string length bigger than max length 4", "temp",
	  "value \"电电电电电电电电电电电电电… of `temp` has 42 bytes, more than its length 4" },
	{ BOOL, "true", 6308, 6308, NOT_BOOL, "temp", "value true of `temp` is not 0 or 1" },
	{ BOOL, "'1'", 6308, 6308, NOT_BOOL, "temp", "value \"1\" of `temp` is a string, not 0 or 1" },
	{ BOOL, "1.0", 6308, 6308, NOT_BOOL, "temp", "value 1.0 of `temp` is a number, not 0 or 1" },
	{ BOOL, "2", 6308, 200, "tsl parse: bool specs error", "temp", "value 2 of `temp` is neither 0 nor 1" },
	{ BOOL, "-1", 6308, 200, "tsl parse: bool specs error", "temp", "value -1 of `temp` is neither 0 nor 1" },
	{ BOOL, "99999999999999999999", 6308, 200, "tsl parse: bool specs error", "temp",
	  "value 99999999999999999999 of `temp` is neither 0 nor 1" },
	{ ENUM, "'a'", 6309, 6309, NOT_ENUM, "temp", "value \"a\" of `temp` is a string, not an enum's integer" },
	{ ENUM, "0.0", 6309, 6309, NOT_ENUM, "temp", "value 0.0 of `temp` is a number, not an enum's integer" },
	{ ENUM, "1", 6309, 200, "tsl parse: enum specs error", "temp", "value 1 of `temp` is none of the keys -1, 0, 7" },
	{ ENUM, "-2", 6309, 200, "tsl parse: enum specs error", "temp", "value -2 of `temp` is none of the keys -1, 0, 7" },
	{ ENUM, "99999999999999999999", 6309, 200, "tsl parse: enum specs error", "temp",
	  "value 99999999999999999999 of `temp` is none of the keys -1, 0, 7" },
	{ "{'type':'enum','specs':{'1':'','2':'','3':'','4':'','5':'','6':'','7':'','8':'','9':'','10':'','11':''}}",
	  "0", 6309, 200, "tsl parse: enum specs error", "temp",
	  "value 0 of `temp` is none of the keys 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, …" },
	{ DATE, "1700000000123", 6311, 6311, NOT_DATE, "temp",
	  "value 1700000000123 of `temp` is a number, not a string of UTC milliseconds" },
	{ DATE, "''", 6311, 200, NOT_DATE, "temp", "value \"\" of `temp` is no number of UTC milliseconds: 1 to 19 digits" },
	{ DATE, "'-1'", 6311, 200, NOT_DATE, "temp",
	  "value \"-1\" of `temp` is no number of UTC milliseconds: 1 to 19 digits" },
	{ DATE, "'2024-01-01'", 6311, 200, NOT_DATE, "temp",
	  "value \"2024-01-01\" of `temp` is no number of UTC milliseconds: 1 to 19 digits" },
	{ DATE, "'9223372036854775808'", 6311, 200, NOT_DATE, "temp",
	  "value \"9223372036854775808\" of `temp` is no number of UTC milliseconds: 1 to 19 digits" },
	{ DATE, "'10000000000000000000'", 6311, 200, NOT_DATE, "temp",
	  "value \"10000000000000000000\" of `temp` is no number of UTC milliseconds: 1 to 19 digits" },
	{ STRUCT, "[]", 6312, 6312, NOT_STRUCT, "temp", "value of `temp` is an array, not an object" },
	{ STRUCT, "'{}'", 6312, 6312, NOT_STRUCT, "temp", "value \"{}\" of `temp` is a string, not an object" },
	{ STRUCT, "{'x':1,'y':'','z':3}", 6304, 6304, UNKNOWN, "z",
	  "value 3 of `temp.z` belongs to no member that the model has" },
	{ STRUCT, "{'z':{}}", 6304, 6304, UNKNOWN, "z", "value of `temp.z` belongs to no member that the model has" },
	{ STRUCT, "{'X':1}", 6304, 6304, UNKNOWN, "X", "value 1 of `temp.X` belongs to no member that the model has" },
	{ STRUCT, "{'a\\u0000b':1}", 6304, 6304, UNKNOWN, "a\\u0000b",
	  "value 1 of `temp.a\\u0000b` belongs to no member that the model has" },
	{ STRUCT, "{'abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij':1}", 6304, 6304, UNKNOWN,
	  "abcdefghijabcdefghijabcdefghijabcdefghij…",
	  "value 1 of `temp.abcdefghijabcdefghijabcdefghijabcdefghij…` belongs to no member that the model has" },
	/* unknown before count before the members */
	{ STRUCT, "{'x':'wrong','z':1}", 6304, 6304, UNKNOWN, "z",
	  "value 1 of `temp.z` belongs to no member that the model has" },
	{ STRUCT, "{'x':'wrong'}", 6312, 6306, "tsl parse: struct param size error", "temp",
	  "value of `temp` has no member `y`: it must have all 2" },
	{ STRUCT, "{}", 6312, 200, "tsl parse: struct param size error", "temp",
	  "value of `temp` has no member `x`: it must have all 2" },
	{ STRUCT, "{'y':''}", 6312, 200, "tsl parse: struct param size error", "temp",
	  "value of `temp` has no member `x`: it must have all 2" },
	{ STRUCT, "{'x':1,'x':2}", 6312, 200, "tsl parse: struct param size error", "temp",
	  "value of `temp` has no member `y`: it must have all 2" },
	{ STRUCT, "{'x':1,'y':'','x':2}", 6312, 200, "tsl parse: struct param size error", "temp",
	  "value of `temp` has 3 members instead of 2" },
	/* members in the model's order, with their own code */
	{ STRUCT, "{'y':7,'x':'a'}", 6306, 6306, NOT_INT, "x", "value \"a\" of `temp.x` is a string, not an int" },
	{ STRUCT, "{'x':1,'y':7}", 6310, 6310, NOT_TEXT, "y", "value 7 of `temp.y` is a number, not a string" },
	{ STRUCT, "{'x':121,'y':''}", 6306, 200, "tsl parse: int value is bigger than max 120", "x",
	  "value 121 of `temp.x` is above max 120" },
	{ ARRAY(INT), "{}", 6328, 6328, NOT_ARRAY, "temp", "value of `temp` is an object, not an array" },
	{ ARRAY(INT), "1", 6328, 6328, NOT_ARRAY, "temp", "value 1 of `temp` is a number, not an array" },
	{ ARRAY(BOOL), "[1]", 6325, 6325, "tsl parse: array item type not support", "temp",
	  "value of `temp` has elements of data type bool, which the cloud does not have in arrays" },
	{ ARRAY(DATE), "[]", 6325, 6325, "tsl parse: array item type not support", "temp",
	  "value of `temp` has elements of data type date, which the cloud does not have in arrays" },
	{ ARRAY(ENUM), "[0]", 6325, 6325, "tsl parse: array item type not support", "temp",
	  "value of `temp` has elements of data type enum, which the cloud does not have in arrays" },
	{ ARRAY(LONG), "[0]", 6325, 6325, "tsl parse: array item type not support", "temp",
	  "value of `temp` has elements of data type long, which the cloud does not have in arrays" },
	{ ARRAY("{'type':'array'}"), "[]", 6325, 6325, "tsl parse: array item type not support", "temp",
	  "value of `temp` has elements of data type array, which the cloud does not have in arrays" },
	{ ARRAY(BOOL), "7", 6328, 6328, NOT_ARRAY, "temp", "value 7 of `temp` is a number, not an array" },
	/* the size before the elements */
	{ ARRAY(INT), "[1,2,3,4]", 6324, 200, "tsl parse: array size is bigger than max size 3", "temp",
	  "value of `temp` has 4 elements, more than its size 3" },
	{ ARRAY(INT), "['a',2,3,4]", 6324, 6324, "tsl parse: array size is bigger than max size 3", "temp",
	  "value of `temp` has 4 elements, more than its size 3" },
	{ ARRAY(INT), "[1,'a','b']", 6324, 6324, NOT_INT, "temp", "value \"a\" of `temp[1]` is a string, not an int" },
	{ ARRAY(INT), "[1,2,-41]", 6324, 200, "tsl parse: int value is smaller than min -40", "temp",
	  "value -41 of `temp[2]` is below min -40" },
	{ ARRAY(FLOAT), "[null]", 6324, 6324, NOT_FLOAT, "temp", "value null of `temp[0]` is not a float" },
	{ ARRAY(TEXT), "['abcde']", 6324, 200, "tsl parse: string length bigger than max length 4", "temp",
	  "value \"abcde\" of `temp[0]` has 5 bytes, more than its length 4" },
	{ ARRAY(STRUCT), "[{'x':1,'y':''},{'x':1,'y':7}]", 6324, 6324, NOT_TEXT, "y",
	  "value 7 of `temp[1].y` is a number, not a string" },
	{ ARRAY(STRUCT), "[{'x':1,'y':''},{'q':1}]", 6324, 6324, UNKNOWN, "q",
	  "value 1 of `temp[1].q` belongs to no member that the model has" },
};

START_TEST(refuses)
{
	struct subject subject = subject_of(bad[_i].type);
	struct tsl_fault fault = { 0 };

	ck_assert_int_eq(check(&subject, bad[_i].value, VALIDATION_STRONG, &fault), bad[_i].strong);
	ck_assert_int_eq(fault.code, bad[_i].strong);
	ck_assert_str_eq(text_string(&fault.message), bad[_i].message);
	ck_assert_str_eq(text_string(&fault.subject), bad[_i].subject);
	ck_assert_str_eq(text_string(&fault.why), bad[_i].why);
	/* The same fault again: nothing of the old one may stay. */
	ck_assert_int_eq(check(&subject, bad[_i].value, VALIDATION_WEAK, &fault), bad[_i].weak);
	ck_assert_int_eq(fault.code, bad[_i].weak);
	ck_assert_int_eq(check(&subject, bad[_i].value, VALIDATION_STRONG, &fault), bad[_i].strong);
	ck_assert_str_eq(text_string(&fault.why), bad[_i].why);
	ck_assert_int_eq(check(&subject, bad[_i].value, VALIDATION_NONE, &fault), 200);
	tsl_fault_free(&fault);
	tsl_free(subject.tsl);
}
END_TEST

/* --- strictDecimals: doc: "carries at least one decimal place, such as 10.0" --- */

static const struct {
	const char *type, *value;
	int code;
	const char *message, *why;
} decimals[] = {
	{ FLOAT,  "10.0", 200, NULL, NULL },
	{ FLOAT,  "1e1", 200, NULL, NULL },
	{ FLOAT,  "10", 6307, NOT_FLOAT, "value 10 of `temp` has no decimal place, which strictDecimals asks of a float" },
	{ DOUBLE, "-0", 6322, NOT_DOUBLE, "value -0 of `temp` has no decimal place, which strictDecimals asks of a double" },
	{ ARRAY(FLOAT), "[1.0,2]", 6324, NOT_FLOAT,
	  "value 2 of `temp[1]` has no decimal place, which strictDecimals asks of a float" },
	{ INT, "10", 200, NULL, NULL },
};

START_TEST(strict_decimals)
{
	struct subject subject = subject_of(decimals[_i].type);
	struct tsl_fault fault = { 0 };

	subject.settings.options.strict_decimals = true;
	ck_assert_int_eq(check(&subject, decimals[_i].value, VALIDATION_STRONG, &fault), decimals[_i].code);
	if (decimals[_i].why) {
		ck_assert_str_eq(text_string(&fault.message), decimals[_i].message);
		ck_assert_str_eq(text_string(&fault.why), decimals[_i].why);
	}
	tsl_fault_free(&fault);
	tsl_free(subject.tsl);
}
END_TEST

/* --- bounds of every size: lengths and sizes from 1 to their most, whole numbers around both bounds --- */

/* ['aaa…'] or [0,0,0…] */
static void add_series(struct text *out, const char *open, const char *part, const char *close, int times)
{
	text_add(out, open);
	for (int i = 0; i < times; i++)
		text_addf(out, "%s%s", i && *open == '[' ? "," : "", part);
	text_add(out, close);
}

static const struct {
	const char *type, *open, *part, *close;
	int most, code;
	const char *message;
} series[] = {
	{ "{'type':'text','specs':{'length':%d}}", "'", "a", "'", 10240, 6310,
	  "tsl parse: string length bigger than max length %d" },
	{ "{'type':'array','specs':{'size':%d,'item':{'type':'int'}}}", "[", "0", "]", 512, 6324,
	  "tsl parse: array size is bigger than max size %d" },
	{ "{'type':'array','specs':{'size':%d,'item':{'type':'text'}}}", "[", "''", "]", 512, 6324,
	  "tsl parse: array size is bigger than max size %d" },
};

START_TEST(lengths_and_sizes)
{
	const int most = series[_i].most;

	for (int bound = 1; bound <= most; bound = bound * 2 > most && bound < most ? most : bound * 2) {
		struct text type = { 0 }, inside = { 0 }, outside = { 0 }, message = { 0 };
		struct tsl_fault fault = { 0 };
		struct subject subject;

		add_series(&inside, series[_i].open, series[_i].part, series[_i].close, bound);
		add_series(&outside, series[_i].open, series[_i].part, series[_i].close, bound + 1);
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		text_addf(&type, series[_i].type, bound);
		text_addf(&message, series[_i].message, bound);
#pragma GCC diagnostic pop
		subject = subject_of(text_string(&type));
		ck_assert_int_eq(check(&subject, text_string(&inside), VALIDATION_STRONG, &fault), 200);
		ck_assert_int_eq(check(&subject, text_string(&outside), VALIDATION_STRONG, &fault), series[_i].code);
		ck_assert_str_eq(text_string(&fault.message), text_string(&message));
		ck_assert_int_eq(check(&subject, text_string(&outside), VALIDATION_WEAK, &fault), 200);
		tsl_fault_free(&fault);
		tsl_free(subject.tsl);
		text_free(&type);
		text_free(&inside);
		text_free(&outside);
		text_free(&message);
	}
}
END_TEST

static const struct {
	const char *type;
	int code;
	const char *below, *above;
} numbers[] = {
	{ "int",    6306, "tsl parse: int value is smaller than min %lld",
	  "tsl parse: int value is bigger than max %lld" },
	{ "long",   6330, "tsl parse: long value is smaller than min %lld",
	  "tsl parse: long value is bigger than max %lld" },
	{ "float",  6307, "tsl parse: float value is smaller than min %lld",
	  "tsl parse: float value is bigger than max %lld" },
	{ "double", 6322, "tsl parse: double value is smaller than min %lld",
	  "tsl parse: double value is bigger than max %lld" },
};

START_TEST(ranges)
{
	static const long long edges[] = { -2000000000, -1000, -1, 0, 1, 7, 1000, 2000000000 };

	for (size_t i = 0; i < COUNT(edges); i++)
		for (size_t j = i; j < COUNT(edges); j++) {
			const struct {
				long long value;
				const char *message;
				long long bound;
			} around[] = {
				{ edges[i] - 1, numbers[_i].below, edges[i] }, { edges[i], NULL, 0 },
				{ edges[j], NULL, 0 }, { edges[j] + 1, numbers[_i].above, edges[j] },
			};
			struct tsl_fault fault = { 0 };
			struct subject subject;
			char text[120];

			snprintf(text, sizeof(text), "{'type':'%s','specs':{'min':%lld,'max':'%lld'}}", numbers[_i].type,
			         edges[i], edges[j]);
			subject = subject_of(text);
			for (size_t k = 0; k < COUNT(around); k++) {
				int code;

				snprintf(text, sizeof(text), "%lld", around[k].value);
				code = check(&subject, text, VALIDATION_STRONG, &fault);
				ck_assert_int_eq(code, around[k].message ? numbers[_i].code : 200);
				if (!around[k].message)
					continue;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
				snprintf(text, sizeof(text), around[k].message, around[k].bound);
#pragma GCC diagnostic pop
				ck_assert_str_eq(text_string(&fault.message), text);
			}
			tsl_fault_free(&fault);
			tsl_free(subject.tsl);
		}
}
END_TEST

/* Only one of the bounds, and none. */
START_TEST(half_open_ranges)
{
	struct subject low = subject_of("{'type':'int','specs':{'min':5}}");
	struct subject high = subject_of("{'type':'double','specs':{'max':5}}");

	ck_assert_int_eq(check(&low, "4", VALIDATION_STRONG, NULL), 6306);
	ck_assert_int_eq(check(&low, "2147483647", VALIDATION_STRONG, NULL), 200);
	ck_assert_int_eq(check(&high, "5.1", VALIDATION_STRONG, NULL), 6322);
	ck_assert_int_eq(check(&high, "-1e300", VALIDATION_STRONG, NULL), 200);
	tsl_free(low.tsl);
	tsl_free(high.tsl);
}
END_TEST

/* What is not there is no value of any type. */
START_TEST(refuses_nothing_at_all)
{
	struct subject subject = subject_of(INT);
	struct tsl_fault fault = { 0 };

	ck_assert_int_eq(tsl_check(&subject.tsl->properties[0].spec, (struct json){ 0 }, "temp", VALIDATION_STRONG,
	                           &subject.settings, &fault), 6306);
	ck_assert_str_eq(text_string(&fault.why), "value of `temp` is missing, not an int");
	tsl_fault_free(&fault);
	tsl_free(subject.tsl);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tsl_check");
	TCase *tcase = tcase_create("values");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, accepts, 0, COUNT(good));
	tcase_add_loop_test(tcase, refuses, 0, COUNT(bad));
	tcase_add_loop_test(tcase, strict_decimals, 0, COUNT(decimals));
	tcase_add_loop_test(tcase, lengths_and_sizes, 0, COUNT(series));
	tcase_add_loop_test(tcase, ranges, 0, COUNT(numbers));
	tcase_add_test(tcase, half_open_ranges);
	tcase_add_test(tcase, refuses_nothing_at_all);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
