/* The vocabulary, in the order help shows it. A new word: its file in this folder, its row
 * here. */
