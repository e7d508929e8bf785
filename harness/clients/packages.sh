#!/bin/sh
# Installs the npm packages of package.json into build/clients, once. Without npm or a registry it says so and
# what needs them is skipped.
cd "$(dirname "$0")/../.." || exit 2
if cmp -s harness/clients/package.json build/clients/package.json && [ -d build/clients/node_modules/cfn-response ]; then
    exit 0
fi
command -v npm >/dev/null 2>&1 || { echo "npm is not installed: the JavaScript clients are skipped"; exit 0; }
mkdir -p build/clients
cp harness/clients/package.json build/clients/
echo "installing npm packages into build/clients"
if ! npm install --prefix build/clients --no-audit --no-fund --loglevel=error >build/clients/install.log 2>&1; then
    tail -3 build/clients/install.log
    echo "npm could not install them: the JavaScript clients are skipped"
    rm -rf build/clients
fi
