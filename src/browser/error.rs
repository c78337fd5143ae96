//! What can go wrong between the tool and the browser.

use std::path::PathBuf;

use crate::browser::installed::{driver_name, variables};
use crate::settings::BrowserName;

/// No session could be had. Nothing was sent to any portal.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The browser is not installed.
    #[error("{} is not installed: run `rinnova doctor --install --browser {}`, or name its program in {}", browser.name(), browser.name(), variables(*browser).0)]
    NoBrowser {
        /// Which.
        browser: BrowserName,
    },
    /// Its driver is not installed.
    #[error("{} is not installed: run `rinnova doctor --install --browser {}`, or name its program in {}", driver_name(*browser), browser.name(), variables(*browser).1)]
    NoDriver {
        /// Whose.
        browser: BrowserName,
    },
    /// A program does not tell its version.
    #[error("cannot tell the version of `{}`: {why}", .program.display())]
    Version {
        /// The program.
        program: PathBuf,
        /// Why.
        why: String,
    },
    /// Browser and driver do not fit.
    #[error("{driver} does not fit the browser: {why}; run `rinnova doctor`")]
    Mismatch {
        /// The driver's program name.
        driver: String,
        /// What the driver says.
        why: String,
    },
    /// The driver did not start.
    #[error("cannot start {driver}: {why}; run `rinnova doctor`")]
    Driver {
        /// The driver's program name.
        driver: String,
        /// Why.
        why: String,
    },
    /// The driver made no session.
    #[error("{driver} made no session: {why}; run `rinnova doctor`")]
    Session {
        /// The driver's program name or address.
        driver: String,
        /// Why.
        why: String,
    },
    /// The driver at `--webdriver` cannot be used.
    #[error("cannot use the driver at `{url}`: {why}")]
    Remote {
        /// Its address.
        url: String,
        /// Why.
        why: String,
    },
    /// The temporary folder cannot be made.
    #[error("cannot make a folder for the browser under `{}`: {why}", .dir.display())]
    Workdir {
        /// Where.
        dir: PathBuf,
        /// Why.
        why: String,
    },
}

/// A command to the page did not give an answer.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The page went away while the command ran; look again on the new one.
    #[error("the page was left while it was being looked at")]
    Navigated,
    /// A native dialog stands in the way.
    #[error("the page shows a native dialog: “{text}”")]
    Dialog {
        /// Its text.
        text: String,
    },
    /// The address could not be loaded.
    #[error("cannot load `{url}`: {}", plainly(why))]
    Load {
        /// The address.
        url: String,
        /// Why, in the browser's words.
        why: String,
    },
    /// What was pressed leads to a page that does not come.
    #[error("`{url}`, which the last press leads to, is still loading after {seconds} s")]
    Slow {
        /// The address.
        url: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// A press was held back each time, because another thing was in its target's place when it came.
    #[error("it was not pressed: as the pointer came, {why}")]
    Held {
        /// What stood against it.
        why: String,
    },
    /// A press came to no document that can be looked into.
    #[error("the press came to another place than its target")]
    Missed,
    /// The browser or its driver is gone.
    #[error("the browser is gone: {why}")]
    Gone {
        /// What the driver said.
        why: String,
    },
    /// No answer within the command's deadline.
    #[error("the browser gave no answer within {} s to `{command}`", .seconds)]
    Silent {
        /// The command.
        command: String,
        /// How long it was waited for.
        seconds: u64,
    },
    /// The window that was driven is closed.
    #[error("the window was closed by the page")]
    WindowClosed,
    /// The run was told to stop.
    #[error("stopped by a signal")]
    Stopped,
    /// The browser refused the command.
    #[error("`{command}`: {why}")]
    Refused {
        /// The command.
        command: String,
        /// What it said.
        why: String,
    },
}

/// A browser's word for why an address cannot be loaded, said plainly; its own word stays beside it for whoever searches.
fn plainly(why: &str) -> String {
    const WORDS: [(&str, &[&str]); 6] = [
        ("nobody answers there", &["CONNECTION_REFUSED", "ERR_CONNECTION_CLOSED", "ERR_EMPTY_RESPONSE", "NET_RESET"]),
        ("no host of this name is known", &["UNKNOWN_HOST", "NAME_NOT_RESOLVED"]),
        ("no answer came in time", &["NET_TIMEOUT", "CONNECTION_TIMED_OUT"]),
        ("there is no network", &["INTERNET_DISCONNECTED", "NS_ERROR_OFFLINE"]),
        (
            "its certificate is not trusted",
            &["ERR_CERT_", "SELF_SIGNED", "UNKNOWN_ISSUER", "SSL_ERROR_BAD_CERT", "_CERTIFICATE"],
        ),
        ("it does not speak TLS as it should", &["ERR_SSL_", "SSL_ERROR_"]),
    ];
    let why = why.trim_start_matches("unknown error: ").trim_start_matches("Error: ");
    let known = WORDS.iter().find(|(_, codes)| codes.iter().any(|code| why.contains(code)));
    known.map_or_else(|| why.to_owned(), |(words, _)| format!("{words} ({why})"))
}

#[cfg(test)]
mod tests {
    use super::plainly;

    #[test]
    fn what_browsers_say_is_said_plainly() {
        for (why, expected) in [
            ("net::ERR_CONNECTION_REFUSED", "nobody answers there (net::ERR_CONNECTION_REFUSED)"),
            ("unknown error: Error: NS_ERROR_UNKNOWN_HOST", "no host of this name is known (NS_ERROR_UNKNOWN_HOST)"),
            ("net::ERR_CERT_DATE_INVALID", "its certificate is not trusted (net::ERR_CERT_DATE_INVALID)"),
            ("something new", "something new"),
        ] {
            assert_eq!(plainly(why), expected);
        }
    }
}
