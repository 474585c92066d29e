/* Thing models: what is written of them, which is read again as the same. */
#include "tsl_fixture.h"

#define SCHEMA "'schema':'https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json'"
#define SET(list) "{'identifier':'set','name':'set','required':true,'callType':'async'," \
	"'method':'thing.service.property.set','inputData':[" list "],'outputData':[]}"
#define GET(names, list) "{'identifier':'get','name':'get','required':true,'callType':'async'," \
	"'method':'thing.service.property.get','inputData':[" names "],'outputData':[" list "]}"
#define POST(list) "{'identifier':'post','name':'post','type':'info','required':true," \
	"'method':'thing.event.property.post','outputData':[" list "]}"

static const struct {
	const char *device, *model, *written;
} written[] = {
	{ NULL, "{'properties':[]}",
	  "{" SCHEMA ",'profile':{'version':'1.0','productKey':'pk'},'properties':[],'events':[" POST("") "],"
	  "'services':[" SET("") "," GET("", "") "]}" },
	{ "dn", "{'events':[]}",
	  "{" SCHEMA ",'link':'/sys/pk/dn/thing/','profile':{'productKey':'pk','deviceName':'dn'},"
	  "'properties':[],'events':[" POST("") "],'services':[" SET("") "," GET("", "") "]}" },
	{ NULL, modules,
	  "{" SCHEMA ",'profile':{'version':'1.0','productKey':'pk'},'properties':["
	  "{'identifier':'limit','name':'limit','accessMode':'r','required':false,'dataType':{'type':'int'}},"
	  "{'identifier':'code','name':'code','accessMode':'w','required':false,'dataType':{'type':'text'}}],"
	  "'events':[" POST("{'identifier':'limit','name':'limit','dataType':{'type':'int'}},"
	                    "{'identifier':'code','name':'code','dataType':{'type':'text'}}") ","
	  "{'identifier':'hot','name':'hot','type':'error','required':true,'desc':'too hot',"
	  "'method':'thing.event.hot.post','outputData':[{'identifier':'temp','name':'temp','desc':'d','required':true,"
	  "'dataType':{'type':'int'}}]}],"
	  "'services':[" SET("{'identifier':'code','name':'code','dataType':{'type':'text'}}") ","
	  GET("'limit'", "{'identifier':'limit','name':'limit','dataType':{'type':'int'}}") "],"
	  "'functionBlocks':[{'functionBlockId':'Motor','functionBlockName':'Motor of it','properties':["
	  "{'identifier':'limit','name':'limit','accessMode':'rw','required':false,'dataType':{'type':'double'}}],"
	  "'events':[" POST("{'identifier':'limit','name':'limit','dataType':{'type':'double'}}") "],"
	  "'services':[" SET("{'identifier':'limit','name':'limit','dataType':{'type':'double'}}") ","
	  GET("'limit'", "{'identifier':'limit','name':'limit','dataType':{'type':'double'}}") ","
	  "{'identifier':'stop','name':'Stop','required':false,'callType':'sync','method':'thing.service.Motor:stop',"
	  "'inputData':[],'outputData':[]}]},"
	  "{'functionBlockId':'M','properties':[],'events':[" POST("") ","
	  "{'identifier':'hot','name':'hot','type':'info','required':false,'method':'thing.event.M:hot.post',"
	  "'outputData':[]}],'services':[" SET("") "," GET("", "") "]}]}" },
};

START_TEST(writes)
{
	struct settings settings = default_settings();
	struct tsl *tsl = tsl_of(written[_i].model, &settings);
	char *expected = unquoted(written[_i].written);
	struct text text = { 0 };

	tsl_write(tsl, "pk", written[_i].device, &text);
	ck_assert_str_eq(text_string(&text), expected);
	text_free(&text);
	free(expected);
	tsl_free(tsl);
}
END_TEST

static const char *const round_trips[] = {
	light, modules,
	PROPERTY("{'type':'struct','specs':[{'identifier':'x','name':'名字 \\\"q\\\"','dataType':"
	         "{'type':'text','specs':{'length':9}}}]}"),
	PROPERTY("{'type':'array','specs':{'item':{'type':'bool'}}}"),
	"{'services':[{'identifier':'s','name':'\\u0007\\/','desc':'\\n','callType':'sync','required':true,"
	"'inputData':[{'identifier':'i','required':true,'dataType':{'type':'date','specs':{}}}]}]}",
};

START_TEST(reads_what_it_wrote)
{
	struct settings settings = default_settings();
	struct tsl *first = tsl_of(round_trips[_i], &settings), *second;
	struct text once = { 0 }, twice = { 0 };

	tsl_write(first, "pk", "dn", &once);
	second = tsl_of(text_string(&once), &settings);
	tsl_write(second, "pk", "dn", &twice);
	ck_assert_str_eq(text_string(&once), text_string(&twice));
	ck_assert_uint_eq(first->property_count, second->property_count);
	ck_assert_uint_eq(first->event_count, second->event_count);
	ck_assert_uint_eq(first->service_count, second->service_count);
	ck_assert_uint_eq(first->module_count, second->module_count);
	text_free(&once);
	text_free(&twice);
	tsl_free(first);
	tsl_free(second);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tsl write");
	TCase *tcase = tcase_create("good models");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, writes, 0, COUNT(written));
	tcase_add_loop_test(tcase, reads_what_it_wrote, 0, COUNT(round_trips));
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
