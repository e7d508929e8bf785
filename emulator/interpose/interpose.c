/*
 * The library that handler processes preload: leads connections to AWS's host names to the emulator.
 */
