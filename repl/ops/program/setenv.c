/* setenv(3): a variable in the child's environment, which the programs that it starts inherit. */
#include <errno.h>
#include <stdlib.h>

#include "ops/op.h"

static const struct field fields[] = {
	{ "name", FIELD_STRING, offsetof(struct op, setenv.name) },
	{ "value", FIELD_STRING, offsetof(struct op, setenv.value) },
	{ "before", FIELD_STRING, offsetof(struct op, setenv.before), .hidden = true },
	{ 0 }
};

static const struct hint hints[] = {
	{ EINVAL, "a variable's name is not empty, and has no =", NULL },
	{ ENOMEM, "the environment has no more room", NULL },
	{ 0 }
};

static int run(const struct op *op, const struct op_stage *stage, struct op_outcome *outcome)
{
	(void)stage, (void)outcome;
	if (!op->setenv.name) {
		errno = EINVAL;
		return -1;
	}
	return op->setenv.value ? setenv(op->setenv.name, op->setenv.value, 1) : unsetenv(op->setenv.name);
}

const struct op_info op_setenv = {
	.name = "setenv", .man = "setenv(3)",
	.does = "{value?set the variable {name} to {value}}{value!remove the variable {name}}",
	.call = "{value?setenv({name|c}, {value|c}, 1)}{value!unsetenv({name|c})}",
	.shell = "{value?export {name}={value|sh}}{value!unset {name}}",
	.side = IN_CHILD, .back = BACK_BY_SAME, .fields = fields, .hints = hints, .run = run,
};
