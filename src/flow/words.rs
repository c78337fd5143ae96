//! Words for people.

use std::collections::BTreeMap;

/// Words for people, by language tag (`it`, `en`). A bare string in a flow stands under the flow's own language.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Words(pub BTreeMap<String, String>);

impl Words {
    /// The words in `language`, else in English, else in any language.
    #[must_use]
    pub fn get(&self, language: &str) -> Option<&str> {
        self.0.get(language).or_else(|| self.0.get("en")).or_else(|| self.0.values().next()).map(String::as_str)
    }
}
