# The verbs of this house. Each is one command that also works without `just`.

# lists the verbs
default:
    @just --list

# format, lints, documentation and all tests: what CI runs
check:
    .ci/run

# every test; arguments go to the runner
test *ARGS:
    tests/run {{ARGS}}

# a whole gateway on simulated networks, no configuration
sandbox *ARGS:
    cargo run --release -- sandbox {{ARGS}}

# installs the real nodes and foreign languages the tests use
nodes:
    tests/install

# the engine's inner steps, beside their yardstick
bench *ARGS:
    cargo bench --package cryptopayment-benches {{ARGS}}

# kills the gateway under load, KILLS times, and counts what was lost
crash KILLS="1000":
    CRYPTOPAYMENT_TEST_CRASHES={{KILLS}} tests/run --no-capture -E 'test(under_load)'

# writes docs/openapi.json from the table of endpoints
openapi:
    CRYPTOPAYMENT_TEST_OPENAPI=write cargo test --workspace --lib checked_in_document

# random lives of a merchant, held against a model of the documents
lives LIVES="500":
    CRYPTOPAYMENT_TEST_LIVES={{LIVES}} tests/run --no-capture -E 'binary(merchant_life)'
