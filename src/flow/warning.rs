//! What is doubtful in a valid flow: one variant for each rule of `lint`. `Display` says what, [`Warning::help`] what
//! would be better.

/// A doubt about a valid flow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Warning {
    /// A bare time.
    #[error("waits a bare time")]
    BareTime,
}

impl Warning {
    /// What would be better.
    #[must_use]
    pub fn help(&self) -> String {
        match self {
            Self::BareTime => "wait for what the page shows then".to_owned(),
        }
    }
}
