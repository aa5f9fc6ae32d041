/* The prompt: lines by GNU readline. */
#pragma once

struct shell;

/* Read and run lines until the user leaves. */
void line_loop(struct shell *shell);
