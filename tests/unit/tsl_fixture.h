/* Thing models for tests, written with ' for " so that they stay readable in C. */
#ifndef TSL_FIXTURE_H
#define TSL_FIXTURE_H

#include "tsl.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* free() it. */
static inline char *unquoted(const char *text)
{
	char *copy = strdup(text);

	ck_assert_ptr_nonnull(copy);
	for (char *at = copy; (at = strchr(at, '\'')); )
		*at = '"';
	return copy;
}

struct document {
	char           *text;
	struct json_doc doc;
};

static inline struct document document_of(const char *text)
{
	struct document document = { .text = unquoted(text) };
	struct json_error error;

	ck_assert_msg(!json_parse(&document.doc, document.text, strlen(document.text), JSON_STRICT, &error),
	              "%s at %zu of %s", error.message, error.at, text);
	return document;
}

static inline void document_free(struct document *document)
{
	json_doc_free(&document->doc);
	free(document->text);
}

static inline struct settings default_settings(void)
{
	struct settings settings;

	settings_init(&settings, PROFILE_TEST);
	return settings;
}

/* A model that must be good; it outlives its text. */
static inline struct tsl *tsl_of(const char *text, const struct settings *settings)
{
	struct document document = document_of(text);
	struct tsl_error error;
	struct tsl *tsl = tsl_new(json_root(&document.doc), settings, &error);

	ck_assert_msg(tsl, "%s at byte %zu of %s", error.message, error.at, text);
	document_free(&document);
	return tsl;
}

/* Its number in `tsl`; -1: it is not there. */
#define FIND(kind, name) tsl_find_##kind(tsl, name, strlen(name))

/* --- models --- */

#define PROPERTIES(list) "{'properties':[" list "]}"
#define PROPERTY(data_type) \
	PROPERTIES("{'identifier':'temp','name':'t','accessMode':'r','dataType':" data_type "}")

/* So many copies of a part, each with its number in place of #. free() it. */
static inline char *repeated(const char *before, const char *part, const char *after, int times)
{
	struct text text = { 0 };

	text_add(&text, before);
	for (int i = 0; i < times; i++) {
		const char *number = strchr(part, '#');

		text_addf(&text, "%s%.*s%d%s", i ? "," : "", (int)(number - part), part, i, number + 1);
	}
	text_add(&text, after);
	return text_take(&text);
}

#define LIGHT_PROPERTIES \
	"{'identifier':'LightStatus','name':'Light on','accessMode':'rw','required':true," \
	"'dataType':{'type':'bool','specs':{'0':'off','1':'on'}}}," \
	"{'identifier':'LightAdjustLevel','name':'Brightness','accessMode':'rw','required':false," \
	"'dataType':{'type':'int','specs':{'min':'0','max':'100','step':'1','unit':'%','unitName':'percent'}}}," \
	"{'identifier':'LightAlias','name':'Alias','accessMode':'r','required':false," \
	"'dataType':{'type':'text','specs':{'length':'32'}}}"

/* sdk: the features of v3's model.json: what its users import first. */
static const char light[] =
	"{'schema':'https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json','profile':{'productKey':'a1Light0001'},"
	"'services':[{'outputData':[],'identifier':'set','inputData':[" LIGHT_PROPERTIES "],"
	"'method':'thing.service.property.set','name':'set','required':true,'callType':'async'},"
	"{'outputData':[" LIGHT_PROPERTIES "],'identifier':'get',"
	"'inputData':['LightStatus','LightAdjustLevel','LightAlias'],"
	"'method':'thing.service.property.get','name':'get','required':true,'callType':'async'},"
	"{'outputData':[{'identifier':'Contrastratio','dataType':{'specs':{'min':'0','max':'100'},'type':'int'},'name':'c'}],"
	"'identifier':'Custom','inputData':[{'identifier':'transparency',"
	"'dataType':{'specs':{'min':'0','max':'100'},'type':'int'},'name':'t'}],"
	"'method':'thing.service.Custom','name':'Custom','required':false,'callType':'async'}],"
	"'properties':[" LIGHT_PROPERTIES "],"
	"'events':[{'outputData':[" LIGHT_PROPERTIES "],'identifier':'post',"
	"'method':'thing.event.property.post','name':'post','type':'info','required':true},"
	"{'outputData':[{'identifier':'ErrorCode','dataType':{'specs':{'0':'fine','1':'hot'},'type':'enum'},'name':'e'}],"
	"'identifier':'Error','method':'thing.event.Error.post','name':'Error','type':'alert','required':true},"
	"{'outputData':[],'identifier':'TamperAlarm','method':'thing.event.TamperAlarm.post','name':'Tamper',"
	"'type':'alert','required':false}]}";

static const char modules[] =
	"[{'functionBlockId':'Motor','functionBlockName':'Motor of it','properties':"
	"[{'identifier':'limit','accessMode':'rw','dataType':{'type':'double'}}],"
	"'services':[{'identifier':'stop','name':'Stop','callType':'sync'}]},"
	"{'properties':[{'identifier':'limit','accessMode':'r','dataType':{'type':'int'}},"
	"{'identifier':'code','accessMode':'w','dataType':{'type':'text'}}],"
	"'events':[{'identifier':'hot','type':'error','required':true,'desc':'too hot','outputData':"
	"[{'identifier':'temp','required':true,'desc':'d','dataType':{'type':'int'}}]}]},"
	"{'functionBlockId':'M','events':[{'identifier':'hot','type':'info'}]}]";

#endif
