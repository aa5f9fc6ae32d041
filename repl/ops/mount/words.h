/* What the kernel itself says of a file system that it does not make: fsopen(2). */
#pragma once

struct op_outcome;

/* Read the words from the descriptor of the file system, and leave the first message to outcome, if there is one. */
void kernel_words(int fs, struct op_outcome *outcome);
