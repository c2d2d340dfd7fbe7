//! The command line of Brobygger.

mod cli;

/// A request makes some hundred small allocations on several threads; the system's allocator takes
/// a tenth of its processor time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
