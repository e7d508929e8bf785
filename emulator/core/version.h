/* The program's version, in one place. */
#ifndef STACKRIG_VERSION_H
#define STACKRIG_VERSION_H

#define STACKRIG_VERSION "0.1.0"

#endif
