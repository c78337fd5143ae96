//! `rinnova doctor`: what is missing for a run, and the command that mends it; `--install` runs those commands.
//!
//! It asks the machine only: nothing goes over the network but what the mending commands fetch, no file is written
//! outside them, and no secret is read. `--leaks` is another matter: it plays runs with secrets of its own and searches what
//! they leave.

mod accounts;
mod browsers;
mod clock;
mod finding;
pub mod leaks;
mod machine;
mod mending;
mod table;

use std::io::{IsTerminal as _, Write as _};

use jiff::Timestamp;

use self::finding::{Finding, Level};
use self::mending::System;
use crate::browser::{installed, workdir};
use crate::cli::Doctor;
use crate::command::progress::Look;
use crate::command::{Context, Failure};
use crate::exit::Verdict;
use crate::settings::{BrowserName, Flags};

/// Looks, mends if asked to, and says what there is; or plays the search for leaks.
///
/// # Errors
/// When the browser's name is none, or standard output is closed.
pub async fn doctor(asked: Doctor, context: &Context) -> Result<Verdict, Failure> {
    let browsers = match asked.browser.as_deref() {
        None => installed::BROWSERS.to_vec(),
        Some(name) => vec![name.parse().map_err(|error| Failure::invalid(format!("--browser `{name}` {error}")))?],
    };
    if asked.leaks {
        let browser =
            *browsers.iter().find(|browser| installed::find(**browser).is_ok()).unwrap_or(&BrowserName::Firefox);
        installed::find(browser).map_err(Failure::invalid)?;
        return leaks::leaks(browser, asked.json, context).await;
    }
    let system = System::here(&context.env, installed::cache_dir());
    let mut findings = examine(&browsers, context).await;
    let mut mended = true;
    if asked.install {
        let swept = workdir::sweep(&workdir::base());
        let plan = system.plan(&findings);
        mended = mending::perform(&plan).await;
        if swept > 0 || !plan.is_empty() {
            findings = examine(&browsers, context).await;
        }
    }
    let text = if asked.json {
        format!("{}\n", table::data(&findings, &browsers, &system))
    } else {
        let look = Look::of(&context.env, std::io::stdout().is_terminal());
        let shown: Vec<Finding> =
            findings.iter().filter(|finding| !context.quiet || finding.level != Level::Ok).cloned().collect();
        table::table(&shown, &browsers, &system, look)
    };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::failed)?;
    Ok(if mended && finding::ready(&findings, &browsers) { Verdict::Done } else { Verdict::Invalid })
}

/// Everything that is looked at, in the order of the table.
async fn examine(browsers: &[BrowserName], context: &Context) -> Vec<Finding> {
    let mut findings = Vec::new();
    for &browser in browsers {
        findings.extend(browsers::browser(browser, &context.env).await);
    }
    findings.extend(clock::clock(Timestamp::now()).await);
    let chromium =
        browsers.contains(&BrowserName::Chromium) && installed::find_program(BrowserName::Chromium).is_some();
    let directory = std::env::current_dir().unwrap_or_default();
    let state = context.state_directory().ok();
    findings.extend(machine::machine(&directory, state.as_deref(), chromium));
    match context.settings(Flags::default()) {
        Err(failure) => findings.extend(accounts::broken(&failure.message)),
        Ok(settings) => {
            findings.extend(accounts::settings(&settings, &context.env));
            for account in &settings.accounts {
                findings.extend(accounts::account(account, &context.env));
            }
        }
    }
    findings
}
