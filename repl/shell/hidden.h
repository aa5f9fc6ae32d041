/* A call of the shell's own that a seccomp filter around it answers. */
#pragma once

struct error;

/* Add to a failure of the shell's own that names its call and tells no cause that such a filter refuses the call, where a second
 * try, with arguments that mean nothing, is answered alike. seccomp(2). */
void hidden_advise(struct error *err);
