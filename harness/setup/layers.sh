#!/bin/sh
# The dependency rule of docs/ARCHITECTURE.md, grepped. Prints each violation; exit 1 when there is one.
cd "$(dirname "$0")/../.." || exit 2
status=0

# forbid WHERE PATTERN WHY: no file under WHERE may include PATTERN.
forbid() {
    found=$(grep -rnE "^ *# *include +[<\"]$2" --include='*.c' --include='*.h' $1 2>/dev/null |
        grep -vE '^[^:]*(_test\.c:[0-9]*:#include "harness/unit_tests|_fuzz\.c:[0-9]*:#include "harness/fuzz/fuzz)\.h"')
    if [ -n "$found" ]; then
        echo "$3:"
        echo "$found" | sed 's/^/  /'
        status=1
    fi
}

# only FILES HEADER: nobody else may include this library header.
only() {
    found=$(grep -rnE "^ *# *include +<$2" --include='*.c' --include='*.h' emulator services harness |
        grep -vE "^($1):")
    if [ -n "$found" ]; then
        echo "<$2> belongs to $1 alone:"
        echo "$found" | sed 's/^/  /'
        status=1
    fi
}

forbid emulator '(services|harness)/' 'the emulator never includes upward'
forbid emulator/base 'emulator/(io|protocol|core)/' 'base knows nothing above it'
forbid emulator/io 'emulator/(protocol|core)/' 'io knows base alone'
forbid emulator/protocol 'emulator/(io|core)/' 'protocol knows base alone'
for service in services/*/; do
    name=$(basename "$service")
    found=$(grep -rnE '^ *# *include +"services/' --include='*.c' --include='*.h' "$service" |
        grep -vE "\"services/$name(streams)?/|harness/(unit_tests|fuzz/fuzz)\.h") # DynamoDB serves its streams too
    if [ -n "$found" ]; then
        echo "services/$name includes another service:"
        echo "$found" | sed 's/^/  /'
        status=1
    fi
done
found=$(grep -rnE '^ *# *include +"services/' --include='*.c' --include='*.h' harness | grep -v '"services/services.h"')
if [ -n "$found" ]; then
    echo 'the harness includes services/services.h alone:'
    echo "$found" | sed 's/^/  /'
    status=1
fi
only '(emulator/io/(http_server|http_exchange|listener)[a-z_]*\.[ch]|harness/bench/hello\.c)' 'microhttpd'
only 'emulator/io/http_client[a-z_]*\.c' 'curl/'
only 'emulator/io/store[a-z_]*\.[ch]' 'sqlite3'
only 'emulator/(base/crypto[a-z_]*|io/tls[a-z_]*)\.[ch]' 'openssl/'
only 'emulator/base/yaml[a-z_]*\.c' 'yaml\.h'
exit $status
