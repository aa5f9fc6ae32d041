/* Parts of plans: root file systems out of layers. */
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/path.h"
#include "base/text.h"
#include "commands/build_container.h"
#include "snapshot/facts.h"

bool may_overlay(const struct context *context, bool userns)
{
	const struct facts *facts = context->facts;

	return !userns || facts->kernel_major > 5 ||
	       (facts->kernel_major == 5 && facts->kernel_minor >= 11);
}

const char *image_of(const struct context *context, struct plan *plan, const char *name,
		     struct error *err)
{
	if (strcmp(name, "busybox") == 0)
		return context->busybox;
	const char *path = path_here(context, plan, name);
	if (S_ISDIR(mode_here(context, path)))
		return path;
	fail(err, 0, "there is no image %s", vis(name));
	fail_why(err, "an image is busybox, or a folder that holds a root file system");
	return NULL;
}

void plan_folder(struct plan *plan, const char *path, uint64_t mode)
{
	struct op *op = plan_add_with(plan, OP_mkdir, PLAN_MAY_EXIST);

	op->mkdir.path = path;
	op->mkdir.mode = mode;
}

void plan_text(struct plan *plan, const char *path, const char *text)
{
	struct op *op = plan_add(plan, OP_file);

	op->file.path = path;
	op->file.text = text;
	op->file.mode = 0644;
}

void plan_root(const struct context *context, struct plan *plan, const struct root *root,
	       bool userns)
{
	const char *layers[] = { root->init ? root->init : root->image,
				 root->init ? root->image : NULL, NULL };

	if (!may_overlay(context, userns)) {
		plan_bind_at(context, plan, root->image, root->at, BIND_READ_ONLY);
		return;
	}
	const char *upper = path_under(&plan->arena, root->base, "upper");
	const char *work = path_under(&plan->arena, root->base, "work");
	plan_folder(plan, upper, 0755);
	plan_folder(plan, work, 0755);
	plan_overlay(context, plan, &(struct overlay){ layers, upper, work, root->at, root->base, userns });
}
