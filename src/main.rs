//! The command line of Brobygger.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
