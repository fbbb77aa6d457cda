/* Files as text: what the probe prints for an image that holds nothing but the probe. */
#ifndef PROBE_SHOW_H
#define PROBE_SHOW_H

/* Prints `@ MODE` (octal, `@ -` for a missing one) and the content of each file, a link's target for a link.
   Returns the exit code: 1 when one is missing. */
int show_files(int count, char *const paths[]);

#endif
