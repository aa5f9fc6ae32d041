/* Concepts: where a container's files are. */
#include "words/topics/concepts.h"

static const char *const layers_also[] = { "layer", "overlay", "overlayfs", NULL };
static const char *const mountinfo_also[] = { "/proc/PID/mountinfo", "/proc/self/mountinfo", NULL };

const struct concept concepts_files[] = {
	{
		.name = "layers", .also = layers_also,
		.summary = "one tree of several folders: images share what they have in common",
		.idea = "An image is a stack of layers, each a folder with the files that one step of "
			"its making added. overlay shows them as one tree: a name is looked up from "
			"the top down, and the first layer that has it wins; folders of one name are "
			"merged. The lower layers are never written, so a hundred containers share "
			"them, and the page cache as well.\n\n"
			"One writable layer, the upper folder, lies on top. To write to a file that "
			"only a lower layer has, overlay copies it up first, whole. To delete one, it "
			"puts a whiteout there. work is an empty folder beside upper, on the same file "
			"system, in which overlay prepares what it then renames. commit makes a layer "
			"of the upper folder.",
		.drawing =
			"     what is seen    /  a(2)   b(1)   -      d(3)\n"
			"     upper  (rw)     .  .      .      c=wh   d(3)   3: written here\n"
			"     layer 2 (ro)    .  a(2)   .      c(2)   .      2: hides layer 1's a\n"
			"     layer 1 (ro)    .  a(1)   b(1)   .      .      1: the lowest\n",
		.words = "union, layers, diff, copyup, image, commit", .lesson = "11-union",
		.pages = "overlayfs.rst in the kernel's documents, mount(8)",
	},
	{
		.name = "whiteouts",
		.summary = "how a layer deletes what is below it",
		.idea = "A lower layer cannot be changed, so to delete is to write: overlay makes a "
			"whiteout in the upper folder, a character device with the numbers 0:0, or "
			"since Linux 6.7 an empty file with the attribute overlay.whiteout. It hides "
			"the name in all layers below, and the file itself stays there, with its size "
			"and its secrets.\n\n"
			"A folder that was deleted and made again is opaque: the attribute "
			"overlay.opaque says y, and nothing below is merged in. The tar of an OCI "
			"layer says the same by names: .wh.NAME for a whiteout, .wh..wh..opq for an "
			"opaque folder. That is why removing a file in a later step of a Dockerfile "
			"does not make an image smaller.",
		.drawing =
			"     rm /etc/motd         upper/etc/motd     c 0:0      hides lower/etc/motd\n"
			"     rm -r /d; mkdir /d   upper/d/           opaque=y   hides all in lower/d\n"
			"     in the tar           etc/.wh.motd       d/.wh..wh..opq\n",
		.words = "whiteout, opaque, layers, diff, commit", .lesson = "12-layers",
		.pages = "overlayfs.rst in the kernel's documents, mknod(2), xattr(7)",
	},
	{
		.name = "volumes",
		.summary = "folders that outlive a container",
		.idea = "What a container writes into its root goes to the writable layer, and that ends "
			"with it. A volume is a folder of the host that is bound into the container's "
			"tree before its program starts: one inode by two names, no copy. What is "
			"written there stays, and other containers can have it too.\n\n"
			"-v /srv/data:/data binds a folder that you name. -v NAME:/data binds one that "
			"Stave keeps in its store, made at first use; an empty one is filled with what "
			"the image has at that place. -v /data makes a nameless one. A file that the "
			"container's root makes in it belongs, outside, to whoever that root is "
			"there. :ro makes the bind read-only, which takes a second call: "
			"MS_BIND alone keeps the flags of the mount that it copies.",
		.drawing =
			"     host  /srv/data  ----.   bind     .---->  container A  /data\n"
			"                          +--- inode --+\n"
			"     store NAME/_data ----'            `---->  container B  /data:ro\n",
		.words = "volume, container -v, bindmount", .lesson = "13-volumes",
		.pages = "mount(2), mount(8)",
	},
	{
		.name = "mountinfo", .also = mountinfo_also,
		.summary = "the fields of a line of /proc/PID/mountinfo",
		.idea = "/proc/PID/mountinfo lists the mounts that the process sees, one a line. Its "
			"ids are the kernel's, which reuses them: an id names a mount only as long as "
			"that mount exists. After the options come zero or more optional fields, ended "
			"by a single hyphen; a program that reads the file looks for that hyphen and "
			"counts from there. Space, tab, newline and backslash in a name are written in "
			"octal, \\040 for a space.\n\n"
			"Two sets of options stand in a line, because there are two things: the mount "
			"(ro, nosuid, noexec, of this place alone) and the file system under it (of "
			"all places where it is mounted). A mount that hides another has the same "
			"mount point and the hidden one as its parent.",
		.drawing = "",
		.words = "mountinfo, mounts, propagation", .lesson = "04-mounts",
		.pages = "proc(5), mount_namespaces(7)",
	},
	{ 0 }
};
