//! Whether a secret can be had again: a new PIN that nobody can look up any more is lost for good.

use crate::secret::Secret;
use crate::settings::SecretSource;
use crate::vault::{SourceError, read};

/// Whether the source gives the same value once more. One that asks a person never counts: what is typed once is kept nowhere.
///
/// # Errors
///
/// When the source does not give a value the second time.
pub async fn reads_the_same(source: &SecretSource, label: &str, first: &Secret) -> Result<bool, SourceError> {
    if matches!(source, SecretSource::Prompt) {
        return Ok(false);
    }
    Ok(read(source, label).await?.expose() == first.expose())
}

#[cfg(test)]
mod tests {
    use super::reads_the_same;
    use crate::secret::Secret;
    use crate::settings::SecretSource;

    #[tokio::test]
    async fn a_value_made_up_on_the_spot_is_not_had_again() {
        let shell = |script: &str| SecretSource::Command(["sh", "-c", script].map(str::to_owned).to_vec());
        let first = Secret::new("19800131".into());
        assert!(reads_the_same(&shell("echo 19800131"), "pin", &first).await.expect("a value"));
        assert!(!reads_the_same(&shell("echo $$"), "pin", &first).await.expect("a value"));
        assert!(!reads_the_same(&SecretSource::Prompt, "pin", &first).await.expect("no question"));
        assert!(reads_the_same(&shell("exit 1"), "pin", &first).await.is_err());
    }
}
