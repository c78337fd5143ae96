//! A value that must never be seen.

use zeroize::Zeroizing;

/// A secret's value: no `Display`, no `Serialize`, `Debug` prints `***`, memory wiped when dropped.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the value.
    #[must_use]
    pub fn new(value: String) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value. Called in `browser/page.rs`, `otp/`, `vault/` and, for the mail server's password and the webhook's token,
    /// in `notify/email.rs` and `notify/webhook.rs`; nowhere else (design.md §5, invariant 6).
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}
