/* options.h - the command line of zongheng-load: one table, from which --help comes as well. */
#ifndef ZH_LOADTEST_OPTIONS_H
#define ZH_LOADTEST_OPTIONS_H

#include "run.h"
#include "stages.h"

#include <stdio.h>

enum form { FORM_REPLAY = 1, FORM_FLOOD = 2, FORM_STEPS = 4, FORM_SEARCH = 8, FORM_DIFF = 16 };

struct options {
    enum form form;
    struct run_plan plan;
    struct stages_plan stages;
    const char *demand, *report, *html, *answers, *verify, *marks;
    const char *one, *other; /* of FORM_DIFF */
    bool progress, has_rate, has_speed, has_curve;
};

/* Defaults from the environment; the strings are argv's and the environment's. */
void options_init(struct options *o);
bool options_read(struct options *o, int argc, char **argv, struct err *e);
void options_help(FILE *out);

/* What the run asks, for a list of answers: equal texts, equal questions. */
void options_asked(const struct options *o, const struct demand *d, char *text, size_t size);

#endif
