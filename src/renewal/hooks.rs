//! Hooks: programs of the owner's before and after an attempt. Only his settings name them; a flow cannot.
//!
//! What a hook does changes no verdict (faults.md §5, F44): a failing, hanging or missing one is a warning. There is one
//! exception before anything was done: where `pre` fails, the attempt is not begun.
//!
//! A hook learns what happened from its environment, and from nothing else: `RINNOVA_HOOK` (`pre`, `deploy`, `post`,
//! `fail`), `RINNOVA_ACCOUNT`, `RINNOVA_FLOW`, and once they are known `RINNOVA_VERDICT`, `RINNOVA_EXIT_CODE`,
//! `RINNOVA_REASON`, `RINNOVA_EXPIRES` (`2029-11-22`), `RINNOVA_RUN` (the run's folder). Each of them, and each word of its
//! command line, passes the redactor.

use std::path::PathBuf;
use std::time::Duration;

use jiff::civil::Date;

use crate::exit::Verdict;
use crate::program::{Program, ProgramError};
use crate::settings::{self, Account, Settings};
use crate::vault::Redactor;

/// How long a hook may take unless the settings tell.
const PATIENCE: Duration = Duration::from_secs(60);

/// When a hook is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// Before an attempt: only when one is about to be made, not when nothing is due. Where it fails, the attempt is not
    /// begun.
    Pre,
    /// After a renewal that is proved by its new date.
    Deploy,
    /// After every attempt, whatever came of it.
    Post,
    /// After an attempt that did not end with exit code 0.
    Fail,
}

impl Moment {
    /// As the settings and `RINNOVA_HOOK` write it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Pre => "pre",
            Self::Deploy => "deploy",
            Self::Post => "post",
            Self::Fail => "fail",
        }
    }

    /// The moments after an attempt that ended so, in the order in which their hooks are run.
    #[must_use]
    pub fn after(verdict: Verdict) -> Vec<Self> {
        match verdict {
            Verdict::Renewed => vec![Self::Deploy, Self::Post],
            verdict if verdict.exit_code() == 0 => vec![Self::Post],
            _ => vec![Self::Fail, Self::Post],
        }
    }
}

/// What a hook is told.
#[derive(Debug, Clone, Default)]
pub struct Facts {
    /// The account's id.
    pub account: String,
    /// The flow's name.
    pub flow: String,
    /// How the attempt ended; nothing before it.
    pub verdict: Option<Verdict>,
    /// Why, in words.
    pub reason: Option<String>,
    /// When the certificate expires, as far as it is known.
    pub expires: Option<Date>,
    /// The run's folder.
    pub run: Option<PathBuf>,
}

/// A hook that did not do its work. Its text names account and hook, and quotes the end of what it printed.
#[derive(Debug, thiserror::Error)]
#[error("the `{}` hook of account `{account}`: {why}", .moment.word())]
pub struct HookError {
    /// The account's id.
    pub account: String,
    /// Which hook.
    pub moment: Moment,
    /// What happened, with every known secret covered.
    pub why: String,
}

/// The hooks of one account.
#[derive(Debug, Clone, Default)]
pub struct Hooks(settings::Hooks);

impl Hooks {
    /// The account's own, and those of all accounts where it has none.
    #[must_use]
    pub fn of(settings: &Settings, account: &Account) -> Self {
        Self(account.hooks.or(&settings.hooks))
    }

    /// Runs the hook of this moment, if there is one, to its end.
    ///
    /// # Errors
    ///
    /// When it cannot be started, fails, or takes too long. After an attempt that is a warning and no more.
    pub async fn run(&self, moment: Moment, facts: &Facts, redactor: &Redactor) -> Result<(), HookError> {
        let argv = match moment {
            Moment::Pre => &self.0.pre,
            Moment::Deploy => &self.0.deploy,
            Moment::Post => &self.0.post,
            Moment::Fail => &self.0.fail,
        };
        let Some(argv) = argv.as_ref().filter(|argv| !argv.is_empty()) else { return Ok(()) };
        let argv: Vec<String> = argv.iter().map(|word| redactor.redact(word).into_owned()).collect();
        let env = told(moment, facts).into_iter().map(|(name, value)| (name, line(&redactor.redact(&value)))).collect();
        let patience = self.0.timeout.unwrap_or(PATIENCE);
        let ended = Program { argv: &argv, env, input: &[], patience }.run().await;
        if let Ok(output) | Err(ProgramError::Failed { output, .. } | ProgramError::TimedOut { output, .. }) = &ended {
            tracing::info!(account = facts.account, hook = moment.word(), output = %redactor.redact(&output.0));
        }
        ended.map(drop).map_err(|error| {
            let why = line(&redactor.redact(&error.to_string()));
            HookError { account: facts.account.clone(), moment, why }
        })
    }
}

fn told(moment: Moment, facts: &Facts) -> Vec<(&'static str, String)> {
    let Facts { account, flow, verdict, reason, expires, run } = facts;
    let always = [("RINNOVA_HOOK", moment.word()), ("RINNOVA_ACCOUNT", account), ("RINNOVA_FLOW", flow)];
    let known = [
        ("RINNOVA_VERDICT", verdict.map(|verdict| verdict.name().to_owned())),
        ("RINNOVA_EXIT_CODE", verdict.map(|verdict| verdict.exit_code().to_string())),
        ("RINNOVA_REASON", reason.clone()),
        ("RINNOVA_EXPIRES", expires.map(|expires| expires.to_string())),
        ("RINNOVA_RUN", run.as_ref().map(|run| run.display().to_string())),
    ];
    let always = always.into_iter().map(|(name, value)| (name, value.to_owned()));
    always.chain(known.into_iter().filter_map(|(name, value)| Some((name, value?)))).collect()
}

/// One line: a portal's words may hold anything, and end up on somebody's terminal.
fn line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use jiff::civil::date;

    use super::{Facts, Hooks, Moment};
    use crate::exit::Verdict;
    use crate::secret::Secret;
    use crate::settings;
    use crate::vault::Redactor;

    fn shell(script: &str) -> Vec<String> {
        ["sh", "-c", script].map(str::to_owned).to_vec()
    }

    fn facts() -> Facts {
        Facts {
            account: "rossi".into(),
            flow: "mysign".into(),
            verdict: Some(Verdict::NeedsPerson),
            reason: Some("hunter2hunter2\nsecond\u{1b}[31m".into()),
            expires: Some(date(2026, 11, 30)),
            run: Some("/runs/x".into()),
        }
    }

    fn redactor() -> Redactor {
        let redactor = Redactor::default();
        redactor.add(&Secret::new("hunter2hunter2".into()));
        redactor
    }

    #[tokio::test]
    async fn a_hook_is_told_what_happened_and_no_secret() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("told");
        let script = format!("env | grep ^RINNOVA_ | sort > {}; echo \"$0\" >> {0}", file.display());
        let argv = ["sh", "-c", &script, "hunter2hunter2"].map(str::to_owned).to_vec();
        let hooks = Hooks(settings::Hooks { fail: Some(argv), ..settings::Hooks::default() });
        hooks.run(Moment::Fail, &facts(), &redactor()).await.expect("it runs");
        let told = fs::read_to_string(&file).expect("told");
        let expected = "RINNOVA_ACCOUNT=rossi\nRINNOVA_EXIT_CODE=3\nRINNOVA_EXPIRES=2026-11-30\nRINNOVA_FLOW=mysign\n\
            RINNOVA_HOOK=fail\nRINNOVA_REASON=*** second [31m\nRINNOVA_RUN=/runs/x\nRINNOVA_VERDICT=needs-person\n***\n";
        assert_eq!(told, expected);
        fs::remove_file(&file).expect("removed");
        hooks.run(Moment::Post, &facts(), &redactor()).await.expect("there is none");
        assert!(!file.exists());
    }

    #[tokio::test]
    async fn a_failing_and_a_hanging_hook_are_told_without_secrets() {
        let hooks = Hooks(settings::Hooks {
            post: Some(shell("half=hunter2; echo it was $half$half; exit 7")),
            deploy: Some(shell("half=hunter2; echo waiting for $half$half; sleep 600")),
            timeout: Some(Duration::from_secs(2)),
            ..settings::Hooks::default()
        });
        let error = hooks.run(Moment::Post, &facts(), &redactor()).await.expect_err("it fails").to_string();
        assert_eq!(error, "the `post` hook of account `rossi`: `sh` failed (exit status: 7): it was ***");
        let error = hooks.run(Moment::Deploy, &facts(), &redactor()).await.expect_err("it hangs").to_string();
        assert!(error.contains("did not finish within 2 s and was ended: waiting for ***"), "{error}");
    }

    #[test]
    fn each_ending_has_its_hooks() {
        assert_eq!(Moment::after(Verdict::Renewed), [Moment::Deploy, Moment::Post]);
        assert_eq!(Moment::after(Verdict::AlreadyRenewed), [Moment::Post]);
        for verdict in Verdict::ALL.into_iter().filter(|verdict| verdict.exit_code() != 0) {
            assert_eq!(Moment::after(verdict), [Moment::Fail, Moment::Post], "{verdict}");
        }
    }
}
