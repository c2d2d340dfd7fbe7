//! The command line of Brobygger.
fn main() {}
