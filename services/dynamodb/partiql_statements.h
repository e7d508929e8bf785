/* Statements being executed; for partiql_*.c only. */
#ifndef STACKRIG_PARTIQL_STATEMENTS_H
#define STACKRIG_PARTIQL_STATEMENTS_H

#include "services/dynamodb/page.h"
#include "services/dynamodb/partiql.h"
#include "services/dynamodb/transactions.h"

struct statement_request {
    struct partiql *statement;
    struct input input;
    struct page page;             /* reads */
    struct transaction_part part; /* writes, EXISTS */
    struct consumed price;        /* in a batch; no table: nothing was done */
};

/* Why a statement cannot be tried; not yet an answer, since a batch goes on. */
struct objection {
    const struct error_shape *error;
    const char *message;
};

/* Statement and Parameters of the input. False: *message. */
bool partiql_read(struct call *call, struct input input, struct statement_request *request,
                  const char **message);
/* Makes request->part of a statement that names whole keys. */
bool partiql_make_part(struct call *call, struct statement_request *request, struct objection *objection);
/* What RETURNING asks for, as this member or as an element of a list; nothing when there is nothing. */
void partiql_write_returned(struct call *call, const struct statement_request *request, const char *member);
/* transaction_decide(), but DELETE of an item that is not there does nothing and is no failure. */
void partiql_decide(struct call *call, struct statement_request *request);

#endif
