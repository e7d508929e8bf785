/*
 * How ES modules find packages in the folders of NODE_PATH (layers, the SDK), as in Lambda's Node.js: those of plain
 * Node.js do not look there. Hooks for module.registerHooks, or for module.register where only that exists, which
 * loads this file in a thread of its own.
 */
"use strict";

const { existsSync } = require("fs");
const { basename } = require("path");
const { pathToFileURL } = require("url");

/* A module beside each folder: what it imports is looked for in the folder, and by the package's own exports. */
const parents = (process.env.NODE_PATH || "")
    .split(":")
    .filter((folder) => basename(folder) === "node_modules" && existsSync(folder))
    .map((folder) => pathToFileURL(folder + ".mjs").href);

/* Neither a path nor a URL. */
const PACKAGE = /^(?!\.{0,2}\/|\.{1,2}$|[a-z]+:)/;

function parentsFor(specifier, error) {
    return error.code === "ERR_MODULE_NOT_FOUND" && PACKAGE.test(specifier) ? parents : [];
}

exports.resolve = async function resolve(specifier, context, next) {
    try {
        return await next(specifier, context);
    } catch (error) {
        for (const parentURL of parentsFor(specifier, error)) {
            try {
                return await next(specifier, { ...context, parentURL });
            } catch (another) {
                /* not in this folder; the first error tells who misses it */
            }
        }
        throw error;
    }
};

exports.resolveSync = function resolveSync(specifier, context, next) {
    try {
        return next(specifier, context);
    } catch (error) {
        for (const parentURL of parentsFor(specifier, error)) {
            try {
                return next(specifier, { ...context, parentURL });
            } catch (another) {
                /* as above */
            }
        }
        throw error;
    }
};
