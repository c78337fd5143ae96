//! How a code is recognised that was given out before: by a salted digest, never by the code itself (faults.md §4).

use sha2::{Digest as _, Sha256};

use super::person::token;
use crate::secret::Secret;

/// What is kept of a code. It keeps the code from being read in passing, not from being searched for; but a code that was
/// given out is worth nothing any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedCode {
    /// Drawn for this code alone.
    pub salt: String,
    /// SHA-256 over salt and code, hexadecimal.
    pub digest: String,
}

impl UsedCode {
    /// The mark of this code, with a salt of its own.
    pub(super) fn of(code: &Secret) -> Self {
        let salt = token();
        let digest = digest(&salt, code);
        Self { salt, digest }
    }

    /// Whether it is this code's.
    pub(super) fn is(&self, code: &Secret) -> bool {
        digest(&self.salt, code) == self.digest
    }
}

fn digest(salt: &str, code: &Secret) -> String {
    let digest = Sha256::new().chain_update(salt).chain_update(code.expose()).finalize();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::UsedCode;
    use crate::secret::Secret;

    #[test]
    fn a_code_is_known_by_its_mark_alone() {
        let [code, other] = ["482913", "482914"].map(|code| Secret::new(code.to_owned()));
        let (first, second) = (UsedCode::of(&code), UsedCode::of(&code));
        assert!(first.is(&code) && second.is(&code) && !first.is(&other));
        assert!(first.salt != second.salt && first.digest != second.digest);
        assert!(!format!("{first:?}").contains("482913"));
    }
}
