//! `rinnova doctor --leaks`: runs with secrets that nobody has, at their loudest, and a search of every byte that they leave
//! and show. Whatever is found is a fault of the tool, and said so.

pub mod canaries;
pub mod forms;
mod played;
pub mod search;

use std::io::Write as _;

use self::canaries::CANARIES;
use self::played::{Played, Stage};
use self::search::Secrets;
use crate::command::{Context, Failure, say};
use crate::exit::Verdict;
use crate::practice::{Fault, FaultKind, Mirror, Options, PASSWORD, PIN, Practice};
use crate::settings::BrowserName;
use crate::store;

/// The value that a portal gets as new PIN, and the code and the password that it refuses.
const NEW_PIN: &str = "04713826";
const NO_CODE: &str = "73519482";
const WRONG: &str = "C4n&<\"'\\ry +%é€ 7";

/// Plays the runs in this browser, searches, and prints what was found.
///
/// # Errors
/// When the portals or a run cannot be started, or standard output is closed.
pub(super) async fn leaks(browser: BrowserName, json: bool, context: &Context) -> Result<Verdict, Failure> {
    let folder = store::temporary().map_err(Failure::failed)?;
    let practice = Practice::start(Options::default()).await.map_err(Failure::failed)?;
    let mirror = Mirror::start(CANARIES.len()).await.map_err(Failure::failed)?;
    let stage = Stage::set(folder.path(), browser, &practice).map_err(Failure::failed)?;
    let told = |name: &str| {
        if !context.quiet {
            say(&format!("plays: {name}\n"));
        }
    };
    let mut played = Vec::new();

    let mut typed = Secrets::default();
    for (odd, value) in CANARIES {
        typed.add(odd, value);
    }
    for (name, ends, pictures) in [
        ("a page that repeats what is typed", Verdict::Done, 1),
        ("the same without a button to press", Verdict::Changed, 1),
        ("ended by SIGTERM", Verdict::Terminated, 0),
    ] {
        told(name);
        played.push(stage.mirror(name, mirror.origin(), ends).await?.judged(ends, pictures, &typed));
    }

    let [mine, theirs] = [("mysign", practice.mia_firma()), ("ncfr", practice.firma_remota())];
    let broken = Some(Fault::at("/api/rinnovo/firma", FaultKind::InternalError));
    for (name, (flow, portal), user, password, code, fault, ends, pictures) in [
        ("a renewal", mine, "JCPD0001", PASSWORD, None, None, Verdict::Renewed, 5),
        ("a signature that ends in an error", mine, "JCPD0003", PASSWORD, None, broken, Verdict::Unknown, 5),
        ("a code that is refused", theirs, "JZLF001", PASSWORD, Some(NO_CODE), None, Verdict::CodeRejected, 1),
        ("a password that is refused", theirs, "JZLF001", WRONG, None, None, Verdict::Rejected, 0),
    ] {
        told(name);
        practice.arm(fault.into_iter().collect()).map_err(Failure::failed)?;
        let mut secrets =
            Secrets::default().with("the password", password).with("the PIN", PIN).with("the new PIN", NEW_PIN);
        secrets.add("a code", NO_CODE);
        let run = stage.renewal(name, flow, user, portal, password, code).await?;
        for sms in practice.sms(user) {
            secrets.add("a code", &sms.code);
        }
        played.push(run.judged(ends, pictures, &secrets));
    }
    practice.stop().await;

    let sound = played.iter().all(Played::is_sound);
    let text = if json { format!("{}\n", played::data(&played)) } else { played::table(&played) };
    std::io::stdout().write_all(text.as_bytes()).map_err(Failure::failed)?;
    if sound {
        return Ok(Verdict::Done);
    }
    say(&format!("what was left is kept for a look: {}\n", folder.keep().display()));
    Ok(Verdict::Failed)
}

#[cfg(test)]
mod tests {
    use super::canaries::CANARIES;
    use super::forms::forms;
    use super::search::Secrets;
    use crate::secret::Secret;
    use crate::vault::Redactor;

    /// The search and the redactor know the forms by different means: what one finds the other must cover.
    #[test]
    fn what_the_search_finds_the_redactor_covers() {
        for (odd, value) in CANARIES {
            let redactor = Redactor::default();
            redactor.add(&Secret::new(value.to_owned()));
            let secrets = Secrets::default().with(odd, value);
            for form in forms(value) {
                let text = [b"before: ", form.bytes.as_slice(), b" :after"].concat();
                assert!(!secrets.hits(&text).is_empty(), "{odd}: {} was not found", form.name);
                let covered = redactor.redact_bytes(&text);
                let left = secrets.hits(&covered);
                assert!(left.is_empty(), "{odd} as {}: {left:?} in {:?}", form.name, String::from_utf8_lossy(&covered));
            }
        }
    }
}
