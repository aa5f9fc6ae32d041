#include "archive/image/compose.h"

#include <string.h>
#include <sys/utsname.h>

#include "archive/image/document.h"
#include "base/error.h"
#include "base/list.h"

static json_t *prefixed(const char hex[HEX])
{
	return json_sprintf(SHA256 "%s", hex);
}

json_t *compose_descriptor(const char *type, const char hex[HEX], uint64_t size)
{
	return json_pack("{ss so sI}", "mediaType", type, "digest", prefixed(hex), "size",
			 (json_int_t)size);
}

const char *compose_layer_type(enum packing packing)
{
	switch (packing) {
	case PACKING_NONE:
		return TYPE_LAYER;
	case PACKING_GZIP:
		return TYPE_LAYER "+gzip";
	case PACKING_ZSTD:
		return TYPE_LAYER "+zstd";
	case PACKING_XZ:
	case PACKING_BZIP2:
		break;
	}
	return NULL;
}

const char *compose_architecture(void)
{
	static const struct { const char *machine, *name; } names[] = {
		{ "x86_64", "amd64" }, { "aarch64", "arm64" }, { "i686", "386" }, { "i386", "386" },
		{ "armv7l", "arm" }, { "armv6l", "arm" }, { "riscv64", "riscv64" },
		{ "ppc64le", "ppc64le" }, { "s390x", "s390x" }, { "loongarch64", "loong64" },
	};
	struct utsname uts;

	uname(&uts);
	for (size_t i = 0; i < COUNT(names); i++)
		if (strcmp(uts.machine, names[i].machine) == 0)
			return names[i].name;
	return "unknown";
}

json_t *compose_config(const char *created)
{
	return json_pack("{ss ss ss s{} s{ss s[]} s[]}", "created", created, "architecture",
			 compose_architecture(), "os", "linux", "config", "rootfs", "type", "layers",
			 "diff_ids", "history");
}

int compose_layer(json_t *config, const char diff_id[HEX], const struct saying *saying,
		  struct error *err)
{
	json_t *rootfs = json_object_get(config, "rootfs");
	json_t *diff_ids = json_object_get(rootfs, "diff_ids");
	json_t *history = json_object_get(config, "history");

	if (!json_is_array(diff_ids))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the config has no rootfs.diff_ids");
	if (!history) {
		history = json_array();
		json_object_set_new(config, "history", history);
	}
	if (!json_is_array(history))
		return fail_id(err, ERR_ARCHIVE_INVALID, 0, "the history in the config is not an array");
	json_array_append_new(diff_ids, prefixed(diff_id));
	json_t *row = json_pack("{ss ss}", "created", saying->created, "created_by",
				saying->created_by);
	if (*saying->comment)
		json_object_set_new(row, "comment", json_string(saying->comment));
	json_array_append_new(history, row);
	json_object_set_new(config, "created", json_string(saying->created));
	return 0;
}

int compose_manifest(const char config_hex[HEX], uint64_t config_size, json_t *layers,
		     char hex[HEX], struct error *err)
{
	uint64_t size;

	return document_write(json_pack("{si ss so so}", "schemaVersion", 2, "mediaType",
					TYPE_MANIFEST, "config",
					compose_descriptor(TYPE_CONFIG, config_hex, config_size),
					"layers", layers), hex, &size, err);
}
