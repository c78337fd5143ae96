//! `rinnova completions`: a completion script on standard output.

use clap::CommandFactory;
use clap_complete::Shell as Made;

use crate::cli::{Cli, Completions, Shell};
use crate::command::Failure;
use crate::exit::Verdict;

/// Prints the script for a shell.
///
/// # Errors
/// When standard output is closed.
pub fn completions(asked: &Completions) -> Result<Verdict, Failure> {
    use std::io::Write;
    let shell = match asked.shell {
        Shell::Bash => Made::Bash,
        Shell::Fish => Made::Fish,
        Shell::Zsh => Made::Zsh,
    };
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "rinnova", &mut script);
    std::io::stdout().write_all(&script).map_err(Failure::failed)?;
    Ok(Verdict::Done)
}
