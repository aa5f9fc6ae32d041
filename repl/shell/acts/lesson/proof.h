/* Proving one file, in a process of its own: what a prover does. */
#pragma once

struct shell;

/* Prove the file at path and say what came of it: a line of JSON, proofs_tell()'s. */
void proof_make(struct shell *shell, const char *path);
