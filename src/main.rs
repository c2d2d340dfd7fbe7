//! The command line of Brobygger.

mod cli;

/// A request makes and drops hundreds of small values, on two cores a seventh of its cost with the
/// allocator of glibc. `override` gives it to SQLite and libpq too.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
