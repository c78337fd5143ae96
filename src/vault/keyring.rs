//! Secrets in the desktop's keyring, by the freedesktop.org Secret Service: built with the feature `keyring`.
//!
//! An item is found by two attributes, `service` = `rinnova` and `username` = its name, as `secret-tool` and other keyrings'
//! tools write them.

use std::time::Duration;

use zeroize::Zeroizing;

/// How long the keyring may take; it may first ask its owner to unlock it.
#[cfg(feature = "keyring")]
const PATIENCE: Duration = Duration::from_secs(60);

/// What the items of this tool have in common.
#[cfg(feature = "keyring")]
const SERVICE: &str = "rinnova";

/// Why a keyring gives no value.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// This build knows no keyring.
    #[error(
        "this build of rinnova has no keyring: build it with `--features keyring`, or use another source \
         (`command = [\"secret-tool\", \"lookup\", …]` needs no feature)"
    )]
    NotBuilt,
    /// Nothing answers.
    #[error(
        "no keyring answers ({0}); it needs the session bus of a desktop login, which a timer or a remote shell has not: \
         use `credential`, `file` or `command` there"
    )]
    NoBus(String),
    /// It has no such item.
    #[error(
        "the keyring has no item `{0}`; store it with `secret-tool store --label='rinnova {0}' service rinnova username {0}`"
    )]
    Missing(String),
    /// It stays locked.
    #[error("the keyring with the item `{0}` is locked; unlock it, or use another source for runs with nobody there")]
    Locked(String),
    /// It failed.
    #[error("the keyring failed: {0}")]
    Failed(String),
    /// It took too long.
    #[error("the keyring gave no answer within {} s", .0.as_secs())]
    TimedOut(Duration),
}

/// What stands against reading the keyring in this build and this environment, without asking it.
///
/// # Errors
///
/// When there is none to ask.
pub fn examine(has: impl Fn(&str) -> bool) -> Result<(), KeyringError> {
    if !cfg!(feature = "keyring") {
        return Err(KeyringError::NotBuilt);
    }
    if has("DBUS_SESSION_BUS_ADDRESS") || has("XDG_RUNTIME_DIR") {
        return Ok(());
    }
    Err(KeyringError::NoBus("there is no session bus: DBUS_SESSION_BUS_ADDRESS is not set".into()))
}

/// The value of an item.
#[cfg(not(feature = "keyring"))]
#[expect(clippy::unused_async, reason = "the same shape as where there is a keyring to wait for")]
pub(super) async fn read(_item: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    Err(KeyringError::NotBuilt)
}

/// The value of an item.
#[cfg(feature = "keyring")]
pub(super) async fn read(item: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    examine(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))?;
    tokio::time::timeout(PATIENCE, ask(item)).await.map_err(|_| KeyringError::TimedOut(PATIENCE))?
}

#[cfg(feature = "keyring")]
async fn ask(item: &str) -> Result<Zeroizing<Vec<u8>>, KeyringError> {
    use secret_service::{EncryptionType, Error, SecretService};
    let failed = |error: Error| match error {
        Error::Zbus(why) => KeyringError::NoBus(why.to_string()),
        Error::Unavailable => KeyringError::NoBus("no keyring is running".into()),
        Error::Locked | Error::Prompt => KeyringError::Locked(item.to_owned()),
        other => KeyringError::Failed(other.to_string()),
    };
    let service = SecretService::connect(EncryptionType::Dh).await.map_err(failed)?;
    let found = service.search_items([("service", SERVICE), ("username", item)].into()).await.map_err(failed)?;
    if let Some(open) = found.unlocked.first() {
        return open.get_secret().await.map(Zeroizing::new).map_err(failed);
    }
    let locked = found.locked.first().ok_or_else(|| KeyringError::Missing(item.to_owned()))?;
    locked.unlock().await.map_err(failed)?;
    locked.get_secret().await.map(Zeroizing::new).map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::{KeyringError, examine};

    #[test]
    fn without_a_bus_or_the_feature_it_says_what_to_use() {
        let error = examine(|_| false).expect_err("no keyring");
        assert_eq!(matches!(error, KeyringError::NotBuilt), !cfg!(feature = "keyring"), "{error}");
        assert_eq!(examine(|name| name == "DBUS_SESSION_BUS_ADDRESS").is_ok(), cfg!(feature = "keyring"));
        assert!(error.to_string().contains("command"), "{error}");
    }
}
