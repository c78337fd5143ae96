//! Which codes were given out, kept in the state that outlives runs: no portal takes a code twice.

use std::rc::Rc;

use jiff::Timestamp;

use crate::otp::{Steps, UsedCode};
use crate::store::state::State;

/// The steps, counters and used codes of one account.
#[derive(Debug)]
pub struct KeptSteps {
    state: Rc<State>,
    account: String,
}

impl KeptSteps {
    /// Those of this account.
    #[must_use]
    pub fn of(state: Rc<State>, account: &str) -> Self {
        Self { state, account: account.to_owned() }
    }
}

impl Steps for KeptSteps {
    fn last(&self, input: &str) -> Result<Option<u64>, String> {
        self.state.code_step(&self.account, input).map_err(|error| error.to_string())
    }

    fn spend(&mut self, input: &str, step: u64) -> Result<(), String> {
        self.state.keep_code_step(&self.account, input, step).map_err(|error| error.to_string())
    }

    fn used(&self) -> Result<Vec<UsedCode>, String> {
        let used = self.state.used_codes(&self.account).map_err(|error| error.to_string())?;
        Ok(used.into_iter().map(|(salt, digest)| UsedCode { salt, digest }).collect())
    }

    fn use_up(&mut self, input: &str, code: &UsedCode) -> Result<(), String> {
        let mark = (code.salt.as_str(), code.digest.as_str());
        let kept = self.state.keep_used_code(&self.account, input, mark, Timestamp::now());
        kept.map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::rc::Rc;
    use std::time::Duration;

    use jiff::Timestamp;

    use super::KeptSteps;
    use crate::otp::{Broker, CodeError, CodeInput, Steps as _};
    use crate::settings::{InputSource, SecretSource};
    use crate::store::state::State;
    use crate::vault::Redactor;

    const COUNTED: &str = "otpauth://hotp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&counter=1";
    const TIMED: &str = "otpauth://totp/x?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&period=1";

    /// A process of its own, as far as codes go.
    async fn code(base: &std::path::Path, account: &str, address: &str) -> Result<String, CodeError> {
        let argv = if address.contains(' ') { vec!["sh", "-c", address] } else { vec!["echo", address] };
        let seed = SecretSource::Command(argv.into_iter().map(str::to_owned).collect());
        let source = match address {
            COUNTED => InputSource::Hotp(seed),
            TIMED => InputSource::Totp(seed),
            _ => InputSource::From(seed),
        };
        let sources = BTreeMap::from([("otp".to_owned(), source)]);
        let inputs = [CodeInput { name: "otp".into(), pattern: None }];
        let redactor = Redactor::default();
        let broker = Broker::open(account, &inputs, &sources, &redactor).await.expect("a broker");
        let state = Rc::new(State::open(base, Timestamp::now()).expect("opened"));
        let mut broker = broker.remembering(Box::new(KeptSteps::of(state, account)));
        let patience = Duration::from_secs(if address.len() > 6 { 5 } else { 1 });
        broker.code("otp", None, patience, &|_| {}).await.map(|code| code.expose().to_owned())
    }

    #[tokio::test]
    async fn no_step_is_used_twice_in_whichever_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let last = |account: &str| {
            let state = Rc::new(State::open(&base, Timestamp::now()).expect("opened"));
            KeptSteps::of(state, account).last("otp").expect("read")
        };
        // RFC 4226, appendix D, from the address's counter on.
        for (number, expected) in [(1, "287082"), (2, "359152"), (3, "969429")] {
            assert_eq!(code(&base, "rossi", COUNTED).await.expect("a code"), expected);
            assert_eq!(last("rossi"), Some(number));
        }
        assert_eq!(last("bianchi"), None);
        code(&base, "bianchi", TIMED).await.expect("a code");
        let first = last("bianchi");
        code(&base, "bianchi", TIMED).await.expect("a code");
        assert!(last("bianchi") > first);
    }

    #[tokio::test]
    async fn no_message_is_used_twice_in_whichever_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        assert_eq!(code(&base, "rossi", "482913").await.expect("a code"), "482913");
        let error = code(&base, "rossi", "482913").await.expect_err("yesterday's");
        assert!(matches!(error, CodeError::Repeated { .. }), "{error}");
        assert_eq!(code(&base, "bianchi", "482913").await.expect("a code"), "482913");
        assert_eq!(code(&base, "rossi", "482914").await.expect("a code"), "482914");
        for entry in base.read_dir().expect("a folder") {
            let bytes = std::fs::read(entry.expect("a file").path()).expect("read");
            assert!(!bytes.windows(6).any(|part| part == b"482913"), "the code stands in the state");
        }
    }

    /// F23: yesterday's message still lies there when the program is run first.
    #[tokio::test]
    async fn a_program_is_run_again_until_it_prints_a_new_code() {
        let folder = tempfile::tempdir().expect("a folder");
        let (base, runs) = (folder.path().join("state"), folder.path().join("runs"));
        let script = format!("echo >> {0}; [ $(wc -l < {0}) -lt 3 ] && echo 482913 || echo 550172", runs.display());
        for (expected, run) in [("482913", 1), ("550172", 3)] {
            assert_eq!(code(&base, "rossi", &script).await.expect("a code"), expected);
            assert_eq!(std::fs::read_to_string(&runs).expect("runs").len(), run);
        }
    }

    #[tokio::test]
    async fn a_step_from_a_clock_that_was_ahead_is_told() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let state = State::open(&base, Timestamp::now()).expect("opened");
        let hour = u64::try_from(Timestamp::now().as_second()).expect("after 1970") + 3600;
        state.keep_code_step("rossi", "otp", hour).expect("kept");
        let error = code(&base, "rossi", TIMED).await.expect_err("an hour away");
        assert!(matches!(error, CodeError::Ahead { .. }), "{error}");
        state.keep_code_step("bianchi", "otp", i64::MAX as u64).expect("kept");
        let error = code(&base, "bianchi", TIMED).await.expect_err("for ever away");
        assert!(matches!(error, CodeError::Ahead { .. }), "{error}");
    }

    #[tokio::test]
    async fn without_a_memory_there_is_no_code() {
        let folder = tempfile::tempdir().expect("a folder");
        let base = folder.path().join("state");
        let state = State::open(&base, Timestamp::now()).expect("opened");
        let other = rusqlite::Connection::open(base.join("state.db")).expect("opened");
        other.execute_batch("DROP TABLE code_steps").expect("dropped");
        other.execute_batch("DROP TABLE used_codes").expect("dropped");
        let mut steps = KeptSteps::of(Rc::new(state), "rossi");
        assert!(steps.used().is_err());
        assert!(steps.last("otp").is_err() && steps.spend("otp", 1).is_err());
    }
}
