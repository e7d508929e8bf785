/*
 * Web pages of other machines. Whoever may call stackrig may have code run here (a function, a stack with one),
 * and a browser sends forms of any page to 127.0.0.1 without asking. Only the answer would be kept from
 * the page. So such requests are refused by their Origin; clients that are no browser send none.
 */
#ifndef STACKRIG_FOREIGN_PAGE_H
#define STACKRIG_FOREIGN_PAGE_H

#include "emulator/base/http_message.h"
#include "emulator/protocol/error_shape.h"

/* True when a browser sends this for a page that is not this machine's: its Origin is neither localhost, a
 * name below it, nor a loopback address. */
bool comes_from_foreign_page(const struct http_request *request);

extern const struct error_shape error_foreign_page;
#define FOREIGN_PAGE_TEXT "Requests of web pages are taken from this machine's own pages only"

#endif
