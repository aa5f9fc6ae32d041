/* How much of an archive is read before it is refused. */
#pragma once

enum {
	LIMIT_DOCUMENT = 4 * 1024 * 1024, /* bytes of an index, a manifest, a config */
	LIMIT_LAYERS = 500,               /* what a union of them is tried with; docker stops at 127 */
	LIMIT_ENTRIES = 1000000,          /* in one layer or archive */
	LIMIT_DEPTH = 1000,               /* folders in folders */
	LIMIT_PATH = 4095,                /* bytes: PATH_MAX without its NUL */
	LIMIT_XATTR = 65536,              /* bytes of one value: the kernel's own limit, xattr(7) */
	LIMIT_INDEXES = 3,                /* indexes in indexes */
};
