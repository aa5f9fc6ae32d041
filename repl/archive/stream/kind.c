#include "archive/stream/kind.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "archive/stream/stream.h"
#include "base/error.h"
#include "base/list.h"
#include "base/message.h"
#include "base/text.h"

enum { ENOUGH = 72 * 1024 };

#define MOUNT_IT "!mount -o loop,ro FILE /mnt; tar -C /mnt -cf root.tar .; then image import root.tar"
#define CPIO_IT "!mkdir root; cd root; cpio -idm <FILE; tar -cf ../root.tar .; then image import root.tar"
#define UNPACK_IT "unpack it, and give image import what is in it"

/* magic(5). */
static const struct kind {
	const char *what, *magic;
	size_t length, at;
	const char *fix;
} kinds[] = {
	{ "a cpio archive", "070701", 6, 0, CPIO_IT },
	{ "a cpio archive", "070702", 6, 0, CPIO_IT },
	{ "a cpio archive", "070707", 6, 0, CPIO_IT },
	{ "a cpio archive", "\xc7\x71", 2, 0, CPIO_IT },
	{ "a cpio archive", "\x71\xc7", 2, 0, CPIO_IT },
	{ "an ext2, ext3 or ext4 file system", "\x53\xef", 2, 1080, MOUNT_IT },
	{ "a squashfs file system", "hsqs", 4, 0, MOUNT_IT },
	{ "an erofs file system", "\xe2\xe1\xf5\xe0", 4, 1024, MOUNT_IT },
	{ "an xfs file system", "XFSB", 4, 0, MOUNT_IT },
	{ "a btrfs file system", "_BHRfS_M", 8, 65600, MOUNT_IT },
	{ "an ISO 9660 file system", "CD001", 5, 32769, MOUNT_IT },
	{ "a disk with partitions", "\x55\xaa", 2, 510, "!losetup -fP --show FILE; mount its partition, tar it, and image import that" },
	{ "a disk of QEMU's", "QFI\xfb", 4, 0, "!qemu-img convert -O raw FILE disk.raw; then mount, tar and image import it" },
	{ "a zip archive", "PK\3\4", 4, 0, UNPACK_IT },
	{ "a 7z archive", "7z\xbc\xaf\x27\x1c", 6, 0, UNPACK_IT },
	{ "a package of Debian's", "!<arch>\n", 8, 0, "!dpkg-deb -x FILE root; tar -C root -cf root.tar .; then image import root.tar" },
	{ "a package of RPM's", "\xed\xab\xee\xdb", 4, 0, "!rpm2archive FILE; then image import the tar" },
	{ "an image of Singularity's", "SIF_MAGIC", 9, 32, "!singularity build --sandbox root FILE; tar -C root -cf root.tar ." },
	{ "a program", "\x7f" "ELF", 4, 0, "!tar -cf root.tar FILE; then image import root.tar" },
	{ "packed with lz4", "\x04\x22\x4d\x18", 4, 0, "!lz4 -d FILE image.tar; then image import image.tar" },
	{ "packed with compress", "\x1f\x9d", 2, 0, "!zcat FILE >image.tar; then image import image.tar" },
	{ "packed with lzip", "LZIP", 4, 0, "!lzip -d FILE; then image import the tar" },
};

int kind_refuse(int fd, struct error *err)
{
	cleanup_stream struct stream stream = { 0 };
	cleanup_text struct text text = { 0 };
	struct error ignored;
	const void *bytes;
	ssize_t n = 1;

	if (lseek(fd, 0, SEEK_SET) < 0 || stream_open(&stream, fd, UINT64_MAX, &ignored) < 0)
		return 0;
	while (text.len < ENOUGH && (n = stream_read(&stream, &bytes, &ignored)) > 0)
		text_addn(&text, bytes, (size_t)n);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const struct kind *kind = &kinds[i];
		if (text.len < kind->at + kind->length ||
		    memcmp(text.s + kind->at, kind->magic, kind->length) != 0)
			continue;
		fail_id(err, ERR_ARCHIVE_FORM, 0, "not an archive of an image, nor a tar: it seems to be %s", _(kind->what));
		return fail_fix(err, "%s", _(kind->fix));
	}
	return 0;
}
