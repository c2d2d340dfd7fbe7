//! The command line of Brobygger.

mod cli;

/// glibc's allocator was a sixth of the writer's time in an import (perf). The feature `override`
/// gives this one to SQLite and libpq too; how it commits memory is said in `.cargo/config.toml`.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
