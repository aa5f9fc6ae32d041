/* shell/tell: a step as text and as JSON.
 * May include: shell/tell/ended shell/terminal words/language session snapshot ops walls base.
 * Never: changes anything.
 * Begin at: report.h. */
#pragma once
