//! The `rinnova` command.

fn main() {}
