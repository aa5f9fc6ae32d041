/* Configs and manifests of this program's own. */
#pragma once

#include <jansson.h>
#include <stdint.h>

#include "archive/digest.h"
#include "archive/stream/stream.h"

struct error;

#define TYPE_INDEX "application/vnd.oci.image.index.v1+json"
#define TYPE_MANIFEST "application/vnd.oci.image.manifest.v1+json"
#define TYPE_CONFIG "application/vnd.oci.image.config.v1+json"
#define TYPE_LAYER "application/vnd.oci.image.layer.v1.tar"
/* Of layers that may not be handed on, and of which a registry has no copy; an archive may. */
#define TYPE_FOREIGN_LAYER "application/vnd.oci.image.layer.nondistributable.v1.tar"
#define TYPE_DOCKER_FOREIGN_LAYER "application/vnd.docker.image.rootfs.foreign.diff.tar"
#define TYPE_DOCKER_INDEX "application/vnd.docker.distribution.manifest.list.v2+json"
#define TYPE_DOCKER_MANIFEST "application/vnd.docker.distribution.manifest.v2+json"
#define TYPE_DOCKER_CONFIG "application/vnd.docker.container.image.v1+json"
#define TYPE_DOCKER_LAYER "application/vnd.docker.image.rootfs.diff.tar"

/* A descriptor as a new JSON object. */
json_t *compose_descriptor(const char *type, const char hex[HEX], uint64_t size);

/* The media type of a layer that is packed so; NULL where there is none. */
const char *compose_layer_type(enum packing packing);

/* What is said about a new layer in a config's history. */
struct saying {
	const char *created, *created_by, *comment;
};

/* A config with no layer, for this machine; and one layer more in a config. */
json_t *compose_config(const char *created);
int compose_layer(json_t *config, const char diff_id[HEX], const struct saying *saying,
		  struct error *err);

/* The manifest of a config and these layers (descriptors; taken over), into blobs; its digest. */
int compose_manifest(const char config_hex[HEX], uint64_t config_size, json_t *layers,
		     char hex[HEX], struct error *err);

/* The name that OCI has for this machine's processor: "amd64". */
const char *compose_architecture(void);
